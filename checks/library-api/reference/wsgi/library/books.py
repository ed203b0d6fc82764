"""Books: the catalogue, and its upkeep by librarians."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from psycopg.errors import UniqueViolation

from . import validation as check
from .db import Connection, Row, execute, fetch_one, matching, violates
from .errors import conflict, not_found
from .security import Call
from .wire import Answer, answer

OPEN_LOANS = "(SELECT count(*) FROM loans WHERE loans.book_id = books.id AND loans.returned_at IS NULL)"

BOOK = f"""
SELECT id, title, author, isbn, published_year, copies_total,
       copies_total - {OPEN_LOANS} AS copies_available, created_at
FROM books
"""

RULES: dict[str, check.Rule] = {
    "title": check.line(200),
    "author": check.line(120),
    "isbn": check.isbn,
    "published_year": check.year,
    "copies_total": check.integer_between(1, 1000),
}

NEEDED = ("title", "author", "isbn", "published_year")

ORDERS = {
    "id": "id",
    "-id": "id DESC",
    "title": "title, id",
    "-title": "title DESC, id",
    "author": "author, id",
    "-author": "author DESC, id",
    "year": "published_year, id",
    "-year": "published_year DESC, id",
}

PARAMETERS: dict[str, check.Rule] = {
    **check.PAGE,
    "q": check.string,
    "author": check.string,
    "year_from": check.parameter,
    "year_to": check.parameter,
    "available": check.choice("true", "false"),
    "sort": check.choice(*ORDERS),
}

FILTERS = {
    "q": "(strpos(lower(title), lower(%(q)s)) > 0 OR strpos(lower(author), lower(%(q)s)) > 0)",
    "author": "lower(author) = lower(%(author)s)",
    "year_from": "published_year >= %(year_from)s",
    "year_to": "published_year <= %(year_to)s",
}

AVAILABLE = {"true": "copies_available >= 1", "false": "copies_available < 1"}

INSERT = """
INSERT INTO books (title, author, isbn, published_year, copies_total)
VALUES (%(title)s, %(author)s, %(isbn)s, %(published_year)s, %(copies_total)s) RETURNING id
"""

ETAG = re.compile(r'"([^"]*)"')


def listing(call: Call) -> Answer:
    """GET /books: the books that match, a page of them."""
    values = check.apply(call.request.query, PARAMETERS)
    conditions = [matching(FILTERS[name], values[name]) for name in FILTERS if name in values]
    if "available" in values:
        conditions.append(AVAILABLE[values["available"]])
    return answer(200, call.db.page(BOOK, conditions, ORDERS[values.get("sort", "id")], values))


def show(call: Call) -> Answer:
    """GET /books/{id}: one book, or 304 if the client has it already."""
    book = call.db.one(f"{BOOK} WHERE id = %(id)s", {"id": call.id})
    if book is None:
        raise not_found("book")
    full = answer(200, book)
    tag = hashlib.sha256(full.body or b"").hexdigest()[:32]
    headers = {"ETag": f'"{tag}"'}
    known = call.request.header("If-None-Match") or ""
    if known.strip() == "*" or tag in ETAG.findall(known):
        return Answer(304, None, headers)
    return Answer(200, full.body, headers)


def create(call: Call) -> Answer:
    """POST /books: a new book."""
    values = {"copies_total": 1, **check.apply(check.fields(call.body), RULES, NEEDED)}

    def work(connection: Connection) -> Row:
        row = fetch_one(connection, INSERT, values)
        return _book(connection, row["id"] if row else 0)

    book = _with_free_isbn(call, work)
    return answer(201, book, {"Location": f"/books/{book['id']}"})


def replace(call: Call) -> Answer:
    """PUT /books/{id}: all fields anew."""
    return _change(call, check.apply(check.fields(call.body), RULES, RULES))


def amend(call: Call) -> Answer:
    """PATCH /books/{id}: the fields that are sent anew."""
    return _change(call, check.apply(check.fields(call.body), RULES))


def delete(call: Call) -> Answer:
    """DELETE /books/{id}: the book and its returned loans."""

    def work(connection: Connection) -> None:
        if _lock(connection, call.id)["open_loans"]:
            raise conflict("has_open_loans", "Copies of this book are on loan.")
        execute(connection, FORGET_LOANS, {"id": call.id})
        execute(connection, "DELETE FROM books WHERE id = %(id)s", {"id": call.id})

    call.db.transaction(work)
    return Answer(204)


# Loans are locked in the order of their ids, as everywhere, so that no two deletions wait for each other.
FORGET_LOANS = """
DELETE FROM loans WHERE id IN (SELECT id FROM loans WHERE book_id = %(id)s ORDER BY id FOR UPDATE)
"""


def _change(call: Call, values: dict[str, Any]) -> Answer:
    """Give a book new values."""
    settings = ", ".join(f"{name} = %({name})s" for name in RULES if name in values)

    def work(connection: Connection) -> Row:
        open_loans = _lock(connection, call.id)["open_loans"]
        if "copies_total" in values and values["copies_total"] < open_loans:
            raise conflict("copies_on_loan", "More copies than that are on loan.")
        if settings:
            execute(connection, f"UPDATE books SET {settings} WHERE id = %(id)s", {**values, "id": call.id})
        return _book(connection, call.id)

    return answer(200, _with_free_isbn(call, work))


def _lock(connection: Connection, book_id: int) -> Row:
    """Keep everybody else from lending or changing a book, then count its open loans; 404 if there is none."""
    values = {"id": book_id}
    if not fetch_one(connection, "SELECT id FROM books WHERE id = %(id)s FOR UPDATE", values):
        raise not_found("book")
    # A statement of its own: it sees what was committed while the lock was waited for.
    counted = fetch_one(connection, f"SELECT {OPEN_LOANS} AS open_loans FROM books WHERE id = %(id)s", values)
    return counted or {"open_loans": 0}


def _book(connection: Connection, book_id: int) -> Row:
    """A book that is known to be there."""
    book = fetch_one(connection, f"{BOOK} WHERE id = %(id)s", {"id": book_id})
    if book is None:
        raise not_found("book")
    return book


def _with_free_isbn(call: Call, work: Callable[[Connection], Row]) -> Row:
    """Do the work in a transaction; 409 if another book has the ISBN."""
    try:
        return call.db.transaction(work)
    except UniqueViolation as error:
        if violates(error, "books_isbn_unique"):
            raise conflict("isbn_taken", "Another book has this ISBN.") from None
        raise
