"""The whole terminal as one picture: drawn line by line, only what changed, and left as it was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"  # the other screen, no cursor, no wrapping at the edge
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"  # show all of it at once, where the terminal can do that


class Terminal:
    """A terminal at descriptor *out*. Everything goes there in single writes, also from within signal handlers."""

    def __init__(self, out: int | None = None) -> None:
        self._out = sys.stdout.fileno() if out is None else out
        self._drawn: list[str] = []
        self._is_entered = False

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows; 80 by 24 where nobody knows."""
        try:
            columns, rows = os.get_terminal_size(self._out)
        except OSError:
            columns, rows = 80, 24
        return columns or 80, rows or 24

    def enter(self) -> None:
        """Take the screen."""
        self._drawn = []
        self._is_entered = True
        self._write(_ENTER)

    def leave(self) -> None:
        """Give the screen back as it was."""
        if self._is_entered:
            self._is_entered = False
            self._write(_LEAVE)

    def forget(self) -> None:
        """Draw everything the next time: the size has changed, or somebody else has written."""
        self._drawn = []
        self._write("\x1b[2J")

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines, which hold nothing but text and colours, and nothing else."""
        old = self._drawn
        changed = [
            f"\x1b[{number + 1};1H{line}\x1b[0m\x1b[K"
            for number, line in enumerate(lines)
            if number >= len(old) or old[number] != line
        ]
        below = [f"\x1b[{number + 1};1H\x1b[K" for number in range(len(lines), len(old))]
        self._drawn = list(lines)
        if changed or below:
            self._write("".join([_BEGIN, *changed, *below, _END]))

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._out, data) :]
