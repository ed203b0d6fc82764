"""`roadmap check`: start the learner's server, hold it to the requirements, show and record the verdicts."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli import reports
from roadmap_cli.attempting import Place
from roadmap_cli.cli import crash, names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.live import examine_live
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ExitCode, ProjectError, RoadmapError, WorkspaceError
from roadmap_cli.packs import Pack
from roadmap_cli.verdicts import Report
from roadmap_cli.views.ink import plain
from roadmap_cli.views.messages import error_page, renamed_page
from roadmap_cli.views.page import command, text
from roadmap_cli.views.report import report_page
from roadmap_cli.workspace import Project, Workspace

app = typer.Typer(add_completion=False)


class Format(Enum):
    """How the report is given out."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Phases, milestones or requirements; all of the phase if none is named.",
        autocompletion=names.complete_name,
        show_default=False,
    ),
]
Failed = Annotated[bool, typer.Option("--failed", help="Only what did not pass in your last check.")]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Send the same requests as the check that had this seed.", min=0)
]
Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Grade a server that runs already; what needs more than HTTP is skipped."),
]
Output = Annotated[Format, typer.Option("--format", help="What standard output gets.")]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="FILE", help="Write the report there too: JSON for .json, JUnit for .xml.", dir_okay=False
    ),
]

_EPILOG = """Examples:

roadmap check                     everything

roadmap check books.create        one requirement, and what it needs

roadmap check --failed            what did not pass the last time

roadmap check --report out.xml    for your CI

Ends with 0 if all passed, 1 if not, 2 if something is for you to mend first, 3 if roadmap itself failed."""


@app.command(epilog=_EPILOG)
def check(
    context: typer.Context,
    wanted: Names = None,
    failed: Failed = False,
    seed: Seed = None,
    url: Url = None,
    output: Output = Format.TEXT,
    file: ReportFile = None,
) -> None:
    """Start your server and hold it to the contract.

    Every verdict is shown with what we sent, what came back and what was expected.
    """
    desk: Desk = context.obj
    _expect_writable(file)
    place, rest = find_place(desk, tuple(wanted or ()), needs_project=url is None)
    selected = _selected(desk, place, rest, failed)
    with place.alone():
        examination = place.examination(selected, seed=seed, url=_checked_url(url) if url else "")
        report = examine_live(examination, desk.screen)
        at = desk.now
        _give_out(desk, report, output, at, is_kept=place.workspace is not None)
        _write_file(file, report, output, at)
        _record(desk, place, report, at)
    crash.report_broken(report, desk)
    raise typer.Exit(report.exit_code)


def find_place(desk: Desk, wanted: tuple[str, ...], *, needs_project: bool) -> tuple[Place, tuple[str, ...]]:
    """The place that the names and the current folder speak of, and the names of its parts."""
    workspace = Workspace.search(desk.cwd)
    pack = desk.pack(workspace)
    here = names.phase_here(pack.curriculum, desk.cwd, workspace)
    phase, parts = _phase_and_parts(desk, pack, wanted, here)
    project = _project(desk, workspace, phase) if needs_project else None
    phase = phase or (pack.phase(project.phase) if project else desk.progress(pack, workspace).current.phase)
    return Place(pack=pack, phase=phase, project=project, workspace=workspace), parts


def _phase_and_parts(
    desk: Desk, pack: Pack, wanted: tuple[str, ...], here: Phase | None
) -> tuple[Phase | None, tuple[str, ...]]:
    found = [each for name in wanted for each in names.find_all(pack.curriculum, name, here)]
    desk.screen.tell(renamed_page(tuple((each.was, each.id) for each in found)))
    phases = list(dict.fromkeys(each.phase.slug for each in found))
    if len(phases) > 1:
        raise RoadmapError(f"These belong to several phases: {', '.join(phases)}.", hint="Check one phase at a time.")
    parts = tuple(each.id for each in found if each.milestone)
    return (found[0].phase if found else here), parts


def _project(desk: Desk, workspace: Workspace | None, phase: Phase | None) -> Project:
    slug = phase.slug if phase else None
    if workspace:
        return workspace.project(desk.cwd, slug)
    project = Project.search(desk.cwd)
    if project is None or slug not in (None, project.phase):
        raise WorkspaceError(
            f"There is no workspace and no project in {desk.cwd} or above.",
            hint=f"Begin one with: roadmap start {slug or 'phase-1'}",
        )
    return project


def _selected(desk: Desk, place: Place, parts: tuple[str, ...], failed: bool) -> tuple[str, ...]:
    """Requirement ids that were asked for, and those they need."""
    selected = place.phase.selection(parts)
    if failed:
        last = desk.progress(place.pack, place.workspace).phase(place.phase.slug).last
        if last is None:
            raise RoadmapError("There is no earlier check of this phase.", hint="roadmap check")
        selected = tuple(id for id in selected if last.outcomes.get(id, "passed") != "passed")
        if not selected:
            desk.screen.show(
                (text("Everything passed in your last check. All of it again: ", command("roadmap check")),)
            )
            raise typer.Exit(ExitCode.PASSED)
    return place.phase.with_needs(selected)


def _checked_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ProjectError(f"{url} is not the URL of a server.", hint="Give all of it: --url http://127.0.0.1:8000")
    return url.rstrip("/")


def _expect_writable(file: Path | None) -> None:
    """Better before the examination than after it."""
    if file and not file.absolute().parent.is_dir():
        raise RoadmapError(f"There is no folder {file.absolute().parent} for the report.", hint="Make it first.")


def _give_out(desk: Desk, report: Report, output: Format, at: str, *, is_kept: bool) -> None:
    if output is Format.TEXT:
        desk.screen.show(report_page(report, is_kept=is_kept))
    else:
        desk.screen.write(_document(report, output, at))
    desk.screen.flush()


def _write_file(file: Path | None, report: Report, output: Format, at: str) -> None:
    if file is None:
        return
    by_ending = {".json": Format.JSON, ".xml": Format.JUNIT}
    try:
        file.write_text(_document(report, by_ending.get(file.suffix, output), at), encoding="utf-8")
    except OSError as error:
        raise RoadmapError(
            f"The report could not be written to {file}: {error.strerror}.", hint="Name another."
        ) from error


def _document(report: Report, output: Format, at: str) -> str:
    match output:
        case Format.JSON:
            return reports.to_json(report, at=at)
        case Format.JUNIT:
            return reports.to_junit(report)
        case Format.TEXT:
            return plain(report_page(report))


def _record(desk: Desk, place: Place, report: Report, at: str) -> None:
    """Keep the attempt and its evidence. What cannot be kept is said; the verdicts were shown and stay true."""
    try:
        place.keep(report, at=at)
    except WorkspaceError as error:
        kept = WorkspaceError(
            f"The verdicts above are right, but they are not recorded. {error.message}", hint=error.hint
        )
        desk.screen.tell(error_page(kept))
