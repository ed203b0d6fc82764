"""Changes to the learner's files: each command's changes after a snapshot, all of them or none; and undo.

What holds, whenever and however a command ends: every state of a file that it found can be brought back, byte for byte.
A command keeps contents first, then writes its snapshot, then changes files, each in one step. What the file system
refuses in the middle is taken back; after a kill, `undo` or the next command takes it back.

`undo` brings back every path that the command (and any command since) changed, as the first of them found it. It changes
no other path: what the learner made or edited elsewhere stays. Undo is a command like any other and takes a snapshot, so
that what a path held until now can be brought back too, by another undo.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from roadmap_cli.errors import ProjectError, WorkspaceError
from roadmap_cli.snapshots import Shelf, Snapshot, Store, Touched, Unreadable, sync_folder, worded
from roadmap_cli.trees import NOTHING, File, State, parents, state_of
from roadmap_cli.workspace import FOLDER, Workspace

_NEW_FOLDER = State(kind="folder", mode=0o755)
_PLACED = frozenset({"file", "link"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """What shall be at a path (from the workspace), and what the command saw there when it decided so."""

    path: str
    seen: State
    wanted: State
    content: bytes = field(default=b"", repr=False)

    @staticmethod
    def to(path: str, seen: File | None, wanted: File | None) -> Change:
        """From one file to another; None is no file."""
        return Change(
            path=path,
            seen=seen.state if seen else NOTHING,
            wanted=wanted.state if wanted else NOTHING,
            content=wanted.content if wanted else b"",
        )


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which command changes files, when, and in which project (its folder from the workspace)."""

    command: str
    at: str
    project: str
    undoes: int = 0


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What an undo did. *taken* is the snapshot of what it found, None if nothing differed.

    *edited* had been changed since the command: what was there is in *taken*. Of *lost* the kept content is damaged;
    something is in the way of *blocked*. Both are as they were before the undo.
    """

    snapshot: Snapshot
    taken: Snapshot | None
    restored: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def carry_out(store: Store, order: Order, changes: Iterable[Change]) -> Snapshot | None:
    """Take a snapshot and make the changes, all or none of them; None if everything is as wanted already."""
    needed = {change.path: change for change in changes if change.seen != change.wanted}
    if not needed:
        return None
    targets = {path: change.wanted for path, change in needed.items()}
    targets |= _new_folders(store.root, targets)
    if not order.undoes:
        targets |= _emptied(store.root, targets, order.project)
    _expect_no_obstacle(store.root, targets, order.project)
    with worded("Nothing was changed, because what is there could not be kept first"):
        found, omitted = store.capture(order.project, targets)
        _expect_as_seen(found, needed)
        for change in needed.values():
            if change.wanted.kind == "file" and not store.is_sound(change.wanted.digest):
                store.put(change.content)
        snapshot = Snapshot(
            id=store.next_id(),
            command=order.command,
            at=order.at,
            project=order.project,
            found={path: state for path, state in found.items() if state != NOTHING},
            touched=tuple(Touched(path=path, before=found[path], after=after) for path, after in targets.items()),
            left_out=omitted,
            undoes=order.undoes,
        )
    _change(store, snapshot)
    return snapshot


def settle(store: Store, at: str) -> Undone | None:
    """Take back what a command that was ended in its middle has changed (an undo is completed); None if there was none.

    ProjectError if one of its files has been edited since: then the learner decides.
    """
    shelf = store.shelf()
    left = next((each for each in shelf.snapshots if each.id == store.unfinished), None)
    if left is None:
        store.finish()
        return None
    for each in left.touched:
        now = state_of(store.root / each.path)
        if not (_same(now, each.before) or _same(now, each.after)):
            raise ProjectError(
                f"The command {left.command!r} was ended in its middle, and {each.path} has been changed since.",
                hint="roadmap undo takes it back; what the file holds now is kept.",
            )
    return _bring_back(store, shelf, _begun(shelf, left), at)


def undo(workspace: Workspace, *, at: str, cwd: Path, number: int | None = None) -> Undone:
    """Undo snapshot *number* and all commands since, or the last command; see the top of this module."""
    with workspace.changing(), worded("Nothing was brought back"):
        store = Store(workspace)
        shelf = store.shelf()
        chosen = _chosen(store, shelf, cwd, number)
        if number is None and chosen.id == store.unfinished:
            chosen = _begun(shelf, chosen)
        return _bring_back(store, shelf, chosen, at)


def bring_back_file(workspace: Workspace, name: str, *, at: str, cwd: Path, number: int | None = None) -> Undone:
    """Bring back one file, or all in a folder, as the command of a snapshot found it, whether it changed it or not."""
    with workspace.changing(), worded("Nothing was brought back"):
        store = Store(workspace)
        shelf = store.shelf()
        chosen = _chosen(store, shelf, cwd, number)
        states = _kept_below(chosen, name, cwd, workspace.root)
        order = Order(command=f"undo {chosen.id} --file {name}", at=at, project=chosen.project)
        return _restore(store, shelf, order, chosen, states, {})


def differing(workspace: Workspace, snapshot: Snapshot) -> int:
    """How many of the files that a command changed are now other than it found them."""
    befores = {each.path: each.before for each in snapshot.touched}
    return sum(state_of(workspace.root / path) != befores[path] for path in snapshot.changed)


def _chosen(store: Store, shelf: Shelf, cwd: Path, number: int | None) -> Snapshot:
    if number is not None:
        return _by_number(shelf, number)
    if not shelf.snapshots:
        raise WorkspaceError(
            "There is nothing to undo: no command has changed your files.", hint="See what is kept: roadmap undo --list"
        )
    here = os.path.relpath(cwd, store.root).replace(os.sep, "/")
    mine = [each for each in shelf.snapshots if here == each.project or here.startswith(f"{each.project}/")]
    return (mine or shelf.snapshots)[-1]


def _by_number(shelf: Shelf, number: int) -> Snapshot:
    for snapshot in shelf.snapshots:
        if snapshot.id == number:
            return snapshot
    for damaged in shelf.unreadable:
        if int(damaged.path.stem) == number:
            raise WorkspaceError(
                f"Snapshot {number} cannot be read: {damaged.reason} ({damaged.path}).",
                hint="An older one may hold what you look for: roadmap undo --list",
            )
    raise WorkspaceError(f"There is no snapshot {number}.", hint="See all with: roadmap undo --list")


def _bring_back(store: Store, shelf: Shelf, chosen: Snapshot, at: str) -> Undone:
    """Every path that *chosen* or a later command changed, as the first of them found it."""
    before: dict[str, State] = {}
    after: dict[str, State] = {}
    for snapshot in shelf.of(chosen.project):
        if snapshot.id >= chosen.id:
            for each in snapshot.touched:
                before.setdefault(each.path, each.before)
                after[each.path] = each.after
    order = Order(command=f"undo {chosen.id}", at=at, project=chosen.project, undoes=chosen.id)
    return _restore(store, shelf, order, chosen, before, after)


def _begun(shelf: Shelf, left: Snapshot) -> Snapshot:
    """What to undo if the command of *left* was killed: that; but if it was an undo itself, what it was to undo."""
    return _by_number(shelf, left.undoes) if left.undoes else left


def _restore(
    store: Store, shelf: Shelf, order: Order, chosen: Snapshot, wanted: Mapping[str, State], after: Mapping[str, State]
) -> Undone:
    now = {path: state_of(store.root / path) for path in wanted}
    differing = {path: state for path, state in wanted.items() if state != now[path]}
    lost = [path for path, state in differing.items() if state.digest and not store.is_sound(state.digest)]
    differing = {path: state for path, state in differing.items() if path not in lost}
    blocked = [path for path in differing if _obstacle(store.root, path, differing, chosen.project)]
    differing = _without_full_folders(store.root, {p: s for p, s in differing.items() if p not in blocked})
    changes = [Change(path=path, seen=now[path], wanted=state) for path, state in differing.items()]
    taken = carry_out(store, order, changes)
    if taken is None:
        store.finish()
    files = {path: state for path, state in differing.items() if _is_shown(path, state, now[path])}
    return Undone(
        snapshot=chosen,
        taken=taken,
        restored=tuple(path for path, state in files.items() if state.kind in _PLACED),
        removed=tuple(path for path, state in files.items() if state.kind not in _PLACED),
        edited=tuple(path for path in files if now[path] not in (NOTHING, after.get(path, now[path]))),
        lost=tuple(lost),
        blocked=tuple(blocked),
        unreadable=shelf.unreadable,
    )


def _is_shown(path: str, state: State, now: State) -> bool:
    """Files of the project; folders come and go with them, and `.roadmap` is ours."""
    return bool({state.kind, now.kind} & _PLACED) and not path.startswith(f"{FOLDER}/")


def _kept_below(chosen: Snapshot, name: str, cwd: Path, root: Path) -> dict[str, State]:
    """The states that the snapshot has of a file, or of all in a folder, that is named from here or from the project."""
    for place in (cwd, root / chosen.project):
        path = os.path.relpath(os.path.normpath(place / name), root).replace(os.sep, "/")
        top = "" if path == "." else f"{path}/"
        found = {each: state for each, state in chosen.found.items() if each == path or each.startswith(top)}
        if states := {each: state for each, state in found.items() if state.kind in (*_PLACED, "folder")}:
            return states
    if any(path == name or path.endswith(f"/{name}") for path in chosen.left_out):
        why = "it is a database or very large, and the command did not change it"
    else:
        why = "it was not there then"
    raise WorkspaceError(
        f"Snapshot {chosen.id} does not hold {name}: {why}.", hint="See what there is: roadmap undo --list"
    )


def _new_folders(root: Path, targets: Mapping[str, State]) -> dict[str, State]:
    """The folders that must be made for the files, perhaps where a file goes."""
    placed = [path for path, state in targets.items() if state.kind in _PLACED]
    above = {parent for path in placed for parent in parents(path) if targets.get(parent, NOTHING) == NOTHING}
    return {path: _NEW_FOLDER for path in sorted(above) if path in targets or state_of(root / path) == NOTHING}


def _emptied(root: Path, targets: Mapping[str, State], project: str) -> dict[str, State]:
    """The folders that will hold nothing any more."""
    gone = {path for path, state in targets.items() if state == NOTHING}
    coming = {parent for path, state in targets.items() if state != NOTHING for parent in parents(path)}
    folders = {parent for path in gone for parent in parents(path) if not _is_top(parent, project)}
    emptied: dict[str, State] = {}
    for folder in sorted(folders - coming, key=lambda path: -path.count("/")):
        if _names(root, folder) <= gone | set(emptied):
            emptied[folder] = NOTHING
    return emptied


def _without_full_folders(root: Path, targets: dict[str, State]) -> dict[str, State]:
    """Without the folders that shall go but will not be empty: what the learner has put there stays."""
    kept = dict(targets)
    for folder in sorted((path for path in targets if targets[path] == NOTHING), key=lambda path: -path.count("/")):
        if state_of(root / folder).kind == "folder" and any(kept.get(name) != NOTHING for name in _names(root, folder)):
            del kept[folder]
    return kept


def _names(root: Path, folder: str) -> set[str]:
    try:
        return {f"{folder}/{name}" for name in os.listdir(root / folder)}
    except (FileNotFoundError, NotADirectoryError):
        return set()


def _is_top(path: str, project: str) -> bool:
    """The project's folder itself, those above it, and the rendering's: none is ever removed."""
    return path == project or project.startswith(f"{path}/") or (path.startswith(FOLDER) and path.count("/") <= 2)


def _expect_no_obstacle(root: Path, targets: Mapping[str, State], project: str) -> None:
    for path in targets:
        if trouble := _obstacle(root, path, targets, project):
            raise ProjectError(f"Nothing was changed: {trouble}.", hint="Move it away, then try again.")


def _obstacle(root: Path, path: str, targets: Mapping[str, State], project: str) -> str:
    """What stands in the way of a change: a link or file where a folder must be, a folder where a file must be."""
    for parent in parents(path):
        if not _is_top(parent, project) and parent not in targets:
            kind = state_of(root / parent).kind
            if kind in ("link", "file", "other"):
                return (
                    f"{parent} is a {kind}, and roadmap changes nothing behind it"
                    if kind == "link"
                    else (f"{parent} is no folder, as {path} needs")
                )
    kind, wanted = state_of(root / path).kind, targets[path].kind
    if kind == "other":
        return f"{path} is neither a file nor a folder"
    if kind == "folder" and wanted in _PLACED and any(targets.get(name) != NOTHING for name in _names(root, path)):
        return f"{path} is a folder, where a file shall be"
    return ""


def _expect_as_seen(found: Mapping[str, State], needed: Mapping[str, Change]) -> None:
    for path, change in needed.items():
        if found[path] != change.seen:
            raise _changed_meanwhile(path)


def _changed_meanwhile(path: str) -> ProjectError:
    return ProjectError(
        f"Nothing was changed: {path} was saved by another program at this very moment.", hint="Try again."
    )


def _change(store: Store, snapshot: Snapshot) -> None:
    """From the states before to those after; back again if anything stands in the way, or Ctrl-C is pressed."""
    try:
        with worded("Nothing was changed"):
            store.begin(snapshot)
            store.write(snapshot)
            _apply(store, {each.path: (each.before, each.after) for each in snapshot.touched})
            store.finish()
    except BaseException:
        _take_back(store, snapshot)
        raise


def _take_back(store: Store, snapshot: Snapshot) -> None:
    done = [each for each in snapshot.touched if each.before != each.after and _is_done(store.root, each)]
    with worded(f"The files cannot be put back now, but `roadmap undo {snapshot.id}` will do it"):
        if done:
            _apply(store, {each.path: (each.after, each.before) for each in done})
        store.discard(snapshot)


def _is_done(root: Path, each: Touched) -> bool:
    return _same(state_of(root / each.path), each.after)


def _same(one: State, other: State) -> bool:
    """Folders are the same whatever their modes: one that was made a moment ago has not got its own yet."""
    return one == other or one.kind == other.kind == "folder"


def _apply(store: Store, moves: Mapping[str, tuple[State, State]]) -> None:
    """Make each path what it shall be, if it is what it should be. New contents are all made before the first change."""
    staged = _stage(store, {path: after for path, (_, after) in moves.items() if after.kind in _PLACED})
    by_depth = sorted(moves, key=lambda path: path.count("/"))
    for path in by_depth:
        if moves[path][0].kind in _PLACED and moves[path][1].kind not in _PLACED:
            _expect(store.root / path, moves[path][0])
            _remove(store.root / path)
    for path in reversed(by_depth):
        if moves[path][0].kind == "folder" and moves[path][1].kind != "folder":
            (store.root / path).rmdir()
    for path in by_depth:
        if moves[path][1].kind == "folder":
            (store.root / path).mkdir(exist_ok=True)
            (store.root / path).chmod(moves[path][1].mode)
    for path, new in staged.items():
        _expect(store.root / path, moves[path][0])
        _move(new, store.root / path)
    for folder in {(store.root / path).parent for path in moves}:
        if folder.is_dir():
            sync_folder(folder)


def _expect(path: Path, state: State) -> None:
    """An editor may save at any moment; a folder that had to make room for the file is gone already."""
    if state.kind != "folder" and state_of(path) != state:
        raise _changed_meanwhile(str(path))


def _stage(store: Store, states: Mapping[str, State]) -> dict[str, Path]:
    shutil.rmtree(store.stage, ignore_errors=True)
    store.stage.mkdir()
    staged = {}
    for number, (path, state) in enumerate(states.items()):
        staged[path] = new = store.stage / str(number)
        if state.kind == "link":
            new.symlink_to(state.target)
            continue
        shutil.copyfile(store.path_of(state.digest), new)
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.chmod(state.mode)
    return staged


def _remove(path: Path) -> None:
    if os.name == "nt" and not path.is_symlink():
        path.chmod(0o666)  # Windows removes and replaces no read-only file
    path.unlink()


def _move(new: Path, path: Path) -> None:
    """In one step, even where the project is on another disk than the workspace."""
    if os.name == "nt" and path.is_file() and not path.is_symlink():
        path.chmod(0o666)
    try:
        os.replace(new, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            shutil.copy2(new, near, follow_symlinks=False)
            os.replace(near, path)
        finally:
            near.unlink(missing_ok=True)
