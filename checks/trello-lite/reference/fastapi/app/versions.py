"""Versions: whoever changes a task may say which version of it they have seen."""

import re
from dataclasses import dataclass

from app.errors import VersionMismatch

ENTITY_TAG = re.compile(r'(W/)?("[^"]*")')


@dataclass(frozen=True)
class Precondition:
    """The tags of an If-Match (RFC 9110 §13.1.1); None if any version will do."""

    tags: frozenset[str] | None

    @classmethod
    def parse(cls, if_match: str | None) -> "Precondition":
        if if_match is None or if_match.strip() == "*":
            return cls(None)
        # A weak tag, W/"1", never matches: the comparison is strong.
        return cls(frozenset(tag for weak, tag in ENTITY_TAG.findall(if_match) if not weak))

    def check(self, version: int) -> None:
        if self.tags is not None and etag(version) not in self.tags:
            raise VersionMismatch


def etag(version: int) -> str:
    return f'"{version}"'
