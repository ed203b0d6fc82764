"""How fast a learner goes: what a history earned, measured in hours of the roadmap, day by day.

Points of different phases do not weigh the same, so work is measured in *roadmap hours*: a phase is given its months,
a month is 10 hours a week, and each point of the phase is worth the same share of them. What falls back is taken off
again. How long the learner sat there nobody knows, and nothing here asks.

The pace is the mean of the weeks behind us (each from today backwards), where a week counts half as much as the one four
weeks after it, and a week without work counts as what it was. It is told only when there is something to measure:
a week since the first entry, and checks on two days. Two more figures bound it: one standard error below and above,
taken no narrower than if weeks differed by half their mean, because few weeks tell little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import sqrt

from roadmap_cli.attempts import Attempt, Entry
from roadmap_cli.curriculum import Curriculum, Phase
from roadmap_cli.progress import Progress

HOURS_A_WEEK = 10.0
HOURS_A_MONTH = HOURS_A_WEEK * 52 / 12
HALF_LIFE = 4
WINDOW = 26
_LEAST_SPREAD = 0.5
_SLOWEST = 0.25


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Roadmap hours a week: the likely figure, a slow and a quick one, and how many weeks they come from."""

    hours: float
    slow: float
    quick: float
    weeks: int


@dataclass(frozen=True)
class Earned:
    """What stood as passed at the end of a day, in roadmap hours."""

    day: date
    hours: float


def hours_a_point(phase: Phase) -> float:
    """What a point of the phase is worth, in roadmap hours."""
    return phase.months * HOURS_A_MONTH / phase.points


def day_of(at: str, zone: tzinfo | None) -> date | None:
    """The day of an RFC 3339 time in *zone* (the machine's, if None); None if the text is no time."""
    try:
        moment = datetime.fromisoformat(at)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None


def points_over_time(phase: Phase, entries: Iterable[Entry]) -> tuple[tuple[str, int], ...]:
    """The points of *phase* that stood after each attempt at it, and when that was, oldest first."""
    standing: set[str] = set()
    told: list[tuple[str, int]] = []
    for attempt in entries:
        if isinstance(attempt, Attempt) and attempt.phase == phase.slug:
            _apply(attempt, phase, standing)
            told.append((attempt.at, sum(phase.requirements[id].points for id in standing)))
    return tuple(told)


def earned(curriculum: Curriculum, entries: Iterable[Entry], zone: tzinfo | None) -> tuple[Earned, ...]:
    """What stood after each day with an attempt, over all phases, oldest first."""
    history = tuple(entries)
    days: dict[date, float] = {}
    for phase in curriculum.phases:
        before = 0
        for at, points in points_over_time(phase, history):
            if day := day_of(at, zone):
                days[day] = days.get(day, 0.0) + (points - before) * hours_a_point(phase)
                before = points
    total = 0.0
    told = []
    for day in sorted(days):
        total += days[day]
        told.append(Earned(day, total))
    return tuple(told)


def passed_before(curriculum: Curriculum, entries: Iterable[Entry], day: date, zone: tzinfo | None) -> Progress:
    """The progress as it was when *day* began."""
    return Progress.of(curriculum, (entry for entry in entries if (day_of(entry.at, zone) or day) < day))


def pace(days: tuple[Earned, ...], first: date, today: date) -> Pace | None:
    """The pace since *first*, the day of the first entry; None if there is too little to tell."""
    worked = [each.day for each in days if each.day <= today]
    if len(worked) < 2 or (today - first).days < 7:
        return None
    weeks = list(_weeks(days, min(first, worked[0]), today))
    shares = [_weight(number) * share for number, (_, share) in enumerate(weeks)]
    mean = sum(_weight(number) * gain for number, (gain, _) in enumerate(weeks)) / sum(shares)
    error = _error(weeks, shares, mean)
    return Pace(
        hours=max(mean, 0.0),
        slow=max(mean - error, mean * _SLOWEST, 0.0),
        quick=max(mean + error, 0.0),
        weeks=len(weeks),
    )


def _apply(attempt: Attempt, phase: Phase, standing: set[str]) -> None:
    """Let *standing* hold what is passed after the attempt; what was not judged stays as it was."""
    for id, outcome in attempt.outcomes.items():
        if outcome == "failed":
            standing.discard(id)
        elif outcome == "passed" and id in phase.requirements:
            standing.add(id)


def _weeks(days: tuple[Earned, ...], first: date, today: date) -> Iterator[tuple[float, float]]:
    """What each week earned, the latest first, and how much of a week it was: the oldest one began on *first*."""
    end = today
    for _ in range(WINDOW):
        if end < first:
            return
        begin = max(end - timedelta(days=7), first - timedelta(days=1))
        yield _stood(days, end) - _stood(days, begin), (end - begin).days / 7
        end = begin


def _stood(days: tuple[Earned, ...], day: date) -> float:
    """What stood at the end of *day*."""
    return next((each.hours for each in reversed(days) if each.day <= day), 0.0)


def _weight(number: int) -> float:
    return float(0.5 ** (number / HALF_LIFE))


def _error(weeks: list[tuple[float, float]], shares: list[float], mean: float) -> float:
    """The standard error of the weighted mean."""
    whole = sum(shares)
    variance = sum(w * (gain / share - mean) ** 2 for w, (gain, share) in zip(shares, weeks, strict=True)) / whole
    independent = whole**2 / sum(w**2 for w in shares)
    return max(sqrt(variance), _LEAST_SPREAD * abs(mean)) / sqrt(independent)
