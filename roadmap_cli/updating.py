"""A newer template merged into the learner's project, and no line of the learner's ever dropped.

Three ways for each file: as it was made, as it would be made now, and as the learner has it. What the template does to a
file, down; what the learner has done to it, across:

              nothing      edited, elsewhere   edited, same line   renamed               deleted
nothing       -            -                   -                   -                     -
edited        taken over   merged              conflict, marked    merged, your name     stays deleted, listed
renamed       renamed      renamed, merged     renamed, marked     merged, your name     stays deleted, listed
deleted       deleted      kept, listed        kept, listed        kept, listed          -
new           added; where the learner has a file of that name, both are in it, marked

A conflict in what is no text, or in `roadmap.toml` (without which no command finds the project), is not marked: yours
stays, and the template's is put beside it as NAME.new.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from roadmap_cli import pristine
from roadmap_cli.changing import Change, Order, Undone, carry_out, settle
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ProjectError
from roadmap_cli.merging import is_mergeable, likeness, marked_lines, merge
from roadmap_cli.packs import Pack
from roadmap_cli.scaffold import Scaffold
from roadmap_cli.snapshots import Snapshot, Store, worded
from roadmap_cli.trees import File, Tree, read_file, read_tree, read_whole
from roadmap_cli.workspace import PROJECT_FILE, Project, Workspace

_ALIKE = 0.6
_NOT_TELLING = 40


class What(Enum):
    """What an update does with a file. The learner has something to do about the last three."""

    TAKEN = "taken over"
    MERGED = "merged"
    ADDED = "added"
    RENAMED = "renamed"
    REMOVED = "removed"
    KEPT = "kept"
    STAYS_DELETED = "stays deleted"
    NOT_RENAMED = "not renamed"
    IN_THE_WAY = "in the way"
    BESIDE = "beside"
    CONFLICT = "conflict"


@dataclass(frozen=True, kw_only=True)
class Note:
    """What happens to *path*; *other* is its former name, or the file beside it; *lines* are where conflicts begin."""

    what: What
    path: str
    other: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The files that change, each as it is and as it shall be (None: not there), and what to say of it."""

    files: Mapping[str, tuple[File | None, File | None]]
    notes: tuple[Note, ...]

    @property
    def open_questions(self) -> tuple[Note, ...]:
        """What is left for the learner to decide."""
        return tuple(note for note in self.notes if note.what in (What.CONFLICT, What.BESIDE))


@dataclass(frozen=True, kw_only=True)
class Updated:
    """What an update did, or would do.

    *is_new* is whether the template has changed at all; *guessed* how the project is taken to have been made, if nobody
    wrote it down; *settled* what was taken back first.
    """

    plan: Plan
    is_new: bool
    snapshot: Snapshot | None = None
    guessed: Mapping[str, str] | None = None
    settled: Undone | None = None


def update(
    pack: Pack, phase: Phase, workspace: Workspace, project: Project, *, at: str, dry_run: bool = False
) -> Updated:
    """Bring the project up to the pack's template; ProjectError if there are conflicts of an earlier update left."""
    scaffold = Scaffold(pack=pack, phase=phase, target=project.root, stack=project.stack)
    with worded("The project cannot be updated"):
        new, answers = _rendered(scaffold, pristine.find(workspace, project))
    return bring_up(workspace, project, new, answers, at=at, dry_run=dry_run)


def bring_up(
    workspace: Workspace, project: Project, new: Tree, answers: Mapping[str, Any], *, at: str, dry_run: bool = False
) -> Updated:
    """The same with the template rendered already."""
    with workspace.changing(), worded("The project cannot be updated"):
        store = Store(workspace)
        settled = None if dry_run else settle(store, at)
        made = pristine.find(workspace, project)
        base = read_whole(made.folder)
        guessed = {key: str(value) for key, value in answers.items()} if made.answers is None else None
        yours = read_tree(project.root, {*base.files, *new.files})
        _expect_resolved(yours)
        if not _differ(base, new):
            return Updated(plan=Plan(files={}, notes=()), is_new=False, guessed=guessed, settled=settled)
        planned = plan(base, new, yours)
        if dry_run:
            return Updated(plan=planned, is_new=True, guessed=guessed)
        here = pristine.place(workspace, project.root)
        changes = [*_changes(here, planned.files), *_new_base(workspace, made, base, new, here, answers)]
        snapshot = carry_out(store, Order(command="update", at=at, project=here), changes)
        return Updated(plan=planned, is_new=True, snapshot=snapshot, guessed=guessed, settled=settled)


