"""`roadmap hint`: one more rung each time, remembered."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli.attempts import HintShown
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
    wanted = named.phase.requirements[named.id]
    seen = progress.phase(named.phase.slug).hints.get(wanted.id, 0)
    shown = min(seen + 1, len(wanted.hints))
    desk.screen.show(hint_page(wanted, shown))
    if shown > seen:
        desk.remember(workspace, HintShown(at=desk.now, phase=named.phase.slug, requirement=wanted.id, rung=shown))
