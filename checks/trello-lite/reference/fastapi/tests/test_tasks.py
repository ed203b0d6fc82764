"""Tasks: their fields, their order, and changing them bit by bit."""

from datetime import datetime

import httpx
import pytest
from world import Board, Person, at_once, good, invalid, made, missing, not_before, sign_up


def post(board: Board, **fields: object) -> httpx.Response:
    body = {"column_id": board.column, "title": "Order boxes", **fields}
    return board.owner.post(f"{board.path}/tasks", body)


def order(board: Board, column: int) -> list[int]:
    """The ids of the tasks of a column; their positions must be 0, 1, 2 …"""
    tasks = board.tasks(column_id=column, sort="position", limit=100)
    assert list(range(len(tasks))) == [task["position"] for task in tasks]
    return [task["id"] for task in tasks]


# Making


def test_a_new_task_has_defaults(team: Board, member: Person):
    """It is the last of its column, and belongs to who made it."""
    column = team.add_column()
    team.add_task(column_id=column)
    answer = member.post(f"{team.path}/tasks", {"column_id": column, "title": " Pack "})
    task = made(answer)

    assert answer.headers["Location"].endswith(f"/tasks/{task['id']}")
    assert {
        "project_id": team.id,
        "column_id": column,
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
    """Lists in their order; a description as it is."""
    task = team.add_task(
        description="  two\n lines ",
        priority="urgent",
        labels=[" kitchen ", "Ärger", "zoo", "Zoo", "attic"],
        assignee_ids=[max(member.id, viewer.id), min(member.id, viewer.id)],
    )

    assert ("  two\n lines ", "urgent") == (task["description"], task["priority"])
    assert ["Zoo", "attic", "kitchen", "zoo", "Ärger"] == task["labels"]
    assert sorted([member.id, viewer.id]) == task["assignee_ids"]


def test_what_the_server_decides_is_not_taken_from_the_request(board: Board, stranger: Person):
    """Neither when a task is made nor when it is changed."""
    claims = {
        "id": 10**9,
        "version": 7,
        "position": 9,
        "created_by": stranger.id,
        "created_at": "2001-01-01T00:00:00Z",
        "project_id": "none",
    }
    task = made(post(board, **claims))

    assert (1, 0, board.owner.id, board.id) == (
        task["version"],
        task["position"],
        task["created_by"],
        task["project_id"],
    )
    assert 10**9 != task["id"]
    assert task == good(board.owner.patch(f"/tasks/{task['id']}", claims))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", [" ", "a" * 201, "a\nb", "a\x7fb", None, 7]),
        ("description", ["a" * 5001, "a\x00b", None, 7]),
        ("priority", ["High", "", None, 1]),
        ("due_at", ["2026-03-01", "2026-03-01T09:30:00", "2026-02-30T09:30:00Z", 1772357400]),
        ("labels", ["kitchen", ["a", " a "], [" "], ["a" * 31], [7], list("abcdefghijk")]),
        ("assignee_ids", [["1"], [10**15], [True], 7]),
    ],
)
def test_a_field_that_breaks_a_rule(board: Board, field: str, values: list[object]):
    """It is refused by its name, in a new task and in a change; and nothing changes."""
    task = board.add_task()

    for value in values:
        change = {"version": 9, "title": "New", "priority": "low", field: value}
        assert invalid(board.owner.patch(f"/tasks/{task['id']}", change), field)
        assert invalid(post(board, **{field: value}), field)
    assert [task] == board.tasks()


def test_a_task_at_its_limits(team: Board):
    """The longest of everything is still allowed."""
    labels = [f"{n}{'ä' * 29}" for n in range(10)]
    task = made(post(team, title="ä" * 200, description="ß" * 5000, labels=labels))

    assert (200, 5000, 10) == (len(task["title"]), len(task["description"]), len(task["labels"]))


def test_a_task_has_a_column_of_its_project(board: Board, member: Person):
    """An id that names nothing there is refused like one that is none."""
    other = made(member.post("/projects", {"name": "Other"}))["id"]
    foreign = made(member.post(f"/projects/{other}/columns", {"name": "Foreign"}))["id"]

    for column_id in (foreign, 10**17, str(board.column), True, None):
        assert invalid(post(board, column_id=column_id), "column_id")
    assert invalid(board.owner.post(f"{board.path}/tasks", {"title": "Lost"}), "column_id")
    assert [] == board.tasks()


