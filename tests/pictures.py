"""The pictures of the README, recorded from real runs: ``python tasks.py picture``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

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
    _draw("tour.svg", shots)


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


def _draw(name: str, shots: list[tuple[str, str]]) -> None:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        for command, output in shots:
            console.print(Text.assemble(("$ ", "green"), (command, "bold")))
            console.print(Text.from_ansi(output), soft_wrap=True)
        PICTURES.mkdir(parents=True, exist_ok=True)
        console.save_svg(str(PICTURES / name), title="roadmap")


main()
