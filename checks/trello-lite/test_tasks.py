"""Tasks: posted, read, changed and deleted, by whom it is allowed (CONTRACT.md §7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import pytest
from boards import (
    PRIORITIES,
    Lists,
    a_task,
    add_column,
    add_columns,
    add_comment,
    add_task,
    add_tasks,
    change,
    expect_lists,
    expect_now,
    expect_task,
    expect_utc,
    moment,
    post_task,
    rfc3339,
    task_now,
    walk,
)
from people import (
    Board,
    Person,
    Team,
    expect_forbidden,
    expect_invalid,
    expect_not_found,
    expect_unauthorized,
    invitation,
    invite,
    new_project,
    some_id,
)

from roadmap_cli.checking import API, Answer, Database, Draw, blocked_by, expect, race, requirement

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 5000
LONGEST_LABEL = 30
MOST_LABELS = 10
MOST_ASSIGNEES = 20
ROUNDS = 4
SHORT = timedelta(minutes=5)


# --- tasks.create --------------------------------------------------------------------------------------------------


@requirement("tasks.create")
def test_a_posted_task_can_be_read_where_location_says(common: Board) -> None:
    """201 with all fields, the task's address in Location, and the same task there."""
    api = common.member.api
    wanted = a_task(api.draw, column_id=add_column(api, common.id), assignee_ids=[common.viewer.id])
    posted = api.post(f"{common.path}/tasks", json=wanted).expect(201)

    due = datetime.fromisoformat(wanted["due_at"])
    told = wanted | {
        "due_at": due,
        "project_id": common.id,
        "position": 0,
        "created_by": common.member.id,
        "version": 1,
    }
    expect_task(posted.json, told)
    expect_just_now(posted, "created_at", "updated_at")
    place, task = posted.location(), posted["id"].integer
    expect(
        place == f"/tasks/{task}",
        "Location names the new task.",
        expected=f"/tasks/{task}",
        actual=place,
        answer=posted,
    )
    read = common.viewer.api.get(place).expect(200)
    expect_task(read.json, told | {"id": task})
    expect_just_now(read, "created_at", "updated_at")


@requirement("tasks.create")
def test_what_a_post_leaves_out_has_its_default(common: Board) -> None:
    """A column and a title are enough: no description, normal, no time, no labels, nobody."""
    api, column = common.member.api, add_column(common.member.api, common.id)
    title = api.draw.title()
    posted = api.post(f"{common.path}/tasks", json={"column_id": column, "title": title}).expect(201)

    wanted: dict[str, Any] = {"title": title, "description": "", "priority": "normal", "due_at": None}
    wanted |= {"labels": [], "assignee_ids": []}
    expect_task(posted.json, wanted)
    expect_now(api, posted["id"].integer, wanted)


@requirement("tasks.create")
def test_a_new_task_is_the_last_of_its_column(common: Board) -> None:
    """Each column counts from 0 for itself, in whatever order the tasks come."""
    api, columns = common.member.api, add_columns(common.member.api, common.id, 2)
    count = dict.fromkeys(columns, 0)

    for column in [*columns, *api.draw.shuffled(columns * 3)]:
        post_task(api, common.id, column_id=column).expect(201).has(column_id=column, position=count[column])
        count[column] += 1


