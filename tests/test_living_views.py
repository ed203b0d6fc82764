"""The pages of the living dashboard: what each has to say, in words alone as well, at any width, harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roadmap_cli.attempts import Attempt, Begun, Damage, Entry, HintShown, History
from roadmap_cli.curriculum import Curriculum, Topic
from roadmap_cli.errors import WorkspaceError
from roadmap_cli.events import Event, Noticed
from roadmap_cli.progress import Progress, TopicProgress, course
from roadmap_cli.reports import attempt
from roadmap_cli.verdicts import Report
from roadmap_cli.views import living
from roadmap_cli.views.ink import plain
from roadmap_cli.views.layout import Layout, line_width
from roadmap_cli.views.page import Page
from tests.recorded import ALL_PASSED, CURRICULUM, FRESH, HOSTILE_ANSWER, NO_SERVER, PHASE, SOME_FAILED

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = "2026-03-01T09:30:00+00:00"
BEGUN = Begun(at=AT, phase=PHASE.slug, stack="fastapi")
CREATED = PHASE.requirements["http.created"]


def checked(events: tuple[Event, ...], **more: object) -> Attempt:
    """The entry that a check with these events leaves."""
    return replace(attempt(Report.fold(PHASE, events), at=AT), **more)  # type: ignore[arg-type]


def progress(*entries: Entry) -> Progress:
    return Progress.of(CURRICULUM, entries)


def said(page: Page) -> str:
    """The page in words, on one line."""
    return " ".join(plain(page, 100).split())


def ended(before: tuple[Entry, ...], report: Report) -> str:
    """What is said after a check, with this history before it."""
    now = (*before, attempt(report, at=AT))
    return said(living.ended_page(report, progress(*before).current, progress(*now).current))


def test_a_check_says_what_it_has_brought() -> None:
    """Points won, milestones completed, notes of the examination."""
    told = ended((BEGUN,), Report.fold(PHASE, (*ALL_PASSED, Noticed(message="Your server left 1 process behind."))))

    assert "Checked: 8 passed +20 points" in told
    assert "HTTP and REST is complete." in told
    assert "Books is complete." in told
    assert "Note: Your server left 1 process behind." in told


def test_what_fell_back_is_named() -> None:
    """With the points that went."""
    told = ended((BEGUN, checked(ALL_PASSED)), Report.fold(PHASE, SOME_FAILED))

    assert "-7 points" in told
    assert "Fell back: http.not-found, books.isbn-unique, books.search" in told


def test_what_fell_back_before_is_not_named_again() -> None:
    """It is no news."""
    told = ended((BEGUN, checked(ALL_PASSED), checked(SOME_FAILED)), Report.fold(PHASE, SOME_FAILED))

    assert "Fell back" not in told


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (SOME_FAILED[:5], "Cancelled; kept is what was judged: 1 passed"),
        (SOME_FAILED[:2], "Cancelled. Nothing was judged."),
    ],
)
def test_a_cancelled_check_counts_what_was_judged(events: tuple[Event, ...], told: str) -> None:
    """What was not reached is no verdict."""
    assert told in ended((BEGUN,), Report.fold(PHASE, events, interrupted=True))


def test_a_server_that_did_not_start_is_the_one_thing_to_say() -> None:
    """Its reason in place of counts."""
    assert "Your server did not start: Your server exited with status 1" in ended(
        (BEGUN,), Report.fold(PHASE, NO_SERVER)
    )


def test_verdicts_that_were_not_recorded_are_right_all_the_same() -> None:
    """What happened, and what to do."""
    page = living.unkept_page(WorkspaceError("The disk is full.", hint="Make some room."))

    assert "Error: These verdicts are right, but they are not recorded. The disk is full. Make some room." in said(page)


@pytest.mark.parametrize("rungs", range(4))
def test_hints_name_the_rungs_to_come_and_keep_their_text(rungs: int) -> None:
    """What was not seen has its name alone; after the last one a check is proposed."""
    seen = [HintShown(at=AT, phase=PHASE.slug, requirement=CREATED.id, rung=rung + 1) for rung in range(rungs)]
    told = said(living.hints_page(progress(BEGUN, *seen).current, CREATED))

    assert [number < rungs for number in range(3)] == [hint.split("\n")[0] in told for hint in CREATED.hints]
    assert 3 - rungs == told.count("not seen")
    assert (f"h shows hint {rungs + 1} and remembers it." in told) is (rungs < 3)
    assert ("That is all of them. r checks it." in told) is (rungs == 3)


def test_a_lesson_names_its_topics() -> None:
    """Each with what is passed of it; without topics it says so."""
    known = progress(BEGUN, checked(SOME_FAILED))

    assert "HTTP status codes 2/4" in said(living.lesson_page(known, CREATED))
    assert "No topic is named for this requirement." in said(living.lesson_page(known, replace(CREATED, topics=())))


def test_a_contract_without_the_section_says_so() -> None:
    """The learner may have changed it."""
    current = progress(BEGUN).current

    assert "Your contract has no such section." in said(living.promise_page(current, CREATED, CURRICULUM, ""))
    assert "A book has" in said(living.promise_page(current, CREATED, CURRICULUM, "A book has a title."))
    without = replace(CREATED, contract="")
    assert "CONTRACT.md" not in said(living.promise_page(current, without, CURRICULUM, ""))


@pytest.mark.parametrize(
    ("passed", "total", "word"),
    [(0, 9, "not begun"), (1, 9, "begun"), (2, 9, "begun"), (3, 9, "a third"), (6, 9, "two thirds"), (8, 9, "two thirds"),
     (9, 9, "complete"), (1, 1, "complete"), (1, 2, "a third"), (2, 3, "two thirds")],
)  # fmt: skip
def test_a_topic_has_the_shade_of_its_share(passed: int, total: int, word: str) -> None:
    """Complete is complete, and nothing less is."""
    assert word == living.shade(TopicProgress(topic=Topic("a", "A"), passed=passed, total=total)).word


def test_a_curriculum_without_topics_says_so() -> None:
    """In place of an empty map."""
    bare = Curriculum(title="Bare", phases=CURRICULUM.phases, topics=())

    assert "This curriculum names no topics." in said(living.mastery_head(Progress.of(bare, ()).topics))


def test_many_attempts_are_counted_beyond_the_latest() -> None:
    """The newest come first."""
    steps = course(PHASE, [checked(FRESH), *[checked(SOME_FAILED)] * 60])
    told = said(living.attempts_page(steps, NOW))

    assert told.startswith("2 hours ago 3 passed, 3 failed, 1 blocked, 1 skipped 6 points")
    assert "and 21 earlier attempts" in told


def test_the_start_says_what_is_damaged_or_missing() -> None:
    """Both have a next step or a line."""
    current = progress(BEGUN).current
    damaged = History(damage=(Damage(3, "It is not JSON."),))

    assert "Line 3: It is not JSON." in said(living.notes_page(damaged, current, True))
    assert "Begin with roadmap start phase-1." in said(living.notes_page(History(), current, False))
    assert () == living.notes_page(History(), current, True)


@pytest.mark.parametrize("width", [42, 60, 66, 110])
@pytest.mark.parametrize("events", [FRESH, SOME_FAILED, NO_SERVER, HOSTILE_ANSWER], ids=lambda events: "")
def test_no_page_is_wider_than_its_place(events: tuple[Event, ...], width: int) -> None:
    """But for commands, which a shell must understand; nor does one act on a terminal, whatever a server answered."""
    history = History(entries=(BEGUN, checked(events)))
    known = Progress.of(CURRICULUM, history.entries)
    report = Report.fold(PHASE, events)
    pages: list[Page] = [living.phase_page(known.current), living.milestone_page(known.current, PHASE.milestones[0])]
    for each in PHASE.requirements.values():
        pages.append(living.last_page(known.current, each, report, history, NOW))
        pages.append(living.hints_page(known.current, each))
    lines = [line for page in pages for line in Layout(width).lines(page)]

    assert not [line for line in lines if line_width(line) > width and not any(span.tone == "accent" for span in line)]
    assert not [span for line in lines for span in line if "\x1b" in span.text or "\x07" in span.text]
