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


@pytest.fixture(scope="session")
def task(team: Board) -> Fields:
    return team.add_task()


def add(person: Person, task: Fields, text: object = "Ten of them.") -> httpx.Response:
    return person.post(f"/tasks/{task['id']}/comments", {"text": text})


def test_only_authors_change_what_they_said(team: Board, task: Fields, member: Person):
    """Trimmed at both ends; the owner of the project does not put words into their mouth."""
    comment = made(add(member, task, " Ten\nof them. \n"))
    path = f"/comments/{comment['id']}"

    assert (task["id"], member.id) == (comment["task_id"], comment["author_id"])
    assert ("Ten\nof them.", None) == (comment["text"], comment["edited_at"])
    assert forbidden(team.owner.patch(path, {"text": "Twenty."}))
    changed = good(member.patch(path, {"text": " Eleven. "}))
    assert not_before(comment["created_at"], changed["edited_at"])
    assert {**comment, "text": "Eleven.", "edited_at": changed["edited_at"]} == changed
    for text in (" \n", "a" * 2001):
        assert invalid(member.patch(path, {"text": text}), "text")


def test_the_owner_tidies_up(team: Board, task: Fields, member: Person):
    """Authors and the owner delete a comment, other members do not."""
    owners, members = (f"/comments/{made(add(each, task))['id']}" for each in (team.owner, member))

    assert forbidden(member.delete(owners))
    assert 204 == team.owner.delete(members).status_code
    assert missing(member.patch(members, {"text": "Still here?"}))


def test_a_walk_through_comments(team: Board, viewer: Person):
    """Oldest first, each once, though one is deleted on the way; by no cursor but the server's own."""
    task = team.add_task()
    path = f"/tasks/{task['id']}/comments"
    comments = [made(add(team.owner, task, f"Number {n}")) for n in range(3)]
    page = good(viewer.get(path, params={"limit": 2}))
    team.owner.delete(f"/comments/{comments[1]['id']}")

    assert comments[:2] == page["items"]
    assert comments[2:] == walk(viewer, path, limit=2, cursor=page["next_cursor"])
    assert invalid(viewer.get(path, params={"cursor": "garbage!"}), "cursor")
