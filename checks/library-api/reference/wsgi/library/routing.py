"""Which handler answers which request, and what every request has to pass before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from . import books, loans, reports, users
from .db import Database
from .errors import forbidden, method_not_allowed, not_acceptable, not_found, not_ready
from .security import Call, user_of
from .settings import Settings
from .validation import path_id
from .wire import Answer, Application, Request, answer

ID = "{id}"


class Who(Enum):
    """Who may use an endpoint at all. Whose records they may see is for the handler to say."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    LIBRARIAN = "librarian"


@dataclass(frozen=True)
class Route:
    """One line of the contract's tables."""

    method: str
    path: tuple[str, ...]
    who: Who
    handler: Callable[[Call], Answer]
    takes_body: bool = False

    def fits(self, path: tuple[str, ...]) -> bool:
        """Whether a path is this route's."""
        return len(path) == len(self.path) and all(
            expected == segment or (expected == ID and segment)
            for expected, segment in zip(self.path, path, strict=True)
        )

    @property
    def answers_with_body(self) -> bool:
        """Whether a success is answered with JSON."""
        return self.method != "DELETE"


def health(call: Call) -> Answer:
    """GET /health: the process runs."""
    return answer(200, {"status": "ok"})


def ready(call: Call) -> Answer:
    """GET /ready: the database answers, too."""
    if not call.db.ping():
        raise not_ready()
    return answer(200, {"status": "ready"})


def _route(method: str, path: str, who: Who, handler: Callable[[Call], Answer], takes_body: bool = False) -> Route:
    """A route, its path written as in the contract."""
    return Route(method, tuple(path[1:].split("/")), who, handler, takes_body)


ROUTES = (
    _route("GET", "/health", Who.ANYBODY, health),
    _route("GET", "/ready", Who.ANYBODY, ready),
    _route("GET", "/books", Who.ANYBODY, books.listing),
    _route("POST", "/books", Who.LIBRARIAN, books.create, takes_body=True),
    _route("GET", "/books/{id}", Who.ANYBODY, books.show),
    _route("PUT", "/books/{id}", Who.LIBRARIAN, books.replace, takes_body=True),
    _route("PATCH", "/books/{id}", Who.LIBRARIAN, books.amend, takes_body=True),
    _route("DELETE", "/books/{id}", Who.LIBRARIAN, books.delete),
    _route("POST", "/auth/register", Who.ANYBODY, users.register, takes_body=True),
    _route("POST", "/auth/login", Who.ANYBODY, users.login, takes_body=True),
    _route("GET", "/users", Who.LIBRARIAN, users.listing),
    _route("GET", "/users/me", Who.SIGNED_IN, users.me),
    _route("GET", "/users/{id}", Who.SIGNED_IN, users.show),
    _route("PATCH", "/users/{id}", Who.SIGNED_IN, users.amend, takes_body=True),
    _route("DELETE", "/users/{id}", Who.SIGNED_IN, users.delete),
    _route("GET", "/loans", Who.SIGNED_IN, loans.listing),
    _route("POST", "/loans", Who.SIGNED_IN, loans.borrow, takes_body=True),
    _route("POST", "/loans/batch", Who.SIGNED_IN, loans.borrow_all, takes_body=True),
    _route("GET", "/loans/{id}", Who.SIGNED_IN, loans.show),
    _route("POST", "/loans/{id}/return", Who.SIGNED_IN, loans.give_back),
    _route("GET", "/reports/most-borrowed", Who.LIBRARIAN, reports.most_borrowed),
    _route("GET", "/reports/overdue", Who.LIBRARIAN, reports.overdue),
    _route("GET", "/reports/authors", Who.LIBRARIAN, reports.authors),
)


def application(db: Database, settings: Settings) -> Application:
    """The whole program as a function from requests to answers."""

    def respond(request: Request) -> Answer:
        route = find(request.method, request.path)
        user = {} if route.who is Who.ANYBODY else user_of(request, db)
        if route.who is Who.LIBRARIAN and user["role"] != "librarian":
            raise forbidden("Only a librarian may do that.")
        if route.answers_with_body and not request.accepts_json():
            raise not_acceptable()
        number = path_id(request.path[route.path.index(ID)]) if ID in route.path else 0
        body = request.json() if route.takes_body else None
        return route.handler(Call(request, db, settings, number, body, user))

    return respond


def find(method: str, path: tuple[str, ...]) -> Route:
    """The route of a request: 404 if nothing has this path, 405 if not with this method."""
    routes = _at(path)
    if not routes:
        raise not_found("path")
    for route in routes:
        if route.method == ("GET" if method == "HEAD" else method):
            return route
    raise method_not_allowed(_methods(routes))


def _at(path: tuple[str, ...]) -> list[Route]:
    """The routes of a path; one that is written out goes before one with an id in its place."""
    exact = [route for route in ROUTES if route.path == path and ID not in route.path]
    return exact or [route for route in ROUTES if route.fits(path)]


def _methods(routes: Iterable[Route]) -> list[str]:
    """The methods of routes, with the HEAD that comes with every GET."""
    methods = [route.method for route in routes]
    return [*methods, "HEAD"] if "GET" in methods else methods
