"""Requests that are drawn from a server's own document, kept within what the contract says (CONTRACT.md §13, §2 *Free*)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from documents import Endpoint

from roadmap_cli.checking import Draw
from roadmap_cli.checking.openapi import FORM
from roadmap_cli.checking.openapi_schemas import Case

# What may be answered with 413, 414 or 431 by whatever stands before your program is not asked for.
LONGEST_TARGET = 2000
LONGEST_BODY = 16_000
# Ids of up to so many digits are values that name nothing (§2); of longer ones nothing is said.
_ID_DIGITS = 18
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_HEADER = re.compile(r"[!-~]([ -~]*[!-~])?")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A request that is fit to be sent."""

    target: str
    headers: Mapping[str, str]
    body: bytes | None


class NotExamined(Exception):
    """A request that the contract leaves free."""


def request(case: Case, endpoint: Endpoint, ids: Mapping[str, Sequence[int]], draw: Draw) -> Drawn | None:
    """What is sent for *case*; None if the contract leaves it free.

    Most ids become those of things that are there (*ids*, by their names in the contract): all others would be 404.
    """
    try:
        target = _path(case, endpoint, ids, draw) + _query(case.query)
        body = _body(case, endpoint, ids, draw)
    except NotExamined:
        return None
    if len(target) > LONGEST_TARGET or len(body or b"") > LONGEST_BODY:
        return None
    return Drawn(target=target, headers=_headers(case, endpoint), body=body)


def _path(case: Case, endpoint: Endpoint, ids: Mapping[str, Sequence[int]], draw: Draw) -> str:
    path = endpoint.path
    for name, theirs in zip(endpoint.ids, case.operation.ids, strict=True):
        value = draw.pick(ids[name]) if draw.chance(0.75) else case.path.get(theirs, 0)
        text = _text(value)
        if text in ("", ".", "..") or "/" in text or "\\" in text:  # that is another path
            raise NotExamined
        path = path.replace(f"{{{name}}}", quote(text, safe=""), 1)
    return path


def _query(query: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in query.items():
        values = value if isinstance(value, list) else [value]
        if name != "label" and len(values) != 1:  # given twice, or not at all
            continue
        pairs += [(name, _text(each)) for each in values if each is not None]
    if any(text == "" and name != "q" for name, text in pairs):
        raise NotExamined
    return f"?{urlencode(pairs)}" if pairs else ""


def _text(value: Any) -> str:
    """A value as it stands in a URL."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise NotExamined
    text = str(value)
    if _NUMBER.fullmatch(text) and not _PLAIN_NUMBER.fullmatch(text):
        raise NotExamined
    return _encodable(text)


def _encodable(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise NotExamined from None
    return text


def _headers(case: Case, endpoint: Endpoint) -> dict[str, str]:
    headers = {"Content-Type": endpoint.media_type} if endpoint.takes else {}
    for name, value in case.headers.items():
        if name.lower() == "if-match" and isinstance(value, str) and _HEADER.fullmatch(value):
            headers["If-Match"] = value
    return headers


def _body(case: Case, endpoint: Endpoint, ids: Mapping[str, Sequence[int]], draw: Draw) -> bytes | None:
    if not endpoint.takes:
        return None
    if case.media_type.split(";")[0].strip().lower() != endpoint.media_type:
        raise NotExamined
    if endpoint.media_type == FORM:
        return _form(case.body)
    body = _whole_numbers(_with_ids(case.body, ids, draw))
    return _encodable(json.dumps(body, ensure_ascii=False)).encode()


def _form(body: Any) -> bytes:
    if not isinstance(body, dict):
        raise NotExamined
    return urlencode([(_encodable(name), _text(value)) for name, value in body.items() if value is not None]).encode()


def _with_ids(body: Any, ids: Mapping[str, Sequence[int]], draw: Draw) -> Any:
    """The body with most of its ids replaced by those of things that are there."""
    if not isinstance(body, dict):
        return body
    return {name: _id_for(name, value, ids, draw) for name, value in body.items()}


def _id_for(name: str, value: Any, ids: Mapping[str, Sequence[int]], draw: Draw) -> Any:
    if name == "assignee_ids" and isinstance(value, list):
        return [_id_for("user_id", each, ids, draw) for each in value]
    if name not in ids or isinstance(value, bool) or not isinstance(value, int):
        return value
    if draw.chance(0.75):
        return draw.pick(ids[name])
    if len(str(abs(value))) > _ID_DIGITS:
        raise NotExamined
    return value


def _whole_numbers(value: Any) -> Any:
    """The value without numbers such as 7.0, of which nothing is said."""
    match value:
        case dict():
            return {name: _whole_numbers(each) for name, each in value.items()}
        case list():
            return [_whole_numbers(each) for each in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
