"""Users: accounts and who they belong to."""

from contextlib import suppress
from typing import Any

from sqlmodel import Session, col, delete, func, select

from app.database import conflict_if_taken, open_session
from app.errors import Conflict, NotFound
from app.models import Loan, Role, User
from app.pagination import Page, PageQuery, fetch_page
from app.schemas import Credentials, UserOut
from app.security import hash_password, password_matches
from app.settings import settings


def create_account(session: Session, email: str, name: str, password: str, role: Role) -> User:
    user = User(email=email.lower(), name=name, password_hash=hash_password(password), role=role)
    session.add(user)
    with conflict_if_taken("email_taken"):
        session.commit()
    return user


def authenticate(session: Session, credentials: Credentials) -> User | None:
    """The user with this address and password. Looking for nobody takes just as long."""
    user = _find_by_email(session, credentials.email)
    if not password_matches(credentials.password, user.password_hash if user else None):
        return None
    return user


def _find_by_email(session: Session, email: str) -> User | None:
    if "\0" in email:  # PostgreSQL cannot be asked for it, and nobody has it
        return None
    return session.exec(select(User).where(col(User.email) == email)).one_or_none()


def ensure_librarian() -> None:
    """Create the librarian whom the settings name, unless the address has an account already."""
    email, password = settings.librarian_email, settings.librarian_password
    if not email or not password:
        return
    with open_session() as session, suppress(Conflict):
        create_account(session, email, "Librarian", password, role="librarian")


def list_users(session: Session, query: PageQuery) -> Page[UserOut]:
    statement = select(User).order_by(col(User.id).asc())
    return fetch_page(session, statement, query, UserOut.model_validate)


def get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def change_user(session: Session, user_id: int, changes: dict[str, Any]) -> User:
    user = lock_user(session, user_id)
    user.sqlmodel_update(changes)
    session.commit()
    return user


def delete_user(session: Session, user_id: int) -> None:
    """Delete a user together with their returned loans."""
    user = lock_user(session, user_id)
    if _count_open_loans(session, user_id) > 0:
        raise Conflict("has_open_loans")
    session.exec(delete(Loan).where(col(Loan.user_id) == user_id))
    session.delete(user)
    session.commit()


def lock_user(session: Session, user_id: int) -> User:
    """The user as they are now, who can neither borrow nor be changed elsewhere until we commit."""
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def _count_open_loans(session: Session, user_id: int) -> int:
    statement = select(func.count(col(Loan.id))).where(
        col(Loan.user_id) == user_id, col(Loan.returned_at).is_(None)
    )
    return session.exec(statement).one()
