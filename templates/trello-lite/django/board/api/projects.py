"""Projects and their members (CONTRACT §5)."""

from ninja import Router

router = Router(tags=["projects"])

# TODO (milestone projects): POST and GET /projects; GET, PATCH and DELETE /projects/{project_id}
# TODO (milestone projects): /projects/{project_id}/members, /transfer and /invitations
