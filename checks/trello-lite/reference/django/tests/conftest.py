"""The world of the tests: a server of the contract, and people who use it.

With TARGET_URL everything is sent to that server; otherwise the application itself is started, on the empty
database of DATABASE_URL. TEST_SEED draws the order of the tests, TEST_STOP=first ends with the first that fails.
"""

import os
import random
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx import Client, Response

# The application reads the environment when it is imported, which is later.
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
os.environ["PASSWORD_HASH_COST"] = "minimum"

PASSWORD = "correct horse"
SECONDS_TO_START = 30

# Nobody speaks TLS here; to load the certificates of the system for each client would take longer than the tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


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
        return
    if not os.environ.get("DATABASE_URL"):
        pytest.exit("Set DATABASE_URL to an empty PostgreSQL database, or TARGET_URL to a server.", returncode=4)
    yield from own_server()


def own_server() -> Iterator[str]:
    import uvicorn
    from django.core.management import call_command

    from config import serving

    server = uvicorn.Server(serving.config("127.0.0.1", 0, log_level="warning"))
    call_command("migrate", verbosity=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + SECONDS_TO_START
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, "The application did not start."
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


class Person(Client):
    """Somebody who talks to the server; signed in once `sign_in` was called."""

    id: int
    email: str
    refresh_token: str

    def sign_in(self, password: str = PASSWORD) -> Response:
        answer = self.post("/auth/token", data={"username": self.email, "password": password})
        if answer.status_code == 200:
            self.refresh_token = answer.json()["refresh_token"]
            self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    def make(self, path: str, **fields: object) -> dict:
        """Post, and give what was made."""
        answer = self.post(path, json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def get_json(self, path: str, **parameters: object) -> dict:
        answer = self.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def walk(self, path: str, cursor: str | None = None, **parameters: object) -> list[dict]:
        """All entries of a list by cursor, from there on."""
        entries = []
        page = self.get_json(path, **parameters, **({"cursor": cursor} if cursor else {}))
        while page["next_cursor"] is not None:
            entries += page["items"]
            page = self.get_json(path, **parameters, cursor=page["next_cursor"])
        return entries + page["items"]


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[Client]:
    """Somebody who has not signed in."""
    with Client(base_url=url, timeout=30, verify=NO_TLS) as client:
        yield client


def somebody(url: str) -> Person:
    """A person with a new account, signed in."""
    person = Person(base_url=url, timeout=30, verify=NO_TLS)
    person.email = unique_email()
    person.id = person.make("/auth/register", email=person.email, name="Ada", password=PASSWORD)["id"]
    assert person.sign_in().status_code == 200
    return person


@pytest.fixture(scope="session")
def people(url: str) -> Iterator[Callable[[], Person]]:
    """Makes people, each with a new account, signed in."""
    made: list[Person] = []

    def new() -> Person:
        made.append(somebody(url))
        return made[-1]

    yield new
    for person in made:
        person.close()


@pytest.fixture(scope="session")
def owner(people: Callable[[], Person]) -> Person:
    return people()


@pytest.fixture(scope="session")
def member(people: Callable[[], Person]) -> Person:
    return people()


@pytest.fixture(scope="session")
def viewer(people: Callable[[], Person]) -> Person:
    return people()


@pytest.fixture(scope="session")
def stranger(people: Callable[[], Person]) -> Person:
    """Somebody without a role in any project of the others."""
    return people()


@pytest.fixture(scope="session")
def project(owner: Person, member: Person, viewer: Person) -> dict:
    """A project in which the three have their roles. All tests share it: they add to it, and leave alone who is in it."""
    project = owner.make("/projects", name="Moving house")
    let_in(owner, project, member, "member")
    let_in(owner, project, viewer, "viewer")
    return project


@pytest.fixture(scope="session")
def task(owner: Person, project: dict) -> dict:
    """A task that stays as it is: for requests that are refused, and change nothing."""
    column = owner.make(f"/projects/{project['id']}/columns", name="To do")
    return owner.make(f"/projects/{project['id']}/tasks", column_id=column["id"], title="Order boxes")


@pytest.fixture
def new_project(owner: Person) -> dict:
    """One with nobody in it but its owner."""
    return owner.make("/projects", name="Holidays")


@pytest.fixture
def column(owner: Person, project: dict) -> dict:
    """A new column of the shared project, without tasks of other tests."""
    return owner.make(f"/projects/{project['id']}/columns", name="To do")


@pytest.fixture
def add_task(owner: Person, column: dict) -> Callable[..., dict]:
    """Makes tasks in the new column."""

    def add(title: str = "Order boxes", **fields: object) -> dict:
        return owner.make(f"/projects/{column['project_id']}/tasks", column_id=column["id"], title=title, **fields)

    return add


def let_in(owner: Person, project: dict, person: Person, role: str) -> None:
    invitation = owner.make(f"/projects/{project['id']}/invitations", email=person.email, role=role)
    assert person.post(f"/invitations/{invitation['id']}/accept").status_code == 200


def at_once(calls: list[Callable[[], Response]]) -> list[Response]:
    """What comes back if all are made in the same instant."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


def unique_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def refused(answer: Response, status: int, code: str, *fields: str) -> bool:
    """Whether this is the refusal, naming these fields and no others. Says what came instead."""
    assert status == answer.status_code, answer.text
    assert code == answer.json()["error"]["code"], answer.text
    assert answer.json()["error"]["message"]
    if fields:
        assert set(fields) == {detail["field"] for detail in answer.json()["error"]["details"]}, answer.text
    return True
