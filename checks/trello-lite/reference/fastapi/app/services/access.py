"""Access: who has which role in a project, and whose turn it is to change it.

Whoever changes anything in a project locks the project's row first, and nothing before it. Changes
of one project take turns, so none of them sees another half done, and none can wait in a circle.
"""

from sqlmodel import Session, col, select

from app.errors import Forbidden, NotFound
from app.models import BoardColumn, Comment, Membership, Project, Role, Task, User

RANKS: dict[str, int] = {"viewer": 0, "member": 1, "owner": 2}


def enter(session: Session, user: User, project_id: int, least: Role = "viewer") -> Membership:
    """The user's membership of the project, with this role at least.

    Who has no role at all learns nothing, not even that there is such a project.
    """
    statement = (
        select(Membership)
        .where(Membership.project_id == project_id, Membership.user_id == user.id)
        .execution_options(populate_existing=True)
    )
    membership = session.exec(statement).one_or_none()
    if membership is None:
        raise NotFound
    if RANKS[membership.role] < RANKS[least]:
        raise Forbidden
    return membership


def enter_alone(session: Session, user: User, project_id: int, least: Role) -> Membership:
    """The same, and nobody else changes anything in the project until we commit."""
    lock(session, project_id)
    # Asked after the lock, not with it: while we waited, the role may have changed.
    return enter(session, user, project_id, least)


def lock(session: Session, project_id: int) -> Project:
    statement = (
        select(Project)
        .where(Project.id == project_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    project = session.exec(statement).one_or_none()
    if project is None:
        raise NotFound
    return project


def project_of_column(session: Session, column_id: int) -> int:
    return _known(session.exec(select(BoardColumn.project_id).where(BoardColumn.id == column_id)))


def project_of_task(session: Session, task_id: int) -> int:
    return _known(session.exec(select(Task.project_id).where(Task.id == task_id)))


def project_of_comment(session: Session, comment_id: int) -> int:
    statement = (
        select(Task.project_id)
        .join(Comment, col(Comment.task_id) == Task.id)
        .where(Comment.id == comment_id)
    )
    return _known(session.exec(statement))


def _known(rows: object) -> int:
    project_id = rows.one_or_none()  # type: ignore[attr-defined]
    if project_id is None:
        raise NotFound
    return int(project_id)
