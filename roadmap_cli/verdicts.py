"""Outcomes, verdicts and the report: a fold of events over the requirements of a phase.

The fold fails closed: it starts from what was planned, and what no event judged is blocked, never passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ExitCode
from roadmap_cli.events import (
    Broke,
    Event,
    Failure,
    Finished,
    Judged,
    Noticed,
    Planned,
    ServerFailed,
    ServerReady,
    ServiceReady,
    Story,
)

_E = TypeVar("_E", bound=Event)


class Outcome(Enum):
    """What became of a requirement."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A requirement judged. *blocked_by* is empty unless blocked by another requirement; *reason* is a sentence.

    *story* is what a failed check sent, byte for byte: for `roadmap replay`, never for a public report.
    """

    requirement: str
    outcome: Outcome
    failure: Failure | None = None
    blocked_by: str = ""
    reason: str = ""
    milliseconds: float = 0.0
    story: Story | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """One whole examination of a phase, or of the selected part of it."""

    phase: Phase
    verdicts: tuple[Verdict, ...]
    seed: int = 0
    python: str = ""
    server: ServerReady | None = None
    server_failed: ServerFailed | None = None
    services: tuple[ServiceReady, ...] = ()
    notices: tuple[str, ...] = ()
    broke: Broke | None = None
    finished: Finished | None = None
    interrupted: bool = False

    @staticmethod
    def fold(
        phase: Phase, events: Iterable[Event], *, selected: tuple[str, ...] | None = None, interrupted: bool = False
    ) -> Report:
        """The report on *selected* requirements of *phase* (all, if None) that *events* amount to."""
        return _Fold(phase, tuple(events), selected, interrupted).report()

    @property
    def points(self) -> int:
        """Points of the passed requirements."""
        return sum(self.phase.requirements[v.requirement].points for v in self.verdicts if v.outcome is Outcome.PASSED)

    @property
    def possible(self) -> int:
        """Points of all requirements in this report."""
        return sum(self.phase.requirements[v.requirement].points for v in self.verdicts)

    def count(self, outcome: Outcome) -> int:
        """How many requirements had this outcome."""
        return sum(verdict.outcome is outcome for verdict in self.verdicts)

    def of(self, outcome: Outcome) -> tuple[Verdict, ...]:
        """The verdicts with this outcome, in curriculum order."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is outcome)

    @property
    def exit_code(self) -> ExitCode:
        """0 all passed, 1 judged but not all passed, 3 the grader broke, 130 interrupted. Skipped is not passed."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if self.broke or self.count(Outcome.BROKEN):
            return ExitCode.GRADER_BROKE
        passed = self.count(Outcome.PASSED) == len(self.verdicts) > 0
        return ExitCode.PASSED if passed else ExitCode.NOT_PASSED


class _Fold:
    """Judgements by requirement, then `needs` on top of them."""

    def __init__(
        self, phase: Phase, events: tuple[Event, ...], selected: tuple[str, ...] | None, interrupted: bool
    ) -> None:
        self.phase = phase
        self.events = events
        self.selected = tuple(phase.requirements) if selected is None else selected
        self.interrupted = interrupted
        self.planned = self._last(Planned)
        self.judged: dict[str, list[Judged]] = {}
        for event in events:
            if isinstance(event, Judged):
                self.judged.setdefault(event.requirement, []).append(event)
        self._verdicts: dict[str, Verdict] = {}
        self._visiting: set[str] = set()

    def report(self) -> Report:
        planned = self.planned
        return Report(
            phase=self.phase,
            verdicts=tuple(self.verdict(id) for id in self.selected),
            seed=planned.seed if planned else 0,
            python=planned.python if planned else "",
            server=self._last(ServerReady),
            server_failed=self._last(ServerFailed),
            services=tuple(event for event in self.events if isinstance(event, ServiceReady)),
            notices=tuple(event.message for event in self.events if isinstance(event, Noticed)),
            broke=self._last(Broke),
            finished=self._last(Finished),
            interrupted=self.interrupted,
        )

    def verdict(self, id: str) -> Verdict:
        """The requirement's verdict, with what stood in its way taken into account."""
        if id in self._visiting:  # two checks that blame each other: the circle ends here, as a failure
            return Verdict(requirement=id, outcome=Outcome.FAILED)
        if id not in self._verdicts:
            self._visiting.add(id)
            self._verdicts[id] = self._with_obstacles(id, self._own(id))
            self._visiting.remove(id)
        return self._verdicts[id]

    def _with_obstacles(self, id: str, own: Verdict) -> Verdict:
        if own.outcome in (Outcome.SKIPPED, Outcome.BROKEN):
            return own
        for need in self.phase.requirements[id].needs:
            if self.verdict(need).outcome in (Outcome.FAILED, Outcome.BLOCKED, Outcome.BROKEN):
                return _blocked(id, self._cause(need), own)
        return self._blamed(id, own) if own.blocked_by in self.judged else own

    def _blamed(self, id: str, own: Verdict) -> Verdict:
        """A check said what stood in its way. If that requirement is kept after all, the obstacle is this one's failure."""
        cause = self._cause(own.blocked_by)
        if cause == id or self.verdict(cause).outcome in (Outcome.PASSED, Outcome.SKIPPED):
            return replace(own, outcome=Outcome.FAILED, blocked_by="")
        return _blocked(id, cause, own)

    def _cause(self, id: str) -> str:
        """The requirement at the root: follow blocked ones down to what failed."""
        verdict = self.verdict(id)
        return verdict.blocked_by if verdict.outcome is Outcome.BLOCKED and verdict.blocked_by else id

    def _own(self, id: str) -> Verdict:
        """Of several checks that failed, the one that is written first tells why: the same one at every seed."""
        judged = sorted(self.judged.get(id, []), key=lambda event: event.place)
        planned = self.planned.checks.count(id) if self.planned else 0
        for result in ("broken", "failed", "blocked", "skipped"):
            for event in judged:
                if event.result == result:
                    return _from_event(event)
        if judged and len(judged) == planned:
            total = sum(event.milliseconds for event in judged)
            return Verdict(requirement=id, outcome=Outcome.PASSED, milliseconds=total)
        return Verdict(requirement=id, outcome=Outcome.BLOCKED, reason=self._why_not_judged())

    def _why_not_judged(self) -> str:
        if self.interrupted:
            return "The examination was interrupted before this was judged."
        if self._last(ServerFailed):
            return "Your server did not start."
        return "The examination ended before this was judged."

    def _last(self, kind: type[_E]) -> _E | None:
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)


def _from_event(event: Judged) -> Verdict:
    return Verdict(
        requirement=event.requirement,
        outcome=Outcome(event.result),
        failure=event.failure,
        blocked_by=event.blocked_by,
        reason=event.reason,
        milliseconds=event.milliseconds,
        story=event.story,
    )


def _blocked(id: str, cause: str, own: Verdict) -> Verdict:
    return Verdict(requirement=id, outcome=Outcome.BLOCKED, blocked_by=cause, milliseconds=own.milliseconds)
