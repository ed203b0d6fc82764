"""Finding: tasks by what they contain, sorted, in pages and by walking."""

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
# The places of these in each order: what is equal by id in both directions, what is never due last.
ORDERS = {
    "id": [0, 1, 2, 3, 4, 5],
    "-id": [5, 4, 3, 2, 1, 0],
    "title": [1, 3, 5, 2, 0, 4],
    "priority": [2, 5, 3, 0, 4, 1],
    "-priority": [1, 0, 4, 3, 2, 5],
    "due_at": [2, 0, 3, 5, 1, 4],
    "-due_at": [5, 0, 3, 2, 1, 4],
}


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


@pytest.fixture(scope="module")
def fruit(client: httpx.Client, member: Person) -> Fruit:
    return Fruit(client, member)


# Words


def test_each_word_is_in_title_or_description(team: Board, lane: int):
    """In any case, as a part of a word, one here and the next there."""
    team.add_task("Order boxes", description="For the kitchen", column_id=lane)
    team.add_task("Kitchen", description="Paint it", column_id=lane)

    def titles(q: str) -> list[str]:
        return team.titles(q=q, column_id=lane)

    assert ["Order boxes", "Kitchen"] == titles("kITCHen")
    assert ["Order boxes"] == titles(" \t kitch  ORDER")
    assert [] == titles("order paint")
    assert 2 == len(titles(" \t"))


CHARACTERS = ["%", "_", "*", "\\", "-", '"', "'", "&", "|", ":", "."]


@pytest.fixture(scope="module")
def riddle(owner: Person) -> Board:
    """A task with all these characters between letters, and others with something else there."""
    board = new_board(owner)
    for between in [*CHARACTERS, ""], [" "] * 12, ["X"] * 12:
        letters = zip("abcdefghijkl", between, strict=True)
        board.add_task("".join(f"{letter}{each}" for letter, each in letters))
    return board


@pytest.mark.parametrize(("place", "character"), [*enumerate(CHARACTERS)])
def test_every_character_stands_for_itself(riddle: Board, place: int, character: str):
    """There are no wildcards and no operators."""
    before, after = "abcdefghijkl"[place : place + 2]

    assert 1 == len(riddle.titles(q=f"{before}{character}{after}"))


def test_words_have_limits(fruit: Fruit):
    """200 characters, counted as such."""
    assert [] == fruit.found(q="ä" * 200)
    assert invalid(fruit.asked(q="a" * 201), "q")


# Filters


def test_by_column_and_maker(fruit: Fruit, member: Person):
    """Ids that name nothing keep nothing."""
    assert 6 == len(fruit.found(column_id=fruit.board.column, created_by=fruit.person.id))
    assert [] == fruit.found(created_by=member.id)
    assert [] == fruit.found(column_id=10**15)


def test_by_assignee(fruit: Fruit, member: Person):
    """One of several is enough; none means nobody at all."""
    assert [0, 1] == fruit.found(assignee_id=member.id)
    assert [2, 3, 4] == fruit.found(assignee_id="none")
    assert [0, 5] == fruit.met(assignee_id=fruit.person.id)


def test_by_labels(fruit: Fruit):
    """Exactly these, and all of them."""
    assert [0, 1, 3] == fruit.found(label="sweet")
    assert [0, 3] == fruit.found(label=["sweet", "green"])
    assert [] == fruit.found(label=["green", "Sweet"])
    assert [] == fruit.met(label="swee")


def test_by_priority(fruit: Fruit):
    """One, or any of several."""
    assert [0, 4] == fruit.found(priority="high")
    assert [1, 2, 5] == fruit.met(priority="urgent,low")
    assert invalid(fruit.asked(priority="High"), "priority")


def test_by_due_date(fruit: Fruit):
    """From is included, before is not; what is due never is not kept."""
    assert [0, 3, 5] == fruit.found(due_from="2026-03-02T13:00:00+01:00")
    assert [2] == fruit.found(due_before=DAY.format(2))
    assert [0, 3] == fruit.met(due_from=DAY.format(2), due_before=DAY.format(3))
    assert invalid(fruit.asked(due_from="2026-03-01"), "due_from")
    assert invalid(fruit.asked(due_before="2026-03-01T12:00:00"), "due_before")


def test_filters_are_combined(fruit: Fruit):
    """With and; and the total counts what they keep, on whatever page."""
    page = good(fruit.asked(label="sweet", q="p", sort="-title", limit=1, offset=1))

    assert [fruit.ids[1]] == [task["id"] for task in page["items"]]
    assert (3, 1, 1) == (page["total"], page["limit"], page["offset"])
    assert [1] == fruit.met(q="app", assignee_id=fruit.people["member"].id, label="sweet")


