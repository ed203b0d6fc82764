"""What the examining child is told: one line of JSON in a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from roadmap_cli.events import build
from roadmap_cli.nurseries import Place
from roadmap_cli.services.postgres import Prepared


@dataclass(frozen=True, kw_only=True)
class Job:
    """One examination. Paths are absolute; *url* is set when the server already runs, *project* is empty without one.

    *environment* is what the server gets beside its services; *offered* are variables of the user's that name services
    (DATABASE_URL); *start_seconds* bound the server's start; *first* is judged before all others; *log* is the file that
    gets what the server prints, one in *scratch* if empty. *nursery* forks the server if it can, *postgres* is a database
    that was made ahead; byte code of checks is kept in *pycache*.
    """

    checks: str
    requirements: tuple[str, ...]
    seed: int
    scratch: str
    first: str = ""
    services: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    offered: tuple[tuple[str, str], ...] = ()
    project: str = ""
    serve: str = ""
    ready: str = "/"
    url: str = ""
    start_seconds: float = 30.0
    log: str = ""
    nursery: Place | None = None
    postgres: Prepared | None = None
    pycache: str = ""

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @staticmethod
    def from_line(line: str) -> Job:
        """The job of a line; ValueError, TypeError or KeyError if it is none."""
        job: Job = build(Job, json.loads(line))
        return job

    @property
    def folder(self) -> Path:
        """Where the child may write."""
        return Path(self.scratch)

    @property
    def server_log(self) -> Path:
        """The file that gets what the server prints."""
        return Path(self.log) if self.log else self.folder / "server.log"
