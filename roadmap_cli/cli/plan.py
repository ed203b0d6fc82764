"""`roadmap plan`: the roadmap against the calendar; its terms are remembered in the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

import typer

from roadmap_cli import planning
from roadmap_cli.attempts import History, Planned
from roadmap_cli.calendar_file import calendar
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.files import expect_place, give_out
from roadmap_cli.planning import Terms
from roadmap_cli.views.dashboard import damage_page
from roadmap_cli.views.page import command, data, text
from roadmap_cli.views.plan import plan_page
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)

_EPILOG = """Examples:

roadmap plan                              where you should be, where you are, when you will finish

roadmap plan --hours 6 --from 2026-02-23  with your own hours and start; both are remembered

roadmap plan --ics plan.ics               milestones and weeks of study for your calendar"""


@app.command(epilog=_EPILOG)
def plan(
    context: typer.Context,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="The day that the plan begins, such as 2026-02-23; remembered."),
    ] = None,
    hours: Annotated[
        float | None, typer.Option(metavar="N", help="Hours that you have for it in a week; remembered.")
    ] = None,
    ics: Annotated[
        str | None, typer.Option("--ics", metavar="FILE", help="Write a calendar; - for standard output.")
    ] = None,
) -> None:
    """Show where you should be, where you are, and when you will finish.

    Without --from the plan begins on the day of your first entry; without --hours it assumes 10 hours a week.
    """
    desk: Desk = context.obj
    if ics:
        expect_place(desk, ics)
    workspace = Workspace.search(desk.cwd)
    pack = desk.pack(workspace)
    history = workspace.history() if workspace else History()
    if history.damage:
        desk.screen.tell(damage_page(history.damage))
    now = desk.clock().astimezone()
    given = planning.parse_day(start) if start is not None else None
    terms = _terms(history, now.date(), given, hours)
    made = planning.plan(pack.curriculum, history.entries, now.date(), None, terms)
    _remember(desk, workspace, given, hours)
    if ics is None:
        desk.screen.show(plan_page(made))
    elif written := give_out(desk, ics, calendar(made, now)):
        desk.screen.tell((text("The calendar is in ", data(str(written)), "."),))


def _terms(history: History, today: date, start: date | None, hours: float | None) -> Terms:
    """What is given now, over what is remembered."""
    terms = Terms.of(history.entries, today, None)
    if start is not None:
        terms = replace(terms, start=start)
    if hours is not None:
        terms = replace(terms, hours=hours, chosen=True)
    planning.expect_terms(terms, today)
    return terms


def _remember(desk: Desk, workspace: Workspace | None, start: date | None, hours: float | None) -> None:
    if start is None and hours is None:
        return
    if workspace:
        desk.remember(workspace, Planned(at=desk.now, start=start, hours=hours))
    else:
        begin = command("roadmap start phase-1")
        desk.screen.tell((text("There is no workspace here that could remember this. Begin one with: ", begin),))
