"""Projects as their templates made them, kept in `.roadmap/base/` with the answers that they were made from.

base/<slug>/                     the rendering
base/<slug>.json                 its project, stack and answers, and which roadmap made it
base/<slug>--<project>/, .json   the same for an earlier project of that phase that is still there
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roadmap_cli import __version__
from roadmap_cli.errors import ProjectError
from roadmap_cli.workspace import PROJECT_FILE, Project, Workspace, write_aside


@dataclass(frozen=True, kw_only=True)
class Pristine:
    """A rendering and where it is. *answers* are None if an older roadmap made it and kept none."""

    folder: Path
    project: str = ""
    answers: Mapping[str, Any] | None = field(default=None)

    @property
    def record(self) -> Path:
        """The file beside it."""
        return self.folder.with_name(f"{self.folder.name}.json")

    def with_answers(self, project: str, answers: Mapping[str, Any]) -> str:
        """What the file beside it says."""
        document = {"format": 1, "project": project, "answers": dict(answers), "roadmap": __version__}
        return json.dumps(document, indent=2, sort_keys=True) + "\n"


def find(workspace: Workspace, project: Project) -> Pristine:
    """How *project* was made; ProjectError if that is not kept."""
    here = place(workspace, project.root)
    own = _read(workspace.base(_key(project.phase, here)))
    if own.folder.is_dir():
        return own
    latest = _read(workspace.base(project.phase))
    if not latest.folder.is_dir():
        raise ProjectError(
            f"How {here or project.root.name} was made is not kept in {latest.folder}, so your lines cannot be told from "
            "those of the template.",
            hint=f"Make a fresh one beside it and compare: roadmap start {project.phase} --into fresh",
        )
    if latest.project not in ("", here) and _is_project(workspace, latest.project):
        raise ProjectError(
            f"How {here or project.root.name} was made is not kept; {latest.folder} belongs to {latest.project}.",
            hint=f"Make a fresh one beside it and compare: roadmap start {project.phase} --into fresh",
        )
    return latest


def keep(workspace: Workspace, slug: str, target: Path, rendered: Path, answers: Mapping[str, Any]) -> None:
    """Keep a copy of the project that will be at *target*; an earlier one of a project that is still there stays."""
    base = workspace.base(slug)
    new = base.with_name(f".{base.name}.{os.getpid()}.new")
    new.parent.mkdir(parents=True, exist_ok=True)
    here = place(workspace, target)
    try:
        shutil.copytree(rendered, new, symlinks=True)
        _make_room(workspace, _read(base), slug, here)
        os.replace(new, base)
        made = Pristine(folder=base)
        write_aside(made.record, made.with_answers(here, answers))
    finally:
        shutil.rmtree(new, ignore_errors=True)


def place(workspace: Workspace, folder: Path) -> str:
    """A project's folder from the workspace, with slashes; empty for the workspace itself."""
    found = os.path.relpath(folder, workspace.root).replace(os.sep, "/")
    return "" if found == "." else found


def _make_room(workspace: Workspace, latest: Pristine, slug: str, here: str) -> None:
    if latest.project not in ("", here) and _is_project(workspace, latest.project):
        moved = Pristine(folder=workspace.base(_key(slug, latest.project)))
        shutil.rmtree(moved.folder, ignore_errors=True)
        os.replace(latest.folder, moved.folder)
        os.replace(latest.record, moved.record)
    else:
        shutil.rmtree(latest.folder, ignore_errors=True)


def _read(folder: Path) -> Pristine:
    """What is known of a rendering; nothing but its place if the file beside it is missing or damaged."""
    try:
        document = json.loads(folder.with_name(f"{folder.name}.json").read_text(encoding="utf-8"))
        return Pristine(folder=folder, project=str(document["project"]), answers=dict(document["answers"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Pristine(folder=folder)


def _key(slug: str, project: str) -> str:
    return f"{slug}--{project.replace('/', '--')}"


def _is_project(workspace: Workspace, place: str) -> bool:
    return (workspace.root / place / PROJECT_FILE).is_file()
