"""`roadmap replay`: the requests of a failed check again, to a server that runs, or as commands."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from enum import Enum
from typing import Annotated
from urllib.parse import urlsplit

import typer

from roadmap_cli import replaying, serving
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.interrupts import interruptible_once
from roadmap_cli.cli.last import Last, last_check
from roadmap_cli.curriculum import Phase, Requirement
from roadmap_cli.errors import ProjectError, RoadmapError
from roadmap_cli.events import Failure
from roadmap_cli.evidence import Evidence
from roadmap_cli.examiner import drawn_environment
from roadmap_cli.neutral import neutral_line
from roadmap_cli.processes import sweep
from roadmap_cli.replaying import Replayed, Step
from roadmap_cli.verdicts import Outcome
from roadmap_cli.views import commands
from roadmap_cli.views.replay import caveats, replay_page

app = typer.Typer(add_completion=False)
URL = f"http://{serving.HOST}:8000"
_EPILOG = """Examples:

roadmap replay                          what failed first, to the server of roadmap serve

roadmap replay http.created --fresh     on a server of its own with an empty database

roadmap replay http.created --as curl   the same as commands for a shell

Tokens and ids are those that your server gives out now; everything else goes out as it did in the check."""


class Form(Enum):
    """What the requests are written as."""

    CURL = "curl"
    HTTPIE = "httpie"
    PYTHON = "python"


_WRITE = {Form.CURL: commands.curl, Form.HTTPIE: commands.httpie, Form.PYTHON: commands.python}


@app.command(epilog=_EPILOG)
def replay(
    context: typer.Context,
    requirement: Annotated[
        str | None,
        typer.Argument(
            help="The requirement; the first that failed in your last check if none is named.",
            autocompletion=names.complete_requirement,
            show_default=False,
        ),
    ] = None,
    url: Annotated[str, typer.Option(metavar="URL", help="Where the server is.")] = URL,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start your server for this alone, on an empty database.")
    ] = False,
    last: Annotated[
        bool, typer.Option("--last", help="Only the failing request, with the token and ids of the check.")
    ] = False,
    form: Annotated[
        Form | None, typer.Option("--as", help="Send nothing: write what sends it.", show_default=False)
    ] = None,
) -> None:
    """Send the requests of a failed check again, and show what comes back beside what came back then."""
    desk: Desk = context.obj
    found = last_check(desk, requirement)
    wanted = _failed(found)
    evidence = _evidence(found, wanted)
    assert evidence.story
    base = _checked_url(url)
    steps = _steps(evidence, found.standing.phase, base, fresh=fresh, last=last)
    if form:
        desk.screen.write(_WRITE[form](steps, base))
        return
    desk.screen.tell(() if last else caveats(evidence.story))
    if fresh:
        _replay_fresh(desk, found, wanted, evidence, steps)
        return
    _expect_listener(base, wanted)
    _show(desk, found, wanted, evidence, replaying.replay(steps, base), where=base)


def _failed(found: Last) -> Requirement:
    """The requirement whose failure is meant: the one named, the one that blocks it, or the first of all."""
    requirements = found.standing.phase.requirements
    if found.wanted is None:
        if not found.failed:
            raise RoadmapError(
                "Nothing failed in your last check, so there is nothing to send again.",
                hint="What it found is told by: roadmap explain",
            )
        return requirements[found.failed[0].requirement]
    verdict = found.verdict(found.wanted.id)
    if verdict is None:
        raise RoadmapError(
            f"{found.wanted.id} has not been judged yet.", hint=f"Judge it: roadmap check {found.wanted.id}"
        )
    if verdict.outcome is Outcome.BLOCKED and verdict.blocked_by in requirements and not verdict.failure:
        return requirements[verdict.blocked_by]
    if verdict.failure is None:
        raise RoadmapError(
            f"{found.wanted.id} did not fail in your last check (it is {verdict.outcome.value}).",
            hint=f"Judge it again: roadmap check {found.wanted.id}",
        )
    return found.wanted


def _evidence(found: Last, wanted: Requirement) -> Evidence:
    """What was sent; RoadmapError if that is not known."""
    evidence = found.evidence.get(wanted.id)
    if evidence is None:
        raise RoadmapError(
            f"What the check of {wanted.id} sent is not there any more.",
            hint=f"Check again: roadmap check {wanted.id}",
        )
    if evidence.story is None:
        raise RoadmapError(
            f"The check of {wanted.id} sent no request that could be sent again; it looked at something else.",
            hint=f"What it looked at is told by: roadmap explain {wanted.id}",
        )
    return evidence


def _steps(evidence: Evidence, phase: Phase, url: str, *, fresh: bool, last: bool) -> Sequence[Step]:
    assert evidence.story
    if last:
        return (replaying.verbatim(evidence.story.sent[-1]),)
    return replaying.plan(evidence.story, {} if fresh else accounts_of(phase, evidence.seed, url))


def accounts_of(phase: Phase, seed: int, url: str) -> dict[str, str]:
    """What the examination's server was told in its environment, and what `roadmap serve` tells it instead."""
    then = drawn_environment(phase, seed)
    now = serving.environment(phase, serving.Database(url="", detail=""), urlsplit(url).port or 80)
    return {value: now[name] for name, value in then.items() if name in now and value != now[name]}


def _replay_fresh(desk: Desk, found: Last, wanted: Requirement, evidence: Evidence, steps: Sequence[Step]) -> None:
    phase = found.standing.phase
    project = found.workspace.project(desk.cwd, phase.slug)
    sweep()
    with interruptible_once(), serving.fresh(project, drawn_environment(phase, evidence.seed)) as server:
        marks = [server.mark()]
        replayed = replaying.replay(steps, server.url, lambda each: marks.append(server.mark()))
        log = server.log_since(marks[-2])
    _show(desk, found, wanted, evidence, replayed, where="an empty database", fresh=True, log=log)


def _show(
    desk: Desk,
    found: Last,
    wanted: Requirement,
    evidence: Evidence,
    replayed: Sequence[Replayed],
    *,
    where: str,
    fresh: bool = False,
    log: tuple[str, ...] = (),
) -> None:
    verdict = found.verdict(wanted.id)
    failure = verdict.failure if verdict and verdict.failure else Failure(message="")
    page = replay_page(wanted, failure, replayed, where=where, seed=evidence.seed, fresh=fresh, log=log)
    desk.screen.show(page)


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ProjectError(
            f"{neutral_line(url)} is not the URL of a server that speaks HTTP.", hint=f"Give all of it: --url {URL}"
        )
    return f"http://{parts.netloc}"


def _expect_listener(url: str, wanted: Requirement) -> None:
    """Somebody listens there; a sentence with the two ways on if nobody does."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5.0).close()
    except OSError:
        raise ProjectError(
            f"Nobody listens at {url}.",
            hint="Start your server in another window: roadmap serve. "
            f"Or let one be started for this alone: roadmap replay {wanted.id} --fresh",
        ) from None
