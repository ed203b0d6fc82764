"""The commands by name, without their modules: what the page of commands shows and what `app` loads on demand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from roadmap_cli import __version__
from roadmap_cli.errors import ExitCode
from roadmap_cli.views.messages import Entry, help_page

if TYPE_CHECKING:
    from roadmap_cli.cli.desk import Desk

LEARN, LOOK, KEEP, AUTHOR = "Learn", "Look", "Keep", "Author"

ENTRIES = (
    Entry(name="start", arguments="[PHASE]", panel=LEARN, help="Make the project of a phase, and a workspace."),
    Entry(name="check", arguments="[NAME]...", panel=LEARN, help="Start your server and hold it to the contract."),
    Entry(name="watch", arguments="[NAME]", panel=LEARN, help="Give a verdict after every save."),
    Entry(name="next", arguments="", panel=LEARN, help="Say what to do next, and why."),
    Entry(name="hint", arguments="REQUIREMENT", panel=LEARN, help="Give one more hint: three rungs, remembered."),
    Entry(name="explain", arguments="[REQUIREMENT]", panel=LEARN, help="Explain the last failure in full."),
    Entry(
        name="replay", arguments="[REQUIREMENT]", panel=LEARN, help="Send the failing requests again, byte for byte."
    ),
    Entry(name="solution", arguments="[NAME]", panel=LEARN, help="Show the reference, once you have passed."),
    Entry(name="reset", arguments="NAME", panel=LEARN, help="Make a file, or a milestone's files, as they were."),
    Entry(name="undo", arguments="[ID]", panel=LEARN, help="Bring back what a command has changed."),
    Entry(name="update", arguments="[PHASE]", panel=LEARN, help="Merge a newer template into your project."),
    Entry(name="serve", arguments="", panel=LEARN, help="Run your server with a database that stays."),
    Entry(name="dashboard", arguments="", panel=LOOK, help="Browse everything, run checks and see hints."),
    Entry(name="show", arguments="NAME", panel=LOOK, help="Show a phase, a milestone or a requirement."),
    Entry(name="list", arguments="[NAME]", panel=LOOK, help="List phases, milestones and requirements."),
    Entry(name="plan", arguments="", panel=LOOK, help="Say where you should be, and when you will finish."),
    Entry(name="report", arguments="[PHASE]", panel=LOOK, help="Show the last check again, or a page to share."),
    Entry(name="doctor", arguments="", panel=LOOK, help="Look whether this machine has what checks need."),
    Entry(name="version", arguments="", panel=LOOK, help="Say which roadmap this is."),
    Entry(name="export", arguments="[FILE]", panel=KEEP, help="Write the whole state into one file."),
    Entry(name="import", arguments="FILE", panel=KEEP, help="Take over an export, here or in a new folder."),
    Entry(name="pack", arguments="COMMAND", panel=AUTHOR, help="Validate a curriculum, prove its verdicts right."),
)
EXAMPLES = (
    ("roadmap start phase-1", "the project in ./library-api, the workspace around it"),
    ("roadmap check", "everything, in the project or above it"),
    ("roadmap check books", "one milestone, and what it needs"),
    ("roadmap check --failed", "only what did not pass the last time"),
    ("roadmap watch", "a verdict after every save"),
    ("roadmap hint http.created", "where to look; again for more"),
)


def show(desk: Desk) -> int:
    """The page of commands."""
    desk.screen.show(help_page(entries(), EXAMPLES, f"version {__version__}"))
    return ExitCode.PASSED


def entries() -> tuple[Entry, ...]:
    """The commands that this installation has."""
    folder = os.path.dirname(__file__)
    return tuple(entry for entry in ENTRIES if os.path.exists(os.path.join(folder, f"{module(entry.name)}.py")))


def module(name: str) -> str:
    """The module of a command; some names are taken: by builtins, by the bare command, and `import` by Python itself."""
    return {"list": "listing", "next": "following", "import": "importing", "dashboard": "living"}.get(name, name)
