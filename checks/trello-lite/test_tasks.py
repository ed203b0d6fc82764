"""Tasks: posted, read, changed and deleted, by whom it is allowed (CONTRACT.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    posted_comment,
    posted_task,
    rfc3339,
    same,
    walk,
    whole,
    whole_comment,
)
from people import (
    Board,
    Person,
    Rounds,
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

from roadmap_cli.checking import API, Answer, Blocked, Database, Draw, Mismatch, blocked_by, expect, race, requirement

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 5000
LONGEST_LABEL = 30
MOST_LABELS = 10
MOST_ASSIGNEES = 20
SHORT = timedelta(minutes=5)
# Wrong values by the names of their fields.
Values = Mapping[str, Sequence[Any]]


@pytest.fixture(scope="session")
def column(shared_board: Board) -> int:
    """A column of the common project, for checks that do not look at the places of tasks."""
    return add_column(shared_board.owner.api, shared_board.id)


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
def test_what_a_post_leaves_out_has_its_default(common: Board, column: int) -> None:
    """A column and a title are enough: no description, normal, no time, no labels, nobody."""
    api, title = common.member.api, common.member.api.draw.title()
    posted = api.post(f"{common.path}/tasks", json={"column_id": column, "title": title}).expect(201)

    wanted: dict[str, Any] = {"title": title, "description": "", "priority": "normal", "due_at": None}
    expect_task(posted.json, wanted | {"labels": [], "assignee_ids": []})


@requirement("tasks.create")
def test_a_new_task_is_the_last_of_its_column(common: Board) -> None:
    """Each column counts from 0 for itself, in whatever order the tasks come."""
    api, columns = common.member.api, add_columns(common.member.api, common.id, 2)
    count = dict.fromkeys(columns, 0)

    for column in [*columns, *api.draw.shuffled(columns)]:
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
    for wrong in (foreign, some_id(api.draw), 10**17, str(column), column + 0.5, True, None):
        expect_invalid(api.post(f"{common.path}/tasks", json=task | {"column_id": wrong}), "column_id")
    post_task(api, common.id, column_id=column).expect(201).has(position=0)


@requirement("tasks.create")
def test_a_task_that_is_not_there(common: Board) -> None:
    """An id that names nothing, however large, is 404; one that is no number is 422."""
    api, title = common.owner.api, {"title": common.owner.api.draw.title()}
    nothing, large = some_id(api.draw), 10**30

    expect_not_found(api.get(f"/tasks/{nothing}"))
    expect_not_found(api.get(f"/tasks/{large}"))
    expect_not_found(api.patch(f"/tasks/{nothing}", json=title))
    expect_not_found(api.post(f"/tasks/{nothing}/move", json={"position": 0}))
    expect_not_found(post_task(api, nothing, column_id=1))
    expect_not_found(post_task(api, large, column_id=1))
    expect_invalid(api.get(f"/tasks/{api.draw.word()}"), "task_id")
    expect_invalid(api.patch("/tasks/1.5", json=title), "task_id")


@requirement("tasks.server-fields")
def test_the_fields_of_the_server_are_not_taken_from_a_post(common: Board, team: Team) -> None:
    """id, project_id, position, created_by, the times and version are ignored, also if their type is absurd."""
    api, other = common.member.api, new_project(common.owner)["id"].integer
    column, word = add_column(api, common.id), api.draw.word()
    there = add_task(api, common.id, column)
    mine = {"project_id": common.id, "created_by": common.member.id, "version": 1}

    for place, theirs in enumerate((wishes(there, other, team), absurd(word)), start=1):
        posted = post_task(api, common.id, column_id=column, **theirs).expect(201)
        posted["id"].expect(posted["id"].integer != there, "The id is given by the server, not taken from the request.")
        expect_task(posted.json, mine | {"position": place})
        expect_just_now(posted, "created_at", "updated_at")
    expect_now(api, posted["id"].integer, mine | {"position": 2})


@requirement("tasks.server-fields")
def test_the_fields_of_the_server_are_not_taken_from_a_patch(common: Board, team: Team) -> None:
    """Neither as they might be nor in absurd types: the task stays the user's, in its project, in its place."""
    api, other = common.member.api, new_project(common.owner)["id"].integer
    column = add_column(api, common.id)
    first, second = add_task(api, common.id, column), whole(posted_task(api, common.id, column).json)
    kept = {name: second[name] for name in ("id", "project_id", "position", "created_by", "created_at")}

    for version, theirs in enumerate((wishes(first, other, team), absurd(api.draw.word())), start=2):
        wanted = kept | {"title": api.draw.title(), "version": version}
        answer = api.patch(f"/tasks/{second['id']}", json=theirs | {"title": wanted["title"]}).expect(200)
        expect_task(answer.json, wanted)
        expect_just_now(answer, "updated_at")
    expect_now(api, second["id"], wanted)


