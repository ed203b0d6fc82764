"""Warm starts: a Python that has imported its libraries forks programs in a few milliseconds (POSIX, tried on Linux).

`Nursery.open` starts one, `Nursery.spawn` has it fork a program and gives the same `Tree` as `processes.spawn` would.
What it cannot fork (another Python, a program in another language, other options) is started the usual way by whoever asks.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadmap_cli.processes import MARKER, Tree, new_marker, spawn

_PROGRAM = Path(__file__).with_name("nursery.py")
_MARKER_WIDTH = 400
_LARGEST = 1 << 16
_BIRTH_SECONDS = 30.0  # also the time in which a nursery imports what it was told to
_BURIAL_SECONDS = 10.0


def can_fork() -> bool:
    """Whether this system has what a nursery needs."""
    return sys.platform == "linux"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A nursery as another process of ours may use it: *descriptor* is its control socket there."""

    python: str
    descriptor: int
    python_environment: tuple[tuple[str, str], ...]


class Nursery:
    """A warm Python; close it to end everything that it has forked."""

    def __init__(self, place: Place, control: socket.socket, tree: Tree | None) -> None:
        self.place = place
        self._control = control
        self._tree = tree

    @staticmethod
    def open(
        python: str, modules: Sequence[str], *, environment: Mapping[str, str], cwd: Path, isolated: bool = False
    ) -> Nursery:
        """Start *python* with *modules* imported (those that it has); it takes orders at once. OSError if it cannot run."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            options = ["-I"] if isolated else []
            tree = spawn(
                [python, *options, str(_PROGRAM), str(theirs.fileno()), *modules],
                cwd=cwd,
                environment=environment,
                stdout=2,
                stderr=2,
                pass_fds=(theirs.fileno(),),
                marker_width=_MARKER_WIDTH,
            )
        place = Place(python=python, descriptor=-1, python_environment=tuple(_of_python(environment).items()))
        return Nursery(place, ours, tree)

    @staticmethod
    def at(place: Place) -> Nursery:
        """The nursery at *place*, which another process has opened; closing it here ends nothing."""
        return Nursery(place, socket.socket(fileno=place.descriptor), None)

    def fileno(self) -> int:
        """The control socket, to be handed to another process."""
        return self._control.fileno()

    @property
    def alive(self) -> bool:
        """Whether it still runs, as far as we can know."""
        return self._tree is None or self._tree.alive

    def takes(self, argv: Sequence[str], environment: Mapping[str, str]) -> bool:
        """Whether it would run *argv* just as starting it would: a module or file of the same Python, no options."""
        return bool(_without_python(argv, self.place.python)) and _of_python(environment) == dict(
            self.place.python_environment
        )

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        stdout: int,
        stderr: int,
        memory_limit: int | None = None,
        further: Sequence[int] = (),
    ) -> Tree:
        """Fork *argv* as the root of a tree of its own; *further* descriptors become 3, 4, … there.

        OSError if the nursery is gone.
        """
        token, marker = new_marker()
        order = {
            "argv": _without_python(argv, self.place.python),
            "cwd": str(cwd),
            "environment": {**environment, MARKER: marker},
        }
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            descriptors = [theirs.fileno(), stdout, stderr, *further]
            socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
        forked = _Forked(ours)
        return Tree(forked, token, memory_limit, reaper=forked.warden)

    def close(self) -> None:
        """End it, and whatever it has forked."""
        if self._tree is not None:
            self._tree.kill()
        self._control.close()


class _Forked:
    """A process that a nursery forked: its end is told over a socket, signals go through a pidfd where there is one."""

    def __init__(self, conversation: socket.socket) -> None:
        self._conversation = conversation
        self._status: int | None = None
        self._lock = threading.Lock()
        conversation.settimeout(_BIRTH_SECONDS)
        packet, descriptors, _, _ = socket.recv_fds(conversation, _LARGEST, 1)
        if not packet:
            raise OSError("the nursery ended")
        birth = json.loads(packet)
        self.pid: int = birth["pid"]
        self.warden: int = birth["warden"]
        self._pidfd = descriptors[0] if descriptors else -1

    def poll(self) -> int | None:
        with self._lock:
            if self._status is None and select.select([self._conversation], [], [], 0)[0]:
                self._end(self._told())
            return self._status

    def wait(self) -> int:
        """Until the nursery says so; if it does not, the process counts as killed."""
        with self._lock:
            if self._status is None:
                heard = select.select([self._conversation], [], [], _BURIAL_SECONDS)[0]
                self._end(self._told() if heard else {})
            assert self._status is not None
            return self._status

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(OSError):
                if self._pidfd >= 0:
                    signal.pidfd_send_signal(self._pidfd, sig)
                else:
                    os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _told(self) -> dict[str, Any]:
        try:
            packet = self._conversation.recv(_LARGEST)
        except OSError:
            packet = b""
        told: dict[str, Any] = json.loads(packet) if packet else {}
        return told

    def _end(self, told: dict[str, Any]) -> None:
        self._status = told.get("status", -signal.SIGKILL)
        self._conversation.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1


def _without_python(argv: Sequence[str], python: str) -> list[str]:
    """What a nursery is told to run: ``-m module …`` or ``file.py …``; empty if it is anything else."""
    words = list(argv)
    if words and words[0] == python:
        words = words[1:]
        is_module = len(words) > 1 and words[0] == "-m"
        is_file = bool(words) and not words[0].startswith("-")
        return words if is_module or is_file else []
    return words if words and _is_script_of(words[0], python) else []


def _is_script_of(path: str, python: str) -> bool:
    """Whether *path* is a command that pip made for *python*, such as `uvicorn`: its first line names it."""
    try:
        with open(path, "rb") as file:
            first = file.readline(1000)
    except OSError:
        return False
    return first.rstrip() == b"#!" + os.fsencode(python)


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    """What Python reads when it starts: a forked one cannot be told something else."""
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}