def plan(base: Tree, new: Tree, yours: Tree) -> Plan:
    """What to do with every file; see the table above."""
    planning = _Planning(base, new, yours)
    for path in base.files:
        planning.follow(path)
    for path in new.files:
        if path not in base.files and path not in planning.template_names.values():
            planning.add(path)
    return Plan(files=planning.files, notes=tuple(planning.notes))


class _Planning:
    """The plan while it is made."""

    def __init__(self, base: Tree, new: Tree, yours: Tree) -> None:
        self.base, self.new, self.yours = base, new, yours
        self.template_names = _renamed(base, new, new.files)
        added = set(new.files) - set(base.files) - set(self.template_names.values())
        self.your_names = _renamed(base, yours, set(yours.files) - added)
        self.files: dict[str, tuple[File | None, File | None]] = {}
        self.notes: list[Note] = []

    def follow(self, path: str) -> None:
        """A file that was there when the project was made."""
        old = self.base.files[path]
        theirs = path if path in self.new.files else self.template_names.get(path, "")
        mine = path if path in self.yours.files else self.your_names.get(path, "")
        if not mine:
            if theirs and not _same(self.new.files[theirs], old):
                self._note(What.STAYS_DELETED, theirs)
        elif not theirs:
            self._without_template(path, mine)
        else:
            self._merge(path, theirs, mine)

    def add(self, path: str) -> None:
        """A file that only the newer template has."""
        ours, theirs = self.yours.get(path), self.new.files[path]
        if ours is None and self.yours.blocked(path):
            self._note(What.IN_THE_WAY, path)
        elif ours is None:
            self._put(path, None, replace(theirs, mode=theirs.mode | 0o600))
            self._note(What.ADDED, path)
        elif not _same(ours, theirs):
            self._content(path, path, File(content=b""), ours, theirs)

    def _without_template(self, path: str, mine: str) -> None:
        ours = self.yours.files[mine]
        if mine == path and _same(ours, self.base.files[path]):
            self._put(path, ours, None)
            self._note(What.REMOVED, path)
        else:
            self._note(What.KEPT, mine)

    def _merge(self, path: str, theirs: str, mine: str) -> None:
        """Both have it. A name that the learner gave it stays; otherwise it gets the template's, if that is free."""
        target = mine
        if mine == path and theirs != path:
            if theirs in self.yours.files or self.yours.blocked(theirs):
                self._note(What.NOT_RENAMED, mine, other=theirs)
            else:
                target = theirs
                self._note(What.RENAMED, target, other=mine)
        self._content(target, mine, self.base.files[path], self.yours.files[mine], self.new.files[theirs])

    def _content(self, target: str, mine: str, old: File, ours: File, theirs: File) -> None:
        wanted = ours
        if _same(ours, old) or _same(ours, theirs):
            wanted = replace(theirs, mode=ours.mode)
            if not _same(theirs, ours):
                self._note(What.TAKEN, target)
        elif not _same(theirs, old):
            wanted = self._both(target, old, ours, theirs)
        self._put(mine, ours, None if target != mine else _with_mode(wanted, old, theirs))
        if target != mine:
            self._put(target, None, _with_mode(wanted, old, theirs))

    def _both(self, target: str, old: File, ours: File, theirs: File) -> File:
        if not any(file.is_link for file in (old, ours, theirs)) and is_mergeable(
            old.content, ours.content, theirs.content
        ):
            merged = merge(old.content, ours.content, theirs.content)
            if not merged.conflicts or target != PROJECT_FILE:
                self._note(What.CONFLICT if merged.conflicts else What.MERGED, target, lines=merged.conflicts)
                return replace(ours, content=merged.content)
        beside = self._free_name(f"{target}.new")
        self._put(beside, None, theirs)
        self._note(What.BESIDE, target, other=beside)
        return ours

    def _free_name(self, name: str) -> str:
        number, free = 1, name
        while free in {*self.yours.files, *self.yours.folders, *self.new.files, *self.files}:
            number += 1
            free = f"{name}{number}"
        return free

    def _put(self, path: str, seen: File | None, wanted: File | None) -> None:
        if seen != wanted:
            self.files[path] = (seen, wanted)

    def _note(self, what: What, path: str, *, other: str = "", lines: tuple[int, ...] = ()) -> None:
        self.notes.append(Note(what=what, path=path, other=other, lines=lines))