def test_only_who_takes_part_is_assigned(team: Board, member: Person, viewer: Person, stranger: Person):
    """Whatever their role; nobody twice."""
    task = team.add_task(assignee_ids=[viewer.id])
    path = f"/tasks/{task['id']}"

    for ids in ([stranger.id], [member.id, stranger.id], [member.id, member.id]):
        assert invalid(team.owner.patch(path, {"assignee_ids": ids}), "assignee_ids")
        assert invalid(post(team, assignee_ids=ids), "assignee_ids")
    assert [viewer.id] == good(team.owner.get(path))["assignee_ids"]
    both = [team.owner.id, member.id]
    assert sorted(both) == good(team.owner.patch(path, {"assignee_ids": both}))["assignee_ids"]
    assert [] == good(team.owner.patch(path, {"assignee_ids": []}))["assignee_ids"]


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00+00:00"),
        ("2026-03-01T23:30:00.250000-05:30", "2026-03-02T05:00:00.250000+00:00"),
        ("2028-02-29T00:00:00.123456Z", "2028-02-29T00:00:00.123456+00:00"),
    ],
)
def test_a_due_date_is_a_moment(team: Board, sent: str, moment: str):
    """Answered in UTC, however it was sent, to the microsecond."""
    due_at = team.add_task(due_at=sent)["due_at"]

    assert datetime.fromisoformat(moment) == datetime.fromisoformat(due_at)
    assert due_at.endswith(("Z", "+00:00"))


# Changing


def test_a_change_leaves_the_rest_alone(team: Board, member: Person):
    """What is not sent stays; lists are replaced whole; null takes the date away, and that only."""
    task = team.add_task(
        due_at="2026-03-01T09:30:00Z", labels=["a", "b"], assignee_ids=[member.id], priority="low"
    )
    path = f"/tasks/{task['id']}"
    changed = good(member.patch(path, {"title": " New ", "labels": ["b", "c"]}))

    assert {**task, "title": "New", "labels": ["b", "c"], "version": 2} == {
        **changed,
        "updated_at": task["updated_at"],
    }
    assert not_before(task["updated_at"], changed["updated_at"])
    assert changed == good(member.get(path))
    assert good(member.patch(path, {"due_at": None}))["due_at"] is None


def test_a_change_of_nothing_is_none(team: Board):
    """The same values, in whatever form, leave version and time alone."""
    task = team.add_task(due_at="2026-03-01T09:30:00Z", labels=["a", "b"])
    same = {"title": " Order boxes ", "due_at": "2026-03-01T10:30:00+01:00", "labels": ["b", "a"]}

    for body in ({}, same, {"priority": "normal", "description": ""}):
        assert task == good(team.owner.patch(f"/tasks/{task['id']}", body))


def test_a_change_does_not_move(board: Board):
    """There is another endpoint for that."""
    task = board.add_task()
    second = board.add_column()

    assert task == good(board.owner.patch(f"/tasks/{task['id']}", {"column_id": second}))


def test_changes_of_different_fields_are_both_kept(team: Board):
    """Nobody undoes what another does at the same moment."""
    path = f"/tasks/{team.add_task()['id']}"
    changes = [{"title": "New"}, {"priority": "high"}, {"description": "D"}, {"labels": ["a"]}]
    at_once([lambda body=body: team.owner.patch(path, body) for body in changes])
    task = good(team.owner.get(path))

    assert ("New", "high", "D", ["a"]) == (
        task["title"],
        task["priority"],
        task["description"],
        task["labels"],
    )
    assert 5 == task["version"]


# Moving


def test_a_task_moves_within_its_column(board: Board):
    """The others keep their order, close up and make room; behind the last place is the last."""
    names = dict(zip("ABCD", board.add_tasks(*"ABCD"), strict=True))

    for letter, target, expected in [
        ("C", 0, "CABD"),
        ("C", 1, "ACBD"),
        ("A", 3, "CBDA"),
        ("B", 99, "CDAB"),
        ("A", 1, "CADB"),
    ]:
        moved = good(board.owner.post(f"/tasks/{names[letter]}/move", {"position": target}))
        assert (board.column, expected.index(letter)) == (moved["column_id"], moved["position"])
        assert [names[each] for each in expected] == order(board, board.column)


