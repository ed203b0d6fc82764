"""The database: one engine for the process, one session for each request."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, create_engine
from starlette.concurrency import run_in_threadpool

from app import models  # noqa: F401  (fills SQLModel.metadata)
from app.errors import Conflict
from app.settings import settings

SCHEMA_LOCK = 20_260_301
UNIQUE_VIOLATION = "23505"
CONNECT_TIMEOUT_SECONDS = 2
POOL_TIMEOUT_SECONDS = 2
# For /ready, which must answer while every other connection is at work.
SPARE_CONNECTIONS = 4


def create_schema() -> None:
    """Create the tables that are missing. Two instances that start together take turns."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        SQLModel.metadata.create_all(connection)


def open_session() -> Session:
    # What was read stays readable after the commit: the answer is made from it.
    return Session(engine, expire_on_commit=False)


async def get_session() -> AsyncIterator[Session]:
    """Give a request its session. Whatever the request did not commit is rolled back."""
    async with _turns:
        session = open_session()
        try:
            yield session
        finally:
            await run_in_threadpool(session.close)


def ping() -> None:
    """Run a query; raises SQLAlchemyError if the database is away."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


@contextmanager
def conflict_if_taken(code: str) -> Iterator[None]:
    """Turn the violation of a unique constraint into a 409 with this code."""
    try:
        yield
    except IntegrityError as error:
        if not _violates_uniqueness(error):
            raise
        raise Conflict(code) from error


def _violates_uniqueness(error: IntegrityError) -> bool:
    sqlstate = getattr(error.orig, "sqlstate", None)
    return sqlstate == UNIQUE_VIOLATION or "UNIQUE constraint failed" in str(error.orig)


def _postgresql_engine(url: str) -> Engine:
    _, _, address = url.partition("://")
    return create_engine(
        f"postgresql+psycopg://{address}",
        pool_size=20,
        max_overflow=SPARE_CONNECTIONS,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
        hide_parameters=True,
    )


def _sqlite_engine(url: str) -> Engine:
    """SQLite has one writer at a time, so one connection: requests take turns."""
    engine = create_engine(url, pool_size=1, max_overflow=SPARE_CONNECTIONS, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins no transactions; "begin" below does
        connection.execute("PRAGMA busy_timeout = 4000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make_engine(url: str) -> Engine:
    return _sqlite_engine(url) if url.startswith("sqlite") else _postgresql_engine(url)


engine = _make_engine(settings.database_url)

# As many requests at a time as there are connections. The others wait here, where they hold no
# thread: if all threads waited for connections, who has one could not go on and give it back.
_turns = asyncio.Semaphore(engine.pool.size())  # type: ignore[attr-defined]
