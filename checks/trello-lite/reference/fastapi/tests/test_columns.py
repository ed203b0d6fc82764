"""Columns: the lists of tasks on a board, and their order."""

import pytest
from world import Board, Person, at_once, good, invalid, made, missing, new_board, refused


@pytest.fixture(scope="module")
def shelf(owner: Person, member: Person) -> Board:
    """A board of at least four columns, which every test here leaves in another order."""
    board = new_board(owner, member=member)
    for name in ("B", "C", "D"):
        board.add_column(name)
    return board


def order(board: Board) -> list[int]:
    """The ids of the columns; their positions must be 0, 1, 2 …"""
    items = good(board.owner.get(f"{board.path}/columns"))["items"]
    assert list(range(len(items))) == [column["position"] for column in items]
    return [column["id"] for column in items]


def test_a_new_column_is_the_last_one(shelf: Board, member: Person):
    """Its name is trimmed, and members may add it."""
    before = order(shelf)
    column = made(member.post(f"{shelf.path}/columns", {"name": " Doing "}))

    assert (shelf.id, "Doing") == (column["project_id"], column["name"])
    assert len(before) == column["position"]
    assert [*before, column["id"]] == order(shelf)


def test_a_column_moves(shelf: Board, member: Person):
    """The others keep their order, close up and make room; behind the last place is the last."""
    expected = order(shelf)

    for start, target in [(2, 0), (0, 3), (1, 2), (2, 1), (0, 99)]:
        column = expected.pop(start)
        expected.insert(target, column)
        moved = good(member.post(f"/columns/{column}/move", {"position": target}))
        assert expected.index(column) == moved["position"]
        assert expected == order(shelf)


def test_a_place_that_is_none(shelf: Board):
    """A place is an integer of 0 or more."""
    for place in (-1, "1", True, None):
        answer = shelf.owner.post(f"/columns/{shelf.column}/move", {"position": place})
        assert invalid(answer, "position")


def test_a_deleted_column_leaves_no_gap(shelf: Board):
    """The others close up."""
    shelf.add_column()
    first, second, *others = order(shelf)
    gone = first if second == shelf.column else second

    assert 204 == shelf.owner.delete(f"/columns/{gone}").status_code
    assert missing(shelf.owner.delete(f"/columns/{gone}"))
    assert [each for each in (first, second, *others) if each != gone] == order(shelf)


def test_a_column_with_tasks_stays(team: Board, lane: int):
    """Nothing is lost by deleting a column."""
    task = team.add_task(column_id=lane)["id"]

    assert refused(team.owner.delete(f"/columns/{lane}"), 409, "column_not_empty")
    assert 204 == team.owner.delete(f"/tasks/{task}").status_code
    assert 204 == team.owner.delete(f"/columns/{lane}").status_code


def test_a_column_has_a_name(team: Board, lane: int):
    """Of one line; what is not sent stays."""
    path = f"/columns/{lane}"

    assert "Ready" == good(team.owner.patch(path, {"name": " Ready "}))["name"]
    assert "Ready" == good(team.owner.patch(path, {"position": 7}))["name"]
    assert invalid(team.owner.patch(path, {"name": None}), "name")
    for name in (" ", "a" * 101, "a\nb", 7):
        assert invalid(team.owner.post(f"{team.path}/columns", {"name": name}), "name")


def test_columns_that_come_and_go_at_once(shelf: Board):
    """Whatever happens at the same moment, the places stay 0, 1, 2 …"""
    gone, owner = shelf.add_column(), shelf.owner
    before = order(shelf)
    answers = at_once(
        [
            lambda: owner.post(f"/columns/{before[0]}/move", {"position": 3}),
            lambda: owner.post(f"/columns/{before[3]}/move", {"position": 0}),
            *[lambda: owner.post(f"{shelf.path}/columns", {"name": "New"})] * 3,
            lambda: owner.delete(f"/columns/{gone}"),
        ]
    )

    assert [200, 200, 201, 201, 201, 204] == [answer.status_code for answer in answers]
    assert len(before) + 2 == len(order(shelf))
