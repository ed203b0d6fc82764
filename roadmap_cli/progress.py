"""Progress: what a learner's history amounts to. Derived each time, never stored.

Only *passed* and *failed* say something about a requirement. *Blocked*, *skipped* and *broken* mean that it was not
judged, so what was known before stands: a server that does not start takes no points away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from roadmap_cli.attempts import Attempt, Begun, Entry, GaveUp, HintShown
from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement, Topic
from roadmap_cli.renames import in_todays_names


class Standing(Enum):
    """How a requirement stands after everything that happened."""

    PASSED = "passed"
    REGRESSED = "passed before, fails now"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNTRIED = "not tried"


class Reason(Enum):
    """Why a requirement is the next one."""

    REGRESSED = "It passed before and fails now."
    FAILED = "It failed in your last check, and nothing stands in its way."
    UNTRIED = "Everything it needs is passed."


@dataclass(frozen=True, kw_only=True)
class Next:
    """What to do next, and why; *unlocks* counts the requirements that wait for it, directly or not."""

    requirement: Requirement
    milestone: Milestone
    reason: Reason
    unlocks: int


@dataclass(frozen=True, kw_only=True)
class TopicProgress:
    """A topic, how many requirements touch it and how many of those are passed."""

    topic: Topic
    passed: int
    total: int


@dataclass(frozen=True, kw_only=True)
class PhaseProgress:
    """One phase: how each requirement stands, hints shown, solutions seen, the last attempt."""

    phase: Phase
    standings: Mapping[str, Standing]
    hints: Mapping[str, int]
    given_up: frozenset[str]
    begun: bool
    last: Attempt | None

    @cached_property
    def points(self) -> int:
        """Points of the requirements that are passed."""
        return sum(self.points_of(milestone) for milestone in self.phase.milestones)

    def points_of(self, milestone: Milestone) -> int:
        """Points of the milestone's requirements that are passed."""
        return sum(each.points for each in milestone.requirements if self.is_passed(each.id))

    def is_passed(self, id: str) -> bool:
        """Whether the requirement stands as passed."""
        return self.standings[id] is Standing.PASSED

    def passed_in(self, milestone: Milestone) -> int:
        """How many of the milestone's requirements are passed."""
        return sum(self.is_passed(each.id) for each in milestone.requirements)

    def is_complete(self, milestone: Milestone) -> bool:
        """Whether everything in the milestone is passed."""
        return self.passed_in(milestone) == len(milestone.requirements)

    @property
    def complete(self) -> bool:
        """Whether everything in the phase is passed."""
        return all(self.is_complete(milestone) for milestone in self.phase.milestones)

    @cached_property
    def next(self) -> Next | None:
        """The requirement to work on: first what fell back, then the curriculum's order; None when all are passed."""
        ready = [each for each in self.phase.requirements.values() if self._is_ready(each)]
        fallen = [each for each in ready if self.standings[each.id] is Standing.REGRESSED]
        return self._as_next((fallen or ready)[0]) if ready else None

    @property
    def current_milestone(self) -> Milestone:
        """Where the work is: the next requirement's milestone, or the last one when all is done."""
        return self.next.milestone if self.next else self.phase.milestones[-1]

    def waiting_for(self, id: str) -> int:
        """How many requirements that are not passed wait for this one, directly or not."""
        open_ones = (each for each in self.phase.requirements if each != id and not self.is_passed(each))
        return sum(id in self.phase.with_needs((each,)) for each in open_ones)

    def hint(self, id: str, *, at: str) -> tuple[int, HintShown | None]:
        """The rung that one more hint reaches, and what to record of it: nothing, once all have been seen."""
        seen = self.hints.get(id, 0)
        rung = min(seen + 1, len(self.phase.requirements[id].hints))
        news = HintShown(at=at, phase=self.phase.slug, requirement=id, rung=rung)
        return rung, news if rung > seen else None

    def topics(self, curriculum: Curriculum) -> tuple[TopicProgress, ...]:
        """The topics that the phase touches, in the curriculum's order."""
        found = (self._topic(topic) for topic in curriculum.topics)
        return tuple(topic for topic in found if topic.total)

    def _is_ready(self, requirement: Requirement) -> bool:
        return not self.is_passed(requirement.id) and all(map(self.is_passed, requirement.needs))

    def _as_next(self, requirement: Requirement) -> Next:
        reasons = {Standing.REGRESSED: Reason.REGRESSED, Standing.FAILED: Reason.FAILED}
        return Next(
            requirement=requirement,
            milestone=self.phase.milestone_of(requirement.id),
            reason=reasons.get(self.standings[requirement.id], Reason.UNTRIED),
            unlocks=self.waiting_for(requirement.id),
        )

    def _topic(self, topic: Topic) -> TopicProgress:
        touching = [each.id for each in self.phase.requirements.values() if topic.id in each.topics]
        return TopicProgress(topic=topic, passed=sum(map(self.is_passed, touching)), total=len(touching))


