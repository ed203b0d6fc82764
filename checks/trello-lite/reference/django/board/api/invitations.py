"""Invitations, as who is invited sees them (CONTRACT §5)."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from board.api.answers import ID, QUERY, SIGNED_IN, answers
from board.fields import PathId
from board.http import Bearer
from board.lists import PageQuery, page
from board.schemas import InvitationOut, Page, ProjectOut
from board.services import projects

router = Router(tags=["invitations"], auth=Bearer())


@router.get("/invitations", response=answers(200, Page[InvitationOut], *SIGNED_IN, *QUERY))
def to_me(request: HttpRequest, query: Query[PageQuery]) -> Any:
    return page(projects.invitations_to(request.auth), query, InvitationOut.of)


@router.post("/invitations/{invitation_id}/accept", response=answers(200, ProjectOut, *SIGNED_IN, *ID, 409))
def accept(request: HttpRequest, invitation_id: PathId) -> Any:
    return ProjectOut.of(projects.accept(request.auth, invitation_id))


@router.post("/invitations/{invitation_id}/decline", response=answers(204, None, *SIGNED_IN, *ID))
def decline(request: HttpRequest, invitation_id: PathId) -> Any:
    projects.decline(request.auth, invitation_id)
    return Status(204, None)
