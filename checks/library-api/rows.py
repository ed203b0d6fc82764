"""Rows that checks write behind the server's back: only the columns that CONTRACT.md §9 lets the examination give.

A row that the database refuses here is no verdict on the requirement at hand: it is blocked by sql.types, which asks
for exactly such rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from library import a_book

from roadmap_cli.checking import Blocked, Database, Draw, Mismatch

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
USER = ("email", "name", "password_hash", "role")
BOOK = ("title", "author", "isbn", "published_year", "copies_total")
LOAN = ("book_id", "user_id", "borrowed_at", "due_at", "returned_at")


@dataclass(frozen=True, kw_only=True)
class LoanRow:
    """A row of loans; open while *returned_at* is None."""

    book_id: int
    user_id: int
    borrowed_at: datetime
    due_at: datetime
    returned_at: datetime | None


def a_user_row(draw: Draw, **fields: Any) -> dict[str, Any]:
    """The columns of a user; nobody can log in with this hash."""
    hash = f"$argon2id$v=19$m=19456,t=2,p=1${draw.text(22)}${draw.text(43)}"
    return {"email": draw.email(), "name": draw.name(), "password_hash": hash, "role": "member"} | fields


def a_loan(book_id: int, user_id: int, borrowed_at: datetime, *, returned: bool = True) -> LoanRow:
    """A loan of 14 days, returned after one of them unless it is to stay open."""
    back = borrowed_at + DAY if returned else None
    return LoanRow(
        book_id=book_id, user_id=user_id, borrowed_at=borrowed_at, due_at=borrowed_at + 14 * DAY, returned_at=back
    )


def insert_users(database: Database, draw: Draw, count: int) -> list[int]:
    """The ids of *count* new members."""
    return insert(database, "users", USER, [tuple(a_user_row(draw).values()) for _ in range(count)])


def insert_user(database: Database, draw: Draw, **fields: Any) -> int:
    """The id of a new member."""
    return insert(database, "users", USER, [tuple(a_user_row(draw, **fields).values())])[0]


def insert_books(database: Database, draw: Draw, count: int, **fields: Any) -> list[int]:
    """The ids of *count* new books, in the order they were inserted in."""
    return insert(database, "books", BOOK, [tuple(a_book(draw, **fields).values()) for _ in range(count)])


def insert_loans(database: Database, loans: Sequence[LoanRow]) -> list[int]:
    """The ids of new loans, in the order of *loans*."""
    rows = [(loan.book_id, loan.user_id, loan.borrowed_at, loan.due_at, loan.returned_at) for loan in loans]
    return insert(database, "loans", LOAN, rows)


def insert(database: Database, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """The ids of new rows; blocked by sql.types if the database does not take them."""
    try:
        ids = [id for (id,) in database.rows(inserting(table, columns, len(rows)), *(v for row in rows for v in row))]
    except Mismatch as mismatch:
        raise Blocked("sql.types", mismatch) from mismatch
    if not all(type(id) is int for id in ids):
        raise Blocked("sql.types", Mismatch(f"{table}.id is an integer.", actual=repr(ids[:3])))
    return ids


def inserting(table: str, columns: Sequence[str], rows: int = 1) -> str:
    """The statement that inserts so many rows and gives their ids."""
    values = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * rows)
    return f"insert into {table} ({', '.join(columns)}) values {values} returning id"


def moment(draw: Draw, first_year: int, last_year: int) -> datetime:
    """A whole second, somewhere in these years."""
    days = draw.integer(0, 365 * (last_year - first_year + 1) - 1)
    return datetime(first_year, 1, 1, tzinfo=UTC) + days * DAY + draw.integer(0, 86_399) * SECOND


def rfc3339(time: datetime) -> str:
    """The time as CONTRACT.md §2 writes it, with a Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
