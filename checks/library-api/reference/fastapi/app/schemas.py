"""Schemas: the JSON that comes in and the JSON that goes out."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from app.fields import (
    BookIds,
    Copies,
    Email,
    Isbn,
    LoginName,
    Password,
    PersonName,
    PublishedYear,
    Title,
)
from app.models import Book, Role

# The default of a field that may be left out but may not be null. It is never read:
# ``model_dump(exclude_unset=True)`` holds only what was sent.
UNSENT: Any = None


class RequestBody(BaseModel):
    """A body whose JSON types are taken as they are: "7" is no integer, 7 no string."""

    model_config = ConfigDict(strict=True)


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class BookReplacement(RequestBody):
    title: Title
    author: PersonName
    isbn: Isbn
    published_year: PublishedYear
    copies_total: Copies


class NewBook(BookReplacement):
    copies_total: Copies = 1


class BookChanges(RequestBody):
    title: Title = UNSENT
    author: PersonName = UNSENT
    isbn: Isbn = UNSENT
    published_year: PublishedYear = UNSENT
    copies_total: Copies = UNSENT


class BookOut(Answer):
    id: int
    title: str
    author: str
    isbn: str
    published_year: int
    copies_total: int
    copies_available: int
    created_at: datetime

    @classmethod
    def of(cls, book: Book, copies_available: int) -> Self:
        return cls(**book.model_dump(), copies_available=copies_available)


class Registration(RequestBody):
    email: Email
    name: PersonName
    password: Password


class Credentials(RequestBody):
    email: LoginName
    password: str


class UserChanges(RequestBody):
    name: PersonName = UNSENT
    role: Role = UNSENT


class UserOut(Answer):
    id: int
    email: str
    name: str
    role: str
    created_at: datetime


class Token(Answer):
    access_token: str
    token_type: str = "bearer"
    expires_in: int


class NewLoan(RequestBody):
    book_id: int


class NewLoans(RequestBody):
    book_ids: BookIds


class BookOfLoan(Answer):
    id: int
    title: str


class LoanOut(Answer):
    id: int
    book_id: int
    user_id: int
    book: BookOfLoan
    borrowed_at: datetime
    due_at: datetime
    returned_at: datetime | None
    overdue: bool


class LoansOut(Answer):
    items: list[LoanOut]


class MostBorrowed(Answer):
    book_id: int
    title: str
    loan_count: int


class OverdueUser(Answer):
    user_id: int
    name: str
    overdue_count: int
    oldest_due_at: datetime


class AuthorSummary(Answer):
    author: str
    book_count: int
    copies_total: int
    loan_count: int
