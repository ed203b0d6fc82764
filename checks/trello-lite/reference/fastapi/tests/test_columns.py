"""Columns: the lists of tasks on a board, and their order."""

from world import Board, Person, good, invalid, made, refused


def order(board: Board) -> list[int]:
    """The ids of the columns; their positions must be 0, 1, 2 …"""
    items = good(board.owner.get(f"{board.path}/columns"))["items"]
    assert list(range(len(items))) == [column["position"] for column in items]
    return [column["id"] for column in items]


def test_columns_keep_their_order(board: Board):
    """They come last, close up and make room; behind the last place is the last."""
    expected = [board.column]
    for name in (" Doing ", "Done"):
        column = made(board.owner.post(f"{board.path}/columns", {"name": name}))
        assert (board.id, name.strip()) == (column["project_id"], column["name"])
        assert len(expected) == column["position"]
        expected.append(column["id"])

    for start, target in [(2, 0), (0, 99)]:
        column = expected.pop(start)
        expected.insert(target, column)
        moved = good(board.owner.post(f"/columns/{column}/move", {"position": target}))
        assert expected.index(column) == moved["position"]
    assert expected == order(board)
    assert 204 == board.owner.delete(f"/columns/{expected[0]}").status_code
    assert expected[1:] == order(board)


def test_a_column_with_tasks_stays(team: Board, lane: int):
    """Nothing is lost by deleting a column."""
    team.add_task(column_id=lane)

    assert refused(team.owner.delete(f"/columns/{lane}"), 409, "column_not_empty")


def test_a_column_has_a_name_and_a_place(team: Board, lane: int, member: Person):
    """A name of one line, and a place of 0 or more; members see to both."""
    path = f"/columns/{lane}"

    assert "Ready" == good(member.patch(path, {"name": " Ready ", "position": 7}))["name"]
    assert invalid(member.post(f"{team.path}/columns", {"name": "a\nb"}), "name")
    assert invalid(member.post(f"{path}/move", {"position": -1}), "position")
