"""Comments: what people say about a task, and who may take it back."""

import httpx
import pytest
from world import (
    Board,
    Fields,
    Person,
    forbidden,
    good,
    invalid,
    made,
    missing,
    not_before,
    walk,
)


@pytest.fixture(scope="module")
def task(team: Board) -> Fields:
    return team.add_task()


def add(person: Person, task: Fields, text: object = "Ten of them.") -> httpx.Response:
    return person.post(f"/tasks/{task['id']}/comments", {"text": text})


def test_a_comment_is_its_authors(team: Board, member: Person, viewer: Person):
    """Trimmed at both ends, with the line ends within."""
    task = team.add_task()
    comment = made(add(member, task, " Ten\nof them. \n"))

    assert (task["id"], member.id) == (comment["task_id"], comment["author_id"])
    assert "Ten\nof them." == comment["text"]
    assert comment["edited_at"] is None
    assert comment["created_at"]
    page = good(viewer.get(f"/tasks/{task['id']}/comments"))
    assert ([comment], None) == (page["items"], page["next_cursor"])


def test_a_comment_that_breaks_a_rule(team: Board, task: Fields):
    """Neither a new one nor a changed one."""
    comment = made(add(team.owner, task, "ä" * 2000))["id"]

    for text in (" \n", "a" * 2001, "a\x00b", 7):
        assert invalid(add(team.owner, task, text), "text")
    assert invalid(team.owner.patch(f"/comments/{comment}", {"text": " "}), "text")


def test_only_authors_change_what_they_said(team: Board, task: Fields, member: Person):
    """The owner of the project does not put words into their mouth."""
    comment = made(add(member, task))
    path = f"/comments/{comment['id']}"

    assert forbidden(team.owner.patch(path, {"text": "Twenty."}))
    changed = good(member.patch(path, {"text": " Eleven. "}))
    assert not_before(comment["created_at"], changed["edited_at"])
    assert {**comment, "text": "Eleven.", "edited_at": changed["edited_at"]} == changed


def test_the_owner_tidies_up(team: Board, task: Fields, member: Person):
    """Authors and the owner delete a comment, other members do not."""
    owners, members = (f"/comments/{made(add(each, task))['id']}" for each in (team.owner, member))
    own = f"/comments/{made(add(member, task))['id']}"

    assert forbidden(member.delete(owners))
    assert 204 == team.owner.delete(members).status_code
    assert 204 == member.delete(own).status_code
    assert missing(member.patch(members, {"text": "Still here?"}))


def test_who_is_only_a_viewer_now_changes_nothing(board: Board, member: Person):
    """Not even what they said as a member."""
    board.let_in(member, "member")
    path = f"/comments/{made(add(member, board.add_task()))['id']}"

    good(board.owner.patch(f"{board.path}/members/{member.id}", {"role": "viewer"}))
    assert forbidden(member.patch(path, {"text": "Eleven."}))
    assert forbidden(member.delete(path))


def test_a_walk_through_comments(team: Board):
    """Oldest first, each once, though some are deleted and others added on the way."""
    task, owner = team.add_task(), team.owner
    path = f"/tasks/{task['id']}/comments"
    ids = [made(add(owner, task, f"Number {n}"))["id"] for n in range(5)]
    page = good(owner.get(path, params={"limit": 2}))
    owner.delete(f"/comments/{ids[0]}")
    owner.delete(f"/comments/{ids[1]}")
    new = made(add(owner, task, "New"))["id"]
    rest = walk(owner, path, limit=2, cursor=page["next_cursor"])

    assert ids[:2] == [comment["id"] for comment in page["items"]]
    assert ids[2:] == [comment["id"] for comment in rest if comment["id"] != new]


def test_a_walk_that_cannot_begin(team: Board, task: Fields):
    """Cursors are the server's own; limits are those of all lists."""
    for path in (f"/tasks/{task['id']}/comments", f"{team.path}/activity", "/tasks"):
        assert invalid(team.owner.get(path, params={"cursor": "garbage!"}), "cursor")
        assert invalid(team.owner.get(path, params={"limit": 101}), "limit")
