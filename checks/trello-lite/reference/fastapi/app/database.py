"""The database: one engine for the process, one session for each request."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from fastapi import Request
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, create_engine
from starlette.concurrency import run_in_threadpool

from app.errors import Conflict
from app.settings import settings

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"
CONNECTIONS = 20
# For /ready, which must answer while every other connection is at work.
SPARE_CONNECTIONS = 4
CONNECT_TIMEOUT_SECONDS = 2
POOL_TIMEOUT_SECONDS = 2

engine = create_engine(
    settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1),
    pool_size=CONNECTIONS,
    max_overflow=SPARE_CONNECTIONS,
    pool_timeout=POOL_TIMEOUT_SECONDS,
    pool_pre_ping=True,
    connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "options": "-c timezone=utc"},
    hide_parameters=True,
)

# Who only reads sees one moment: a page fits its total, and the labels of a task its version.
snapshots = engine.execution_options(isolation_level="REPEATABLE READ")

# As many requests at a time as there are connections. The others wait here, where they hold no
# thread: if all threads waited for connections, who has one could not go on and give it back.
_turns = asyncio.Semaphore(CONNECTIONS)


def migrate() -> None:
    """Bring the schema to the newest version; see migrations/env.py."""
    command.upgrade(Config(ALEMBIC_INI), "head")


async def get_session(request: Request) -> AsyncIterator[Session]:
    """Give a request its session. Whatever the request did not commit is rolled back."""
    async with _turns:
        # What was read stays readable after the commit: the answer is made from it.
        session = Session(
            snapshots if request.method == "GET" else engine, expire_on_commit=False
        )
        try:
            yield session
        finally:
            await run_in_threadpool(session.close)


def ping() -> None:
    """Run a query; raises SQLAlchemyError if the database is away."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


@contextmanager
def conflict_if_violated(constraint: str, code: str) -> Iterator[None]:
    """Turn the violation of this constraint into a 409 with this code."""
    try:
        yield
    except IntegrityError as error:
        if error.orig.diag.constraint_name != constraint:  # type: ignore[union-attr]
            raise
        raise Conflict(code) from error
