"""Columns: the lists of a board, in an order of their own (CONTRACT.md §6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from boards import (
    add_column,
    add_columns,
    add_task,
    columns_now,
    expect_columns,
    expect_conflict,
    posting,
    task_now,
)
from people import Board, Person, expect_invalid, expect_not_found, expect_status, new_project, some_id

from roadmap_cli.checking import Answer, expect, race, requirement

LONGEST = 100
ROUNDS = 3
WRONG_POSITIONS = (-1, "1", 1.5, True, None)


# --- tasks.columns -------------------------------------------------------------------------------------------------


@requirement("tasks.columns")
def test_a_new_column_is_the_last(lonely: Board) -> None:
    """Columns are numbered from 0 as they come; the list has all of them, by position, and no other project's."""
    api, other = lonely.owner.api, new_project(lonely.owner)["id"].integer
    names = [api.draw.title() for _ in range(4)]
    add_column(api, other)
    posted = [api.post(f"{lonely.path}/columns", json={"name": name}).expect(201) for name in names]

    for place, (column, name) in enumerate(zip(posted, names, strict=True)):
        column.has("id", project_id=lonely.id, name=name, position=place)
    listed = api.get(f"{lonely.path}/columns").expect(200)["items"]
    listed.expect(len(listed) == len(posted), "The list has all columns of the project, and no others.")
    for seen, made in zip(listed, posted, strict=True):
        seen.has(id=made["id"].integer, project_id=lonely.id, name=made["name"].text, position=made["position"].integer)


@requirement("tasks.columns")
def test_a_project_begins_without_columns(lonely: Board) -> None:
    """The list of a new project is empty."""
    lonely.owner.api.get(f"{lonely.path}/columns").expect(200).has(items=[])


@requirement("tasks.columns")
def test_a_column_gets_another_name(lonely: Board) -> None:
    """PATCH changes the name if it is sent, and neither the position nor another column."""
    api = lonely.owner.api
    first, second, third = add_columns(api, lonely.id, 3)
    before, name = api.get(f"{lonely.path}/columns").expect(200), api.draw.title()
    theirs = {"id": third, "position": 0, "project_id": some_id(api.draw)}
    api.patch(f"/columns/{second}", json={"name": name} | theirs).expect(200).has(
        id=second, name=name, position=1, project_id=lonely.id
    )
    api.patch(f"/columns/{third}", json={}).expect(200).has(id=third, name=before["items"][2]["name"].text)

    after = api.get(f"{lonely.path}/columns").expect(200)["items"]
    seen = [(column["id"].integer, column["name"].text) for column in after]
    names = [before["items"][0]["name"].text, name, before["items"][2]["name"].text]
    wanted = list(zip((first, second, third), names, strict=True))
    after.expect(seen == wanted, "A PATCH changes the name of its column alone.", expected=wanted, actual=seen)


@requirement("tasks.columns")
def test_a_columns_name_is_trimmed_and_as_long_as_allowed(lonely: Board) -> None:
    """White space at the ends goes; 100 characters are kept, counted in code points."""
    api = lonely.owner.api
    name, longest = api.draw.title(), "\N{OPEN BOOK}" * LONGEST
    column = api.post(f"{lonely.path}/columns", json={"name": f" \t{name}\r\n"}).expect(201).has(name=name)

    api.patch(f"/columns/{column['id'].integer}", json={"name": f"  {longest} "}).expect(200).has(name=longest)


@requirement("tasks.columns")
def test_a_name_that_breaks_a_rule_is_refused(lonely: Board) -> None:
    """Nothing, white space, 101 characters, control characters and other types: 422, and no column comes of it."""
    api, word = lonely.owner.api, lonely.owner.api.draw.word()
    column = add_column(api, lonely.id)
    before = api.get(f"{lonely.path}/columns").expect(200)

    for name in (
        "",
        " \t ",
        "a" * (LONGEST + 1),
        f"{word}\n{word}",
        f"{word}\x00{word}",
        f"{word}\x7f{word}",
        7,
        None,
        [word],
    ):
        expect_invalid(api.post(f"{lonely.path}/columns", json={"name": name}), "name")
        expect_invalid(api.patch(f"/columns/{column}", json={"name": name}), "name")
    expect_invalid(api.post(f"{lonely.path}/columns", json={}), "name")
    api.get(f"{lonely.path}/columns").expect(200).has(items=before["items"].value)


