"""Tasks: their fields, their order, and changing them bit by bit."""

from datetime import datetime

import httpx
from world import Board, Person, at_once, good, invalid, made, missing, not_before


def post(board: Board, **fields: object) -> httpx.Response:
    body = {"column_id": board.column, "title": "Order boxes", **fields}
    return board.owner.post(f"{board.path}/tasks", body)


# Making


def test_a_new_task_has_defaults(team: Board, lane: int, member: Person):
    """It is the last of its column, and belongs to who made it."""
    team.add_task(column_id=lane)
    answer = member.post(f"{team.path}/tasks", {"column_id": lane, "title": " Pack "})
    task = made(answer)

    assert answer.headers["Location"].endswith(f"/tasks/{task['id']}")
    assert {
        "project_id": team.id,
        "column_id": lane,
        "position": 1,
        "title": "Pack",
        "description": "",
        "priority": "normal",
        "due_at": None,
        "labels": [],
        "assignee_ids": [],
        "created_by": member.id,
        "version": 1,
    }.items() <= task.items()
    assert task == good(member.get(f"/tasks/{task['id']}"))


def test_a_new_task_keeps_what_was_sent(team: Board, member: Person, viewer: Person):
    """Lists in their order; a description as it is; the longest that is allowed."""
    task = team.add_task(
        title="ä" * 200,
        description="  two\n lines " + "ß" * 4986,
        priority="urgent",
        labels=[" kitchen ", "Ärger", "zoo", "Zoo", "attic", *"12345"],
        assignee_ids=[max(member.id, viewer.id), min(member.id, viewer.id)],
    )

    assert "ä" * 200 == task["title"]
    assert ("  two\n lines " + "ß" * 4986, "urgent") == (task["description"], task["priority"])
    assert [*"12345", "Zoo", "attic", "kitchen", "zoo", "Ärger"] == task["labels"]
    assert sorted([member.id, viewer.id]) == task["assignee_ids"]


def test_what_the_server_decides_is_not_taken_from_the_request(team: Board, member: Person):
    """Neither when a task is made nor when it is changed; there is another endpoint for moves."""
    claims = {"id": 10**9, "version": 7, "position": 10**6, "created_by": member.id, "project_id": 7}
    task = made(post(team, **claims))

    assert (1, team.owner.id, team.id) == (task["version"], task["created_by"], task["project_id"])
    assert (10**9, 10**6) != (task["id"], task["position"])
    assert task == good(team.owner.patch(f"/tasks/{task['id']}", {**claims, "column_id": 7}))


def test_a_field_that_breaks_a_rule(team: Board):
    """It is refused by its name."""
    for field, value in [
        ("title", "a\nb"),
        ("description", "a\x00b"),
        ("due_at", "2026-03-01T09:30:00"),
        ("labels", ["a", " a "]),
        ("assignee_ids", ["1"]),
    ]:
        assert invalid(post(team, **{field: value}), field)


def test_a_change_that_is_refused_changes_nothing(team: Board, foreign_column: int):
    """Null is no title, and a column of another project none of ours."""
    task = team.add_task()
    path, move = f"/tasks/{task['id']}", {"column_id": foreign_column, "position": 0}

    assert invalid(team.owner.patch(path, {"priority": "high", "title": None}), "title")
    assert invalid(team.owner.post(f"{path}/move", move), "column_id")
    assert task == good(team.owner.get(path))


def test_only_who_takes_part_is_assigned(team: Board, member: Person, stranger: Person):
    """Nobody else, and nobody twice."""
    for ids in ([member.id, stranger.id], [member.id, member.id]):
        assert invalid(post(team, assignee_ids=ids), "assignee_ids")


def test_a_due_date_is_a_moment(team: Board):
    """Answered in UTC, however it was sent, to the microsecond; and it can be taken away."""
    task = team.add_task(due_at="2026-03-01T23:30:00.250001-05:30")

    moment = datetime.fromisoformat("2026-03-02T05:00:00.250001+00:00")
    assert moment == datetime.fromisoformat(task["due_at"])
    assert task["due_at"].endswith(("Z", "+00:00"))
    changed = good(team.owner.patch(f"/tasks/{task['id']}", {"due_at": None}))
    assert changed["due_at"] is None


# Changing


def test_a_change_leaves_the_rest_alone(team: Board, member: Person):
    """What is not sent stays, and lists are replaced whole."""
    task = team.add_task(
        due_at="2026-03-01T09:30:00Z",
        description="D",
        labels=["a", "b"],
        assignee_ids=[member.id],
        priority="low",
    )
    path = f"/tasks/{task['id']}"
    good(member.patch(path, {"labels": ["b", "c"]}))
    changed = good(member.patch(path, {"title": " New "}))

    assert {**task, "title": "New", "labels": ["b", "c"], "version": 3} == {
        **changed,
        "updated_at": task["updated_at"],
    }
    assert not_before(task["updated_at"], changed["updated_at"])
    assert changed == good(member.get(path))


def test_changes_of_different_fields_are_both_kept(team: Board):
    """Nobody undoes what another does at the same moment."""
    path = f"/tasks/{team.add_task()['id']}"
    changes = [{"title": "New"}, {"priority": "high"}]
    at_once([lambda body=body: team.owner.patch(path, body) for body in changes])
    task = good(team.owner.get(path))

    assert ("New", "high", 3) == (task["title"], task["priority"], task["version"])


# Moving


def test_a_task_moves(team: Board, lane: int):
    """There the others make room, here they close up; behind the last place is the last."""
    first, second, third = team.add_tasks("A", "B", "C", column_id=lane)
    other = team.add_column()

    for task, column, position, place in [
        (third, lane, 0, 0),
        (second, other, 0, 0),
        (first, other, 0, 0),
        (first, other, 99, 1),
    ]:
        body = {"column_id": column, "position": position}
        moved = good(team.owner.post(f"/tasks/{task}/move", body))
        assert (column, place) == (moved["column_id"], moved["position"])
    assert [third] == team.order(lane)
    assert [second, first] == team.order(other)


def test_moves_at_the_same_moment(team: Board, lane: int):
    """Whatever comes together, no place is empty and none is taken twice."""
    (first, second), other = team.add_tasks("A", "B", column_id=lane), team.add_column()
    answers = at_once(
        [
            lambda: team.owner.post(f"/tasks/{first}/move", {"column_id": other, "position": 0}),
            lambda: team.owner.delete(f"/tasks/{second}"),
            lambda: post(team, column_id=lane),
            lambda: post(team, column_id=other),
        ]
    )

    assert [200, 204, 201, 201] == [answer.status_code for answer in answers]
    assert [1, 2] == [len(team.order(lane)), len(team.order(other))]


# Deleting


def test_a_deleted_task_leaves_no_gap(team: Board, lane: int):
    """Those behind it close up, and its comments are gone with it."""
    ids = team.add_tasks("A", "B", "C", column_id=lane)
    path = f"/tasks/{ids[1]}"
    comment = made(team.owner.post(f"{path}/comments", {"text": "Hi"}))["id"]

    assert 204 == team.owner.delete(path).status_code
    assert missing(team.owner.patch(f"/comments/{comment}", {"text": "Still here?"}))
    assert [ids[0], ids[2]] == team.order(lane)
