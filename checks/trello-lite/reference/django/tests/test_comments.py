"""Comments and activity (CONTRACT §8)."""

from collections.abc import Callable

import pytest
from conftest import Person, refused

AddTask = Callable[..., dict]
Join = Callable[[str], Person]


def told(owner: Person, project: dict, *actions: str) -> list[dict]:
    """The entries of these actions, oldest first."""
    entries = owner.walk(f"/projects/{project['id']}/activity")
    return [entry for entry in reversed(entries) if entry["action"] in actions]


def test_comments_come_in_their_order(owner: Person, add_task: AddTask):
    """Each once, in stretches of any length."""
    path = f"/tasks/{add_task()['id']}/comments"
    made = [owner.make(path, text=f" line {number}\nmore ") for number in range(5)]

    assert ("line 0\nmore", owner.id, None) == tuple(made[0][field] for field in ("text", "author_id", "edited_at"))
    for limit in (1, 2, 5):
        assert made == owner.walk(path, limit=limit)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001, 7, None, "a\0b"])
def test_a_comment_says_something(host: Person, hall_task: dict, text: object):
    """One character or more, and not a novel."""
    path = f"/tasks/{hall_task['id']}/comments"

    assert refused(host.post(path, json={"text": text}), 422, "validation_failed", "text")
    assert [] == host.walk(path)


def test_only_the_author_changes_a_comment(owner: Person, join: Join, add_task: AddTask):
    """Not even the owner does; but the owner may delete it."""
    author, other, viewer = join("member"), join("member"), join("viewer")
    path = f"/tasks/{add_task()['id']}/comments"
    comment = author.make(path, text="Ten.")
    own = f"/comments/{comment['id']}"

    assert refused(viewer.post(path, json={"text": "x"}), 403, "forbidden")
    for person in (owner, other, viewer):
        assert refused(person.patch(own, json={"text": "x"}), 403, "forbidden")
    for person in (other, viewer):
        assert refused(person.delete(own), 403, "forbidden")
    changed = author.patch(own, json={"text": "Eleven."}).json()
    assert ("Eleven.", comment["created_at"]) == (changed["text"], changed["created_at"])
    assert changed["edited_at"] is not None
    assert 204 == owner.delete(own).status_code
    assert refused(author.patch(own, json={"text": "x"}), 404, "not_found")


def test_who_becomes_a_viewer_only_reads(owner: Person, project: dict, join: Join, add_task: AddTask):
    """What they wrote stays, and they cannot change it any more."""
    author = join("member")
    comment = author.make(f"/tasks/{add_task()['id']}/comments", text="Ten.")
    owner.patch(f"/projects/{project['id']}/members/{author.id}", json={"role": "viewer"})

    assert refused(author.patch(f"/comments/{comment['id']}", json={"text": "x"}), 403, "forbidden")
    assert refused(author.delete(f"/comments/{comment['id']}"), 403, "forbidden")


def test_comments_go_with_their_task(owner: Person, add_task: AddTask):
    """They cannot be reached by their own ids either."""
    task = add_task()
    comment = owner.make(f"/tasks/{task['id']}/comments", text="Ten.")
    owner.delete(f"/tasks/{task['id']}")

    assert refused(owner.delete(f"/comments/{comment['id']}"), 404, "not_found")


def test_activity_tells_what_a_patch_changed(owner: Person, project: dict, add_task: AddTask):
    """Each field that really changed, as it is answered; nothing for what changed nothing."""
    task = add_task("Boxes", labels=["a"])
    path = f"/tasks/{task['id']}"
    owner.patch(
        path, json={"title": "Boxes", "priority": "high", "labels": ["b", "a"], "due_at": "2026-03-01T10:00:00+01:00"}
    )
    owner.patch(path, json={"priority": "high"})
    owner.patch(path, json={"priority": "urgently"})
    due_at = owner.get_json(path)["due_at"]

    [entry] = told(owner, project, "task.updated")
    assert (owner.id, task["id"]) == (entry["user_id"], entry["task_id"])
    assert {
        "priority": {"from": "normal", "to": "high"},
        "labels": {"from": ["a"], "to": ["a", "b"]},
        "due_at": {"from": None, "to": due_at},
    } == entry["changes"]


def test_activity_tells_the_life_of_a_task(owner: Person, project: dict, column: dict, add_task: AddTask):
    """Made, talked about, moved, deleted: one entry each, that outlives the task."""
    add_task("First")
    task = add_task("Boxes")
    path = f"/tasks/{task['id']}"
    owner.make(f"{path}/comments", text="Ten.")
    owner.post(f"{path}/move", json={"position": 0})
    owner.post(f"{path}/move", json={"position": 0})
    owner.delete(path)

    actions = ("task.created", "comment.created", "task.moved", "task.deleted")
    entries = [entry for entry in told(owner, project, *actions) if entry["task_id"] == task["id"]]
    assert [
        ("task.created", {}),
        ("comment.created", {}),
        ("task.moved", {"position": {"from": 1, "to": 0}}),
        ("task.deleted", {"title": {"from": "Boxes", "to": None}}),
    ] == [(entry["action"], entry["changes"]) for entry in entries]


def test_activity_tells_who_came_and_went(owner: Person, project: dict, join: Join):
    """Who joined is who did it; who was removed is in the changes."""
    member = join("member")
    owner.delete(f"/projects/{project['id']}/members/{member.id}")

    joined, left = told(owner, project, "member.joined", "member.left")
    assert (member.id, {"role": {"from": None, "to": "member"}}) == (joined["user_id"], joined["changes"])
    assert (owner.id, {"user_id": {"from": member.id, "to": None}}) == (left["user_id"], left["changes"])
    assert (None, None) == (joined["task_id"], left["task_id"])


def test_activity_is_walked_while_it_grows(owner: Person, project: dict, add_task: AddTask):
    """Newest first; what comes meanwhile pushes nothing into the next stretch."""
    for number in range(4):
        add_task(f"T{number}")
    path = f"/projects/{project['id']}/activity"
    before = [entry["id"] for entry in owner.walk(path)]
    page = owner.get_json(path, limit=2)
    add_task("Later")

    rest = owner.walk(path, limit=2, cursor=page["next_cursor"]) if page["next_cursor"] else []
    assert before == [entry["id"] for entry in page["items"] + rest]
    assert sorted(before, reverse=True) == before
