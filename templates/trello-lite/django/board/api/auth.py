"""Registering, signing in and out (CONTRACT §4)."""

from ninja import Router

router = Router(tags=["auth"])

# TODO (milestone auth): POST /auth/register
# TODO (milestone auth): POST /auth/token takes a form: ninja.Form reads it
# TODO (milestone auth): POST /auth/refresh, POST /auth/logout
