"""The pictures of the README, recorded from real runs: ``python tasks.py picture``."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from roadmap_cli.living.app import Dashboard
from roadmap_cli.living.world import World
from roadmap_cli.packs import Pack, bundled
from roadmap_cli.specimens import specimens
from roadmap_cli.workspace import Workspace

ROADMAP = Path(sys.executable).with_name("roadmap")
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH = 96


def main() -> None:
    """Start a phase, build the first requirement's answer wrongly, check, and look at the dashboard."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        project = workspace / "library-api"
        _run(workspace, "start", "phase-1")
        shots = [
            ("roadmap check http.created", _run(project, "check", "http.created", "--seed", "7")),
            ("roadmap", _run(workspace)),
        ]
        _go_on(project)
        _run(project, "check", "http", "books", "--seed", "7")
        picture = asyncio.run(_dashboard(workspace))
    _draw("tour.svg", shots)
    (PICTURES / "dashboard.svg").write_text(picture, encoding="utf-8")


def _go_on(project: Path) -> None:
    """Put a server in the place of the learner's that does nearly everything right."""
    pack = Pack.load(bundled())
    nearly = next(each for each in specimens(pack, pack.phase("library-api")) if each.name == "patch-resets-copies")
    shutil.rmtree(project)
    nearly.materialise(project)


def _run(cwd: Path, *words: str) -> str:
    """What the command shows on a terminal, with colours."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(WIDTH), "LINES": "60"}
        os.environ.pop("NO_COLOR", None)
        shown = subprocess.run([ROADMAP, *words], stderr=subprocess.DEVNULL, check=False)
        os._exit(shown.returncode)
    output = bytearray()
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
    os.waitpid(pid, 0)
    return output.decode("utf-8").replace("\r\n", "\n")


async def _dashboard(cwd: Path) -> str:
    """The living dashboard as it opens after the check."""
    workspace = Workspace.find(cwd)
    app = Dashboard(World(pack=Pack.load(bundled()), workspace=workspace, cwd=cwd))
    async with app.run_test(size=(112, 36)) as pilot:
        await pilot.pause(1)
        return app.export_screenshot(title="roadmap dashboard")


def _draw(name: str, shots: list[tuple[str, str]]) -> None:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        for command, output in shots:
            console.print(Text.assemble(("$ ", "green"), (command, "bold")))
            console.print(Text.from_ansi(output), soft_wrap=True)
        PICTURES.mkdir(parents=True, exist_ok=True)
        console.save_svg(str(PICTURES / name), title="roadmap")


main()
