"""Tasks: one by one, and found in many."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.cursors import CursorPage
from app.dependencies import CurrentUser, IfMatch, SessionDep
from app.fields import PathId
from app.http import ApiRoute, refusals
from app.pagination import Page
from app.schemas import LabelsOut, NewTask, TaskChanges, TaskMove, TaskOut
from app.services import finding, tasks
from app.services.finding import AllTasksQuery, ProjectTasksQuery
from app.versions import etag

router = APIRouter(tags=["tasks"], route_class=ApiRoute, responses=refusals(401))


@router.post(
    "/projects/{project_id}/tasks",
    status_code=201,
    responses=refusals(400, 403, 404, 415, 422),
)
def create_task(
    project_id: PathId,
    new: NewTask,
    user: CurrentUser,
    session: SessionDep,
    response: Response,
) -> TaskOut:
    task = tasks.create_task(session, user, project_id, new)
    response.headers["Location"] = f"/tasks/{task.id}"
    return _tagged(task, response)


@router.get("/projects/{project_id}/tasks", responses=refusals(404, 422))
def list_tasks_of_project(
    project_id: PathId,
    query: Annotated[ProjectTasksQuery, Query()],
    user: CurrentUser,
    session: SessionDep,
) -> Page[TaskOut]:
    return finding.list_tasks_of_project(session, user, project_id, query)


@router.get("/projects/{project_id}/labels", responses=refusals(404, 422))
def list_labels(project_id: PathId, user: CurrentUser, session: SessionDep) -> LabelsOut:
    return LabelsOut(items=finding.list_labels(session, user, project_id))


@router.get("/tasks", responses=refusals(422))
def list_all_tasks(
    query: Annotated[AllTasksQuery, Query()], user: CurrentUser, session: SessionDep
) -> CursorPage[TaskOut]:
    return finding.list_all_tasks(session, user, query)


@router.get("/tasks/{task_id}", responses=refusals(404, 422))
def get_task(
    task_id: PathId, user: CurrentUser, session: SessionDep, response: Response
) -> TaskOut:
    return _tagged(tasks.get_task(session, user, task_id), response)


@router.patch("/tasks/{task_id}", responses=refusals(400, 403, 404, 412, 415, 422))
def change_task(
    task_id: PathId,
    changes: TaskChanges,
    wanted: IfMatch,
    user: CurrentUser,
    session: SessionDep,
    response: Response,
) -> TaskOut:
    sent = changes.model_dump(exclude_unset=True)
    return _tagged(tasks.change_task(session, user, task_id, sent, wanted), response)


@router.post("/tasks/{task_id}/move", responses=refusals(400, 403, 404, 412, 415, 422))
def move_task(
    task_id: PathId,
    move: TaskMove,
    wanted: IfMatch,
    user: CurrentUser,
    session: SessionDep,
    response: Response,
) -> TaskOut:
    return _tagged(tasks.move_task(session, user, task_id, move, wanted), response)


@router.delete("/tasks/{task_id}", status_code=204, responses=refusals(403, 404, 412, 422))
def delete_task(
    task_id: PathId, wanted: IfMatch, user: CurrentUser, session: SessionDep
) -> None:
    tasks.delete_task(session, user, task_id, wanted)


def _tagged(task: TaskOut, response: Response) -> TaskOut:
    response.headers["ETag"] = etag(task.version)
    return task
