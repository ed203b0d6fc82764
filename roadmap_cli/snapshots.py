"""Snapshots: what a command found before it changed anything, kept in `.roadmap/snapshots/`.

objects/<SHA-256>  contents, each under its digest, written aside and renamed into place
000001.json        one snapshot: what was where, and what the command was about to change; written last
unfinished         the number of the snapshot whose command is at work, or was when something ended it
stage/             new contents on their way into the project

Contents that several snapshots share are there once. Nothing is thrown away unless the learner says so. A snapshot holds
the learner's work in the project (`trees.work`), and every path that its command touches: whatever its size, ignored by
Git or not.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from roadmap_cli.errors import WorkspaceError
from roadmap_cli.trees import NOTHING, State, digest_of, left_out, state_of, work
from roadmap_cli.workspace import Workspace, why

FORMAT = 1
MOST = 500_000_000
_CHUNK = 1 << 20
_MANIFEST = re.compile(r"\d{6,}\.json")


@dataclass(frozen=True, kw_only=True)
class Touched:
    """A path that a command changed: what it found there, and what it left."""

    path: str
    before: State
    after: State


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What *command* found. Paths are from the workspace; *project* is its folder; *undoes* is a snapshot's number or 0."""

    id: int
    command: str
    at: str
    project: str
    found: Mapping[str, State]
    touched: tuple[Touched, ...]
    left_out: tuple[str, ...] = ()
    undoes: int = 0

    @property
    def digests(self) -> frozenset[str]:
        """The contents that it needs, those that its command left included."""
        states = (*self.found.values(), *(each.before for each in self.touched), *(each.after for each in self.touched))
        return frozenset(state.digest for state in states if state.digest)

    @property
    def changed(self) -> tuple[str, ...]:
        """The files that its command changed, those below `.roadmap` aside."""
        files = (each for each in self.touched if {each.before.kind, each.after.kind} & {"file", "link"})
        return tuple(each.path for each in files if not each.path.startswith(".roadmap/"))


@dataclass(frozen=True)
class Unreadable:
    """A snapshot that is there, but cannot be read: its file and why."""

    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """All snapshots, oldest first, and those that cannot be read; what they take on the disk, in bytes."""

    snapshots: tuple[Snapshot, ...]
    unreadable: tuple[Unreadable, ...]
    size: int

    def of(self, project: str) -> tuple[Snapshot, ...]:
        """Those of one project."""
        return tuple(each for each in self.snapshots if each.project == project)


