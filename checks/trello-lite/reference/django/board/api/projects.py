"""Projects and their members (CONTRACT §5)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from board.api.answers import BODY, ID, QUERY, SIGNED_IN, answers
from board.fields import PathId
from board.http import Bearer
from board.lists import PageQuery, page
from board.schemas import (
    InvitationOut,
    MemberOut,
    NewInvitation,
    NewProject,
    Page,
    ProjectChange,
    ProjectOut,
    RoleChange,
    Transfer,
)
from board.services import projects

router = Router(tags=["projects"], auth=Bearer())


@router.post("/projects", response=answers(201, ProjectOut, *SIGNED_IN, *BODY))
def create(request: HttpRequest, response: HttpResponse, body: NewProject) -> Any:
    project = ProjectOut.of(projects.create(request.auth, body.name, body.description))
    response["Location"] = f"/projects/{project.id}"
    return Status(201, project)


@router.get("/projects", response=answers(200, Page[ProjectOut], *SIGNED_IN, *QUERY))
def list_projects(request: HttpRequest, query: Query[PageQuery]) -> Any:
    return page(projects.of_user(request.auth), query, ProjectOut.of)


@router.get("/projects/{project_id}", response=answers(200, ProjectOut, *SIGNED_IN, *ID))
def get(request: HttpRequest, project_id: PathId) -> Any:
    return ProjectOut.of(projects.get(request.auth, project_id))


@router.patch("/projects/{project_id}", response=answers(200, ProjectOut, *SIGNED_IN, *ID, *BODY, 403))
def change(request: HttpRequest, project_id: PathId, body: ProjectChange) -> Any:
    return ProjectOut.of(projects.change(request.auth, project_id, body.sent()))


@router.delete("/projects/{project_id}", response=answers(204, None, *SIGNED_IN, *ID, 403))
def delete(request: HttpRequest, project_id: PathId) -> Any:
    projects.delete(request.auth, project_id)
    return Status(204, None)


@router.get("/projects/{project_id}/members", response=answers(200, Page[MemberOut], *SIGNED_IN, *ID))
def members(request: HttpRequest, project_id: PathId, query: Query[PageQuery]) -> Any:
    return page(projects.members(request.auth, project_id), query, MemberOut.of)


@router.patch(
    "/projects/{project_id}/members/{user_id}", response=answers(200, MemberOut, *SIGNED_IN, *ID, *BODY, 403, 409)
)
def change_role(request: HttpRequest, project_id: PathId, user_id: PathId, body: RoleChange) -> Any:
    return MemberOut.of(projects.change_role(request.auth, project_id, user_id, body.role))


@router.delete("/projects/{project_id}/members/{user_id}", response=answers(204, None, *SIGNED_IN, *ID, 403, 409))
def remove_member(request: HttpRequest, project_id: PathId, user_id: PathId) -> Any:
    projects.remove_member(request.auth, project_id, user_id)
    return Status(204, None)


@router.post("/projects/{project_id}/transfer", response=answers(200, ProjectOut, *SIGNED_IN, *ID, *BODY, 403))
def transfer(request: HttpRequest, project_id: PathId, body: Transfer) -> Any:
    return ProjectOut.of(projects.transfer(request.auth, project_id, body.user_id))


@router.post(
    "/projects/{project_id}/invitations", response=answers(201, InvitationOut, *SIGNED_IN, *ID, *BODY, 403, 409)
)
def invite(request: HttpRequest, project_id: PathId, body: NewInvitation) -> Any:
    return Status(201, InvitationOut.of(projects.invite(request.auth, project_id, body.email, body.role)))


@router.get("/projects/{project_id}/invitations", response=answers(200, Page[InvitationOut], *SIGNED_IN, *ID, 403))
def invitations(request: HttpRequest, project_id: PathId, query: Query[PageQuery]) -> Any:
    return page(projects.invitations(request.auth, project_id), query, InvitationOut.of)


@router.delete("/projects/{project_id}/invitations/{invitation_id}", response=answers(204, None, *SIGNED_IN, *ID, 403))
def withdraw(request: HttpRequest, project_id: PathId, invitation_id: PathId) -> Any:
    projects.withdraw(request.auth, project_id, invitation_id)
    return Status(204, None)
