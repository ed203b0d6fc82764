"""What is shared, before anybody decides how: progress, the last check's evidence and the way to verify it, as values.

No account, no address, no log lines (they hold paths of somebody's machine). Every text is neutral: no control characters, no
escape sequences, no bidirectional marks. What a page may not contain beyond that, each form escapes in its own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from http import HTTPStatus

from roadmap_cli import __version__, reports
from roadmap_cli.attempts import Attempt, Entry
from roadmap_cli.curriculum import Milestone, Phase
from roadmap_cli.events import Exchange, Failure
from roadmap_cli.neutral import neutral, neutral_line
from roadmap_cli.pacing import points_over_time
from roadmap_cli.progress import PhaseProgress, Progress, Standing
from roadmap_cli.verdicts import Report
from roadmap_cli.views.look import STANDINGS
from roadmap_cli.views.page import count
from roadmap_cli.views.plan import day

ATTEMPTS = 15
STORIES = 20
_LINE, _BODY = 300, 600
NAME = 80


@dataclass(frozen=True, kw_only=True)
class Row:
    """A requirement as it stands; *state* is the name of the standing, for styles."""

    id: str
    title: str
    points: int
    state: str
    symbol: str
    word: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A milestone or a topic: how much of it is done."""

    id: str
    title: str
    done: int
    whole: int
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Try:
    """A line of the history: when, how many were looked at and passed, the points that stood after it."""

    at: str
    looked_at: int
    passed: int
    points: int
    seed: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """A failure in short: what was expected, the last exchange, what came back."""

    id: str
    title: str
    message: str
    expected: str = ""
    actual: str = ""
    request: str = ""
    sent: str = ""
    answer: str = ""
    received: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The last check: its circumstances, its counts, and each failure's story."""

    at: str
    seed: int
    counts: tuple[tuple[str, int], ...]
    facts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    stories: tuple[Story, ...]
    untold: int
    trouble: str


@dataclass(frozen=True)
class Moment:
    """The points that stood at a time (seconds of the epoch)."""

    seconds: float
    points: int


@dataclass(frozen=True, kw_only=True)
class PhaseSheet:
    """Everything that is told about a phase."""

    slug: str
    number: int
    title: str
    summary: str
    done: int
    whole: int
    begun: bool
    milestones: tuple[Part, ...]
    topics: tuple[Part, ...]
    curve: tuple[Moment, ...]
    first: str
    last: str
    tries: tuple[Try, ...]
    earlier: int
    evidence: Evidence | None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The whole: *overview* has every phase, *phases* those that are told in full, *ahead* what is still to come.

    *only* is the slug of the phase that it is limited to; empty for the whole roadmap.
    """

    title: str
    name: str
    at: str
    version: str
    done: int
    whole: int
    only: str
    overview: tuple[Part, ...]
    phases: tuple[PhaseSheet, ...]
    ahead: tuple[str, ...]

    @property
    def scope(self) -> str:
        """What the points are points of, where that is not the whole roadmap."""
        number = len(self.overview) + len(self.ahead)
        counted = 1 if self.only else len(self.overview)
        return f"in {counted} of {number} phases" if counted < number else ""


def sheet(
    progress: Progress,
    entries: Iterable[Entry],
    kept: Mapping[str, str],
    *,
    now: datetime,
    zone: tzinfo | None,
    name: str = "",
    only: Phase | None = None,
) -> Sheet:
    """What to share of *progress*; *kept* holds the last report's document of each phase, *only* limits it to one phase."""
    told = [each for each in progress.phases if each.phase == only] if only else _told(progress)
    counted = told if only else list(progress.phases)
    history = tuple(entries)
    return Sheet(
        title=_line(progress.curriculum.title),
        name=neutral_line(name.strip(), limit=NAME),
        at=_when(now.isoformat(), zone),
        version=__version__,
        done=sum(each.points for each in counted),
        whole=sum(each.phase.points for each in counted),
        only=only.slug if only else "",
        overview=tuple(
            Part(id=each.phase.slug, title=_line(each.phase.title), done=each.points, whole=each.phase.points)
            for each in progress.phases
        ),
        phases=tuple(_phase(each, progress, history, kept.get(each.phase.slug), zone) for each in told),
        ahead=tuple(_line(each.title) for each in progress.curriculum.ahead),
    )


def _told(progress: Progress) -> list[PhaseProgress]:
    return [each for each in progress.phases if each.begun] or [progress.current]


def _phase(
    standing: PhaseProgress, progress: Progress, history: tuple[Entry, ...], kept: str | None, zone: tzinfo | None
) -> PhaseSheet:
    phase = standing.phase
    attempts = [entry for entry in history if isinstance(entry, Attempt) and entry.phase == phase.slug]
    stood = points_over_time(phase, attempts)
    tries = tuple(_try(*pair, zone) for pair in zip(attempts, stood, strict=True))
    return PhaseSheet(
        slug=phase.slug,
        number=phase.number,
        title=_line(phase.title),
        summary=_line(phase.summary),
        done=standing.points,
        whole=phase.points,
        begun=standing.begun,
        milestones=tuple(_milestone(standing, each) for each in phase.milestones),
        topics=tuple(
            Part(id=each.topic.id, title=_line(each.topic.title), done=each.passed, whole=each.total)
            for each in standing.topics(progress.curriculum)
        ),
        curve=tuple(_curve(stood)),
        first=tries[0].at if tries else "",
        last=tries[-1].at if tries else "",
        tries=tuple(reversed(tries[-ATTEMPTS:])),
        earlier=max(len(tries) - ATTEMPTS, 0),
        evidence=_evidence(standing, kept, zone) if standing.last else None,
    )


