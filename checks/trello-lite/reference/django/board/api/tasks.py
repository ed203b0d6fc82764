"""Tasks (CONTRACT §7 and §9)."""

from functools import partial
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Router
from ninja.responses import Status

from board.api.answers import BODY, ID, QUERY, SIGNED_IN, answers
from board.fields import PathId
from board.http import Bearer, demand
from board.lists import page, stretch
from board.schemas import LabelList, NewTask, Page, Stretch, TaskChange, TaskMove, TaskOut
from board.services import finding, tasks

router = Router(tags=["tasks"], auth=Bearer())

IfMatch = Annotated[str | None, Header(default=None, alias="If-Match", description='Versions, such as "3"; or *')]


@router.post("/projects/{project_id}/tasks", response=answers(201, TaskOut, *SIGNED_IN, *ID, *BODY, 403))
def create(request: HttpRequest, response: HttpResponse, project_id: PathId, body: NewTask) -> Any:
    task = tasks.create(request.auth, project_id, **body.model_dump())
    response["Location"] = f"/tasks/{task.pk}"
    return Status(201, with_tag(response, task))


@router.get("/projects/{project_id}/tasks", response=answers(200, Page[TaskOut], *SIGNED_IN, *ID))
def list_tasks(request: HttpRequest, project_id: PathId, query: Query[finding.ProjectTasks]) -> Any:
    return page(finding.in_project(request.auth, project_id, query), query, TaskOut.of)


@router.get("/projects/{project_id}/labels", response=answers(200, LabelList, *SIGNED_IN, *ID))
def labels(request: HttpRequest, project_id: PathId) -> Any:
    return {"items": finding.labels(request.auth, project_id)}


@router.get("/tasks", response=answers(200, Stretch[TaskOut], *SIGNED_IN, *QUERY))
def list_my_tasks(request: HttpRequest, query: Query[finding.MyTasks]) -> Any:
    return stretch(finding.of_user(request.auth, query), query, finding.order(query.sort), TaskOut.of)


@router.get("/tasks/{task_id}", response=answers(200, TaskOut, *SIGNED_IN, *ID))
def get(request: HttpRequest, response: HttpResponse, task_id: PathId) -> Any:
    return with_tag(response, tasks.get(request.auth, task_id))


@router.patch("/tasks/{task_id}", response=answers(200, TaskOut, *SIGNED_IN, *ID, *BODY, 403, 412))
def change(
    request: HttpRequest, response: HttpResponse, task_id: PathId, body: TaskChange, if_match: IfMatch = None
) -> Any:
    demanded = partial(demand, if_match=if_match)
    return with_tag(response, tasks.change(request.auth, task_id, demanded, body.sent()))


@router.delete("/tasks/{task_id}", response=answers(204, None, *SIGNED_IN, *ID, 403, 412))
def delete(request: HttpRequest, task_id: PathId, if_match: IfMatch = None) -> Any:
    tasks.delete(request.auth, task_id, partial(demand, if_match=if_match))
    return Status(204, None)


@router.post("/tasks/{task_id}/move", response=answers(200, TaskOut, *SIGNED_IN, *ID, *BODY, 403, 412))
def move(
    request: HttpRequest, response: HttpResponse, task_id: PathId, body: TaskMove, if_match: IfMatch = None
) -> Any:
    demanded = partial(demand, if_match=if_match)
    return with_tag(response, tasks.move(request.auth, task_id, demanded, body.position, body.column_id))


def with_tag(response: HttpResponse, task: Any) -> TaskOut:
    """The task in an answer, whose `ETag` is its version."""
    response["ETag"] = f'"{task.version}"'
    return TaskOut.of(task)
