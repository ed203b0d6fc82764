"""Books: the catalogue (CONTRACT §4)."""

from fastapi import APIRouter

router = APIRouter(prefix="/books", tags=["books"])

# TODO (milestone http): POST /books, GET /books, GET /books/{id}, and HEAD for the last two
# TODO (milestone books): PUT, PATCH and DELETE /books/{id}
# TODO (milestone books): q, author, year_from, year_to, available and sort for GET /books
# TODO (milestone users): only librarians may write
