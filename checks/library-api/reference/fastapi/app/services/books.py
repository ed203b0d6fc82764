"""Books: searching and keeping the catalogue."""

from typing import Any, Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, false, func, select

from app.database import conflict_if_taken
from app.errors import Conflict, NotFound
from app.fields import QueryNumber
from app.models import Book, Loan
from app.pagination import Page, PageQuery, fetch_page
from app.schemas import BookOut, NewBook

ORDERS: dict[str, ColumnElement[Any]] = {
    "id": col(Book.id).asc(),
    "-id": col(Book.id).desc(),
    "title": col(Book.title).asc(),
    "-title": col(Book.title).desc(),
    "author": col(Book.author).asc(),
    "-author": col(Book.author).desc(),
    "year": col(Book.published_year).asc(),
    "-year": col(Book.published_year).desc(),
}

# How many copies of a book are out, and how many are left, as parts of a query on books.
OPEN_LOANS = (
    select(func.count(col(Loan.id)))
    .where(col(Loan.book_id) == Book.id, col(Loan.returned_at).is_(None))
    .correlate(Book)
    .scalar_subquery()
)
COPIES_AVAILABLE = col(Book.copies_total) - OPEN_LOANS


class BookQuery(PageQuery):
    q: str = ""
    author: str | None = None
    year_from: QueryNumber | None = None
    year_to: QueryNumber | None = None
    available: Literal["true", "false"] | None = None
    sort: Literal["id", "-id", "title", "-title", "author", "-author", "year", "-year"] = "id"


def list_books(session: Session, query: BookQuery) -> Page[BookOut]:
    statement = (
        select(Book, COPIES_AVAILABLE)
        .where(*_filters(query))
        .order_by(ORDERS[query.sort], col(Book.id).asc())
    )
    return fetch_page(session, statement, query, lambda row: BookOut.of(*row))


def get_book(session: Session, book_id: int) -> BookOut:
    statement = select(Book, COPIES_AVAILABLE).where(col(Book.id) == book_id)
    row = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound("There is no such book.")
    return BookOut.of(*row)


def create_book(session: Session, new: NewBook) -> BookOut:
    book = Book(**new.model_dump())
    session.add(book)
    with conflict_if_taken("isbn_taken"):
        session.commit()
    return BookOut.of(book, copies_available=book.copies_total)


def change_book(session: Session, book_id: int, changes: dict[str, Any]) -> BookOut:
    """Change the fields that *changes* names."""
    book = _lock_book(session, book_id)
    on_loan = _count_open_loans(session, book_id)
    if "copies_total" in changes and changes["copies_total"] < on_loan:
        raise Conflict("copies_on_loan")
    book.sqlmodel_update(changes)
    with conflict_if_taken("isbn_taken"):
        session.commit()
    return BookOut.of(book, copies_available=book.copies_total - on_loan)


def delete_book(session: Session, book_id: int) -> None:
    """Delete a book together with its returned loans."""
    book = _lock_book(session, book_id)
    if _count_open_loans(session, book_id) > 0:
        raise Conflict("has_open_loans")
    session.exec(delete(Loan).where(col(Loan.book_id) == book_id))
    session.delete(book)
    session.commit()


def _filters(query: BookQuery) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if query.q:
        filters.append(_contains(query.q))
    if query.author is not None:
        filters.append(_is_author(query.author))
    if query.year_from is not None:
        filters.append(col(Book.published_year) >= query.year_from)
    if query.year_to is not None:
        filters.append(col(Book.published_year) <= query.year_to)
    if query.available == "true":
        filters.append(COPIES_AVAILABLE >= 1)
    if query.available == "false":
        filters.append(COPIES_AVAILABLE < 1)
    return filters


def _contains(text: str) -> ColumnElement[bool]:
    if "\0" in text:
        return false()  # PostgreSQL cannot store this character, so no book has it
    in_title = col(Book.title).icontains(text, autoescape=True)
    in_author = col(Book.author).icontains(text, autoescape=True)
    return in_title | in_author


def _is_author(name: str) -> ColumnElement[bool]:
    if "\0" in name:
        return false()
    return func.lower(col(Book.author)) == func.lower(name)


def _lock_book(session: Session, book_id: int) -> Book:
    """The book, which nobody else can lend or change until we commit."""
    book = session.get(Book, book_id, with_for_update=True)
    if book is None:
        raise NotFound("There is no such book.")
    return book


def _count_open_loans(session: Session, book_id: int) -> int:
    statement = select(func.count(col(Loan.id))).where(
        col(Loan.book_id) == book_id, col(Loan.returned_at).is_(None)
    )
    return session.exec(statement).one()
