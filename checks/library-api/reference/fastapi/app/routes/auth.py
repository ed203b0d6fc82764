"""Authentication: registering, and getting a token."""

from fastapi import APIRouter, Response

from app.dependencies import SessionDep
from app.errors import Unauthorized
from app.http import ApiRoute
from app.schemas import Credentials, Registration, Token, UserOut
from app.security import issue_token
from app.services import users
from app.settings import settings

router = APIRouter(prefix="/auth", tags=["auth"], route_class=ApiRoute)


@router.post("/register", status_code=201)
def register(new: Registration, session: SessionDep, response: Response) -> UserOut:
    user = users.create_account(session, new.email, new.name, new.password, role="member")
    response.headers["Location"] = f"/users/{user.id}"
    return UserOut.model_validate(user)


@router.post("/login")
def login(credentials: Credentials, session: SessionDep) -> Token:
    user = users.authenticate(session, credentials)
    if user is None:
        raise Unauthorized("The address or the password is wrong.")
    return Token(access_token=issue_token(user.id), expires_in=settings.token_ttl_seconds)
