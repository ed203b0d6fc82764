"""The words of a board that its checks share: columns, tasks, their places, and what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from people import expect_error

from roadmap_cli.checking import API, Answer, Draw, Json, blocked_by, expect, fail

FIELDS = (
    "id",
    "project_id",
    "column_id",
    "position",
    "title",
    "description",
    "priority",
    "due_at",
    "labels",
    "assignee_ids",
    "created_by",
    "created_at",
    "updated_at",
    "version",
)
COMMENT = ("id", "task_id", "author_id", "text", "created_at", "edited_at")
PRIORITIES = ("low", "normal", "high", "urgent")
TIMES = ("due_at", "created_at", "updated_at", "edited_at", "at")
# Those that the server's clock gives; a POST may tell them with other digits than a GET.
CLOCK_TIMES = ("created_at", "updated_at", "edited_at", "at")
# What must be in the activity of a project; entries of other names are free (CONTRACT.md §8).
ACTIONS = frozenset(
    {
        "task.created",
        "task.updated",
        "task.moved",
        "task.deleted",
        "comment.created",
        "member.joined",
        "member.left",
    }
)
# A clock may be read once for the answer and once for the row, and kept with fewer digits.
MOMENT = timedelta(milliseconds=2)
MOST_PAGES = 60


# --- what is sent --------------------------------------------------------------------------------------------------


def a_task(draw: Draw, **fields: Any) -> dict[str, Any]:
    """The body of a POST of a task that nothing is wrong with, but for its column; *fields* replace some of it."""
    return {
        "title": draw.title(),
        "description": draw.words(5),
        "priority": draw.pick(PRIORITIES),
        "due_at": rfc3339(moment(draw)),
        "labels": sorted({draw.word() for _ in range(2)}),
    } | fields


def moment(draw: Draw) -> datetime:
    """Some microsecond of this century, in UTC."""
    start = datetime(2001, 1, 1, tzinfo=UTC)
    return start + timedelta(days=draw.integer(0, 36_000), microseconds=draw.integer(0, 86_399_999_999))


def rfc3339(time: datetime) -> str:
    """The time as CONTRACT.md §2 has it in requests."""
    return time.isoformat().replace("+00:00", "Z")


# --- worlds --------------------------------------------------------------------------------------------------------


def add_column(api: API, project: int, **fields: Any) -> int:
    """The id of a new column, as part of a world."""
    answer = api.post(f"/projects/{project}/columns", json={"name": api.draw.title()} | fields)
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("tasks.columns", "A column could not be made for this check.", answer=answer)
    return answer["id"].integer


def add_columns(api: API, project: int, count: int) -> list[int]:
    """The ids of so many new columns, in the order of their positions."""
    return _different([add_column(api, project) for _ in range(count)], "tasks.columns")


def add_task(api: API, project: int, column: int, **fields: Any) -> int:
    """The id of a new task, as part of a world."""
    return posted_task(api, project, column, **fields)["id"].integer


def posted_task(api: API, project: int, column: int, **fields: Any) -> Answer:
    """A new task, as part of a world; the answer is the task."""
    answer = post_task(api, project, column_id=column, **fields)
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("tasks.create", "A task could not be posted for this check.", answer=answer)
    return answer


def add_tasks(api: API, project: int, column: int, count: int, **fields: Any) -> list[int]:
    """The ids of so many new tasks, in the order of their positions."""
    return _different([add_task(api, project, column, **fields) for _ in range(count)], "tasks.create")


def add_comment(api: API, task: int, **fields: Any) -> int:
    """The id of a new comment, as part of a world."""
    return posted_comment(api, task, **fields)["id"].integer


def posted_comment(api: API, task: int, **fields: Any) -> Answer:
    """A new comment, as part of a world; the answer is the comment."""
    answer = api.post(f"/tasks/{task}/comments", json={"text": api.draw.words(4)} | fields)
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("tasks.comments", "A comment could not be posted for this check.", answer=answer)
    return answer


def change(api: API, task: int, **fields: Any) -> Answer:
    """PATCH a task, as part of a world; the answer is the task."""
    return _done(
        api.patch(f"/tasks/{task}", json=fields), "tasks.update", "A task could not be changed for this check."
    )


def move(api: API, task: int, **place: int) -> Answer:
    """Move a task, as part of a world; the answer is the task."""
    return _done(api.post(f"/tasks/{task}/move", json=place), "tasks.move", "A task could not be moved for this check.")


def remove(api: API, task: int) -> None:
    """Delete a task, as part of a world."""
    answer = api.delete(f"/tasks/{task}")
    if answer.status != 204:
        blocked_by("tasks.delete", "A task could not be deleted for this check.", answer=answer)


def task_now(api: API, task: int) -> dict[str, Any]:
    """All fields of a task as GET tells them, as part of a world; times as moments."""
    answer = api.get(f"/tasks/{task}")
    if answer.status != 200:
        blocked_by("tasks.create", "A task could not be read for this check.", answer=answer)
    return whole(answer.json)


def post_task(api: API, project: int, **fields: Any) -> Answer:
    """The answer to a POST of a task that nothing is wrong with but *fields*."""
    return api.post(f"/projects/{project}/tasks", json=a_task(api.draw, **fields))


def posting(api: API, project: int, column: int, **fields: Any) -> Callable[[], Answer]:
    """A POST of a task, ready for a race: what is random about it is drawn now, not in a thread."""
    body = a_task(api.draw, column_id=column, **fields)
    return partial(api.post, f"/projects/{project}/tasks", json=body)


def moving(api: API, task: int, column: int, position: int) -> Callable[[], Answer]:
    """A move of a task, ready for a race."""
    return partial(api.post, f"/tasks/{task}/move", json={"column_id": column, "position": position})


def _different(ids: list[int], requirement: str) -> list[int]:
    if len(set(ids)) < len(ids):
        blocked_by(requirement, f"What is new got an id that is taken, among {ids}, so this could not be judged.")
    return ids


def _done(answer: Answer, requirement: str, sentence: str) -> Answer:
    if answer.status != 200:
        blocked_by(requirement, sentence, answer=answer)
    return answer


# --- what is answered ----------------------------------------------------------------------------------------------


def whole(task: Json) -> dict[str, Any]:
    """All fields of a task; times as moments."""
    return {name: _value(task, name) for name in FIELDS}


def whole_comment(comment: Json) -> dict[str, Any]:
    """All fields of a comment; times as moments."""
    return {name: _value(comment, name) for name in COMMENT}


def expect_task(task: Json, wanted: Mapping[str, Any]) -> None:
    """The task has exactly these values; times are compared as moments."""
    for name, value in wanted.items():
        if isinstance(value, datetime):
            told = "The time is the same moment."
            task[name].expect(same(task[name].time, value, name), told, expected=rfc3339(value))
        else:
            task[name].equals(value)


def same(one: Any, other: Any, name: str = "") -> bool:
    """Equal values of a field, or equal tasks, comments or lists of them; but for a moment in what a clock gave."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) <= (MOMENT if name in CLOCK_TIMES else timedelta(0))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[each], other[each], each) for each in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def expect_now(api: API, task: int, wanted: Mapping[str, Any]) -> None:
    """GET tells of the task what is wanted."""
    expect_task(api.get(f"/tasks/{task}").expect(200).json, wanted)


