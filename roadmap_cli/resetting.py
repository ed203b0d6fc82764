"""Files as they were made: one, those in a folder, or those that belong to a milestone.

A template says what is to be done where: `TODO (milestone books): …`. A file belongs to the first milestone that it speaks
of. Later milestones go on in it, and resetting one of those leaves it alone: the work of the earlier one is in it too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli import pristine
from roadmap_cli.changing import Change, Order, Undone, carry_out, settle
from roadmap_cli.curriculum import Milestone, Phase
from roadmap_cli.errors import ProjectError, RoadmapError
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.snapshots import Snapshot, Store, worded
from roadmap_cli.trees import Tree, read_tree, read_whole
from roadmap_cli.workspace import Project, Workspace

_TODO = re.compile(rb"TODO \(milestone ([\w-]+)")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a name stands for: files of the template, and *shared* ones that go on from an earlier milestone."""

    name: str
    files: tuple[str, ...]
    shared: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What a reset did: files *changed*, those that *came back*; a snapshot of None: all was as it was made."""

    selection: Selection
    changed: tuple[str, ...]
    came_back: tuple[str, ...]
    snapshot: Snapshot | None
    settled: Undone | None = None


def reset(phase: Phase, workspace: Workspace, project: Project, name: str, *, cwd: Path, at: str) -> Reset:
    """Make the files that *name* stands for what they were; RoadmapError with a guess if it stands for none."""
    with workspace.changing(), worded("Nothing was reset"):
        store = Store(workspace)
        settled = settle(store, at)
        made = pristine.find(workspace, project)
        base = read_whole(made.folder)
        chosen = select(phase, base, name, _places(project, name, cwd))
        yours = read_tree(project.root, chosen.files)
        differing = [path for path in chosen.files if _differs(base, yours, path)]
        here = pristine.place(workspace, project.root)
        prefix = f"{here}/" if here else ""
        changes = [Change.to(f"{prefix}{path}", yours.get(path), base.files[path]) for path in differing]
        snapshot = carry_out(store, Order(command=f"reset {name}", at=at, project=here), changes)
    return Reset(
        selection=chosen,
        changed=tuple(path for path in differing if path in yours.files),
        came_back=tuple(path for path in differing if path not in yours.files),
        snapshot=snapshot,
        settled=settled,
    )


def select(phase: Phase, base: Tree, name: str, places: Iterable[str] = ()) -> Selection:
    """The files that *name* stands for: a milestone's, or those at one of *places*, from the project."""
    for milestone in phase.milestones:
        if milestone.id == name:
            return _of_milestone(phase, base, milestone)
    for place in places:
        found = tuple(path for path in sorted(base.files) if place in (path, ".") or path.startswith(f"{place}/"))
        if found:
            return Selection(name=name, files=found)
    known = [*(milestone.id for milestone in phase.milestones), *base.files, *base.folders]
    raise RoadmapError(
        f"{name} is no milestone of {phase.slug}, and no file that came with your project.",
        hint=did_you_mean(name, known) or f"Milestones: {', '.join(milestone.id for milestone in phase.milestones)}.",
    )


def _of_milestone(phase: Phase, base: Tree, milestone: Milestone) -> Selection:
    order = [each.id for each in phase.milestones]
    owned, shared = [], []
    for path, file in sorted(base.files.items()):
        named = {word.decode() for word in _TODO.findall(file.content)} & set(order)
        if milestone.id not in named:
            continue
        first = min(named, key=order.index)
        if first == milestone.id:
            owned.append(path)
        else:
            shared.append((path, first))
    if not owned and not shared:
        raise RoadmapError(
            f"The template of your project does not say which files belong to {milestone.id}.",
            hint="Name a file or a folder: roadmap reset FILE",
        )
    return Selection(name=milestone.id, files=tuple(owned), shared=tuple(shared))


def _places(project: Project, name: str, cwd: Path) -> list[str]:
    """What *name* may mean, from the project: seen from here, or from the project itself."""
    found: list[str] = []
    for start in (cwd, project.root):
        path = os.path.relpath(os.path.normpath(start / Path(name).expanduser()), project.root).replace(os.sep, "/")
        if not path.startswith("../") and path not in ("..", *found):
            found.append(path)
    if not found:
        raise ProjectError(
            f"{name} is outside of your project {project.root}.", hint="Name a file of the project, or a milestone."
        )
    return found


def _differs(base: Tree, yours: Tree, path: str) -> bool:
    mine = yours.get(path)
    return mine is None or mine != base.files[path]
