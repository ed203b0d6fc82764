"""Comments (CONTRACT §8)."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from board.errors import Forbidden, NotFound
from board.models import Comment, Membership, Role, Task, User
from board.services import access, activity, tasks


@transaction.atomic
def create(user: User, task_id: int, text: str) -> Comment:
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        raise NotFound
    access.work(user, task.project_id)
    if not Task.objects.filter(pk=task_id).exists():
        raise NotFound
    comment = Comment.objects.create(task_id=task_id, author=user, text=text)
    activity.record(task.project_id, user, "comment.created", task_id=task_id)
    return comment


def of_task(user: User, task_id: int) -> QuerySet[Comment]:
    return Comment.objects.filter(task=tasks.get(user, task_id))


@transaction.atomic
def change(user: User, comment_id: int, text: str) -> Comment:
    comment, membership = _opened(user, comment_id)
    if comment.author_id != user.pk or membership.role == Role.VIEWER:
        raise Forbidden("Only who wrote a comment may change it.")
    if comment.text != text:
        comment.text, comment.edited_at = text, timezone.now()
        comment.save(update_fields=["text", "edited_at"])
    return comment


@transaction.atomic
def delete(user: User, comment_id: int) -> None:
    comment, membership = _opened(user, comment_id)
    its_author = comment.author_id == user.pk and membership.role == Role.MEMBER
    if not its_author and membership.role != Role.OWNER:
        raise Forbidden("Only who wrote a comment and the owner may delete it.")
    comment.delete()


def _opened(user: User, comment_id: int) -> tuple[Comment, Membership]:
    """The comment and the user's role, in a project that is locked from here on."""
    comments = Comment.objects.select_related("task").filter(pk=comment_id)
    known = comments.first()
    if known is None:
        raise NotFound
    membership = access.work(user, known.task.project_id, Role.VIEWER)
    comment = comments.first()
    if comment is None:
        raise NotFound
    return comment, membership
