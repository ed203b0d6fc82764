"""`roadmap undo`: what commands have changed, brought back."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli import changing
from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode, RoadmapError
from roadmap_cli.snapshots import Store, worded
from roadmap_cli.views.changes import forgotten_page, snapshots_page, undone_page
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap undo                       undo the last command that changed your files

roadmap undo --list                what there is, and how many files differ from then

roadmap undo 3                     back to before that command; it and all since are undone

roadmap undo 3 --file app/main.py  that file as the command found it, whether it changed it or not

Only files that commands changed go back. What you made or edited elsewhere stays. Undo keeps what it replaces, so another
undo brings that back. Ends with 2 if a file could not be brought back."""


@app.command(epilog=_EPILOG)
def undo(
    context: typer.Context,
    number: Annotated[
        int | None,
        typer.Argument(metavar="ID", help="A snapshot from --list; the last one if none is named.", show_default=False),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Show what can be undone.")] = False,
    file: Annotated[str | None, typer.Option("--file", help="Bring back only this file or folder.")] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Throw that snapshot and all older ones away, to make room.")
    ] = False,
) -> None:
    """Bring back what a command has changed: update, reset, solution --apply, or an undo."""
    desk: Desk = context.obj
    workspace = desk.workspace()
    if listing:
        _list(desk, workspace)
    elif forget:
        _forget(desk, workspace, number)
    elif file is not None:
        _show(desk, changing.bring_back_file(workspace, file, at=desk.now, cwd=desk.cwd, number=number))
    else:
        _show(desk, changing.undo(workspace, at=desk.now, cwd=desk.cwd, number=number))


def _list(desk: Desk, workspace: Workspace) -> None:
    with worded("The snapshots cannot be read"):
        shelf = Store(workspace).shelf()
        differing = {each.id: changing.differing(workspace, each) for each in shelf.snapshots}
    desk.screen.show(snapshots_page(shelf, differing, desk.clock()))


def _forget(desk: Desk, workspace: Workspace, number: int | None) -> None:
    if number is None:
        raise RoadmapError("Which snapshot, and all older ones, shall be forgotten?", hint="roadmap undo ID --forget")
    with workspace.changing(), worded("The snapshots cannot be removed"):
        freed = Store(workspace).forget(number)
    desk.screen.show(forgotten_page(number, freed))


def _show(desk: Desk, undone: changing.Undone) -> None:
    desk.screen.show(undone_page(undone, desk.clock()))
    if undone.lost or undone.blocked:
        raise typer.Exit(ExitCode.USER_ERROR)
