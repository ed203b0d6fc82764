"""The plan: the roadmap's months against hours a week and a start date. Values in, values out; *today* is a parameter.

The model, all of it:

- A month of the roadmap is meant for 10 hours a week, so it is 43⅓ hours. Who has 5 hours a week takes twice as long.
- The hours of a phase are spread over its requirements by their points; phases ahead are one piece each.
- The plan does the phases in their order, and what was passed before the start date counts as done: beginning a plan
  again from today plans what is left.
- *Should* is what that comes to on the day that is asked about; *are* is what stands as passed, wherever in the roadmap.
- When you will finish is what is left, at the pace of `pacing`, with a slow and a quick end because nobody knows.
- This week's work is what comes next in the curriculum, up to the hours of a week.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import cached_property
from math import ceil

from roadmap_cli.attempts import Entry, Planned
from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement
from roadmap_cli.errors import RoadmapError
from roadmap_cli.pacing import (
    HOURS_A_MONTH,
    HOURS_A_WEEK,
    Pace,
    day_of,
    earned,
    hours_a_point,
    pace,
    passed_before,
)
from roadmap_cli.progress import PhaseProgress, Progress, Standing

LEAST_HOURS, MOST_HOURS = 0.5, 100.0
YEARS = 20
_FAR = timedelta(weeks=52 * 30)
_NEARLY = 1e-6


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a plan is made with; *chosen* tells hours that the learner gave from those that the roadmap assumes."""

    start: date
    hours: float
    chosen: bool

    @staticmethod
    def of(entries: Iterable[Entry], today: date, zone: tzinfo | None) -> Terms:
        """The last start and hours that were given; else the day of the first entry, and 10 hours a week."""
        history = tuple(entries)
        given = [entry for entry in history if isinstance(entry, Planned)]
        starts = [entry.start for entry in given if entry.start]
        hours = [entry.hours for entry in given if entry.hours is not None]
        return Terms(
            start=starts[-1] if starts else first_day(history, zone) or today,
            hours=hours[-1] if hours else HOURS_A_WEEK,
            chosen=bool(hours),
        )


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A milestone, or a phase ahead as a whole, in roadmap hours: all of it, what should be and what is passed.

    *planned* is what of it was left when the plan began; *ends* the day by which the plan has it done, None if nothing was.
    """

    id: str
    title: str
    points: int
    hours: float
    planned: float
    should: float
    done: float
    ends: date | None


@dataclass(frozen=True, kw_only=True)
class PhasePlan:
    """A phase of the roadmap in time; *ahead* ones are not in this pack yet."""

    slug: str
    number: int
    title: str
    points: int
    begins: date
    stages: tuple[Stage, ...]
    ahead: bool = False

    @property
    def hours(self) -> float:
        """Roadmap hours of the whole phase."""
        return sum(stage.hours for stage in self.stages)

    @property
    def should(self) -> float:
        """Roadmap hours that should be passed by now."""
        return sum(stage.should for stage in self.stages)

    @property
    def done(self) -> float:
        """Roadmap hours that are passed."""
        return sum(stage.done for stage in self.stages)

    @property
    def ends(self) -> date | None:
        """The day by which all of it is done; None for what was done before the plan began."""
        return max((stage.ends for stage in self.stages if stage.ends), default=None)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The day of the end at the present pace, and the days at a quick and a slow one; None is beyond thirty years."""

    likely: date | None
    early: date | None
    late: date | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole roadmap in time, on the day *today*."""

    title: str
    months: int
    terms: Terms
    today: date
    phases: tuple[PhasePlan, ...]
    current: PhasePlan
    pace: Pace | None
    begun: bool
    week: tuple[Requirement, ...]

    @cached_property
    def hours(self) -> float:
        """Roadmap hours of everything."""
        return sum(phase.hours for phase in self.phases)

    @cached_property
    def should(self) -> float:
        """Roadmap hours that should be passed by now."""
        return sum(phase.should for phase in self.phases)

    @cached_property
    def done(self) -> float:
        """Roadmap hours that are passed."""
        return sum(phase.done for phase in self.phases)

    @property
    def stages(self) -> Iterator[tuple[PhasePlan, Stage]]:
        """Every stage with its phase, in the order of the roadmap."""
        return ((phase, stage) for phase in self.phases for stage in phase.stages)

    @property
    def weeks_behind(self) -> float:
        """How far behind the plan this is, in its weeks; negative is ahead of it."""
        return (self.should - self.done) / self.terms.hours

    @property
    def ends(self) -> date:
        """The day by which everything is done, as planned."""
        return max((phase.ends for phase in self.phases if phase.ends), default=self.terms.start)

    @property
    def complete(self) -> bool:
        """Whether everything that this pack holds is passed."""
        return all(phase.done >= phase.hours - _NEARLY for phase in self.phases if not phase.ahead)

    @property
    def supposed(self) -> tuple[PhasePlan, Stage] | None:
        """Where the plan is today: the first stage that it has not finished by now; None once it has finished all."""
        return next((each for each in self.stages if each[1].should < each[1].hours - _NEARLY), None)

    def finish(self, phase: PhasePlan | None = None) -> Forecast | None:
        """When *phase* and all before it, or everything, is passed at the present pace; None without a pace."""
        if self.pace is None or not self.pace.hours:
            return None
        wanted = self.phases[: phase.number] if phase else self.phases
        left = sum(each.hours - each.done for each in wanted)
        paces = (self.pace.hours, self.pace.quick, self.pace.slow)
        likely, early, late = (_reached(self.today, left / each, _FAR) if each else None for each in paces)
        return Forecast(likely=likely, early=early, late=late)


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week of the plan, from its first day, and what it is for: stages with the hours that they get in it."""

    number: int
    begins: date
    work: tuple[tuple[PhasePlan, Stage, float], ...]


