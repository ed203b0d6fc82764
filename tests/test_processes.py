"""Process trees that always end: whatever is started, forked, daemonised or abandoned."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from roadmap_cli import processes
from roadmap_cli.processes import Tree, free_port, is_free, scratch, spawn, sweep

linux = pytest.mark.skipif(sys.platform != "linux", reason="relies on what only Linux's kernel offers")

KILLED = int(getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows knows no other end
SLEEP = "import time; time.sleep(600)"
FORK_TWICE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, ["runaway", "-c", "import time; time.sleep(600)"], {})
    os._exit(0)
os.wait()
print("forked", flush=True)
"""

Run = Callable[..., Tree]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts Python programs whose trees end with the test."""
    trees: list[Tree] = []

    def run(program: str, *, memory_limit: int | None = None, death_signal: int = KILLED) -> Tree:
        with (tmp_path / "out").open("wb") as out:
            trees.append(
                spawn(
                    [sys.executable, "-c", program],
                    cwd=tmp_path,
                    environment={"PATH": os.defpath},
                    stdout=out,
                    stderr=out,
                    memory_limit=memory_limit,
                    death_signal=death_signal,
                )
            )
        return trees[-1]

    yield run
    for tree in trees:
        tree.kill()


def until(done: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


def lives(pid: int) -> bool:
    return processes._eyes.facts(pid) is not None


def says(tmp_path: Path, word: str) -> Callable[[], bool]:
    return lambda: word in (tmp_path / "out").read_text()


# --- ending -----------------------------------------------------------------------------------------------------


def test_a_process_ends_when_it_is_asked_to(run: Run) -> None:
    """SIGTERM goes to the main process alone, as from a service manager, and the status is the signal's."""
    tree = run(SLEEP)
    stopped = tree.terminate(5)

    assert (stopped.status, stopped.in_time, stopped.left_behind) == (-signal.SIGTERM, True, ())
    assert not tree.alive
    assert tree.pids() == ()


def test_a_process_may_take_its_time(run: Run, tmp_path: Path) -> None:
    """A handler that cleans up ends with a status of its own."""
    tree = run(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.2), sys.exit(7)))\n"
        "print('ready', flush=True)\nwhile True: time.sleep(1)"
    )
    until(says(tmp_path, "ready"))
    stopped = tree.terminate(10)

    assert (stopped.status, stopped.in_time) == (7, True)
    assert stopped.seconds >= 0.2


def test_a_process_that_does_not_end_is_ended(run: Run, tmp_path: Path) -> None:
    """After the grace comes SIGKILL."""
    tree = run(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}")
    until(says(tmp_path, "deaf"))
    stopped = tree.terminate(0.2)

    assert (stopped.status, stopped.in_time) == (-KILLED, False)


@linux
def test_a_stopped_process_is_ended(run: Run) -> None:
    """SIGSTOP freezes a process; it gets no SIGTERM, but SIGKILL all the same."""
    tree = run(SLEEP)
    os.kill(tree.pid, int(getattr(signal, "SIGSTOP", 0)))
    until(lambda: b") T " in Path(f"/proc/{tree.pid}/stat").read_bytes())

    assert not tree.terminate(0.1).in_time
    assert not lives(tree.pid)


def test_a_ctrl_c_at_the_worst_moment_does_not_keep_a_tree_from_ending(run: Run) -> None:
    """An interrupt within Popen.poll leaves its lock taken, and nobody learns any more that the process ended."""
    tree = run(SLEEP)
    popen = tree._process
    assert isinstance(popen, subprocess.Popen)
    popen._waitpid_lock.acquire()  # type: ignore[attr-defined]

    assert tree.kill() == ()
    popen._waitpid_lock.release()  # type: ignore[attr-defined]
    assert tree.status == -KILLED


def test_children_that_stay_behind_are_named_and_ended(run: Run, tmp_path: Path) -> None:
    """The main process ended in time, its child did not: both are told."""
    tree = run(
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', '{SLEEP}']); print('ready', flush=True); time.sleep(600)"
    )
    until(says(tmp_path, "ready"))
    stopped = tree.terminate(5)

    assert stopped.in_time
    assert len(stopped.left_behind) == 1
    assert SLEEP in stopped.left_behind[0]
    assert tree.pids() == ()


@linux
def test_a_daemon_is_found(run: Run, tmp_path: Path) -> None:
    """Forked twice, a session of its own, its environment empty: it is our child now, and ends with the rest."""
    tree = run(FORK_TWICE + SLEEP)
    until(says(tmp_path, "forked"))
    until(lambda: len(tree.pids()) == 2)
    daemon = next(pid for pid in tree.pids() if pid != tree.pid)
    tree.kill()

    assert not lives(daemon)
    assert tree.pids() == ()


