"""Loans: lending without overselling, and taking back once."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import ColumnElement
from sqlalchemy.orm import joinedload
from sqlmodel import Session, and_, col, func, select

from app.errors import Conflict, NotFound, Unauthorized
from app.fields import QueryNumber
from app.models import MAX_INTEGER, Book, Loan, User
from app.pagination import Page, PageQuery, fetch_page
from app.schemas import LoanOut
from app.settings import settings
from app.times import now


class LoanQuery(PageQuery):
    state: Literal["open", "returned", "overdue"] | None = None
    book_id: QueryNumber | None = None
    user_id: QueryNumber | None = None


def lend(session: Session, borrower: User, book_ids: list[int]) -> list[Loan]:
    """Lend all these books to the borrower, or none of them.

    Locks are taken in one order, the user first and then the books by id, so that two requests
    can wait for each other but never in a circle.
    """
    _lock_borrower(session, borrower)
    books = _lock_books(session, book_ids)
    _check_borrower(_open_loans_of(session, borrower), book_ids)
    _check_copies(session, books)
    borrowed_at = now()
    due_at = borrowed_at + settings.loan_period
    loans = [
        Loan(book_id=book_id, user_id=borrower.id, borrowed_at=borrowed_at, due_at=due_at)
        for book_id in book_ids
    ]
    session.add_all(loans)
    session.commit()
    return loans


def list_loans(session: Session, query: LoanQuery) -> Page[LoanOut]:
    statement = (
        select(Loan)
        .options(joinedload(Loan.book))  # type: ignore[arg-type]
        .where(*_filters(query))
        .order_by(col(Loan.id).desc())
    )
    return fetch_page(session, statement, query, LoanOut.model_validate)


def get_loan(session: Session, loan_id: int) -> Loan:
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise NotFound("There is no such loan.")
    return loan


def lock_loan(session: Session, loan_id: int) -> Loan:
    """The loan, which nobody else can return until we commit."""
    loan = session.get(Loan, loan_id, with_for_update=True)
    if loan is None:
        raise NotFound("There is no such loan.")
    return loan


def return_loan(session: Session, loan: Loan) -> None:
    """Take a book back. The loan must be locked."""
    if loan.returned_at is not None:
        raise Conflict("already_returned")
    loan.returned_at = now()
    session.commit()


def is_overdue() -> ColumnElement[bool]:
    """The condition of a query on loans that finds the overdue ones."""
    return and_(col(Loan.returned_at).is_(None), col(Loan.due_at) < now())


def _lock_borrower(session: Session, borrower: User) -> None:
    statement = select(User.id).where(col(User.id) == borrower.id).with_for_update()
    if session.exec(statement).one_or_none() is None:
        raise Unauthorized("This account has just been deleted.")


def _lock_books(session: Session, book_ids: list[int]) -> Sequence[Book]:
    statement = (
        select(Book)
        # A larger number names no book, and the database could not even compare it.
        .where(col(Book.id).in_([book_id for book_id in book_ids if abs(book_id) <= MAX_INTEGER]))
        .order_by(col(Book.id))
        .with_for_update()
    )
    books = session.exec(statement).all()
    if len(books) < len(book_ids):
        raise NotFound("There is no such book.")
    return books


def _open_loans_of(session: Session, borrower: User) -> Sequence[Loan]:
    statement = select(Loan).where(
        col(Loan.user_id) == borrower.id, col(Loan.returned_at).is_(None)
    )
    return session.exec(statement).all()


def _check_borrower(open_loans: Sequence[Loan], book_ids: list[int]) -> None:
    if any(loan.overdue for loan in open_loans):
        raise Conflict("overdue_loans")
    if any(loan.book_id in book_ids for loan in open_loans):
        raise Conflict("already_borrowed")
    if len(open_loans) + len(book_ids) > settings.max_open_loans:
        raise Conflict("loan_limit_reached")


def _check_copies(session: Session, books: Sequence[Book]) -> None:
    statement = (
        select(col(Loan.book_id), func.count())
        .where(col(Loan.book_id).in_([book.id for book in books]), col(Loan.returned_at).is_(None))
        .group_by(col(Loan.book_id))
    )
    on_loan = dict(session.exec(statement).all())
    for book in books:
        if on_loan.get(book.id, 0) >= book.copies_total:
            raise Conflict("no_copies_left")


def _filters(query: LoanQuery) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if query.state == "open":
        filters.append(col(Loan.returned_at).is_(None))
    if query.state == "returned":
        filters.append(col(Loan.returned_at).is_not(None))
    if query.state == "overdue":
        filters.append(is_overdue())
    if query.book_id is not None:
        filters.append(col(Loan.book_id) == query.book_id)
    if query.user_id is not None:
        filters.append(col(Loan.user_id) == query.user_id)
    return filters
