"""Comments and activity (CONTRACT §8)."""

from ninja import Router

router = Router(tags=["comments"])

# TODO (milestone tasks): POST and GET /tasks/{task_id}/comments; PATCH and DELETE /comments/{comment_id}
# TODO (milestone tasks): GET /projects/{project_id}/activity
