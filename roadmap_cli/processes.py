"""Process trees that always end, whatever a program starts, forks or leaves behind.

Four nets, one below the other:

1. a session of its own: what stays in it is found by its number;
2. we are the subreaper (Linux): what loses its parent becomes our child, even after a double fork and setsid;
3. a marker in the environment, ``ROADMAP_RUN``: finds what got away by other means, and says who owns it;
4. a death signal (Linux): the kernel ends the main process when its owner is killed. What survives even that is ended
   by the next examination, see `sweep`.

A process that uses `spawn` starts nothing else in a session of its own: an unknown child in another session counts as
a runaway of a tree, and is ended with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Protocol

from roadmap_cli.folders import cache_folder

MARKER = "ROADMAP_RUN"
_LINUX = sys.platform == "linux"
if sys.platform == "win32":
    _SIGKILL = signal.SIGTERM  # there it ends a process at once
else:
    _SIGKILL = signal.SIGKILL
_KILL_SECONDS = 10.0
_SAMPLE_SECONDS = 0.1
_WISH_SECONDS = 0.5
_SETTLE_SECONDS = 0.5  # what a worker may live longer than its main process
_MEMORY = Path("/dev/shm")  # noqa: S108  # private folders with unpredictable names only
_ROOM_BYTES = 1 << 30
_PR_SET_PDEATHSIG = 1  # prctl(2)
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """How a tree ended after it was asked to: *status* is negative for a signal; *left_behind* are command lines."""

    seconds: float
    status: int
    in_time: bool
    left_behind: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listener:
    """A TCP socket that waits for connections; *key* tells it from others on the same port."""

    address: str
    port: int
    key: int = 0

    @property
    def takes_loopback(self) -> bool:
        """Whether it may be the one that answers at 127.0.0.1."""
        return self.address in ("127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1")  # noqa: S104  # compared, not bound


class Process(Protocol):
    """The main process of a tree, as far as a tree needs it: `subprocess.Popen`, or one that a nursery forked."""

    pid: int

    def poll(self) -> int | None:
        """Exit status (negative: the signal that ended it), None while it runs."""

    def wait(self) -> int:
        """Wait until it has ended."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, but never to a successor of the same number."""

    def kill(self) -> None:
        """SIGKILL."""


