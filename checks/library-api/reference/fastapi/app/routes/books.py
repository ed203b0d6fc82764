"""Books: the catalogue."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import IdInPath, LibrarianOnly, SessionDep
from app.http import ApiRoute, conditional_answer
from app.pagination import Page
from app.schemas import BookChanges, BookOut, BookReplacement, NewBook
from app.services import books
from app.services.books import BookQuery

router = APIRouter(prefix="/books", tags=["books"], route_class=ApiRoute)


@router.api_route("", methods=["GET", "HEAD"])
def list_books(query: Annotated[BookQuery, Query()], session: SessionDep) -> Page[BookOut]:
    return books.list_books(session, query)


@router.post("", status_code=201, dependencies=[LibrarianOnly])
def create_book(new: NewBook, session: SessionDep, response: Response) -> BookOut:
    book = books.create_book(session, new)
    response.headers["Location"] = f"/books/{book.id}"
    return book


@router.api_route("/{id}", methods=["GET", "HEAD"])
def get_book(book_id: IdInPath, session: SessionDep, request: Request) -> Response:
    return conditional_answer(request, books.get_book(session, book_id))


@router.put("/{id}", dependencies=[LibrarianOnly])
def replace_book(book_id: IdInPath, book: BookReplacement, session: SessionDep) -> BookOut:
    return books.change_book(session, book_id, book.model_dump())


@router.patch("/{id}", dependencies=[LibrarianOnly])
def change_book(book_id: IdInPath, changes: BookChanges, session: SessionDep) -> BookOut:
    return books.change_book(session, book_id, changes.model_dump(exclude_unset=True))


@router.delete("/{id}", status_code=204, dependencies=[LibrarianOnly])
def delete_book(book_id: IdInPath, session: SessionDep) -> None:
    books.delete_book(session, book_id)