@requirement("tasks.create")
def test_a_task_needs_a_column_of_its_project_and_a_title(common: Board) -> None:
    """Without either, or with a column of another project, of nothing or of another type, it is 422: no task comes of it."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    foreign = add_column(api, new_project(common.owner)["id"].integer)
    task = a_task(api.draw, column_id=column)

    for name in ("column_id", "title"):
        expect_invalid(api.post(f"{common.path}/tasks", json={n: v for n, v in task.items() if n != name}), name)
    for wrong in (foreign, some_id(api.draw), 10**17, 0, -column, str(column), column + 0.5, True, None, [column]):
        expect_invalid(api.post(f"{common.path}/tasks", json=task | {"column_id": wrong}), "column_id")
    post_task(api, common.id, column_id=column).expect(201).has(position=0)


@requirement("tasks.create")
def test_a_task_that_is_not_there(common: Board) -> None:
    """An id that names nothing, however large, is 404; one that is no number is 422."""
    api, title = common.owner.api, {"title": common.owner.api.draw.title()}

    for id in (some_id(api.draw), 10**30):
        expect_not_found(api.get(f"/tasks/{id}"))
        expect_not_found(api.patch(f"/tasks/{id}", json=title))
        expect_not_found(api.post(f"/tasks/{id}/move", json={"position": 0}))
        expect_not_found(post_task(api, id, column_id=1))
    for text in (api.draw.word(), "1.5"):
        expect_invalid(api.get(f"/tasks/{text}"), "task_id")
        expect_invalid(api.patch(f"/tasks/{text}", json=title), "task_id")


@requirement("tasks.server-fields")
def test_the_fields_of_the_server_are_not_taken_from_a_post(common: Board, team: Team) -> None:
    """id, project_id, position, created_by, the times and version are ignored, also if their type is absurd."""
    api, other = common.member.api, new_project(common.owner)["id"].integer
    column, word = add_column(api, common.id), api.draw.word()
    there = add_task(api, common.id, column)

    for place, theirs in enumerate((wishes(there, other, team), absurd(word)), start=1):
        posted = post_task(api, common.id, column_id=column, **theirs).expect(201)
        id = posted["id"].integer
        posted["id"].expect(id != there, "The id is given by the server, not taken from the request.")
        mine = {"project_id": common.id, "position": place, "created_by": common.member.id, "version": 1}
        expect_task(posted.json, mine)
        expect_now(api, id, mine)
        expect_just_now(posted, "created_at", "updated_at")


@requirement("tasks.server-fields")
def test_the_fields_of_the_server_are_not_taken_from_a_patch(common: Board, team: Team) -> None:
    """Neither as they might be nor in absurd types: the task stays the user's, in its project, in its place."""
    api, other = common.member.api, new_project(common.owner)["id"].integer
    first, second = add_tasks(api, common.id, add_column(api, common.id), 2)

    for theirs in (wishes(first, other, team), absurd(api.draw.word())):
        before, title = task_now(api, second), api.draw.title()
        answer = api.patch(f"/tasks/{second}", json=theirs | {"title": title}).expect(200)
        kept = {name: before[name] for name in ("id", "project_id", "position", "created_by", "created_at")}
        for told in (answer, api.get(f"/tasks/{second}").expect(200)):
            expect_task(told.json, kept | {"title": title, "version": before["version"] + 1})
            expect_just_now(told, "updated_at")


# --- tasks.fields --------------------------------------------------------------------------------------------------


@requirement("tasks.fields")
def test_texts_are_kept_as_long_as_is_allowed(common: Board) -> None:
    """A title is trimmed and has up to 200 code points; a description of up to 5000 is kept as it is, blanks and all."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    title, longest = api.draw.title(), "\N{OPEN BOOK}" * LONGEST_TITLE
    blank = f" \t{api.draw.words(2)}\r\n\n"

    for sent, kept in ((f" \t{title} \r\n", title), (f"  {longest}  ", longest), ("Ş", "Ş")):
        post_task(api, common.id, column_id=column, title=sent).expect(201).has(title=kept)
    for text in (blank, "ş" * LONGEST_DESCRIPTION, "\x01\x7f", "İ 三体 <b>'\"\\n%_"):
        task = post_task(api, common.id, column_id=column, description=text).expect(201).has(description=text)
        expect_now(api, task["id"].integer, {"description": text})


@requirement("tasks.fields")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_text_or_priority_that_breaks_a_rule_is_refused(common: Board, method: str) -> None:
    """Too long, blank, control characters, other words and other types: 422 with the field, and nothing changes."""
    api, word = common.owner.api, common.owner.api.draw.word()
    column = add_column(api, common.id)
    task = add_task(api, common.id, column)
    before = task_now(api, task)
    wrong: dict[str, tuple[Any, ...]] = {
        "title": (
            "",
            " \t ",
            "a" * (LONGEST_TITLE + 1),
            f"{word}\n{word}",
            f"{word}\x7f{word}",
            f"{word}\x00{word}",
            7,
            None,
            [word],
        ),
        "description": ("a" * (LONGEST_DESCRIPTION + 1), f"{word}\x00", 7, True, None),
        "priority": ("", word, "HIGH", "high ", 2, None, ["high"]),
    }

    for name, values in wrong.items():
        for value in values:
            expect_invalid(send(api, method, common, column, task, {name: value}), name)
    expect_now(api, task, before)


@requirement("tasks.fields")
def test_each_priority_is_kept(common: Board) -> None:
    """The four words are accepted and read back."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)

    for priority in api.draw.shuffled(PRIORITIES):
        task = post_task(api, common.id, column_id=column, priority=priority).expect(201).has(priority=priority)
        expect_now(api, task["id"].integer, {"priority": priority})


