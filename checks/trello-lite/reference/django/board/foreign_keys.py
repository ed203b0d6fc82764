"""For migrations: references with a rule of the database's own, and where ids begin."""

from typing import Any

from django.db.migrations import RunSQL
from django.db.models import DO_NOTHING, BigAutoField, ForeignKey


def identity() -> tuple[str, BigAutoField]:
    """The column `id`, as DEFAULT_AUTO_FIELD makes it."""
    return "id", BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def reference(to: str, **more: Any) -> ForeignKey:
    """A column that refers to a row of another table. `foreign_key` makes the constraint."""
    return ForeignKey(
        to, **{"on_delete": DO_NOTHING, "db_constraint": False, "db_index": False, "related_name": "+", **more}
    )


def foreign_key(table: str, column: str, to: str, rule: str = "") -> RunSQL:
    """The constraint of a reference; `rule` is what comes behind it in SQL, such as ON DELETE CASCADE."""
    name = f"{table}_{column}_fkey"
    return RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY ("{column}") REFERENCES "{to}" ("id") {rule}',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )


def ids_from(table: str, first: int) -> RunSQL:
    """Ids of different kinds begin at different numbers: who mixes them up finds nothing instead of the wrong thing."""
    return RunSQL(f'ALTER TABLE "{table}" ALTER COLUMN "id" RESTART WITH {first}', RunSQL.noop)
