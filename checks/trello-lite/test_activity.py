"""Activity: what happened in a project, told exactly once and only if it did (CONTRACT.md §8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

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
    posted_task,
    remove,
    walk,
    whole,
)
from people import Board, expect_error, invitation, invite, new_project

from roadmap_cli.checking import API, Answer, Database, Draw, Gate, Json, blocked_by, expect, race, requirement

SAME_TIME = 5
# What only the inside of a server knows: SQL, drivers, tracebacks, names of source files.
INSIDE = re.compile(
    r"traceback|psycopg|sqlalchemy|sqlstate|plpgsql|insert into|P0001|\w\.(py|js|ts|java|go|rb|php|rs|cs|kt)[\"':,)\\]",
    re.IGNORECASE,
)
Wanted = tuple[str, int, int | None, dict[str, Any]]


# --- tasks.activity ------------------------------------------------------------------------------------------------


@requirement("tasks.activity")
def test_what_happens_to_a_task_is_told_newest_first(lonely: Board) -> None:
    """Posted, changed, moved, commented on and deleted: one entry each, with who did it, when, and what it was before; and nothing of elsewhere."""
    invite(lonely.owner, lonely.id, lonely.member)
    api, member, owner = lonely.member.api, lonely.member.id, lonely.owner.id
    column, other = add_columns(api, lonely.id, 2)
    before = len(happened(api, lonely.id))
    task = add_task(
        api,
        lonely.id,
        column,
        title="Old",
        priority="low",
        due_at="2031-01-01T00:00:00Z",
        labels=["b"],
        assignee_ids=[],
    )
    new = {
        "title": f" {api.draw.title()} ",
        "priority": "high",
        "due_at": None,
        "labels": ["c", "a"],
        "assignee_ids": [member, owner],
    }
    changed = change(lonely.owner.api, task, **new)
    elsewhere = new_project(lonely.owner)["id"].integer
    away = add_task(lonely.owner.api, elsewhere, add_column(lonely.owner.api, elsewhere))
    moved = move(api, task, column_id=other, position=0)
    add_comment(lonely.owner.api, task)
    remove(api, task)

    title = changed["title"].text
    entries = expect_entries(
        api,
        lonely.id,
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
    numbers = [entry["id"].integer for entry in entries]
    expect(numbers == sorted(numbers, reverse=True), "Newest first: by id, descending.", actual=numbers)
    for later, earlier in pairwise(entries[: len(entries) - before]):
        expect_utc(later["at"])
        expect_later(later["at"], earlier["at"].time, "at is the time at which it happened.")
    expect_entries(lonely.owner.api, elsewhere, [("task.created", owner, away, {})], 0)


@requirement("tasks.activity")
def test_only_what_changed_is_told(lonely: Board) -> None:
    """Of all fields that are sent the one that changes; of a move the position, the column or both; the place that the task got."""
    api, me = lonely.owner.api, lonely.owner.id
    column, other = add_columns(api, lonely.id, 2)
    posted = posted_task(api, lonely.id, column, due_at="2031-05-06T07:08:09Z", labels=["a", "b"])
    task, now = posted["id"].integer, whole(posted.json)
    add_tasks(api, lonely.id, column, 1)
    add_tasks(api, lonely.id, other, 1)
    before = len(happened(api, lonely.id))
    text, due = api.draw.words(3), "2032-05-06T09:08:09.25+02:00"
    same = {name: now[name] for name in ("title", "priority", "labels", "assignee_ids")}
    change(api, task, **same, description=text, due_at="2031-05-06T10:08:09+03:00")
    change(api, task, due_at=due)
    move(api, task, position=9)
    move(api, task, column_id=other, position=1)
    move(api, task, column_id=column, position=0)

    expect_entries(
        api,
        lonely.id,
        [
            ("task.updated", me, task, {"description": {"from": now["description"], "to": text}}),
            ("task.updated", me, task, {"due_at": {"from": "2031-05-06T07:08:09Z", "to": due}}),
            ("task.moved", me, task, {"position": {"from": 0, "to": 1}}),
            ("task.moved", me, task, {"column_id": {"from": column, "to": other}}),
            ("task.moved", me, task, {"column_id": {"from": other, "to": column}, "position": {"from": 1, "to": 0}}),
        ],
        before,
    )


# --- tasks.activity-members ----------------------------------------------------------------------------------------


@requirement("tasks.activity-members")
def test_who_joins_and_who_leaves_is_told(lonely: Board) -> None:
    """An accepted invitation, a removal and a leave; not open, declined and withdrawn invitations, nor refused removals."""
    owner, stranger, viewer = lonely.owner, lonely.stranger, lonely.viewer
    declined = invitation(owner, lonely.id, stranger.email)
    stranger.api.post(f"/invitations/{declined}/decline").expect(204)
    stranger.api.post(f"/invitations/{declined}/accept").expect(404)
    withdrawn = invitation(owner, lonely.id, stranger.email)
    owner.api.delete(f"{lonely.path}/invitations/{withdrawn}").expect(204)
    invitation(owner, lonely.id, lonely.member.email)
    invite(owner, lonely.id, stranger, "viewer")
    invite(owner, lonely.id, viewer, "member")
    viewer.api.delete(f"{lonely.path}/members/{stranger.id}").expect(403)
    owner.api.delete(f"{lonely.path}/members/{lonely.member.id}").expect(404)
    owner.api.delete(f"{lonely.path}/members/{owner.id}").expect(409)
    gone(owner.api.delete(f"{lonely.path}/members/{stranger.id}"))
    gone(viewer.api.delete(f"{lonely.path}/members/{viewer.id}"))

    expect_entries(
        owner.api,
        lonely.id,
        [
            ("member.joined", stranger.id, None, {"role": {"from": None, "to": "viewer"}}),
            ("member.joined", viewer.id, None, {"role": {"from": None, "to": "member"}}),
            ("member.left", owner.id, None, {"user_id": {"from": stranger.id, "to": None}}),
            ("member.left", viewer.id, None, {"user_id": {"from": viewer.id, "to": None}}),
        ],
        0,
    )


# --- tasks.activity-exact ------------------------------------------------------------------------------------------


@requirement("tasks.activity-exact")
def test_what_is_refused_or_changes_nothing_leaves_no_entry(lonely: Board) -> None:
    """Broken rules, viewers, strangers, stale versions, {} and moves to the same place are not told."""
    invite(lonely.owner, lonely.id, lonely.viewer, "viewer")
    api, column = lonely.owner.api, add_column(lonely.owner.api, lonely.id)
    now = posted_task(api, lonely.id, column, labels=["a", "b"])
    path = f"/tasks/{now['id'].integer}"
    add_task(api, lonely.id, column)
    before = len(happened(api, lonely.id))
    title, stale = {"title": api.draw.title()}, {"If-Match": '"9"'}
    api.patch(path, json={"title": " "}).expect(422)
    post_task(api, lonely.id, column_id=column, priority="none").expect(422)
    api.post(f"{path}/move", json={"position": -1}).expect(422)
    api.post(f"{path}/comments", json={"text": " "}).expect(422)
    lonely.viewer.api.patch(path, json=title).expect(403)
    lonely.stranger.api.delete(path).expect(404)
    api.patch(path, json=title, headers=stale).expect(412)
    api.post(f"{path}/move", json={"position": 1}, headers=stale).expect(412)
    api.delete(path, headers=stale).expect(412)
    api.patch(path, json={}).expect(200)
    api.patch(path, json={"title": now["title"].text, "labels": ["b", "a"]}).expect(200)
    api.post(f"{path}/move", json={"column_id": column, "position": 0}).expect(200)

    expect_entries(api, lonely.id, [], before)


@requirement("tasks.activity-exact")
def test_changes_at_the_same_moment_are_each_told_once(lonely: Board, gated: Gate) -> None:
    """Five titles at once: five entries, each of which begins from what another left; of five with one version one is told."""
    api = lonely.owner.api
    posted = posted_task(api, lonely.id, add_column(api, lonely.id))
    task, old, titles = posted["id"].integer, posted["title"].text, [api.draw.text(12) for _ in range(SAME_TIME)]
    changes = [partial(api.patch, f"/tasks/{task}", json={"title": title}) for title in titles]
    for answer in race(*changes, gate=gated):
        answer.expect(200)

    updates = [entry for entry in happened(api, lonely.id) if entry["action"].text == "task.updated"]
    follows = {entry["changes"]["title"]["from"].text: entry["changes"]["title"]["to"].text for entry in updates}
    seen = [old]
    while seen[-1] in follows and len(seen) <= SAME_TIME:
        seen.append(follows[seen[-1]])
    told = "Each change is told once, and begins from what the one before it left."
    right = len(updates) == SAME_TIME and sorted(seen[1:]) == sorted(titles)
    expect(right, told, expected=f"{titles} in some order, after {old}", actual=follows)
    now = api.get(f"/tasks/{task}").expect(200).has(title=seen[-1])

    headers = {"If-Match": f'"{now["version"].integer}"'}
    texts = [{"description": api.draw.text(12)} for _ in range(SAME_TIME)]
    answers = race(*[partial(api.patch, f"/tasks/{task}", json=text, headers=headers) for text in texts], gate=gated)
    made = [answer for answer in answers if answer.expect(200, 412).status == 200]
    entries = len(happened(api, lonely.id)) - SAME_TIME - 1
    expect(
        entries == len(made), "Each change leaves one entry, a refused one none.", expected=len(made), actual=entries
    )


# --- tasks.activity-atomic -----------------------------------------------------------------------------------------


@requirement("tasks.activity-atomic")
def test_a_task_that_cannot_be_stored_leaves_nothing(lonely: Board, database: Database) -> None:
    """If the database refuses the entry or the task, a POST is 500 and leaves neither task nor entry nor gap."""
    api, column = lonely.owner.api, add_column(lonely.owner.api, lonely.id)
    first = add_task(api, lonely.id, column)
    for table in ("activity", "tasks"):
        with refusing(database, api.draw, table, "insert", f"new.project_id = {lonely.id}") as secret:
            expect_internal_error(post_task(api, lonely.id, column_id=column), secret)

    expect_entries(api, lonely.id, [("task.created", lonely.owner.id, first, {})], 0)
    stored = database.value("select count(*) from tasks where project_id = %s", lonely.id)
    expect(stored == 1, "A task that cannot be told of is not stored.", expected="1 task", actual=f"{stored} tasks")
    post_task(api, lonely.id, column_id=column).expect(201).has(position=1)


@requirement("tasks.activity-atomic")
def test_a_change_that_cannot_be_told_of_or_made_is_neither(lonely: Board, database: Database) -> None:
    """If the database refuses the entry, or to change the task: 500, and all is as it was."""
    api, columns = lonely.owner.api, add_columns(lonely.owner.api, lonely.id, 2)
    posted = whole(posted_task(api, lonely.id, columns[0]).json)
    task = posted["id"]
    model = Lists(
        lonely.id,
        {
            columns[0]: [task, *add_tasks(api, lonely.id, columns[0], 1)],
            columns[1]: add_tasks(api, lonely.id, columns[1], 1),
        },
    )
    comment, before = add_comment(api, task), len(happened(api, lonely.id))
    with refusing(database, api.draw, "activity", "insert", f"new.project_id = {lonely.id}") as secret:
        for answer in attempts(api, task, columns[1]):
            expect_internal_error(answer, secret)
        expect_internal_error(api.post(f"/tasks/{task}/comments", json={"text": api.draw.word()}), secret)
    expect_now(api, task, posted)
    expect_lists(api, model, "A change that cannot be told of is not made.")
    with refusing(database, api.draw, "tasks", "update or delete", f"old.id = {task}") as secret:
        for answer in attempts(api, task, columns[1]):
            expect_internal_error(answer, secret)

    expect_lists(api, model, "A change that is refused half-way leaves every task where it was.")
    kept = [entry["id"].integer for entry in walk(api, f"/tasks/{task}/comments")]
    told = "A comment that cannot be told of is not stored, and those of a task that is not deleted stay."
    expect(kept == [comment], told, expected=[comment], actual=kept)
    expect_entries(api, lonely.id, [], before)
    for answer in attempts(api, task, columns[1]):
        answer.expect(200, 204)


@requirement("tasks.activity-atomic")
def test_nobody_joins_or_leaves_untold(lonely: Board, database: Database) -> None:
    """If the database refuses the entry, an accepted invitation and a removal are 500, and roles are as they were."""
    owner, stranger, member = lonely.owner, lonely.stranger, lonely.member
    invite(owner, lonely.id, member)
    number = invitation(owner, lonely.id, stranger.email)
    task = add_task(owner.api, lonely.id, add_column(owner.api, lonely.id), assignee_ids=[member.id])
    before = len(happened(owner.api, lonely.id))
    with refusing(database, owner.api.draw, "activity", "insert", f"new.project_id = {lonely.id}") as secret:
        expect_internal_error(stranger.api.post(f"/invitations/{number}/accept"), secret)
        expect_internal_error(owner.api.delete(f"{lonely.path}/members/{member.id}"), secret)

    stranger.api.get(lonely.path).expect(404)
    expect_now(member.api, task, {"assignee_ids": [member.id]})
    expect_entries(owner.api, lonely.id, [], before)
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


def expect_entries(api: API, project: int, wanted: list[Wanted], before: int) -> list[Json]:
    """Beside the *before* entries that were there, the activity tells exactly this, which happened in this order; all entries."""
    entries = happened(api, project)
    new = entries[: len(entries) - before][::-1]
    told = [entry["action"].text for entry in new]
    actions = [action for action, *_ in wanted]
    sentence = "Each of these leaves exactly one entry, and nothing else does."
    expect(told == actions, sentence, expected=actions or "no new entry", actual=told or "no new entry")
    for entry, (_action, user, task, changes) in zip(new, wanted, strict=True):
        entry.has(user_id=user, task_id=task)
        expect_changes(entry["changes"], changes)
    return entries


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