@dataclass(frozen=True, kw_only=True)
class Progress:
    """All phases, and the one the learner is in."""

    curriculum: Curriculum
    phases: tuple[PhaseProgress, ...]
    current: PhaseProgress

    @staticmethod
    def of(curriculum: Curriculum, entries: Iterable[Entry]) -> Progress:
        """What *entries*, oldest first, amount to. Phases that the curriculum does not know are passed over."""
        history = tuple(entries)
        phases = tuple(_phase_progress(phase, history) for phase in curriculum.phases)
        return Progress(curriculum=curriculum, phases=phases, current=_current(phases, history))

    def phase(self, slug: str) -> PhaseProgress:
        """The progress in the phase of that slug; KeyError if there is none."""
        return {each.phase.slug: each for each in self.phases}[slug]

    @property
    def topics(self) -> tuple[TopicProgress, ...]:
        """The topics that any phase touches, in the curriculum's order, all phases together."""
        found = [topic for each in self.phases for topic in each.topics(self.curriculum)]
        sums = (_sum([each for each in found if each.topic == topic]) for topic in self.curriculum.topics)
        return tuple(topic for topic in sums if topic)


@dataclass(frozen=True, kw_only=True)
class Step:
    """An attempt, and the points that stood after it."""

    attempt: Attempt
    points: int


def course(phase: Phase, entries: Iterable[Entry]) -> tuple[Step, ...]:
    """How the points of *phase* went, attempt by attempt, oldest first."""
    standings = dict.fromkeys(phase.requirements, Standing.UNTRIED)
    steps: list[Step] = []
    for entry in entries:
        if isinstance(entry, Attempt) and entry.phase == phase.slug:
            _add(standings, entry)
            passed = (each for each in phase.requirements.values() if standings[each.id] is Standing.PASSED)
            steps.append(Step(attempt=entry, points=sum(each.points for each in passed)))
    return tuple(steps)


def _sum(parts: list[TopicProgress]) -> TopicProgress | None:
    if not parts:
        return None
    passed, total = sum(each.passed for each in parts), sum(each.total for each in parts)
    return TopicProgress(topic=parts[0].topic, passed=passed, total=total)


def _current(phases: tuple[PhaseProgress, ...], history: tuple[Entry, ...]) -> PhaseProgress:
    """The phase of the latest entry; before there is one, the first."""
    known = {each.phase.slug: each for each in phases}
    return next((known[entry.phase] for entry in reversed(history) if entry.phase in known), phases[0])


def _phase_progress(phase: Phase, history: tuple[Entry, ...]) -> PhaseProgress:
    entries = in_todays_names(phase, tuple(entry for entry in history if entry.phase == phase.slug))
    attempts = tuple(entry for entry in entries if isinstance(entry, Attempt))
    return PhaseProgress(
        phase=phase,
        standings=_standings(phase, attempts),
        hints=_hints(entries),
        given_up=frozenset(entry.milestone for entry in entries if isinstance(entry, GaveUp)),
        begun=any(isinstance(entry, Begun | Attempt | GaveUp) for entry in entries),
        last=attempts[-1] if attempts else None,
    )


def _standings(phase: Phase, attempts: tuple[Attempt, ...]) -> dict[str, Standing]:
    standings = dict.fromkeys(phase.requirements, Standing.UNTRIED)
    for attempt in attempts:
        _add(standings, attempt)
    return standings


def _add(standings: dict[str, Standing], attempt: Attempt) -> None:
    """Take one more attempt into account."""
    for id, outcome in attempt.outcomes.items():
        if id in standings:
            standings[id] = _after(standings[id], outcome)


def _after(standing: Standing, outcome: str) -> Standing:
    """How a requirement stands after one more outcome."""
    if outcome == "passed":
        return Standing.PASSED
    if outcome == "failed":
        return Standing.REGRESSED if standing in (Standing.PASSED, Standing.REGRESSED) else Standing.FAILED
    if outcome == "blocked" and standing is Standing.UNTRIED:
        return Standing.BLOCKED
    return standing


def _hints(entries: tuple[Entry, ...]) -> dict[str, int]:
    shown: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, HintShown):
            shown[entry.requirement] = max(entry.rung, shown.get(entry.requirement, 0))
    return shown