@requirement("tasks.fields")
def test_texts_and_priorities_are_kept_as_long_as_is_allowed(common: Board, column: int) -> None:
    """A title is trimmed and has up to 200 code points; a description of up to 5000 is kept as it is, blanks and all."""
    api, title = common.owner.api, common.owner.api.draw.title()
    longest, strange = "\N{OPEN BOOK}" * LONGEST_TITLE, f" \t{api.draw.words(2)}\x01\x7f İ 三体 <b>'\"\\n%_\r\n\n"
    titles = ((f" \t{title} \r\n", title), (f"  {longest}  ", longest), ("Ş", "Ş"), (title, title))
    texts = (strange, "ş" * LONGEST_DESCRIPTION, "", " ")

    for (sent, kept), text, priority in zip(titles, texts, api.draw.shuffled(PRIORITIES), strict=True):
        fields = {"description": text, "priority": priority}
        posted = post_task(api, common.id, column_id=column, title=sent, **fields).expect(201)
        posted.has(title=kept, **fields)
        if text == strange:
            expect_now(api, posted["id"].integer, {"title": kept} | fields)


# --- tasks.fields --------------------------------------------------------------------------------------------------


@requirement("tasks.fields")
def test_a_text_or_priority_that_breaks_a_rule_is_refused(common: Board, column: int) -> None:
    """Too long, blank, control characters, other words and other types: 422 with the field, and nothing changes."""
    api, word = common.owner.api, common.owner.api.draw.word()
    before = whole(posted_task(api, common.id, column).json)
    both: Values = {
        "title": (" \t ", "a" * (LONGEST_TITLE + 1), f"{word}\n{word}"),
        "description": ("a" * (LONGEST_DESCRIPTION + 1), f"{word}\x00", None),
        "priority": ("HIGH", word),
    }
    posted: Values = {"title": ("", f"{word}\x00{word}", 7), "description": (7,), "priority": (None, 2)}
    patched: Values = {"title": (f"{word}\x7f{word}", None, [word]), "description": (True,), "priority": ("",)}

    expect_refused(common, column, before["id"], "POST", both, posted)
    expect_refused(common, column, before["id"], "PATCH", both, patched)
    expect_now(api, before["id"], before)


# --- tasks.due -----------------------------------------------------------------------------------------------------


@requirement("tasks.due")
def test_a_time_of_any_zone_is_answered_in_utc(common: Board, column: int) -> None:
    """The same moment, to the microsecond, whatever offset it was sent with."""
    api = common.owner.api
    task = add_task(api, common.id, column, due_at=None)

    for method, minutes in (("POST", (-90, 840)), ("PATCH", (345, -720, 15 * api.draw.integer(1, 40)))):
        for offset in minutes:
            time = moment(api.draw).astimezone(timezone(timedelta(minutes=offset)))
            answer = send(api, method, common, column, task, {"due_at": time.isoformat()}).expect(200, 201)
            expect_task(answer.json, {"due_at": time})
            expect_utc(answer["due_at"])
        read = api.get(f"/tasks/{answer['id'].integer}").expect(200)
        expect_task(read.json, {"due_at": time})
        expect_utc(read["due_at"])


@requirement("tasks.due")
def test_times_at_the_borders_are_kept(common: Board, column: int) -> None:
    """The first second of 1970 and the last of 2999, a leap day, whole seconds and one digit of a fraction."""
    for text in ("1970-01-01T00:00:00Z", "2999-12-31T23:59:59.999999Z", "2028-02-29T12:00:00.5Z"):
        posted = post_task(common.owner.api, common.id, column_id=column, due_at=text).expect(201)
        expect_task(posted.json, {"due_at": datetime.fromisoformat(text)})