# --- tasks.due -----------------------------------------------------------------------------------------------------


@requirement("tasks.due")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_time_of_any_zone_is_answered_in_utc(common: Board, method: str) -> None:
    """The same moment, to the microsecond, whatever offset it was sent with."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    task, status = add_task(api, common.id, column, due_at=None), 201 if method == "POST" else 200
    minutes = (0, 60, -90, 345, 840, -720, 15 * api.draw.integer(-40, 40))

    for offset in minutes:
        time = moment(api.draw).astimezone(timezone(timedelta(minutes=offset)))
        answer = send(api, method, common, column, task, {"due_at": time.isoformat()}).expect(status)
        expect_task(answer.json, {"due_at": time})
        expect_utc(answer["due_at"])
        read = api.get(f"/tasks/{answer['id'].integer}").expect(200)
        expect_task(read.json, {"due_at": time})
        expect_utc(read["due_at"])


@requirement("tasks.due")
def test_times_at_the_borders_are_kept(common: Board) -> None:
    """The first second of 1970 and the last of 2999, a leap day, whole seconds and one digit of a fraction."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)

    for text in ("1970-01-01T00:00:00Z", "2999-12-31T23:59:59.999999Z", "2028-02-29T12:00:00.5Z"):
        time = datetime.fromisoformat(text)
        expect_task(post_task(api, common.id, column_id=column, due_at=text).expect(201).json, {"due_at": time})


@requirement("tasks.due")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_is_no_moment_is_refused(common: Board, method: str) -> None:
    """A date, a time without an offset, a number, a day that there is not: 422, and nothing changes."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    task = add_task(api, common.id, column)
    before, year = task_now(api, task), api.draw.integer(2001, 2090)
    no_time = (f"{year}-03-15", f"{year}-03-15T09:30:00", f"{year}-03-15 09:30:00Z", "", api.draw.word())
    no_day = (f"{year}-02-30T09:30:00Z", f"{year}-13-01T09:30:00Z", f"{year}-03-15T25:00:00Z")
    numbers = (year * 10**6, str(year * 10**6), True, [f"{year}-03-15T09:30:00Z"])

    for wrong in (*no_time, *no_day, *numbers):
        expect_invalid(send(api, method, common, column, task, {"due_at": wrong}), "due_at")
    expect_now(api, task, before)


@requirement("tasks.due")
def test_null_takes_the_time_away(common: Board) -> None:
    """Null is a value of due_at, and not the same as leaving it out."""
    api = common.owner.api
    task = add_task(api, common.id, add_column(api, common.id))
    due = task_now(api, task)["due_at"]
    expect_task(change(api, task, title=api.draw.title()).json, {"due_at": due})

    api.patch(f"/tasks/{task}", json={"due_at": None}).expect(200).has(due_at=None)
    expect_now(api, task, {"due_at": None})


# --- tasks.labels --------------------------------------------------------------------------------------------------


@requirement("tasks.labels")
def test_labels_are_trimmed_and_in_the_order_of_code_points(common: Board) -> None:
    """Capitals before small letters, these before accents, and those before what lies beyond U+FFFF."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    word = api.draw.word()
    labels = sorted(
        [
            word,
            word.capitalize(),
            word.upper(),
            f"é{word}",
            f"{word} b",
            f"{word}-b",
            f"\uff5e{word}",
            f"\U0001f4d6{word}",
        ]
    )
    sent = [f" \t{label}\n" for label in api.draw.shuffled(labels)]
    task = post_task(api, common.id, column_id=column, labels=sent).expect(201).has(labels=labels)

    expect_now(api, task["id"].integer, {"labels": labels})


@requirement("tasks.labels")
def test_labels_of_a_patch_replace_the_whole_list(common: Board) -> None:
    """Some stay, some go, some come; none of them is left of an empty list."""
    api = common.owner.api
    old, kept, new = (api.draw.text(6) for _ in range(3))
    task = add_task(api, common.id, add_column(api, common.id), labels=[old, kept])

    for labels in ([new, kept], [kept], []):
        api.patch(f"/tasks/{task}", json={"labels": labels}).expect(200).has(labels=sorted(labels))
        expect_now(api, task, {"labels": sorted(labels)})


