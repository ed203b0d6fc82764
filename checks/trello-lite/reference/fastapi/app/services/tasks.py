"""Tasks: made, changed, moved and deleted, each with an entry in the activity."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from app.errors import NotFound, ValidationFailed
from app.models import BoardColumn, Membership, Task, TaskAssignee, TaskLabel, User
from app.schemas import NewTask, TaskMove, TaskOut
from app.services import access, activity, places
from app.times import now
from app.versions import Precondition


def create_task(session: Session, user: User, project_id: int, new: NewTask) -> TaskOut:
    access.enter_alone(session, user, project_id, "member")
    _check_column(session, project_id, new.column_id)
    _check_assignees(session, project_id, new.assignee_ids)
    created_at = now()
    task = Task(
        **new.model_dump(exclude={"labels", "assignee_ids"}),
        project_id=project_id,
        position=places.count(session, Task, _tasks_of(new.column_id)),
        created_by=user.id,
        created_at=created_at,
        updated_at=created_at,
    )
    _put_lists(task, new.model_dump())
    session.add(task)
    session.flush()
    activity.record(session, project_id, user, "task.created", task_id=task.id)
    session.commit()
    return TaskOut.model_validate(task)


def get_task(session: Session, user: User, task_id: int) -> TaskOut:
    access.enter(session, user, access.project_of_task(session, task_id))
    return TaskOut.model_validate(session.get_one(Task, task_id))


def change_task(
    session: Session, user: User, task_id: int, sent: dict[str, Any], wanted: Precondition
) -> TaskOut:
    """Change the fields that were sent, if any of them is different."""
    task = take_task(session, user, task_id)
    wanted.check(task.version)
    _check_assignees(session, task.project_id, sent.get("assignee_ids", []))
    before = _answer(task)
    task.sqlmodel_update({field: sent[field] for field in sent if field in Task.model_fields})
    _put_lists(task, sent)
    changes = activity.differences(before, _answer(task))
    if changes:
        _renew(task)
        activity.record(
            session, task.project_id, user, "task.updated", task_id=task.id, changes=changes
        )
    session.commit()
    return TaskOut.model_validate(task)


def move_task(
    session: Session, user: User, task_id: int, move: TaskMove, wanted: Precondition
) -> TaskOut:
    """Put the task at a place of this or another column; the others close up and make room."""
    task = take_task(session, user, task_id)
    wanted.check(task.version)
    target = move.column_id or task.column_id
    _check_column(session, task.project_id, target)
    before = _answer(task)
    _put_at(session, task, target, move.position)
    changes = activity.differences(before, _answer(task))
    if changes:
        _renew(task)
        activity.record(
            session, task.project_id, user, "task.moved", task_id=task.id, changes=changes
        )
    session.commit()
    return TaskOut.model_validate(task)


def delete_task(session: Session, user: User, task_id: int, wanted: Precondition) -> None:
    task = take_task(session, user, task_id)
    wanted.check(task.version)
    session.delete(task)
    places.close_gap(session, Task, _tasks_of(task.column_id), task.position)
    changes = {"title": activity.change(task.title, None)}
    activity.record(
        session, task.project_id, user, "task.deleted", task_id=task_id, changes=changes
    )
    session.commit()


def take_task(session: Session, user: User, task_id: int) -> Task:
    """The task as it is now, in whose project nobody else changes anything until we commit."""
    access.enter_alone(session, user, access.project_of_task(session, task_id), "member")
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("There is no such task.")
    return task


def _tasks_of(column_id: int) -> ColumnElement[bool]:
    return col(Task.column_id) == column_id


def _answer(task: Task) -> dict[str, Any]:
    """The task as it is answered, which is how the activity tells of it."""
    return TaskOut.model_validate(task).model_dump(mode="json")


def _put_lists(task: Task, sent: dict[str, Any]) -> None:
    """Replace the labels and assignees that were sent. Rows that stay are kept, not made anew."""
    if "labels" in sent:
        labels = {row.label: row for row in task.label_rows}
        task.label_rows = [labels.get(each) or TaskLabel(label=each) for each in sent["labels"]]
    if "assignee_ids" in sent:
        rows = {row.user_id: row for row in task.assignee_rows}
        task.assignee_rows = [
            rows.get(each) or TaskAssignee(user_id=each) for each in sent["assignee_ids"]
        ]


def _put_at(session: Session, task: Task, column_id: int, position: int) -> None:
    others = places.count(session, Task, _tasks_of(column_id) & (col(Task.id) != task.id))
    place = min(position, others)
    if (task.column_id, task.position) == (column_id, place):
        return
    places.close_gap(session, Task, _tasks_of(task.column_id), task.position)
    places.make_room(session, Task, _tasks_of(column_id), place, task.id)
    task.column_id, task.position = column_id, place


def _renew(task: Task) -> None:
    task.version += 1
    task.updated_at = now()


def _check_column(session: Session, project_id: int, column_id: int) -> None:
    column = session.get(BoardColumn, column_id)
    if column is None or column.project_id != project_id:
        raise ValidationFailed.of("column_id", "is no column of this project")


def _check_assignees(session: Session, project_id: int, user_ids: list[int]) -> None:
    if not user_ids:
        return
    statement = select(func.count()).where(
        col(Membership.project_id) == project_id, col(Membership.user_id).in_(user_ids)
    )
    if session.exec(statement).one() < len(user_ids):
        raise ValidationFailed.of("assignee_ids", "names somebody without a role in this project")
