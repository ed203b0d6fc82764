"""What a list of tasks must hold: the filters and orders of CONTRACT.md §9, kept in plain Python beside the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from boards import PRIORITIES, add_task, moment, rfc3339
from people import Person

from roadmap_cli.checking import API, Answer, Draw, blocked_by, expect

# What is asked for: names may be there several times, as `label` may.
Query = Sequence[tuple[str, str | int]]

MOST_PAGES = 100
LONGEST_CURSOR = 2048


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A task as it was posted."""

    id: int = 0
    project: int
    column: int
    title: str
    description: str = ""
    priority: str = "normal"
    due_at: datetime | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[int, ...] = ()
    created_by: int = 0

    @property
    def body(self) -> dict[str, Any]:
        """What is posted."""
        return {
            "title": self.title,
            "description": self.description,
            "priority": self.priority,
            "due_at": rfc3339(self.due_at) if self.due_at else None,
            "labels": list(self.labels),
            "assignee_ids": list(self.assignees),
        }

    def post(self, author: Person) -> Kept:
        """The same task, posted by *author*, as part of a world."""
        id = add_task(author.api, self.project, self.column, **self.body)
        return replace(self, id=id, created_by=author.id)


def mixed(draw: Draw, words: Sequence[str], people: Sequence[int], **fields: Any) -> Kept:
    """A task in which much repeats: titles and priorities, moments that are apart by a microsecond, or none at all."""
    return Kept(
        title=draw.pick(words).capitalize(),
        description=" ".join(draw.pick(words) for _ in range(draw.integer(0, 4))),
        priority=draw.pick(PRIORITIES),
        labels=tuple(draw.sample(words, draw.integer(0, 3))),
        assignees=tuple(draw.sample(people, draw.integer(0, len(people)))),
        **fields,
    )


def some_moments(draw: Draw) -> list[datetime | None]:
    """Moments to pick from: two that differ in the last digit, the later one second, some days, and, as often, none."""
    one, other, third = (moment(draw).replace(microsecond=draw.integer(0, 99) * 10_000) for _ in range(3))
    return [one, one.replace(microsecond=one.microsecond + 1), other, third, None, None]


# --- what must be found --------------------------------------------------------------------------------------------


def matching(tasks: Iterable[Kept], query: Query) -> list[Kept]:
    """The tasks that all parameters keep."""
    return [task for task in tasks if all(_keeps(task, name, str(value)) for name, value in query)]


def in_order(tasks: Iterable[Kept], sort: str = "id") -> list[int]:
    """The ids of the tasks in the order of *sort*; ties by id, ascending, in both directions."""
    by_id = sorted(tasks, key=lambda task: task.id)
    name, is_descending = sort.lstrip("-"), sort.startswith("-")
    if name == "due_at":
        timed, untimed = [t for t in by_id if t.due_at], [t for t in by_id if not t.due_at]
        return [t.id for t in _sorted(timed, name, is_descending)] + [t.id for t in untimed]
    return [task.id for task in _sorted(by_id, name, is_descending)]


def sort_key(task: Kept, name: str) -> Any:
    """What a sort compares, but for a missing time."""
    return PRIORITIES.index(task.priority) if name == "priority" else getattr(task, name)


def _sorted(tasks: list[Kept], name: str, is_descending: bool) -> list[Kept]:
    """Stable in both directions: *reverse* keeps the order of what is equal."""
    return sorted(tasks, key=lambda task: sort_key(task, name), reverse=is_descending)


def _keeps(task: Kept, name: str, value: str) -> bool:
    match name:
        case "q":
            text = f"{task.title}\n{task.description}".lower()
            return all(word in text for word in value.lower().split())
        case "column_id":
            return task.column == int(value)
        case "assignee_id":
            return not task.assignees if value == "none" else int(value) in task.assignees
        case "label":
            return value in task.labels
        case "priority":
            return task.priority in value.split(",")
        case "created_by":
            return task.created_by == int(value)
        case "due_from":
            return task.due_at is not None and datetime.fromisoformat(value) <= task.due_at
        case "due_before":
            return task.due_at is not None and task.due_at < datetime.fromisoformat(value)
        case _:
            return True  # limit, offset and sort keep all


# --- asking --------------------------------------------------------------------------------------------------------


def ask(api: API, path: str, query: Query) -> Answer:
    """GET a list with these parameters, in this order."""
    return api.get(f"{path}?{urlencode(query)}" if query else path)


def found(answer: Answer) -> list[int]:
    """The ids of the entries, in their order."""
    return [entry["id"].integer for entry in answer.expect(200)["items"]]


def expect_found(api: API, path: str, query: Query, wanted: Iterable[int], sentence: str) -> None:
    """The list holds exactly these tasks, in whatever order."""
    answer = ask(api, path, [*query, ("limit", 100)])
    seen, told = sorted(found(answer)), sorted(wanted)
    expect(seen == told, sentence, expected=f"tasks {told}", actual=f"tasks {seen}", answer=answer)


def expect_order(api: API, path: str, query: Query, wanted: list[int], sentence: str) -> None:
    """The list holds exactly these tasks, in this order."""
    answer = ask(api, path, [*query, ("limit", 100)])
    seen = found(answer)
    expect(seen == wanted, sentence, expected=f"tasks {wanted}", actual=f"tasks {seen}", answer=answer)


# --- walking -------------------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """A walk through a list by cursor, one page after the other."""

    api: API
    path: str
    query: Query
    limit: int
    seen: list[int] = field(default_factory=list)
    cursor: str | None = None
    is_over: bool = False

    def page(self) -> list[int]:
        """The next page, also added to what was seen."""
        cursor: Query = [("cursor", self.cursor)] if self.cursor is not None else []
        answer = ask(self.api, self.path, [*self.query, ("limit", self.limit), *cursor])
        page, following = found(answer), answer["next_cursor"]
        expect(len(page) <= self.limit, "A page has at most limit entries.", actual=len(page), answer=answer)
        self.is_over = following.is_null
        if not self.is_over:
            following.expect(len(following.text) <= LONGEST_CURSOR, "A cursor has at most 2048 characters.")
            self.cursor = following.text
        self.seen += page
        return page

    def to_the_end(self) -> list[int]:
        """All that is seen from here on to the last page."""
        for _ in range(MOST_PAGES):
            if self.is_over:
                break
            self.page()
        expect(self.is_over, "A walk by next_cursor comes to an end.", actual=f"more after {MOST_PAGES} pages")
        return self.seen


def expect_listable(api: API, path: str, requirement: str) -> None:
    """The list is there at all; otherwise this waits for *requirement*."""
    answer = api.get(path)
    if answer.status != 200 or "items" not in answer.json:
        blocked_by(requirement, "There is no such list yet.", answer=answer)
