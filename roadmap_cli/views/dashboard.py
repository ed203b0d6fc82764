"""Where the learner stands: phases, the milestones of the current one, what is next and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from roadmap_cli.attempts import Attempt, Damage
from roadmap_cli.curriculum import Curriculum, Milestone, Phase
from roadmap_cli.progress import Next, PhaseProgress, Progress, Standing
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
    Span,
    Words,
    command,
    count,
    data,
    muted,
    strong,
    text,
)

TOPICS_SHOWN = 8
_DONE = Mark(symbol="✓", word="", tone="good", plain="DONE")
_FELL_BACK = Mark(symbol="!", word="", tone="bad", plain="FELL BACK")
_HERE = Mark(symbol="❯", word="", tone="accent", plain="HERE")
_LATER = Mark(symbol="·", word="", tone="muted", plain="LATER")


def dashboard_page(progress: Progress, damage: tuple[Damage, ...], now: datetime) -> Page:
    """The dashboard of a workspace; *now* is an aware time."""
    current = progress.current
    return (
        Heading((Span(progress.curriculum.title, "title"),), _points(_sum(progress), _possible(progress)), quiet=True),
        Gap(),
        _phases(progress),
        Gap(),
        Heading((strong(current.phase.title),), (command(f"roadmap show {current.phase.slug}"),)),
        *_current(current, progress.curriculum, now),
        *damage_page(damage),
    )


def welcome_page(curriculum: Curriculum) -> Page:
    """What somebody sees who is not in a workspace yet."""
    columns = (Column(right=True), Column(greedy=True), Column(right=True), Column(right=True))
    return (
        Heading((Span("roadmap", "title"), ": build real backends, and know exactly what works"), quiet=True),
        Gap(),
        text(
            "You get a project, a contract and an empty server. You write the code, in your own editor. roadmap starts "
            "your server, talks to it over HTTP, and says which promises it keeps and why the others fail.",
            indent=2,
        ),
        Gap(),
        Grid(columns, tuple(_offer(phase) for phase in curriculum.phases)),
        Gap(),
        Fields(
            (
                ("Begin", (text(command("roadmap start phase-1"), "  in an empty folder"),)),
                ("Look round", (text(command("roadmap list"), "  or ", command("roadmap show phase-1")),)),
                ("All commands", (text(command("roadmap --help")),)),
            ),
            indent=2,
            label_width=14,
        ),
    )


def damage_page(damage: tuple[Damage, ...]) -> Page:
    """Lines of the history that could not be read, each with its number."""
    if not damage:
        return ()
    told = [text(f"Line {each.line}: ", data(each.reason), indent=5, hang=2) for each in damage[:3]]
    more = [text(f"… and {count(len(damage) - 3, 'more line')}.", indent=5)] if len(damage) > 3 else []
    what = f"{count(len(damage), 'line')} of .roadmap/attempts.jsonl left out; the rest counts."
    return (Gap(), text(Span("Note: ", "warn"), what, indent=3, hang=2), *told, *more)


def ago(at: str, now: datetime) -> str:
    """How long ago an RFC 3339 time was, in words; the text itself if it is none."""
    try:
        seconds = (now - datetime.fromisoformat(at).astimezone(UTC)).total_seconds()
    except ValueError:
        return at
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), name)} ago"
    return "just now"


def next_words(following: Next) -> Words:
    """Why the requirement is next, and what waits for it."""
    waiting = f" {count(following.unlocks, 'other')} {'waits' if following.unlocks == 1 else 'wait'} for it."
    return (following.reason.value, waiting if following.unlocks else "")


def result_words(attempt: Attempt) -> Words:
    """What an attempt came to."""
    if attempt.server_failed:
        return (Span("Your server did not start: ", "bad"), data(attempt.server_failed))
    outcomes = list(attempt.outcomes.values())
    told = [f"{outcomes.count(word)} {word}" for word in ("passed", "failed", "blocked", "skipped", "broken")]
    words = ", ".join(part for part in told if not part.startswith("0 "))
    return (words, muted("  interrupted") if attempt.interrupted else "")


def _current(current: PhaseProgress, curriculum: Curriculum, now: datetime) -> Page:
    if not current.begun:
        return (text("Begin it with ", command(f"roadmap start {current.phase.slug}"), indent=3),)
    fields = (*_next(current), *_last(current, now), *_topics(current, curriculum))
    return (_milestones(current), Gap(), Fields(fields, label_width=9))


def _phases(progress: Progress) -> Grid:
    columns = (Column(right=True), Column(greedy=True, cut=True), Column(), Column(right=True))
    return Grid(columns, tuple(_phase(each, each is progress.current) for each in progress.phases))


def _phase(progress: PhaseProgress, current: bool) -> tuple[Words, ...]:
    phase = progress.phase
    title = Span(phase.title, "strong" if current else "text" if progress.begun else "muted")
    return (
        (muted(str(phase.number)),),
        (title,),
        (Bar(progress.points, phase.points),),
        _points(progress.points, phase.points),
    )


def _milestones(progress: PhaseProgress) -> Grid:
    columns = (Column(), Column(), Column(greedy=True, cut=True), Column(), Column(right=True))
    return Grid(columns, tuple(_milestone(progress, each) for each in progress.phase.milestones), indent=3)


def _milestone(progress: PhaseProgress, milestone: Milestone) -> tuple[Words, ...]:
    points = progress.points_of(milestone)
    title: Words = (milestone.title, muted("  (solution seen)") if milestone.id in progress.given_up else "")
    of = muted(f"{points} of {milestone.points}")
    return ((_symbol(progress, milestone),), (strong(milestone.id),), title, (Bar(points, milestone.points),), (of,))


def _symbol(progress: PhaseProgress, milestone: Milestone) -> Mark:
    if progress.is_complete(milestone):
        return _DONE
    if any(progress.standings[each.id] is Standing.REGRESSED for each in milestone.requirements):
        return _FELL_BACK
    return _HERE if milestone is progress.current_milestone else _LATER


def _next(progress: PhaseProgress) -> Iterable[tuple[str, Page]]:
    following = progress.next
    if following is None:
        done = text("Every promise of this phase is kept. Look at ", command("roadmap solution"), ".")
        return (("Next", (done, Gap())),)
    requirement = following.requirement
    blocks: list[Block] = [
        Paragraph((strong(requirement.id), muted(f"  {count(requirement.points, 'point')}"))),
        text(requirement.title),
        text(muted("".join(str(word) for word in next_words(following)))),
        text(command(f"roadmap hint {requirement.id}"), "  ", command(f"roadmap check {requirement.id}")),
        Gap(),
    ]
    return (("Next", tuple(blocks)),)


def _last(progress: PhaseProgress, now: datetime) -> Iterable[tuple[str, Page]]:
    if progress.last is None:
        return (("Last", (text("Nothing checked yet: ", command("roadmap check")), Gap())),)
    return (("Last", (text(*result_words(progress.last), muted(f"  {ago(progress.last.at, now)}")), Gap())),)


def _topics(progress: PhaseProgress, curriculum: Curriculum) -> Iterable[tuple[str, Page]]:
    touched = [each for each in progress.topics(curriculum) if each.passed]
    if not touched:
        return ()
    whole = sum(each.passed == each.total for each in touched)
    parts = [each for each in touched if each.passed < each.total]
    words = [f"{whole} of {len(progress.topics(curriculum))} complete"]
    words += [f"{each.topic.title} {each.passed}/{each.total}" for each in parts[:TOPICS_SHOWN]]
    words += [f"{len(parts) - TOPICS_SHOWN} more begun"] if len(parts) > TOPICS_SHOWN else []
    return (("Topics", (text(muted(" · ".join(words))),)),)


def _offer(phase: Phase) -> tuple[Words, ...]:
    return ((muted(str(phase.number)),), (phase.title,), (muted(count(phase.months, "month")),), _points_of(phase))


def _points_of(phase: Phase) -> Words:
    return (muted(count(phase.points, "point")),)


def _points(points: int, possible: int) -> Words:
    return (strong(str(points)), f" of {count(possible, 'point')}")


def _sum(progress: Progress) -> int:
    return sum(each.points for each in progress.phases)


def _possible(progress: Progress) -> int:
    return sum(phase.points for phase in progress.curriculum.phases)
