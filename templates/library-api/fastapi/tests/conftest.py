"""The world of your tests: the application on a free port, and somebody who talks to it."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Where the application answers. It is started once for all tests."""
    # TODO: set the environment variables that your application reads here, before it is imported. Use a database
    # of its own, so that tests never touch the one you work with.
    from app.main import app

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    assert server.started, "The application did not start."
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def api(url: str) -> Iterator[httpx.Client]:
    """Somebody who has not signed in."""
    with httpx.Client(base_url=url) as client:
        yield client


# TODO (milestone users): fixtures for a librarian and for members, with their tokens in client.headers
