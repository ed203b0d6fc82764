"""Tokens that no server issued: damaged, unsigned, signed with another key or algorithm, and lacking a claim.

Each comes with what was done to it, so that the sentence of a failure can say so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from roadmap_cli.checking import Draw

LETTERS = "abcdefghijklmnopqrstuvwxyz"
HS256 = {"alg": "HS256", "typ": "JWT"}
DIGESTS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
# None at all, and the one that the FastAPI documentation prints and people keep.
WELL_KNOWN_KEYS = ("", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7")

Named = Iterator[tuple[str, str]]


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and payload of a JWT (RFC 7519); None if it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        header, payload = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        return None
    return (header, payload) if isinstance(header, dict) and isinstance(payload, dict) else None


def signed(payload: dict[str, Any], key: str, header: dict[str, Any] | None = None) -> str:
    """The payload as a JWT signed with *key* by the HMAC that *header* names (HS256 if none does)."""
    header = header or HS256
    start = unsigned(header, payload)
    return f"{start}.{_base64(hmac.digest(key.encode(), start.encode(), DIGESTS[header['alg']]))}"


def unsigned(header: dict[str, Any], payload: dict[str, Any]) -> str:
    """The first two parts of a JWT."""
    return ".".join(_base64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload))


def is_signed_with(token: str, key: str) -> bool:
    """Whether the signature is HMAC-SHA256 of the first two parts with *key*."""
    if not token.isascii():
        return False
    start, _, signature = token.rpartition(".")
    wanted = _base64(hmac.digest(key.encode(), start.encode(), hashlib.sha256))
    return hmac.compare_digest(wanted.encode(), signature.encode())


def damaged(draw: Draw, token: str) -> Named:
    """*token* with one character changed in each of its parts, one more and one less.

    Always in the middle of a part, never its last character: in base64 that one may carry bits that mean nothing.
    """
    parts = token.split(".")
    for number, part in enumerate(parts):
        of = f" of part {number + 1}" if len(parts) > 1 else ""
        if changed := _damaged_part(draw, part):
            yield (
                f"with a character changed in the middle{of}",
                ".".join([*parts[:number], changed, *parts[number + 1 :]]),
            )
    half = len(token) // 2
    yield "with a character removed", token[:half] + token[half + 1 :]
    yield "with a letter added at the end", token + draw.pick(LETTERS)
    yield "that is only the first half of a real one", token[:half]


def invented(draw: Draw, id: int) -> Named:
    """Tokens that nobody issued: the user's own data as such, and nonsense."""
    yield "that is the user's id", str(id)
    yield "that is a JSON object in base64", _base64(json.dumps({"sub": str(id)}).encode())
    yield "of random letters", draw.text(160)
    for nonsense in ("..", "e30.e30.e30", "A" * 3000):
        yield f"such as {nonsense[:20]!r}", nonsense


def altered(token: str, other: str) -> Named:
    """*token* with another header or payload and its old signature; *other* is another user's token."""
    (header, payload), signature = _parts(token), token.rpartition(".")[2]
    for what, changed in (
        ("another user's sub", payload | {"sub": _parts(other)[1].get("sub")}),
        ("a later exp", payload | {"exp": _number(payload, "exp") + 10**6}),
    ):
        yield f"whose payload has {what}, with the old signature", f"{unsigned(header, changed)}.{signature}"
    yield "whose header has a name more, with the old signature", f"{unsigned(header | {'x': 1}, payload)}.{signature}"
    yield "with another user's signature", f"{token.rpartition('.')[0]}.{other.rpartition('.')[2]}"


def without_signature(token: str) -> Named:
    """*token* with `alg: none` in two spellings (RFC 8725 §3.1), or simply without its signature."""
    (header, payload), signature = _parts(token), token.rpartition(".")[2]
    for name in ("none", "nOnE"):
        yield f"whose header says alg: {name}, unsigned", f"{unsigned({'alg': name, 'typ': 'JWT'}, payload)}."
    start = unsigned({"alg": "none", "typ": "JWT"}, payload)
    yield "whose header says alg: none, with the old signature", f"{start}.{signature}"
    yield "without its signature", f"{unsigned(header, payload)}."
    yield "of two parts", token.rpartition(".")[0]


def otherwise_signed(draw: Draw, token: str, key: str) -> Named:
    """The payload of *token*, signed with other keys than *key*, or with it by other algorithms."""
    payload = _parts(token)[1]
    for guess in WELL_KNOWN_KEYS:
        yield f"signed with the key {guess!r}", signed(payload, guess)
    own = draw.text(40)
    yield "signed with the key that its own header brings along", signed(payload, own, HS256 | _own_key(own))
    yield "signed with the first half of SECRET_KEY", signed(payload, key[: len(key) // 2])
    for name in ("HS384", "HS512"):
        yield f"signed with SECRET_KEY by {name}", signed(payload, key, HS256 | {"alg": name})


def lacking(draw: Draw, token: str, key: str) -> Named:
    """Tokens that are signed properly with SECRET_KEY, but whose claims are not those of a valid access token."""
    payload = _parts(token)[1]
    issued = int(_number(payload, "iat"))
    for what, changed in (
        ("without exp", _less(payload, "exp")),
        ("without sub", _less(payload, "sub")),
        ("whose exp was two seconds before the real one was issued", payload | {"exp": issued - 2}),
        ("whose sub names nobody", payload | {"sub": str(draw.integer(10**9, 2 * 10**9))}),
        ("whose sub is larger than any id", payload | {"sub": str(10**30)}),
        ("whose sub is no number", payload | {"sub": draw.word()}),
    ):
        yield f"of our own, signed with SECRET_KEY, {what}", signed(changed, key)


def other_letter(draw: Draw, letter: str) -> str:
    """A small letter that is not *letter* in either case."""
    return draw.pick([other for other in LETTERS if other != letter.lower()])


def _damaged_part(draw: Draw, part: str) -> str:
    places = [place for place, character in enumerate(part) if character.isalnum()]
    if not places:
        return ""
    at = places[len(places) // 2]
    # From the token's own characters, so that what was hexadecimal still is.
    others = [c for c in sorted(set(part)) if c.isalnum() and c.lower() != part[at].lower()]
    return part[:at] + draw.pick(others or [other_letter(draw, part[at])]) + part[at + 1 :]


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, empty if *token* is no JWT (which `auth.jwt` judges)."""
    return parts_of(token) or ({}, {})


def _number(payload: dict[str, Any], claim: str) -> float:
    value = payload.get(claim)
    return value if isinstance(value, (int, float)) and abs(value) < 10**12 else 10**9


def _less(payload: dict[str, Any], claim: str) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != claim}


def _own_key(key: str) -> dict[str, Any]:
    return {"jwk": {"kty": "oct", "alg": "HS256", "k": _base64(key.encode())}}


def _base64(value: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