def test_a_move_to_where_it_stands_changes_nothing(board: Board):
    """Neither the order nor the version."""
    [first, last] = (board.add_task(title) for title in "AB")
    path = f"/tasks/{last['id']}/move"

    assert last == good(board.owner.post(path, {"position": 1}))
    assert last == good(board.owner.post(path, {"position": 9, "column_id": board.column}))
    assert [first["id"], last["id"]] == order(board, board.column)
    assert 2 == good(board.owner.post(path, {"position": 0}))["version"]


def test_a_task_moves_to_another_column(board: Board):
    """There the others make room, here they close up."""
    names = dict(zip("ABCD", board.add_tasks(*"ABCD"), strict=True))
    second = board.add_column()

    for letter, target, here, there in [
        ("B", 0, "ACD", "B"),
        ("A", 0, "CD", "AB"),
        ("D", 1, "C", "ADB"),
        ("C", 99, "", "ADBC"),
    ]:
        body = {"column_id": second, "position": target}
        moved = good(board.owner.post(f"/tasks/{names[letter]}/move", body))
        assert (second, there.index(letter)) == (moved["column_id"], moved["position"])
        assert 2 == moved["version"]
        assert [names[each] for each in here] == order(board, board.column)
        assert [names[each] for each in there] == order(board, second)


def test_a_move_to_nowhere(team: Board, member: Person):
    """Another project's column is none of ours, and a place is an integer of 0 or more."""
    task = team.add_task()
    path = f"/tasks/{task['id']}/move"
    other = made(member.post("/projects", {"name": "Other"}))["id"]
    foreign = made(member.post(f"/projects/{other}/columns", {"name": "Foreign"}))["id"]

    for column_id in (foreign, 10**17, "1", None):
        body = {"column_id": column_id, "position": 0}
        assert invalid(team.owner.post(path, body), "column_id")
    for body in ({"position": -1}, {"position": "0"}, {"position": True}, {}):
        assert invalid(team.owner.post(path, body), "position")
    assert task == good(team.owner.get(f"/tasks/{task['id']}"))


def test_moves_at_the_same_moment(board: Board):
    """Whatever comes together, no place is empty and none is taken twice."""
    ids, second = board.add_tasks(*"ABCDEF"), board.add_column()
    owner = board.owner
    requests = [
        lambda: owner.post(f"/tasks/{ids[0]}/move", {"column_id": second, "position": 0}),
        lambda: owner.post(f"/tasks/{ids[1]}/move", {"column_id": second, "position": 0}),
        lambda: owner.post(f"/tasks/{ids[2]}/move", {"position": 5}),
        lambda: owner.post(f"/tasks/{ids[3]}/move", {"position": 0}),
        lambda: owner.delete(f"/tasks/{ids[4]}"),
        lambda: post(board),
        lambda: post(board),
        lambda: post(board, column_id=second),
    ]
    answers = at_once(requests)

    assert [200, 200, 200, 200, 204, 201, 201, 201] == [each.status_code for each in answers]
    assert 5 == len(order(board, board.column))
    assert 3 == len(order(board, second))


def test_posts_at_the_same_moment(board: Board):
    """Each gets a place of its own."""
    answers = at_once([lambda: post(board)] * 8)

    assert {201} == {answer.status_code for answer in answers}
    assert 8 == len(order(board, board.column))


# Deleting


def test_a_deleted_task_leaves_no_gap(board: Board):
    """Those behind it close up, and its comments are gone with it."""
    ids = board.add_tasks(*"ABC")
    comment = made(board.owner.post(f"/tasks/{ids[1]}/comments", {"text": "Hi"}))

    assert 204 == board.owner.delete(f"/tasks/{ids[1]}").status_code
    assert missing(board.owner.get(f"/tasks/{ids[1]}"))
    assert missing(board.owner.get(f"/tasks/{ids[1]}/comments"))
    assert missing(board.owner.patch(f"/comments/{comment['id']}", {"text": "Still here?"}))
    assert missing(board.owner.delete(f"/tasks/{ids[1]}"))
    assert [ids[0], ids[2]] == order(board, board.column)


def test_an_id_that_names_nothing(client: httpx.Client):
    """Digits are 404, however many; anything else is 422 by the name in the path."""
    person = sign_up(client)

    assert missing(person.get("/tasks/999999999999"))
    assert missing(person.get(f"/tasks/{'9' * 40}"))
    assert missing(person.get(f"/projects/{'9' * 40}/tasks"))
    assert invalid(person.get("/tasks/abc"), "task_id")
    assert invalid(person.get("/projects/1.5"), "project_id")
    assert invalid(person.delete("/comments/x"), "comment_id")
