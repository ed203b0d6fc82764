"""Activity: what happened in a project, told once and truly."""

from typing import Any

import httpx
from world import Board, Person, good, made, sign_up, walk


def told(entry: dict[str, Any]) -> tuple[object, ...]:
    return entry["action"], entry["user_id"], entry["task_id"], entry["changes"]


def test_making_changing_and_deleting_are_told(team: Board, member: Person):
    """Newest first, with who did it; and the task's id stays when the task is gone."""
    body = {"column_id": team.column, "title": "Order boxes"}
    task = made(member.post(f"{team.path}/tasks", body))["id"]
    good(team.owner.patch(f"/tasks/{task}", {"priority": "high", "title": "Order boxes"}))
    made(member.post(f"/tasks/{task}/comments", {"text": "Hi"}))
    assert 204 == member.delete(f"/tasks/{task}").status_code
    entries = team.activity()[:4]

    assert [
        ("task.deleted", member.id, task, {"title": {"from": "Order boxes", "to": None}}),
        ("comment.created", member.id, task, {}),
        ("task.updated", team.owner.id, task, {"priority": {"from": "normal", "to": "high"}}),
        ("task.created", member.id, task, {}),
    ] == [told(entry) for entry in entries]
    assert sorted((entry["id"] for entry in entries), reverse=True) == [each["id"] for each in entries]
    assert all(entry["at"] for entry in entries)


def test_changes_are_told_as_they_are_answered(team: Board, member: Person):
    """Each field that was sent and is different, and no other."""
    task = team.add_task(labels=["a"], due_at="2026-03-01T09:30:00Z")
    path = f"/tasks/{task['id']}"
    body = {"labels": [" c", "b"], "assignee_ids": [member.id], "due_at": None, "title": "New"}
    good(team.owner.patch(path, {**body, "priority": "normal"}))

    assert {
        "labels": {"from": ["a"], "to": ["b", "c"]},
        "assignee_ids": {"from": [], "to": [member.id]},
        "due_at": {"from": task["due_at"], "to": None},
        "title": {"from": "Order boxes", "to": "New"},
    } == team.activity()[0]["changes"]


def test_moves_are_told(board: Board):
    """Column and place, as far as they changed."""
    [first, _] = board.add_tasks("A", "B")
    second = board.add_column()
    path = f"/tasks/{first}/move"
    good(board.owner.post(path, {"position": 1}))
    good(board.owner.post(path, {"position": 9, "column_id": second}))
    board.add_task("C", column_id=second)
    good(board.owner.post(path, {"position": 0, "column_id": board.column}))
    entries = [entry for entry in board.activity() if entry["action"] == "task.moved"]

    columns = {"from": second, "to": board.column}
    assert [
        {"column_id": columns},
        {"column_id": {"from": board.column, "to": second}, "position": {"from": 1, "to": 0}},
        {"position": {"from": 0, "to": 1}},
    ] == [entry["changes"] for entry in entries]


def test_what_did_not_happen_is_not_told(team: Board, viewer: Person):
    """Neither what was refused nor what changed nothing."""
    task = team.add_task(column_id=team.add_column())
    path = f"/tasks/{task['id']}"
    before = team.activity()
    refused: list[httpx.Response] = [
        team.owner.patch(path, {"title": ""}),
        team.owner.patch(path, {"title": "New"}, headers={"If-Match": '"9"'}),
        team.owner.post(f"{path}/move", {"position": -1}),
        team.owner.delete(path, headers={"If-Match": '"9"'}),
        viewer.patch(path, {"title": "New"}),
        viewer.post(f"{path}/comments", {"text": "Hi"}),
    ]

    assert [422, 412, 422, 412, 403, 403] == [answer.status_code for answer in refused]
    good(team.owner.patch(path, {}))
    good(team.owner.patch(path, {"title": "Order boxes"}))
    good(team.owner.post(f"{path}/move", {"position": 0}))
    assert before == team.activity()


def test_coming_and_going_are_told(board: Board, member: Person, client: httpx.Client):
    """With who came, who went and who sent them away."""
    guest = sign_up(client)
    board.let_in(guest, "viewer")
    board.let_in(member, "member")
    assert 204 == guest.delete(f"{board.path}/members/{guest.id}").status_code
    assert 204 == board.owner.delete(f"{board.path}/members/{member.id}").status_code
    entries = [entry for entry in board.activity() if entry["action"].startswith("member.")]

    assert [
        ("member.left", board.owner.id, None, {"user_id": {"from": member.id, "to": None}}),
        ("member.left", guest.id, None, {"user_id": {"from": guest.id, "to": None}}),
        ("member.joined", member.id, None, {"role": {"from": None, "to": "member"}}),
        ("member.joined", guest.id, None, {"role": {"from": None, "to": "viewer"}}),
    ] == [told(entry) for entry in entries]


def test_a_walk_through_the_activity(board: Board):
    """Each entry once, though new ones arrive at the front on the way."""
    ids = board.add_tasks(*"ABCDE")
    path = f"{board.path}/activity"
    page = good(board.owner.get(path, params={"limit": 2}))
    board.add_tasks("F", "G")
    rest = walk(board.owner, path, limit=2, cursor=page["next_cursor"])
    seen = [entry for entry in page["items"] + rest if entry["action"] == "task.created"]

    assert ids[::-1] == [entry["task_id"] for entry in seen]
