"""The database: one engine for the process, one session for each request."""

from collections.abc import Iterator

from sqlmodel import Session, create_engine

from app.settings import settings

# SQLAlchemy must be told which driver to use; ours is psycopg, version 3. Nothing connects before it is needed.
engine = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1))

# TODO (milestone auth, CONTRACT §1): 32 requests come at the same time. How many connections does the pool have, and
# who waits for one while holding what?
# TODO (milestone auth, CONTRACT §3): GET /ready asks the database, which may be away. Look at pool_pre_ping and
# connect_timeout.


def get_session() -> Iterator[Session]:
    """Give a request its session: ``session: Annotated[Session, Depends(get_session)]``."""
    with Session(engine) as session:
        yield session
