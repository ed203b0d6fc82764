"""Exchanges as a learner reads them: secrets masked, long bodies cut, nothing that could act on a terminal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from urllib.parse import unquote_plus, urlsplit

from roadmap_cli.events import Exchange
from roadmap_cli.neutral import neutral, neutral_line

BODY_LIMIT = 20_000
TRY_IT_AT = "http://127.0.0.1:8000"

_FIELDS = r"[a-z_]*password|[a-z_]*token|[a-z_]*secret[a-z_]*"  # of secrets
_SECRET_FIELD = re.compile(rf'"({_FIELDS})"\s*:\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FORM = re.compile(r"[^\s=&{\"]+=[^\s&]*(&[^\s=&]+=[^\s&]*)*")
_SECRET_OF_A_FORM = re.compile(rf"(?<![^&])({_FIELDS})=([^&]*)", re.IGNORECASE)
_NOT_WORTH_SHOWING = {"host", "accept-encoding", "user-agent", "connection", "content-length", "date", "server"}


def masked(text: str) -> str:
    """*text* with the values of passwords, tokens and secrets in JSON or a form replaced by what kind of thing they are."""
    if _FORM.fullmatch(text):
        return _SECRET_OF_A_FORM.sub(_mask_of_a_form, text)
    return _SECRET_FIELD.sub(_mask, text)


def body_text(body: bytes | None) -> str:
    """A body fit to be shown: masked and neutral, cut after 20,000 characters."""
    return neutral(masked((body or b"").decode("utf-8", "replace")), limit=BODY_LIMIT)


def shown_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers that tell something, tokens masked."""
    return tuple(
        (neutral_line(name), neutral_line(_authorization(name, value), limit=500))
        for name, value in headers
        if name.lower() not in _NOT_WORTH_SHOWING
    )


def curl(exchange: Exchange) -> str:
    """A command line that sends the request again, to the server that `roadmap serve` runs."""
    parts = urlsplit(exchange.url)
    target = TRY_IT_AT + parts.path + (f"?{parts.query}" if parts.query else "")
    method = ["-I"] if exchange.method == "HEAD" else ["-i", "-X", exchange.method]
    words = ["curl", *method, target]
    for name, value in exchange.request_headers:
        words += ["-H", f"{name}: {value}"]
    if exchange.request_body:
        words += ["--data-raw", exchange.request_body]
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    """Shell-quoted; $TOKEN stays a variable that the learner's shell fills in."""
    return f'"{word}"' if word.endswith(" $TOKEN") else shlex.quote(word)


def _authorization(name: str, value: str) -> str:
    if name.lower() == "set-cookie":
        return "(a cookie)"
    if name.lower() != "authorization":
        return value
    scheme, _, token = value.partition(" ")
    return f"{scheme} $TOKEN" if token else value


def _mask_of_a_form(match: re.Match[str]) -> str:
    name, value = match.groups()
    return f"{name}=<{_kind(name)} of {len(unquote_plus(value))} characters>"


def _mask(match: re.Match[str]) -> str:
    name, value = match.groups()
    return f'"{name}": "<{_kind(name)} of {len(value)} characters>"'


def _kind(name: str) -> str:
    return name.lower().replace("_", " ")
