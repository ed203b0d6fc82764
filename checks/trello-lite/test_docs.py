"""The documentation of the API: a document that another program can rely on (CONTRACT.md §13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from boards import a_task, add_column, add_comment, add_task
from documents import (
    BY_NAME,
    ENDPOINTS,
    Endpoint,
    expect_all_there,
    expect_documented,
    expect_entries,
    expect_fit,
    expect_object,
    operation_of,
)
from drawn import request
from people import Board, Team, a_person, a_team, invitation, login, new_board, register, some_id

from roadmap_cli.checking import API, Answer, Draw, expect, requirement
from roadmap_cli.checking.openapi import Document, Operation
from roadmap_cli.checking.openapi_schemas import Case, Schemas

# Of an operation that takes a query, headers or a body: requests that fit its schemas, and requests that do not.
FITTING, OTHER = 3, 1
# What takes the owner's role or the whole project away comes last.
LATER = ("POST /projects/{project_id}/transfer", "DELETE /projects/{project_id}")


@dataclass(frozen=True)
class Ground:
    """A project, and things that are there by the names that their ids have in the contract."""

    crew: Board
    ids: Mapping[str, Sequence[int]]

    @staticmethod
    def of(crew: Board) -> Ground:
        """Make the things."""
        api, draw = crew.owner.api, crew.owner.api.draw
        columns = [add_column(api, crew.id) for _ in range(2)]
        tasks = [add_task(api, crew.id, column) for column in (*columns, columns[0])]
        emails = (crew.stranger.email, draw.email())
        ids = {
            "project_id": [crew.id],
            "user_id": [crew.owner.id, crew.member.id, crew.viewer.id, crew.stranger.id],
            "invitation_id": [invitation(crew.owner, crew.id, email) for email in emails],
            "column_id": columns,
            "task_id": tasks,
            "comment_id": [add_comment(crew.member.api, tasks[0])],
        }
        return Ground(crew, ids)

    def on(self, api: API) -> Ground:
        """The same project, whose people speak with the random data of *api*."""
        crew, team = self.crew, self.crew.on(api)
        people = {"owner": team.owner, "member": team.member, "viewer": team.viewer, "stranger": team.stranger}
        return Ground(Board(id=crew.id, name=crew.name, **people), self.ids)


@pytest.fixture(scope="session")
def document(make_api: Callable[[str], API]) -> Document:
    """What the server says of itself."""
    return Document.of(make_api("the document").get("/openapi.json"))


@pytest.fixture(scope="session")
def schemas(document: Document) -> Iterator[Schemas]:
    """The schemas of that document."""
    with Schemas(document) as opened:
        yield opened


@pytest.fixture(scope="session")
def drawer(document: Document) -> Iterator[Schemas]:
    """The same schemas once more: from these, requests are drawn while answers are held against the others."""
    with Schemas(document) as opened:
        yield opened


@pytest.fixture
def crew(api: API, newcomers: Team) -> Board:
    """A project of this check's own, whose people no other check knows: they are renamed, and their projects go."""
    return new_board(newcomers.on(api))


@pytest.fixture(scope="session")
def ground(make_api: Callable[[str], API], newcomers: Team) -> Ground:
    """A project of the same people that no check takes apart: what is there stays there, and may be changed."""
    return Ground.of(new_board(newcomers.on(make_api("the documented project"))))


@pytest.fixture(scope="session")
def newcomers(make_api: Callable[[str], API]) -> Team:
    """Four people of whom no other check knows."""
    return a_team(make_api, "documented")


@pytest.fixture
def doomed(api: API, make_api: Callable[[str], API]) -> Board:
    """A project whose people have no other: an id that is drawn by chance can take nothing from another check."""
    return new_board(a_team(make_api, "doomed").on(api))


# --- what is in it -------------------------------------------------------------------------------------------------


@requirement("docs.endpoints")
def test_anybody_reads_the_document(api: API) -> None:
    """GET /openapi.json needs no token, and is an OpenAPI document of version 3.0 or 3.1 as JSON."""
    assert Document.of(api.anonymous().get("/openapi.json")).version in ("3.0", "3.1")


@requirement("docs.endpoints")
def test_every_endpoint_is_in_the_document(document: Document) -> None:
    """Every method and path of §3 to §9 is there, whatever its ids are called."""
    expect_all_there(document, ENDPOINTS)


