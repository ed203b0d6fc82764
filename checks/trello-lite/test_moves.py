"""Moves: the order of tasks, which holds whatever comes at the same moment (CONTRACT.md §7, §10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from boards import (
    Lists,
    add_column,
    add_columns,
    add_task,
    add_tasks,
    expect_lists,
    lists_now,
    moving,
    posted_task,
    posting,
    same,
    task_now,
    whole,
)
from people import Board, Person, Rounds, Team, expect_invalid, new_project, some_id

from roadmap_cli.checking import API, Answer, Database, Gate, expect, race, requirement

LONG, SHORT = 40, 2  # one statement for each task shows with 40 already: 38 more
MORE_STATEMENTS = 25
UNCHANGED = (
    "title",
    "description",
    "priority",
    "due_at",
    "labels",
    "assignee_ids",
    "created_by",
    "created_at",
    "project_id",
)


# --- tasks.move ----------------------------------------------------------------------------------------------------


@requirement("tasks.move")
def test_tasks_are_moved_as_in_lists(common: Board) -> None:
    """Whatever is moved, posted and deleted in turn, also to places behind the last: each column is the list that a list would be."""
    api, columns = common.member.api, add_columns(common.member.api, common.id, 3)
    model = Lists(
        common.id,
        {column: add_tasks(api, common.id, column, count) for column, count in zip(columns, (3, 2, 0), strict=True)},
    )
    first, second, _third = model.lists[columns[0]]

    for task, column, position in ((first, columns[1], 3), (second, columns[2], 10**9)):
        expect_moved(api, model, task, column, position)
    expect_lists(api, model, "A position behind the last place means the last place.")
    for step in api.draw.shuffled(["move"] * 4 + ["post", "delete"]):
        column, task = api.draw.pick(columns), api.draw.pick(model.tasks)
        if step == "post":
            model.lists[column].append(add_task(api, common.id, column))
        elif step == "delete":
            api.delete(f"/tasks/{task}").expect(204)
            model.delete(task)
        else:
            expect_moved(api, model, task, column, api.draw.integer(0, len(model.lists[column]) + 1))
    expect_lists(api, model, "The task gets its place, the others close up, make room and keep their order.")


@requirement("tasks.move")
def test_a_task_moves_up_and_down_in_its_column(common: Board) -> None:
    """Far up, far down and behind the end, by its position alone: a move that names no column stays in the present one."""
    api = common.member.api
    column = add_column(api, common.id)
    model = Lists(common.id, {column: add_tasks(api, common.id, column, 4)})

    for old, position in ((3, api.draw.integer(0, 1)), (0, api.draw.integer(2, 3)), (api.draw.integer(0, 2), 4)):
        task = model.lists[column][old]
        model.move(task, column, position)
        moved = api.post(f"/tasks/{task}/move", json={"position": position})
        moved.expect(200).has(id=task, column_id=column, position=model.place(task)[1])
        expect_lists(api, model, "A task gets its place, the others close up, make room and keep their order.")


@requirement("tasks.move")
def test_a_move_changes_nothing_but_the_place(common: Board) -> None:
    """All other fields of the task, and those of the tasks that make room, are what they were."""
    api, columns = common.member.api, add_columns(common.member.api, common.id, 2)
    before = [
        whole(posted_task(api, common.id, column, assignee_ids=[common.viewer.id]).json)
        for column in (columns[0], columns[0], columns[1])
    ]
    theirs = {"title": api.draw.title(), "project_id": some_id(api.draw), "labels": [api.draw.word()]}
    api.post(f"/tasks/{before[0]['id']}/move", json={"column_id": columns[1], "position": 0} | theirs).expect(200)

    for task in before:
        after = task_now(api, task["id"])
        for name in UNCHANGED:
            told = f"A move does not change {name}."
            expect(same(after[name], task[name], name), told, expected=f"{task[name]}", actual=f"{after[name]}")


@requirement("tasks.move")
def test_a_place_that_is_none_is_refused(common: Board) -> None:
    """Negative positions, columns of other projects or of nothing, other types, no position: 422, and nothing moves."""
    api, columns = common.owner.api, add_columns(common.owner.api, common.id, 2)
    model = Lists(common.id, {column: add_tasks(api, common.id, column, 1) for column in columns})
    task, foreign = model.tasks[0], add_column(api, new_project(common.owner)["id"].integer)

    for wrong in (-1, "1", 1.5, True):
        expect_invalid(api.post(f"/tasks/{task}/move", json={"column_id": columns[1], "position": wrong}), "position")
    expect_invalid(api.post(f"/tasks/{task}/move", json={"column_id": columns[1]}), "position")
    for wrong in (foreign, some_id(api.draw), 10**17, str(columns[1])):
        expect_invalid(api.post(f"/tasks/{task}/move", json={"column_id": wrong, "position": 0}), "column_id")
    expect_lists(api, model, "A refused move moves nothing.")


# --- tasks.order-race ----------------------------------------------------------------------------------------------


@requirement("tasks.order-race")
def test_tasks_posted_at_the_same_moment_get_places_of_their_own(common: Board, rounds: Rounds) -> None:
    """Six tasks at once: six positions behind those that were there, without gaps or doubles."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    before = add_tasks(api, common.id, column, 1)

    for gate in rounds:
        posts = [posting(person.api, common.id, column) for person in (common.owner, common.member) * 3]
        answers = [answer.expect(201) for answer in race(*posts, gate=gate)]
        told = sorted(answer["position"].integer for answer in answers)
        places = [*range(len(before), len(before) + len(answers))]
        expect(told == places, "Each task is the last of its column when it comes.", expected=places, actual=told)
        posted = [answer["id"].integer for answer in answers]
        now = lists_now(api, common.id, [*before, *posted], [column]).lists[column]
        there = "The tasks that were there keep their places."
        expect(now[: len(before)] == before, there, expected=before, actual=now)
        before = now


