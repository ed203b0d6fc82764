"""The look into the learner's database: values, refusals, counts, catalogue; and back again after it was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from roadmap_cli.checking.answers import Mismatch, NotToBeHad
from roadmap_cli.checking.database import Database
from roadmap_cli.services.postgres import Postgres
from tests.databases import a_look, a_postgres

TABLES = """
create type mood as enum ('glad', 'sad');
create table parents (id bigint generated always as identity primary key, name text not null unique);
create table things (
    id serial primary key, parent_id bigint not null references parents, mood mood not null default 'glad',
    amount smallint not null check (amount >= 1), label varchar(10), made_at timestamptz not null default now(),
    unique (label) deferrable initially deferred);
create index things_lower on things (lower(label), amount) where amount > 5;
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with a_postgres(tmp_path_factory.mktemp("postgres"), TABLES) as service:
        yield service


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    with a_look(postgres, "things", "parents") as database:
        yield database


@pytest.fixture
def learner(postgres: Postgres) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        yield connection


def a_parent(database: Database) -> int:
    return int(database.value("insert into parents (name) values ('Ada') returning id"))


def a_thing(database: Database, *values: object) -> int:
    return database.execute("insert into things (parent_id, amount, label) values (%s, %s, %s)", *values)


def test_rows_come_back_as_values(database: Database) -> None:
    """Arguments go in as they are, quotes and all; rows come back as tuples."""
    a_parent(database)
    database.execute("insert into parents (name) values (%s)", "O'Neill; -- 100%")

    assert database.rows("select name from parents order by id") == [("Ada",), ("O'Neill; -- 100%",)]
    assert database.rows("select name from parents where name like '%;%'") == [("O'Neill; -- 100%",)]


def test_times_come_back_in_utc(database: Database) -> None:
    """A time is aware, whatever the zone of the machine."""
    noon = datetime(1900, 1, 1, 12, tzinfo=UTC)

    assert database.value("select %s::timestamptz", noon) == noon
    assert database.value("select %s::timestamptz", noon).utcoffset().total_seconds() == 0


def test_a_missing_row_is_a_mismatch(database: Database) -> None:
    """Looking for a row that the learner's server never wrote fails in words."""
    with pytest.raises(Mismatch) as caught:
        database.value("select name from parents where id = %s", 1)

    assert caught.value.actual == "no row"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select id from lones", "The database lacks a table or column of the contract."),
        ("select titel from parents", "The database lacks a table or column of the contract."),
        ("insert into parents (name) values (null)", "The database refuses a row"),
        ("select id from parents where name = 7", "The database cannot run this statement on your tables."),
        ("select 'infinity'::timestamptz", "The database cannot run this statement on your tables."),
    ],
)
def test_what_the_tables_refuse_is_a_mismatch(database: Database, sql: str, message: str) -> None:
    """Missing tables, missing columns, wrong types, refused rows, unheard-of values: the learner's matter, in words."""
    with pytest.raises(Mismatch) as caught:
        database.rows(sql)

    assert caught.value.message.startswith(message)
    assert caught.value.expected == sql


def test_bad_sql_is_our_bug(database: Database) -> None:
    """A statement that is no SQL is never blamed on the learner."""
    with pytest.raises(psycopg.errors.SyntaxError):
        database.rows("selct 1")


