"""What is at a path, and what is in a folder: values, and the reading that makes them. Nothing is written here.

Paths are texts with slashes, from the folder they belong to. Names that are not UTF-8 come through as Python carries
them (surrogateescape). Links are things of their own; nothing here follows one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

LARGEST = 5_000_000
_LARGEST_IN_MEMORY = 500_000
_CHUNK = 1 << 20
# What a tool makes again by itself, or keeps safe by itself, is not the learner's work.
_REBUILT = frozenset(
    {".git", ".hg", ".svn", ".roadmap", ".venv", "node_modules", "__pycache__", ".pytest_cache", ".mypy_cache"}
    | {".ruff_cache", ".hypothesis", ".tox", ".nox", ".gradle", ".next", ".eggs"}
)
_REBUILT_BESIDE = {"target": ("pom.xml", "Cargo.toml"), "build": ("build.gradle", "build.gradle.kts")}
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")
_DATABASES = (".db", ".sqlite", ".sqlite3", ".db-wal", ".db-shm", ".db-journal", ".sqlite3-wal", ".sqlite3-journal")
_REBUILT_FILES = (".pyc", ".pyo")


@dataclass(frozen=True, kw_only=True)
class State:
    """What is at a path: nothing, a file (its SHA-256), a link (its target), a folder, or something else (a socket)."""

    kind: Literal["nothing", "file", "link", "folder", "other"] = "nothing"
    mode: int = 0
    digest: str = ""
    size: int = 0
    target: str = ""


NOTHING = State()


@dataclass(frozen=True, kw_only=True)
class File:
    """A file's content and mode; of a link, the target is the content."""

    content: bytes
    mode: int = 0o644
    is_link: bool = False

    @property
    def state(self) -> State:
        """The same without the content."""
        if self.is_link:
            return State(kind="link", target=os.fsdecode(self.content))
        digest = hashlib.sha256(self.content).hexdigest()
        return State(kind="file", mode=self.mode, digest=digest, size=len(self.content))


@dataclass(frozen=True)
class Tree:
    """The files and links in a folder, and its folders."""

    files: Mapping[str, File] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()

    def get(self, path: str) -> File | None:
        """The file at *path*, or None."""
        return self.files.get(path)

    def blocked(self, path: str) -> bool:
        """Whether no file can be at *path*, because a folder is there, or a file where its folder would be."""
        return path in self.folders or any(parent in self.files for parent in parents(path))


def parents(path: str) -> Iterator[str]:
    """The folders that *path* is in, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def state_of(path: Path) -> State:
    """What is at *path* now; OSError if it cannot be read."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return State(kind="link", target=os.readlink(path))
    if stat.S_ISDIR(status.st_mode):
        return State(kind="folder", mode=mode)
    if not stat.S_ISREG(status.st_mode):
        return State(kind="other", mode=mode)
    digest, size = digest_of(path)
    return State(kind="file", mode=mode, digest=digest, size=size)


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    summed, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            summed.update(chunk)
            size += len(chunk)
    return summed.hexdigest(), size


def read_tree(folder: Path, also: Iterable[str] = ()) -> Tree:
    """What of the learner's work in *folder* (see `work`) is of a source's size, and all that is at the paths *also*.

    OSError if one of *also* cannot be read.
    """
    files: dict[str, File] = {}
    folders: set[str] = set()
    for path, entry in work(folder):
        if entry.is_dir(follow_symlinks=False):
            folders.add(path)
        elif entry.stat(follow_symlinks=False).st_size <= _LARGEST_IN_MEMORY:
            with contextlib.suppress(PermissionError):
                files |= _found(path, Path(entry.path))
    for path in set(also) - set(files) - folders:
        files |= _found(path, folder / path)
        if state_of(folder / path).kind == "folder":
            folders.add(path)
    return Tree(files, frozenset(folders))


def read_whole(folder: Path) -> Tree:
    """Everything in *folder*, whatever it is called: a rendering."""
    files: dict[str, File] = {}
    folders: set[str] = set()
    for top, below, names in os.walk(folder):
        inside = _relative(folder, top)
        folders.update(f"{inside}{name}" for name in below)
        for name in names:
            files |= _found(f"{inside}{name}", Path(top) / name)
    return Tree(files, frozenset(folders))


def read_file(path: Path) -> File | None:
    """The file or link at *path*, if there is one; OSError if it cannot be read."""
    return _found("", path).get("")


def work(folder: Path, top: Path | None = None) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Files, links and folders that are the learner's work: not what tools rebuild, no databases, nothing enormous.

    A path in `.gitignore` may well be work (`.env` is), so Git is not asked.
    """
    top = top or folder
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not _is_rebuilt(entry):
                yield _relative(top, entry.path)[:-1], entry
                yield from work(Path(entry.path), top)
        elif _is_work(entry):
            yield _relative(top, entry.path)[:-1], entry


def left_out(folder: Path, top: Path | None = None) -> Iterator[str]:
    """Databases and enormous files in folders that are the learner's: what `work` leaves out, worth naming."""
    top = top or folder
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not _is_rebuilt(entry):
                yield from left_out(Path(entry.path), top)
        elif not _is_work(entry) and not entry.name.endswith(_REBUILT_FILES):
            yield _relative(top, entry.path)[:-1]


def _is_rebuilt(entry: os.DirEntry[str]) -> bool:
    beside = _REBUILT_BESIDE.get(entry.name, ())
    if entry.name in _REBUILT or any(
        os.path.exists(os.path.join(os.path.dirname(entry.path), name)) for name in beside
    ):
        return True
    return any(os.path.isfile(os.path.join(entry.path, mark)) for mark in _MARKS)


def _is_work(entry: os.DirEntry[str]) -> bool:
    if entry.is_symlink():
        return True
    if not entry.is_file(follow_symlinks=False) or entry.name.endswith((*_REBUILT_FILES, *_DATABASES)):
        return False
    try:
        return entry.stat(follow_symlinks=False).st_size <= LARGEST
    except OSError:
        return False


def _found(name: str, path: Path) -> dict[str, File]:
    """The file or link at *path* by its *name*; empty for anything else, and for what has just gone."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return {name: File(content=os.fsencode(os.readlink(path)), is_link=True)}
        if stat.S_ISREG(status.st_mode):
            return {name: File(content=path.read_bytes(), mode=stat.S_IMODE(status.st_mode))}
    except (FileNotFoundError, NotADirectoryError):
        pass
    return {}


def _relative(top: Path, path: str) -> str:
    """*path* from *top*, with slashes and one at the end; empty for *top* itself."""
    inside = os.path.relpath(path, top)
    return "" if inside == "." else inside.replace(os.sep, "/") + "/"
