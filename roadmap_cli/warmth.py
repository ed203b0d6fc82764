"""What examinations share to be quick, when many are made: warm Pythons that fork, one PostgreSQL with a database for each.

Nothing that could change a verdict is shared: every examination has a process, a database and a scratch folder of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli.checking.server import which_python, with_system
from roadmap_cli.errors import ServiceError
from roadmap_cli.nurseries import Nursery, can_fork
from roadmap_cli.nurseries.libraries import libraries_in, shadowed
from roadmap_cli.processes import scratch
from roadmap_cli.services.cluster import driver
from roadmap_cli.services.postgres import SHARED, Cluster, Postgres, Prepared, start_cluster

# What the examining child imports, and what pytest and the checks import only when they run.
_GRADER = (
    *("roadmap_cli.checking.child", "roadmap_cli.checking.plugin", "roadmap_cli.checking.database"),
    *("roadmap_cli.checking.repository", "roadmap_cli.services.postgres", "roadmap_cli.services.cluster"),
    *("pytest", "_pytest.python", "_pytest.main", "_pytest.fixtures", "_pytest.runner", "_pytest.capture"),
    *("psycopg", "psycopg.types.numeric", "psycopg.types.json", "jwt", "argon2", "httpx", "concurrent.futures.thread"),
)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A nursery for servers and what it was made for: libraries, and the state of the folders they come from."""

    nursery: Nursery
    modules: tuple[str, ...]
    stamps: tuple[int, ...]


class Warmth:
    """Open it around many examinations and hand it to `examine`; closing it ends everything that it keeps."""

    def __init__(self, services: tuple[str, ...] = ()) -> None:
        self._services = services
        self._folder = scratch("warm")
        self._grader: Nursery | None = None
        self._servers: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        self._databases: _Databases | None = None

    def __enter__(self) -> Warmth:
        """Begin to start PostgreSQL; if it will not start, each examination looks for one itself, and says why."""
        if "postgres" in self._services and not {"DATABASE_URL", SHARED} & set(os.environ):
            self._databases = _Databases(lambda: start_cluster(self._folder))
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def database(self) -> Iterator[Prepared | None]:
        """An empty database for one examination, made ahead; None if there is no cluster to make it in."""
        database = self._databases.take() if self._databases else None
        try:
            yield database.prepared() if database else None
        finally:
            if self._databases and database:
                self._databases.drop(database)

    @property
    def pycache(self) -> Path:
        """Where the byte code of checks is kept for as long as this is open."""
        return self._folder / "pycache"

    def grader(self, environment: Mapping[str, str]) -> Nursery | None:
        """A Python that has imported pytest; None where nothing can be forked."""
        with self._lock:
            if self._grader is None or not self._grader.alive:
                self._grader = self._open(sys.executable, _GRADER, environment, isolated=True)
            return self._grader

    def server(self, project: Path, serve: str) -> Nursery | None:
        """A Python that has imported the libraries of *project*; None where nothing can be forked or nothing is gained."""
        python = which_python(project)[0]
        with self._lock:
            kept = self._servers.get(python)
            if kept is None or not kept.nursery.alive or kept.stamps != _stamps(python):
                kept = self._renewed(kept, python, project, serve)
            return None if kept is None or shadowed(project, kept.modules) else kept.nursery

    def close(self) -> None:
        """End it all."""
        for kept in self._servers.values():
            kept.nursery.close()
        if self._grader:
            self._grader.close()
        if self._databases:
            self._databases.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _renewed(self, old: _Kept | None, python: str, project: Path, serve: str) -> _Kept | None:
        if old:
            old.nursery.close()
        modules = libraries_in(project, serve)
        nursery = self._open(python, modules, with_system({}, python)) if modules else None
        if nursery is None:
            return None
        self._servers[python] = _Kept(nursery=nursery, modules=modules, stamps=_stamps(python))
        return self._servers[python]

    def _open(
        self, python: str, modules: tuple[str, ...], environment: Mapping[str, str], *, isolated: bool = False
    ) -> Nursery | None:
        if not can_fork():
            return None
        try:
            return Nursery.open(python, modules, environment=environment, cwd=self._folder, isolated=isolated)
        except OSError:
            return None  # examinations start it themselves, and say what is wrong


class _Databases:
    """Empty databases of a cluster, one of them always made ahead; those that were used are dropped behind the scenes."""

    def __init__(self, start: Callable[[], Cluster]) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="databases")
        self._cluster = self._worker.submit(start)
        self._lock = threading.Lock()
        self._next: Future[Postgres] | None = None
        self._make_ahead()

    def take(self) -> Postgres | None:
        """The one that was made ahead, else a new one; None if none can be made (the examination will say why)."""
        with self._lock:
            ahead, self._next = self._next, None
        try:
            return ahead.result() if ahead else self._make()
        except (ServiceError, driver().Error):
            return None
        finally:
            self._make_ahead()

    def drop(self, database: Postgres) -> None:
        """It has been used; whatever still hangs on to it is cut off, and what its examination could not drop goes too."""
        with contextlib.suppress(RuntimeError):  # we are being closed: the whole cluster goes
            self._worker.submit(database.close)
            self._worker.submit(self._cluster.result().sweep)

    def close(self) -> None:
        """Make no more, and end the cluster with what is in it."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        if not self._cluster.cancelled() and not self._cluster.exception():
            self._cluster.result().close()

    def _make(self) -> Postgres:
        return self._cluster.result().database()

    def _make_ahead(self) -> None:
        with self._lock, contextlib.suppress(RuntimeError):
            self._next = self._next or self._worker.submit(self._make)


def _stamps(python: str) -> tuple[int, ...]:
    """Changes when something is installed for *python*."""
    folders = sorted(Path(python).parent.parent.glob("lib/python*/site-packages"))
    return tuple(folder.stat().st_mtime_ns for folder in folders)
