"""Validates, answers politely, keeps nothing."""

import json
import os
import re
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
        """201 for what looks right, 404 for everything that should have been kept."""
        sent, path = self.sent(), self.path.split("?")[0]
        if path == "/health":
            return self.reply(200, {"status": "ok"})
        if path == "/auth/register" and self.command == "POST":
            return self.add(sent, "email", "name", "password")
        if path == "/auth/token" and self.command == "POST":
            pair = {"access_token": "a.b.c", "refresh_token": "x" * 43, "token_type": "bearer", "expires_in": 900}
            return self.reply(200, pair)
        if path == "/projects" and self.command == "POST":
            return self.add(sent, "name")
        if path in ("/projects", "/invitations") and self.command == "GET":
            return self.reply(200, {"items": [], "total": 0, "limit": 20, "offset": 0})
        if path == "/tasks" and self.command == "GET":
            return self.reply(200, {"items": [], "next_cursor": None})
        match = re.fullmatch(r"/(project|task|column|comment)s/([^/]*)", path)
        if match and not match[2].isdecimal():
            return self.invalid(f"{match[1]}_id")
        return self.reply(404, {"error": {"code": "not_found", "message": "There is nothing here."}})

    def add(self, sent: bytes, *fields: str) -> None:
        """Look at something and forget it."""
        try:
            document = json.loads(sent)
        except ValueError:
            return self.reply(400, {"error": {"code": "malformed_json", "message": "That is not JSON."}})
        if not isinstance(document, dict):
            return self.invalid("body")
        if missing := [name for name in fields if name not in document]:
            return self.invalid(*missing)
        number = abs(hash(sent)) % 10**6 + 1
        kept = {name: value for name, value in document.items() if name != "password"}
        self.reply(201, kept | {"id": number}, Location=f"{self.path}/{number}")

    def invalid(self, *fields: str) -> None:
        """422 that names the fields."""
        details = [{"field": field, "message": "is not right"} for field in fields]
        self.reply(422, {"error": {"code": "validation_failed", "message": "Not right.", "details": details}})

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Fake).serve_forever()
