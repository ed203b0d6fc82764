"""Finding: tasks by what they contain, sorted, in pages and by walking."""

from typing import Any

import httpx
import pytest
from world import Board, Person, good, invalid, made, new_board, sign_up, walk

DAY = "2026-03-{:02}T12:00:00Z"


@pytest.fixture
def reader(client: httpx.Client) -> Person:
    """Somebody new, whose list of all tasks holds nothing of other tests."""
    return sign_up(client, "Rita")


# Words


def test_each_word_is_in_title_or_description(board: Board):
    """In any case, as a part of a word, one here and the next there."""
    board.add_task("Order boxes", description="For the kitchen")
    board.add_task("Kitchen", description="Paint it")
    board.add_task("Order pizza")

    assert ["Order boxes", "Kitchen"] == board.titles(q="kITCHen")
    assert ["Order boxes"] == board.titles(q="kitch ORDER")
    assert ["Order boxes"] == board.titles(q=" \t box\n der  ")
    assert [] == board.titles(q="order paint")
    assert 3 == len(board.titles(q=" \t"))
    assert 3 == len(board.titles(q=""))


CHARACTERS = ["%", "_", "*", "\\", "-", '"', "'", "&", "|", ":", "."]


@pytest.fixture(scope="module")
def percentages(owner: Person) -> Board:
    board = new_board(owner)
    for between in (*CHARACTERS, " ", "XX", ""):
        board.add_task(f"ten{between}percent")
    return board


@pytest.mark.parametrize("character", CHARACTERS)
def test_every_character_stands_for_itself(percentages: Board, character: str):
    """There are no wildcards and no operators."""
    assert [f"ten{character}percent"] == percentages.titles(q=f"n{character}p")


def test_words_have_limits(board: Board):
    """200 characters, counted as such."""
    assert [] == board.titles(q="ä" * 200)
    assert invalid(board.owner.get(f"{board.path}/tasks", params={"q": "a" * 201}), "q")
    assert invalid(board.owner.get("/tasks", params={"q": "a" * 201}), "q")


# Filters


def test_by_column_and_maker(new_team: Board, member: Person):
    """Ids that name nothing keep nothing."""
    second = new_team.add_column()
    new_team.add_task("A")
    made(member.post(f"{new_team.path}/tasks", {"column_id": second, "title": "B"}))

    assert ["B"] == new_team.titles(column_id=second)
    assert ["A"] == new_team.titles(created_by=new_team.owner.id)
    assert ["B"] == new_team.titles(created_by=member.id)
    assert [] == new_team.titles(column_id=second, created_by=new_team.owner.id)
    assert [] == new_team.titles(column_id=10**15)


def test_by_assignee(new_team: Board, member: Person, viewer: Person):
    """One of several is enough; none means nobody at all."""
    new_team.add_task("A", assignee_ids=[member.id, viewer.id])
    new_team.add_task("B", assignee_ids=[member.id])
    new_team.add_task("C")

    assert ["A", "B"] == new_team.titles(assignee_id=member.id)
    assert ["A"] == new_team.titles(assignee_id=viewer.id)
    assert ["C"] == new_team.titles(assignee_id="none")
    assert [] == new_team.titles(assignee_id=new_team.owner.id)


def test_by_labels(board: Board):
    """Exactly these, and all of them."""
    board.add_task("A", labels=["kitchen", "heavy"])
    board.add_task("B", labels=["kitchen"])
    board.add_task("C", labels=["Kitchen", "kitchen sink"])

    assert ["A", "B"] == board.titles(label="kitchen")
    assert ["A"] == board.titles(label=["kitchen", "heavy"])
    assert [] == board.titles(label=["kitchen", "Kitchen"])
    assert [] == board.titles(label="kitch")


def test_by_priority(board: Board):
    """One, or any of several."""
    for priority in ("low", "normal", "high", "urgent"):
        board.add_task(priority, priority=priority)

    assert ["high"] == board.titles(priority="high")
    assert ["low", "urgent"] == board.titles(priority="urgent,low")
    for value in ("High", "high urgent", "7"):
        answer = board.owner.get(f"{board.path}/tasks", params={"priority": value})
        assert invalid(answer, "priority")


