"""Settings: what differs from one installation to the next, read from the environment.

CONTRACT §1 has the whole list. Nothing else in the program looks at the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str
    # TODO (milestone users): secret_key, token_ttl_seconds, the cost of password hashes, the librarian
    # TODO (milestone loans): the days of a loan, the number of open loans

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; an empty variable counts as absent."""
        return cls(database_url=environment.get("DATABASE_URL") or "sqlite:///library.db")


settings = Settings.from_environment(os.environ)