@requirement("docs.endpoints")
def test_the_ids_in_paths_are_parameters(document: Document) -> None:
    """What stands in the braces of a path is a parameter of it, with a schema."""
    for endpoint in ENDPOINTS:
        operation = operation_of(document, endpoint)
        declared = {each["name"].text: each for each in operation.parameters if each["in"].value == "path"}
        for name in operation.ids:
            operation.node.expect(
                name in declared,
                f"The {{{name}}} in the path of {endpoint.name} is declared as a parameter.",
                expected=f"a parameter {name} in path",
                actual=f"parameters in path: {', '.join(declared) or 'none'}",
            )
            declared[name].has("schema", required=True)


@requirement("docs.valid")
def test_the_document_is_valid(schemas: Schemas, document: Document) -> None:
    """The rules of OpenAPI find nothing wrong with it."""
    for fault in schemas.document_faults():
        at = fault.place.removeprefix("$")
        document.root.expect(
            False,
            f"The document keeps the rules of OpenAPI {document.version}; see {at or 'its top'}.",
            expected=fault.sentence,
            actual=fault.found(document.root.value),
        )


@requirement("docs.valid")
def test_every_reference_leads_somewhere(document: Document) -> None:
    """No $ref leads out of the document, nowhere, or in a circle."""
    for reference in document.references():
        document.target(reference)


@requirement("docs.valid")
def test_no_operation_id_stands_twice(document: Document) -> None:
    """Programs that are generated from a document call functions by it (OpenAPI 3.1 §4.8.10)."""
    seen: dict[str, str] = {}
    for operation in document.operations.values():
        if "operationId" in operation.node:
            id = operation.node["operationId"]
            first = seen.setdefault(id.text, operation.name)
            id.expect(
                first == operation.name,
                "Every operation has an operationId of its own.",
                expected=f"another one than that of {first}",
            )


@requirement("docs.bodies")
def test_bodies_have_the_fields_of_the_contract(document: Document) -> None:
    """Every body that an endpoint takes is described, in its media type, with all its fields."""
    for endpoint in (each for each in ENDPOINTS if each.takes):
        operation = operation_of(document, endpoint)
        schema = operation.body(endpoint.media_type)
        operation.node.expect(
            schema,
            f"The body that {endpoint.name} takes has a schema.",
            expected=f"requestBody with content {endpoint.media_type} and a schema",
            actual="no such schema",
        )
        there = document.shape(schema).fields if schema else {}
        for name in endpoint.takes:
            operation.node.expect(
                name in there,
                f"The schema of the body of {endpoint.name} describes the field {name}.",
                expected=f"a property {name}",
                actual=f"properties: {', '.join(sorted(there)) or 'none'}",
            )


@requirement("docs.bodies")
def test_bodies_say_which_fields_must_be_there(document: Document) -> None:
    """What the contract wants is required, and what it lets out is not."""
    for endpoint in (each for each in ENDPOINTS if each.takes):
        schema = operation_of(document, endpoint).body(endpoint.media_type)
        required = document.shape(schema).required if schema else frozenset[str]()
        for name in endpoint.takes:
            must = name not in endpoint.optional
            expect(
                must == (name in required),
                f"The field {name} in the body of {endpoint.name} "
                + (
                    "must be there, and the document says so." if must else "may be left out, and the document says so."
                ),
                expected=f"{name} among required" if must else f"{name} not among required",
                actual=f"required: {', '.join(sorted(required)) or 'nothing'}",
            )


@requirement("docs.statuses")
def test_successes_are_documented(document: Document) -> None:
    """The status of an answer to a good request is named for every endpoint."""
    for endpoint in ENDPOINTS:
        _expect_statuses(document, endpoint.name, [endpoint.success])


@requirement("docs.statuses")
def test_refusals_are_documented(document: Document) -> None:
    """401, 403, 404, 409, 412 and 422 are named wherever the contract gives them."""
    for endpoint in ENDPOINTS:
        _expect_statuses(
            document, endpoint.name, [status for status in endpoint.statuses if status != endpoint.success]
        )


