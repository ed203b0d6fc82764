"""A learner's OpenAPI document: what we read in it, what we make of its schemas, and what no document can do to us."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roadmap_cli.checking import Answer, Json, Mismatch, openapi_process
from roadmap_cli.checking.openapi import FORM, Document
from roadmap_cli.checking.openapi_schemas import Fault, Schemas, as_json_schemas
from roadmap_cli.events import Exchange
from roadmap_cli.verdicts import Outcome
from tests.contract_and_openapi import PAIRS, Pair
from tests.one_server import run, write_pack, write_project

OK = {"description": "Fine."}


def an_answer(value: Any, *, status: int = 200) -> Answer:
    """What GET /openapi.json is answered with."""
    exchange = Exchange(method="GET", url="http://127.0.0.1:1/openapi.json", status=status)
    headers = (("Content-Type", "application/json"),)
    return Answer(status, headers, json.dumps(value).encode(), "http://127.0.0.1:1", exchange)


def a_document(paths: Any = None, *, version: str = "3.1.0", **parts: Any) -> Document:
    """A small document; *paths* is what it has under that name."""
    info = {"title": "Small", "version": "1"}
    return Document.of(an_answer({"openapi": version, "info": info, "paths": paths or {}} | parts))


def answering(schema: Any, **schemas: Any) -> Document:
    """A document whose GET /here is answered with this schema."""
    content = {"application/json": {"schema": schema}}
    paths = {"/here": {"get": {"responses": {"200": OK | {"content": content}}}}}
    return a_document(paths, components={"schemas": schemas})


def here(document: Document) -> Json:
    """The schema of its answer."""
    operation = document.operation("GET /here")
    assert operation
    schema = operation.answer(200)
    assert schema
    return schema


def faults(schema: Any, value: Any, **schemas: Any) -> list[tuple[str, str]]:
    """Where the value breaks the schema, and what it wants there."""
    document = answering(schema, **schemas)
    with Schemas(document) as opened:
        return [(fault.place, fault.sentence) for fault in opened.faults(here(document), value)]


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_our_own_documents_are_read(pair: Pair) -> None:
    """Every operation of ours is found, by whatever name its ids go."""
    document = Document.of(an_answer(pair.document))

    assert len(pair.operations) == len(document.operations)
    for name, operation in pair.operations.items():
        found = document.operation(name.replace("{", "{the_"))
        assert found
        assert [*operation["responses"]] == [*found.statuses]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "This is not an object"),
        ({}, "The field openapi is missing"),
        ({"openapi": 3.1}, "This is not a string"),
        ({"openapi": "2.0", "paths": {}}, "names the version of OpenAPI"),
        ({"openapi": "3.2.0", "paths": {}}, "names the version of OpenAPI"),
        ({"openapi": "3.1.0"}, "The field paths is missing"),
        ({"openapi": "3.1.0", "paths": []}, "This is not an object"),
        ({"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/nowhere"}}}, "leads nowhere"),
    ],
)
def test_what_is_no_document_is_told_in_words(value: Any, message: str) -> None:
    """Whatever comes instead of a document, the failure says what is missing and where."""
    with pytest.raises(Mismatch, match=message):
        Document.of(an_answer(value))


def test_a_document_that_is_not_served_is_told_by_its_status() -> None:
    """404 is no document."""
    with pytest.raises(Mismatch, match="answered 404"):
        Document.of(an_answer({}, status=404))


def test_names_of_ids_and_a_slash_at_the_end_tell_nothing_apart() -> None:
    """The contract leaves both free."""
    document = a_document({"/tasks/{pk}/": {"get": {"responses": {"200": OK}}}})

    assert document.operation("GET /tasks/{task_id}")
    assert not document.operation("GET /tasks")
    assert not document.operation("POST /tasks/{task_id}")


@pytest.mark.parametrize(
    ("servers", "path"),
    [
        ([], "/tasks"),
        ([{"url": "/"}], "/tasks"),
        ([{"url": "http://127.0.0.1:8000/api/"}], "/api/tasks"),
        ([{"url": "/api"}, {"url": "/other"}], "/api/tasks"),
        ([{"url": "https://{host}/api"}], "/tasks"),
        ([{"url": "http://["}], "/tasks"),
        (["x"], "/tasks"),
        ("x", "/tasks"),
    ],
)
def test_paths_begin_with_that_of_the_first_server(servers: Any, path: str) -> None:
    """A document may say once what all its paths begin with (OpenAPI 3.1 §4.8.5)."""
    document = a_document({"/tasks": {"get": {"responses": {"200": OK}}}}, servers=servers)

    assert document.operation(f"GET {path}")


@pytest.mark.parametrize(
    ("statuses", "status", "key"),
    [
        (["200"], 200, "200"),
        (["200"], 404, ""),
        (["4XX"], 404, "4XX"),
        (["4xx"], 404, "4xx"),
        (["default", "4XX", "404"], 404, "404"),
        (["default", "4XX"], 404, "4XX"),
        (["default", "4XX"], 500, "default"),
        (["5XX"], 404, ""),
    ],
)
def test_a_status_is_documented_by_itself_its_class_or_default(statuses: list[str], status: int, key: str) -> None:
    """The most exact one counts (OpenAPI 3.1 §4.8.16)."""
    document = a_document({"/a": {"get": {"responses": dict.fromkeys(statuses, OK)}}})

    assert key == document.operations["GET /a"].documented_as(status)


def test_bodies_and_answers_are_found_by_their_media_type() -> None:
    """Parameters of a media type do not matter, and a range includes it; a reference is followed."""
    schema: dict[str, Any] = {"schema": {"type": "object"}}
    document = a_document(
        {
            "/a": {
                "post": {
                    "requestBody": {"content": {FORM: schema}},
                    "responses": {
                        "200": {"$ref": "#/components/responses/Fine"},
                        "201": OK | {"content": {"*/*": schema}},
                        "202": OK | {"content": {"text/plain": schema}},
                        "204": OK,
                    },
                }
            }
        },
        components={"responses": {"Fine": OK | {"content": {"application/json; charset=utf-8": schema}}}},
    )
    operation = document.operations["POST /a"]

    assert operation.body(FORM)
    assert not operation.body()
    assert [True, True, False, False] == [operation.answer(status) is not None for status in (200, 201, 202, 204)]


def test_security_is_that_of_the_operation_or_of_the_document() -> None:
    """An empty list of its own takes that of the document away (OpenAPI 3.1 §4.8.10)."""
    scheme = {"type": "http", "scheme": "bearer"}
    paths = {"/a": {"get": {}, "put": {"security": []}, "post": {"security": [{"key": []}]}}}
    document = a_document(
        paths, components={"securitySchemes": {"token": scheme, "key": {"type": "apiKey"}}}, security=[{"token": []}]
    )
    named = {name: [each.value["type"] for each in one.schemes] for name, one in document.operations.items()}

    assert {"GET /a": ["http"], "PUT /a": [], "POST /a": ["apiKey"]} == named


def test_a_scheme_that_nothing_defines_is_told() -> None:
    """A name alone is no scheme."""
    document = a_document({"/a": {"get": {"security": [{"token": []}]}}}, components={"securitySchemes": {}})

    with pytest.raises(Mismatch, match="The field token is missing"):
        document.operations["GET /a"].schemes  # noqa: B018  # reading it is the test


def test_the_parts_of_a_schema_are_put_together() -> None:
    """A field is always there if one of allOf says so, or each of anyOf; null is not a kind of its own."""
    document = answering(
        {"allOf": [{"$ref": "#/components/schemas/Base"}], "properties": {"b": {"type": "string"}}, "required": ["b"]},
        Base={
            "anyOf": [
                {"type": "object", "properties": {"a": {}, "c": {}}, "required": ["a", "c"]},
                {"type": "object", "properties": {"a": {}}, "required": ["a"]},
                {"type": "null"},
            ]
        },
    )
    shape = document.shape(here(document))

    assert {"a", "b", "c"} == {*shape.fields}
    assert {"a", "b"} == shape.required
    assert {"object"} == shape.kinds


def test_a_schema_that_is_a_part_of_itself_says_nothing_there() -> None:
    """A tree has children of its own kind; a schema that consists of itself describes nothing."""
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/T"}}},
    }
    document = answering({"$ref": "#/components/schemas/T"}, T=tree | {"allOf": [{"$ref": "#/components/schemas/T"}]})

    assert {"children"} == {*document.shape(here(document)).fields}


# --- using its schemas ----------------------------------------------------------------------------------------------


def test_an_answer_is_held_against_its_schema() -> None:
    """Each fault has its place in the answer, and what the document wants there in words."""
    schema = {
        "type": "object",
        "required": ["id", "labels"],
        "properties": {
            "id": {"type": "integer"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "priority": {"enum": ["low", "high"]},
            "token_type": {"const": "bearer"},
            "at": {"type": "string", "format": "date-time"},
            "password": False,
        },
    }

    assert [] == faults(schema, {"id": 1, "labels": [], "at": "2026-03-01T09:30:00.5Z", "more": None})
    found = faults(schema, {"labels": ["a", 7], "priority": "Low", "token_type": "Bearer", "at": "now"})
    assert [
        ("$", "a field id"),
        ("$.at", "a text of the format date-time"),
        ("$.labels[1]", "a string"),
        ("$.priority", 'one of ["low", "high"]'),
        ("$.token_type", 'exactly "bearer"'),
    ] == sorted(found)
    assert [("$.password", "nothing here")] == faults(schema, {"id": 1, "labels": [], "password": "x"})


def test_of_several_ways_the_closest_one_is_told() -> None:
    """A wrong field of an object is the fault, and not that the object is not null."""
    either = {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"name": {"type": "string"}}}]}

    assert [("$.user.name", "a string")] == faults({"properties": {"user": either}}, {"user": {"name": 7}})


def test_what_is_at_the_place_of_a_fault_is_shown() -> None:
    """A missing field is told by those that are there."""
    fault = Fault(path=("items", 0), rule="required", wanted="id")

    assert "fields: name, role" == fault.found({"items": [{"role": 1, "name": 2}]})
    assert '"x"' == Fault(path=("items", 1), rule="type", wanted=["integer"]).found({"items": [0, "x"]})


def test_other_formats_than_times_are_notes() -> None:
    """JSON Schema 2020-12 does not make rules of them, and whether an address is one is not for us to say."""
    assert [] == faults({"type": "string", "format": "email"}, "nobody")


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [7]),
        ({"type": "string", "enum": ["a"], "nullable": True}, [None, "a"], ["b"]),
        ({"allOf": [{"$ref": "#/components/schemas/Name"}], "nullable": True}, [None, "a"], [7]),
        ({"oneOf": [{"$ref": "#/components/schemas/Name"}], "nullable": True}, [None, "a"], [7]),
        ({"$ref": "#/components/schemas/Name", "nullable": True}, [None, "a"], [7]),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, [4], [3]),
        ({"type": "integer", "maximum": 3, "exclusiveMaximum": False}, [3], [4]),
        ({"type": "object", "properties": {"nullable": {"type": "boolean"}}}, [{"nullable": True}], [{"nullable": 1}]),
        (
            {"required": ["a", "b"], "properties": {"a": {"writeOnly": True}, "b": {}}},
            [{"b": 1}],
            [{"a": 1}],
        ),
    ],
)
def test_schemas_of_openapi_3_0_mean_what_they_say_there(schema: Any, right: list[Any], wrong: list[Any]) -> None:
    """`nullable`, exclusive bounds as booleans, and fields that are only written."""
    document = answering(schema, Name={"type": "string"})
    with Schemas(document) as opened:
        judged = {json.dumps(value): opened.faults(here(document), value) for value in (*right, *wrong)}

    assert [] == [value for value in right if judged[json.dumps(value)]]
    assert [] == [value for value in wrong if not judged[json.dumps(value)]]


def test_places_that_references_name_stay_where_they_are() -> None:
    """What is changed about a schema moves none of its parts."""
    schema = {"type": "object", "nullable": True, "properties": {"a": {"type": "string", "nullable": True}}}
    changed = as_json_schemas({"components": {"schemas": {"A": schema}}})["components"]["schemas"]["A"]

    assert {"type": ["string", "null"]} == changed["properties"]["a"]
    assert ["object", "null"] == changed["type"]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_document_that_breaks_the_rules_of_openapi_is_told_where(version: str) -> None:
    """A response has a description; an address may be relative, as frameworks write it."""
    paths = {"/a": {"get": {"responses": {"200": OK}}}, "/b": {"get": {"responses": {"200": {}}}}}
    flows = {"password": {"tokenUrl": "token", "scopes": {}}}
    components = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}}}
    with Schemas(a_document({"/a": paths["/a"]}, version=version, components=components)) as right:
        assert () == right.document_faults()
    with Schemas(a_document(paths, version=version)) as wrong:
        (fault,) = wrong.document_faults()

    assert ("paths", "/b", "get", "responses", "200") == fault.path
    assert "a field description" == fault.sentence


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_our_own_documents_are_valid(pair: Pair) -> None:
    """The rules that learners' documents are held against let ours through."""
    with Schemas(Document.of(an_answer(pair.document))) as opened:
        assert () == opened.document_faults()


