"""The fold: from events to a report that can be believed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roadmap_cli.errors import ExitCode
from roadmap_cli.events import Broke, Event, Failure, Judged, Planned, ServerFailed
from roadmap_cli.verdicts import Outcome, Report
from tests.worlds import phase, requirement

SHOP = phase(
    requirement("read", points=1),
    requirement("write", points=2, needs=("read",)),
    requirement("delete", points=3, needs=("write",)),
    requirement("count", points=4),
)
ALL = tuple(SHOP.requirements)


def judged(id: str, result: Any = "passed", **details: Any) -> Judged:
    return Judged(requirement=id, check=f"test_{id}", result=result, **details)


def outcomes(*events: Event, planned: tuple[str, ...] = ALL, **options: Any) -> dict[str, Outcome]:
    report = Report.fold(SHOP, [Planned(checks=planned, seed=1), *events], **options)
    return {verdict.requirement: verdict.outcome for verdict in report.verdicts}


def test_a_requirement_nobody_judged_is_not_passed() -> None:
    """A server that never started leaves every requirement blocked, none failed."""
    report = Report.fold(SHOP, [ServerFailed(reason="It ended with status 1.")])

    assert {Outcome.BLOCKED} == {verdict.outcome for verdict in report.verdicts}
    assert ExitCode.NOT_PASSED == report.exit_code


def test_nothing_at_all_is_not_passed() -> None:
    """No events, no points."""
    assert 0 == Report.fold(SHOP, []).points


def test_all_passed_is_exit_code_0() -> None:
    """Every requirement judged and passed."""
    report = Report.fold(SHOP, [Planned(checks=ALL, seed=1), *map(judged, ALL)])

    assert ExitCode.PASSED == report.exit_code
    assert (10, 10) == (report.points, report.possible)


def test_a_requirement_passes_only_if_all_its_planned_checks_did() -> None:
    """Two checks planned, one judged: the other may have been lost on the way."""
    assert Outcome.BLOCKED is outcomes(judged("read"), planned=("read", "read"))["read"]
    assert Outcome.PASSED is outcomes(judged("read"), judged("read"), planned=("read", "read"))["read"]


def test_a_check_that_nobody_planned_proves_nothing() -> None:
    """A judgement without a plan is not believed."""
    report = Report.fold(SHOP, [judged("read")])

    assert Outcome.BLOCKED is report.verdicts[0].outcome


def test_one_failed_check_outweighs_passed_ones() -> None:
    """Any failure fails the requirement, whatever came after it."""
    found = outcomes(judged("read", "failed"), judged("read"), planned=("read", "read"))

    assert Outcome.FAILED is found["read"]


def test_what_needs_a_failed_requirement_is_blocked_by_the_root() -> None:
    """An app that answers 404 to everything keeps no promise about 404; the cause is named once."""
    events: list[Event] = [
        Planned(checks=ALL, seed=1),
        judged("read", "failed"),
        judged("write"),
        judged("delete", "failed"),
    ]
    report = Report.fold(SHOP, events)

    assert ["failed", "blocked", "blocked", "blocked"] == [verdict.outcome.value for verdict in report.verdicts]
    assert ["", "read", "read", ""] == [verdict.blocked_by for verdict in report.verdicts]


def test_a_skipped_need_blocks_nothing() -> None:
    """What could not be looked at is no obstacle."""
    found = outcomes(judged("read", "skipped"), judged("write"))

    assert Outcome.PASSED is found["write"]
    assert Outcome.SKIPPED is found["read"]


def test_skipped_is_never_passed() -> None:
    """A report with a skipped requirement is not all passed."""
    events: list[Event] = [Planned(checks=ALL, seed=1), judged("read", "skipped"), *map(judged, ALL[1:])]

    assert ExitCode.NOT_PASSED == Report.fold(SHOP, events).exit_code


def test_a_broken_check_is_our_fault() -> None:
    """Exit code 3, and what needs it is blocked, not failed."""
    events: list[Event] = [Planned(checks=ALL, seed=1), judged("read", "broken"), judged("write")]
    report = Report.fold(SHOP, events)

    assert ExitCode.GRADER_BROKE == report.exit_code
    assert Outcome.BLOCKED is report.verdicts[1].outcome


def test_a_broken_grader_is_exit_code_3() -> None:
    """Even if everything that was judged passed."""
    report = Report.fold(SHOP, [Planned(checks=ALL, seed=1), *map(judged, ALL), Broke(message="bug")])

    assert ExitCode.GRADER_BROKE == report.exit_code


def test_a_check_may_name_what_stood_in_its_way() -> None:
    """The requirement that it names has failed: blocked by that."""
    found = Report.fold(
        SHOP,
        [Planned(checks=ALL, seed=1), judged("read", "failed"), judged("count", "blocked", blocked_by="read")],
    ).verdicts[3]

    assert (Outcome.BLOCKED, "read") == (found.outcome, found.blocked_by)


def test_an_obstacle_whose_requirement_passed_is_a_failure() -> None:
    """Nobody can hide behind a requirement that is kept: the check's own evidence is shown."""
    failure = Failure(message="Logging in failed.")
    found = Report.fold(
        SHOP,
        [Planned(checks=ALL, seed=1), judged("read"), judged("count", "blocked", blocked_by="read", failure=failure)],
    ).verdicts[3]

    assert (Outcome.FAILED, failure) == (found.outcome, found.failure)


