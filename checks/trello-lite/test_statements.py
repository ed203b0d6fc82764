"""Statements: no list costs more for many entries than for a few (CONTRACT.md §10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from boards import add_column, add_comment, add_task
from people import Person, Team, invite, new_project, sign_up

from roadmap_cli.checking import API, Database, Draw, expect, requirement

FEW, MANY = 3, 10  # what grows with the entries shows with 10 already
MORE = 3
LIMIT = 50


@dataclass(frozen=True, kw_only=True)
class Side:
    """Somebody with so many projects and tasks; one of the projects has all the tasks and members, one task all the comments."""

    person: Person
    count: int
    project: int
    task: int


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The same twice: with a few entries in each list, and with many."""

    few: Side
    many: Side


@pytest.fixture(scope="session")
def sides(make_api: Callable[[str], API], shared_team: Team, database: Database) -> Sides:
    """Two people with short lists and with long ones."""
    api = make_api("short lists and long ones")
    team = shared_team.on(api)
    return Sides(few=a_side(api, team, database, FEW), many=a_side(api, team, database, MANY))


@requirement("finding.statements")
@pytest.mark.parametrize("path", ["/projects/{project}/tasks", "/tasks"])
def test_many_tasks_need_no_more_statements_than_a_few(sides: Sides, database: Database, path: str) -> None:
    """With labels and assignees of every task, in one project and in all."""
    expect_as_many(sides, database, path)


@requirement("finding.statements")
@pytest.mark.parametrize("path", ["/projects", "/projects/{project}/members", "/tasks/{task}/comments"])
def test_many_others_need_no_more_statements_than_a_few(sides: Sides, database: Database, path: str) -> None:
    """Projects with the role in each, members with their names, comments."""
    expect_as_many(sides, database, path)


def expect_as_many(sides: Sides, database: Database, path: str) -> None:
    """The long list is read with at most three statements more than the short one."""
    few = min(statements_of(sides.few, database, path) for _ in range(2))
    many = statements_of(sides.many, database, path)
    if many > few + MORE:  # a new connection may have cost some of them
        many = min(many, statements_of(sides.many, database, path))
    sentence = f"GET {path}?limit={LIMIT} needs as many statements for {MANY} entries as for {FEW}."
    expect(many <= few + MORE, sentence, expected=f"{few + MORE} or fewer", actual=f"{many} (for {FEW}: {few})")


def statements_of(side: Side, database: Database, path: str) -> int:
    """How many statements the list needs, all entries of which are told."""
    where = path.format(project=side.project, task=side.task)
    with database.statements() as statements:
        answer = side.person.api.get(where, query={"limit": LIMIT}).expect(200)
    seen = len(answer["items"])
    expect(seen == side.count, "The list holds all entries.", expected=side.count, actual=seen, answer=answer)
    return statements.count


# --- worlds --------------------------------------------------------------------------------------------------------


def a_side(api: API, team: Team, database: Database, count: int) -> Side:
    """Somebody whose every list has *count* entries; half of the tasks are in one project, or all of them if there are few."""
    person = sign_up(api)
    project = new_project(person)["id"].integer
    invite(person, project, team.member)
    column = add_column(person.api, project)
    others = insert_people(database, api.draw, count - 2)
    join(database, [(project, other, "member") for other in others])
    own = insert_projects(database, api.draw, count - 1)
    join(database, [(number, person.id, "owner") for number in own])
    authors = (person, team.member)
    tasks = [
        add_task(
            authors[place % 2].api,
            project,
            column,
            labels=[api.draw.text(6) for _ in range(2)],
            assignee_ids=api.draw.sample(others, min(2, len(others))),
        )
        for place in range(count)
    ]
    for place in range(count):
        add_comment(authors[place % 2].api, tasks[0])
    return Side(person=person, count=count, project=project, task=tasks[0])


def insert_people(database: Database, draw: Draw, count: int) -> list[int]:
    """The ids of so many users, who nobody can sign in as."""
    hash = f"$argon2id$v=19$m=19456,t=2,p=1${draw.text(22)}${draw.text(43)}"
    return insert(
        database, "users (email, name, password_hash)", [(draw.email(), draw.name(), hash) for _ in range(count)]
    )


def insert_projects(database: Database, draw: Draw, count: int) -> list[int]:
    """The ids of so many projects."""
    return insert(database, "projects (name, description)", [(draw.title(), draw.words(3)) for _ in range(count)])


def join(database: Database, roles: list[tuple[int, int, str]]) -> None:
    """Give people roles in projects."""
    values = ", ".join(["(%s, %s, %s)"] * len(roles))
    database.execute(
        f"insert into memberships (project_id, user_id, role) values {values}",
        *(value for role in roles for value in role),
    )


def insert(database: Database, into: str, rows: list[tuple[Any, ...]]) -> list[int]:
    """The ids of new rows."""
    values = ", ".join(["(" + ", ".join(["%s"] * len(rows[0])) + ")"] * len(rows))
    statement = f"insert into {into} values {values} returning id"
    return [id for (id,) in database.rows(statement, *(value for row in rows for value in row))]
