"""Versions: two people who change one task do not undo each other's work unseen (CONTRACT.md §7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from boards import (
    a_task,
    add_column,
    add_columns,
    add_task,
    add_tasks,
    change,
    expect_later,
    expect_now,
    expect_stale,
    expect_task,
    move,
    moving,
    posted_task,
    task_now,
    whole,
)
from people import Board, Rounds, expect_not_found

from roadmap_cli.checking import API, Answer, Gate, expect, race, requirement

SAME_TIME = 5


# --- tasks.version -------------------------------------------------------------------------------------------------


@requirement("tasks.version")
def test_each_change_adds_one_to_the_version(common: Board) -> None:
    """PATCH of a field and a move, by one each, told by the entity tag too; updated_at is then the time of the change."""
    api, (column, other) = common.member.api, add_columns(common.member.api, common.id, 2)
    posted = posted_task(api, common.id, column, priority="normal")
    expect_tag(posted, 1)
    add_task(api, common.id, column)
    task, seen = posted["id"].integer, whole(posted.json)
    new = a_task(api.draw, assignee_ids=[common.viewer.id], priority="low")
    steps: list[Callable[[], Answer]] = [partial(api.patch, f"/tasks/{task}", json={name: new[name]}) for name in new]
    steps += [moving(api, task, column, 1), moving(api, task, other, 0)]

    for version, step in enumerate(steps, start=2):
        answer = step().expect(200)
        expect_tag(answer, version)
        expect_task(answer.json, {"created_at": seen["created_at"]})
        expect_later(answer["updated_at"], seen["updated_at"], "updated_at is the time of the change.")
        seen = whole(answer.json)
    read = api.get(f"/tasks/{task}").expect(200)
    expect_tag(read, version)
    expect_task(read.json, seen)


@requirement("tasks.version")
def test_what_changes_no_value_keeps_the_version(common: Board) -> None:
    """{}, the values that are there already, in another order or zone, a move to the same place, and what is refused."""
    api, column = common.member.api, add_column(common.member.api, common.id)
    people, labels = [common.owner.id, common.viewer.id], [api.draw.text(5) for _ in range(3)]
    due = "2031-05-06T07:08:09Z"
    first, task = add_tasks(api, common.id, column, 2, due_at=due, labels=labels, assignee_ids=people)
    before = whole(change(api, task, title=api.draw.title()).json)
    texts = {"title": f" {before['title']}\t", "description": before["description"], "priority": before["priority"]}
    lists = {"labels": before["labels"][::-1], "assignee_ids": before["assignee_ids"][::-1]}

    for body in ({}, texts, lists, {"due_at": "2031-05-06T09:08:09+02:00"}):
        patched = api.patch(f"/tasks/{task}", json=body)
        expect_task(patched.expect(200).json, before)
        expect_tag(patched, 2)
    for place in ({"position": 1}, {"position": 5}, {"column_id": column, "position": 1}):
        expect_task(api.post(f"/tasks/{task}/move", json=place).expect(200).json, before)
    api.patch(f"/tasks/{task}", json={"title": " "}).expect(422)
    api.patch(f"/tasks/{task}", json={"title": api.draw.title(), "priority": "none"}).expect(422)
    api.post(f"/tasks/{task}/move", json={"position": -1}).expect(422)
    expect_now(api, task, before)
    expect_now(api, first, {"version": 1})


# --- tasks.if-match ------------------------------------------------------------------------------------------------


@requirement("tasks.if-match")
def test_the_present_version_lets_a_change_through(common: Board) -> None:
    """Alone, in a list, with or without blanks, and *: the change is made, and the next version counts."""
    api, column = common.member.api, add_column(common.member.api, common.id)
    task = add_task(api, common.id, column)

    for version, tags in enumerate(('"{}"', '"{}","78"', '"79" , W/"80", "{}"', "*"), start=1):
        title, sent = api.draw.text(10), tags.format(version)
        patched = api.patch(f"/tasks/{task}", json={"title": title}, headers={"If-Match": sent})
        patched.expect(200).has(title=title, version=version + 1)
    move_to = api.post(f"/tasks/{task}/move", json={"position": 0}, headers={"If-Match": '"5"'})
    move_to.expect(200).has(id=task)
    api.delete(f"/tasks/{task}", headers={"If-Match": '"5"'}).expect(204)


@requirement("tasks.if-match")
def test_another_version_stops_a_change(common: Board) -> None:
    """Overtaken by a PATCH or a move of somebody else, later ones, words, weak tags, also of the present version: 412, and nothing changes."""
    api, other = common.owner.api, common.member.api
    task = add_tasks(api, common.id, add_column(api, common.id), 2)[0]
    change(other, task, title=other.draw.title())
    tag = api.get(f"/tasks/{task}").expect(200).header("ETag")
    before = whole(move(other, task, position=1).json)  # version 3

    for sent in (tag, '"1"', '"4"', '"13"', '"abc"', 'W/"3"', '"*"'):
        expect_stale(api.patch(f"/tasks/{task}", json={"title": api.draw.title()}, headers={"If-Match": sent}))
    for sent in (tag, '"1", "4"', 'W/"3"'):
        expect_stale(api.post(f"/tasks/{task}/move", json={"position": 0}, headers={"If-Match": sent}))
    for sent in (tag, '"1", W/"3"', '"30"'):
        expect_stale(api.delete(f"/tasks/{task}", headers={"If-Match": sent}))
    expect_now(api, task, before)


@requirement("tasks.if-match")
def test_without_if_match_the_change_is_made(common: Board) -> None:
    """A change that names no version is made, whoever changed the task before; what is not there is 404 with * too."""
    api, other = common.owner.api, common.member.api
    task, title = add_task(api, common.id, add_column(api, common.id)), api.draw.title()
    change(other, task, title=other.draw.title())

    api.patch(f"/tasks/{task}", json={"title": title}).expect(200).has(title=title, version=3)
    api.post(f"/tasks/{task}/move", json={"position": 0}).expect(200)
    api.delete(f"/tasks/{task}").expect(204)
    expect_not_found(api.patch(f"/tasks/{task}", json={"title": title}, headers={"If-Match": "*"}))


# --- tasks.if-match-race -------------------------------------------------------------------------------------------


@requirement("tasks.if-match-race")
def test_of_many_changes_with_one_version_exactly_one_is_made(common: Board, rounds: Rounds) -> None:
    """Five PATCHes with the same If-Match at once: one 200, the others 412, and what is stored is the winner's."""
    api = common.owner.api
    task = add_task(api, common.id, add_column(api, common.id))

    for version, gate in enumerate(rounds, 1):
        titles = [api.draw.text(12) for _ in range(SAME_TIME)]
        won = expect_one_winner(race(*[tagged(api, task, version, title=title) for title in titles], gate=gate))
        expect_now(api, task, {"title": won["title"].text, "version": version + 1})


