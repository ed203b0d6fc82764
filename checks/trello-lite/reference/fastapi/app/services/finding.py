"""Finding: tasks by what they contain, of one project or of all that a user takes part in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, case, collate
from sqlmodel import Session, col, func, or_, select

from app.cursors import CursorPage, CursorQuery, Order, fetch_slice
from app.fields import AnyText, QueryAssignee, QueryInteger, QueryPriorities, SearchText, Time
from app.models import BoardColumn, Membership, Task, TaskAssignee, TaskLabel, User
from app.pagination import Page, PageQuery, fetch_page
from app.schemas import LabelOut, TaskOut
from app.services import access

RANK = case({"low": 0, "normal": 1, "high": 2, "urgent": 3}, value=col(Task.priority))
# What tasks are sorted by, before their id decides.
KEYS: dict[str, tuple[Any, ...]] = {
    "id": (Task.id,),
    "title": (Task.title,),
    "priority": (RANK,),
    "due_at": (Task.due_at,),
    "position": (BoardColumn.position, Task.position),
}


class TaskFilters(BaseModel):
    q: SearchText = ""
    assignee_id: QueryAssignee | None = None
    label: Annotated[list[AnyText], Field(max_length=10)] = []
    priority: QueryPriorities | None = None
    due_from: Time | None = None
    due_before: Time | None = None
    created_by: QueryInteger | None = None


class ProjectTasksQuery(PageQuery, TaskFilters):
    column_id: QueryInteger | None = None
    sort: Literal[
        "id", "-id", "title", "-title", "priority", "-priority",
        "due_at", "-due_at", "position", "-position",
    ] = "id"  # fmt: skip


class AllTasksQuery(CursorQuery, TaskFilters):
    sort: Literal["id", "-id", "title", "priority", "-priority", "due_at", "-due_at"] = "id"


def list_tasks_of_project(
    session: Session, user: User, project_id: int, query: ProjectTasksQuery
) -> Page[TaskOut]:
    access.enter(session, user, project_id)
    statement = (
        select(Task)
        .join(BoardColumn, col(BoardColumn.id) == Task.column_id)
        .where(Task.project_id == project_id, *_filters(query))
        .order_by(*_order(query.sort))
    )
    if query.column_id is not None:
        statement = statement.where(Task.column_id == query.column_id)
    return fetch_page(session, statement, query, TaskOut.model_validate)


def list_all_tasks(session: Session, user: User, query: AllTasksQuery) -> CursorPage[TaskOut]:
    order = _walk(query.sort)
    own_projects = select(Membership.project_id).where(Membership.user_id == user.id)
    statement = order.select(Task).where(
        col(Task.project_id).in_(own_projects), *_filters(query)
    )
    return fetch_slice(session, statement, order, query, TaskOut.model_validate)


def list_labels(session: Session, user: User, project_id: int) -> list[LabelOut]:
    access.enter(session, user, project_id)
    task_count = func.count().label("task_count")
    statement = (
        select(col(TaskLabel.label), task_count)
        .join(Task, col(Task.id) == TaskLabel.task_id)
        .where(Task.project_id == project_id)
        .group_by(col(TaskLabel.label))
        # The collation "C" compares code points, whatever language the database speaks.
        .order_by(task_count.desc(), collate(col(TaskLabel.label), "C"))
    )
    return [LabelOut.model_validate(row) for row in session.exec(statement)]


def _order(sort: str) -> list[ColumnElement[Any]]:
    keys = KEYS[sort.removeprefix("-")]
    directed = [key.desc() if sort.startswith("-") else key.asc() for key in keys]
    return [*(key.nulls_last() for key in directed), col(Task.id).asc()]


def _walk(sort: str) -> Order:
    [key] = KEYS[sort.removeprefix("-")]
    descending = sort.startswith("-")
    if key is Task.due_at:
        return Order(f"tasks {sort}", key, Task.id, descending, read=datetime.fromisoformat)
    return Order(f"tasks {sort}", key, Task.id, descending)


def _filters(query: TaskFilters) -> list[ColumnElement[bool]]:
    filters = [_contains(word) for word in query.q.split()]
    filters += [_has_label(label) for label in query.label]
    if query.assignee_id == "none":
        filters.append(~_assigned())
    elif query.assignee_id is not None:
        filters.append(_assigned(col(TaskAssignee.user_id) == query.assignee_id))
    if query.priority is not None:
        filters.append(col(Task.priority).in_(query.priority))
    if query.due_from is not None:
        filters.append(col(Task.due_at) >= query.due_from)
    if query.due_before is not None:
        filters.append(col(Task.due_at) < query.due_before)
    if query.created_by is not None:
        filters.append(col(Task.created_by) == query.created_by)
    return filters


def _contains(word: str) -> ColumnElement[bool]:
    in_title = col(Task.title).icontains(word, autoescape=True)
    in_description = col(Task.description).icontains(word, autoescape=True)
    return or_(in_title, in_description)


def _has_label(label: str) -> ColumnElement[bool]:
    return select(TaskLabel).where(TaskLabel.task_id == Task.id, TaskLabel.label == label).exists()


def _assigned(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(TaskAssignee).where(TaskAssignee.task_id == Task.id, *conditions).exists()