def plan(
    curriculum: Curriculum, entries: Iterable[Entry], today: date, zone: tzinfo | None, terms: Terms | None = None
) -> Plan:
    """The plan that *entries* and *terms* (those of the history, if None) amount to on the day *today* in *zone*."""
    history = tuple(entries)
    terms = terms or Terms.of(history, today, zone)
    progress = Progress.of(curriculum, history)
    phases = tuple(_phases(progress, passed_before(curriculum, history, terms.start, zone), terms, today))
    first = first_day(history, zone)
    return Plan(
        title=curriculum.title,
        months=curriculum.months,
        terms=terms,
        today=today,
        phases=phases,
        current=_current(phases, progress),
        pace=pace(earned(curriculum, history, zone), first, today) if first else None,
        begun=any(each.begun for each in progress.phases),
        week=_next_up(progress, terms.hours),
    )


def expect_terms(terms: Terms, today: date) -> None:
    """RoadmapError unless a plan can be made with these."""
    hours = f"{terms.hours:g} hours a week"
    if not terms.hours >= LEAST_HOURS:
        raise RoadmapError(f"With {hours} nothing is ever finished.", hint="Half an hour is enough: --hours 0.5")
    if terms.hours > MOST_HOURS:
        raise RoadmapError(f"{hours} is more than anybody can study.", hint="An honest figure plans better: --hours 10")
    if abs(terms.start - today) > timedelta(days=YEARS * 365.25):
        raise RoadmapError(
            f"{terms.start.isoformat()} is more than {YEARS} years from today.", hint="For example: --from 2026-02-23"
        )


