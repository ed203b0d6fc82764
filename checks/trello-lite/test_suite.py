"""Your tests: green wherever the contract is kept, red wherever it is broken (§12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from math import ceil
from pathlib import Path

import pytest
from breaches import AUTH, FINDING, OPPONENTS, PERMISSIONS, TASKS
from measured import measured

from roadmap_cli.checking import (
    Mismatch,
    Opponents,
    Run,
    Trials,
    Wanted,
    blocked_by,
    fail,
    listed,
    requirement,
)

LEAST_TESTS = 25
LEAST_COVERED = 80
# What the tests have to notice of each group of breaches.
BAR = 2 / 3


@pytest.fixture(scope="session")
def trials(
    on_trial: Callable[[Opponents], AbstractContextManager[Trials]], request: pytest.FixtureRequest
) -> Iterator[Trials]:
    """The runs of the tests, made once; which of them depends on what is to be judged."""
    planned = {mark.args[0] for item in request.session.items for mark in item.iter_markers("requirement")}
    wanted = Wanted(
        breaches=any(id.startswith("tests.catches-") for id in planned),
        constant=bool(planned & {"tests.assertions", "tests.target"}),
        coverage="tests.coverage" in planned,
        least=LEAST_TESTS,
    )
    with on_trial(OPPONENTS) as trials:
        trials.begin(wanted)
        yield trials


# --- tests.green


@requirement("tests.green", last=True)
def test_green(trials: Trials) -> None:
    """The command test passes on the learner's own application, with 25 tests or more, none of them skipped."""
    expect_green(trials)


def expect_green(trials: Trials) -> None:
    """There are enough tests, and all of them pass where they should."""
    own = trials.own
    report = own.expect_green("All your tests pass on your own application.")

    count = len(report.order)
    words = f"There are at least {LEAST_TESTS} tests in the report, each with a name of its own."
    own.finished.expect(count >= LEAST_TESTS, words, expected=f"{LEAST_TESTS} tests or more", actual=f"{count}")
    own.finished.expect(not own.skipped, "No test is skipped.", actual=listed(own.skipped))


# --- tests.target


@requirement("tests.target", last=True)
def test_target(trials: Trials) -> None:
    """Tests that do not notice a server that answers nothing but errors were sent to somebody else."""
    expect_runs(trials)

    if trials.is_target_ignored:
        fail(
            "With TARGET_URL your tests are sent to the server that it names.",
            expected="tests fail on a server that answers everything with 404, and on one that answers with 500",
            actual="all of them pass there",
        )


# --- tests.portable


@requirement("tests.portable", last=True)
def test_portable(trials: Trials) -> None:
    """The tests pass on servers that keep the contract and differ in everything that it leaves free."""
    expect_sent(trials)
    for run in (trials.first, *trials.others):
        run.expect_green("All your tests pass on another server that keeps the contract.")


# --- tests.independent


@requirement("tests.independent", last=True)
def test_twice(trials: Trials) -> None:
    """A second run on the same server passes as the first did, in another order and among what the first left behind."""
    expect_portable(trials)

    trials.again.expect_green("All your tests pass a second time on the same server, in another order.")


@requirement("tests.independent", last=True)
def test_order(trials: Trials) -> None:
    """Another TEST_SEED is another order, the same TEST_SEED the same."""
    expect_portable(trials)
    first = trials.first.expect_report()
    orders = [run.expect_report().order for run in (trials.again, *trials.others)]

    different = [order for order in orders if order != first.order]
    actual = "the same order each time: " + listed(first.order, 3)
    words = "Another TEST_SEED gives another order of your tests."
    trials.first.finished.expect(different, words, expected="another order", actual=actual)
    own = trials.own.report
    if own and set(own.order) == set(first.order):
        words = "The order of your tests depends on TEST_SEED alone: the same seed gives the same order."
        at = next(
            (place for place, pair in enumerate(zip(own.order, first.order, strict=True)) if pair[0] != pair[1]), 0
        )
        expected = f"{own.order[at]} as number {at + 1} in both runs"
        words_of_first = f"{first.order[at]} in one of them"
        trials.first.finished.expect(own.order == first.order, words, expected=expected, actual=words_of_first)


# --- tests.assertions


