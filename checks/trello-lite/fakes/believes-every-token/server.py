"""Issues tokens that nobody signs, and believes every token."""

import base64
import binascii
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


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
        """Whoever a token names is whoever asks."""
        sent, path = self.sent(), self.path.split("?")[0]
        if path == "/health":
            return self.reply(200, {"status": "ok"})
        self.user = next((each for each in USERS.values() if str(each["id"]) == self.claimed()), None)
        return self.found(path, sent)

    def claimed(self) -> str:
        """The `sub` of the token that came along."""
        parts = self.headers.get("Authorization", "").split(" ")[-1].split(".")
        try:
            return str(json.loads(base64.urlsafe_b64decode(parts[1] + "==")).get("sub"))
        except (IndexError, ValueError, AttributeError, binascii.Error):
            return ""

    def login(self, document: dict[str, str]) -> None:
        """Tokens for whoever is known; the password is not asked for."""
        user = USERS.get(str(document.get("username")).lower())
        if not user:
            return self.refuse(401, "unauthorized")
        token = ".".join(_part(each) for each in ({"alg": "none"}, {"sub": str(user["id"]), "iat": 1, "exp": 901}))
        pair = {
            "access_token": f"{token}.",
            "refresh_token": f"{token}.refresh",
            "token_type": "bearer",
            "expires_in": 900,
        }
        return self.reply(200, pair)

    def found(self, path: str, sent: bytes) -> None:
        """Accounts and projects, as far as they are asked for at all."""
        try:
            document = dict(parse_qsl(sent.decode())) if path == "/auth/token" else json.loads(sent or b"{}")
        except ValueError:
            return self.refuse(400, "malformed_json")
        if not isinstance(document, dict):
            return self.refuse(422, "validation_failed")
        match self.command, path:
            case "POST", "/auth/register":
                return self.reply(201, self.registered(document))
            case "POST", "/auth/token":
                return self.login(document)
            case "GET", "/users/me":
                return self.reply(200, self.user) if self.user else self.refuse(401, "unauthorized")
            case "POST", "/projects":
                return self.begin(document)
            case "GET", "/projects":
                mine = [each for each in PROJECTS if self.user and each["owner_id"] == self.user["id"]]
                return self.reply(200, {"items": mine[:20], "total": len(mine), "limit": 20, "offset": 0})
        return self.refuse(404, "not_found")

    def registered(self, document: dict[str, str]) -> dict[str, object]:
        """A new account, or the one that has this address."""
        email = str(document.get("email")).lower()
        user = {
            "id": len(USERS) + 1,
            "email": email,
            "name": document.get("name"),
            "created_at": "2026-01-01T00:00:00Z",
        }
        PASSWORDS.setdefault(email, document.get("password"))
        return USERS.setdefault(email, user)

    def begin(self, document: dict[str, str]) -> None:
        """A new project of whoever asks."""
        if not self.user:
            return self.refuse(401, "unauthorized")
        number = len(PROJECTS) + 1
        project = {"id": number, "name": document.get("name"), "description": document.get("description", "")}
        PROJECTS.append(project | {"role": "owner", "owner_id": self.user["id"], "created_at": "2026-01-01T00:00:00Z"})
        return self.reply(201, PROJECTS[-1], Location=f"/projects/{number}")

    def refuse(self, status: int, code: str) -> None:
        """An error."""
        body = {"code": code, "message": "No.", "details": [{"field": "body", "message": "No."}]}
        self.reply(status, {"error": body}, WWW_Authenticate="Bearer")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer


USERS: dict[str, dict[str, object]] = {}
PASSWORDS: dict[str, object] = {}
PROJECTS: list[dict[str, object]] = []


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


if __name__ == "__main__":
    address = (os.environ["HOST"], int(os.environ["PORT"]))
    ThreadingHTTPServer(address, Fake).serve_forever()
