"""Activity: what happened in a project, told once and truly."""

from world import Board, Person, forbidden, good, made, told


def test_the_life_of_a_task_is_told(team: Board, member: Person):
    """Newest first, with who did it; and the task's id stays when the task is gone."""
    place = 1 + team.add_task()["position"]
    body = {"column_id": team.column, "title": "Order boxes"}
    task = made(member.post(f"{team.path}/tasks", body))["id"]
    good(team.owner.patch(f"/tasks/{task}", {"priority": "high", "title": "Order boxes"}))
    good(member.post(f"/tasks/{task}/move", {"position": 0}))
    made(member.post(f"/tasks/{task}/comments", {"text": "Hi"}))
    assert 204 == member.delete(f"/tasks/{task}").status_code
    entries = team.activity()[:5]

    assert [
        ("task.deleted", member.id, task, {"title": {"from": "Order boxes", "to": None}}),
        ("comment.created", member.id, task, {}),
        ("task.moved", member.id, task, {"position": {"from": place, "to": 0}}),
        ("task.updated", team.owner.id, task, {"priority": {"from": "normal", "to": "high"}}),
        ("task.created", member.id, task, {}),
    ] == [told(entry) for entry in entries]
    assert sorted((entry["id"] for entry in entries), reverse=True) == [each["id"] for each in entries]
    assert all(entry["at"] for entry in entries)


def test_changes_are_told_as_they_are_answered(team: Board, member: Person):
    """Each field that was sent and is different, and no other."""
    task = team.add_task(labels=["a"], due_at="2026-03-01T09:30:00Z")
    body = {"labels": [" c", "b"], "assignee_ids": [member.id], "due_at": None, "title": "New"}
    good(team.owner.patch(f"/tasks/{task['id']}", {**body, "priority": "normal"}))

    assert {
        "labels": {"from": ["a"], "to": ["b", "c"]},
        "assignee_ids": {"from": [], "to": [member.id]},
        "due_at": {"from": task["due_at"], "to": None},
        "title": {"from": "Order boxes", "to": "New"},
    } == team.activity()[0]["changes"]


def test_what_did_not_happen_is_not_told(team: Board, viewer: Person):
    """What was refused, and what changed nothing: neither version nor time did."""
    task = team.add_task(due_at="2026-03-01T09:30:00Z", labels=["a", "b"])
    path = f"/tasks/{task['id']}"
    before = team.activity()
    same = {"title": " Order boxes ", "due_at": "2026-03-01T10:30:00+01:00", "labels": ["b", "a"]}

    assert task == good(team.owner.patch(path, same))
    assert task == good(team.owner.post(f"{path}/move", {"position": task["position"]}))
    assert forbidden(viewer.post(f"{path}/comments", {"text": "Hi"}))
    assert before == team.activity()
