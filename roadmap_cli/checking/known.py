"""Servers whose verdict is known, run beside the learner's: references, mistakes, and some that answer all requests alike.

A learner's tests are held against them. They are the pack's own specimens; a program of the learner's is told where one
answers, and nothing else: neither its name nor its folder, whose name says nothing.
"""

from __future__ import annotations

import secrets
import shlex
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from roadmap_cli.checking.programs import Workshop
from roadmap_cli.checking.server import Limits, Server, with_system
from roadmap_cli.nurseries.libraries import libraries_in
from roadmap_cli.packs import Pack
from roadmap_cli.workspace import Project

if TYPE_CHECKING:
    from roadmap_cli.services.postgres import Postgres
    from roadmap_cli.specimens import Specimen

_ALWAYS = Path(__file__).with_name("always.py")
_LIMITS = Limits(log_bytes=64 << 10)


class KnownServers:
    """The specimens of the phase whose checks are in *checks*, as servers with databases of their own.

    *environment* is what the learner's server is given, so that tests find the key and the lifetimes that they are told.
    Several threads may start several of them.
    """

    def __init__(
        self,
        checks: Path,
        *,
        environment: Mapping[str, str],
        scratch: Path,
        database: Callable[[], Postgres],
    ) -> None:
        self._checks = checks
        self._environment = dict(environment)
        self._scratch = scratch
        self._database = database
        self._lock = threading.Lock()
        self._laid_out: dict[str, Path] = {}
        self._workshop: Workshop | None = None
        self._own: Workshop | None = None

    def warm(self, reference: str, workshop: Workshop) -> None:
        """From now on servers are forked: by *workshop* if it has what *reference* imports, else by one of their own."""
        wanted = libraries_in(self._folder(reference))
        is_enough = workshop.python == sys.executable and {*wanted} <= {*workshop.modules}
        self._own = None if is_enough else self._opened(wanted)
        self._workshop = self._own or workshop

    def _opened(self, modules: Sequence[str]) -> Workshop:
        environment = with_system({}, sys.executable)
        return Workshop.open(sys.executable, (*modules, "http.server"), environment=environment, cwd=self._scratch)

    def close(self) -> None:
        """End whatever still runs."""
        if self._own is not None:
            self._own.close()

    @contextmanager
    def specimen(self, name: str) -> Iterator[Server]:
        """The reference or mistake *name*, ready, on an empty database."""
        project = Project.load(self._folder(name))
        postgres = self._database()
        try:
            with self._server(project.serve, project.root, project.ready, DATABASE_URL=postgres.url) as server:
                yield server
        finally:
            postgres.close()

    @contextmanager
    def always(self, status: int, body: str) -> Iterator[Server]:
        """A server that answers everything with *status* and the JSON *body*."""
        with self._server(shlex.join(["python", str(_ALWAYS), str(status), body]), self._scratch, "/") as server:
            yield server

    @contextmanager
    def _server(self, serve: str, cwd: Path, ready: str, **environment: str) -> Iterator[Server]:
        server = Server(
            command=serve,
            cwd=cwd,
            ready=ready,
            environment={**self._environment, **environment},
            log=self._scratch / f"known-{secrets.token_hex(6)}.log",
            python=sys.executable,
            limits=_LIMITS,
            nursery=self._workshop.suits(cwd) if self._workshop else None,
        )
        with server:
            server.start()
            yield server

    def _folder(self, name: str) -> Path:
        with self._lock:
            if name not in self._laid_out:
                folder = self._scratch / f"known-{secrets.token_hex(6)}"
                _specimen(self._checks, name).materialise(folder)
                self._laid_out[name] = folder
            return self._laid_out[name]


def _specimen(checks: Path, name: str) -> Specimen:
    """Without its Git history, which no client can see."""
    from roadmap_cli.specimens import specimen  # pydantic and yaml, only for examinations that start servers of ours

    pack = Pack.load(checks.parent.parent)
    return replace(specimen(pack, pack.phase(checks.name), name), history=None)
