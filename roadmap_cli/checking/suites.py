"""A learner's tests on trial: run against their own application, and against servers whose verdict is known.

Nothing that a run is told gives away which kind of server it meets: those that keep the contract and those that break it
come mixed, in an order drawn from the seed, with the same variables. So tests that count their runs, or look at anything
but the answers, are found out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from roadmap_cli.checking.answers import Mismatch
from roadmap_cli.checking.commands import Bounds, Commands, Finished
from roadmap_cli.checking.draw import Draw
from roadmap_cli.checking.known import KnownServers
from roadmap_cli.checking.programs import Workshop
from roadmap_cli.checking.server import Server, ServerDown
from roadmap_cli.checking.xml_reports import Coverage, Result, TestName, TestReport, read_coverage, read_tests

if TYPE_CHECKING:
    from roadmap_cli.services.postgres import Postgres

# The source lines of a failure cost pytest a fifth of a second, and hardly anybody reads those of a run of many. The
# warning is about libraries that a warm Python has imported already.
PYTEST_OPTIONS = "--tb=short -W ignore::pytest.PytestAssertRewriteWarning"
SECONDS = 60.0
LEAST_SECONDS = 10.0
BUDGET_SECONDS = 150.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the tests; *problem* says why there is no report of it, *target_ended* that the server did not survive it."""

    finished: Finished
    report: TestReport | None = None
    problem: Mismatch | None = None
    target_ended: bool = False

    @property
    def failed(self) -> tuple[str, ...]:
        """The tests that failed."""
        return tuple(map(str, self.report.of(Result.FAILED))) if self.report else ()

    @property
    def skipped(self) -> tuple[str, ...]:
        """The tests that were skipped."""
        return tuple(map(str, self.report.of(Result.SKIPPED))) if self.report else ()

    @property
    def is_green(self) -> bool:
        """Whether all tests passed, and the command says so too."""
        return self.finished.status == 0 and self.report is not None and not self.failed and not self.finished.ended

    @property
    def is_red(self) -> bool:
        """Whether a test failed. A run that crashed, hung or wrote no report has shown nothing."""
        return bool(self.failed)

    def expect_report(self) -> TestReport:
        """The report; a Mismatch with the output if there is none."""
        if self.report is None:
            message = self.problem.message if self.problem else "There is no report."
            self.finished.fail(message, expected=self.problem.expected if self.problem else "")
        return self.report

    def expect_green(self, sentence: str) -> TestReport:
        """All tests passed; the report."""
        if self.finished.ended:
            self.finished.fail(sentence)
        report = self.expect_report()
        if self.failed:
            ended = "; the server had ended" if self.target_ended else ""
            actual = f"{len(self.failed)} of {len(report.results)} failed: {listed(self.failed)}{ended}"
            self.finished.fail(sentence, expected="no test fails", actual=actual)
        self.finished.expect_success(sentence)
        return report


@dataclass(frozen=True, kw_only=True)
class Breach:
    """A server that breaks the contract in one point: the *mistake* of the pack, and the broken *rule* in words.

    The rule is what a learner is told whose tests let it through.
    """

    mistake: str
    group: str
    rule: str


class Suite:
    """The tests of a project: the commands ``test`` and ``coverage``, each run with an empty database of its own."""

    def __init__(self, commands: Commands, *, database: Callable[[], Postgres]) -> None:
        self._commands = commands
        self._database = database

    def run(self, *, seed: int, target: str = "", stop: bool = False, seconds: float = SECONDS) -> Run:
        """Run the tests against their own application, or against the server at *target*; *stop* at the first failure."""
        told = {"TEST_SEED": str(seed)}
        told |= {"TARGET_URL": target, "PYTEST_ADDOPTS": PYTEST_OPTIONS} if target else {}
        finished = self._finished("test", told | ({"TEST_STOP": "first"} if stop else {}), seconds)
        try:
            return Run(finished=finished, report=read_tests(finished.report))
        except Mismatch as problem:
            return Run(finished=finished, problem=problem)

    def coverage(self, *, seconds: float = SECONDS) -> tuple[Finished, Coverage]:
        """Run the tests against their own application and count what they reach."""
        finished = self._finished("coverage", {}, seconds)
        finished.expect(not finished.ended, "The command coverage ends by itself.")
        try:
            return finished, read_coverage(finished.report)
        except Mismatch as problem:
            finished.fail(problem.message, expected=problem.expected)

    def _finished(self, name: str, told: dict[str, str], seconds: float) -> Finished:
        self._commands.line(name)  # one that is not there needs no database
        postgres = self._database()
        try:
            environment = {"DATABASE_URL": postgres.url, **told}
            return self._commands.run(name, environment=environment, report=True, bounds=Bounds(seconds=seconds))
        finally:
            postgres.close()


