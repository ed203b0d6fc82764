"""`roadmap list`."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.views.look import list_page
from roadmap_cli.views.messages import renamed_page
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def listing(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="A phase or a milestone; all phases if none is named.",
            autocompletion=names.complete_name,
            show_default=False,
        ),
    ] = None,
) -> None:
    """List phases and milestones, or the requirements of one, each as it stands."""
    desk: Desk = context.obj
    workspace = Workspace.search(desk.cwd)
    progress = desk.progress(desk.pack(workspace), workspace)
    if name is None:
        desk.screen.show(list_page(progress))
        return
    named = names.find(progress.curriculum, name, progress.current.phase)
    desk.screen.tell(renamed_page(((named.was, named.id),)))
    desk.screen.show(list_page(progress, named.phase, named.milestone))
