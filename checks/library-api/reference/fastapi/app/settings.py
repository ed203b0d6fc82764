"""Settings: what differs from one installation to the next, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

SHORTEST_SECRET = 32


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str
    secret_key: str = field(repr=False)
    token_ttl_seconds: int
    cheap_password_hash: bool
    librarian_email: str | None
    librarian_password: str | None = field(repr=False)
    loan_period: timedelta
    max_open_loans: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; an empty variable counts as absent."""
        return cls(
            database_url=environment.get("DATABASE_URL") or "sqlite:///library.db",
            secret_key=_secret_key(environment),
            token_ttl_seconds=int(environment.get("TOKEN_TTL_SECONDS") or 3600),
            cheap_password_hash=environment.get("PASSWORD_HASH_COST") == "minimum",
            librarian_email=environment.get("LIBRARIAN_EMAIL") or None,
            librarian_password=environment.get("LIBRARIAN_PASSWORD") or None,
            loan_period=timedelta(days=int(environment.get("LOAN_DAYS") or 14)),
            max_open_loans=int(environment.get("MAX_OPEN_LOANS") or 3),
        )


def _secret_key(environment: Mapping[str, str]) -> str:
    key = environment.get("SECRET_KEY", "")
    if len(key) < SHORTEST_SECRET:
        raise SystemExit(f"SECRET_KEY must have {SHORTEST_SECRET} random characters or more.")
    return key


settings = Settings.from_environment(os.environ)