Start = Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which runs will be asked for, so that they can be made side by side.

    Suites of fewer than *least* tests will not be asked about breaches.
    """

    least: int = 1
    breaches: bool = False
    constant: bool = False
    coverage: bool = False


@dataclass(frozen=True, kw_only=True)
class Opponents:
    """The servers that a phase holds its learners' tests against, by the names of the pack's specimens.

    *first* and *others* are references, or mistakes that fail nothing; *constant* holds statuses and JSON bodies.
    """

    first: str
    others: tuple[str, ...]
    breaches: tuple[Breach, ...]
    constant: tuple[tuple[int, str], ...]


class Trials:
    """The runs of a suite against many servers, several at a time, each made once however many checks ask for it.

    *first* keeps the contract. It is tried before the rest, because nothing can be said of *breaches* while it is red; its
    second run, and the *others* that keep the contract too, come somewhere among them. The *constant* servers answer
    every request alike.
    """

    def __init__(
        self,
        suite: Suite,
        *,
        draw: Draw,
        first: Start,
        others: Sequence[Start] = (),
        breaches: Sequence[tuple[Breach, Start]] = (),
        constant: Sequence[Start] = (),
    ) -> None:
        self._suite = suite
        self._draw = draw
        self._others = tuple(others)
        self._breaches = tuple(breaches)
        self._constant = tuple(constant)
        self._open = ExitStack()
        self._first = first
        self._pool = ThreadPoolExecutor(max_workers=workers(), thread_name_prefix="suites")
        self._runs: dict[object, Future[Run | None]] = {}
        self._coverage: Future[tuple[Finished, Coverage]] | None = None
        self._passed: Future[frozenset[TestName] | None] | None = None
        self._deadline = 0.0
        self._seconds = SECONDS
        self._seeds = iter(range(draw.integer(1, 10**6), 1 << 62))

    def close(self) -> None:
        """Wait for what runs, and begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._open.close()

    def begin(self, wanted: Wanted) -> None:
        """Make the first runs, then begin with the others if it makes sense; those that were not *wanted* wait to be asked for.

        Tests that fail on their own application, or are too few, are not worth running elsewhere.
        """
        seed = next(self._seeds)
        self._runs["first"] = self._pool.submit(self._run_first, seed)
        self._runs["own"] = self._pool.submit(self._suite.run, seed=seed)
        own, first = self.own, self.first
        self._deadline = time.monotonic() + BUDGET_SECONDS
        self._seconds = min(SECONDS, max(LEAST_SECONDS, 3 * max(own.finished.seconds, first.finished.seconds)))
        if not own.is_green or len(own.expect_report().order) < wanted.least:
            return
        if wanted.constant:
            self.begin_constant()
        if wanted.coverage:
            self.begin_coverage()
        if first.is_green and not (wanted.constant and self.is_target_ignored):
            self._mix(self._breaches if wanted.breaches else ())

    def begin_coverage(self) -> Future[tuple[Finished, Coverage]]:
        """Count what the tests reach of their own application."""
        if self._coverage is None:
            self._coverage = self._pool.submit(self._suite.coverage)
        return self._coverage

    def begin_constant(self) -> Future[frozenset[TestName] | None]:
        """Run the tests on the servers that always answer alike."""
        if self._passed is None:
            self._passed = self._pool.submit(self._run_constant, next(self._seeds))
        return self._passed

    @property
    def own(self) -> Run:
        """The tests on their own application."""
        return self._made("own")

    @property
    def first(self) -> Run:
        """The tests on the first server that keeps the contract, in the order of `own`."""
        return self._made("first")

    @property
    def again(self) -> Run:
        """The tests once more on the same server, in another order. Only if `first` is green."""
        return self._made("again")

    @property
    def others(self) -> tuple[Run, ...]:
        """The tests on the other servers that keep the contract. Only if `first` is green."""
        return tuple(self._made(("other", number)) for number in range(len(self._others)))

    @property
    def coverage(self) -> tuple[Finished, Coverage]:
        """What the tests reach of their own application."""
        return self.begin_coverage().result()

    @property
    def always_passed(self) -> frozenset[TestName] | None:
        """The tests that fail on no constant server; None if no run on any of them came to a report."""
        return self.begin_constant().result()

    @property
    def is_target_ignored(self) -> bool:
        """Whether all tests pass on servers that answer everything alike: they were sent to somebody else."""
        passed = self.always_passed
        return bool(passed) and passed == frozenset(self.first.report.order if self.first.report else ())

    def breached(self, group: str) -> tuple[tuple[Breach, Run | None], ...]:
        """The runs on the servers of a group that break the contract; None where there was no time left for one."""
        mine = [(breach, start) for breach, start in self._breaches if breach.group == group]
        self._mix(mine)
        return tuple((breach, self._runs[breach].result()) for breach, _ in mine)

    def _made(self, key: object) -> Run:
        if key not in self._runs:
            self._mix(())
        run = self._runs[key].result()
        assert run is not None, "only breaches are left out for want of time"
        return run

    def _mix(self, breaches: Sequence[tuple[Breach, Start]]) -> None:
        """Begin with what has not begun: in an order that nobody knows, the keeping among the breaking."""
        tasks: dict[object, Callable[[int], Run | None]] = {"again": self._run_again}
        tasks |= {("other", number): partial(self._run_on, start) for number, start in enumerate(self._others)}
        tasks |= {breach: partial(self._run_breach, start) for breach, start in breaches}
        for key in self._draw.shuffled([key for key in tasks if key not in self._runs]):
            self._runs[key] = self._pool.submit(tasks[key], next(self._seeds))

    def _run_first(self, seed: int) -> Run:
        self._server = self._open.enter_context(_started(self._first))
        return self._watched(self._server, seed, stop=False)

    def _run_again(self, seed: int) -> Run:
        return self._watched(self._server, seed)

    def _run_on(self, start: Start, seed: int) -> Run:
        with _started(start) as server:
            return self._watched(server, seed)

    def _run_breach(self, start: Start, seed: int) -> Run | None:
        return self._run_on(start, seed) if time.monotonic() < self._deadline else None

    def _run_constant(self, seed: int) -> frozenset[TestName] | None:
        """On one after the other, until every test has failed."""
        passed: frozenset[TestName] | None = None
        for start in self._constant:
            if passed is None or passed:
                with _started(start) as server:
                    run = self._suite.run(seed=seed, target=server.url, seconds=self._seconds)
                if run.report:
                    now = frozenset(run.report.of(Result.PASSED))
                    passed = now if passed is None else passed & now
        return passed

    def _watched(self, server: Server, seed: int, *, stop: bool = True) -> Run:
        run = self._suite.run(seed=seed, target=server.url, stop=stop, seconds=self._seconds)
        return replace(run, target_ended=server.died() is not None)


