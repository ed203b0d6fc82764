"""The client that checks speak through, and the room they speak in."""

from __future__ import annotations

import base64
import contextlib
import json as _json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

from roadmap_cli.checking import transport
from roadmap_cli.checking.answers import Answer, Mismatch, fail
from roadmap_cli.checking.draw import Draw
from roadmap_cli.checking.transcript import body_text, shown_headers
from roadmap_cli.checking.transport import NoAnswer
from roadmap_cli.events import Exchange, Sent
from roadmap_cli.neutral import neutral_line

if TYPE_CHECKING:
    from roadmap_cli.checking.gates import Gate

CHECK_SECONDS = 45.0

T = TypeVar("T")


class Target(Protocol):
    """What is being examined: where it is, and whether it still lives."""

    @property
    def url(self) -> str:
        """Base URL without a slash at the end; it may change when the server is restarted."""

    def mark(self) -> int:
        """A place in the server's log."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An exchange as it is shown, as it was on the wire, and where the server's log stood before it."""

    exchange: Exchange
    sent: Sent
    mark: int


class Conversation:
    """All exchanges of one examination, and which of them belong to the check that is running.

    *worlds* are those that built what several checks share: without them the others cannot be sent again.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.requests = 0
        self.unanswered = 0
        self.exchanges: list[Kept] = []
        self.worlds: list[Kept] = []
        self._began = time.monotonic()

    def begin_check(self) -> None:
        """Forget the exchanges of the check before."""
        self.exchanges = []
        self.unanswered = 0
        self._began = time.monotonic()

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes | None, *, world: str = "") -> Answer:
        """One exchange, which may help to build the shared *world*; a Mismatch in words if no complete answer came."""
        if time.monotonic() - self._began > CHECK_SECONDS:
            fail(f"This check took longer than {CHECK_SECONDS:g} seconds; your server is too slow for it.")
        base, mark = self.target.url, self.target.mark()
        url = path if path.startswith(("http://", "https://")) else base + path
        self.requests += 1
        shown = Exchange(
            method=method,
            url=neutral_line(url),
            request_headers=shown_headers(headers.items()),
            request_body=body_text(body),
        )
        sent = Sent(
            method=method,
            target=transport.target(url),
            headers=tuple(headers.items()),
            body=None if body is None else _base64(body),
            world=world,
            server=base,
            at=round((time.monotonic() - self._began) * 1000, 2),
        )
        try:
            raw = transport.send(method, url, headers, body)
        except NoAnswer as error:
            self.unanswered += 1
            unanswered = replace(shown, problem=neutral_line(str(error)))
            self._keep(Kept(exchange=unanswered, sent=replace(sent, problem=unanswered.problem), mark=mark))
            raise Mismatch(
                neutral_line(str(error)), expected="an answer", exchange=unanswered, assertion="answer"
            ) from None
        exchange = replace(
            shown,
            status=raw.status,
            response_headers=shown_headers(raw.headers),
            response_body=body_text(raw.body),
            milliseconds=round(raw.milliseconds, 2),
        )
        answered = replace(
            sent,
            status=raw.status,
            answer_headers=raw.headers,
            answer=_base64(raw.body),
            milliseconds=round(raw.milliseconds, 2),
        )
        self._keep(Kept(exchange=exchange, sent=answered, mark=mark))
        return Answer(raw.status, raw.headers, raw.body, base, exchange)

    def _keep(self, kept: Kept) -> None:
        self.exchanges.append(kept)
        if kept.sent.world:
            self.worlds.append(kept)


class API:
    """One client of the learner's server, with its own random data; *world* names what it builds for several checks.

    *base* is another server than the one that is examined, such as a second one of the same program.
    """

    def __init__(
        self, conversation: Conversation, draw: Draw, token: str = "", *, world: str = "", base: str = ""
    ) -> None:
        self._conversation = conversation
        self.draw = draw
        self.token = token
        self._world = world
        self._base = base

    def with_token(self, token: str) -> API:
        """The same client, signed in with *token*."""
        return API(self._conversation, self.draw, token, world=self._world, base=self._base)

    def anonymous(self) -> API:
        """The same client, signed in as nobody."""
        return self.with_token("")

    def at(self, url: str) -> API:
        """The same client, speaking to the server at *url*, signed in as nobody."""
        return API(self._conversation, self.draw, world=self._world, base=url)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = ...,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int | None] | None = None,
    ) -> Answer:
        """Send one request, wait for the whole answer (5 s at most), follow no redirect.

        *json* sets ``Content-Type: application/json``; *body* is sent as it is, without a content type of its own.
        """
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if json is not ...:
            body = _json.dumps(json, ensure_ascii=False).encode()
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        where = path if path.startswith(("http://", "https://")) else self._base + path
        return self._conversation.send(method, where + _query(query), sent, body, world=self._world)

    def get(self, path: str, **options: Any) -> Answer:
        """GET *path*; options as for `request`."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        """POST to *path*; options as for `request`."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Answer:
        """PUT *path*; options as for `request`."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Answer:
        """PATCH *path*; options as for `request`."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        """DELETE *path*; options as for `request`."""
        return self.request("DELETE", path, **options)

    def head(self, path: str, **options: Any) -> Answer:
        """HEAD *path*; options as for `request`."""
        return self.request("HEAD", path, **options)

    def options(self, path: str, **options: Any) -> Answer:
        """OPTIONS *path*; options as for `request`."""
        return self.request("OPTIONS", path, **options)


def race(*calls: Callable[[], Answer], gate: Gate | None = None) -> list[Answer]:
    """The answers of *calls*, which all start at the same instant, each in a thread of its own; in the order of *calls*.

    With a *gate*, their first writes happen at the same instant too: when all have come to it. A call that ends in a
    Mismatch (no answer, say) raises it here.
    """
    barrier = threading.Barrier(len(calls))
    outcomes: list[Answer | BaseException | None] = [None] * len(calls)

    def run(place: int, call: Callable[[], Answer]) -> None:
        barrier.wait()
        try:
            outcomes[place] = call()
        except BaseException as error:  # handed to the caller's thread below
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    with gate or contextlib.nullcontext():
        for thread in threads:
            thread.start()
        if gate:
            gate.wait(lambda: sum(thread.is_alive() for thread in threads))
    for thread in threads:
        thread.join()
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Answer)]


def eventually(call: Callable[[], T], *, seconds: float = 5.0, sentence: str = "This did not come true in time.") -> T:
    """The first true value that *call* returns; after *seconds* the check fails with *sentence*."""
    deadline = time.monotonic() + seconds
    while True:
        if value := call():
            return value
        if time.monotonic() > deadline:
            fail(f"{sentence} We waited {seconds:g} seconds.")
        time.sleep(0.05)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _query(query: Mapping[str, str | int | None] | None) -> str:
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return f"?{urlencode(given)}" if given else ""
