"""The tasks of this repository, which need nothing but Python 3.11 or newer.

    python tasks.py tour     scaffold phase 1, grade it as a running server on a real PostgreSQL, see the dashboard
    python tasks.py test     the tests of every day, less than three minutes; those that take longer: test --slow
    python tasks.py prove    the proof that the verdicts of the bundled curriculum are right
    python tasks.py lint     ruff and mypy
    python tasks.py bench    the benchmarks: ratios measured in one run
    python tasks.py picture  record the pictures in docs/pictures again
    python tasks.py pages    write the pages in docs/phases again, from the curriculum

Each makes the virtual environment .venv first, if it is missing or older than pyproject.toml.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

TOP = Path(__file__).resolve().parent
VENV = TOP / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
ROADMAP = BIN / "roadmap"


def tour(*_: str) -> int:
    """The main job on real input, in a temporary folder: start, check, a finished project, check again, dashboard."""
    with tempfile.TemporaryDirectory(prefix="roadmap-tour-") as folder:
        workspace = Path(folder)
        project = workspace / "library-api"
        _say("A learner begins phase 1 in an empty folder.")
        _show(workspace, "start", "phase-1")
        _say(
            "The new project is started as a real server and held to the first milestone: nearly everything is still to do."
        )
        _show(project, "check", "http", expect=(1,))
        _say("Three months later. (The tour puts the reference solution in place of the learner's work.)")
        _finish(project)
        _show(project, "check")
        _say("And the dashboard.")
        _show(workspace)
    return 0


def test(*arguments: str) -> int:
    """The tests, in parallel: those of every day, or with --slow the others. Further arguments go to pytest."""
    chosen = "slow" if "--slow" in arguments else "not slow"
    further = [each for each in arguments if each != "--slow"]
    return _run(PYTHON, "-m", "pytest", "-n", "auto", "--dist", "worksteal", "-m", chosen, *further)


def prove(*arguments: str) -> int:
    """The proof of the bundled pack. Further arguments go to `roadmap pack prove`."""
    return _run(ROADMAP, "pack", "prove", *arguments)


def lint(*_: str) -> int:
    """Style and types."""
    commands: list[tuple[str, ...]] = [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
    ]
    return max([_run(PYTHON, "-m", *command) for command in commands])


def bench(*arguments: str) -> int:
    """The benchmarks."""
    return _run(PYTHON, "-m", "tests.bench", *arguments)


def picture(*_: str) -> int:
    """The pictures of the README."""
    return _run(PYTHON, "-m", "tests.pictures")


def pages(*_: str) -> int:
    """The pages of the phases."""
    return _run(PYTHON, "-m", "tests.pages")


def _show(cwd: Path, *arguments: str, expect: tuple[int, ...] = (0,)) -> None:
    print(f"$ roadmap {' '.join(arguments)}".rstrip(), flush=True)
    status = subprocess.run([ROADMAP, *arguments], cwd=cwd, check=False).returncode
    if status not in expect:
        sys.exit(f"roadmap {' '.join(arguments)} ended with {status}, not {expect}.")


def _finish(project: Path) -> None:
    """Put the reference, with its Git history, where the learner's project was."""
    shutil.rmtree(project)
    lay_out = (
        "from roadmap_cli.specimens import lay_out_reference; import sys; lay_out_reference(sys.argv[1], sys.argv[2])"
    )
    subprocess.run([PYTHON, "-c", lay_out, "library-api", str(project)], check=True)


def _say(text: str) -> None:
    print(f"\n# {text}\n", flush=True)


def _run(*command: str | Path) -> int:
    return subprocess.run([str(word) for word in command], cwd=TOP, check=False).returncode


def _make_environment() -> None:
    """A virtual environment with this checkout and its tools, made again when pyproject.toml changes."""
    stamp = VENV / "installed-for"
    wanted = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("Preparing .venv (once, about a minute) …", flush=True)
    venv.create(VENV, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--editable", ".[dev]"], cwd=TOP, check=True)
    stamp.write_text(wanted, encoding="utf-8")


def main() -> int:
    """Run the task that is named."""
    if sys.version_info < (3, 11):  # noqa: UP036  # who has an older one should be told so
        sys.exit("roadmap needs Python 3.11 or newer.")
    tasks = {task.__name__: task for task in (tour, test, prove, lint, bench, picture, pages)}
    name, *arguments = sys.argv[1:] or [""]
    if name not in tasks:
        print(__doc__)
        return 0 if name in ("", "-h", "--help") else 2
    _make_environment()
    return tasks[name](*arguments)


if __name__ == "__main__":
    sys.exit(main())
