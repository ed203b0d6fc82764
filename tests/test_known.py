"""A look at more than the one server: other databases, schemas to compare, second servers, and servers of our own."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from roadmap_cli.checking.answers import NotToBeHad
from roadmap_cli.checking.database import Database
from roadmap_cli.checking.known import KnownServers
from roadmap_cli.checking.programs import Workshop
from roadmap_cli.checking.schemas import of_a_tool
from roadmap_cli.checking.server import with_system
from roadmap_cli.errors import PackError
from roadmap_cli.packs import Pack
from roadmap_cli.processes import owner_mark
from roadmap_cli.services.postgres import Cluster
from roadmap_cli.specimens import specimen
from roadmap_cli.verdicts import Outcome
from tests import one_server

TABLES = """
create type mood as enum ('glad', 'sad');
create sequence numbers;
create table alembic_version (version_num varchar(32) primary key);
create table parents (id bigint generated always as identity primary key, name text not null default 'x');
create table things (id serial primary key, parent_id bigint not null references parents on delete cascade, mood mood);
create index things_mood on things (mood) where mood = 'sad';
"""
TOML = 'phase = "small"\n[server]\nserve = "python server.py"\nready = "/health"\n'


@pytest.fixture
def database(postgres: str) -> Iterator[Database]:
    cluster = Cluster(url=postgres, detail="")
    service = cluster.database()
    database = Database.of(service, another=cluster.database)
    yield database
    database.close()
    service.close()


def learner(database: Database, sql: str) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(sql)


def test_another_database_is_empty_and_goes_again(database: Database) -> None:
    """With a role of its own that may do anything in it; gone at the end, whoever is still connected."""
    learner(database, "create table here (id int)")
    with database.another() as other:
        learner(other, "create table there (id int)")
        holding = psycopg.connect(other.url)
        names = (other.table_exists("there"), other.table_exists("here"), database.table_exists("there"))
        url = other.url
    with pytest.raises(psycopg.OperationalError):
        holding.execute("select 1")

    assert (True, False, False) == names
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_without_a_cluster_there_is_no_other(database: Database) -> None:
    """Skipped with a reason, not broken."""
    lonely = Database("", "", "", has_statements=False)
    with pytest.raises(NotToBeHad, match="no cluster"), lonely.another():
        pass


def test_what_a_killed_examination_left_is_swept(database: Database, postgres: str) -> None:
    """Second databases of an examination that was ended by force; those of a living one stay."""
    left = f"roadmap_999999_1_{owner_mark().rpartition('_')[2]}_left"
    there = "select count(*) from pg_database where datname = %s"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'create database "{left}"')
    with database.another() as living:
        Cluster(url=postgres, detail="").sweep()

        assert 0 == living.value(there, left)
        assert not living.schema().tables


def test_a_schema_is_told_by_name(database: Database) -> None:
    """Tables, columns, constraints and indexes; types and sequences of nobody beside them."""
    learner(database, TABLES)
    schema = database.schema()

    assert {"parents", "things", "alembic_version"} == schema.tables
    assert "bigint, not null, identity" == schema.parts["column parents.id"]
    assert "text, not null, default 'x'::text" == schema.parts["column parents.name"]
    assert "ON DELETE CASCADE" in schema.parts["constraint things.things_parent_id_fkey"]
    assert "WHERE (mood = 'sad'::mood)" in schema.parts["index things.things_mood"]
    assert ("sequence numbers", "type mood") == schema.others
    assert {"alembic_version"} == of_a_tool(schema.tables)
    assert {"parents", "things"} == schema.without(of_a_tool(schema.tables)).tables


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("alter table things add extra int", "column things.extra is new"),
        ("drop index things_mood", "index things.things_mood is missing"),
        (
            "alter table parents alter name drop default",
            "column parents.name is text, not null, not text, not null, default 'x'::text",
        ),
        ("alter index things_mood rename to other", "index things.other is new"),
        ("alter table things rename constraint things_parent_id_fkey to fk", "constraint things.fk is new"),
    ],
)
def test_schemas_differ_in_words(database: Database, change: str, said: str) -> None:
    """A sentence for each part that is new, missing or changed."""
    learner(database, TABLES)
    before = database.schema()
    learner(database, change)

    assert () == before.differences(before)
    assert said in before.differences(database.schema())


@pytest.mark.parametrize(
    ("tables", "tools"),
    [
        ({"users", "django_migrations"}, {"django_migrations"}),
        ({"users", "knex_migrations", "knex_migrations_lock"}, {"knex_migrations", "knex_migrations_lock"}),
        ({"users", "my_versions"}, {"my_versions"}),
        ({"users", "task_versions", "alembic_version"}, {"alembic_version"}),
        ({"users", "tasks"}, set()),
    ],
)
def test_the_tools_own_table_is_known(tables: set[str], tools: set[str]) -> None:
    """By its name; one of a tool that somebody wrote themselves by what it is called, if no other is there."""
    assert tools == of_a_tool(tables, contract={"users", "tasks"})


# --- servers of ours


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    root = tmp_path_factory.mktemp("pack")
    made = one_server.write_pack(root, checks=CHECKS, services="[postgres]")
    folder = one_server.write_project(root / "checks" / "small" / "reference" / "any")
    (folder / "roadmap.toml").write_text(TOML, encoding="utf-8")
    mistake = root / "checks" / "small" / "mistakes" / "elsewhere"
    mistake.mkdir(parents=True)
    edit = 'edits:\n  - {file: server.py, find: \'"path": self.path\', replace: \'"path": "/elsewhere"\'}\n'
    (mistake / "expected.yaml").write_text(f"summary: It says another path.\nfails: [first.here]\n{edit}")
    return made


@pytest.fixture(params=["started", "forked"])
def known(pack: Pack, postgres: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[KnownServers]:
    servers = KnownServers(
        pack.checks(pack.phase("small")),
        environment={"SECRET_KEY": "theirs", "DATABASE_URL": "the learner's"},
        scratch=tmp_path,
        database=Cluster(url=postgres, detail="").database,
    )
    environment = with_system({}, sys.executable)
    workshop = Workshop.open(sys.executable, ["json"], environment=environment, cwd=tmp_path)
    if request.param == "forked":
        servers.warm("any", workshop)
    yield servers
    servers.close()
    workshop.close()


def get(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    try:
        request = urllib.request.Request(url, method=method, data=body)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_reference_and_a_mistake_run_beside_one_another(known: KnownServers) -> None:
    """Each on a database of its own, with the key that the learner's tests are told, in a folder that tells nothing."""
    with known.specimen("any") as right, known.specimen("elsewhere") as wrong:
        one, other = (json.loads(get(f"{server.url}/here")[1]) for server in (right, wrong))

    assert ("/here", "/elsewhere") == (one["path"], other["path"])
    assert {"theirs"} == {each["seen"]["SECRET_KEY"] for each in (one, other)}
    assert 2 == len({each["seen"]["DATABASE_URL"] for each in (one, other)} - {"the learner's"})
    assert not [name for name in ("elsewhere", "mistake", "reference") if name in json.dumps(other["seen"])]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "BREW"])
