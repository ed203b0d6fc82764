"""Comments and activity: what was said and what was done (CONTRACT §8)."""

from fastapi import APIRouter

router = APIRouter(tags=["comments"])

# TODO (milestone tasks): POST and GET /tasks/{task_id}/comments, PATCH and DELETE /comments/{comment_id}
# TODO (milestone tasks): GET /projects/{project_id}/activity
