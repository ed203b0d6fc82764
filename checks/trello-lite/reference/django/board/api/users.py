"""The user who is signed in (CONTRACT §4)."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from board.api.answers import BODY, SIGNED_IN, answers
from board.http import Bearer
from board.schemas import PasswordChange, UserChange, UserOut
from board.services import users

router = Router(tags=["users"], auth=Bearer())


@router.get("/users/me", response=answers(200, UserOut, *SIGNED_IN))
def me(request: HttpRequest) -> Any:
    return UserOut.model_validate(request.auth)


@router.patch("/users/me", response=answers(200, UserOut, *SIGNED_IN, *BODY))
def change(request: HttpRequest, body: UserChange) -> Any:
    return UserOut.model_validate(users.change(request.auth, body.sent()))


@router.put("/users/me/password", response=answers(204, None, *SIGNED_IN, *BODY, 403))
def change_password(request: HttpRequest, body: PasswordChange) -> Any:
    users.change_password(request.auth, body.password, body.new_password)
    return Status(204, None)
