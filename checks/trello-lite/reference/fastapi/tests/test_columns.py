"""Columns: the lists of tasks on a board, and their order."""

import pytest
from world import Board, Person, at_once, good, invalid, made, missing, refused


@pytest.fixture
def columns(board: Board) -> list[int]:
    """The ids of four columns, in their order."""
    return [board.column, *(board.add_column(name) for name in ("B", "C", "D"))]


def order(board: Board) -> list[int]:
    """The ids of the columns; their positions must be 0, 1, 2 …"""
    items = good(board.owner.get(f"{board.path}/columns"))["items"]
    assert list(range(len(items))) == [column["position"] for column in items]
    return [column["id"] for column in items]


def test_a_new_column_is_the_last_one(new_team: Board, member: Person):
    """Its name is trimmed, and members may add it."""
    column = made(member.post(f"{new_team.path}/columns", {"name": " Doing "}))

    assert (new_team.id, "Doing", 1) == (column["project_id"], column["name"], column["position"])
    assert [new_team.column, column["id"]] == order(new_team)


def test_a_column_moves(board: Board, columns: list[int]):
    """The others keep their order, close up and make room; behind the last place is the last."""
    names = dict(zip("ABCD", columns, strict=True))

    for letter, target, expected in [
        ("C", 0, "CABD"),
        ("C", 1, "ACBD"),
        ("A", 3, "CBDA"),
        ("D", 2, "CBDA"),
        ("B", 99, "CDAB"),
        ("A", 1, "CADB"),
    ]:
        moved = good(board.owner.post(f"/columns/{names[letter]}/move", {"position": target}))
        assert expected.index(letter) == moved["position"]
        assert [names[each] for each in expected] == order(board)


def test_a_place_that_is_none(team: Board):
    """A place is an integer of 0 or more."""
    for body in [{}, *({"position": place} for place in (-1, "1", 1.5, True, None))]:
        assert invalid(team.owner.post(f"/columns/{team.column}/move", body), "position")


def test_a_deleted_column_leaves_no_gap(board: Board, columns: list[int]):
    """The others close up."""
    assert 204 == board.owner.delete(f"/columns/{columns[1]}").status_code
    assert [columns[0], columns[2], columns[3]] == order(board)
    assert missing(board.owner.delete(f"/columns/{columns[1]}"))


def test_a_column_with_tasks_stays(board: Board):
    """Nothing is lost by deleting a column."""
    task = board.add_task()
    path = f"/columns/{board.column}"

    assert refused(board.owner.delete(path), 409, "column_not_empty")
    assert 200 == board.owner.get(f"/tasks/{task['id']}").status_code
    assert 204 == board.owner.delete(f"/tasks/{task['id']}").status_code
    assert 204 == board.owner.delete(path).status_code


def test_a_column_has_a_name(board: Board):
    """Of one line; what is not sent stays."""
    path = f"/columns/{board.column}"

    assert "Ready" == good(board.owner.patch(path, {"name": " Ready "}))["name"]
    assert "Ready" == good(board.owner.patch(path, {"position": 7}))["name"]
    for name in (" ", "a" * 101, "a\nb", None, 7):
        assert invalid(board.owner.patch(path, {"name": name}), "name")
        assert invalid(board.owner.post(f"{board.path}/columns", {"name": name}), "name")
    assert [board.column] == order(board)


def test_columns_that_come_and_go_at_once(board: Board, columns: list[int]):
    """Whatever happens at the same moment, the places stay 0, 1, 2 …"""
    owner = board.owner
    answers = at_once(
        [
            lambda: owner.post(f"/columns/{columns[0]}/move", {"position": 3}),
            lambda: owner.post(f"/columns/{columns[3]}/move", {"position": 0}),
            lambda: owner.post(f"{board.path}/columns", {"name": "E"}),
            lambda: owner.post(f"{board.path}/columns", {"name": "F"}),
            lambda: owner.delete(f"/columns/{columns[1]}"),
        ]
    )

    assert [200, 200, 201, 201, 204] == [answer.status_code for answer in answers]
    assert 5 == len(order(board))
