"""`roadmap export`: the whole state as one file, for another machine or a safe place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli import exporting
from roadmap_cli.cli.desk import Desk
from roadmap_cli.leaving import Choice
from roadmap_cli.views.moving import exported_page

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap export                        roadmap-export-DATE.zip beside your projects

roadmap export ~/stick/roadmap.zip    somewhere else

roadmap export --with-data            the databases of roadmap serve too

On the other machine: roadmap import FILE --into DIR"""


@app.command(epilog=_EPILOG)
def export(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="Where to write it; beside your projects if not said.", show_default=False),
    ] = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="The databases that roadmap serve keeps, too.")
    ] = False,
    with_ignored: Annotated[
        bool,
        typer.Option("--with-ignored", help="What .gitignore names too, and .env files: they may hold secrets."),
    ] = False,
) -> None:
    """Write the whole state into one file: history, reports, snapshots, and your projects with their Git history.

    Left out, and said: environments and caches, what .gitignore names, .env files, databases.
    """
    desk: Desk = context.obj
    workspace = desk.workspace()
    default = workspace.root / exporting.default_name(f"{desk.clock():%Y-%m-%d}")
    target = Path(os.path.abspath(desk.cwd / file.expanduser())) if file else default
    done = exporting.export(workspace, target, Choice(ignored=with_ignored, data=with_data))
    desk.screen.show(exported_page(done.manifest, str(done.path), done.size))