def _same(one: File, other: File) -> bool:
    """Modes aside: they depend on the machine."""
    return (one.content, one.is_link) == (other.content, other.is_link)


def _with_mode(file: File, old: File, theirs: File) -> File:
    """Whether it can be executed is the template's to say if the template has changed it."""
    if file.is_link or old.mode & 0o111 == theirs.mode & 0o111 or not old.content:
        return file
    return replace(file, mode=file.mode & ~0o111 | theirs.mode & 0o111)


def _renamed(before: Tree, after: Tree, candidates: Iterable[str]) -> dict[str, str]:
    """Files of *before* that are missing in *after*, each with the new file that is most like it."""
    gone = [path for path in before.files if path not in after.files]
    come = [path for path in candidates if path not in before.files]
    pairs = [
        (_likeness(before.files[old], after.files[new]) + _same_name(old, new), old, new)
        for old in gone
        for new in come
    ]
    names: dict[str, str] = {}
    for alike, old, new in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if alike >= _ALIKE and old not in names and new not in names.values():
            names[old] = new
    return names


def _likeness(old: File, new: File) -> float:
    """What says hardly anything, such as an empty `__init__.py`, is like nothing."""
    if old.is_link or new.is_link or len(b"".join(old.content.split())) < _NOT_TELLING:
        return 0.0
    if old.content == new.content:
        return 1.0
    return likeness(old.content, new.content) if is_mergeable(old.content, new.content) else 0.0


def _same_name(old: str, new: str) -> float:
    """Decides between two that are equally alike."""
    return 0.001 if old.rpartition("/")[2] == new.rpartition("/")[2] else 0.0


def _rendered(scaffold: Scaffold, made: pristine.Pristine) -> tuple[Tree, Mapping[str, Any]]:
    """The project as the template would make it now, from the same answers.

    An older roadmap kept no answers: then the flavour that fits best what it made is taken.
    """
    if made.answers is not None:
        return _render(replace(scaffold, stack=str(made.answers.get("stack", scaffold.stack)), answers=made.answers))
    base = read_whole(made.folder)
    guesses = [_render(replace(scaffold, flavour=flavour)) for flavour in ("", "blank")]
    return max(guesses, key=lambda guess: len(set(guess[0].files) & set(base.files)) - len(guess[0].files))


def _render(scaffold: Scaffold) -> tuple[Tree, Mapping[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="roadmap-update-") as folder:
        answers = scaffold.render(Path(folder) / "project")
        return read_whole(Path(folder) / "project"), answers


def _differ(base: Tree, new: Tree) -> bool:
    if base.files.keys() != new.files.keys():
        return True
    return any(
        not _same(file, new.files[path]) or file.mode & 0o111 != new.files[path].mode & 0o111
        for path, file in base.files.items()
    )


def _expect_resolved(yours: Tree) -> None:
    marked = [f"{path}:{lines[0]}" for path, file in yours.files.items() if (lines := marked_lines(file.content))]
    if marked:
        raise ProjectError(
            f"There are conflicts of an earlier update that you have not resolved: {', '.join(marked)}.",
            hint="Decide for each what stays and remove the marks, or go back with: roadmap undo",
        )


def _changes(here: str, files: Mapping[str, tuple[File | None, File | None]]) -> list[Change]:
    prefix = f"{here}/" if here else ""
    return [Change.to(f"{prefix}{path}", seen, wanted) for path, (seen, wanted) in files.items()]


def _new_base(
    workspace: Workspace, made: pristine.Pristine, base: Tree, new: Tree, here: str, answers: Mapping[str, Any]
) -> list[Change]:
    """The rendering is a part of what is updated, so that an undo brings it back as well."""
    folder = pristine.place(workspace, made.folder)
    changes = [Change.to(f"{folder}/{path}", base.get(path), new.get(path)) for path in {**base.files, **new.files}]
    record = read_file(made.record)
    wanted = File(content=made.with_answers(here, answers).encode(), mode=record.mode if record else 0o644)
    return [*changes, Change.to(pristine.place(workspace, made.record), record, wanted)]
