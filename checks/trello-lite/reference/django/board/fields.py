"""Rules for single values, as types: what an endpoint asks for is said once, here."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, Strict, WithJsonSchema

# What Unicode calls white space. Python's own idea adds U+001C to U+001F, which are control characters here.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DIGITS = re.compile(r"[0-9]+")
NUMBER = re.compile(r"[-+]?[0-9]+")
MOMENT = re.compile(
    r"((?:19[7-9]|2[0-9]{2})[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)(Z|[+-][0-9]{2}:[0-9]{2})"
)
MOST_DIGITS = 18
"""Every number of up to that many digits fits into the database's bigint; what has more names nothing."""


def number_of(text: str) -> int:
    """The number that this spells, or one that is as good: too large for anything."""
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    digits = digits.lstrip("0") or "0"
    return int(sign + (digits if len(digits) <= MOST_DIGITS else "9" * MOST_DIGITS))


# Texts


def storable(text: str) -> str:
    """A text that the database can hold."""
    if "\0" in text:
        raise ValueError("must not contain U+0000")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain halves of characters")
    return text


def trimmed(longest: int, *, one_line: bool = True) -> Callable[[str], str]:
    def rule(text: str) -> str:
        text = storable(text.strip(WHITE_SPACE))
        if not text:
            raise ValueError("must not be empty")
        if len(text) > longest:
            raise ValueError(f"must have at most {longest} characters, not {len(text)}")
        if one_line and CONTROL.search(text):
            raise ValueError("must be one line, without control characters")
        return text

    return rule


def email(text: str) -> str:
    """An e-mail address, in lower case."""
    name, _, domain = storable(text).partition("@")
    if len(text) > 254:
        raise ValueError("must have at most 254 characters")
    if not name or not domain or "@" in domain or "." not in domain:
        raise ValueError("must look like name@example.com")
    if any(character.isspace() or unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must hold neither white space nor control characters")
    return text.lower()


def at_most(longest: int) -> Callable[[str], str]:
    def rule(text: str) -> str:
        if len(storable(text)) > longest:
            raise ValueError(f"must have at most {longest} characters, not {len(text)}")
        return text

    return rule


def new_password(text: str) -> str:
    if not 8 <= len(storable(text)) <= 128:
        raise ValueError("must have 8 to 128 characters")
    return text


def _text(rule: Callable[[str], str], description: str) -> Any:
    """A string with a rule of its own, and how the document describes it."""
    schema = {"type": "string", "description": description}
    return Annotated[str, Strict(), AfterValidator(rule), WithJsonSchema(schema)]


Text = _text(storable, "any text without U+0000")
Name = _text(trimmed(100), "trimmed; 1 to 100 characters; one line")
Title = _text(trimmed(200), "trimmed; 1 to 200 characters; one line")
Label = _text(trimmed(30), "trimmed; 1 to 30 characters; one line")
Remark = _text(trimmed(2000, one_line=False), "trimmed; 1 to 2000 characters")
Description = _text(at_most(5000), "at most 5000 characters, kept as they are")
Email = _text(email, "an e-mail address, upper and lower case alike")
Password = _text(new_password, "8 to 128 characters")


# Times


def moment(value: object) -> datetime:
    """A time as RFC 3339 has it, with T and an offset, in UTC."""
    if not isinstance(value, str) or not (match := MOMENT.fullmatch(value)):
        raise ValueError("must be a time with an offset, such as 2026-03-01T09:30:00Z")
    date_and_time, offset = match.groups()
    try:
        return datetime.fromisoformat(date_and_time + offset.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such time") from None


def spelt(value: datetime) -> str:
    """A time as it is answered: in UTC, with all that is known of it."""
    return value.astimezone(UTC).isoformat()


_MOMENT = WithJsonSchema({"type": "string", "format": "date-time"})
Moment = Annotated[datetime, BeforeValidator(moment), _MOMENT]
Answered = Annotated[datetime, PlainSerializer(spelt, return_type=str), _MOMENT]


# Numbers and lists in bodies

Integer = Annotated[int, Strict()]
Place = Annotated[int, Strict(), Field(ge=0)]
PriorityWord = Literal["low", "normal", "high", "urgent"]


def all_different(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError("must not name anything twice")
    return sorted(values)


Labels = Annotated[list[Label], Strict(), Field(max_length=10), AfterValidator(all_different)]
UserIds = Annotated[list[Integer], Strict(), Field(max_length=20), AfterValidator(all_different)]


# Numbers in paths and queries, which come as texts


def path_id(value: str) -> int:
    """An id in a path. One that is too large for any row becomes one that no row has."""
    if not DIGITS.fullmatch(value):
        raise ValueError("must be a positive integer")
    return number_of(value)


def parameter(value: object) -> object:
    if isinstance(value, str):
        if not NUMBER.fullmatch(value):
            raise ValueError("must be an integer")
        return number_of(value)
    return value


PathId = Annotated[int, BeforeValidator(path_id), WithJsonSchema({"type": "integer", "minimum": 1})]
QueryInteger = Annotated[int, BeforeValidator(parameter)]


def unsent(**more: Any) -> Any:
    """A field that may be left out, but is not null: look at `sent` of the body for whether it was."""
    return Field(default=None, json_schema_extra=lambda schema: schema.pop("default", None), **more)
