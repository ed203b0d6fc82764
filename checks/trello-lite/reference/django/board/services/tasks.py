"""Tasks: made, changed, moved and deleted (CONTRACT §7). Positions are 0, 1, 2 … in each column.

All changes in a project happen one after the other (services/access.py), so what is counted here is still true when it is
written. What the answers hold is read by `with_assignees`.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet
from django.utils import timezone

from board.errors import Invalid, NotFound
from board.fields import spelt
from board.models import Assignment, Column, Membership, Priority, Task, User
from board.services import access, activity

Demand = Callable[[int], None]
"""Raises if the version is not one of those that `If-Match` names."""

WORDS = {priority.label: priority for priority in Priority}


def with_assignees() -> QuerySet[Task]:
    """Tasks, each with `assigned`: the ids of its assignees, in one statement for all."""
    ids = Assignment.objects.filter(task=OuterRef("pk")).order_by("user_id").values("user_id")
    return Task.objects.annotate(assigned=ArraySubquery(ids))


@transaction.atomic
def create(user: User, project_id: int, *, column_id: int, assignee_ids: list[int], **facts: Any) -> Task:
    access.work(user, project_id)
    column = _column(project_id, column_id)
    _check_assignees(project_id, assignee_ids)
    now = timezone.now()
    task = Task.objects.create(
        project_id=project_id,
        column=column,
        position=Task.objects.filter(column=column).count(),
        created_by=user,
        created_at=now,
        updated_at=now,
        **_stored(facts),
    )
    _assign(task, assignee_ids)
    activity.record(project_id, user, "task.created", task_id=task.pk)
    return task


def get(user: User, task_id: int) -> Task:
    task = with_assignees().filter(pk=task_id, project__membership__user=user).first()
    if task is None:
        raise NotFound
    return task


@transaction.atomic
def change(user: User, task_id: int, demand: Demand, sent: dict[str, Any]) -> Task:
    task = _opened(user, task_id)
    demand(task.version)
    if "assignee_ids" in sent:
        _check_assignees(task.project_id, sent["assignee_ids"])
    before = _facts(task)
    changes = {
        field: {"from": before[field], "to": value} for field, value in _shown(sent).items() if before[field] != value
    }
    if not changes:
        return task
    if "assignee_ids" in changes:
        Assignment.objects.filter(task=task).delete()
        _assign(task, sent.pop("assignee_ids"))
    _save(task, **_stored({field: value for field, value in sent.items() if field in changes}))
    activity.record(task.project_id, user, "task.updated", task_id=task.pk, changes=changes)
    return task


@transaction.atomic
def move(user: User, task_id: int, demand: Demand, position: int, column_id: int | None) -> Task:
    task = _opened(user, task_id)
    demand(task.version)
    target = task.column_id if column_id is None else _column(task.project_id, column_id).pk
    place = min(position, Task.objects.filter(column_id=target).exclude(pk=task.pk).count())
    before, after = (task.column_id, task.position), (target, place)
    if before == after:
        return task
    _close_up(task)
    Task.objects.filter(column_id=target, position__gte=place).exclude(pk=task.pk).update(position=F("position") + 1)
    _save(task, column_id=target, position=place)
    changes = {
        field: {"from": old, "to": new}
        for field, old, new in zip(("column_id", "position"), before, after, strict=True)
        if old != new
    }
    activity.record(task.project_id, user, "task.moved", task_id=task.pk, changes=changes)
    return task


@transaction.atomic
def delete(user: User, task_id: int, demand: Demand) -> None:
    task = _opened(user, task_id)
    demand(task.version)
    Task.objects.filter(pk=task_id).delete()
    _close_up(task)
    changes = {"title": {"from": task.title, "to": None}}
    activity.record(task.project_id, user, "task.deleted", task_id=task_id, changes=changes)


def _opened(user: User, task_id: int) -> Task:
    """The task, for somebody who may work in its project, which is locked from here on."""
    known = Task.objects.filter(pk=task_id).first()
    if known is None:
        raise NotFound
    access.work(user, known.project_id)
    # Read again: it may have been changed or deleted while we waited for the lock.
    task = with_assignees().filter(pk=task_id).first()
    if task is None:
        raise NotFound
    return task


def _column(project_id: int, column_id: int) -> Column:
    column = Column.objects.filter(pk=column_id, project_id=project_id).first()
    if column is None:
        raise Invalid(("column_id", "must be a column of this project"))
    return column


def _check_assignees(project_id: int, user_ids: list[int]) -> None:
    known = Membership.objects.filter(project_id=project_id, user_id__in=user_ids).count() if user_ids else 0
    if known < len(user_ids):
        raise Invalid(("assignee_ids", "must be people with a role in this project"))


def _assign(task: Task, user_ids: list[int]) -> None:
    """Give a task that has no assignees these ones."""
    Assignment.objects.bulk_create([Assignment(task=task, user_id=user_id) for user_id in user_ids])
    task.assigned = user_ids


def _close_up(task: Task) -> None:
    """The tasks behind this one take a step forward."""
    behind = Task.objects.filter(column_id=task.column_id, position__gt=task.position).exclude(pk=task.pk)
    behind.update(position=F("position") - 1)


def _save(task: Task, **values: Any) -> None:
    """Store new values, as a new version."""
    for name, value in {**values, "version": task.version + 1, "updated_at": timezone.now()}.items():
        setattr(task, name, value)
    task.save(update_fields=[*values, "version", "updated_at"])


def _facts(task: Task) -> dict[str, Any]:
    """What a PATCH can change, as it is answered."""
    return {
        "title": task.title,
        "description": task.description,
        "priority": Priority(task.priority).label,
        "due_at": task.due_at and spelt(task.due_at),
        "labels": task.labels,
        "assignee_ids": task.assigned,
    }


def _shown(sent: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request, as they are answered."""
    return {**sent, "due_at": sent["due_at"] and spelt(sent["due_at"])} if "due_at" in sent else sent


def _stored(facts: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request, as they are stored."""
    return {**facts, "priority": WORDS[facts["priority"]]} if "priority" in facts else facts
