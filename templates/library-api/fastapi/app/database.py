"""The database: one engine for the process, one session for each request."""

from collections.abc import Iterator

from sqlmodel import Session, create_engine

from app.settings import settings

# SQLAlchemy must be told which driver to use; ours is psycopg, version 3.
engine = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1))

# TODO (milestone books, CONTRACT §1): create the tables that are missing, and never drop any. Two instances may
# start at the same moment: what happens then?
# TODO (milestone ops, CONTRACT §3): the database may go away and come back. Look at pool_pre_ping and
# connect_timeout.


def get_session() -> Iterator[Session]:
    """Give a request its session: ``session: Annotated[Session, Depends(get_session)]``."""
    with Session(engine) as session:
        yield session