def _milestone(standing: PhaseProgress, milestone: Milestone) -> Part:
    rows = tuple(
        Row(
            id=each.id,
            title=_line(each.title),
            points=each.points,
            state=standing.standings[each.id].name.lower(),
            symbol=STANDINGS[standing.standings[each.id]].symbol,
            word=STANDINGS[standing.standings[each.id]].word,
        )
        for each in milestone.requirements
    )
    done = standing.points_of(milestone)
    return Part(id=milestone.id, title=_line(milestone.title), done=done, whole=milestone.points, rows=rows)


def _try(attempt: Attempt, stood: tuple[str, int], zone: tzinfo | None) -> Try:
    outcomes = list(attempt.outcomes.values())
    notes = ["your server did not start"] if attempt.server_failed else []
    notes += ["interrupted"] if attempt.interrupted else []
    return Try(
        at=_when(attempt.at, zone),
        looked_at=len(outcomes),
        passed=outcomes.count("passed"),
        points=stood[1],
        seed=attempt.seed,
        note=", ".join(notes),
    )


def _curve(stood: tuple[tuple[str, int], ...]) -> Iterator[Moment]:
    """The points in time; an attempt whose time nobody can read stands beside the one before it."""
    seconds = 0.0
    for at, points in stood:
        moment = _moment(at)
        seconds = max(moment.timestamp() if moment else seconds, seconds)
        yield Moment(seconds, points)


def _evidence(standing: PhaseProgress, kept: str | None, zone: tzinfo | None) -> Evidence:
    """What the last attempt says, and what the kept report adds to it if it is about the same examination."""
    attempt = standing.last
    assert attempt is not None
    report = reports.from_json(standing.phase, kept) if kept else None
    same = bool(report and report.seed == attempt.seed and reports.examined_at(kept or "") == attempt.at)
    outcomes = list(attempt.outcomes.values())
    stories = tuple(_stories(standing, report))
    return Evidence(
        at=_when(attempt.at, zone),
        seed=attempt.seed,
        counts=tuple(
            (word, outcomes.count(word))
            for word in ("passed", "failed", "blocked", "skipped", "broken")
            if word in outcomes
        ),
        facts=tuple(_facts(attempt, report if same else None)),
        notices=tuple(_line(notice) for notice in report.notices) if report and same else (),
        stories=stories[:STORIES],
        untold=max(len(stories) - STORIES, 0),
        trouble=_line(attempt.server_failed),
    )


def _facts(attempt: Attempt, report: Report | None) -> Iterator[tuple[str, str]]:
    if attempt.milliseconds:
        yield "Took", f"{attempt.milliseconds / 1000:.1f} s"
    if report is None:
        return
    if report.finished and report.finished.requests:
        yield "Sent", count(report.finished.requests, "request")
    for service in report.services:
        detail = f", {service.detail}" if service.detail else ""
        yield _line(service.name), _line(f"{service.rung}{detail}")
    if report.server and report.server.command:
        yield "Server", _line(report.server.command)
    if report.python:
        yield "Python", _line(report.python)


def _stories(standing: PhaseProgress, report: Report | None) -> Iterator[Story]:
    """What stands as failed, each as the last report that looked at it tells it."""
    verdicts = {verdict.requirement: verdict for verdict in report.verdicts} if report else {}
    for id, requirement in standing.phase.requirements.items():
        if standing.standings[id] in (Standing.FAILED, Standing.REGRESSED):
            failure = verdicts[id].failure if id in verdicts else None
            yield _story(id, requirement.title, failure or Failure(message="There is no more to say about this."))


def _story(id: str, title: str, failure: Failure) -> Story:
    last = failure.exchanges[-1] if failure.exchanges else None
    where = f" at {failure.path}" if failure.path else ""
    return Story(
        id=id,
        title=_line(title),
        message=_line(failure.message),
        expected=_line(f"{failure.expected}{where}") if failure.expected else "",
        actual=_line(failure.actual),
        request=_line(f"{last.method} {_path(last.url)}") if last else "",
        sent=neutral(last.request_body, limit=_BODY) if last else "",
        answer=_answer(last) if last else "",
        received=neutral(last.response_body, limit=_BODY) if last else "",
    )


def _answer(exchange: Exchange) -> str:
    if exchange.status is None:
        return _line(exchange.problem or "no complete answer")
    try:
        return f"{exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        return str(exchange.status)


def _path(url: str) -> str:
    """The part that matters: where the server listened says nothing to anybody else."""
    return re.sub(r"^https?://[^/]*", "", url) or "/"


def _line(text: str) -> str:
    return neutral_line(text, limit=_LINE)


def _moment(at: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(at)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        return None


def _when(at: str, zone: tzinfo | None) -> str:
    """``5 Jan 2026, 14:05``; what is no time as it is."""
    if (moment := _moment(at)) is None:
        return _line(at)
    local = moment.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M}"
