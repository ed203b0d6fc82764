"""Progress: what a history amounts to."""

from __future__ import annotations

import pytest

from roadmap_cli.attempts import Attempt, Begun, Entry, GaveUp, HintShown, History, from_line, to_line
from roadmap_cli.progress import Progress, Reason, Standing, course
from tests.recorded import CURRICULUM, PHASE
from tests.worlds import curriculum, phase, requirement

AT = "2026-03-01T09:30:00+00:00"


def attempt(phase: str = PHASE.slug, **outcomes: str) -> Attempt:
    """An attempt; the ids are written with _ for . because keywords cannot hold one."""
    return Attempt(at=AT, phase=phase, outcomes={id.replace("_", ".", 1): outcome for id, outcome in outcomes.items()})


def standing(id: str, *entries: Entry) -> Standing:
    return Progress.of(CURRICULUM, entries).phase(PHASE.slug).standings[id]


def test_without_history_nothing_is_passed_and_the_first_phase_is_current() -> None:
    """A new learner begins at the beginning."""
    progress = Progress.of(CURRICULUM, ())

    assert progress.current.phase == PHASE
    assert not progress.current.begun
    assert progress.current.points == 0
    assert {Standing.UNTRIED} == set(progress.current.standings.values())


def test_points_are_those_of_passed_requirements() -> None:
    """Passing http.created (2) and books.isbn (3) makes 5."""
    progress = Progress.of(CURRICULUM, [attempt(http_created="passed", books_isbn="passed", http_health="failed")])

    assert progress.current.points == 5


def test_a_later_failure_is_a_step_back() -> None:
    """What passed before and fails now is told apart from what never passed."""
    assert Standing.REGRESSED is standing(
        "http.created", attempt(http_created="passed"), attempt(http_created="failed"), attempt(http_created="failed")
    )
    assert Standing.FAILED is standing("http.created", attempt(http_created="failed"))


@pytest.mark.parametrize("outcome", ["blocked", "skipped", "broken"])
def test_what_was_not_judged_takes_nothing_away(outcome: str) -> None:
    """A server that did not start blocks everything, and no points are lost by it."""
    assert Standing.PASSED is standing("http.created", attempt(http_created="passed"), attempt(http_created=outcome))


def test_a_skipped_requirement_is_not_passed() -> None:
    """Skipped never counts as passed."""
    assert Standing.UNTRIED is standing("books.race", attempt(books_race="skipped"))


def test_the_latest_phase_is_current() -> None:
    """Whatever happened last says where the learner is."""
    progress = Progress.of(CURRICULUM, [attempt(), Begun(at=AT, phase="shop", stack="django")])

    assert progress.current.phase.slug == "shop"
    assert progress.current.begun


def test_unknown_phases_and_requirements_are_passed_over() -> None:
    """A history may be older or newer than the curriculum."""
    progress = Progress.of(CURRICULUM, [attempt(http_created="passed", gone_away="passed"), attempt(phase="gone")])

    assert progress.current.points == 2


def test_next_is_the_first_whose_needs_are_passed() -> None:
    """books.* need http.created, so that comes first."""
    following = Progress.of(CURRICULUM, [attempt(http_health="passed")]).current.next

    assert following is not None
    assert following.requirement.id == "http.created"
    assert Reason.UNTRIED is following.reason
    assert following.unlocks == 4  # the three that need it, and books.race behind them


def test_what_fell_back_is_next_before_anything_new() -> None:
    """A step back is mended first, even in a later milestone."""
    history = [attempt(http_created="passed", books_isbn="passed"), attempt(books_isbn="failed")]
    following = Progress.of(CURRICULUM, history).current.next

    assert following is not None
    assert (following.requirement.id, following.reason) == ("books.isbn", Reason.REGRESSED)


def test_nothing_is_next_when_all_is_passed() -> None:
    """The end of a phase."""
    everything = Attempt(at=AT, phase=PHASE.slug, outcomes=dict.fromkeys(PHASE.requirements, "passed"))
    progress = Progress.of(CURRICULUM, [everything]).current

    assert progress.next is None
    assert progress.complete
    assert PHASE.milestones[-1] == progress.current_milestone


def test_hints_and_solutions_are_remembered() -> None:
    """The highest rung counts, and a milestone that was given up stays so."""
    progress = Progress.of(
        CURRICULUM,
        [
            HintShown(at=AT, phase=PHASE.slug, requirement="http.created", rung=1),
            HintShown(at=AT, phase=PHASE.slug, requirement="http.created", rung=2),
            GaveUp(at=AT, phase=PHASE.slug, milestone="books"),
        ],
    ).current

    assert progress.hints == {"http.created": 2}
    assert {"books"} == progress.given_up


