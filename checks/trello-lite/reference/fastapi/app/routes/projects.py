"""Projects: and the people in them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.dependencies import CurrentUser, SessionDep
from app.fields import PathId
from app.http import ApiRoute, refusals
from app.pagination import Page, PageQuery
from app.schemas import MemberOut, NewProject, ProjectChanges, ProjectOut, RoleChange, Transfer
from app.services import members, projects

router = APIRouter(
    prefix="/projects", tags=["projects"], route_class=ApiRoute, responses=refusals(401)
)


@router.post("", status_code=201, responses=refusals(400, 415, 422))
def create_project(
    new: NewProject, user: CurrentUser, session: SessionDep, response: Response
) -> ProjectOut:
    project = projects.create_project(session, user, new)
    response.headers["Location"] = f"/projects/{project.id}"
    return project


@router.get("", responses=refusals(422))
def list_projects(
    query: Annotated[PageQuery, Query()], user: CurrentUser, session: SessionDep
) -> Page[ProjectOut]:
    return projects.list_projects(session, user, query)


@router.get("/{project_id}", responses=refusals(404, 422))
def get_project(project_id: PathId, user: CurrentUser, session: SessionDep) -> ProjectOut:
    return projects.get_project(session, user, project_id)


@router.patch("/{project_id}", responses=refusals(400, 403, 404, 415, 422))
def change_project(
    project_id: PathId, changes: ProjectChanges, user: CurrentUser, session: SessionDep
) -> ProjectOut:
    sent = changes.model_dump(exclude_unset=True)
    return projects.change_project(session, user, project_id, sent)


@router.delete("/{project_id}", status_code=204, responses=refusals(403, 404, 422))
def delete_project(project_id: PathId, user: CurrentUser, session: SessionDep) -> None:
    projects.delete_project(session, user, project_id)


@router.get("/{project_id}/members", responses=refusals(404, 422))
def list_members(
    project_id: PathId,
    query: Annotated[PageQuery, Query()],
    user: CurrentUser,
    session: SessionDep,
) -> Page[MemberOut]:
    return members.list_members(session, user, project_id, query)


@router.patch(
    "/{project_id}/members/{user_id}", responses=refusals(400, 403, 404, 409, 415, 422)
)
def change_role(
    project_id: PathId,
    user_id: PathId,
    change: RoleChange,
    user: CurrentUser,
    session: SessionDep,
) -> MemberOut:
    return members.change_role(session, user, project_id, user_id, change.role)


@router.delete(
    "/{project_id}/members/{user_id}", status_code=204, responses=refusals(403, 404, 409, 422)
)
def remove_member(
    project_id: PathId, user_id: PathId, user: CurrentUser, session: SessionDep
) -> None:
    members.remove_member(session, user, project_id, user_id)


@router.post("/{project_id}/transfer", responses=refusals(400, 403, 404, 415, 422))
def transfer(
    project_id: PathId, body: Transfer, user: CurrentUser, session: SessionDep
) -> ProjectOut:
    return members.transfer(session, user, project_id, body.user_id)