class Tree:
    """A process that `spawn` started, and everything that came out of it; *reaper* is whose children its orphans become."""

    def __init__(self, process: Process, token: str, memory_limit: int | None, reaper: int | None = None) -> None:
        self.pid = process.pid
        self.token = token
        self._reaper = reaper or os.getpid()
        self.peak_bytes = 0
        self.ended_for_memory = False
        self._process = process
        self._memory_limit = memory_limit
        self._over = threading.Event()
        _trees.append(self)
        if memory_limit is not None:
            threading.Thread(target=self._watch, name=f"memory of {self.pid}", daemon=True).start()

    @property
    def status(self) -> int | None:
        """Exit status of the main process (negative: the signal that ended it), None while it runs."""
        return self._process.poll()

    @property
    def alive(self) -> bool:
        """Whether the main process runs."""
        return self.status is None

    def pids(self) -> tuple[int, ...]:
        """Every living process of the tree; zombies are not alive."""
        return tuple(self._living())

    def memory(self) -> int:
        """Bytes of resident memory of all processes together; pages that they share count more than once."""
        return sum(facts.resident for facts in self._living().values())

    def listeners(self) -> tuple[Listener, ...]:
        """The TCP sockets that the tree listens on."""
        return _eyes.listeners_of(self.pids())

    def is_opaque(self) -> bool:
        """Whether some of its sockets cannot be seen: a program with privileges of its own hides them."""
        return any(_eyes.is_opaque(pid) for pid in self.pids())

    def left_behind(self) -> tuple[str, ...]:
        """Command lines of what lives on although the main process has ended."""
        if self.alive:
            return ()
        return tuple(f"{_eyes.command(pid)} (process {pid})" for pid in self.pids())

    def wait(self, seconds: float) -> int | None:
        """The main process's status once it has ended, or None when the time is over."""
        _poll(lambda: not self.alive, seconds)
        return self.status

    def terminate(self, grace: float) -> Stopped:
        """Ask the main process to end as a service manager does (SIGTERM), wait, then end whatever is left."""
        begin = time.monotonic()
        self._sample()
        self._process.send_signal(_polite_signal())  # does nothing once it has ended, so it cannot hit a successor
        in_time = self.wait(grace) is not None
        seconds = time.monotonic() - begin
        _poll(lambda: not self.pids(), _SETTLE_SECONDS if in_time else 0)
        left = self.left_behind()
        self.kill()
        status = self.status if self.status is not None else -_SIGKILL  # None: not even SIGKILL could end it
        return Stopped(seconds=seconds, status=status, in_time=in_time, left_behind=left)

    def kill(self) -> tuple[int, ...]:
        """End the whole tree at once and wait until it is empty; the result is what would not end: nothing, we hope."""
        deadline = time.monotonic() + _KILL_SECONDS
        if _grant_last_wishes(self.pids()):
            _poll(lambda: not self.pids(), _WISH_SECONDS)
        while pids := (found := self._living()) or _marked(lambda marker: self.token in marker.split("/")):
            # The first group of each session, too: a process that has a successor by now can no longer be asked for its own.
            _signal_groups({facts.session for facts in found.values()} | {_group(pid) for pid in pids})
            for pid in pids:
                _signal(pid, _SIGKILL)
            if time.monotonic() > deadline:
                return tuple(pids)
            _poll(lambda: not self.pids(), 0.05)
        self._process.kill()  # has ended by now, if we see anything at all
        # Not wait(): a Ctrl-C within Popen.poll leaves its lock taken, and wait() would wait for that for ever.
        _poll(lambda: not self.alive, _SETTLE_SECONDS)
        self._over.set()
        with contextlib.suppress(ValueError):
            _trees.remove(self)
        return ()

    def _living(self) -> dict[int, _Facts]:
        pids = dict.fromkeys(pid for root in self._roots() for pid in _with_descendants(root))
        return {pid: facts for pid in pids if (facts := _eyes.facts(pid))}

    def _roots(self) -> Iterator[int]:
        """The main process, and orphans of the tree: they are our children now."""
        if self.alive:
            yield self.pid
        born_here = {tree.pid for tree in tuple(_trees) if tree.alive}
        for child in _eyes.children(self._reaper):
            if child not in born_here and self._adopted(child):
                yield child

    def _adopted(self, pid: int) -> bool:
        facts = _eyes.facts(pid)
        if facts is None:
            _bury(pid)
            return False
        marker = _eyes.marker(pid)
        if facts.session == self.pid or self.token in marker.split("/"):
            return True
        return not marker and facts.session != _session(self._reaper)

    def _watch(self) -> None:
        limit = self._memory_limit or 0
        while self.alive or self.pids():
            if self._sample() > limit and self._unshared() > limit:
                self.ended_for_memory = True
                self.kill()
            if self._over.wait(_SAMPLE_SECONDS):
                return

    def _sample(self) -> int:
        used = self.memory()
        self.peak_bytes = max(self.peak_bytes, used)
        return used

    def _unshared(self) -> int:
        """Memory with shared pages counted once: forked workers must not be ended for what they have in common."""
        return sum(_eyes.proportional(pid) for pid in self.pids())


def spawn(
    argv: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    memory_limit: int | None = None,
    pass_fds: Sequence[int] = (),
    before: Callable[[], None] | None = None,
    death_signal: int = _SIGKILL,
    marker_width: int = 0,
) -> Tree:
    """Start *argv* as the root of a tree of its own, with nothing on its standard input.

    *before* runs in the child between fork and exec. *death_signal* is how to end it by force, for programs that leave
    something of the system behind when they get SIGKILL. More than *memory_limit* bytes end the tree; memory is watched
    only if a limit is given. *marker_width* leaves room for other markers in place of its own. OSError if the program
    cannot be run.
    """
    become_subreaper()
    token, marker = new_marker(death_signal)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**environment, MARKER: marker.rjust(marker_width, "/")},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            preexec_fn=_child_setup(before, death_signal),
        )

    return Tree(_in_spawner(start), token, memory_limit)


def new_marker(death_signal: int = _SIGKILL) -> tuple[str, str]:
    """A token for a new tree of ours, and the value of MARKER that carries it after those of our own owners."""
    token = f"{_owner(os.getpid())}.{os.urandom(4).hex()}.{int(death_signal)}"
    return token, "/".join(filter(None, (os.environ.get(MARKER, ""), token)))


def become_subreaper() -> None:
    """From now on, orphans of our trees become our children (Linux); once a process is enough."""
    if _LINUX and os.getpid() not in _subreapers:
        _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _subreapers.add(os.getpid())