def test_a_question_that_is_none(fruit: Fruit):
    """It is refused, not overheard."""
    for name, value in [("sort", "name"), ("assignee_id", "me"), ("column_id", "x"), ("limit", "0")]:
        assert invalid(fruit.asked(**{name: value}), name)
    assert invalid(fruit.person.get("/tasks?sort=position"), "sort")


# Order


@pytest.mark.parametrize("sort", ["-title", *ORDERS])
def test_sorting_a_project(fruit: Fruit, sort: str):
    """What is equal is in order of id in both directions; what is never due comes last."""
    assert {**ORDERS, "-title": [4, 0, 2, 5, 1, 3]}[sort] == fruit.found(sort=sort)


@pytest.mark.parametrize("sort", ORDERS)
def test_walking_through_all_tasks(fruit: Fruit, sort: str):
    """Each task is met once, also where a step ends among equals or among those never due."""
    assert ORDERS[sort] == fruit.met(sort=sort, limit=1 if sort in ("title", "due_at") else 2)


def test_sorting_by_place(board: Board):
    """By the place of the column first, then by that of the task."""
    second = board.add_column()
    board.add_task("C", column_id=second)
    board.add_tasks("A", "B")
    last = board.add_task("D", column_id=second)

    assert ["A", "B", "C", "D"] == board.titles(sort="position")
    good(board.owner.post(f"/tasks/{last['id']}/move", {"position": 0}))
    good(board.owner.post(f"/columns/{second}/move", {"position": 0}))
    assert ["D", "C", "A", "B"] == board.titles(sort="position")
    assert ["B", "A", "C", "D"] == board.titles(sort="-position")


# Walking while things change


def test_a_walk_neither_skips_nor_repeats(client: httpx.Client):
    """Though tasks are deleted and added on the way, and a moment apart is a moment apart."""
    reader = sign_up(client)
    board = new_board(reader)
    due = [f"2026-03-01T12:00:00.00000{n}Z" for n in (1, 1, 2, 3, 3)]
    ids = [board.add_task(due_at=moment)["id"] for moment in due]
    page = good(reader.get("/tasks", params={"sort": "due_at", "limit": 2}))
    for gone in ids[:2]:
        assert 204 == reader.delete(f"/tasks/{gone}").status_code
    board.add_task(due_at="2026-03-01T11:00:00Z")
    rest = walk(reader, "/tasks", sort="due_at", limit=2, cursor=page["next_cursor"])

    assert ids[:2] == [task["id"] for task in page["items"]]
    assert ids[2:] == [task["id"] for task in rest]
    whole = good(reader.get("/tasks", params={"limit": 4}))
    assert (4, None) == (len(whole["items"]), whole["next_cursor"])


def test_the_list_of_all_tasks_ends_at_the_door(team: Board, board: Board, client: httpx.Client):
    """It holds every project in which one has a role, and none in which one has none."""
    reader = sign_up(client)
    own = new_board(reader)
    board.let_in(reader, "viewer")
    team.add_task()
    first, shared, last = own.add_task()["id"], board.add_task()["id"], own.add_task()["id"]
    page = good(reader.get("/tasks", params={"limit": 1}))

    assert [first] == [task["id"] for task in page["items"]]
    assert [first, shared, last] == [task["id"] for task in walk(reader, "/tasks", limit=2)]
    assert 204 == reader.delete(f"{board.path}/members/{reader.id}").status_code
    rest = walk(reader, "/tasks", limit=1, cursor=page["next_cursor"])
    assert [last] == [task["id"] for task in rest]


# Labels


def test_the_labels_of_a_project(board: Board, team: Board):
    """Those of its tasks, the most frequent first, then in the order of code points."""
    board.add_task(labels=["zoo", "kitchen", "attic", "Ärger"])
    gone = board.add_task(labels=["gone"])
    board.add_task(labels=["zoo", "kitchen", "Zoo"])
    team.add_task(labels=["elsewhere"])
    board.add_task(labels=["zoo"])
    assert 204 == board.owner.delete(f"/tasks/{gone['id']}").status_code
    items = good(board.owner.get(f"{board.path}/labels"))["items"]

    assert [("zoo", 3), ("kitchen", 2), ("Zoo", 1), ("attic", 1), ("Ärger", 1)] == [
        (item["label"], item["task_count"]) for item in items
    ]
