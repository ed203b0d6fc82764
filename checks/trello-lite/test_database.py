"""The database: tables that guard themselves, and migrations that lead there, back, and there again (§11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import pytest
from migrations import TABLES, Walk, expect_same_rows, expect_same_schema
from people import Board, Person, expect_not_found, new_project
from rows import (
    UNKNOWN_ID,
    a_membership_row,
    a_project_row,
    a_user_row,
    add_membership,
    add_project,
    add_user,
    expect_allowed,
    expect_refused,
    inserting,
)

from roadmap_cli.checking import API, Commands, Database, Gate, Server, expect, fail, requirement
from roadmap_cli.checking.schemas import of_a_tool

INTEGERS = {"integer", "bigint"}
TEXTS = {"text", "character varying"}
TIME = {"timestamp with time zone"}


@dataclass(frozen=True)
class Wanted:
    """A column of CONTRACT.md §11; no *types*: any."""

    types: set[str]
    nullable: bool = False


COLUMNS = {
    "users": {
        "id": Wanted(INTEGERS),
        "email": Wanted(TEXTS),
        "name": Wanted(TEXTS),
        "password_hash": Wanted(TEXTS),
        "created_at": Wanted(TIME),
    },
    "projects": {
        "id": Wanted(INTEGERS),
        "name": Wanted(TEXTS),
        "description": Wanted(TEXTS),
        "created_at": Wanted(TIME),
    },
    "memberships": {
        "project_id": Wanted(INTEGERS),
        "user_id": Wanted(INTEGERS),
        "role": Wanted(TEXTS | {"enum"}),
        "joined_at": Wanted(TIME),
    },
    "tasks": {
        "id": Wanted(INTEGERS),
        "project_id": Wanted(INTEGERS),
        "column_id": Wanted(INTEGERS),
        "title": Wanted(TEXTS),
        "priority": Wanted(set()),
        "due_at": Wanted(TIME, nullable=True),
        "version": Wanted(INTEGERS | {"smallint"}),
    },
    "task_assignees": {"task_id": Wanted(INTEGERS), "user_id": Wanted(INTEGERS)},
    "comments": {"task_id": Wanted(INTEGERS)},
    "activity": {"project_id": Wanted(INTEGERS)},
}
# Column, the table it points to (any, if empty), and whether its rows go with what they point to.
REFERENCES = (
    ("memberships", "project_id", "projects", True),
    ("memberships", "user_id", "users", False),
    ("tasks", "project_id", "projects", False),
    ("tasks", "column_id", "", False),
    ("task_assignees", "task_id", "tasks", False),
    ("task_assignees", "user_id", "users", False),
    ("comments", "task_id", "tasks", False),
    ("activity", "project_id", "projects", True),
)
INDEXED = (
    *(("tasks", "project_id"), ("tasks", "column_id"), ("task_assignees", "user_id")),
    *(("comments", "task_id"), ("activity", "project_id")),
)

# --- database.columns


@requirement("database.columns")
@pytest.mark.parametrize("table", list(COLUMNS))
def test_columns(database: Database, table: str) -> None:
    """Every column has the type of the contract, and may be null only where a value may be missing."""
    columns = database.columns(table)
    for name, wanted in COLUMNS[table].items():
        there = columns.get(name) or fail(f"The table {table} has a column {name}.", actual=", ".join(columns))
        types = " or ".join(sorted(wanted.types))
        right = there.type in wanted.types or not wanted.types
        expect(right, f"{table}.{name} is {types}.", expected=types, actual=there.type)
        words = f"{table}.{name} may be null." if wanted.nullable else f"{table}.{name} is declared NOT NULL."
        expect(there.nullable == wanted.nullable, words, actual="may be null" if there.nullable else "not null")


@requirement("database.columns")
def test_rows_without_the_servers_columns(database: Database, api: API) -> None:
    """Rows that leave out what is the server's are taken: the database itself gives ids and times."""
    for _ in range(2):
        ids = []
        for table, row in (("users", a_user_row(api.draw)), ("projects", a_project_row(api.draw))):
            sql = f"{inserting(table, row)} returning id, extract(epoch from clock_timestamp() - created_at)::float"
            id, age = database.row(sql, *row.values())
            words = f"{table}.created_at has the present time as its default in the database."
            expect(age is not None and abs(age) < 60, words, expected="now", actual=f"{age} seconds ago")
            ids.append(id)
        member = a_membership_row(ids[1], ids[0])
        sql = f"{inserting('memberships', member)} returning extract(epoch from clock_timestamp() - joined_at)::float"
        age = database.value(sql, *member.values())
        words = "memberships.joined_at has the present time as its default in the database."
        expect(age is not None and abs(age) < 60, words, expected="now", actual=f"{age} seconds ago")