def expect_utc(time: Json) -> None:
    """The time is written in UTC."""
    time.expect(time.time.utcoffset() == timedelta(0), "Times are in UTC: they end in Z or +00:00.", expected="...Z")


def expect_later(time: Json, before: datetime, sentence: str) -> None:
    """The time is later; the same is fine for a clock that shows no microseconds."""
    same = time.time == before and before.microsecond % 1000 == 0
    time.expect(same or time.time > before, sentence, expected=f"after {rfc3339(before)}")


def expect_conflict(answer: Answer, code: str) -> Answer:
    """409 with *code*."""
    return expect_error(answer, 409, code)


def expect_stale(answer: Answer) -> Answer:
    """412, because If-Match named another version."""
    return expect_error(answer, 412, "version_mismatch")


def ids(answer: Answer) -> list[int]:
    """The ids of a list's entries, in its order."""
    return [entry["id"].integer for entry in answer.expect(200)["items"]]


def _value(entry: Json, name: str) -> Any:
    node = entry[name]
    return node.time if name in TIMES and not node.is_null else node.value


# --- the order of columns and tasks --------------------------------------------------------------------------------


class Lists:
    """What the order of tasks must be: a list of ids for each column, with which nothing can go wrong."""

    def __init__(self, project: int, lists: Mapping[int, Iterable[int]]) -> None:
        self.project = project
        self.lists = {column: list(tasks) for column, tasks in lists.items()}

    @property
    def tasks(self) -> list[int]:
        """All tasks, in no order that matters."""
        return [task for tasks in self.lists.values() for task in tasks]

    def place(self, task: int) -> tuple[int, int]:
        """Column and position."""
        column = next(column for column, tasks in self.lists.items() if task in tasks)
        return column, self.lists[column].index(task)

    def move(self, task: int, column: int, position: int) -> None:
        """Take it out where it is, and put it in where it shall be, at the end if that is behind the end."""
        self.delete(task)
        self.lists[column].insert(position, task)

    def delete(self, task: int) -> None:
        """Take it out where it is."""
        self.lists[self.place(task)[0]].remove(task)


