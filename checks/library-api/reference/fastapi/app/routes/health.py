"""Is the process alive, and can it do its work?"""

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from app.database import SPARE_CONNECTIONS, ping
from app.errors import NotReady
from app.http import ApiRoute

READY_TIMEOUT_SECONDS = 3

# Threads of its own: a database that hangs must not use up those of the other endpoints.
_ping_threads = CapacityLimiter(SPARE_CONNECTIONS)

router = APIRouter(tags=["health"], route_class=ApiRoute)


@router.api_route("/health", methods=["GET", "HEAD"])
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready")
async def ready() -> dict[str, str]:
    """Ask the database, but never wait for it longer than a load balancer would."""
    try:
        with anyio.fail_after(READY_TIMEOUT_SECONDS):
            await to_thread.run_sync(ping, abandon_on_cancel=True, limiter=_ping_threads)
    except (SQLAlchemyError, TimeoutError) as error:
        raise NotReady from error
    return {"status": "ready"}
