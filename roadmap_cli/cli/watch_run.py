"""What `roadmap watch` does, however it is shown: runs, what is recorded of them, and what other commands say."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from roadmap_cli import reports
from roadmap_cli.attempting import Place
from roadmap_cli.attempts import Entry
from roadmap_cli.cli import crash
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.screen import WIDEST, Screen
from roadmap_cli.errors import ProjectError, RoadmapError
from roadmap_cli.events import Event, Noticed
from roadmap_cli.examiner import Examination, Stop, examine, new_seed
from roadmap_cli.progress import PhaseProgress, Progress
from roadmap_cli.verdicts import Report
from roadmap_cli.views.messages import error_page
from roadmap_cli.warmth import Warmth
from roadmap_cli.watching import Ended, Judge, Message, Session, Watcher, named_in
from roadmap_cli.watching.scene import Scene
from roadmap_cli.workspace import Project

_FRAME_SECONDS = 0.2
_WAIT_SECONDS = 0.5


class Follower(Protocol):
    """Who shows the run: lines, or a picture. A context manager, because the terminal is given back at its end."""

    is_over: bool

    def __enter__(self) -> object: ...

    def __exit__(self, *_: object) -> None: ...

    def refresh(self) -> None:
        """Draw what has changed."""

    def notice(self, words: str) -> None:
        """Say something beside the verdicts."""

    def see(self, message: Message, before: Report | None) -> None:
        """Act upon a message; *before* is the report that was the last one until now."""


class Watch:
    """The session, the scene and the terminal together."""

    def __init__(self, desk: Desk, place: Place, records: Records, scene: Scene, *, polling: bool) -> None:
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

    def to_its_end(self, follow: Follower) -> None:
        """Follow the session until somebody ends it; leave neither a process nor a mark on the terminal."""
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

    def _see(self, message: Message, follow: Follower) -> None:
        before = self.scene.report
        self.scene.see(message)
        if isinstance(message, Ended) and not message.cancelled and not message.refused:
            self._keep(follow)
        follow.see(message, before)

    def _keep(self, follow: Follower) -> None:
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


class Records:
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
