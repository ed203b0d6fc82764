"""``python -m tests.on_sqlite PROJECT SCRATCH``: an examination in one process, as on a machine where no PostgreSQL can be had."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from roadmap_cli.checking import stage
from roadmap_cli.checking.child import Wire, run_checks
from roadmap_cli.examiner import Examination
from roadmap_cli.services import Service
from roadmap_cli.services.postgres import LADDER
from roadmap_cli.workspace import Project
from tests.examining import SEED, bundled_pack


def last_rung(name: str, *, scratch: Path, environment: Mapping[str, str]) -> Service:
    """What `provide` comes to when every other rung is missing."""
    return LADDER.rungs[-1].start(scratch, environment)


def main(project: str, scratch: str) -> None:
    """Examine everything; events go to standard output."""
    pack, phase = bundled_pack()
    found = Project.load(Path(project))
    wire = Wire()
    job = Examination(
        pack=pack,
        phase=phase,
        requirements=tuple(phase.requirements),
        seed=SEED,
        project=found.root,
        serve=found.serve,
        ready=found.ready,
    ).job(Path(scratch))
    stage.provide = last_rung  # type: ignore[attr-defined]  # the one place where the stage finds its services
    theatre = stage.Stage(job, wire.say)
    try:
        theatre.begin()
        run_checks(job, theatre, wire.say)
    finally:
        theatre.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
