"""Columns and tasks (CONTRACT §6 and §7)."""

from collections.abc import Callable

from conftest import Person, at_once, refused
from httpx import Response

AddTask = Callable[..., dict]


def columns_of(owner: Person, project: dict) -> list[tuple[str, int]]:
    entries = owner.get_json(f"/projects/{project['id']}/columns")["items"]
    return [(entry["name"], entry["position"]) for entry in entries]


def titles_of(owner: Person, column: dict) -> list[str]:
    """The titles of a column in their order; the positions must be 0, 1, 2 …"""
    path = f"/projects/{column['project_id']}/tasks"
    tasks = owner.get_json(path, column_id=column["id"], sort="position", limit=100)["items"]
    assert list(range(len(tasks))) == [task["position"] for task in tasks]
    return [task["title"] for task in tasks]


def test_columns_move_and_close_up(owner: Person, new_project: dict):
    """A place behind the end is the last one, and there is never a gap."""
    a, b, c = (owner.make(f"/projects/{new_project['id']}/columns", name=name) for name in "abc")

    assert 2 == owner.post(f"/columns/{a['id']}/move", json={"position": 99}).json()["position"]
    assert 0 == owner.post(f"/columns/{c['id']}/move", json={"position": 0}).json()["position"]
    assert [("c", 0), ("b", 1), ("a", 2)] == columns_of(owner, new_project)
    assert 204 == owner.delete(f"/columns/{b['id']}").status_code
    assert [("c", 0), ("a", 1)] == columns_of(owner, new_project)


def test_a_column_with_tasks_stays(owner: Person, column: dict, add_task: AddTask):
    """Whatever its name is now; its place is not changed by that."""
    path = f"/columns/{column['id']}"
    add_task()

    assert refused(owner.delete(path), 409, "column_not_empty")
    assert {**column, "name": "Done"} == owner.patch(path, json={"name": " Done ", "position": 5}).json()
    assert refused(owner.post(f"{path}/move", json={"position": -1}), 422, "validation_failed", "position")


def test_a_new_task_is_the_last_of_its_column(owner: Person, project: dict, column: dict):
    """With the defaults of the contract, its address and its version."""
    answers = [
        owner.post(f"/projects/{project['id']}/tasks", json={"column_id": column["id"], "title": f" T{number} "})
        for number in range(2)
    ]
    answer, task = answers[-1], answers[-1].json()

    assert [0, 1] == [answer.json()["position"] for answer in answers]
    assert ("T1", "", "normal", None, [], []) == tuple(
        task[field] for field in ("title", "description", "priority", "due_at", "labels", "assignee_ids")
    )
    assert (1, owner.id, task["created_at"]) == (task["version"], task["created_by"], task["updated_at"])
    assert answer.headers["Location"].endswith(f"/tasks/{task['id']}")
    assert '"1"' == answer.headers["ETag"] == owner.get(f"/tasks/{task['id']}").headers["ETag"]


def test_a_field_of_a_task_that_breaks_a_rule(owner: Person, task: dict, stranger: Person):
    """It is named, and nothing happens."""
    path = f"/tasks/{task['id']}"

    for field, value in [
        ("title", "two\nlines"),
        ("priority", None),
        ("due_at", "2026-02-30T09:30:00Z"),
        ("labels", ["x", " x "]),
        ("assignee_ids", [stranger.id]),
    ]:
        answer = owner.patch(path, json={"description": "x", field: value})
        assert refused(answer, 422, "validation_failed", field)
    assert task == owner.get_json(path)


def test_a_column_of_another_project_is_none(owner: Person, project: dict, new_project: dict, task: dict):
    """Not for a new task, and not for a move."""
    theirs = owner.make(f"/projects/{new_project['id']}/columns", name="c")
    new, move = {"column_id": theirs["id"], "title": "x"}, {"column_id": theirs["id"], "position": 0}

    assert refused(owner.post(f"/projects/{project['id']}/tasks", json=new), 422, "validation_failed", "column_id")
    assert refused(owner.post(f"/tasks/{task['id']}/move", json=move), 422, "validation_failed", "column_id")


def test_a_patch_changes_what_is_sent(owner: Person, viewer: Person, add_task: AddTask):
    """And nothing else; labels come in the order of their code points, people in that of their ids, times in UTC."""
    ids = [owner.id, viewer.id]
    task = add_task("Boxes", description="  many ", priority="high", labels=["b"], assignee_ids=sorted(ids)[::-1])
    sent = {
        "labels": ["z", "B", " a ", "ä"],
        "due_at": "2026-03-15T10:30:00.5+01:00",
        "version": 40,
        "position": 7,
        "column_id": 0,
    }
    changed = owner.patch(f"/tasks/{task['id']}", json=sent).json()

    assert ["B", "a", "z", "ä"] == changed["labels"]
    assert sorted(ids) == changed["assignee_ids"]
    assert changed["due_at"].startswith("2026-03-15T09:30:00.5")
    same = ("title", "description", "priority", "position", "column_id", "created_at")
    assert [task[field] for field in same] == [changed[field] for field in same]
    without = owner.patch(f"/tasks/{task['id']}", json={"due_at": None}).json()
    assert (None, changed["labels"]) == (without["due_at"], without["labels"])


