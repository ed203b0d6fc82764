"""Authentication: registering, signing in, staying signed in, and signing out (CONTRACT §4)."""

from fastapi import APIRouter

router = APIRouter(prefix="/auth", tags=["auth"])

# TODO (milestone auth): POST /auth/register
# TODO (milestone auth): POST /auth/token, which takes a form
# TODO (milestone auth): POST /auth/refresh and POST /auth/logout
