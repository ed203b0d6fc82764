"""One failure in full: the whole story, the difference, the log, what usually causes it, the contract, where to go."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from roadmap_cli.curriculum import Curriculum, Requirement
from roadmap_cli.events import Exchange, Failure
from roadmap_cli.signatures import best
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.views.dashboard import ago
from roadmap_cli.views.look import hint_text
from roadmap_cli.views.page import (
    Block,
    Fields,
    Gap,
    Heading,
    Mark,
    Markdown,
    Page,
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
from roadmap_cli.views.report import MARKS, answer_page, log_lines, path_of, request_page, status_words

# As many exchanges are told with headers and bodies; of more than these, the earlier ones get a line each.
TOLD = 8
LOG_ROOM = 60
# From here on two texts are easier to compare line by line.
LONG = 160
_HERE = Mark(symbol="✗", word="failed here", tone="bad", plain="FAILED HERE")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What stands beside the failure itself: the check's time and seed, the contract's paragraph, hints seen."""

    at: str = ""
    seed: int = 0
    contract: str = ""
    hints: int = 0
    can_replay: bool = False


def explain_page(report: Report, verdict: Verdict, curriculum: Curriculum, known: Known) -> Page:
    """A failed requirement, everything that is known about it."""
    requirement = report.phase.requirements[verdict.requirement]
    failure = verdict.failure or Failure(message=verdict.reason or "There is no more to say about this.")
    mark = MARKS[verdict.outcome]
    return (
        Heading((mark, " ", strong(requirement.id)), (muted(count(requirement.points, "point")),), tone=mark.tone),
        text(strong(requirement.title), indent=3),
        text(data(failure.message), indent=3),
        *_from_when(known),
        Gap(),
        *_story(failure),
        *_difference(failure),
        *_log(failure),
        *_contract(requirement, known),
        *_hints(requirement, known),
        *_cause(report, requirement, failure),  # where the eye is when the command has ended
        *_onwards(requirement, failure, curriculum, known),
    )


def stands_before(blocked: Requirement, cause: Requirement) -> Page:
    """What is said before the cause is explained of a requirement that could not be judged."""
    words = (MARKS[Outcome.BLOCKED], " ", strong(blocked.id), " could not be judged, because ")
    return (text(*words, strong(cause.id), " is not kept. This is what happened there:", hang=3), Gap())


def when(at: str, now: datetime) -> str:
    """A time of the history as the clock of *now* shows it, and how long ago that was."""
    try:
        return f"{datetime.fromisoformat(at).astimezone(now.tzinfo):%Y-%m-%d %H:%M} ({ago(at, now)})"
    except ValueError:
        return at


def passed_page(requirement: Requirement, at: str) -> Page:
    """There is nothing to explain: when it passed."""
    return (
        text(MARKS[Outcome.PASSED], " ", strong(requirement.id), *((" in your check of ", at) if at else ()), "."),
        text(requirement.title, indent=3),
        text("There is no failure to explain.", indent=3),
    )


def all_passed_page(at: str, others: tuple[str, ...]) -> Page:
    """The last check left nothing to explain; *others* failed before and were not looked at since."""
    rest: Page = ()
    if others:
        rest = (text("Failed before, and not looked at since: ", ", ".join(others), hang=2),)
    return (text(MARKS[Outcome.PASSED], " Nothing failed in your last check, of ", at, ".", hang=2), *rest)


def not_judged_page(requirement: Requirement, verdict: Verdict) -> Page:
    """Skipped, broken, or never reached: the reason, which is all there is."""
    mine = verdict.outcome is Outcome.BROKEN
    words = "This check itself is broken. It is our mistake and says nothing about your server." if mine else ""
    return (
        text(MARKS[verdict.outcome], " ", strong(requirement.id)),
        text(requirement.title, indent=3),
        *((text(words, indent=3),) if words else ()),
        text(data(verdict.reason or "It was not judged."), indent=3),
        Gap(),
        text("Judge it: ", command(f"roadmap check {requirement.id}"), indent=3),
    )


def _from_when(known: Known) -> Page:
    if not known.at:
        return ()
    seed = (", seed ", str(known.seed)) if known.seed else ()
    return (text(muted("".join(("From your check of ", known.at, *seed, "."))), indent=3),)


def _story(failure: Failure) -> Page:
    """The exchanges by number, the failing one last."""
    if not failure.exchanges:
        return ()
    first = failure.earlier + 1
    told = failure.exchanges[-TOLD:]
    short = failure.exchanges[: -len(told)]
    left_out = text(muted(f"{count(failure.earlier, 'exchange')} before these are not kept."), indent=3)
    rows = [_in_detail(first + len(short) + n, each, failure) for n, each in enumerate(told)]
    lines = tuple(_in_a_line(first + number, each) for number, each in enumerate(short))
    return (
        Heading((strong("The story"),), (muted(count(first - 1 + len(failure.exchanges), "exchange")),)),
        *((left_out,) if failure.earlier else ()),
        *((Verbatim(lines, indent=3), Gap()) if lines else ()),
        *(block for row in rows for block in row),
    )


