"""Security: passwords that are stored as hashes, and tokens that only we can make."""

import hashlib
import re
import secrets
import time

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.settings import settings

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["sub", "iat", "exp", "type"]
# The digits of a number that the database can be asked for.
USER_ID = re.compile(r"[1-9][0-9]{0,17}")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Compare a password with a hash. Without a hash it takes just as long, and is False."""
    try:
        return _hasher.verify(password_hash or _DUMMY_HASH, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def issue_access_token(user_id: int) -> str:
    issued_at = int(time.time())
    expires_at = issued_at + settings.token_ttl_seconds
    return _encode(
        {"sub": str(user_id), "iat": issued_at, "exp": expires_at, "type": "access"}
    )


def read_access_token(token: str) -> int | None:
    """The id of the user whom the token was issued to, or None if it is not valid (any more)."""
    try:
        claims = jwt.decode(
            token,
            settings.secret_key,
            algorithms=[ALGORITHM],
            options={"require": REQUIRED_CLAIMS},
        )
    except (jwt.InvalidTokenError, RecursionError):
        return None
    # Base64 has several spellings of the same bytes. Only the one that we issued is ours.
    if claims["type"] != "access" or _encode(claims) != token:
        return None
    return int(claims["sub"]) if USER_ID.fullmatch(claims["sub"]) else None


def make_refresh_token() -> str:
    """A text that nobody can guess. It says nothing; what it stands for is in our database."""
    return secrets.token_urlsafe(32)


def digest(refresh_token: str) -> str:
    """What we store of a token. It is random, so a plain hash is enough: there is no guessing."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()


def _encode(claims: dict[str, object]) -> str:
    return jwt.encode(claims, settings.secret_key, algorithm=ALGORITHM)


def _make_hasher() -> PasswordHasher:
    if settings.cheap_password_hash:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    # Argon2id as the OWASP Password Storage Cheat Sheet recommends it: 19 MiB, two rounds.
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


_hasher = _make_hasher()
_DUMMY_HASH = _hasher.hash("nobody has this password")