@requirement("docs.schemas")
def test_answers_are_described(document: Document) -> None:
    """Each answer that holds something has a schema with its fields, their types, and which are always there."""
    for endpoint in (each for each in ENDPOINTS if each.gives):
        operation = operation_of(document, endpoint)
        schema = operation.answer(endpoint.success)
        what = f"the answer of {endpoint.name}"
        if schema is None:
            operation.node.expect(
                False, f"There is a schema of {what}.", expected=f"one for {endpoint.success} as JSON"
            )
            continue
        expect_object(document, schema, endpoint.gives, what)
        if endpoint.entries:
            expect_entries(document, schema, endpoint.entries, what)


@requirement("docs.schemas")
def test_errors_are_described(document: Document) -> None:
    """Each refusal has the schema of your own errors (§2), not that of your framework."""
    for endpoint in ENDPOINTS:
        operation = operation_of(document, endpoint)
        for status in (each for each in endpoint.statuses if each >= 400 and operation.documented_as(each)):
            schema = operation.answer(status)
            what = f"status {status} of {endpoint.name}"
            if schema is None:
                operation.node.expect(
                    False, f"There is a schema of {what}.", expected="the error body of section 2 as JSON"
                )
                continue
            expect_object(document, schema, ("error",), what)
            for each in document.shape(schema).fields["error"]:
                if document.shape(each).fields:
                    expect_object(document, each, ("code", "message"), f"the error with {what}")


@requirement("docs.security")
def test_what_needs_a_token_says_so(document: Document) -> None:
    """Every endpoint of §4 to §9 that is not for anybody names a scheme of type http with bearer, or oauth2."""
    for endpoint in (each for each in ENDPOINTS if each.who != "anybody"):
        operation = operation_of(document, endpoint)
        named = operation.schemes
        operation.node.expect(
            any(_is_bearer(scheme.value) for scheme in named),
            f"{endpoint.name} needs a token, and names the security scheme for it.",
            expected="security with a scheme of type http and bearer, or of type oauth2",
            actual=", ".join(str(scheme.value) for scheme in named) or "no security scheme",
        )


def _is_bearer(scheme: Any) -> bool:
    kind = scheme.get("type") if isinstance(scheme, dict) else None
    return kind == "oauth2" or (kind == "http" and str(scheme.get("scheme")).lower() == "bearer")


def _expect_statuses(document: Document, name: str, statuses: list[int]) -> None:
    operation = operation_of(document, BY_NAME[name])
    for status in statuses:
        operation.node.expect(
            operation.documented_as(status),
            f"The document names status {status} of {name}.",
            expected=f"{status}, {status // 100}XX or default among the responses",
            actual=f"responses: {', '.join(operation.statuses) or 'none'}",
        )


# --- whether it is true --------------------------------------------------------------------------------------------


@pytest.fixture
def fits(document: Document, schemas: Schemas) -> Callable[[str, Answer], Answer]:
    """Hold an answer against what the document says of its endpoint."""
    return lambda name, answer: expect_fit(schemas, operation_of(document, BY_NAME[name]), answer)


Fits = Callable[[str, Answer], Answer]


@requirement("docs.answers")
def test_answers_about_accounts_fit(api: API, fits: Fits) -> None:
    """Registering, logging in, refreshing, one's own account: what comes back is what the document says."""
    person = a_person(api.draw)
    fits("GET /health", api.get("/health"))
    fits("GET /ready", api.get("/ready"))

    fits("POST /auth/register", register(api, person))
    pair = fits("POST /auth/token", login(api, person["email"], person["password"])).expect(200)
    me = api.with_token(pair["access_token"].text)
    fits("POST /auth/refresh", api.post("/auth/refresh", json={"refresh_token": pair["refresh_token"].text}))
    fits("GET /users/me", me.get("/users/me"))
    fits("PATCH /users/me", me.patch("/users/me", json={"name": api.draw.name()}))


