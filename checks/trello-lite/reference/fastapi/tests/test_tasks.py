"""Tasks: their fields, their order, and changing them bit by bit."""

from datetime import datetime

import httpx
import pytest
from world import Board, Fields, Person, at_once, good, invalid, made, missing, not_before


@pytest.fixture(scope="module")
def victim(team: Board) -> Fields:
    """A task that many try to change in vain."""
    return team.add_task(column_id=team.add_column("Victims"))


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


def test_what_the_server_decides_is_not_taken_from_the_request(team: Board, lane: int, member: Person):
    """Neither when a task is made nor when it is changed; there is another endpoint for moves."""
    claims = {"id": 10**9, "version": 7, "position": 9, "created_by": member.id, "project_id": "x"}
    task = made(post(team, **{**claims, "column_id": lane}))

    assert (1, 0, team.owner.id, team.id) == (
        task["version"],
        task["position"],
        task["created_by"],
        task["project_id"],
    )
    assert 10**9 != task["id"]
    change = {**claims, "column_id": team.column}
    assert task == good(team.owner.patch(f"/tasks/{task['id']}", change))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", [" ", 7, "a\nb", "a" * 201]),
        ("description", ["a\x00b", "a" * 5001]),
        ("priority", [1, "High"]),
        ("due_at", ["2026-03-01", 1772357400, "2026-03-01T09:30:00"]),
        ("labels", [["a" * 31], [" "], list("abcdefghijk"), ["a", " a "]]),
        ("assignee_ids", [["1"], [10**15]]),
    ],
)
def test_a_field_that_breaks_a_rule(team: Board, victim: Fields, field: str, values: list[object]):
    """It is refused by its name, in a new task and in a change; and nothing changes."""
    path = f"/tasks/{victim['id']}"

    for value in values:
        assert invalid(post(team, **{field: value}), field)
    assert invalid(team.owner.patch(path, {"title": "New", field: values[-1]}), field)
    assert victim == good(team.owner.get(path))


def test_only_a_date_can_be_taken_away(team: Board):
    """Null is no value of any other field."""
    path = f"/tasks/{team.add_task(due_at='2026-03-01T09:30:00Z')['id']}"

    for field in ("title", "description", "priority", "labels"):
        assert invalid(team.owner.patch(path, {field: None}), field)
    assert good(team.owner.patch(path, {"due_at": None}))["due_at"] is None


def test_a_task_has_a_column_of_its_project(team: Board, foreign_column: int):
    """An id that names nothing there is refused like one that is none."""
    for column_id in (foreign_column, 10**17, str(team.column), None):
        assert invalid(post(team, column_id=column_id), "column_id")
    assert invalid(team.owner.post(f"{team.path}/tasks", {"title": "Lost"}), "column_id")


def test_only_who_takes_part_is_assigned(team: Board, member: Person, viewer: Person, stranger: Person):
    """Whatever their role; nobody twice."""
    task = team.add_task(assignee_ids=[viewer.id])
    path = f"/tasks/{task['id']}"

    for ids in ([member.id, stranger.id], [member.id, member.id]):
        assert invalid(team.owner.patch(path, {"assignee_ids": ids}), "assignee_ids")
    assert invalid(post(team, assignee_ids=[stranger.id]), "assignee_ids")
    assert task == good(team.owner.get(path))
    both = [team.owner.id, member.id]
    assert sorted(both) == good(team.owner.patch(path, {"assignee_ids": both}))["assignee_ids"]


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00+00:00"),
        ("2026-03-01T23:30:00.250001-05:30", "2026-03-02T05:00:00.250001+00:00"),
    ],
)
def test_a_due_date_is_a_moment(team: Board, sent: str, moment: str):
    """Answered in UTC, however it was sent, to the microsecond."""
    due_at = team.add_task(due_at=sent)["due_at"]

    assert datetime.fromisoformat(moment) == datetime.fromisoformat(due_at)
    assert due_at.endswith(("Z", "+00:00"))


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
    changed = good(member.patch(path, {"title": " New ", "labels": ["b", "c"]}))

    assert {**task, "title": "New", "labels": ["b", "c"], "version": 2} == {
        **changed,
        "updated_at": task["updated_at"],
    }
    assert not_before(task["updated_at"], changed["updated_at"])
    assert changed == good(member.get(path))


def test_a_change_of_nothing_is_none(team: Board):
    """The same values, in whatever form, leave version and time alone."""
    task = team.add_task(due_at="2026-03-01T09:30:00Z", labels=["a", "b"])
    same = {"title": " Order boxes ", "due_at": "2026-03-01T10:30:00+01:00", "labels": ["b", "a"]}

    assert task == good(team.owner.patch(f"/tasks/{task['id']}", {}))
    assert task == good(team.owner.patch(f"/tasks/{task['id']}", same))