@linux
def test_a_daemon_outlives_nobody(run: Run, tmp_path: Path) -> None:
    """Also when the main process has long ended by itself."""
    tree = run(FORK_TWICE)
    until(lambda: not tree.alive)

    assert len(tree.left_behind()) == 1
    tree.kill()
    assert tree.left_behind() == ()


@linux
def test_a_tree_that_keeps_forking_is_ended(run: Run, tmp_path: Path) -> None:
    """Every process has a successor before it is killed; the whole group goes at once."""
    tree = run(
        "import os, time\nprint('ready', flush=True)\nwhile True:\n    if os.fork(): os._exit(0)\n    time.sleep(0.001)"
    )
    until(says(tmp_path, "ready"))

    assert tree.kill() == ()
    assert tree.pids() == ()


@linux
def test_two_trees_are_told_apart(run: Run) -> None:
    """The end of one is not the end of the other."""
    one, other = run(SLEEP), run(SLEEP)
    one.kill()

    assert other.alive
    assert other.pids() == (other.pid,)


@linux
def test_processes_that_were_not_spawned_are_left_alone(run: Run) -> None:
    """A child of ours that somebody started in our own session belongs to no tree, and keeps its status."""
    tree = run(SLEEP)
    own = subprocess.Popen([sys.executable, "-c", "raise SystemExit(5)"])
    until(lambda: not lives(own.pid))

    assert own.pid not in tree.pids()
    tree.kill()
    assert own.wait() == 5


def test_a_program_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """The operating system's own, raised where spawn was called."""
    with pytest.raises(FileNotFoundError):
        spawn(["/no/such/program"], cwd=tmp_path, environment={}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_last_wish_is_granted(run: Run, tmp_path: Path) -> None:
    """A program that must not get SIGKILL first is sent its own signal, and ends in order."""
    tree = run(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: (print('tidy', flush=True), sys.exit(0)))\n"
        "print('ready', flush=True)\nwhile True: time.sleep(1)",
        death_signal=signal.SIGINT,
    )
    until(says(tmp_path, "ready"))
    tree.kill()

    assert says(tmp_path, "tidy")()


# --- the death of the owner -------------------------------------------------------------------------------------

OWNER = """
import os, subprocess, sys, threading, time
from pathlib import Path
from roadmap_cli.processes import scratch, spawn
quiet = subprocess.DEVNULL
def start(program):
    return spawn([sys.executable, "-c", program], cwd=Path("/"), environment={}, stdout=quiet, stderr=quiet)
"""


def owner(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", OWNER + program], stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@linux
def test_a_tree_dies_with_its_owner() -> None:
    """The kernel sends the death signal, even if the owner gets SIGKILL."""
    killed = owner(f"print(start('{SLEEP}').pid, flush=True); time.sleep(600)")
    pid = int(line(killed))
    assert lives(pid)
    killed.kill()
    killed.wait()

    until(lambda: not lives(pid))


@linux
def test_a_tree_outlives_the_thread_that_started_it() -> None:
    """Linux binds the death signal to the forking thread; ours lives as long as the process."""
    process = owner(
        "trees = []\n"
        f"thread = threading.Thread(target=lambda: trees.append(start('{SLEEP}')))\n"
        "thread.start(); thread.join(); time.sleep(0.3); print(trees[0].alive, flush=True)"
    )

    assert line(process) == "True"
    process.wait()


@linux
def test_what_survives_its_owner_is_swept() -> None:
    """A grandchild gets no death signal; the next sweep finds it by its marker, and removes the scratch folder."""
    killed = owner(
        "folder = scratch('test')\n"
        'start(\'import subprocess, sys; subprocess.Popen([sys.executable, "-c", "import time; time.sleep(601)"])\')\n'
        "print(folder, flush=True); time.sleep(600)"
    )
    folder = Path(line(killed))
    survivors: list[int] = []

    def survivor() -> bool:
        survivors[:] = [pid for pid in processes._eyes.everyone() if "sleep(601)" in processes._eyes.command(pid)]
        survivors[:] = [pid for pid in survivors if pid != killed.pid and "Popen" not in processes._eyes.command(pid)]
        return bool(survivors)

    until(survivor)
    assert folder.is_dir()
    assert not any("sleep(601)" in command for command in sweep()), "its owner still lives"
    killed.kill()
    killed.wait()

    assert any("sleep(601)" in command for command in sweep())
    assert not folder.exists()
    until(lambda: not survivor())


def test_a_sweep_spares_the_living(run: Run) -> None:
    """Neither our trees nor our folders are touched by another run's sweep."""
    tree, folder = run(SLEEP), scratch("test")
    subprocess.run([sys.executable, "-c", "from roadmap_cli.processes import sweep; sweep()"], check=True)

    assert tree.alive
    assert folder.is_dir()
    folder.rmdir()


def test_a_sweep_spares_other_machines() -> None:
    """A container that shares our temporary folder cannot see our processes, nor we its."""
    folder = Path(tempfile.mkdtemp(prefix="roadmap-test-999999.1.00000000-"))
    sweep()

    assert folder.is_dir()
    folder.rmdir()


def test_a_sweep_follows_no_link(tmp_path: Path) -> None:
    """A link that looks like an abandoned folder does not lead it astray."""
    mark = processes.owner_mark().rpartition("_")[2]
    (tmp_path / "precious").write_text("mine")
    link = Path(tempfile.gettempdir()) / f"roadmap-test-999999.1.{mark}-link"
    link.symlink_to(tmp_path)
    sweep()
    link.unlink()

    assert (tmp_path / "precious").read_text() == "mine"


def test_scratch_folders_are_private() -> None:
    """Nobody else may look into them, and no two are the same."""
    one, other = scratch("test"), scratch("test")

    assert one != other
    assert sys.platform == "win32" or one.stat().st_mode & 0o777 == 0o700
    one.rmdir()
    other.rmdir()


# --- memory, ports ----------------------------------------------------------------------------------------------


def test_memory_is_that_of_the_whole_tree(run: Run, tmp_path: Path) -> None:
    """A child's memory counts, and the peak is remembered after the end."""
    hold = "x = b'x' * (64 << 20); print('held', flush=True); import time; time.sleep(600)"
    tree = run(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])", memory_limit=1 << 30)
    until(says(tmp_path, "held"))

    assert tree.memory() > 64 << 20
    tree.terminate(1)
    assert tree.peak_bytes > 64 << 20


