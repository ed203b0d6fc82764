"""Logins: refresh tokens that are good once, and what happens when one comes twice.

A login is a family of refresh tokens (RFC 9700 §4.14.2). Whoever works on it locks its row first.
"""

from sqlmodel import Session, col, select

from app.errors import Unauthorized
from app.models import Login, RefreshToken, User
from app.security import digest, make_refresh_token
from app.settings import settings
from app.times import now


def begin(session: Session, user: User) -> tuple[Login, str]:
    """Begin a login, and give its first refresh token."""
    login = Login(user_id=user.id)
    session.add(login)
    session.flush()
    token = _add_token(session, login)
    session.commit()
    return login, token


def refresh(session: Session, token: str) -> tuple[Login, str]:
    """Use up a refresh token and give the next one."""
    login = _lock_login(session, token)
    if login is None:
        raise Unauthorized("The refresh token is not valid.")
    known = session.exec(select(RefreshToken).where(RefreshToken.digest == digest(token))).one()
    if known.used_at is not None:
        # Two people have this token, and one of them stole it. Neither stays signed in.
        session.delete(login)
        session.commit()
        raise Unauthorized("The refresh token was used before; sign in again.")
    if known.expires_at <= now():
        raise Unauthorized("The refresh token has expired.")
    known.used_at = now()
    next_token = _add_token(session, login)
    session.commit()
    return login, next_token


def end(session: Session, token: str) -> None:
    """End the login that the token stems from. There may be nothing to end."""
    login = _lock_login(session, token)
    if login is not None:
        session.delete(login)
        session.commit()


def _lock_login(session: Session, token: str) -> Login | None:
    """The login that the token stems from, on which nobody else works until we commit."""
    statement = (
        select(Login)
        .join(RefreshToken, col(RefreshToken.login_id) == Login.id)
        .where(RefreshToken.digest == digest(token))
        .with_for_update(of=Login)
    )
    return session.exec(statement).one_or_none()


def _add_token(session: Session, login: Login) -> str:
    token = make_refresh_token()
    session.add(
        RefreshToken(
            login_id=login.id, digest=digest(token), expires_at=now() + settings.refresh_ttl
        )
    )
    return token
