"""Tasks (CONTRACT §7 and §9)."""

from ninja import Router

router = Router(tags=["tasks"])

# TODO (milestone tasks): POST /projects/{project_id}/tasks
# TODO (milestone tasks): GET, PATCH and DELETE /tasks/{task_id}; POST /tasks/{task_id}/move
# TODO (milestone finding): GET /projects/{project_id}/tasks and /labels; GET /tasks
