"""`roadmap explain`: the last failure in full."""

from __future__ import annotations

from typing import Annotated

import typer

from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.last import Last, last_check
from roadmap_cli.cli.show import project_folder
from roadmap_cli.curriculum import Requirement
from roadmap_cli.verdicts import Outcome, Verdict
from roadmap_cli.views.explain import (
    Known,
    all_passed_page,
    explain_page,
    not_judged_page,
    passed_page,
    stands_before,
    unchecked_page,
    when,
)
from roadmap_cli.views.look import contract_section
from roadmap_cli.views.page import Page
from roadmap_cli.views.report import server_page

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    context: typer.Context,
    requirement: Annotated[
        str | None,
        typer.Argument(
            help="The requirement; the first that failed in your last check if none is named.",
            autocompletion=names.complete_requirement,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Explain the last failure in full: the story, the difference, your log, what usually causes it, the contract."""
    desk: Desk = context.obj
    last = last_check(desk, requirement)
    desk.screen.show(_named(desk, last, last.wanted) if last.wanted else _first(desk, last))


def _first(desk: Desk, last: Last) -> Page:
    """The first failure of the last check; without one, what stood in its way, or that nothing did."""
    if last.failed:
        return _failure(desk, last, last.failed[0])
    if last.report.server_failed:
        return server_page(last.report.server_failed)
    assert last.standing.last
    looked_at = last.standing.last
    for verdict in last.report.verdicts:
        if verdict.requirement in looked_at.outcomes and verdict.outcome is not Outcome.PASSED:
            return _named(desk, last, last.standing.phase.requirements[verdict.requirement])
    at = when(looked_at.at, desk.clock().astimezone())
    return all_passed_page(at, tuple(verdict.requirement for verdict in last.report.of(Outcome.FAILED)))


def _named(desk: Desk, last: Last, wanted: Requirement) -> Page:
    verdict = last.verdict(wanted.id)
    match verdict:
        case None:
            return unchecked_page(wanted)
        case Verdict(outcome=Outcome.PASSED):
            at = last.passed_at(wanted.id)
            return passed_page(wanted, when(at, desk.clock().astimezone()) if at else "")
        case Verdict(outcome=Outcome.FAILED):
            return _failure(desk, last, verdict)
        case Verdict(outcome=Outcome.BLOCKED, blocked_by=cause) if cause in last.standing.phase.requirements:
            return _blocked(desk, last, wanted, verdict)
        case Verdict(outcome=Outcome.BLOCKED, failure=failure) if failure:
            return _failure(desk, last, verdict)
        case Verdict(outcome=Outcome.BLOCKED) if last.report.server_failed:
            return server_page(last.report.server_failed)
        case _:
            return not_judged_page(wanted, verdict)


def _blocked(desk: Desk, last: Last, wanted: Requirement, verdict: Verdict) -> Page:
    """The requirement at the root explained; or what this check met itself, if that one was not examined."""
    cause = last.standing.phase.requirements[verdict.blocked_by]
    there = last.verdict(cause.id)
    if there and there.outcome is Outcome.FAILED:
        return (*stands_before(wanted, cause), *_failure(desk, last, there))
    if verdict.failure:
        return (*stands_before(wanted, cause), *_failure(desk, last, verdict))
    if last.report.server_failed:
        return server_page(last.report.server_failed)
    return (*stands_before(wanted, cause), *(not_judged_page(cause, there) if there else unchecked_page(cause)))


def _failure(desk: Desk, last: Last, verdict: Verdict) -> Page:
    phase = last.standing.phase
    requirement = phase.requirements[verdict.requirement]
    evidence = last.evidence.get(requirement.id)
    contract = last.pack.contract(phase, project_folder(desk, last.workspace, phase))
    known = Known(
        at=when(evidence.at, desk.clock().astimezone()) if evidence else "",
        seed=evidence.seed if evidence else 0,
        contract=contract_section(contract, requirement.contract),
        hints=last.standing.hints.get(requirement.id, 0),
        can_replay=bool(evidence and evidence.story),
    )
    return explain_page(last.report, verdict, last.pack.curriculum, known)
