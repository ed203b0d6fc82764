"""A gate before the tables: writers wait at it, readers pass, so that who looks before they write all look too early.

A race is lost only if two requests are between their look and their write at the same instant, which on a busy machine may
not happen in a hundred rounds. Behind a gate it happens in the first one: every request reads what it wants to read, and
comes to a halt at its first write. Who locks what they read, or leaves the decision to the database, is held up as well and
decides rightly afterwards. The gate is a lock of PostgreSQL in mode SHARE: it conflicts with INSERT, UPDATE and DELETE, not
with SELECT, FOR UPDATE or not (https://www.postgresql.org/docs/current/explicit-locking.html).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roadmap_cli.checking.database import Database

# Servers may end statements that take long; a second is more patience than any sensible limit allows.
MOST_SECONDS = 1.0
# So long nobody has come or gone: then nobody will. One who waits alone may have the others behind them in their own program.
STEADY_SECONDS = 0.12
ALONE_SECONDS = 0.4
_POLL_SECONDS = 0.008

_WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


class Gate:
    """Open it with ``with``: inside, writes to *tables* of the learner's database wait. Leaving it lets them go.

    No names mean all tables, for what is kept in tables of the learner's own choice. Without a database, or where the
    tables are not there or always in use, there is none, and a race is run as it comes.
    """

    def __init__(
        self,
        database: Database | None,
        tables: tuple[str, ...],
        *,
        schema: str = "public",
        patience: float = MOST_SECONDS,
        alone: float = ALONE_SECONDS,
    ) -> None:
        self._database = database
        self._tables = tables
        self._schema = schema
        self._patience = patience
        self._alone = alone
        self._holder: Any = None

    @staticmethod
    def before_new_tables(database: Database) -> Gate:
        """Nobody makes a table in *database* meanwhile; for programs that take their time until they come to that."""
        return Gate(database, ("pg_class",), schema="pg_catalog", patience=20.0, alone=3.0)

    def __enter__(self) -> Gate:
        if self._database is not None:
            self._holder = self._database.held(self._tables, self._schema)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        holder, self._holder = self._holder, None
        if holder is not None:
            with contextlib.suppress(Exception):  # somebody ended its session: its locks are gone
                holder.close()

    def wait(self, unanswered: Callable[[], int]) -> None:
        """Until all whose requests are *unanswered* wait here, or nobody else will come."""
        if self._holder is None:
            return
        changed = time.monotonic()
        deadline = changed + self._patience
        before = (0, unanswered())
        while (now := time.monotonic()) < deadline:
            waiting, left = seen = (self._waiting(), unanswered())
            if waiting >= left:
                return
            if waiting and not before[0]:
                deadline = now + max(MOST_SECONDS, self._alone)
            if seen != before:
                before, changed = seen, now
            if waiting and now - changed > (STEADY_SECONDS if waiting > 1 else self._alone):
                return
            time.sleep(_POLL_SECONDS)

    def _waiting(self) -> int:
        return int(self._database.value(_WAITING)) if self._database else 0
