"""Activity: what happened in a project. Whoever records something does it in the transaction of the thing itself."""

from typing import Any

from django.db.models import QuerySet

from board.models import Activity, User
from board.services import access


def record(
    project_id: int, user: User, action: str, *, task_id: int | None = None, changes: dict[str, Any] | None = None
) -> None:
    Activity.objects.create(
        project_id=project_id, user_id=user.pk, action=action, task_id=task_id, changes=changes or {}
    )


def of_project(user: User, project_id: int) -> QuerySet[Activity]:
    access.see(user, project_id)
    return Activity.objects.filter(project_id=project_id)