@requirement("database.columns")
@pytest.mark.parametrize(
    ("table", "column"),
    [("users", "email"), ("users", "name"), ("users", "password_hash"), ("projects", "name")],
)
def test_what_must_be_there(database: Database, api: API, table: str, column: str) -> None:
    """A row without a value that must be there is refused by the database itself."""
    row = a_user_row(api.draw) if table == "users" else a_project_row(api.draw)
    expect_allowed(database, table, row, f"A row with all columns of the contract can be inserted into {table}.")

    expect_refused(database, table, row | {column: None}, f"{table}.{column} is never null.")


# --- database.keys


@requirement("database.keys")
@pytest.mark.parametrize("table", ["users", "projects", "tasks"])
def test_primary_keys(database: Database, table: str) -> None:
    """The id is the primary key."""
    keys = [one.columns for one in database.constraints(table) if one.kind == "primary key"]

    expect(keys == [("id",)], f"The primary key of {table} is id.", expected="id", actual=keys or "no primary key")


@requirement("database.keys")
@pytest.mark.parametrize(("table", "column", "target", "cascades"), REFERENCES)
def test_foreign_keys(database: Database, table: str, column: str, target: str, cascades: bool) -> None:
    """A column that names a row of another table is a foreign key to it, with ON DELETE CASCADE where the contract says so."""
    keys = [one for one in database.constraints(table) if one.kind == "foreign key" and one.columns == (column,)]
    right = [one for one in keys if not target or one.references == target]

    words = f"{table}.{column} is a foreign key{' to ' + target if target else ''}."
    expect(right, words, actual="; ".join(one.definition for one in keys) or "no foreign key")
    if cascades:
        words = f"{table}.{column} is a foreign key with ON DELETE CASCADE."
        expect("ON DELETE CASCADE" in right[0].definition, words, actual=right[0].definition)


@requirement("database.keys")
@pytest.mark.parametrize("column", ["project_id", "user_id"])
def test_memberships_point_to_rows_that_exist(database: Database, api: API, column: str) -> None:
    """A role of nobody, or in nothing, is refused by the database itself."""
    row = a_membership_row(add_project(database, api.draw), add_user(database, api.draw))
    expect_allowed(database, "memberships", row, "A role of an existing user in an existing project is taken.")

    words = f"A membership whose {column} names nothing is refused."
    expect_refused(database, "memberships", row | {column: UNKNOWN_ID}, words)


@requirement("database.keys")
def test_roles_go_with_their_project(database: Database, api: API) -> None:
    """A project that is deleted in the database takes its memberships with it, and no others."""
    user = add_user(database, api.draw)
    gone, stays = add_project(database, api.draw), add_project(database, api.draw)
    for project in (gone, stays):
        add_membership(database, project, user)
    database.execute("delete from projects where id = %s", gone)

    left = database.rows("select project_id from memberships where user_id = %s", user)
    expect(left == [(stays,)], "Only the memberships of the deleted project are gone.", expected=[stays], actual=left)