@requirement("tasks.labels")
def test_as_many_and_as_long_labels_as_allowed(common: Board) -> None:
    """Ten labels, of one character and of thirty, counted in code points after trimming."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    longest = [f"  {letter * LONGEST_LABEL}  " for letter in "aş\N{OPEN BOOK}"]
    labels = [*longest, *"abcdefg"]
    posted = post_task(api, common.id, column_id=column, labels=labels).expect(201)

    posted.has(labels=sorted(label.strip() for label in labels))


@requirement("tasks.labels")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_labels_that_break_a_rule_are_refused(common: Board, method: str) -> None:
    """Too many, twice the same, too long, blank, of control characters or of other types: 422, and nothing changes."""
    api, word = common.owner.api, common.owner.api.draw.word()
    column = add_column(api, common.id)
    task = add_task(api, common.id, column)
    before = task_now(api, task)
    too_many = [f"{word}{number}" for number in range(MOST_LABELS + 1)]
    twice = ([word, word], [word, f" {word}\t"])
    texts = (
        [""],
        [word, "  "],
        ["a" * (LONGEST_LABEL + 1)],
        [f"{word}\n{word}"],
        [f"{word}\x00{word}"],
        [f"{word}\x7f{word}"],
    )

    for wrong in (too_many, *twice, *texts, [word, 7], [None], [[word]], word, None, {word: word}):
        expect_invalid(send(api, method, common, column, task, {"labels": wrong}), "labels")
    expect_now(api, task, before)


# --- tasks.assignees -----------------------------------------------------------------------------------------------


@requirement("tasks.assignees")
def test_anybody_with_a_role_can_be_assigned(common: Board) -> None:
    """Owner, member and viewer, in ascending order; a PATCH replaces the whole list."""
    api, column = common.member.api, add_column(common.member.api, common.id)
    people = [common.owner.id, common.member.id, common.viewer.id]
    posted = post_task(api, common.id, column_id=column, assignee_ids=sorted(people, reverse=True)).expect(201)
    posted.has(assignee_ids=sorted(people))
    task = posted["id"].integer
    expect_now(api, task, {"assignee_ids": sorted(people)})

    for some in (people[1:], people[:1], []):
        api.patch(f"/tasks/{task}", json={"assignee_ids": some}).expect(200).has(assignee_ids=sorted(some))
        expect_now(api, task, {"assignee_ids": sorted(some)})


@requirement("tasks.assignees")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_nobody_else_can_be_assigned(board: Board, method: str) -> None:
    """Strangers, who is only invited, ids of nobody, the same twice and other types: 422, and nothing changes."""
    api, me = board.owner.api, board.owner.id
    column = add_column(api, board.id)
    task = add_task(api, board.id, column, assignee_ids=[board.member.id])
    before = task_now(api, task)
    invitation(board.owner, board.id, board.stranger.email)
    others = ([board.stranger.id], [me, board.stranger.id], [some_id(api.draw)], [0], [10**17], [-me])
    shapes = ([me, me], [str(me)], [me + 0.5], [True], [None], [[me]], me, str(me), None, {"id": me})

    for wrong in (*others, *shapes):
        expect_invalid(send(api, method, board, column, task, {"assignee_ids": wrong}), "assignee_ids")
    expect_now(api, task, before)


@requirement("tasks.assignees")
def test_twenty_people_can_be_assigned_but_no_more(board: Board, database: Database) -> None:
    """Twenty are kept, the twenty-first is 422."""
    api, column = board.owner.api, add_column(board.owner.api, board.id)
    crowd = insert_members(database, api.draw, board.id, MOST_ASSIGNEES + 1)
    most = sorted(crowd[:MOST_ASSIGNEES])

    posted = post_task(api, board.id, column_id=column, assignee_ids=api.draw.shuffled(most)).expect(201)
    posted.has(assignee_ids=most)
    expect_invalid(post_task(api, board.id, column_id=column, assignee_ids=crowd), "assignee_ids")


# --- tasks.unassigned ----------------------------------------------------------------------------------------------


@requirement("tasks.unassigned")
def test_who_is_removed_is_assigned_no_more(board: Board) -> None:
    """Not in any task of the project, and not again when they come back; others stay, and so do other projects."""
    api, member, owner = board.owner.api, board.member, board.owner
    other = new_project(owner)["id"].integer
    invite(owner, other, member)
    both = sorted([owner.id, member.id])
    column = add_column(api, board.id)
    tasks = add_tasks(api, board.id, column, 2, assignee_ids=both)
    elsewhere = add_task(api, other, add_column(api, other), assignee_ids=both)
    removed(board, owner, member)

    for task in tasks:
        expect_now(api, task, {"assignee_ids": [owner.id]})
    expect_now(api, elsewhere, {"assignee_ids": both})
    expect_invalid(post_task(api, board.id, column_id=column, assignee_ids=[member.id]), "assignee_ids")
    invite(owner, board.id, member)
    for task in tasks:
        expect_now(api, task, {"assignee_ids": [owner.id]})


@requirement("tasks.unassigned")
def test_who_leaves_is_assigned_no_more(board: Board) -> None:
    """A viewer who leaves is no assignee any more either."""
    api, viewer = board.owner.api, board.viewer
    task = add_task(api, board.id, add_column(api, board.id), assignee_ids=[viewer.id])
    removed(board, viewer, viewer)

    expect_now(api, task, {"assignee_ids": []})


@requirement("tasks.unassigned")
def test_a_change_of_role_keeps_the_assignment(board: Board) -> None:
    """Who becomes a viewer still has a role, and their tasks."""
    api, member = board.owner.api, board.member
    task = add_task(api, board.id, add_column(api, board.id), assignee_ids=[member.id])
    demoted(board, member)

    expect_now(api, task, {"assignee_ids": [member.id]})


@requirement("tasks.unassigned")
def test_nobody_stays_assigned_who_is_removed_at_the_same_moment(board: Board, concurrent: None) -> None:
    """However a removal and an assignment meet, in the end nobody without a role is an assignee."""
    api, owner, member = board.owner.api, board.owner, board.member
    column = add_column(api, board.id)

    for _ in range(ROUNDS):
        task = add_task(api, board.id, column, assignee_ids=[])
        patch = assigning(board.owner, task, [owner.id, member.id])
        leaving, *patched = race(partial(api.delete, f"{board.path}/members/{member.id}"), patch, patch)
        leaving.expect(204)
        for answer in patched:
            answer.expect(200, 422)
        left = api.get(f"/tasks/{task}").expect(200)["assignee_ids"]
        told = "Who has no role in the project is no assignee of its tasks."
        left.expect(member.id not in left.value, told, expected=f"without {member.id}")
        invite(owner, board.id, member)


# --- tasks.update --------------------------------------------------------------------------------------------------


@requirement("tasks.update")
def test_patch_changes_only_what_is_sent(common: Board) -> None:
    """Each field can be changed by itself; the others stay, and so do all tasks beside it."""
    api, column = common.member.api, add_column(common.member.api, common.id)
    neighbour, task = add_tasks(api, common.id, column, 2, assignee_ids=[common.viewer.id])
    beside, wanted = task_now(api, neighbour), task_now(api, task)
    new = different(api.draw, wanted) | {"assignee_ids": [common.owner.id]}

    for name in api.draw.shuffled(list(new)):
        answer = api.patch(f"/tasks/{task}", json={name: new[name]}).expect(200)
        wanted |= {name: moments(new[name], name)}
        kept = {field: value for field, value in wanted.items() if field not in ("version", "updated_at")}
        expect_task(answer.json, kept)
        expect_now(api, task, kept)
    expect_now(api, neighbour, beside)


@requirement("tasks.update")
def test_an_empty_patch_changes_nothing(common: Board) -> None:
    """{} is 200 with the task as it was; so is a body of nothing but fields that this request does not have."""
    api = common.member.api
    column, other = add_columns(api, common.id, 2)
    task = add_task(api, common.id, column)
    before = {name: value for name, value in task_now(api, task).items() if name not in ("version", "updated_at")}

    for body in ({}, {"column_id": other}, {"column_id": some_id(api.draw)}, {api.draw.word(): [None]}):
        expect_task(api.patch(f"/tasks/{task}", json=body).expect(200).json, before)
        expect_now(api, task, before)


@requirement("tasks.update")
def test_null_is_no_value_to_change_to(common: Board) -> None:
    """Null is 422 for every field but due_at."""
    api = common.member.api
    task = add_task(api, common.id, add_column(api, common.id))
    before = task_now(api, task)

    for name in ("title", "description", "priority", "labels", "assignee_ids"):
        expect_invalid(api.patch(f"/tasks/{task}", json={name: None}), name)
    expect_now(api, task, before)


@requirement("tasks.update")
def test_a_change_with_one_bad_field_changes_nothing(common: Board) -> None:
    """Whatever rule one field breaks, the good ones beside it are not stored either."""
    api = common.member.api
    task = add_task(api, common.id, add_column(api, common.id))
    before = task_now(api, task)
    broken = {
        "title": " ",
        "description": 7,
        "priority": "later",
        "due_at": "soon",
        "labels": ["a", "a"],
        "assignee_ids": [0],
    }

    for name, value in broken.items():
        new = different(api.draw, before) | {"assignee_ids": [common.owner.id]}
        expect_invalid(
            api.patch(f"/tasks/{task}", json=dict(api.draw.shuffled([*(new | {name: value}).items()]))), name
        )
    expect_now(api, task, before)


@requirement("tasks.update")
def test_a_task_in_a_bad_body_is_refused(common: Board) -> None:
    """Another media type is 415, what is no JSON 400, an array 422; no task comes of it and none is changed."""
    api = common.member.api
    column = add_column(api, common.id)
    task = add_task(api, common.id, column)
    before = task_now(api, task)
    as_json = {"Content-Type": "application/json"}

    for method, path in (
        ("PATCH", f"/tasks/{task}"),
        ("POST", f"{common.path}/tasks"),
        ("POST", f"/tasks/{task}/move"),
    ):
        api.request(method, path, body=b'{"title": "a"}', headers={"Content-Type": "text/plain"}).expect(415)
        api.request(method, path, body=b'{"title": "a"', headers=as_json).expect(400)
        expect_invalid(api.request(method, path, json=[before["title"]]), "body")
    expect_now(api, task, before)


# --- tasks.delete --------------------------------------------------------------------------------------------------


@requirement("tasks.delete")
def test_the_tasks_behind_a_deleted_one_close_up(common: Board) -> None:
    """204 without a body; whichever is deleted, the others keep their order without a gap, and the next is the last."""
    api = common.member.api
    columns = add_columns(api, common.id, 2)
    model = Lists(common.id, {column: add_tasks(api, common.id, column, 4) for column in columns})

    for column, position in ((columns[0], 1), (columns[0], 0), (columns[0], 1), (columns[1], 3)):
        task = model.lists[column][position]
        api.delete(f"/tasks/{task}").expect(204).expect_empty()
        model.delete(task)
        expect_not_found(api.get(f"/tasks/{task}"))
        expect_lists(api, model, "The tasks behind a deleted one close up, the others stay.")
    last = post_task(api, common.id, column_id=columns[0]).expect(201)
    last.has(position=len(model.lists[columns[0]]))


@requirement("tasks.delete")
def test_a_deleted_task_is_gone_for_good(common: Board) -> None:
    """Nothing can be done with it any more, nobody gets its id, and its comments went with it; others keep theirs."""
    api = common.member.api
    gone, kept = add_tasks(api, common.id, add_column(api, common.id), 2)
    lost, stays = add_comment(api, gone), add_comment(api, kept)
    api.delete(f"/tasks/{gone}").expect(204)

    expect_not_found(api.delete(f"/tasks/{gone}"))
    expect_not_found(api.patch(f"/tasks/{gone}", json={"title": api.draw.title()}))
    expect_not_found(api.get(f"/tasks/{gone}/comments"))
    expect_not_found(api.patch(f"/comments/{lost}", json={"text": api.draw.word()}))
    api.patch(f"/comments/{stays}", json={"text": api.draw.word()}).expect(200)
    another = add_task(api, common.id, add_column(api, common.id))
    expect(another != gone, "An id is never used for another task.", actual=f"task {another} again")


@requirement("tasks.delete")
def test_a_refused_deletion_deletes_nothing(common: Board) -> None:
    """An id of nothing is 404, however large, one that is no number 422, and every task stays where it is."""
    api = common.member.api
    column = add_column(api, common.id)
    model = Lists(common.id, {column: add_tasks(api, common.id, column, 2)})

    expect_not_found(api.delete(f"/tasks/{some_id(api.draw)}"))
    expect_not_found(api.delete(f"/tasks/{10**30}"))
    expect_invalid(api.delete(f"/tasks/{model.tasks[0]}x"), "task_id")
    expect_lists(api, model, "A refused deletion deletes nothing.")


# --- tasks.strangers and tasks.viewers -----------------------------------------------------------------------------


@requirement("tasks.strangers")
def test_strangers_find_nothing(board: Board) -> None:
    """404 for whatever somebody without a role asks of columns, tasks, comments and activity; and nothing changes."""
    there = furnished(board)
    before = there.state()

    for method, path, body in (*there.looks, *there.changes):
        expect_not_found(board.stranger.api.request(method, path, json=body))
    there.expect_state(before)


@requirement("tasks.strangers")
def test_a_role_in_another_project_opens_no_door(board: Board, team: Team) -> None:
    """The owner of one project is a stranger in the next: 404 there, and neither task nor column can be taken over."""
    there, owner = furnished(board), board.stranger
    mine = new_project(owner)["id"].integer
    column = add_column(owner.api, mine)
    task, before = add_task(owner.api, mine, column), there.state()

    for method, path, body in (*there.looks, *there.changes):
        expect_not_found(owner.api.request(method, path, json=body))
    expect_invalid(owner.api.post(f"/tasks/{task}/move", json={"column_id": there.column, "position": 0}), "column_id")
    expect_invalid(post_task(owner.api, mine, column_id=there.column), "column_id")
    expect_invalid(owner.api.patch(f"/tasks/{task}", json={"assignee_ids": [team.member.id]}), "assignee_ids")
    there.expect_state(before)


@requirement("tasks.strangers")
def test_who_lost_their_role_finds_nothing(board: Board) -> None:
    """From one request to the next: who was removed gets 404, for their own tasks and comments too."""
    there = furnished(board)
    board.member.api.get(f"/tasks/{there.task}").expect(200)
    removed(board, board.owner, board.member)

    for method, path, body in (*there.looks, *there.changes):
        expect_not_found(board.member.api.request(method, path, json=body))


@requirement("tasks.strangers")
def test_nobody_gets_in_without_a_token(board: Board) -> None:
    """401 everywhere without a token, and nothing changes."""
    there = furnished(board)
    before = there.state()

    for method, path, body in (*there.looks, *there.changes):
        expect_unauthorized(board.owner.api.anonymous().request(method, path, json=body))
    there.expect_state(before)


@requirement("tasks.viewers")
def test_viewers_see_everything_and_change_nothing(board: Board) -> None:
    """A viewer may look at all of it; whatever would change something is 403, and changes nothing."""
    there = furnished(board)
    before = there.state()

    for method, path, body in there.looks:
        board.viewer.api.request(method, path, json=body).expect(200)
    for method, path, body in there.changes:
        expect_forbidden(board.viewer.api.request(method, path, json=body))
    there.expect_state(before)


@requirement("tasks.viewers")
def test_a_new_viewer_changes_nothing_any_more(board: Board) -> None:
    """A member who is made a viewer loses the right to change, of their own tasks and comments too."""
    there = furnished(board)
    demoted(board, board.member)
    before = there.state()

    for method, path, body in there.changes:
        expect_forbidden(board.member.api.request(method, path, json=body))
    there.expect_state(before)


@requirement("tasks.viewers")
def test_members_may_do_all_of_it(board: Board) -> None:
    """No member is held up: each of these requests succeeds for one who is neither owner nor author of the task."""
    there = furnished(board, author=board.owner)
    own = [step for step in there.changes if not step[1].startswith("/comments/")]

    for method, path, body in own:
        board.member.api.request(method, path, json=body).expect(200, 201, 204)


# --- worlds --------------------------------------------------------------------------------------------------------


Step = tuple[str, str, Any]


class Furnished:
    """A board with two columns, a task and a comment of *author*, and every request that concerns them."""

    def __init__(self, board: Board, author: Person) -> None:
        self._owner, self._board = board.owner.api, board
        draw = self._owner.draw
        self.column, self.empty = add_columns(self._owner, board.id, 2)
        self.task = add_task(author.api, board.id, self.column)
        self.comment = add_comment(author.api, self.task)
        self.looks: list[Step] = [
            ("GET", f"{board.path}/columns", ...),
            ("GET", f"/tasks/{self.task}", ...),
            ("GET", f"/tasks/{self.task}/comments", ...),
            ("GET", f"{board.path}/activity", ...),
        ]
        self.changes: list[Step] = [
            ("POST", f"{board.path}/columns", {"name": draw.title()}),
            ("PATCH", f"/columns/{self.column}", {"name": draw.title()}),
            ("POST", f"/columns/{self.column}/move", {"position": 1}),
            ("DELETE", f"/columns/{self.empty}", ...),
            ("POST", f"{board.path}/tasks", a_task(draw, column_id=self.column)),
            ("PATCH", f"/tasks/{self.task}", {"title": draw.title()}),
            ("POST", f"/tasks/{self.task}/move", {"column_id": self.column, "position": 0}),
            ("POST", f"/tasks/{self.task}/comments", {"text": draw.words(3)}),
            ("PATCH", f"/comments/{self.comment}", {"text": draw.words(3)}),
            ("DELETE", f"/comments/{self.comment}", ...),
            ("DELETE", f"/tasks/{self.task}", ...),
        ]

    def state(self) -> tuple[Any, ...]:
        """All of it, as the owner sees it."""
        columns = self._owner.get(f"{self._board.path}/columns").expect(200)["items"].value
        comments = [comment.value for comment in walk(self._owner, f"/tasks/{self.task}/comments")]
        return columns, task_now(self._owner, self.task), comments

    def expect_state(self, before: tuple[Any, ...]) -> None:
        """Nothing of it has changed."""
        after = self.state()
        for name, then, now in zip(("columns", "task", "comments"), before, after, strict=True):
            expect(then == now, f"A refused request changes nothing ({name}).", expected=f"{then}", actual=f"{now}")


def furnished(board: Board, author: Person | None = None) -> Furnished:
    """A board that there is something on, by *author* (the member)."""
    return Furnished(board, author or board.member)


def wishes(task: int, project: int, team: Team) -> dict[str, Any]:
    """What is the server's to give, in values that it might have."""
    past = "1999-01-01T00:00:00Z"
    times = {"created_at": past, "updated_at": past}
    return {"id": task, "project_id": project, "position": 0, "created_by": team.owner.id, "version": 70} | times


