"""The user who is signed in (CONTRACT §4)."""

from ninja import Router

router = Router(tags=["users"])

# TODO (milestone auth): GET and PATCH /users/me, PUT /users/me/password
