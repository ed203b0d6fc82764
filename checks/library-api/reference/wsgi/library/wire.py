"""HTTP/1.1: reading requests, writing answers, and the threaded server that does both."""

from __future__ import annotations

import json
import logging
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

from .errors import ApiError, bad_request, internal, invalid, unsupported_media_type
from .validation import number_of

LOG = logging.getLogger("library")

LONGEST_LINE = 2**20
LONGEST_BODY = 8 * 2**20
CHUNK = 2**16
IDLE_SECONDS = 300
HTTP_1_1 = "HTTP/1.1"


@dataclass(frozen=True)
class Request:
    """A request as it came in. `body` is nothing if it was too long to be kept."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Message
    body: bytes | None

    def header(self, name: str) -> str | None:
        """All values of a header in one, or nothing if it is absent."""
        values = self.headers.get_all(name)
        return None if values is None else ", ".join(str(value) for value in values)

    def json(self) -> Any:
        """The body as JSON: 415 or 400 if it is something else."""
        kind = (self.header("Content-Type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise unsupported_media_type()
        if self.body is None:
            raise invalid([("body", f"must have at most {LONGEST_BODY} bytes")])
        return decoded(self.body)

    def accepts_json(self) -> bool:
        """Whether the client takes JSON as an answer."""
        accept = self.header("Accept")
        if accept is None:
            return True
        kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
        return not kinds.isdisjoint({"application/json", "application/*", "*/*"})


@dataclass(frozen=True)
class Answer:
    """What is to be answered. `body` is nothing where an answer has none."""

    status: int
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Application = Callable[[Request], Answer]


def answer(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body."""
    text = json.dumps(value, default=_as_text, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, text.encode(), headers or {})


def refusal(error: ApiError) -> Answer:
    """An error as an answer."""
    return answer(error.status, error.body(), error.headers)


def decoded(body: bytes) -> Any:
    """The value that a JSON text stands for; 400 if it is none."""
    try:
        return json.loads(body.decode("utf-8"), parse_int=number_of, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise bad_request("The body is not JSON.") from None


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python takes and JSON does not know."""
    raise ValueError(name)


def _as_text(value: object) -> str:
    """Times in JSON: RFC 3339, in the UTC that the database gives them in."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def path_of(target: str) -> tuple[tuple[str, ...], str]:
    """The decoded segments of a request target, and its query."""
    text = target.encode("latin-1").decode("utf-8", "replace")
    if not text.startswith("/"):
        parts = urlsplit(text)
        text = f"{parts.path or '/'}?{parts.query}" if parts.scheme in ("http", "https") else "/" + text
    path, _, query = text.partition("?")
    return tuple(unquote(segment) for segment in path[1:].split("/")), query


def query_of(text: str) -> dict[str, str]:
    """The parameters of a query; of one that comes twice the last counts."""
    return dict(parse_qsl(text, keep_blank_values=True))


class Handler(BaseHTTPRequestHandler):
    """Reads the requests of one connection, one after the other, and writes their answers."""

    protocol_version = HTTP_1_1
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: Server

    def handle_one_request(self) -> None:
        """Read one request and answer it; the base class calls this until the connection is to be closed."""
        self.close_connection = True
        self.command = ""
        try:
            self.raw_requestline = self.rfile.readline(LONGEST_LINE + 1)
            if self.raw_requestline == b"\r\n":  # some clients end a body with one too many
                self.raw_requestline = self.rfile.readline(LONGEST_LINE + 1)
            if self.raw_requestline:
                with self.server.busy:
                    self._answer_line()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _answer_line(self) -> None:
        """Go on after the request line has come in."""
        if len(self.raw_requestline) > LONGEST_LINE:
            self.send_error(400, "The request line is too long.")
        elif self.parse_request():
            self._answer_request()

    def _answer_request(self) -> None:
        """Go on after the headers have come in."""
        try:
            request = self._request()
        except ApiError as error:
            self.close_connection = True
            self._write(refusal(error))
        else:
            answer = self.server.answer_to(request)
            self.close_connection |= self.server.stopping
            self._write(answer)

    def _request(self) -> Request:
        """The request, with its body read whatever becomes of it: the next request follows behind."""
        if self.headers.defects or self.headers.get_payload():
            raise bad_request("The headers cannot be read.")
        # The base class changes the path a little; the request line still has it as it was sent.
        path, query = path_of(self.requestline.split()[1])
        return Request(self.command, path, query_of(query), self.headers, self._body())

    def _body(self) -> bytes | None:
        """The body of the request, or nothing if it is too long to be kept."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunked_body()
        length = self.headers.get("Content-Length", "0").strip()
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise bad_request("The Content-Length is not a number.")
        body = bytearray()
        self._read(int(length), body)
        return None if len(body) > LONGEST_BODY else bytes(body)

    def _chunked_body(self) -> bytes | None:
        """A body that comes in chunks, each with its length before it."""
        body = bytearray()
        while size := self._chunk_size():
            self._read(size, body)
            self.rfile.readline(CHUNK)
        while self.rfile.readline(CHUNK).strip():
            pass
        return None if len(body) > LONGEST_BODY else bytes(body)

    def _chunk_size(self) -> int:
        """The length of the next chunk; 0 is the end."""
        text = self.rfile.readline(CHUNK).partition(b";")[0].strip()
        if not text or len(text) > 16 or text.strip(b"0123456789abcdefABCDEF"):
            raise bad_request("The chunks of the body cannot be read.")
        return int(text, 16)

    def _read(self, length: int, body: bytearray) -> None:
        """Read so many bytes into the body, and throw away what is too much for it."""
        while length:
            part = self.rfile.read(min(length, CHUNK))
            if not part:
                raise ConnectionError("the client went away")
            length -= len(part)
            if len(body) <= LONGEST_BODY:
                body += part

    def _write(self, answer: Answer) -> None:
        """Send an answer, all of it at once."""
        lines = [f"{HTTP_1_1} {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines.append(f"Date: {self.date_time_string()}")
        lines.extend(f"{name}: {value}" for name, value in answer.headers.items())
        if answer.body is not None:
            lines.append("Content-Type: application/json")
            lines.append(f"Content-Length: {len(answer.body)}")
        lines.append("Connection: " + ("close" if self.close_connection else "keep-alive"))
        head = "\r\n".join(lines) + "\r\n\r\n"
        body = b"" if answer.body is None or self.command == "HEAD" else answer.body
        self.wfile.write(head.encode("latin-1") + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not HTTP, in the form that all errors have."""
        self.close_connection = True
        self._write(refusal(bad_request("This is not a request that can be read.")))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing about each request."""


class Busy:
    """Counts the requests that are being answered."""

    def __init__(self) -> None:
        self._count = 0
        self._change = threading.Condition()

    def __enter__(self) -> None:
        with self._change:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._change:
            self._count -= 1
            self._change.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until all are answered, but no longer than this."""
        with self._change:
            self._change.wait_for(lambda: self._count == 0, seconds)


class Server(socketserver.ThreadingTCPServer):
    """A server with a thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, host: str, port: int, application: Application) -> None:
        self.busy = Busy()
        self.stopping = False
        self._application = application
        super().__init__((host, port), Handler)

    def answer_to(self, request: Request) -> Answer:
        """The application's answer, or 500 if it fails."""
        try:
            return self._application(request)
        except ApiError as error:
            return refusal(error)
        except Exception:
            LOG.exception("%s failed", request.method)
            return refusal(internal())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note a connection that broke in an unforeseen way."""
        LOG.error("a connection broke", exc_info=sys.exc_info())
