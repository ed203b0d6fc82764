"""Projects: and the people in them (CONTRACT §5)."""

from fastapi import APIRouter

router = APIRouter(prefix="/projects", tags=["projects"])

# TODO (milestone projects): POST /projects, GET /projects, and GET, PATCH and DELETE /projects/{project_id}
# TODO (milestone projects): the members of a project: list, change a role, remove or leave
# TODO (milestone projects): POST /projects/{project_id}/transfer
