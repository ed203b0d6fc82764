"""The one bounded HTTP client: an exchange that really ends.

Timeouts of ordinary clients bound single reads, not an exchange: one byte every half second outlives them for ever, and
400 KB of gzip become 400 MB. Here one deadline covers connecting, headers, 1xx and body; bytes are capped on the wire and
after inflating; no redirect is followed, no proxy or netrc read, no encoding asked for. h11 reads the protocol (RFC 9112),
a plain socket carries it: an exchange costs a tenth of what a full client takes, and an examination sends two thousand.
"""

from __future__ import annotations

import contextlib
import socket
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

MAX_BODY = 2 << 20
MAX_INFLATED = 8 << 20
MAX_HEADERS = 64 << 10
SECONDS = 5.0
_CHUNK = 64 << 10
_NOT_GZIP = "The body is marked as gzip but cannot be unpacked."


class NoAnswer(Exception):
    """No complete answer came back; the message says why, addressed to the learner."""


@dataclass(frozen=True)
class Raw:
    """A complete answer as bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    milliseconds: float


def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, seconds: float = SECONDS) -> Raw:
    """The answer to one request on a connection of its own; NoAnswer if none came within *seconds*, whole and within the caps.

    Connections are not kept: a server that closes an idle one at the wrong moment would look like one that fails.
    """
    begun = time.perf_counter()
    exchange = _Exchange(seconds)
    try:
        status, pairs, content = exchange.run(method, url, headers, body)
    except TimeoutError:
        raise NoAnswer(exchange.too_late()) from None
    except ConnectionRefusedError:
        raise NoAnswer("Your server does not accept connections any more.") from None
    except (h11.LocalProtocolError, UnicodeError, ValueError) as error:
        # A token or a Location that the learner's server gave us, put into a request.
        raise NoAnswer(f"What your server gave us cannot be sent back in a request: {error}.") from None
    except h11.RemoteProtocolError as error:
        raise NoAnswer(exchange.not_http(str(error))) from None
    except OSError as error:
        raise NoAnswer(exchange.cut_off(error.strerror or type(error).__name__)) from None
    except zlib.error:
        raise NoAnswer(_NOT_GZIP) from None
    return Raw(status, pairs, content, (time.perf_counter() - begun) * 1000)


def target(url: str) -> str:
    """Path and query of *url*, as they stand in the first line of a request (RFC 9112 §3.2.1)."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _Exchange:
    """One request and its answer, and how far it got, so that its end can be told in words."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADERS)
        self._status: int | None = None
        self._heard = 0
        self._received = 0

    def run(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        parts = urlsplit(url)
        request = h11.Request(method=method, target=target(url), headers=_headers(method, parts.netloc, headers, body))
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=self._left()) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._say(peer, request, body)
            response = self._head(peer)
            return response.status_code, _pairs(response), self._body(peer, response)

    def _say(self, peer: socket.socket, request: h11.Request, body: bytes | None) -> None:
        message = self._http.send(request) or b""
        if body:
            message += self._http.send(h11.Data(data=body)) or b""
        message += self._http.send(h11.EndOfMessage()) or b""
        # It may have answered before it had read everything.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            peer.sendall(message)

    def _head(self, peer: socket.socket) -> h11.Response:
        for event in self._events(peer):
            if isinstance(event, h11.Response):
                self._status = event.status_code
                return event
        raise h11.RemoteProtocolError("no response")

    def _body(self, peer: socket.socket, response: h11.Response) -> bytes:
        encoding = _encoding(response)
        inflate = zlib.decompressobj(31) if encoding == "gzip" else None
        content = bytearray()
        for event in self._events(peer):
            if isinstance(event, h11.Data):
                self._received += len(event.data)
                content += self._unpacked(bytes(event.data), inflate, len(content))
        if inflate and self._received and not inflate.eof:
            raise NoAnswer(_NOT_GZIP)
        return bytes(content)

    def _unpacked(self, chunk: bytes, inflate: zlib._Decompress | None, before: int) -> bytes:
        if self._received > MAX_BODY:
            raise NoAnswer(f"The body is larger than {MAX_BODY >> 20} MiB; no answer of this project is.")
        if inflate is None:
            return chunk
        unpacked = inflate.decompress(chunk, MAX_INFLATED - before + 1)
        if before + len(unpacked) > MAX_INFLATED:
            raise NoAnswer(f"The body unpacks to more than {MAX_INFLATED >> 20} MiB.")
        return unpacked

    def _events(self, peer: socket.socket) -> Iterator[h11.Response | h11.Data]:
        """What the server says, until the message ends."""
        while True:
            self._left()
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                peer.settimeout(self._left())
                chunk = peer.recv(_CHUNK)
                self._heard += len(chunk)
                self._http.receive_data(chunk)
            elif isinstance(event, h11.InformationalResponse):
                continue
            elif isinstance(event, (h11.Response, h11.Data)):
                yield event
            else:
                return

    def _left(self) -> float:
        """Seconds until the deadline; TimeoutError when there are none."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def too_late(self) -> str:
        if self._status is None:
            return f"Your server accepted the request but did not answer within {self._seconds:g} seconds."
        return (
            f"Your server began to answer ({self._status}) but had not finished after {self._seconds:g} seconds; "
            f"{self._received} bytes of the body had come."
        )

    def not_http(self, detail: str) -> str:
        if self._status is not None:
            return f"Your server broke off in the middle of its answer ({self._status}): {detail}."
        if self._heard == 0:
            return "Your server closed the connection without an answer."
        return f"What your server sent is not HTTP: {detail}."

    def cut_off(self, detail: str) -> str:
        where = "in the middle of its answer" if self._heard else "without an answer"
        return f"Your server closed the connection {where} ({detail})."


def _headers(method: str, host: str, given: Mapping[str, str], body: bytes | None) -> list[tuple[str, str]]:
    """Ours, then the *given* ones; a length whenever there is, or may be, a body."""
    own = [("Host", host), ("Accept-Encoding", "identity"), ("User-Agent", "Mozilla/5.0"), ("Connection", "close")]
    expects_body = method in ("POST", "PUT", "PATCH")  # RFC 9110 §8.6: then even no body has a length
    length = [("Content-Length", str(len(body or b"")))] if body is not None or expects_body else []
    return [*own, *given.items(), *length]


def _pairs(response: h11.Response) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw_items())


def _encoding(response: h11.Response) -> str:
    encodings = [
        value.decode("latin-1").strip().lower() for name, value in response.headers if name == b"content-encoding"
    ]
    encoding = encodings[0] if encodings else "identity"
    if encoding not in ("identity", "gzip", ""):
        raise NoAnswer(f"The answer is encoded as {encoding}, though we accept only identity.")
    return encoding
