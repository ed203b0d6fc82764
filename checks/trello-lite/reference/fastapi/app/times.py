"""Times: always aware, always UTC."""

import re
from datetime import UTC, datetime
from typing import Any

RFC_3339 = re.compile(
    r"(\d{4})-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
FIRST_YEAR, LAST_YEAR = 1970, 2999


def now() -> datetime:
    return datetime.now(UTC)


def parse_time(text: Any) -> datetime:
    """Read an RFC 3339 time, such as ``2026-03-01T10:30:00+01:00``; ValueError for anything else."""
    match = RFC_3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("must be a time such as 2026-03-01T09:30:00Z")
    if not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise ValueError(f"must be in the years {FIRST_YEAR} to {LAST_YEAR}")
    return datetime.fromisoformat(match[0]).astimezone(UTC)
