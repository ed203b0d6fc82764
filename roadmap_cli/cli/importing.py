"""`roadmap import`: an export taken over, into a folder of its own or into the workspace that we are in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli import importing as taking
from roadmap_cli.cli.desk import Desk
from roadmap_cli.views.moving import imported_page

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap import roadmap.zip --into ~/backend    everything, in a folder of its own

roadmap import roadmap.zip                     in an empty folder, or into the workspace that you are in

roadmap import roadmap.zip --only-history      your progress; your code travels by Git"""


@app.command("import", epilog=_EPILOG)
def take_over(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What roadmap export has written.", show_default=False)],
    into: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A new or empty folder, or a workspace.", file_okay=False, show_default=False),
    ] = None,
    only_history: Annotated[
        bool, typer.Option("--only-history", help="Only what you have achieved; your files stay as they are.")
    ] = False,
) -> None:
    """Take over an export: everything into an empty folder, what is missing into a workspace.

    Histories become one. No file of yours is ever overwritten: where one differs, nothing is taken over and it is named.
    """
    desk: Desk = context.obj
    target = taking.where(desk.cwd, into)
    done = taking.unpack(Path(os.path.abspath(desk.cwd / file.expanduser())), target, only_history=only_history)
    desk.screen.show(imported_page(done, _seen_from(desk.cwd, target), only_history=only_history))


def _seen_from(cwd: Path, target: Path) -> str:
    """The folder to change into; empty if we are there."""
    if cwd.is_relative_to(target):
        return ""
    return os.path.relpath(target, cwd) if target.is_relative_to(cwd) else str(target)