def sweep() -> tuple[str, ...]:
    """End what earlier runs left behind because they were killed, and remove their scratch folders.

    The result is the command lines of what was ended. Runs whose owner lives, and those of another machine or
    container that shares our folders, are left alone.
    """
    ended: list[str] = []
    for _ in range(3):  # what forks while we look is found the next time
        orphans = [pid for pid in _marked(_owner_is_gone) if pid != os.getpid()]
        ended += [_eyes.command(pid) for pid in orphans]
        if wishing := _grant_last_wishes(orphans):
            _poll(lambda: not any(map(_eyes.facts, wishing)), _WISH_SECONDS)
        for pid in orphans:
            _signal(pid, _SIGKILL)
        if not orphans:
            break
    for folder in _abandoned_folders():
        shutil.rmtree(folder, ignore_errors=True)
    return tuple(ended)


def scratch(prefix: str) -> Path:
    """A new private folder for temporary things; its name carries its owner, and tells `sweep` when to remove it."""
    return Path(tempfile.mkdtemp(prefix=f"roadmap-{prefix}-{_owner(os.getpid())}-"))


def memory_scratch(prefix: str, *, otherwise: Path) -> Path:
    """The same in memory, or below *otherwise* if there is no file system for that, or one without room to spare.

    For many small files: a busy disk takes ten times as long to make them.
    """
    place = _MEMORY if _has_room(_MEMORY) else otherwise
    return Path(tempfile.mkdtemp(prefix=f"roadmap-{prefix}-{_owner(os.getpid())}-", dir=place))


def _has_room(place: Path) -> bool:
    try:
        return os.access(place, os.W_OK) and shutil.disk_usage(place).free >= _ROOM_BYTES
    except OSError:
        return False


def pycache_folder() -> Path:
    """Where Python keeps what it has compiled of a learner's program and its libraries (PYTHONPYCACHEPREFIX)."""
    return cache_folder() / "pycache"


def free_port() -> int:
    """A TCP port that nobody listens on at this moment; somebody may be quicker than you, so be ready to try again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on *port* of the loopback address now."""
    with socket.socket() as probe:
        if sys.platform != "win32":  # there it would mean "even if somebody listens"
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listeners_on(port: int) -> tuple[Listener, ...]:
    """Every socket that may answer at 127.0.0.1:*port*, whoever owns it; empty where that cannot be known."""
    return tuple(one for one in _eyes.listeners() if one.port == port and one.takes_loopback)


def is_owner_gone(name: str) -> bool:
    """Whether *name* holds the mark of an owner (see `owner_mark`) that no longer runs on this machine."""
    return _owner_is_gone(name.replace("_", "."))


def owner_mark() -> str:
    """Our own mark, for names of things that must not outlive us: letters, digits and underscores."""
    return _owner(os.getpid()).replace(".", "_")


# Whose is it: process id, start time and machine of the owner. The start time tells a process from a later one with
# its number, the machine tells containers apart that share a folder.


def _owner(pid: int) -> str:
    facts = _eyes.facts(pid)
    return f"{pid}.{facts.started if facts else 0}.{_machine()}"


@cache
def _machine() -> str:
    namespace = os.readlink("/proc/self/ns/pid") if os.path.exists("/proc/self/ns/pid") else ""
    return f"{zlib.crc32((socket.gethostname() + namespace).encode()):08x}"


def _owner_is_gone(marker: str) -> bool:
    """Whether any of the nested owners in *marker* is gone; False if one is of another machine."""
    owners = re.findall(r"\b((\d{1,9})\.\d+\.([0-9a-f]{8}))\b", marker)
    if any(machine != _machine() for _, _, machine in owners):
        return False
    return any(_owner(int(pid)) != owner for owner, pid, _ in owners)


def _abandoned_folders() -> Iterator[Path]:
    """Scratch folders, what Python has compiled of programs in them, and what was not finished in the cache."""
    temporary = Path(tempfile.gettempdir()).absolute()
    compiled = pycache_folder().joinpath(*temporary.parts[1:])
    places = ((temporary, "roadmap-*"), (_MEMORY, "roadmap-*"), (compiled, "roadmap-*"), (cache_folder(), "*"))
    for place, pattern in places:
        for folder in place.glob(pattern):
            if is_owner_gone(folder.name) and not folder.is_symlink() and folder.is_dir() and _is_mine(folder):
                yield folder


def _is_mine(folder: Path) -> bool:
    return sys.platform == "win32" or folder.lstat().st_uid == os.geteuid()


def _marked(wanted: Callable[[str], bool]) -> tuple[int, ...]:
    """Living processes of the whole machine whose marker is *wanted*."""
    found = (pid for pid in _eyes.everyone() if (marker := _eyes.marker(pid)) and wanted(marker))
    return tuple(pid for pid in found if _eyes.facts(pid))


