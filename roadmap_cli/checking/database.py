"""A look into the learner's database, behind the back of their server.

Whatever a learner's tables, locks and rows do to a statement here, it ends in a value or in a Mismatch with words.
Only a statement that is no SQL at all, or a cluster that is gone, is an error: that is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from roadmap_cli.checking.answers import Mismatch, NotToBeHad, shown
from roadmap_cli.checking.schemas import OTHERS, PARTS, Schema

if TYPE_CHECKING:
    from psycopg import Connection

    from roadmap_cli.services.postgres import Postgres

PATIENCE_SECONDS = 5
_ROUNDS = 20
Kind = Literal["primary key", "foreign key", "unique", "check", "not null", "exclusion", "trigger"]

_KINDS: dict[str, Kind] = {
    "p": "primary key",
    "f": "foreign key",
    "u": "unique",
    "c": "check",
    "n": "not null",
    "x": "exclusion",
    "t": "trigger",
}
# 22P02 is how an enum type refuses a word that is not its own; class 23 is every integrity constraint.
_REFUSALS = ("23", "22P02")
# What is wrong with the question itself, whatever the tables look like: our bug, so it is let through.
_OUR_BUGS = ("42601", "42P02", "0A000")
# The connection was ended from outside; one that never came about carries no code at all.
_GONE = ("57P01", "57P02", "57P03", "08")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column as the database knows it.

    *type* is the base type in full words (``integer``, ``character varying``, ``timestamp with time zone``), ``enum``
    for any enum type. *generated*: the database gives the value if nobody else does (identity, sequence).
    """

    name: str
    type: str
    nullable: bool
    default: str | None
    generated: bool


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """A constraint of a table; *references* is the table that a foreign key points to."""

    name: str
    kind: Kind
    columns: tuple[str, ...]
    definition: str
    references: str = ""


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index that is fit for use; *keys* are its columns and expressions in order, as PostgreSQL writes them."""

    name: str
    keys: tuple[str, ...]
    unique: bool
    partial: bool
    definition: str


class Statements:
    """How many statements the learner's role ran inside a ``with database.statements()``; known after its end."""

    count: int = 0


