"""Places: the positions 0, 1, 2 … of columns on a board, and of tasks in a column.

Each of these is one statement, however many entries there are. The project must be locked.
"""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, func, select, update

from app.models import BoardColumn, Task

Placed = type[BoardColumn] | type[Task]


def count(session: Session, kind: Placed, siblings: ColumnElement[bool]) -> int:
    """How many there are, which is also the place behind the last one."""
    return session.exec(select(func.count()).select_from(kind).where(siblings)).one()


def close_gap(session: Session, kind: Placed, siblings: ColumnElement[bool], gap: int) -> None:
    """Those behind the gap move up by one."""
    _shift(session, kind, siblings, kind.position > gap, by=-1)


def make_room(
    session: Session, kind: Placed, siblings: ColumnElement[bool], place: int, newcomer: int
) -> None:
    """Those at the place and behind it move down by one, but for the newcomer itself."""
    _shift(session, kind, siblings, kind.position >= place, kind.id != newcomer, by=1)


def _shift(session: Session, kind: Placed, *conditions: Any, by: int) -> None:
    statement = (
        update(kind)
        .where(*conditions)
        .values(position=kind.position + by)
        .execution_options(synchronize_session=False)
    )
    session.exec(statement)
