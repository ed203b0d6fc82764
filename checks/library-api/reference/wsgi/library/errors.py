"""The errors that a client gets to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class ApiError(Exception):
    """A refusal, with all that its answer needs."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = list(details)
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The error as the body of an answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = [{"field": field, "message": text} for field, text in self.details]
        return {"error": error}


def bad_request(message: str) -> ApiError:
    """400: what was sent cannot be read."""
    return ApiError(400, "malformed_json", message)


def unauthorized(message: str = "A valid access token is needed.") -> ApiError:
    """401: nobody knows who is asking."""
    return ApiError(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def forbidden(message: str = "You may not do that.") -> ApiError:
    """403: this user may not do that."""
    return ApiError(403, "forbidden", message)


def not_found(what: str) -> ApiError:
    """404: there is no such thing."""
    return ApiError(404, "not_found", f"There is no such {what}.")


def method_not_allowed(allowed: Iterable[str]) -> ApiError:
    """405: the path exists, but not with this method."""
    allow = ", ".join(allowed)
    message = f"This path takes only {allow}."
    return ApiError(405, "method_not_allowed", message, headers={"Allow": allow})


def not_acceptable() -> ApiError:
    """406: the client does not take JSON."""
    return ApiError(406, "not_acceptable", "Answers are given as application/json only.")


def conflict(code: str, message: str) -> ApiError:
    """409: fine in itself, but not in the present state."""
    return ApiError(409, code, message)


def unsupported_media_type() -> ApiError:
    """415: the body does not claim to be JSON."""
    message = "The body must be sent with Content-Type: application/json."
    return ApiError(415, "unsupported_media_type", message)


def invalid(details: Iterable[tuple[str, str]]) -> ApiError:
    """422: these fields or parameters break a rule."""
    return ApiError(422, "validation_failed", "The request breaks a rule.", details)


def internal() -> ApiError:
    """500: something unforeseen, of which nothing is told."""
    return ApiError(500, "internal_error", "Something went wrong on the server.")


def not_ready() -> ApiError:
    """503: the database does not answer."""
    return ApiError(503, "not_ready", "The database does not answer.")
