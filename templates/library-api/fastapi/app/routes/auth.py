"""Authentication: registering, and getting a token (CONTRACT §6)."""

from fastapi import APIRouter

router = APIRouter(prefix="/auth", tags=["auth"])

# TODO (milestone users): POST /auth/register
# TODO (milestone users): POST /auth/login
