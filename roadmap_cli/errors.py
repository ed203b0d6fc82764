"""Everything the user can mend, as one small tree.

RoadmapError                 message + hint, exit code 2
├── PackError                a curriculum that is not right: file, line, column
├── WorkspaceError           the learner's folder: missing, newer, damaged, read-only
├── ProjectError             one phase's code: no roadmap.toml, no serve command
├── ServiceError             PostgreSQL and its like cannot be had
├── ScaffoldError            a project cannot be made here
└── ArchiveError             an export that cannot be made, is not whole, or may not be unpacked here

A learner's wrong answer is a verdict, not an error. Anything that is not a RoadmapError is a bug of ours: exit code 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the shell gets back; CONFLICTS is for an update that left something for the learner to decide."""

    PASSED = 0
    NOT_PASSED = 1
    USER_ERROR = 2
    GRADER_BROKE = 3
    CONFLICTS = 4
    INTERRUPTED = 130


class RoadmapError(Exception):
    """Something the user can mend: what happened, and what to do next."""

    exit_code = ExitCode.USER_ERROR

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Place:
    """Where in a file: line and column count from 1."""

    path: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Fault:
    """One thing that is not right in a pack, and where."""

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" {self.hint}" if self.hint else "")


class PackError(RoadmapError):
    """A pack that does not say what it must; carries every fault found, not only the first."""

    def __init__(self, message: str, *, faults: tuple[Fault, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.faults = faults


class WorkspaceError(RoadmapError):
    """The learner's folder is missing, damaged, read-only or of a newer format."""


class ProjectError(RoadmapError):
    """One phase's code cannot be examined as it stands."""


class ServiceError(RoadmapError):
    """A service that an examination needs cannot be had."""


class ScaffoldError(RoadmapError):
    """A project cannot be made here."""


class ArchiveError(RoadmapError):
    """An export that cannot be made, is not whole, or may not be unpacked here."""
