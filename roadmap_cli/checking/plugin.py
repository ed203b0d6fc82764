"""The pytest plugin that turns a run of checks into events, and the fixtures that checks are given.

It decides nothing: it says what was planned, what began and how it ended. Verdicts are folded elsewhere.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from roadmap_cli.checking import stories, transport
from roadmap_cli.checking.answers import Blocked, Mismatch, NotToBeHad
from roadmap_cli.checking.api import API, Conversation, Kept
from roadmap_cli.checking.draw import Draw
from roadmap_cli.checking.gates import Gate
from roadmap_cli.checking.server import Server, ServerDown, frame_in
from roadmap_cli.checking.stage import Stage
from roadmap_cli.checking.transcript import curl
from roadmap_cli.checking.transport import NoAnswer
from roadmap_cli.errors import ServiceError
from roadmap_cli.events import (
    Broke,
    Event,
    Failure,
    Finished,
    Judged,
    Noticed,
    Planned,
    ServerFailed,
    Started,
)

# Of one failure; the report shows the last few of them, `roadmap explain` all.
MOST_EXCHANGES = 80
MOST_CHARACTERS = 300_000
# A log that has said nothing for this long has said all there is on a request; and how long we wait for that at most.
QUIET_SECONDS = 0.015
LOG_SECONDS = 0.15


class CheckPlugin:
    """One run of the checks of a phase."""

    def __init__(self, stage: Stage, say: Callable[[Event], None]) -> None:
        self.stage = stage
        self.say = say
        self.conversation = Conversation(_Target(stage))
        self.begun = time.perf_counter()
        self._errors: list[BaseException] = []
        self._spent = 0.0
        self._places: dict[str, int] = {}

    # --- what will run -----------------------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        """Declare our marker."""
        config.addinivalue_line("markers", "requirement(id, last): the requirement that this check judges")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of checks that cannot be read is our bug, and must not pass unnoticed."""
        if report.failed:
            self.say(Broke(message=f"The checks in {report.nodeid} cannot be loaded.", traceback=str(report.longrepr)))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the wanted checks, shuffle them by the seed, put last what upsets the server, and one requirement first."""
        self._places = {item.nodeid: place for place, item in enumerate(items)}
        wanted = set(self.stage.job.requirements)
        chosen = [item for item in items if _requirement(item) in wanted]
        random.Random(self.stage.job.seed).shuffle(chosen)
        items[:] = _in_order(chosen, self.stage.job.first)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what is planned; then wait for the server, without which nothing can be judged."""
        checks = tuple(_requirement(item) for item in session.items)
        self.say(Planned(checks=checks, seed=self.stage.job.seed, python=self.stage.python))
        try:
            self.stage.wait()
        except ServerDown as down:
            self._nothing_to_judge(session, down.event)
        except ServiceError as error:
            self._nothing_to_judge(session, ServerFailed(reason=error.message, advice=error.hint))

    # --- one check ---------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Begin, run, say how it ended; then make sure that a server still runs for the next one."""
        self.conversation.begin_check()
        self._errors, self._spent = [], 0.0
        requirement = _requirement(item)
        self.say(Started(requirement=requirement, check=item.name))
        result = yield
        self.say(self._judged(item))
        self._after(item.session)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Before a check: a server with the usual environment runs, unless the check shares a restarted one."""
        if _turn(item) < _AFTER_RESTART:
            self.stage.usual()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Keep the exception itself. pytest's own report would spend 0.2 s on the source lines of each failure."""
        if call.when == "call":
            self._spent = call.duration * 1000
        if call.excinfo is not None:
            self._errors.append(call.excinfo.value)
        return pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed" if call.excinfo else "passed",
            longrepr=None,
            when=call.when,  # type: ignore[arg-type]  # never collect: that has a report of its own
        )

    def _judged(self, item: pytest.Item) -> Judged:
        judged: dict[str, Any] = {
            "requirement": _requirement(item),
            "check": item.name,
            "place": self._places[item.nodeid],
            "milliseconds": round(self._spent, 1),
        }
        match self._errors:
            case []:
                return Judged(result="passed", **judged)
            case [Blocked() as blocked, *_]:
                told = self._told(blocked.mismatch, item.name)
                return Judged(result="blocked", blocked_by=blocked.requirement, **told, **judged)
            case [Mismatch() as mismatch, *_]:
                return Judged(result="failed", **self._told(mismatch, item.name), **judged)
            case [AssertionError() as error, *_]:
                mismatch = Mismatch(str(error) or f"This does not hold: {_asserted(error)}")
                return Judged(result="failed", **self._told(mismatch, item.name), **judged)
            case [NotToBeHad() as missing, *_]:
                return Judged(result="skipped", reason=str(missing), **judged)
            case [pytest.skip.Exception() as skipped, *_]:
                return Judged(result="skipped", reason=str(skipped), **judged)
            case [ServerDown() as down, *_]:
                return Judged(result="failed", failure=_down(down.event, item.name), **judged)
            case _:
                reason = "".join(traceback.format_exception(self._errors[0]))
                return Judged(result="broken", reason=reason, **judged)

    def _told(self, mismatch: Mismatch, check: str) -> dict[str, Any]:
        """The failure, and the story that led to it, of which the last exchange is the one that the mismatch is about."""
        exchanges = self.conversation.exchanges
        places = [i for i, kept in enumerate(exchanges) if kept.exchange is mismatch.exchange]
        until = exchanges[: places[-1] + 1] if places else exchanges
        return {
            "failure": self._failure(mismatch, until, check),
            "story": stories.story(until, self.conversation.worlds),
        }

    def _failure(self, mismatch: Mismatch, until: list[Kept], check: str) -> Failure:
        kept = _last_of(until)
        log = mismatch.log or (self._log_of(kept[-1]) if kept else ())
        return Failure(
            message=mismatch.message,
            expected=mismatch.expected,
            actual=mismatch.actual,
            path=mismatch.path,
            exchanges=tuple(each.exchange for each in kept),
            earlier=len(until) - len(kept),
            log=log,
            frame=frame_in(log, self.stage.project) if self.stage.project else "",
            curl=curl(kept[-1].exchange) if kept else "",
            assertion=mismatch.assertion,
            check=check,
        )

    def _log_of(self, kept: Kept) -> tuple[str, ...]:
        """The server's lines since the exchange. A traceback is worth waiting for: it is written about when the answer is."""
        exchange, mark = kept.exchange, kept.mark
        lines = self.stage.server.log_since(mark)
        if self.stage.owned is None or (exchange.status is not None and exchange.status < 500):
            return lines
        deadline = time.monotonic() + LOG_SECONDS
        while time.monotonic() < deadline:
            time.sleep(QUIET_SECONDS)
            before, lines = lines, self.stage.server.log_since(mark)
            if lines and lines == before:
                break
        return lines

    # --- the server between checks -----------------------------------------------------------------------------

    def _after(self, session: pytest.Session) -> None:
        """Start the server again if this check saw it die or hang; give up when that keeps happening."""
        server = self.stage.owned
        try:
            if server and (why := server.died()):
                self.stage.revive(why)
            elif server and self.conversation.unanswered and not self._answers():
                self.stage.revive(None)
        except ServerDown as down:
            self._nothing_to_judge(session, down.event)

    def _answers(self) -> bool:
        try:
            transport.send("GET", self.stage.server.url + self.stage.job.ready, {}, None, seconds=2.0)
        except NoAnswer:
            return False
        return True

    def _nothing_to_judge(self, session: pytest.Session, why: ServerFailed) -> None:
        self.say(why)
        session.shouldstop = why.reason

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Without a server there is nothing to run; True tells pytest that the loop is done."""
        return True if session.shouldstop else None

    def pytest_sessionfinish(self) -> None:
        """The last event, before anything is torn down."""
        for notice in self.stage.notices:
            self.say(Noticed(message=notice))
        self.stage.complete_log()
        spent = (time.perf_counter() - self.begun) * 1000
        self.say(
            Finished(
                milliseconds=round(spent, 1), requests=self.conversation.requests, peak_bytes=self.stage.peak_bytes
            )
        )

    # --- fixtures ----------------------------------------------------------------------------------------------

    @pytest.fixture(scope="session")
    def make_api(self) -> Callable[[str], API]:
        """Clients for worlds that several checks share; the name makes their data their own."""
        return lambda name: API(self.conversation, Draw(self.stage.job.seed, name), world=name)

    @pytest.fixture
    def api(self, request: pytest.FixtureRequest) -> API:
        """A client that is signed in as nobody, with random data of this check's own."""
        return API(self.conversation, Draw(self.stage.job.seed, f"{request.node.path.stem}/{request.node.name}"))

    @pytest.fixture(scope="session")
    def environment(self) -> dict[str, str]:
        """What the server was given in its environment at its first start."""
        return dict(self.stage.job.environment)

    @pytest.fixture(scope="session")
    def server(self) -> Server:
        """The learner's server, to be stopped and started again."""
        if self.stage.owned is None:
            raise NotToBeHad("This needs to restart your server, and --url names one that already runs.")
        return self.stage.owned

    @pytest.fixture(scope="session")
    def database(self) -> Any:
        """A look into the learner's database."""
        return self.stage.database()

    @pytest.fixture(scope="session")
    def gate(self) -> Callable[..., Gate]:
        """Gates before tables: ``race(*calls, gate=gate("books"))``. Where no database is to be had they hold nobody up."""
        try:
            database = self.stage.database()
        except NotToBeHad:
            return lambda *tables: Gate(None, tables)
        return lambda *tables: Gate(database, tables)

    @pytest.fixture(scope="session")
    def concurrent(self) -> None:
        """The promise that the database takes concurrent writers."""
        self.stage.expect_concurrency()

    @pytest.fixture(scope="session")
    def project(self) -> Path:
        """The learner's folder."""
        if self.stage.project is None:
            raise NotToBeHad("This looks at your project's folder, and --url names only a server.")
        return self.stage.project

    @pytest.fixture(scope="session")
    def commands(self) -> Any:
        """The project's own commands."""
        return self.stage.commands()

    @pytest.fixture(scope="session")
    def second_server(self) -> Callable[..., Server]:
        """Makes one more server of the learner's program in another environment, not started; to be closed by who asks."""
        return self.stage.second_server

    @pytest.fixture(scope="session")
    def on_trial(self) -> Any:
        """Holds the learner's tests against servers whose verdict is known: a context manager for given opponents."""
        return self.stage.on_trial

    @pytest.fixture(scope="session")
    def repository(self, project: Path) -> Any:
        """The learner's Git repository."""
        from roadmap_cli.checking.repository import Repository

        return Repository(project)