def test_a_locked_row_is_a_mismatch(
    database: Database, learner: psycopg.Connection[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that the learner's server left open cannot hold the examination up for ever."""
    a_parent(database)
    database.execute("set lock_timeout = '50ms'")
    with learner.transaction():
        learner.execute("select * from parents for update")
        with pytest.raises(Mismatch) as caught:
            database.execute("update parents set name = 'Bob'")

    assert "a transaction of your server still holds a lock" in caught.value.message


def test_refuses_tells_a_broken_rule(database: Database) -> None:
    """Every kind of constraint is a refusal, a deferred one and an enum too."""
    parent = a_parent(database)
    a_thing(database, parent, 1, "taken")

    insert = "insert into things (parent_id, amount, label) values (%s, %s, %s)"
    assert database.refuses(insert, parent, 0, "new")
    assert database.refuses(insert, parent, 1, "taken")
    assert database.refuses(insert, None, 1, "new")
    assert database.refuses(insert, parent + 1, 1, "new")
    assert database.refuses("insert into things (parent_id, amount, mood) values (%s, 1, %s)", parent, "cross")


def test_refuses_leaves_no_trace(database: Database) -> None:
    """A row that is not refused is gone again, and so is one that is."""
    parent = a_parent(database)

    assert not database.refuses("insert into things (parent_id, amount) values (%s, 1)", parent)
    assert database.refuses("insert into things (parent_id, amount) values (%s, 1), (%s, 0)", parent, parent)
    assert database.value("select count(*) from things") == 0


def test_refuses_wants_the_tables(database: Database) -> None:
    """A missing table is no refusal but a Mismatch."""
    with pytest.raises(Mismatch, match="lacks a table"):
        database.refuses("insert into lones (id) values (1)")


def test_a_lost_connection_is_opened_again(database: Database, postgres: Postgres) -> None:
    """Somebody ended our session: the next statement does not notice."""
    own = database.value("select pg_backend_pid()")
    with psycopg.connect(postgres.maintenance_url, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 2000)", (own,))

    assert not database.refuses("insert into parents (name) values ('Bob')")
    assert database.value("select count(*) from parents") == 0


def test_statements_counts_the_learner_alone(database: Database, learner: psycopg.Connection[object]) -> None:
    """Statements of the learner's role count, ours do not; each block begins at zero."""
    for expected in (3, 1):
        with database.statements() as statements:
            for _ in range(expected):
                learner.execute("select count(*) from parents")
            database.rows("select count(*) from things")

        assert statements.count == expected


def test_statements_without_the_extension_is_not_to_be_had(postgres: Postgres) -> None:
    """A PostgreSQL without pg_stat_statements makes the check skipped."""
    database = Database(postgres.admin_url, postgres.maintenance_url, postgres.role, has_statements=False)

    with pytest.raises(NotToBeHad, match="pg_stat_statements"), database.statements():
        pass


def test_the_extension_is_not_put_into_the_learners_database(database: Database) -> None:
    """Counting leaves no view or function behind that was not there."""
    with database.statements():
        pass

    assert database.value("select count(*) from pg_extension where extname = 'pg_stat_statements'") == 0


def test_cut_off_ends_and_forbids_connections(
    database: Database, postgres: Postgres, learner: psycopg.Connection[object]
) -> None:
    """Inside, open sessions are dead and new ones refused; afterwards everything works again."""
    database.rows("select 1")
    with database.cut_off():
        with pytest.raises(psycopg.OperationalError):
            learner.execute("select 1")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres.url)

    psycopg.connect(postgres.url).close()
    assert database.value("select 1") == 1


def test_cut_off_is_undone_whatever_happens(database: Database, postgres: Postgres) -> None:
    """The database is reachable again even if our own way to its cluster was cut meanwhile."""
    cut_off = database.cut_off()
    cut_off.__enter__()
    assert database._maintenance is not None
    database._maintenance.close()
    cut_off.__exit__(None, None, None)

    psycopg.connect(postgres.url).close()


def test_columns(database: Database) -> None:
    """Types in full words, enums by that name, nullability, defaults and who gives the value."""
    columns = database.columns("things")

    assert {name: column.type for name, column in columns.items()} == {
        "id": "integer",
        "parent_id": "bigint",
        "mood": "enum",
        "amount": "smallint",
        "label": "character varying",
        "made_at": "timestamp with time zone",
    }
    assert [name for name, column in columns.items() if column.nullable] == ["label"]
    assert [name for name, column in columns.items() if column.default] == ["id", "mood", "made_at"]
    generated = [columns["id"], database.columns("parents")["id"], columns["amount"]]
    assert [column.generated for column in generated] == [True, True, False]


def test_constraints(database: Database) -> None:
    """Kind, columns and what a foreign key points to."""
    constraints = {(one.kind, one.columns): one for one in database.constraints("things") if one.kind != "not null"}

    assert set(constraints) == {
        ("primary key", ("id",)),
        ("foreign key", ("parent_id",)),
        ("unique", ("label",)),
        ("check", ("amount",)),
    }
    assert constraints["foreign key", ("parent_id",)].references == "parents"


def test_indexes(database: Database) -> None:
    """Keys in order, expressions as PostgreSQL writes them; those of constraints too."""
    indexes = {index.keys: index for index in database.indexes("things")}

    assert set(indexes) == {("id",), ("label",), ("lower(label::text)", "amount")}
    assert indexes["lower(label::text)", "amount"].partial
    assert [index.unique for index in (indexes["id",], indexes["lower(label::text)", "amount"])] == [True, False]


def test_a_missing_table_is_a_mismatch(database: Database) -> None:
    """Asking for the columns of a table that is not there names those that are."""
    for look in (database.columns, database.constraints, database.indexes):
        with pytest.raises(Mismatch) as caught:
            look("lones")

        assert caught.value.actual == "parents, things"
    assert [database.table_exists(name) for name in ("things", "lones")] == [True, False]
