"""Tasks: one by one, and found in many (CONTRACT §7 and §9)."""

from fastapi import APIRouter

router = APIRouter(tags=["tasks"])

# TODO (milestone tasks): POST and GET /projects/{project_id}/tasks, and GET, PATCH and DELETE /tasks/{task_id}
# TODO (milestone tasks): POST /tasks/{task_id}/move
# TODO (milestone tasks): ETag in every answer that holds one task, If-Match in every request that changes one
# TODO (milestone finding): the parameters of GET /projects/{project_id}/tasks
# TODO (milestone finding): GET /tasks, by cursor, and GET /projects/{project_id}/labels
