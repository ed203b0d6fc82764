"""A bug of ours, written down so that it can be reported as it is."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from pathlib import Path

from roadmap_cli import __version__
from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode, RoadmapError
from roadmap_cli.neutral import neutral
from roadmap_cli.verdicts import Outcome, Report
from roadmap_cli.views.messages import crash_page
from roadmap_cli.views.page import Page
from roadmap_cli.workspace import Workspace, write_aside


def report(error: Exception, words: list[str], desk: Desk) -> int:
    """Write down an exception that nobody expected."""
    problem = f"{type(error).__name__}: {error}"
    told = "".join(traceback.format_exception(error))
    desk.screen.tell(crash_page(problem, str(write(problem, told, words, desk))))
    return ExitCode.GRADER_BROKE


def report_broken(examined: Report, desk: Desk) -> None:
    """Write down what broke in an examination, if something did, and say where."""
    if page := keep_broken(examined, desk):
        desk.screen.tell(page)


def keep_broken(examined: Report, desk: Desk) -> Page:
    """Write down what broke in an examination; what to say of it, nothing if nothing broke."""
    broken = [f"{verdict.requirement}: {verdict.reason}" for verdict in examined.of(Outcome.BROKEN)]
    if examined.broke:
        broken.insert(0, f"{examined.broke.message}\n{examined.broke.traceback}")
    if not broken:
        return ()
    problem = broken[0].splitlines()[0]
    told = "\n\n".join([f"{examined.phase.slug}, seed {examined.seed}", *broken])
    return crash_page(problem, str(write(problem, told, sys.argv[1:], desk)))


def write(problem: str, told: str, words: list[str], desk: Desk) -> Path:
    """A file in the workspace, or where temporary files go; its path."""
    name = f"crash-{desk.clock():%Y%m%dT%H%M%S}.md"
    document = _document(problem, told, words)
    for folder in (_workspace_folder(desk), Path(tempfile.gettempdir())):
        try:
            if folder:
                write_aside(folder / name, document)
                return folder / name
        except OSError:
            continue
    desk.screen.err.write(document)
    return Path("the lines above")


def _workspace_folder(desk: Desk) -> Path | None:
    try:
        workspace = Workspace.search(desk.cwd)
    except RoadmapError:
        return None
    return workspace.folder if workspace else None


def _document(problem: str, told: str, words: list[str]) -> str:
    home = str(Path.home())
    body = neutral(told).replace(home, "~") if len(home) > 1 else neutral(told)
    return "\n".join([
        f"# {neutral(problem, limit=100)}",
        "",
        f"- roadmap {__version__}",
        f"- Python {platform.python_version()} on {platform.platform()}",
        f"- command: `roadmap {neutral(' '.join(words))}`",
        "",
        "What were you doing? What did you expect?",
        "",
        "```",
        body.rstrip(),
        "```",
        "",
    ])  # fmt: skip