def absurd(word: str) -> dict[str, Any]:
    """The same fields with values that they can never have."""
    return {
        "id": word,
        "project_id": [None],
        "position": word,
        "created_by": {"deep": word},
        "created_at": 7,
        "updated_at": None,
        "version": word,
        word: word,
    }


def different(draw: Draw, task: dict[str, Any]) -> dict[str, Any]:
    """New values for all fields that a PATCH changes, but for the assignees."""
    priority = draw.pick([word for word in PRIORITIES if word != task["priority"]])
    return a_task(draw, priority=priority, title=draw.text(12), description=draw.text(30), labels=[draw.text(9)])


def moments(value: Any, name: str) -> Any:
    """A value that was sent, as `task_now` tells it."""
    return datetime.fromisoformat(value) if name == "due_at" else value


def send(api: API, method: str, board: Board, column: int, task: int, fields: dict[str, Any]) -> Answer:
    """A POST of a task that nothing is wrong with but *fields*, or a PATCH of *task* with nothing else."""
    if method == "POST":
        return post_task(api, board.id, column_id=column, **fields)
    return api.patch(f"/tasks/{task}", json=fields)


def assigning(person: Person, task: int, people: list[int]) -> Callable[[], Answer]:
    """A PATCH of the assignees, ready for a race."""
    return partial(person.api.patch, f"/tasks/{task}", json={"assignee_ids": people})


