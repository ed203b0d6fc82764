"""HTTP: what the framework leaves open (CONTRACT §2)."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer

from board.errors import (
    Invalid,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    Refusal,
    Unauthorized,
    UnsupportedMediaType,
    VersionMismatch,
)
from board.fields import number_of
from board.models import User
from board.services import users

LOG = logging.getLogger("board")
View = Callable[..., HttpResponse]


class Bearer(HttpBearer):
    """Who is asking: `request.auth` is the user."""

    def __call__(self, request: HttpRequest) -> User | None:
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        return self.authenticate(request, token.strip()) if scheme.lower() == "bearer" else None

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return users.of_access_token(token)


class StrictParser(Parser):
    """Bodies: JSON that is called JSON, in UTF-8."""

    def parse_body(self, request: HttpRequest) -> Any:
        if media_type(request) != "application/json":
            raise UnsupportedMediaType
        try:
            return json.loads(request.body.decode("utf-8"), parse_int=number_of, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise MalformedJson from None


def media_type(request: HttpRequest) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python takes and JSON does not know."""
    raise ValueError(name)


def takes_a_form(run: View) -> View:
    """A decorator of ninja's operations: the body is a form, and says so."""

    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if media_type(request) != "application/x-www-form-urlencoded":
            return refusal(UnsupportedMediaType("The body must be sent as application/x-www-form-urlencoded."))
        return run(request, *args, **kwargs)

    return checked


# Errors


def refusal(error: Refusal) -> HttpResponse:
    return JsonResponse(error.body(), status=error.status, headers=dict(error.headers))


def register_errors(api: NinjaAPI) -> None:
    """Whatever an endpoint or ninja itself raises becomes an answer of our form."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
        return refusal(error)

    @api.exception_handler(AuthenticationError)
    def unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return refusal(Unauthorized())

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        """What the parser of bodies raised; ninja wraps it."""
        cause = error.__cause__
        return refusal(cause if isinstance(cause, Refusal) else MalformedJson())

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        if any(detail["loc"] == ("body", "body") and detail["type"] == "missing" for detail in error.errors):
            # ninja asks no parser about an empty body.
            empty = media_type(request) in ("", "application/json")
            return refusal(MalformedJson("The body is empty.") if empty else UnsupportedMediaType())
        return refusal(Invalid(*map(_detail, error.errors)))

    @api.exception_handler(Exception)
    def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
        LOG.error("%s %s", request.method, request.path, exc_info=error)
        return refusal(Refusal())


def _detail(error: dict[str, Any]) -> tuple[str, str]:
    """Field and message. A place is ("query", "limit") or ("body", "body", "labels", 3); endpoints call a body `body`."""
    _, *names = error["loc"]
    if names[0] in ("body", "form", "query") and len(names) > 1:
        names = names[1:]
    return str(names[0]), error["msg"].removeprefix("Value error, ")


def one_form_of_errors(get_response: View) -> View:
    """Middleware: what did not come from an endpoint (404, 405, 500 and others of Django's) gets our form, too."""

    def answered(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        if answer.status_code >= 400 and not answer.headers["Content-Type"].startswith("application/json"):
            answer = _in_our_form(answer)
        if answer.status_code == 204:
            del answer.headers["Content-Type"]
        else:
            answer.headers["Content-Length"] = str(len(answer.content))
        return answer

    return answered


def _in_our_form(answer: HttpResponse) -> HttpResponse:
    by_status = {400: MalformedJson("The request cannot be read."), 404: NotFound(), 405: MethodNotAllowed()}
    ours = refusal(by_status.get(answer.status_code, Refusal()))
    if "Allow" in answer.headers:
        ours.headers["Allow"] = ", ".join(sorted(answer.headers["Allow"].split(", ")))
    return ours


# Versions

TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*(?:,|$)')


def demand(version: int, if_match: str | None) -> None:
    """Raise 412 if `If-Match` names versions, and not this one (RFC 9110 §13.1.1)."""
    if if_match is None or if_match.strip() == "*":
        return
    if str(version) not in _strong_tags(if_match):
        raise VersionMismatch


def _strong_tags(if_match: str) -> Iterator[str]:
    """The tags of the list that are not weak: a weak one never matches here (§8.8.3.2)."""
    place = 0
    while match := TAG.match(if_match, place):
        if not match[1]:
            yield match[2]
        place = match.end()
        if place == len(if_match):
            return
