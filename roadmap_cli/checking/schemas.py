"""What a database looks like, in words that can be compared: its tables, columns, constraints and indexes by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Where migration tools keep which versions have been applied.
TOOLS = frozenset({
    *("alembic_version", "django_migrations", "flyway_schema_history", "databasechangelog", "databasechangeloglock"),
    *("knex_migrations", "knex_migrations_lock", "_prisma_migrations", "schema_migrations", "ar_internal_metadata"),
    *("sequelizemeta", "goose_db_version", "typeorm_metadata", "migrations", "kysely_migration", "kysely_migration_lock"),
    *("__efmigrationshistory", "_sqlx_migrations", "__drizzle_migrations", "pgmigrations", "aerich", "gorp_migrations"),
    *("_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock", "phinxlog", "doctrine_migration_versions"),
})  # fmt: skip
_OWN_TOOL = re.compile(r"migration|version|revision|changelog", re.IGNORECASE)


@dataclass(frozen=True)
class Schema:
    """What schema public holds: *parts* maps ``column users.email`` and the like to what it is, *owners* to its table.

    *others* are types and sequences that belong to no table.
    """

    parts: Mapping[str, str]
    owners: Mapping[str, str]
    others: tuple[str, ...] = ()

    @property
    def tables(self) -> frozenset[str]:
        """The names of all tables."""
        return frozenset(self.owners.values())

    def without(self, tables: Iterable[str]) -> Schema:
        """The same without these tables and what hangs on them."""
        gone = frozenset(tables)
        owners = {part: table for part, table in self.owners.items() if table not in gone}
        return Schema({part: self.parts[part] for part in owners}, owners, self.others)

    def differences(self, other: Schema) -> tuple[str, ...]:
        """What is otherwise in *other*, a sentence each; empty if they are the same."""
        return tuple(
            _difference(part, self.parts.get(part), other.parts.get(part))
            for part in sorted({*self.parts, *other.parts}, key=_reading_order)
            if self.parts.get(part) != other.parts.get(part)
        )


def of_a_tool(tables: Iterable[str], *, contract: Iterable[str] = ()) -> frozenset[str]:
    """The tables in which a migration tool keeps its versions; *contract* are names that are certainly none."""
    mine = [table for table in tables if table not in set(contract)]
    known = frozenset(table for table in mine if table.lower() in TOOLS)
    return known or frozenset([table for table in mine if _OWN_TOOL.search(table)][:1])


def _difference(part: str, here: str | None, there: str | None) -> str:
    if here is None:
        return f"{part} is new"
    if there is None:
        return f"{part} is missing"
    return f"{part} is {there}, not {here}"


def _reading_order(part: str) -> tuple[int, str]:
    kinds = ("table", "column", "constraint", "index")
    kind = part.partition(" ")[0]
    return (kinds.index(kind) if kind in kinds else len(kinds), part)


# Rows of (kind, table, name, what it is). Not-null constraints are told with their columns. What an extension made is no
# part of the learner's schema.
PARTS = """
with mine as (
    select c.oid, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p')
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
select 'table', relname::text, '', 'there' from mine
union all
select 'column', m.relname, a.attname,
       format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ', not null' else '' end
       || coalesce(', default ' || pg_get_expr(d.adbin, d.adrelid), '')
       || case when a.attidentity <> '' then ', identity' else '' end
from mine m join pg_attribute a on a.attrelid = m.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
union all
select 'constraint', m.relname, c.conname, pg_get_constraintdef(c.oid)
from mine m join pg_constraint c on c.conrelid = m.oid where c.contype <> 'n'
union all
select 'index', m.relname, c.relname, pg_get_indexdef(i.indexrelid)
from mine m join pg_index i on i.indrelid = m.oid join pg_class c on c.oid = i.indexrelid
order by 1, 2, 3"""

OTHERS = """
select 'type ' || t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace
left join pg_class c on c.oid = t.typrelid
where n.nspname = 'public' and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
  and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
union all
select 'sequence ' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind = 'S' and not exists (
    select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i', 'e'))
order by 1"""