def test_too_much_memory_is_the_end(run: Run) -> None:
    """The watch ends the tree, and tells this from any other end."""
    tree = run("import time\nx = []\nwhile True: x.append(b'x' * (8 << 20)); time.sleep(0.005)", memory_limit=96 << 20)
    until(lambda: not tree.alive)

    assert tree.ended_for_memory
    assert tree.status == -KILLED


@linux
def test_shared_memory_counts_once(run: Run, tmp_path: Path) -> None:
    """Ten forked workers that share 40 MiB do not hold 400."""
    tree = run(
        "import os, time\nx = b'x' * (40 << 20)\n"
        "for _ in range(10):\n    if os.fork() == 0: time.sleep(600)\nprint('forked', flush=True); time.sleep(600)",
        memory_limit=200 << 20,
    )
    until(says(tmp_path, "forked"))
    until(lambda: tree.peak_bytes > 200 << 20)

    assert tree.wait(0.3) is None
    assert not tree.ended_for_memory


def test_a_tree_knows_its_ports(run: Run, tmp_path: Path) -> None:
    """What it listens on is told by address and port, also when a child listens."""
    port = free_port()
    serve = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
    tree = run(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {serve!r}])")
    until(lambda: tree.listeners())

    (listener,) = tree.listeners()
    assert (listener.address, listener.port, listener.takes_loopback) == ("127.0.0.1", port, True)
    assert not is_free(port)
    assert listener in processes.listeners_on(port) or sys.platform != "linux"


@linux
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_addresses_are_read_from_the_kernels_table(address: str) -> None:
    """Both families, in the notation that everybody knows."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as listener:
        try:
            listener.bind((address, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        listener.listen()
        port = listener.getsockname()[1]

        assert [address] == [one.address for one in processes._eyes.listeners() if one.port == port]


def test_a_free_port_is_free() -> None:
    """It can be listened on, by anybody."""
    port = free_port()

    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)


def test_many_threads_may_spawn(run: Run) -> None:
    """Each gets its own tree, whichever thread forks for it."""
    trees: list[Tree] = []
    threads = [threading.Thread(target=lambda: trees.append(run(SLEEP))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({tree.pid for tree in trees}) == 8
    assert all(tree.alive for tree in trees)


def test_the_way_of_other_systems(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without /proc, psutil finds children, memory, ports and markers."""
    monkeypatch.setattr(processes, "_eyes", _Portable())
    port = free_port()
    serve = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
    tree = run(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {serve!r}])", memory_limit=1 << 30)
    until(lambda: tree.listeners())

    assert len(tree.pids()) == 2
    assert tree.memory() > 1 << 20
    assert [one.port for one in tree.listeners()] == [port]
    assert tree.token in processes._eyes.marker(tree.pid)
    assert "socket" in processes._eyes.command(tree.pids()[1])
    stopped = tree.terminate(5)
    assert len(stopped.left_behind) == 1
    assert tree.pids() == ()


class _Portable(processes._Psutil):
    """With start times as other runs on this machine read them: their sweeps would end what we start."""

    usual = processes._eyes

    def facts(self, pid: int) -> processes._Facts | None:
        facts, usual = super().facts(pid), self.usual.facts(pid)
        return replace(facts, started=usual.started) if facts and usual else None


@linux
def test_kernels_that_do_not_list_children_are_searched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without CONFIG_PROC_CHILDREN the parent of every process is looked at."""
    eyes = processes._Proc()

    assert run(SLEEP).pid in eyes._children_by_search(os.getpid())
