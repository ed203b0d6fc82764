"""How migrations are run, by ``alembic`` and by the server when it starts."""

from alembic import context
from alembic.util import CommandError
from app import models  # noqa: F401  (fills SQLModel.metadata)
from app.database import engine
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

MIGRATION_LOCK = 20_260_301


def run_migrations(connection: Connection) -> None:
    """Run all of them in one transaction, so that a schema is never half migrated."""
    context.configure(connection=connection, target_metadata=SQLModel.metadata)
    with context.begin_transaction():
        # Two servers that start together take turns; the second one finds everything done.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()


try:
    with engine.connect() as connection:
        run_migrations(connection)
except OperationalError as error:
    raise CommandError(f"The database of DATABASE_URL does not do it: {error.orig}") from error
