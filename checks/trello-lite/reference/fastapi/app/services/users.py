"""Users: accounts and who they belong to."""

from typing import Any

from sqlmodel import Session, col, delete, select

from app.database import conflict_if_violated
from app.errors import Forbidden
from app.models import Login, User
from app.schemas import Registration
from app.security import hash_password, password_matches


def create_account(session: Session, new: Registration) -> User:
    user = User(email=new.email, name=new.name, password_hash=hash_password(new.password))
    session.add(user)
    with conflict_if_violated("uq_users_email", "email_taken"):
        session.commit()
    return user


def authenticate(session: Session, email: str, password: str) -> User | None:
    """The user with this address and password. Looking for nobody takes just as long.

    The user cannot change their password until we commit: the login that begins with the old one
    is there before the change, which ends it, or does not begin at all.
    """
    statement = select(User).where(User.email == email.lower()).with_for_update(read=True)
    user = session.exec(statement).one_or_none()
    if not password_matches(password, user.password_hash if user else None):
        return None
    return user


def change(session: Session, user: User, changes: dict[str, Any]) -> None:
    user.sqlmodel_update(changes)
    session.commit()


def change_password(session: Session, user: User, password: str, new_password: str) -> None:
    """Set a new password, which ends every login."""
    session.refresh(user, with_for_update=True)
    if not password_matches(password, user.password_hash):
        raise Forbidden("That is not your present password.")
    user.password_hash = hash_password(new_password)
    session.exec(delete(Login).where(col(Login.user_id) == user.id))
    session.commit()
