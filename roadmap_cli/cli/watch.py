"""`roadmap watch`: a verdict after every save, the requirement that is worked on first."""

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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli import reports
from roadmap_cli.attempting import Place
from roadmap_cli.attempts import Entry
from roadmap_cli.cli import catalogue, crash, names
from roadmap_cli.cli.check import find_place
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.interrupts import interruptible_once
from roadmap_cli.cli.keyboard import HungUp, Key, Keyboard
from roadmap_cli.cli.screen import NARROWEST, WIDEST, Screen
from roadmap_cli.cli.terminal import Terminal
from roadmap_cli.errors import ExitCode, ProjectError, RoadmapError
from roadmap_cli.events import Event, Judged, Noticed, ServerFailed
from roadmap_cli.examiner import Examination, Stop, examine, new_seed
from roadmap_cli.neutral import neutral_line
from roadmap_cli.progress import PhaseProgress, Progress
from roadmap_cli.verdicts import Report, Verdict
from roadmap_cli.views.ink import inked
from roadmap_cli.views.layout import Layout, Line
from roadmap_cli.views.messages import error_page
from roadmap_cli.views.page import Page, text
from roadmap_cli.views.report import report_page
from roadmap_cli.views.watch import (
    Circumstances,
    begin_line,
    early_line,
    goodbye_page,
    key_lines,
    keys_page,
    list_lines,
    log_page,
    refused_line,
    report_lines,
    screen_lines,
    status_lines,
    writers_page,
)
from roadmap_cli.warmth import Warmth
from roadmap_cli.watching import Began, Ended, Judge, Message, ServerWrites, Session, Told, Watcher, named_in
from roadmap_cli.watching.scene import Scene
from roadmap_cli.workspace import Project

app = typer.Typer(add_completion=False)
_FRAME_SECONDS = 0.2
_LOG_BYTES = 256 << 10
_LOG_LINES = 2000
_WAIT_SECONDS = 0.5

_EPILOG = """Examples:

roadmap watch                   what you work on now, then all the others

roadmap watch books.create      this requirement first, until you choose another

roadmap watch books             one milestone, and what it needs"""


@app.command(epilog=_EPILOG)
def watch(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="A requirement to be judged first, or a milestone; what is next if none is named.",
            autocompletion=names.complete_name,
            show_default=False,
        ),
    ] = None,
    poll: Annotated[
        bool, typer.Option("--poll", help="Look for changes again and again: for drives that tell of none.")
    ] = False,
) -> None:
    """Give a verdict after every save, the requirement that you work on first.

    What Git ignores, environments, caches, databases and logs are not looked at.
    """
    desk: Desk = context.obj
    place, parts = find_place(desk, (name,) if name else (), needs_project=True)
    assert place.project is not None
    records = _Records(desk, place)
    scene = _scene(records.progress(), place, parts)
    run = _Watch(desk, place, records, scene, polling=poll)
    with interruptible_once():
        run.to_its_end()
    raise typer.Exit(ExitCode.PASSED)


def _scene(progress: PhaseProgress, place: Place, parts: tuple[str, ...]) -> Scene:
    """A requirement that is named is worked on first; a milestone is all that is worked on."""
    requirements = place.phase.requirements
    chosen = parts[0] if parts and parts[0] in requirements else ""
    scope = tuple(requirements) if chosen else place.phase.selection(parts)
    return Scene(progress=progress, scope=scope, selected=place.phase.with_needs(scope), chosen=chosen)


class _Records:
    """What is known of the learner: the workspace's history, or this session's alone where there is no workspace."""

    def __init__(self, desk: Desk, place: Place) -> None:
        self._desk = desk
        self._place = place
        self._own: list[Entry] = []

    def progress(self) -> PhaseProgress:
        """How the phase stands."""
        workspace = self._place.workspace
        entries = workspace.history().entries if workspace else tuple(self._own)
        return Progress.of(self._place.pack.curriculum, entries).phase(self._place.phase.slug)

    def keep(self, report: Report, last: PhaseProgress) -> None:
        """Keep the evidence, and the attempt if its outcomes are news: a save that changes nothing is no attempt."""
        at = self._desk.now
        if self._place.workspace is None:
            self._own.append(reports.attempt(report, at=at))
        self._place.keep(report, at=at, unless_like=last.last)


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


