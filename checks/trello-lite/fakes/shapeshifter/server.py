"""Answers with JSON of random shape: no check may break on it."""

import json
import os
import random
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
        """A status and a body that mean nothing; the names are the ones that checks look for."""
        self.sent()
        if self.path == "/health":
            return self.reply(200, {"status": "ok"})
        status = random.choice([200, 200, 201, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 415, 422, 500])
        return self.reply(
            status, shape(4), Location=random.choice(["", "/", "nowhere", "http://[", "/tasks/x"]), ETag="?"
        )

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer


NAMES = [
    "id",
    "email",
    "name",
    "created_at",
    "access_token",
    "refresh_token",
    "token_type",
    "expires_in",
    "description",
    "role",
    "owner_id",
    "user_id",
    "joined_at",
    "project_id",
    "project_name",
    "column_id",
    "position",
    "title",
    "priority",
    "due_at",
    "labels",
    "assignee_ids",
    "created_by",
    "updated_at",
    "version",
    "task_id",
    "author_id",
    "text",
    "edited_at",
    "at",
    "action",
    "changes",
    "from",
    "to",
    "label",
    "task_count",
    "items",
    "total",
    "limit",
    "offset",
    "next_cursor",
    "error",
    "code",
    "message",
    "details",
    "field",
    "openapi",
    "info",
    "paths",
    "components",
]


def shape(depth: int) -> object:
    """Something that JSON can say."""
    if depth and random.random() < 0.6:
        return {name: shape(depth - 1) for name in NAMES if random.random() < 0.7}
    if depth and random.random() < 0.5:
        return [shape(depth - 1) for _ in range(random.randrange(4))]
    return random.choice(
        [None, True, False, 0, -1, 1.5, 10**30, "", "7", "a\x00b", "\u202e", "2026-01-01T00:00:00Z", [], {}]
    )


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Fake).serve_forever()
