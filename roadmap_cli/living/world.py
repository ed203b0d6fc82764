"""What the living dashboard stands on: what is known of the learner's work, and how to add to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from roadmap_cli.attempting import Place
from roadmap_cli.attempts import Entry, History
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import RoadmapError, WorkspaceError
from roadmap_cli.events import Event, Finished
from roadmap_cli.examiner import Examination, Stop, examine
from roadmap_cli.packs import Pack
from roadmap_cli.progress import Progress
from roadmap_cli.verdicts import Report
from roadmap_cli.views.page import Page
from roadmap_cli.workspace import Workspace

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known at one moment; *reports* holds the last evidence of a phase by its slug."""

    progress: Progress
    history: History
    reports: Mapping[str, Report]


@dataclass(frozen=True)
class Attempted:
    """The report of a check, and why it could not be kept, if it could not."""

    report: Report
    unkept: WorkspaceError | None = None


def _now() -> datetime:
    return datetime.now(UTC)


def _nothing_broken(report: Report) -> Page:
    return ()


@dataclass(frozen=True, kw_only=True)
class World:
    """A workspace (or none yet) and its pack, seen from *cwd*. *broken* writes down what broke and says where."""

    pack: Pack
    workspace: Workspace | None
    cwd: Path
    clock: Callable[[], datetime] = _now
    broken: Callable[[Report], Page] = _nothing_broken

    @property
    def now(self) -> str:
        """The time as the history writes it."""
        return self.clock().isoformat(timespec="seconds")

    def know(self) -> Known:
        """Everything, read anew; WorkspaceError if the history cannot be read."""
        history = self.workspace.history() if self.workspace else History()
        curriculum = self.pack.curriculum
        places = [
            Place(pack=self.pack, phase=each, project=None, workspace=self.workspace) for each in curriculum.phases
        ]
        reports = {place.phase.slug: report for place in places if (report := place.last_report())}
        return Known(progress=Progress.of(curriculum, history.entries), history=history, reports=reports)

    def stamp(self) -> Stamp:
        """What changes when anybody, here or in another terminal, has added to the history."""
        if self.workspace is None:
            return ()
        return (_stamp(self.workspace.attempts), _stamp(self.workspace.folder / "reports"))

    def contract(self, phase: Phase) -> str:
        """The contract as the learner has it, else as the template has it."""
        try:
            folder = self.workspace.project(self.cwd, phase.slug).root if self.workspace else None
        except RoadmapError:
            folder = None  # not begun, or several
        return self.pack.contract(phase, folder)

    def place(self, phase: Phase) -> Place:
        """Where *phase* is examined; RoadmapError if that cannot be."""
        workspace = self._workspace(phase)
        project = workspace.project(self.cwd, phase.slug)
        return Place(pack=self.pack, phase=phase, project=project, workspace=workspace)

    def remember(self, entry: Entry) -> None:
        """Add *entry* to the history; WorkspaceError if that cannot be."""
        self._workspace(self.pack.phase(entry.phase)).record(entry)

    def attempt(
        self, place: Place, requirements: tuple[str, ...], see: Callable[[Event], object], stop: Stop
    ) -> Attempted:
        """Examine, telling *see* each event, until the end or until *stop* is asked for; what was judged is kept.

        RoadmapError if the examination cannot begin.
        """
        examination = place.examination(requirements)
        events: list[Event] = []
        with place.alone(), contextlib.closing(_stream(examination, stop)) as stream:
            for event in stream:
                events.append(event)
                see(event)
            interrupted = stop.is_asked and not any(isinstance(event, Finished) for event in events)
            report = Report.fold(place.phase, events, selected=requirements, interrupted=interrupted)
            return Attempted(report, self._keep(place, report))

    def _keep(self, place: Place, report: Report) -> WorkspaceError | None:
        try:
            place.keep(report, at=self.now)
        except WorkspaceError as error:
            return error
        return None

    def _workspace(self, phase: Phase) -> Workspace:
        if self.workspace is None:
            raise WorkspaceError(
                f"There is no workspace in {self.cwd} or above.", hint=f"Begin one with: roadmap start {phase.alias}"
            )
        return self.workspace


def _stream(examination: Examination, stop: Stop) -> Generator[Event, None, None]:
    yield from examine(examination, stop=stop)


def _stamp(path: Path) -> tuple[int, int]:
    """Time of change and size; zeros for a file that is not there."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
