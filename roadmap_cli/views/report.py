"""The report as somebody reads it who is stuck at night: every verdict, then every failure explained, then the sum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from roadmap_cli.curriculum import Milestone, Requirement
from roadmap_cli.events import Exchange, Failure, Finished, ServerFailed
from roadmap_cli.signatures import best
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.views.bodies import BodyLine, body_lines
from roadmap_cli.views.page import (
    Bar,
    Block,
    Column,
    Fields,
    Gap,
    Grid,
    Heading,
    Mark,
    Page,
    Paragraph,
    Shell,
    Span,
    Verbatim,
    Words,
    command,
    count,
    data,
    muted,
    strong,
    text,
)

EXPLAINED = 12
SHOWN_EXCHANGES = 4
_NO_FAILURE = Failure(message="There is no more to say about this.")
MARKS = {
    Outcome.PASSED: Mark(symbol="✓", word="passed", tone="good", plain="PASS"),
    Outcome.FAILED: Mark(symbol="✗", word="failed", tone="bad", plain="FAIL"),
    Outcome.BLOCKED: Mark(symbol="◌", word="blocked", tone="warn", plain="BLOCKED"),
    Outcome.SKIPPED: Mark(symbol="–", word="skipped", tone="muted", plain="SKIPPED"),
    Outcome.BROKEN: Mark(symbol="!", word="broken", tone="bad", plain="BROKEN"),
}
_TELLING_HEADERS = frozenset({
    "accept", "allow", "authorization", "content-type", "etag", "if-none-match", "location", "retry-after",
    "www-authenticate",
})  # fmt: skip


def report_page(report: Report, *, is_kept: bool = True) -> Page:
    """The whole report, the sum at its end, where the eye is when the command has ended.

    What is not *kept* in a workspace cannot be explained afterwards, so another next step is named.
    """
    if report.server_failed and not report.count(Outcome.PASSED) and not report.count(Outcome.FAILED):
        return (
            *_title(report),
            *server_page(report.server_failed),
            *_broke(report),
            *summary_page(report, is_kept=is_kept),
        )
    parts = (
        _title(report),
        _milestones(report),
        _explanations(report),
        _server_died(report),
        _blocked(report),
        _skipped(report),
        _broken(report),
        summary_page(report, is_kept=is_kept),
    )
    return tuple(block for part in parts for block in part)


def failure_page(report: Report, verdict: Verdict) -> Page:
    """One failure explained: what we sent, what came back, what was expected, and where to go from here."""
    requirement = report.phase.requirements[verdict.requirement]
    failure = verdict.failure or _NO_FAILURE
    return (
        _opening(verdict, requirement),
        text(strong(requirement.title), indent=3),
        Gap(),
        *_explanation(failure, requirement, _usually(report, requirement, failure)),
    )


def server_page(failed: ServerFailed) -> Page:
    """The one thing to say when the server did not start or did not live."""
    rows: list[tuple[str, Page]] = []
    if failed.frame:
        rows.append(("Look at", (text(data(failed.frame, "strong")),)))
    if failed.command:
        rows.append(("We ran", (Verbatim(((data(failed.command),),)),)))
    if failed.log:
        rows.append(("Your log", (log_lines(failed.log),)))
    if failed.advice:
        rows.append(("What to do", (text(data(failed.advice)),)))
    return (
        Heading((MARKS[Outcome.FAILED], " ", strong("your server")), tone="bad"),
        text(data(failed.reason, "strong"), indent=3),
        Gap(),
        Fields(tuple(_spaced(rows))),
        Gap(),
    )


def summary_page(report: Report, *, is_kept: bool = True) -> Page:
    """Points, counts, what is next, and what it takes to see the same again."""
    return (
        Heading(("In sum",), _points(report.points, report.possible)),
        text(*_joined([_count_words(report, outcome) for outcome in Outcome if report.count(outcome)]), indent=3),
        *_interrupted(report),
        *(text(muted("Note: "), data(notice), indent=3, hang=6) for notice in report.notices),
        Gap(),
        *_next_step(report, is_kept),
        Fields(tuple(_circumstances(report))),
    )


def explanation_of(report: Report, id: str) -> Page:
    """What the report says about one requirement; empty if it says nothing."""
    verdict = next((verdict for verdict in report.verdicts if verdict.requirement == id), None)
    match verdict:
        case Verdict(outcome=Outcome.FAILED):
            requirement, failure = report.phase.requirements[id], verdict.failure or _NO_FAILURE
            return _explanation(failure, requirement, _usually(report, requirement, failure))
        case Verdict(outcome=Outcome.BLOCKED, blocked_by=cause) if cause:
            return (text(MARKS[Outcome.BLOCKED], " by ", strong(cause), indent=3), Gap())
        case Verdict(reason=reason) if reason:
            return (text(MARKS[verdict.outcome], ": ", data(reason), indent=3), Gap())
        case _:
            return ()


def _title(report: Report) -> Page:
    phase = report.phase
    return (Heading((Span(phase.title, "title"),), (muted(phase.alias),), quiet=True), Gap())


def _milestones(report: Report) -> Page:
    verdicts = {verdict.requirement: verdict for verdict in report.verdicts}
    blocks: list[Block] = []
    for milestone in report.phase.milestones:
        judged = [verdicts[each.id] for each in milestone.requirements if each.id in verdicts]
        if judged:
            blocks += [*_milestone(milestone, judged, report), Gap()]
    return tuple(blocks)


def _milestone(milestone: Milestone, judged: list[Verdict], report: Report) -> Page:
    requirements = report.phase.requirements
    possible = sum(requirements[verdict.requirement].points for verdict in judged)
    points = sum(requirements[v.requirement].points for v in judged if v.outcome is Outcome.PASSED)
    aside = (Bar(points, possible, 12), "  ", *_points(points, possible))
    heading = Heading((strong(milestone.title),), aside, quiet=True)
    return (heading, _verdict_rows(judged, report))


def _verdict_rows(judged: list[Verdict], report: Report) -> Grid:
    if all(verdict.outcome is Outcome.PASSED for verdict in judged):
        return Grid((Column(), Column(greedy=True)), (((MARKS[Outcome.PASSED],), (_all_of(judged),)),))
    told = [_verdict_row(verdict, report) for verdict in judged if verdict.outcome is not Outcome.BLOCKED]
    longest = max((len(v.requirement) for v in report.verdicts if v.outcome is not Outcome.BLOCKED), default=0)
    columns = (Column(at_least=9), Column(at_least=longest), Column(greedy=True, cut=True), Column(right=True))
    return Grid(columns, (*told, *_blocked_row([v for v in judged if v.outcome is Outcome.BLOCKED])))


def _all_of(judged: list[Verdict]) -> str:
    return "the one requirement" if len(judged) == 1 else f"all {len(judged)} requirements"


def _verdict_row(verdict: Verdict, report: Report) -> tuple[Words, ...]:
    requirement = report.phase.requirements[verdict.requirement]
    passed = verdict.outcome is Outcome.PASSED
    title = Span(requirement.title, "muted" if passed else "text")
    return ((MARKS[verdict.outcome],), (requirement.id,), (title,), (muted(str(requirement.points)),))


def _blocked_row(blocked: list[Verdict]) -> Iterator[tuple[Words, ...]]:
    if blocked:
        sentence = f"{count(len(blocked), 'requirement')}, see below"
        yield ((MARKS[Outcome.BLOCKED],), (muted("…"),), (muted(sentence),), ())


def _explanations(report: Report) -> Page:
    failed = report.of(Outcome.FAILED)
    blocks = [block for verdict in failed[:EXPLAINED] for block in failure_page(report, verdict)]
    if others := failed[EXPLAINED:]:
        blocks += _in_short(report, others)
    return tuple(blocks)


def _in_short(report: Report, failed: tuple[Verdict, ...]) -> Page:
    """The failures beyond the first dozen, a line each: nobody reads forty explanations at once."""
    rows = tuple(_short_row(verdict) for verdict in failed)
    return (
        Heading((f"{count(len(failed), 'more failure')} in short",), (command("roadmap show ID"), " tells all of it")),
        Grid((Column(), Column(), Column(greedy=True)), rows),
        Gap(),
    )


def _short_row(verdict: Verdict) -> tuple[Words, ...]:
    message = verdict.failure.message if verdict.failure else verdict.reason
    return ((MARKS[Outcome.FAILED],), (verdict.requirement,), (data(message),))


def _opening(verdict: Verdict, requirement: Requirement) -> Heading:
    words = (MARKS[verdict.outcome], " ", strong(requirement.id))
    return Heading(words, (muted(count(requirement.points, "point")),), tone=MARKS[verdict.outcome].tone)


def _usually(report: Report, requirement: Requirement, failure: Failure) -> str:
    signature = best(report.phase, requirement.id, failure)
    return signature.cause if signature else ""


def _explanation(failure: Failure, requirement: Requirement, usually: str) -> Page:
    fields = Fields(tuple(_fields(failure, requirement, usually)))
    return (text(data(failure.message), indent=3), Gap(), fields, Gap())


def _fields(failure: Failure, requirement: Requirement, usually: str) -> Iterator[tuple[str, Page]]:
    yield from _spaced(_exchange_fields(failure))
    yield from _spaced(_difference_fields(failure))
    yield from _spaced(_log_fields(failure))
    if usually:
        yield "Usually", (text(usually), Gap())
    yield from _help_fields(failure, requirement)


def _spaced(rows: Iterable[tuple[str, Page]]) -> Iterator[tuple[str, Page]]:
    """The same rows with a little air below the last one."""
    held: tuple[str, Page] | None = None
    for row in rows:
        if held:
            yield held
        held = row
    if held:
        yield held[0], (*held[1], Gap())


def _exchange_fields(failure: Failure) -> Iterator[tuple[str, Page]]:
    *earlier, last = failure.exchanges[-SHOWN_EXCHANGES:] or (None,)
    if last is None:
        return
    if earlier:
        yield "Before that", (Verbatim(tuple(_in_one_line(exchange) for exchange in earlier if exchange)),)
    yield "We sent", request_page(last, failure)
    yield "You answered", answer_page(last, failure)


def _in_one_line(exchange: Exchange) -> Words:
    return (data(f"{exchange.method} {path_of(exchange.url)}"), muted(" → "), data(status_words(exchange)))


def request_page(exchange: Exchange, failure: Failure) -> Page:
    """What we sent: the line, the headers that matter, the body."""
    headers = _headers(exchange.request_headers, failure)
    line = Verbatim(((data(f"{exchange.method} {path_of(exchange.url)}", "strong"),), *headers))
    return (line, *_body(exchange.request_body, ""))


def answer_page(exchange: Exchange, failure: Failure) -> Page:
    """What came back: the status, the headers that matter, the body around the place that differs."""
    headers = _headers(exchange.response_headers, failure)
    took = muted(f"  in {exchange.milliseconds:.0f} ms") if exchange.milliseconds >= 1 else ""
    status = Paragraph((data(status_words(exchange), "strong"), took))
    problem = (text(data(exchange.problem)),) if exchange.problem and exchange.status is not None else ()
    lines = (Verbatim(headers),) if headers else ()
    return (status, *problem, *lines, *_body(exchange.response_body, failure.path))


def status_words(exchange: Exchange) -> str:
    """The status with its phrase, or why there is none."""
    if exchange.status is None:
        return exchange.problem or "There was no complete answer."
    try:
        return f"{exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        return str(exchange.status)


def _headers(headers: tuple[tuple[str, str], ...], failure: Failure) -> tuple[Words, ...]:
    """The headers that usually matter, and those that the failure speaks of."""
    said = f"{failure.message} {failure.expected} {failure.actual}".lower()
    return tuple(
        (data(f"{name}: {value}", "muted"),)
        for name, value in headers
        if name.lower() in _TELLING_HEADERS or re.search(rf"\b{re.escape(name.lower())}\b", said)
    )


def _body(body: str, path: str) -> Page:
    if not body.strip():
        return ()
    return (Verbatim(tuple(_body_words(line) for line in body_lines(body, path))),)


def _body_words(line: BodyLine) -> Words:
    if line.aside:
        return (muted(line.text),)
    return (data(line.text, "warn"), Span("  ← here", "warn")) if line.marked else (data(line.text),)


def _difference_fields(failure: Failure) -> Iterator[tuple[str, Page]]:
    where: Words = (muted("  at "), data(failure.path)) if failure.path not in ("", "$") else ()
    if failure.expected:
        yield "Expected", (Paragraph((data(_short(failure.expected), "good"), *where)),)
    if failure.actual:
        yield "Found", (Paragraph((data(_short(failure.actual), "bad"), *(() if failure.expected else where))),)


def _short(content: str, limit: int = 600) -> str:
    return content if len(content) <= limit else f"{content[:limit]}… ({len(content) - limit} characters more)"


def _log_fields(failure: Failure) -> Iterator[tuple[str, Page]]:
    if failure.frame:
        yield "Look at", (text(data(failure.frame, "strong")),)
    if failure.log:
        yield "Your log", (log_lines(failure.log),)


def log_lines(lines: tuple[str, ...], room: int = 16) -> Verbatim:
    """The lines, the middle left out if there are too many: a traceback ends with what matters."""
    told = tuple((data(_short(line), "muted"),) for line in lines)
    if len(lines) <= room:
        return Verbatim(told)
    left_out: Words = (muted(f"… ({count(len(lines) - room, 'more line')})"),)
    return Verbatim((*told[:4], left_out, *told[4 - room :]))


def _help_fields(failure: Failure, requirement: Requirement) -> Iterator[tuple[str, Page]]:
    if failure.curl:
        yield "Try it", (Shell(failure.curl), Gap())
    if requirement.contract:
        yield "Contract", (text(f"CONTRACT.md {requirement.contract}"),)
    if requirement.topics:
        yield "Topics", (text(", ".join(requirement.topics)),)
    yield "Stuck?", (text(command(f"roadmap hint {requirement.id}")),)


def _server_died(report: Report) -> Page:
    return server_page(report.server_failed) if report.server_failed else ()


def _blocked(report: Report) -> Page:
    blocks: list[Block] = []
    for verdicts in _grouped(report.of(Outcome.BLOCKED)):
        blocks += [
            _group_heading(verdicts),
            *_why_blocked(report, verdicts[0]),
            _ids(verdicts),
            Gap(),
        ]
    return tuple(blocks)


def _grouped(verdicts: tuple[Verdict, ...]) -> list[list[Verdict]]:
    """Verdicts with the same cause together."""
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        cause = (verdict.blocked_by, "" if verdict.blocked_by else verdict.reason)
        groups.setdefault(cause, []).append(verdict)
    return list(groups.values())


def _group_heading(verdicts: list[Verdict]) -> Block:
    cause = verdicts[0].blocked_by
    words: Words = (" by ", data(cause), ": ") if cause else (" ",)
    return Paragraph((MARKS[verdicts[0].outcome], *words, strong(count(len(verdicts), "requirement"))), hang=3)


def _why_blocked(report: Report, verdict: Verdict) -> Page:
    """The reason; or what a check met that could not even begin, if what is in its way was not examined itself."""
    if not verdict.blocked_by:
        return (text(data(verdict.reason), indent=3),)
    examined = any(other.requirement == verdict.blocked_by for other in report.verdicts)
    if verdict.failure is None or examined:
        return ()
    fields = Fields((*_spaced(_exchange_fields(verdict.failure)), *_spaced(_log_fields(verdict.failure))))
    return (text(data(verdict.failure.message), indent=3), Gap(), fields)


def _ids(verdicts: list[Verdict]) -> Paragraph:
    return text(muted(", ".join(verdict.requirement for verdict in verdicts)), indent=3)


def _skipped(report: Report) -> Page:
    blocks: list[Block] = []
    for verdicts in _grouped(report.of(Outcome.SKIPPED)):
        blocks += [_group_heading(verdicts), text(data(verdicts[0].reason), indent=3), _ids(verdicts), Gap()]
    return tuple(blocks)


def _broken(report: Report) -> Page:
    blocks: list[Block] = []
    for verdict in report.of(Outcome.BROKEN):
        blocks += [
            _opening(verdict, report.phase.requirements[verdict.requirement]),
            text("This check itself is broken. It is our mistake and says nothing about your server.", indent=3),
            text(data(verdict.reason), indent=3),
            Gap(),
        ]
    return (*blocks, *_broke(report))


def _broke(report: Report) -> Page:
    if report.broke is None:
        return ()
    return (
        Heading((Mark(symbol="!", word="broken", tone="bad", plain="BROKEN"), " the examination"), tone="bad"),
        text("The grader itself failed. It is our mistake and says nothing about your server.", indent=3),
        text(data(report.broke.message), indent=3),
        Gap(),
    )


def _points(points: int, possible: int) -> Words:
    return (strong(str(points)), f" of {count(possible, 'point')}")


def _count_words(report: Report, outcome: Outcome) -> Words:
    mark = MARKS[outcome]
    return (Span(f"{report.count(outcome)} {mark.word}", mark.tone),)


def _joined(parts: list[Words]) -> Words:
    return tuple(word for number, part in enumerate(parts) for word in (("  ", *part) if number else part))


def _interrupted(report: Report) -> Page:
    if not report.interrupted:
        return ()
    return (text("Interrupted: this is what had been judged until then.", indent=3),)


def _next_step(report: Report, is_kept: bool) -> Page:
    if report.server_failed:
        return (text("When your server starts again: ", command("roadmap check"), indent=3), Gap())
    failed = report.of(Outcome.FAILED)
    if failed:
        requirement = report.phase.requirements[failed[0].requirement]
        words: Words = ("Next: ", command(f"roadmap show {requirement.id}"))
        if is_kept:
            explain, hint = command(f"roadmap explain {requirement.id}"), command(f"roadmap hint {requirement.id}")
            words = ("Next: ", explain, " or ", hint)
        return (Paragraph(words, indent=3, hang=6), Gap())
    if report.verdicts and report.count(Outcome.PASSED) == len(report.verdicts):
        return (text(*_all_passed(report), indent=3), Gap())
    return ()


def _all_passed(report: Report) -> Words:
    if len(report.verdicts) == len(report.phase.requirements):
        return ("Your server keeps every promise of this phase.",)
    return ("Your server keeps what was asked here. Everything: ", command("roadmap check"))


def _circumstances(report: Report) -> Iterator[tuple[str, Page]]:
    """What it takes to see the same again, and what it was seen with."""
    if report.seed:
        yield "Same again", (text(command(f"roadmap check --seed {report.seed}")),)
    if report.services:
        services = (f"{each.name} ({', '.join(filter(None, (each.rung, each.detail)))})" for each in report.services)
        yield "Services", (text(muted(", ".join(services))),)
    if report.python:
        yield "Python", (text(Span(report.python, "muted", data=True)),)
    if report.finished:
        yield "Measured", (text(muted(_measured(report.finished))),)


def _measured(finished: Finished) -> str:
    memory = f", {finished.peak_bytes / 2**20:.0f} MB of memory" if finished.peak_bytes else ""
    return f"{count(finished.requests, 'request')} in {finished.milliseconds / 1000:.1f} s{memory}"


def path_of(url: str) -> str:
    """Path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