def test_a_seed_draws_the_same_requests_again() -> None:
    """In two processes, and of another seed others; those that break a rule are marked."""

    def drawn(seed: int) -> list[tuple[bool, str]]:
        body = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 9}}}
        paths = {
            "/a/{id}": {
                "post": {
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                    "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
                    "responses": {"200": OK},
                }
            },
            "/b": {"get": {"responses": {"200": OK}}},
        }
        document = a_document(paths)
        with Schemas(document) as opened:
            cases = opened.cases([*document.operations.values()], seed=seed, fitting=6, other=6)
            return [(case.fits, json.dumps([case.path, case.query, case.body])) for case in cases]

    first = drawn(5)
    assert first == drawn(5)
    assert first != drawn(6)
    assert {True, False} == {fits for fits, _ in first}


# --- what no document can do ----------------------------------------------------------------------------------------

GIVEN_UP = ("Your document asks for more than we can do", "We cannot work with the schemas of your document")


def uses(schemas: Schemas, document: Document, value: Any) -> Iterator[str]:
    """What judging a value and drawing requests fail with; nothing if they do not."""
    operations = [*document.operations.values()]
    for use in (
        lambda: [*schemas.faults(here(document), value)],
        lambda: [*schemas.cases(operations, seed=1, fitting=2, other=2)],
    ):
        try:
            use()
            yield ""
        except Mismatch as mismatch:
            yield mismatch.message


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody should ask anything: its address, and what it was asked."""
    asked: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            asked.append("something")
            peer.close()

    threading.Thread(target=listen, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json", asked
    listener.close()


def test_nothing_is_fetched_from_elsewhere(elsewhere: tuple[str, list[str]], tmp_path: Path) -> None:
    """A $ref to another server or to a file is refused in words, before anything looks at it."""
    address, asked = elsewhere
    secret = tmp_path / "secret.json"
    secret.write_text('{"type": "string"}')

    for target in (address, secret.as_uri(), str(secret), "other.json#/A", "//127.0.0.1/x", "#anchor", ""):
        document = answering({"$ref": target})
        with pytest.raises(Mismatch, match="leads out of the document"):
            Schemas(document)
        with pytest.raises(Mismatch, match="leads out of the document"):
            document.shape(here(document))
    assert [] == asked


@pytest.mark.parametrize("word", ["$id", "$schema", "$dynamicRef"])
def test_nothing_is_fetched_by_other_names_either(elsewhere: tuple[str, list[str]], word: str) -> None:
    """JSON Schema has further words that can hold an address."""
    address, asked = elsewhere
    document = answering({"allOf": [{"$ref": "#/components/schemas/A"}], word: address}, A={"type": "string"})

    with Schemas(document) as opened:
        for message in uses(opened, document, "text"):
            assert not message or message.startswith(GIVEN_UP)
    assert [] == asked


def test_a_circle_of_references_is_told() -> None:
    """A leads to B and B to A."""
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    document = answering({"$ref": "#/components/schemas/A"}, **circle)

    with pytest.raises(Mismatch, match="leads in a circle"):
        document.shape(here(document))
    with pytest.raises(Mismatch, match="leads in a circle"):
        Schemas(document)


def test_parts_that_multiply_are_read_once() -> None:
    """Thirty levels of two parts each are a billion paths, and thirty schemas."""
    levels = {f"L{n}": {"oneOf": [{"$ref": f"#/components/schemas/L{n + 1}"}] * 2} for n in range(30)}
    document = answering({"$ref": "#/components/schemas/L0"}, **levels, L30={"type": "object", "properties": {"a": {}}})

    assert {"a"} == {*document.shape(here(document)).fields}


def test_schemas_that_are_nested_without_end_are_told() -> None:
    """A thousand schemas, each a part of the one before."""
    levels = {f"L{n}": {"allOf": [{"$ref": f"#/components/schemas/L{n + 1}"}]} for n in range(1000)}
    document = answering({"$ref": "#/components/schemas/L0"}, **levels, L1000={"type": "object"})

    with pytest.raises(Mismatch, match="nested too deeply"):
        document.shape(here(document))


def test_a_schema_that_a_library_cannot_work_with_is_told_with_its_reason() -> None:
    """The next question is answered as if nothing had been."""
    document = answering({"type": "string", "pattern": "((("})

    with Schemas(document) as opened:
        with pytest.raises(Mismatch, match="We cannot work with the schemas") as caught:
            opened.faults(here(document), "text")
        assert "(((" in caught.value.actual
        assert () == opened.document_faults()


def test_requests_that_nobody_wants_any_more_are_passed_over() -> None:
    """A check that fails leaves in the middle; the next one gets what it asks for."""
    document = answering({"type": "integer"})
    operations = [*document.operations.values()]

    with Schemas(document) as opened:
        cases = opened.cases(operations * 3, seed=1, fitting=2, other=2)
        assert next(cases)
        assert [("$", "an integer")] == [(each.place, each.sentence) for each in opened.faults(here(document), "text")]
        assert [*opened.cases(operations, seed=1, fitting=1, other=1)]


def test_a_library_that_has_changed_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """No learner is blamed for it: the check is broken, and says what is missing."""

    def changed() -> None:
        raise ImportError("no such name")

    monkeypatch.setattr(openapi_process, "_tools", changed)
    document = answering({}).root.value
    desk = openapi_process._Desk(as_json_schemas(document), document)

    with pytest.raises(openapi_process.OurFault, match="no such name"):
        list(desk.replies({"ask": "cases", "operations": [["get", "/here"]], "seed": 1, "fitting": 1, "other": 1}))


def test_what_is_given_up_stays_given_up() -> None:
    """Whoever asks again gets the same answer, at once."""
    schemas, value = BOMBS["multiplying"]
    document = answering({"$ref": "#/components/schemas/L0"}, **schemas, L40={"type": "string"})

    with Schemas(document, seconds=1) as opened:
        for _ in range(2):
            with pytest.raises(Mismatch, match="took too much time or memory"):
                opened.faults(here(document), value)


BOMBS: dict[str, tuple[dict[str, Any], Any]] = {
    "multiplying": ({f"L{n}": {"oneOf": [{"$ref": f"#/components/schemas/L{n + 1}"}] * 2} for n in range(40)}, 1),
    "pattern": ({"L0": {"type": "string", "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}}, "a" * 60),
    "lookahead": ({"L0": {"type": "string", "pattern": "^(a+)+(?=b)$"}}, "a" * 60),
    "long list": ({"L0": {"type": "array", "minItems": 10**9, "items": {"type": "string", "minLength": 10**6}}}, []),
    "no pattern": ({"L0": {"type": "string", "pattern": "((("}}, "a"),
    "no schema": ({"L0": {"type": 7, "properties": [], "required": {"a": 1}, "items": "x", "enum": 5}}, {}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_schema_that_explodes_ends_in_words(name: str) -> None:
    """Judging and drawing: an answer, or a Mismatch that says what is wrong with the document; never anything else."""
    schemas, value = BOMBS[name]
    document = answering({"$ref": "#/components/schemas/L0"}, **schemas, L40={"type": "string"})

    with Schemas(document, seconds=2) as opened:
        for message in uses(opened, document, value):
            assert not message or message.startswith(GIVEN_UP)


CHECKS = '''\
from roadmap_cli.checking import API, requirement
from roadmap_cli.checking.openapi import Document
from roadmap_cli.checking.openapi_schemas import Schemas


@requirement("first.here")
def test_here(api: API) -> None:
    """The document is good, and so is what GET /here is answered with."""
    document = Document.of(api.get("/openapi.json"))
    operation = document.operations["GET /here"]
    with Schemas(document, seconds=2) as schemas:
        for fault in schemas.document_faults():
            document.root.expect(False, fault.sentence)
        schema = operation.answer(200)
        if schema:
            document.shape(schema)
            for fault in schemas.faults(schema, {}):
                document.root.expect(False, fault.sentence)
        for case in schemas.cases([operation], seed=1, fitting=2, other=2):
            api.get("/here")


@requirement("first.gone")
def test_gone(api: API) -> None:
    """What is not there is not found."""
    api.get("/gone").expect(404)
'''
SERVER = """\
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass
    def do_GET(self):
        body = Path("document").read_bytes() if self.path == "/openapi.json" else b"{}"
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


