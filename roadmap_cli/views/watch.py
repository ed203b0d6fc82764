"""The watch: one screen that fits any terminal, and the lines that stand for it where there is no screen."""

from __future__ import annotations

from dataclasses import dataclass

from roadmap_cli.curriculum import Milestone
from roadmap_cli.events import ServerFailed
from roadmap_cli.progress import Standing
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.views.layout import Layout, Line, fold, line_width
from roadmap_cli.views.look import STANDINGS
from roadmap_cli.views.messages import error_page
from roadmap_cli.views.page import (
    Bar,
    Block,
    Column,
    Gap,
    Grid,
    Heading,
    Mark,
    Page,
    Span,
    Words,
    command,
    count,
    data,
    muted,
    strong,
    text,
)
from roadmap_cli.views.report import MARKS, explanation_of, failure_page, server_page
from roadmap_cli.watching.scene import Scene

KEYS = (
    ("n", "next", "work on the next requirement that is not passed"),
    ("h", "hint", "one more hint for the requirement you work on"),
    ("l", "list", "all requirements as they stand; Enter works on one"),
    ("a", "all", "the whole report of the last run"),
    ("s", "solution", "the reference solution, once you have passed the milestone"),
    ("o", "log", "what your server printed in the last run"),
    ("u", "undo", "take back what the last command changed in your files"),
    ("r", "again", "run again, though nothing has changed: after you installed something"),
    ("q", "quit", "end the watch"),
    ("?", "keys", "this page"),
)
_FELL_BACK = STANDINGS[Standing.REGRESSED]
_TALL = 18
_STATUS, _MOST_STATUS = 3, 5
_WORDS = 36  # columns
_BARS = 56
_KEY_COLUMNS = 76  # what all keys take on one line
_SPARE = 4  # lines of a failure that are worth more than the bars below it


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a screen says beside what was judged: *seconds* since the run began, why it *polls*, a short *notice*."""

    seconds: float = 0.0
    polls_because: str = ""
    notice: str = ""


def screen_lines(scene: Scene, circumstances: Circumstances, width: int, height: int) -> tuple[Line, ...]:
    """The whole screen, at most *height* lines: what goes on, the requirement worked on, the others, the keys."""
    layout = Layout(width)
    top, keys = status_lines(scene, circumstances, width, height), key_lines(width, height)
    room = max(height - len(top) - len(keys), 1)
    others = list(layout.lines(others_page(scene, short=height < _TALL or width < _BARS)))
    body = list(layout.lines(focus_page(scene)))
    if len(body) + len(others) + 1 > room and height >= _TALL:
        others = list(layout.lines(others_page(scene, short=True)))
    left = room - (len(others) + 1 if others else 0)
    if left < _SPARE:
        others, left = [], room
    body = _cut(body, left, scene.focus, width)
    air: list[Line] = [()] * max(room - len(body) - len(others), 0)
    lines = (*top, *body, *air, *others, *keys)[:height]
    return tuple(fold(line, width)[0] if line_width(line) > width else line for line in lines)


def status_lines(scene: Scene, circumstances: Circumstances, width: int, height: int) -> tuple[Line, ...]:
    """What is watched, and what is going on just now."""
    title = Heading((Span(scene.phase.title, "title"),), (muted("watch"),), quiet=True)
    doing = Grid((Column(greedy=True, cut=True),), ((_doing(scene, circumstances),),), indent=0)
    said = circumstances.notice or (f"polling: {circumstances.polls_because}" if circumstances.polls_because else "")
    notice = text(muted(said))
    if width < len(scene.phase.title) + 9:
        title = Heading((Span("roadmap watch", "title"),), quiet=True)
    told = Layout(width).lines((title, doing, notice))[:_MOST_STATUS]
    return (*told, *((),) * (_STATUS - len(told))) if height >= _TALL else tuple(line for line in told if line)


def focus_page(scene: Scene) -> Page:
    """The requirement that is worked on: its verdict with everything that explains it."""
    if scene.refused:
        return error_page(scene.refused)
    return (*_warnings(scene), *_passed_before(scene), *_focus(scene))


def others_page(scene: Scene, *, short: bool) -> Page:
    """How the others stand, in bars by milestone, or in one line."""
    if scene.report is None:
        return ()
    if short:
        return (text(*_sum(scene.report), hang=2),)
    rows = tuple(_milestone_row(scene, scene.report, milestone) for milestone in scene.milestones)
    columns = (Column(), Column(greedy=True, cut=True), Column(), Column(right=True))
    return (Grid(columns, rows), text(*_sum(scene.report), indent=2, hang=2))


def key_lines(width: int, height: int) -> tuple[Line, ...]:
    """The keys and what they do; on a small screen the letters alone."""
    if width < _WORDS or (height < _TALL and width < _KEY_COLUMNS):
        return Layout(width).lines((text(*(part for key, _, _ in KEYS for part in (strong(key), " "))),))[:1]
    lines: list[tuple[Span, ...]] = [()]
    for key, name, _ in KEYS:
        words = (strong(key), muted(f" {name}")) if key != "?" else (strong(key),)
        longer = (*lines[-1], Span("  "), *words) if lines[-1] else words
        if line_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(words)
    return tuple(lines)


def keys_page() -> Page:
    """What each key does."""
    rows = tuple(((strong(key),), (name,), (muted(meaning),)) for key, name, meaning in KEYS)
    return (
        Heading((strong("Keys"),), quiet=True),
        Gap(),
        Grid((Column(), Column(), Column(greedy=True)), rows),
        Gap(),
        text("Save a file, and your server is judged anew.", indent=2),
        text("Arrows, Page Up and Page Down move in a page; Esc, q and Enter close it.", indent=2),
    )


def list_lines(scene: Scene, cursor: str, width: int) -> tuple[tuple[Line, ...], int]:
    """All requirements as they stand, *cursor* marked, and the line that the cursor is on."""
    longest = max(len(id) for id in scene.scope)
    columns = (Column(), Column(at_least=11), Column(at_least=longest), Column(greedy=True, cut=True))
    rows = tuple(_list_row(scene, id, id == cursor) for id in scene.scope)
    return Layout(width).lines((Grid(columns, rows, indent=0),)), scene.scope.index(cursor)


def log_page(lines: tuple[str, ...], where: str) -> Page:
    """The end of what the server printed."""
    if not lines:
        return (text("Your server has printed nothing yet."), text(muted(where)))
    told = tuple(text(data(line), hang=2) for line in lines)
    return (*told, Gap(), text(muted(where), hang=2))


def writers_page(paths: tuple[str, ...], *, ignored: bool) -> Page:
    """Files that somebody writes in every run."""
    names, verb = ", ".join(paths), "is" if len(paths) == 1 else "are"
    if ignored:
        words = (
            f" {verb} written each time your server runs, so it seems to be the server that writes. "
            "Changes during a run no longer begin another one. Name it in .gitignore to be rid of this; "
            "if it was you, save once more when nothing runs."
        )
    else:
        words = (
            f" {verb} written in every run. If your server does that, each run brings about the next one: "
            "name it in .gitignore."
        )
    return (text(Span("! ", "warn"), data(names, "strong"), words, hang=2), Gap())


def goodbye_page(scene: Scene) -> Page:
    """What is left on the terminal when the watch has ended."""
    if scene.report is None:
        return (text("Nothing was judged."),)
    following = text("Next: ", command(f"roadmap show {scene.focus}")) if scene.focus else text("All of it is passed.")
    return (text(*_sum(scene.report), hang=2), following)


# --- in lines ---------------------------------------------------------------------------------------------------


def begin_line(at: str, scene: Scene, polls_because: str) -> Page:
    """What is watched, and how."""
    how = f" (polling: {polls_because})" if polls_because else ""
    return (text(f"{at}  Watching {scene.phase.title}{how}. Ctrl-C ends it.", hang=10),)


def early_line(at: str, scene: Scene) -> Page:
    """The verdict on the requirement that is worked on, as soon as it is known."""
    report = scene.early
    if report is None:
        return ()
    if report.server_failed:
        return (_line(at, MARKS[Outcome.FAILED], "your server", _server_words(report.server_failed)),)
    return tuple(_verdict_line(at, verdict) for verdict in report.verdicts)


def report_lines(at: str, scene: Scene, before: Report | None, said: Verdict | None = None) -> Page:
    """What the run says: a line for each verdict that is new since *before* and was not *said* early; and the sum.

    What is blocked is only counted: it says nothing by itself.
    """
    report = scene.report
    if report is None:
        return ()
    old = {each.requirement: each.outcome for each in before.verdicts} if before else {}
    fallen = set(scene.fallen)
    new = [
        each
        for each in report.verdicts
        if each.outcome not in (old.get(each.requirement), Outcome.BLOCKED) and not _is_same(each, said)
    ]
    lines = [
        _verdict_line(at, each, fallen=each.requirement in fallen and old.get(each.requirement) is Outcome.PASSED)
        for each in new
    ]
    return (*lines, _line(at, Mark(symbol="=", word="in sum", tone="text", plain="IN SUM"), "", _plain_sum(report)))


def refused_line(at: str, scene: Scene) -> Page:
    """Why a run could not begin."""
    error = scene.refused
    return (text(f"{at}  ", error.message, " ", error.hint, hang=10),) if error else ()


# --- parts ------------------------------------------------------------------------------------------------------


def _doing(scene: Scene, circumstances: Circumstances) -> Words:
    run = scene.run
    if run is None:
        return (muted("beginning"),)
    why = _because(run.because)
    if not scene.is_running:
        return ("at rest after run ", str(run.number), muted(f"{why}; save a file to go on"))
    told = f"{scene.judged}/{scene.planned} " if scene.planned else ""
    words = f"run {run.number}  {circumstances.seconds:.1f} s  {told}"
    return (Span("▸ ", "accent"), words, muted(scene.doing), muted(why))


def _because(paths: tuple[str, ...]) -> str:
    if not paths:
        return ""
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"  ({paths[0]}{more})"


def _warnings(scene: Scene) -> Page:
    """What must not be overlooked: what fell back, and files that nobody but the server writes."""
    blocks: list[Block] = []
    if scene.fallen:
        names = ", ".join(scene.fallen)
        blocks += [
            text(Span("! fell back: ", "bad"), data(names, "strong"), " passed before, fails now", hang=2),
            Gap(),
        ]
    for writers in scene.writers[-1:]:
        blocks += writers_page(writers.paths, ignored=writers.ignored)
    return tuple(blocks)


def _passed_before(scene: Scene) -> Page:
    if scene.just_passed in ("", scene.focus):
        return ()
    onward = "Well done. On to the next:" if scene.focus else "Well done."
    return (text(Span(f"✓ {scene.just_passed} is passed. ", "good"), onward, hang=2), Gap())


def _focus(scene: Scene) -> Page:
    report, verdict = scene.shown, scene.verdict
    if report and report.server_failed and not report.count(Outcome.PASSED) and not report.count(Outcome.FAILED):
        return (*_earlier(scene), *server_page(report.server_failed))
    if report and report.broke:
        return (text("The grader itself failed: ", data(report.broke.message)), Gap())
    if not scene.focus:
        return (text(Span("✓ ", "good"), "Everything that is watched here is passed.", hang=2), Gap())
    if report is None or verdict is None:
        return _waiting(scene)
    return (*_earlier(scene), *_judged(scene, report, verdict))


def _earlier(scene: Scene) -> Page:
    return (text(muted("before your last save:")),) if scene.is_stale else ()


def _waiting(scene: Scene) -> Page:
    requirement = scene.phase.requirements[scene.focus]
    words = "is being judged" if scene.is_running else "has not been judged yet"
    return (
        Heading((strong(requirement.id),), (muted(count(requirement.points, "point")),)),
        text(strong(requirement.title), indent=3),
        Gap(),
        text(muted(f"It {words}."), indent=3),
    )


def _judged(scene: Scene, report: Report, verdict: Verdict) -> Page:
    if verdict.outcome is Outcome.FAILED:
        return failure_page(report, verdict)
    requirement = scene.phase.requirements[verdict.requirement]
    mark = MARKS[verdict.outcome]
    heading = Heading((mark, " ", strong(requirement.id)), (muted(count(requirement.points, "point")),), tone=mark.tone)
    title = text(strong(requirement.title), indent=3)
    if verdict.outcome is Outcome.PASSED:
        done = "Well done." if scene.is_running or not scene.is_chosen else "Well done. n goes on to the next."
        return (heading, title, Gap(), text(Span(done, "good"), indent=3), Gap())
    return (heading, title, Gap(), *explanation_of(report, requirement.id))


def _milestone_row(scene: Scene, report: Report, milestone: Milestone) -> tuple[Words, ...]:
    ids = {each.id for each in milestone.requirements}
    verdicts = [each for each in report.verdicts if each.requirement in ids]
    passed = sum(each.outcome is Outcome.PASSED for each in verdicts)
    here = Span("▸", "accent") if scene.focus in ids else muted("·")
    return ((here,), (milestone.title,), (Bar(passed, len(verdicts), 16),), (f"{passed}/{len(verdicts)}",))


def _sum(report: Report) -> Words:
    words: list[Span | str] = []
    for outcome in Outcome:
        if number := report.count(outcome):
            mark = MARKS[outcome]
            words += ["  " if words else "", Span(f"{mark.symbol} {number} {mark.word}", mark.tone)]
    return (*words, muted(f"   {report.points} of {count(report.possible, 'point')}"))


def _plain_sum(report: Report) -> str:
    counts = [f"{report.count(outcome)} {outcome.value}" for outcome in Outcome if report.count(outcome)]
    return f"{', '.join(counts)}; {report.points} of {count(report.possible, 'point')}"


def _list_row(scene: Scene, id: str, here: bool) -> tuple[Words, ...]:
    mark = STANDINGS[scene.progress.standings[id]]
    title = scene.phase.requirements[id].title
    pointer = Span("❯", "accent") if here else Span(" ")
    return ((pointer,), (mark,), (strong(id) if here else id,), (muted(title),))


def _verdict_line(at: str, verdict: Verdict, *, fallen: bool = False) -> Grid:
    mark = _FELL_BACK if fallen else MARKS[verdict.outcome]
    return _line(at, mark, verdict.requirement, _first_words(verdict))


def _is_same(verdict: Verdict, said: Verdict | None) -> bool:
    return said is not None and (verdict.requirement, verdict.outcome) == (said.requirement, said.outcome)


def _first_words(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.PASSED:
        return ""
    if verdict.outcome is Outcome.BLOCKED and verdict.blocked_by:
        return f"by {verdict.blocked_by}"
    return verdict.failure.message if verdict.failure else verdict.reason


def _server_words(failed: ServerFailed) -> str:
    return f"{failed.frame}: {failed.reason}" if failed.frame else failed.reason


def _line(at: str, mark: Mark, subject: str, words: str) -> Grid:
    """One line however long the words are."""
    columns = (Column(), Column(at_least=9), Column(at_least=0), Column(greedy=True, cut=True))
    first = " ".join(words.split())
    if subject:
        return Grid(columns, (((at,), (mark,), (subject,), (data(first),)),), indent=0)
    return Grid((*columns[:2], columns[3]), (((at,), (mark,), (data(first),)),), indent=0)


def _cut(lines: list[Line], room: int, focus: str, width: int) -> list[Line]:
    """As many lines as there is room for; the last one says how to see the others."""
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) <= room:
        return lines
    left_out = len(lines) - room + 1
    told = text(muted(f"… {count(left_out, 'more line')}: "), command(f"roadmap explain {focus}"))
    short = text(command(f"… roadmap explain {focus}"))
    words = Layout(width).lines((told if focus else text(muted(f"… {count(left_out, 'more line')}")),))
    return [*lines[: max(room - 1, 0)], *(words if len(words) == 1 else Layout(width).lines((short,))[:1])]
