"""Users and their logins (CONTRACT §4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from board import security
from board.errors import Conflict, Forbidden, Unauthorized
from board.models import Login, User
from board.security import Access


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str


def register(email: str, name: str, password: str) -> User:
    user = User(email=email, name=name, password_hash=security.hash_password(password))
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        # The database decides who was first: two requests could both have been told that the address is free.
        if not _violates(error, "users_email_key"):
            raise
        raise Conflict("email_taken", "There is an account with this address.") from None
    return user


def sign_in(email: str, password: str) -> Tokens:
    known = User.objects.filter(email=email.lower()).first()
    if not security.password_matches(password, known and known.password_hash):
        raise Unauthorized("There is no account with this address and this password.")
    with transaction.atomic():
        # Locked, because the password may have been changed since we compared it: then this login comes too late.
        user = User.objects.select_for_update(no_key=True).filter(pk=known.pk).first()
        if user is None or user.password_hash != known.password_hash:
            raise Unauthorized("There is no account with this address and this password.")
        login = Login.objects.create(user=user, expires_at=_expiry())
        return _tokens(login)


def refresh(token: str) -> Tokens:
    tokens = _next_generation(token)
    if tokens is None:
        raise Unauthorized("This refresh token is not valid (any more).")
    return tokens


@transaction.atomic
def _next_generation(token: str) -> Tokens | None:
    """New tokens; None for a token that is not valid. It does not raise, so that what it ends stays ended."""
    known = security.read_refresh(token)
    if known is None:
        return None
    login_id, generation = known
    login = _open_logins().select_for_update(no_key=True).filter(pk=login_id).first()
    if login is None or generation > login.generation:
        return None
    if generation < login.generation:
        # It was used before, so two have it, and one of them is a thief (RFC 9700 §4.14.2).
        _end(Login.objects.filter(pk=login_id))
        return None
    if login.expires_at <= timezone.now():
        return None
    login.generation += 1
    login.expires_at = _expiry()
    login.save(update_fields=["generation", "expires_at"])
    return _tokens(login)


def sign_out(token: str) -> None:
    if known := security.read_refresh(token):
        _end(Login.objects.filter(pk=known[0]))


def of_access_token(token: str) -> User | None:
    """The user whom the token was issued to, if the login that it stems from is still open."""
    access = security.read_access(token)
    if access is None:
        return None
    login = _open_logins().select_related("user").filter(pk=access.login_id, user_id=access.user_id).first()
    return login and login.user


@transaction.atomic
def change(user: User, changes: dict[str, Any]) -> User:
    for name, value in changes.items():
        setattr(user, name, value)
    if changes:
        user.save(update_fields=list(changes))
    return user


@transaction.atomic
def change_password(user: User, password: str, new_password: str) -> None:
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not security.password_matches(password, locked.password_hash):
        raise Forbidden("That is not your present password.")
    locked.password_hash = security.hash_password(new_password)
    locked.save(update_fields=["password_hash"])
    _end(Login.objects.filter(user=locked))


def _tokens(login: Login) -> Tokens:
    return Tokens(
        access=security.issue_access(Access(user_id=login.user_id, login_id=login.pk)),
        refresh=security.issue_refresh(login.pk, login.generation),
    )


def _open_logins() -> QuerySet[Login]:
    return Login.objects.filter(ended_at=None)


def _end(logins: QuerySet[Login]) -> None:
    logins.filter(ended_at=None).update(ended_at=timezone.now())


def _expiry() -> datetime:
    return timezone.now() + timedelta(seconds=settings.REFRESH_TTL)


def _violates(error: IntegrityError, constraint: str) -> bool:
    return error.__cause__.diag.constraint_name == constraint