def with_schema(schema: Any, **more: Any) -> bytes:
    """A document whose GET /here is answered with this schema."""
    return json.dumps({**answering(schema).root.value, **more}).encode()


HOSTILE = {
    "five megabytes": with_schema({}, **{"x-fill": "x" * (5 << 20)}),
    "ten thousand deep": with_schema({})[:-1] + b', "x-deep": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "no JSON": b"openapi: 3.1.0",
    "a name twice": b'{"openapi": "3.1.0", "openapi": "3.0.0"}',
    "a circle": with_schema({"$ref": "#/paths/~1here/get/responses/200/content/application~1json/schema"}),
    "a file": with_schema({"$ref": "file:///etc/passwd"}),
    "a pattern": with_schema({"type": "string", "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}),
    "a million numbers": b"[" + b"1," * 999_999 + b"1]",
}


@pytest.mark.slow
def test_whatever_document_is_served_the_outcome_is_a_verdict(tmp_path: Path) -> None:
    """Passed or failed in words, never broken; the requirement beside it is judged as ever."""
    pack = write_pack(tmp_path / "pack", checks=CHECKS)

    for name, document in HOSTILE.items():
        project = write_project(tmp_path / name, server=SERVER)
        (project / "document").write_bytes(document)
        report, _ = run(pack, project)
        outcomes = {verdict.requirement: verdict.outcome for verdict in report.verdicts}
        assert {"first.here": Outcome.FAILED, "first.gone": Outcome.PASSED} == outcomes, name
