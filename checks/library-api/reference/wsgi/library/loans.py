"""Loans: borrowing and returning books.

Whoever borrows locks first their own row in `users`, then the books in the order of their ids. Only then is
anything counted, so that two requests never count at the same time.
"""

from __future__ import annotations

from typing import Any

from . import validation as check
from .db import Connection, Row, execute, fetch_all, fetch_one
from .errors import conflict, forbidden, not_found, unauthorized
from .security import Call
from .wire import Answer, answer

MOST_AT_ONCE = 10

LOAN = """
SELECT loans.id, loans.book_id, loans.user_id, books.title, loans.borrowed_at, loans.due_at, loans.returned_at,
       (loans.returned_at IS NULL AND loans.due_at < now()) AS overdue
FROM loans JOIN books ON books.id = loans.book_id
"""

PARAMETERS: dict[str, check.Rule] = {
    **check.PAGE,
    "state": check.choice("open", "returned", "overdue"),
    "book_id": check.parameter,
    "user_id": check.parameter,
}

STATES = {"open": "returned_at IS NULL", "returned": "returned_at IS NOT NULL", "overdue": "overdue"}

LOCK_USER = "SELECT id FROM users WHERE id = %(user_id)s FOR NO KEY UPDATE"

LOCK_BOOKS = """
SELECT id, copies_total FROM books WHERE id = ANY(%(book_ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
"""

COUNT_BY_BOOK = """
SELECT book_id, count(*) AS open_loans, bool_or(user_id = %(user_id)s) AS own
FROM loans WHERE book_id = ANY(%(book_ids)s::bigint[]) AND returned_at IS NULL GROUP BY book_id
"""

COUNT_BY_USER = """
SELECT count(*) AS open_loans, coalesce(bool_or(due_at < now()), false) AS overdue
FROM loans WHERE user_id = %(user_id)s AND returned_at IS NULL
"""

INSERT = """
INSERT INTO loans (book_id, user_id, borrowed_at, due_at)
SELECT wanted.book_id, %(user_id)s, now(), now() + make_interval(days => %(days)s::integer)
FROM unnest(%(book_ids)s::bigint[]) WITH ORDINALITY AS wanted (book_id, place) ORDER BY wanted.place
RETURNING id
"""

# A loan that was, by the clock, borrowed in the future can be returned too.
RETURN = "UPDATE loans SET returned_at = greatest(now(), borrowed_at) WHERE id = %(id)s"


def borrow(call: Call) -> Answer:
    """POST /loans: one book for the user who asks."""
    values = check.apply(check.fields(call.body), {"book_id": check.integer}, ["book_id"])
    loan = _lend(call, [values["book_id"]])[0]
    return answer(201, loan, {"Location": f"/loans/{loan['id']}"})


def borrow_all(call: Call) -> Answer:
    """POST /loans/batch: several books, all or none."""
    rules = {"book_ids": check.different_integers(MOST_AT_ONCE)}
    values = check.apply(check.fields(call.body), rules, rules)
    return answer(201, {"items": _lend(call, values["book_ids"])})


def listing(call: Call) -> Answer:
    """GET /loans: a member's own loans, or everybody's for a librarian."""
    values = check.apply(call.request.query, PARAMETERS)
    if not call.by_librarian and values.setdefault("user_id", call.user["id"]) != call.user["id"]:
        raise forbidden("These are somebody else's loans.")
    conditions = [f"{name} = %({name})s" for name in ("book_id", "user_id") if name in values]
    if "state" in values:
        conditions.append(STATES[values["state"]])
    page = call.db.page(LOAN, conditions, "id DESC", values)
    return answer(200, {**page, "items": [_shown(row) for row in page["items"]]})


def show(call: Call) -> Answer:
    """GET /loans/{id}: one loan."""
    row = call.db.one(f"{LOAN} WHERE loans.id = %(id)s", {"id": call.id})
    if row is None:
        raise not_found("loan")
    call.must_be(row["user_id"])
    return answer(200, _shown(row))


def give_back(call: Call) -> Answer:
    """POST /loans/{id}/return: the book is back."""
    values = {"id": call.id}

    def work(connection: Connection) -> Row:
        query = "SELECT user_id, returned_at FROM loans WHERE id = %(id)s FOR UPDATE"
        row = fetch_one(connection, query, values)
        if row is None:
            raise not_found("loan")
        call.must_be(row["user_id"])
        if row["returned_at"] is not None:
            raise conflict("already_returned", "This book was returned before.")
        execute(connection, RETURN, values)
        return _loans(connection, [call.id])[0]

    return answer(200, call.db.transaction(work))


def _lend(call: Call, book_ids: list[int]) -> list[Row]:
    """Lend books, all or none, to the user who asks: their loans in the same order."""
    for book_id in book_ids:
        check.known_id(book_id)
    values = {"user_id": call.user["id"], "book_ids": book_ids, "days": call.settings.loan_days}

    def work(connection: Connection) -> list[Row]:
        books = _locked(connection, values)
        _check_user(connection, values, call.settings.max_open_loans)
        _check_books(connection, values, books)
        created = fetch_all(connection, INSERT, values)
        loans = _loans(connection, [row["id"] for row in created])
        return sorted(loans, key=lambda loan: book_ids.index(loan["book_id"]))

    return call.db.transaction(work)


def _locked(connection: Connection, values: dict[str, Any]) -> list[Row]:
    """Lock the user and the books; 404 if a book is missing."""
    if not fetch_one(connection, LOCK_USER, values):
        raise unauthorized("Your account has been deleted.")
    books = fetch_all(connection, LOCK_BOOKS, values)
    if len(books) < len(values["book_ids"]):
        raise not_found("book")
    return books


def _check_user(connection: Connection, values: dict[str, Any], most: int) -> None:
    """409 if the user may not have so many more books."""
    mine = fetch_one(connection, COUNT_BY_USER, values) or {"open_loans": 0, "overdue": False}
    if mine["overdue"]:
        raise conflict("overdue_loans", "Return what is overdue first.")
    if mine["open_loans"] + len(values["book_ids"]) > most:
        raise conflict("loan_limit_reached", f"Nobody may have more than {most} books.")


def _check_books(connection: Connection, values: dict[str, Any], books: list[Row]) -> None:
    """409 if one of the books cannot be lent to the user."""
    counted = {row["book_id"]: row for row in fetch_all(connection, COUNT_BY_BOOK, values)}
    for book in books:
        known = counted.get(book["id"], {"open_loans": 0, "own": False})
        if known["own"]:
            raise conflict("already_borrowed", "You have this book already.")
        if known["open_loans"] >= book["copies_total"]:
            raise conflict("no_copies_left", "All copies of this book are on loan.")


def _loans(connection: Connection, ids: list[int]) -> list[Row]:
    """These loans, as they are answered."""
    query = f"{LOAN} WHERE loans.id = ANY(%(ids)s::bigint[])"
    return [_shown(row) for row in fetch_all(connection, query, {"ids": ids})]


def _shown(row: Row) -> Row:
    """A loan as it is answered: the title is in an object of its own."""
    book = {"id": row["book_id"], "title": row["title"]}
    names = ("borrowed_at", "due_at", "returned_at", "overdue")
    known = {name: row[name] for name in ("id", "book_id", "user_id")}
    return {**known, "book": book, **{name: row[name] for name in names}}
