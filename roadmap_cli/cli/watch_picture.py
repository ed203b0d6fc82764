"""`roadmap watch` on the whole terminal, with its keys."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli.cli import catalogue
from roadmap_cli.cli.keyboard import HungUp, Key, Keyboard
from roadmap_cli.cli.screen import NARROWEST, WIDEST
from roadmap_cli.cli.terminal import Terminal
from roadmap_cli.cli.watch_run import Watch
from roadmap_cli.neutral import neutral_line
from roadmap_cli.verdicts import Report
from roadmap_cli.views.ink import inked
from roadmap_cli.views.layout import Layout, Line
from roadmap_cli.views.page import Page
from roadmap_cli.views.report import report_page
from roadmap_cli.views.watch import (
    Circumstances,
    goodbye_page,
    key_lines,
    keys_page,
    list_lines,
    log_page,
    screen_lines,
    status_lines,
)
from roadmap_cli.watching import Ended, Message

_LOG_BYTES = 256 << 10
_LOG_LINES = 2000


@dataclass
class _Overlay:
    """A page above the watch: its lines, and the first one that is shown. *cursor* is set in the list."""

    lines: tuple[str, ...]
    top: int = 0
    cursor: str = ""
    is_report: bool = False

    def move(self, by: int, room: int) -> None:
        """Show what is further down, or up if negative."""
        self.top = max(0, min(self.top + by, len(self.lines) - room))


@dataclass(frozen=True)
class _Resized(Message):
    """The terminal has another size."""


@dataclass(frozen=True)
class _Suspended(Message):
    """Ctrl-Z."""


class Picture:
    """The whole terminal: one requirement explained, the others in sum, a key for each thing one may want."""

    def __init__(self, run: Watch) -> None:
        self.is_over = False
        self._run = run
        self._terminal = Terminal()
        self._keyboard = Keyboard(run.session.post)
        self._overlay: _Overlay | None = None
        self._notice = ""
        self._signals = contextlib.ExitStack()

    def __enter__(self) -> Picture:
        self._signals.enter_context(_handled("SIGWINCH", lambda: self._run.session.post(_Resized())))
        self._signals.enter_context(_handled("SIGTSTP", lambda: self._run.session.post(_Suspended())))
        self._keyboard.start()
        self._terminal.enter()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self._terminal.leave()
        self._keyboard.stop()
        self._signals.close()
        with contextlib.suppress(OSError):
            self._run.desk.screen.show(goodbye_page(self._run.scene))
            self._run.desk.screen.flush()

    def notice(self, words: str) -> None:
        """Say something in the third line, until the next run."""
        self._notice = words

    def see(self, message: Message, before: Report | None) -> None:
        """Act upon keys and upon what happens to the terminal."""
        match message:
            case Key(name=name):
                self._press(name)
            case _Resized():
                self._terminal.forget()
            case _Suspended():
                self._suspend()
            case HungUp():
                self.is_over = True
            case Ended(cancelled=False) if self._overlay and self._overlay.is_report:
                self._all()

    def refresh(self) -> None:
        """Draw what has changed."""
        if self.is_over:
            return
        columns, rows = self._terminal.size
        scene, width = self._run.scene, min(max(columns, 1), WIDEST)
        if self._overlay is None:
            lines = self._ansi(screen_lines(scene, self._circumstances, width, rows))
        else:
            top, keys = self._around(width)
            room = max(rows - len(top) - len(keys), 1)
            self._overlay.move(0, room)
            body = self._overlay.lines[self._overlay.top : self._overlay.top + room]
            lines = [*self._ansi(top), *body, *[""] * (room - len(body)), *self._ansi(keys)][:rows]
        self._terminal.draw(lines)

    # --- keys ---------------------------------------------------------------------------------------------------

    def _press(self, key: str) -> None:
        self._notice = ""
        if self._overlay and self._moved(self._overlay, key):
            return
        actions: dict[str, Callable[[], None]] = {
            "n": self._next,
            "h": self._hint,
            "l": self._list,
            "a": self._all,
            "s": self._solution,
            "o": self._log,
            "u": self._undo,
            "r": self._run.session.again,
            "q": self._quit,
            "?": lambda: self._open(self._lines_of(keys_page())),
        }
        if key in actions:
            actions[key]()

    def _moved(self, overlay: _Overlay, key: str) -> bool:
        """Whether the key was for the page above the watch: it moves in it, chooses, or closes it."""
        room = self._room
        steps = {"up": -1, "down": 1, "page up": -room, "page down": room, "home": -(10**6), "end": 10**6}
        if key in ("escape", "q", "enter"):
            if key == "enter" and overlay.cursor:
                self._run.scene.choose(overlay.cursor)
            self._overlay = None
        elif key in steps and overlay.cursor:
            self._move_cursor(overlay, steps[key])
        elif key in steps:
            overlay.move(steps[key], room)
        else:
            return False
        return True

    def _move_cursor(self, overlay: _Overlay, by: int) -> None:
        scope = self._run.scene.scope
        place = max(0, min(scope.index(overlay.cursor) + by, len(scope) - 1))
        self._show_list(scope[place], overlay.top)

    def _next(self) -> None:
        self._overlay = None
        self._run.scene.choose_next()

    def _hint(self) -> None:
        if self._run.scene.focus:
            self._open(self._run.said_by("hint", self._run.scene.focus, width=self._width), at_end=True)
        else:
            self.notice("Everything that is watched here is passed: there is nothing to give a hint for.")

    def _list(self) -> None:
        scene = self._run.scene
        self._show_list(scene.focus or scene.scope[0], 0)

    def _show_list(self, cursor: str, top: int) -> None:
        lines, place = list_lines(self._run.scene, cursor, self._width)
        room = self._room
        self._overlay = _Overlay(tuple(self._ansi(lines)), max(min(top, place), place - room + 1), cursor=cursor)

    def _all(self) -> None:
        report = self._run.scene.report
        if report is None:
            self.notice("Nothing has been judged to its end yet.")
            return
        top = self._overlay.top if self._overlay and self._overlay.is_report else 0
        self._overlay = _Overlay(self._lines_of(report_page(report)), top, is_report=True)

    def _solution(self) -> None:
        scene = self._run.scene
        if scene.focus:
            milestone = scene.phase.milestone_of(scene.just_passed or scene.focus).id
        else:
            milestone = scene.milestones[-1].id
        self._open(self._run.said_by("solution", milestone, width=self._width))

    def _log(self) -> None:
        """The server's log in $PAGER, else the end of it here."""
        file = self._run.log
        if file is None:
            self.notice("Logs are kept in a workspace, and there is none here.")
            return
        pager = os.environ.get("PAGER", "")
        if pager.strip() and file.is_file():
            self._with_terminal(lambda: _page(pager, file, self.notice))
            return
        self._open(self._lines_of(log_page(_end_of(file), str(file))), at_end=True)

    def _undo(self) -> None:
        """Run `roadmap undo`, if this roadmap has it; what it brings back is seen as a save."""
        if any(entry.name == "undo" for entry in catalogue.entries()):
            self._open(self._run.said_by("undo", width=self._width))
        else:
            self.notice("This roadmap cannot undo.")

    def _quit(self) -> None:
        self.is_over = True

    # --- drawing ------------------------------------------------------------------------------------------------

    @property
    def _circumstances(self) -> Circumstances:
        return Circumstances(
            seconds=time.monotonic() - self._run.scene.began,
            polls_because=self._run.session.watcher.polls_because,
            notice=self._notice,
        )

    @property
    def _width(self) -> int:
        return min(max(self._terminal.size[0], NARROWEST), WIDEST)

    @property
    def _room(self) -> int:
        top, keys = self._around(self._width)
        return max(self._terminal.size[1] - len(top) - len(keys), 1)

    def _around(self, width: int) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """What stays above and below a page."""
        height = self._terminal.size[1]
        return status_lines(self._run.scene, self._circumstances, width, height), key_lines(width, height)

    def _open(self, lines: tuple[str, ...], *, at_end: bool = False) -> None:
        self._overlay = _Overlay(lines)
        if at_end:
            self._overlay.move(10**6, self._room)

    def _lines_of(self, page: Page) -> tuple[str, ...]:
        return tuple(self._ansi(Layout(self._width).lines(page)))

    def _ansi(self, lines: tuple[Line, ...]) -> list[str]:
        """Lines as the terminal takes them."""
        from rich.console import Console

        out = io.StringIO()
        console = Console(file=out, width=10**4, force_terminal=True, highlight=False, markup=False, emoji=False)
        console.print(inked(lines), soft_wrap=True, end="")
        return out.getvalue().split("\n")[: len(lines)]

    # --- the terminal in other hands ----------------------------------------------------------------------------

    def _with_terminal(self, act: Callable[[], None]) -> None:
        """Give the terminal to somebody else, and take it back."""
        self._terminal.leave()
        self._keyboard.stop()
        try:
            act()
        finally:
            self._keyboard.start()
            self._terminal.enter()

    def _suspend(self) -> None:
        """Stop as Ctrl-Z asks, and go on when the shell says so."""
        if sys.platform == "win32":
            return

        def stop() -> None:
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, before)

        self._with_terminal(stop)


def _end_of(file: Path) -> tuple[str, ...]:
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - _LOG_BYTES))
            lines = log.read().decode("utf-8", "replace").splitlines()
            return tuple(neutral_line(line) for line in lines[-_LOG_LINES:])
    except OSError:
        return ()


def _page(pager: str, file: Path, complain: Callable[[str], None]) -> None:
    """Show *file* in a pager; Ctrl-C is for the pager meanwhile."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        subprocess.run([*shlex.split(pager), str(file)], check=False)
    except (OSError, ValueError) as error:
        complain(f"Your PAGER cannot be run: {error}. The log is in {file}.")
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _handled(name: str, act: Callable[[], None]) -> Iterator[None]:
    """Within, the signal of that name, where there is one, calls *act*."""
    number = getattr(signal, name, None)
    if number is None:
        yield
        return
    before = signal.signal(number, lambda received, frame: act())
    try:
        yield
    finally:
        signal.signal(number, before)