def _with_descendants(root: int) -> list[int]:
    found, waiting = [root], [root]
    known = {root}
    while waiting:
        children = [child for child in _eyes.children(waiting.pop()) if child not in known]
        known.update(children)
        found += children
        waiting += children
    return found


def _bury(pid: int) -> None:
    """Take the exit status of an orphan that nobody else waits for; our own children are left to who started them."""
    with contextlib.suppress(OSError):
        if sys.platform != "win32" and _session(pid) != _session(os.getpid()):
            os.waitpid(pid, os.WNOHANG)


def _session(pid: int) -> int:
    if sys.platform == "win32":
        return 0
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def _grant_last_wishes(pids: Iterable[int]) -> list[int]:
    """Send those that want to end by another signal than SIGKILL that signal; who they are.

    PostgreSQL, for one, would leave shared memory behind, of which some systems have only 32 pieces.
    """
    wishing: list[int] = []
    for pid in pids:
        wish = re.search(r"\.(\d{1,2})$", _eyes.marker(pid))
        if wish and int(wish[1]) != _SIGKILL:
            _signal(pid, int(wish[1]))
            wishing.append(pid)
    return wishing


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def _group(pid: int) -> int:
    """The process group of *pid*; 0 if it has none, or has gone."""
    if sys.platform == "win32":
        return 0
    with contextlib.suppress(OSError):
        return os.getpgid(pid)
    return 0


def _signal_groups(groups: set[int]) -> None:
    """SIGKILL to each whole group at once: a group cannot fork its way out between two signals."""
    if sys.platform == "win32":
        return
    for group in groups - {os.getpgid(0), os.getsid(0), 0, 1}:
        with contextlib.suppress(OSError):
            os.killpg(group, _SIGKILL)


def _polite_signal() -> int:
    return int(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))


def _poll(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.002)
    return True


_trees: list[Tree] = []
_subreapers: set[int] = set()


# Starting a child. The death signal is bound to the *thread* that forked, not to the process: a child of a pool's
# worker would be killed when the pool shuts down. So one thread forks for all, and it lives as long as we do.


class _Spawner(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="spawner", daemon=True)
        self.pid = os.getpid()
        self.orders: queue.SimpleQueue[tuple[Callable[[], subprocess.Popen[bytes]], queue.SimpleQueue[object]]]
        self.orders = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        while True:
            order, answer = self.orders.get()
            try:
                answer.put(order())
            except BaseException as error:  # belongs to who gave the order, and is raised there
                answer.put(error)


_spawner: _Spawner | None = None
_spawner_lock = threading.Lock()


def _in_spawner(order: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    global _spawner
    with _spawner_lock:
        if _spawner is None or _spawner.pid != os.getpid():  # a forked process has no threads
            _spawner = _Spawner()
    answer: queue.SimpleQueue[object] = queue.SimpleQueue()
    _spawner.orders.put((order, answer))
    result = answer.get()
    if isinstance(result, BaseException):
        raise result
    assert isinstance(result, subprocess.Popen)
    return result


def _child_setup(before: Callable[[], None] | None, death_signal: int) -> Callable[[], None] | None:
    """What runs in the child between fork and exec, or None where there is nothing to do.

    Python code after a fork of a process with threads is a risk if it takes a lock that another thread held. This
    takes none: ctypes and the function are bound before the fork. A launcher program instead would cost an interpreter
    (12 ms against 2), and `setpriv --pdeathsig` is not on every machine.
    """
    if not _LINUX:
        return before
    prctl, owner, getpid = _libc().prctl, os.getpid(), os.getpid

    def setup() -> None:
        if before is not None:
            before()
        prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)  # last: a change of credentials clears it
        if os.getppid() != owner:
            os.kill(getpid(), _SIGKILL)

    return setup


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


# Looking at processes. On Linux straight from /proc: this is asked ten times a second, and psutil takes far longer.


@dataclass(frozen=True)
class _Facts:
    session: int
    started: int
    resident: int


class _Eyes(Protocol):
    def everyone(self) -> Iterable[int]: ...
    def children(self, pid: int) -> list[int]: ...
    def facts(self, pid: int) -> _Facts | None: ...
    def marker(self, pid: int) -> str: ...
    def command(self, pid: int) -> str: ...
    def proportional(self, pid: int) -> int: ...
    def listeners(self) -> Iterable[Listener]: ...
    def listeners_of(self, pids: Iterable[int]) -> tuple[Listener, ...]: ...
    def is_opaque(self, pid: int) -> bool: ...


