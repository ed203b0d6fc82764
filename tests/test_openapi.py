"""CONTRACT.md and openapi.yaml of each phase say the same: either alone is enough to write a server that passes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.contract_and_openapi import FORM, LIBRARY, METHODS, PAIRS, TASKS, Endpoint, Pair, is_about, one_line

EACH_PAIR = pytest.mark.parametrize("pair", PAIRS, ids=str)
EACH_ENDPOINT = pytest.mark.parametrize(
    ("pair", "endpoint"),
    [pytest.param(pair, each, id=f"{pair} {each.name}") for pair in PAIRS for each in pair.endpoints],
)


@pytest.mark.parametrize(("pair", "count"), [(LIBRARY, 23), (TASKS, 42)], ids=str)
def test_every_endpoint_of_the_contract_is_read(pair: Pair, count: int) -> None:
    """What the tests below hold against openapi.yaml is the whole contract, and not what is left of it."""
    assert count == len(pair.endpoints)


@EACH_PAIR
def test_it_is_openapi(pair: Pair) -> None:
    """Tools that read OpenAPI 3.1 read this file."""
    validate(pair.document)


# --- every sentence -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "section"), [pytest.param(pair, n, id=f"{pair} {n}") for pair in PAIRS for n in pair.general]
)
def test_what_holds_everywhere_is_quoted(pair: Pair, section: int) -> None:
    """These sections stand in info.description as they stand in the contract: copy a changed one there."""
    assert pair.sections[section] in pair.document["info"]["description"]


@EACH_PAIR
def test_every_section_is_quoted_somewhere(pair: Pair) -> None:
    """A section that is added to the contract has its place here."""
    assert {*pair.general, *pair.tags} == pair.sections.keys()


@pytest.mark.parametrize(
    ("pair", "section"), [pytest.param(pair, n, id=f"{pair} {n}") for pair in PAIRS for n in pair.tags]
)
def test_every_paragraph_on_a_group_of_endpoints_is_quoted(pair: Pair, section: int) -> None:
    """It stands at the tag of the section, or at the operation that it is about: copy a changed one there."""
    tags = [tag["description"] for tag in pair.document["tags"] if tag["name"] in pair.tags[section]]
    own = [
        each["description"]
        for each in pair.operations.values()
        if each["tags"][0] in pair.tags[section] and "description" in each
    ]
    quoted = [one_line(text) for text in (*tags, *own)]

    assert [] == [words for words in pair.prose(section) if not any(words in text for text in quoted)]


@EACH_ENDPOINT
def test_every_row_on_an_endpoint_is_quoted(pair: Pair, endpoint: Endpoint) -> None:
    """What a table says of an endpoint is in the description of the operation: copy a changed row there."""
    description = one_line(pair.operations[endpoint.name]["description"])

    assert [] == [words for words in endpoint.words if words not in description]


@EACH_PAIR
def test_every_cell_of_a_table_is_quoted(pair: Pair) -> None:
    """Whatever a table of a group of endpoints says stands in some description; names and *who* have tests of their own."""
    quoted = [one_line(text) for text in descriptions(pair.document)]
    cells = {
        one_line(cell)
        for section in pair.tags
        for table in pair.tables(section)
        for row in table
        for column, cell in row.items()
        if column not in ("endpoint", "who", "parameter", "field of a request")
    }

    assert [] == [cell for cell in cells if not any(cell in text for text in quoted)]


def descriptions(node: Any) -> Iterator[str]:
    """Every description of the document."""
    match node:
        case dict():
            for name, each in node.items():
                if name == "description" and isinstance(each, str):
                    yield each
                yield from descriptions(each)
        case list():
            for each in node:
                yield from descriptions(each)


@EACH_PAIR
def test_the_meaning_of_a_code_is_quoted_at_its_response(pair: Pair) -> None:
    """405, 406, 409 and 500 have no one sentence in the table that would do."""
    said = {one_line(each["description"]) for each in pair.document["components"]["responses"].values()}

    assert [] == [
        when for status, _, when in pair.errors if status not in ("405", "406", "409", "500") and when not in said
    ]


# --- paths, statuses, codes, headers --------------------------------------------------------------------------------


@EACH_PAIR
def test_the_endpoints_are_the_same(pair: Pair) -> None:
    """Every method and path of one is in the other; HEAD of phase 1 is in a sentence of §2."""
    heads = [words for words in pair.prose(2) if words.startswith("- `HEAD ")]
    wanted = {endpoint.name for endpoint in pair.endpoints}
    wanted |= {name for words in heads for name in re.findall(r"`(HEAD /\S*)`", words)}

    assert wanted == pair.operations.keys()
    assert len(pair.endpoints) + 3 * len(heads) == len(wanted)


@EACH_ENDPOINT
def test_the_statuses_are_the_same(pair: Pair, endpoint: Endpoint) -> None:
    """Those that the contract names for the endpoint, and those that its rules for every endpoint give it; no others."""
    operation = pair.operations[endpoint.name]
    general = {*general_statuses(pair, endpoint, operation)}

    assert {*endpoint.statuses, *general, "default"} == operation["responses"].keys()


def general_statuses(pair: Pair, endpoint: Endpoint, operation: Any) -> Iterator[str]:
    """What the rules for every endpoint say of one of this kind."""
    match endpoint.who:
        case "anybody":
            pass
        case "signed in" | "viewer":  # a viewer is anybody with a role; who has none gets 404
            yield "401"
        case _:
            yield from ("401", "403")
    if endpoint.ids:
        yield "404"
    if "requestBody" in operation:
        yield "415"
        if FORM not in operation["requestBody"]["content"]:
            yield "400"
    if "requestBody" in operation or any(each["in"] != "header" for each in operation["parameters"]):
        yield "422"
    if endpoint.name in pair.conflicts:
        yield "409"
    if any(each["name"] == "If-Match" for each in operation["parameters"]):
        yield "412"
    if endpoint.statuses & {"200", "201"} and any(status == "406" for status, *_ in pair.errors):
        yield "406"


@EACH_ENDPOINT
def test_who_may_is_the_same(pair: Pair, endpoint: Endpoint) -> None:
    """What is for anybody needs no token; of everything else the summary says whom it is for."""
    operation = pair.operations[endpoint.name]
    is_open = endpoint.who == "anybody"

    assert is_open == ([] == operation.get("security", pair.document["security"]))
    assert is_open or operation["summary"].endswith(f"({endpoint.who})")


@EACH_PAIR
def test_the_codes_are_the_same(pair: Pair) -> None:
    """Those of the table of errors, those of 409, and not_ready of /ready; no others."""
    conflicting = {code for codes in pair.conflicts.values() for code in codes}
    (not_ready,) = {
        code for each in pair.endpoints for words in each.words for code in re.findall(r"code `(\w+)`", words)
    }
    known = {code for _, code, _ in pair.errors if code} | conflicting | {not_ready}

    assert known == {*pair.component("ErrorCode")["enum"]}


@pytest.mark.parametrize(
    ("pair", "name"), [pytest.param(pair, name, id=f"{pair} {name}") for pair in PAIRS for name in pair.operations]
)
def test_each_error_has_the_code_of_its_status(pair: Pair, name: str) -> None:
    """409 is told by the endpoint, everything else by the table of errors; 503 is that of /ready."""
    operation = pair.operations[name]
    code = {status: {code} for status, code, _ in pair.errors} | {
        "503": {"not_ready"},
        "409": pair.conflicts.get(name, set()),
    }
    answers = {status: pair.schema_of(answer) for status, answer in operation["responses"].items() if status >= "400"}
    errors_there = {status: schema for status, schema in answers.items() if schema and status != "default"}

    assert {status: code[status] for status in errors_there} == {
        status: pair.codes(schema) for status, schema in errors_there.items()
    }
    assert name.startswith("HEAD ") or len(errors_there) == len(answers) - 1


@EACH_ENDPOINT
def test_the_headers_are_the_same(pair: Pair, endpoint: Endpoint) -> None:
    """Location with what is made, ETag of one thing, WWW-Authenticate with every 401, Allow where 405 may come."""
    answers = pair.operations[endpoint.name]["responses"]
    there = {status: {*pair.resolved(answer).get("headers", {})} for status, answer in answers.items()}
    location = re.search(r"`Location: (/\w+/)\{id\}`", endpoint.words[0])
    wanted = {"201": {"Location"} if location else set(), "401": {"WWW-Authenticate"}, "default": {"Allow"}}
    for status in etags(pair, endpoint):
        wanted[status] = wanted.get(status, set()) | {"ETag"}

    assert {status: wanted.get(status, set()) for status in answers} == there
    if location:
        schema = pair.resolved(answers["201"]["headers"]["Location"])["schema"]
        assert not pair.faults(schema, f"{location[1]}7")
        assert pair.faults(schema, location[1].rstrip("/"))


def etags(pair: Pair, endpoint: Endpoint) -> Iterator[str]:
    """The statuses that carry an ETag: §2 of phase 1 and §7 of phase 2 tell them."""
    if pair is LIBRARY and endpoint.name == "GET /books/{id}":
        yield from ("200", "304")
    if pair is TASKS:
        (words,) = [words for words in pair.prose(7) if words.startswith("- *Versions*")]
        assert "answers of POST, GET, PATCH and move that hold one task must carry `ETag:" in words
        holds_one = endpoint.name in ("POST /projects/{project_id}/tasks", "POST /tasks/{task_id}/move") or (
            endpoint.path == "/tasks/{task_id}" and endpoint.method in ("GET", "PATCH")
        )
        yield from endpoint.statuses & {"200", "201"} if holds_one else ()


@EACH_PAIR
def test_the_template_speaks_of_no_other_endpoint(pair: Pair) -> None:
    """The brief and the notes of the skeleton name methods and paths of the contract."""
    texts = [
        path.read_text(encoding="utf-8") for path in pair.shared.parent.rglob("*") if path.suffix in (".py", ".jinja")
    ]
    named = {match for text in texts for match in re.findall(rf"\b(?:{METHODS}) (/[\w{{}}/-]+)", text)}

    assert not texts or "/health" in named or "/users/me" in named
    assert set() == named - {path.split(" ")[1] for path in pair.operations} - {"/openapi.json"}


# --- bodies and parameters ------------------------------------------------------------------------------------------


@EACH_ENDPOINT
def test_a_list_takes_what_lists_take(pair: Pair, endpoint: Endpoint) -> None:
    """Limit and offset by pages, limit and cursor by cursor; the others are those that a table, paragraph or row names."""
    query = {each["name"] for each in pair.operations[endpoint.name]["parameters"] if each["in"] == "query"}
    named = {name for words in endpoint.words for name in re.findall(r"`(\w+)`", words)}
    table = {
        "GET /books": {*pair.parameters(4)},
        "GET /projects/{project_id}/tasks": {*pair.parameters(9)} if 9 in pair.tags else set(),
    }.get(endpoint.name)

    assert endpoint.is_by_pages == ({"limit", "offset"} <= query)
    assert endpoint.is_by_cursor == ({"limit", "cursor"} <= query)
    own = query - {"limit", "offset", "cursor"}
    assert own == (own & named if table is None else table)
    assert own or not any(is_about(words, endpoint.name) for words in endpoint.words[1:])


@EACH_PAIR
def test_limit_and_offset_have_the_bounds_of_the_contract(pair: Pair) -> None:
    """The numbers are read from the sentence of §2."""
    wanted = re.compile(r"(?:Every list|A list \*by pages\*) takes (.*)")
    (sentence,) = [match[1] for words in pair.sections[2].splitlines() if (match := wanted.match(words))]
    limit, offset = re.findall(r"`(?:limit|offset)` \(([^)]*)\)", sentence)
    bounds = {name: pair.document["components"]["parameters"][name]["schema"] for name in ("Limit", "Offset")}

    low, high, otherwise = (int(number) for number in re.findall(r"\d+", limit))
    assert {"minimum": low, "maximum": high, "default": otherwise} == without_type(bounds["Limit"])
    numbers = [int(number) for number in re.findall(r"\d+", offset)]
    names = ("minimum", "maximum", "default") if " to " in offset else ("minimum", "default")
    assert dict(zip(names, numbers, strict=True)) == without_type(bounds["Offset"])


def without_type(schema: Any) -> Any:
    return {name: value for name, value in schema.items() if name != "type"}


# --- examples -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "schema", "example"),
    [pytest.param(pair, schema, value, id=f"{pair} {place}") for pair in PAIRS for place, schema, value in pair.shown],
)
def test_every_example_keeps_its_schema(pair: Pair, schema: Any, example: Any) -> None:
    """A learner copies examples."""
    assert not pair.faults(schema, example)


@EACH_PAIR
def test_every_component_is_used(pair: Pair) -> None:
    """What nothing refers to is a leftover."""
    text = json.dumps(pair.document)
    there = {
        f"#/components/{kind}/{name}"
        for kind, named in pair.document["components"].items()
        if kind != "securitySchemes"
        for name in named
    }

    assert set() == {place for place in there if f'"{place}"' not in text}


@pytest.mark.parametrize(
    ("pair", "section", "number", "name"),
    [
        (LIBRARY, 2, 0, "ValidationError"),
        (LIBRARY, 2, 1, "Page"),
        (LIBRARY, 4, 0, "Book"),
        (LIBRARY, 6, 0, "User"),
        (LIBRARY, 7, 0, "Loan"),
        (TASKS, 2, 0, "ValidationError"),
        (TASKS, 2, 1, "Page"),
        (TASKS, 2, 2, "CursorPage"),
        (TASKS, 4, 0, "User"),
        (TASKS, 5, 0, "Project"),
        (TASKS, 5, 1, "Invitation"),
        (TASKS, 7, 0, "Task"),
        (TASKS, 8, 0, "Entry"),
    ],
)
def test_the_examples_of_the_contract_keep_the_schema(pair: Pair, section: int, number: int, name: str) -> None:
    """They have every field that the schema asks for, and no other."""
    example, schema = pair.examples(section)[number], pair.component(name)

    assert not pair.faults(schema, example)
    assert example.keys() == {field for field, kind in pair.properties(schema).items() if kind is not False}
    for field in example:
        lacking = {other: value for other, value in example.items() if other != field}
        assert pair.faults(schema, lacking), field


@EACH_PAIR
def test_a_user_has_no_field_for_a_password(pair: Pair) -> None:
    """The one further field that an answer may not have."""
    user = pair.examples(4 if pair is TASKS else 6)[0]

    assert not pair.faults(pair.component("User"), user | {"phone": None})
    assert pair.faults(pair.component("User"), user | {"password": "********"})


@EACH_PAIR
def test_ids_in_paths_have_no_upper_end(pair: Pair) -> None:
    """0 and what is beyond any integer type are ids that name nothing, not ids that are wrong."""
    ids = [
        each["schema"]
        for operation in pair.operations.values()
        for each in operation["parameters"]
        if each["in"] == "path"
    ]

    assert ids
    for schema in ids:
        assert [] == [id for id in (0, 7, 2**64, 10**99) if pair.faults(schema, id)]
        assert pair.faults(schema, -1)
