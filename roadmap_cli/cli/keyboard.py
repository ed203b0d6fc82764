"""Single keys from the terminal, in a thread: raw while somebody listens, as it was before on every way out."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roadmap_cli.watching import Message

_ESCAPE_SECONDS = 0.05  # the rest of a sequence comes at once, also over SSH; a lone Escape has no rest
_NAMES = {
    "\x1b[A": "up", "\x1b[B": "down", "\x1b[5~": "page up", "\x1b[6~": "page down", "\x1b[H": "home", "\x1b[F": "end",
    "\x1b[1~": "home", "\x1b[4~": "end", "\x1b[7~": "home", "\x1b[8~": "end", "\x1bOA": "up", "\x1bOB": "down",
    "\x1bOH": "home", "\x1bOF": "end", "\x1b": "escape", "\r": "enter", "\n": "enter", " ": "page down",
    "\x7f": "escape", "\x08": "escape", "j": "down", "k": "up", "\x04": "q",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Key(Message):
    """A key was pressed: a letter, or a name such as *page down*."""

    name: str


@dataclass(frozen=True)
class HungUp(Message):
    """The terminal is gone."""


def names_in(text: str) -> Iterator[str]:
    """The keys that *text* from a terminal stands for; sequences that nobody knows are passed over."""
    rest = text
    while rest:
        found = max((known for known in _NAMES if rest.startswith(known)), key=len, default="")
        if found and not (found == "\x1b" and len(rest) > 1 and rest[1] in "[O"):
            yield _NAMES[found]
            rest = rest[len(found) :]
        elif rest[0] == "\x1b":
            rest = rest[_sequence_length(rest) :]
        else:
            yield rest[0]
            rest = rest[1:]


def _sequence_length(text: str) -> int:
    """How long the control sequence is that *text* begins with (ECMA-48 §5.4: it ends with a byte from @ to ~)."""
    if len(text) > 2 and text[1] == "O":
        return 3
    return next((n + 1 for n, char in enumerate(text) if n > 1 and "@" <= char <= "~"), len(text))


if sys.platform == "win32":
    import msvcrt

    _CODES = {"H": "up", "P": "down", "I": "page up", "Q": "page down", "G": "home", "O": "end"}

    class Keyboard:
        """The console's keys, posted to *post*."""

        def __init__(self, post: Callable[[Message], None]) -> None:
            self._post = post
            self._stop = threading.Event()
            self._thread: threading.Thread | None = None

        def start(self) -> None:
            """Begin to listen."""
            self._stop.clear()
            self._thread = threading.Thread(target=self._read, name="keys", daemon=True)
            self._thread.start()

        def stop(self) -> None:
            """Leave the keys to others."""
            self._stop.set()
            if self._thread:
                self._thread.join()

        def _read(self) -> None:
            while not self._stop.wait(0.03):
                while msvcrt.kbhit():
                    char = msvcrt.getwch()
                    if char in "\x00\xe0":
                        if name := _CODES.get(msvcrt.getwch()):
                            self._post(Key(name=name))
                    else:
                        for name in names_in(char):
                            self._post(Key(name=name))

else:
    import select
    import termios
    import tty

    class Keyboard:
        """The keys of the terminal at descriptor *terminal*, posted to *post*. Ctrl-C and Ctrl-Z stay signals."""

        def __init__(self, post: Callable[[Message], None], terminal: int = 0) -> None:
            self._post = post
            self._terminal = terminal
            self._before: list[object] | None = None
            self._thread: threading.Thread | None = None
            self._wake = -1

        def start(self) -> None:
            """Begin to listen: no echo, no waiting for Enter."""
            self._before = termios.tcgetattr(self._terminal)
            tty.setcbreak(self._terminal, termios.TCSADRAIN)
            ours, self._wake = os.pipe()
            self._thread = threading.Thread(target=self._read, args=(ours,), name="keys", daemon=True)
            self._thread.start()

        def stop(self) -> None:
            """Leave the terminal as it was, and the keys to others."""
            if self._thread:
                os.close(self._wake)
                self._thread.join()
                self._thread = None
            if self._before is not None:
                with contextlib.suppress(termios.error):  # the terminal may be gone
                    termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)  # type: ignore[arg-type]
                self._before = None

        def _read(self, wake: int) -> None:
            try:
                while text := self._some(wake):
                    for name in names_in(text):
                        self._post(Key(name=name))
            finally:
                os.close(wake)

        def _some(self, wake: int) -> str:
            """What was typed, with the rest of a sequence; empty when it is over."""
            if wake in select.select([self._terminal, wake], [], [])[0]:
                return ""
            typed = self._bytes()
            while typed.endswith(b"\x1b") and select.select([self._terminal], [], [], _ESCAPE_SECONDS)[0]:
                more = self._bytes()
                if not more:
                    break
                typed += more
            return typed.decode("utf-8", "ignore") or ("?" if typed else "")

        def _bytes(self) -> bytes:
            try:
                typed = os.read(self._terminal, 1024)
            except OSError:
                typed = b""
            if not typed:
                self._post(HungUp())
            return typed
