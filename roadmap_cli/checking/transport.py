"""The one bounded HTTP client: an exchange that really ends.

httpx's timeouts bound single reads, not an exchange: one byte every half second outlives them for ever, and 400 KB of gzip
become 400 MB. Here one deadline covers connecting, headers, 1xx and body; bytes are capped on the wire and after
inflating; no redirect is followed, no proxy or netrc read, no encoding asked for.
"""

from __future__ import annotations

import asyncio
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

MAX_BODY = 2 << 20
MAX_INFLATED = 8 << 20
MAX_HEADERS = 64 << 10
SECONDS = 5.0
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


class Transport:
    """Sends requests from any thread; an event loop in a thread of its own does the waiting."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="transport").start()
        # No keep-alive: a server that closes an idle connection at the wrong moment would look like a fault of its.
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=False,  # noqa: S501  # loopback HTTP only; saves building a TLS context
            follow_redirects=False,
            timeout=None,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            headers={"Accept-Encoding": "identity", "User-Agent": "Mozilla/5.0"},
        )
        # A default Accept would hide what a request without one gets.
        del self._client.headers["Accept"]

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, seconds: float = SECONDS
    ) -> Raw:
        """The answer; NoAnswer if none came within *seconds*, whole and within the caps."""
        exchange = self._bounded(method, url, headers, body, seconds)
        return asyncio.run_coroutine_threadsafe(exchange, self._loop).result()

    def close(self) -> None:
        """Close what is open and end the thread."""
        asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _bounded(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Raw:
        progress = _Progress()
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(method, url, headers, body, progress)
        except TimeoutError:
            raise NoAnswer(progress.too_late(seconds)) from None
        except httpx.ConnectError:
            raise NoAnswer("Your server does not accept connections any more.") from None
        except (httpx.RemoteProtocolError, httpx.LocalProtocolError) as error:
            raise NoAnswer(progress.not_http(str(error))) from None
        except httpx.HTTPError as error:
            raise NoAnswer(progress.cut_off(type(error).__name__)) from None
        except zlib.error:
            raise NoAnswer(_NOT_GZIP) from None
        except httpx.InvalidURL as error:
            raise NoAnswer(f"That is not a URL: {error}") from None

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, progress: _Progress
    ) -> Raw:
        begun = time.perf_counter()
        request = self._client.build_request(method, url, headers=dict(headers), content=body)
        response = await self._client.send(request, stream=True)
        try:
            progress.status = response.status_code
            content = await _read(response, progress)
        finally:
            await response.aclose()
        pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
        return Raw(response.status_code, pairs, content, (time.perf_counter() - begun) * 1000)


@dataclass
class _Progress:
    """How far an exchange got, so that its end can be told in words."""

    status: int | None = None
    received: int = 0

    def too_late(self, seconds: float) -> str:
        if self.status is None:
            return f"Your server accepted the request but did not answer within {seconds:g} seconds."
        return f"Your server began to answer ({self.status}) but had not finished after {seconds:g} seconds; {self.received} bytes of the body had come."

    def not_http(self, detail: str) -> str:
        if "without sending a response" in detail:
            return "Your server closed the connection without an answer."
        if self.status is not None:
            return f"Your server broke off in the middle of its answer ({self.status}): {detail}."
        return f"What your server sent is not HTTP: {detail}."

    def cut_off(self, detail: str) -> str:
        where = "in the middle of its answer" if self.status is not None else "without an answer"
        return f"Your server closed the connection {where} ({detail})."


async def _read(response: httpx.Response, progress: _Progress) -> bytes:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise NoAnswer(f"The answer is encoded as {encoding}, though we accept only identity.")
    inflate = zlib.decompressobj(31) if encoding == "gzip" else None
    content = bytearray()
    async for chunk in response.aiter_raw():
        progress.received += len(chunk)
        if progress.received > MAX_BODY:
            raise NoAnswer(f"The body is larger than {MAX_BODY >> 20} MiB; no answer of this project is.")
        content += inflate.decompress(chunk, MAX_INFLATED - len(content) + 1) if inflate else chunk
        if len(content) > MAX_INFLATED:
            raise NoAnswer(f"The body unpacks to more than {MAX_INFLATED >> 20} MiB.")
    if inflate and progress.received and not inflate.eof:
        raise NoAnswer(_NOT_GZIP)
    return bytes(content)
