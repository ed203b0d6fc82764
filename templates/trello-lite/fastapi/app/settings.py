"""Settings: what differs from one installation to the next, read from the environment.

CONTRACT §1 has the whole list. Nothing else in the program looks at the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str
    # TODO (milestone auth): secret_key, without which you refuse to start; token_ttl_seconds, refresh_ttl, and whether
    # password hashes are to be cheap

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; an empty variable counts as absent."""
        return cls(database_url=environment.get("DATABASE_URL") or "postgresql://localhost/boards")


settings = Settings.from_environment(os.environ)
