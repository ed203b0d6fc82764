"""Single things shown: what is next, a phase, a milestone, a requirement, its hints, the list, the solution's files."""

from __future__ import annotations

import re
from collections.abc import Iterable

from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement
from roadmap_cli.progress import PhaseProgress, Progress, Standing
from roadmap_cli.views.dashboard import next_words
from roadmap_cli.views.page import (
    Bar,
    Block,
    Column,
    Fields,
    Gap,
    Grid,
    Heading,
    Mark,
    Markdown,
    Page,
    Paragraph,
    Source,
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

RUNGS = ("where to look", "the idea", "nearly the code")
STANDINGS = {
    Standing.PASSED: Mark(symbol="✓", word="passed", tone="good", plain="PASS"),
    Standing.REGRESSED: Mark(symbol="!", word="fell back", tone="bad", plain="FELL BACK"),
    Standing.FAILED: Mark(symbol="✗", word="failed", tone="bad", plain="FAIL"),
    Standing.BLOCKED: Mark(symbol="◌", word="blocked", tone="warn", plain="BLOCKED"),
    Standing.UNTRIED: Mark(symbol="·", word="not tried", tone="muted", plain="NOT TRIED"),
}


def next_page(progress: PhaseProgress) -> Page:
    """The requirement to work on now, and why this one."""
    following = progress.next
    if following is None:
        return (text("Every promise of ", strong(progress.phase.title), " is kept."),)
    requirement = following.requirement
    rows: tuple[tuple[str, Page], ...] = (
        ("Why", (text(*next_words(following)),)),
        ("Read", (text(command(f"roadmap show {requirement.id}")),)),
        ("Stuck?", (text(command(f"roadmap hint {requirement.id}")),)),
        ("Then", (text(command(f"roadmap check {requirement.id}")),)),
    )
    return (*_requirement_heading(requirement, following.milestone), Gap(), Fields(rows, label_width=9))


def phase_page(progress: PhaseProgress, where: str) -> Page:
    """A phase: what it is for, and its milestones. *where* is its project, if there is one."""
    phase = progress.phase
    rows: list[tuple[str, Page]] = [
        ("Names", (text(f"{phase.slug}, {phase.alias}"),)),
        ("Time", (text(f"about {count(phase.months, 'month')}"),)),
        ("Stacks", (text(", ".join(phase.stacks)),)),
        ("Services", (text(", ".join(phase.services) or "none"),)),
        ("Project", (text(where) if where else text("not begun: ", command(f"roadmap start {phase.slug}")),)),
    ]
    blocks: list[Block] = [
        Heading((Span(phase.title, "title"),), _points(progress.points, phase.points), quiet=True),
        Gap(),
        text(phase.summary, indent=2),
        Gap(),
        Fields(tuple(rows), indent=2, label_width=11),
        Gap(),
    ]
    for milestone in phase.milestones:
        blocks += [_milestone_heading(progress, milestone), text(milestone.summary, indent=3), Gap()]
    return tuple(blocks[:-1])


def milestone_page(progress: PhaseProgress, milestone: Milestone) -> Page:
    """A milestone: what it is about, and its requirements as they stand."""
    return (
        _milestone_heading(progress, milestone),
        Gap(),
        text(milestone.summary, indent=2),
        Gap(),
        _requirement_rows(progress, milestone),
    )


def requirement_page(
    progress: PhaseProgress, requirement: Requirement, curriculum: Curriculum, *, contract: str, verdict: Page
) -> Page:
    """A requirement: its promise, the contract's words, and what the last check said (*verdict*)."""
    milestone = progress.phase.milestone_of(requirement.id)
    titles = curriculum.topic_titles
    shown = progress.hints.get(requirement.id, 0)
    rows: list[tuple[str, Page]] = [
        ("Stands", (text(STANDINGS[progress.standings[requirement.id]]),)),
        ("Topics", (text(", ".join(titles.get(topic, topic) for topic in requirement.topics)),)),
        ("Hints", (text(f"{shown} of {len(requirement.hints)} seen: ", command(f"roadmap hint {requirement.id}")),)),
    ]
    if requirement.needs:
        rows.insert(1, ("Needs", (text(*needs_words(progress, requirement)),)))
    read = (Heading((f"CONTRACT.md {requirement.contract}",)), Markdown(contract), Gap()) if contract else ()
    return (
        *_requirement_heading(requirement, milestone),
        Gap(),
        Fields(tuple(rows), label_width=9),
        Gap(),
        *read,
        *_last_verdict(verdict),
    )


def hint_page(requirement: Requirement, shown: int) -> Page:
    """The hints up to rung *shown*, the newest last."""
    blocks: list[Block] = [Heading((strong(requirement.id),), quiet=True), text(requirement.title, indent=3), Gap()]
    for number, (name, hint) in enumerate(zip(RUNGS, requirement.hints, strict=False), start=1):
        if number <= shown:
            title = (f"Hint {number} of {len(requirement.hints)}: ", strong(name))
            blocks += [Heading(title), *hint_text(hint), Gap()]
    return (*blocks, _after_hint(requirement, shown))


def list_page(progress: Progress, phase: Phase | None = None, milestone: Milestone | None = None) -> Page:
    """All phases with their milestones; or the requirements of a phase, or of one of its milestones."""
    if phase is None:
        return tuple(block for each in progress.phases for block in _phase_rows(each))
    chosen = (milestone,) if milestone else phase.milestones
    blocks: list[Block] = []
    for each in chosen:
        found = progress.phase(phase.slug)
        blocks += [_milestone_heading(found, each), _requirement_rows(found, each), Gap()]
    return tuple(blocks[:-1])


def solution_page(title: str, files: tuple[tuple[str, int], ...]) -> Page:
    """The files of a reference and how many lines each has."""
    rows = tuple(((data(name),), (muted(count(lines, "line")),)) for name, lines in files)
    example = next((name for name, _ in files if not name.startswith(".")), "FILE")
    return (
        Heading(("The reference solution of ", strong(title)), quiet=True),
        Gap(),
        Grid((Column(), Column(right=True)), rows),
        Gap(),
        text("Read one with ", command(f"roadmap solution --file {example}"), indent=2),
    )


def source_page(name: str, content: str) -> Page:
    """One file of the reference."""
    language = {"py": "python", "toml": "toml", "md": "markdown", "yaml": "yaml", "sql": "sql", "sh": "bash"}
    return (Source(content, language.get(name.rpartition(".")[2], "text")),)


def started_page(phase: Phase, where: str, stack: str) -> Page:
    """What was made, and the first steps."""
    first = phase.milestones[0]
    steps: tuple[tuple[str, Page], ...] = (
        ("Go there", (text(command(f"cd {where}")),)),
        ("Read", (text("README.md is the brief, CONTRACT.md the law."),)),
        ("Check", (text(command("roadmap check"), "  starts your server and holds it to the contract"),)),
    )
    return (
        Heading((Span(phase.title, "title"),), (muted(f"{phase.alias}, {stack}"),), quiet=True),
        Gap(),
        text(phase.summary, indent=2),
        Gap(),
        text("Your project is in ", strong(where), ".", indent=2),
        Gap(),
        Paragraph(("First milestone: ", strong(first.title), muted(f"  {count(first.points, 'point')}")), indent=2),
        text(first.summary, indent=4),
        Gap(),
        Fields(steps, indent=2, label_width=11),
    )


def contract_section(contract: str, place: str) -> str:
    """The part of CONTRACT.md that *place* names: "§4", or "§2 Errors" for a part of a part. Empty if there is none."""
    number = re.search(r"\d+", place)
    if not number:
        return ""
    section = _part(contract, rf"^## {number.group()}\.", r"^## ")
    words = re.sub(r"^[^\w]*\d+(\.\d+)*[,:.]?\s*", "", place).strip()
    return (_part(section, rf"^### {re.escape(words)}", r"^###? ") if words else "") or section


def _part(content: str, start: str, end: str) -> str:
    """From the line that matches *start* to the next one that matches *end*, headings inside code left alone."""
    taken: list[str] = []
    fenced = False
    for line in content.splitlines():
        fenced ^= line.startswith("```")
        if taken and not fenced and re.match(end, line):
            break
        if taken or re.match(start, line):
            taken.append(line)
    return "\n".join(taken).strip()


def needs_words(progress: PhaseProgress, requirement: Requirement) -> Words:
    """What the requirement needs, each as it stands."""
    words: list[Span | Mark | str] = []
    for need in requirement.needs:
        words += ["  " if words else "", need, " ", STANDINGS[progress.standings[need]]]
    return tuple(words)


def hint_text(hint: str) -> Page:
    """A hint's own lines: prose wraps, indented lines are code and keep their form."""
    blocks: list[Block] = []
    for line in hint.rstrip().split("\n"):
        is_code = line.startswith((" ", "\t"))
        blocks.append(Verbatim(((line,),), indent=3) if is_code else text(line, indent=3))
        if not line.strip():
            blocks[-1] = Gap()
    return tuple(blocks)


def _requirement_heading(requirement: Requirement, milestone: Milestone) -> Page:
    aside = (muted(f"{milestone.title} · {count(requirement.points, 'point')}"),)
    return (Heading((strong(requirement.id),), aside, quiet=True), text(requirement.title, indent=3))


def _milestone_heading(progress: PhaseProgress, milestone: Milestone) -> Heading:
    aside = (
        Bar(progress.points_of(milestone), milestone.points, 12),
        "  ",
        *_points(progress.points_of(milestone), milestone.points),
    )
    return Heading((strong(milestone.title), muted(f"  {milestone.id}")), aside, quiet=True)


def _requirement_rows(progress: PhaseProgress, milestone: Milestone) -> Grid:
    columns = (Column(at_least=9), Column(), Column(greedy=True), Column(right=True))
    return Grid(columns, tuple(_requirement_row(progress, each) for each in milestone.requirements))


def _requirement_row(progress: PhaseProgress, requirement: Requirement) -> tuple[Words, ...]:
    mark = STANDINGS[progress.standings[requirement.id]]
    return ((mark,), (requirement.id,), (muted(requirement.title),), (muted(str(requirement.points)),))


def _phase_rows(progress: PhaseProgress) -> Iterable[Block]:
    phase = progress.phase
    columns = (Column(), Column(greedy=True), Column(), Column(right=True))
    rows = tuple(_milestone_row(progress, milestone) for milestone in phase.milestones)
    words = (strong(phase.title), muted(f"  {phase.slug}, {phase.alias}"))
    return (Heading(words, _points(progress.points, phase.points), quiet=True), Grid(columns, rows), Gap())


def _milestone_row(progress: PhaseProgress, milestone: Milestone) -> tuple[Words, ...]:
    number = muted(count(len(milestone.requirements), "requirement"))
    return ((milestone.id,), (milestone.title,), (number,), (f"{progress.points_of(milestone)} of {milestone.points}",))


def _last_verdict(verdict: Page) -> Page:
    return (Heading(("What your last check said",)), Gap(), *verdict) if verdict else ()


def _after_hint(requirement: Requirement, shown: int) -> Paragraph:
    if shown < len(requirement.hints):
        return text("One more: ", command(f"roadmap hint {requirement.id}"), indent=3)
    return text("That is all of them. Try it: ", command(f"roadmap check {requirement.id}"), indent=3)


def _points(points: int, possible: int) -> Words:
    return (strong(str(points)), f" of {count(possible, 'point')}")
