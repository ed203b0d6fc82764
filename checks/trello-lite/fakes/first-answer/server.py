"""Knows one user, one project and one task by heart."""

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
        user = {"id": 1, "email": "ada@example.com", "name": "Ada", "created_at": "2026-01-01T00:00:00Z"}
        pair = {"access_token": "a.b.c", "refresh_token": "x" * 43, "token_type": "bearer", "expires_in": 900}
        project = {
            "id": 1,
            "name": "Moving house",
            "description": "",
            "role": "owner",
            "owner_id": 1,
            "created_at": "2026-01-01T00:00:00Z",
        }
        column = {"id": 1, "project_id": 1, "name": "Doing", "position": 0}
        task = {
            "id": 1,
            "project_id": 1,
            "column_id": 1,
            "position": 0,
            "title": "Order boxes",
            "description": "",
            "priority": "normal",
            "due_at": None,
            "labels": ["kitchen"],
            "assignee_ids": [1],
            "created_by": 1,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "version": 1,
        }
        invitation = {
            "id": 1,
            "project_id": 1,
            "project_name": "Moving house",
            "email": "ada@example.com",
            "role": "member",
            "created_at": "2026-01-01T00:00:00Z",
        }
        known = {
            "users": user,
            "register": user,
            "token": pair,
            "refresh": pair,
            "projects": project,
            "columns": column,
            "tasks": task,
            "invitations": invitation,
            "accept": project,
            "transfer": project,
            "move": task,
        }
        parts = [part for part in self.path.split("?")[0].split("/") if part and not part.isdecimal()]
        name = parts[-1] if parts else ""
        if parts == ["health"]:
            return self.reply(200, {"status": "ok"})
        if parts == ["ready"]:
            return self.reply(200, {"status": "ready"})
        if parts[:2] == ["users", "me"]:
            name = "users"
        if name not in known:
            return self.reply(404, {"error": {"code": "not_found", "message": "There is nothing here."}})
        document = known[name]
        if self.command == "POST" and name not in ("token", "refresh", "accept", "transfer", "move"):
            return self.reply(201, document, Location=f"/{name}/1", ETag='"1"')
        if self.command == "DELETE":
            return self.reply(204, None)
        if self.command == "GET" and self.path.split("?")[0].endswith(name) and name != "users":
            return self.reply(200, {"items": [document], "total": 1, "limit": 20, "offset": 0, "next_cursor": None})
        return self.reply(200, document, ETag='"1"')

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Fake).serve_forever()
