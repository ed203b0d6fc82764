"""The page as Markdown, for a README or a pull request: CommonMark with GitHub's tables, and nothing that acts.

Words are escaped so that each character is read as itself; what a learner's server said stands in code, behind a fence longer than
any in it, where neither links nor mentions nor HTML mean anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from roadmap_cli.sharing.sheet import Evidence, Part, PhaseSheet, Sheet, Story
from roadmap_cli.views.page import count

_BAR = 20
# CommonMark §2.4: any of these, behind a backslash, is itself. The address of a link is no link without its colon.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&!$@{}^]|:(?=//)|(?<=www)\.)")


def page(sheet: Sheet) -> str:
    """The whole document."""
    return "\n".join(_lines(sheet)).rstrip("\n") + "\n"


def escaped(text: str) -> str:
    """*text* so that Markdown reads every character as itself, in the middle of a line."""
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))


def code(text: str) -> str:
    """*text* as code within a line."""
    flat = text.replace("\n", " ")
    if not flat.strip():
        return "` `"
    fence = "`" * (_longest_run(flat) + 1)
    pad = " " if flat[0] in "` " or flat[-1] in "` " else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def fenced(text: str) -> Iterator[str]:
    """*text* as a block of code."""
    fence = "`" * max(_longest_run(text) + 1, 3)
    yield f"{fence}text"
    yield from text.split("\n")
    yield fence


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _lines(sheet: Sheet) -> Iterator[str]:
    yield from (f"# {escaped(sheet.title)}", "")
    by = f"{escaped(sheet.name)} · " if sheet.name else ""
    scope = f" ({sheet.scope})" if sheet.scope else ""
    yield from (f"{by}**{sheet.done} of {count(sheet.whole, 'point')}**{scope} · as of {sheet.at}", "")
    if len(sheet.overview) > 1 or sheet.ahead:
        yield from _overview(sheet)
    for phase in sheet.phases:
        yield from _phase(phase)
    yield from ("---", "")
    yield f"Made by roadmap {sheet.version} on the learner's own machine: believe it as far as you verify it."


def _overview(sheet: Sheet) -> Iterator[str]:
    yield from ("| | phase | points |", "|--:|---|--:|")
    for number, phase in enumerate(sheet.overview, start=1):
        yield f"| {number} | {escaped(phase.title)} | {phase.done} of {phase.whole} |"
    for number, title in enumerate(sheet.ahead, start=len(sheet.overview) + 1):
        yield f"| {number} | {escaped(title)} | ahead |"
    yield ""


def _phase(phase: PhaseSheet) -> Iterator[str]:
    yield from (f"## Phase {phase.number}: {escaped(phase.title)}", "", escaped(phase.summary), "")
    yield from _parts("milestone", phase.milestones)
    if phase.evidence:
        yield from _evidence(phase.evidence)
    else:
        yield from ("Nothing has been checked yet.", "")
    yield from ("### Every requirement", "")
    for milestone in phase.milestones:
        yield from _requirements(milestone)
    yield from ("### Topics", "")
    yield from _parts("topic", phase.topics)
    yield from _tries(phase)


def _parts(noun: str, parts: tuple[Part, ...]) -> Iterator[str]:
    yield from (f"| {noun} | | passed |", "|---|---|--:|")
    for part in parts:
        yield f"| {escaped(part.title)} | {_bar(part)} | {part.done} of {part.whole} |"
    yield ""


def _bar(part: Part) -> str:
    full = _BAR * part.done // part.whole if part.whole else 0
    return "█" * full + "░" * (_BAR - full)


def _evidence(evidence: Evidence) -> Iterator[str]:
    counts = ", ".join(f"{number} {word}" for word, number in evidence.counts)
    yield from ("### The last check", "", f"- {evidence.at}: {counts}", f"- Seed: {code(str(evidence.seed))}")
    if evidence.trouble:
        yield f"- The server did not start: {code(evidence.trouble)}"
    for label, value in evidence.facts:
        yield f"- {escaped(label)}: {code(value)}"
    for notice in evidence.notices:
        yield f"- Note: {code(notice)}"
    again = f"roadmap check --seed {evidence.seed}"
    yield from ("", "To verify it, send the same requests to this project again:", "", *fenced(again), "")
    if evidence.stories:
        yield from ("### What does not pass yet", "")
    for story in evidence.stories:
        yield from _story(story)
    if evidence.untold:
        yield from (f"… and {evidence.untold} more that fail; they are in the tables below.", "")


def _story(story: Story) -> Iterator[str]:
    yield from (f"#### {code(story.id)} {escaped(story.title)}", "", code(story.message), "")
    for label, value in (("Expected", story.expected), ("Found", story.actual)):
        if value:
            yield from (f"{label}: {code(value)}", "")
    for label, line, body in (
        ("We sent", story.request, story.sent),
        ("It answered", story.answer, story.received),
    ):
        if line:
            yield from (f"{label}:", "", *fenced("\n\n".join(filter(None, (line, body)))), "")


def _requirements(milestone: Part) -> Iterator[str]:
    yield from (f"#### {escaped(milestone.title)}: {milestone.done} of {count(milestone.whole, 'point')}", "")
    yield from ("| state | requirement | points |", "|---|---|--:|")
    for row in milestone.rows:
        yield f"| {row.symbol} {row.word} | {code(row.id)} {escaped(row.title)} | {row.points} |"
    yield ""


def _tries(phase: PhaseSheet) -> Iterator[str]:
    if not phase.tries:
        return
    yield from ("### Checks", "", "| when | points | passed | looked at | seed |", "|---|--:|--:|--:|--:|")
    for each in phase.tries:
        note = f" ({each.note})" if each.note else ""
        yield f"| {escaped(each.at)}{note} | {each.points} | {each.passed} | {each.looked_at} | {each.seed} |"
    yield ""
    if phase.earlier:
        yield from (f"… and {phase.earlier} earlier.", "")
