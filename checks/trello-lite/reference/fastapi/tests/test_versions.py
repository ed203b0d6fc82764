"""Versions: a change that was made by somebody who has not seen the last one is refused."""

import httpx
from world import Board, at_once, good, refused


def if_match(value: str) -> dict[str, str]:
    return {"If-Match": value}


def mismatch(answer: httpx.Response) -> bool:
    return refused(answer, 412, "version_mismatch")


def test_a_task_is_tagged_with_its_version(board: Board):
    """In every answer that holds it alone."""
    task = board.add_task()
    path = f"/tasks/{task['id']}"
    board.add_task()
    answers = [
        board.owner.get(path),
        board.owner.patch(path, {"title": "New"}),
        board.owner.patch(path, {}),
        board.owner.post(f"{path}/move", {"position": 1}),
        board.owner.post(f"{board.path}/tasks", {"column_id": board.column, "title": "Third"}),
    ]

    assert ['"1"', '"2"', '"2"', '"3"', '"1"'] == [answer.headers["ETag"] for answer in answers]
    assert [1, 2, 2, 3, 1] == [answer.json()["version"] for answer in answers]


def test_a_change_of_an_old_version_is_refused(board: Board):
    """PATCH, move and DELETE alike; and nothing changes."""
    first = board.add_task()
    path = f"/tasks/{first['id']}"
    board.add_task()
    task = good(board.owner.patch(path, {"title": "New"}))

    assert mismatch(board.owner.patch(path, {"title": "Old"}, headers=if_match('"1"')))
    assert mismatch(board.owner.post(f"{path}/move", {"position": 1}, headers=if_match('"1"')))
    assert mismatch(board.owner.delete(path, headers=if_match('"1"')))
    assert task == good(board.owner.get(path))


def test_a_change_of_the_present_version_is_made(board: Board):
    """PATCH, move and DELETE alike."""
    path = f"/tasks/{board.add_task()['id']}"
    board.add_task()

    good(board.owner.patch(path, {"title": "New"}, headers=if_match('"1"')))
    moved = good(board.owner.post(f"{path}/move", {"position": 1}, headers=if_match('"2"')))
    assert (3, 1) == (moved["version"], moved["position"])
    assert 204 == board.owner.delete(path, headers=if_match('"3"')).status_code


def test_one_of_several_tags_is_enough(team: Board):
    """And a star stands for whatever there is."""
    path = f"/tasks/{team.add_task()['id']}"

    for version, tags in enumerate(["*", '"7", "2"', '"3","4"', 'W/"1", "4"'], start=2):
        changed = team.owner.patch(path, {"title": f"New {version}"}, headers=if_match(tags))
        assert version == good(changed)["version"]


def test_tags_that_do_not_match(team: Board):
    """The comparison is strong: a weak tag never matches, nor does a part of one."""
    task = team.add_task()
    path = f"/tasks/{task['id']}"

    for tags in ('W/"1"', '"2"', '"2", "3"', '"11"', '""'):
        assert mismatch(team.owner.patch(path, {"title": "New"}, headers=if_match(tags)))
    assert task == good(team.owner.get(path))


def test_of_several_changes_of_one_version_one_is_made(team: Board):
    """The others are told that they come too late."""
    path = f"/tasks/{team.add_task()['id']}"

    def change(number: int) -> httpx.Response:
        return team.owner.patch(path, {"title": f"New {number}"}, headers=if_match('"1"'))

    answers = at_once([lambda number=number: change(number) for number in range(6)])
    [winner] = [answer for answer in answers if answer.status_code == 200]

    assert [200, 412, 412, 412, 412, 412] == sorted(answer.status_code for answer in answers)
    assert good(winner) == good(team.owner.get(path))
