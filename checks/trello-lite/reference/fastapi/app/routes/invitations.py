"""Invitations: those of a project, seen by its owner, and one's own."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.dependencies import CurrentUser, SessionDep
from app.fields import PathId
from app.http import ApiRoute, refusals
from app.pagination import Page, PageQuery
from app.schemas import InvitationOut, NewInvitation, ProjectOut
from app.services import invitations

router = APIRouter(tags=["invitations"], route_class=ApiRoute, responses=refusals(401))


@router.post(
    "/projects/{project_id}/invitations",
    status_code=201,
    responses=refusals(400, 403, 404, 409, 415, 422),
)
def invite(
    project_id: PathId, new: NewInvitation, user: CurrentUser, session: SessionDep
) -> InvitationOut:
    return invitations.invite(session, user, project_id, new)


@router.get("/projects/{project_id}/invitations", responses=refusals(403, 404, 422))
def list_invitations_of_project(
    project_id: PathId,
    query: Annotated[PageQuery, Query()],
    user: CurrentUser,
    session: SessionDep,
) -> Page[InvitationOut]:
    return invitations.list_of_project(session, user, project_id, query)


@router.delete(
    "/projects/{project_id}/invitations/{invitation_id}",
    status_code=204,
    responses=refusals(403, 404, 422),
)
def withdraw(
    project_id: PathId, invitation_id: PathId, user: CurrentUser, session: SessionDep
) -> None:
    invitations.withdraw(session, user, project_id, invitation_id)


@router.get("/invitations", responses=refusals(422))
def list_own_invitations(
    query: Annotated[PageQuery, Query()], user: CurrentUser, session: SessionDep
) -> Page[InvitationOut]:
    return invitations.list_of_user(session, user, query)


@router.post("/invitations/{invitation_id}/accept", responses=refusals(404, 409, 422))
def accept(invitation_id: PathId, user: CurrentUser, session: SessionDep) -> ProjectOut:
    return invitations.accept(session, user, invitation_id)


@router.post(
    "/invitations/{invitation_id}/decline", status_code=204, responses=refusals(404, 422)
)
def decline(invitation_id: PathId, user: CurrentUser, session: SessionDep) -> None:
    invitations.decline(session, user, invitation_id)
