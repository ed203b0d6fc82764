"""What came back when a failed check's exchanges were sent again, beside what came back in the check."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from roadmap_cli.checking.answers import difference
from roadmap_cli.curriculum import Requirement
from roadmap_cli.events import Exchange, Failure, Story
from roadmap_cli.replaying import Replayed, before, restarted, shown, together
from roadmap_cli.views.page import (
    Column,
    Fields,
    Gap,
    Grid,
    Heading,
    Page,
    Span,
    Tone,
    Words,
    command,
    count,
    data,
    muted,
    strong,
    text,
)
from roadmap_cli.views.report import answer_page, log_lines, path_of, request_page, status_words

# Of more than these only what was answered otherwise is told.
TOLD = 12


def replay_page(
    requirement: Requirement,
    failure: Failure,
    replayed: Sequence[Replayed],
    *,
    where: str,
    seed: int,
    fresh: bool,
    log: tuple[str, ...] = (),
) -> Page:
    """The steps in a line each, the last one in full, then and now."""
    *earlier, last = replayed
    then = shown(last.step.sent, before(last.step.sent), last.step.sent.problem)
    now = shown(last.request, last.raw, last.problem)
    rows: list[tuple[str, Page]] = [
        ("We sent", (*request_page(now, failure), Gap())),
        ("In the check", (*answer_page(then, failure), Gap())),
        ("Now", (*answer_page(now, failure), Gap())),
    ]
    if failure.expected:
        at: Words = (muted("  at "), data(failure.path)) if failure.path not in ("", "$") else ()
        rows.append(("Expected", (text(data(failure.expected, "good"), *at), Gap())))
    if log:
        rows.append(("Your log", (log_lines(log), Gap())))
    return (
        Heading((strong(requirement.id), " again"), (muted(where),)),
        text(requirement.title, indent=3),
        Gap(),
        *_earlier(earlier),
        Fields(tuple(rows)),
        text(*_compared(then, now), indent=3),
        *_strayed(requirement, earlier, fresh),
        Gap(),
        text("Judge it: ", command(f"roadmap check {requirement.id}{f' --seed {seed}' if seed else ''}"), indent=3),
    )


def caveats(story: Story) -> Page:
    """What a replay cannot bring back, if there is any of it in this story."""
    return tuple(text(muted("Note: "), words, hang=6) for words in _caveats(story))


def _caveats(story: Story) -> Iterator[str]:
    if story.left_out:
        yield f"The check began with {count(story.left_out, 'exchange')} more, which were too many to keep."
    if together(story):
        yield "In the check some of these were under way at the same moment. Here they go one after the other."
    if restarted(story):
        yield "In the check the server was started anew, perhaps with other settings. Here it is not."


def _earlier(earlier: Sequence[Replayed]) -> Page:
    if not earlier:
        return ()
    told = [(number, each) for number, each in enumerate(earlier, start=1)]
    if len(told) > TOLD:
        told = [(number, each) for number, each in told if not each.as_before]
    others = len(earlier) - len(told)
    rows = tuple(_row(number, each) for number, each in told)
    columns = (Column(right=True), Column(greedy=True, cut=True), Column(), Column(at_least=11))
    quiet = f"{count(others, 'exchange')} before it {'was' if others == 1 else 'were'} answered as in the check."
    return (
        *((Grid(columns, rows),) if rows else ()),
        *((text(muted(quiet), indent=3),) if others else ()),
        Gap(),
    )


def _row(number: int, each: Replayed) -> tuple[Words, ...]:
    sent = each.step.sent
    line = data(f"{sent.method} {path_of(each.request.target)}")
    then = f"{sent.status or 'no answer'} then"
    tone: Tone = "text" if each.as_before else "warn"
    # The words tell the difference too: colour only repeats it.
    now = Span(f"{each.status or 'no answer'} now" + ("" if each.as_before else "  ← differs"), tone)
    return ((muted(str(number)),), (line,), (muted(then),), (now,))


def _compared(then: Exchange, now: Exchange) -> Words:
    if now.status is None:
        return (strong("No answer now: "), data(now.problem))
    if then.status != now.status:
        return (
            strong("Another status: "),
            data(status_words(then)),
            " in the check, ",
            data(status_words(now)),
            " now.",
        )
    if then.response_body == now.response_body:
        return (strong("The same status and the same body as in the check."),)
    place = _place(then.response_body, now.response_body)
    return (strong("The same status; the body differs"), *((" first at ", data(place)) if place else ()), ".")


def _place(then: str, now: str) -> str:
    try:
        found = difference(_parsed(now), _parsed(then), "$")
    except (ValueError, RecursionError):
        return ""
    return found[0] if found else ""


def _parsed(content: str) -> Any:
    return json.loads(content)


def _strayed(requirement: Requirement, earlier: Sequence[Replayed], fresh: bool) -> Page:
    """The world is another one if an exchange before was answered otherwise."""
    if all(each.as_before for each in earlier):
        return ()
    words: Words = ("What came before was answered otherwise than in the check, so this is another situation.",)
    taken = any(each.status == 409 for each in earlier if not each.as_before)
    if taken and not fresh:
        words = (*words, " What must be unique is there already, from an earlier replay most likely.")
    if not fresh:
        words = (*words, " With an empty database: ", command(f"roadmap replay {requirement.id} --fresh"))
    return (text(*words, indent=3),)