@requirement("docs.answers")
def test_answers_about_projects_fit(crew: Board, fits: Fits) -> None:
    """Projects, members, invitations and columns."""
    owner, draw, path = crew.owner.api, crew.owner.api.draw, crew.path

    fits("POST /projects", owner.post("/projects", json={"name": draw.title()}))
    fits("GET /projects", owner.get("/projects"))
    fits("GET /projects/{project_id}", crew.viewer.api.get(path))
    fits("PATCH /projects/{project_id}", owner.patch(path, json={"description": draw.words(4)}))
    fits("GET /projects/{project_id}/members", crew.member.api.get(f"{path}/members"))
    fits(
        "PATCH /projects/{project_id}/members/{user_id}",
        owner.patch(f"{path}/members/{crew.viewer.id}", json={"role": "member"}),
    )
    made = {"email": crew.stranger.email, "role": "viewer"}
    fits("POST /projects/{project_id}/invitations", owner.post(f"{path}/invitations", json=made))
    fits("GET /projects/{project_id}/invitations", owner.get(f"{path}/invitations"))
    mine = fits("GET /invitations", crew.stranger.api.get("/invitations")).expect(200)
    number = mine["items"][0]["id"].integer
    fits("POST /invitations/{invitation_id}/accept", crew.stranger.api.post(f"/invitations/{number}/accept"))
    column = add_column(owner, crew.id)
    fits("POST /projects/{project_id}/columns", owner.post(f"{path}/columns", json={"name": draw.title()}))
    fits("GET /projects/{project_id}/columns", owner.get(f"{path}/columns"))
    fits("PATCH /columns/{column_id}", owner.patch(f"/columns/{column}", json={"name": draw.title()}))
    fits("POST /columns/{column_id}/move", owner.post(f"/columns/{column}/move", json={"position": 1}))
    handed = owner.post(f"{path}/transfer", json={"user_id": crew.member.id})
    fits("POST /projects/{project_id}/transfer", handed)


@requirement("docs.answers")
def test_answers_about_tasks_fit(api: API, ground: Ground, fits: Fits) -> None:
    """Tasks with everything and with nothing, comments before and after a change, the activity, the labels."""
    crew = ground.on(api).crew
    owner, path = crew.owner.api, crew.path
    first, second = ground.ids["column_id"]
    full = a_task(owner.draw, column_id=first, assignee_ids=[crew.member.id])

    task = fits("POST /projects/{project_id}/tasks", owner.post(f"{path}/tasks", json=full)).expect(201)
    bare = {"column_id": first, "title": owner.draw.title()}
    fits("POST /projects/{project_id}/tasks", owner.post(f"{path}/tasks", json=bare))
    at = f"/tasks/{task['id'].integer}"
    fits("GET /tasks/{task_id}", crew.viewer.api.get(at))
    fits("PATCH /tasks/{task_id}", owner.patch(at, json={"due_at": None, "title": owner.draw.title()}))
    fits("POST /tasks/{task_id}/move", owner.post(f"{at}/move", json={"column_id": second, "position": 0}))
    said = fits("POST /tasks/{task_id}/comments", owner.post(f"{at}/comments", json={"text": owner.draw.words(3)}))
    comment = f"/comments/{said.expect(201)['id'].integer}"
    fits("GET /tasks/{task_id}/comments", owner.get(f"{at}/comments"))
    fits("PATCH /comments/{comment_id}", owner.patch(comment, json={"text": owner.draw.words(4)}))
    fits("GET /projects/{project_id}/tasks", owner.get(f"{path}/tasks"))
    fits("GET /tasks", owner.get("/tasks", query={"limit": 1}))
    fits("GET /projects/{project_id}/labels", owner.get(f"{path}/labels"))
    fits("GET /projects/{project_id}/activity", owner.get(f"{path}/activity"))