@requirement("tasks.due")
def test_what_is_no_moment_is_refused(common: Board, column: int) -> None:
    """A date, a time without an offset, a number, a day that there is not: 422, and nothing changes."""
    api, year = common.owner.api, common.owner.api.draw.integer(2001, 2090)
    before = whole(posted_task(api, common.id, column).json)
    both: Values = {"due_at": (f"{year}-03-15T09:30:00", f"{year}-03-15", year * 10**6)}
    posted: Values = {"due_at": (f"{year}-02-30T09:30:00Z", "", True)}
    patched: Values = {
        "due_at": (
            f"{year}-03-15 09:30:00Z",
            f"{year}-13-01T09:30:00Z",
            f"{year}-03-15T25:00:00Z",
            api.draw.word(),
            str(year * 10**6),
            [f"{year}-03-15T09:30:00Z"],
        )
    }

    expect_refused(common, column, before["id"], "POST", both, posted)
    expect_refused(common, column, before["id"], "PATCH", both, patched)
    expect_now(api, before["id"], before)


@requirement("tasks.due")
def test_null_takes_the_time_away(common: Board, column: int) -> None:
    """Null is a value of due_at, and not the same as leaving it out."""
    api, posted = common.owner.api, posted_task(common.owner.api, common.id, column)
    task = posted["id"].integer
    expect_task(change(api, task, title=api.draw.title()).json, {"due_at": posted["due_at"].time})

    api.patch(f"/tasks/{task}", json={"due_at": None}).expect(200).has(due_at=None)
    expect_now(api, task, {"due_at": None})


# --- tasks.labels --------------------------------------------------------------------------------------------------


@requirement("tasks.labels")
def test_labels_are_trimmed_and_in_the_order_of_code_points(common: Board, column: int) -> None:
    """Capitals before small letters, these before accents, and those before what lies beyond U+FFFF."""
    api, word = common.owner.api, common.owner.api.draw.word()
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
def test_labels_of_a_patch_replace_the_whole_list(common: Board, column: int) -> None:
    """Some stay, some go, some come; none of them is left of an empty list."""
    api = common.owner.api
    old, kept, new = (api.draw.text(6) for _ in range(3))
    task = add_task(api, common.id, column, labels=[old, kept])

    for labels in ([new, kept], [kept], []):
        api.patch(f"/tasks/{task}", json={"labels": labels}).expect(200).has(labels=sorted(labels))
    expect_now(api, task, {"labels": []})


@requirement("tasks.labels")
def test_as_many_and_as_long_labels_as_allowed(common: Board, column: int) -> None:
    """Ten labels, of one character and of thirty, counted in code points after trimming."""
    longest = [f"  {letter * LONGEST_LABEL}  " for letter in "aş\N{OPEN BOOK}"]
    labels = [*longest, *"abcdefg"]
    posted = post_task(common.owner.api, common.id, column_id=column, labels=labels).expect(201)

    posted.has(labels=sorted(label.strip() for label in labels))


@requirement("tasks.labels")
def test_labels_that_break_a_rule_are_refused(common: Board, column: int) -> None:
    """Too many, twice the same, too long, blank, of control characters or of other types: 422, and nothing changes."""
    api, word = common.owner.api, common.owner.api.draw.word()
    before = whole(posted_task(api, common.id, column).json)
    too_many = [f"{word}{number}" for number in range(MOST_LABELS + 1)]
    both: Values = {"labels": (too_many, [word, word], ["a" * (LONGEST_LABEL + 1)])}
    posted: Values = {"labels": ([word, f" {word}\t"], [""], [f"{word}\n{word}"], [word, 7], None)}
    patched: Values = {
        "labels": ([word, "  "], [f"{word}\x00{word}"], [f"{word}\x7f{word}"], [None], [[word]], word, {word: word})
    }

    expect_refused(common, column, before["id"], "POST", both, posted)
    expect_refused(common, column, before["id"], "PATCH", both, patched)
    expect_now(api, before["id"], before)


# --- tasks.assignees -----------------------------------------------------------------------------------------------


