"""The words that all checks of the task API share: people, projects, and the error body of CONTRACT.md §2."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from roadmap_cli.checking import API, Answer, Draw, Gate, blocked_by, expect

NOT_BUILT = (404, 405, 501)
Rounds = tuple[Gate | None, ...]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account: *api* speaks with their access token, *refresh_token* is that of the same login."""

    api: API
    id: int
    email: str
    password: str
    name: str
    refresh_token: str

    def on(self, api: API) -> Person:
        """The same person, speaking with the random data of *api*."""
        return replace(self, api=api.with_token(self.api.token))


@dataclass(frozen=True, kw_only=True)
class Team:
    """Four people with different roles in the same projects; the *stranger* has none."""

    owner: Person
    member: Person
    viewer: Person
    stranger: Person

    def on(self, api: API) -> Team:
        """The same people, speaking with the random data of *api*."""
        return Team(
            owner=self.owner.on(api),
            member=self.member.on(api),
            viewer=self.viewer.on(api),
            stranger=self.stranger.on(api),
        )


@dataclass(frozen=True, kw_only=True)
class Board(Team):
    """A project and its people."""

    id: int
    name: str

    @property
    def path(self) -> str:
        """Where the project is."""
        return f"/projects/{self.id}"


# --- accounts ------------------------------------------------------------------------------------------------------


def a_person(draw: Draw) -> dict[str, Any]:
    """The body of a POST /auth/register that nothing is wrong with."""
    return {"email": draw.email(), "name": draw.name(), "password": draw.password()}


def register(api: API, person: dict[str, Any]) -> Answer:
    """The answer to a registration."""
    return api.anonymous().post("/auth/register", json=person)


def registered(api: API, person: dict[str, Any]) -> int:
    """The id of a new user, as part of a world."""
    answer = register(api, person)
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("auth.register", "Registering failed, so this could not be judged.", answer=answer)
    return answer["id"].integer


def form(api: API, path: str, fields: dict[str, str]) -> Answer:
    """The answer to a POST of a form."""
    return api.anonymous().post(path, body=urlencode(fields).encode(), headers=FORM)


def login(api: API, email: str, password: str) -> Answer:
    """The answer to a login."""
    return form(api, "/auth/token", {"username": email, "password": password})


def logged_in(api: API, email: str, password: str) -> Answer:
    """A new pair of tokens, as part of a world."""
    answer = login(api, email, password)
    if answer.status != 200 or not {"access_token", "refresh_token"} <= set(answer.json.keys()):
        blocked_by("auth.login", "Logging in failed, so this could not be judged.", answer=answer)
    for name in ("access_token", "refresh_token"):
        if not answer[name].text.isascii():  # it could not even be sent back
            blocked_by("auth.login", f"A login gave no {name} that can be used.", answer=answer)
    return answer


def sign_up(api: API) -> Person:
    """A new person, registered and logged in, as part of a world."""
    person = a_person(api.draw)
    id = registered(api, person)
    pair = logged_in(api, person["email"], person["password"])
    return Person(
        api=api.with_token(pair["access_token"].text), id=id, refresh_token=pair["refresh_token"].text, **person
    )


# --- projects ------------------------------------------------------------------------------------------------------


def new_project(owner: Person, **fields: Any) -> Answer:
    """A new project of *owner*, as part of a world; the answer is the project."""
    answer = owner.api.post("/projects", json={"name": owner.api.draw.title()} | fields)
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("projects.create", "A project could not be made for this check.", answer=answer)
    return answer


def invitation(owner: Person, project: int, email: str, role: str = "member") -> int:
    """The id of a new, open invitation, as part of a world."""
    answer = owner.api.post(f"/projects/{project}/invitations", json={"email": email, "role": role})
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("projects.invite", "Nobody could be invited for this check.", answer=answer)
    return answer["id"].integer


