"""Models: the tables, and the rules that the database itself enforces."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlmodel import Field, Relationship, SQLModel

from app.times import UtcDateTime, now

# The largest number that fits into the INTEGER columns below.
MAX_INTEGER = 2**31 - 1

Role = Literal["member", "librarian"]


class User(SQLModel, table=True):
    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email", name="uq_users_email"),
        CheckConstraint("role IN ('member', 'librarian')", name="ck_users_role"),
        {"sqlite_autoincrement": True},
    )

    # The database gives ids and creation times; the defaults of None only keep them out of INSERTs.
    id: int = Field(default=None, primary_key=True)
    email: str
    name: str
    password_hash: str
    role: str
    created_at: datetime = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs={"server_default": func.now()}
    )


class Book(SQLModel, table=True):
    __tablename__ = "books"
    __table_args__ = (
        UniqueConstraint("isbn", name="uq_books_isbn"),
        CheckConstraint("copies_total >= 1", name="ck_books_copies_total"),
        Index("ix_books_author", text("lower(author)")),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True)
    title: str
    author: str
    isbn: str
    published_year: int
    copies_total: int
    created_at: datetime = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs={"server_default": func.now()}
    )


class Loan(SQLModel, table=True):
    __tablename__ = "loans"
    __table_args__ = (
        CheckConstraint("due_at > borrowed_at", name="ck_loans_due_at"),
        CheckConstraint("returned_at >= borrowed_at", name="ck_loans_returned_at"),
        Index("ix_loans_book_id", "book_id"),
        Index("ix_loans_user_id", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True)
    book_id: int = Field(foreign_key="books.id")
    user_id: int = Field(foreign_key="users.id")
    borrowed_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    returned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    book: Book = Relationship()

    @property
    def overdue(self) -> bool:
        return self.returned_at is None and self.due_at < now()
