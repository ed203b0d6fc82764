"""`roadmap hint`: one more rung each time, remembered."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.views.look import hint_page
from roadmap_cli.views.messages import renamed_page

app = typer.Typer(add_completion=False)


@app.command()
def hint(
    context: typer.Context,
    requirement: Annotated[
        str, typer.Argument(help="The requirement that you are stuck with.", autocompletion=names.complete_requirement)
    ],
) -> None:
    """Give one more hint: where to look, then the idea, then nearly the code."""
    desk: Desk = context.obj
    workspace = desk.workspace()
    pack = desk.pack(workspace)
    progress = desk.progress(pack, workspace)
    named = names.find_requirement(pack.curriculum, requirement, progress.current.phase)
    desk.screen.tell(renamed_page(((named.was, named.id),)))
    shown, news = progress.phase(named.phase.slug).hint(named.id, at=desk.now)
    desk.screen.show(hint_page(named.phase.requirements[named.id], shown))
    if news:
        desk.remember(workspace, news)
