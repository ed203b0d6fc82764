"""Comments: what people say about a task, and who may take it back."""

import httpx
import pytest
from world import Board, Person, forbidden, good, invalid, made, missing, not_before, walk


def add(person: Person, task: dict[str, object], text: object = "Ten of them.") -> httpx.Response:
    return person.post(f"/tasks/{task['id']}/comments", {"text": text})


@pytest.fixture
def task(team: Board) -> dict[str, object]:
    return team.add_task()


def test_a_comment_is_its_authors(task: dict[str, object], member: Person, viewer: Person):
    """Trimmed at both ends, with the line ends within."""
    comment = made(add(member, task, " Ten\nof them. \n"))

    assert (task["id"], member.id) == (comment["task_id"], comment["author_id"])
    assert "Ten\nof them." == comment["text"]
    assert comment["edited_at"] is None
    assert comment["created_at"]
    page = good(viewer.get(f"/tasks/{task['id']}/comments"))
    assert ([comment], None) == (page["items"], page["next_cursor"])


def test_a_comment_that_breaks_a_rule(team: Board, task: dict[str, object]):
    """Neither a new one nor a changed one."""
    comment = made(add(team.owner, task, "ä" * 2000))
    path = f"/comments/{comment['id']}"

    for text in ("", " \n", "a" * 2001, "a\x00b", None, 7):
        assert invalid(add(team.owner, task, text), "text")
        assert invalid(team.owner.patch(path, {"text": text}), "text")
    assert [comment] == good(team.owner.get(f"/tasks/{task['id']}/comments"))["items"]


def test_only_authors_change_what_they_said(team: Board, task: dict[str, object], member: Person):
    """The owner of the project does not put words into their mouth."""
    comment = made(add(member, task))
    path = f"/comments/{comment['id']}"

    assert forbidden(team.owner.patch(path, {"text": "Twenty."}))
    changed = good(member.patch(path, {"text": " Eleven. "}))
    assert "Eleven." == changed["text"]
    assert not_before(comment["created_at"], changed["edited_at"])
    assert {**comment, "text": "Eleven.", "edited_at": changed["edited_at"]} == changed


def test_the_owner_tidies_up(team: Board, task: dict[str, object], member: Person, viewer: Person):
    """Authors and the owner delete a comment, other members do not."""
    owners, members = made(add(team.owner, task)), made(add(member, task))

    assert forbidden(member.delete(f"/comments/{owners['id']}"))
    assert forbidden(viewer.delete(f"/comments/{members['id']}"))
    assert 204 == team.owner.delete(f"/comments/{members['id']}").status_code
    assert missing(member.patch(f"/comments/{members['id']}", {"text": "Still here?"}))
    again = made(add(member, task))
    assert 204 == member.delete(f"/comments/{again['id']}").status_code
    assert [owners] == good(member.get(f"/tasks/{task['id']}/comments"))["items"]


def test_who_is_only_a_viewer_now_changes_nothing(new_team: Board, member: Person):
    """Not even what they said as a member; who is out of the project finds nothing."""
    task = new_team.add_task()
    path = f"/comments/{made(add(member, task))['id']}"
    role = f"{new_team.path}/members/{member.id}"

    good(new_team.owner.patch(role, {"role": "viewer"}))
    assert forbidden(member.patch(path, {"text": "Eleven."}))
    assert forbidden(member.delete(path))
    assert 204 == new_team.owner.delete(role).status_code
    assert missing(member.patch(path, {"text": "Eleven."}))
    assert missing(member.delete(path))


def test_a_walk_through_comments(team: Board, task: dict[str, object]):
    """Oldest first, each once, though some are deleted and others added on the way."""
    path = f"/tasks/{task['id']}/comments"
    ids = [made(add(team.owner, task, f"Number {n}"))["id"] for n in range(7)]
    page = good(team.owner.get(path, params={"limit": 3}))
    team.owner.delete(f"/comments/{ids[0]}")
    team.owner.delete(f"/comments/{ids[2]}")
    new = made(add(team.owner, task, "New"))["id"]
    rest = walk(team.owner, path, limit=3, cursor=page["next_cursor"])

    assert ids[:3] == [comment["id"] for comment in page["items"]]
    assert ids[3:] == [comment["id"] for comment in rest if comment["id"] != new]
    whole = good(team.owner.get(path, params={"limit": 6}))
    assert (6, None) == (len(whole["items"]), whole["next_cursor"])


def test_a_walk_that_cannot_begin(team: Board, task: dict[str, object]):
    """Cursors are the server's own; limits are those of all lists."""
    for path in (f"/tasks/{task['id']}/comments", f"{team.path}/activity", "/tasks"):
        for name, value in (("cursor", "x"), ("cursor", "garbage!"), ("limit", 0), ("limit", 101)):
            assert invalid(team.owner.get(path, params={name: value}), name)
