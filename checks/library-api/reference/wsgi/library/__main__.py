"""`python -m library`: prepare the database and serve until SIGTERM."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time

from . import settings as configuration
from .db import Database
from .routing import application
from .settings import Settings
from .users import ensure_librarian
from .wire import Server

LOG = logging.getLogger("library")

SECONDS_FOR_DATABASE = 15
SECONDS_BETWEEN_TRIES = 1
SECONDS_FOR_LAST_ANSWERS = 2


def main() -> int:
    """Run the program; the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = configuration.from_environment()
    except configuration.SettingsError as error:
        LOG.error("%s", error)
        return 2
    db = Database(settings.database_url)
    threading.Thread(target=prepare, args=(db, settings), daemon=True).start()
    # With a database that stays away it is served all the same: /ready tells.
    db.prepared.wait(SECONDS_FOR_DATABASE)
    serve(Server(settings.host, settings.port, application(db, settings)))
    db.close()
    return 0


def prepare(db: Database, settings: Settings) -> None:
    """Create the tables and the first librarian, as soon as the database is there."""
    while not db.prepared.is_set():
        try:
            db.create_schema()
            ensure_librarian(db, settings)
            db.prepared.set()
        except Exception as error:
            LOG.warning("the database cannot be prepared yet: %s", error)
            time.sleep(SECONDS_BETWEEN_TRIES)


def serve(server: Server) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what was begun."""

    def stop(*_: object) -> None:
        server.stopping = True
        # In a thread, for `shutdown` waits until the loop below, which this signal interrupts, has ended.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host, port = server.server_address[:2]
    LOG.info("listening on http://%s:%s", host, port)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    server.busy.wait(SECONDS_FOR_LAST_ANSWERS)


if __name__ == "__main__":
    sys.exit(main())
