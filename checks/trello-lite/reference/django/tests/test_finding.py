"""Finding tasks (CONTRACT §9)."""

from collections.abc import Callable

import pytest
from conftest import Person, refused

AddTask = Callable[..., dict]


@pytest.fixture
def found(owner: Person, project: dict) -> Callable[..., list[str]]:
    """The titles that a search in the project finds, in their order."""

    def titles(**parameters: object) -> list[str]:
        page = owner.get_json(f"/projects/{project['id']}/tasks", **{"limit": 100, **parameters})
        assert len(page["items"]) == page["total"]
        return [task["title"] for task in page["items"]]

    return titles


def test_every_word_must_be_there(add_task: AddTask, found: Callable[..., list[str]]):
    """In the title or in the description, upper and lower case alike, as a part of a word, too."""
    add_task("Order boxes", description="From the shop")
    add_task("Boxes away")

    assert ["Order boxes"] == found(q="SHOP box")
    assert ["Order boxes", "Boxes away"] == found(q=" box ")
    assert [] == found(q="order away")
    assert ["Order boxes", "Boxes away"] == found(q="  ")


def test_every_character_stands_for_itself(add_task: AddTask, found: Callable[..., list[str]]):
    """None is a wildcard or an operator."""
    titles = [f"with a{character}b in it" for character in "%_*\\-\"'&|:x"]
    for title in titles:
        add_task(title)

    for title in titles:
        assert [title] == found(q=title.split()[1])


def test_filters_are_joined(owner: Person, add_task: AddTask, found: Callable[..., list[str]]):
    """Each alone, and all of them together."""
    add_task("A", labels=["x", "y"], priority="high", assignee_ids=[owner.id], due_at="2026-03-01T00:00:00Z")
    add_task("B", labels=["x"], priority="low", due_at="2026-03-02T00:00:00Z")
    add_task("C", labels=["X"], priority="urgent")

    assert ["A", "B"] == found(label="x")
    assert ["A"] == found(label=["x", "y"])
    assert ["A", "C"] == found(priority="urgent,high")
    assert (["A"], ["B", "C"]) == (found(assignee_id=owner.id), found(assignee_id="none"))
    assert ["B"] == found(due_from="2026-03-01T01:00:00+00:30")
    assert ["A"] == found(due_before="2026-03-02T00:00:00Z")
    assert (["A", "B", "C"], []) == (found(created_by=owner.id), found(created_by=999999999))
    assert [] == found(label="x", priority="urgent")
    assert [] == found(column_id=999999999)


def test_what_can_be_sorted(add_task: AddTask, found: Callable[..., list[str]]):
    """Both ways; ties in the order of their ids; without a date at the end."""
    add_task("Bo", priority="low", due_at="2026-03-02T00:00:00Z")
    add_task("Al", priority="urgent")
    add_task("Cy", priority="low", due_at="2026-03-01T00:00:00Z")
    add_task("Di", priority="normal", due_at="2026-03-02T00:00:00Z")

    assert ["Bo", "Al", "Cy", "Di"] == found() == found(sort="id") == found(sort="position")
    assert ["Di", "Cy", "Al", "Bo"] == found(sort="-id") == found(sort="-position")
    assert ["Al", "Bo", "Cy", "Di"] == found(sort="title")
    assert ["Bo", "Cy", "Di", "Al"] == found(sort="priority")
    assert ["Al", "Di", "Bo", "Cy"] == found(sort="-priority")
    assert ["Cy", "Bo", "Di", "Al"] == found(sort="due_at")
    assert ["Bo", "Di", "Cy", "Al"] == found(sort="-due_at")


@pytest.mark.parametrize(
    "query",
    [
        "sort=name",
        "priority=high,none",
        "assignee_id=x",
        "column_id=x",
        "created_by=1.5",
        "due_from=2026-03-01",
        "due_before=2026-03-01T00:00:00",
        "q=" + "x" * 201,
        "limit=101",
    ],
)
def test_a_parameter_that_breaks_a_rule_is_named(host: Person, hall: dict, query: str):
    """422 with its name."""
    answer = host.get(f"/projects/{hall['id']}/tasks?{query}")

    assert refused(answer, 422, "validation_failed", query.partition("=")[0])


def test_pages_show_each_task_once(owner: Person, project: dict, add_task: AddTask):
    """Where many are alike, too."""
    ids = [add_task("Same", priority="low")["id"] for _ in range(7)]
    path = f"/projects/{project['id']}/tasks"

    pages = [owner.get_json(path, sort="-priority", limit=3, offset=offset) for offset in (0, 3, 6)]

    assert sorted(ids) == [task["id"] for page in pages for task in page["items"]]
    assert {7} == {page["total"] for page in pages}


def test_a_walk_shows_the_tasks_of_all_projects_once(owner: Person, column: dict):
    """In the order asked for, whatever the length of the stretches."""
    other = owner.make("/projects", name="Other")
    theirs = owner.make(f"/projects/{other['id']}/columns", name="c")
    for number in range(6):
        due_at = None if number % 3 == 0 else f"2026-03-0{1 + number % 2}T00:00:00.00000{number % 2}Z"
        place = {"column_id": column["id"]} if number % 2 else {"column_id": theirs["id"]}
        path = f"/projects/{column['project_id'] if number % 2 else other['id']}/tasks"
        priority = ["low", "high"][number % 2]
        owner.make(path, **place, title="Abc"[: 1 + number % 3], due_at=due_at, priority=priority)

    for sort in ("id", "-id", "title", "due_at", "-due_at", "priority", "-priority"):
        whole = owner.walk("/tasks", sort=sort, limit=100)
        assert 6 == len({task["id"] for task in whole})
        assert whole == owner.walk("/tasks", sort=sort, limit=2) == owner.walk("/tasks", sort=sort, limit=5)


def test_a_walk_goes_on_whatever_happens_meanwhile(owner: Person, add_task: AddTask):
    """What was deleted or added elsewhere neither skips nor repeats anything."""
    tasks = [add_task(f"T{number}", due_at=f"2026-03-1{number}T00:00:00Z") for number in range(6)]
    first = owner.get_json("/tasks", sort="due_at", limit=3)
    owner.delete(f"/tasks/{tasks[0]['id']}")
    owner.delete(f"/tasks/{tasks[2]['id']}")
    add_task("Early", due_at="2026-03-01T00:00:00Z")

    rest = owner.walk("/tasks", sort="due_at", limit=1, cursor=first["next_cursor"])

    assert ["T3", "T4", "T5"] == [task["title"] for task in rest]


def test_a_cursor_that_nobody_gave_is_refused(owner: Person, add_task: AddTask):
    """By name. One that was given is not too long, however long the title that it remembers."""
    for _ in range(2):
        add_task("\N{TRUMPET}" * 200)
    cursor = owner.get_json("/tasks", sort="title", limit=1)["next_cursor"]

    assert 1 == len(owner.get_json("/tasks", sort="title", cursor=cursor)["items"])
    assert len(cursor) <= 2048
    assert refused(owner.get("/tasks", params={"cursor": "nonsense"}), 422, "validation_failed", "cursor")
    assert refused(owner.get("/tasks", params={"sort": "position"}), 422, "validation_failed", "sort")


def test_labels_are_counted(owner: Person, project: dict, add_task: AddTask):
    """The most frequent first, then in the order of code points."""
    add_task(labels=["b", "a"])
    add_task(labels=["b", "B", "ä"])

    items = owner.get_json(f"/projects/{project['id']}/labels")["items"]

    assert [("b", 2), ("B", 1), ("a", 1), ("ä", 1)] == [(item["label"], item["task_count"]) for item in items]
