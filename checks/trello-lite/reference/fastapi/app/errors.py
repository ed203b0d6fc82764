"""Errors: one exception for each refusal, and one shape for all of them on the wire."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

Detail = dict[str, str]


class ApiError(Exception):
    """A request that is answered with an error."""

    status = 500
    code = "internal_error"
    message = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or self.message
        self.details = details
        self.headers = headers
        super().__init__(self.message)


class MalformedJson(ApiError):
    status = 400
    code = "malformed_json"
    message = "The body is not JSON."


class Unauthorized(ApiError):
    status = 401
    code = "unauthorized"
    message = "Sign in first: this needs a valid access token."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(ApiError):
    status = 403
    code = "forbidden"
    message = "Your role does not allow that."


class NotFound(ApiError):
    status = 404
    code = "not_found"
    message = "There is no such thing here."


class MethodNotAllowed(ApiError):
    status = 405
    code = "method_not_allowed"
    message = "This path does not know that method."


class Conflict(ApiError):
    status = 409

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        super().__init__(message or f"Not in the present state: {code.replace('_', ' ')}.")


class VersionMismatch(ApiError):
    status = 412
    code = "version_mismatch"
    message = "Somebody has changed it since you read it. Read it again."


class UnsupportedMediaType(ApiError):
    status = 415
    code = "unsupported_media_type"

    def __init__(self, expected: str) -> None:
        super().__init__(f"Send the body with Content-Type: {expected}.")


class ValidationFailed(ApiError):
    status = 422
    code = "validation_failed"
    message = "The request breaks the rules named in the details."

    @classmethod
    def of(cls, field: str, message: str) -> "ValidationFailed":
        return cls(details=[{"field": field, "message": message}])


class NotReady(ApiError):
    status = 503
    code = "not_ready"
    message = "The database does not answer."


def error_answer(error: ApiError) -> JSONResponse:
    """The answer for an error, in the one shape that all errors have."""
    body = {"code": error.code, "message": error.message, "details": list(error.details)}
    return JSONResponse({"error": body}, error.status, error.headers)


def install_handlers(app: FastAPI) -> None:
    """Make *app* answer every error that its code, or the framework, raises in our shape."""
    app.add_exception_handler(ApiError, _answer_api_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(Exception, _answer_unforeseen)


async def _answer_api_error(_: Request, error: Any) -> JSONResponse:
    return error_answer(error)


async def _answer_validation_error(_: Request, error: Any) -> JSONResponse:
    return error_answer(ValidationFailed(details=[_detail(each) for each in error.errors()]))


async def _answer_http_exception(_: Request, error: Any) -> JSONResponse:
    """What the framework itself refuses, before any code of ours runs."""
    for known in (MalformedJson, NotFound, MethodNotAllowed):
        if known.status == error.status_code:
            return error_answer(known(headers=error.headers))
    return error_answer(ApiError())


async def _answer_unforeseen(_: Request, __: Any) -> JSONResponse:
    return error_answer(ApiError())


def _detail(error: dict[str, Any]) -> Detail:
    """Name the field: ``("body", "title")`` is title, ``("body",)`` is the body as a whole."""
    source, *names = error["loc"]
    field = names[0] if names else source
    return {"field": str(field), "message": error["msg"].removeprefix("Value error, ")}
