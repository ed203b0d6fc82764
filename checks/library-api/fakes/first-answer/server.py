"""Knows one book and one user by heart."""

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
        """The answers of the contract's examples, with the right statuses."""
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
        user = {
            "id": 1,
            "email": "ada@example.com",
            "name": "Ada",
            "role": "member",
            "created_at": "2026-01-01T00:00:00Z",
        }
        loan = {
            "id": 1,
            "book_id": 1,
            "user_id": 1,
            "book": {"id": 1, "title": "Dune"},
            "borrowed_at": "2026-01-01T00:00:00Z",
            "due_at": "2026-01-15T00:00:00Z",
            "returned_at": None,
            "overdue": False,
        }
        known = {"books": book, "users": user, "loans": loan, "auth": user}
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts == ["health"]:
            return self.reply(200, {"status": "ok"})
        if parts == ["auth", "login"]:
            return self.reply(200, {"access_token": "token", "token_type": "bearer", "expires_in": 3600})
        if parts[0] not in known:
            return self.reply(404, {"error": {"code": "not_found", "message": "There is nothing here."}})
        document = known[parts[0]]
        if self.command == "POST":
            return self.reply(201, document, Location=f"/{parts[0]}/1")
        if self.command == "DELETE":
            return self.reply(204, None)
        if len(parts) == 1:
            return self.reply(200, {"items": [document], "total": 1, "limit": 20, "offset": 0})
        return self.reply(200, document, ETag='"1"')

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Fake).serve_forever()