def test_by_due_date(board: Board):
    """From is included, before is not; what is due never is not kept."""
    for day in (1, 2, 3):
        board.add_task(str(day), due_at=DAY.format(day))
    board.add_task("never")

    assert ["2", "3"] == board.titles(due_from=DAY.format(2))
    assert ["1"] == board.titles(due_before=DAY.format(2))
    assert ["2"] == board.titles(due_from=DAY.format(2), due_before=DAY.format(3))
    assert ["2", "3"] == board.titles(due_from="2026-03-02T13:00:00+01:00")
    for name in ("due_from", "due_before"):
        for value in ("2026-03-01", "2026-03-01T12:00:00", "tomorrow"):
            answer = board.owner.get(f"{board.path}/tasks", params={name: value})
            assert invalid(answer, name)


def test_filters_are_combined(board: Board):
    """With and; and the total counts what they keep."""
    for title in ("A", "B", "C"):
        board.add_task(title, priority="high", labels=["x"])
    board.add_task("D", priority="high")
    board.add_task("E", labels=["x"])
    page = good(
        board.owner.get(
            f"{board.path}/tasks",
            params={"priority": "high", "label": "x", "limit": 2, "sort": "-title"},
        )
    )

    assert ["C", "B"] == [task["title"] for task in page["items"]]
    assert (3, 2, 0) == (page["total"], page["limit"], page["offset"])


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("sort", "name"), ("sort", "--id"), ("assignee_id", "me"), ("column_id", "x"), ("limit", "0")],
)
def test_a_question_that_is_none(team: Board, parameter: str, value: str):
    """It is refused, not overheard."""
    answer = team.owner.get(f"{team.path}/tasks", params={parameter: value})

    assert invalid(answer, parameter)


def test_the_list_of_all_tasks_takes_the_same_filters(reader: Person):
    """And what it does not know, it does not sort by."""
    board = new_board(reader)
    board.add_task("Order boxes", priority="high", labels=["x"], due_at=DAY.format(1))
    board.add_task("Order pizza", assignee_ids=[reader.id])

    def titles(**parameters: Any) -> list[str]:
        return [task["title"] for task in walk(reader, "/tasks", **parameters)]

    assert ["Order boxes", "Order pizza"] == titles(q="order", created_by=reader.id)
    assert ["Order boxes"] == titles(priority="high,urgent", label="x", assignee_id="none")
    assert ["Order pizza"] == titles(assignee_id=reader.id)
    assert ["Order boxes"] == titles(due_from=DAY.format(1), due_before=DAY.format(2))
    assert [] == titles(q="order", priority="low")
    assert invalid(reader.get("/tasks", params={"sort": "position"}), "sort")
    assert invalid(reader.get("/tasks", params={"priority": "x"}), "priority")


# Order

TASKS = [
    ("Pear", "high", 2),
    ("Apple", "urgent", None),
    ("Fig", "low", 1),
    ("Apple", "normal", 2),
    ("Zebra", "high", None),
    ("Banana", "low", 3),
]
ORDERS = {
    "id": [0, 1, 2, 3, 4, 5],
    "-id": [5, 4, 3, 2, 1, 0],
    "title": [1, 3, 5, 2, 0, 4],
    "priority": [2, 5, 3, 0, 4, 1],
    "-priority": [1, 0, 4, 3, 2, 5],
    "due_at": [2, 0, 3, 5, 1, 4],
    "-due_at": [5, 0, 3, 2, 1, 4],
}


@pytest.fixture(scope="module")
def fruit(client: httpx.Client) -> tuple[Board, list[int]]:
    """The board of somebody new with the tasks above, and their ids."""
    board = new_board(sign_up(client))
    return board, [
        board.add_task(title, priority=priority, due_at=day and DAY.format(day))["id"]
        for title, priority, day in TASKS
    ]


@pytest.mark.parametrize("sort", [*ORDERS, "-title"])
def test_sorting_a_project(fruit: tuple[Board, list[int]], sort: str):
    """What is equal is in order of id in both directions; what is never due comes last."""
    board, ids = fruit
    expected = {**ORDERS, "-title": [4, 0, 2, 5, 1, 3]}[sort]

    assert [ids[place] for place in expected] == [task["id"] for task in board.tasks(sort=sort)]
    page = board.tasks(sort=sort, limit=2, offset=2)
    assert [ids[place] for place in expected[2:4]] == [task["id"] for task in page]


