"""Signatures: what usually causes a failure of a certain form. Pure: a phase, a requirement and a failure in, a text out.

Of all signatures that fit the one with the most conditions is meant; of equals the one that the curriculum names first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

from roadmap_cli.curriculum import Phase, Signature, When
from roadmap_cli.events import Exchange, Failure

_STATUSES = re.compile(r"(?:status )?(\d{3}(?: or \d{3})*)")


def best(phase: Phase, requirement: str, failure: Failure) -> Signature | None:
    """The signature of *failure*, a failure of *requirement*; None if none fits."""
    fitting = [each for each in phase.signatures if _concerns(each, requirement) and fits(each.when, failure)]
    return max(fitting, key=_conditions, default=None)


def fits(when: When, failure: Failure) -> bool:
    """Whether the failure has that form."""
    last = failure.exchanges[-1] if failure.exchanges else Exchange(method="", url="")
    return all(_holds(when, failure, last))


def _holds(when: When, failure: Failure, last: Exchange) -> Iterator[bool]:
    """One truth for each condition."""
    for wanted, found in ((when.assertion, failure.assertion), (when.check, failure.check), (when.method, last.method)):
        yield wanted in ("", found)
    yield not when.target or bool(_target(when.target).fullmatch(urlsplit(last.url).path))
    yield not when.status or last.status in when.status
    yield not when.wanted or set(when.wanted) == set(_statuses(failure.expected))
    yield not when.path or bool(_path(when.path).fullmatch(failure.path))
    yield not when.field or _has(last.response_body, when.field)
    for pattern, text in _texts(when, failure, last):
        yield not pattern or bool(re.search(pattern, text))


def _texts(when: When, failure: Failure, last: Exchange) -> Iterator[tuple[str, str]]:
    yield when.message, failure.message
    yield when.expected, failure.expected
    yield when.actual, failure.actual
    yield when.sent, last.request_body
    yield when.answer, last.response_body
    yield when.log, "\n".join(failure.log)


def _concerns(signature: Signature, requirement: str) -> bool:
    return not signature.requirements or requirement in signature.requirements


def _conditions(signature: Signature) -> int:
    named = sum(bool(getattr(signature.when, field.name)) for field in fields(When))
    return named + bool(signature.requirements)


def _statuses(expected: str) -> tuple[int, ...]:
    """The statuses that a failure expected: ``status 201``, ``status 200 or 204``."""
    found = _STATUSES.fullmatch(expected)
    return tuple(map(int, found.group(1).split(" or "))) if found else ()


def _target(pattern: str) -> re.Pattern[str]:
    """``/books/{id}`` as a regular expression."""
    return re.compile("".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in _split(pattern, r"\{\w+\}")))


def _path(pattern: str) -> re.Pattern[str]:
    """``$.items[*].id`` as a regular expression."""
    return re.compile("".join(r"\[\d+\]" if part == "[*]" else re.escape(part) for part in _split(pattern, r"\[\*\]")))


def _split(pattern: str, special: str) -> list[str]:
    return re.split(f"({special})", pattern)


def _has(body: str, path: str) -> bool:
    """Whether the JSON *body* has something at *path*."""
    try:
        nodes: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        return False
    for name, index in re.findall(r"\.(\w+)|\[(\*|\d+)\]", path):
        nodes = [child for node in nodes for child in _children(node, name, index)]
    return bool(nodes)


def _children(node: Any, name: str, index: str) -> list[Any]:
    match node:
        case dict() if name:
            return [node[name]] if name in node else []
        case list() if index:
            return node if index == "*" else node[int(index) :][:1]
        case _:
            return []
