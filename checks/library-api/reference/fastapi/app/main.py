"""The application: routers, middleware and start-up put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from app.database import create_schema, engine
from app.errors import install_handlers
from app.http import PathGuard, accepts_json
from app.routes import auth, books, health, loans, reports, users
from app.services.users import ensure_librarian

ROUTERS = (
    health.router,
    books.router,
    auth.router,
    users.router,
    loans.router,
    reports.router,
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await run_in_threadpool(create_schema)
    await run_in_threadpool(ensure_librarian)
    yield
    engine.dispose()


def create_app() -> FastAPI:
    app = FastAPI(
        title="Library API",
        lifespan=lifespan,
        dependencies=[Depends(accepts_json)],
        # A path that the contract does not name is 404: /books/ as well as /docs.
        redirect_slashes=False,
        openapi_url=None,
    )
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(PathGuard, routers=ROUTERS)
    install_handlers(app)
    return app


app = create_app()
