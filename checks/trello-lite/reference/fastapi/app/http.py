"""HTTP: what the framework leaves open. Bodies, methods, and what the document says of errors."""

import json
import logging
import re
from collections.abc import Callable, Coroutine, Iterable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import (
    ApiError,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
    error_answer,
)
from app.schemas import ErrorOut

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

JSON = "application/json"

logger = logging.getLogger(__name__)


class ApiRoute(APIRoute):
    """A route that reads bodies strictly and lets no exception out."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        media_type = self.body_field.field_info.media_type if self.body_field else None  # type: ignore[attr-defined]

        async def answer(request: Request) -> Response:
            try:
                if media_type:
                    request = await _read_body(request, media_type)
                return await handle(request)
            except (ApiError, RequestValidationError, HTTPException):
                raise
            except Exception:
                logger.exception("%s %s failed", request.method, request.url.path)
                return error_answer(ApiError())

        return answer


class JsonRequest(Request):
    """A request whose body is JSON as RFC 8259 defines it: UTF-8, and no NaN."""

    async def json(self) -> Any:
        try:
            return json.loads((await self.body()).decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise MalformedJson from error


class PathGuard:
    """Answers 404 and 405 before the router does, whose Allow names the methods of one route only."""

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter]) -> None:
        self.app = app
        self.methods: dict[re.Pattern[str], set[str]] = {}
        for route in (route for router in routers for route in router.routes):
            self.methods.setdefault(route.path_regex, set()).update(route.methods)  # type: ignore[attr-defined]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        app = error_answer(refusal) if refusal else self.app
        await app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ApiError | None:
        for pattern, methods in self.methods.items():
            if pattern.fullmatch(scope["path"]):
                if scope["method"] in methods:
                    return None
                return MethodNotAllowed(headers={"Allow": ", ".join(sorted(methods))})
        return NotFound("There is no such path.")


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the API document says of these statuses of an endpoint: they have the body of errors."""
    return {
        status: {"model": ErrorOut, "description": HTTPStatus(status).phrase}
        for status in statuses
    }


async def _read_body(request: Request, expected: str) -> Request:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != expected:
        raise UnsupportedMediaType(expected)
    if expected == JSON:
        request = JsonRequest(request.scope, request.receive)
        await request.json()
    return request


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
