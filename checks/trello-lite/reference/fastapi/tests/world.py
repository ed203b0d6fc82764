"""What tests are made of: people, boards, and the few things that every test asks."""

import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

PASSWORD = "correct-horse"

Fields = dict[str, Any]

ACTIONS = {
    "task.created",
    "task.updated",
    "task.moved",
    "task.deleted",
    "comment.created",
    "member.joined",
    "member.left",
}
# All names that the contract gives to fields of answers.
NAMES = {
    "access_token", "action", "assignee_ids", "at", "author_id", "changes", "column_id",
    "created_at", "created_by", "description", "due_at", "edited_at", "email", "expires_in",
    "from", "id", "items", "joined_at", "label", "labels", "limit", "name", "next_cursor",
    "offset", "owner_id", "position", "priority", "project_id", "project_name",
    "refresh_token", "role", "task_count", "task_id", "text", "title", "to", "token_type",
    "total", "updated_at", "user_id", "version",
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody with an account, who sends their access token along."""

    client: httpx.Client
    id: int
    email: str
    access_token: str
    refresh_token: str

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access_token}", **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.request("POST", path, json=body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return self.request("PATCH", path, json=body, **more)

    def put(self, path: str, body: Any) -> httpx.Response:
        return self.request("PUT", path, json=body)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)


@dataclass(frozen=True)
class Board:
    """A project with a column, and its owner."""

    owner: Person
    id: int
    column: int

    @property
    def path(self) -> str:
        return f"/projects/{self.id}"

    def add_column(self, name: str = "Doing") -> int:
        return made(self.owner.post(f"{self.path}/columns", {"name": name}))["id"]

    def add_task(self, title: str = "Order boxes", **fields: Any) -> Fields:
        body = {"column_id": self.column, "title": title, **fields}
        return made(self.owner.post(f"{self.path}/tasks", body))

    def add_tasks(self, *titles: str, **fields: Any) -> list[int]:
        return [self.add_task(title, **fields)["id"] for title in titles]

    def let_in(self, person: Person, role: str) -> None:
        invitation = self.invite(person.email, role)
        assert 200 == person.post(f"/invitations/{invitation['id']}/accept").status_code

    def invite(self, email: str, role: str = "member") -> Fields:
        return made(self.owner.post(f"{self.path}/invitations", {"email": email, "role": role}))

    def tasks(self, **parameters: Any) -> list[Fields]:
        return good(self.owner.get(f"{self.path}/tasks", params=parameters))["items"]

    def titles(self, **parameters: Any) -> list[str]:
        return [task["title"] for task in self.tasks(**parameters)]

    def order(self, column: int) -> list[int]:
        """The ids of the tasks of a column; their positions must be 0, 1, 2 …"""
        tasks = self.tasks(column_id=column, sort="position", limit=100)
        assert list(range(len(tasks))) == [task["position"] for task in tasks]
        return [task["id"] for task in tasks]

    def activity(self) -> list[Fields]:
        """The newest entries of the contract's actions; a server may tell of others, too."""
        page = good(self.owner.get(f"{self.path}/activity", params={"limit": 50}))
        return [entry for entry in page["items"] if entry["action"] in ACTIONS]


def sign_up(client: httpx.Client, name: str = "Ada", email: str = "") -> Person:
    email = email or unique_email()
    account = {"email": email, "name": name, "password": PASSWORD}
    user = made(client.post("/auth/register", json=account))
    return Person(client, user["id"], email, *pair_of(sign_in(client, email)))


def sign_in(client: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/auth/token", data={"username": email, "password": password})


def pair_of(answer: httpx.Response) -> tuple[str, str]:
    pair = good(answer)
    return pair["access_token"], pair["refresh_token"]


def new_board(owner: Person, **roles: Person) -> Board:
    project = made(owner.post("/projects", {"name": "Moving house"}))
    column = made(owner.post(f"/projects/{project['id']}/columns", {"name": "To do"}))
    board = Board(owner, project["id"], column["id"])
    for role, person in roles.items():
        board.let_in(person, role)
    return board


def made(answer: httpx.Response) -> Fields:
    assert 201 == answer.status_code, answer.text
    return _named(answer.json())


def good(answer: httpx.Response) -> Fields:
    assert 200 == answer.status_code, answer.text
    return _named(answer.json())


def _named(value: Any) -> Any:
    """The fields of the contract. A server may answer more, and that may differ each time."""
    if isinstance(value, list):
        return [_named(each) for each in value]
    if isinstance(value, dict):
        return {name: _named(each) for name, each in value.items() if name in NAMES}
    return value


def not_before(earlier: str, later: str) -> bool:
    """Whether a time is later than another; or the same, if the server counts whole seconds."""
    first, second = datetime.fromisoformat(earlier), datetime.fromisoformat(later)
    return first < second or (first == second and "." not in later)


def refused(answer: httpx.Response, status: int, code: str, field: str | None = None) -> bool:
    """Whether it is this error, and, if a field is named, of this field and no other."""
    assert status == answer.status_code, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    error = answer.json()["error"]
    assert code == error["code"]
    assert error["message"]
    if field is not None:
        assert {field} == {detail["field"] for detail in error["details"]}
        assert all(detail["message"] for detail in error["details"])
    return True


def invalid(answer: httpx.Response, field: str) -> bool:
    return refused(answer, 422, "validation_failed", field)


def unauthorized(answer: httpx.Response) -> bool:
    assert refused(answer, 401, "unauthorized")
    return answer.headers["WWW-Authenticate"].startswith("Bearer")


def forbidden(answer: httpx.Response) -> bool:
    return refused(answer, 403, "forbidden")


def missing(answer: httpx.Response) -> bool:
    return refused(answer, 404, "not_found")


def walk(person: Person, path: str, **parameters: Any) -> list[Fields]:
    """All entries of a list by cursor, from the first page to the last."""
    page = good(person.get(path, params=parameters))
    entries = page["items"]
    while page["next_cursor"] is not None:
        page = good(person.get(path, params={**parameters, "cursor": page["next_cursor"]}))
        assert page["items"]
        entries += page["items"]
    return entries


def at_once(requests: Iterable[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Send all of them at the same moment."""
    requests = list(requests)
    with ThreadPoolExecutor(len(requests)) as pool:
        return [each.result() for each in [pool.submit(request) for request in requests]]


def told(entry: Fields) -> tuple[object, ...]:
    """What an entry of the activity says."""
    return entry["action"], entry["user_id"], entry["task_id"], entry["changes"]


def unique_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"
