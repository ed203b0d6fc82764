"""An exchange that really ends, whatever the other side does."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from roadmap_cli.checking.transport import NoAnswer, send

Behaviour = Callable[[socket.socket], None]


@contextmanager
def server(behaviour: Behaviour) -> Iterator[str]:
    """A TCP server that reads a request's head and then does what it likes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(peer,), daemon=True).start()

    def one(peer: socket.socket) -> None:
        with peer:
            peer.recv(65536)
            with suppress(OSError):
                behaviour(peer)

    threading.Thread(target=serve, daemon=True).start()
    with closing(listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def ask(url: str, *, seconds: float = 0.6) -> tuple[int, bytes]:
    raw = send("GET", url, {}, None, seconds=seconds)
    return raw.status, raw.body


def say(*parts: bytes) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        for part in parts:
            peer.sendall(part)

    return behave


def for_ever(part: bytes, *, head: bytes = b"", pause: float = 0.05) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        peer.sendall(head)
        while True:
            peer.sendall(part)
            time.sleep(pause)

    return behave


OK = b"HTTP/1.1 200 OK\r\n"
bomb = gzip.compress(b"\0" * (64 << 20))


def test_a_whole_answer_comes_back_as_it_was_sent() -> None:
    """Status and bytes, untouched."""
    with server(say(OK + b"Content-Length: 2\r\n\r\nhi")) as url:
        assert (200, b"hi") == ask(url)


def test_a_redirect_is_an_answer() -> None:
    """It is not followed."""
    with server(say(b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n")) as url:
        assert (302, b"") == ask(url)


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (lambda peer: time.sleep(3), "did not answer within"),
        (for_ever(b"H", pause=0.2), "did not answer within"),
        (for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"), "did not answer within"),
        (for_ever(b"X-A: b\r\n", head=OK), "did not answer within"),
        (for_ever(b"1\r\na\r\n", head=OK + b"Transfer-Encoding: chunked\r\n\r\n"), "began to answer (200)"),
        (for_ever(b"a", head=OK + b"Content-Length: 99999\r\n\r\n"), "began to answer (200)"),
        (for_ever(b"a" * 65536, head=OK + b"\r\n", pause=0), "larger than 2 MiB"),
        (say(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb), "unpacks to more"),
        (say(OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"), "encoded as br"),
        (say(OK + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"), "cannot be unpacked"),
        (say(b"hello, who is there?\r\n\r\n"), "is not HTTP"),
        (say(), "closed the connection without an answer"),
        (say(OK + b"Content-Length: 10\r\n\r\nhi"), "broke off in the middle"),
    ],
)
def test_whatever_is_no_answer_ends_in_words(behaviour: Behaviour, words: str) -> None:
    """Slow, endless, huge, inflated, encoded, cut off or not HTTP: each has its sentence, and each ends."""
    with server(behaviour) as url, pytest.raises(NoAnswer) as caught:
        ask(url)

    assert words in str(caught.value)


def test_nobody_there_is_said() -> None:
    """A port without a server."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NoAnswer, match="does not accept connections"):
        ask(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/", {"Authorization": "Bearer t\u00f6k\u0142n"}),
        ("/", {"Authorization": "Bearer to\nken"}),
        ("/", {"Authorization": "Bearer to\0ken"}),
        ("/a b", {}),
        ("/\u0142", {}),
    ],
)
def test_what_cannot_be_sent_is_said(url: str, headers: dict[str, str]) -> None:
    """A server may give us a token, or a Location, that no request can carry: its fault, in words, never ours."""
    with server(say(OK + b"Content-Length: 0\r\n\r\n")) as base, pytest.raises(NoAnswer) as caught:
        send("GET", base.rstrip("/") + url, headers, None, seconds=0.6)

    assert "cannot be sent back" in str(caught.value)