@requirement("tasks.order-race")
def test_tasks_moved_at_the_same_moment_keep_their_order(common: Board, gated: Gate) -> None:
    """Six of eight are moved to and fro at once, then one of them six times: no gaps, no doubles, and the others keep their order."""
    api, columns = common.owner.api, add_columns(common.owner.api, common.id, 2)
    model = Lists(common.id, {column: add_tasks(api, common.id, column, 4) for column in columns})

    for movers in (api.draw.sample(model.tasks, 6), [api.draw.pick(model.tasks)] * 6):
        targets = [(task, api.draw.pick(columns), api.draw.integer(0, 5)) for task in movers]
        moves = [moving(person.api, *target) for person, target in zip(turns(common), targets, strict=False)]
        moved = race(*moves, gate=gated)
        for answer, (task, column, _position) in zip(moved, targets, strict=True):
            answer.expect(200).has(id=task, column_id=column)
        after = lists_now(api, common.id, model.tasks, columns)
        for task in movers:
            named = {column for each, column, _position in targets if each == task}
            at = after.place(task)[0]
            expect(at in named, "A moved task is in a column that was named.", expected=sorted(named), actual=at)
        expect_others_kept(model, after, movers)
        model = after


@requirement("tasks.order-race")
def test_tasks_moved_posted_and_deleted_at_the_same_moment(common: Board, rounds: Rounds) -> None:
    """Moves, posts and deletions at once leave positions without gaps or doubles, and every task that must be there."""
    api, columns = common.owner.api, add_columns(common.owner.api, common.id, 2)
    model = Lists(common.id, {column: add_tasks(api, common.id, column, 5) for column in columns})

    for column, gate in zip(columns, rounds, strict=True):
        gone = model.lists[column][:3]  # of one column, so that each changes the places of the others
        movers = api.draw.sample([task for task in model.tasks if task not in gone], 3)
        deletions = [partial(api.delete, f"/tasks/{task}") for task in gone]
        moves = [moving(common.member.api, task, api.draw.pick(columns), api.draw.integer(0, 5)) for task in movers]
        answers = race(*deletions, posting(common.member.api, common.id, column), *moves, gate=gate)
        deleted, posted, moved = answers[: len(gone)], answers[len(gone)], answers[len(gone) + 1 :]
        for answer, status in (*((each, 204) for each in deleted), (posted, 201), *((each, 200) for each in moved)):
            answer.expect(status)
        left = [task for task in model.tasks if task not in gone]
        after = lists_now(api, common.id, [*left, posted["id"].integer], columns)
        expect_others_kept(model, after, [*gone, *movers])
        model = after


