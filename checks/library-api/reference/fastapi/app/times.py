"""Times: always aware, always UTC, in Python as in the database."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def now() -> datetime:
    return datetime.now(UTC)


def parse_time(text: Any) -> datetime:
    """Read an RFC 3339 time, such as ``2026-03-01T09:30:00Z``; ValueError for anything else."""
    if not isinstance(text, str) or not RFC_3339.fullmatch(text):
        raise ValueError("must be a time such as 2026-03-01T09:30:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is beyond the calendar") from error


class UtcDateTime(TypeDecorator[datetime]):
    """A timestamp with time zone that always comes back in UTC.

    PostgreSQL answers in the time zone of the session, SQLite without any.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
