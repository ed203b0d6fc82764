"""The database: a small pool of connections, transactions, pages of lists, and the schema."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg_errors
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from .validation import storable

T = TypeVar("T")
Row = dict[str, Any]
Connection = psycopg.Connection[Row]

POOL_SIZE = 10
WAIT_SECONDS = 10
PING_SECONDS = 3
ATTEMPTS = 5
BIGGEST_OFFSET = 2**63 - 1
SCHEMA_LOCK = 5_131_409
SCHEMA = Path(__file__).with_name("schema.sql")

# A peer that has gone silent is given up after about ten seconds.
NETWORK = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 8000,
}

BEGIN = "BEGIN"
BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class LostConnectionError(Exception):
    """The connection broke before anything was committed, so that the work may be done again."""


class PoolTimeoutError(Exception):
    """All connections were busy for too long."""


RETRIED = (LostConnectionError, pg_errors.DeadlockDetected, pg_errors.SerializationFailure)


class Database:
    """One PostgreSQL database, safe to be used by many threads."""

    def __init__(self, url: str) -> None:
        known = conninfo_to_dict(url)
        options = f"{known.get('options') or ''} -c TimeZone=UTC -c search_path=public"
        self._conninfo = make_conninfo(url, options=options.strip(), **NETWORK)
        self._free = threading.BoundedSemaphore(POOL_SIZE)
        self._idle: list[Connection] = []
        self.prepared = threading.Event()

    # Reading and writing

    def one(self, query: str, values: Mapping[str, Any]) -> Row | None:
        """The first row of a single reading statement, or nothing."""
        return self._persistently(None, lambda connection: fetch_one(connection, query, values))

    def transaction(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, done in a transaction: all of it or nothing."""
        return self._persistently(BEGIN, work)

    def page(self, source: str, conditions: Sequence[str], order: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The page of a list that `limit` and `offset` ask for: two statements that see the same moment."""
        values = {"limit": 20, "offset": 0, **values}
        where = " AND ".join(conditions) or "TRUE"
        entries = f"FROM ({source}) AS entry WHERE {where}"
        rest = f"ORDER BY {order} LIMIT %(limit)s OFFSET %(start)s"
        start = {**values, "start": min(values["offset"], BIGGEST_OFFSET)}

        def work(connection: Connection) -> tuple[list[Row], int]:
            total = fetch_one(connection, f"SELECT count(*) AS total {entries}", values)
            items = fetch_all(connection, f"SELECT entry.* {entries} {rest}", start)
            return items, total["total"] if total else 0

        items, total = self._persistently(BEGIN_SNAPSHOT, work)
        return {"items": items, "total": total, "limit": values["limit"], "offset": values["offset"]}

    def _persistently(self, begin: str | None, work: Callable[[Connection], T]) -> T:
        """Do the work, again if the connection was dead or if it was the victim of a deadlock."""
        for _ in range(ATTEMPTS - 1):
            try:
                return self._attempt(begin, work)
            except RETRIED:
                continue
        return self._attempt(begin, work)

    def _attempt(self, begin: str | None, work: Callable[[Connection], T]) -> T:
        """Do the work once."""
        with self._connection() as connection:
            with _losses_told(connection):
                if begin:
                    _run(connection, begin)
                result = work(connection)
            if begin:
                _run(connection, "COMMIT")
            return result

    # The pool

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection for one thread, put back afterwards if it is still of use."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise PoolTimeoutError
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._put_back(connection)
        finally:
            self._free.release()

    def _take(self) -> Connection:
        """An idle connection on which nothing has come in, or else a new one."""
        while connection := self._pop():
            if _quiet(connection):
                return connection
            connection.close()
        return self._connect()

    def _pop(self) -> Connection | None:
        """The connection that was used last, if one is idle."""
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connect(self) -> Connection:
        """A new connection; statements outside of a transaction commit themselves."""
        return psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=None, row_factory=dict_row)

    def _put_back(self, connection: Connection) -> None:
        """Keep a connection for the next thread, ending what is unfinished on it."""
        try:
            if connection.info.transaction_status != pq.TransactionStatus.IDLE:
                _run(connection, "ROLLBACK")
            self._idle.append(connection)
        except psycopg.Error:
            connection.close()

    def close(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            self._idle.pop().close()

    # Health

    def ping(self) -> bool:
        """Whether the tables are there and a query on a new connection succeeds within the time set."""
        return self.prepared.is_set() and answers(self._conninfo, time.monotonic() + PING_SECONDS)

    # The schema

    def create_schema(self) -> None:
        """Create the tables if they are missing; other instances wait meanwhile."""

        def work(connection: Connection) -> None:
            fetch_one(connection, "SELECT pg_advisory_xact_lock(%(key)s)", {"key": SCHEMA_LOCK})
            found = fetch_one(connection, "SELECT to_regclass('public.access_tokens') AS name", {})
            if not found or found["name"] is None:
                _run(connection, SCHEMA.read_text(encoding="utf-8"))

        self.transaction(work)


def fetch_one(connection: Connection, query: str, values: Mapping[str, Any]) -> Row | None:
    """The first row of a statement, or nothing."""
    return connection.execute(query, values).fetchone()


def fetch_all(connection: Connection, query: str, values: Mapping[str, Any]) -> list[Row]:
    """All rows of a statement."""
    return connection.execute(query, values).fetchall()


def execute(connection: Connection, query: str, values: Mapping[str, Any]) -> int:
    """Run a statement that gives no rows; how many rows it touched."""
    return connection.execute(query, values).rowcount


def matching(condition: str, value: object) -> str:
    """A condition on this value; one that nothing meets if the database cannot hold such a text."""
    return condition if not isinstance(value, str) or storable(value) else "FALSE"


def violates(error: psycopg.Error, constraint: str) -> bool:
    """Whether it was this constraint that made the database refuse."""
    return error.diag.constraint_name == constraint


def _run(connection: Connection, statement: str) -> None:
    """Run a statement, or several, without values."""
    connection.execute(statement)


@contextmanager
def _losses_told(connection: Connection) -> Iterator[None]:
    """Tell a connection that broke from a statement that was refused."""
    try:
        yield
    except psycopg.OperationalError as error:
        if connection.closed or isinstance(error, pg_errors.AdminShutdown | pg_errors.CrashShutdown):
            connection.close()
            raise LostConnectionError from error
        raise


def _quiet(connection: Connection) -> bool:
    """Whether an idle connection is still open and nothing (such as a farewell) waits to be read."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


# A query with a deadline. It uses libpq directly, for psycopg itself would wait for as long as a silent server likes.


def answers(conninfo: str, deadline: float) -> bool:
    """Whether a new connection is made, and a query on it answered, before the deadline."""
    link = pq.PGconn.connect_start(conninfo.encode())
    try:
        return _connects(link, deadline) and _selects(link, deadline)
    except psycopg.Error:
        return False
    finally:
        link.finish()


def _connects(link: pq.abc.PGconn, deadline: float) -> bool:
    """Carry the connecting on until it is done."""
    state: int = pq.PollingStatus.WRITING
    while state in (pq.PollingStatus.READING, pq.PollingStatus.WRITING):
        if link.status == pq.ConnStatus.BAD or not _comes(link, state, deadline):
            return False
        state = link.connect_poll()
    return state == pq.PollingStatus.OK


def _selects(link: pq.abc.PGconn, deadline: float) -> bool:
    """Send a query and wait for its result."""
    link.send_query(b"SELECT 1")
    while link.is_busy():
        if not _comes(link, pq.PollingStatus.READING, deadline):
            return False
        link.consume_input()
    result = link.get_result()
    return result is not None and result.status == pq.ExecStatus.TUPLES_OK


def _comes(link: pq.abc.PGconn, state: int, deadline: float) -> bool:
    """Wait until the socket can be read or written; false if the deadline is first."""
    poll = select.poll()
    poll.register(link.socket, select.POLLIN if state == pq.PollingStatus.READING else select.POLLOUT)
    left = deadline - time.monotonic()
    return left > 0 and bool(poll.poll(left * 1000))
