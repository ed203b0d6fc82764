"""`roadmap report`: the last check again, or a page to share: HTML, Markdown, a badge."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli import reports
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.files import STANDARD_OUTPUT, expect_place, give_out
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import RoadmapError
from roadmap_cli.packs import Pack
from roadmap_cli.progress import Progress
from roadmap_cli.sharing.sheet import Sheet, sheet
from roadmap_cli.views.dashboard import damage_page
from roadmap_cli.views.page import data, muted, text
from roadmap_cli.views.report import report_page
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap report                           the last check once more

roadmap report --html report.html        a page to send to somebody: no script, nothing loaded

roadmap report --md - --name "Ada"       Markdown, to standard output

roadmap report library-api --badge b.svg a badge for your README"""


@app.command(epilog=_EPILOG)
def report(
    context: typer.Context,
    phase: Annotated[
        str | None,
        typer.Argument(
            help="Only this phase; everything that you have begun if none is named.",
            autocompletion=names.complete_phase,
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write a page; - for standard output.")
    ] = None,
    md: Annotated[str | None, typer.Option("--md", metavar="FILE", help="Write it as Markdown.")] = None,
    badge: Annotated[str | None, typer.Option("--badge", metavar="FILE", help="Write a badge (SVG).")] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="Whose it is; nothing is said about you otherwise.")] = "",
) -> None:
    """Show the last check once more, or write progress and evidence as a page to share."""
    desk: Desk = context.obj
    wanted = {form: file for form, file in (("html", html), ("md", md), ("badge", badge)) if file}
    _expect_places(desk, wanted)
    workspace = desk.workspace()
    pack = desk.pack(workspace)
    only = pack.phase(phase) if phase else None
    if not wanted:
        _show_again(desk, workspace, only or desk.progress(pack, workspace).current.phase)
        return
    shared = _sheet(desk, workspace, pack, only, name)
    for form, file in wanted.items():
        if written := give_out(desk, file, _render(form, shared)):
            desk.screen.tell((text("Written: ", data(str(written)), muted(f"  ({_SAID[form]})")),))


_SAID = {"html": "open it in any browser", "md": "Markdown", "badge": "SVG"}


def _expect_places(desk: Desk, wanted: dict[str, str]) -> None:
    if list(wanted.values()).count(STANDARD_OUTPUT) > 1:
        raise RoadmapError("Only one of them can go to standard output.", hint="Name a file for the others.")
    for file in wanted.values():
        expect_place(desk, file)


def _show_again(desk: Desk, workspace: Workspace, phase: Phase) -> None:
    kept = workspace.last_report(phase.slug)
    last = reports.from_json(phase, kept) if kept else None
    if last is None:
        raise RoadmapError(f"Nothing of {phase.title} has been checked yet.", hint="roadmap check")
    desk.screen.show(report_page(last))


def _sheet(desk: Desk, workspace: Workspace, pack: Pack, only: Phase | None, name: str) -> Sheet:
    history = workspace.history()
    if history.damage:
        desk.screen.tell(damage_page(history.damage))
    kept = {phase.slug: workspace.last_report(phase.slug) for phase in pack.curriculum.phases}
    return sheet(
        Progress.of(pack.curriculum, history.entries),
        history.entries,
        {slug: document for slug, document in kept.items() if document},
        now=desk.clock(),
        zone=None,
        name=name,
        only=only,
    )


def _render(form: str, shared: Sheet) -> str:
    """Each form is imported only where it is wanted: the templates' library costs a moment."""
    match form:
        case "html":
            from roadmap_cli.sharing import html

            return html.page(shared)
        case "md":
            from roadmap_cli.sharing import markdown

            return markdown.page(shared)
        case _:
            from roadmap_cli.sharing import badge

            return badge.badge(shared)