@requirement("database.keys")
def test_ids_come_from_the_database(database: Database, person: Person) -> None:
    """A row of ours and one of the server's get ids of their own, whoever comes first."""
    seen = [add_project(database, person.api.draw)]
    for _ in range(2):
        seen += [new_project(person)["id"].integer, add_project(database, person.api.draw)]

    expect(len(set(seen)) == len(seen), "Every row has an id of its own, whoever inserted it.", actual=seen)


# --- database.rules


@requirement("database.rules")
def test_email_is_unique(database: Database, api: API) -> None:
    """The database takes an e-mail address once; a name may come again."""
    row = a_user_row(api.draw)
    database.execute(inserting("users", row), *row.values())

    expect_allowed(database, "users", row | {"email": api.draw.email()}, "Two users may have the same name.")
    expect_refused(database, "users", a_user_row(api.draw, email=row["email"]), "users.email is unique.")


@requirement("database.rules")
def test_one_role_for_each(database: Database, api: API) -> None:
    """A user has one role in a project, and may have others in other projects."""
    project, user = add_project(database, api.draw), add_user(database, api.draw)
    add_membership(database, project, user)
    elsewhere = a_membership_row(add_project(database, api.draw), user)
    somebody = a_membership_row(project, add_user(database, api.draw))

    expect_allowed(database, "memberships", elsewhere, "A user may have a role in several projects.")
    expect_allowed(database, "memberships", somebody, "A project may have several members.")
    for role in ("member", "viewer"):
        row = a_membership_row(project, user, role)
        expect_refused(database, "memberships", row, "memberships has one row for each user and project.")


@requirement("database.rules")
def test_roles(database: Database, api: API) -> None:
    """A role is owner, member or viewer, nothing else."""
    project, user = add_project(database, api.draw), add_user(database, api.draw)
    for role in ("owner", "member", "viewer"):
        row = a_membership_row(project, user, role)
        expect_allowed(database, "memberships", row, f"A user may have the role {role}.")

    for role in ("admin", "Owner", "guest", ""):
        row = a_membership_row(project, user, role)
        expect_refused(database, "memberships", row, "memberships.role is owner, member or viewer, nothing else.")


@requirement("database.rules")
def test_one_owner(database: Database, api: API) -> None:
    """A project has at most one owner; a user may own several."""
    project, owner, other = (
        add_project(database, api.draw),
        add_user(database, api.draw),
        add_user(database, api.draw),
    )
    add_membership(database, project, owner, "owner")
    second = a_membership_row(add_project(database, api.draw), owner, "owner")

    expect_allowed(database, "memberships", second, "A user may own several projects.")
    expect_allowed(
        database, "memberships", a_membership_row(project, other), "A project with an owner may have members."
    )
    row = a_membership_row(project, other, "owner")
    expect_refused(database, "memberships", row, "A second owner of a project is refused by the database.")


@requirement("database.rules")
def test_updates_are_held_to_it(database: Database, api: API) -> None:
    """A rule that holds for new rows holds for changed ones."""
    project, owner, member = (
        add_project(database, api.draw),
        add_user(database, api.draw),
        add_user(database, api.draw),
    )
    add_membership(database, project, owner, "owner")
    add_membership(database, project, member)
    promoted = "update memberships set role = %s where project_id = %s and user_id = %s"

    expect(database.refuses(promoted, "owner", project, member), "An UPDATE cannot make a second owner.")
    expect(database.refuses(promoted, "boss", project, member), "An UPDATE cannot make a role that is none.")


@requirement("database.rules")
def test_assigned_once(database: Database) -> None:
    """The database knows by itself that nobody is assigned to a task twice."""
    keys = [set(index.keys) for index in database.indexes("task_assignees") if index.unique and not index.partial]

    words = "task_id and user_id are unique together in task_assignees."
    expect({"task_id", "user_id"} in keys, words, actual=[sorted(key) for key in keys] or "no unique constraint")


# --- database.indexes


