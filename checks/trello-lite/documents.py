"""The endpoints of the task API as CONTRACT.md §3 to §9 give them, in the terms of a document about them (§13)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from people import NOT_BUILT

from roadmap_cli.checking import Answer, Json, expect, fail
from roadmap_cli.checking.answers import Mismatch
from roadmap_cli.checking.openapi import FORM, JSON, Document, Operation
from roadmap_cli.checking.schemas import Fault, Schemas

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

    *takes* are the fields of its body, *optional* those of them that may be left out; *gives* those of its answer, and
    *entries* those of each of its `items`; *statuses* are what §13 wants to find in the document; *is_open* says that
    anybody may ask.
    """

    name: str
    statuses: tuple[int, ...]
    gives: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    media_type: str = JSON
    is_open: bool = False

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


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Rows of one *who*."""

    refused: tuple[int, ...] = ()
    rows: list[Endpoint] = field(default_factory=list)

    def add(self, name: str, *statuses: int, gives: tuple[str, ...] = (), **more: Any) -> None:
        """What its *who*, its path, its body and its parameters add to the statuses of its row (§13)."""
        has_id = "{" in name
        lists = gives in (PAGE, CURSOR)
        general = {*self.refused, *((404,) if has_id else ()), *((422,) if has_id or lists or "takes" in more else ())}
        told = tuple(sorted({*statuses, *general}))
        self.rows.append(Endpoint(name=name, statuses=told, gives=gives, is_open=not self.refused, **more))


_anybody, _signed_in, _viewer = _Rows(), _Rows(refused=(401,)), _Rows(refused=(401,))
_some = _Rows(refused=(401, 403))

_anybody.add("GET /health", 200, gives=("status",))
_anybody.add("GET /ready", 200, 503, gives=("status",))
_anybody.add("POST /auth/register", 201, 409, gives=USER, takes=("email", "name", "password"))
_anybody.add(
    "POST /auth/token",
    *(200, 401),
    gives=PAIR,
    takes=("username", "password", "grant_type"),
    optional=("grant_type",),
    media_type=FORM,
)
_anybody.add("POST /auth/refresh", 200, 401, gives=PAIR, takes=("refresh_token",))
_anybody.add("POST /auth/logout", 204, takes=("refresh_token",))
_signed_in.add("GET /users/me", 200, gives=USER)
_signed_in.add("PATCH /users/me", 200, gives=USER, takes=("name",), optional=("name",))
_signed_in.add("PUT /users/me/password", 204, 403, takes=("password", "new_password"))

_signed_in.add("POST /projects", 201, gives=PROJECT, takes=("name", "description"), optional=("description",))
_signed_in.add("GET /projects", 200, gives=PAGE, entries=PROJECT)
_viewer.add("GET /projects/{project_id}", 200, gives=PROJECT)
_some.add(
    "PATCH /projects/{project_id}",
    200,
    gives=PROJECT,
    takes=("name", "description"),
    optional=("name", "description"),
)
_some.add("DELETE /projects/{project_id}", 204)
_viewer.add("GET /projects/{project_id}/members", 200, gives=PAGE, entries=MEMBER)
_some.add("PATCH /projects/{project_id}/members/{user_id}", 200, 409, gives=MEMBER, takes=("role",))
_some.add("DELETE /projects/{project_id}/members/{user_id}", 204, 409)
_some.add("POST /projects/{project_id}/transfer", 200, gives=PROJECT, takes=("user_id",))
_some.add("POST /projects/{project_id}/invitations", 201, 409, gives=INVITATION, takes=("email", "role"))
_some.add("GET /projects/{project_id}/invitations", 200, gives=PAGE, entries=INVITATION)
_some.add("DELETE /projects/{project_id}/invitations/{invitation_id}", 204)
_signed_in.add("GET /invitations", 200, gives=PAGE, entries=INVITATION)
_signed_in.add("POST /invitations/{invitation_id}/accept", 200, gives=PROJECT)
_signed_in.add("POST /invitations/{invitation_id}/decline", 204)

_some.add("POST /projects/{project_id}/columns", 201, gives=COLUMN, takes=("name",))
_viewer.add("GET /projects/{project_id}/columns", 200, gives=ITEMS, entries=COLUMN)
_some.add("PATCH /columns/{column_id}", 200, gives=COLUMN, takes=("name",), optional=("name",))
_some.add("POST /columns/{column_id}/move", 200, gives=COLUMN, takes=("position",))
_some.add("DELETE /columns/{column_id}", 204, 409)

_FIELDS = ("title", "description", "priority", "due_at", "labels", "assignee_ids")
_some.add(
    "POST /projects/{project_id}/tasks", 201, gives=TASK, takes=("column_id", *_FIELDS), optional=_FIELDS[1:]
)
_viewer.add("GET /projects/{project_id}/tasks", 200, gives=PAGE, entries=TASK)
_viewer.add("GET /tasks/{task_id}", 200, gives=TASK)
_some.add("PATCH /tasks/{task_id}", 200, 412, gives=TASK, takes=_FIELDS, optional=_FIELDS)
_some.add("POST /tasks/{task_id}/move", 200, 412, gives=TASK, takes=("column_id", "position"), optional=("column_id",))
_some.add("DELETE /tasks/{task_id}", 204, 412)

_some.add("POST /tasks/{task_id}/comments", 201, gives=COMMENT, takes=("text",))
_viewer.add("GET /tasks/{task_id}/comments", 200, gives=CURSOR, entries=COMMENT)
_some.add("PATCH /comments/{comment_id}", 200, gives=COMMENT, takes=("text",))
_some.add("DELETE /comments/{comment_id}", 204)
_viewer.add("GET /projects/{project_id}/activity", 200, gives=CURSOR, entries=ENTRY)
_signed_in.add("GET /tasks", 200, gives=CURSOR, entries=TASK)
_viewer.add("GET /projects/{project_id}/labels", 200, gives=ITEMS, entries=LABEL)

ENDPOINTS = (*_anybody.rows, *_signed_in.rows, *_viewer.rows, *_some.rows)


# --- what a document says of an endpoint ---------------------------------------------------------------------------


def operation_of(document: Document, endpoint: Endpoint) -> Operation:
    """What the document says of an endpoint; a Mismatch if it does not know it."""
    operation = document.operation(endpoint.name)
    if operation is None:
        missing(document, [endpoint])
    assert operation
    return operation


def missing(document: Document, endpoints: list[Endpoint]) -> None:
    """A Mismatch that names what the document lacks."""
    document.root["paths"].expect(
        not endpoints,
        "The document holds every endpoint of the contract.",
        expected=", ".join(each.name for each in endpoints),
        actual=f"{len(document.operations)} operations, and none of these",
    )


def expect_fields(document: Document, schema: Json, endpoint: Endpoint, fields: tuple[str, ...], what: str) -> None:
    """The schema of an answer has these fields, all of them always there, each with a type."""
    shape = document.shape(schema)
    there = ", ".join(sorted(shape.fields)) or "no properties"
    for name in fields:
        schema.expect(
            name in shape.fields,
            f"The schema of {what} of {endpoint.name} describes the field {name}.",
            expected=f"a property {name}",
            actual=there,
        )
        schema.expect(
            name in shape.required,
            f"The schema of {what} of {endpoint.name} says that {name} is always there.",
            expected=f"{name} among required",
            actual=f"required: {', '.join(sorted(shape.required)) or 'nothing'}",
        )
        for each in shape.fields[name]:
            _expect_type(document, each, endpoint, name)


def _expect_type(document: Document, schema: Json, endpoint: Endpoint, name: str) -> None:
    shape = document.shape(schema)
    schema.expect(
        shape.kinds or shape.fields,
        f"The schema of the field {name} in the answer of {endpoint.name} names its type.",
        expected="a type, an enum, or a $ref to a schema with one",
    )


# --- what an answer is to a document -------------------------------------------------------------------------------


def expect_fit(schemas: Schemas, operation: Operation, endpoint: Endpoint, answer: Answer) -> None:
    """The answer fits what the document says of its status; a status that is not documented fits nothing, and is passed over."""
    schema = operation.answer(answer.status)
    if schema is None or answer.status == 204:
        return
    body = answer.json
    if faults := schemas.faults(schema, body.value):
        _refuse(faults[0], body, operation, endpoint, answer, schema)


def _refuse(
    fault: Fault, body: Json, operation: Operation, endpoint: Endpoint, answer: Answer, schema: Json
) -> None:
    raise Mismatch(
        f"This answer to {endpoint.name} is not what your document says of status {operation.documented_as(answer.status)}.",
        expected=f"{fault.sentence} (your schema at {schema.path})",
        actual=fault.found(body.value),
        path=fault.place,
        exchange=answer.exchange,
        assertion="value",
    )


def expect_documented(operation: Operation, endpoint: Endpoint, answer: Answer) -> None:
    """No 5xx but the 503 of /ready, and no status that the document does not know."""
    fine = answer.status < 500 or (answer.status == 503 and 503 in endpoint.statuses)
    if not fine:
        fail(
            f"Your server answered {answer.status} to a request that was drawn from your own document.",
            expected=f"one of the statuses that you documented for {endpoint.name}: {', '.join(operation.statuses)}",
            actual=f"status {answer.status}",
            answer=answer,
        )
    expect(
        operation.documented_as(answer.status),
        f"The document names every status that {endpoint.name} answers with.",
        expected=f"one of {', '.join(operation.statuses)}",
        actual=f"status {answer.status}",
        answer=answer,
    )


__all__ = [
    "ENDPOINTS",
    "NOT_BUILT",
    "Endpoint",
    "expect_documented",
    "expect_fields",
    "expect_fit",
    "missing",
    "operation_of",
]