@pytest.mark.parametrize("sort", ORDERS)
def test_walking_through_all_tasks(fruit: tuple[Board, list[int]], sort: str):
    """In every order each task is met once, also where a step ends among equals."""
    board, ids = fruit
    # Steps of two end behind the first Apple and within those that are never due, steps of one everywhere.
    seen = walk(board.owner, "/tasks", sort=sort, limit=1 if "due_at" in sort else 2)

    assert [ids[place] for place in ORDERS[sort]] == [task["id"] for task in seen]


def test_sorting_by_place(board: Board):
    """By the place of the column first, then by that of the task."""
    second = board.add_column()
    board.add_task("C", column_id=second)
    board.add_tasks("A", "B")
    moved = board.add_task("D", column_id=second)

    assert ["A", "B", "C", "D"] == board.titles(sort="position")
    assert ["D", "C", "B", "A"] == board.titles(sort="-position")
    good(board.owner.post(f"/tasks/{moved['id']}/move", {"position": 0}))
    good(board.owner.post(f"/columns/{second}/move", {"position": 0}))
    assert ["D", "C", "A", "B"] == board.titles(sort="position")


# Walking while things change


def test_a_walk_neither_skips_nor_repeats(reader: Person):
    """Though tasks before and behind are deleted, added and changed on the way."""
    board = new_board(reader)
    ids = board.add_tasks("B", "D", "F", "H", "J", "L")
    page = good(reader.get("/tasks", params={"sort": "title", "limit": 3}))
    for gone in (ids[0], ids[2]):
        assert 204 == reader.delete(f"/tasks/{gone}").status_code
    board.add_tasks("A", "C")
    rest = walk(reader, "/tasks", sort="title", limit=2, cursor=page["next_cursor"])

    assert ids[:3] == [task["id"] for task in page["items"]]
    assert ids[3:] == [task["id"] for task in rest]


def test_a_walk_among_equals(reader: Person):
    """A moment of many tasks is no obstacle, nor are those that are due at no moment at all."""
    board = new_board(reader)
    due = [board.add_task(due_at=DAY.format(1))["id"] for _ in range(3)]
    never = board.add_tasks("A", "B", "C")
    late = board.add_task(due_at="2026-03-01T12:00:00.000001Z")["id"]

    for sort, expected in (("due_at", [*due, late, *never]), ("-due_at", [late, *due, *never])):
        seen = walk(reader, "/tasks", sort=sort, limit=2)
        assert expected == [task["id"] for task in seen]


def test_the_list_of_all_tasks_ends_at_the_door(reader: Person, owner: Person, client: httpx.Client):
    """It holds every project in which one has a role, and none in which one has none."""
    own, shared, foreign = new_board(reader), new_board(owner), new_board(owner)
    shared.let_in(reader, "viewer")
    ids = [board.add_task()["id"] for board in (own, shared, foreign)]
    last = own.add_task()["id"]

    def seen(**parameters: Any) -> list[int]:
        return [task["id"] for task in walk(reader, "/tasks", **parameters)]

    assert [ids[0], ids[1], last] == seen(limit=2)
    page = good(reader.get("/tasks", params={"limit": 1}))
    assert 204 == owner.delete(f"{shared.path}/members/{reader.id}").status_code
    assert [last] == seen(limit=1, cursor=page["next_cursor"])


def test_the_last_page_says_so(reader: Person):
    """Also if it is full: there is no empty page behind it."""
    board = new_board(reader)
    board.add_tasks("A", "B")

    page = good(reader.get("/tasks", params={"limit": 2}))
    assert (2, None) == (len(page["items"]), page["next_cursor"])
    first = good(reader.get("/tasks", params={"limit": 1}))
    assert isinstance(first["next_cursor"], str)
    assert len(first["next_cursor"]) <= 2048


# Labels


def test_the_labels_of_a_project(board: Board, owner: Person):
    """Those of its tasks, the most frequent first, then in the order of code points."""
    board.add_task(labels=["zoo", "kitchen", "attic"])
    gone = board.add_task(labels=["zoo", "Zoo", "gone"])
    board.add_task(labels=["zoo", "kitchen"])
    new_board(owner).add_task(labels=["elsewhere"])
    board.add_task(labels=["Ärger"])
    good(owner.patch(f"/tasks/{gone['id']}", {"labels": ["zoo", "Zoo"]}))
    items = good(owner.get(f"{board.path}/labels"))["items"]

    assert [("zoo", 3), ("kitchen", 2), ("Zoo", 1), ("attic", 1), ("Ärger", 1)] == [
        (item["label"], item["task_count"]) for item in items
    ]
