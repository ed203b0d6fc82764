"""`roadmap watch`: a verdict after every save, the requirement that is worked on first."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from roadmap_cli.attempting import Place
from roadmap_cli.cli import names
from roadmap_cli.cli.check import find_place
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.interrupts import interruptible_once
from roadmap_cli.cli.screen import Screen
from roadmap_cli.cli.watch_lines import Lines
from roadmap_cli.cli.watch_picture import Picture
from roadmap_cli.cli.watch_run import Records, Watch
from roadmap_cli.errors import ExitCode
from roadmap_cli.progress import PhaseProgress
from roadmap_cli.watching.scene import Scene

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap watch                   what you work on now, then all the others

roadmap watch books.create      this requirement first, until you choose another

roadmap watch books             one milestone, and what it needs"""


@app.command(epilog=_EPILOG)
def watch(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="A requirement to be judged first, or a milestone; what is next if none is named.",
            autocompletion=names.complete_name,
            show_default=False,
        ),
    ] = None,
    poll: Annotated[
        bool, typer.Option("--poll", help="Look for changes again and again: for drives that tell of none.")
    ] = False,
) -> None:
    """Give a verdict after every save, the requirement that you work on first.

    What Git ignores, environments, caches, databases and logs are not looked at.
    """
    desk: Desk = context.obj
    place, parts = find_place(desk, (name,) if name else (), needs_project=True)
    assert place.project is not None
    records = Records(desk, place)
    scene = _scene(records.progress(), place, parts)
    run = Watch(desk, place, records, scene, polling=poll)
    with interruptible_once():
        run.to_its_end(Picture(run) if _has_terminal(desk.screen) else Lines(run))
    raise typer.Exit(ExitCode.PASSED)


def _scene(progress: PhaseProgress, place: Place, parts: tuple[str, ...]) -> Scene:
    """A requirement that is named is worked on first; a milestone is all that is worked on."""
    requirements = place.phase.requirements
    chosen = parts[0] if parts and parts[0] in requirements else ""
    scope = tuple(requirements) if chosen else place.phase.selection(parts)
    return Scene(progress=progress, scope=scope, selected=place.phase.with_needs(scope), chosen=chosen)


def _has_terminal(screen: Screen) -> bool:
    return not screen.plain and sys.stdin.isatty() and sys.stdout.isatty()
