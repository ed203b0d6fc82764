"""The terminal: what goes to standard output, what to standard error, drawn or plain."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from roadmap_cli.views.ink import drawn, plain
from roadmap_cli.views.page import Page

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 110
NARROWEST = 40


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Two streams, and for each whether only plain words may go there."""

    out: TextIO
    err: TextIO
    plain: bool
    plain_err: bool
    width: int

    @staticmethod
    def here(*, plain: bool) -> Screen:
        """The terminal that we run in; what is piped is plain by itself."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return Screen(
            out=sys.stdout,
            err=sys.stderr,
            plain=plain or not _can_draw(sys.stdout),
            plain_err=plain or not _can_draw(sys.stderr),
            width=min(max(_columns(), NARROWEST), WIDEST),
        )

    def show(self, page: Page) -> None:
        """Show what was asked for."""
        self._put(page, self.out, self.plain)

    def tell(self, page: Page) -> None:
        """Say something beside: an error, a note, progress."""
        self._put(page, self.err, self.plain_err)

    def write(self, text: str) -> None:
        """Give out text as it is: for programs that read it."""
        self.out.write(text)

    def flush(self) -> None:
        """Let everything go out, so that a closed pipe is noticed now."""
        self.out.flush()
        self.err.flush()

    def console(self) -> Console:
        """Standard error as rich sees it, for live drawing."""
        return _console(self.err, self.width)

    def _put(self, page: Page, stream: TextIO, is_plain: bool) -> None:
        if not page:
            return
        if is_plain:
            stream.write(plain(page, self.width))
            return
        console = _console(stream, self.width)
        for renderable in drawn(page, self.width):
            console.print(renderable, soft_wrap=_is_laid_out(renderable))


def _is_laid_out(renderable: object) -> bool:
    """Our own lines are broken already; what rich renders itself is not."""
    from rich.text import Text

    return isinstance(renderable, Text)


def _console(stream: TextIO, width: int) -> Console:
    from rich.console import Console

    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, force_terminal=True)


def _can_draw(stream: TextIO) -> bool:
    """A terminal (or FORCE_COLOR), not a dumb one, and one that takes our characters."""
    if os.environ.get("TERM") == "dumb" or not (stream.isatty() or os.environ.get("FORCE_COLOR")):
        return False
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")


def _columns() -> int:
    return shutil.get_terminal_size((80, 24)).columns