def _in_a_line(number: int, exchange: Exchange) -> Words:
    line = data(f"{exchange.method} {path_of(exchange.url)}")
    return (f"{number}. ", line, muted(" → "), data(status_words(exchange)))


def _in_detail(number: int, exchange: Exchange, failure: Failure) -> Page:
    failing = exchange is failure.exchanges[-1]
    # What the difference points at is in the last answer only.
    about = failure if failing else Failure(message="")
    fields = Fields(
        (
            ("We sent", request_page(exchange, about)),
            ("You answered", (*answer_page(exchange, about), Gap())),
        ),
        indent=6,
        label_width=14,
    )
    heading: list[Block] = [text(f"{number}. ", strong(_what(exchange)), indent=3)]
    if failing:
        heading = [text(f"{number}. ", strong(_what(exchange)), "  ", _HERE, indent=3)]
    return (*heading, fields)


def _what(exchange: Exchange) -> str:
    return f"{exchange.method} {path_of(exchange.url).partition('?')[0]}"


def _difference(failure: Failure) -> Page:
    rows: list[tuple[str, Page]] = []
    if failure.path not in ("", "$"):
        rows.append(("At", (text(data(failure.path, "strong")),)))
    if max(len(failure.expected), len(failure.actual)) > LONG and failure.expected and failure.actual:
        rows.append(("Compared", (Verbatim(tuple(_compared(failure.expected, failure.actual))),)))
    else:
        rows += [("Expected", (text(data(failure.expected, "good")),))] if failure.expected else []
        rows += [("Found", (text(data(failure.actual, "bad")),))] if failure.actual else []
    if not rows:
        return ()
    return (Heading((strong("The difference"),)), Fields(tuple(rows)), Gap())


def _compared(expected: str, found: str) -> Iterator[Words]:
    """What was expected (-) and found (+), line by line, what is the same left out."""
    yield (muted("- expected   + found"),)
    one, other = _laid_out(expected), _laid_out(found)
    for line in list(difflib.unified_diff(one, other, lineterm="", n=2))[2:]:
        if line.startswith("@@"):
            yield (muted("…"),)
        else:
            yield (data(line, "good" if line[0] == "-" else "bad" if line[0] == "+" else "text"),)


def _laid_out(content: str) -> list[str]:
    """JSON an entry a line; anything else broken where it breaks by itself."""
    try:
        return json.dumps(json.loads(content), ensure_ascii=False, indent=1).split("\n")
    except (ValueError, RecursionError):
        return content.replace(", ", ",\n").split("\n")


def _log(failure: Failure) -> Page:
    if not failure.log and not failure.frame:
        return ()
    look: Page = (text("Look at ", data(failure.frame, "strong"), indent=3), Gap()) if failure.frame else ()
    lines: Page = (replace(log_lines(failure.log, LOG_ROOM), indent=3),) if failure.log else ()
    return (Heading((strong("Your log"),)), *look, *lines, Gap())


def _cause(report: Report, requirement: Requirement, failure: Failure) -> Page:
    signature = best(report.phase, requirement.id, failure)
    if signature is None:
        return ()
    return (
        Heading((strong("What usually causes this"),)),
        text(signature.cause, indent=3),
        text(signature.look, indent=3),
        Gap(),
    )


def _contract(requirement: Requirement, known: Known) -> Page:
    if not known.contract:
        return ()
    return (
        Heading(
            (strong("CONTRACT.md "), strong(requirement.contract)),
        ),
        Markdown(known.contract),
        Gap(),
    )


def _hints(requirement: Requirement, known: Known) -> Page:
    seen = requirement.hints[: known.hints]
    blocks: list[Block] = []
    for number, hint in enumerate(seen, start=1):
        blocks += [Heading((strong(f"Hint {number} of {len(requirement.hints)}"),)), *hint_text(hint), Gap()]
    return tuple(blocks)


def _onwards(requirement: Requirement, failure: Failure, curriculum: Curriculum, known: Known) -> Page:
    titles = curriculum.topic_titles
    rows: list[tuple[str, Page]] = []
    if known.hints < len(requirement.hints):
        seen = muted(f"  {known.hints} of {len(requirement.hints)} seen")
        rows.append(("Stuck?", (text(command(f"roadmap hint {requirement.id}"), seen),)))
    if known.can_replay:
        rows.append(("Send it again", (text(command(f"roadmap replay {requirement.id}")),)))
    if failure.curl:
        rows.append(("By hand", (Shell(failure.curl),)))
    if requirement.topics:
        rows.append(("Topics", (text(", ".join(titles.get(topic, topic) for topic in requirement.topics)),)))
    seed = f" --seed {known.seed}" if known.seed else ""
    rows.append(("Judge it", (text(command(f"roadmap check {requirement.id}{seed}")),)))
    return (Heading((strong("From here"),)), Fields(tuple(rows), label_width=15), Gap())


def unchecked_page(requirement: Requirement) -> Page:
    """Nobody has looked at it yet."""
    return (
        text(strong(requirement.id), " has not been judged yet.", hang=3),
        text(Span(requirement.title), indent=3),
        Gap(),
        text("Judge it: ", command(f"roadmap check {requirement.id}"), indent=3),
    )
