"""Rules for what clients send: a rule takes a value and gives the one to use, or raises `Wrong`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .errors import invalid, not_found

Rule = Callable[[Any], Any]

BIGGEST_ID = 2**63 - 1
"""The biggest id that the database can give; a bigger one names nothing."""

MOST_DIGITS = 4000
"""Of a number with more digits than this only the first ones are looked at: it is too big for anything."""

# What Unicode calls white space. Python's own idea adds U+001C to U+001F, which are control characters here.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

CONTROL = re.compile(r"[\x00-\x1f]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
INTEGER = re.compile(r"-?[0-9]+")
DIGITS = re.compile(r"[0-9]+")
ISBN = re.compile(r"97[89][0-9]{10}")
MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)([Zz]|[-+ ][0-9]{2}:[0-9]{2})"
)


class Wrong(Exception):
    """A value breaks a rule; the message says which."""


def apply(values: Mapping[str, Any], rules: Mapping[str, Rule], required: Iterable[str] = ()) -> dict[str, Any]:
    """The values that have a rule, each as its rule gives it; 422 with everything that is wrong."""
    good: dict[str, Any] = {}
    wrong = [(name, "is missing") for name in required if name not in values]
    for name in rules.keys() & values.keys():
        try:
            good[name] = rules[name](values[name])
        except Wrong as error:
            wrong.append((name, str(error)))
    if wrong:
        raise invalid(sorted(wrong))
    return good


def fields(body: object) -> dict[str, Any]:
    """The fields of a body, which has to be a JSON object."""
    if not isinstance(body, dict):
        raise invalid([("body", "must be a JSON object")])
    return body


def path_id(text: str) -> int:
    """The id in a path: 422 if it is not made of digits, 404 if no id can be that big."""
    if not DIGITS.fullmatch(text):
        raise invalid([("id", "must be a positive integer")])
    return known_id(number_of(text))


def known_id(number: int) -> int:
    """An id that the database can be asked for; 404 for any other number."""
    if not 1 <= number <= BIGGEST_ID:
        raise not_found("record")
    return number


def number_of(digits: str) -> int:
    """The number that digits spell, even where there are so many that Python refuses them."""
    return int(digits[:MOST_DIGITS])


def storable(text: str) -> bool:
    """Whether the database can hold this text: it knows neither U+0000 nor half a surrogate pair."""
    return "\0" not in text and not SURROGATE.search(text)


def string(value: object) -> str:
    """Any string."""
    if not isinstance(value, str):
        raise Wrong("must be a string")
    return value


def line(longest: int) -> Rule:
    """One line of text, trimmed, of 1 to `longest` characters."""

    def rule(value: object) -> str:
        text = string(value).strip(WHITE_SPACE)
        if not 1 <= len(text) <= longest:
            raise Wrong(f"must have 1 to {longest} characters")
        if CONTROL.search(text) or SURROGATE.search(text):
            raise Wrong("must not contain control characters or halves of characters")
        return text

    return rule


def isbn(value: object) -> str:
    """An ISBN-13, given back without hyphens."""
    digits = string(value).replace("-", "")
    if not ISBN.fullmatch(digits):
        raise Wrong("must be 13 digits that begin with 978 or 979")
    if sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10:
        raise Wrong("the check digit is wrong")
    return digits


def integer(value: object) -> int:
    """Any JSON integer; true and false are none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong("must be an integer")
    return value


def integer_between(low: int, high: int) -> Rule:
    """A JSON integer from `low` to `high`."""

    def rule(value: object) -> int:
        number = integer(value)
        if not low <= number <= high:
            raise Wrong(f"must be from {low} to {high}")
        return number

    return rule


def year(value: object) -> int:
    """A year since the first printed books, up to the present one."""
    number: int = integer_between(1450, datetime.now(UTC).year)(value)
    return number


def different_integers(most: int) -> Rule:
    """A list of 1 to `most` integers, none of them twice."""

    def rule(value: object) -> list[int]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise Wrong(f"must be a list of 1 to {most} integers")
        numbers = [integer(entry) for entry in value]
        if len(set(numbers)) < len(numbers):
            raise Wrong("must not name anything twice")
        return numbers

    return rule


def email(value: object) -> str:
    """An e-mail address, given back in lower case."""
    address = string(value)
    name, _, domain = address.partition("@")
    if len(address) > 254:
        raise Wrong("must have at most 254 characters")
    if not name or not domain or "@" in domain or "." not in domain:
        raise Wrong("must look like name@example.com")
    if not storable(address) or any(character.isspace() for character in address):
        raise Wrong("must not contain white space")
    return address.lower()


def password(value: object) -> str:
    """A password of 8 to 128 characters, whatever they are."""
    text = string(value)
    if not 8 <= len(text) <= 128:
        raise Wrong("must have 8 to 128 characters")
    return text


def choice(*words: str) -> Rule:
    """One of these words."""

    def rule(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise Wrong("must be one of " + ", ".join(words))
        return value

    return rule


def parameter(value: str) -> int:
    """An integer in a query."""
    if not INTEGER.fullmatch(value):
        raise Wrong("must be an integer")
    return number_of(value)


def parameter_from(low: int, high: int | None = None) -> Rule:
    """An integer in a query that is `low` or more, and at most `high` if that is given."""

    def rule(value: str) -> int:
        number = parameter(value)
        if number < low or (high is not None and number > high):
            raise Wrong(f"must be {low} or more" if high is None else f"must be from {low} to {high}")
        return number

    return rule


def moment(value: str) -> datetime:
    """A time in a query, as in RFC 3339; a `+` that came as a blank is understood."""
    parts = MOMENT.fullmatch(value)
    if not parts:
        raise Wrong("must be a time such as 2026-03-01T09:30:00Z")
    day, clock, offset = parts.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}{offset.upper().replace(' ', '+')}")
    except ValueError:
        raise Wrong("is not a time that exists") from None


PAGE: Mapping[str, Rule] = {"limit": parameter_from(1, 100), "offset": parameter_from(0)}
"""The parameters that every list takes."""