def test_a_constant_server_answers_everything_alike(known: KnownServers, method: str) -> None:
    """Any method, any path, any body."""
    with known.always(404, '{"error": {}}') as server:
        answers = {get(f"{server.url}{path}", method, body) for path in ("/", "/x?y=1") for body in (None, b"{" * 999)}

    assert {(404, '{"error": {}}')} == answers


def test_an_opponent_that_is_not_there_is_our_bug(known: KnownServers, pack: Pack) -> None:
    """A name that the pack does not know is told as such."""
    with pytest.raises(PackError, match="no reference or mistake nobody"):
        specimen(pack, pack.phase("small"), "nobody")
    with pytest.raises(PackError), known.specimen("nobody"):
        pass


CHECKS = '''
from roadmap_cli.checking import requirement

@requirement("first.here")
def test_second(second_server, api):
    """A second server runs beside the first, in another environment, and is spoken to with the same client."""
    with second_server(EXTRA="1") as other:
        other.start()
        seen = api.at(other.url).get("/here").expect(200)["seen"]
        seen.has(EXTRA="1")
        assert "EXTRA" not in api.get("/here").expect(200)["seen"]
        assert other.url != str(api.get("/here").base_url)

@requirement("first.gone")
def test_database(database):
    """The learner's role may use a second database."""
    with database.another() as other:
        assert other.url != database.url
        assert not other.schema().tables
'''


@pytest.mark.usefixtures("postgres")
def test_checks_get_second_servers_and_databases(pack: Pack, tmp_path: Path) -> None:
    """By fixtures that need nothing else."""
    project = one_server.write_project(tmp_path / "project")
    report, _ = one_server.run(pack, project)

    assert {Outcome.PASSED} == {verdict.outcome for verdict in report.verdicts}, report.verdicts
    by_url, _ = one_server.run(pack, None, url="http://127.0.0.1:9")
    assert {Outcome.SKIPPED} == {verdict.outcome for verdict in by_url.verdicts}
