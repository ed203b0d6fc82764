"""Finding: tasks by what they contain, sorted, in pages and by walking."""

import secrets
from typing import Any

import httpx
import pytest
from world import Board, Person, good, invalid, new_board, sign_up, walk

DAY = "2026-03-{:02}T12:00:00Z"

# Title, priority, day on which it is due, labels, assigned to.
FRUIT = [
    ("Pear", "high", 2, ["sweet", "green"], ["member", "owner"]),
    ("Apple", "urgent", None, ["sweet"], ["member"]),
    ("Fig", "low", 1, ["Sweet", "sweet tooth"], []),
    ("Apple", "normal", 2, ["sweet", "green"], []),
    ("Zebra", "high", None, [], []),
    ("Banana", "low", 3, [], ["owner"]),
]


class Fruit:
    """A board of somebody new, with the tasks above."""

    def __init__(self, client: httpx.Client, member: Person) -> None:
        self.person = sign_up(client, "Rita")
        self.people = {"owner": self.person, "member": member}
        self.board = new_board(self.person, member=member)
        self.ids = [self.add(*each) for each in FRUIT]

    def add(
        self, title: str, priority: str, day: int | None, labels: list[str], people: list[str]
    ) -> int:
        task = self.board.add_task(
            title,
            description=f"Needs a {priority} basket",
            priority=priority,
            due_at=day and DAY.format(day),
            labels=labels,
            assignee_ids=[self.people[each].id for each in people],
        )
        return task["id"]

    def found(self, **parameters: Any) -> list[int]:
        """The places of the tasks that the project's list answers."""
        return [self.ids.index(task["id"]) for task in self.board.tasks(**parameters)]

    def met(self, **parameters: Any) -> list[int]:
        """The places of the tasks that a walk through all tasks meets."""
        return [self.ids.index(task["id"]) for task in walk(self.person, "/tasks", **parameters)]

    def asked(self, **parameters: Any) -> httpx.Response:
        return self.person.get(f"{self.board.path}/tasks", params=parameters)


@pytest.fixture(scope="session")
def fruit(client: httpx.Client, member: Person) -> Fruit:
    return Fruit(client, member)


# Words


def test_each_word_is_in_title_or_description(fruit: Fruit):
    """In any case, as a part of a word, one here and the next there."""
    assert [0, 4] == fruit.found(q=" \t HIGH  bask")
    assert [1] == fruit.found(q="appl urgent")
    assert [] == fruit.met(q="high low")


def test_every_character_stands_for_itself(team: Board):
    """There are no wildcards and no operators."""
    title, _ = "a%b_c*d\\e-f\"g'h&i|j:k.l", team.add_task("aXbXcXdXeXfXgXhXiXjXkXl")
    team.add_task(title)

    for words in ("a%b", "b_c", "c*d d\\e e-f \"g 'h f\"g h&i i|j j:k k.l"):
        assert [title] == team.titles(q=words)


# Filters


def test_by_column_and_people(fruit: Fruit, member: Person):
    """Made by somebody, assigned to somebody or to nobody at all."""
    assert [] == fruit.found(column_id=10**15)
    assert [] == fruit.met(created_by=member.id)
    assert [0, 1] == fruit.found(assignee_id=member.id, column_id=fruit.board.column)
    assert [2, 3, 4] == fruit.met(assignee_id="none", created_by=fruit.person.id)


def test_by_labels_and_priority(fruit: Fruit):
    """All of the labels, exactly as they are; one of several priorities."""
    assert [0, 1, 3] == fruit.found(label="sweet")
    assert [0, 3] == fruit.met(label=["sweet", "green"])
    assert [1, 2, 5] == fruit.found(priority="urgent,low")


def test_by_due_date(fruit: Fruit):
    """From is included, before is not; what is due never is not kept."""
    assert [0, 3, 5] == fruit.found(due_from="2026-03-02T13:00:00+01:00")
    assert [2] == fruit.found(due_before=DAY.format(2))
    assert [0, 3] == fruit.met(due_from=DAY.format(2), due_before=DAY.format(3))


def test_filters_are_combined(fruit: Fruit):
    """With and; and the total counts what they keep, on whatever page."""
    page = good(fruit.asked(label="sweet", q="p", sort="-title", limit=1, offset=1))

    assert [fruit.ids[1]] == [task["id"] for task in page["items"]]
    assert (3, 1, 1) == (page["total"], page["limit"], page["offset"])


def test_a_question_that_is_none(fruit: Fruit):
    """It is refused, not overheard."""
    for name, value in [("q", "a" * 201), ("sort", "name"), ("due_before", "2026-03-01")]:
        assert invalid(fruit.asked(**{name: value}), name)


# Order: what is equal by id in both directions, what is due never at the end


@pytest.mark.parametrize(
    ("sort", "order"), [("-title", [4, 0, 2, 5, 1, 3]), ("-due_at", [5, 0, 3, 2, 1, 4])]
)
def test_sorting_a_project(fruit: Fruit, sort: str, order: list[int]):
    """In whichever direction."""
    assert order == fruit.found(sort=sort)


@pytest.mark.parametrize(
    ("sort", "limit", "order"),
    [
        ("title", 5, [1, 3, 5, 2, 0, 4]),
        ("-priority", 2, [1, 0, 4, 3, 2, 5]),
        ("due_at", 2, [2, 0, 3, 5, 1, 4]),
    ],
)
def test_walking_through_all_tasks(fruit: Fruit, sort: str, limit: int, order: list[int]):
    """Each task is met once, also where a step ends among equals or among those never due."""
    assert order == fruit.met(sort=sort, limit=limit)


# Walking while things change


def test_a_walk_neither_skips_nor_repeats(team: Board):
    """Though tasks are deleted and added on the way, and a moment apart is a moment apart."""
    mark = secrets.token_hex(8)
    due = [f"2026-03-01T12:00:00.00000{n}Z" for n in (1, 1, 2, 3)]
    ids = [team.add_task(due_at=moment, labels=[mark])["id"] for moment in due]
    asked = {"sort": "due_at", "limit": 2, "label": mark}
    page = good(team.owner.get("/tasks", params=asked))
    assert 204 == team.owner.delete(f"/tasks/{ids[1]}").status_code
    team.add_task(due_at="2026-03-01T11:00:00Z", labels=[mark])
    rest = walk(team.owner, "/tasks", **asked, cursor=page["next_cursor"])

    assert ids[:2] == [task["id"] for task in page["items"]]
    assert ids[2:] == [task["id"] for task in rest]


def test_the_list_of_all_tasks_ends_at_the_door(team: Board, viewer: Person, stranger: Person):
    """It holds every project in which one has a role, and none in which one has none."""
    mark = secrets.token_hex(8)
    task = team.add_task(mark)

    assert [task] == good(viewer.get("/tasks", params={"q": mark}))["items"]
    assert [] == good(stranger.get("/tasks", params={"q": mark}))["items"]


# Labels


def test_the_labels_of_a_project(fruit: Fruit):
    """Those of its tasks, the most frequent first, then in the order of code points."""
    items = good(fruit.person.get(f"{fruit.board.path}/labels"))["items"]

    assert [("sweet", 3), ("green", 2), ("Sweet", 1), ("sweet tooth", 1)] == [
        (item["label"], item["task_count"]) for item in items
    ]
