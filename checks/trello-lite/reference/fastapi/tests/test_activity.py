"""Activity: what happened in a project, told once and truly."""

from typing import Any

import httpx
from world import Board, Person, good, made, missing, sign_up, walk


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
    body = {"labels": [" c", "b"], "assignee_ids": [member.id], "due_at": None, "title": "New"}
    good(team.owner.patch(f"/tasks/{task['id']}", {**body, "priority": "normal"}))

    assert {
        "labels": {"from": ["a"], "to": ["b", "c"]},
        "assignee_ids": {"from": [], "to": [member.id]},
        "due_at": {"from": task["due_at"], "to": None},
        "title": {"from": "Order boxes", "to": "New"},
    } == team.activity()[0]["changes"]


def test_moves_are_told(team: Board, lane: int):
    """Column and place, as far as they changed."""
    first, _ = team.add_tasks("A", "B", column_id=lane)
    other = team.add_column()
    path = f"/tasks/{first}/move"
    good(team.owner.post(path, {"position": 9}))
    good(team.owner.post(path, {"position": 9, "column_id": other}))
    good(team.owner.post(path, {"position": 0, "column_id": lane}))

    assert [
        {"column_id": {"from": other, "to": lane}},
        {"column_id": {"from": lane, "to": other}, "position": {"from": 1, "to": 0}},
        {"position": {"from": 0, "to": 1}},
    ] == [entry["changes"] for entry in team.activity()[:3] if entry["action"] == "task.moved"]


def test_what_did_not_happen_is_not_told(team: Board, lane: int, viewer: Person):
    """Neither what was refused nor what changed nothing."""
    path = f"/tasks/{team.add_task(column_id=lane)['id']}"
    before = team.activity()
    refused: list[httpx.Response] = [
        team.owner.patch(path, {"title": ""}),
        team.owner.patch(path, {"title": "New"}, headers={"If-Match": '"9"'}),
        viewer.patch(path, {"title": "New"}),
        viewer.post(f"{path}/comments", {"text": "Hi"}),
    ]

    assert [422, 412, 403, 403] == [answer.status_code for answer in refused]
    good(team.owner.patch(path, {"title": "Order boxes"}))
    good(team.owner.post(f"{path}/move", {"position": 9}))
    assert before == team.activity()


def test_coming_and_going_are_told(board: Board, member: Person, client: httpx.Client):
    """With who came, who went and who sent them away; and each entry once, in whatever steps."""
    guest = sign_up(client)
    board.let_in(guest, "viewer")
    board.let_in(member, "member")
    assert 204 == guest.delete(f"{board.path}/members/{guest.id}").status_code
    assert 204 == board.owner.delete(f"{board.path}/members/{member.id}").status_code
    assert missing(guest.get(board.path))
    path = f"{board.path}/activity"
    page = good(board.owner.get(path, params={"limit": 1}))
    board.add_task()
    rest = walk(board.owner, path, limit=2, cursor=page["next_cursor"])

    assert [
        ("member.left", board.owner.id, None, {"user_id": {"from": member.id, "to": None}}),
        ("member.left", guest.id, None, {"user_id": {"from": guest.id, "to": None}}),
        ("member.joined", member.id, None, {"role": {"from": None, "to": "member"}}),
        ("member.joined", guest.id, None, {"role": {"from": None, "to": "viewer"}}),
    ] == [told(each) for each in page["items"] + rest if each["action"].startswith("member.")]
