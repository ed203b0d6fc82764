"""The reference put into the learner's project: all of it, because it is one program, or one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli import pristine
from roadmap_cli.changing import Change, Order, Undone, carry_out, settle
from roadmap_cli.errors import ProjectError
from roadmap_cli.snapshots import Snapshot, Store, worded
from roadmap_cli.trees import File, Tree, read_tree
from roadmap_cli.workspace import PROJECT_FILE, Project, Workspace

# What a project has of its own, and what tells its reader about it.
KEPT = (PROJECT_FILE, ".env", "README.md", "CONTRACT.md", "openapi.yaml")
_NO_CODE = frozenset({"", "txt", "toml", "md", "json", "yaml", "yml"})


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What was done: files *added* and *replaced*; *kept* are the project's own; *unused* are not the reference's.

    *starts* is the reference's start command, if the project has another.
    """

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: tuple[str, ...]
    unused: tuple[str, ...]
    starts: str
    snapshot: Snapshot | None
    settled: Undone | None = None


def expect_stack(project: Project, reference: Path) -> None:
    """ProjectError if the reference is written in something else than the project says it is."""
    if project.stack and project.stack != reference.name:
        raise ProjectError(
            f"The reference is written in {reference.name}; your project says {project.stack}.",
            hint=f"See it with: roadmap solution. Or begin another project: roadmap start {project.phase} "
            f"--stack {reference.name} --into reference",
        )


def apply(workspace: Workspace, project: Project, reference: Mapping[str, Path], *, at: str, only: str = "") -> Applied:
    """Put the files of *reference*, or *only* one of them, in place of the project's."""
    with workspace.changing(), worded("The reference cannot be put into your project"):
        store = Store(workspace)
        settled = settle(store, at)
        yours = read_tree(project.root, reference)
        theirs = {name: _of(path) for name, path in reference.items()}
        kept = tuple(name for name in theirs if name in KEPT and name in yours.files and name != only)
        wanted = {name: file for name, file in theirs.items() if name not in kept and only in ("", name)}
        differing = {name: file for name, file in wanted.items() if _differs(yours, name, file)}
        here = pristine.place(workspace, project.root)
        prefix = f"{here}/" if here else ""
        changes = [Change.to(f"{prefix}{name}", yours.get(name), file) for name, file in differing.items()]
        command = f"solution --file {only} --apply" if only else "solution --apply"
        snapshot = carry_out(store, Order(command=command, at=at, project=here), changes)
    return Applied(
        added=tuple(name for name in differing if name not in yours.files),
        replaced=tuple(name for name in differing if name in yours.files),
        kept=() if only else kept,
        unused=() if only else _unused(yours, theirs),
        starts="" if only else _starts(project, reference),
        snapshot=snapshot,
        settled=settled,
    )


def _of(path: Path) -> File:
    """Readable and writable for the learner, whatever the modes of an installation."""
    return File(content=path.read_bytes(), mode=0o755 if path.stat().st_mode & 0o100 else 0o644)


def _differs(yours: Tree, name: str, file: File) -> bool:
    mine = yours.get(name)
    return mine is None or mine.is_link or mine.content != file.content


def _unused(yours: Tree, theirs: Mapping[str, File]) -> tuple[str, ...]:
    """Sources of the learner's, of the kinds that the reference is made of, that it knows nothing of."""
    kinds = {_ending(name) for name in theirs} - _NO_CODE
    return tuple(name for name in sorted(yours.files) if name not in {*theirs, *KEPT} and _ending(name) in kinds)


def _ending(name: str) -> str:
    last = name.rpartition("/")[2]
    return last.rpartition(".")[2] if "." in last.lstrip(".") else ""


def _starts(project: Project, reference: Mapping[str, Path]) -> str:
    settings = reference.get(PROJECT_FILE)
    theirs = Project.load(settings.parent).serve if settings else project.serve
    return "" if theirs == project.serve else theirs
