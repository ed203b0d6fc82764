"""Errors: one exception for each refusal, and one form for all of them on the wire (CONTRACT §2)."""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """What a request is refused with."""

    status = 500
    code = "internal_error"
    message = "Something went wrong on the server."
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": str(self)}}


class MalformedJson(Refusal):
    status, code, message = 400, "malformed_json", "The body is not JSON in UTF-8."


class Unauthorized(Refusal):
    status, code, message = 401, "unauthorized", "Sign in: a valid access token is needed."
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="board"'}


class Forbidden(Refusal):
    status, code, message = 403, "forbidden", "Your role in this project does not allow that."


class NotFound(Refusal):
    status, code, message = 404, "not_found", "There is no such thing, or it is none of yours."


class MethodNotAllowed(Refusal):
    status, code, message = 405, "method_not_allowed", "This path does not know that method."


class Conflict(Refusal):
    status = 409

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class VersionMismatch(Refusal):
    status, code, message = 412, "version_mismatch", "The task has changed since you read it."


class UnsupportedMediaType(Refusal):
    status, code, message = 415, "unsupported_media_type", "The body must be sent as application/json."


class Invalid(Refusal):
    """422. Each detail is a field and what is wrong with it."""

    status, code = 422, "validation_failed"

    def __init__(self, *details: tuple[str, str]) -> None:
        super().__init__(
            "One thing in this request is not right." if len(details) == 1 else f"{len(details)} things are not right."
        )
        self.details = details

    def body(self) -> dict[str, Any]:
        error = super().body()["error"]
        return {"error": {**error, "details": [{"field": field, "message": text} for field, text in self.details]}}


class NotReady(Refusal):
    status, code, message = 503, "not_ready", "The database does not answer."