@requirement("tasks.assignees")
def test_anybody_with_a_role_can_be_assigned(common: Board, column: int) -> None:
    """Owner, member and viewer, in ascending order; a PATCH replaces the whole list."""
    api, people = common.member.api, [common.owner.id, common.member.id, common.viewer.id]
    posted = post_task(api, common.id, column_id=column, assignee_ids=sorted(people, reverse=True)).expect(201)
    posted.has(assignee_ids=sorted(people))
    task = posted["id"].integer

    for some in ([], people[:1], people[1:]):
        api.patch(f"/tasks/{task}", json={"assignee_ids": some}).expect(200).has(assignee_ids=sorted(some))
    expect_now(api, task, {"assignee_ids": sorted(people[1:])})


@requirement("tasks.assignees")
def test_nobody_else_can_be_assigned(lonely: Board) -> None:
    """Strangers, who is only invited, ids of nobody, the same twice and other types: 422, and nothing changes."""
    api, me, stranger = lonely.owner.api, lonely.owner.id, lonely.stranger.id
    column = add_column(api, lonely.id)
    before = whole(posted_task(api, lonely.id, column, assignee_ids=[me]).json)
    invitation(lonely.owner, lonely.id, lonely.viewer.email)
    both: Values = {"assignee_ids": ([stranger], [lonely.viewer.id], [me, me], [some_id(api.draw)])}
    posted: Values = {"assignee_ids": ([me, stranger], [10**17], [str(me)], [True], me, None)}
    patched: Values = {"assignee_ids": ([0], [me + 0.5], [None], [[me]], str(me), {"id": me})}

    expect_refused(lonely, column, before["id"], "POST", both, posted)
    expect_refused(lonely, column, before["id"], "PATCH", both, patched)
    expect_now(api, before["id"], before)


@requirement("tasks.assignees")
def test_twenty_people_can_be_assigned_but_no_more(lonely: Board, database: Database) -> None:
    """Twenty are kept, the twenty-first is 422."""
    api, column = lonely.owner.api, add_column(lonely.owner.api, lonely.id)
    crowd = insert_members(database, api.draw, lonely.id, MOST_ASSIGNEES + 1)
    most = sorted(crowd[:MOST_ASSIGNEES])

    posted = post_task(api, lonely.id, column_id=column, assignee_ids=api.draw.shuffled(most)).expect(201)
    posted.has(assignee_ids=most)
    expect_invalid(post_task(api, lonely.id, column_id=column, assignee_ids=crowd), "assignee_ids")


