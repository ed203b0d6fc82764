"""Dependencies: what an endpoint asks for: a session, who is asking, and which version they know."""

from typing import Annotated

from fastapi import Depends, Header
from fastapi.security import OAuth2PasswordBearer
from sqlmodel import Session

from app.database import get_session
from app.errors import Unauthorized
from app.models import User
from app.security import read_access_token
from app.versions import Precondition

# Function scope: the session ends, with all its locks, before the answer is sent.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]

_bearer = OAuth2PasswordBearer(tokenUrl="/auth/token", auto_error=False)


def current_user(token: Annotated[str | None, Depends(_bearer)], session: SessionDep) -> User:
    """The user whose token came with the request, as the database knows them now."""
    user_id = read_access_token(token) if token else None
    user = session.get(User, user_id) if user_id else None
    if user is None:
        raise Unauthorized
    return user


CurrentUser = Annotated[User, Depends(current_user)]


async def precondition(
    if_match: Annotated[list[str] | None, Header(description='Tags such as "1", or *')] = None,
) -> Precondition:
    return Precondition.parse(None if if_match is None else ",".join(if_match))


IfMatch = Annotated[Precondition, Depends(precondition)]