@requirement("database.indexes")
@pytest.mark.parametrize(("table", "column"), INDEXED)
def test_indexes(database: Database, table: str, column: str) -> None:
    """What is looked up all the time is found through an index that begins with it."""
    first = [index.keys[0] for index in database.indexes(table) if index.keys and not index.partial]

    words = f"An index of {table} has {column} as its first column."
    expect(column in first, words, expected=column, actual=f"indexes that begin with {', '.join(first) or 'nothing'}")


# --- database.truth


@requirement("database.truth")
def test_a_row_of_ours_is_a_role(database: Database, lonely: Board) -> None:
    """A membership that is added, changed or deleted in the table counts at once, with the token that there was already."""
    stranger, columns = lonely.stranger, f"{lonely.path}/columns"
    expect_not_found(stranger.api.get(lonely.path))
    add_membership(database, lonely.id, stranger.id, "member")
    stranger.api.post(columns, json={"name": stranger.api.draw.title()}).expect(201)

    changed = "update memberships set role = 'viewer' where project_id = %s and user_id = %s"
    database.execute(changed, lonely.id, stranger.id)
    stranger.api.get(lonely.path).expect(200).has(id=lonely.id, role="viewer")
    stranger.api.post(columns, json={"name": stranger.api.draw.title()}).expect(403)
    database.execute("delete from memberships where project_id = %s and user_id = %s", lonely.id, stranger.id)
    expect_not_found(stranger.api.get(lonely.path))


@requirement("database.truth")
def test_a_changed_name_is_answered(database: Database, person: Person) -> None:
    """A project that is renamed in the table has that name in the next answer; a deleted one is gone."""
    project = new_project(person)["id"].integer
    person.api.get(f"/projects/{project}").expect(200)
    name = person.api.draw.title()
    database.execute("update projects set name = %s where id = %s", name, project)
    person.api.get(f"/projects/{project}").expect(200).has(name=name)

    database.execute("delete from projects where id = %s", project)
    expect_not_found(person.api.get(f"/projects/{project}"))


# --- database.migrate


@pytest.fixture(scope="session")
def walk(
    commands: Commands,
    database: Database,
    second_server: Callable[..., Server],
    make_api: Callable[[str], API],
) -> Iterator[Walk]:
    """The migrations, walked up and down on a database of their own."""
    with database.another() as empty:
        yield Walk(commands, empty, second_server, make_api("walk along the migrations"))


@requirement("database.migrate")
def test_from_empty(walk: Walk) -> None:
    """Migrate makes the tables of the contract in an empty database, and ends with 0."""
    station = walk.at("up", judging="database.migrate")

    missing = sorted(set(TABLES) - station.schema.tables)
    station.finished.expect(not missing, "After migrate the tables are there.", actual=f"missing: {', '.join(missing)}")


@requirement("database.migrate")
def test_a_second_time(walk: Walk) -> None:
    """Migrate on a database that is at the newest version ends with 0 and changes nothing, neither schema nor rows."""
    first, second = walk.at("up", judging="database.migrate"), walk.at("again", judging="database.migrate")

    expect_same_schema(first.schema, second.schema, "A second migrate changes nothing.", second.finished)
    lost = [table for table, rows in second.rows.items() if not rows]
    second.finished.expect(not lost, "A second migrate keeps all rows.", actual=f"no rows in {', '.join(lost)}")


@requirement("database.migrate")
def test_at_least_two(walk: Walk) -> None:
    """There are two migrations or more: a step back from the newest version does not lead to nothing."""
    newest, before = walk.at("again", judging="database.migrate"), walk.at("back", judging="database.migrate")

    before.finished.expect(before.schema.tables, "There are at least two migrations.", actual="one, which makes it all")
    different = newest.schema.differences(before.schema) or newest.schema.others != before.schema.others
    words = "migrate_back takes the newest migration back, and something with it."
    before.finished.expect(different, words, actual="the schema is the same as before")


