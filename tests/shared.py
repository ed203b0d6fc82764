"""Sheets to share, from recorded examinations: an ordinary learner's, and one whose server says hostile things."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from roadmap_cli import reports
from roadmap_cli.attempts import Attempt, Begun, Entry
from roadmap_cli.curriculum import Ahead, Curriculum
from roadmap_cli.events import Event, Exchange, Failure, ServerReady, ServiceReady
from roadmap_cli.progress import Progress
from roadmap_cli.sharing.sheet import Sheet, sheet
from roadmap_cli.verdicts import Report
from tests.recorded import CURRICULUM, FINISHED, NO_SERVER, OPENING, PHASE, PLANNED, SOME_FAILED, every, judged

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
AHEAD = replace(CURRICULUM, ahead=(Ahead(slug="deploy", title="In the cloud", months=3),))
HOSTILE_WORDS = (
    "<script>owned = 1</script>",
    '"><img src=x onerror="owned = 2">',
    "javascript:owned=3",
    "]]><svg onload=owned=4>",
    "</style><style>*{display:none}</style>",
    "{{ 7 * 7 }}",
    "| pipe | `tick` ``` fence",
    "[link](javascript:owned=5) ![x](http://evil.example/x.png) <http://evil.example>",
    "&lt;b&gt;",
)
_CONTROLS = "\x1b[31mred\x1b[0m \u202eupside\u202c \x00\x07\r\u2028"
EVERYTHING = " ".join((*HOSTILE_WORDS, _CONTROLS))


def history(*checks: tuple[int, tuple[Event, ...]]) -> tuple[Entry, ...]:
    """Checks on days of March 2026, and the beginning before them."""
    begun = Begun(at="2026-03-01T09:00:00+00:00", phase=PHASE.slug, stack="fastapi")
    attempts = [reports.attempt(Report.fold(PHASE, events), at=at(day)) for day, events in checks]
    return (begun, *attempts)


def at(day: int) -> str:
    """An evening of March 2026."""
    return f"2026-03-{day:02}T20:15:00+00:00"


def kept(day: int, events: tuple[Event, ...]) -> dict[str, str]:
    """The report that is kept of the check on that day."""
    return {PHASE.slug: reports.to_json(Report.fold(PHASE, events), at=at(day))}


def shared(
    entries: tuple[Entry, ...], documents: dict[str, str], *, name: str = "", curriculum: Curriculum = AHEAD
) -> Sheet:
    """The sheet of a history."""
    return sheet(Progress.of(curriculum, entries), entries, documents, now=NOW, zone=UTC, name=name)


def plain_sheet() -> Sheet:
    """Five evenings; some of it fails."""
    checks = (
        (2, (*OPENING, *every("passed", "http.health"), FINISHED)),
        (3, (*OPENING, *every("passed", "http.health", "http.created", "http.not-found"), FINISHED)),
        (9, NO_SERVER),
        (12, (*OPENING, *every("passed", "books.isbn"), FINISHED)),
        (16, (*OPENING, *every("passed", "books.isbn"), FINISHED)),
        (18, SOME_FAILED),
    )
    return shared(history(*checks), kept(*checks[-1]), name="Ada Brook")


def hostile_events() -> tuple[Event, ...]:
    """An examination whose every word from outside is hostile."""
    exchange = Exchange(
        method="GET",
        url=f"http://127.0.0.1:40123/{EVERYTHING}",
        request_body=EVERYTHING,
        status=299,
        response_headers=(("x-evil", EVERYTHING),),
        response_body=EVERYTHING * 20,
    )
    failure = Failure(
        message=EVERYTHING,
        expected=EVERYTHING,
        actual=EVERYTHING,
        path=EVERYTHING,
        exchanges=(exchange,),
        log=(EVERYTHING,),
    )
    return (
        replace(PLANNED, python=EVERYTHING),
        ServiceReady(name="postgres", rung=EVERYTHING, detail=EVERYTHING),
        ServerReady(url="http://127.0.0.1:1", command=EVERYTHING),
        judged("http.health"),
        judged("http.created", "failed", failure=failure),
        FINISHED,
    )


def hostile_sheet() -> Sheet:
    """A learner whose name, title, server and history try everything."""
    events = hostile_events()
    attempt = replace(reports.attempt(Report.fold(PHASE, events), at=at(5)), server_failed=EVERYTHING)
    damaged = Attempt(at=EVERYTHING, phase=PHASE.slug, outcomes={"http.health": "passed"})
    curriculum = replace(AHEAD, title=EVERYTHING)
    return shared((damaged, attempt), kept(5, events), name="<b>Ada</b> `|` [x](javascript:1)", curriculum=curriculum)
