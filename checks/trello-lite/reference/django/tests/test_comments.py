"""Comments and activity (CONTRACT §8)."""

from collections.abc import Callable

from conftest import Person, refused

AddTask = Callable[..., dict]


def told(owner: Person, task: dict) -> list[dict]:
    """What was told of the task of late, oldest first."""
    entries = owner.get_json(f"/projects/{task['project_id']}/activity", limit=10)["items"]
    return [entry for entry in reversed(entries) if entry["task_id"] == task["id"]]


def test_comments_come_in_their_order(owner: Person, viewer: Person, add_task: AddTask):
    """Each once, in several stretches."""
    path = f"/tasks/{add_task()['id']}/comments"
    made = [owner.make(path, text=f" line {number}\nmore ") for number in range(3)]

    assert ("line 0\nmore", owner.id, None) == tuple(made[0][field] for field in ("text", "author_id", "edited_at"))
    assert made == viewer.walk(path, limit=2)


def test_a_comment_says_something(owner: Person, task: dict):
    """One character or more, and not a novel."""
    for text in ("  \n ", "x" * 2001, None):
        answer = owner.post(f"/tasks/{task['id']}/comments", json={"text": text})
        assert refused(answer, 422, "validation_failed", "text")


def test_only_the_author_changes_a_comment(owner: Person, member: Person, viewer: Person, add_task: AddTask):
    """Not even the owner does; but the owner may delete it."""
    path = f"/tasks/{add_task()['id']}/comments"
    comment = member.make(path, text="Ten.")
    own = f"/comments/{comment['id']}"

    assert refused(viewer.post(path, json={"text": "x"}), 403, "forbidden")
    assert refused(owner.patch(own, json={"text": "x"}), 403, "forbidden")
    assert refused(viewer.delete(own), 403, "forbidden")
    changed = member.patch(own, json={"text": "Eleven."}).json()
    assert ("Eleven.", comment["created_at"]) == (changed["text"], changed["created_at"])
    assert changed["edited_at"] is not None
    assert 204 == owner.delete(own).status_code
    assert refused(member.patch(own, json={"text": "x"}), 404, "not_found")


def test_activity_tells_what_a_patch_changed(owner: Person, add_task: AddTask):
    """Each field that really changed, as it is answered; nothing for what changed nothing."""
    task = add_task("Boxes", labels=["a"])
    path = f"/tasks/{task['id']}"
    sent = {"title": "Boxes", "priority": "high", "labels": ["b", "a"], "due_at": "2026-03-01T10:00:00+01:00"}
    due_at = owner.patch(path, json=sent).json()["due_at"]
    owner.patch(path, json={"priority": "high"})
    owner.patch(path, json={"priority": "urgently"})

    [entry] = [entry for entry in told(owner, task) if entry["action"] == "task.updated"]
    assert owner.id == entry["user_id"]
    assert {
        "priority": {"from": "normal", "to": "high"},
        "labels": {"from": ["a"], "to": ["a", "b"]},
        "due_at": {"from": None, "to": due_at},
    } == entry["changes"]


def test_activity_tells_the_life_of_a_task(owner: Person, add_task: AddTask):
    """Made, talked about, moved, deleted: one entry each, that outlives the task."""
    add_task("First")
    task = add_task("Boxes")
    path = f"/tasks/{task['id']}"
    owner.make(f"{path}/comments", text="Ten.")
    owner.post(f"{path}/move", json={"position": 0})
    owner.delete(path)

    assert [
        ("task.created", {}),
        ("comment.created", {}),
        ("task.moved", {"position": {"from": 1, "to": 0}}),
        ("task.deleted", {"title": {"from": "Boxes", "to": None}}),
    ] == [(entry["action"], entry["changes"]) for entry in told(owner, task)]


def test_activity_is_walked_while_it_grows(owner: Person, project: dict, add_task: AddTask):
    """Newest first; what comes meanwhile pushes nothing into the next stretch."""
    path = f"/projects/{project['id']}/activity"
    for title in ("Sooner", "Soon"):
        add_task(title)
    page = owner.get_json(path, limit=2)
    add_task("Later")

    seen = page["items"] + owner.get_json(path, limit=2, cursor=page["next_cursor"])["items"]
    assert 4 == len(seen)
    assert sorted({entry["id"] for entry in seen}, reverse=True) == [entry["id"] for entry in seen]