def test_two_that_blame_each_other_are_failed() -> None:
    """A circle of blame has no root; the first in the curriculum fails, with its evidence."""
    failure = Failure(message="No way in.")
    report = Report.fold(
        SHOP,
        [
            Planned(checks=ALL, seed=1),
            judged("read", "blocked", blocked_by="count", failure=failure),
            judged("count", "blocked", blocked_by="read", failure=failure),
        ],
    )

    assert Outcome.FAILED in {verdict.outcome for verdict in report.verdicts}
    assert Outcome.PASSED not in {verdict.outcome for verdict in report.verdicts}


def test_an_interruption_is_exit_code_130() -> None:
    """Ctrl-C: what was judged counts, the rest is blocked with the reason."""
    report = Report.fold(SHOP, [Planned(checks=ALL, seed=1), judged("read")], interrupted=True)

    assert ExitCode.INTERRUPTED == report.exit_code
    assert "interrupted" in report.verdicts[3].reason


def test_a_part_is_judged_with_what_it_needs() -> None:
    """Only the selected requirements are in the report, but their needs still count."""
    chosen = SHOP.with_needs(("delete",))
    found = outcomes(judged("read", "failed"), judged("write"), planned=chosen, selected=("delete",))

    assert ("read", "write", "delete") == chosen
    assert {"delete": Outcome.BLOCKED} == found


results = st.sampled_from(["passed", "failed", "blocked", "skipped", "broken"])
streams = st.lists(st.builds(judged, st.sampled_from(ALL), results), max_size=12)


@given(streams)
def test_the_order_of_judgements_does_not_matter(stream: list[Judged]) -> None:
    """Checks run in random order; the same judgements give the same outcomes."""
    assert outcomes(*stream) == outcomes(*reversed(stream))


@given(streams)
def test_no_stream_passes_what_was_not_judged(stream: list[Judged]) -> None:
    """Whatever comes over the wire, passed means: judged, and every time passed."""
    for id, outcome in outcomes(*stream).items():
        if outcome is Outcome.PASSED:
            assert {"passed"} == {event.result for event in stream if event.requirement == id}


def test_of_several_failed_checks_the_one_that_is_written_first_tells_why() -> None:
    """Whatever the seed had run first: the same failure at every run."""
    late, early = Failure(message="Late."), Failure(message="Early.")
    events: list[Event] = [
        Planned(checks=(ALL[0], ALL[0], ALL[0]), seed=1),
        judged(ALL[0], "failed", place=7, failure=late),
        judged(ALL[0], "passed", place=1),
        judged(ALL[0], "failed", place=3, failure=early),
    ]

    report = Report.fold(SHOP, events, selected=(ALL[0],))

    assert report.verdicts[0].failure == early
