"""`roadmap next`."""

from __future__ import annotations

import typer

from roadmap_cli.cli.desk import Desk
from roadmap_cli.views.look import next_page

app = typer.Typer(add_completion=False)


@app.command()
def following(context: typer.Context) -> None:
    """Say what to do next, and why."""
    desk: Desk = context.obj
    workspace = desk.workspace()
    progress = desk.progress(desk.pack(workspace), workspace)
    desk.screen.show(next_page(progress.current))
