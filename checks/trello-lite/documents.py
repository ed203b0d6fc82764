"""The endpoints of the task API as CONTRACT.md §3 to §9 give them, in the terms of a document about them (§13)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from roadmap_cli.checking import Answer, Json, Mismatch, expect
from roadmap_cli.checking.openapi import FORM, JSON, Document, Operation, anonymous
from roadmap_cli.checking.openapi_schemas import Schemas

USER = ("id", "email", "name", "created_at")
PAIR = ("access_token", "refresh_token", "token_type", "expires_in")
PROJECT = ("id", "name", "description", "role", "owner_id", "created_at")
MEMBER = ("user_id", "name", "email", "role", "joined_at")
INVITATION = ("id", "project_id", "project_name", "email", "role", "created_at")
COLUMN = ("id", "project_id", "name", "position")
TASK = (
    *("id", "project_id", "column_id", "position", "title", "description", "priority", "due_at", "labels"),
    *("assignee_ids", "created_by", "created_at", "updated_at", "version"),
)
COMMENT = ("id", "task_id", "author_id", "text", "created_at", "edited_at")
ENTRY = ("id", "at", "user_id", "action", "task_id", "changes")
LABEL = ("label", "task_count")
PAGE = ("items", "total", "limit", "offset")
CURSOR = ("items", "next_cursor")
ITEMS = ("items",)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A row of the contract.

    *who* is its column of that name in short, *told* the statuses that the row names. *takes* are the fields of its body,
    *optional* those of them that may be left out; *gives* those of its answer, *entries* those of each of its `items`.
    """

    name: str
    who: Literal["anybody", "signed in", "viewer", "some"]
    told: tuple[int, ...]
    gives: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    media_type: str = JSON

    @property
    def method(self) -> str:
        """GET, POST and so on."""
        return self.name.split(" ")[0]

    @property
    def path(self) -> str:
        """As the contract writes it: ``/tasks/{task_id}``."""
        return self.name.split(" ")[1]

    @property
    def ids(self) -> tuple[str, ...]:
        """The names in the braces of the path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def statuses(self) -> tuple[int, ...]:
        """What §13 wants to find in the document."""
        found = {*self.told}
        found |= {401} if self.who != "anybody" else set()
        found |= {403} if self.who == "some" else set()
        found |= {404} if self.ids else set()
        found |= {422} if self.ids or self.takes or self.gives in (PAGE, CURSOR) else set()
        return tuple(sorted(found))

    @property
    def success(self) -> int:
        """The status of an answer to a request that nothing is wrong with."""
        return self.told[0]


def _row(who: Literal["anybody", "signed in", "viewer", "some"], name: str, *told: int, **fields: Any) -> Endpoint:
    return Endpoint(who=who, name=name, told=told, **fields)


_LOGIN = ("username", "password", "grant_type")
_ABOUT = ("name", "description")
_FIELDS = ("title", "description", "priority", "due_at", "labels", "assignee_ids")

# "some": whoever has a role in the project, but not every one of them.
ENDPOINTS = (
    _row("anybody", "GET /health", 200, gives=("status",)),
    _row("anybody", "GET /ready", 200, 503, gives=("status",)),
    _row("anybody", "POST /auth/register", 201, 409, gives=USER, takes=("email", "name", "password")),
    _row(
        *("anybody", "POST /auth/token", 200, 401), gives=PAIR, takes=_LOGIN, optional=("grant_type",), media_type=FORM
    ),
    _row("anybody", "POST /auth/refresh", 200, 401, gives=PAIR, takes=("refresh_token",)),
    _row("anybody", "POST /auth/logout", 204, takes=("refresh_token",)),
    _row("signed in", "GET /users/me", 200, gives=USER),
    _row("signed in", "PATCH /users/me", 200, gives=USER, takes=("name",), optional=("name",)),
    _row("signed in", "PUT /users/me/password", 204, 403, takes=("password", "new_password")),
    _row("signed in", "POST /projects", 201, gives=PROJECT, takes=_ABOUT, optional=("description",)),
    _row("signed in", "GET /projects", 200, gives=PAGE, entries=PROJECT),
    _row("viewer", "GET /projects/{project_id}", 200, gives=PROJECT),
    _row("some", "PATCH /projects/{project_id}", 200, gives=PROJECT, takes=_ABOUT, optional=_ABOUT),
    _row("some", "DELETE /projects/{project_id}", 204),
    _row("viewer", "GET /projects/{project_id}/members", 200, gives=PAGE, entries=MEMBER),
    _row("some", "PATCH /projects/{project_id}/members/{user_id}", 200, 409, gives=MEMBER, takes=("role",)),
    _row("some", "DELETE /projects/{project_id}/members/{user_id}", 204, 409),
    _row("some", "POST /projects/{project_id}/transfer", 200, gives=PROJECT, takes=("user_id",)),
    _row("some", "POST /projects/{project_id}/invitations", 201, 409, gives=INVITATION, takes=("email", "role")),
    _row("some", "GET /projects/{project_id}/invitations", 200, gives=PAGE, entries=INVITATION),
    _row("some", "DELETE /projects/{project_id}/invitations/{invitation_id}", 204),
    _row("signed in", "GET /invitations", 200, gives=PAGE, entries=INVITATION),
    _row("signed in", "POST /invitations/{invitation_id}/accept", 200, gives=PROJECT),
    _row("signed in", "POST /invitations/{invitation_id}/decline", 204),
    _row("some", "POST /projects/{project_id}/columns", 201, gives=COLUMN, takes=("name",)),
    _row("viewer", "GET /projects/{project_id}/columns", 200, gives=ITEMS, entries=COLUMN),
    _row("some", "PATCH /columns/{column_id}", 200, gives=COLUMN, takes=("name",), optional=("name",)),
    _row("some", "POST /columns/{column_id}/move", 200, gives=COLUMN, takes=("position",)),
    _row("some", "DELETE /columns/{column_id}", 204, 409),
    _row(
        *("some", "POST /projects/{project_id}/tasks", 201),
        gives=TASK,
        takes=("column_id", *_FIELDS),
        optional=_FIELDS[1:],
    ),
    _row("viewer", "GET /projects/{project_id}/tasks", 200, gives=PAGE, entries=TASK),
    _row("viewer", "GET /tasks/{task_id}", 200, gives=TASK),
    _row("some", "PATCH /tasks/{task_id}", 200, 412, gives=TASK, takes=_FIELDS, optional=_FIELDS),
    _row(
        *("some", "POST /tasks/{task_id}/move", 200, 412),
        gives=TASK,
        takes=("column_id", "position"),
        optional=("column_id",),
    ),
    _row("some", "DELETE /tasks/{task_id}", 204, 412),
    _row("some", "POST /tasks/{task_id}/comments", 201, gives=COMMENT, takes=("text",)),
    _row("viewer", "GET /tasks/{task_id}/comments", 200, gives=CURSOR, entries=COMMENT),
    _row("some", "PATCH /comments/{comment_id}", 200, gives=COMMENT, takes=("text",)),
    _row("some", "DELETE /comments/{comment_id}", 204),
    _row("viewer", "GET /projects/{project_id}/activity", 200, gives=CURSOR, entries=ENTRY),
    _row("signed in", "GET /tasks", 200, gives=CURSOR, entries=TASK),
    _row("viewer", "GET /projects/{project_id}/labels", 200, gives=ITEMS, entries=LABEL),
)
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


# --- what a document says of an endpoint ---------------------------------------------------------------------------


def operation_of(document: Document, endpoint: Endpoint) -> Operation:
    """What the document says of an endpoint; a Mismatch if it does not know it."""
    expect_all_there(document, (endpoint,))
    return document.operations[anonymous(endpoint.name)]


def expect_all_there(document: Document, endpoints: tuple[Endpoint, ...]) -> None:
    """The document knows these endpoints, or a Mismatch names those that it lacks."""
    missing = [endpoint.name for endpoint in endpoints if document.operation(endpoint.name) is None]
    document.root["paths"].expect(
        not missing,
        "The document holds every endpoint of the contract.",
        expected=", ".join(missing),
        actual=f"{len(document.operations)} operations, and none of these",
    )


def expect_object(document: Document, schema: Json, fields: tuple[str, ...], what: str) -> None:
    """The schema describes these fields, each with a type, and says that all of them are always there."""
    shape = document.shape(schema)
    described, always = (", ".join(sorted(names)) or "nothing" for names in (shape.fields, shape.required))
    for name in fields:
        schema.expect(
            name in shape.fields,
            f"The schema of {what} describes the field {name}.",
            expected=f"a property {name}",
            actual=f"properties: {described}",
        )
        schema.expect(
            name in shape.required,
            f"The schema of {what} says that the field {name} is always there.",
            expected=f"{name} among required",
            actual=f"required: {always}",
        )
        kinds = [kind for each in shape.fields[name] for kind in document.shape(each).kinds]
        shape.fields[name][0].expect(
            kinds or any(document.shape(each).fields for each in shape.fields[name]),
            f"The schema of {what} names the type of the field {name}.",
            expected="a type, or a $ref to a schema that has one",
        )


def expect_entries(document: Document, schema: Json, fields: tuple[str, ...], what: str) -> None:
    """The `items` of the schema are a list whose entries are described."""
    parts = document.shape(schema).fields["items"]
    entries = [entry for part in parts for entry in document.shape(part).entries]
    parts[0].expect(
        entries, f"The schema of {what} says what the entries of its items are.", expected="items with a schema"
    )
    for entry in entries:
        expect_object(document, entry, fields, f"an entry of {what}")


# --- what an answer is to a document -------------------------------------------------------------------------------


def expect_fit(schemas: Schemas, operation: Operation, answer: Answer) -> Answer:
    """The answer fits the schema of its status. One that is not documented has none: that is judged elsewhere."""
    schema = operation.answer(answer.status)
    if schema is None or answer.status == 204:
        return answer
    body = answer.json
    for fault in schemas.faults(schema, body.value):
        raise Mismatch(
            f"This answer to {operation.name} is not what your document says of its status"
            f" {operation.documented_as(answer.status)}.",
            expected=f"{fault.sentence} (see {schema.path} in your document)",
            actual=fault.found(body.value),
            path=fault.place,
            exchange=answer.exchange,
            assertion="value",
        )
    return answer


def expect_documented(operation: Operation, endpoint: Endpoint, answer: Answer) -> Answer:
    """No 5xx but the 503 of /ready, and no status that the document does not know."""
    known = ", ".join(operation.statuses)
    expect(
        answer.status < 500 or answer.status in endpoint.told,
        f"{endpoint.name} never answers with a status of 500 or above, whatever is sent.",
        expected=f"one of the statuses that are documented for it: {known}",
        actual=f"status {answer.status}",
        answer=answer,
    )
    expect(
        operation.documented_as(answer.status),
        f"The document names every status that {endpoint.name} answers with.",
        expected=f"one of {known}",
        actual=f"status {answer.status}",
        answer=answer,
    )
    return answer