@requirement("tasks.columns")
def test_a_column_that_is_not_there(lonely: Board) -> None:
    """An id that names nothing, however large, is 404; one that is no number is 422."""
    api, name = lonely.owner.api, {"name": lonely.owner.api.draw.title()}

    for id in (some_id(api.draw), 10**30):
        expect_not_found(api.patch(f"/columns/{id}", json=name))
        expect_not_found(api.post(f"/columns/{id}/move", json={"position": 0}))
        expect_not_found(api.delete(f"/columns/{id}"))
    for text in (api.draw.word(), "1.5"):
        expect_invalid(api.patch(f"/columns/{text}", json=name), "column_id")
        expect_invalid(api.delete(f"/columns/{text}"), "column_id")


# --- tasks.columns-order -------------------------------------------------------------------------------------------


@requirement("tasks.columns-order")
def test_columns_are_moved_as_a_list_is(lonely: Board) -> None:
    """Any column to any place: the others close up and make room, and keep their order among themselves."""
    api = lonely.owner.api
    model = add_columns(api, lonely.id, 5)

    for _ in range(10):
        column, position = api.draw.pick(model), api.draw.integer(0, 4)
        model.remove(column)
        model.insert(position, column)
        moved = api.post(f"/columns/{column}/move", json={"position": position})
        moved.expect(200).has(id=column, project_id=lonely.id, position=position)
        expect_columns(api, lonely.id, model, "The column gets its place, the others keep their order.")


@requirement("tasks.columns-order")
def test_a_column_moves_behind_the_end_and_to_where_it_is(lonely: Board) -> None:
    """A position behind the last place means the last place; its own place changes nothing."""
    api = lonely.owner.api
    first, second, third = add_columns(api, lonely.id, 3)

    api.post(f"/columns/{first}/move", json={"position": 3}).expect(200).has(position=2)
    expect_columns(api, lonely.id, [second, third, first], "A position behind the last place means the last place.")
    api.post(f"/columns/{second}/move", json={"position": 10**9}).expect(200).has(position=2)
    expect_columns(api, lonely.id, [third, first, second], "A position behind the last place means the last place.")
    api.post(f"/columns/{first}/move", json={"position": 1}).expect(200).has(position=1)
    expect_columns(api, lonely.id, [third, first, second], "A move to the same place changes nothing.")


@requirement("tasks.columns-order")
def test_a_place_that_is_none_is_refused(lonely: Board) -> None:
    """A negative number, another type or nothing at all is 422, and no column moves."""
    api = lonely.owner.api
    columns = add_columns(api, lonely.id, 3)

    for wrong in WRONG_POSITIONS:
        expect_invalid(api.post(f"/columns/{columns[2]}/move", json={"position": wrong}), "position")
    expect_invalid(api.post(f"/columns/{columns[2]}/move", json={}), "position")
    expect_columns(api, lonely.id, columns, "A refused move moves nothing.")


@requirement("tasks.columns-order")
def test_another_projects_columns_stay_where_they_are(lonely: Board) -> None:
    """A move closes up and makes room among the columns of its own project only."""
    api, other = lonely.owner.api, new_project(lonely.owner)["id"].integer
    there, here = add_columns(api, other, 3), add_columns(api, lonely.id, 3)
    api.post(f"/columns/{here[0]}/move", json={"position": 2}).expect(200)
    api.post(f"/columns/{here[2]}/move", json={"position": 0}).expect(200)

    expect_columns(api, other, there, "A move leaves the columns of another project alone.")


# --- tasks.columns-delete ------------------------------------------------------------------------------------------


@requirement("tasks.columns-delete")
def test_the_others_close_up_behind_a_deleted_column(lonely: Board) -> None:
    """204 without a body, the column is gone, and the positions have no gap; the next one is the last."""
    api = lonely.owner.api
    first, second, third, fourth = add_columns(api, lonely.id, 4)
    api.delete(f"/columns/{second}").expect(204).expect_empty()
    expect_columns(api, lonely.id, [first, third, fourth], "The others close up behind a deleted column.")
    api.delete(f"/columns/{first}").expect(204)
    fifth = add_column(api, lonely.id)

    expect_columns(api, lonely.id, [third, fourth, fifth], "The others close up behind a deleted column.")
    expect_not_found(api.delete(f"/columns/{second}"))


