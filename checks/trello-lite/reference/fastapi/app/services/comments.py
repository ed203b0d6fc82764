"""Comments: what people say about a task."""

from sqlmodel import Session, col

from app.cursors import CursorPage, CursorQuery, Order, fetch_slice
from app.errors import Forbidden, NotFound
from app.models import Comment, User
from app.schemas import CommentOut
from app.services import access, activity
from app.services.tasks import take_task
from app.times import now

OLDEST_FIRST = Order("comments", key=Comment.id, id=Comment.id)


def add_comment(session: Session, user: User, task_id: int, text: str) -> CommentOut:
    task = take_task(session, user, task_id)
    comment = Comment(task_id=task_id, author_id=user.id, text=text)
    session.add(comment)
    activity.record(session, task.project_id, user, "comment.created", task_id=task_id)
    session.commit()
    return CommentOut.model_validate(comment)


def list_comments(
    session: Session, user: User, task_id: int, query: CursorQuery
) -> CursorPage[CommentOut]:
    access.enter(session, user, access.project_of_task(session, task_id))
    statement = OLDEST_FIRST.select(Comment).where(col(Comment.task_id) == task_id)
    return fetch_slice(session, statement, OLDEST_FIRST, query, CommentOut.model_validate)


def change_comment(session: Session, user: User, comment_id: int, text: str) -> CommentOut:
    """Change a comment. Nobody puts words into another's mouth, the owner neither."""
    comment, _ = _take_comment(session, user, comment_id)
    if comment.author_id != user.id:
        raise Forbidden("That is not your comment.")
    comment.text = text
    comment.edited_at = now()
    session.commit()
    return CommentOut.model_validate(comment)


def delete_comment(session: Session, user: User, comment_id: int) -> None:
    comment, role = _take_comment(session, user, comment_id)
    if comment.author_id != user.id and role != "owner":
        raise Forbidden("That is not your comment.")
    session.delete(comment)
    session.commit()


def _take_comment(session: Session, user: User, comment_id: int) -> tuple[Comment, str]:
    """The comment, with the role of the user, who must be a member still."""
    project_id = access.project_of_comment(session, comment_id)
    membership = access.enter_alone(session, user, project_id, "member")
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise NotFound("There is no such comment.")
    return comment, membership.role
