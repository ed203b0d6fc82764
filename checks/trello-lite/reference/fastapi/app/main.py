"""The application: routers, middleware and start-up put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.database import engine, migrate
from app.errors import install_handlers
from app.http import PathGuard
from app.routes import (
    auth,
    columns,
    comments,
    health,
    invitations,
    projects,
    tasks,
    users,
)

ROUTERS = (
    health.router,
    auth.router,
    users.router,
    projects.router,
    invitations.router,
    columns.router,
    tasks.router,
    comments.router,
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await run_in_threadpool(migrate)
    yield
    engine.dispose()


def create_app() -> FastAPI:
    app = FastAPI(
        title="Task API",
        description="Boards for small teams: projects, the people in them, and their tasks.",
        lifespan=lifespan,
        # A path that the contract does not name is 404: /projects/ as well as /docs. The document
        # of the API is one of our own routes, see app/routes/health.py.
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(PathGuard, routers=ROUTERS)
    install_handlers(app)
    return app


app = create_app()
