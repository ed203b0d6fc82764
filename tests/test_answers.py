"""Reading an answer: a value, or a Mismatch with words and a path; never another exception."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap_cli.checking.answers import Answer, Json, Mismatch, difference, parse_json
from roadmap_cli.events import Exchange

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def answer(document: Any = None, *, body: bytes | None = None, status: int = 200, **headers: str) -> Answer:
    headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    content = json.dumps(document).encode() if body is None else body
    exchange = Exchange(method="GET", url="http://127.0.0.1:1/books")
    return Answer(status, tuple(headers.items()), content, "http://127.0.0.1:1", exchange)


def mismatch(step: Callable[[], object]) -> Mismatch:
    with pytest.raises(Mismatch) as caught:
        step()
    return caught.value


def test_a_missing_field_is_named_with_what_is_there() -> None:
    """The learner sees which fields came instead."""
    found = mismatch(lambda: answer({"items": [{"name": 1}]})["items"][0]["id"])

    assert "$.items[0].id" == found.path
    assert "The field id is missing." == found.message
    assert "fields: name" == found.actual


@pytest.mark.parametrize(
    ("read", "document"),
    [
        (lambda node: node["a"], [1]),
        (lambda node: node["a"], None),
        (lambda node: node[0], {"a": 1}),
        (lambda node: node[3], [1]),
        (lambda node: list(node), 7),
        (lambda node: len(node), "text"),
        (lambda node: node.integer, True),
        (lambda node: node.integer, 7.0),
        (lambda node: node.integer, "7"),
        (lambda node: node.number, True),
        (lambda node: node.text, 7),
        (lambda node: node.boolean, 1),
        (lambda node: node.time, "yesterday"),
        (lambda node: node.time, "2026-03-01T09:30:00"),
        (lambda node: node.time, "2026-13-01T09:30:00Z"),
        (lambda node: node.time, 1700000000),
        (lambda node: node.keys(), [1]),
        (lambda node: f"{node}", None),
        (lambda node: f"{node}", True),
        (lambda node: node.expect_filled(), "  "),
        (lambda node: node.has("b"), {"a": 1}),
        (lambda node: node.has(a=2), {"a": 1}),
        (lambda node: node.equals([1, 2]), [1]),
    ],
)
def test_a_surprise_is_a_mismatch_in_words(read: Callable[[Json], object], document: Any) -> None:
    """Strange bodies fail a check; they never break it."""
    found = mismatch(lambda: read(Json(document)))

    assert found.message.endswith(".")
    assert found.expected
    assert found.actual


@given(json_values)
def test_nothing_that_json_can_say_raises_anything_else(document: Any) -> None:
    """Every way to read a node ends in a value or a Mismatch."""
    node = Json(document)
    for read in (
        lambda: node["a"]["b"],
        lambda: [entry["a"] for entry in node],
        lambda: node.integer,
        lambda: node.time,
        lambda: f"{node}",
        lambda: len(node),
        lambda: node == {"a": 1},
        lambda: "a" in node,
        lambda: node.equals([{"a": 1}]),
    ):
        with contextlib.suppress(Mismatch):
            read()


@given(json_values)
def test_a_value_equals_itself_and_its_copy(document: Any) -> None:
    """No value differs from what JSON makes of it."""
    assert difference(document, json.loads(json.dumps(document))) is None


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        (True, 1, ""),
        (1, True, ""),
        (0, False, ""),
        ("1", 1, ""),
        (None, 0, ""),
        ([], {}, ""),
        ({"a": 1}, {"a": 1, "b": 2}, ".b"),
        ({"a": 1, "b": 2}, {"a": 1}, ".b"),
        ([1, 2, 4], [1, 2, 3], "[2]"),
        ([1], [1, 2], ""),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ".a[0].b"),
    ],
)
def test_the_first_difference_is_found(one: Any, other: Any, path: str) -> None:
    """Strictly: true is not 1, and every path leads to the place."""
    found = difference(one, other)

    assert found is not None
    assert path == found[0]


def test_a_number_with_and_without_a_fraction_is_one_number() -> None:
    """JSON has one kind of number; whether 3.0 may stand for 3 is for `.integer` to say."""
    assert difference(3.0, 3) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "line 1"),
        (b"<html>", "line 1"),
        (b"{'a': 1}", "line 1"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100 + b"]" * 100, "64"),
        (b"[" * 100_000, "deep"),
        (b"1" * 5000, "digits"),
    ],
)
def test_what_is_not_strict_json_is_refused_in_words(body: bytes, words: str) -> None:
    """RFC 8259 with unique names; depth and digits are bounded."""
    with pytest.raises(ValueError, match=words):
        parse_json(body)


def test_json_must_be_marked_as_json() -> None:
    """A body without the content type is not JSON to a client."""
    found = mismatch(lambda: answer({}, Content_Type="text/html").json)

    assert "The answer is not marked as JSON." == found.message


def test_parameters_of_the_content_type_are_free() -> None:
    """charset=utf-8 may follow."""
    assert 1 == answer({"a": 1}, Content_Type="Application/JSON; charset=utf-8")["a"].integer


@pytest.mark.parametrize("location", ["/books/7", "http://127.0.0.1:1/books/7", "http://localhost:1/books/7"])
def test_location_may_be_absolute(location: str) -> None:
    """RFC 9110 §10.2.2 allows both."""
    assert "/books/7" == answer(Location=location).location()


@pytest.mark.parametrize("location", ["books/7", "http://127.0.0.1:2/books/7", "//evil.example/books/7", ""])
def test_location_must_lead_to_this_server(location: str) -> None:
    """Another port, another host or a relative path is no answer."""
    assert "Location leads elsewhere." == mismatch(lambda: answer(Location=location).location()).message


def test_the_status_is_told_as_it_was() -> None:
    """What came and what was expected, in that order of importance."""
    found = mismatch(lambda: answer(status=500).expect(200, 204))

    assert ("Your server answered 500.", "status 200 or 204") == (found.message, found.expected)
