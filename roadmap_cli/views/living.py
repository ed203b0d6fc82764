"""The parts of the living dashboard, as pages: what is next, a requirement from four sides, topics, attempts, keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from roadmap_cli.attempts import Attempt, Entry, History
from roadmap_cli.curriculum import Curriculum, Milestone, Requirement
from roadmap_cli.errors import RoadmapError
from roadmap_cli.progress import PhaseProgress, Progress, Standing, Step, TopicProgress
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.views.dashboard import ago, damage_page, next_words, result_words
from roadmap_cli.views.look import RUNGS, STANDINGS, hint_text, needs_words
from roadmap_cli.views.messages import error_page
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
from roadmap_cli.views.report import MARKS, explanation_of, failure_page, server_page

ATTEMPTS_SHOWN = 40
_FIRM = "\u00a0"
_ROOM_FOR_BARS = 62
_RUNNING = Mark(symbol="…", word="being judged", tone="muted", plain="RUNNING")

# How much of a topic is passed, each as a cell of a heat map: symbol, word, colour.
SHADES = (
    Mark(symbol="·", word="not begun", tone="muted", plain="NOT BEGUN"),
    Mark(symbol="░", word="begun", tone="accent", plain="BEGUN"),
    Mark(symbol="▒", word="a third", tone="accent", plain="A THIRD"),
    Mark(symbol="▓", word="two thirds", tone="accent", plain="TWO THIRDS"),
    Mark(symbol="█", word="complete", tone="good", plain="COMPLETE"),
)


def header_page(progress: Progress, current: PhaseProgress) -> Page:
    """The curriculum with all points, and what is next in the *current* phase, and why: two lines."""
    points = sum(each.points for each in progress.phases)
    possible = sum(phase.points for phase in progress.curriculum.phases)
    sums: Words = (Bar(points, possible, 24), "  ", strong(str(points)), f" of {count(possible, 'point')}")
    title = progress.curriculum.title if len(progress.phases) > 1 else current.phase.title
    return (Heading((Span(title, "title"),), sums, quiet=True), _next_line(current))


def _next_line(current: PhaseProgress) -> Block:
    following = current.next
    if not current.begun:
        words: Words = (muted("Begin  "), command(f"roadmap start {current.phase.slug}"), "  in a terminal")
    elif following is None:
        words = (muted("Next   "), Span("Every promise of this phase is kept.", "good"))
    else:
        why = muted("  " + "".join(str(word) for word in next_words(following)))
        words = (muted("Next   "), command(following.requirement.id), why)
    return Grid((Column(greedy=True, cut=True),), ((words,),), indent=0)


def name_page(progress: PhaseProgress, requirement: Requirement) -> Page:
    """A requirement's name, how it stands, and its promise."""
    mark = STANDINGS[progress.standings[requirement.id]]
    aside: Words = (mark, muted(f"  {count(requirement.points, 'point')}"))
    return (Heading((strong(requirement.id),), aside, quiet=True), text(requirement.title))


def promise_page(progress: PhaseProgress, requirement: Requirement, curriculum: Curriculum, contract: str) -> Page:
    """What a requirement needs, and the words of the contract."""
    rows: list[tuple[str, Page]] = []
    if requirement.needs:
        rows.append(("Needs", (Paragraph(needs_words(progress, requirement)),)))
    if waiting := progress.waiting_for(requirement.id):
        rows.append(("Unlocks", (text(count(waiting, "other requirement")),)))
    rows.append(("Topics", (text(", ".join(_titles(requirement, curriculum)) or "none"),)))
    return (Fields(tuple(rows), indent=0, label_width=9), Gap(), *_contract(requirement, contract))


def _contract(requirement: Requirement, contract: str) -> Page:
    if not requirement.contract:
        return ()
    title = Heading((muted(f"CONTRACT.md {requirement.contract}"),))
    return (title, Markdown(contract)) if contract else (title, text(muted("Your contract has no such section.")))


def last_page(
    progress: PhaseProgress, requirement: Requirement, report: Report | None, history: History, now: datetime
) -> Page:
    """What the last check said about a requirement: the failure with its exchange, or what stood in the way."""
    told = _told(requirement, report)
    attempt = _last_attempt(requirement.id, progress, history.entries)
    if attempt is None:
        begin = command("roadmap start " + progress.phase.slug) if not progress.begun else Span("r", "accent")
        rest = " first." if not progress.begun else " checks it, with what it needs."
        return (text("Not checked yet. ", begin, rest),)
    outcome = MARKS[Outcome(attempt.outcomes[requirement.id])]
    seed = muted(f"seed {attempt.seed}")
    return (text(outcome, "  ", muted(f"{ago(attempt.at, now)}, "), seed), Gap(), *told)


