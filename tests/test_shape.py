"""Audits of the shape: imports point downwards, quick commands import nothing heavy, what is documented is there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "roadmap_cli"

ROWS = (
    ("errors", "guessing", "neutral", "folders", "surroundings", "curriculum", "manifests", "merging"),
    ("events",),
    ("signatures", "verdicts"),
    ("attempts",),
    ("progress", "renames"),
    ("pacing",),
    ("planning",),
    ("calendar_file",),
    (
        *("positions", "reading", "packs", "workspace", "processes", "nurseries", "services", "history", "reports"),
        *("evidence", "trees"),
    ),
    ("snapshots", "pristine", "specimens"),
    ("changing",),
    ("checking",),
    ("scaffold", "examiner", "warmth", "serving", "watching", "leaving", "exporting", "importing"),
    ("updating", "resetting", "applying", "attempting"),
    ("replaying",),
    ("validation",),
    ("proof",),
    ("views",),
    ("sharing", "living"),
    ("cli",),
    ("__main__",),
)
ROW = {name: number for number, row in enumerate(ROWS) for name in row}
HEAVY = (
    "typer",
    "pydantic",
    "yaml",
    "pytest",
    "_pytest",
    "httpx",
    "copier",
    "fastapi",
    "sqlmodel",
    "jinja2",
    "psycopg",
    "watchfiles",
    "pathspec",
    "zipfile",
    "textual",
    "schemathesis",
    "jsonschema_rs",
    "hypothesis",
)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "_pack" not in path.parts)


def part(name: str) -> str:
    """The part of the package that a dotted name belongs to: ``roadmap_cli.cli.check`` is cli."""
    return name.split(".")[1] if "." in name else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    """A module imports from its own row of the table in docs/architecture.md, or from the rows above."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    imported = {
        part(node.module or "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("roadmap_cli.")
    }
    upwards = {name for name in imported if ROW[name] > ROW.get(own, len(ROWS))}

    assert own == "__init__" or own in ROW, f"{own} has no row; give it one"
    assert not upwards


def loaded_by(*arguments: str, cwd: Path) -> set[str]:
    """The modules that are loaded when `roadmap` has run with these arguments."""
    program = (
        "import sys; from roadmap_cli.cli import main; status = main(sys.argv[1:]);"
        "print('LOADED', *sorted(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(result.stderr.split("LOADED", 1)[1].split())


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_quick_commands_load_nothing_heavy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """The dashboard and the page of commands open before you notice."""
    loaded_by(cwd=tmp_path)  # the compiled curriculum is written once

    assert not [name for name in loaded_by(*arguments, cwd=tmp_path) if name.split(".")[0] in HEAVY]


def test_the_parent_of_check_loads_neither_pytest_nor_a_client() -> None:
    """What only the child needs is imported only there."""
    program = "import roadmap_cli.cli.check, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not {"pytest", "httpx", "copier", "fastapi", "sqlmodel", "psycopg", "textual"} & set(loaded)


@pytest.mark.parametrize("command", ["plan", "report"])
def test_a_plan_and_a_report_load_no_templates(command: str) -> None:
    """Only the page of HTML needs them, and it loads them when it is written."""
    program = f"import roadmap_cli.cli.{command}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not {"jinja2", "pydantic", "yaml", "pytest", "httpx", "copier"} & set(loaded)


@pytest.mark.parametrize("command", ["explain", "replay"])
def test_what_is_kept_is_told_without_what_a_check_needs(command: str) -> None:
    """A stuck learner asks often: nothing that reads YAML, runs checks or speaks to a database is loaded for it."""
    program = f"import roadmap_cli.cli.{command}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not (set(HEAVY) - {"typer"}) & set(loaded)


def test_only_the_scaffold_imports_copier() -> None:
    """Half a second that nothing else should pay for."""
    importers = {
        path.stem for path in modules() if re.search(r"^\s*(import|from) copier", path.read_text(), re.MULTILINE)
    }

    assert {"scaffold"} == importers


def test_only_a_process_of_its_own_imports_schemathesis() -> None:
    """Half a second, and libraries that somebody else's document is given to: no examination imports them itself."""
    wanted = re.compile(r"(import|from|import_module\(\") ?(schemathesis|jsonschema_rs|hypothesis)\b")
    importers = {path.stem for path in modules() if wanted.search(path.read_text(encoding="utf-8"))}
    program = (
        "import roadmap_cli.checking.openapi_process, roadmap_cli.checking.openapi_schemas, sys; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert {"openapi_process"} == importers
    assert not {"schemathesis", "jsonschema_rs", "hypothesis"} & set(loaded)


def test_only_the_living_dashboard_imports_textual() -> None:
    """A fifth of a second that nothing else should pay for; nor is it paid for its --help."""
    wanted = re.compile(r"^\s*(import|from) textual", re.MULTILINE)
    importers = {path.parent.name for path in modules() if wanted.search(path.read_text(encoding="utf-8"))}
    program = "import roadmap_cli.cli.living, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert {"living"} == importers
    assert "textual" not in loaded


def test_every_command_is_in_the_readme() -> None:
    """The table of commands is complete."""
    from roadmap_cli.cli.catalogue import entries

    readme = (TOP / "README.md").read_text(encoding="utf-8")

    assert not [entry.name for entry in entries() if f"`roadmap {entry.name}" not in readme]


def test_no_file_speaks_of_a_machine() -> None:
    """No path of somebody's machine in what is tracked."""
    listed = subprocess.run(["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=True).stdout.split()
    homes = re.compile(r"/(home|Users|root)/[a-z]+/")
    found = [
        name
        for name in listed
        if not name.startswith("tests/")
        and not name.endswith((".svg", ".png"))
        and homes.search((TOP / name).read_text(encoding="utf-8", errors="replace"))
    ]

    assert not found
