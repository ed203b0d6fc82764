"""Fields: the rules that the values of a request must keep, each as a type."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from app.models import MAX_INTEGER
from app.times import now, parse_time

ISBN_13 = re.compile(r"97[89][0-9]{10}")
INTEGER = re.compile(r"-?[0-9]+")
FIRST_PRINTED_YEAR = 1450
# More digits than any number in a column has; what is longer is too large, whatever follows.
LONGEST_NUMBER = 12


def _isbn(text: str) -> str:
    digits = text.replace("-", "")
    if not ISBN_13.fullmatch(digits):
        raise ValueError("must be 13 digits that begin with 978 or 979")
    checksum = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    if checksum % 10 != 0:
        raise ValueError("the check digit is wrong")
    return digits


def _published_year(year: int) -> int:
    if not FIRST_PRINTED_YEAR <= year <= now().year:
        raise ValueError(f"must be from {FIRST_PRINTED_YEAR} to the current year")
    return year


def _all_different(ids: list[int]) -> list[int]:
    if len(set(ids)) < len(ids):
        raise ValueError("must not name a book twice")
    return ids


def _parse_integer(text: Any) -> int:
    """Read an integer strictly: pydantic alone would also take ``7.0``, ``+7`` and ``1_000``."""
    if not isinstance(text, str) or not INTEGER.fullmatch(text):
        raise ValueError("must be an integer")
    return int(text)


def _parse_number_of_column(text: Any) -> int:
    """Read an integer that a column is compared with.

    What is beyond the column's range becomes the end of that range, which names nothing either
    and which the database takes without an overflow.
    """
    if isinstance(text, str) and INTEGER.fullmatch(text):
        text = text[:LONGEST_NUMBER]
    return max(-MAX_INTEGER, min(_parse_integer(text), MAX_INTEGER))


def _parse_id(text: Any) -> int:
    if not isinstance(text, str) or text.startswith("-"):
        raise ValueError("must be made of digits")
    return _parse_number_of_column(text)


# Request bodies

Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$"
    ),
]
PersonName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]*$"
    ),
]
Isbn = Annotated[str, AfterValidator(_isbn)]
PublishedYear = Annotated[int, AfterValidator(_published_year)]
Copies = Annotated[int, Field(ge=1, le=1000)]
Email = Annotated[
    str,
    StringConstraints(
        to_lower=True, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]*\.[^@\s\x00-\x1f]*$"
    ),
]
LoginName = Annotated[str, StringConstraints(to_lower=True)]  # any text: what is nobody's is 401
Password = Annotated[str, StringConstraints(min_length=8, max_length=128)]
BookIds = Annotated[list[int], Field(min_length=1, max_length=10), AfterValidator(_all_different)]

# Paths and query parameters, which arrive as text

PathId = Annotated[int, BeforeValidator(_parse_id)]
QueryInteger = Annotated[int, BeforeValidator(_parse_integer)]
QueryNumber = Annotated[int, BeforeValidator(_parse_number_of_column)]
QueryTime = Annotated[Any, BeforeValidator(parse_time)]
