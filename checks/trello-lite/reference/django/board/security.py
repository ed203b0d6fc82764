"""Security: passwords that are stored as hashes, and tokens that only we can make (CONTRACT §4)."""

import base64
import re
import time
import uuid
from dataclasses import dataclass

import jwt
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.utils.crypto import constant_time_compare, salted_hmac

ALGORITHM = "HS256"
ID = re.compile(r"[1-9][0-9]{0,17}")
REFRESH = re.compile(r"([0-9a-f]{32})\.([0-9]{1,9})\.([0-9a-f]{64})")


class Argon2(Argon2PasswordHasher):
    """Argon2id as the OWASP Password Storage Cheat Sheet recommends it: 19 MiB, two rounds."""

    time_cost, memory_cost, parallelism = 2, 19456, 1


class CheapArgon2(Argon2PasswordHasher):
    """The least that Argon2 allows, for tests."""

    time_cost, memory_cost, parallelism = 1, 8, 1


def hash_password(password: str) -> str:
    return make_password(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Compare a password with a hash. Without a hash it takes just as long, and is False."""
    if password_hash is None:
        make_password(password)
        return False
    return check_password(password, password_hash)


@dataclass(frozen=True)
class Access:
    """What a valid access token says."""

    user_id: int
    login_id: uuid.UUID


def issue_access(access: Access) -> str:
    now = int(time.time())
    claims = {
        "sub": str(access.user_id),
        "iat": now,
        "exp": now + settings.ACCESS_TTL,
        "use": "access",
        "sid": access.login_id.hex,
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM, headers={"kid": "1"})


def read_access(token: str) -> Access | None:
    """What the token says, or None if it is not valid (any more)."""
    if not _spelt_as_issued(token):
        return None
    try:
        claims = jwt.decode(
            token,
            settings.SECRET_KEY,
            algorithms=[ALGORITHM],
            options={"require": ["sub", "iat", "exp", "sid", "use"], "enforce_minimum_key_length": False},
        )
    # Signed with our key, but not as we do it: times that are no times, numbers beyond all bounds, endless nesting.
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        return None
    user_id, login_id = claims["sub"], claims["sid"]
    if claims["use"] != "access" or not ID.fullmatch(user_id) or not isinstance(login_id, str):
        return None
    try:
        return Access(int(user_id), uuid.UUID(login_id))
    except ValueError:
        return None


def _spelt_as_issued(token: str) -> bool:
    """Base64 has several spellings of the same bytes, and decoders are generous. Only one is ours."""
    try:
        parts = [part.encode("ascii") for part in token.split(".")]
        return all(_spelling(base64.urlsafe_b64decode(part + b"==")) == part for part in parts)
    except ValueError:
        return False


def _spelling(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def issue_refresh(login_id: uuid.UUID, generation: int) -> str:
    """The refresh token of one generation of a login. It is signed, so nothing of it need be stored."""
    return f"{login_id.hex}.{generation}.{_signature(login_id, generation)}"


def read_refresh(token: str) -> tuple[uuid.UUID, int] | None:
    """Login and generation of a token that was issued here, whether it is still good or not."""
    if not (match := REFRESH.fullmatch(token)):
        return None
    login_id, generation = uuid.UUID(match[1]), int(match[2])
    if not constant_time_compare(token, issue_refresh(login_id, generation)):
        return None
    return login_id, generation


def _signature(login_id: uuid.UUID, generation: int) -> str:
    return salted_hmac("board.refresh", f"{login_id.hex}.{generation}", algorithm="sha256").hexdigest()
