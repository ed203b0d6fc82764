"""Users: accounts, seen by their owners and by librarians (CONTRACT §6)."""

from fastapi import APIRouter

router = APIRouter(prefix="/users", tags=["users"])

# TODO (milestone users): GET /users/me. Should it come before or after GET /users/{id}?
# TODO (milestone users): GET /users for librarians
# TODO (milestone users): GET, PATCH and DELETE /users/{id} for that user and librarians