@requirement("tasks.unassigned")
def test_who_loses_their_role_is_assigned_no_more(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """Not in any task of the project, and not again when they come back; others stay, and so do other projects and other roles."""
    api, owner, member, viewer = lonely.owner.api, lonely.owner, newcomer(), newcomer()
    other, everybody = new_project(owner)["id"].integer, sorted([owner.id, member.id, viewer.id])
    for project in (lonely.id, other):
        invite(owner, project, member)
        invite(owner, project, viewer, "viewer")
    here = add_column(api, lonely.id)
    tasks = add_tasks(api, lonely.id, here, 2, assignee_ids=everybody)
    elsewhere = add_task(api, other, add_column(api, other), assignee_ids=everybody)

    demoted(lonely, member)
    expect_assigned(api, tasks[0], everybody, "Who becomes a viewer still has a role, and their tasks.")
    removed(lonely, viewer, viewer)
    left = [id for id in everybody if id != viewer.id]
    expect_assigned(api, tasks[0], left, "Who leaves is no assignee any more, the others are.")
    removed(lonely, owner, member)
    for task in tasks:
        expect_assigned(api, task, [owner.id], "Who is removed is no assignee of any task, the others are.")
    expect_assigned(api, elsewhere, everybody, "Tasks of other projects keep their assignees.")
    expect_invalid(post_task(api, lonely.id, column_id=here, assignee_ids=[member.id]), "assignee_ids")
    invite(owner, lonely.id, member)
    expect_assigned(api, tasks[1], [owner.id], "Who comes back is not assigned again.")


# --- tasks.unassigned ----------------------------------------------------------------------------------------------


@requirement("tasks.unassigned")
def test_nobody_stays_assigned_who_is_removed_at_the_same_moment(lonely: Board, rounds: Rounds) -> None:
    """However a removal and an assignment meet, in the end nobody without a role is an assignee."""
    api, owner, member = lonely.owner.api, lonely.owner, lonely.member
    task = add_task(api, lonely.id, add_column(api, lonely.id), assignee_ids=[])

    for gate in rounds:
        invite(owner, lonely.id, member)
        patch = assigning(lonely.owner, task, [owner.id, member.id])
        leaving, *patched = race(partial(api.delete, f"{lonely.path}/members/{member.id}"), patch, patch, gate=gate)
        leaving.expect(204)
        for answer in patched:
            answer.expect(200, 422)
        left = api.get(f"/tasks/{task}").expect(200)["assignee_ids"]
        told = "Who has no role in the project is no assignee of its tasks."
        left.expect(member.id not in left.value, told, expected=f"without {member.id}")


# --- tasks.update --------------------------------------------------------------------------------------------------


@requirement("tasks.update")
def test_patch_changes_only_what_is_sent(common: Board) -> None:
    """Each field can be changed by itself; the others stay, and so do all tasks beside it."""
    api, column = common.member.api, add_column(common.member.api, common.id)
    beside, wanted = (
        whole(posted_task(api, common.id, column, assignee_ids=[common.viewer.id]).json) for _ in range(2)
    )
    new = different(api.draw, wanted) | {"assignee_ids": [common.owner.id]}

    for name in api.draw.shuffled(list(new)):
        answer = api.patch(f"/tasks/{wanted['id']}", json={name: new[name]}).expect(200)
        wanted |= {name: moments(new[name], name)}
        kept = {field: value for field, value in wanted.items() if field not in ("version", "updated_at")}
        expect_task(answer.json, kept)
    expect_now(api, wanted["id"], kept)
    expect_now(api, beside["id"], beside)


@requirement("tasks.update")
def test_an_empty_patch_changes_nothing(common: Board, column: int) -> None:
    """{} is 200 with the task as it was; so is a body of nothing but fields that this request does not have."""
    api, other = common.member.api, add_column(common.member.api, common.id)
    task = whole(posted_task(api, common.id, column).json)
    before = {name: value for name, value in task.items() if name not in ("version", "updated_at")}

    for body in ({}, {"column_id": other}, {"column_id": some_id(api.draw), api.draw.word(): [None]}):
        expect_task(api.patch(f"/tasks/{task['id']}", json=body).expect(200).json, before)
    expect_now(api, task["id"], before)


@requirement("tasks.update")
def test_a_change_with_one_bad_field_changes_nothing(common: Board, column: int) -> None:
    """Whatever rule one field breaks, the good ones beside it are not stored either; null is a value of due_at alone."""
    api = common.member.api
    before = whole(posted_task(api, common.id, column).json)
    broken = {
        "title": " ",
        "description": 7,
        "priority": "later",
        "due_at": "soon",
        "labels": ["a", "a"],
        "assignee_ids": [0],
    }

    for name in ("title", "description", "priority", "labels", "assignee_ids"):
        expect_invalid(api.patch(f"/tasks/{before['id']}", json={name: None}), name)
    for name, value in broken.items():
        new = different(api.draw, before) | {"assignee_ids": [common.owner.id], name: value}
        expect_invalid(api.patch(f"/tasks/{before['id']}", json=dict(api.draw.shuffled([*new.items()]))), name)
    expect_now(api, before["id"], before)


@requirement("tasks.update")
def test_a_task_in_a_bad_body_is_refused(common: Board, column: int) -> None:
    """Another media type is 415, what is no JSON 400, an array 422; no task comes of it and none is changed."""
    api = common.member.api
    before = whole(posted_task(api, common.id, column).json)
    task, tasks = f"/tasks/{before['id']}", f"{common.path}/tasks"
    as_text, as_json = {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}

    for method, path in (("PATCH", task), ("POST", tasks)):
        api.request(method, path, body=b'{"title": "a"}', headers=as_text).expect(415)
        expect_invalid(api.request(method, path, json=[before["title"]]), "body")
    for method, path in (("PATCH", task), ("POST", f"{task}/move")):
        api.request(method, path, body=b'{"title": "a"', headers=as_json).expect(400)
    expect_now(api, before["id"], before)


# --- tasks.delete --------------------------------------------------------------------------------------------------


@requirement("tasks.delete")
def test_the_tasks_behind_a_deleted_one_close_up(common: Board) -> None:
    """204 without a body; the others keep their order without a gap; what names nothing is 404, what is no number 422."""
    api = common.member.api
    column, other = add_columns(api, common.id, 2)
    model = Lists(common.id, {column: add_tasks(api, common.id, column, 4), other: add_tasks(api, common.id, other, 2)})

    expect_not_found(api.delete(f"/tasks/{some_id(api.draw)}"))
    expect_not_found(api.delete(f"/tasks/{10**30}"))
    expect_invalid(api.delete(f"/tasks/{model.tasks[0]}x"), "task_id")
    expect_lists(api, model, "A refused deletion deletes nothing.")
    for position in (1, 0):
        task = model.lists[column][position]
        api.delete(f"/tasks/{task}").expect(204).expect_empty()
        model.delete(task)
    expect_not_found(api.get(f"/tasks/{task}"))
    expect_lists(api, model, "The tasks behind a deleted one close up, the others stay.")
    post_task(api, common.id, column_id=column).expect(201).has(position=2)


@requirement("tasks.delete")
def test_a_deleted_task_is_gone_for_good(common: Board, column: int) -> None:
    """Nothing can be done with it any more, nobody gets its id, and its comments went with it; others keep theirs."""
    api = common.member.api
    gone, kept = add_tasks(api, common.id, column, 2)
    lost, stays = add_comment(api, gone), add_comment(api, kept)
    api.delete(f"/tasks/{gone}").expect(204)

    expect_not_found(api.delete(f"/tasks/{gone}"))
    expect_not_found(api.patch(f"/tasks/{gone}", json={"title": api.draw.title()}))
    expect_not_found(api.get(f"/tasks/{gone}/comments"))
    expect_not_found(api.patch(f"/comments/{lost}", json={"text": api.draw.word()}))
    api.patch(f"/comments/{stays}", json={"text": api.draw.word()}).expect(200)
    another = add_task(api, common.id, column)
    expect(another != gone, "An id is never used for another task.", actual=f"task {another} again")


# --- tasks.strangers and tasks.viewers -----------------------------------------------------------------------------


@requirement("tasks.strangers")
def test_strangers_find_nothing(common: Board) -> None:
    """404 for all of it to the owner of another project, and neither task nor column can be taken over from there; 401 without a token."""
    there, owner = Furnished(common, author=common.member), common.stranger
    mine = new_project(owner)["id"].integer
    column = add_column(owner.api, mine)
    task = add_task(owner.api, mine, column)

    for method, path, body in (*there.looks, *there.changes):
        expect_not_found(owner.api.request(method, path, json=body))
    expect_invalid(owner.api.post(f"/tasks/{task}/move", json={"column_id": there.column, "position": 0}), "column_id")
    expect_invalid(post_task(owner.api, mine, column_id=there.column), "column_id")
    expect_invalid(owner.api.patch(f"/tasks/{task}", json={"assignee_ids": [common.member.id]}), "assignee_ids")
    for method, path, body in (*there.looks, *there.changes):
        expect_unauthorized(owner.api.anonymous().request(method, path, json=body))
    there.expect_unchanged()


@requirement("tasks.strangers")
def test_who_lost_their_role_finds_nothing(lonely: Board) -> None:
    """From one request to the next: who was removed gets 404, for their own tasks and comments too."""
    invite(lonely.owner, lonely.id, lonely.member)
    there = Furnished(lonely, author=lonely.member)
    removed(lonely, lonely.owner, lonely.member)

    for method, path, body in (*there.looks, *there.own_changes):
        expect_not_found(lonely.member.api.request(method, path, json=body))


@requirement("tasks.viewers")
def test_viewers_see_everything_and_change_nothing(common: Board) -> None:
    """A viewer may look at all of it; what would change something is 403 and changes nothing; a member may do all of it."""
    there = Furnished(common, author=common.owner)

    for method, path, body in there.looks:
        common.viewer.api.request(method, path, json=body).expect(200)
    for method, path, body in there.changes:
        expect_forbidden(common.viewer.api.request(method, path, json=body))
    there.expect_unchanged()
    for method, path, body in there.changes:
        if not path.startswith("/comments/"):
            common.member.api.request(method, path, json=body).expect(200, 201, 204)


@requirement("tasks.viewers")
def test_a_new_viewer_changes_nothing_any_more(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """A member who is made a viewer loses the right to change, of their own tasks and comments too."""
    member = newcomer()
    invite(lonely.owner, lonely.id, member)
    there = Furnished(lonely, author=member)
    demoted(lonely, member)

    for method, path, body in there.own_changes:
        expect_forbidden(member.api.request(method, path, json=body))
    there.expect_unchanged()


# --- worlds --------------------------------------------------------------------------------------------------------


Step = tuple[str, str, Any]


class Furnished:
    """A board with two columns more, a task and a comment of *author*, and every request that concerns them."""

    def __init__(self, board: Board, author: Person) -> None:
        self._owner, self._board = board.owner.api, board
        draw = self._owner.draw
        self.column, empty = add_columns(self._owner, board.id, 2)
        task = whole(posted_task(author.api, board.id, self.column).json)
        comment = whole_comment(posted_comment(author.api, task["id"]).json)
        self._task = f"/tasks/{task['id']}"
        self._before = self._columns(), task, [comment]
        place = next(column["position"] for column in self._before[0] if column["id"] == empty)
        own = f"/comments/{comment['id']}"
        self.looks: list[Step] = [
            ("GET", f"{board.path}/columns", ...),
            ("GET", self._task, ...),
            ("GET", f"{self._task}/comments", ...),
            ("GET", f"{board.path}/activity", ...),
        ]
        self.own_changes: list[Step] = [
            ("PATCH", self._task, {"title": draw.title()}),
            ("POST", f"{self._task}/move", {"column_id": self.column, "position": 0}),
            ("POST", f"{self._task}/comments", {"text": draw.words(3)}),
            ("PATCH", own, {"text": draw.words(3)}),
            ("DELETE", own, ...),
            ("DELETE", self._task, ...),
        ]
        self.changes: list[Step] = [
            ("POST", f"{board.path}/columns", {"name": draw.title()}),
            ("PATCH", f"/columns/{self.column}", {"name": draw.title()}),
            ("POST", f"/columns/{self.column}/move", {"position": place}),  # the two change places, no other column
            ("DELETE", f"/columns/{empty}", ...),
            ("POST", f"{board.path}/tasks", a_task(draw, column_id=self.column)),
            *self.own_changes,
        ]

    def expect_unchanged(self) -> None:
        """Nothing of it is another than at the beginning, as the owner sees it."""
        comments = [whole_comment(comment) for comment in walk(self._owner, f"{self._task}/comments")]
        after = self._columns(), whole(self._owner.get(self._task).expect(200).json), comments
        for name, then, now in zip(("columns", "task", "comments"), self._before, after, strict=True):
            expect(same(then, now), f"A refused request changes nothing ({name}).", expected=f"{then}", actual=f"{now}")

    def _columns(self) -> list[dict[str, Any]]:
        columns = self._owner.get(f"{self._board.path}/columns").expect(200)["items"]
        return [{name: column[name].value for name in ("id", "name", "position")} for column in columns]


def expect_assigned(api: API, task: int, people: list[int], sentence: str) -> None:
    """The task has exactly these assignees."""
    seen = api.get(f"/tasks/{task}").expect(200)["assignee_ids"]
    seen.expect(seen.value == people, sentence, expected=people)


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


def expect_refused(board: Board, column: int, task: int, method: str, *wrong: Values) -> None:
    """Each of these values is 422 with the name of its field."""
    for values in wrong:
        for name, each in values.items():
            for value in each:
                expect_invalid(send(board.owner.api, method, board, column, task, {name: value}), name)


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
    users = f"insert into users (email, name, password_hash) values {values} returning id"
    memberships = "insert into memberships (project_id, user_id, role) select %s, unnest(%s), 'member'"
    try:
        ids = [id for (id,) in database.rows(users, *(value for person in people for value in person))]
        database.execute(memberships, project, ids)
    except Mismatch as mismatch:
        raise Blocked("database.columns", mismatch) from mismatch
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
