"""Comments and activity: what was said and what was done."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.cursors import CursorPage, CursorQuery
from app.dependencies import CurrentUser, SessionDep
from app.fields import PathId
from app.http import ApiRoute, refusals
from app.schemas import ActivityOut, CommentIn, CommentOut
from app.services import activity, comments

router = APIRouter(tags=["comments"], route_class=ApiRoute, responses=refusals(401))


@router.post(
    "/tasks/{task_id}/comments", status_code=201, responses=refusals(400, 403, 404, 415, 422)
)
def add_comment(
    task_id: PathId, new: CommentIn, user: CurrentUser, session: SessionDep
) -> CommentOut:
    return comments.add_comment(session, user, task_id, new.text)


@router.get("/tasks/{task_id}/comments", responses=refusals(404, 422))
def list_comments(
    task_id: PathId,
    query: Annotated[CursorQuery, Query()],
    user: CurrentUser,
    session: SessionDep,
) -> CursorPage[CommentOut]:
    return comments.list_comments(session, user, task_id, query)


@router.patch("/comments/{comment_id}", responses=refusals(400, 403, 404, 415, 422))
def change_comment(
    comment_id: PathId, changed: CommentIn, user: CurrentUser, session: SessionDep
) -> CommentOut:
    return comments.change_comment(session, user, comment_id, changed.text)


@router.delete("/comments/{comment_id}", status_code=204, responses=refusals(403, 404, 422))
def delete_comment(comment_id: PathId, user: CurrentUser, session: SessionDep) -> None:
    comments.delete_comment(session, user, comment_id)


@router.get("/projects/{project_id}/activity", responses=refusals(404, 422))
def list_activity(
    project_id: PathId,
    query: Annotated[CursorQuery, Query()],
    user: CurrentUser,
    session: SessionDep,
) -> CursorPage[ActivityOut]:
    return activity.list_activity(session, user, project_id, query)
