"""Access: who may see a project, and who may work in it.

Whoever changes something in a project first locks the project's row. So there is one change at a time in a project, nobody
ever waits in a circle, and what was read after that stays true until the transaction ends. Boards are small: nobody
waits for long.
"""

from board.errors import Forbidden, NotFound
from board.models import Membership, Project, Role, User

RANKS = {Role.VIEWER: 0, Role.MEMBER: 1, Role.OWNER: 2}


def see(user: User, project_id: int) -> Membership:
    """The user's role in the project; 404 without one."""
    membership = Membership.objects.filter(project_id=project_id, user_id=user.pk).first()
    if membership is None:
        raise NotFound
    return membership


def work(user: User, project_id: int, least: Role = Role.MEMBER) -> Membership:
    """Lock the project until the transaction ends; 404 without a role, 403 with less than the least."""
    lock(project_id)
    # Only now: a statement that waits for the lock goes on with rows of the time when it began to wait.
    membership = see(user, project_id)
    if RANKS[Role(membership.role)] < RANKS[least]:
        raise Forbidden
    return membership


def lock(project_id: int) -> Project:
    project = Project.objects.select_for_update(no_key=True).filter(pk=project_id).first()
    if project is None:
        raise NotFound
    return project
