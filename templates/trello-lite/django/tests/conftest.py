"""The world of your tests: a server, and somebody who talks to it.

With TARGET_URL in the environment everything is sent to that server; otherwise your own application is started, once
for all tests. TEST_SEED draws the order of the tests, TEST_STOP=first ends with the first that fails (CONTRACT §12).
"""

import os
import random
import secrets
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

# Your application reads the environment when it is imported, which is later. Set DATABASE_URL yourself, to a database
# of its own, so that tests never touch the one you work with; `roadmap check` gives you an empty one.
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
os.environ.setdefault("PASSWORD_HASH_COST", "minimum")

SECONDS_TO_START = 30


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("TEST_STOP") == "first":
        config.option.maxfail = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if seed := os.environ.get("TEST_SEED"):
        random.Random(seed).shuffle(items)


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Where the server answers."""
    if target := os.environ.get("TARGET_URL"):
        yield target
    else:
        yield from own_server()


def own_server() -> Iterator[str]:
    """Your application on a free port."""
    from config.asgi import application

    settings = uvicorn.Config(application, host="127.0.0.1", port=0, lifespan="off", log_level="warning")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + SECONDS_TO_START
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, "The application did not start."
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[httpx.Client]:
    """Somebody who has not signed in."""
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client


# TODO (milestone tests): fixtures that make people with new e-mail addresses, signed in, and projects with members.
# Never rely on what another test has left behind: your tests run in any order, and twice on one server.
