"""The world of the tests: a server, somebody who talks to it, and people who have signed up.

TARGET_URL  the server that the tests speak to; without it they start this application
TEST_SEED   the order of the tests is drawn from it
TEST_STOP   "first": the first test that fails is the last one
"""

import os
import random
import secrets
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from world import Board, Person, new_board, sign_up


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
        yield from _our_own_server()


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[httpx.Client]:
    """Somebody who has not signed in."""
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def owner(client: httpx.Client) -> Person:
    return sign_up(client, "Olga")


@pytest.fixture(scope="session")
def member(client: httpx.Client) -> Person:
    return sign_up(client, "Max")


@pytest.fixture(scope="session")
def viewer(client: httpx.Client) -> Person:
    return sign_up(client, "Vera")


@pytest.fixture(scope="session")
def stranger(client: httpx.Client) -> Person:
    """Somebody with an account who has no role in any project of the others."""
    return sign_up(client, "Stan")


@pytest.fixture
def board(owner: Person) -> Board:
    """A new project with one column; nobody but the owner is in it."""
    return new_board(owner)


@pytest.fixture(scope="session")
def team(owner: Person, member: Person, viewer: Person) -> Board:
    """A project in which the three have the roles of their names.

    All tests share it, for requests cost time: they add to it, and leave alone who is in it.
    """
    return new_board(owner, member=member, viewer=viewer)


@pytest.fixture
def lane(team: Board) -> int:
    """A new column of the team's board, with no other test's tasks in it."""
    return team.add_column("Lane")


@pytest.fixture(scope="session")
def foreign_column(stranger: Person) -> int:
    """A column of a project of somebody else."""
    return new_board(stranger).column


def _our_own_server() -> Iterator[str]:
    """Run the application in a thread, on the empty database of DATABASE_URL."""
    # The application reads its settings when it is imported, so they are made before that.
    if not os.environ.get("DATABASE_URL"):
        pytest.exit("Set DATABASE_URL to an empty database, or TARGET_URL to a server.", 2)
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    os.environ.setdefault("PASSWORD_HASH_COST", "minimum")
    import uvicorn
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
