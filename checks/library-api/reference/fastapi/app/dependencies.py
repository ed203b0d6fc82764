"""Dependencies: what an endpoint asks for: a session, an id, and who is asking."""

from typing import Annotated

from fastapi import Depends, Path, Request
from sqlmodel import Session

from app.database import get_session
from app.errors import Forbidden, Unauthorized
from app.fields import PathId
from app.models import User
from app.security import read_token

# Function scope: the session ends, with all its locks, before the answer is sent.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
IdInPath = Annotated[PathId, Path(alias="id")]


def current_user(request: Request, session: SessionDep) -> User:
    """The user whose token came with the request, as the database knows them now."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized
    user_id = read_token(token)
    user = session.get(User, user_id) if user_id else None
    if user is None:
        raise Unauthorized
    return user


CurrentUser = Annotated[User, Depends(current_user)]


def current_librarian(user: CurrentUser) -> User:
    if user.role != "librarian":
        raise Forbidden("Only librarians may do that.")
    return user


LibrarianOnly = Depends(current_librarian)