def invite(owner: Person, project: int, person: Person, role: str = "member") -> int:
    """*person* is invited to the project and accepts, as part of a world; the id of the invitation that led there."""
    number = invitation(owner, project, person.email, role)
    answer = person.api.post(f"/invitations/{number}/accept")
    if answer.status != 200:
        blocked_by("projects.accept", "An invitation could not be accepted for this check.", answer=answer)
    return number


def a_team(make_api: Callable[[str], API], which: str) -> Team:
    """Four new people, as part of a world that several checks share; *which* team it is."""
    owner, member, viewer, stranger = (
        sign_up(make_api(f"{which} {role}")) for role in ("owner", "member", "viewer", "stranger")
    )
    return Team(owner=owner, member=member, viewer=viewer, stranger=stranger)


def lonely_board(team: Team, **fields: Any) -> Board:
    """A new project in which nobody but the owner has a role, as part of a world."""
    project = new_project(team.owner, **fields)
    return Board(
        id=project["id"].integer,
        name=project["name"].text,
        owner=team.owner,
        member=team.member,
        viewer=team.viewer,
        stranger=team.stranger,
    )


def new_board(team: Team, **fields: Any) -> Board:
    """A new project in which the people of *team* have their roles, as part of a world."""
    board = lonely_board(team, **fields)
    invite(board.owner, board.id, board.member, "member")
    invite(board.owner, board.id, board.viewer, "viewer")
    return board


# --- expectations --------------------------------------------------------------------------------------------------


def expect_status(answer: Answer, status: int, sentence: str) -> Answer:
    """The answer has this status; *sentence* says why."""
    actual = f"status {answer.status}"
    expect(answer.status == status, sentence, expected=f"status {status}", actual=actual, answer=answer)
    return answer


def expect_error(answer: Answer, status: int, code: str) -> Answer:
    """The answer is this error, in the body of CONTRACT.md §2."""
    answer.expect(status)
    answer["error"]["code"].equals(code)
    answer["error"]["message"].expect_filled()
    return answer


def expect_invalid(answer: Answer, *fields: str) -> Answer:
    """The answer is 422 and its details name each of *fields*, and nothing else."""
    expect_error(answer, 422, "validation_failed")
    details = answer["error"]["details"]
    named = [detail["field"].text for detail in details]
    for field in fields:
        details.expect(field in named, f"details names the field {field!r}.", actual=named)
    for detail in details:
        wanted = " or ".join(fields)
        detail["field"].expect(
            detail["field"].text in fields, "details names only what breaks a rule.", expected=wanted
        )
        detail["message"].expect_filled()
    return answer


def expect_unauthorized(answer: Answer) -> Answer:
    """401 with the error body, and the scheme to use in WWW-Authenticate (RFC 9110 §11.6.1)."""
    expect_error(answer, 401, "unauthorized")
    challenge = answer.header("WWW-Authenticate")
    is_bearer = re.match(r"bearer\b", challenge.strip(), re.IGNORECASE)
    expect(is_bearer, "WWW-Authenticate names the scheme Bearer.", expected="Bearer", actual=challenge, answer=answer)
    return answer


def expect_not_found(answer: Answer) -> Answer:
    """404 with the error body."""
    return expect_error(answer, 404, "not_found")


def expect_forbidden(answer: Answer) -> Answer:
    """403 with the error body."""
    return expect_error(answer, 403, "forbidden")


def expect_page(page: Answer, wanted: list[int], *, total: int, limit: int, offset: int, key: str = "id") -> None:
    """The page holds exactly the entries whose *key* is in *wanted*, in this order, and says what was in force."""
    page.expect(200).has("items", total=total, limit=limit, offset=offset)
    found = [entry[key].integer for entry in page["items"]]
    page["items"].expect(
        found == wanted, f"The page holds these entries ({key}) in this order.", expected=wanted, actual=found
    )


# --- values --------------------------------------------------------------------------------------------------------


def without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The body with one field left out."""
    return {other: value for other, value in fields.items() if other != name}


def some_id(draw: Draw) -> int:
    """An id that names nothing."""
    return draw.integer(10**9, 2 * 10**9)