@requirement("tasks.columns-delete")
def test_a_column_with_a_task_stays(lonely: Board) -> None:
    """409 column_not_empty, and neither the column nor its task is gone; once it is empty it can be deleted."""
    api = lonely.owner.api
    full, empty = add_columns(api, lonely.id, 2)
    task = add_task(api, lonely.id, full)
    before = task_now(api, task)

    expect_conflict(api.delete(f"/columns/{full}"), "column_not_empty")
    expect_columns(api, lonely.id, [full, empty], "A column that has a task is not deleted.")
    expect(task_now(api, task) == before, "A refused deletion leaves the column's tasks alone.")
    api.post(f"/tasks/{task}/move", json={"column_id": empty, "position": 0}).expect(200)
    api.delete(f"/columns/{full}").expect(204)
    expect_columns(api, lonely.id, [empty], "A column without tasks is deleted.")


@requirement("tasks.columns-delete")
def test_no_task_is_lost_with_a_column(lonely: Board, concurrent: None) -> None:
    """A post into a column at the moment of its deletion: one of the two is refused, and no task goes with the column."""
    for _ in range(2 * ROUNDS):
        column = add_column(lonely.owner.api, lonely.id)
        posts = [posting(lonely.owner.api, lonely.id, column) for _ in range(2)]
        deleted, *posted = race(partial(lonely.owner.api.delete, f"/columns/{column}"), *posts)

        deleted.expect(204, 409)
        made = [answer for answer in posted if answer.expect(201, 422).status == 201]
        for answer in made:
            expect_status(lonely.owner.api.get(answer.location()), 200, "A task that was posted is there.")
        sentence = "A column that has a task is not deleted, also if the task came at the same moment."
        expect(deleted.status == 409 or not made, sentence, actual="204 for the column and 201 for a task")
        for answer in made:
            lonely.owner.api.delete(answer.location())
        lonely.owner.api.delete(f"/columns/{column}")


# --- tasks.columns-race --------------------------------------------------------------------------------------------


@requirement("tasks.columns-race")
def test_columns_added_at_the_same_moment_get_places_of_their_own(lonely: Board, concurrent: None) -> None:
    """Eight columns at once: eight positions behind those that were there, without gaps or doubles."""
    before = add_columns(lonely.owner.api, lonely.id, 2)

    for _ in range(ROUNDS):
        answers = race(*[posting_column(lonely) for _ in range(8)])
        made = {answer.expect(201)["id"].integer for answer in answers}
        after = columns_now(lonely.owner.api, lonely.id)
        told = "Columns that are added at the same moment are all there, behind the others."
        kept = after[: len(before)] == before and set(after[len(before) :]) == made
        expect(kept, told, expected=f"{before}, then {sorted(made)}", actual=after)
        before = after


@requirement("tasks.columns-race")
def test_columns_moved_at_the_same_moment_keep_their_order(lonely: Board, concurrent: None) -> None:
    """Four columns are moved at once: none is lost, no position is there twice, and the others keep their order."""
    api = lonely.owner.api
    columns = add_columns(api, lonely.id, 8)

    for _ in range(ROUNDS):
        movers = api.draw.sample(columns, 4)
        moves = [moving_column(lonely.owner, column, api.draw.integer(0, 7)) for column in movers]
        for answer in race(*moves):
            answer.expect(200)
        after = columns_now(api, lonely.id)
        expect(sorted(after) == sorted(columns), "No column is lost.", expected=sorted(columns), actual=sorted(after))
        expect_others_kept(columns, after, movers)
        columns = after


@requirement("tasks.columns-race")
def test_columns_moved_added_and_deleted_at_the_same_moment(lonely: Board, concurrent: None) -> None:
    """Moves, posts and deletions at once leave positions without gaps, and exactly the columns that must be there."""
    api = lonely.owner.api
    columns = add_columns(api, lonely.id, 7)

    for _ in range(ROUNDS):
        gone, *movers = api.draw.sample(columns, 4)
        moves = [moving_column(lonely.owner, column, api.draw.integer(0, 6)) for column in movers]
        deleted, posted, *moved = race(partial(api.delete, f"/columns/{gone}"), posting_column(lonely), *moves)
        deleted.expect(204)
        for answer in moved:
            answer.expect(200)
        wanted = {*columns, posted.expect(201)["id"].integer} - {gone}
        after = columns_now(api, lonely.id)
        expect(set(after) == wanted, "Exactly these columns are there.", expected=sorted(wanted), actual=sorted(after))
        expect_others_kept(columns, after, [gone, *movers])
        columns = after


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
