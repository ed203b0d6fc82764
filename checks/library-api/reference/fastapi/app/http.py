"""HTTP: what the framework leaves open. Bodies, methods, Accept, conditional requests."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import (
    ApiError,
    MalformedJson,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    UnsupportedMediaType,
    error_answer,
)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

ACCEPTABLE = {"application/json", "application/*", "*/*"}
ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')

logger = logging.getLogger(__name__)


class ApiRoute(APIRoute):
    """A route that reads bodies strictly and lets no exception out."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        needs_body = self.body_field is not None

        async def answer(request: Request) -> Response:
            try:
                if needs_body:
                    request = await _read_json(request)
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
    """Answers 404 and 405 before the router does, whose Allow names the methods of one route only.

    A path belongs to the first pattern that matches it, so ``/users/me`` is not a ``/users/{id}``.
    """

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


async def accepts_json(request: Request) -> None:
    """Refuse a request that cannot take JSON. A DELETE has no body that could be refused."""
    values = request.headers.getlist("accept")
    if not values or request.method == "DELETE":
        return
    ranges = {each.partition(";")[0].strip().lower() for each in ",".join(values).split(",")}
    if not ranges & ACCEPTABLE:
        raise NotAcceptable


def conditional_answer(request: Request, content: BaseModel) -> Response:
    """Answer 200 with *content* and its ETag, or 304 if the client has it (RFC 9110 §13.1.2)."""
    body = content.model_dump_json()
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    if _has(request, etag):
        return Response(status_code=304, headers={"ETag": etag})
    return Response(body, media_type="application/json", headers={"ETag": etag})


def _has(request: Request, etag: str) -> bool:
    known = ",".join(request.headers.getlist("if-none-match"))
    return known.strip() == "*" or etag in ENTITY_TAG.findall(known)


async def _read_json(request: Request) -> Request:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType
    request = JsonRequest(request.scope, request.receive)
    await request.json()
    return request


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