def _told(requirement: Requirement, report: Report | None) -> Page:
    verdict = _verdict(requirement.id, report)
    if report is None or verdict is None:
        return (text(muted("The evidence of that check is not kept here any more. Check again to see it.")),)
    if verdict.outcome is Outcome.PASSED:
        return (text("Your server kept this promise."),)
    if verdict.outcome is Outcome.BLOCKED and verdict.blocked_by:
        return _blocked(report, verdict)
    if verdict.outcome is Outcome.BLOCKED and report.server_failed:
        return server_page(report.server_failed)
    return explanation_of(report, requirement.id)


def _blocked(report: Report, verdict: Verdict) -> Page:
    """The requirement at the root, explained in its place."""
    cause = _verdict(verdict.blocked_by, report)
    named = text(MARKS[Outcome.BLOCKED], " by ", strong(verdict.blocked_by), ": that one first.")
    root = failure_page(report, cause) if cause and cause.outcome is Outcome.FAILED else ()
    return (named, Gap(), *root)


def hints_page(progress: PhaseProgress, requirement: Requirement) -> Page:
    """The rungs that have been seen, the newest last, and how to see one more."""
    shown = progress.hints.get(requirement.id, 0)
    blocks: list[Block] = []
    for number, (name, hint) in enumerate(zip(RUNGS, requirement.hints, strict=False), start=1):
        if number <= shown:
            blocks += [Heading((f"Hint {number}: ", strong(name))), *hint_text(hint), Gap()]
        else:
            blocks.append(Heading((muted(f"Hint {number}: {name}, not seen"),)))
    if shown < len(requirement.hints):
        return (*blocks, Gap(), text("Stuck? ", Span("h", "accent"), f" shows hint {shown + 1} and remembers it."))
    return (*blocks, text("That is all of them. ", Span("r", "accent"), " checks it."))


def lesson_page(progress: Progress, requirement: Requirement) -> Page:
    """The topics behind a requirement, and how far each has come."""
    found = [each for each in progress.topics if each.topic.id in requirement.topics]
    if not found:
        return (text("No topic is named for this requirement."),)
    rows = tuple(((shade(each),), (each.topic.title,), (_share(each),)) for each in found)
    return (
        text("What there is to learn behind it:"),
        Gap(),
        Grid((Column(), Column(greedy=True), Column(right=True)), rows, indent=0),
        Gap(),
        text(Span("m", "accent"), " shows all topics, and which requirements practise them."),
    )


def phase_page(progress: PhaseProgress) -> Page:
    """A phase: what it is for, and how far it has come."""
    phase = progress.phase
    facts: tuple[tuple[str, Page], ...] = (
        ("Names", (text(f"{phase.slug}, {phase.alias}"),)),
        ("Time", (text(f"about {count(phase.months, 'month')}"),)),
        ("Services", (text(", ".join(phase.services) or "none"),)),
    )
    standing = (*_counts(progress, tuple(phase.requirements.values())), Gap())
    begin = (text("Not begun: ", command(f"roadmap start {phase.slug}")), Gap())
    return (
        Heading((strong(phase.title),), _points(progress.points, phase.points), quiet=True),
        Gap(),
        text(phase.summary),
        Gap(),
        *(standing if progress.begun else begin),
        Fields(facts, indent=0, label_width=11),
    )


def milestone_page(progress: PhaseProgress, milestone: Milestone) -> Page:
    """A milestone: what it is about, and how its requirements stand."""
    points = progress.points_of(milestone)
    seen = (
        (
            text(
                muted("You have seen its solution."),
            ),
            Gap(),
        )
        if milestone.id in progress.given_up
        else ()
    )
    return (
        Heading((strong(milestone.title),), _points(points, milestone.points), quiet=True),
        Gap(),
        text(milestone.summary),
        Gap(),
        *_counts(progress, milestone.requirements),
        Gap(),
        *(block for part in seen for block in (part if isinstance(part, tuple) else (part,))),
        text(Span("r", "accent"), " checks it, ", Span("Enter", "accent"), " opens and closes it."),
    )


