"""The words of the library that its checks share: books, members, loans and the error body of CONTRACT.md §2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from roadmap_cli.checking import API, Answer, Draw, Gate, blocked_by

NOT_BUILT = (404, 405, 501)


@dataclass(frozen=True)
class Member:
    """Somebody with an account: *api* speaks with their token."""

    api: API
    id: int
    email: str
    password: str
    name: str


# What fixtures give to checks: a registration at each call, and the rounds of a race.
Newcomer = Callable[[], Member]
Rounds = tuple[Gate | None, ...]


def a_book(draw: Draw, **fields: Any) -> dict[str, Any]:
    """The body of a POST /books that nothing is wrong with; *fields* replace some of it."""
    return {
        "title": draw.title(),
        "author": draw.name(),
        "isbn": draw.isbn13(),
        "published_year": draw.integer(1450, 2020),
        "copies_total": draw.integer(1, 9),
    } | fields


def add_book(librarian: API, **fields: Any) -> Answer:
    """Post a book as part of a world; the answer is the book."""
    answer = librarian.post("/books", json=a_book(librarian.draw, **fields))
    if answer.status != 201:
        blocked_by("http.created", "A book could not be added for this check.", answer=answer)
    return answer


def log_in(api: API, email: str, password: str) -> str:
    """The access token of an account, as part of a world."""
    answer = api.anonymous().post("/auth/login", json={"email": email, "password": password})
    if answer.status != 200 or "access_token" not in answer.json:
        blocked_by("users.login", "Logging in failed, so this could not be judged.", answer=answer)
    return answer["access_token"].text


def sign_up(api: API) -> Member:
    """A new member, registered and logged in, as part of a world."""
    person = {"email": api.draw.email(), "name": api.draw.name(), "password": api.draw.password()}
    answer = api.anonymous().post("/auth/register", json=person)
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("users.register", "Registering failed, so this could not be judged.", answer=answer)
    token = log_in(api, person["email"], person["password"])
    return Member(api=api.with_token(token), id=answer["id"].integer, **person)


def borrow(member: API, book_id: int) -> Answer:
    """Lend a book as part of a world; the answer is the loan."""
    answer = member.post("/loans", json={"book_id": book_id})
    if answer.status != 201:
        blocked_by("loans.borrow", "A book could not be borrowed for this check.", answer=answer)
    return answer


def expect_error(answer: Answer, status: int, code: str) -> Answer:
    """The answer is this error, in the body of CONTRACT.md §2."""
    answer.expect(status)
    answer["error"]["code"].equals(code)
    answer["error"]["message"].expect_filled()
    return answer


def expect_invalid(answer: Answer, *fields: str) -> Answer:
    """The answer is 422 and its details name each of *fields*."""
    expect_error(answer, 422, "validation_failed")
    named = [detail["field"].text for detail in answer["error"]["details"]]
    for field in fields:
        answer["error"]["details"].expect(field in named, f"details names the field {field!r}", actual=named)
    for detail in answer["error"]["details"]:
        detail["message"].expect_filled()
    return answer
