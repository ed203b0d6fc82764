"""Columns (CONTRACT §6)."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from board.api.answers import BODY, ID, SIGNED_IN, answers
from board.fields import PathId
from board.http import Bearer
from board.schemas import ColumnChange, ColumnList, ColumnMove, ColumnOut, NewColumn
from board.services import columns

router = Router(tags=["columns"], auth=Bearer())


@router.post("/projects/{project_id}/columns", response=answers(201, ColumnOut, *SIGNED_IN, *ID, *BODY, 403))
def create(request: HttpRequest, project_id: PathId, body: NewColumn) -> Any:
    return Status(201, ColumnOut.model_validate(columns.create(request.auth, project_id, body.name)))


@router.get("/projects/{project_id}/columns", response=answers(200, ColumnList, *SIGNED_IN, *ID))
def list_columns(request: HttpRequest, project_id: PathId) -> Any:
    return {"items": [ColumnOut.model_validate(column) for column in columns.of_project(request.auth, project_id)]}


@router.patch("/columns/{column_id}", response=answers(200, ColumnOut, *SIGNED_IN, *ID, *BODY, 403))
def change(request: HttpRequest, column_id: PathId, body: ColumnChange) -> Any:
    return ColumnOut.model_validate(columns.change(request.auth, column_id, body.sent()))


@router.delete("/columns/{column_id}", response=answers(204, None, *SIGNED_IN, *ID, 403, 409))
def delete(request: HttpRequest, column_id: PathId) -> Any:
    columns.delete(request.auth, column_id)
    return Status(204, None)


@router.post("/columns/{column_id}/move", response=answers(200, ColumnOut, *SIGNED_IN, *ID, *BODY, 403))
def move(request: HttpRequest, column_id: PathId, body: ColumnMove) -> Any:
    return ColumnOut.model_validate(columns.move(request.auth, column_id, body.position))