def _counts(progress: PhaseProgress, requirements: tuple[Requirement, ...]) -> Page:
    """How many requirements stand how, a line each."""
    standings = [progress.standings[each.id] for each in requirements]
    rows = tuple(
        ((STANDINGS[standing],), (Bar(standings.count(standing), len(standings), 16),), (number,))
        for standing in Standing
        if (number := str(standings.count(standing))) != "0"
    )
    return (Grid((Column(), Column(), Column(right=True)), rows, indent=0),)


def ended_page(report: Report, before: PhaseProgress, after: PhaseProgress) -> Page:
    """What a check has brought: counts, what fell back, what is complete now."""
    if report.server_failed and not report.count(Outcome.PASSED):
        return (text(Span("Your server did not start: ", "bad"), data(report.server_failed.reason)),)
    gained = after.points - before.points
    points = f"  {gained:+d} {'point' if abs(gained) == 1 else 'points'}" if gained else ""
    sums = (*_outcomes(report), Span(points, "good" if gained > 0 else "bad"))
    fallen = [id for id, each in after.standings.items() if each is Standing.REGRESSED != before.standings[id]]
    done = [each for each in after.phase.milestones if after.is_complete(each) and not before.is_complete(each)]
    return (
        text(*sums),
        *((text(Span("Fell back: ", "bad"), ", ".join(fallen)),) if fallen else ()),
        *(text(Span(f"✓ {milestone.title} is complete.", "good")) for milestone in done),
        *(text(muted("Note: "), data(notice)) for notice in report.notices),
    )


def unkept_page(error: RoadmapError) -> Page:
    """The verdicts are known, but could not be kept."""
    return error_page(
        RoadmapError(f"These verdicts are right, but they are not recorded. {error.message}", hint=error.hint)
    )


def _outcomes(report: Report) -> Words:
    """How many requirements had which outcome; of a cancelled check, those that were judged."""
    told = [each for each in Outcome if not (report.interrupted and each is Outcome.BLOCKED)]
    counts = [f"{report.count(outcome)} {MARKS[outcome].word}" for outcome in told if report.count(outcome)]
    if not report.interrupted:
        return ("Checked: ", ", ".join(counts))
    return (
        ("Cancelled; kept is what was judged: ", ", ".join(counts)) if counts else ("Cancelled. Nothing was judged.",)
    )


def topic_head(each: TopicProgress) -> Page:
    """A topic above the requirements that practise it."""
    return (text(strong(each.topic.title)), text(muted(f"{each.passed} of {each.total} passed")))


def topic_page(each: TopicProgress, width: int) -> Page:
    """A topic's row in the mastery map, *width* cells wide: shade, title, a bar where there is room, numbers."""
    cells: list[tuple[Column, Words]] = [
        (Column(), _cell(each)),
        (Column(greedy=True, cut=True), (Span(each.topic.title, "text" if each.passed else "muted"),)),
        (Column(right=True, at_least=5), (_share(each), " ")),
    ]
    if width >= _ROOM_FOR_BARS:
        cells.insert(2, (Column(), (Bar(each.passed, each.total, min(20, width - 54)),)))
    return (Grid(tuple(column for column, _ in cells), (tuple(words for _, words in cells),), indent=0),)


def mastery_head(topics: tuple[TopicProgress, ...]) -> Page:
    """How many topics have come how far: the legend of the map."""
    shades = [shade_number(each) for each in topics]
    parts = [
        (Span(f"{mark.symbol}{_FIRM}", mark.tone), _firm(f"{shades.count(number)} {mark.word}"))
        for number, mark in enumerate(SHADES)
        if shades.count(number)
    ]
    words = tuple(word for number, part in enumerate(parts) for word in (("   ", *part) if number else part))
    return (text(*words) if words else text("This curriculum names no topics."),)


def topic_rows(progress: Progress, topic: TopicProgress) -> tuple[tuple[PhaseProgress, Requirement], ...]:
    """The requirements that practise a topic, in the order of the curriculum."""
    return tuple(
        (each, requirement)
        for each in progress.phases
        for requirement in each.phase.requirements.values()
        if topic.topic.id in requirement.topics
    )


def practice_page(progress: PhaseProgress, requirement: Requirement) -> Page:
    """A requirement's row below a topic."""
    mark = STANDINGS[progress.standings[requirement.id]]
    columns = (Column(), Column(greedy=True, cut=True), Column(right=True))
    words = ((Span(mark.symbol, mark.tone),), (requirement.id,), (muted(f"{mark.word} "),))
    return (Grid(columns, (words,), indent=0),)


