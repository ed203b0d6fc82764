"""Versions: a change by somebody who has not seen the last one is refused."""

import httpx
from world import Board, at_once, good, refused


def if_match(value: str) -> dict[str, str]:
    return {"If-Match": value}


def mismatch(answer: httpx.Response) -> bool:
    return refused(answer, 412, "version_mismatch")


def test_a_task_is_tagged_with_its_version(team: Board):
    """In every answer that holds it alone; and with that tag it can be changed."""
    body = {"column_id": team.column, "title": "Order boxes"}
    answers = [team.owner.post(f"{team.path}/tasks", body)]
    path, place = f"/tasks/{answers[0].json()['id']}", answers[0].json()["position"]
    answers += [
        team.owner.get(path),
        team.owner.patch(path, {"title": "New"}, headers=if_match('"1"')),
        team.owner.post(f"{path}/move", {"position": place}, headers=if_match('"2"')),
    ]

    assert [201, 200, 200, 200] == [answer.status_code for answer in answers]
    assert ['"1"', '"1"', '"2"', '"2"'] == [answer.headers["ETag"] for answer in answers]
    assert [1, 1, 2, 2] == [answer.json()["version"] for answer in answers]
    assert 204 == team.owner.delete(path, headers=if_match('"2"')).status_code


def test_a_change_of_an_old_version_is_refused(team: Board):
    """PATCH, move and DELETE alike; and nothing changes."""
    path = f"/tasks/{team.add_task()['id']}"
    task = good(team.owner.patch(path, {"title": "New"}))

    assert mismatch(team.owner.patch(path, {"title": "Old"}, headers=if_match('"1"')))
    assert mismatch(team.owner.post(f"{path}/move", {"position": 0}, headers=if_match('"1"')))
    assert mismatch(team.owner.delete(path, headers=if_match('"1"')))
    assert task == good(team.owner.get(path))


def test_one_of_several_tags_is_enough(team: Board):
    """The comparison is strong: a weak tag never matches. A star stands for whatever there is."""
    path = f"/tasks/{team.add_task()['id']}"

    assert mismatch(team.owner.patch(path, {"title": "No"}, headers=if_match('W/"1", "11"')))
    for version, tags in enumerate(['"7", "1"', "*"], start=2):
        changed = team.owner.patch(path, {"title": f"New {version}"}, headers=if_match(tags))
        assert version == good(changed)["version"]


def test_of_several_changes_of_one_version_one_is_made(team: Board):
    """The others are told that they come too late."""
    path = f"/tasks/{team.add_task()['id']}"

    def change(number: int) -> httpx.Response:
        return team.owner.patch(path, {"title": f"New {number}"}, headers=if_match('"1"'))

    answers = at_once([lambda number=number: change(number) for number in range(3)])

    assert [200, 412, 412] == sorted(answer.status_code for answer in answers)
    [winner] = [answer for answer in answers if answer.status_code == 200]
    assert good(winner) == good(team.owner.get(path))