@requirement("docs.answers")
def test_refusals_fit(api: API, ground: Ground, fits: Fits) -> None:
    """Nobody's token, the wrong role, what is not there, what conflicts, what is old, what is wrong."""
    crew, ids = ground.on(api).crew, ground.ids
    owner, viewer, draw, path = crew.owner.api, crew.viewer.api, api.draw, crew.path
    column, task, comment = ids["column_id"][0], f"/tasks/{ids['task_id'][0]}", f"/comments/{ids['comment_id'][0]}"

    fits("GET /users/me", api.get("/users/me"))
    fits("GET /projects/{project_id}", api.get(path))
    fits("POST /auth/token", login(api, crew.owner.email, draw.password()))
    fits("POST /auth/refresh", api.post("/auth/refresh", json={"refresh_token": draw.text(40)}))
    fits("POST /auth/register", register(api, a_person(draw) | {"email": crew.owner.email}))
    fits("POST /auth/register", register(api, {}))
    change = {"password": draw.password(), "new_password": draw.password()}
    fits("PUT /users/me/password", owner.put("/users/me/password", json=change))
    fits("PATCH /projects/{project_id}", viewer.patch(path, json={"name": draw.title()}))
    fits("GET /projects/{project_id}", owner.get(f"/projects/{some_id(draw)}"))
    fits("GET /projects/{project_id}", owner.get(f"/projects/{draw.word()}"))
    fits("GET /projects", owner.get("/projects", query={"limit": 0}))
    fits("DELETE /projects/{project_id}/members/{user_id}", owner.delete(f"{path}/members/{crew.owner.id}"))
    fits("DELETE /columns/{column_id}", owner.delete(f"/columns/{column}"))
    fits("POST /projects/{project_id}/tasks", owner.post(f"{path}/tasks", json=a_task(draw, column_id=some_id(draw))))
    stale = owner.patch(task, json={"title": draw.title()}, headers={"If-Match": f'"{some_id(draw)}"'})
    fits("PATCH /tasks/{task_id}", stale)
    fits("PATCH /comments/{comment_id}", owner.patch(comment, json={"text": draw.words(2)}))
    fits("GET /tasks", owner.get("/tasks", query={"cursor": draw.text(20)}))


@pytest.fixture
def fuzz(document: Document, schemas: Schemas, drawer: Schemas) -> Fuzz:
    """Send what is drawn for these endpoints to this ground, and hold every answer against the document."""

    def send(ground: Ground, endpoints: Sequence[Endpoint]) -> None:
        crew, api = ground.crew, ground.crew.owner.api
        askers = [crew.owner] * 12 + [crew.member, crew.viewer, crew.stranger]
        operations = {operation_of(document, each): each for each in endpoints}
        for case in _cases(drawer, operations, api.draw):
            endpoint = operations[case.operation]
            asker = api.draw.pick(askers).api if api.draw.chance(0.95) else api.anonymous()
            drawn = request(case, endpoint, ground.ids, api.draw)
            if drawn:
                answer = asker.request(endpoint.method, drawn.target, body=drawn.body, headers=drawn.headers)
                expect_documented(case.operation, endpoint, answer)
                expect_fit(schemas, case.operation, answer)

    return send


Fuzz = Callable[[Ground, Sequence[Endpoint]], None]


def _cases(drawer: Schemas, operations: Iterable[Operation], draw: Draw) -> Iterator[Case]:
    """Requests for each operation in its turn, as many as it is worth; those of neighbours are drawn in one go."""
    for (fitting, other), alike in groupby(operations, key=_worth):
        yield from drawer.cases([*alike], seed=draw.integer(0, 10**9), fitting=fitting, other=other)


def _worth(operation: Operation) -> tuple[int, int]:
    """How many requests: most for one that takes more than ids; of what takes nothing, one shows all."""
    takes = "requestBody" in operation.node or any(each["in"].value != "path" for each in operation.parameters)
    return (FITTING, OTHER) if takes else (1, len(operation.ids[:1]))


@requirement("docs.fuzz")
def test_reading_answers_as_the_document_says(api: API, ground: Ground, fuzz: Fuzz) -> None:
    """Whatever the parameters of a GET are, as far as its schemas allow, or just not: no 5xx, and nothing new."""
    fuzz(ground.on(api), [each for each in ENDPOINTS if each.method == "GET"])


@requirement("docs.fuzz")
def test_writing_answers_as_the_document_says(api: API, ground: Ground, fuzz: Fuzz) -> None:
    """Whatever is posted, put or patched: no 5xx, and nothing that the document does not know."""
    writing = [each for each in ENDPOINTS if each.method not in ("GET", "DELETE") and each.name not in LATER]
    fuzz(ground.on(api), writing)


@requirement("docs.fuzz")
def test_taking_away_answers_as_the_document_says(doomed: Board, fuzz: Fuzz) -> None:
    """Whatever is deleted or handed over, the whole project last of all."""
    others = [each for each in ENDPOINTS if each.method == "DELETE" and each.name not in LATER]
    fuzz(Ground.of(doomed), [*others, *(BY_NAME[name] for name in LATER)])