def parse_day(text: str) -> date:
    """The day that *text* names, written 2026-02-23; RoadmapError otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RoadmapError(
            f"{text} is not a day of the calendar.", hint="Year, month and day: --from 2026-02-23"
        ) from None


def first_day(entries: Iterable[Entry], zone: tzinfo | None) -> date | None:
    """The day of the first entry that says what the learner did; None if there is none."""
    days = (day_of(entry.at, zone) for entry in entries if not isinstance(entry, Planned))
    return next((day for day in days if day), None)


def weeks(plan: Plan) -> Iterator[Week]:
    """The weeks of the plan, from its start to its end, each with its work."""
    number, room = 1, plan.terms.hours
    work: list[tuple[PhasePlan, Stage, float]] = []
    for phase, stage in plan.stages:
        left = stage.planned
        while left > _NEARLY:
            taken = min(left, room)
            work.append((phase, stage, taken))
            left, room = left - taken, room - taken
            if room <= _NEARLY:
                yield _week(plan, number, work)
                number, room, work = number + 1, plan.terms.hours, []
    if work:
        yield _week(plan, number, work)


def _week(plan: Plan, number: int, work: list[tuple[PhasePlan, Stage, float]]) -> Week:
    return Week(number=number, begins=plan.terms.start + timedelta(weeks=number - 1), work=tuple(work))


def _phases(progress: Progress, before: Progress, terms: Terms, today: date) -> Iterator[PhasePlan]:
    schedule = _Schedule(terms, today)
    for now in progress.phases:
        begins, then = schedule.now, before.phase(now.phase.slug)
        stages = tuple(schedule.milestone(each, now, then) for each in now.phase.milestones)
        phase = now.phase
        yield PhasePlan(
            slug=phase.slug, number=phase.number, title=phase.title, points=phase.points, begins=begins, stages=stages
        )
    for number, ahead in enumerate(progress.curriculum.ahead, start=len(progress.phases) + 1):
        begins, hours = schedule.now, ahead.months * HOURS_A_MONTH
        stage = schedule.stage(ahead.slug, ahead.title, 0, hours, already=0, done=0)
        yield PhasePlan(
            slug=ahead.slug, number=number, title=ahead.title, points=0, begins=begins, stages=(stage,), ahead=True
        )


class _Schedule:
    """Hands out the hours of the plan one stage after another."""

    def __init__(self, terms: Terms, today: date) -> None:
        self.terms = terms
        self.available = max((today - terms.start).days, 0) / 7 * terms.hours
        self.given = 0.0

    @property
    def now(self) -> date:
        """The day that the plan has come to."""
        return _reached(self.terms.start, self.given / self.terms.hours) or date.max

    def milestone(self, milestone: Milestone, now: PhaseProgress, then: PhaseProgress) -> Stage:
        """The milestone's turn: what was not passed *then* is to be done."""
        worth = hours_a_point(now.phase)
        return self.stage(
            milestone.id,
            milestone.title,
            milestone.points,
            milestone.points * worth,
            already=then.points_of(milestone) * worth,
            done=now.points_of(milestone) * worth,
        )

    def stage(self, id: str, title: str, points: int, hours: float, *, already: float, done: float) -> Stage:
        """The next stage's turn."""
        planned = hours - already
        should = already + min(max(self.available - self.given, 0.0), planned)
        self.given += planned
        return Stage(
            id=id,
            title=title,
            points=points,
            hours=hours,
            planned=planned,
            should=should,
            done=done,
            ends=self.now if planned > _NEARLY else None,
        )


def _reached(start: date, weeks: float, limit: timedelta | None = None) -> date | None:
    """The day *weeks* after *start*, a begun day taken as whole; None beyond *limit* or the end of the calendar."""
    try:
        after = timedelta(days=ceil(round(weeks * 7, 6)))
        return None if limit and after > limit else start + after
    except OverflowError:
        return None


def _current(phases: tuple[PhasePlan, ...], progress: Progress) -> PhasePlan:
    return next(each for each in phases if each.slug == progress.current.phase.slug)


def _next_up(progress: Progress, hours: float) -> tuple[Requirement, ...]:
    """What comes next in the curriculum, up to *hours* of it, and at least one requirement if there is any left."""
    chosen: list[Requirement] = []
    for phase, requirement in _in_order(progress):
        hours -= requirement.points * hours_a_point(phase)
        if chosen and hours < -_NEARLY:
            break
        chosen.append(requirement)
    return tuple(chosen)


def _in_order(progress: Progress) -> Iterator[tuple[Phase, Requirement]]:
    """Requirements that are open, as they can be worked on: the current phase first, in it what fell back."""
    later = [each for each in progress.phases if each is not progress.current]
    for each in (progress.current, *later):
        passed = {id for id, standing in each.standings.items() if standing is Standing.PASSED}
        while following := _following(each, passed):
            passed.add(following.id)
            yield each.phase, following


def _following(progress: PhaseProgress, passed: set[str]) -> Requirement | None:
    """What to take next when *passed* is passed."""
    ready = [
        each for each in progress.phase.requirements.values() if each.id not in passed and passed.issuperset(each.needs)
    ]
    fallen = [each for each in ready if progress.standings[each.id] is Standing.REGRESSED]
    return next(iter(fallen or ready), None)
