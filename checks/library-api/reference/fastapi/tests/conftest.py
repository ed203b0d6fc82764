"""The world of the tests: the application on a free port, a librarian and fresh members."""

import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from httpx import Client

LIBRARIAN = {"email": "librarian@example.com", "password": "librarian-for-tests"}

# The application reads its settings when it is imported, so they are made here, before that.
_folder = tempfile.TemporaryDirectory()
os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(_folder.name, 'test.db')}")
os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
os.environ["PASSWORD_HASH_COST"] = "minimum"
os.environ["LIBRARIAN_EMAIL"] = LIBRARIAN["email"]
os.environ["LIBRARIAN_PASSWORD"] = LIBRARIAN["password"]

Member = Callable[[], Client]


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    from app.main import app

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def api(url: str) -> Iterator[Client]:
    """Somebody who has not signed in."""
    with Client(base_url=url) as client:
        yield client


@pytest.fixture(scope="session")
def librarian(url: str) -> Iterator[Client]:
    with Client(base_url=url) as client:
        sign_in(client, **LIBRARIAN)
        yield client


@pytest.fixture
def member(url: str) -> Iterator[Member]:
    """Makes members, each with an account of their own."""
    clients: list[Client] = []

    def make() -> Client:
        client = Client(base_url=url)
        clients.append(client)
        account = {"email": unique_email(), "password": "member-for-tests"}
        client.post("/auth/register", json={**account, "name": "Ada"})
        sign_in(client, **account)
        return client

    yield make
    for client in clients:
        client.close()


def sign_in(client: Client, email: str, password: str) -> None:
    answer = client.post("/auth/login", json={"email": email, "password": password})
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def unique_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def unique_word() -> str:
    return "w" + secrets.token_hex(6)


def unique_isbn() -> str:
    digits = f"978{secrets.randbelow(10**9):09}"
    checksum = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-checksum % 10}"


def a_book(**fields: object) -> dict[str, object]:
    """The body of a request that creates a book nobody has yet."""
    book = {"title": "Emma", "author": "Jane Austen", "isbn": unique_isbn(), "published_year": 1815}
    return {**book, **fields}


def add_book(librarian: Client, **fields: object) -> dict[str, object]:
    answer = librarian.post("/books", json=a_book(**fields))
    assert answer.status_code == 201, answer.text
    return answer.json()
