"""What a learner sees, from recorded events: nothing is left out, nothing is too wide, nothing acts on a terminal."""

from __future__ import annotations

import io
import json
import re
import subprocess
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from roadmap_cli import planning
from roadmap_cli.attempts import Attempt, Begun, Damage, Entry, GaveUp, HintShown
from roadmap_cli.checking.transport import Raw
from roadmap_cli.cli.catalogue import ENTRIES, EXAMPLES
from roadmap_cli.curriculum import Signature, When
from roadmap_cli.errors import Fault, PackError, Place, RoadmapError, WorkspaceError
from roadmap_cli.events import Failure
from roadmap_cli.progress import Progress
from roadmap_cli.replaying import Replayed, filled, verbatim
from roadmap_cli.reports import attempt
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.views.bodies import body_lines
from roadmap_cli.views.dashboard import ago, dashboard_page, welcome_page
from roadmap_cli.views.explain import (
    Known,
    all_passed_page,
    explain_page,
    not_judged_page,
    passed_page,
    stands_before,
    unchecked_page,
    when,
)
from roadmap_cli.views.ink import drawn, plain
from roadmap_cli.views.layout import Layout, exact_ascii, fold, line_width, shell_lines, text_width, wrap
from roadmap_cli.views.live import LiveView
from roadmap_cli.views.look import (
    contract_section,
    hint_page,
    list_page,
    milestone_page,
    next_page,
    phase_page,
    requirement_page,
    solution_page,
    source_page,
    started_page,
)
from roadmap_cli.views.messages import (
    Finding,
    crash_page,
    doctor_page,
    error_page,
    help_page,
    serving_page,
)
from roadmap_cli.views.page import Page, Span, data, text
from roadmap_cli.views.plan import plan_page
from roadmap_cli.views.replay import replay_page
from roadmap_cli.views.report import explanation_of, report_page
from tests import shared
from tests.changed import CHANGED_PAGES
from tests.conftest import Golden
from tests.recorded import (
    BOOKS,
    CRASHED,
    CURRICULUM,
    HTTP,
    ISBN_STORY,
    ISBN_TAKEN,
    LONG_LIST,
    OPENING,
    PHASE,
    RECORDED,
    SOME_FAILED,
    every,
    judged,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = "2026-03-01T09:30:00+00:00"
BEGUN = Begun(at=AT, phase=PHASE.slug, stack="fastapi")
CHECKED = attempt(Report.fold(PHASE, SOME_FAILED), at=AT)
WIDTHS = (60, 80, 120)
FAULT = Fault(Place(Path("a.yaml"), 3, 5), "titel is not known.", "Did you mean title?")


def progress(*entries: Entry) -> Progress:
    return Progress.of(CURRICULUM, entries)


def report(name: str) -> Report:
    return Report.fold(PHASE, RECORDED[name])


CONTRACT = """# The contract

## 3. Health

Nothing here.

## 4. Books

A book in an answer:

```json
## 5. no heading, but code in an answer that is wider than eighty columns, so that it has to be folded somewhere
```

### Errors

| field | rule |
|---|---|
| `title` | string, 1 to 200 characters after white space at both ends is removed, which is a long row of a table |

## 5. Users
"""


def requirement(id: str, *entries: Entry) -> Page:
    standing = progress(*entries)
    section = contract_section(CONTRACT, "§4")
    verdict = explanation_of(report("some-failed"), id)
    wanted = PHASE.requirements[id]
    return requirement_page(standing.current, wanted, CURRICULUM, contract=section, verdict=verdict)


def plan(*entries: Entry, day: str = "2026-03-20", start: str = "2026-03-01", hours: float | None = None) -> Page:
    """The plan's page on that day."""
    terms = planning.Terms(start=date.fromisoformat(start), hours=hours or 10, chosen=bool(hours))
    return plan_page(planning.plan(shared.AHEAD, entries, date.fromisoformat(day), UTC, terms))


SHOP_DONE = Attempt(at=AT, phase="shop", outcomes={"orders.create": "passed"})
WORKED = shared.history(
    (2, every("passed", "http.health")), (9, SOME_FAILED), (16, (*SOME_FAILED, judged("books.isbn")))
)


CAUSE = Signature(
    id="taken",
    when=When(status=(409,), path="$.error.code"),
    requirements=("books.isbn-unique",),
    cause="One code is used for every conflict, and the client cannot tell what it is that clashes.",
    look="Look at where the integrity error is turned into an answer: it knows which constraint was violated.",
    proved_by=("one-code-for-all",),
)
MANY = replace(
    LONG_LIST,
    expected=json.dumps([{"id": n, "title": f"Harbour {n}"} for n in range(8)]),
    actual=json.dumps([{"id": n, "title": f"Harbour {n}"} for n in range(8) if n != 5]),
    exchanges=(
        *(replace(LONG_LIST.exchanges[0], url=f"http://127.0.0.1:40123/books/{n}") for n in range(12)),
        *LONG_LIST.exchanges,
    ),
    earlier=3,
)


def explained(id: str, failure: Failure, *entries: Entry) -> Page:
    phase = replace(PHASE, signatures=(CAUSE,))
    needed = every("passed", *(each for each in phase.with_needs((id,)) if each != id))
    found = Report.fold(phase, (*OPENING, *needed, judged(id, "failed", failure=failure)), selected=(id,))
    hints = progress(*entries).current.hints.get(id, 0)
    section = contract_section(CONTRACT, "§4")
    known = Known(at=when(AT, NOW), seed=48151, contract=section, hints=hints, can_replay=True)
    return explain_page(found, found.verdicts[0], CURRICULUM, known)


def verdict(name: str, id: str) -> Verdict:
    return next(each for each in report(name).verdicts if each.requirement == id)


def replayed(status: int, answer: object, earlier: int = 201) -> Page:
    """The story of ISBN_TAKEN again, to a server that answers *earlier* and then *status*."""
    done = []
    for sent, now, content in zip(ISBN_STORY.sent, (200, earlier, status), ({}, {"id": 4}, answer), strict=True):
        step = verbatim(sent)
        raw = Raw(now, (("Content-Type", "application/json"),), json.dumps(content).encode(), 4.0)
        done.append(Replayed(step=step, request=filled(step, lambda blank: blank.old), raw=raw))
    wanted = PHASE.requirements["books.isbn-unique"]
    return replay_page(wanted, ISBN_TAKEN, done, where="http://127.0.0.1:8000", seed=48151, fresh=False)


PAGES: dict[str, Page] = {
    "plan-new": plan(day="2026-03-01"),
    "plan-begun": plan(BEGUN, CHECKED, hours=6),
    "plan-under-way": plan(*WORKED, hours=14.5),
    "plan-behind": plan(*WORKED, day="2026-06-20", hours=10),
    "plan-ahead": plan(*shared.history((2, RECORDED["fresh"]), (18, RECORDED["all-passed"])), hours=5),
    "plan-future": plan(BEGUN, start="2026-04-06", hours=1),
    "plan-idle": plan(*WORKED, day="2026-08-10", hours=10),
    "plan-over": plan(*WORKED, day="2029-01-01", hours=10),
    "plan-complete": plan(*shared.history((2, SOME_FAILED), (18, RECORDED["all-passed"])), SHOP_DONE, hours=8),
    **CHANGED_PAGES,
    **{f"report-{name}": report_page(report(name)) for name in RECORDED},
    "dashboard-new": dashboard_page(progress(BEGUN), (), NOW),
    "dashboard-begun": dashboard_page(progress(BEGUN, CHECKED), (Damage(3, "It is not JSON."),), NOW),
    "dashboard-fell-back": dashboard_page(
        progress(
            CHECKED,
            GaveUp(at=AT, phase=PHASE.slug, milestone="books"),
            Attempt(at=AT, phase=PHASE.slug, outcomes={"http.health": "failed"}),
        ),
        (),
        NOW,
    ),
    "dashboard-no-server": dashboard_page(progress(CHECKED, attempt(report("no-server"), at=AT)), (), NOW),
    "dashboard-all-passed": dashboard_page(progress(attempt(report("all-passed"), at=AT)), (), NOW),
    "dashboard-not-begun": dashboard_page(progress(), tuple(Damage(n, "It is not JSON.") for n in range(1, 6)), NOW),
    "welcome": welcome_page(CURRICULUM),
    "explain": explained("books.isbn-unique", ISBN_TAKEN, CHECKED, HintShown(at=AT, phase=PHASE.slug, requirement="books.isbn-unique", rung=1)),
    "explain-crash": explained("http.not-found", CRASHED, CHECKED),
    "explain-long": explained("books.search", MANY, CHECKED),
    "explain-blocked": stands_before(PHASE.requirements["books.race"], PHASE.requirements["books.isbn-unique"]),
    "explain-passed": passed_page(PHASE.requirements["http.created"], when(AT, NOW)),
    "explain-all-passed": all_passed_page(when(AT, NOW), ("books.isbn",)),
    "explain-skipped": not_judged_page(PHASE.requirements["books.race"], verdict("some-failed", "books.race")),
    "explain-broken": not_judged_page(PHASE.requirements["http.created"], verdict("broken", "http.created")),
    "explain-unchecked": unchecked_page(PHASE.requirements["http.created"]),
    "replay": replayed(409, {"error": {"code": "isbn_taken", "message": "There is such a book."}}),
    "replay-strayed": replayed(201, {"id": 8}, earlier=409),
    "next": next_page(progress(CHECKED).current),
    "next-none": next_page(progress(attempt(report("all-passed"), at=AT)).current),
    "phase": phase_page(progress(CHECKED).current, "/home/ada/Übungen/library-api"),
    "milestone": milestone_page(progress(CHECKED).current, BOOKS),
    "requirement": requirement("books.search", CHECKED),
    "requirement-untried": requirement("http.method-not-allowed"),
    "hint-1": hint_page(PHASE.requirements["http.created"], 1),
    "hint-3": hint_page(PHASE.requirements["http.created"], 3),
    "list": list_page(progress(CHECKED)),
    "list-phase": list_page(progress(CHECKED), PHASE),
    "solution": solution_page(PHASE.title, (("app/main.py", 41), ("app/routes/books.py", 1))),
    "started": started_page(PHASE, "library-api", "fastapi"),
    "error": error_page(WorkspaceError("There is no workspace in /tmp/Übung or above.", hint="roadmap start phase-1")),
    "error-pack": error_page(PackError("This is no pack.", faults=(FAULT,))),
    "crash": crash_page("KeyError: 'x'", "/tmp/Übung/.roadmap/crash-1.md"),
    "help": help_page(ENTRIES, EXAMPLES, "version 1.2.3"),
    "doctor": doctor_page(
        (
            Finding(subject="Python", state="fine", sentence="Python 3.12.4"),
            Finding(
                subject="postgres",
                state="trouble",
                sentence="none of five places has one, and here is why at length, so that it wraps",
                advice="Install one.",
            ),
            Finding(subject="Git", state="note", sentence="not found", advice="Install it."),
        )
    ),
    "serving": serving_page("http://127.0.0.1:8000", (("LIBRARIAN_EMAIL", "a@example.com"),), "PostgreSQL 18", "postgresql://x"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_pages_look_as_recorded(name: str, golden: Golden) -> None:
    """Plain at 80 columns; a change of wording shows in the diff."""
    golden.check(f"views/{name}.txt", plain(PAGES[name], 80))


@pytest.mark.parametrize(
    "name", ["report-some-failed", "dashboard-begun", "report-no-server", "help", "list-phase", "plan-under-way"]
)
def test_drawn_pages_look_as_recorded(name: str, golden: Golden) -> None:
    """The same with ink, colours left aside."""
    golden.check(f"views/{name}.drawn.txt", ink(PAGES[name], 80, colour=False))


def ink(page: Page, width: int, *, colour: bool = True) -> str:
    """What a terminal of that width gets."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=True, color_system="standard" if colour else None, no_color=not colour
    )
    for renderable in drawn(page, width):
        console.print(renderable, soft_wrap=type(renderable).__name__ == "Text")
    return stream.getvalue() if colour else re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    """Whatever the width; only words of a command that cannot be broken may be."""
    for line in plain(PAGES[name], width).splitlines():
        assert len(line) <= width or "curl" in line or line.lstrip().startswith(("-", "'"))
    for cells in Layout(width).lines(PAGES[name]):
        shown = "".join(span.text for span in cells)
        assert line_width(cells) <= width or "curl" in shown or shown.lstrip().startswith(("-", "'"))


@pytest.mark.parametrize("name", PAGES)
def test_plain_pages_are_ascii_without_lines_or_trailing_space(name: str) -> None:
    """No colour, no box drawing; letters of names and paths are left as they are."""
    shown = plain(PAGES[name], 80)
    beyond = {char for char in shown if not char.isascii()}

    assert {char for char in beyond if not unicodedata.category(char).startswith("L")} == set()
    assert "\x1b" not in shown
    assert not [line for line in shown.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"report-hostile-answer"}))  # its data is escaped when plain
def test_the_plain_form_says_what_the_drawn_one_says(name: str) -> None:
    """Every word that is drawn is written, symbols and bars aside."""
    written = set(re.findall(r"[A-Za-z0-9_.-]{4,}", plain(PAGES[name], 120).lower()))
    shown = set(re.findall(r"[A-Za-z0-9_.-]{4,}", ink(PAGES[name], 120, colour=False).lower()))
    marks = {
        "passed",
        "failed",
        "fine",
        "note",
        "trouble",
        "pass",
        "fail",
        "done",
        "here",
        "later",
        "fell",
        "back",
        "section",
    }

    assert {word for word in shown - written - marks if "…" not in word} == set()


@pytest.mark.parametrize("plainly", [True, False])
def test_what_a_program_said_cannot_act_on_the_terminal(plainly: bool) -> None:
    """Escape sequences, carriage returns and bidirectional overrides of a learner's program are shown, not obeyed."""
    page = PAGES["report-hostile-answer"]
    shown = plain(page, 80) if plainly else ink(page, 80, colour=False)

    assert not {char for char in shown if (ord(char) < 32 and char != "\n") or 0x7F <= ord(char) < 0xA0}
    assert not set(shown) & set("\u202e\u202c\u2066\ufeff")
    assert "\\r" in shown or "\\x0d" in shown
    assert "owned" not in shown


def test_colour_only_repeats_what_a_symbol_says() -> None:
    """With ink, every outcome has a symbol and a word of its own."""
    marks = [(Outcome(mark).value, mark) for mark in ("passed", "failed", "blocked", "skipped")]
    shown = ink(PAGES["report-some-failed"], 120, colour=False)

    for symbol, (word, _) in zip("✓✗◌–", marks, strict=True):
        assert f"{symbol} {word}" in shown


@pytest.mark.parametrize("width", WIDTHS)
def test_every_failure_is_explained(width: int) -> None:
    """Title, what we sent, what came back, what was expected and where, the log, curl, the hint."""
    shown = " ".join(plain(PAGES["report-some-failed"], width).split())

    for words in (
        "POST, PUT and PATCH /books answer 409 isbn_taken for the ISBN of another book",
        "We sent POST /books",
        "Authorization: Bearer $TOKEN",
        "You answered 409 Conflict",
        '"code": "conflict", <- here',
        'Expected "isbn_taken" at $.error.code',
        'Found "conflict"',
        "curl -i -X POST http://127.0.0.1:8000/books",
        "roadmap hint books.isbn-unique",
        "Look at app/routes/books.py:41",
        "KeyError: 918273",
        "BLOCKED by http.not-found: 1 requirement",
        "6 of 20 points",
        "roadmap check --seed 48151",
    ):
        assert words in shown


def test_headers_that_matter_are_shown_and_others_are_not() -> None:
    """A request id tells nothing, unless the failure speaks of it."""
    assert "x-request-id" not in plain(PAGES["report-some-failed"])


def test_blocked_requirements_are_told_once_and_by_their_cause() -> None:
    """Not one line for each, but one for each cause."""
    shown = plain(PAGES["report-fresh"])

    assert shown.count("BLOCKED by http.created: 4 requirements") == 1
    assert shown.count("books.search") == 1


def test_a_server_that_did_not_start_is_told_once() -> None:
    """One part with reason, place, log and advice, instead of eight errors."""
    shown = plain(PAGES["report-no-server"])

    assert shown.count("exited with status 1") == 1
    assert "app/main.py:7" in shown
    assert "No module named 'fastpi'" in shown
    assert "books.isbn" not in shown


def test_beyond_a_dozen_failures_are_told_in_short() -> None:
    """Nobody reads forty explanations; each is still told, and how to see all of it."""
    from dataclasses import replace

    many = tuple(replace(BOOKS.requirements[0], id=f"books.n{number}", needs=()) for number in range(30))
    phase = replace(PHASE, milestones=(replace(BOOKS, requirements=many),))
    shown = plain(report_page(Report.fold(phase, [judged(each.id, "failed", failure=None) for each in many])))

    assert shown.count("Stuck?") == 12
    assert "18 more failures in short" in shown
    assert "books.n29" in shown


def test_without_a_workspace_nothing_is_named_that_needs_one() -> None:
    """`explain` and `hint` read what a workspace keeps."""
    report = Report.fold(PHASE, SOME_FAILED)
    kept, alone = plain(report_page(report)), plain(report_page(report, is_kept=False))

    assert "Next: roadmap explain " in kept
    assert "Next: roadmap show " in alone
    assert "roadmap explain" not in alone


def test_an_interrupted_report_says_so() -> None:
    """It must not look like the whole."""
    shown = plain(report_page(Report.fold(PHASE, every("passed", "http.health"), interrupted=True)))

    assert "Interrupted" in shown


# Bodies.


def test_a_body_is_cut_around_the_json_path() -> None:
    """Line and neighbours of the path are there, marked; what is far away is counted."""
    body = json.dumps(
        {"items": [{"id": n, "title": f"A title that is long enough {n}", "pages": n} for n in range(50)]}
    )
    lines = body_lines(body, "$.items[37].title", room=9)

    assert [line.text.strip() for line in lines if line.marked] == ['"title": "A title that is long enough 37",']
    assert len(lines) <= 12
    assert sum(int(line.text.split("(")[1].split()[0]) for line in lines if line.aside) + 9 >= 250


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("$.a.missing", '"a": {"b": 1},'),
        ("$.c[9].d", '"c": ['),
        ("$", None),
        ("", None),
        ("$.nowhere", None),
        ("$.strange key", '"strange key": true'),
        ("no path at all", None),
        ("$..a]][", None),
    ],
)
def test_a_path_that_is_not_there_points_at_what_is_around_it(path: str, marked: str | None) -> None:
    """A missing field is pointed at by its object."""
    body = json.dumps(
        {"a": {"b": 1}, "c": [f"a long text number {n} of several" for n in range(4)], "strange key": True}
    )

    assert ([marked] if marked else []) == [line.text.strip() for line in body_lines(body, path) if line.marked]


@pytest.mark.parametrize("body", ["", "{", "<h1>no</h1>", "[" * 100_000, "NaN", '"\\ud800"', "1" * 5000])
def test_a_body_that_is_no_json_is_shown_as_it_is(body: str) -> None:
    """And never breaks the report."""
    assert body_lines(body, "$.a")


def test_a_long_text_in_a_body_is_shortened() -> None:
    """The length is told."""
    [line] = body_lines(json.dumps("x" * 500))

    assert line.text.endswith("(342 characters more)")


# Layout.


def test_wide_characters_count_twice_and_marks_not_at_all() -> None:
    """Otherwise columns of Chinese titles would not line up."""
    assert (text_width("漢字"), text_width("e\u0301"), text_width("abc")) == (4, 1, 3)


@pytest.mark.parametrize("width", [8, 13, 40])
@pytest.mark.parametrize("hang", [0, 3])
def test_wrapping_loses_no_word_and_keeps_the_width(width: int, hang: int) -> None:
    """Also with words that are longer than a line."""
    words = "one two three supercalifragilisticexpialidocious 漢字漢字漢字漢字漢字 end"
    lines = wrap((Span(words),), width, hang)

    assert all(line_width(line) <= width for line in lines)
    assert words.replace(" ", "") == "".join(span.text for line in lines for span in line).replace(" ", "")


def test_code_is_folded_without_losing_a_character() -> None:
    """Spaces included."""
    code = 'File "/home/ada/project/app/main.py", line 7, in <module>   '

    assert code == "".join(span.text for line in fold((Span(code),), 20) for span in line)


@pytest.mark.parametrize(
    "command",
    [
        "curl -i -X POST http://127.0.0.1:8000/books -H 'Content-Type: application/json' "
        '--data-raw \'{"a": "b c, d", "e": [1, 2, 3]}\'',
        "curl 'it'\"'\"'s' -H \"Authorization: Bearer $TOKEN\"",
        "curl --data-raw 'not json at all, but long enough to be wider than the narrow screen of this test'",
        "",
    ],
)
def test_a_command_over_several_lines_is_still_the_same_command(command: str) -> None:
    """A shell reads the same words; line ends stand only where JSON does not mind."""
    broken = "\n".join(shell_lines(command, 40))

    assert words_of(command) == words_of(broken)


def words_of(command: str) -> list[object]:
    """The words that a shell makes of it, JSON read as JSON."""
    program = f"printf '%s\\0' {command}"
    result = subprocess.run(["sh", "-c", program], capture_output=True, check=True, env={"TOKEN": "abc"}, text=True)
    return [json.loads(word) if word.startswith("{") else word for word in result.stdout.split("\0")]


def test_foreign_data_is_escaped_exactly_where_only_ascii_may_be_shown() -> None:
    """Look-alikes are told apart, and JSON stays JSON."""
    assert plain((text(data('{"title": "Ä"}')),)).strip() == '{"title": "\\u00c4"}'
    assert exact_ascii("\N{GRINNING FACE}") == "\\ud83d\\ude00"


# Single things.


@pytest.mark.parametrize(
    ("place", "first", "last"),
    [
        ("§4", "## 4. Books", "| `title` |"),
        ("4", "## 4. Books", "| `title` |"),
        ("§4 Errors", "### Errors", "| `title` |"),
        ("§4 Nothing", "## 4. Books", "| `title` |"),
    ],
)
def test_the_contract_is_cut_to_its_section(place: str, first: str, last: str) -> None:
    """Headings inside code are no headings."""
    section = contract_section(CONTRACT, place)

    assert section.splitlines()[0] == first
    assert section.splitlines()[-1].startswith(last)


@pytest.mark.parametrize("place", ["§9", "", "somewhere"])
def test_a_section_that_is_not_there_is_empty(place: str) -> None:
    """An older contract may not have it."""
    assert contract_section(CONTRACT, place) == ""


@pytest.mark.parametrize(
    ("age", "words"),
    [(3, "just now"), (60, "1 minute ago"), (7200, "2 hours ago"), (86400 * 3, "3 days ago"), (-50, "just now")],
)
def test_times_are_told_in_words(age: int, words: str) -> None:
    """As people say them."""
    assert words == ago((NOW - timedelta(seconds=age)).isoformat(), NOW)


def test_a_time_that_is_none_is_told_as_it_is() -> None:
    """Somebody edited the history."""
    assert ago("yesterday", NOW) == "yesterday"


def test_hints_come_one_rung_at_a_time() -> None:
    """The next one is offered, not shown; code keeps its form."""
    first, third = plain(PAGES["hint-1"]), plain(PAGES["hint-3"])

    assert "The idea of" not in first
    assert "One more" in first
    assert "       return 'http.created'" in third
    assert "That is all of them" in third


def test_seen_hints_are_counted() -> None:
    """On the page of the requirement."""
    shown = plain(requirement("http.created", HintShown(at=AT, phase=PHASE.slug, requirement="http.created", rung=2)))

    assert "2 of 3 seen" in shown


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("plan-new", "too early to tell: it takes a week, and checks on two days"),
        ("plan-new", "10 hours a week are assumed. Yours: roadmap plan --hours 6"),
        ("plan-new", "at the beginning: roadmap start library-api"),
        ("plan-begun", "week 3 of 58"),
        ("plan-under-way", "on the plan, give or take half a week"),
        ("plan-under-way", "the whole roadmap: about"),
        ("plan-behind", "12 weeks behind the plan"),
        ("plan-behind", "To plan what is left, from today: roadmap plan --from 2026-06-20"),
        ("plan-ahead", "ahead of the plan"),
        ("plan-future", "it begins in 17 days"),
        ("plan-idle", "not within thirty years at this pace"),
        ("plan-over", "they are over"),
        ("plan-idle", "less than 1 roadmap hour a week"),
        ("plan-over", "nothing gained over the last 26 weeks"),
        ("plan-over", "no date, as long as nothing is gained; planned was 30 Oct 2026"),
        ("plan-new", "planned is 30 Oct 2026; your pace will say more"),
        ("plan-over", "through with everything"),
        ("plan-complete", "Everything that this pack holds is passed. What is ahead comes with a newer one."),
        ("plan-complete", "nothing is left to do here"),
    ],
)
def test_a_plan_says_where_you_are(page: str, words: str) -> None:
    """New, under way, behind, ahead, not begun yet, over, done: each in a sentence of its own."""
    assert words in " ".join(plain(PAGES[page], 80).split())


