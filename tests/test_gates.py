"""The gate before tables: who looks before they write is caught in the first round, and nobody is held up for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest

from roadmap_cli.checking.answers import Answer
from roadmap_cli.checking.api import race
from roadmap_cli.checking.database import Database
from roadmap_cli.checking.gates import MOST_SECONDS, Gate
from roadmap_cli.services.postgres import Postgres
from tests.databases import a_look, a_postgres

TABLE = "create table books (id bigint generated always as identity primary key, isbn text not null)"
WRITERS = 4


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with a_postgres(tmp_path_factory.mktemp("postgres"), TABLE) as service:
        yield service


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    with a_look(postgres, "books") as database:
        yield database


def late(url: str, place: int, lock: str = "") -> Callable[[], Answer]:
    """Look whether the ISBN is there and write it if not, long after who comes before; *lock* first, if it is said."""

    def write() -> Answer:
        time.sleep(place * 0.05)
        with psycopg.connect(url) as learner:
            if lock:
                learner.execute(lock)
            if not learner.execute("select from books where isbn = '1'").fetchall():
                learner.execute("insert into books (isbn) values ('1')")
        return None  # type: ignore[return-value]  # nobody looks at it

    return write


def test_without_a_gate_who_comes_later_sees_what_the_others_wrote(postgres: Postgres, database: Database) -> None:
    """So a race that is run as it comes shows nothing where requests are slow to arrive."""
    race(*[late(postgres.url, place) for place in range(WRITERS)])

    assert 1 == database.value("select count(*) from books")


@pytest.mark.parametrize("tables", [("books",), ("books", "loans"), ()])
def test_behind_a_gate_all_look_before_anybody_writes(
    postgres: Postgres, database: Database, tables: tuple[str, ...]
) -> None:
    """However late they come; no names are all tables."""
    race(*[late(postgres.url, place) for place in range(WRITERS)], gate=Gate(database, tables))

    assert WRITERS == database.value("select count(*) from books")


@pytest.mark.parametrize("lock", ["select pg_advisory_xact_lock(7)", "lock table books in share row exclusive mode"])
def test_who_locks_before_they_look_writes_once(postgres: Postgres, database: Database, lock: str) -> None:
    """The gate is nothing that a right program fails at."""
    race(*[late(postgres.url, place, lock) for place in range(WRITERS)], gate=Gate(database, ("books",)))

    assert 1 == database.value("select count(*) from books")


def test_a_gate_opens_by_itself_for_who_waits_alone(postgres: Postgres, database: Database) -> None:
    """The others may wait for the first in a program of their own, where nobody sees them."""
    lock = threading.Lock()

    def one_by_one() -> Answer:
        with lock:
            return late(postgres.url, 0)()

    begun = time.monotonic()
    race(*[one_by_one] * WRITERS, gate=Gate(database, ("books",)))

    assert 1 == database.value("select count(*) from books")
    assert time.monotonic() - begun < 30  # it ended; how soon is not for a test to judge


def test_a_gate_holds_nobody_for_longer_than_it_says(database: Database) -> None:
    """Someone who neither writes nor ends."""
    clock = time.monotonic()
    with Gate(database, ("books",)) as gate:
        gate.wait(lambda: int(time.monotonic() * 1000))

    assert time.monotonic() - clock >= MOST_SECONDS


def test_nobody_makes_a_table_behind_a_gate_before_new_tables(postgres: Postgres, database: Database) -> None:
    """Two programs that ask whether a table is there and make it if not both make it, however long they take until then."""
    refused: list[str] = []

    def make(place: int) -> Answer:
        time.sleep(1.2 + place * 0.3)
        with psycopg.connect(postgres.url) as learner:
            if learner.execute("select to_regclass('loans') is null").fetchall() == [(True,)]:
                try:
                    learner.execute("create table loans (id bigint)")
                except psycopg.errors.IntegrityError as error:
                    refused.append(error.diag.constraint_name or "")
        return None  # type: ignore[return-value]  # nobody looks at it

    try:
        race(*[partial(make, place) for place in range(2)], gate=Gate.before_new_tables(database))
    finally:
        database.execute("drop table if exists loans")

    assert 1 == len(refused)


def test_where_nothing_can_be_locked_a_race_is_run_as_it_comes(postgres: Postgres, database: Database) -> None:
    """No database, no such table, or a table that somebody else does not let go of."""
    for gate in (Gate(None, ("books",)), Gate(database, ("loans",))):
        database.execute("truncate books")
        race(*[late(postgres.url, place) for place in range(WRITERS)], gate=gate)
        assert 1 == database.value("select count(*) from books")

    with psycopg.connect(postgres.url) as other:
        other.execute("insert into books (isbn) values ('2')")
        with Gate(database, ("books",)) as gate:
            gate.wait(lambda: 1)
        other.rollback()


def test_a_gate_is_open_again_whatever_happened(postgres: Postgres, database: Database) -> None:
    """An error inside, or an end of its session, leaves no lock."""
    with pytest.raises(KeyboardInterrupt), Gate(database, ("books",)):
        raise KeyboardInterrupt
    with Gate(database, ("books",)):
        database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid()"
        )

    with psycopg.connect(postgres.url) as learner:
        learner.execute("set lock_timeout = '5s'")
        learner.execute("insert into books (isbn) values ('3')")
