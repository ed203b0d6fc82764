"""Members: who takes part in a project, as what, and until when."""

from sqlmodel import Session, col, delete, select

from app.errors import Conflict, NotFound, ValidationFailed
from app.models import Membership, Project, Task, TaskAssignee, User
from app.pagination import Page, PageQuery, fetch_page
from app.schemas import MemberOut, ProjectOut
from app.services import access, activity


def list_members(
    session: Session, user: User, project_id: int, query: PageQuery
) -> Page[MemberOut]:
    access.enter(session, user, project_id)
    statement = (
        select(Membership, User)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.project_id == project_id)
        .order_by(col(Membership.user_id))
    )
    return fetch_page(session, statement, query, lambda row: MemberOut.of(*row))


def change_role(
    session: Session, user: User, project_id: int, member_id: int, role: str
) -> MemberOut:
    access.enter_alone(session, user, project_id, "owner")
    membership = _membership(session, project_id, member_id)
    _must_not_be_owner(membership)
    membership.role = role
    session.commit()
    return MemberOut.of(membership, session.get_one(User, member_id))


def remove_member(session: Session, user: User, project_id: int, member_id: int) -> None:
    """Take somebody's role away. Everybody may do that for themselves, the owner for others."""
    least = "viewer" if member_id == user.id else "owner"
    access.enter_alone(session, user, project_id, least)
    membership = _membership(session, project_id, member_id)
    _must_not_be_owner(membership)
    session.delete(membership)
    _unassign(session, project_id, member_id)
    changes = {"user_id": activity.change(member_id, None)}
    activity.record(session, project_id, user, "member.left", changes=changes)
    session.commit()


def transfer(session: Session, user: User, project_id: int, new_owner_id: int) -> ProjectOut:
    own = access.enter_alone(session, user, project_id, "owner")
    theirs = session.get(Membership, (project_id, new_owner_id))
    if theirs is None:
        raise ValidationFailed.of("user_id", "has no role in this project")
    own.role = "member"
    # First one owner less, then one more: the database lets nobody see two.
    session.flush()
    theirs.role = "owner"
    session.commit()
    return ProjectOut.of(session.get_one(Project, project_id), own.role, new_owner_id)


def _membership(session: Session, project_id: int, user_id: int) -> Membership:
    membership = session.get(Membership, (project_id, user_id))
    if membership is None:
        raise NotFound("That user has no role here.")
    return membership


def _must_not_be_owner(membership: Membership) -> None:
    if membership.role == "owner":
        raise Conflict("is_owner", "A project has an owner. Transfer it first.")


def _unassign(session: Session, project_id: int, user_id: int) -> None:
    tasks = select(Task.id).where(Task.project_id == project_id)
    statement = delete(TaskAssignee).where(
        col(TaskAssignee.user_id) == user_id, col(TaskAssignee.task_id).in_(tasks)
    )
    session.exec(statement)