def lists_now(api: API, project: int, tasks: Iterable[int], columns: Iterable[int]) -> Lists:
    """The order that the server tells; positions are 0, 1, 2 … without gaps or doubles, or the check fails."""
    found: dict[int, dict[int, int]] = {column: {} for column in columns}
    listed = _listed(api, project, found)
    for task in tasks:
        column, position = listed.get(task) or _place(api, task)
        expect(column in found, "A task stands in a column of its project.", expected=list(found), actual=column)
        twin = found[column].setdefault(position, task)
        sentence = "No two tasks of a column have the same position."
        expect(twin == task, sentence, actual=f"tasks {twin} and {task} both at position {position}")
    for at in found.values():
        sentence = "The positions of a column's tasks are 0, 1, 2 … without gaps."
        expect(sorted(at) == [*range(len(at))], sentence, expected=[*range(len(at))], actual=sorted(at))
    return Lists(project, {column: [at[position] for position in sorted(at)] for column, at in found.items()})


def expect_lists(api: API, wanted: Lists, sentence: str) -> None:
    """Every task stands where it must."""
    seen = lists_now(api, wanted.project, wanted.tasks, wanted.lists)
    expect(seen.lists == wanted.lists, sentence, expected=_shown(wanted), actual=_shown(seen))


def columns_now(api: API, project: int) -> list[int]:
    """The columns of a project in their order; positions are 0, 1, 2 … without gaps, or the check fails."""
    answer = api.get(f"/projects/{project}/columns").expect(200)
    positions = [column["position"].integer for column in answer["items"]]
    sentence = "The positions of a project's columns are 0, 1, 2 … without gaps, and the list goes by them."
    expect(positions == [*range(len(positions))], sentence, actual=positions, answer=answer)
    return ids(answer)


def expect_columns(api: API, project: int, wanted: list[int], sentence: str) -> None:
    """The project has exactly these columns, in this order."""
    seen = columns_now(api, project)
    expect(seen == wanted, sentence, expected=f"columns {wanted}", actual=f"columns {seen}")


def _listed(api: API, project: int, columns: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Where the list of each column has its tasks; nothing as long as there is no such list (it is quicker, no more)."""
    places: dict[int, tuple[int, int]] = {}
    for column in columns:
        answer = api.get(f"/projects/{project}/tasks", query={"column_id": column, "limit": 100})
        if answer.status != 200:
            break
        for task in answer["items"]:
            places[task["id"].integer] = task["column_id"].integer, task["position"].integer
    return places


def _place(api: API, task: int) -> tuple[int, int]:
    answer = api.get(f"/tasks/{task}").expect(200)
    return answer["column_id"].integer, answer["position"].integer


def _shown(lists: Lists) -> str:
    return "; ".join(f"column {column}: {tasks}" for column, tasks in lists.lists.items())


# --- what happened -------------------------------------------------------------------------------------------------


def happened(api: API, project: int) -> list[Json]:
    """The entries of the contract's names in the activity of a project, newest first."""
    return [entry for entry in walk(api, f"/projects/{project}/activity", limit=100) if entry["action"].text in ACTIONS]


def walk(api: API, path: str, **query: Any) -> list[Json]:
    """All entries of a list by cursor."""
    entries: list[Json] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = api.get(path, query=query | {"cursor": cursor}).expect(200)
        entries += page["items"]
        if page["next_cursor"].is_null:
            return entries
        cursor = page["next_cursor"].text
    fail(
        "A walk by next_cursor comes to an end.", expected="null", actual=f"more after {MOST_PAGES} pages", answer=page
    )
