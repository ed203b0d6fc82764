"""What somebody who follows a session knows at a moment: a fold of its messages. Reads no files, keeps no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from roadmap_cli.curriculum import Milestone, Phase
from roadmap_cli.errors import RoadmapError
from roadmap_cli.events import Event, Judged, Noticed, Planned, ServerFailed, ServerReady, ServiceReady, Started
from roadmap_cli.progress import PhaseProgress, Standing
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.watching.session import Began, Ended, Run, ServerWrites, Told
from roadmap_cli.watching.watcher import Message


class Scene:
    """One phase being watched. *scope* are the requirements that are worked on, *selected* those and what they need.

    *focus* is the one that is judged first, empty when all are passed. It moves on once it is passed, unless somebody
    has *chosen* it.
    """

    def __init__(
        self, *, progress: PhaseProgress, scope: tuple[str, ...], selected: tuple[str, ...], chosen: str = ""
    ) -> None:
        self.progress = progress
        self.scope = scope
        self.selected = selected
        self.is_chosen = bool(chosen)
        self.focus = chosen or self._first_open()
        self.run: Run | None = None
        self.is_running = False
        self.began = 0.0
        self.planned = 0
        self.judged = 0
        self.doing = ""
        self.early: Report | None = None
        self.report: Report | None = None
        self.refused: RoadmapError | None = None
        self.just_passed = ""
        self.notices: tuple[str, ...] = ()
        self.writers: tuple[ServerWrites, ...] = ()
        self._events: list[Event] = []

    @property
    def phase(self) -> Phase:
        """The phase that is watched."""
        return self.progress.phase

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """The milestones that are judged."""
        wanted = set(self.selected)
        return tuple(each for each in self.phase.milestones if any(one.id in wanted for one in each.requirements))

    # --- what happens -------------------------------------------------------------------------------------------

    def see(self, message: Message) -> None:
        """Take one more message into account."""
        match message:
            case Began(run=run, at=at):
                self.run, self.is_running, self.began = run, True, at
                self.planned = self.judged = 0
                self.doing = "preparing"
                self.early, self._events = None, []
            case Told(event=event):
                self._events.append(event)
                self._told(event)
            case Ended():
                self._ended(message)
            case ServerWrites():
                self.writers = (*self.writers, message)

    def know(self, progress: PhaseProgress) -> None:
        """How everything stands after the last report: the focus moves on once it is passed."""
        self.progress = progress
        if self.focus and self.report and _outcome(self.report, self.focus) is Outcome.PASSED:
            self.just_passed = self.focus
            if not self.is_chosen:
                self.focus = self._first_open()
        elif not self.focus and not self.is_chosen:
            self.focus = self._first_open()

    def choose(self, id: str) -> None:
        """Work on this one from now on."""
        self.focus, self.is_chosen, self.just_passed = id, True, ""
        self.early = self._report_so_far() if self.is_running else None

    def choose_next(self) -> None:
        """Work on the next one that is not passed, in the curriculum's order, and from its end again from its start."""
        order = self.scope.index(self.focus) + 1 if self.focus in self.scope else 0
        if found := self._open(self.scope[order:] + self.scope[:order]):
            self.choose(found)

    # --- what is known ------------------------------------------------------------------------------------------

    @property
    def shown(self) -> Report | None:
        """The report that tells of the focus: of the run that is on as soon as it does, else of the last one."""
        return self.early or self.report

    @property
    def is_stale(self) -> bool:
        """Whether what is shown is about an earlier content than the run that is on."""
        return self.is_running and self.early is None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the focus that is shown."""
        return _verdict(self.shown, self.focus) if self.shown else None

    @property
    def fallen(self) -> tuple[str, ...]:
        """What passed before and fails now, by the last report."""
        failed = self.report.of(Outcome.FAILED) if self.report else ()
        standings = self.progress.standings
        return tuple(each.requirement for each in failed if standings[each.requirement] is Standing.REGRESSED)

    # --- folding ------------------------------------------------------------------------------------------------

    def _told(self, event: Event) -> None:
        match event:
            case Planned(checks=checks):
                self.planned = len(checks)
                self.doing = "starting services and your server"
            case ServiceReady(name=name):
                self.doing = f"{name} is up, waiting for your server"
            case ServerReady():
                self.doing = "your server answers"
            case Started(requirement=id):
                self.doing = id
            case Noticed(message=message):
                self.doing = message
            case ServerFailed():
                self.early = self._report_so_far()
            case Judged(requirement=id):
                self.judged += 1
                if id == self.focus:
                    self.early = self._report_so_far()

    def _ended(self, ended: Ended) -> None:
        self.is_running = False
        self.refused = ended.refused
        if ended.refused or ended.cancelled:
            return
        self.just_passed = ""
        self.early = None
        self.report = Report.fold(self.phase, ended.events, selected=self.selected)

    def _report_so_far(self) -> Report | None:
        """The report on the focus alone, once all of its checks are judged, or once there is no server to judge."""
        planned = next((event for event in self._events if isinstance(event, Planned)), None)
        judged = [event.requirement for event in self._events if isinstance(event, Judged)]
        failed = any(isinstance(event, ServerFailed) for event in self._events)
        expected = planned.checks.count(self.focus) if planned else 0
        if not failed and not (expected and judged.count(self.focus) >= expected):
            return None
        selected = (self.focus,) if self.focus else self.selected
        return Report.fold(_without_needs(self.phase, set(judged)), self._events, selected=selected)

    def _first_open(self) -> str:
        following = self.progress.next
        if following and following.requirement.id in self.scope:
            return following.requirement.id
        return self._open(self.scope)

    def _open(self, ids: Iterable[str]) -> str:
        """The first that is not passed and waits for nothing, else the first that is not passed, else none."""
        left = [id for id in ids if not self.progress.is_passed(id)]
        needs = {id: self.phase.requirements[id].needs for id in left}
        ready = [id for id in left if all(map(self.progress.is_passed, needs[id]))]
        return next(iter([*ready, *left]), "")


def _verdict(report: Report, id: str) -> Verdict | None:
    return next((each for each in report.verdicts if each.requirement == id), None)


def _outcome(report: Report, id: str) -> Outcome | None:
    verdict = _verdict(report, id)
    return verdict.outcome if verdict else None


def _without_needs(phase: Phase, judged: set[str]) -> Phase:
    """The phase as far as it is judged: what nobody has looked at yet stands in nobody's way."""
    milestones = tuple(
        replace(
            milestone,
            requirements=tuple(
                replace(each, needs=tuple(need for need in each.needs if need in judged))
                for each in milestone.requirements
            ),
        )
        for milestone in phase.milestones
    )
    return replace(phase, milestones=milestones)
