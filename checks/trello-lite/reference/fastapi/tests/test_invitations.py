"""Invitations: how somebody gets into a project."""

import httpx
from world import Board, Person, at_once, good, invalid, missing, refused, sign_up, unique_email


def invite(board: Board, email: str, role: str = "member") -> httpx.Response:
    return board.owner.post(f"{board.path}/invitations", {"email": email, "role": role})


def test_an_invitation_that_is_accepted(board: Board, client: httpx.Client):
    """It waits for whoever has the address, gives the role that it names, and is open no more."""
    email = unique_email()
    invitation = board.invite(email.upper(), "viewer")
    guest = sign_up(client, email=email)
    path = f"/invitations/{invitation['id']}/accept"

    assert (email, "viewer") == (invitation["email"], invitation["role"])
    assert (board.id, "Moving house") == (invitation["project_id"], invitation["project_name"])
    assert [invitation] == good(guest.get("/invitations"))["items"]
    project = good(guest.post(path))
    assert (board.id, "viewer") == (project["id"], project["role"])
    assert board.owner.id == project["owner_id"]
    assert 0 == good(guest.get("/invitations"))["total"]
    assert guest.post(path).status_code in (404, 409)


def test_an_invitation_is_for_one_person(board: Board, member: Person, stranger: Person):
    """Its id is no ticket for others; declined, it opens nothing any more."""
    path = f"/invitations/{board.invite(member.email)['id']}"

    assert missing(stranger.post(f"{path}/accept"))
    assert missing(stranger.post(f"{path}/decline"))
    assert 204 == member.post(f"{path}/decline").status_code
    assert missing(member.post(f"{path}/accept"))


def test_nobody_is_invited_twice(team: Board, member: Person):
    """Neither while an invitation is open nor when they are in, in whatever case."""
    invitation = team.invite(unique_email())

    assert refused(invite(team, invitation["email"].upper()), 409, "already_invited")
    assert refused(invite(team, member.email.upper()), 409, "already_member")
    path = f"{team.path}/invitations/{invitation['id']}"
    assert 204 == team.owner.delete(path).status_code
    assert "viewer" == team.invite(invitation["email"], "viewer")["role"]


def test_one_address_is_invited_once(team: Board):
    """Also by several requests at the same moment; and not to be the owner."""
    email = unique_email()
    answers = at_once([lambda: invite(team, email)] * 3)

    assert [201, 409, 409] == sorted(answer.status_code for answer in answers)
    assert invalid(invite(team, unique_email(), "owner"), "role")
