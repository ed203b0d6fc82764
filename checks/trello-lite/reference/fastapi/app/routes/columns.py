"""Columns: the lists of tasks on a board."""

from fastapi import APIRouter

from app.dependencies import CurrentUser, SessionDep
from app.fields import PathId
from app.http import ApiRoute, refusals
from app.schemas import ColumnChanges, ColumnMove, ColumnOut, ColumnsOut, NewColumn
from app.services import columns

router = APIRouter(tags=["columns"], route_class=ApiRoute, responses=refusals(401))


@router.post(
    "/projects/{project_id}/columns",
    status_code=201,
    responses=refusals(400, 403, 404, 415, 422),
)
def add_column(
    project_id: PathId, new: NewColumn, user: CurrentUser, session: SessionDep
) -> ColumnOut:
    return ColumnOut.model_validate(columns.add_column(session, user, project_id, new.name))


@router.get("/projects/{project_id}/columns", responses=refusals(404, 422))
def list_columns(project_id: PathId, user: CurrentUser, session: SessionDep) -> ColumnsOut:
    found = columns.list_columns(session, user, project_id)
    return ColumnsOut(items=[ColumnOut.model_validate(column) for column in found])


@router.patch("/columns/{column_id}", responses=refusals(400, 403, 404, 415, 422))
def change_column(
    column_id: PathId, changes: ColumnChanges, user: CurrentUser, session: SessionDep
) -> ColumnOut:
    sent = changes.model_dump(exclude_unset=True)
    return ColumnOut.model_validate(columns.change_column(session, user, column_id, sent))


@router.post("/columns/{column_id}/move", responses=refusals(400, 403, 404, 415, 422))
def move_column(
    column_id: PathId, move: ColumnMove, user: CurrentUser, session: SessionDep
) -> ColumnOut:
    column = columns.move_column(session, user, column_id, move.position)
    return ColumnOut.model_validate(column)


@router.delete(
    "/columns/{column_id}", status_code=204, responses=refusals(403, 404, 409, 422)
)
def delete_column(column_id: PathId, user: CurrentUser, session: SessionDep) -> None:
    columns.delete_column(session, user, column_id)
