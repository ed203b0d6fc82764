"""Authentication: registering, signing in, staying signed in, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Form

from app.dependencies import SessionDep
from app.errors import Unauthorized
from app.http import ApiRoute, refusals
from app.models import Login
from app.schemas import PasswordGrant, RefreshTokenIn, Registration, TokenPair, UserOut
from app.security import issue_access_token
from app.services import logins, users
from app.settings import settings

router = APIRouter(prefix="/auth", tags=["auth"], route_class=ApiRoute)


@router.post("/register", status_code=201, responses=refusals(400, 409, 415, 422))
def register(new: Registration, session: SessionDep) -> UserOut:
    return UserOut.model_validate(users.create_account(session, new))


@router.post("/token", responses=refusals(401, 415, 422))
def sign_in(credentials: Annotated[PasswordGrant, Form()], session: SessionDep) -> TokenPair:
    user = users.authenticate(session, credentials.username, credentials.password)
    if user is None:
        raise Unauthorized("The address or the password is wrong.")
    return _pair(*logins.begin(session, user))


@router.post("/refresh", responses=refusals(400, 401, 415, 422))
def refresh(body: RefreshTokenIn, session: SessionDep) -> TokenPair:
    return _pair(*logins.refresh(session, body.refresh_token))


@router.post("/logout", status_code=204, responses=refusals(400, 415, 422))
def sign_out(body: RefreshTokenIn, session: SessionDep) -> None:
    logins.end(session, body.refresh_token)


def _pair(login: Login, refresh_token: str) -> TokenPair:
    return TokenPair(
        access_token=issue_access_token(login.user_id),
        refresh_token=refresh_token,
        token_type="bearer",
        expires_in=settings.token_ttl_seconds,
    )
