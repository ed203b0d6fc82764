"""`roadmap serve`: the learner's server in the foreground, with a database that stays."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from roadmap_cli import serving
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.interrupts import interruptible_once
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ExitCode
from roadmap_cli.processes import Tree, sweep
from roadmap_cli.views.messages import serving_page
from roadmap_cli.views.page import text

app = typer.Typer(add_completion=False)
SAVE_SECONDS = 60.0


@app.command()
def serve(
    context: typer.Context,
    phase: Annotated[
        str | None,
        typer.Argument(
            help="The phase, where there are several projects.",
            autocompletion=names.complete_phase,
            show_default=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option(metavar="N", help="Where it listens.", min=1, max=65535)] = 8000,
) -> None:
    """Run your server as checks do, but on port 8000 and with a database that stays."""
    desk: Desk = context.obj
    workspace = desk.workspace()
    pack = desk.pack(workspace)
    project = workspace.project(desk.cwd, pack.phase(phase).slug if phase else None)
    chosen = pack.phase(project.phase)
    serving.expect_port(port)
    sweep()
    with interruptible_once(), serving.database(workspace.folder / "data" / chosen.slug, os.environ) as database:
        given = serving.environment(chosen, database, port)
        desk.screen.tell(
            serving_page(f"http://{serving.HOST}:{port}", _account(chosen, given), database.detail, database.url)
        )
        raise typer.Exit(_run(serving.serve(project, given), database, desk))


def _account(phase: Phase, given: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Addresses and passwords that the server was told of: as them one can sign in."""
    return tuple(
        (name, given[name]) for name, value in phase.environment if "{email}" in value or "{password}" in value
    )


def _run(tree: Tree, database: serving.Database, desk: Desk) -> int:
    """Until the server ends by itself, or somebody ends it; the database is written down every minute."""
    try:
        while tree.wait(SAVE_SECONDS) is None:
            database.save()
    except KeyboardInterrupt:
        return ExitCode.PASSED
    finally:
        tree.terminate(serving.STOP_SECONDS)
    desk.screen.tell((text(f"Your server has ended with status {tree.status}."),))
    return ExitCode.USER_ERROR