def test_topics_count_what_is_passed() -> None:
    """Topics that the phase does not touch are left out."""
    topics = Progress.of(CURRICULUM, [attempt(http_created="passed", http_health="passed")]).current.topics(CURRICULUM)

    assert [(each.topic.id, each.passed, each.total) for each in topics] == [
        ("http.status-codes", 2, 4),
        ("sql.constraints", 0, 4),
        ("validation.input", 0, 4),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        Attempt(at=AT, phase="p", outcomes={"a.b": "passed"}, points=1, possible=2, seed=3, milliseconds=4),
        Attempt(at=AT, phase="p", server_failed="It exited: “no”.", interrupted=True),
        Begun(at=AT, phase="p", stack="fastapi"),
        HintShown(at=AT, phase="p", requirement="a.b", rung=3),
        GaveUp(at=AT, phase="p", milestone="ä"),
    ],
)
def test_an_entry_survives_its_line(entry: Entry) -> None:
    """Written and read back it is the same, and its line is one line of ASCII."""
    line = to_line(entry)

    assert entry == from_line(line)
    assert line.isascii()
    assert "\n" not in line


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ("{}", "which version"),
        ('{"v": true}', "which version"),
        ('{"v": 3, "kind": "check"}', "newer roadmap"),
        ('{"v": 2, "kind": "check"}', "changed after it was written"),
        ('{"v": 1}', "no entry that this version knows"),
        ('{"v": 1, "kind": "party"}', "no entry that this version knows"),
        ('{"v": 1, "kind": ["check"]}', "no entry that this version knows"),
        ('{"v": 1, "kind": "hint", "at": "", "phase": "p", "requirement": 7, "rung": 1}', "(requirement)"),
        ('{"v": 1, "kind": "check", "at": "", "phase": "p", "outcomes": {"a": "perhaps"}}', "(outcomes)"),
        ('{"v": 1, "kind": "check", "at": "", "phase": "p", "outcomes": {"a": ["passed"]}}', "(outcomes)"),
        ('{"v": 1, "kind": "check", "at": "", "phase": "p", "outcomes": {}, "seed": "7"}', "(seed)"),
    ],
)
def test_a_damaged_line_is_reported_in_words(line: str, reason: str) -> None:
    """Whatever stands in a line of the history, it is left out with a sentence, never a crash."""
    history = History.read(line.encode() + b"\n")

    assert history.entries == ()
    assert [damage.line for damage in history.damage] == [1]
    assert reason in history.damage[0].reason


def test_a_torn_last_line_is_left_out_and_the_rest_counts() -> None:
    """As after a power cut: the line number is told, what stands before it is kept."""
    whole = to_line(HintShown(at=AT, phase="p", requirement="a.b", rung=1)).encode()
    history = History.read(whole + b"\n\n" + whole[:30])

    assert len(history.entries) == 1
    assert [damage.line for damage in history.damage] == [3]
    assert "in the middle" in history.damage[0].reason


def test_a_whole_last_line_without_its_end_counts() -> None:
    """An editor may have taken the final line end away."""
    whole = to_line(HintShown(at=AT, phase="p", requirement="a.b", rung=1)).encode()

    assert len(History.read(whole).entries) == 1


def test_bytes_that_are_no_text_are_reported() -> None:
    """A history that was damaged on the disk."""
    assert "not UTF-8" in History.read(b"\xff\xfe\n").damage[0].reason


def test_the_course_says_what_stood_after_each_attempt() -> None:
    """Blocked takes nothing away, failed does; attempts of another phase are not of this one."""
    chosen = phase(requirement("a"), requirement("b", points=3))
    entries = (
        attempt("shop", a="passed", b="failed"),
        attempt("shop", b="passed", a="blocked"),
        attempt("another", a="failed"),
        attempt("shop", b="failed"),
    )

    assert [1, 4, 1] == [step.points for step in course(chosen, entries)]


def test_a_hint_goes_one_rung_further_until_there_is_none() -> None:
    """What is recorded is the rung; beyond the last one, nothing."""
    chosen = phase(requirement("a"))
    entries: list[Entry] = []
    rungs = []
    for _ in range(5):
        rung, news = Progress.of(curriculum(chosen), entries).current.hint("a", at=AT)
        rungs.append((rung, news is not None))
        entries += [news] if news else []

    assert [(1, True), (2, True), (3, True), (3, False), (3, False)] == rungs


def test_topics_of_several_phases_are_added_up() -> None:
    """A topic that two phases touch is one topic."""
    first, second = phase(requirement("a"), slug="one"), phase(requirement("b"), requirement("c"), slug="two")
    [topic] = Progress.of(curriculum(first, second), (attempt("two", c="passed"),)).topics

    assert (1, 3) == (topic.passed, topic.total)