@requirement("database.migrate")
def test_without_a_database(walk: Walk, api: API) -> None:
    """A command that cannot reach its database says why and ends with another status than 0."""
    nowhere = _elsewhere(walk.database.url, database=f"none_{api.draw.text(12)}")
    # Taking back one step and all of them is one way to the database: one of the two shows it.
    commands = ("migrate", api.draw.pick(["migrate_back", "migrate_down"]))
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = [pool.submit(walk.run, command, DATABASE_URL=nowhere) for command in commands]
    for command, run in zip(commands, runs, strict=True):
        finished = run.result().expect_failure(f"{command} fails if its database cannot be reached.")
        said = f"{command} says why it fails."
        finished.expect(finished.output, said, expected="a line that says why", actual="nothing")


def _elsewhere(url: str, *, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


# --- database.back


@requirement("database.back")
def test_back_and_forth_keeps_rows(walk: Walk) -> None:
    """migrate_back and migrate again keep every row of users, projects, memberships and tasks."""
    before = walk.at("again", judging="database.back")
    back, forth = walk.at("back", judging="database.back"), walk.at("forth", judging="database.back")

    expect_same_rows(before.rows, forth.rows, "migrate_back and migrate keep every row.", forth.finished)
    there = {table: rows for table, rows in before.rows.items() if table in back.rows}
    counts = {table: len(rows) for table, rows in there.items()}
    found = {table: len(back.rows[table]) for table in there}
    back.finished.expect(counts == found, "migrate_back deletes no rows.", expected=f"{counts}", actual=f"{found}")


@requirement("database.back")
def test_back_and_forth_leads_to_the_same_schema(walk: Walk) -> None:
    """After a step back and forth the schema is as it was."""
    before, forth = walk.at("again", judging="database.back"), walk.at("forth", judging="database.back")

    words = "After migrate_back and migrate the schema is as it was."
    expect_same_schema(before.schema, forth.schema, words, forth.finished)


# --- database.down


@requirement("database.down")
def test_down_leaves_nothing(walk: Walk) -> None:
    """migrate_down leaves no table but the tool's own, no type and no sequence."""
    down = walk.at("down", judging="database.down")
    left = [f"table {table}" for table in sorted(down.schema.tables)] + list(down.schema.others)

    down.finished.expect(not left, "migrate_down leaves nothing of yours.", expected="nothing", actual=", ".join(left))


@requirement("database.down")
def test_up_again_is_the_same(walk: Walk) -> None:
    """migrate, migrate_down, migrate makes the same schema as migrate alone."""
    first, again = walk.at("up", judging="database.down"), walk.at("up again", judging="database.down")

    words = "After migrate_down and migrate the schema is that of the first migrate."
    expect_same_schema(first.schema, again.schema, words, again.finished)


# --- database.server


@requirement("database.server")
def test_the_server_makes_the_same_schema(walk: Walk, database: Database) -> None:
    """The server, started on an empty database, makes the schema that migrate makes."""
    migrated = walk.at("up", judging="database.server").schema
    served = database.schema()
    served = served.without(of_a_tool(served.tables, contract=TABLES))

    expect_same_schema(migrated, served, "The server makes the schema that migrate makes.")


@requirement("database.server")
def test_two_servers_at_once(database: Database, second_server: Callable[..., Server], api: API, walk: Walk) -> None:
    """Two servers that start on one empty database at the same moment both become ready, with one schema."""
    migrated = walk.at("up", judging="database.server").schema
    with database.another() as empty:
        one, other = (second_server(DATABASE_URL=empty.url) for _ in range(2))
        with one, other, ThreadPoolExecutor(max_workers=2) as pool:
            with Gate.before_new_tables(empty) as gate:
                starting = [pool.submit(server.start) for server in (one, other)]
                gate.wait(lambda: sum(not each.done() for each in starting))
            for each in starting:
                each.result()
            for server in (one, other):
                api.at(server.url).get("/ready").expect(200).has(status="ready")
        schema = empty.schema()

    schema = schema.without(of_a_tool(schema.tables, contract=TABLES))
    expect_same_schema(migrated, schema, "Two servers that start at once make one whole schema.")
