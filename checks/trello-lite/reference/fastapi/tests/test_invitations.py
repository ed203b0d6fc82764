"""Invitations: how somebody gets into a project."""

import httpx
import pytest
from world import (
    Board,
    Person,
    at_once,
    good,
    invalid,
    made,
    missing,
    refused,
    sign_up,
    unique_email,
)


@pytest.fixture(scope="module")
def guest(client: httpx.Client) -> Person:
    """Somebody whom many invite, so their list may hold more than one project's invitation."""
    return sign_up(client, "Gus")


def invitations_to(board: Board, guest: Person) -> list[dict[str, object]]:
    items = good(guest.get("/invitations", params={"limit": 100}))["items"]
    return [each for each in items if each["project_id"] == board.id]


def invite(board: Board, email: object, role: object = "member") -> httpx.Response:
    return board.owner.post(f"{board.path}/invitations", {"email": email, "role": role})


def test_an_invitation_is_seen_by_both(board: Board, guest: Person):
    """By the owner in the project, by the guest among their own, and alike."""
    invitation = made(invite(board, guest.email.upper(), "viewer"))

    assert (guest.email, "viewer") == (invitation["email"], invitation["role"])
    assert (board.id, "Moving house") == (invitation["project_id"], invitation["project_name"])
    page = good(board.owner.get(f"{board.path}/invitations"))
    assert ([invitation], 1) == (page["items"], page["total"])
    assert [invitation] == invitations_to(board, guest)


def test_an_invitation_that_is_accepted(board: Board, guest: Person):
    """It gives the role that it names, and is open no more."""
    path = f"/invitations/{board.invite(guest.email, 'viewer')['id']}"

    assert missing(guest.get(board.path))
    project = good(guest.post(f"{path}/accept"))
    assert (board.id, "viewer", board.owner.id) == (
        project["id"],
        project["role"],
        project["owner_id"],
    )
    assert project == good(guest.get(board.path))
    assert [] == invitations_to(board, guest)
    assert [] == good(board.owner.get(f"{board.path}/invitations"))["items"]
    assert missing(guest.post(f"{path}/decline"))
    assert guest.post(f"{path}/accept").status_code in (404, 409)


def test_an_invitation_that_is_declined(board: Board, guest: Person):
    """It gives nothing, and another one may follow."""
    path = f"/invitations/{board.invite(guest.email)['id']}"

    assert 204 == guest.post(f"{path}/decline").status_code
    assert missing(guest.post(f"{path}/accept"))
    board.invite(guest.email)


def test_an_invitation_that_is_withdrawn(board: Board, team: Board, guest: Person):
    """In its own project; it opens nothing any more."""
    invitation = board.invite(guest.email)
    path = f"{board.path}/invitations/{invitation['id']}"
    other = f"{team.path}/invitations/{invitation['id']}"

    assert missing(team.owner.delete(other))
    assert 204 == board.owner.delete(path).status_code
    assert missing(guest.post(f"/invitations/{invitation['id']}/accept"))
    assert missing(board.owner.delete(path))


def test_an_invitation_is_for_one_person(board: Board, guest: Person, stranger: Person):
    """Its id is no ticket: neither a stranger nor the owner uses it."""
    path = f"/invitations/{board.invite(guest.email)['id']}"

    for other in (stranger, board.owner):
        assert missing(other.post(f"{path}/accept"))
    assert missing(stranger.post(f"{path}/decline"))
    assert 200 == guest.post(f"{path}/accept").status_code


def test_nobody_is_invited_twice(board: Board, guest: Person):
    """Neither while an invitation is open nor when they are in, in whatever case."""
    invitation = board.invite(guest.email)

    assert refused(invite(board, guest.email.upper(), "viewer"), 409, "already_invited")
    good(guest.post(f"/invitations/{invitation['id']}/accept"))
    assert refused(invite(board, guest.email.upper()), 409, "already_member")
    assert refused(invite(board, board.owner.email), 409, "already_member")


def test_who_is_invited_need_not_have_an_account_yet(board: Board, client: httpx.Client):
    """The invitation waits for the address."""
    email = unique_email()
    board.invite(email)
    account = {"email": email, "name": "Late", "password": "late-but-there"}
    made(client.post("/auth/register", json=account))
    form = {"username": email, "password": "late-but-there"}
    token = good(client.post("/auth/token", data=form))["access_token"]
    page = good(client.get("/invitations", headers={"Authorization": f"Bearer {token}"}))

    assert [board.id] == [each["project_id"] for each in page["items"]]


def test_an_invitation_that_breaks_a_rule(team: Board):
    """Nobody is invited to be the owner."""
    for email in ("nobody", 7):
        assert invalid(invite(team, email), "email")
    for role in ("owner", None):
        assert invalid(invite(team, "a@example.com", role), "role")


def test_one_invitation_lets_in_once(board: Board, guest: Person):
    """Of several acceptances at the same moment one is answered with the project."""
    path = f"/invitations/{board.invite(guest.email)['id']}/accept"
    answers = at_once([lambda: guest.post(path)] * 4)

    assert 1 == [answer.status_code for answer in answers].count(200)
    assert {answer.status_code for answer in answers} <= {200, 404, 409}
    assert 2 == good(guest.get(f"{board.path}/members"))["total"]


def test_one_address_is_invited_once(board: Board):
    """Also by several requests at the same moment."""
    email = unique_email()
    answers = at_once([lambda: invite(board, email)] * 4)

    assert [201, 409, 409, 409] == sorted(answer.status_code for answer in answers)
    assert 1 == good(board.owner.get(f"{board.path}/invitations"))["total"]
