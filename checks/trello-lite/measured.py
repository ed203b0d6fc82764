"""What of a coverage report counts: the source files of the project, but tests, migrations and files without statements."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from roadmap_cli.checking import Coverage

_APART = re.compile(r"tests?|specs?|__tests__|migrations|alembic", re.IGNORECASE)
_TEST_FILE = re.compile(r"(test_.*|.*_tests?|tests|conftest)\.\w+|.*\.(test|spec|config)\.\w+|.*Tests?\.(java|kt)|\..*")
_SOURCES = re.compile(r".*\.(py|[mc]?[jt]s|java|kt|go|rs|rb|php|cs|exs?)")
_NEVER = frozenset(
    {"venv", "env", "node_modules", "__pycache__", "target", "build", "dist", "vendor", "htmlcov", "coverage"}
)
_MOST_FILES = 5_000
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class File:
    """A source file that counts."""

    path: str
    lines: int
    covered: int

    @property
    def percent(self) -> int:
        """How much of it was run, in whole percent."""
        return 100 * self.covered // self.lines


@dataclass(frozen=True)
class Measured:
    """The files that count."""

    files: tuple[File, ...]

    @property
    def percent(self) -> float:
        """How much of all of them was run."""
        return 100 * sum(file.covered for file in self.files) / max(1, sum(file.lines for file in self.files))

    def least(self, count: int) -> list[File]:
        """The files with the most lines that were not run."""
        return sorted(self.files, key=lambda file: file.covered - file.lines)[:count]


def measured(project: Path, coverage: Coverage) -> Measured:
    """What the report says of the project's sources; a file that is not in it was not covered."""
    reported: dict[str, File] = {}
    for each in coverage.files:
        if path := _inside(project, each.path, coverage.sources):
            reported[path] = File(path=path, lines=each.lines, covered=each.covered)
    if not any(counts(path) and file.lines for path, file in reported.items()):
        return Measured(())
    files = {path: reported.get(path) or _not_reported(project, path) for path in _sources(project)}
    return Measured(tuple(file for file in files.values() if file.lines))


def counts(path: str) -> bool:
    """Whether a file counts: source code that is neither a test nor a migration nor a setting of a tool."""
    *folders, name = PurePosixPath(path).parts
    return bool(_SOURCES.fullmatch(name)) and not _TEST_FILE.fullmatch(name) and not any(map(_APART.fullmatch, folders))


def _sources(project: Path) -> Iterator[str]:
    """The paths of the project's source files that count, from the project's folder."""
    left = _MOST_FILES
    for folder, folders, names in os.walk(project):
        folders[:] = sorted(name for name in folders if name not in _NEVER and not name.startswith("."))
        for name in sorted(names):
            path = (Path(folder) / name).relative_to(project).as_posix()
            if counts(path) and (left := left - 1) > 0:
                yield path


def _not_reported(project: Path, path: str) -> File:
    return File(path=path, lines=_statements(project / path), covered=0)


def _statements(path: Path) -> int:
    """How many lines of a file hold statements: counted in Python, in other languages the lines that are not empty."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
        if path.suffix != ".py":
            return sum(
                1 for line in content.splitlines() if line.strip() and not line.strip().startswith((b"//", b"#", b"*"))
            )
        tree = ast.parse(content)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    return len({node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt) and not _is_text(node)})


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _inside(project: Path, name: str, sources: tuple[str, ...]) -> str:
    """The path of a reported file below the project, which it may be given from, or from one of *sources*; "" if elsewhere."""
    for root in (Path(), *(Path(source) for source in sources)):
        for base in (project.absolute(), project.resolve()):
            try:
                path = base / root / name
                if path.is_file() and path.resolve().is_relative_to(project.resolve()):
                    return path.resolve().relative_to(project.resolve()).as_posix()
            except (OSError, ValueError):
                continue
    return ""
