"""A PostgreSQL with tables of a learner's, and a look into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from roadmap_cli.checking.database import Database
from roadmap_cli.services import provide
from roadmap_cli.services.postgres import Postgres


@contextmanager
def a_postgres(folder: Path, tables: str) -> Iterator[Postgres]:
    """A service of its own, with *tables* in its database; *folder* is for its files."""
    service = provide("postgres", scratch=folder, environment={})
    assert isinstance(service, Postgres), "these tests need a PostgreSQL"
    with psycopg.connect(service.url, autocommit=True) as learner:
        learner.execute(tables)
    yield service
    service.close()


@contextmanager
def a_look(postgres: Postgres, *emptied: str) -> Iterator[Database]:
    """The superuser's look, after these tables were *emptied*."""
    database = Database(postgres.admin_url, postgres.maintenance_url, postgres.role, postgres.has_statements)
    database.execute(f"truncate {', '.join(emptied)}")
    yield database
    database.close()
