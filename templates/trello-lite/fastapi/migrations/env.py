"""How migrations are run, by ``alembic`` and, if you like, by the server when it starts."""

from alembic import context
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from app import models  # noqa: F401  (fills SQLModel.metadata)
from app.database import engine

# TODO (milestone database, CONTRACT §11): two servers may start on one empty database. Read about
# pg_advisory_xact_lock: who takes it first migrates, and the other finds everything done.
try:
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=SQLModel.metadata)
        with context.begin_transaction():
            context.run_migrations()
except OperationalError as error:
    raise CommandError(f"The database of DATABASE_URL does not do it: {error.orig}") from error
