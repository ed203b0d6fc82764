"""`roadmap pack`: for authors of a curriculum."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode
from roadmap_cli.packs import Pack, bundled

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Validate a curriculum, prove its verdicts right.")

Root = Annotated[
    Path | None,
    typer.Argument(metavar="PATH", help="A folder with curriculum/, templates/ and checks/; the bundled pack if none."),
]


@app.command()
def validate(context: typer.Context, path: Root = None) -> None:
    """Look for what is wrong without starting a server: YAML, ids, needs, hints, checks, mistakes, contract."""
    from roadmap_cli.validation import validate as validated
    from roadmap_cli.views.proof import validation_page

    desk: Desk = context.obj
    pack = Pack.load(path or bundled())
    faults = validated(pack)
    desk.screen.show(validation_page(faults, desk.cwd, pack.curriculum.title))
    raise typer.Exit(ExitCode.NOT_PASSED if faults else ExitCode.PASSED)


@app.command()
def prove(
    context: typer.Context,
    path: Root = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="How many examinations at once; one more than cores if not said.", show_default=False),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How often each reference is examined, each time anew.")] = 3,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this reference, mistake or fake; may be repeated.")
    ] = None,
    phase: Annotated[
        str | None, typer.Option(help="Only this phase; all if none is named.", show_default=False)
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            min=0,
            help="Examine each mistake on what it declares, then as many as this allows whole, by lot; all, if not said.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option(help="Show only the table.")] = False,
) -> None:
    """Show that every verdict is right: references pass, mistakes fail exactly what they declare, fakes pass nothing."""
    from roadmap_cli.proof import Plan, Tried, prove, usual_jobs
    from roadmap_cli.views.proof import proof_page, trial_line

    desk: Desk = context.obj
    pack = Pack.load(path or bundled())
    holds, done = True, 0

    def told(tried: Tried) -> None:
        nonlocal done
        done += 1
        if not quiet:
            desk.screen.tell(trial_line(tried, done))

    phases = (pack.phase(phase),) if phase else pack.curriculum.phases
    for one in phases:
        begun = time.monotonic()
        plan = Plan(
            pack=pack,
            phase=one,
            names=frozenset(only or ()),
            seeds=seeds,
            jobs=jobs or usual_jobs(),
            budget=None if budget is None else budget * 60 / len(phases),
        )
        proof = prove(plan, told)
        holds = holds and proof.holds
        desk.screen.show(proof_page(proof, time.monotonic() - begun, desk.cwd))
    raise typer.Exit(ExitCode.PASSED if holds else ExitCode.NOT_PASSED)
