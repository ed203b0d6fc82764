"""A Python that has its libraries imported, and forks a program whenever one is ordered: 5 ms instead of a second.

    python nursery.py CONTROL MODULE...

It runs under the learner's own Python, so it imports nothing but the standard library, and nothing of roadmap's. An order is one
packet on the socket CONTROL: a JSON object (`argv`, `cwd`, `environment`) with the descriptors [conversation, standard
output, standard error, further ones that become 3, 4, …]. The answers come over the conversation: ``{"pid": …, "warden":
…}`` with a pidfd where the system has them, then ``{"status": …}``. Whoever hangs up ends the program.

A forked program differs from a started one in as little as can be: it has a session of its own, its own environment
(also in /proc), `__main__`, `sys.argv` and `sys.path` as ``python -m module`` or ``python file.py`` would have made them.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from types import TracebackType
from typing import Any

MARKER = "ROADMAP_RUN"
_PDEATHSIG, _SUBREAPER = 1, 36  # prctl(2)
_LARGEST = 1 << 18


class Order:
    """A program to run, in the process that was forked for it."""

    def __init__(self, document: dict[str, Any], descriptors: list[int]) -> None:
        self.argv: list[str] = document["argv"]
        self.cwd: str = document["cwd"]
        self.environment: dict[str, str] = document["environment"]
        self.descriptors = descriptors

    def become(self) -> None:
        """Make this process look as if it had been started for the order."""
        os.setsid()
        _die_with(os.getppid())
        self._place_descriptors()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _rename(self.environment.get(MARKER, ""))
        os.environ.clear()
        os.environ.update(self.environment)
        time.tzset()
        os.chdir(self.cwd)
        sys.excepthook = _without_us

    def run(self, main: dict[str, Any]) -> None:
        """Run the program in the namespace *main*, as Python itself would."""
        main.clear()
        main.update(__name__="__main__", __builtins__=__builtins__, __doc__=None, __package__=None, __spec__=None)
        if self.argv[0] == "-m":
            sys.argv = ["-m", *self.argv[2:]]
            if not sys.flags.isolated:
                sys.path.insert(0, self.cwd)
            runpy._run_module_as_main(self.argv[1])  # type: ignore[attr-defined]  # what `python -m` itself calls
        else:
            sys.argv = list(self.argv)
            path = os.path.abspath(self.argv[0])
            sys.path.insert(0, os.path.dirname(path))
            main.update(__file__=path, __cached__=None)
            with open(path, "rb") as file:
                program = compile(file.read(), path, "exec", dont_inherit=True)
            exec(program, main)  # noqa: S102  # running a program is what we are for

    def _place_descriptors(self) -> None:
        """To 1, 2, 3, … by way of higher numbers, so that none is overwritten before its turn."""
        high = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 64) for each in self.descriptors[1:]]
        for descriptor in self.descriptors:
            os.close(descriptor)
        for number, descriptor in enumerate(high, start=1):
            os.dup2(descriptor, number, inheritable=number < 3)
            os.close(descriptor)


def serve(control: socket.socket) -> Order | None:
    """Take orders until nobody can give any more (None); in a forked program, the order that it is for."""
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, _LARGEST, 16)
        if not packet:
            return None
        order = Order(json.loads(packet), descriptors)
        if os.fork() == 0:
            control.close()
            return Warden(order).serve()
        for descriptor in descriptors:
            os.close(descriptor)
        _bury_wardens()


def _bury_wardens() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class Warden:
    """A process between the nursery and one program: whatever the program sets free comes back to it, and to no other."""

    def __init__(self, order: Order) -> None:
        _die_with(os.getppid())
        _prctl(_SUBREAPER, 1)
        self.order = order
        self.conversation = socket.socket(fileno=order.descriptors[0])
        self.awake, self.waker = os.pipe()
        for end in (self.awake, self.waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> Order:
        """Fork the program, which gets its order; here, tell how it ends, and end when nothing of it is left."""
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            os.close(self.awake)
            os.close(self.waker)
            self.conversation.detach()
            return self.order
        for descriptor in self.order.descriptors[1:]:
            os.close(descriptor)
        self._tell_birth(pid)
        poll = select.poll()
        poll.register(self.conversation, select.POLLIN)
        poll.register(self.awake, select.POLLIN)
        while self._reap(pid):
            if any(descriptor != self.awake for descriptor, _ in poll.poll()):
                _kill(pid)  # whoever ordered this program is gone, or wants it gone
                poll.unregister(self.conversation)
            with contextlib.suppress(BlockingIOError):
                os.read(self.awake, 4096)
        os._exit(0)

    def _tell_birth(self, pid: int) -> None:
        """The program cannot be buried before this: its number is still its own, so the pidfd is the right one."""
        descriptors: list[int] = []
        with contextlib.suppress(AttributeError, OSError):
            descriptors = [os.pidfd_open(pid)]
        with contextlib.suppress(OSError):
            birth = json.dumps({"pid": pid, "warden": os.getpid()}).encode()
            socket.send_fds(self.conversation, [birth], descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def _reap(self, program: int) -> bool:
        """Bury whoever has ended, tell of the program; whether anybody is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == program:
                with contextlib.suppress(OSError):
                    self.conversation.send(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())


def _kill(pid: int) -> None:
    """Its whole session's group, and itself if it has not made one yet."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            end(pid, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        _prctl(_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def _rename(marker: str) -> None:
    """Put *marker* where /proc/PID/environ is read from: what this process leaves behind is found by it.

    The nursery was started with a long value, so that there is room; what is left of it is filled with slashes.
    """
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    place = libc.getenv(MARKER.encode())
    room = len(ctypes.string_at(place)) if place else 0
    value = marker.encode("ascii", "replace")
    if len(value) <= room:
        ctypes.memmove(place, b"/" * (room - len(value)) + value, room)


def _without_us(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A traceback as it would be without the frames of this file and of runpy."""
    import traceback

    ours = (__file__, runpy.__file__, "<frozen runpy>")
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    traceback.print_exception(kind, error, trace)


def _import(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(BaseException):  # a library that cannot be imported is for the program to meet
            importlib.import_module(name)


def open_nursery() -> Order | None:
    """Import, then serve; the order of a forked process, or None in the nursery's own at its end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(control.fileno(), False)
    names = sys.argv[2:]
    if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        del sys.path[0]
    _import(names)
    gc.collect()
    gc.freeze()
    order = serve(control)
    if order is not None:
        order.become()
    return order


def _module() -> Any:
    """A module of its own for what is in here: `__main__` must be free for the program."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("_roadmap_nursery", __file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    _order = _module().open_nursery()
    if _order is not None:
        _order.run(globals())
