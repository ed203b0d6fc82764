"""Users: everybody sees and changes their own account."""

from fastapi import APIRouter

from app.dependencies import CurrentUser, SessionDep
from app.http import ApiRoute, refusals
from app.schemas import NewPassword, UserChanges, UserOut
from app.services import users

router = APIRouter(
    prefix="/users/me", tags=["users"], route_class=ApiRoute, responses=refusals(401)
)


@router.get("")
def get_me(user: CurrentUser) -> UserOut:
    return UserOut.model_validate(user)


@router.patch("", responses=refusals(400, 415, 422))
def change_me(changes: UserChanges, user: CurrentUser, session: SessionDep) -> UserOut:
    users.change(session, user, changes.model_dump(exclude_unset=True))
    return UserOut.model_validate(user)


@router.put("/password", status_code=204, responses=refusals(400, 403, 415, 422))
def change_password(body: NewPassword, user: CurrentUser, session: SessionDep) -> None:
    users.change_password(session, user, body.password, body.new_password)
