"""Finding tasks (CONTRACT §9)."""

import secrets
from collections.abc import Callable

import pytest
from conftest import Person, refused

AddTask = Callable[..., dict]
Found = Callable[..., str]

# A label that no other task has, whatever ran on the server before.
FRUIT = secrets.token_hex(8)


@pytest.fixture(scope="session")
def fruit(owner: Person, project: dict, viewer: Person) -> dict:
    """A column with five tasks. Their titles begin with the letters from A to E, which is not their order."""
    column = owner.make(f"/projects/{project['id']}/columns", name="Fruit")
    for title, priority, day, labels, assignees in [
        ("Banana", "low", 2, ["x", "y"], [viewer.id]),
        ("Apple", "urgent", None, ["x"], []),
        ("Cherry", "low", 1, ["X"], []),
        ("Damson", "high", 2, ["xy"], [viewer.id, owner.id]),
        ("Elder", "low", None, [], []),
    ]:
        owner.make(
            f"/projects/{project['id']}/tasks",
            column_id=column["id"],
            title=title,
            priority=priority,
            due_at=day and f"2026-03-0{day}T00:00:00Z",
            labels=[*labels, FRUIT],
            assignee_ids=assignees,
        )
    return column


@pytest.fixture
def found(owner: Person, fruit: dict) -> Found:
    """The first letters of the fruit that a search finds, in their order."""

    def letters(**parameters: object) -> str:
        page = owner.get_json(f"/projects/{fruit['project_id']}/tasks", column_id=fruit["id"], **parameters)
        assert len(page["items"]) == page["total"]
        return "".join(task["title"][0] for task in page["items"])

    return letters


def titles(owner: Person, column: dict, q: str) -> list[str]:
    page = owner.get_json(f"/projects/{column['project_id']}/tasks", column_id=column["id"], q=q)
    return [task["title"] for task in page["items"]]


def test_every_word_must_be_there(owner: Person, column: dict, add_task: AddTask):
    """In the title or in the description, upper and lower case alike, as a part of a word, too."""
    add_task("Order boxes", description="From the shop")
    add_task("Boxes away")

    assert ["Order boxes"] == titles(owner, column, "SHOP  box")
    assert [] == titles(owner, column, "order away")


def test_every_character_stands_for_itself(owner: Person, column: dict, add_task: AddTask):
    """None is a wildcard or an operator."""
    special = "50% o_o *a* c\\d -e \"f' g&h i|j k:l"
    add_task(special)
    add_task("500 oxo a cd e f gh ij kl")

    for words in ("0%", "o_o", special):
        assert [special] == titles(owner, column, words)


def test_filters_are_joined(owner: Person, viewer: Person, found: Found):
    """Each alone, and several together."""
    assert "B" == found(label=["x", "y"])
    assert "ACE" == found(assignee_id="none")
    assert "D" == found(assignee_id=viewer.id, priority="urgent,high")
    assert "BD" == found(due_from="2026-03-02T01:00:00+01:00")
    assert "C" == found(due_before="2026-03-02T00:00:00Z", created_by=owner.id)
    assert "" == found(label="x", priority="high")


def test_what_can_be_sorted(found: Found):
    """Both ways; ties in the order of their ids; without a date at the end."""
    assert "EDCBA" == found(sort="-title")
    assert "BCEDA" == found(sort="priority")
    assert "CBDAE" == found(sort="due_at")
    assert "EDCAB" == found(sort="-position")


def test_a_parameter_that_breaks_a_rule_is_named(owner: Person, project: dict):
    """422 with its name."""
    for query in ("sort=name", "priority=high,none", "due_from=2026-03-01", "q=" + "x" * 201):
        answer = owner.get(f"/projects/{project['id']}/tasks?{query}")
        assert refused(answer, 422, "validation_failed", query.partition("=")[0])


def test_pages_show_each_task_once(owner: Person, fruit: dict):
    """Where several are alike, too."""
    path = f"/projects/{fruit['project_id']}/tasks"

    pages = [owner.get_json(path, label=FRUIT, sort="priority", limit=3, offset=offset) for offset in (0, 3)]

    assert "BCEDA" == "".join(task["title"][0] for page in pages for task in page["items"])
    assert {5} == {page["total"] for page in pages}


@pytest.mark.parametrize(("sort", "order"), [("title", "ABCDE"), ("-due_at", "BDCAE"), ("-priority", "ADBCE")])
def test_a_walk_shows_each_task_once(viewer: Person, fruit: dict, sort: str, order: str):
    """In the order asked for, in stretches that end among equals."""
    tasks = viewer.walk("/tasks", label=FRUIT, sort=sort, limit=4 if sort == "-due_at" else 3)

    assert order == "".join(task["title"][0] for task in tasks)


def test_a_walk_goes_on_whatever_happens_meanwhile(owner: Person, add_task: AddTask):
    """What was deleted or added elsewhere neither skips nor repeats anything."""
    label = secrets.token_hex(8)
    tasks = [add_task(f"T{day}", labels=[label], due_at=f"2026-03-1{day}T00:00:00Z") for day in range(4)]
    first = owner.get_json("/tasks", label=label, sort="due_at", limit=2)
    owner.delete(f"/tasks/{tasks[1]['id']}")
    add_task("Early", labels=[label], due_at="2026-03-01T00:00:00Z")

    rest = owner.walk("/tasks", label=label, sort="due_at", limit=2, cursor=first["next_cursor"])

    assert ["T2", "T3"] == [task["title"] for task in rest]


def test_a_walk_ends_at_the_door(owner: Person, stranger: Person, fruit: dict):
    """Nobody meets the tasks of projects in which they have no role; nor with a cursor of their own making."""
    assert 5 == len(owner.get_json("/tasks", label=FRUIT)["items"])
    assert [] == stranger.get_json("/tasks", label=FRUIT)["items"]
    assert refused(stranger.get("/tasks", params={"cursor": "nonsense"}), 422, "validation_failed", "cursor")


def test_labels_are_counted(owner: Person, new_project: dict):
    """The most frequent first, then in the order of code points."""
    path = f"/projects/{new_project['id']}"
    column = owner.make(f"{path}/columns", name="To do")
    for labels in (["b", "a"], ["b", "B", "ä"]):
        owner.make(f"{path}/tasks", column_id=column["id"], title="Order boxes", labels=labels)

    items = owner.get_json(f"{path}/labels")["items"]

    assert [("b", 2), ("B", 1), ("a", 1), ("ä", 1)] == [(item["label"], item["task_count"]) for item in items]
