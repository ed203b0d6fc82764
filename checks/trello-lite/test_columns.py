"""Columns: the lists of a board, in an order of their own (CONTRACT.md §6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from boards import (
    add_column,
    add_columns,
    columns_now,
    expect_columns,
    expect_conflict,
    posted_task,
    posting,
    same,
    task_now,
    whole,
)
from people import Board, Person, Rounds, Team, expect_invalid, expect_not_found, expect_status, new_project, some_id

from roadmap_cli.checking import API, Answer, Gate, expect, race, requirement

LONGEST = 100
WRONG_POSITIONS = (-1, "1", 1.5, True)


# --- tasks.columns -------------------------------------------------------------------------------------------------


@requirement("tasks.columns")
def test_a_new_column_is_the_last(lonely: Board) -> None:
    """A project begins without columns; they are numbered from 0 as they come, and the list has all of them, by position."""
    api, other = lonely.owner.api, new_project(lonely.owner)["id"].integer
    names = [api.draw.title() for _ in range(3)]
    add_column(api, other)
    api.get(f"{lonely.path}/columns").expect(200).has(items=[])
    posted = [api.post(f"{lonely.path}/columns", json={"name": name}).expect(201) for name in names]

    for place, (column, name) in enumerate(zip(posted, names, strict=True)):
        column.has("id", project_id=lonely.id, name=name, position=place)
    listed = api.get(f"{lonely.path}/columns").expect(200)["items"]
    listed.expect(len(listed) == len(posted), "The list has all columns of the project, and no others.")
    for seen, made in zip(listed, posted, strict=True):
        seen.has(id=made["id"].integer, project_id=lonely.id, name=made["name"].text, position=made["position"].integer)


@requirement("tasks.columns")
def test_a_column_gets_another_name(lonely: Board) -> None:
    """PATCH changes the name if it is sent, and nothing else; it is trimmed and has up to 100 code points."""
    api = lonely.owner.api
    first, longest = api.draw.title(), "\N{OPEN BOOK}" * LONGEST
    column = api.post(f"{lonely.path}/columns", json={"name": f" \t{first}\r\n"}).expect(201).has(name=first)
    second, third = add_columns(api, lonely.id, 2)
    theirs = {"id": column["id"].integer, "position": 0, "project_id": some_id(api.draw)}
    patched = api.patch(f"/columns/{second}", json={"name": f"  {longest} "} | theirs).expect(200)
    patched.has(id=second, name=longest, position=1, project_id=lonely.id)
    kept = api.patch(f"/columns/{third}", json={}).expect(200).has(id=third, position=2)["name"].text

    after = api.get(f"{lonely.path}/columns").expect(200)["items"]
    seen = [(each["id"].integer, each["name"].text) for each in after]
    wanted = [(column["id"].integer, first), (second, longest), (third, kept)]
    after.expect(seen == wanted, "A PATCH changes the name of its column alone.", expected=wanted, actual=seen)


@requirement("tasks.columns")
def test_a_name_that_breaks_a_rule_is_refused(lonely: Board) -> None:
    """Nothing, white space, 101 characters, control characters and other types: 422, and no column comes of it."""
    api, word = lonely.owner.api, lonely.owner.api.draw.word()
    column = api.post(f"{lonely.path}/columns", json={"name": word}).expect(201)
    both = (" \t ", "a" * (LONGEST + 1), f"{word}\n{word}")

    for body in ({}, *({"name": name} for name in (*both, "", f"{word}\x00{word}", 7))):
        expect_invalid(api.post(f"{lonely.path}/columns", json=body), "name")
    for name in (*both, f"{word}\x7f{word}", None, [word]):
        expect_invalid(api.patch(f"/columns/{column['id'].integer}", json={"name": name}), "name")
    told = "A refused request makes no column and changes none."
    left = api.get(f"{lonely.path}/columns").expect(200)["items"]
    left.expect([(each["id"].value, each["name"].value) for each in left] == [(column["id"].integer, word)], told)


@requirement("tasks.columns")
def test_a_column_that_is_not_there(team: Team) -> None:
    """An id that names nothing, however large, is 404; one that is no number is 422."""
    api, name = team.owner.api, {"name": team.owner.api.draw.title()}
    nothing = some_id(api.draw)

    expect_not_found(api.patch(f"/columns/{nothing}", json=name))
    expect_not_found(api.patch(f"/columns/{10**30}", json=name))
    expect_not_found(api.post(f"/columns/{nothing}/move", json={"position": 0}))
    expect_not_found(api.delete(f"/columns/{nothing}"))
    expect_invalid(api.patch(f"/columns/{api.draw.word()}", json=name), "column_id")
    expect_invalid(api.delete("/columns/1.5"), "column_id")


# --- tasks.columns-order -------------------------------------------------------------------------------------------


@requirement("tasks.columns-order")
def test_columns_are_moved_as_a_list_is(lonely: Board) -> None:
    """Any column to any place: the others close up and make room, and keep their order; other projects are left alone."""
    api, other = lonely.owner.api, new_project(lonely.owner)["id"].integer
    there, model = add_columns(api, other, 2), add_columns(api, lonely.id, 4)
    far = [(3, api.draw.integer(0, 1)), (0, api.draw.integer(2, 3)), (api.draw.integer(1, 2), 0)]

    for old, position in far:
        move_column(api, model, old, position)
        expect_columns(api, lonely.id, model, "The column gets its place, the others keep their order.")
    move_column(api, model, 0, 4)
    expect_columns(api, lonely.id, model, "A position behind the last place means the last place.")
    move_column(api, model, 1, 10**9)
    move_column(api, model, 1, 1)
    expect_columns(api, lonely.id, model, "A move to the same place changes nothing.")
    expect_columns(api, other, there, "A move leaves the columns of another project alone.")


@requirement("tasks.columns-order")
def test_a_place_that_is_none_is_refused(lonely: Board) -> None:
    """A negative number, another type or nothing at all is 422, and no column moves."""
    api = lonely.owner.api
    columns = add_columns(api, lonely.id, 2)

    for body in ({}, *({"position": wrong} for wrong in WRONG_POSITIONS)):
        expect_invalid(api.post(f"/columns/{columns[1]}/move", json=body), "position")
    expect_columns(api, lonely.id, columns, "A refused move moves nothing.")


# --- tasks.columns-delete ------------------------------------------------------------------------------------------


@requirement("tasks.columns-delete")
def test_the_others_close_up_behind_a_deleted_column(lonely: Board) -> None:
    """204 without a body, and no gap; 409 column_not_empty for one that has a task, until it is moved away."""
    api = lonely.owner.api
    first, second, third, fourth = add_columns(api, lonely.id, 4)
    api.delete(f"/columns/{second}").expect(204).expect_empty()
    expect_not_found(api.delete(f"/columns/{second}"))
    fifth = add_column(api, lonely.id)
    expect_columns(api, lonely.id, [first, third, fourth, fifth], "The others close up behind a deleted column.")
    task = whole(posted_task(api, lonely.id, first).json)

    expect_conflict(api.delete(f"/columns/{first}"), "column_not_empty")
    expect(same(task_now(api, task["id"]), task), "A refused deletion leaves the column's tasks alone.")
    api.post(f"/tasks/{task['id']}/move", json={"column_id": third, "position": 0}).expect(200)
    expect_columns(api, lonely.id, [first, third, fourth, fifth], "A column that has a task is not deleted.")
    api.delete(f"/columns/{first}").expect(204)
    expect_columns(api, lonely.id, [third, fourth, fifth], "A column whose tasks are elsewhere is deleted.")


@requirement("tasks.columns-delete")
def test_no_task_is_lost_with_a_column(lonely: Board, rounds: Rounds) -> None:
    """A post into a column at the moment of its deletion: one of the two is refused, and no task goes with the column."""
    for gate in rounds:
        column = add_column(lonely.owner.api, lonely.id)
        posts = [posting(lonely.owner.api, lonely.id, column) for _ in range(2)]
        deleted, *posted = race(partial(lonely.owner.api.delete, f"/columns/{column}"), *posts, gate=gate)

        deleted.expect(204, 409)
        made = [answer for answer in posted if answer.expect(201, 422).status == 201]
        for answer in made:
            expect_status(lonely.owner.api.get(answer.location()), 200, "A task that was posted is there.")
        sentence = "A column that has a task is not deleted, also if the task came at the same moment."
        expect(deleted.status == 409 or not made, sentence, actual="204 for the column and 201 for a task")


# --- tasks.columns-race --------------------------------------------------------------------------------------------


@requirement("tasks.columns-race")
def test_columns_added_at_the_same_moment_get_places_of_their_own(lonely: Board, rounds: Rounds) -> None:
    """Six columns at once: six positions behind those that were there, without gaps or doubles."""
    before = [add_column(lonely.owner.api, lonely.id)]

    for gate in rounds:
        answers = race(*[posting_column(lonely) for _ in range(6)], gate=gate)
        made = {answer.expect(201)["id"].integer for answer in answers}
        after = columns_now(lonely.owner.api, lonely.id)
        told = "Columns that are added at the same moment are all there, behind the others."
        kept = after[: len(before)] == before and set(after[len(before) :]) == made
        expect(kept, told, expected=f"{before}, then {sorted(made)}", actual=after)
        before = after


@requirement("tasks.columns-race")
def test_columns_moved_added_and_deleted_at_the_same_moment(lonely: Board, gated: Gate) -> None:
    """Four moves at once, and then moves, a post and a deletion: no gaps, no doubles, and the others keep their order."""
    api = lonely.owner.api
    columns = add_columns(api, lonely.id, 7)

    for is_only_moved in (True, False):
        gone, *movers = api.draw.sample(columns, 4)
        moves = [moving_column(lonely.owner, column, api.draw.integer(0, 6)) for column in movers]
        if is_only_moved:
            wanted, others = {*columns}, [moving_column(lonely.owner, gone, api.draw.integer(0, 6))]
        else:
            wanted, others = {*columns} - {gone}, [partial(api.delete, f"/columns/{gone}"), posting_column(lonely)]
        for answer in race(*others, *moves, gate=gated):
            if answer.expect(200, 201, 204).status == 201:
                wanted.add(answer["id"].integer)
        after = columns_now(api, lonely.id)
        expect(set(after) == wanted, "Exactly these columns are there.", expected=sorted(wanted), actual=sorted(after))
        expect_others_kept(columns, after, [gone, *movers])
        columns = after


def move_column(api: API, model: list[int], old: int, position: int) -> None:
    """The column at the place *old* is moved, on the server and in the list; the answer tells its place."""
    column = model.pop(old)
    model.insert(position, column)
    moved = api.post(f"/columns/{column}/move", json={"position": position})
    moved.expect(200).has(id=column, position=model.index(column))


def posting_column(board: Board) -> Callable[[], Answer]:
    """A POST of a column, ready for a race: its name is drawn now, not in a thread."""
    api = board.owner.api
    return partial(api.post, f"{board.path}/columns", json={"name": api.draw.title()})


def moving_column(person: Person, column: int, position: int) -> Callable[[], Answer]:
    """A move of a column, ready for a race."""
    return partial(person.api.post, f"/columns/{column}/move", json={"position": position})


def expect_others_kept(before: list[int], after: list[int], moved: list[int]) -> None:
    """Columns that nobody moved stand in the same order among themselves."""
    wanted = [column for column in before if column not in moved]
    seen = [column for column in after if column in wanted]
    expect(seen == wanted, "Columns that are not moved keep their order.", expected=wanted, actual=seen)
