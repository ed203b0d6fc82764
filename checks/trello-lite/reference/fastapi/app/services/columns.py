"""Columns: the lists of tasks on a board, and their order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.errors import Conflict, NotFound
from app.models import BoardColumn, Role, Task, User
from app.services import access, places


def add_column(session: Session, user: User, project_id: int, name: str) -> BoardColumn:
    access.enter_alone(session, user, project_id, "member")
    last = places.count(session, BoardColumn, _columns_of(project_id))
    column = BoardColumn(project_id=project_id, name=name, position=last)
    session.add(column)
    session.commit()
    return column


def list_columns(session: Session, user: User, project_id: int) -> Sequence[BoardColumn]:
    access.enter(session, user, project_id)
    statement = select(BoardColumn).where(_columns_of(project_id))
    return session.exec(statement.order_by(col(BoardColumn.position))).all()


def change_column(
    session: Session, user: User, column_id: int, changes: dict[str, Any]
) -> BoardColumn:
    column = _take_column(session, user, column_id, "member")
    column.sqlmodel_update(changes)
    session.commit()
    return column


def move_column(session: Session, user: User, column_id: int, position: int) -> BoardColumn:
    column = _take_column(session, user, column_id, "member")
    siblings = _columns_of(column.project_id)
    place = min(position, places.count(session, BoardColumn, siblings) - 1)
    places.close_gap(session, BoardColumn, siblings, column.position)
    places.make_room(session, BoardColumn, siblings, place, column.id)
    column.position = place
    session.commit()
    return column


def delete_column(session: Session, user: User, column_id: int) -> None:
    column = _take_column(session, user, column_id, "member")
    if places.count(session, Task, col(Task.column_id) == column_id) > 0:
        raise Conflict("column_not_empty", "Move or delete its tasks first.")
    session.delete(column)
    places.close_gap(session, BoardColumn, _columns_of(column.project_id), column.position)
    session.commit()


def _columns_of(project_id: int) -> ColumnElement[bool]:
    return col(BoardColumn.project_id) == project_id


def _take_column(session: Session, user: User, column_id: int, least: Role) -> BoardColumn:
    """The column, in which nobody else changes anything until we commit."""
    access.enter_alone(session, user, access.project_of_column(session, column_id), least)
    column = session.get(BoardColumn, column_id)
    if column is None:
        raise NotFound("There is no such column.")
    return column