def test_source_keeps_every_line() -> None:
    """Plain, the file as it is."""
    assert plain(source_page("app/main.py", "a = 1\n\n\nb = 'ü'\n")) == "a = 1\n\n\nb = 'ü'\n"
    assert "b = 'ü'" in ink(source_page("app/main.py", "a = 1\n\n\nb = 'ü'\n"), 80, colour=False)


def test_an_error_without_a_hint_has_no_empty_line() -> None:
    """What happened, and nothing made up."""
    assert plain(error_page(RoadmapError("No."))) == "Error: No.\n"


# While it runs.


def test_milestones_fill_up_while_checks_run() -> None:
    """What is done, what is going on, and what went wrong."""
    view = LiveView(PHASE, tuple(PHASE.requirements))
    for event in SOME_FAILED[:7]:
        view.see(event)
    shown = plain(view.page())

    assert "HTTP and REST" in shown
    assert "2/4" in shown
    assert "0/4" in shown
    assert PHASE.requirements["http.created"].title in shown


def test_terminals_without_motion_get_a_line_a_milestone() -> None:
    """And one for each thing that is up."""
    view = LiveView(PHASE, tuple(PHASE.requirements))
    told = []
    for event in SOME_FAILED:
        view.see(event)
        told += [plain(view.completed(event))] if view.completed(event) else []

    assert "HTTP and REST: 3 of 4 checks passed.\n" in told
    assert "Books: 1 of 4 checks passed.\n" in told


def test_a_selection_shows_only_its_milestones() -> None:
    """Checking one requirement is not about the others."""
    view = LiveView(PHASE, tuple(each.id for each in HTTP.requirements))

    assert "Books" not in plain(view.page())
