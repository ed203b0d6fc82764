"""Activity: what happened in a project. An entry is stored with what it tells of, or not at all."""

from typing import Any

from sqlmodel import Session, col

from app.cursors import CursorPage, CursorQuery, Order, fetch_slice
from app.models import Activity, User
from app.schemas import ActivityOut
from app.services import access

NEWEST_FIRST = Order("activity", key=Activity.id, id=Activity.id, descending=True)

Changes = dict[str, dict[str, Any]]


def record(
    session: Session,
    project_id: int,
    user: User,
    action: str,
    *,
    task_id: int | None = None,
    changes: Changes | None = None,
) -> None:
    """Add an entry to the transaction. Whoever calls this commits."""
    entry = Activity(
        project_id=project_id,
        user_id=user.id,
        action=action,
        task_id=task_id,
        changes=changes or {},
    )
    session.add(entry)


def change(before: Any, after: Any) -> dict[str, Any]:
    return {"from": before, "to": after}


def differences(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    """What is different of two answers, field by field."""
    return {
        field: change(before[field], after[field])
        for field in before
        if before[field] != after[field]
    }


def list_activity(
    session: Session, user: User, project_id: int, query: CursorQuery
) -> CursorPage[ActivityOut]:
    access.enter(session, user, project_id)
    statement = NEWEST_FIRST.select(Activity).where(col(Activity.project_id) == project_id)
    return fetch_slice(session, statement, NEWEST_FIRST, query, ActivityOut.of)