def test_a_version_counts_changes(owner: Person, add_task: AddTask):
    """What changes nothing is no version, and leaves the time of the last change alone."""
    task = add_task("Boxes", labels=["a", "b"])
    path = f"/tasks/{task['id']}"

    answer = owner.patch(path, json={"title": " Boxes ", "labels": ["b", "a"], "due_at": None, "position": 3})
    assert (200, task, '"1"') == (answer.status_code, answer.json(), answer.headers["ETag"])
    answer = owner.patch(path, json={"title": "x"})
    assert (2, '"2"') == (answer.json()["version"], answer.headers["ETag"])
    assert 2 == owner.post(f"{path}/move", json={"position": 0}).json()["version"]


def test_another_version_is_412(owner: Person, task: dict):
    """PATCH, move and DELETE leave the task as it is; a weak tag matches nothing, nor does a part of one."""
    path = f"/tasks/{task['id']}"

    for tags in ('W/"1"', '"0", "11"'):
        answer = owner.patch(path, json={"title": "x"}, headers={"If-Match": tags})
        assert refused(answer, 412, "version_mismatch")
    demand = {"If-Match": '"2"'}
    assert refused(owner.post(f"{path}/move", json={"position": 0}, headers=demand), 412, "version_mismatch")
    assert refused(owner.delete(path, headers=demand), 412, "version_mismatch")
    assert task == owner.get_json(path)


def test_the_present_version_may_be_changed(owner: Person, add_task: AddTask):
    """Any of the tags will do, if it is a strong one; a star always does."""
    path = f"/tasks/{add_task()['id']}"

    for version, tags in enumerate(["*", 'W/"2" , "2"'], start=2):
        changed = owner.patch(path, json={"title": tags}, headers={"If-Match": tags})
        assert (200, version) == (changed.status_code, changed.json().get("version")), tags
    assert 204 == owner.delete(path, headers={"If-Match": '"3"'}).status_code


def test_of_many_changes_of_one_version_one_succeeds(owner: Person, add_task: AddTask):
    """The others learn that they come too late."""
    path = f"/tasks/{add_task()['id']}"

    def change(title: str) -> Response:
        return owner.patch(path, json={"title": title}, headers={"If-Match": '"1"'})

    answers = at_once([lambda title=title: change(title) for title in "abc"])

    assert [200, 412, 412] == sorted(answer.status_code for answer in answers)


def test_changes_of_different_fields_are_all_kept(owner: Person, add_task: AddTask):
    """Without a version, too: nobody writes back what they have only read."""
    path = f"/tasks/{add_task()['id']}"
    changes = [{"title": "New"}, {"labels": ["l"]}]
    at_once([lambda change=change: owner.patch(path, json=change) for change in changes])

    task = owner.get_json(path)
    assert ("New", ["l"], 3) == (task["title"], task["labels"], task["version"])


def test_a_task_moves_within_its_column(owner: Person, column: dict, add_task: AddTask):
    """The others keep their order and close up; behind the end is the last place."""
    a, _, c = (add_task(name) for name in "abc")

    assert 0 == owner.post(f"/tasks/{c['id']}/move", json={"position": 0}).json()["position"]
    assert 2 == owner.post(f"/tasks/{a['id']}/move", json={"position": 99}).json()["position"]
    assert ["c", "b", "a"] == titles_of(owner, column)


def test_a_task_moves_to_another_column(owner: Person, project: dict, column: dict, add_task: AddTask):
    """There the others make room, here they close up; deleting closes up as well, and takes the comments along."""
    done = owner.make(f"/projects/{project['id']}/columns", name="Done")
    a, b, _ = (add_task(name) for name in "abc")
    comment = owner.make(f"/tasks/{b['id']}/comments", text="Ten.")
    for task in (a, b):
        moved = owner.post(f"/tasks/{task['id']}/move", json={"column_id": done["id"], "position": 0}).json()
        assert (done["id"], 0, 2) == (moved["column_id"], moved["position"], moved["version"])

    assert (["c"], ["b", "a"]) == (titles_of(owner, column), titles_of(owner, done))
    assert 204 == owner.delete(f"/tasks/{b['id']}").status_code
    assert ["a"] == titles_of(owner, done)
    assert refused(owner.delete(f"/comments/{comment['id']}"), 404, "not_found")


def test_order_survives_moves_at_the_same_moment(owner: Person, project: dict, column: dict, add_task: AddTask):
    """However many move, post and delete: 0, 1, 2 … without gaps or doubles."""
    done = owner.make(f"/projects/{project['id']}/columns", name="Done")
    a, b, c = (f"/tasks/{add_task(name)['id']}" for name in "abc")
    at_once(
        [
            lambda: owner.post(f"{a}/move", json={"column_id": done["id"], "position": 0}),
            lambda: owner.post(f"{b}/move", json={"position": 0}),
            lambda: owner.delete(c),
            lambda: add_task("New"),
        ]
    )

    assert ["New", "b"] == sorted(titles_of(owner, column))
    assert ["a"] == titles_of(owner, done)
