"""`roadmap dashboard`: the living one."""

from __future__ import annotations

import sys

import typer

from roadmap_cli.cli import crash
from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import RoadmapError
from roadmap_cli.verdicts import Report
from roadmap_cli.views.page import Page
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def dashboard(context: typer.Context) -> None:
    """Browse everything, run checks and see hints, with keys or the mouse."""
    desk: Desk = context.obj
    _expect_terminal(desk)
    workspace = Workspace.search(desk.cwd)
    pack = desk.pack(workspace)

    from roadmap_cli.living.app import Dashboard  # textual, a fifth of a second that nothing else should pay for
    from roadmap_cli.living.world import World

    def broken(report: Report) -> Page:
        return crash.keep_broken(report, desk)

    living = Dashboard(World(pack=pack, workspace=workspace, cwd=desk.cwd, clock=desk.clock, broken=broken))
    try:
        status = living.run()
    finally:
        living.close()
    if living.failed_with is not None:
        raise living.failed_with
    raise typer.Exit(status or 0)


def _expect_terminal(desk: Desk) -> None:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if desk.screen.plain or not all(stream.isatty() for stream in streams):
        raise RoadmapError(
            "The living dashboard needs a terminal that it can draw on, and no --plain.",
            hint="The same as a plain picture: roadmap",
        )