class _Watch:
    """The session, the scene and the terminal together."""

    def __init__(self, desk: Desk, place: Place, records: _Records, scene: Scene, *, polling: bool) -> None:
        assert place.project is not None
        self.desk = desk
        self.place = place
        self.records = records
        self.scene = scene
        self.project = place.project
        self.log = _log_file(place)
        self.warmth = Warmth(place.phase.services)
        self.session = Session(
            judge=_judge(place, lambda examination, stop: examine(examination, stop, self.warmth)),
            prepare=self._examination,
            watch=lambda tell: Watcher(
                self.project.root, tell, named=self._named, polling=polling, probing=_probing(place)
            ),
        )

    def to_its_end(self) -> None:
        """Follow the session until somebody ends it; leave neither a process nor a mark on the terminal."""
        follow: _Lines | _Picture = _Picture(self) if _has_terminal(self.desk.screen) else _Lines(self)
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.warmth)
            stack.callback(self.session.close)
            stack.enter_context(follow)
            self.session.start()
            while not follow.is_over:
                message = self.session.next(_FRAME_SECONDS if self.scene.is_running else None)
                if message:
                    self._see(message, follow)
                follow.refresh()

    def _see(self, message: Message, follow: _Lines | _Picture) -> None:
        before = self.scene.report
        self.scene.see(message)
        if isinstance(message, Ended) and not message.cancelled and not message.refused:
            self._keep(follow)
        follow.see(message, before)

    def _keep(self, follow: _Lines | _Picture) -> None:
        """Record what was judged. What cannot be kept is said; the verdicts stay true."""
        report = self.scene.report
        if report is None:
            return
        try:
            self.records.keep(report, self.scene.progress)
            self.scene.know(self.records.progress())
        except RoadmapError as error:
            follow.notice(f"The verdicts are right, but they are not recorded. {error.message} {error.hint}")
        said = io.StringIO()
        crash.report_broken(report, self._desk_for(said, is_plain=True, width=WIDEST))
        if said.getvalue():
            follow.notice(" ".join(said.getvalue().split()))

    def _examination(self) -> Examination:
        """What is to be examined now: the project may say otherwise than at the last run."""
        self.project = Project.load(self.project.root)
        return Examination(
            pack=self.place.pack,
            phase=self.place.phase,
            requirements=self.scene.selected,
            seed=new_seed(),
            first=self.scene.focus,
            project=self.project.root,
            serve=self.project.serve,
            ready=self.project.ready,
            log=self.log,
        )

    def _named(self) -> frozenset[str]:
        return named_in(self.project.serve, self.project.root)

    def said_by(self, *words: str, width: int) -> tuple[str, ...]:
        """What the command that *words* name says, line by line: `hint` here is `roadmap hint`."""
        from roadmap_cli.cli import app as commands

        said = io.StringIO()
        desk = self._desk_for(said, is_plain=False, width=width)
        try:
            commands.run(list(words), desk)
        except RoadmapError as error:
            desk.screen.tell(error_page(error))
        return tuple(said.getvalue().rstrip("\n").split("\n"))

    def _desk_for(self, stream: io.StringIO, *, is_plain: bool, width: int) -> Desk:
        screen = Screen(out=stream, err=stream, plain=is_plain, plain_err=is_plain, width=width)
        return replace(self.desk, cwd=self.project.root, screen=screen)


class _Lines:
    """Where there is no screen: a line a verdict, until Ctrl-C or SIGTERM."""

    def __init__(self, run: _Watch) -> None:
        self.is_over = False
        self._run = run
        self._polls_because: str | None = None
        self._early: Report | None = None
        self._said: Verdict | None = None

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to put back."""

    def refresh(self) -> None:
        """Lines stay."""

    def notice(self, words: str) -> None:
        """Say something beside the verdicts."""
        self._say((text(f"{self._now}  {words}", hang=10),))

    def see(self, message: Message, before: Report | None) -> None:
        """Say what is new; *before* is the report that was the last one until now."""
        scene = self._run.scene
        self._say_how()
        match message:
            case Began():
                self._said = None
            case Told(event=Judged() | ServerFailed()) if scene.early and scene.early != self._early:
                self._early, self._said = scene.early, scene.verdict
                self._say(early_line(self._now, scene))
            case ServerWrites():
                self._say(writers_page(message.paths, ignored=message.ignored))
            case Ended(refused=RoadmapError()):
                self._say(refused_line(self._now, scene))
            case Ended(cancelled=False):
                self._say(report_lines(self._now, scene, before, self._said))

    def _say_how(self) -> None:
        """How changes are noticed, at the beginning and when that has to be otherwise."""
        polls_because = self._run.session.watcher.polls_because
        if polls_because != self._polls_because:
            self._polls_because = polls_because
            self._say(begin_line(self._now, self._run.scene, polls_because))

    @property
    def _now(self) -> str:
        return f"{self._run.desk.clock().astimezone():%H:%M:%S}"

    def _say(self, page: Page) -> None:
        self._run.desk.screen.show(page)
        self._run.desk.screen.flush()


@dataclass(frozen=True)
class _Resized(Message):
    """The terminal has another size."""


@dataclass(frozen=True)
class _Suspended(Message):
    """Ctrl-Z."""


class _Picture:
    """The whole terminal: one requirement explained, the others in sum, a key for each thing one may want."""

    def __init__(self, run: _Watch) -> None:
        self.is_over = False
        self._run = run
        self._terminal = Terminal()
        self._keyboard = Keyboard(run.session.post)
        self._overlay: _Overlay | None = None
        self._notice = ""
        self._signals = contextlib.ExitStack()

    def __enter__(self) -> _Picture:
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


def _judge(place: Place, examining: Callable[[Examination, Stop], Iterator[Event]]) -> Judge:
    """Examine while nobody else examines the project: wait for him, and say so."""

    def judge(examination: Examination, stop: Stop) -> Iterator[Event]:
        has_said = False
        while not stop.is_asked:
            with contextlib.ExitStack() as stack:
                try:
                    stack.enter_context(place.alone())
                except ProjectError as error:
                    if not has_said:
                        yield Noticed(message=error.message)
                    has_said = True
                else:
                    yield from examining(examination, stop)
                    return
            stop.wait(_WAIT_SECONDS)

    return judge


def _log_file(place: Place) -> Path | None:
    """Where the server's log is kept, if it can be."""
    if place.workspace is None:
        return None
    file = place.workspace.folder / "logs" / f"{place.phase.slug}.log"
    try:
        file.parent.mkdir(exist_ok=True)
        file.open("ab").close()
    except OSError:
        return None
    return file


def _probing(place: Place) -> Path:
    """A folder of ours on the project's drive, else the project itself."""
    assert place.project is not None
    folder = place.workspace.folder if place.workspace else place.project.root
    try:
        same = folder.stat().st_dev == place.project.root.stat().st_dev
    except OSError:
        same = False
    return folder if same else place.project.root


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


def _has_terminal(screen: Screen) -> bool:
    return not screen.plain and sys.stdin.isatty() and sys.stdout.isatty()


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
