"""Who is asking: password hashes, access tokens, and what a user may do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from .db import Connection, Database, Row, execute
from .errors import forbidden, unauthorized
from .settings import Settings
from .wire import Request

FULL_COST = (15, 8, 1)
LEAST_COST = (1, 1, 1)
HASH = re.compile(r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")
TOKEN = re.compile(r"bearer +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE | re.ASCII)

# A hash at full cost takes 32 MiB and a whole processor; more of them at a time would only be slower.
HASHING = threading.BoundedSemaphore(min(os.cpu_count() or 1, 8))

USER = "SELECT id, lower(email) AS email, name, role, created_at FROM users"


@dataclass(frozen=True)
class Call:
    """What a handler is given: the request, what was found in it, and who sent it."""

    request: Request
    db: Database
    settings: Settings
    id: int = 0
    body: Any = None
    user: Row = field(default_factory=dict)

    @property
    def by_librarian(self) -> bool:
        """Whether a librarian asks."""
        return bool(self.user["role"] == "librarian")

    def must_be(self, user_id: int) -> None:
        """403 for anybody but this user and the librarians."""
        if self.user["id"] != user_id and not self.by_librarian:
            raise forbidden("This belongs to somebody else.")


# Passwords


def hash_password(password: str, cheap: bool) -> str:
    """A hash of a password, with a salt of its own."""
    log_n, r, p = LEAST_COST if cheap else FULL_COST
    salt = secrets.token_bytes(16)
    derived = _derive(password, salt, log_n, r, p)
    return f"$scrypt$ln={log_n},r={r},p={p}${_to_text(salt)}${_to_text(derived)}"


def password_fits(password: str, password_hash: str) -> bool:
    """Whether a hash was made from this password; false for hashes of another form."""
    parts = HASH.fullmatch(password_hash)
    if not parts:
        return False
    log_n, r, p = (int(number) for number in parts.groups()[:3])
    try:
        salt, expected = (_from_text(text) for text in parts.groups()[3:])
        return hmac.compare_digest(_derive(password, salt, log_n, r, p), expected)
    except ValueError:
        return False


def _derive(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    """The key that scrypt makes of a password."""
    n = 2 ** min(log_n, 20)
    # scrypt cannot tell zero bytes at the end from none at all; the two that stand for them here occur in no UTF-8.
    secret = password.encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80")
    with HASHING:
        return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=2**20 + 256 * n * r, dklen=32)


def _to_text(data: bytes) -> str:
    """Base64 without padding, as is usual in hashes."""
    return base64.b64encode(data).decode().rstrip("=")


def _from_text(text: str) -> bytes:
    """The bytes that base64 without padding stands for."""
    return base64.b64decode(text + "=" * (-len(text) % 4))


# Tokens


def new_token(connection: Connection, user_id: int, seconds: int) -> str:
    """A new token for a user, who must be locked; the user's old ones that are over are removed."""
    token = secrets.token_urlsafe(32)
    values = {"digest": _digest(token), "user_id": user_id, "seconds": seconds}
    execute(connection, FORGET_TOKENS, values)
    execute(connection, KEEP_TOKEN, values)
    return token


FORGET_TOKENS = """
DELETE FROM access_tokens WHERE digest IN (
    SELECT digest FROM access_tokens
    WHERE user_id = %(user_id)s AND expires_at <= now() FOR UPDATE SKIP LOCKED)
"""

KEEP_TOKEN = """
INSERT INTO access_tokens (digest, user_id, expires_at)
VALUES (%(digest)s, %(user_id)s, now() + make_interval(secs => %(seconds)s))
"""

TOKEN_USER = f"""
{USER} WHERE id = (SELECT user_id FROM access_tokens WHERE digest = %(digest)s AND expires_at > now())
"""


def user_of(request: Request, db: Database) -> Row:
    """The user, as they are now, whose token came with a request; 401 without a valid one."""
    parts = TOKEN.fullmatch(request.header("Authorization") or "")
    user = db.one(TOKEN_USER, {"digest": _digest(parts[1])}) if parts else None
    if user is None:
        raise unauthorized()
    return user


def _digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
