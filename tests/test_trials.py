"""Which runs are made of a learner's tests, and which are not worth the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from roadmap_cli.checking import Breach, Draw, Trials, Wanted
from roadmap_cli.checking.commands import Finished
from roadmap_cli.checking.suites import Run, Suite
from roadmap_cli.checking.xml_reports import Result, TestName, TestReport

BREACH = Breach(mistake="wrong", group="all", rule="It is right.")


class _Server:
    url = "http://127.0.0.1:1"

    def died(self) -> None:
        return None


class _Suite:
    """Three tests that pass everywhere."""

    def run(self, **_: Any) -> Run:
        results = {TestName(group="", name=name): Result.PASSED for name in ("one", "two", "three")}
        finished = Finished(name="test", line="test", status=0, seconds=0.1)
        return Run(finished=finished, report=TestReport(results=results))


@pytest.fixture
def started() -> list[str]:
    """The names of the servers that were started."""
    return []


@pytest.fixture
def trials(started: list[str]) -> Iterator[Trials]:
    @contextmanager
    def start(name: str) -> Iterator[_Server]:
        started.append(name)
        yield _Server()

    trials = Trials(
        cast(Suite, _Suite()),
        draw=Draw(1, "trials"),
        first=cast(Any, lambda: start("first")),
        breaches=[(BREACH, cast(Any, lambda: start("breach")))],
    )
    yield trials
    trials.close()


def test_breaches_are_tried_side_by_side_with_the_rest(trials: Trials, started: list[str]) -> None:
    """Nobody has asked for them yet."""
    trials.begin(Wanted(breaches=True, least=3))
    trials.close()

    assert ["breach", "first"] == sorted(started)


def test_a_suite_of_too_few_tests_is_not_held_against_breaches(trials: Trials, started: list[str]) -> None:
    """Unless they are asked for all the same."""
    trials.begin(Wanted(breaches=True, least=4))
    assert trials.again.is_green
    assert ["first"] == started

    ((breach, run),) = trials.breached("all")

    assert BREACH == breach
    assert run is not None
    assert run.is_green
    assert ["first", "breach"] == started
