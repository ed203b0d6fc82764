"""Reports: questions that are answered by one grouped query each."""

from pydantic import Field
from sqlmodel import Session, col, false, func, select

from app.fields import QueryTime
from app.models import Book, Loan, User
from app.pagination import Page, PageQuery, Statement, fetch_page
from app.schemas import AuthorSummary, MostBorrowed, OverdueUser
from app.services.loans import is_overdue


class PeriodQuery(PageQuery):
    start: QueryTime | None = Field(default=None, alias="from")
    end: QueryTime | None = Field(default=None, alias="to")


class AuthorsQuery(PageQuery):
    author: str | None = None


def most_borrowed(session: Session, query: PeriodQuery) -> Page[MostBorrowed]:
    loan_count = func.count(col(Loan.id)).label("loan_count")
    statement: Statement = (
        select(col(Book.id).label("book_id"), col(Book.title), loan_count)
        .join(Loan, col(Loan.book_id) == Book.id)
        .group_by(col(Book.id), col(Book.title))
        .order_by(loan_count.desc(), col(Book.id).asc())
    )
    if query.start is not None:
        statement = statement.where(col(Loan.borrowed_at) >= query.start)
    if query.end is not None:
        statement = statement.where(col(Loan.borrowed_at) < query.end)
    return fetch_page(session, statement, query, MostBorrowed.model_validate)


def overdue(session: Session, query: PageQuery) -> Page[OverdueUser]:
    overdue_count = func.count(col(Loan.id)).label("overdue_count")
    statement: Statement = (
        select(
            col(User.id).label("user_id"),
            col(User.name),
            overdue_count,
            func.min(Loan.due_at).label("oldest_due_at"),
        )
        .join(Loan, col(Loan.user_id) == User.id)
        .where(is_overdue())
        .group_by(col(User.id), col(User.name))
        .order_by(overdue_count.desc(), col(User.id).asc())
    )
    return fetch_page(session, statement, query, OverdueUser.model_validate)


def authors(session: Session, query: AuthorsQuery) -> Page[AuthorSummary]:
    # Loans are counted for each book first: joined directly, a book with five loans would be
    # five rows, and its copies would be added up five times.
    loans = (
        select(col(Loan.book_id), func.count().label("loan_count"))
        .group_by(col(Loan.book_id))
        .subquery()
    )
    loan_count = func.coalesce(func.sum(loans.c.loan_count), 0).label("loan_count")
    statement = (
        select(
            col(Book.author),
            func.count(col(Book.id)).label("book_count"),
            func.sum(Book.copies_total).label("copies_total"),
            loan_count,
        )
        .outerjoin(loans, loans.c.book_id == Book.id)
        .group_by(col(Book.author))
        .order_by(loan_count.desc(), col(Book.author).asc())
    )
    if query.author is not None:
        # PostgreSQL cannot store the character NUL, so no author has it.
        known = "\0" not in query.author
        statement = statement.where(col(Book.author) == query.author if known else false())
    return fetch_page(session, statement, query, AuthorSummary.model_validate)
