"""A server that answers every request the same way: ``python always.py STATUS BODY``, on HOST and PORT.

Tests that pass on such servers, whatever these answer, have asserted nothing.
"""

from __future__ import annotations

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MOST_BODY = 8 << 20


class Always(BaseHTTPRequestHandler):
    """Reads a request, and gives the one answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30.0
    status = 200
    body = b""

    def __getattr__(self, name: str) -> object:
        """Every method is answered, those too that nobody has heard of."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        """The one answer; a body that is sent with the request is read and thrown away."""
        length = self.headers.get("Content-Length", "0")
        if length.isascii() and length.isdigit() and int(length) <= MOST_BODY:
            self.rfile.read(int(length))
        else:
            self.close_connection = True
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up: that is their business."""


def main() -> None:
    """Serve until somebody ends us."""
    Always.status, Always.body = int(sys.argv[1]), sys.argv[2].encode()
    _Server((os.environ["HOST"], int(os.environ["PORT"])), Always).serve_forever()


if __name__ == "__main__":
    main()
