"""A server that writes down every request byte for byte, and answers what it is told to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The header's value, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Answered:
    """What to answer: a status, JSON, further headers."""

    status: int = 200
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Recorder:
    """The server: where it is, and what it has seen, oldest first."""

    url: str
    seen: list[Seen] = field(default_factory=list)


Answer = Callable[[Seen], Answered]


@contextmanager
def recording(answer: Answer = lambda seen: Answered()) -> Iterator[Recorder]:
    """A recorder on a free port, as long as it is needed."""
    listener = socket.create_server(("127.0.0.1", 0))
    recorder = Recorder(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    thread = threading.Thread(target=_accept, args=(listener, recorder, answer), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _accept(listener: socket.socket, recorder: Recorder, answer: Answer) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        with peer:
            peer.settimeout(5.0)
            try:
                _serve(peer, recorder, answer)
            except OSError:
                continue  # it looked whether anybody listens, and went away


def _serve(peer: socket.socket, recorder: Recorder, answer: Answer) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = peer.recv(65536)
        if not chunk:
            return
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    if any(name.lower() == "expect" for name, _ in headers):
        peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while len(body) < length:
        body += peer.recv(65536)
    seen = Seen(method, target, headers, body)
    recorder.seen.append(seen)
    _say(peer, answer(seen), method)


def _say(peer: socket.socket, answered: Answered, method: str) -> None:
    content = b"" if answered.json is None else json.dumps(answered.json).encode()
    lines = [f"HTTP/1.1 {answered.status} Said", f"Content-Length: {len(content)}", "Connection: close"]
    lines += ["Content-Type: application/json"] if content else []
    lines += [f"{name}: {value}" for name, value in answered.headers.items()]
    peer.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else content))
