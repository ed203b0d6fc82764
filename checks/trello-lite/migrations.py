"""One walk up and down the learner's migrations, whose stations the checks of §11 look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from people import invite, new_project, sign_up

from roadmap_cli.checking import API, Commands, Database, Finished, Schema, Server, blocked_by, expect, fail
from roadmap_cli.checking.schemas import of_a_tool

# The columns whose rows a step back and forth must keep: what the examination and every client know of them.
KEPT = {
    "users": ("id", "email", "name", "password_hash", "created_at"),
    "projects": ("id", "name", "description", "created_at"),
    "memberships": ("project_id", "user_id", "role", "joined_at"),
    "tasks": ("id", "project_id", "column_id", "title", "priority", "due_at", "version"),
}
TABLES = (*KEPT, "task_assignees", "comments", "activity")

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, kw_only=True)
class Station:
    """What there is after a command: how it ended, the schema without the tool's own tables, and the rows to be kept."""

    finished: Finished
    schema: Schema
    rows: Rows


@dataclass(frozen=True)
class Step:
    """A command of the walk, and the requirement that judges whether it works."""

    command: str
    requirement: str


# In this order, on one database; every command is a process, and starting one is dear.
WALK = {
    "up": Step("migrate", "database.migrate"),
    "again": Step("migrate", "database.migrate"),
    "back": Step("migrate_back", "database.back"),
    "forth": Step("migrate", "database.back"),
    "down": Step("migrate_down", "database.down"),
    "up again": Step("migrate", "database.down"),
}


class Walk:
    """Goes as far as somebody asks, once; between the first two stations a server writes rows."""

    def __init__(self, commands: Commands, database: Database, second_server: Callable[..., Server], api: API) -> None:
        self._commands = commands
        self._second_server = second_server
        self._api = api
        self._stations: dict[str, Station] = {}
        self._worlds = 0
        self.database = database

    def run(self, command: str, **environment: str) -> Finished:
        """Run a command on the walk's database, or on another."""
        return self._commands.run(command, environment={"DATABASE_URL": self.database.url, **environment})

    def at(self, name: str, *, judging: str) -> Station:
        """The station *name*. A command on the way that fails is a failure of *judging* or blocks it."""
        for each, step in WALK.items():
            if each not in self._stations:
                self._stations[each] = self._next(each, step)
            finished = self._stations[each].finished
            if finished.status != 0 or finished.ended:
                self._stop(finished, step, judging)
            if each == name:
                break
        return self._stations[name]

    def _next(self, name: str, step: Step) -> Station:
        if name == "again":
            self._write_rows()
        finished = self.run(step.command)
        schema = self.database.schema()
        tool = of_a_tool(schema.tables, contract=TABLES)
        rows = {table: self._rows(table) for table in KEPT if table in schema.tables}
        return Station(finished=finished, schema=schema.without(tool), rows=rows)

    def _stop(self, finished: Finished, step: Step, judging: str) -> None:
        sentence = f"The command {step.command} ends with 0."
        if step.requirement == judging:
            finished.expect_success(sentence)
        blocked_by(step.requirement, sentence)

    def _write_rows(self) -> None:
        """People, a project and tasks, by way of the server: how a task is stored is its own affair."""
        with self._second_server(DATABASE_URL=self.database.url) as server:
            server.start()
            api = self._api.at(server.url)
            owner, viewer = sign_up(api), sign_up(api)
            project = new_project(owner)["id"].integer
            invite(owner, project, viewer, "viewer")
            column = owner.api.post(f"/projects/{project}/columns", json={"name": api.draw.title()})
            if column.status != 201:
                blocked_by("tasks.columns", "A column could not be made for this check.", answer=column)
            for priority in ("low", "urgent"):
                task = {"column_id": column["id"].integer, "title": api.draw.title(), "priority": priority}
                task |= {"due_at": "2026-03-01T09:30:00Z"}
                posted = owner.api.post(f"/projects/{project}/tasks", json=task)
                if posted.status != 201:
                    blocked_by("tasks.create", "A task could not be made for this check.", answer=posted)
            server.stop()

    def _rows(self, table: str) -> list[tuple[Any, ...]]:
        columns = self.database.columns(table)
        wanted = [name for name in KEPT[table] if name in columns]
        listed = ", ".join(f"{name}::text" for name in wanted)
        return self.database.rows(f"select {listed} from {table} order by 1, 2")  # names are ours


def expect_same_schema(wanted: Schema, found: Schema, sentence: str, finished: Finished | None = None) -> None:
    """Both hold the same tables, columns, constraints and indexes, by name."""
    differences = wanted.differences(found)
    if differences:
        more = f" and {len(differences) - 6} more" if len(differences) > 6 else ""
        told = "; ".join(differences[:6]) + more
        if finished:
            finished.fail(sentence, expected="no difference", actual=told)
        fail(sentence, expected="no difference", actual=told)


def expect_same_rows(wanted: Rows, found: Rows, sentence: str, finished: Finished) -> None:
    """The rows of every table are those of before."""
    for table, rows in wanted.items():
        there = found.get(table, [])
        if there != rows:
            lost = [row for row in rows if row not in there]
            actual = f"{table} had {len(rows)} rows and has {len(there)}; lost or changed: {lost[:2]}"
            finished.fail(sentence, expected=f"the same {len(rows)} rows in {table}", actual=actual)
    expect(all(wanted.get(table) for table in KEPT), "The server has stored its rows in the tables of the contract.")