class Store:
    """The snapshots of a workspace. Only whoever holds `Workspace.changing` may write."""

    def __init__(self, workspace: Workspace) -> None:
        self.root = workspace.root
        self.folder = workspace.folder / "snapshots"
        self.stage = self.folder / "stage"
        self._objects = self.folder / "objects"
        self._unfinished = self.folder / "unfinished"
        self._sound: set[str] = set()

    def shelf(self) -> Shelf:
        """What there is."""
        snapshots, unreadable = [], []
        for path in self._manifests():
            try:
                snapshots.append(_parse(path.read_bytes()))
            except (OSError, ValueError, KeyError, TypeError) as error:
                unreadable.append(Unreadable(path, str(error) or type(error).__name__))
        sizes = (path.stat().st_size for path in self._all_objects())
        return Shelf(snapshots=tuple(snapshots), unreadable=tuple(unreadable), size=sum(sizes))

    def keep(self, path: Path) -> State:
        """Keep what is at *path*; what it is. OSError if it cannot be read, or kept."""
        state = state_of(path)
        if state.kind != "file":
            return state
        with path.open("rb") as file:
            digest, size = self._add(iter(lambda: file.read(_CHUNK), b""))
        return State(kind="file", mode=state.mode, digest=digest, size=size)

    def put(self, content: bytes) -> str:
        """Keep *content*; its digest."""
        return self._add(iter((content,)))[0]

    def is_sound(self, digest: str) -> bool:
        """Whether the content is there and is what it was."""
        if digest not in self._sound:
            with contextlib.suppress(OSError):
                if digest_of(self.path_of(digest))[0] == digest:
                    self._sound.add(digest)
        return digest in self._sound

    def path_of(self, digest: str) -> Path:
        """Where a content is kept."""
        return self._objects / digest

    def capture(self, project: str, touched: Iterable[str]) -> tuple[dict[str, State], tuple[str, ...]]:
        """Keep the learner's work in *project* and whatever is at the paths *touched*; and name what was left out."""
        self._prepare()
        found = {path: self.keep(self.root / path) for path in touched}
        folder = self.root / project
        prefix = f"{project}/" if project else ""
        omitted = [f"{prefix}{path}" for path in left_out(folder)]
        total = 0
        for name, entry in work(folder):
            path = f"{prefix}{name}"
            if path in found:
                continue
            try:
                total += 0 if entry.is_dir(follow_symlinks=False) else entry.stat(follow_symlinks=False).st_size
                if total > MOST:
                    omitted.append(path)
                else:
                    found[path] = self.keep(Path(entry.path))
            except PermissionError:
                omitted.append(path)
            except FileNotFoundError:
                continue  # gone in this moment
        return found, tuple(path for path in omitted if path not in found)

    def next_id(self) -> int:
        """A number that no snapshot has."""
        return max((int(path.stem) for path in self._manifests()), default=0) + 1

    def write(self, snapshot: Snapshot) -> None:
        """Put the snapshot on the disk, whole; from now on it can be undone."""
        self._write_whole(self.folder / f"{snapshot.id:06}.json", _to_bytes(snapshot))

    def discard(self, snapshot: Snapshot) -> None:
        """Remove a snapshot of which no change was made, or all were taken back."""
        (self.folder / f"{snapshot.id:06}.json").unlink(missing_ok=True)
        self.finish()

    def begin(self, snapshot: Snapshot) -> None:
        """Say that the snapshot's command is at work."""
        self._write_whole(self._unfinished, str(snapshot.id).encode())

    def finish(self) -> None:
        """Say that it has ended."""
        self._unfinished.unlink(missing_ok=True)
        shutil.rmtree(self.stage, ignore_errors=True)

    @property
    def unfinished(self) -> int:
        """The number of the snapshot whose command was ended in its middle; 0 if there is none."""
        try:
            return int(self._unfinished.read_bytes())
        except (OSError, ValueError):
            return 0

    def forget(self, upto: int) -> int:
        """Throw away the snapshots up to this number, and what only they need; how many bytes that freed.

        While some snapshot cannot be read, contents stay: it may need them.
        """
        before = self.shelf()
        for path in self._manifests():
            if int(path.stem) <= upto:
                path.unlink()
        left = self.shelf()
        if not left.unreadable:
            needed = {digest for snapshot in left.snapshots for digest in snapshot.digests}
            for path in self._all_objects():
                if path.name not in needed:
                    path.unlink()
        return before.size - self.shelf().size

    def _prepare(self) -> None:
        """Make the folders, for nobody else to read; what a command that was killed left on its way goes."""
        self._objects.mkdir(parents=True, exist_ok=True)
        os.chmod(self.folder, 0o700)
        for path in self._objects.glob("coming-*"):
            path.unlink()

    def _add(self, chunks: Iterator[bytes]) -> tuple[str, int]:
        first = next(chunks, b"")
        second = next(chunks, b"")
        if not second:
            digest = hashlib.sha256(first).hexdigest()
            if self.is_sound(digest):
                return digest, len(first)
        coming = self._objects / f"coming-{os.getpid()}"
        coming.unlink(missing_ok=True)
        try:
            digest, size = _copy(_chain(first, second, chunks), coming)
            os.replace(coming, self.path_of(digest))
        except BaseException:
            with contextlib.suppress(OSError):
                coming.unlink(missing_ok=True)
            raise
        self._sound.add(digest)
        return digest, size

    def _write_whole(self, path: Path, content: bytes) -> None:
        aside = path.with_name(f".{path.name}.new")
        try:
            aside.unlink(missing_ok=True)
            _copy(iter((content,)), aside)
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)

    def _manifests(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return sorted(path for path in self.folder.iterdir() if _MANIFEST.fullmatch(path.name))
        return []

    def _all_objects(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from sorted(self._objects.iterdir())


@contextlib.contextmanager
def worded(what: str) -> Iterator[None]:
    """Turn a refusal of the file system into a sentence and a next step; *what* could not be done."""
    try:
        yield
    except OSError as error:
        name = error.filename2 or error.filename  # of a rename, the place that it was for
        where = f" ({os.fsdecode(name)})" if isinstance(name, str | bytes | os.PathLike) else ""
        raise WorkspaceError(
            f"{what}: {why(error)}{where}.",
            hint="Make room, or give yourself the right to read and write there. Then try again.",
        ) from error


def sync_folder(folder: Path) -> None:
    """See the names in a folder to the disk, where the system can: Windows and some network folders cannot."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _copy(chunks: Iterator[bytes], path: Path) -> tuple[str, int]:
    """Write a new file and see it to the disk; the digest and the size of what was written."""
    summed, size = hashlib.sha256(), 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            summed.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return summed.hexdigest(), size


def _chain(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest


def _to_bytes(snapshot: Snapshot) -> bytes:
    """One line with the SHA-256 of the rest, so that a flipped byte is noticed; then the document."""
    document = {
        "format": FORMAT,
        **{key: getattr(snapshot, key) for key in ("id", "command", "at", "project", "undoes", "left_out")},
        "found": {path: _short(state) for path, state in snapshot.found.items()},
        "touched": [[each.path, _short(each.before), _short(each.after)] for each in snapshot.touched],
    }
    body = json.dumps(document, indent=1).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body + b"\n"


def _parse(content: bytes) -> Snapshot:
    """Raises ValueError and its like for what is not whole."""
    summed, _, body = content.partition(b"\n")
    if hashlib.sha256(body.removesuffix(b"\n")).hexdigest().encode() != summed:
        raise ValueError("it has been damaged")
    document: dict[str, Any] = json.loads(body)
    if document["format"] > FORMAT:
        raise ValueError("a newer roadmap made it")
    touched = (
        Touched(path=path, before=State(**before), after=State(**after)) for path, before, after in document["touched"]
    )
    return Snapshot(
        id=document["id"],
        command=document["command"],
        at=document["at"],
        project=document["project"],
        found={path: State(**state) for path, state in document["found"].items()},
        touched=tuple(touched),
        left_out=tuple(document["left_out"]),
        undoes=document["undoes"],
    )


def _short(state: State) -> dict[str, Any]:
    """Without what is as usual."""
    usual = asdict(NOTHING)
    return {key: value for key, value in asdict(state).items() if value != usual[key]}