@requirement("tasks.if-match-race")
def test_a_move_and_a_change_with_one_version_are_not_both_made(common: Board, rounds: Rounds) -> None:
    """PATCHes and moves with the same If-Match at once: one is made, the others get 412."""
    api, columns = common.owner.api, add_columns(common.owner.api, common.id, 2)
    task, at = add_task(api, common.id, columns[0]), columns[0]

    for version, gate in enumerate(rounds, 1):
        away = columns[0] if at == columns[1] else columns[1]
        body, headers = {"column_id": away, "position": 0}, {"If-Match": f'"{version}"'}
        moves = [partial(api.post, f"/tasks/{task}/move", json=body, headers=headers) for _ in range(4)]
        changes = [tagged(api, task, version, title=api.draw.text(9)) for _ in range(2)]
        won = expect_one_winner(race(*moves, *changes, gate=gate))
        at = won["column_id"].integer
        expect_now(api, task, {"title": won["title"].text, "column_id": at, "version": version + 1})


@requirement("tasks.if-match-race")
def test_a_deletion_and_a_change_with_one_version_are_not_both_made(common: Board, rounds: Rounds) -> None:
    """Either the task is gone, or it is changed and the deletion got 412."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)

    for gate in rounds:
        task = add_task(api, common.id, column)
        deletion = partial(api.delete, f"/tasks/{task}", headers={"If-Match": '"1"'})
        changes = [tagged(common.member.api, task, 1, title=api.draw.text(9)) for _ in range(2)]
        deleted, *changed = race(deletion, *changes, gate=gate)
        deleted.expect(204, 412)
        for answer in changed:
            answer.expect(200, 412, 404)  # who comes after the deletion finds no task, and so no version
        made = [answer.status for answer in (deleted, *changed) if answer.status in (200, 204)]
        expect(len(made) == 1, "Of changes with the same If-Match exactly one is made.", expected="one", actual=made)
        api.get(f"/tasks/{task}").expect(404 if deleted.status == 204 else 200)


# --- tasks.lost-update ---------------------------------------------------------------------------------------------


@requirement("tasks.lost-update")
def test_changes_of_different_fields_at_the_same_moment_are_all_kept(common: Board, rounds: Rounds) -> None:
    """Each field is changed by another request at once: all are there afterwards, and each has counted."""
    api, people = common.owner.api, [common.owner, common.member] * 3
    task = add_task(api, common.id, add_column(api, common.id), priority="low")

    values = zip(rounds, ("urgent", "normal"), (common.viewer, common.member), strict=True)
    for step, (gate, priority, assignee) in enumerate(values, 1):
        new = a_task(api.draw, title=api.draw.text(11), description=api.draw.text(20), labels=[api.draw.text(9)]) | {
            "priority": priority,
            "assignee_ids": [assignee.id],
        }
        changes = [
            partial(person.api.patch, f"/tasks/{task}", json={name: new[name]})
            for person, name in zip(people, new, strict=True)
        ]
        answers = race(*changes, gate=gate)
        for answer in answers:
            answer.expect(200)
        after = task_now(api, task)
        for name in ("title", "description", "priority", "labels", "assignee_ids"):
            told = f"A change of {name} is not undone by changes of other fields at the same moment."
            expect(after[name] == new[name], told, expected=new[name], actual=after[name])
        expect_counted(after["version"], 1 + len(new) * step)


@requirement("tasks.lost-update")
def test_a_move_and_a_change_at_the_same_moment_are_both_kept(common: Board, rounds: Rounds) -> None:
    """A PATCH does not put a task back to where it was, nor a move the title to what it was."""
    api, columns = common.owner.api, add_columns(common.owner.api, common.id, 2)
    task = add_task(api, common.id, columns[0])

    for step, gate in enumerate(rounds, 1):
        title, text, column = api.draw.text(12), api.draw.text(12), columns[step % 2]
        changes = [
            partial(common.member.api.patch, f"/tasks/{task}", json=body)
            for body in ({"title": title}, {"description": text})
        ]
        for answer in race(moving(api, task, column, 0), *changes, gate=gate):
            answer.expect(200)
        wanted = {"column_id": column, "position": 0, "title": title, "description": text, "version": 1 + 3 * step}
        expect_now(api, task, wanted)


@requirement("tasks.lost-update")
def test_changes_of_one_field_at_the_same_moment_each_count(common: Board, gated: Gate) -> None:
    """Five titles at once: one of them stays, and the version has grown by five."""
    api = common.owner.api
    task = add_task(api, common.id, add_column(api, common.id))
    titles = [api.draw.text(12) for _ in range(SAME_TIME)]
    changes = [partial(api.patch, f"/tasks/{task}", json={"title": title}) for title in titles]
    for answer in race(*changes, gate=gated):
        answer.expect(200)

    after = task_now(api, task)
    expect(after["title"] in titles, "One of the titles stays.", expected=titles, actual=after["title"])
    expect_counted(after["version"], 1 + SAME_TIME)


def expect_counted(version: int, wanted: int) -> None:
    """The version has grown by 1 with each change."""
    told = "Each of several changes at the same moment adds 1 to the version."
    expect(version == wanted, told, expected=wanted, actual=version)


# --- expectations --------------------------------------------------------------------------------------------------


def tagged(api: API, task: int, version: int, **fields: Any) -> Callable[[], Answer]:
    """A PATCH with If-Match, ready for a race."""
    return partial(api.patch, f"/tasks/{task}", json=fields, headers={"If-Match": f'"{version}"'})


def expect_tag(answer: Answer, version: int) -> None:
    """ETag is the version in quotation marks, and the version is this one."""
    answer.has(version=version)
    tag = answer.header("ETag")
    expect(
        tag == f'"{version}"',
        "ETag is the version in quotation marks.",
        expected=f'"{version}"',
        actual=tag,
        answer=answer,
    )


def expect_one_winner(answers: list[Answer]) -> Answer:
    """One is 200, the others are 412; the one."""
    for answer in answers:
        answer.expect(200, 412)
    won = [answer for answer in answers if answer.status == 200]
    for answer in answers:
        if answer.status == 412:
            expect_stale(answer)
    told = f"{len(won)} of {len(answers)} were answered 200"
    sentence = "Of several changes with the same If-Match exactly one is made."
    expect(len(won) == 1, sentence, expected="one 200", actual=told, answer=(won or answers)[-1])
    return won[0]
