"""Users: accounts, seen by their owners and by librarians."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.dependencies import CurrentUser, IdInPath, LibrarianOnly, SessionDep
from app.errors import Forbidden
from app.http import ApiRoute
from app.models import User
from app.pagination import Page, PageQuery
from app.schemas import UserChanges, UserOut
from app.services import users

router = APIRouter(prefix="/users", tags=["users"], route_class=ApiRoute)


@router.get("/me")
def get_me(user: CurrentUser) -> UserOut:
    return UserOut.model_validate(user)


@router.get("", dependencies=[LibrarianOnly])
def list_users(query: Annotated[PageQuery, Query()], session: SessionDep) -> Page[UserOut]:
    return users.list_users(session, query)


@router.get("/{id}")
def get_user(user_id: IdInPath, actor: CurrentUser, session: SessionDep) -> UserOut:
    _check_access(actor, user_id)
    return UserOut.model_validate(users.get_user(session, user_id))


@router.patch("/{id}")
def change_user(
    user_id: IdInPath, changes: UserChanges, actor: CurrentUser, session: SessionDep
) -> UserOut:
    _check_access(actor, user_id)
    sent = changes.model_dump(exclude_unset=True)
    if "role" in sent and actor.role != "librarian":
        raise Forbidden("Only librarians may set roles.")
    return UserOut.model_validate(users.change_user(session, user_id, sent))


@router.delete("/{id}", status_code=204)
def delete_user(user_id: IdInPath, actor: CurrentUser, session: SessionDep) -> None:
    _check_access(actor, user_id)
    users.delete_user(session, user_id)


def _check_access(actor: User, user_id: int) -> None:
    if actor.id != user_id and actor.role != "librarian":
        raise Forbidden("That is not your account.")
