"""`roadmap version`."""

from __future__ import annotations

import platform

import typer

from roadmap_cli import __version__
from roadmap_cli.cli.desk import Desk

app = typer.Typer(add_completion=False)


@app.command()
def version(context: typer.Context) -> None:
    """Say which roadmap this is, and what it runs on."""
    desk: Desk = context.obj
    desk.screen.write(f"roadmap {__version__} (Python {platform.python_version()}, {platform.system()})\n")
