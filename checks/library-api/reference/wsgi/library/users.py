"""Users: registering, logging in, and accounts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any

from psycopg.errors import UniqueViolation

from . import validation as check
from .db import Connection, Database, Row, execute, fetch_one, violates
from .errors import conflict, forbidden, not_found, unauthorized
from .security import USER, Call, hash_password, new_token, password_fits
from .settings import Settings
from .wire import Answer, answer

NEW: dict[str, check.Rule] = {"email": check.email, "name": check.line(120), "password": check.password}
LOGIN: dict[str, check.Rule] = {"email": check.string, "password": check.string}
CHANGES: dict[str, check.Rule] = {"name": check.line(120), "role": check.choice("member", "librarian")}

INSERT = """
INSERT INTO users (email, name, password_hash, role)
VALUES (%(email)s, %(name)s, %(password_hash)s, %(role)s)
RETURNING id, email, name, role, created_at
"""

CREDENTIALS = "SELECT id, password_hash FROM users WHERE lower(email) = lower(%(email)s)"

# Locked, so that the account stays while the token is kept; not found if anything changed since it was looked at.
SAME_CREDENTIALS = """
SELECT id FROM users WHERE id = %(id)s AND password_hash = %(password_hash)s FOR KEY SHARE
"""

OPEN_LOANS = "SELECT count(*) AS number FROM loans WHERE user_id = %(id)s AND returned_at IS NULL"

# Loans are locked in the order of their ids, as everywhere, so that no two deletions wait for each other.
FORGET_LOANS = """
DELETE FROM loans WHERE id IN (SELECT id FROM loans WHERE user_id = %(id)s ORDER BY id FOR UPDATE)
"""


def register(call: Call) -> Answer:
    """POST /auth/register: a new member."""
    values = check.apply(check.fields(call.body), NEW, NEW)
    values["password_hash"] = hash_password(values["password"], call.settings.cheap_hashes)
    user = _insert(call.db, {**values, "role": "member"})
    if user is None:
        raise conflict("email_taken", "There is an account with this e-mail address.")
    return answer(201, user, {"Location": f"/users/{user['id']}"})


def login(call: Call) -> Answer:
    """POST /auth/login: a token for an e-mail address and its password."""
    values = check.apply(check.fields(call.body), LOGIN, LOGIN)
    user = _account(call, values["email"])
    if not password_fits(values["password"], user["password_hash"]):
        raise _refused()
    seconds = call.settings.token_ttl_seconds

    def work(connection: Connection) -> str:
        if not fetch_one(connection, SAME_CREDENTIALS, user):
            raise _refused()
        return new_token(connection, user["id"], seconds)

    token = call.db.transaction(work)
    return answer(200, {"access_token": token, "token_type": "bearer", "expires_in": seconds})


def me(call: Call) -> Answer:
    """GET /users/me: the user who asks."""
    return answer(200, call.user)


def listing(call: Call) -> Answer:
    """GET /users: all users, a page of them."""
    values = check.apply(call.request.query, check.PAGE)
    return answer(200, call.db.page(USER, [], "id", values))


def show(call: Call) -> Answer:
    """GET /users/{id}: one user."""
    call.must_be(call.id)
    user = call.db.one(f"{USER} WHERE id = %(id)s", {"id": call.id})
    if user is None:
        raise not_found("user")
    return answer(200, user)


def amend(call: Call) -> Answer:
    """PATCH /users/{id}: the name or the role anew."""
    call.must_be(call.id)
    body = check.fields(call.body)
    if "role" in body and not call.by_librarian:
        raise forbidden("Only a librarian may give roles.")
    values = check.apply(body, CHANGES)
    return answer(200, call.db.transaction(lambda connection: _change(connection, call.id, values)))


def delete(call: Call) -> Answer:
    """DELETE /users/{id}: the account and its returned loans."""
    call.must_be(call.id)
    values = {"id": call.id}

    def work(connection: Connection) -> None:
        if not fetch_one(connection, "SELECT id FROM users WHERE id = %(id)s FOR UPDATE", values):
            raise not_found("user")
        # A statement of its own: it sees what was committed while the lock was waited for.
        if (fetch_one(connection, OPEN_LOANS, values) or {"number": 0})["number"]:
            raise conflict("has_open_loans", "This user has books on loan.")
        execute(connection, FORGET_LOANS, values)
        execute(connection, "DELETE FROM users WHERE id = %(id)s", values)

    call.db.transaction(work)
    return Answer(204)


def ensure_librarian(db: Database, settings: Settings) -> None:
    """Create the first librarian if the settings name one who is not there yet."""
    email, password = settings.librarian_email.lower(), settings.librarian_password
    if not email or not password or db.one(CREDENTIALS, {"email": email}):
        return
    password_hash = hash_password(password, settings.cheap_hashes)
    # If another instance was quicker, its account is as good.
    _insert(db, {"email": email, "name": "Librarian", "password_hash": password_hash, "role": "librarian"})


def _insert(db: Database, values: Mapping[str, Any]) -> Row | None:
    """A new user, or nothing if the address is taken."""
    try:
        return db.transaction(lambda connection: fetch_one(connection, INSERT, values))
    except UniqueViolation as error:
        if violates(error, "users_email_unique"):
            return None
        raise


def _change(connection: Connection, user_id: int, values: Mapping[str, Any]) -> Row:
    """Give a user new values; 404 if there is none."""
    settings = ", ".join(f"{name} = %({name})s" for name in CHANGES if name in values)
    if settings:
        execute(connection, f"UPDATE users SET {settings} WHERE id = %(id)s", {**values, "id": user_id})
    user = fetch_one(connection, f"{USER} WHERE id = %(id)s", {"id": user_id})
    if user is None:
        raise not_found("user")
    return user


def _account(call: Call, email: str) -> Row:
    """The account with this address, or one that no password fits but that takes as long to check."""
    email = email.lower()
    user = call.db.one(CREDENTIALS, {"email": email}) if check.storable(email) else None
    return user or {"id": 0, "password_hash": _decoy(call.settings.cheap_hashes)}


@cache
def _decoy(cheap: bool) -> str:
    """A hash of a password that nobody knows."""
    return hash_password(secrets.token_hex(32), cheap)


def _refused() -> Exception:
    """The answer to wrong credentials, whichever of them is wrong."""
    return unauthorized("The e-mail address or the password is wrong.")
