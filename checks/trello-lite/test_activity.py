"""Activity: what happened in a project, told exactly once and only if it did (CONTRACT.md §8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from boards import (
    Lists,
    add_column,
    add_columns,
    add_comment,
    add_task,
    add_tasks,
    change,
    expect_later,
    expect_lists,
    expect_now,
    expect_utc,
    happened,
    move,
    moving,
    post_task,
    remove,
    task_now,
    walk,
)
from people import Board, expect_error, invitation, invite, new_project

from roadmap_cli.checking import API, Answer, Database, Draw, Json, blocked_by, expect, race, requirement

SAME_TIME = 6
# What only the inside of a server knows: SQL, drivers, tracebacks, names of source files.
INSIDE = re.compile(
    r"traceback|psycopg|sqlalchemy|sqlstate|plpgsql|insert into|P0001|\w\.(py|js|ts|java|go|rb|php|rs|cs|kt)[\"':,)\\]",
    re.IGNORECASE,
)
Wanted = tuple[str, int, int | None, dict[str, Any]]


# --- tasks.activity ------------------------------------------------------------------------------------------------


@requirement("tasks.activity")
def test_what_happens_to_a_task_is_told_newest_first(board: Board) -> None:
    """Posted, changed, moved, commented on and deleted: one entry each, with who did it and what it was before."""
    api, member, owner = board.member.api, board.member.id, board.owner.id
    column, other = add_columns(api, board.id, 2)
    before = len(happened(api, board.id))
    task = add_task(
        api, board.id, column, title="Old", priority="low", due_at="2031-01-01T00:00:00Z", labels=["b"], assignee_ids=[]
    )
    new = {
        "title": f" {api.draw.title()} ",
        "priority": "high",
        "due_at": None,
        "labels": ["c", "a"],
        "assignee_ids": [member, owner],
    }
    changed = change(board.owner.api, task, **new)
    moved = move(api, task, column_id=other, position=0)
    add_comment(board.owner.api, task)
    remove(api, task)

    title = changed["title"].text
    expect_entries(
        board.viewer.api,
        board.id,
        [
            ("task.created", member, task, {}),
            (
                "task.updated",
                owner,
                task,
                {
                    "title": {"from": "Old", "to": title},
                    "priority": {"from": "low", "to": "high"},
                    "due_at": {"from": "2031-01-01T00:00:00Z", "to": None},
                    "labels": {"from": ["b"], "to": ["a", "c"]},
                    "assignee_ids": {"from": [], "to": sorted([member, owner])},
                },
            ),
            ("task.moved", member, task, {"column_id": {"from": column, "to": moved["column_id"].integer}}),
            ("comment.created", owner, task, {}),
            ("task.deleted", member, task, {"title": {"from": title, "to": None}}),
        ],
        before,
    )


@requirement("tasks.activity")
def test_only_what_changed_is_told(board: Board) -> None:
    """A PATCH that sends every field and changes one tells that one; each field by itself, as it is answered."""
    api, column = board.member.api, add_column(board.member.api, board.id)
    task = add_task(api, board.id, column, due_at="2031-05-06T07:08:09Z")
    now, before = task_now(api, task), len(happened(api, board.id))
    text, due = api.draw.words(3), "2032-05-06T09:08:09.25+02:00"
    same = {name: now[name] for name in ("title", "priority", "labels", "assignee_ids")}
    change(api, task, **same, description=text, due_at="2031-05-06T10:08:09+03:00")
    change(api, task, due_at=due)

    expect_entries(
        api,
        board.id,
        [
            ("task.updated", board.member.id, task, {"description": {"from": now["description"], "to": text}}),
            ("task.updated", board.member.id, task, {"due_at": {"from": "2031-05-06T07:08:09Z", "to": due}}),
        ],
        before,
    )


@requirement("tasks.activity")
def test_a_move_tells_what_changed_of_the_place(board: Board) -> None:
    """The position within a column, the column alone, or both; the place that was asked for and the one that it got."""
    api, me = board.member.api, board.member.id
    column, other = add_columns(api, board.id, 2)
    task = add_tasks(api, board.id, column, 3)[0]
    add_tasks(api, board.id, other, 2)
    before = len(happened(api, board.id))
    move(api, task, position=9)
    move(api, task, column_id=other, position=2)
    move(api, task, column_id=column, position=0)

    expect_entries(
        api,
        board.id,
        [
            ("task.moved", me, task, {"position": {"from": 0, "to": 2}}),
            ("task.moved", me, task, {"column_id": {"from": column, "to": other}}),
            ("task.moved", me, task, {"column_id": {"from": other, "to": column}, "position": {"from": 2, "to": 0}}),
        ],
        before,
    )


@requirement("tasks.activity")
def test_an_entry_has_its_time_and_outlives_its_task(board: Board) -> None:
    """Times are in UTC and follow each other; all entries of a deleted task are still there, with its id."""
    api, column = board.owner.api, add_column(board.owner.api, board.id)
    task = add_task(api, board.id, column)
    change(api, task, title=api.draw.title())
    add_comment(api, task)
    remove(api, task)
    entries = walk(api, f"{board.path}/activity", limit=100)

    told = [entry["action"].text for entry in entries if entry["task_id"].value == task]
    wanted = ["task.deleted", "comment.created", "task.updated", "task.created"]
    expect(
        [name for name in told if name in wanted] == wanted,
        "Entries stay when their task goes.",
        expected=wanted,
        actual=told,
    )
    numbers = [entry["id"].integer for entry in entries]
    expect(numbers == sorted(numbers, reverse=True), "Newest first: by id, descending.", actual=numbers)
    for later, earlier in pairwise(entries):
        expect_utc(later["at"])
        if later["task_id"].value == earlier["task_id"].value == task:
            expect_later(later["at"], earlier["at"].time, "at is the time at which it happened.")


@requirement("tasks.activity")
def test_what_happens_elsewhere_is_not_told_here(board: Board) -> None:
    """The activity of a project holds nothing of another one, also of the same people."""
    other = new_project(board.owner)["id"].integer
    before = len(happened(board.owner.api, board.id))
    task = add_task(board.owner.api, other, add_column(board.owner.api, other))
    add_comment(board.owner.api, task)

    expect_entries(board.owner.api, board.id, [], before)
    expect_entries(
        board.owner.api,
        other,
        [("task.created", board.owner.id, task, {}), ("comment.created", board.owner.id, task, {})],
        0,
    )


# --- tasks.activity-members ----------------------------------------------------------------------------------------


@requirement("tasks.activity-members")
def test_who_joins_and_who_leaves_is_told(board: Board) -> None:
    """An accepted invitation, a removal and a leave: who did it, whom it concerns, and no task."""
    owner, stranger, viewer = board.owner, board.stranger, board.viewer
    before = len(happened(owner.api, board.id))
    invite(owner, board.id, stranger, "viewer")
    gone(owner.api.delete(f"{board.path}/members/{stranger.id}"))
    invite(owner, board.id, stranger, "member")
    gone(viewer.api.delete(f"{board.path}/members/{viewer.id}"))

    expect_entries(
        owner.api,
        board.id,
        [
            ("member.joined", stranger.id, None, {"role": {"from": None, "to": "viewer"}}),
            ("member.left", owner.id, None, {"user_id": {"from": stranger.id, "to": None}}),
            ("member.joined", stranger.id, None, {"role": {"from": None, "to": "member"}}),
            ("member.left", viewer.id, None, {"user_id": {"from": viewer.id, "to": None}}),
        ],
        before,
    )


@requirement("tasks.activity-members")
def test_who_does_not_join_or_leave_is_not_told(board: Board) -> None:
    """Open, declined and withdrawn invitations and refused removals leave no entry of somebody who came or went."""
    owner, stranger = board.owner, board.stranger
    before = len(happened(owner.api, board.id))
    declined = invitation(owner, board.id, stranger.email)
    stranger.api.post(f"/invitations/{declined}/decline").expect(204)
    stranger.api.post(f"/invitations/{declined}/accept").expect(404)
    withdrawn = invitation(owner, board.id, stranger.email)
    owner.api.delete(f"{board.path}/invitations/{withdrawn}").expect(204)
    invitation(owner, board.id, stranger.email)
    board.member.api.delete(f"{board.path}/members/{board.viewer.id}").expect(403)
    owner.api.delete(f"{board.path}/members/{stranger.id}").expect(404)
    owner.api.delete(f"{board.path}/members/{owner.id}").expect(409)

    expect_entries(owner.api, board.id, [], before)


# --- tasks.activity-exact ------------------------------------------------------------------------------------------


@requirement("tasks.activity-exact")
def test_what_is_refused_or_changes_nothing_leaves_no_entry(board: Board) -> None:
    """Broken rules, viewers, strangers, stale versions, {} and moves to the same place are not told."""
    api, column = board.member.api, add_column(board.member.api, board.id)
    task = add_tasks(api, board.id, column, 2)[0]
    now, before = task_now(api, task), len(happened(api, board.id))
    title, stale = {"title": api.draw.title()}, {"If-Match": '"9"'}
    api.patch(f"/tasks/{task}", json={"title": " "}).expect(422)
    post_task(api, board.id, column_id=column, priority="none").expect(422)
    api.post(f"/tasks/{task}/move", json={"position": -1}).expect(422)
    api.post(f"/tasks/{task}/comments", json={"text": " "}).expect(422)
    board.viewer.api.patch(f"/tasks/{task}", json=title).expect(403)
    board.viewer.api.post(f"/tasks/{task}/comments", json={"text": title["title"]}).expect(403)
    board.stranger.api.delete(f"/tasks/{task}").expect(404)
    api.patch(f"/tasks/{task}", json=title, headers=stale).expect(412)
    api.post(f"/tasks/{task}/move", json={"position": 1}, headers=stale).expect(412)
    api.delete(f"/tasks/{task}", headers=stale).expect(412)
    api.patch(f"/tasks/{task}", json={}).expect(200)
    api.patch(f"/tasks/{task}", json={"title": now["title"], "labels": now["labels"][::-1]}).expect(200)
    api.post(f"/tasks/{task}/move", json={"column_id": column, "position": 0}).expect(200)

    expect_entries(api, board.id, [], before)


@requirement("tasks.activity-exact")
def test_changes_at_the_same_moment_are_each_told_once(board: Board, concurrent: None) -> None:
    """Six titles at once: six entries, each of which begins from what another left."""
    api = board.owner.api
    task = add_task(api, board.id, add_column(api, board.id))
    old, titles = task_now(api, task)["title"], [api.draw.text(12) for _ in range(SAME_TIME)]
    for answer in race(*[partial(api.patch, f"/tasks/{task}", json={"title": title}) for title in titles]):
        answer.expect(200)

    updates = [entry for entry in happened(api, board.id) if entry["action"].text == "task.updated"]
    follows = {entry["changes"]["title"]["from"].text: entry["changes"]["title"]["to"].text for entry in updates}
    seen = [old]
    while seen[-1] in follows and len(seen) <= SAME_TIME:
        seen.append(follows[seen[-1]])
    told = "Each change is told once, and begins from what the one before it left."
    right = len(updates) == SAME_TIME and sorted(seen[1:]) == sorted(titles)
    expect(right, told, expected=f"{titles} in some order, after {old}", actual=follows)
    expect_now(api, task, {"title": seen[-1]})


@requirement("tasks.activity-exact")
def test_of_many_changes_with_one_version_one_is_told(board: Board, concurrent: None) -> None:
    """Who gets 412 leaves no entry."""
    api = board.owner.api
    task = add_task(api, board.id, add_column(api, board.id))
    before, headers = len(happened(api, board.id)), {"If-Match": '"1"'}
    titles = [api.draw.text(12) for _ in range(SAME_TIME)]
    answers = race(*[partial(api.patch, f"/tasks/{task}", json={"title": title}, headers=headers) for title in titles])
    made = [answer for answer in answers if answer.expect(200, 412).status == 200]

    entries = len(happened(api, board.id)) - before
    expect(
        entries == len(made), "Each change leaves one entry, a refused one none.", expected=len(made), actual=entries
    )


# --- tasks.activity-atomic -----------------------------------------------------------------------------------------


@requirement("tasks.activity-atomic")
@pytest.mark.parametrize("table", ["activity", "tasks"])
def test_a_task_that_cannot_be_stored_leaves_nothing(board: Board, database: Database, table: str) -> None:
    """If the database refuses the entry or the task, a POST is 500 and leaves neither task nor entry nor gap."""
    api, column = board.owner.api, add_column(board.owner.api, board.id)
    before, first = len(happened(api, board.id)), add_task(api, board.id, column)
    with refusing(database, api.draw, table, "insert", f"new.project_id = {board.id}") as secret:
        expect_internal_error(post_task(api, board.id, column_id=column), secret)

    expect_entries(api, board.id, [("task.created", board.owner.id, first, {})], before)
    stored = database.value("select count(*) from tasks where project_id = %s", board.id)
    expect(stored == 1, "A task that cannot be told of is not stored.", expected="1 task", actual=f"{stored} tasks")
    post_task(api, board.id, column_id=column).expect(201).has(position=1)


@requirement("tasks.activity-atomic")
def test_a_change_that_cannot_be_told_of_is_not_made(board: Board, database: Database) -> None:
    """If the database refuses the entry: PATCH, move, DELETE and a comment are 500, and all is as it was."""
    api, columns = board.owner.api, add_columns(board.owner.api, board.id, 2)
    model = Lists(
        board.id,
        {columns[0]: add_tasks(api, board.id, columns[0], 3), columns[1]: add_tasks(api, board.id, columns[1], 1)},
    )
    task = model.tasks[0]
    now, before = task_now(api, task), len(happened(api, board.id))
    with refusing(database, api.draw, "activity", "insert", f"new.project_id = {board.id}") as secret:
        for answer in attempts(api, task, columns[1]):
            expect_internal_error(answer, secret)
        posted = api.post(f"/tasks/{task}/comments", json={"text": api.draw.word()})
        expect_internal_error(posted, secret)

    expect_now(api, task, now)
    expect_lists(api, model, "A change that cannot be told of is not made.")
    expect(not walk(api, f"/tasks/{task}/comments"), "A comment that cannot be told of is not stored.")
    expect_entries(api, board.id, [], before)


@requirement("tasks.activity-atomic")
def test_a_change_that_cannot_be_made_is_not_told(board: Board, database: Database) -> None:
    """If the database refuses to change the task: PATCH, move and DELETE are 500, nothing has moved, nothing is told."""
    api, columns = board.owner.api, add_columns(board.owner.api, board.id, 2)
    model = Lists(
        board.id,
        {columns[0]: add_tasks(api, board.id, columns[0], 3), columns[1]: add_tasks(api, board.id, columns[1], 1)},
    )
    task = model.tasks[0]
    comment = add_comment(api, task)
    now, before = task_now(api, task), len(happened(api, board.id))
    with refusing(database, api.draw, "tasks", "update or delete", f"old.id = {task}") as secret:
        for answer in attempts(api, task, columns[1]):
            expect_internal_error(answer, secret)

    expect_now(api, task, now)
    expect_lists(api, model, "A change that is refused half-way leaves every task where it was.")
    kept = [entry["id"].integer for entry in walk(api, f"/tasks/{task}/comments")]
    expect(kept == [comment], "The comments of a task that is not deleted stay.", expected=[comment], actual=kept)
    expect_entries(api, board.id, [], before)
    for answer in attempts(api, task, columns[1]):
        answer.expect(200, 204)


@requirement("tasks.activity-atomic")
def test_nobody_joins_or_leaves_untold(board: Board, database: Database) -> None:
    """If the database refuses the entry, an accepted invitation and a removal are 500, and roles are as they were."""
    owner, stranger, member = board.owner, board.stranger, board.member
    number = invitation(owner, board.id, stranger.email)
    task = add_task(owner.api, board.id, add_column(owner.api, board.id), assignee_ids=[member.id])
    before = len(happened(owner.api, board.id))
    with refusing(database, owner.api.draw, "activity", "insert", f"new.project_id = {board.id}") as secret:
        expect_internal_error(stranger.api.post(f"/invitations/{number}/accept"), secret)
        expect_internal_error(owner.api.delete(f"{board.path}/members/{member.id}"), secret)

    stranger.api.get(board.path).expect(404)
    member.api.get(board.path).expect(200)
    expect_now(owner.api, task, {"assignee_ids": [member.id]})
    expect_entries(owner.api, board.id, [], before)
    stranger.api.post(f"/invitations/{number}/accept").expect(200)


# --- worlds and expectations ---------------------------------------------------------------------------------------


def attempts(api: API, task: int, column: int) -> Iterator[Answer]:
    """A PATCH, a move and a DELETE, each of which changes something."""
    yield api.patch(f"/tasks/{task}", json={"title": api.draw.text(9), "labels": [api.draw.text(5)]})
    yield moving(api, task, column, 0)()
    yield api.delete(f"/tasks/{task}")


def gone(answer: Answer) -> None:
    """Somebody lost their role, as part of a world."""
    if answer.status != 204:
        blocked_by("projects.leave", "Nobody could be removed for this check.", answer=answer)


@contextmanager
def refusing(database: Database, draw: Draw, table: str, on: str, condition: str) -> Iterator[str]:
    """Inside, the database refuses what fits *condition*, in words that the yielded secret is part of."""
    name, secret = f"trouble_{draw.text(10)}", f"{draw.text(9)} {draw.text(9)}"
    returned = "return new" if on == "insert" else "if tg_op = 'DELETE' then return old; end if; return new"
    database.execute(
        f"create function public.{name}() returns trigger language plpgsql as $$ begin"
        f" if {condition} then raise exception '{secret}'; end if; {returned}; end $$"
    )
    try:
        database.execute(
            f"create trigger {name} before {on} on public.{table} for each row execute function public.{name}()"
        )
        yield secret
    finally:
        database.execute(f"drop function public.{name}() cascade")


def expect_entries(api: API, project: int, wanted: list[Wanted], before: int) -> None:
    """Beside the *before* entries that were there, the activity tells exactly this, which happened in this order."""
    entries = happened(api, project)
    new = entries[: len(entries) - before][::-1]
    told = [entry["action"].text for entry in new]
    actions = [action for action, *_ in wanted]
    sentence = "Each of these leaves exactly one entry, and nothing else does."
    expect(told == actions, sentence, expected=actions or "no new entry", actual=told or "no new entry")
    for entry, (_action, user, task, changes) in zip(new, wanted, strict=True):
        entry.has(user_id=user, task_id=task)
        expect_changes(entry["changes"], changes)


def expect_changes(changes: Json, wanted: dict[str, Any]) -> None:
    """Exactly these fields, from and to exactly these values; times as moments."""
    names = sorted(changes.keys())
    changes.expect(names == sorted(wanted), "changes tells the fields whose value changed.", expected=sorted(wanted))
    for name, ends in wanted.items():
        for end, value in ends.items():
            if name == "due_at" and value is not None:
                same = changes[name][end].time == datetime.fromisoformat(value)
                changes[name][end].expect(same, "The time is the same moment.", expected=value)
                expect_utc(changes[name][end])
            else:
                changes[name][end].equals(value)


def expect_internal_error(answer: Answer, secret: str) -> None:
    """The answer is 500 in the body of CONTRACT.md §2 and tells nothing of the inside."""
    expect_error(answer, 500, "internal_error")
    found = INSIDE.search(answer.text) or re.search(re.escape(secret), answer.text)
    seen = found.group() if found else ""
    expect(
        not found,
        "An internal error tells nothing of the inside.",
        expected="no such words",
        actual=seen,
        answer=answer,
    )
