"""What a stored password hash says about itself, and what would give a password away."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

from roadmap_cli.checking import Database, expect

FULL_COST = "argon2id with m=19456 and t=2, bcrypt with 10, or scrypt with N=32768 and r=8, or more"

_FORMS = (
    re.compile(
        r"\$argon2(?P<kind>id|i|d)\$(?:v=\d+\$)?m=(?P<m>\d{1,9}),t=(?P<t>\d{1,9}),p=\d+[^$]*"
        r"\$(?P<salt>[^$]{8,})\$[^$]{8,}$"
    ),
    re.compile(r"\$2[aby]\$(?P<cost>\d\d)\$(?P<salt>[./A-Za-z0-9]{22})[./A-Za-z0-9]{31}$"),
    re.compile(r"\$scrypt\$ln=(?P<ln>\d{1,2}),r=(?P<r>\d{1,9}),p=\d+\$(?P<salt>[^$]{8,})\$[^$]{8,}$"),
    re.compile(r"scrypt\$(?P<n>\d{1,12})\$(?P<salt>[^$]{8,})\$(?P<r>\d{1,9})\$\d+\$[^$]{8,}$"),
    re.compile(r"scrypt:(?P<n>\d{1,12}):(?P<r>\d{1,9}):\d+\$(?P<salt>[^$]{8,})\$[^$]{8,}$"),
)


def stored_hash(database: Database, email: str) -> str:
    """The column password_hash of the user with this address."""
    return str(database.value("select password_hash from users where lower(email) = lower(%s)", email))


def parameters(hash: str) -> dict[str, str]:
    """Salt and cost parameters of a hash; a Mismatch if it has none of the contract's forms."""
    found = next((match for form in _FORMS if (match := form.search(hash))), None)
    expect(
        found,
        "The column password_hash holds an argon2, bcrypt or scrypt hash in one of the contract's forms.",
        expected="$argon2..., $2b$..., $scrypt$..., scrypt:... or scrypt$...",
        actual=f"{hash[:7]}... ({len(hash)} characters)",
    )
    return found.groupdict() if found else {}


def has_full_cost(found: dict[str, str]) -> bool:
    """Whether the parameters are at least those of CONTRACT.md §4 (OWASP Password Storage Cheat Sheet)."""
    if "kind" in found:
        return found["kind"] == "id" and int(found["m"]) >= 19456 and int(found["t"]) >= 2
    if "cost" in found:
        return int(found["cost"]) >= 10
    size = 2 ** int(found["ln"]) if "ln" in found else int(found["n"])
    return size >= 2**15 and int(found["r"]) >= 8


def cost(found: dict[str, str]) -> str:
    """The parameters in words."""
    kind = f"argon2{found['kind']}" if "kind" in found else "bcrypt" if "cost" in found else "scrypt"
    numbers = [f"{name}={value}" for name, value in found.items() if name not in ("kind", "salt")]
    return f"{kind} with {', '.join(numbers)}"


def traces(password: str) -> Iterator[tuple[str, str]]:
    """What would give a password away: itself in disguise, and digests that a machine tries by the billion."""
    plain = password.encode()
    yield "itself", password
    yield "written backwards", password[::-1]
    yield "in base64", base64.b64encode(plain).rstrip(b"=").decode()
    yield "in hexadecimal", plain.hex()
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(name, plain, usedforsecurity=False).digest()
        yield f"as a bare {name}", digest.hex()
        yield f"as a bare {name} in base64", base64.b64encode(digest).rstrip(b"=").decode()
