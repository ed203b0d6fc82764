"""Registering, signing in and out (CONTRACT §4)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Form, Router
from ninja.decorators import decorate_view
from ninja.responses import Status

from board.api.answers import BODY, answers
from board.http import takes_a_form
from board.schemas import Credentials, Pair, RefreshToken, Registration, UserOut
from board.services import users

router = Router(tags=["auth"])


@router.post("/auth/register", response=answers(201, UserOut, *BODY, 409))
def register(request: HttpRequest, body: Registration) -> Any:
    user = users.register(body.email, body.name, body.password)
    return Status(201, UserOut.model_validate(user))


@router.post("/auth/token", response=answers(200, Pair, 401, 415, 422))
@decorate_view(takes_a_form)
def sign_in(request: HttpRequest, form: Form[Credentials]) -> Any:
    return pair(users.sign_in(form.username, form.password))


@router.post("/auth/refresh", response=answers(200, Pair, *BODY, 401))
def refresh(request: HttpRequest, body: RefreshToken) -> Any:
    return pair(users.refresh(body.refresh_token))


@router.post("/auth/logout", response=answers(204, None, *BODY))
def sign_out(request: HttpRequest, body: RefreshToken) -> Any:
    users.sign_out(body.refresh_token)
    return Status(204, None)


def pair(tokens: users.Tokens) -> Pair:
    return Pair(access_token=tokens.access, refresh_token=tokens.refresh, expires_in=settings.ACCESS_TTL)