@contextmanager
def on_trial(
    commands: Commands,
    known: KnownServers,
    opponents: Opponents,
    *,
    draw: Draw,
    database: Callable[[], Postgres],
    workshop: Workshop,
) -> Iterator[Trials]:
    """The trials of a project's tests; *workshop* forks them, and servers of ours, where that makes no difference."""
    with ExitStack() as stack:
        stack.callback(known.close)
        known.warm(opponents.first, workshop)
        trials = Trials(
            Suite(commands.warmed(workshop.suits(commands.project)), database=database),
            draw=draw,
            first=partial(known.specimen, opponents.first),
            others=[partial(known.specimen, name) for name in opponents.others],
            breaches=[(breach, partial(known.specimen, breach.mistake)) for breach in opponents.breaches],
            constant=[partial(known.always, status, body) for status, body in opponents.constant],
        )
        stack.callback(trials.close)
        yield trials


def workers() -> int:
    """How many runs are made at a time: each keeps a core and a half busy."""
    return max(2, min(4, os.cpu_count() or 2))


def listed(names: Sequence[object], most: int = 8) -> str:
    """Names in a line, the first of them if there are many."""
    told = ", ".join(map(str, names[:most]))
    return f"{told} and {len(names) - most} more" if len(names) > most else told


@contextmanager
def _started(start: Start) -> Iterator[Server]:
    """A server of ours, ready. It may be ended while it starts, by tests that end what they did not start."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start())
        except ServerDown as down:
            raise Mismatch(
                f"A server that your tests are held against could not be started: {down.event.reason}",
                expected="tests that leave alone the processes that they did not start",
                log=down.event.log,
            ) from None
        yield server
