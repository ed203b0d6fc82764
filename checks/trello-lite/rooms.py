"""Projects as the checks of projects and members know them: every address below one, and who may go there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from people import Board, Person, expect_status

from roadmap_cli.checking import API, Answer, Draw, Json, expect

ROLES = ("owner", "member", "viewer")
Who = Literal["owner", "viewer"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that nothing is wrong with, but perhaps who sends it; *who* is the least role that may."""

    method: str
    path: str
    who: Who
    body: Any = ...

    def by(self, api: API) -> Answer:
        """The answer that somebody gets."""
        return api.request(self.method, self.path, json=self.body)

    @property
    def line(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


def requests_below(board: Board, invited: int) -> Iterator[Request]:
    """Every address of §5 that belongs to a project, with an open invitation *invited* of it."""
    draw, path = board.owner.api.draw, board.path
    yield Request(method="GET", path=path, who="viewer")
    yield Request(method="GET", path=f"{path}/members", who="viewer")
    yield Request(method="GET", path=f"{path}/invitations", who="owner")
    yield Request(method="PATCH", path=path, who="owner", body={"name": draw.title()})
    yield Request(method="PATCH", path=f"{path}/members/{board.member.id}", who="owner", body={"role": "viewer"})
    yield Request(method="PATCH", path=f"{path}/members/{board.viewer.id}", who="owner", body={"role": "member"})
    yield Request(method="POST", path=f"{path}/invitations", who="owner", body=an_invitation(draw))
    yield Request(method="POST", path=f"{path}/transfer", who="owner", body={"user_id": board.member.id})
    yield Request(method="DELETE", path=f"{path}/invitations/{invited}", who="owner")
    yield Request(method="DELETE", path=path, who="owner")


def removals(board: Board, person: Person) -> list[Request]:
    """DELETE of every person of the project but *person* and the owner, whom nobody can remove."""
    others = [one.id for one in (board.member, board.viewer) if one.id != person.id]
    return [Request(method="DELETE", path=f"{board.path}/members/{id}", who="owner") for id in others]


def an_invitation(draw: Draw, **fields: Any) -> dict[str, Any]:
    """The body of a POST of an invitation that nothing is wrong with."""
    return {"email": draw.email(), "role": draw.pick(["member", "viewer"])} | fields


# --- what there is -------------------------------------------------------------------------------------------------


def project(person: Person, id: int) -> Json:
    """The project as *person* sees it."""
    return person.api.get(f"/projects/{id}").expect(200).has("id", "name", "description", "role", "owner_id")


def shown(project: Json) -> dict[str, Any]:
    """The fields of a project that are the same for everybody."""
    return {name: project[name].value for name in ("id", "name", "description", "owner_id", "created_at")}


def members(person: Person, id: int) -> dict[int, str]:
    """The roles of a project's people by their ids, as *person* sees them."""
    page = person.api.get(f"/projects/{id}/members", query={"limit": 100}).expect(200)
    return {entry["user_id"].integer: entry["role"].text for entry in page["items"]}


def open_invitations(owner: Person, id: int) -> list[int]:
    """The ids of a project's open invitations."""
    page = owner.api.get(f"/projects/{id}/invitations", query={"limit": 100}).expect(200)
    return [entry["id"].integer for entry in page["items"]]


def invitations_of(person: Person) -> list[int]:
    """The ids of the open invitations of a person's address."""
    page = person.api.get("/invitations", query={"limit": 100}).expect(200)
    return [entry["id"].integer for entry in page["items"]]


def expect_as_made(board: Board, *invited: int, alone: bool = False) -> None:
    """Project, members and invitations are as they were made, before the requests that were refused."""
    roles = {board.owner.id: "owner"} | ({} if alone else {board.member.id: "member", board.viewer.id: "viewer"})
    found = project(board.owner, board.id)
    there = {name: found[name].value for name in ("id", "name", "description", "role", "owner_id")}
    made = {"id": board.id, "name": board.name, "description": "", "role": "owner", "owner_id": board.owner.id}
    for what, wanted, actual in (
        ("fields", made, there),
        ("members", roles, members(board.owner, board.id)),
        ("invitations", [*invited], open_invitations(board.owner, board.id)),
    ):
        words = f"Refused requests change nothing: the {what} of the project stay as they were."
        expect(actual == wanted, words, expected=str(wanted), actual=str(actual))


def expect_roles(person: Person, id: int, roles: dict[int, str]) -> None:
    """Exactly these users have exactly these roles in the project, as *person* sees it."""
    found = members(person, id)
    expect(found == roles, "Everybody in the project has this role.", expected=str(roles), actual=str(found))


def expect_no_access(person: Person, id: int) -> None:
    """For *person* the project does not exist."""
    answer = person.api.get(f"/projects/{id}")
    expect_status(answer, 404, "A project is 404 for somebody who has no role in it.")


def expect_role(person: Person, id: int, role: str) -> None:
    """*person* has this role in the project, by its own word and by the list of members."""
    project(person, id).has(role=role)
    found = members(person, id).get(person.id)
    expect(found == role, "The list of members tells the same role.", expected=role, actual=found or "no entry")


def accept(person: Person, invited: int) -> Answer:
    """The answer when *person* accepts an invitation."""
    return person.api.post(f"/invitations/{invited}/accept")


def decline(person: Person, invited: int) -> Answer:
    """The answer when *person* declines an invitation."""
    return person.api.post(f"/invitations/{invited}/decline")
