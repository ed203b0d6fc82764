"""Projects: making, finding, changing and deleting them."""

from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.models import Membership, Project, User
from app.pagination import Page, PageQuery, Statement, fetch_page
from app.schemas import NewProject, ProjectOut
from app.services import access


def create_project(session: Session, user: User, new: NewProject) -> ProjectOut:
    project = Project(**new.model_dump())
    session.add(project)
    session.flush()
    session.add(Membership(project_id=project.id, user_id=user.id, role="owner"))
    session.commit()
    return ProjectOut.of(project, "owner", user.id)


def list_projects(session: Session, user: User, query: PageQuery) -> Page[ProjectOut]:
    statement = _projects_of(user).order_by(col(Project.id))
    return fetch_page(session, statement, query, lambda row: ProjectOut.of(*row))


def get_project(session: Session, user: User, project_id: int) -> ProjectOut:
    """The project, to be asked for by somebody who has a role in it."""
    access.enter(session, user, project_id)
    return ProjectOut.of(*session.exec(_projects_of(user).where(Project.id == project_id)).one())


def change_project(
    session: Session, user: User, project_id: int, changes: dict[str, Any]
) -> ProjectOut:
    access.enter_alone(session, user, project_id, "owner")
    project = session.get_one(Project, project_id)
    project.sqlmodel_update(changes)
    session.commit()
    return ProjectOut.of(project, "owner", user.id)


def delete_project(session: Session, user: User, project_id: int) -> None:
    """Delete a project; the foreign keys take everything that belongs to it along."""
    access.enter_alone(session, user, project_id, "owner")
    session.delete(session.get_one(Project, project_id))
    session.commit()


def _projects_of(user: User) -> Any:
    """The projects of a user, each with their role and the id of its owner."""
    own, owners = aliased(Membership), aliased(Membership)
    statement: Statement = (
        select(Project, own.role, owners.user_id.label("owner_id"))  # type: ignore[attr-defined]
        .join(own, col(own.project_id) == Project.id)
        .join(owners, (col(owners.project_id) == Project.id) & (col(owners.role) == "owner"))
        .where(own.user_id == user.id)
    )
    return statement
