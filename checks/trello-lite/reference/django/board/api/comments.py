"""Comments and activity (CONTRACT §8)."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from board.api.answers import BODY, ID, SIGNED_IN, answers
from board.fields import PathId
from board.http import Bearer
from board.lists import CursorQuery, Order, stretch
from board.schemas import ActivityOut, CommentOut, NewComment, Stretch
from board.services import activity, comments

router = Router(tags=["comments"], auth=Bearer())

OLDEST_FIRST = Order("comments")
NEWEST_FIRST = Order("activity", descending=True)


@router.post("/tasks/{task_id}/comments", response=answers(201, CommentOut, *SIGNED_IN, *ID, *BODY, 403))
def create(request: HttpRequest, task_id: PathId, body: NewComment) -> Any:
    comment = comments.create(request.auth, task_id, body.text)
    return Status(201, CommentOut.model_validate(comment))


@router.get("/tasks/{task_id}/comments", response=answers(200, Stretch[CommentOut], *SIGNED_IN, *ID))
def list_comments(request: HttpRequest, task_id: PathId, query: Query[CursorQuery]) -> Any:
    return stretch(comments.of_task(request.auth, task_id), query, OLDEST_FIRST, CommentOut.model_validate)


@router.patch("/comments/{comment_id}", response=answers(200, CommentOut, *SIGNED_IN, *ID, *BODY, 403))
def change(request: HttpRequest, comment_id: PathId, body: NewComment) -> Any:
    return CommentOut.model_validate(comments.change(request.auth, comment_id, body.text))


@router.delete("/comments/{comment_id}", response=answers(204, None, *SIGNED_IN, *ID, 403))
def delete(request: HttpRequest, comment_id: PathId) -> Any:
    comments.delete(request.auth, comment_id)
    return Status(204, None)


@router.get("/projects/{project_id}/activity", response=answers(200, Stretch[ActivityOut], *SIGNED_IN, *ID))
def list_activity(request: HttpRequest, project_id: PathId, query: Query[CursorQuery]) -> Any:
    return stretch(activity.of_project(request.auth, project_id), query, NEWEST_FIRST, ActivityOut.model_validate)
