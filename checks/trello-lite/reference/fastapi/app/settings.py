"""Settings: what differs from one installation to the next, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

SHORTEST_SECRET = 32


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    token_ttl_seconds: int
    refresh_ttl: timedelta
    cheap_password_hash: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; an empty variable counts as absent."""
        return cls(
            database_url=_database_url(environment),
            secret_key=_secret_key(environment),
            token_ttl_seconds=int(environment.get("TOKEN_TTL_SECONDS") or 900),
            refresh_ttl=timedelta(seconds=int(environment.get("REFRESH_TTL_SECONDS") or 1_209_600)),
            cheap_password_hash=environment.get("PASSWORD_HASH_COST") == "minimum",
        )


def _database_url(environment: Mapping[str, str]) -> str:
    url = environment.get("DATABASE_URL", "")
    if not url.startswith("postgresql://"):
        raise SystemExit("DATABASE_URL must be like postgresql://user:password@host:5432/name.")
    return url


def _secret_key(environment: Mapping[str, str]) -> str:
    key = environment.get("SECRET_KEY", "")
    if len(key) < SHORTEST_SECRET:
        raise SystemExit(f"SECRET_KEY must have {SHORTEST_SECRET} random characters or more.")
    return key


settings = Settings.from_environment(os.environ)
