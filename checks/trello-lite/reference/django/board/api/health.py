"""Is the process alive, can it do its work, and what does it offer?"""

from functools import cache
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpRequest
from ninja import Router

from board.api.answers import answers
from board.errors import NotReady
from board.schemas import Status

router = Router(tags=["health"])


@router.get("/health", response=answers(200, Status))
def health(request: HttpRequest) -> Any:
    return {"status": "ok"}


@router.get("/ready", response=answers(200, Status, 503))
def ready(request: HttpRequest) -> Any:
    """On a connection of its own, whose beginning and end are bounded in time."""
    try:
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as fresh:
            fresh.execute("SELECT 1")
    except psycopg.Error:
        raise NotReady from None
    return {"status": "ready"}


@router.get("/openapi.json", include_in_schema=False)
def document(request: HttpRequest) -> Any:
    return _document()


@cache
def _document() -> dict[str, Any]:
    from board.api import api

    return api.get_openapi_schema(path_prefix="")
