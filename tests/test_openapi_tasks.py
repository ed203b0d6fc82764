"""CONTRACT.md and openapi.yaml of the task API: what only that phase has. What every phase has is in test_openapi."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import pytest

from tests.contract_and_openapi import FORM, TASKS, Endpoint, one_line

TASK = {
    "column_id": 8,
    "title": "Order boxes",
    "description": "Ten of them.",
    "priority": "high",
    "due_at": "2026-03-15T10:30:00+01:00",
    "labels": ["kitchen"],
    "assignee_ids": [3],
}
KNOWN: dict[str, Any] = TASK | {
    "email": "ada@example.com",
    "name": "Ada",
    "password": "correct horse",
    "new_password": "staple battery",
    "username": "ada@example.com",
    "grant_type": "password",
    "refresh_token": "bm90IGEgcmVhbCBvbmU",
    "role": "member",
    "user_id": 7,
    "position": 0,
    "text": "Ten of them.",
}
EACH_ENDPOINT = pytest.mark.parametrize("endpoint", TASKS.endpoints, ids=lambda each: each.name)


def test_every_rule_on_a_field_is_quoted() -> None:
    """What the tables say of a field of a request is in the description of its schema: copy a changed rule there."""
    bodies = {4: ("Registration", "PasswordChange"), 5: ("NewProject", "NewInvitation"), 7: ("NewTask",)}

    for section, names in bodies.items():
        said = {
            name: one_line(schema["description"])
            for body in names
            for name, schema in TASKS.properties(TASKS.component(body)).items()
            if name != "password" or body == "Registration"
        }
        assert TASKS.fields(section) == said


def test_every_rule_on_a_parameter_is_quoted() -> None:
    """What the table of §9 says of a parameter is in its description, and there is no other."""
    listed = TASKS.operations["GET /projects/{project_id}/tasks"]["parameters"]
    there = {each["name"]: one_line(each["description"]) for each in listed if each["in"] == "query"}

    assert TASKS.parameters(9) == {name: words for name, words in there.items() if name not in ("limit", "offset")}


def test_the_list_of_all_tasks_takes_the_parameters_that_its_paragraph_names() -> None:
    """Those that are "as above" are the same, and `sort` has the words of its own."""
    (endpoint,) = [each for each in TASKS.endpoints if each.name == "GET /tasks"]
    match = re.search(r"It takes (.*?) as above, and `sort`: (.*), with the same rules", endpoint.words[0])
    assert match
    above, words = (re.findall(r"`(-?\w+)`", text) for text in match.groups())
    own = {each["name"]: each for each in TASKS.operations["GET /tasks"]["parameters"]}
    other = {each["name"]: each for each in TASKS.operations["GET /projects/{project_id}/tasks"]["parameters"]}

    assert {*above, "sort", "limit", "cursor"} == own.keys()
    assert {name: other[name] for name in above} == {name: own[name] for name in above}
    assert words == own["sort"]["schema"]["enum"]


def test_the_sorts_of_a_project_are_those_of_the_table() -> None:
    """Each word with and without `-`."""
    words = re.match(r"(.*), or one of them with `-`", TASKS.parameters(9)["sort"])
    assert words
    plain = re.findall(r"`(\w+)`", words[1])
    (schema,) = [
        each["schema"]
        for each in TASKS.operations["GET /projects/{project_id}/tasks"]["parameters"]
        if each["name"] == "sort"
    ]

    assert {*plain, *(f"-{word}" for word in plain)} == {*schema["enum"]}
    assert plain[0] == schema["default"]


def test_the_cursor_has_the_length_of_the_contract() -> None:
    """It is said once, of the answer, and holds for the parameter too."""
    (length,) = re.findall(r"a text of at most (\d+) characters", TASKS.sections[2])
    parameter = TASKS.document["components"]["parameters"]["Cursor"]["schema"]
    field = TASKS.component("CursorPage")["properties"]["next_cursor"]

    assert int(length) == parameter["maxLength"] == field["maxLength"]


def test_if_match_is_where_the_contract_has_it() -> None:
    """`PATCH, move and DELETE` of a task."""
    there = {
        name
        for name, operation in TASKS.operations.items()
        if any(each["name"] == "If-Match" for each in operation["parameters"])
    }

    assert {"PATCH /tasks/{task_id}", "POST /tasks/{task_id}/move", "DELETE /tasks/{task_id}"} == there
    assert "PATCH, move and DELETE take `If-Match`" in TASKS.sections[7]


# --- bodies ---------------------------------------------------------------------------------------------------------


def fields_of(endpoint: Endpoint) -> set[str]:
    """The fields of its body: those that its row, or the table of §7, names."""
    match endpoint.name:
        case "POST /auth/token":
            return {"username", "password", "grant_type"}
        case "POST /projects/{project_id}/tasks":
            return {*TASKS.fields(7)}
        case "PATCH /tasks/{task_id}":
            return {*TASKS.fields(7)} - {"column_id"}
        case _:
            return {*endpoint.body}


def optional_of(endpoint: Endpoint) -> set[str]:
    """Those of them that may be left out."""
    words = endpoint.words[0]
    if endpoint.method == "PATCH" and ("sent" in words):
        return fields_of(endpoint)
    match endpoint.name:
        case "POST /auth/token":
            return {"grant_type"}
        case "POST /projects/{project_id}/tasks":
            return {name for name, rule in TASKS.fields(7).items() if "must be there in POST" not in rule}
        case "POST /projects":
            return {name for name in endpoint.body if "if absent in POST" in TASKS.fields(5)[name]}
        case _:
            return {*re.findall(r"`(\w+)` \(may be left out", words)}


@EACH_ENDPOINT
def test_the_fields_of_bodies_are_the_same(endpoint: Endpoint) -> None:
    """A body has the fields that the contract names; what takes none has no body."""
    body = TASKS.operations[endpoint.name].get("requestBody", {})
    kind = FORM if endpoint.name == "POST /auth/token" else "application/json"

    assert fields_of(endpoint) == TASKS.properties(TASKS.schema_of(body, kind)).keys()
    assert not body or [kind] == [*body["content"]]


@EACH_ENDPOINT
def test_fields_are_required_unless_the_contract_lets_them_out(endpoint: Endpoint) -> None:
    """One field is taken away at a time."""
    body = TASKS.operations[endpoint.name].get("requestBody", {})
    kind = FORM if endpoint.name == "POST /auth/token" else "application/json"
    schema = TASKS.schema_of(body, kind)
    whole = {name: KNOWN[name] for name in fields_of(endpoint)}

    assert not TASKS.faults(schema, whole)
    for name in whole:
        lacking = {other: value for other, value in whole.items() if other != name}
        assert (name in optional_of(endpoint)) == (not TASKS.faults(schema, lacking)), name


@pytest.mark.parametrize(
    ("name", "schema", "fields"),
    [
        ("GET /health", "Health", {"status"}),
        ("GET /ready", "Readiness", {"status"}),
        ("GET /projects/{project_id}/members", "Member", {"user_id", "name", "email", "role", "joined_at"}),
        ("GET /projects/{project_id}/labels", "LabelCount", {"label", "task_count"}),
    ],
)
def test_the_fields_named_in_a_row_are_those_of_the_schema(name: str, schema: str, fields: set[str]) -> None:
    """Every one of them is always there."""
    (words,) = [each.words[0] for each in TASKS.endpoints if each.name == name]

    assert all(f'"{field}"' in words for field in fields)
    assert fields == {*TASKS.properties(TASKS.component(schema))} == {*TASKS.component(schema)["required"]}


@pytest.mark.parametrize(
    ("section", "introduction", "schema"),
    [
        (6, "A column (a list of tasks on the board) in an answer: ", "Column"),
        (8, "A comment in an answer: ", "Comment"),
        (4, "A pair:", "Pair"),
    ],
)
def test_examples_in_a_line_have_the_fields_of_the_schema(section: int, introduction: str, schema: str) -> None:
    """They are shortened, so that only their names can be held against it."""
    text = TASKS.sections[section]
    line = text[text.index(introduction) :].split("}")[0]

    assert {*re.findall(r'"(\w+)":', line)} == {*TASKS.component(schema)["required"]}


def test_fields_that_nobody_named_are_ignored() -> None:
    """No body is closed: a further field is neither refused nor looked at."""
    surplus: dict[str, Any] = {"id": "x", "colour": [None], "created_at": 7, "version": "one", "owner_id": {}}

    assert not TASKS.faults(TASKS.component("NewTask"), TASK | surplus)
    assert not TASKS.faults(TASKS.component("NewProject"), {"name": "Move"} | surplus)


# --- the edges of the rules -----------------------------------------------------------------------------------------

EDGES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("Registration", "email", ["a@example.com", f"{'a' * 242}@example.com", "ADA@example.com", "a%b+c@x.example.com"], ["", "a", "@example.com", "a@", "a@b@example.com", "a@example", "a b@example.com", " a@example.com", "a\0@example.com", "a\x7f@example.com", f"{'a' * 243}@example.com", 7, None]),
    ("Registration", "name", ["A", "🦊" * 100, f" {'a' * 100}  ", "a  b"], ["", "   ", "a" * 101, "a\0b", "a\nb", "a\x7fb", 7, None]),
    ("Registration", "password", ["é" * 8, "🦊" * 128, " " * 8, "1234567\n"], ["1234567", "🦊" * 129, "1234\0 678", 12345678, None]),
    ("PasswordChange", "new_password", ["é" * 8, "🦊" * 128], ["1234567", "🦊" * 129, None]),
    ("PasswordChange", "password", ["", "x", "🦊" * 500], [7, None]),
    ("NewProject", "name", ["A", "🦊" * 100, f" {'a' * 100}\n"], ["", "\t", "a" * 101, "a\tb", 7, None]),
    ("NewProject", "description", ["", " \n ", "🦊" * 5000], ["a" * 5001, "a\0", 7, None]),
    ("RoleChange", "role", ["member", "viewer"], ["owner", "", "Member", 1, None]),
    ("NewInvitation", "role", ["member", "viewer"], ["owner", "admin", None]),
    ("NewColumn", "name", ["A", "🦊" * 100], ["", " ", "a" * 101, "a\nb", None]),
    ("ColumnMove", "position", [0, 1, 10**30], [-1, "1", 1.5, True, None]),
    ("NewTask", "column_id", [8], ["8", 8.5, True, None, [8]]),
    ("NewTask", "title", ["A", "🦊" * 200, f" {'a' * 200}\t"], ["", " ", "a" * 201, "a\nb", "a\0b", "a\x1fb", 7, None]),
    ("NewTask", "description", ["", "a\nb", "🦊" * 5000], ["a" * 5001, "\0", None]),
    ("NewTask", "priority", ["low", "normal", "high", "urgent"], ["", "Low", "medium", 1, None]),
    ("NewTask", "due_at", [None, "2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00Z", "1970-01-02T00:00:00.123456Z", "2999-12-30T23:59:59-12:00"], ["2026-03-01", "2026-03-01T10:30:00", "2026-03-01 10:30:00Z", "2026-03-01T10:30Z", "2026-03-01T10:30:00.1234567Z", 1772357400, "", True]),
    ("NewTask", "labels", [[], ["a" * 30], [" a "], [f"l{n}" for n in range(10)], ["a", "A"]], [[""], [" "], ["a" * 31], ["a\nb"], [f"l{n}" for n in range(11)], ["a", "a"], [7], [None], "a", None]),
    ("NewTask", "assignee_ids", [[], [3], [*range(20)]], [[*range(21)], [3, 3], ["3"], [3.5], [True], [None], 3, None]),
    ("TaskMove", "position", [0, 10**30], [-1, "0", 0.5, None]),
    ("TaskMove", "column_id", [8], ["8", 8.5, None]),
    ("CommentBody", "text", ["a", "a\nb", "🦊" * 2000, f"\n {'a' * 2000} "], ["", " \n", "a" * 2001, "a\0b", 7, None]),
    ("Transfer", "user_id", [7], ["7", 7.5, True, None]),
    ("RefreshToken", "refresh_token", ["", "x", "a" * 5000], [7, None]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "right", "wrong"), EDGES, ids=[f"{body}.{field}" for body, field, *_ in EDGES]
)
def test_the_schemas_draw_the_line_where_the_contract_does(
    body: str, field: str, right: list[Any], wrong: list[Any]
) -> None:
    """Neither is a value refused that the checks send as a good one, nor the other way round."""
    schema = TASKS.component(body)
    rest = {name: KNOWN[name] for name in TASKS.properties(schema)}

    assert [] == [value for value in right if TASKS.faults(schema, rest | {field: value})]
    assert [] == [value for value in wrong if not TASKS.faults(schema, rest | {field: value})]


@pytest.mark.parametrize(
    ("name", "parameter", "right", "wrong"),
    [
        ("GET /projects", "limit", [1, 100], [0, 101, -1, "ten", 1.5]),
        ("GET /projects", "offset", [0, 1_000_000], [-1, 1_000_001, "x", 1.5]),
        ("GET /tasks", "cursor", ["", "x" * 2048], ["x" * 2049]),
        ("GET /tasks", "q", ["", "%_*\\'", "x" * 200], ["x" * 201]),
        ("GET /tasks", "assignee_id", [3, 2**40, "none"], ["me", "None", 1.5]),
        ("GET /projects/{project_id}/tasks", "column_id", [8, 2**40], ["none", 1.5]),
        ("GET /tasks", "label", [["a"], [f"l{n}" for n in range(10)]], [[f"l{n}" for n in range(11)]]),
        ("GET /tasks", "priority", [["high"], ["high", "urgent"]], [["High"], ["medium"], []]),
        ("GET /tasks", "due_from", ["2026-03-01T10:30:00+01:00"], ["2026-03-01", "tomorrow"]),
        ("GET /tasks", "created_by", [3], ["me", 1.5]),
        ("GET /tasks", "sort", ["id", "-id", "title", "due_at", "-priority"], ["-title", "position", "ID", ""]),
    ],
)
def test_the_schemas_of_parameters_do_too(name: str, parameter: str, right: list[Any], wrong: list[Any]) -> None:
    """Both sides of each line, as the checks send them."""
    (schema,) = [each["schema"] for each in TASKS.operations[name]["parameters"] if each["name"] == parameter]

    assert [] == [value for value in right if TASKS.faults(schema, value)]
    assert [] == [value for value in wrong if not TASKS.faults(schema, value)]


# --- what the examination knows of the contract ---------------------------------------------------------------------


def test_the_endpoints_that_the_checks_know_are_those_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """documents.py holds a learner's document against a table of its own: names, statuses, fields."""
    monkeypatch.syspath_prepend(str(TASKS.shared.parents[2] / "checks" / "trello-lite"))
    for name in ("documents", "people"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    known = {each.name: each for each in importlib.import_module("documents").ENDPOINTS}
    monkeypatch.delitem(sys.modules, "documents")

    assert {each.name for each in TASKS.endpoints} == known.keys()
    for endpoint in TASKS.endpoints:
        operation, ours = TASKS.operations[endpoint.name], known[endpoint.name]
        # §13 wants neither 400 nor 415.
        assert {*operation["responses"]} - {"400", "415", "default"} == {str(each) for each in ours.statuses}
        assert fields_of(endpoint) == {*ours.takes}
        assert optional_of(endpoint) == {*ours.optional}
        answer = TASKS.schema_of(operation["responses"][str(ours.success)])
        assert {name for name, kind in TASKS.properties(answer).items() if kind is not False} == {*ours.gives}
        entries = TASKS.resolved(TASKS.properties(answer).get("items", {}).get("items", {}))
        assert {*TASKS.properties(entries)} == {*ours.entries}
