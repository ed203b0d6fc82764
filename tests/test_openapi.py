"""CONTRACT.md and openapi.yaml of the library say the same: either alone is enough to write a server that passes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.contract_and_openapi import (
    GENERAL,
    METHODS,
    SHARED,
    TAGS,
    Endpoint,
    conflicts,
    document,
    endpoints,
    errors,
    examples,
    fields,
    is_about,
    one_line,
    operations,
    parameters,
    properties,
    prose,
    resolved,
    schema_of,
    sections,
)

BOOK = {
    "title": "The Left Hand of Darkness",
    "author": "Ursula K. Le Guin",
    "isbn": "9780441478125",
    "published_year": 1969,
    "copies_total": 3,
}
PERSON = {"email": "ada@example.com", "name": "Ada", "password": "correct horse"}


def faults(schema: Any, value: Any) -> list[str]:
    """What the schema, which may refer to components, finds wrong with a value."""
    whole = {"allOf": [schema], "components": document()["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def component(name: str) -> Any:
    return document()["components"]["schemas"][name]


def test_it_is_openapi() -> None:
    """Tools that read OpenAPI 3.1 read this file."""
    validate(document())


# --- every sentence -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", GENERAL)
def test_what_holds_everywhere_is_quoted(section: int) -> None:
    """These sections stand in info.description as they stand in the contract: copy a changed one there."""
    assert sections()[section] in document()["info"]["description"]


@pytest.mark.parametrize("section", TAGS)
def test_every_paragraph_on_a_group_of_endpoints_is_quoted(section: int) -> None:
    """It stands at the tag of the section, or at the operation that it is about: copy a changed one there."""
    tags = [tag["description"] for tag in document()["tags"] if tag["name"] in TAGS[section]]
    own = [
        each["description"]
        for each in operations().values()
        if each["tags"][0] in TAGS[section] and "description" in each
    ]
    quoted = [one_line(text) for text in (*tags, *own)]

    assert [] == [words for words in prose(section) if not any(words in text for text in quoted)]


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.name)
def test_every_row_on_an_endpoint_is_quoted(endpoint: Endpoint) -> None:
    """What a table says of an endpoint is in the description of the operation: copy a changed row there."""
    description = one_line(operations()[endpoint.name]["description"])

    assert [] == [words for words in endpoint.words if words not in description]


def test_every_rule_on_a_field_is_quoted() -> None:
    """What the tables say of a field of a request is in the description of its schema: copy a changed rule there."""
    said = properties(component("NewBook")) | {
        f"user {name}": schema
        for body in ("Registration", "UserChanges")
        for name, schema in properties(component(body)).items()
    }
    wanted = fields(4) | {f"user {name}": rule for name, rule in fields(6).items()}

    assert wanted == {name: one_line(schema["description"]) for name, schema in said.items()}


def test_every_rule_on_a_parameter_is_quoted() -> None:
    """What the table says of a parameter of GET /books is in its description, and there is no other."""
    there = {each["name"]: one_line(each["description"]) for each in operations()["GET /books"]["parameters"]}

    assert parameters() == {name: words for name, words in there.items() if name not in ("limit", "offset")}


def test_the_meaning_of_a_code_is_quoted_at_its_response() -> None:
    """405, 406, 409 and 500 have no one sentence in the table that would do."""
    said = {one_line(each["description"]) for each in document()["components"]["responses"].values()}

    assert [] == [
        when for status, _, when in errors() if status not in ("405", "406", "409", "500") and when not in said
    ]


# --- paths, statuses, codes, headers --------------------------------------------------------------------------------


def test_the_endpoints_are_the_same() -> None:
    """Every method and path of one is in the other; HEAD is in a sentence of §2."""
    (head,) = [words for words in prose(2) if words.startswith("- `HEAD ")]
    wanted = {endpoint.name for endpoint in endpoints()} | {*re.findall(r"`(HEAD /\S*)`", head)}

    assert wanted == operations().keys()
    assert len(endpoints()) + 3 == len(wanted)


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.name)
def test_the_statuses_are_the_same(endpoint: Endpoint) -> None:
    """Those that the contract names for the endpoint, and those that its rules for every endpoint give it; no others."""
    operation = operations()[endpoint.name]

    assert {*endpoint.statuses, *general_statuses(endpoint, operation), "default"} == operation["responses"].keys()


def general_statuses(endpoint: Endpoint, operation: Any) -> Iterator[str]:
    """What §2 and §6 say of an endpoint of this kind."""
    match endpoint.who:
        case "anybody":
            pass
        case "signed in":
            yield "401"
        case _:
            yield from ("401", "403")
    if "{id}" in endpoint.path:
        yield "404"
    if "requestBody" in operation:
        yield from ("400", "415")
    if "requestBody" in operation or any(each["in"] != "header" for each in operation["parameters"]):
        yield "422"
    if endpoint.name in conflicts():
        yield "409"
    if endpoint.statuses & {"200", "201"}:
        yield "406"


def test_head_answers_with_the_statuses_of_get() -> None:
    """It takes the same parameters, and has the same Content-Type; a condition (304) is said of GET alone."""
    heads = {name: each for name, each in operations().items() if name.startswith("HEAD ")}

    for name, head in heads.items():
        get = operations()[name.replace("HEAD", "GET")]
        assert get["responses"].keys() - {"304"} == head["responses"].keys()
        assert [each for each in get["parameters"] if each["in"] != "header"] == head["parameters"]
        assert all("application/json" in resolved(answer)["content"] for answer in head["responses"].values())


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.name)
def test_who_may_is_the_same(endpoint: Endpoint) -> None:
    """What is for anybody needs no token; of everything else the summary says whom it is for."""
    operation = operations()[endpoint.name]
    is_open = endpoint.who == "anybody"

    assert is_open == ([] == operation.get("security", document()["security"]))
    assert is_open or operation["summary"].endswith(f"({endpoint.who})")


def test_the_codes_are_the_same() -> None:
    """Those of the table of errors, those of 409, and not_ready of /ready; no others."""
    conflicting = {code for codes in conflicts().values() for code in codes}
    (not_ready,) = {code for each in endpoints() for words in each.words for code in re.findall(r"code `(\w+)`", words)}

    assert {code for _, code, _ in errors() if code} | conflicting | {not_ready} == {*component("ErrorCode")["enum"]}


@pytest.mark.parametrize(("name", "operation"), operations().items(), ids=operations())
def test_each_error_has_the_code_of_its_status(name: str, operation: Any) -> None:
    """409 is told by the endpoint, everything else by the table of errors; 503 is that of /ready."""
    code = {status: {code} for status, code, _ in errors()} | {
        "503": {"not_ready"},
        "409": conflicts().get(name, set()),
    }
    answers = {status: schema_of(answer) for status, answer in operation["responses"].items() if status >= "400"}
    errors_there = {status: schema for status, schema in answers.items() if schema and status != "default"}

    assert {status: code[status] for status in errors_there} == {
        status: codes(schema) for status, schema in errors_there.items()
    }
    assert name.startswith("HEAD ") or len(errors_there) == len(answers) - 1


def codes(schema: Any) -> set[str]:
    """The codes that a schema of an error lets through."""
    bodies = {
        code: {"error": {"code": code, "message": "No.", "details": [{"field": "id", "message": "No."}]}}
        for code in component("ErrorCode")["enum"]
    }
    return {code for code, body in bodies.items() if not faults(schema, body)}


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.name)
def test_the_headers_are_the_same(endpoint: Endpoint) -> None:
    """Location with what is made, ETag of a book, WWW-Authenticate with every 401, Allow where 405 may come."""
    answers = operations()[endpoint.name]["responses"]
    there = {status: {*resolved(answer).get("headers", {})} for status, answer in answers.items()}
    location = re.search(r"`Location: (/\w+/)\{id\}`", endpoint.words[0])
    wanted = {"201": {"Location"} if location else set(), "401": {"WWW-Authenticate"}, "default": {"Allow"}}
    if endpoint.name == "GET /books/{id}":
        wanted |= {"200": {"ETag"}, "304": {"ETag"}}

    assert {status: wanted.get(status, set()) for status in answers} == there
    if location:
        schema = resolved(answers["201"]["headers"]["Location"])["schema"]
        assert not faults(schema, f"{location[1]}7")
        assert faults(schema, location[1].rstrip("/"))


def test_the_template_speaks_of_no_other_endpoint() -> None:
    """The brief and the notes of the skeleton name methods and paths of the contract."""
    texts = [path.read_text(encoding="utf-8") for path in SHARED.parent.rglob("*") if path.suffix in (".py", ".jinja")]
    named = {match for text in texts for match in re.findall(rf"\b(?:{METHODS}) (/[\w{{}}/-]+)", text)}

    assert "/users/me" in named
    assert set() == named - {path.split(" ")[1] for path in operations()}


# --- bodies and parameters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.name)
def test_the_fields_of_bodies_are_the_same(endpoint: Endpoint) -> None:
    """A body has the fields that its row, or the table of fields, names."""
    writes_book = endpoint.path.startswith("/books") and endpoint.method in ("POST", "PUT", "PATCH")
    wanted = (*fields(4),) if writes_book else endpoint.body
    schema = schema_of(operations()[endpoint.name].get("requestBody", {}))

    assert {*wanted} == properties(schema).keys()


@pytest.mark.parametrize(
    ("body", "optional"),
    [
        ("NewBook", {name for name, rule in fields(4).items() if "may be left out in POST" in rule}),
        ("BookReplacement", set()),
        ("BookChanges", {*fields(4)}),
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
    whole = {name: known[name] for name in properties(component(body))}

    assert not faults(component(body), whole)
    for name in whole:
        lacking = {other: value for other, value in whole.items() if other != name}
        assert (name in optional) == (not faults(component(body), lacking))


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.name)
def test_the_query_parameters_are_the_same(endpoint: Endpoint) -> None:
    """A list has limit and offset; the others are those that its table, paragraph or row names."""
    query = {each["name"] for each in operations()[endpoint.name]["parameters"] if each["in"] == "query"}
    named = {name for words in endpoint.words for name in re.findall(r"`(\w+)`", words)}

    assert endpoint.is_list == ({"limit", "offset"} <= query)
    own = query - {"limit", "offset"}
    assert own == ({*parameters()} if endpoint.name == "GET /books" else own & named)
    assert own or not any(is_about(words, endpoint.name) for words in endpoint.words[1:])


def test_limit_and_offset_have_the_bounds_of_the_contract() -> None:
    """The numbers are read from the sentence of §2."""
    (sentence,) = [words for words in sections()[2].splitlines() if words.startswith("Every list takes")]
    numbers = [int(number) for number in re.findall(r"(?<!\w)\d+", sentence)][:5]
    limit, offset = (document()["components"]["parameters"][name]["schema"] for name in ("Limit", "Offset"))

    assert numbers == [limit["minimum"], limit["maximum"], limit["default"], offset["minimum"], offset["default"]]
    assert not {"maximum"} & offset.keys()


# --- examples -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "number", "name"),
    [(2, 0, "ValidationError"), (2, 1, "Page"), (4, 0, "Book"), (6, 0, "User"), (7, 0, "Loan")],
)
def test_the_examples_of_the_contract_keep_the_schema(section: int, number: int, name: str) -> None:
    """They have every field that the schema asks for, and no other."""
    example, schema = examples(section)[number], component(name)

    assert not faults(schema, example)
    assert example.keys() == {field for field, kind in properties(schema).items() if kind is not False}
    for field in example:
        lacking = {other: value for other, value in example.items() if other != field}
        assert faults(schema, lacking), field


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
    (row,) = [each.words[0] for each in endpoints() if each.name == name]
    match = re.search(r"`(\{.*?\})`", row)
    assert match
    whole = json.loads(match[1].replace("…", "token")) if ":" in match[1] else None
    named = whole or re.findall(r'"(\w+)"', match[1])

    assert {*named} == properties(component(schema)).keys() == {*component(schema)["required"]}
    assert not whole or not faults(component(schema), whole)


def shown() -> Iterator[tuple[str, Any, Any]]:
    """Every example of openapi.yaml with the schema beside it, and where it is."""

    def walk(node: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
        if isinstance(node, dict):
            schema = node.get("schema", node)
            if "example" in node:
                yield place, schema, node["example"]
            for number, each in enumerate(node["examples"] if isinstance(node.get("examples"), list) else ()):
                yield f"{place}/{number}", node, each
            for name, each in node["examples"].items() if isinstance(node.get("examples"), dict) else ():
                yield f"{place}/{name}", schema, each["value"]
            for name, each in node.items():
                yield from walk(each, f"{place}/{name}")
        elif isinstance(node, list):
            for number, each in enumerate(node):
                yield from walk(each, f"{place}/{number}")

    yield from walk(document(), "")


@pytest.mark.parametrize(
    ("schema", "example"), [pytest.param(schema, value, id=place) for place, schema, value in shown()]
)
def test_every_example_keeps_its_schema(schema: Any, example: Any) -> None:
    """A learner copies examples."""
    assert not faults(schema, example)


def test_every_component_is_used() -> None:
    """What nothing refers to is a leftover."""
    text = json.dumps(document())
    there = {
        f"#/components/{kind}/{name}"
        for kind, named in document()["components"].items()
        if kind != "securitySchemes"
        for name in named
    }

    assert set() == {place for place in there if f'"{place}"' not in text}


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

    assert [] == [value for value in right if faults(component(body), rest | {field: value})]
    assert [] == [value for value in wrong if not faults(component(body), rest | {field: value})]


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
    (schema,) = [each["schema"] for each in operations()[name]["parameters"] if each["name"] == parameter]

    assert [] == [value for value in right if faults(schema, value)]
    assert [] == [value for value in wrong if not faults(schema, value)]


def test_fields_that_nobody_named_are_ignored() -> None:
    """No body is closed: a further field is neither refused nor looked at."""
    surplus: dict[str, Any] = {"id": "x", "colour": [None], "created_at": 7}

    assert not faults(component("NewBook"), BOOK | surplus)
    assert not faults(component("Registration"), PERSON | surplus | {"role": 7})


def test_a_user_has_no_field_for_a_password() -> None:
    """The one further field that an answer may not have."""
    (user,) = examples(6)

    assert not faults(component("User"), user | {"phone": None})
    assert faults(component("User"), user | {"password": "********"})


def test_ids_in_paths_have_no_upper_end() -> None:
    """0 and what is beyond any integer type are ids that name nothing, not ids that are wrong."""
    schema = document()["components"]["parameters"]["Id"]["schema"]

    assert [] == [id for id in (0, 7, 2**64, 10**99) if faults(schema, id)]
    assert faults(schema, -1)
