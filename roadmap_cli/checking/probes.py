"""One careful question to a server that may be none: does HTTP come back, and if not, what does."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

_MOST_HEAD = 1 << 16
_MOST_BODY = 1 << 20
_BODY_SECONDS = 1.0
_SLICE_SECONDS = 0.02  # how soon we notice that the server has ended
_HTTP = b"HTTP/1."


@dataclass(frozen=True)
class Refused:
    """Nobody listens there."""


@dataclass(frozen=True)
class Silent:
    """The connection was accepted, and nothing came."""


@dataclass(frozen=True)
class Closed:
    """The connection was accepted and closed without a word."""


@dataclass(frozen=True)
class NotHttp:
    """Something came that is not HTTP, or never got to the end of its headers; *start* is how it begins."""

    start: bytes


@dataclass(frozen=True)
class Answered:
    """The head of an HTTP response came."""

    status: int


Probe = Refused | Silent | Closed | NotHttp | Answered


def probe(host: str, port: int, path: str, *, seconds: float, alive: Callable[[], bool]) -> Probe:
    """GET *path* once; given up after *seconds*, or as soon as the server is no longer *alive*."""
    question = f"GET {path} HTTP/1.1\r\nHost: {_name(host)}:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    deadline = time.monotonic() + seconds
    try:
        with socket.create_connection((host, port), timeout=max(0.05, min(seconds, 1.0))) as connection:
            connection.settimeout(_SLICE_SECONDS)
            connection.sendall(question.encode())
            return _read(connection, lambda: alive() and time.monotonic() < deadline)
    except ConnectionResetError:
        return Closed()
    except TimeoutError:
        return Silent()
    except OSError:
        return Refused()


def _name(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _read(connection: socket.socket, more: Callable[[], bool]) -> Probe:
    received = b""
    while len(received) < _MOST_HEAD and more():
        try:
            chunk = connection.recv(1 << 16)
        except TimeoutError:
            continue
        received += chunk
        if head := _head(received):
            _drain(connection, head[1], len(received))
            return Answered(head[0])
        if not chunk or not _HTTP.startswith(received[: len(_HTTP)]):
            return NotHttp(received[:200]) if received else Closed()
    return NotHttp(received[:200]) if received else Silent()


def _head(received: bytes) -> tuple[int, int | None] | None:
    """Status and length in bytes of the final response (RFC 9112 §2.1), None before its head is complete.

    The length is None where the response does not say it.
    """
    start = 0
    while (end := received.find(b"\r\n\r\n", start)) >= 0:
        status = re.match(rb"HTTP/1\.\d (\d{3})[ \r]", received[start : end + 4])
        if not status:
            return None
        if not status[1].startswith(b"1"):
            length = re.search(
                rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", received[start : end + 4], re.IGNORECASE
            )
            return int(status[1]), end + 4 + int(length[1]) if length else None
        start = end + 4  # 100 to 199 only announce the response (RFC 9110 §15.2)
    return None


def _drain(connection: socket.socket, length: int | None, received: int) -> None:
    """Read a little of the body, so that a server does not complain in its log about a closed connection."""
    deadline = time.monotonic() + _BODY_SECONDS
    with contextlib.suppress(OSError):
        while received < min(length if length is not None else _MOST_BODY, _MOST_BODY):
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = connection.recv(1 << 16)
            received += len(chunk)
            if not chunk or time.monotonic() > deadline:
                return
