"""Projects, members and invitations (CONTRACT §5)."""

from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from board.errors import Conflict, Forbidden, Invalid, NotFound
from board.models import Assignment, Invitation, Membership, Project, Role, User
from board.services import access, activity


@transaction.atomic
def create(user: User, name: str, description: str) -> Membership:
    project = Project.objects.create(name=name, description=description)
    Membership.objects.create(project=project, user=user, role=Role.OWNER)
    activity.record(project.pk, user, "project.created")
    return get(user, project.pk)


def of_user(user: User) -> QuerySet[Membership]:
    """The memberships of the user, with their projects and the `owner_id` of each."""
    owner = Membership.objects.filter(project=OuterRef("project"), role=Role.OWNER)
    return (
        Membership.objects.filter(user=user)
        .select_related("project")
        .annotate(owner_id=Subquery(owner.values("user_id")))
        .order_by("project_id")
    )


def get(user: User, project_id: int) -> Membership:
    membership = of_user(user).filter(project_id=project_id).first()
    if membership is None:
        raise NotFound
    return membership


@transaction.atomic
def change(user: User, project_id: int, changes: dict[str, Any]) -> Membership:
    access.work(user, project_id, Role.OWNER)
    if changes:
        Project.objects.filter(pk=project_id).update(**changes)
    return get(user, project_id)


@transaction.atomic
def delete(user: User, project_id: int) -> None:
    access.work(user, project_id, Role.OWNER)
    # The database deletes what hangs on it (ON DELETE CASCADE).
    Project.objects.filter(pk=project_id).delete()


# Members


def members(user: User, project_id: int) -> QuerySet[Membership]:
    access.see(user, project_id)
    return Membership.objects.filter(project_id=project_id).select_related("user").order_by("user_id")


@transaction.atomic
def change_role(user: User, project_id: int, user_id: int, role: str) -> Membership:
    access.work(user, project_id, Role.OWNER)
    membership = _other_than_owner(project_id, user_id)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(user: User, project_id: int, user_id: int) -> None:
    asking = access.work(user, project_id, Role.VIEWER)
    if asking.role != Role.OWNER and user.pk != user_id:
        raise Forbidden
    membership = _other_than_owner(project_id, user_id)
    Assignment.objects.filter(task__project_id=project_id, user_id=user_id).delete()
    membership.delete()
    activity.record(project_id, user, "member.left", changes={"user_id": {"from": user_id, "to": None}})


@transaction.atomic
def transfer(user: User, project_id: int, user_id: int) -> Membership:
    access.work(user, project_id, Role.OWNER)
    roles = Membership.objects.filter(project_id=project_id)
    if not roles.filter(user_id=user_id).exists():
        raise Invalid(("user_id", "must be somebody with a role in this project"))
    if user_id != user.pk:
        # In this order: there is never more than one owner, says the database.
        roles.filter(user=user).update(role=Role.MEMBER)
        roles.filter(user_id=user_id).update(role=Role.OWNER)
    return get(user, project_id)


def _other_than_owner(project_id: int, user_id: int) -> Membership:
    roles = Membership.objects.select_related("user")
    membership = roles.filter(project_id=project_id, user_id=user_id).first()
    if membership is None:
        raise NotFound("Nobody of that id has a role in this project.")
    if membership.role == Role.OWNER:
        raise Conflict("is_owner", "The owner can neither leave nor become something else: transfer the project first.")
    return membership


# Invitations


@transaction.atomic
def invite(user: User, project_id: int, email: str, role: str) -> Invitation:
    access.work(user, project_id, Role.OWNER)
    if Membership.objects.filter(project_id=project_id, user__email=email).exists():
        raise Conflict("already_member", "Whoever has this address has a role in the project already.")
    if Invitation.objects.filter(project_id=project_id, email=email).exists():
        raise Conflict("already_invited", "This address is invited already.")
    return Invitation.objects.create(project_id=project_id, email=email, role=role)


def invitations(user: User, project_id: int) -> QuerySet[Invitation]:
    if access.see(user, project_id).role != Role.OWNER:
        raise Forbidden
    return _invitations().filter(project_id=project_id)


@transaction.atomic
def withdraw(user: User, project_id: int, invitation_id: int) -> None:
    access.work(user, project_id, Role.OWNER)
    _close(Invitation.objects.filter(pk=invitation_id, project_id=project_id))


def invitations_to(user: User) -> QuerySet[Invitation]:
    return _invitations().filter(email=user.email)


@transaction.atomic
def accept(user: User, invitation_id: int) -> Membership:
    project_id = _project_of_invitation(user, invitation_id)
    access.lock(project_id)
    invitation = invitations_to(user).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    if Membership.objects.filter(project_id=project_id, user=user).exists():
        raise Conflict("already_member", "You have a role in this project already.")
    invitation.delete()
    Membership.objects.create(project_id=project_id, user=user, role=invitation.role)
    activity.record(project_id, user, "member.joined", changes={"role": {"from": None, "to": invitation.role}})
    return get(user, project_id)


@transaction.atomic
def decline(user: User, invitation_id: int) -> None:
    access.lock(_project_of_invitation(user, invitation_id))
    _close(Invitation.objects.filter(pk=invitation_id, email=user.email))


def _invitations() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("project").order_by("id")


def _project_of_invitation(user: User, invitation_id: int) -> int:
    invitation = Invitation.objects.filter(pk=invitation_id, email=user.email).first()
    if invitation is None:
        raise NotFound
    return invitation.project_id


def _close(invitations: QuerySet[Invitation]) -> None:
    deleted, _ = invitations.delete()
    if not deleted:
        raise NotFound