class _Target:
    """The server of the stage as a conversation sees it: restarts may replace its port, never this object."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @property
    def url(self) -> str:
        """Base URL."""
        return self._stage.server.url

    def mark(self) -> int:
        """A place in the log."""
        return self._stage.server.mark()


_FIRST, _LAST, _AFTER_RESTART = range(3)


def _turn(item: pytest.Item) -> int:
    """Ordinary checks first; then those that upset the server; last those that share a restarted one."""
    names = (
        item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    )  # no public way to ask for a fixture's own fixtures
    for name, definitions in names.items():
        if name != "server" and definitions[-1].scope == "session" and "server" in definitions[-1].argnames:
            return _AFTER_RESTART
    mark = item.get_closest_marker("requirement")
    return _LAST if "server" in names or (mark and mark.kwargs.get("last")) else _FIRST


def _in_order(items: list[pytest.Item], first: str) -> list[pytest.Item]:
    """By turns, but for the checks of the requirement *first*; what shares a restarted server with those comes along."""
    turns = {_turn(item) for item in items if _requirement(item) == first}
    shared = turns & {_AFTER_RESTART}

    def place(item: pytest.Item) -> tuple[bool, bool, int]:
        is_first = _requirement(item) == first
        return (not is_first and _turn(item) not in shared, not is_first, _turn(item))

    return sorted(items, key=place)


def _requirement(item: pytest.Item) -> str:
    mark = item.get_closest_marker("requirement")
    return str(mark.args[0]) if mark else ""


def _asserted(error: AssertionError) -> str:
    return traceback.extract_tb(error.__traceback__)[-1].line or "an assertion of the check"


def _down(event: ServerFailed, check: str) -> Failure:
    return Failure(
        message=event.reason,
        expected=event.advice,
        log=event.log,
        frame=event.frame,
        assertion="server",
        check=check,
    )


def _last_of(exchanges: list[Kept]) -> list[Kept]:
    """The last of them, as many as are worth keeping."""
    room, first = MOST_CHARACTERS, len(exchanges)
    while first and len(exchanges) - first < MOST_EXCHANGES:
        exchange = exchanges[first - 1].exchange
        room -= len(exchange.request_body) + len(exchange.response_body)
        if room < 0 and first < len(exchanges):
            break
        first -= 1
    return exchanges[first:]