def test_changes_of_different_fields_are_both_kept(team: Board):
    """Nobody undoes what another does at the same moment."""
    path = f"/tasks/{team.add_task()['id']}"
    changes = [{"title": "New"}, {"priority": "high"}, {"description": "D"}, {"labels": ["a"]}]
    at_once([lambda body=body: team.owner.patch(path, body) for body in changes])
    task = good(team.owner.get(path))

    assert ("New", "high", "D", ["a"], 5) == (
        task["title"],
        task["priority"],
        task["description"],
        task["labels"],
        task["version"],
    )


# Moving


def test_a_task_moves_within_its_column(team: Board, lane: int):
    """The others keep their order, close up and make room; behind the last place is the last."""
    expected = team.add_tasks("A", "B", "C", "D", column_id=lane)

    for start, target in [(2, 0), (0, 2), (1, 3), (0, 99)]:
        task = expected.pop(start)
        expected.insert(target, task)
        moved = good(team.owner.post(f"/tasks/{task}/move", {"position": target}))
        assert (lane, expected.index(task)) == (moved["column_id"], moved["position"])
        assert expected == team.order(lane)


def test_a_move_to_where_it_stands_changes_nothing(team: Board, lane: int):
    """Neither the order nor the version; another place does."""
    first, last = (team.add_task(title, column_id=lane) for title in "AB")
    path = f"/tasks/{last['id']}/move"

    assert last == good(team.owner.post(path, {"position": 9, "column_id": lane}))
    moved = good(team.owner.post(path, {"position": 0}))
    assert 2 == moved["version"]
    assert not_before(last["updated_at"], moved["updated_at"])
    assert 1 == good(team.owner.get(f"/tasks/{first['id']}"))["position"]


def test_a_task_moves_to_another_column(team: Board, lane: int):
    """There the others make room, here they close up."""
    here, there = team.add_tasks("A", "B", "C", "D", column_id=lane), []
    other = team.add_column()

    for start, target in [(1, 0), (0, 0), (1, 1), (0, 99)]:
        task = here.pop(start)
        there.insert(target, task)
        body = {"column_id": other, "position": target}
        moved = good(team.owner.post(f"/tasks/{task}/move", body))
        assert (other, there.index(task)) == (moved["column_id"], moved["position"])
        assert there == team.order(other)
        assert here == team.order(lane)


def test_a_move_to_nowhere(team: Board, victim: Fields, foreign_column: int):
    """Another project's column is none of ours, and a place is an integer of 0 or more."""
    path = f"/tasks/{victim['id']}"

    for column_id in (foreign_column, 10**17, None):
        body = {"column_id": column_id, "position": 0}
        assert invalid(team.owner.post(f"{path}/move", body), "column_id")
    for body in ({"position": -1}, {"position": "0"}, {}):
        assert invalid(team.owner.post(f"{path}/move", body), "position")
    assert victim == good(team.owner.get(path))


def test_moves_at_the_same_moment(team: Board, lane: int):
    """Whatever comes together, no place is empty and none is taken twice."""
    ids, other, owner = team.add_tasks(*"ABCDE", column_id=lane), team.add_column(), team.owner
    answers = at_once(
        [
            lambda: owner.post(f"/tasks/{ids[0]}/move", {"column_id": other, "position": 0}),
            lambda: owner.post(f"/tasks/{ids[1]}/move", {"column_id": other, "position": 0}),
            lambda: owner.post(f"/tasks/{ids[2]}/move", {"position": 5}),
            lambda: owner.post(f"/tasks/{ids[3]}/move", {"position": 0}),
            lambda: owner.delete(f"/tasks/{ids[4]}"),
            *[lambda: post(team, column_id=lane)] * 3,
            lambda: post(team, column_id=other),
        ]
    )

    assert [200] * 4 + [204] + [201] * 4 == [answer.status_code for answer in answers]
    assert 5 == len(team.order(lane))
    assert 3 == len(team.order(other))


# Deleting


def test_a_deleted_task_leaves_no_gap(team: Board, lane: int):
    """Those behind it close up, and its comments are gone with it."""
    ids = team.add_tasks("A", "B", "C", column_id=lane)
    path = f"/tasks/{ids[1]}"
    comment = made(team.owner.post(f"{path}/comments", {"text": "Hi"}))["id"]

    assert 204 == team.owner.delete(path).status_code
    assert missing(team.owner.get(path))
    assert missing(team.owner.get(f"{path}/comments"))
    assert missing(team.owner.patch(f"/comments/{comment}", {"text": "Still here?"}))
    assert missing(team.owner.delete(path))
    assert [ids[0], ids[2]] == team.order(lane)
