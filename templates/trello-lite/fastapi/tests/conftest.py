"""The world of your tests: a server, and somebody who talks to it.

TARGET_URL  the server that the tests speak to; without it they start your own application
TEST_SEED   the order of the tests is drawn from it
TEST_STOP   "first": the first test that fails is the last one

All of that is ready, and CONTRACT.md §12 says what it is for.
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


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("TEST_STOP") == "first":
        config.option.maxfail = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if seed := os.environ.get("TEST_SEED"):
        random.Random(seed).shuffle(items)


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Where the server under test answers."""
    if target := os.environ.get("TARGET_URL"):
        yield target
    else:
        yield from _your_own_server()


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[httpx.Client]:
    """Somebody who has not signed in."""
    with httpx.Client(base_url=url, timeout=10) as client:
        yield client


# TODO (milestone tests): fixtures that make people with new e-mail addresses, signed in, and projects with members.
# A test must not rely on what another one has left behind: they run in any order, and twice on one server.


def _your_own_server() -> Iterator[str]:
    """Run the application in a thread, with the DATABASE_URL of the environment.

    `roadmap check` gives it an empty database. If you set it yourself, name one that you can do without.
    """
    # The application reads its settings when it is imported, so they are made before that.
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    os.environ.setdefault("PASSWORD_HASH_COST", "minimum")
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
