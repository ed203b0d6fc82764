"""The stage of an examination: services first, then the learner's server, both started while pytest is still being imported."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from roadmap_cli.checking.answers import NotToBeHad
from roadmap_cli.checking.draw import Draw
from roadmap_cli.checking.job import Job
from roadmap_cli.checking.programs import Workshop
from roadmap_cli.checking.server import Limits, Server, ServerDown, which_python, with_system
from roadmap_cli.errors import RoadmapError
from roadmap_cli.events import Event, Noticed, ServerFailed, ServerReady, ServiceReady
from roadmap_cli.nurseries import Nursery
from roadmap_cli.nurseries.libraries import libraries_in
from roadmap_cli.services import Service, provide
from roadmap_cli.services.postgres import Cluster, Postgres
from roadmap_cli.workspace import Project

if TYPE_CHECKING:
    from roadmap_cli.checking.commands import Commands
    from roadmap_cli.checking.database import Database
    from roadmap_cli.checking.suites import Opponents, Trials

MOST_REVIVALS = 3
# What tests import beside what their project does.
_OF_TESTS = ("httpx",)


@dataclass
class Running:
    """A server that somebody else runs (`--url`): it has no log, no process and no database that we may touch."""

    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def mark(self) -> int:
        """There is no log to mark."""
        return 0

    def log_since(self, mark: int) -> tuple[str, ...]:
        """There is no log to read."""
        return ()


class Stage:
    """Everything that an examination needs around the checks, and the end of all of it."""

    def __init__(self, job: Job, say: Callable[[Event], None]) -> None:
        self.job = job
        self.say = say
        self.services: dict[str, Service] = {}
        self.server: Server | Running = Running(job.url.rstrip("/"), dict(job.environment))
        self.revivals = 0
        self._database: Database | None = None
        self._numbers = itertools.count(1)
        self._opened: Workshop | None = None
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stage")
        self._started: Future[None] | None = None

    def begin(self) -> None:
        """Start services and server in the background."""
        self._started = self._starter.submit(self._start)

    def wait(self) -> None:
        """Until everything is up; ServerDown or ServiceError if it will not be."""
        if self._started:
            self._started.result()

    @property
    def owned(self) -> Server | None:
        """The server, if this examination runs it."""
        return self.server if isinstance(self.server, Server) else None

    @property
    def python(self) -> str:
        """A sentence on which Python runs the server; empty if we do not start it."""
        return which_python(self.project)[1] if self.project and not self.job.url else ""

    @property
    def project(self) -> Path | None:
        """The learner's folder, if there is one."""
        return Path(self.job.project) if self.job.project else None

    def database(self) -> Database:
        """A superuser's look into the learner's database; NotToBeHad with the reason."""
        from roadmap_cli.checking.database import Database

        if self._database is None:
            postgres = self._postgres()
            self._database = Database.of(postgres, another=self.another_postgres)
        return self._database

    def another_postgres(self) -> Postgres:
        """One more empty database beside that of the server, for whoever closes it; NotToBeHad with the reason."""
        postgres = self._postgres()
        is_own = postgres.rung != "DATABASE_URL"
        return Cluster(url=postgres.maintenance_url, detail=postgres.detail, is_own=is_own).database()

    def second_server(self, **environment: str) -> Server:
        """One more server of the learner's program with these variables on top, not started; whoever takes it closes it."""
        if self.job.url:
            raise NotToBeHad("This starts your server a second time, and --url names one that already runs.")
        log = self.job.folder / f"second-{next(self._numbers)}.log"
        nursery = self._nursery or self._workshop.suits(Path(self.job.project))
        return self._new_server(log, {**self.environment, **environment}, nursery)

    def commands(self) -> Commands:
        """The project's own commands, with the environment of the server; NotToBeHad with the reason."""
        from roadmap_cli.checking.commands import Commands

        if self.job.url or self.project is None:
            raise NotToBeHad("This runs your project's own commands, and --url names only a server.")
        nursery = self._nursery or self._workshop.suits(self.project)
        return Commands(self.project, environment=self.environment, scratch=self.job.folder, nursery=nursery)

    def on_trial(self, opponents: Opponents) -> AbstractContextManager[Trials]:
        """The learner's tests, held against servers whose verdict is known; NotToBeHad with the reason."""
        from roadmap_cli.checking.known import KnownServers
        from roadmap_cli.checking.suites import on_trial

        commands = self.commands()
        self._postgres()
        known = KnownServers(
            Path(self.job.checks),
            environment=self.environment,
            scratch=self.job.folder,
            database=self.another_postgres,
        )
        return on_trial(
            commands,
            known,
            opponents,
            draw=Draw(self.job.seed, "tests on trial"),
            database=self.another_postgres,
            workshop=self._workshop,
        )

    @cached_property
    def _workshop(self) -> Workshop:
        """What forks the project's commands: opened when they are first asked for, closed with everything else."""
        assert self.project is not None
        python = which_python(self.project)[0]
        with suppress(RoadmapError):  # whoever runs a command hears what is wrong with roadmap.toml
            lines = [line for _, line in Project.load(self.project).commands]
            modules = (*libraries_in(self.project, self.job.serve, *lines), *_OF_TESTS)
            environment = with_system({}, python)
            self._opened = Workshop.open(python, modules, environment=environment, cwd=self.job.folder)
            return self._opened
        return Workshop(python=python, modules=(), nursery=None)

    @property
    def environment(self) -> dict[str, str]:
        """What the server is given: the contract's variables, and where its services are."""
        given = dict(self.job.environment)
        for service in self.services.values():
            given |= service.environment
        return given

    @cached_property
    def _nursery(self) -> Nursery | None:
        return Nursery.at(self.job.nursery) if self.job.nursery else None

    def expect_concurrency(self) -> None:
        """The database takes concurrent writers, or NotToBeHad."""
        if not self.job.url:
            self._postgres()

    def _postgres(self) -> Postgres:
        service = self.services.get("postgres")
        if isinstance(service, Postgres):
            return service
        if self.job.url:
            raise NotToBeHad("This looks into the database, and --url names only a server.")
        raise NotToBeHad("This needs PostgreSQL, and there is none on this machine. See: roadmap doctor")

    def revive(self, why: ServerFailed | None) -> None:
        """Start the server again after it ended or hung; ServerDown when that has happened too often."""
        server = self.owned
        if server is None:
            return
        self.revivals += 1
        reason = why.reason if why else "Your server stopped answering."
        if self.revivals > MOST_REVIVALS:
            raise ServerDown(_given_up(reason, why))
        self.say(Noticed(message=f"{reason} We started it again to judge the rest."))
        server.kill()
        server.start()

    def usual(self) -> None:
        """Make sure that a server with the usual environment runs, whatever a check did before."""
        server = self.owned
        if server is not None and not server.is_usual:
            server.restart_as_usual()

    def close(self) -> None:
        """End the server, then the services."""
        if server := self.owned:
            server.close()
        if self._opened:
            self._opened.close()
        for service in self.services.values():
            service.close()
        self._starter.shutdown(wait=True)

    @property
    def notices(self) -> tuple[str, ...]:
        """What is worth saying about the server beside verdicts: output cut, processes left behind."""
        return tuple(self.owned.notices) if self.owned else ()

    def complete_log(self) -> None:
        """What the server has printed is in its log, if that is to stay: after the last event everything may be ended at once."""
        if self.owned and self.job.log:
            self.owned.catch_up()

    @property
    def peak_bytes(self) -> int:
        """The most memory that the learner's server held."""
        return self.owned.peak_bytes if self.owned else 0

    def _start(self) -> None:
        if self.job.url or not self.job.project:
            return
        for name in self.job.services:
            self._provide(name)
        self._serve()

    def _provide(self, name: str) -> None:
        begun = time.perf_counter()
        if name == "postgres" and self.job.postgres:
            service: Service = self.job.postgres.service()
        else:
            service = provide(name, scratch=self.job.folder, environment=dict(self.job.offered))
        self.services[name] = service
        spent = (time.perf_counter() - begun) * 1000
        self.say(ServiceReady(name=name, rung=service.rung, detail=service.detail, milliseconds=round(spent, 1)))

    def _serve(self) -> None:
        self.server = server = self._new_server(self.job.server_log, self.environment, self._nursery)
        begun = time.perf_counter()
        server.start()
        spent = (time.perf_counter() - begun) * 1000
        self.say(ServerReady(url=server.url, command=self.job.serve, milliseconds=round(spent, 1)))

    def _new_server(self, log: Path, environment: Mapping[str, str], nursery: Nursery | None) -> Server:
        project = Path(self.job.project)
        return Server(
            command=self.job.serve,
            cwd=project,
            ready=self.job.ready,
            environment=environment,
            log=log,
            python=which_python(project)[0],
            limits=Limits(ready_seconds=self.job.start_seconds),
            nursery=nursery,
        )


def _given_up(reason: str, why: ServerFailed | None) -> ServerFailed:
    return ServerFailed(
        reason=f"Your server ended or hung {MOST_REVIVALS + 1} times; the last time: {reason}",
        advice="Look at the first failure below and at the end of the log.",
        frame=why.frame if why else "",
        log=why.log if why else (),
        command=why.command if why else "",
    )
