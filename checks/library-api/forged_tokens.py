"""Tokens that no server issued: damaged, mixed, invented, and JWTs with another payload or signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from roadmap_cli.checking import Draw

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Keys that tutorials print and people keep; the long one is that of the FastAPI documentation.
WELL_KNOWN_KEYS = (
    "",
    "secret",
    "changeme",
    "change-me",
    "secret-key",
    "your-secret-key",
    "your-256-bit-secret",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
)


def damaged(draw: Draw, token: str) -> Iterator[tuple[str, str]]:
    """*token* with one character changed, added or removed, and what was done to it.

    Always in the middle of a part, never its last character: in base64 that one may carry bits that mean nothing.
    """
    parts = token.split(".")
    for number, part in enumerate(parts):
        for what, changed in _damaged_part(draw, part):
            of = f" of part {number + 1}" if len(parts) > 1 else ""
            yield f"with a character {what} in the middle{of}", _replaced(parts, number, changed)
    yield "with a letter added at the end", token + draw.pick(LETTERS)
    yield "with a letter added at the beginning", draw.pick(LETTERS) + token
    yield "that is only the first half of a real one", token[: len(token) // 2]


def invented(draw: Draw, length: int, id: int, email: str) -> Iterator[tuple[str, str]]:
    """Tokens that nobody issued: the user's own data as such, and nonsense."""
    yield "that is the user's id", str(id)
    yield "that is the user's id in base64", _base64(str(id).encode())
    yield "that is the user's address in base64", _base64(email.encode())
    yield "that is id and address in base64", _base64(f"{id}:{email}".encode())
    yield "that is a JSON object in base64", _base64(json.dumps({"sub": str(id), "id": id}).encode())
    yield "of random letters", draw.text(max(length, 16))
    for nonsense in (draw.text(3), "a.b.c", "..", "null", "~", "0", "e30.e30.e30", "____", "A" * 3000):
        yield f"such as {nonsense[:20]!r}", nonsense


def mixtures(one: str, other: str) -> Iterator[str]:
    """Tokens put together from two real ones, except those that are real themselves."""
    made = {one[: len(one) // 2] + other[len(one) // 2 :]}
    first, second = one.split("."), other.split(".")
    if len(first) == len(second):
        made |= {_replaced(first, at, second[at]) for at in range(len(first))}
        made |= {_replaced(second, at, first[at]) for at in range(len(first))}
    yield from sorted(made - {one, other})


def resigned(token: str, librarians: str) -> Iterator[tuple[str, str]]:
    """JWTs with another payload or without the right signature; nothing if *token* is no JWT."""
    parts = claims(token)
    if not parts:
        return
    (header, payload), signature = parts, token.split(".")[2]
    for what, changed in _altered(payload, claims(librarians)):
        yield f"whose payload has {what} and whose signature is the old one", _jwt(header, changed, signature)
    for name in ("none", "None", "NONE"):
        yield f"whose header says alg: {name}, unsigned", _jwt({"alg": name, "typ": "JWT"}, payload, "")
    yield "whose header says alg: none, with the old signature", _jwt({"alg": "none"}, payload, signature)
    yield "without its signature", _jwt(header, payload, "")
    yield "of two parts", ".".join(token.split(".")[:2])
    for key in WELL_KNOWN_KEYS:
        yield f"signed with the key {key!r}", _signed(payload, key)


def claims(token: str) -> list[dict[str, Any]]:
    """Header and payload, if the token is a signed JWT (RFC 7519); else an empty list."""
    parts = token.split(".")
    if len(parts) != 3:
        return []
    try:
        values = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2]]
    except (ValueError, RecursionError):
        return []
    return values if all(isinstance(value, dict) for value in values) else []


def other_letter(draw: Draw, letter: str) -> str:
    """A small letter that is not *letter* in either case."""
    return draw.pick([other for other in LETTERS if other != letter.lower()])


def _damaged_part(draw: Draw, part: str) -> Iterator[tuple[str, str]]:
    places = [place for place, character in enumerate(part) if character.isalnum()]
    if not places:
        return
    at = places[len(places) // 2]
    # From the token's own characters, so that what was hexadecimal still is.
    others = [c for c in sorted(set(part)) if c.isalnum() and c.lower() != part[at].lower()]
    yield "changed", part[:at] + draw.pick(others or [other_letter(draw, part[at])]) + part[at + 1 :]
    yield "added", part[:at] + draw.pick(LETTERS) + part[at:]
    yield "removed", part[:at] + part[at + 1 :]


def _altered(payload: dict[str, Any], librarians: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "the role librarian", payload | {"role": "librarian"}
    if isinstance(payload.get("exp"), (int, float)):
        yield "a later end", payload | {"exp": payload["exp"] + 1_000_000}
    if librarians:
        yield "the librarian's claims", payload | librarians[1]


def _replaced(parts: list[str], number: int, part: str) -> str:
    return ".".join([*parts[:number], part, *parts[number + 1 :]])


def _jwt(header: dict[str, Any], payload: dict[str, Any], signature: str) -> str:
    written = [json.dumps(part, separators=(",", ":")).encode() for part in (header, payload)]
    return ".".join([*map(_base64, written), signature])


def _signed(payload: dict[str, Any], key: str) -> str:
    """The payload as a JWT signed by HMAC-SHA256 with *key*."""
    start = _jwt({"alg": "HS256", "typ": "JWT"}, payload, "").rstrip(".")
    return f"{start}.{_base64(hmac.digest(key.encode(), start.encode(), hashlib.sha256))}"


def _base64(value: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
