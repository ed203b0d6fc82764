"""`roadmap reset`: files as they were made."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli import resetting
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.views.changes import reset_page

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap reset app/models.py   one file

roadmap reset app/routes      every file in it that came with the project

roadmap reset books           the files that belong to the milestone

Files that you have added stay. What was there is kept: roadmap undo brings it back."""


@app.command(epilog=_EPILOG)
def reset(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A milestone, a file or a folder.", autocompletion=names.complete_milestone, show_default=False
        ),
    ],
) -> None:
    """Make a file, a folder or the files of a milestone as they were when you got them."""
    desk: Desk = context.obj
    workspace = desk.workspace()
    pack = desk.pack(workspace)
    project = workspace.project(desk.cwd)
    done = resetting.reset(pack.phase(project.phase), workspace, project, name, cwd=desk.cwd, at=desk.now)
    desk.screen.show(reset_page(done))
