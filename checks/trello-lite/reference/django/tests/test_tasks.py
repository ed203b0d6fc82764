"""Columns and tasks (CONTRACT §6 and §7)."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Person, refused

AddTask = Callable[..., dict]
Join = Callable[[str], Person]


def columns_of(owner: Person, project: dict) -> list[tuple[str, int]]:
    entries = owner.get_json(f"/projects/{project['id']}/columns")["items"]
    return [(entry["name"], entry["position"]) for entry in entries]


def titles_of(owner: Person, column: dict) -> list[str]:
    """The titles of a column in their order; the positions must be 0, 1, 2 …"""
    path = f"/projects/{column['project_id']}/tasks"
    tasks = owner.get_json(path, column_id=column["id"], sort="position", limit=100)["items"]
    assert list(range(len(tasks))) == [task["position"] for task in tasks]
    return [task["title"] for task in tasks]


def test_columns_move_and_close_up(owner: Person, project: dict):
    """A place behind the end is the last one, and there is never a gap."""
    a, b, c = (owner.make(f"/projects/{project['id']}/columns", name=name) for name in "abc")

    assert 2 == owner.post(f"/columns/{a['id']}/move", json={"position": 99}).json()["position"]
    assert [("b", 0), ("c", 1), ("a", 2)] == columns_of(owner, project)
    assert 0 == owner.post(f"/columns/{c['id']}/move", json={"position": 0}).json()["position"]
    assert [("c", 0), ("b", 1), ("a", 2)] == columns_of(owner, project)
    assert 204 == owner.delete(f"/columns/{b['id']}").status_code
    assert [("c", 0), ("a", 1)] == columns_of(owner, project)


def test_a_column_with_tasks_stays(owner: Person, column: dict, add_task: AddTask):
    """Empty it first."""
    task = add_task()

    assert refused(owner.delete(f"/columns/{column['id']}"), 409, "column_not_empty")
    owner.delete(f"/tasks/{task['id']}")
    assert 204 == owner.delete(f"/columns/{column['id']}").status_code


def test_a_column_is_renamed(owner: Person, column: dict):
    """Its name keeps the rules; its place is not changed by that."""
    path = f"/columns/{column['id']}"

    assert {**column, "name": "Done"} == owner.patch(path, json={"name": " Done ", "position": 5}).json()
    assert refused(owner.patch(path, json={"name": ""}), 422, "validation_failed", "name")
    for position in (-1, "0", 1.5, True, None):
        assert refused(owner.post(f"{path}/move", json={"position": position}), 422, "validation_failed", "position")


def test_a_new_task_is_the_last_of_its_column(owner: Person, project: dict, column: dict):
    """With the defaults of the contract, its address and its version."""
    answers = [
        owner.post(f"/projects/{project['id']}/tasks", json={"column_id": column["id"], "title": f" T{number} "})
        for number in range(3)
    ]
    answer, task = answers[-1], answers[-1].json()

    assert [0, 1, 2] == [answer.json()["position"] for answer in answers]
    assert ("T2", "", "normal", None, [], []) == tuple(
        task[field] for field in ("title", "description", "priority", "due_at", "labels", "assignee_ids")
    )
    assert (1, owner.id, task["created_at"]) == (task["version"], task["created_by"], task["updated_at"])
    assert answer.headers["Location"].endswith(f"/tasks/{task['id']}")
    assert '"1"' == answer.headers["ETag"] == owner.get(f"/tasks/{task['id']}").headers["ETag"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "t" * 201),
        ("title", "two\nlines"),
        ("title", "\0"),
        ("description", "d" * 5001),
        ("priority", "urgently"),
        ("priority", None),
        ("due_at", "2026-03-01"),
        ("due_at", "2026-03-01T09:30:00"),
        ("due_at", "2026-02-30T09:30:00Z"),
        ("due_at", 1772357400),
        ("labels", "kitchen"),
        ("labels", ["x"] * 2),
        ("labels", ["x", " x "]),
        ("labels", [f"l{number}" for number in range(11)]),
        ("labels", ["l" * 31]),
        ("labels", [7]),
        ("assignee_ids", [999999999]),
        ("assignee_ids", ["1"]),
        ("assignee_ids", [True]),
        ("column_id", 999999999),
        ("column_id", "1"),
    ],
)
def test_a_field_of_a_task_that_breaks_a_rule(host: Person, hall_task: dict, field: str, value: object):
    """Is named, whether the task is made or changed, and nothing happens."""
    path = f"/projects/{hall_task['project_id']}/tasks"
    body = {"column_id": hall_task["column_id"], "title": "x", field: value}

    assert refused(host.post(path, json=body), 422, "validation_failed", field)
    if field != "column_id":
        assert refused(host.patch(f"/tasks/{hall_task['id']}", json={field: value}), 422, "validation_failed", field)
    assert [hall_task] == host.get_json(path)["items"]


def test_a_column_of_another_project_is_none(owner: Person, project: dict):
    """Not for a new task, and not for a move."""
    other = owner.make("/projects", name="Other")
    theirs = owner.make(f"/projects/{other['id']}/columns", name="c")
    mine = owner.make(f"/projects/{project['id']}/columns", name="c")
    body = {"column_id": theirs["id"], "title": "x"}

    assert refused(owner.post(f"/projects/{project['id']}/tasks", json=body), 422, "validation_failed", "column_id")
    task = owner.make(f"/projects/{project['id']}/tasks", column_id=mine["id"], title="x")
    move = {"column_id": theirs["id"], "position": 0}
    assert refused(owner.post(f"/tasks/{task['id']}/move", json=move), 422, "validation_failed", "column_id")


def test_assignees_have_a_role(owner: Person, join: Join, people: Callable[[], Person], add_task: AddTask):
    """Any role; each once; in the order of their ids. A stranger is none."""
    viewer = join("viewer")
    task = add_task(assignee_ids=sorted([viewer.id, owner.id], reverse=True))
    path = f"/tasks/{task['id']}"

    assert sorted([viewer.id, owner.id]) == task["assignee_ids"]
    for ids in ([people().id], [owner.id, owner.id]):
        assert refused(owner.patch(path, json={"assignee_ids": ids}), 422, "validation_failed", "assignee_ids")
    assert [owner.id] == owner.patch(path, json={"assignee_ids": [owner.id]}).json()["assignee_ids"]


def test_a_patch_changes_what_is_sent(owner: Person, add_task: AddTask):
    """And nothing else; labels come in the order of their code points, times in UTC."""
    task = add_task("Boxes", description="  many ", priority="high", labels=["b"])
    sent = {
        "labels": ["z", "B", " a ", "ä"],
        "due_at": "2026-03-15T10:30:00.5+01:00",
        "version": 40,
        "position": 7,
        "column_id": 0,
    }
    changed = owner.patch(f"/tasks/{task['id']}", json=sent).json()

    assert ["B", "a", "z", "ä"] == changed["labels"]
    assert changed["due_at"].startswith("2026-03-15T09:30:00.5")
    same = ("title", "description", "priority", "position", "column_id", "created_at")
    assert [task[field] for field in same] == [changed[field] for field in same]
    assert changed == owner.get_json(f"/tasks/{task['id']}")
    assert None is owner.patch(f"/tasks/{task['id']}", json={"due_at": None}).json()["due_at"]


def test_a_version_counts_changes(owner: Person, add_task: AddTask):
    """What changes nothing is no version, and leaves the time of the last change alone."""
    task = add_task("Boxes", labels=["a", "b"])
    path = f"/tasks/{task['id']}"

    for same in ({}, {"title": " Boxes "}, {"labels": ["b", "a"]}, {"due_at": None}, {"position": 3}):
        answer = owner.patch(path, json=same)
        assert (200, task, '"1"') == (answer.status_code, answer.json(), answer.headers["ETag"])
    assert (2, '"2"') == ((answer := owner.patch(path, json={"title": "x"})).json()["version"], answer.headers["ETag"])
    assert task["updated_at"] != answer.json()["updated_at"]
    assert 2 == owner.post(f"{path}/move", json={"position": 0}).json()["version"]


@pytest.mark.parametrize("tags", ['"2"', 'W/"1"', '"0", "3"', '"11"', '""'])
def test_another_version_is_412(host: Person, hall_task: dict, tags: str):
    """PATCH, move and DELETE leave the task as it is."""
    path, demand = f"/tasks/{hall_task['id']}", {"If-Match": tags}

    assert refused(host.patch(path, json={"title": "x"}, headers=demand), 412, "version_mismatch")
    assert refused(host.post(f"{path}/move", json={"position": 0}, headers=demand), 412, "version_mismatch")
    assert refused(host.delete(path, headers=demand), 412, "version_mismatch")
    assert hall_task == host.get_json(path)


def test_the_present_version_may_be_changed(owner: Person, add_task: AddTask):
    """Any of the tags will do, if it is a strong one; a star always does."""
    path = f"/tasks/{add_task()['id']}"

    for version, tags in enumerate(['"1"', "*", 'W/"3", "3"', '"7" , "4"'], start=2):
        changed = owner.patch(path, json={"title": tags}, headers={"If-Match": tags})
        assert (200, version) == (changed.status_code, changed.json().get("version")), tags
    assert 204 == owner.delete(path, headers={"If-Match": '"5"'}).status_code


def test_of_many_changes_of_one_version_one_succeeds(owner: Person, add_task: AddTask):
    """The others learn that they come too late."""
    path = f"/tasks/{add_task()['id']}"

    def change(number: int) -> int:
        return owner.patch(path, json={"title": f"T{number}"}, headers={"If-Match": '"1"'}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert [200] + [412] * 7 == sorted(threads.map(change, range(8)))
    assert 2 == owner.get_json(path)["version"]


def test_changes_of_different_fields_are_all_kept(owner: Person, add_task: AddTask):
    """Without a version, too: nobody writes back what they have only read."""
    path = f"/tasks/{add_task()['id']}"
    changes = [{"title": "New"}, {"priority": "urgent"}, {"labels": ["l"]}, {"description": "d"}]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda change: owner.patch(path, json=change), changes))

    task = owner.get_json(path)
    assert ("New", "urgent", ["l"], "d", 5) == tuple(
        task[field] for field in ("title", "priority", "labels", "description", "version")
    )


def test_a_task_moves_within_its_column(owner: Person, column: dict, add_task: AddTask):
    """The others keep their order and close up."""
    tasks = {name: add_task(name) for name in "abcd"}

    for title, position, order in [
        ("a", 2, "bcad"),
        ("d", 0, "dbca"),
        ("b", 99, "dcab"),
        ("a", 1, "dacb"),
        ("c", 2, "dacb"),
    ]:
        answer = owner.post(f"/tasks/{tasks[title]['id']}/move", json={"position": position})
        assert (200, min(position, 3)) == (answer.status_code, answer.json()["position"])
        assert list(order) == titles_of(owner, column)


def test_a_task_moves_to_another_column(owner: Person, project: dict, column: dict, add_task: AddTask):
    """Here the others make room, there they close up; deleting closes up as well."""
    done = owner.make(f"/projects/{project['id']}/columns", name="Done")
    a, b, c = (add_task(name) for name in "abc")
    for task in (c, b):
        moved = owner.post(f"/tasks/{task['id']}/move", json={"column_id": done["id"], "position": 0}).json()
        assert (done["id"], 0, 2) == (moved["column_id"], moved["position"], moved["version"])

    assert (["a"], ["b", "c"]) == (titles_of(owner, column), titles_of(owner, done))
    assert 204 == owner.delete(f"/tasks/{b['id']}").status_code
    assert ["c"] == titles_of(owner, done)
    assert refused(owner.get(f"/tasks/{b['id']}"), 404, "not_found")
    assert 1 == owner.get_json(f"/tasks/{a['id']}")["version"]


def test_order_survives_moves_at_the_same_moment(owner: Person, project: dict, column: dict, add_task: AddTask):
    """However many move, post and delete: 0, 1, 2 … without gaps or doubles."""
    done = owner.make(f"/projects/{project['id']}/columns", name="Done")
    tasks = [add_task(f"T{number}") for number in range(8)]
    draw = random.Random(7)
    moves = [(draw.choice(tasks)["id"], draw.choice([column, done])["id"], draw.randrange(9)) for _ in range(40)]

    def move(step: tuple[int, int, int]) -> int:
        task_id, column_id, position = step
        return owner.post(f"/tasks/{task_id}/move", json={"column_id": column_id, "position": position}).status_code

    with ThreadPoolExecutor(8) as threads:
        made = [threads.submit(add_task, "New") for _ in range(4)]
        assert {200} == set(threads.map(move, moves))
        assert 4 == len({future.result()["id"] for future in made})
    assert 12 == len(titles_of(owner, column)) + len(titles_of(owner, done))
