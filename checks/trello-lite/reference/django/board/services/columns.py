"""Columns: the lists of a board (CONTRACT §6). Positions are 0, 1, 2 … in each project."""

from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from board.errors import Conflict, NotFound
from board.models import Column, Task, User
from board.services import access, activity


@transaction.atomic
def create(user: User, project_id: int, name: str) -> Column:
    access.work(user, project_id)
    column = Column.objects.create(project_id=project_id, name=name, position=_of(project_id).count())
    activity.record(project_id, user, "column.created")
    return column


def of_project(user: User, project_id: int) -> QuerySet[Column]:
    access.see(user, project_id)
    return _of(project_id).order_by("position")


@transaction.atomic
def change(user: User, column_id: int, changes: dict[str, Any]) -> Column:
    column = _opened(user, column_id)
    for name, value in changes.items():
        setattr(column, name, value)
    if changes:
        column.save(update_fields=list(changes))
    return column


@transaction.atomic
def move(user: User, column_id: int, position: int) -> Column:
    column = _opened(user, column_id)
    others = _of(column.project_id).exclude(pk=column.pk)
    place = min(position, others.count())
    others.filter(position__gt=column.position).update(position=F("position") - 1)
    others.filter(position__gte=place).update(position=F("position") + 1)
    column.position = place
    column.save(update_fields=["position"])
    return column


@transaction.atomic
def delete(user: User, column_id: int) -> None:
    column = _opened(user, column_id)
    if Task.objects.filter(column=column).exists():
        raise Conflict("column_not_empty", "Move or delete the tasks of this column first.")
    column.delete()
    _of(column.project_id).filter(position__gt=column.position).update(position=F("position") - 1)


def _opened(user: User, column_id: int) -> Column:
    """The column, for somebody who may work in its project, which is locked from here on."""
    known = Column.objects.filter(pk=column_id).first()
    if known is None:
        raise NotFound
    access.work(user, known.project_id)
    # Read again: it may have been moved or deleted while we waited for the lock.
    column = Column.objects.filter(pk=column_id).first()
    if column is None:
        raise NotFound
    return column


def _of(project_id: int) -> QuerySet[Column]:
    return Column.objects.filter(project_id=project_id)
