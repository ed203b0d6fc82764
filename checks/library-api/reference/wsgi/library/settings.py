"""The configuration: read from the environment once, at the start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """The environment holds something that the program cannot start with."""


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured."""

    host: str
    port: int
    database_url: str
    token_ttl_seconds: int
    cheap_hashes: bool
    librarian_email: str
    librarian_password: str
    loan_days: int
    max_open_loans: int


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment asks for; an empty variable counts as absent."""
    return Settings(
        host=environment.get("HOST") or "127.0.0.1",
        port=_number(environment, "PORT", 8000, 0, 65_535),
        database_url=_database_url(environment),
        token_ttl_seconds=_number(environment, "TOKEN_TTL_SECONDS", 3600, 0, 10**9),
        cheap_hashes=environment.get("PASSWORD_HASH_COST") == "minimum",
        librarian_email=environment.get("LIBRARIAN_EMAIL", ""),
        librarian_password=environment.get("LIBRARIAN_PASSWORD", ""),
        loan_days=_number(environment, "LOAN_DAYS", 14, 1, 10**6),
        max_open_loans=_number(environment, "MAX_OPEN_LOANS", 3, 0, 10**9),
    )


def _number(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`, or the default if the variable is absent."""
    text = environment.get(name) or str(default)
    try:
        number = int(text)
    except ValueError:
        raise SettingsError(f"{name} must be a whole number") from None
    if not low <= number <= high:
        raise SettingsError(f"{name} must be from {low} to {high}")
    return number


def _database_url(environment: Mapping[str, str]) -> str:
    """The address of the PostgreSQL database, which has no sensible default."""
    url = environment.get("DATABASE_URL", "")
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("DATABASE_URL must be given and begin with postgresql://")
    return url
