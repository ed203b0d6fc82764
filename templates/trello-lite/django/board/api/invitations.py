"""Invitations, as who is invited sees them (CONTRACT §5)."""

from ninja import Router

router = Router(tags=["invitations"])

# TODO (milestone projects): GET /invitations; POST /invitations/{invitation_id}/accept and /decline
