"""`roadmap start`: the project of a phase, and the workspace around it."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from roadmap_cli import scaffold
from roadmap_cli.attempts import Begun
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ScaffoldError
from roadmap_cli.packs import Pack, bundled
from roadmap_cli.views.look import started_page
from roadmap_cli.workspace import BUNDLED, Workspace

app = typer.Typer(add_completion=False)


class Flavour(Enum):
    """How much is there to begin with."""

    GUIDED = "guided"
    BLANK = "blank"


_EPILOG = """Examples:

roadmap start phase-1                       the project in ./library-api

roadmap start library-api --into ~/library  somewhere else

roadmap start phase-1 --flavour blank       the contract, a server that answers, and nothing more"""


@app.command(epilog=_EPILOG)
def start(
    context: typer.Context,
    phase: Annotated[
        str | None,
        typer.Argument(
            help="The phase, such as phase-1 or library-api; the next one that you have not begun if none is named.",
            autocompletion=names.complete_phase,
            show_default=False,
        ),
    ] = None,
    stack: Annotated[
        str, typer.Option(help="What the template is written in; the phase's first if none is named.")
    ] = "",
    into: Annotated[Path | None, typer.Option(help="Where to make it, instead of ./<phase>.", file_okay=False)] = None,
    flavour: Annotated[
        Flavour | None, typer.Option(help="guided: files and TODOs in place; blank: only what must be there.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask about everything that a template lets you choose.")] = False,
    pack: Annotated[
        Path | None, typer.Option(help="A third party's curriculum, for a new workspace.", file_okay=False)
    ] = None,
) -> None:
    """Make the project of a phase, and a workspace around it if there is none."""
    desk: Desk = context.obj
    if ask and not sys.stdin.isatty():
        raise ScaffoldError("There is no terminal to ask in.", hint="Leave out --ask, or name --stack and --flavour.")
    loaded, chosen, target = _find(desk, phase, into, pack)
    workspace = Workspace.search(target.parent)
    made = scaffold.Scaffold(
        pack=loaded, phase=chosen, target=target, stack=stack, flavour=flavour.value if flavour else "", ask=ask
    )
    scaffold.expect_free(target)
    workspace = workspace or _new_workspace(desk, target, pack)
    made.start(workspace)
    used = scaffold.chosen_stack(chosen, stack)
    desk.screen.show(started_page(chosen, _seen_from(desk.cwd, target), used))
    desk.remember(workspace, Begun(at=desk.now, phase=chosen.slug, stack=used))


def _find(desk: Desk, name: str | None, into: Path | None, pack: Path | None) -> tuple[Pack, Phase, Path]:
    """The pack, the phase, and where its project goes."""
    here = Workspace.search(desk.cwd)
    loaded = _pack(here, pack)
    chosen = loaded.phase(name) if name else _not_begun(desk, loaded, here)
    root = here.root if here else desk.cwd
    target = desk.cwd / into.expanduser() if into else root / chosen.slug
    return loaded, chosen, Path(os.path.abspath(target))


def _pack(workspace: Workspace | None, wanted: Path | None) -> Pack:
    used = workspace.pack_root(bundled()) if workspace else bundled()
    chosen = wanted.expanduser().absolute() if wanted else used
    if workspace and wanted and chosen.resolve() != used.resolve():
        raise ScaffoldError(
            f"The workspace {workspace.root} uses another pack: {used}.", hint="Begin in a folder of its own."
        )
    return Pack.load(chosen)


def _not_begun(desk: Desk, pack: Pack, workspace: Workspace | None) -> Phase:
    progress = desk.progress(pack, workspace)
    left = [each.phase for each in progress.phases if not each.begun]
    if not left:
        raise ScaffoldError("You have begun every phase.", hint="Name the one to make once more, and --into DIR")
    return left[0]


def _new_workspace(desk: Desk, target: Path, pack: Path | None) -> Workspace:
    """In the current folder if the project goes below it, else around the project."""
    root = desk.cwd if target.is_relative_to(desk.cwd) else target.parent
    root.mkdir(parents=True, exist_ok=True)
    return Workspace.create(root, str(pack.expanduser().absolute()) if pack else BUNDLED)


def _seen_from(cwd: Path, target: Path) -> str:
    seen = os.path.relpath(target, cwd) if target.is_relative_to(cwd) or target.is_relative_to(cwd.parent) else target
    return str(seen)