class Database:
    """A superuser's look into the learner's database; *role* is what their server logs in as.

    *maintenance_url* names another database of the same cluster, from which this one can be cut off and counted. *url*
    is what a program of the learner's is given; *another* makes one more database of the same cluster.
    """

    def __init__(
        self,
        admin_url: str,
        maintenance_url: str,
        role: str,
        has_statements: bool,
        *,
        url: str = "",
        another: Callable[[], Postgres] | None = None,
    ) -> None:
        self.url = url
        self._another = another
        self._admin_url = admin_url
        self._maintenance_url = maintenance_url
        self._role = role
        self._has_statements = has_statements
        self._connection: Connection[Any] | None = None
        self._maintenance: Connection[Any] | None = None

    @staticmethod
    def of(postgres: Postgres, *, another: Callable[[], Postgres] | None = None) -> Database:
        """The look into the database that a service stands for."""
        return Database(
            postgres.admin_url,
            postgres.maintenance_url,
            postgres.role,
            postgres.has_statements,
            url=postgres.url,
            another=another,
        )

    @contextmanager
    def another(self) -> Iterator[Database]:
        """One more empty database of the same cluster, with a role of its own; gone at the end, whoever still uses it."""
        if self._another is None:
            raise NotToBeHad("There is no cluster to make another database in.")
        postgres = self._another()
        database = Database.of(postgres, another=self._another)
        try:
            yield database
        finally:
            database.close()
            postgres.close()

    def close(self) -> None:
        """Let go of all connections; the next statement opens them anew."""
        for connection in (self._connection, self._maintenance):
            if connection is not None:
                connection.close()
        self._connection = self._maintenance = None

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """All rows of a query; times are aware and in UTC."""
        with _worded(sql):
            return list(self._run(sql, args).fetchall())

    def row(self, sql: str, *args: Any) -> tuple[Any, ...]:
        """The first row of a query; a Mismatch if there is none."""
        rows = self.rows(sql, *args)
        if not rows:
            raise Mismatch("The database does not hold the row we look for.", expected=_one_line(sql), actual="no row")
        return rows[0]

    def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row; a Mismatch if there is no row."""
        return self.row(sql, *args)[0]

    def execute(self, sql: str, *args: Any) -> int:
        """Run a statement that stays; how many rows it touched."""
        with _worded(sql):
            return int(self._run(sql, args).rowcount)

    def refuses(self, sql: str, *args: Any) -> bool:
        """Whether a constraint (or an enum type) refuses the statement; it leaves no trace either way."""
        import psycopg

        with _worded(sql):
            self._run("select 1", ())  # a lost connection is opened here: inside the transaction it must stay one
            connection = self._open()
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute("set constraints all immediate")
                    connection.execute(sql, args or None)
            except psycopg.Error as error:
                if (error.sqlstate or "").startswith(_REFUSALS):
                    return True
                raise
        return False

    @contextmanager
    def statements(self) -> Iterator[Statements]:
        """Count the statements that the learner's role runs in this database meanwhile."""
        if not self._has_statements:
            raise NotToBeHad("pg_stat_statements is not to be had in this PostgreSQL, so statements cannot be counted.")
        counted = Statements()
        whose = (self._role, self._name)
        reset = f"select {self._extension()}.pg_stat_statements_reset(r.oid, d.oid, 0) {_ROLE_AND_DATABASE}"
        self._ask(reset, *whose)
        yield counted
        calls = f"select coalesce(sum(calls), 0)::int from {self._extension()}.pg_stat_statements"  # noqa: S608  # a schema from the catalogue
        seen = f"{calls} where (userid, dbid) = (select r.oid, d.oid {_ROLE_AND_DATABASE})"
        counted.count = self._ask(seen, *whose)[0][0]

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Nobody can connect to the learner's database inside, and nobody is connected; always undone."""
        if not self._maintenance_url:
            raise NotToBeHad("There is no second database to cut this one off from.")
        name = self._name
        self._close_own()
        try:
            self._allow_connections(name, allowed=False)
            self._end_connections(name)
            yield
        finally:
            self._allow_connections(name, allowed=True)

    def held(self, tables: tuple[str, ...], schema: str = "public") -> Connection[Any] | None:
        """A session for which all writes to *tables* of *schema* wait until it is closed; None if it cannot be had.

        Tables that are not there are left out; without any name all tables of the schema are meant.
        """
        import psycopg

        found = self.rows("select tablename from pg_tables where schemaname = %s order by 1", schema)
        there = [name for (name,) in found if name in tables or not tables]
        names = ", ".join(f"{_quoted(schema)}.{_quoted(name)}" for name in there)
        if not names:
            return None
        try:
            holder = _connect(self._admin_url)
            try:
                holder.execute("begin")
                holder.execute("set local lock_timeout = '1s'")
                holder.execute(f"lock table {names} in share mode")
            except psycopg.Error:
                holder.close()
                return None
        except psycopg.Error:
            return None
        return holder

    def table_exists(self, table: str) -> bool:
        """Whether schema public has this table."""
        sql = """select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where n.nspname = 'public' and c.relname = %s and c.relkind in ('r', 'p')"""
        return bool(self.value(sql, table))

    def columns(self, table: str) -> dict[str, Column]:
        """The columns of a table by name, in their order; a Mismatch if there is no such table."""
        self._expect_table(table)
        columns = [_column(*row) for row in self.rows(_COLUMNS, table)]
        return {column.name: column for column in columns}

    def constraints(self, table: str) -> list[Constraint]:
        """All constraints of a table, by name; a Mismatch if there is no such table."""
        self._expect_table(table)
        return [
            Constraint(name=name, kind=_KINDS[kind], columns=tuple(columns), definition=text, references=references)
            for name, kind, columns, text, references in self.rows(_CONSTRAINTS, table)
        ]

    def indexes(self, table: str) -> list[Index]:
        """All valid indexes of a table, those of keys and constraints too; a Mismatch if there is no such table."""
        self._expect_table(table)
        return [
            Index(name=name, keys=tuple(keys), unique=unique, partial=partial, definition=text)
            for name, keys, unique, partial, text in self.rows(_INDEXES, table)
        ]

    def schema(self) -> Schema:
        """What schema public holds, to be compared with what it holds at another time, or in another database."""
        parts, owners = {}, {}
        for kind, table, name, what in self.rows(PARTS):
            part = f"{kind} {table}.{name}" if name else f"{kind} {table}"
            parts[part], owners[part] = what, table
        return Schema(parts, owners, tuple(name for (name,) in self.rows(OTHERS)))

    @property
    def _name(self) -> str:
        from psycopg.conninfo import conninfo_to_dict

        return str(conninfo_to_dict(self._admin_url)["dbname"])

    def _run(self, sql: str, args: tuple[Any, ...]) -> Any:
        """A cursor with the answer. A connection that somebody ended is opened once more."""
        import psycopg

        try:
            return self._open().execute(sql, args or None)
        except psycopg.Error as error:
            if not _is_gone(error):
                raise
        self._close_own()
        return self._open().execute(sql, args or None)

    def _open(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = _connect(self._admin_url)
        return self._connection

    def _ask(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """The same on the other database of the cluster, which stays reachable when this one does not."""
        if self._maintenance is None or self._maintenance.closed:
            self._maintenance = _connect(self._maintenance_url)
        cursor = self._maintenance.execute(sql, args or None)
        return cursor.fetchall() if cursor.description else []

    def _extension(self) -> str:
        """The schema that pg_stat_statements lives in, which is made in the other database, not in the learner's."""
        where = "select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where extname = %s"
        found = self._ask(where, "pg_stat_statements")
        if not found:
            self._make_extension()
            found = self._ask(where, "pg_stat_statements")
        return f'"{found[0][0]}"'

    def _make_extension(self) -> None:
        import psycopg

        try:
            self._ask("create extension if not exists pg_stat_statements")
        except psycopg.errors.UniqueViolation:
            pass  # another examination made it at the same instant; `if not exists` does not lock
        except psycopg.Error as error:
            raise NotToBeHad(f"Statements cannot be counted: {_said(error)}") from error

    def _close_own(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _allow_connections(self, name: str, *, allowed: bool) -> None:
        import psycopg

        sql = f"alter database {_quoted(name)} allow_connections {str(allowed).lower()}"
        try:
            self._ask(sql)
        except psycopg.errors.InsufficientPrivilege as error:
            raise NotToBeHad(f"The database cannot be cut off: {_said(error)}") from error
        except psycopg.OperationalError:
            # The maintenance connection was lost inside the block: whatever happens, the database must come back.
            self.close()
            self._ask(sql)

    def _end_connections(self, name: str) -> None:
        """End all sessions; one that was being opened while connections were forbidden is found in a later round."""
        import psycopg

        ended = "select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = %s"
        try:
            for _ in range(_ROUNDS):
                if not self._ask(ended, name):
                    return
        except psycopg.errors.InsufficientPrivilege as error:
            raise NotToBeHad(f"The database cannot be cut off: {_said(error)}") from error

    def _expect_table(self, table: str) -> None:
        if not self.table_exists(table):
            there = [name for (name,) in self.rows(_TABLES)]
            words = ", ".join(there) or "no tables at all"
            raise Mismatch(f"There is no table {table}.", expected=f"a table {table} in schema public", actual=words)


_ROLE_AND_DATABASE = "from pg_roles r, pg_database d where r.rolname = %s and d.datname = %s"

_TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1 limit 30"

_COLUMNS = """
select a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null), t.typtype = 'e',
       not (a.attnotnull or t.typnotnull), pg_get_expr(d.adbin, d.adrelid), a.attidentity <> ''
from pg_attribute a
join pg_type t on t.oid = a.atttypid
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = to_regclass('public.' || quote_ident(%s)) and a.attnum > 0 and not a.attisdropped
order by a.attnum"""

_CONSTRAINTS = """
select c.conname, c.contype::text,
       array(select a.attname::text from unnest(c.conkey) with ordinality k(number, place)
             join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number order by k.place),
       pg_get_constraintdef(c.oid), coalesce(f.relname::text, '')
from pg_constraint c left join pg_class f on f.oid = c.confrelid
where c.conrelid = to_regclass('public.' || quote_ident(%s))
order by c.conname"""

_INDEXES = """
select c.relname,
       array(select pg_get_indexdef(i.indexrelid, n, true) from generate_series(1, i.indnkeyatts) n order by n),
       i.indisunique, i.indpred is not null, pg_get_indexdef(i.indexrelid)
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = to_regclass('public.' || quote_ident(%s)) and i.indisvalid and i.indisready
order by c.relname"""


def _quoted(name: str) -> str:
    """An identifier as a statement has it."""
    return '"' + name.replace('"', '""') + '"'


def _connect(url: str) -> Connection[Any]:
    psycopg = _psycopg()
    connection: Connection[Any] = psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=PATIENCE_SECONDS,
        # Values are put into the statement here, so that PostgreSQL reads their types from the columns.
        cursor_factory=psycopg.ClientCursor,
        application_name="roadmap",
        options=f"-c timezone=UTC -c lock_timeout={PATIENCE_SECONDS}s -c statement_timeout={2 * PATIENCE_SECONDS}s",
    )
    return connection


def _psycopg() -> ModuleType:
    try:
        import psycopg
    except ImportError as error:  # pragma: no cover  # psycopg is one of our own dependencies
        raise NotToBeHad("psycopg is not installed, so the database cannot be looked into.") from error
    return psycopg


def _column(name: str, type: str, is_enum: bool, nullable: bool, default: str | None, is_identity: bool) -> Column:
    generated = is_identity or bool(default and re.match(r"nextval\(", default))
    return Column(name=name, type="enum" if is_enum else type, nullable=nullable, default=default, generated=generated)


@contextmanager
def _worded(sql: str) -> Iterator[None]:
    """What the learner's tables make of a statement, as a Mismatch; a bug or a lost cluster of ours goes through."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        if (error.sqlstate or "").startswith(_OUR_BUGS) or _is_gone(error):
            raise
        raise Mismatch(_sentence(error), expected=_one_line(sql), actual=_said(error)) from error


def _sentence(error: Any) -> str:
    code = error.sqlstate or ""
    if code in ("42P01", "42703", "3F000"):
        return "The database lacks a table or column of the contract."
    if code in ("55P03", "57014"):
        return "The database does not answer in time: a transaction of your server still holds a lock."
    if code.startswith(_REFUSALS):
        return "The database refuses a row that gives exactly what the contract's tables ask for."
    return "The database cannot run this statement on your tables."


def _is_gone(error: Any) -> bool:
    """Whether the connection is lost, rather than the statement refused."""
    import psycopg

    lost = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    code = error.sqlstate or ""
    return lost and (code == "" or code.startswith(_GONE))


def _said(error: Any) -> str:
    return shown(str(error).split("\n", 1)[0])[1:-1]


def _one_line(sql: str) -> str:
    return " ".join(sql.split())
