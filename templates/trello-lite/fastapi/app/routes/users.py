"""Users: everybody sees and changes their own account (CONTRACT §4)."""

from fastapi import APIRouter

router = APIRouter(prefix="/users/me", tags=["users"])

# TODO (milestone auth): GET and PATCH /users/me
# TODO (milestone auth): PUT /users/me/password, which ends every login