def removed(board: Board, by: Person, person: Person) -> None:
    """*person* loses their role, as part of a world."""
    answer = by.api.delete(f"{board.path}/members/{person.id}")
    if answer.status != 204:
        blocked_by("projects.leave", "Nobody could be removed for this check.", answer=answer)


def demoted(board: Board, person: Person) -> None:
    """*person* is made a viewer, as part of a world."""
    answer = board.owner.api.patch(f"{board.path}/members/{person.id}", json={"role": "viewer"})
    if answer.status != 200:
        blocked_by("projects.members", "A role could not be changed for this check.", answer=answer)


def insert_members(database: Database, draw: Draw, project: int, count: int) -> list[int]:
    """The ids of so many new members, who nobody can sign in as."""
    hash = "$argon2id$v=19$m=19456,t=2,p=1$" + draw.text(22) + "$" + draw.text(43)
    people = [(draw.email(), draw.name(), hash) for _ in range(count)]
    values = ", ".join(["(%s, %s, %s)"] * count)
    insert = f"insert into users (email, name, password_hash) values {values} returning id"
    ids = [id for (id,) in database.rows(insert, *(value for person in people for value in person))]
    database.execute(
        "insert into memberships (project_id, user_id, role) select %s, unnest(%s), 'member'", project, ids
    )
    return ids


def expect_just_now(answer: Answer, *names: str) -> None:
    """These times are in UTC, and not far from the time at which the server says it answers."""
    answered = server_time(answer)
    for name in names:
        expect_utc(answer[name])
        if answered:
            near = abs(answered - answer[name].time) < SHORT
            answer[name].expect(near, f"{name} is the time of the request.", expected=f"about {rfc3339(answered)}")


def server_time(answer: Answer) -> datetime | None:
    """The time in the Date header, if there is a right one."""
    try:
        return parsedate_to_datetime(answer.find_header("Date") or "").astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
