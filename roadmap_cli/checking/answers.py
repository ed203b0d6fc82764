"""What came back from the learner's server, and what we expected of it.

Whatever a server sends, reading it here ends in a value or in a Mismatch with words and a JSON path, never in a KeyError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from roadmap_cli.events import Assertion, Exchange

MAX_DEPTH = 64
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_ABSENT = object()


class Mismatch(Exception):
    """What we expected is not what came back: the verdict *failed*, explained.

    *log* is what a program of the learner's printed, if that tells more than the server's lines since the last exchange.
    """

    def __init__(
        self,
        message: str,
        *,
        expected: str = "",
        actual: str = "",
        path: str = "",
        exchange: Exchange | None = None,
        assertion: Assertion = "said",
        log: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.actual = actual
        self.path = path
        self.exchange = exchange
        self.assertion = assertion
        self.log = log


class Blocked(Exception):
    """A check cannot be judged, because another requirement is not kept."""

    def __init__(self, requirement: str, mismatch: Mismatch) -> None:
        super().__init__(requirement)
        self.requirement = requirement
        self.mismatch = mismatch


class NotToBeHad(Exception):
    """Something that a check needs is not there (a service, the project's files): the verdict *skipped*, with the reason."""


@dataclass(frozen=True, eq=False)
class Json:
    """A node of a parsed JSON body that knows its path (``$.items[0].id``)."""

    value: Any
    path: str = "$"
    exchange: Exchange | None = field(default=None, repr=False)

    def __getitem__(self, key: str | int) -> Json:
        path = f"{self.path}.{key}" if isinstance(key, str) else f"{self.path}[{key}]"
        if isinstance(key, str):
            self._want(dict, "an object")
            return Json(self.value[key], path, self.exchange) if key in self.value else self._absent(key, path)
        self._want(list, "a list")
        if not -len(self.value) <= key < len(self.value):
            self._differs("missing", "The list is too short.", f"an entry {key}", f"{len(self.value)} entries", path)
        return Json(self.value[key], path, self.exchange)

    def __contains__(self, key: object) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __iter__(self) -> Iterator[Json]:
        self._want(list, "a list")
        return iter([Json(entry, f"{self.path}[{i}]", self.exchange) for i, entry in enumerate(self.value)])

    def __len__(self) -> int:
        self._want(list, "a list")
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return difference(self.value, other.value if isinstance(other, Json) else other) is None

    __hash__ = None  # type: ignore[assignment]  # compared by value, so not to be put into sets

    def __str__(self) -> str:
        if isinstance(self.value, bool) or not isinstance(self.value, (str, int, float)):
            self._differs("kind", "A text or a number belongs here.", "a text or a number", shown(self.value))
        return str(self.value)

    def keys(self) -> tuple[str, ...]:
        """The names of an object's fields."""
        self._want(dict, "an object")
        return tuple(self.value)

    @property
    def integer(self) -> int:
        """The value, which is an integer (``true`` and ``7.0`` are none)."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self._differs("kind", "This is not an integer.", "an integer", shown(self.value))
        return int(self.value)

    @property
    def number(self) -> float:
        """The value, which is a number."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self._differs("kind", "This is not a number.", "a number", shown(self.value))
        return float(self.value)

    @property
    def text(self) -> str:
        """The value, which is a string."""
        self._want(str, "a string")
        return str(self.value)

    @property
    def boolean(self) -> bool:
        """The value, which is true or false."""
        self._want(bool, "true or false")
        return bool(self.value)

    @property
    def is_null(self) -> bool:
        """Whether the value is null."""
        return self.value is None

    @property
    def time(self) -> datetime:
        """The value, which is a time with a zone (RFC 3339)."""
        if isinstance(self.value, str) and _RFC3339.fullmatch(self.value):
            try:
                return datetime.fromisoformat(self._six_digits(self.value.upper()))
            except ValueError:
                pass
        self._differs(
            "kind", "This is not a time with a zone.", "a time such as 2026-03-01T09:30:00Z", shown(self.value)
        )

    def equals(self, wanted: Any) -> Json:
        """The value is exactly *wanted* (``true`` is not ``1``); else a Mismatch at the first place that differs."""
        different = difference(self.value, wanted.value if isinstance(wanted, Json) else wanted)
        if different:
            path, actual, expected = different
            self._differs("value", "This is not the value we expected.", expected, actual, self.path + path)
        return self

    def has(self, *names: str, **values: Any) -> Json:
        """The object has fields *names*, and fields with exactly these *values*."""
        for name in names:
            self[name]  # reading it is the check
        for name, wanted in values.items():
            self[name].equals(wanted)
        return self

    def expect(self, condition: object, sentence: str, *, expected: Any = "", actual: Any = _ABSENT) -> Json:
        """*condition* holds, or a Mismatch here says *sentence* (what should be)."""
        if not condition:
            seen = self.value if actual is _ABSENT else actual
            self._differs("said", sentence, _words(expected), shown(seen))
        return self

    def expect_filled(self) -> Json:
        """The value is a string with more than white space in it."""
        return self.expect(self.text.strip(), "This text must not be empty.", expected="a text")

    def _want(self, kind: type, words: str) -> None:
        if not isinstance(self.value, kind):
            self._differs("kind", f"This is not {words}.", words, shown(self.value))

    def _absent(self, key: str, path: str) -> NoReturn:
        there = ", ".join(sorted(map(str, self.value))) or "no fields at all"
        self._differs("missing", f"The field {key} is missing.", f"a field {key}", f"fields: {there}", path)

    def _differs(
        self, assertion: Assertion, message: str, expected: str, actual: str, path: str | None = None
    ) -> NoReturn:
        raise Mismatch(
            message,
            expected=expected,
            actual=actual,
            path=path or self.path,
            exchange=self.exchange,
            assertion=assertion,
        )

    @staticmethod
    def _six_digits(time: str) -> str:
        return re.sub(r"\.(\d{1,6})\d*", lambda match: "." + match.group(1).ljust(6, "0"), time)


@dataclass(frozen=True, eq=False)
class Answer:
    """A complete HTTP answer, and the request that led to it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    base_url: str
    exchange: Exchange

    def expect(self, *statuses: int) -> Answer:
        """The status is one of *statuses*."""
        if self.status not in statuses:
            wanted = " or ".join(map(str, statuses))
            self.mismatch(
                f"Your server answered {self.status}.",
                expected=f"status {wanted}",
                actual=f"status {self.status}",
                assertion="status",
            )
        return self

    def header(self, name: str) -> str:
        """The header's value (several are joined by commas, RFC 9110 §5.3); a Mismatch if it is not there."""
        value = self.find_header(name)
        if value is None:
            there = ", ".join(sorted({key for key, _ in self.headers}))
            self.mismatch(
                f"The header {name} is missing.",
                expected=f"a header {name}",
                actual=f"headers: {there}",
                assertion="header",
            )
        return value

    def find_header(self, name: str) -> str | None:
        """The header's value, or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def location(self) -> str:
        """Path and query of the Location header, which points at this server (RFC 9110 §10.2.2)."""
        location = self.header("Location")
        parts, own = urlsplit(location), urlsplit(self.base_url)
        foreign = parts.port != own.port if parts.netloc else False
        if foreign or not parts.path.startswith("/"):
            self.mismatch(
                "Location leads elsewhere.",
                expected="a path on your server, such as /books/7",
                actual=location,
                assertion="header",
            )
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def text(self) -> str:
        """The body as UTF-8 text; bytes that are none become replacement characters."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Json:
        """The body as strict JSON: UTF-8, no duplicate keys, no NaN, at most 64 levels deep; a Mismatch otherwise."""
        content_type = (self.find_header("Content-Type") or "").split(";")[0].strip().lower()
        if content_type != "application/json":
            self.mismatch(
                "The answer is not marked as JSON.",
                expected="Content-Type: application/json",
                actual=f"Content-Type: {content_type}" if content_type else "no Content-Type",
                assertion="json",
            )
        try:
            return Json(parse_json(self.body), "$", self.exchange)
        except ValueError as error:
            self.mismatch("The body is not valid JSON.", expected="JSON", actual=str(error), assertion="json")

    def expect_empty(self) -> Answer:
        """There is no body."""
        if self.body:
            words = f"{len(self.body)} bytes"
            self.mismatch("This answer must not have a body.", expected="no body", actual=words, assertion="body")
        return self

    def __getitem__(self, key: str | int) -> Json:
        return self.json[key]

    def __contains__(self, key: object) -> bool:
        return key in self.json

    def has(self, *names: str, **values: Any) -> Json:
        """Shorthand for ``.json.has(...)``."""
        return self.json.has(*names, **values)

    def mismatch(
        self, message: str, *, expected: str = "", actual: str = "", assertion: Assertion = "said"
    ) -> NoReturn:
        """Fail with this answer as the evidence."""
        raise Mismatch(message, expected=expected, actual=actual, exchange=self.exchange, assertion=assertion)


def parse_json(body: bytes) -> Any:
    """Strict JSON (RFC 8259, I-JSON's unique names); ValueError with words otherwise."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    if _depth(value) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def difference(actual: Any, expected: Any, path: str = "") -> tuple[str, str, str] | None:
    """The first place where two JSON values differ, as (path, actual, expected) in words; None if they are strictly equal."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in (*expected, *(key for key in actual if key not in expected)):
            if key not in actual:
                return f"{path}.{key}", "nothing", shown(expected[key])
            if key not in expected:
                return f"{path}.{key}", shown(actual[key]), "nothing"
            if found := difference(actual[key], expected[key], f"{path}.{key}"):
                return found
        return None
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        for index, (one, other) in enumerate(zip(actual, expected, strict=False)):
            if found := difference(one, other, f"{path}[{index}]"):
                return found
        if len(actual) != len(expected):
            return path, f"{len(actual)} entries: {shown(actual)}", f"{len(expected)} entries: {shown(expected)}"
        return None
    same = _kind(actual) == _kind(expected) and actual == expected
    return None if same else (path, shown(actual), shown(expected))


def shown(value: Any, limit: int = 300) -> str:
    """A value as a learner reads it: JSON where it is JSON, cut if it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def expect(
    condition: object, sentence: str, *, expected: Any = "", actual: Any = "", answer: Answer | None = None
) -> None:
    """*condition* holds, or the check fails with *sentence*, which says what should be."""
    if not condition:
        fail(sentence, expected=expected, actual=actual, answer=answer)


def fail(sentence: str, *, expected: Any = "", actual: Any = "", answer: Answer | None = None) -> NoReturn:
    """The check fails: *sentence* says what should be, *answer* is the evidence."""
    exchange = answer.exchange if answer else None
    raise Mismatch(sentence, expected=_words(expected), actual=_words(actual), exchange=exchange)


def blocked_by(requirement: str, sentence: str, *, answer: Answer | None = None) -> NoReturn:
    """The check cannot be judged: *requirement*, which its world is built with, is not kept."""
    actual = f"status {answer.status}" if answer else ""
    exchange = answer.exchange if answer else None
    raise Blocked(requirement, Mismatch(sentence, actual=actual, exchange=exchange))


def _words(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def _kind(value: Any) -> type:
    return float if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    """How many levels of objects and lists; iterative, so that depth itself cannot hurt."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        node, level = waiting.pop()
        if isinstance(node, (dict, list)):
            deepest = max(deepest, level)
            inner = node.values() if isinstance(node, dict) else node
            waiting.extend((entry, level + 1) for entry in inner)
    return deepest
