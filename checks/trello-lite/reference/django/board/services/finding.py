"""Finding tasks (CONTRACT §9)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import F, Func, Q, QuerySet, TextField
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, WithJsonSchema

from board.fields import Moment, QueryInteger, number_of, parameter, spelt, storable
from board.lists import CursorQuery, Order, PageQuery
from board.models import Task, User
from board.services import access
from board.services.tasks import WORDS, with_assignees


def priorities(text: str) -> list[int]:
    """The priorities of a list with commas."""
    if unknown := [word for word in text.split(",") if word not in WORDS]:
        raise ValueError(f"{unknown[0]!r} is no priority: use low, normal, high or urgent")
    return [WORDS[word] for word in text.split(",")]


def assignee(text: str) -> int | None:
    """The id of an assignee, or None for tasks without any."""
    return None if text == "none" else number_of(str(parameter(text)))


Words = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Priorities = Annotated[str, AfterValidator(priorities), WithJsonSchema({"type": "string", "examples": ["high,urgent"]})]
Assignee = Annotated[str, AfterValidator(assignee), WithJsonSchema({"anyOf": [{"type": "integer"}, {"const": "none"}]})]
LabelText = Annotated[str, AfterValidator(storable)]


class Filters(BaseModel):
    """The parameters of both lists of tasks. `sent` tells those that were there from those that were not."""

    q: Words = ""
    assignee_id: Assignee | None = None
    label: Annotated[list[LabelText], Field(max_length=10)] = []
    priority: Priorities | None = None
    due_from: Moment | None = None
    due_before: Moment | None = None
    created_by: QueryInteger | None = None

    def condition(self) -> Q:
        """All of it together."""
        found = Q()
        for word in self.q.split():
            # Django escapes what LIKE would take for a wildcard.
            found &= Q(title__icontains=word) | Q(description__icontains=word)
        if "assignee_id" in self.model_fields_set:
            found &= Q(assignment__user_id=self.assignee_id)
        if self.label:
            found &= Q(labels__contains=self.label)
        if self.priority is not None:
            found &= Q(priority__in=self.priority)
        if self.due_from is not None:
            found &= Q(due_at__gte=self.due_from)
        if self.due_before is not None:
            found &= Q(due_at__lt=self.due_before)
        if self.created_by is not None:
            found &= Q(created_by_id=self.created_by)
        return found


ProjectSort = Literal[
    "id", "-id", "title", "-title", "priority", "-priority", "due_at", "-due_at", "position", "-position"
]


class ProjectTasks(Filters, PageQuery):
    column_id: QueryInteger | None = None
    sort: ProjectSort = "id"


class MyTasks(Filters, CursorQuery):
    sort: Literal["id", "-id", "title", "due_at", "-due_at", "priority", "-priority"] = "id"


def in_project(user: User, project_id: int, query: ProjectTasks) -> QuerySet[Task]:
    access.see(user, project_id)
    rows = with_assignees().filter(query.condition(), project_id=project_id)
    if query.column_id is not None:
        rows = rows.filter(column_id=query.column_id)
    return rows.order_by(*_sorted(query.sort))


def _sorted(sort: str) -> list[Any]:
    """What to order by; ties by id, ascending, in both directions."""
    fields = {"position": ["column__position", "position"]}.get(sort.removeprefix("-"), [sort.removeprefix("-")])
    if sort == "-id":
        return ["-id"]
    keys = [F(field).desc(nulls_last=True) if sort[0] == "-" else F(field).asc(nulls_last=True) for field in fields]
    return [*keys, "id"]


def of_user(user: User, query: MyTasks) -> QuerySet[Task]:
    """The tasks of all projects in which the user has a role."""
    return with_assignees().filter(query.condition(), project__membership__user=user)


def order(sort: str) -> Order:
    """The order of the list by cursor."""
    field, descending = sort.removeprefix("-"), sort[0] == "-"
    match field:
        case "id":
            return Order(sort, descending=descending)
        case "due_at":
            return Order(
                sort,
                field,
                descending,
                key=lambda task: task.due_at and spelt(task.due_at),
                value=datetime.fromisoformat,
            )
        case _:
            return Order(sort, field, descending, key=lambda task: getattr(task, field))


def labels(user: User, project_id: int) -> list[dict[str, Any]]:
    """Each label of the project's tasks, and how many have it."""
    access.see(user, project_id)
    each = Func(F("labels"), function="unnest", output_field=TextField())
    counts: dict[str, int] = {}
    for label in Task.objects.filter(project_id=project_id).annotate(label=each).values_list("label", flat=True):
        counts[label] = counts.get(label, 0) + 1
    # Python compares texts by code points.
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"label": label, "task_count": count} for label, count in ranked]
