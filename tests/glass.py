"""A program in a terminal of its own, and what is to be seen there: a pseudo-terminal behind which pyte draws."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte


class Glass:
    """A running program and its screen, at first 80 by 24."""

    def __init__(
        self, argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], columns: int = 80, rows: int = 24
    ) -> None:
        self._ours, theirs = pty.openpty()
        self.theirs = theirs
        self._screen: Any = pyte.Screen(columns, rows)
        self._stream: Any = pyte.ByteStream(self._screen)
        self.raw = b""
        self.resize(columns, rows, tell=False)
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            list(argv), cwd=cwd, env=dict(environment), stdin=theirs, stdout=theirs, stderr=theirs,
            preexec_fn=_own_terminal,
        )  # fmt: skip

    def __enter__(self) -> Glass:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self.theirs)

    @property
    def text(self) -> str:
        """What is to be seen, line by line, without the spaces at their ends."""
        self._take()
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def words(self) -> str:
        """The same in one line."""
        return " ".join(self.text.split())

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._ours, keys.encode())

    def resize(self, columns: int, rows: int, *, tell: bool = True) -> None:
        """Another size; the program gets SIGWINCH."""
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def shows(self, *wanted: str, seconds: float = 60.0) -> bool:
        """Whether all of that comes to be seen; an AssertionError with the screen if not in time."""
        return self.comes(lambda: all(each in self.words for each in wanted), f"{wanted}", seconds)

    def comes(self, wanted: Callable[[], bool], what: str, seconds: float = 60.0) -> bool:
        """Wait until something holds."""
        deadline = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < deadline, f"{what} did not come:\n{self.text}"
            self._take(0.05)
        return True

    def ends(self, seconds: float = 60.0) -> int:
        """The exit status, once it has ended."""
        self.comes(lambda: self.process.poll() is not None, "the end", seconds)
        self._take()
        status: int = self.process.wait()
        return status

    def _take(self, seconds: float = 0.0) -> None:
        while select.select([self._ours], [], [], seconds)[0]:
            data = b""
            with contextlib.suppress(OSError):
                data = os.read(self._ours, 1 << 16)
            if not data:
                return
            self.raw += data
            self._stream.feed(data)
            seconds = 0.0


def _own_terminal() -> None:
    """A session of its own whose terminal is what is on descriptor 0, as a terminal window makes it."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
