"""CONTRACT.md and openapi.yaml of the library: what only that phase has. What every phase has is in test_openapi."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.contract_and_openapi import LIBRARY, Endpoint, one_line

BOOK = {
    "title": "The Left Hand of Darkness",
    "author": "Ursula K. Le Guin",
    "isbn": "9780441478125",
    "published_year": 1969,
    "copies_total": 3,
}
PERSON = {"email": "ada@example.com", "name": "Ada", "password": "correct horse"}


def test_every_rule_on_a_field_is_quoted() -> None:
    """What the tables say of a field of a request is in the description of its schema: copy a changed rule there."""
    said = LIBRARY.properties(LIBRARY.component("NewBook")) | {
        f"user {name}": schema
        for body in ("Registration", "UserChanges")
        for name, schema in LIBRARY.properties(LIBRARY.component(body)).items()
    }
    wanted = LIBRARY.fields(4) | {f"user {name}": rule for name, rule in LIBRARY.fields(6).items()}

    assert wanted == {name: one_line(schema["description"]) for name, schema in said.items()}


def test_every_rule_on_a_parameter_is_quoted() -> None:
    """What the table says of a parameter of GET /books is in its description, and there is no other."""
    there = {each["name"]: one_line(each["description"]) for each in LIBRARY.operations["GET /books"]["parameters"]}

    assert LIBRARY.parameters(4) == {name: words for name, words in there.items() if name not in ("limit", "offset")}


def test_head_answers_with_the_statuses_of_get() -> None:
    """It takes the same parameters, and has the same Content-Type; a condition (304) is said of GET alone."""
    heads = {name: each for name, each in LIBRARY.operations.items() if name.startswith("HEAD ")}

    for name, head in heads.items():
        get = LIBRARY.operations[name.replace("HEAD", "GET")]
        assert get["responses"].keys() - {"304"} == head["responses"].keys()
        assert [each for each in get["parameters"] if each["in"] != "header"] == head["parameters"]
        assert all("application/json" in LIBRARY.resolved(answer)["content"] for answer in head["responses"].values())


@pytest.mark.parametrize("endpoint", LIBRARY.endpoints, ids=lambda each: each.name)
def test_the_fields_of_bodies_are_the_same(endpoint: Endpoint) -> None:
    """A body has the fields that its row, or the table of fields, names."""
    writes_book = endpoint.path.startswith("/books") and endpoint.method in ("POST", "PUT", "PATCH")
    wanted = (*LIBRARY.fields(4),) if writes_book else endpoint.body
    schema = LIBRARY.schema_of(LIBRARY.operations[endpoint.name].get("requestBody", {}))

    assert {*wanted} == LIBRARY.properties(schema).keys()


@pytest.mark.parametrize(
    ("body", "optional"),
    [
        ("NewBook", {name for name, rule in LIBRARY.fields(4).items() if "may be left out in POST" in rule}),
        ("BookReplacement", set()),
        ("BookChanges", {*LIBRARY.fields(4)}),
        ("Registration", set()),
        ("Credentials", set()),
        ("UserChanges", {"name", "role"}),
        ("NewLoan", set()),
        ("NewLoans", set()),
    ],
)
def test_fields_are_required_unless_the_contract_lets_them_out(body: str, optional: set[str]) -> None:
    """One field is taken away at a time."""
    known: dict[str, Any] = BOOK | PERSON | {"role": "member", "book_id": 7, "book_ids": [7]}
    whole = {name: known[name] for name in LIBRARY.properties(LIBRARY.component(body))}

    assert not LIBRARY.faults(LIBRARY.component(body), whole)
    for name in whole:
        lacking = {other: value for other, value in whole.items() if other != name}
        assert (name in optional) == (not LIBRARY.faults(LIBRARY.component(body), lacking))


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("GET /health", "Health"),
        ("GET /ready", "Readiness"),
        ("POST /auth/login", "Token"),
        ("GET /reports/most-borrowed", "MostBorrowed"),
        ("GET /reports/overdue", "OverdueUser"),
        ("GET /reports/authors", "AuthorSummary"),
    ],
)
def test_the_fields_named_in_a_row_are_those_of_the_schema(name: str, schema: str) -> None:
    """`{"status": "ok"}` is a whole body, `{"book_id", "title"}` the names of one."""
    (row,) = [each.words[0] for each in LIBRARY.endpoints if each.name == name]
    match = re.search(r"`(\{.*?\})`", row)
    assert match
    whole = json.loads(match[1].replace("…", "token")) if ":" in match[1] else None
    named = whole or re.findall(r'"(\w+)"', match[1])

    assert {*named} == LIBRARY.properties(LIBRARY.component(schema)).keys() == {*LIBRARY.component(schema)["required"]}
    assert not whole or not LIBRARY.faults(LIBRARY.component(schema), whole)


# --- the edges of the rules -----------------------------------------------------------------------------------------

EDGES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("NewBook", "title", ["A", "ş" * 200, "🦊" * 200, f" \t\r\n{'a' * 200} \n", "a\x7fb", "a  b"], ["", "  ", "a" * 201, "a\nb", "a\0b", 7, None]),
    ("NewBook", "author", ["A", "🦊" * 120, f"  {'a' * 120} "], ["", "\t", "a" * 121, "a\x1fb", True, None]),
    ("NewBook", "isbn", ["9780441478125", "978-0-441-47812-5", "-97--80441478125-"], ["978044147812", "97804414781250", "9770441478125", " 9780441478125", "978 0441478125", "", "-------------", "080442957X", "978044147812٣", 9780441478125, None]),
    ("NewBook", "published_year", [1450, 2020], [1449, "1969", 1969.5, True, None]),
    ("NewBook", "copies_total", [1, 1000], [0, 1001, -1, "3", 2.5, True, None]),
    ("BookChanges", "title", ["A"], [None, ""]),
    ("Registration", "email", ["a@example.com", f"{'a' * 242}@example.com", "a.b+c_d-e@x.example.com", "ADA@example.com", "a%b@example.com"], ["", "a", "a.example.com", "@example.com", "a@", "a@b@example.com", "a@example", "a b@example.com", " a@example.com", "a\0b@example.com", f"{'a' * 243}@example.com", 7, None]),
    ("Registration", "name", ["A", "🦊" * 120, f" {'a' * 120}  "], ["", "   ", "a" * 121, "a\0b", "a\nb", 7, None]),
    ("Registration", "password", ["é" * 8, "🦊" * 128, " " * 8, "1234567\n", "1234\0 678"], ["1234567", "🦊" * 129, 12345678, None]),
    ("Credentials", "email", ["nobody", "", "a" * 999], [7, None]),
    ("Credentials", "password", ["", "short", "a" * 999], [7, None]),
    ("UserChanges", "role", ["member", "librarian"], ["admin", "", "Librarian", 1, None]),
    ("NewLoan", "book_id", [0, 7, 10**99], ["7", 7.5, True, None, [7]]),
    ("NewLoans", "book_ids", [[7], [*range(10)], [9, 7]], [[], [*range(11)], [7, 7], [7, "8"], [7, True], [7, 8.5], [7, None], 7, None]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "right", "wrong"), EDGES, ids=[f"{body}.{field}" for body, field, *_ in EDGES]
)
def test_the_schemas_draw_the_line_where_the_contract_does(
    body: str, field: str, right: list[Any], wrong: list[Any]
) -> None:
    """Neither is a value refused that the checks send as a good one, nor the other way round."""
    rest = {"Credentials": PERSON, "Registration": PERSON}.get(body, BOOK if body == "NewBook" else {})

    assert [] == [value for value in right if LIBRARY.faults(LIBRARY.component(body), rest | {field: value})]
    assert [] == [value for value in wrong if not LIBRARY.faults(LIBRARY.component(body), rest | {field: value})]


@pytest.mark.parametrize(
    ("name", "parameter", "right", "wrong"),
    [
        ("GET /books", "limit", [1, 100], [0, 101, -1, "ten", 1.5]),
        ("GET /books", "offset", [0, 2**31], [-1, "x", 1.5]),
        ("GET /books", "q", ["", "%_*\\'"], []),
        ("GET /books", "year_from", [0, 2999], ["1969x", 1969.5]),
        ("GET /books", "year_to", [0, 2999], ["1969x", 1969.5]),
        ("GET /books", "available", ["true", "false"], ["maybe", "1", "TRUE"]),
        ("GET /books", "sort", ["id", "title", "author", "year"], ["", "-", "--id", "Title", "published_year"]),
        ("GET /books", "sort", ["-id", "-title", "-author", "-year"], ["-YEAR", "title desc"]),
        ("GET /loans", "state", ["open", "returned", "overdue"], ["lost", "OPEN", "open,returned"]),
        ("GET /loans", "book_id", [7, 2**40], ["abc", 1.5]),
        ("GET /loans", "user_id", [7, 2**40], ["me", 1.5]),
    ],
)
def test_the_schemas_of_parameters_do_too(name: str, parameter: str, right: list[Any], wrong: list[Any]) -> None:
    """Both sides of each line, as the checks send them."""
    (schema,) = [each["schema"] for each in LIBRARY.operations[name]["parameters"] if each["name"] == parameter]

    assert [] == [value for value in right if LIBRARY.faults(schema, value)]
    assert [] == [value for value in wrong if not LIBRARY.faults(schema, value)]


def test_fields_that_nobody_named_are_ignored() -> None:
    """No body is closed: a further field is neither refused nor looked at."""
    surplus: dict[str, Any] = {"id": "x", "colour": [None], "created_at": 7}

    assert not LIBRARY.faults(LIBRARY.component("NewBook"), BOOK | surplus)
    assert not LIBRARY.faults(LIBRARY.component("Registration"), PERSON | surplus | {"role": 7})
