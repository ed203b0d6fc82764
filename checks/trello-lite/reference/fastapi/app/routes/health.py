"""Is the process alive, can it do its work, and what can be asked of it?"""

from typing import Any, Literal

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from app.database import SPARE_CONNECTIONS, ping
from app.errors import NotReady
from app.http import ApiRoute, refusals

READY_TIMEOUT_SECONDS = 3

# Threads of its own: a database that hangs must not use up those of the other endpoints.
_ping_threads = CapacityLimiter(SPARE_CONNECTIONS)

router = APIRouter(tags=["health"], route_class=ApiRoute)


class Health(BaseModel):
    status: Literal["ok"]


class Readiness(BaseModel):
    status: Literal["ready"]


@router.get("/health")
async def health() -> Health:
    return Health(status="ok")


@router.get("/ready", responses=refusals(503))
async def ready() -> Readiness:
    """Ask the database, but never wait for it longer than a load balancer would."""
    try:
        with anyio.fail_after(READY_TIMEOUT_SECONDS):
            await to_thread.run_sync(ping, abandon_on_cancel=True, limiter=_ping_threads)
    except (SQLAlchemyError, TimeoutError) as error:
        raise NotReady from error
    return Readiness(status="ready")


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> dict[str, Any]:
    """The document of this API, made from the routes and their types."""
    return request.app.openapi()
