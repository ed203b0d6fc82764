"""`roadmap update`: a newer template merged into the learner's project."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli import pristine, updating
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode
from roadmap_cli.views.changes import updated_page

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap update --dry-run   what would happen

roadmap update             do it; roadmap undo takes it back

No line of yours is dropped. Where you and the template have changed the same lines, both stand in the file, marked. Ends
with 0 if all is merged, with 4 if something is left for you to decide."""


@app.command(epilog=_EPILOG)
def update(
    context: typer.Context,
    phase: Annotated[
        str | None,
        typer.Argument(
            help="The phase, where there are several projects.",
            autocompletion=names.complete_phase,
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
) -> None:
    """Merge what a newer roadmap has in its template into your project."""
    desk: Desk = context.obj
    workspace = desk.workspace()
    pack = desk.pack(workspace)
    project = workspace.project(desk.cwd, pack.phase(phase).slug if phase else None)
    done = updating.update(pack, pack.phase(project.phase), workspace, project, at=desk.now, dry_run=dry_run)
    where = pristine.place(workspace, project.root) or project.root.name
    desk.screen.show(updated_page(done, where, dry_run=dry_run))
    raise typer.Exit(ExitCode.CONFLICTS if done.plan.open_questions else ExitCode.PASSED)