class _Proc:
    """Linux: the files of /proc, see proc(5)."""

    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

    def everyone(self) -> Iterable[int]:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]

    def children(self, pid: int) -> list[int]:
        """Also of the threads: a child belongs to the thread that forked it."""
        found: list[int] = []
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                found += map(int, self._read(f"{pid}/task/{task}/children").split())
        return found if found or _lists_children() else self._children_by_search(pid)

    def facts(self, pid: int) -> _Facts | None:
        fields = self._fields(pid)
        if not fields or fields[0] in (b"Z", b"X"):
            return None
        return _Facts(session=int(fields[3]), started=int(fields[19]), resident=int(fields[21]) * self.page)

    def marker(self, pid: int) -> str:
        for entry in self._read(f"{pid}/environ").split(b"\0"):
            if entry.startswith(MARKER.encode() + b"="):
                return entry.partition(b"=")[2].decode("ascii", "replace")
        return ""

    def command(self, pid: int) -> str:
        line = self._read(f"{pid}/cmdline") or self._read(f"{pid}/comm")
        return line.replace(b"\0", b" ").decode("utf-8", "replace").strip()

    def proportional(self, pid: int) -> int:
        found = re.search(rb"^Pss:\s+(\d+) kB", self._read(f"{pid}/smaps_rollup"), re.MULTILINE)
        facts = self.facts(pid)
        return int(found[1]) * 1024 if found else facts.resident if facts else 0

    def listeners(self) -> Iterable[Listener]:
        for table in ("net/tcp", "net/tcp6"):
            for line in self._read(table).splitlines()[1:]:
                fields = line.split()
                if fields[3] == b"0A":  # TCP_LISTEN
                    yield self._listener(fields[1].decode(), int(fields[9]))

    def listeners_of(self, pids: Iterable[int]) -> tuple[Listener, ...]:
        held = {link for pid in pids for link in self._open_files(pid)}
        return tuple(one for one in self.listeners() if f"socket:[{one.key}]" in held)

    def is_opaque(self, pid: int) -> bool:
        return not os.access(f"/proc/{pid}/fd", os.R_OK) and self.facts(pid) is not None

    def _open_files(self, pid: int) -> Iterator[str]:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    yield os.readlink(f"/proc/{pid}/fd/{name}")

    @staticmethod
    def _listener(local: str, inode: int) -> Listener:
        address, port = local.split(":")
        words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]  # each in the machine's byte order
        family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
        return Listener(socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words)), int(port, 16), inode)

    def _children_by_search(self, parent: int) -> list[int]:
        return [pid for pid in self.everyone() if self._fields(pid)[1:2] == [b"%d" % parent]]

    def _fields(self, pid: int) -> list[bytes]:
        """The fields of stat from the third, the state, on; the name before it may hold anything, brackets too."""
        return self._read(f"{pid}/stat").rpartition(b")")[2].split()

    @staticmethod
    def _read(name: str) -> bytes:
        try:
            with open(f"/proc/{name}", "rb") as file:
                return file.read()
        except OSError:
            return b""


@cache
def _lists_children() -> bool:
    return os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children")  # CONFIG_PROC_CHILDREN


class _Psutil:
    """Everywhere else."""

    def everyone(self) -> Iterable[int]:
        import psutil

        return psutil.pids()

    def children(self, pid: int) -> list[int]:
        import psutil

        with contextlib.suppress(psutil.Error):
            return [child.pid for child in psutil.Process(pid).children()]
        return []

    def facts(self, pid: int) -> _Facts | None:
        import psutil

        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                return _Facts(_session(pid), int(process.create_time() * 100), process.memory_info().rss)
        return None

    def marker(self, pid: int) -> str:
        import psutil

        with contextlib.suppress(psutil.Error, OSError):
            return str(psutil.Process(pid).environ().get(MARKER, ""))
        return ""

    def command(self, pid: int) -> str:
        import psutil

        with contextlib.suppress(psutil.Error):
            return " ".join(psutil.Process(pid).cmdline())
        return ""

    def proportional(self, pid: int) -> int:
        facts = self.facts(pid)
        return facts.resident if facts else 0

    def listeners(self) -> Iterable[Listener]:
        return ()  # the whole machine's sockets are for administrators only

    def listeners_of(self, pids: Iterable[int]) -> tuple[Listener, ...]:
        import psutil

        found: list[Listener] = []
        for pid in pids:
            with contextlib.suppress(psutil.Error):
                sockets = psutil.Process(pid).net_connections("tcp")
                found += [Listener(one.laddr.ip, one.laddr.port) for one in sockets if one.status == psutil.CONN_LISTEN]
        return tuple(found)

    def is_opaque(self, pid: int) -> bool:
        return False


_eyes: _Eyes = _Proc() if _LINUX else _Psutil()
