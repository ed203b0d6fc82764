"""Progress by stable ids: reordering, renaming, splitting and joining requirements takes nothing away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap_cli.attempts import Attempt, Entry, GaveUp, HintShown
from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement
from roadmap_cli.progress import PhaseProgress, Progress, Standing
from roadmap_cli.renames import in_todays_names
from roadmap_cli.reports import document, from_json, to_json
from roadmap_cli.verdicts import Outcome, Report, Verdict
from tests.worlds import curriculum, phase, requirement

AT = "2026-03-01T09:30:00+00:00"
OUTCOMES = ("passed", "failed", "blocked", "skipped", "broken")


def attempt(**outcomes: str) -> Attempt:
    return Attempt(at=AT, phase="shop", outcomes=outcomes)


def named(id: str, *old: str) -> Requirement:
    return replace(requirement(id), renamed_from=old)


def progress(requirements: Iterable[Requirement], entries: Iterable[Entry]) -> PhaseProgress:
    return Progress.of(curriculum(phase(*requirements)), entries).phase("shop")


def standing(of: Requirement, *entries: Entry) -> Standing:
    return progress([of], entries).standings[of.id]


# What each change means


def test_a_renamed_requirement_keeps_its_standing() -> None:
    """Passed, failed or fallen back: as if it had always had this name."""
    assert Standing.PASSED is standing(named("new", "old"), attempt(old="passed"))
    assert Standing.FAILED is standing(named("new", "old"), attempt(old="failed"))
    assert Standing.REGRESSED is standing(named("new", "old"), attempt(old="passed"), attempt(new="failed"))
    assert Standing.PASSED is standing(named("new", "old"), attempt(old="failed"), attempt(new="passed"))


def test_a_name_may_change_more_than_once() -> None:
    """The latest word counts, under whichever of its names it was said."""
    twice = named("newest", "newer", "old")

    assert Standing.PASSED is standing(twice, attempt(old="passed"))
    assert Standing.REGRESSED is standing(twice, attempt(old="passed"), attempt(newer="failed"))
    assert Standing.PASSED is standing(twice, attempt(old="failed"), attempt(newer="passed"))


def test_the_halves_of_a_split_both_stand_as_the_whole_stood() -> None:
    """Until each is judged itself."""
    halves = [named("left", "whole"), named("right", "whole")]

    assert 2 == progress(halves, [attempt(whole="passed")]).points
    assert {Standing.FAILED} == set(progress(halves, [attempt(whole="failed")]).standings.values())
    after = progress(halves, [attempt(whole="passed"), attempt(left="failed")])
    assert {"left": Standing.REGRESSED, "right": Standing.PASSED} == after.standings


def test_what_was_joined_passes_only_where_every_part_passed() -> None:
    """It is a bigger promise. A later check of one part alone does not hide that the other one failed."""
    joined = named("both", "one", "other")

    assert Standing.PASSED is standing(joined, attempt(one="passed", other="passed"))
    assert Standing.FAILED is standing(joined, attempt(one="passed", other="failed"))
    assert Standing.FAILED is standing(joined, attempt(one="failed", other="failed"), attempt(one="passed"))
    assert Standing.BLOCKED is standing(joined, attempt(one="passed", other="blocked"))
    assert Standing.PASSED is standing(joined, attempt(one="passed", other="blocked"), attempt(other="passed"))
    assert Standing.PASSED is standing(joined, attempt(one="passed", other="failed"), attempt(both="passed"))
    assert Standing.PASSED is standing(joined, attempt(one="passed", other="passed"), attempt(one="skipped"))


def test_a_joined_one_that_was_renamed_once_more_goes_by_its_latest_name() -> None:
    """*both* came after *one* and *other*, and was itself renamed."""
    newest = named("newest", "both", "one", "other")

    assert Standing.PASSED is standing(newest, attempt(one="passed", other="failed"), attempt(both="passed"))
    assert Standing.REGRESSED is standing(newest, attempt(one="passed", other="passed"), attempt(both="failed"))


def test_the_last_check_is_told_in_todays_names() -> None:
    """`check --failed` looks for what did not pass in it."""
    last = progress([named("new", "old"), requirement("same")], [attempt(old="failed", same="passed")]).last

    assert last is not None
    assert {"new": "failed", "same": "passed"} == last.outcomes


def test_hints_and_solutions_seen_carry_over() -> None:
    """To each half of a split, and the highest rung of what was joined."""
    milestone = Milestone(
        id="now", title="Now", summary="It goes on.", renamed_from=("then",),
        requirements=(named("left", "whole"), named("right", "whole"), named("both", "one", "other")),
    )  # fmt: skip
    shop = replace(phase(), milestones=(milestone,))
    entries: list[Entry] = [
        HintShown(at=AT, phase="shop", requirement="whole", rung=2),
        HintShown(at=AT, phase="shop", requirement="one", rung=1),
        HintShown(at=AT, phase="shop", requirement="other", rung=3),
        GaveUp(at=AT, phase="shop", milestone="then"),
    ]
    found = Progress.of(curriculum(shop), entries).phase("shop")

    assert {"left": 2, "right": 2, "both": 3} == found.hints
    assert {"now"} == found.given_up


def test_the_kept_evidence_is_found_under_the_new_name() -> None:
    """What `show` tells about the last check; a failed part speaks for what was joined."""
    before = phase(requirement("old"), requirement("one"), requirement("other"))
    verdicts = (
        Verdict(requirement="old", outcome=Outcome.BLOCKED, blocked_by="one"),
        Verdict(requirement="one", outcome=Outcome.FAILED, reason="no"),
        Verdict(requirement="other", outcome=Outcome.PASSED),
    )
    after = phase(named("new", "old"), named("both", "one", "other"))

    found = from_json(after, to_json(Report(phase=before, verdicts=verdicts), at=AT))
    assert found is not None
    assert [("new", Outcome.BLOCKED), ("both", Outcome.FAILED)] == [(v.requirement, v.outcome) for v in found.verdicts]
    assert "both" == found.verdicts[0].blocked_by


def test_evidence_of_today_is_not_hidden_by_that_of_yesterday() -> None:
    """A document that holds both names, as after an interrupted check."""
    both = phase(requirement("old"), requirement("new"))
    verdicts = (
        Verdict(requirement="new", outcome=Outcome.PASSED),
        Verdict(requirement="old", outcome=Outcome.FAILED),
    )
    assert document(Report(phase=both, verdicts=verdicts), at=AT)["counts"]["failed"] == 1

    found = from_json(phase(named("new", "old")), to_json(Report(phase=both, verdicts=verdicts), at=AT))
    assert found is not None
    assert [Outcome.PASSED] == [verdict.outcome for verdict in found.verdicts]


# Any history, any change

IDS = tuple("abcdefg")
attempts = st.lists(
    st.dictionaries(st.sampled_from(IDS), st.sampled_from(OUTCOMES)).map(lambda outcomes: attempt(**outcomes)),
    max_size=6,
)


def points_of(number: int) -> int:
    return 1 + number % 3


def world(milestones: list[list[Requirement]]) -> Phase:
    return replace(
        phase(),
        milestones=tuple(
            Milestone(id=f"m{number}", title="M", summary="S.", requirements=tuple(each))
            for number, each in enumerate(milestones)
            if each
        ),
    )


def stands(of: Phase, entries: Iterable[Entry]) -> PhaseProgress:
    return Progress.of(Curriculum(title="T", phases=(of,), topics=()), entries).phase("shop")


BEFORE = world([[requirement(id, points=points_of(number)) for number, id in enumerate(IDS)]])


@st.composite
def changes(draw: st.DrawFn) -> tuple[Phase, dict[str, tuple[str, ...]]]:
    """The phase with requirements renamed and split, in another order and other milestones; what each old id became."""
    became: dict[str, tuple[str, ...]] = {}
    made: list[Requirement] = []
    for number, id in enumerate(IDS):
        match draw(st.sampled_from(["same", "renamed", "split"])):
            case "same":
                became[id] = (id,)
            case "renamed":
                became[id] = (f"{id}-new",)
            case "split":
                became[id] = (f"{id}-left", f"{id}-right")
        made += [
            replace(requirement(now, points=points_of(number)), renamed_from=() if now == id else (id,))
            for now in became[id]
        ]
    milestones: list[list[Requirement]] = [[], [], []]
    for each in draw(st.permutations(made)):
        milestones[draw(st.integers(0, 2))].append(each)
    return world(milestones), became


@settings(max_examples=400, deadline=None, derandomize=True)
@given(attempts, changes())
def test_no_change_of_names_or_order_changes_a_standing(
    history: list[Attempt], change: tuple[Phase, dict[str, tuple[str, ...]]]
) -> None:
    """Every requirement stands as the one it was; the sum never drops."""
    after, became = change
    old, new = stands(BEFORE, history), stands(after, history)

    assert {now: old.standings[id] for id, names in became.items() for now in names} == new.standings
    assert old.points <= new.points
    if all(len(names) == 1 for names in became.values()):
        assert old.points == new.points


@settings(max_examples=400, deadline=None, derandomize=True)
@given(attempts, attempts, changes())
def test_it_goes_on_under_the_new_names_as_it_would_have_under_the_old(
    earlier: list[Attempt], later: list[Attempt], change: tuple[Phase, dict[str, tuple[str, ...]]]
) -> None:
    """A check after the change says the same as one before it, whichever names it is written in."""
    after, became = change
    translated = [
        replace(each, outcomes={now: outcome for id, outcome in each.outcomes.items() for now in became[id]})
        for each in later
    ]
    expected = stands(BEFORE, [*earlier, *later]).standings

    assert {now: expected[id] for id, names in became.items() for now in names} == stands(
        after, [*earlier, *translated]
    ).standings


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(
        st.fixed_dictionaries({id: st.sampled_from(("passed", "passed", "failed", "blocked")) for id in IDS}).flatmap(
            lambda outcomes: st.sets(st.sampled_from(IDS)).map(
                lambda left: attempt(**{id: outcome for id, outcome in outcomes.items() if id not in left})
            )
        ),
        max_size=6,
    )
)
def test_what_is_joined_never_passes_where_a_part_does_not(history: list[Attempt]) -> None:
    """And it does pass where all parts were judged side by side and passed."""
    history = [*history[:1], attempt(**dict.fromkeys(IDS, "blocked")), *history[1:]]
    parts = stands(BEFORE, history).standings
    found = stands(world([[named("all", *IDS)]]), history).standings["all"]

    assert (found is Standing.PASSED) == all(each is Standing.PASSED for each in parts.values())


def test_without_old_names_the_history_is_taken_as_it_is() -> None:
    """The usual case costs nothing."""
    entries: tuple[Entry, ...] = (attempt(a="passed"),)

    assert entries is in_todays_names(BEFORE, entries)
