"""`roadmap solution`: the reference, once the milestone is passed, or at the price of giving up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli import applying
from roadmap_cli.attempts import GaveUp
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.curriculum import Milestone
from roadmap_cli.errors import RoadmapError
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.packs import Pack
from roadmap_cli.pristine import place
from roadmap_cli.progress import PhaseProgress, Progress
from roadmap_cli.views.changes import applied_page
from roadmap_cli.views.look import solution_page, source_page
from roadmap_cli.views.messages import renamed_page
from roadmap_cli.views.page import text
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)
_LEFT_OUT = frozenset({"__pycache__", ".git", ".venv"})
_LARGEST = 200_000


@app.command()
def solution(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="A milestone or a requirement; where you are now if none is named.",
            autocompletion=names.complete_name,
            show_default=False,
        ),
    ] = None,
    file: Annotated[str | None, typer.Option("--file", help="This file of the reference.")] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Put it into your project; roadmap undo brings yours back.")
    ] = False,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Show it although you have not passed. This is recorded.")
    ] = False,
) -> None:
    """Show the reference solution, once you have passed the milestone; or put it into your project."""
    desk: Desk = context.obj
    workspace = desk.workspace()
    pack = desk.pack(workspace)
    progress = desk.progress(pack, workspace)
    standing, milestone = _asked_for(desk, progress, name)
    _expect_earned(desk, workspace, standing, milestone, give_up)
    folder = _reference(desk, pack, workspace, standing)
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    if file is not None and file not in files:
        guess = did_you_mean(file, files) or "See all with: roadmap solution"
        raise RoadmapError(f"The reference has no file {file}.", hint=guess)
    if apply:
        _apply(desk, workspace, standing, folder, files, file or "")
    else:
        _show(desk, standing, files, file)


def _asked_for(desk: Desk, progress: Progress, name: str | None) -> tuple[PhaseProgress, Milestone]:
    if name is None:
        return progress.current, progress.current.current_milestone
    named = names.find(progress.curriculum, name, progress.current.phase)
    desk.screen.tell(renamed_page(((named.was, named.id),)))
    standing = progress.phase(named.phase.slug)
    return standing, named.milestone or standing.current_milestone


def _expect_earned(
    desk: Desk, workspace: Workspace, standing: PhaseProgress, milestone: Milestone, give_up: bool
) -> None:
    """RoadmapError unless the milestone is passed, or given up now or before."""
    if standing.is_complete(milestone) or milestone.id in standing.given_up:
        return
    if not give_up:
        passed = f"{standing.passed_in(milestone)} of {len(milestone.requirements)} requirements are passed"
        raise RoadmapError(
            f"The solution of {milestone.id} is shown once you have passed it: {passed}.",
            hint=f"roadmap hint for one of them; or, recorded: roadmap solution {milestone.id} --give-up",
        )
    desk.remember(workspace, GaveUp(at=desk.now, phase=standing.phase.slug, milestone=milestone.id))
    desk.screen.tell((text(f"Recorded: you have seen the solution of {milestone.id}. Your points stay as they are."),))


def _apply(
    desk: Desk, workspace: Workspace, standing: PhaseProgress, folder: Path, files: dict[str, Path], only: str
) -> None:
    project = workspace.project(desk.cwd, standing.phase.slug)
    applying.expect_stack(project, folder)
    done = applying.apply(workspace, project, files, at=desk.now, only=only)
    desk.screen.show(applied_page(done, only or place(workspace, project.root) or project.root.name))


def _show(desk: Desk, standing: PhaseProgress, files: dict[str, Path], file: str | None) -> None:
    if file is None:
        counted = tuple((name, path.read_bytes().count(b"\n")) for name, path in files.items())
        desk.screen.show(solution_page(standing.phase.title, counted))
    else:
        desk.screen.show(source_page(file, files[file].read_text(encoding="utf-8", errors="replace")))


def _reference(desk: Desk, pack: Pack, workspace: Workspace, standing: PhaseProgress) -> Path:
    """The reference in the learner's stack, else in the first stack that has one."""
    phase = standing.phase
    mine = [project.stack for project in workspace.projects() if project.phase == phase.slug]
    for stack in (*mine, *phase.stacks):
        if stack and (folder := pack.reference(phase, stack)).is_dir():
            return folder
    raise RoadmapError(f"This pack ships no reference for {phase.slug}.", hint="Ask whoever made it.")


def _files(folder: Path) -> list[Path]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size <= _LARGEST)
    return [path for path in found if not _LEFT_OUT.intersection(path.relative_to(folder).parts)]