def shade_number(each: TopicProgress) -> int:
    """0 for a topic of which nothing is passed, 4 for one of which everything is."""
    if each.passed == each.total:
        return 4
    return 1 + 3 * each.passed // each.total if each.passed else 0


def shade(each: TopicProgress) -> Mark:
    """The cell of the heat map with its word."""
    return SHADES[shade_number(each)]


def attempts_page(steps: tuple[Step, ...], now: datetime) -> Page:
    """The attempts in words, the newest first."""
    if not steps:
        return (text("Nothing checked yet. ", Span("c", "accent"), " checks everything."),)
    columns = (Column(right=True), Column(greedy=True, cut=True), Column(right=True))
    shown = steps[: -ATTEMPTS_SHOWN - 1 : -1]
    rows = tuple(_attempt_row(step, now) for step in shown)
    more = len(steps) - len(shown)
    rest = (text(muted(f"… and {count(more, 'earlier attempt')}")),) if more else ()
    return (Grid(columns, rows, indent=0), *rest)


def _attempt_row(step: Step, now: datetime) -> tuple[Words, ...]:
    return ((muted(ago(step.attempt.at, now)),), result_words(step.attempt), (count(step.points, "point"),))


def help_page(keys: tuple[tuple[str, str], ...]) -> Page:
    """The keys, what the mouse does, what the symbols mean."""
    marks: tuple[Words, ...] = tuple(
        (Span(f"{mark.symbol}{_FIRM}", mark.tone), f"{_firm(mark.word)}   ") for mark in STANDINGS.values()
    )
    return (
        Heading((strong("Keys"),)),
        Grid((Column(), Column(greedy=True)), tuple(((command(key),), (words,)) for key, words in keys)),
        Gap(),
        Heading((strong("Symbols"),)),
        text(*(word for mark in marks for word in mark), indent=2),
        Gap(),
        text("The mouse works everywhere; Ctrl-C copies what you mark with it.", indent=2),
    )


def small_page(width: int, height: int, wanted: tuple[int, int]) -> Page:
    """The terminal is too small: what to do."""
    return (
        text(strong(f"{width}x{height} is too small.")),
        Gap(),
        text(f"The dashboard needs {wanted[0]}x{wanted[1]}. Make the window larger, or leave with q and type:"),
        text(command("roadmap")),
    )


def notes_page(history: History, progress: PhaseProgress, has_workspace: bool) -> Page:
    """What should be known from the start: damage in the history, or that there is nothing yet."""
    if not has_workspace:
        begin = command(f"roadmap start {progress.phase.alias}")
        return (text("You are not in a workspace, so this is only to look round. Begin with ", begin, "."),)
    return damage_page(history.damage)[1:]


def mark_of(standing: Standing) -> Mark:
    """The symbol and word of a standing."""
    return STANDINGS[standing]


def result_mark(result: str) -> Mark:
    """The symbol and word of an outcome while a check runs; the empty one is being judged."""
    return MARKS[Outcome(result)] if result else _RUNNING


def milestone_mark(progress: PhaseProgress, milestone: Milestone) -> tuple[str, Tone]:
    """A milestone's symbol and colour: complete, fallen back, neither."""
    if progress.is_complete(milestone):
        return "✓", "good"
    if any(progress.standings[each.id] is Standing.REGRESSED for each in milestone.requirements):
        return "!", "bad"
    return "", "muted"


def _firm(words: str) -> str:
    """Words that stay together on a line."""
    return words.replace(" ", _FIRM)


def _cell(each: TopicProgress) -> Words:
    mark = shade(each)
    return (Span(mark.symbol * 2, mark.tone),)


def _share(each: TopicProgress) -> str:
    return f"{each.passed}/{each.total}"


def _titles(requirement: Requirement, curriculum: Curriculum) -> Iterable[str]:
    return (curriculum.topic_titles.get(topic, topic) for topic in requirement.topics)


def _verdict(id: str, report: Report | None) -> Verdict | None:
    return next((each for each in report.verdicts if each.requirement == id), None) if report else None


def _last_attempt(id: str, progress: PhaseProgress, entries: tuple[Entry, ...]) -> Attempt | None:
    """The last attempt that says anything about a requirement."""
    attempts = (each for each in reversed(entries) if isinstance(each, Attempt) and each.phase == progress.phase.slug)
    return next((each for each in attempts if id in each.outcomes), None)


def _points(points: int, possible: int) -> Words:
    return (strong(str(points)), f" of {count(possible, 'point')}")
