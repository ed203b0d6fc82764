"""`roadmap show`: a phase, a milestone, or a requirement with the words of the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli import reports
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.curriculum import Phase, Requirement
from roadmap_cli.errors import RoadmapError
from roadmap_cli.packs import Pack
from roadmap_cli.progress import PhaseProgress, Progress
from roadmap_cli.views.look import contract_section, milestone_page, phase_page, requirement_page
from roadmap_cli.views.messages import renamed_page
from roadmap_cli.views.page import Page
from roadmap_cli.views.report import explanation_of
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def show(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="A phase, a milestone or a requirement.", autocompletion=names.complete_name)
    ],
) -> None:
    """Show a phase, a milestone, or a requirement with the contract's words and your last verdict."""
    desk: Desk = context.obj
    workspace = Workspace.search(desk.cwd)
    pack = desk.pack(workspace)
    progress = desk.progress(pack, workspace)
    named = names.find(pack.curriculum, name, names.phase_here(pack.curriculum, desk.cwd, workspace))
    desk.screen.tell(renamed_page(((named.was, named.id),)))
    desk.screen.show(_page(desk, workspace, pack, progress, named))


def _page(desk: Desk, workspace: Workspace | None, pack: Pack, progress: Progress, named: names.Named) -> Page:
    standing = progress.phase(named.phase.slug)
    folder = project_folder(desk, workspace, named.phase)
    if named.requirement:
        return _requirement(pack, workspace, standing, named.requirement, folder)
    if named.milestone:
        return milestone_page(standing, named.milestone)
    return phase_page(standing, str(folder) if folder else "")


def _requirement(
    pack: Pack, workspace: Workspace | None, standing: PhaseProgress, requirement: Requirement, folder: Path | None
) -> Page:
    contract = contract_section(pack.contract(standing.phase, folder), requirement.contract)
    kept = workspace.last_report(standing.phase.slug) if workspace else None
    report = reports.from_json(standing.phase, kept) if kept else None
    verdict = explanation_of(report, requirement.id) if report else ()
    return requirement_page(standing, requirement, pack.curriculum, contract=contract, verdict=verdict)


def project_folder(desk: Desk, workspace: Workspace | None, phase: Phase) -> Path | None:
    """Where the phase's project is, if there is one and only one."""
    if workspace is None:
        return None
    try:
        return workspace.project(desk.cwd, phase.slug).root
    except RoadmapError:
        return None  # not begun, or several: the page does without
