"""Files that a command is asked to write: whole or not at all, and every refusal in words."""

from __future__ import annotations

from pathlib import Path

from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import RoadmapError
from roadmap_cli.workspace import write_aside

STANDARD_OUTPUT = "-"


def expect_place(desk: Desk, file: str) -> None:
    """RoadmapError unless *file* names a place for a file; better before the work than after it."""
    if file == STANDARD_OUTPUT:
        return
    path = _path(desk, file)
    if path.is_dir():
        raise RoadmapError(f"{file} is a folder.", hint=f"Name a file in it, for example: {Path(file) / 'roadmap.out'}")
    if not path.parent.is_dir():
        raise RoadmapError(f"There is no folder {path.parent} for {path.name}.", hint="Make it first, or name another.")


def give_out(desk: Desk, file: str, content: str) -> Path | None:
    """Write *content* to *file*, or to standard output for ``-``; where it is now."""
    expect_place(desk, file)
    if file == STANDARD_OUTPUT:
        desk.screen.write(content)
        return None
    path = _path(desk, file).resolve()  # a link stays a link
    try:
        if path.exists() and not path.is_file():
            path.write_text(content, encoding="utf-8", newline="")  # a pipe or a terminal cannot be renamed over
        else:
            write_aside(path, content)
    except OSError as error:
        raise RoadmapError(
            f"{file} could not be written: {(error.strerror or str(error)).lower()}.",
            hint="Name a place where you may write; what was there before is as it was.",
        ) from error
    return path


def _path(desk: Desk, file: str) -> Path:
    return desk.cwd / Path(file).expanduser()