@requirement("tests.assertions", last=True)
def test_assertions(trials: Trials) -> None:
    """Whoever passes whatever comes back has asserted nothing."""
    expect_runs(trials)
    passed = trials.always_passed

    if passed is None:
        fail(
            "Your tests end with a report, whatever a server answers.",
            expected="a report with the tests that failed",
            actual="no report from a server that gives every request the same answer",
        )
    if passed:
        fail(
            "Each of your tests fails on one of the servers that answer every request the same way: always 200 with {}, "
            "always 404, always 500.",
            expected="no test passes on all of them",
            actual=f"{len(passed)} pass: {listed(sorted(passed))}",
        )


# --- tests.coverage


@requirement("tests.coverage", last=True)
def test_coverage(trials: Trials, project: Path) -> None:
    """What counts is every source file but tests, migrations and files without statements."""
    expect_runs(trials)
    finished, coverage = trials.coverage
    found = measured(project, coverage)

    if not found.files:
        finished.fail(
            "The report of the command coverage holds your application.",
            expected="lines of your source files",
            actual=f"files: {listed([file.path for file in coverage.files]) or 'none'}",
        )
    least = ", ".join(f"{file.path} {file.percent} %" for file in found.least(5))
    words = f"At least {LEAST_COVERED} % of the lines of your application are covered."
    expected, actual = f"{LEAST_COVERED} % or more", f"{found.percent:.1f} %; least covered: {least}"
    finished.expect(found.percent >= LEAST_COVERED, words, expected=expected, actual=actual)


# --- tests.catches-…


@requirement("tests.catches-auth", last=True)
def test_catches_auth(trials: Trials) -> None:
    """Servers that break §4 are noticed."""
    expect_caught(trials, AUTH)


@requirement("tests.catches-permissions", last=True)
def test_catches_permissions(trials: Trials) -> None:
    """Servers that let the wrong people in are noticed."""
    expect_caught(trials, PERMISSIONS)


@requirement("tests.catches-tasks", last=True)
def test_catches_tasks(trials: Trials) -> None:
    """Servers that break §7 and §8 are noticed."""
    expect_caught(trials, TASKS)


@requirement("tests.catches-finding", last=True)
def test_catches_finding(trials: Trials) -> None:
    """Servers that break §9, or the rules for lists, are noticed."""
    expect_caught(trials, FINDING)


def expect_caught(trials: Trials, group: str) -> None:
    """Enough of the group's servers make a test fail; those that do not are told by the rule that they break."""
    expect_portable(trials)
    for run in (trials.again, *trials.others):
        if not run.is_green:
            blocked_by("tests.independent", "Your tests fail on servers that keep the contract.")
    runs = trials.breached(group)
    caught = [breach for breach, run in runs if run and run.is_red]
    missed = [f"{breach.rule}{_why(run)}" for breach, run in runs if not (run and run.is_red)]

    wanted = ceil(BAR * len(runs))
    if len(caught) < wanted:
        raise Mismatch(
            f"Your tests notice at least {wanted} of these {len(runs)} servers, each of which breaks one rule.",
            expected=f"a test fails on {wanted} of them or more",
            actual=f"on {len(caught)}. Not noticed was that these rules were broken: " + " ".join(missed),
        )


def _why(run: Run | None) -> str:
    """What else there is to say of a run that noticed nothing."""
    if run is None:
        return " (not tried: your tests take too long)"
    return f" ({run.finished.how})" if run.finished.ended or not run.report else ""


def expect_portable(trials: Trials) -> None:
    """Nothing can be said of other servers while the tests fail on one that keeps the contract."""
    expect_sent(trials)
    if not trials.first.is_green:
        blocked_by("tests.portable", "Your tests fail on a server that keeps the contract.")


def expect_sent(trials: Trials) -> None:
    """Nothing can be said of other servers while the tests go on asking their own application; there are no runs on them."""
    expect_runs(trials)
    if trials.first.is_green and trials.is_target_ignored:
        blocked_by("tests.target", "Your tests are not sent to the server that TARGET_URL names.")


def expect_runs(trials: Trials) -> None:
    """The tests are worth running elsewhere: nothing is said of them before, so no time is spent on them."""
    try:
        expect_green(trials)
    except Mismatch as mismatch:
        blocked_by("tests.green", mismatch.message)
