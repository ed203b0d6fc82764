"""Invitations: those of a project, seen by its owner, and one's own (CONTRACT §5)."""

from fastapi import APIRouter

router = APIRouter(tags=["invitations"])

# TODO (milestone projects): POST and GET /projects/{project_id}/invitations, DELETE one of them
# TODO (milestone projects): GET /invitations, POST /invitations/{invitation_id}/accept and …/decline