# --- tasks.work ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A short column and a long one in one project, each with its last task."""

    project: int
    short: int
    long: int
    last: dict[int, int]


@pytest.fixture(scope="session")
def filled(make_api: Callable[[str], API], shared_team: Team) -> Columns:
    """The two columns, for the checks that count statements."""
    owner = shared_team.owner.on(make_api("a long column and a short one"))
    project = new_project(owner)["id"].integer
    short, long = add_columns(owner.api, project, 2)
    last = {
        column: add_tasks(owner.api, project, column, count)[-1] for column, count in ((short, SHORT), (long, LONG))
    }
    return Columns(project=project, short=short, long=long, last=last)


@requirement("tasks.work")
def test_a_post_into_a_long_column_is_no_more_work(filled: Columns, team: Team, database: Database) -> None:
    """A task is posted with at most 25 statements more in a long column than in a short one."""
    api = team.owner.api
    few, many = (statements_of(posting(api, filled.project, at), api, database) for at in (filled.short, filled.long))

    expect_about_as_many(few, many, "a POST of a task")


@requirement("tasks.work")
def test_a_move_in_a_long_column_is_no_more_work(filled: Columns, team: Team, database: Database) -> None:
    """A task is moved from the end to the beginning with at most 25 statements more among many than among a few."""
    api = team.owner.api
    moves = [moving(api, filled.last[column], column, 0) for column in (filled.short, filled.long)]
    few, many = (statements_of(step, api, database) for step in moves)

    expect_about_as_many(few, many, "a move")


def statements_of(call: Callable[[], Answer], api: API, database: Database) -> int:
    """How many statements a request needs; the server has just answered, so that it opens no connection for this."""
    api.get("/projects?limit=1").expect(200)
    with database.statements() as statements:
        call().expect(200, 201)
    return statements.count


def expect_about_as_many(few: int, many: int, what: str) -> None:
    """The longer column costs at most 25 statements more."""
    most = few + MORE_STATEMENTS
    sentence = (
        f"It takes at most {MORE_STATEMENTS} statements more for {what} in a column of {LONG} than in one of {SHORT}."
    )
    expect(many <= most, sentence, expected=f"{most} or fewer", actual=many)


# --- expectations --------------------------------------------------------------------------------------------------


def turns(board: Board) -> list[Person]:
    """Who asks first, second and so on."""
    return [board.owner, board.member] * 8


def expect_moved(api: API, model: Lists, task: int, column: int, position: int) -> None:
    """The task is moved, on the server and in the lists; the answer tells its place."""
    model.move(task, column, position)
    moved = moving(api, task, column, position)().expect(200)
    moved.has(id=task, column_id=column, position=model.place(task)[1])


def expect_others_kept(before: Lists, after: Lists, moved: list[int]) -> None:
    """Tasks that nobody moved or deleted are in the same column, in the same order among themselves."""
    for column, tasks in before.lists.items():
        wanted = [task for task in tasks if task not in moved]
        seen = [task for task in after.lists[column] if task in wanted]
        told = f"{seen} in column {column}"
        expect(seen == wanted, "Tasks that are not moved keep their column and order.", expected=wanted, actual=told)
