"""Fields: the rules that the values of a request must keep, each as a type."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from app.times import parse_time

INTEGER = re.compile(r"-?[0-9]+")
# The largest number that fits into a BIGINT, which all ids are.
MAX_BIGINT = 2**63 - 1
# More digits than any BIGINT has; what is longer is too large, whatever follows.
LONGEST_NUMBER = 20

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
NO_NUL = r"^[^\x00]*$"

Priority = Literal["low", "normal", "high", "urgent"]
GivenRole = Literal["member", "viewer"]


def _all_different(entries: list[Any]) -> list[Any]:
    if len(set(entries)) < len(entries):
        raise ValueError("must not name anything twice")
    return entries


def _parse_integer(text: Any) -> int:
    """Read an integer strictly: pydantic alone would also take ``7.0``, ``+7`` and ``1_000``.

    What is beyond a BIGINT becomes its end, which names nothing either and which the database
    takes without an overflow.
    """
    if not isinstance(text, str) or not INTEGER.fullmatch(text):
        raise ValueError("must be an integer")
    return max(-MAX_BIGINT, min(int(text[:LONGEST_NUMBER]), MAX_BIGINT))


def _parse_id(text: Any) -> int:
    if not isinstance(text, str) or text.startswith("-"):
        raise ValueError("must be made of digits")
    return _parse_integer(text)


def _parse_assignee(text: Any) -> int | str:
    return text if text == "none" else _parse_integer(text)


def _split_priorities(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= {"low", "normal", "high", "urgent"}:
        raise ValueError("must be low, normal, high or urgent, or several with commas between")
    return names


def _text(*, longest: int, shortest: int = 0, pattern: str, trimmed: bool) -> StringConstraints:
    return StringConstraints(
        strip_whitespace=trimmed, min_length=shortest, max_length=longest, pattern=pattern
    )


# Request bodies

Name = Annotated[str, _text(shortest=1, longest=100, pattern=ONE_LINE, trimmed=True)]
Title = Annotated[str, _text(shortest=1, longest=200, pattern=ONE_LINE, trimmed=True)]
Label = Annotated[str, _text(shortest=1, longest=30, pattern=ONE_LINE, trimmed=True)]
Description = Annotated[str, _text(longest=5000, pattern=NO_NUL, trimmed=False)]
CommentText = Annotated[str, _text(shortest=1, longest=2000, pattern=NO_NUL, trimmed=True)]
Password = Annotated[str, _text(shortest=8, longest=128, pattern=NO_NUL, trimmed=False)]
Email = Annotated[
    str,
    StringConstraints(
        to_lower=True,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]*\.[^@\s\x00-\x1f\x7f]*$",
    ),
]
# What was once given out, or a name to sign in with: any text. What is nobody's is refused later.
AnyText = Annotated[str, StringConstraints(pattern=NO_NUL)]
Id = Annotated[int, Field(ge=1, le=MAX_BIGINT)]
Position = Annotated[int, Field(ge=0)]
Time = Annotated[datetime, BeforeValidator(parse_time)]
Labels = Annotated[list[Label], Field(max_length=10), AfterValidator(_all_different)]
AssigneeIds = Annotated[list[Id], Field(max_length=20), AfterValidator(_all_different)]

# Paths and query parameters, which arrive as text

PathId = Annotated[int, Field(ge=0), BeforeValidator(_parse_id)]
QueryInteger = Annotated[int, BeforeValidator(_parse_integer)]
Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(_parse_integer)]
Offset = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_parse_integer)]
QueryAssignee = Annotated[int | Literal["none"], BeforeValidator(_parse_assignee)]
QueryPriorities = Annotated[str, AfterValidator(_split_priorities)]
SearchText = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
