"""Invitations: how somebody gets a role in a project."""

from typing import Any

from sqlmodel import Session, col, select

from app.database import conflict_if_violated
from app.errors import Conflict, NotFound
from app.models import Invitation, Membership, Project, User
from app.pagination import Page, PageQuery, fetch_page
from app.schemas import InvitationOut, NewInvitation, ProjectOut
from app.services import access, activity, projects


def invite(session: Session, user: User, project_id: int, new: NewInvitation) -> InvitationOut:
    access.enter_alone(session, user, project_id, "owner")
    if _has_role(session, project_id, new.email):
        raise Conflict("already_member", "Somebody with this address has a role here.")
    invitation = Invitation(project_id=project_id, **new.model_dump())
    session.add(invitation)
    with conflict_if_violated("uq_invitations_project_id_email", "already_invited"):
        session.commit()
    return InvitationOut.of(invitation, session.get_one(Project, project_id).name)


def list_of_project(
    session: Session, user: User, project_id: int, query: PageQuery
) -> Page[InvitationOut]:
    access.enter(session, user, project_id, "owner")
    statement = _open_invitations().where(Invitation.project_id == project_id)
    return fetch_page(session, statement, query, lambda row: InvitationOut.of(*row))


def list_of_user(session: Session, user: User, query: PageQuery) -> Page[InvitationOut]:
    statement = _open_invitations().where(Invitation.email == user.email)
    return fetch_page(session, statement, query, lambda row: InvitationOut.of(*row))


def withdraw(session: Session, user: User, project_id: int, invitation_id: int) -> None:
    access.enter_alone(session, user, project_id, "owner")
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.project_id != project_id:
        raise NotFound("There is no such open invitation.")
    session.delete(invitation)
    session.commit()


def accept(session: Session, user: User, invitation_id: int) -> ProjectOut:
    invitation = _take(session, user, invitation_id)
    project_id, role = invitation.project_id, invitation.role
    session.add(Membership(project_id=project_id, user_id=user.id, role=role))
    changes = {"role": activity.change(None, role)}
    activity.record(session, project_id, user, "member.joined", changes=changes)
    with conflict_if_violated("pk_memberships", "already_member"):
        session.flush()
    project = projects.get_project(session, user, project_id)
    session.commit()
    return project


def decline(session: Session, user: User, invitation_id: int) -> None:
    _take(session, user, invitation_id)
    session.commit()


def _open_invitations() -> Any:
    return (
        select(Invitation, Project.name)
        .join(Project, col(Project.id) == Invitation.project_id)
        .order_by(col(Invitation.id))
    )


def _has_role(session: Session, project_id: int, email: str) -> bool:
    statement = (
        select(Membership)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.project_id == project_id, User.email == email)
    )
    return session.exec(statement).first() is not None


def _take(session: Session, user: User, invitation_id: int) -> Invitation:
    """Take an open invitation of the user away, so that nobody takes it a second time."""
    own = select(Invitation).where(Invitation.id == invitation_id, Invitation.email == user.email)
    invitation = session.exec(own).one_or_none()
    if invitation is not None:
        access.lock(session, invitation.project_id)
        # While we waited for the lock, it may have been accepted or withdrawn.
        again = own.execution_options(populate_existing=True)
        invitation = session.exec(again).one_or_none()
    if invitation is None:
        raise NotFound("There is no such open invitation.")
    session.delete(invitation)
    return invitation
