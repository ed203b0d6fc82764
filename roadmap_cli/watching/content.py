"""What a project holds now, against what it held when somebody looked the last time.

Stamps (times, size, inode) say which files to read again, digests say whether they differ. A stamp alone proves nothing
while it is young: two writes in one tick of the file system's clock look the same, so a file is read again at every look
until its stamp has stood for a while.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from roadmap_cli.watching import rules
from roadmap_cli.watching.rules import Layers, Top

# The coarsest clock of a file system that is in use: FAT counts in steps of two seconds.
SETTLED_SECONDS = 2.5
_WHOLE_BYTES = 8 << 20
_MANY = 100_000

Stamp = tuple[int, ...]


@dataclass(frozen=True)
class Folder:
    """A folder to be told of; device and inode tell it from a later one of its name."""

    path: str
    device: int
    inode: int


@dataclass(frozen=True)
class Touched:
    """A file that was written, made or removed since the last look; *differs* unless it holds what it held."""

    path: str
    differs: bool


@dataclass(frozen=True)
class _Known:
    stamp: Stamp
    digest: bytes
    since: float
    is_settled: bool


@dataclass
class _Found:
    """One walk through the project."""

    files: dict[str, Stamp] = field(default_factory=dict)
    folders: set[Folder] = field(default_factory=set)


def _nothing() -> frozenset[str]:
    return frozenset()


class Content:
    """The content of the project in *root*; *named* gives further paths in it that count although rules leave them out."""

    def __init__(
        self,
        root: Path,
        named: Callable[[], frozenset[str]] = _nothing,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self.folders: frozenset[Folder] = frozenset()
        self._named = named
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._decisions: dict[tuple[Layers, str, bool], bool] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of all files, from the root, with slashes, in alphabetical order."""
        return tuple(sorted(self._known))

    def look(self) -> tuple[Touched, ...]:
        """What was touched since the last look; at the first one, every file there is."""
        now = self._clock()
        found = self._walk()
        self.folders = frozenset(found.folders)
        touched = [one for path, stamp in found.files.items() if (one := self._compare(path, stamp, now))]
        gone = [path for path in self._known if path not in found.files]
        for path in gone:
            del self._known[path]
        return (*touched, *(Touched(path, differs=True) for path in gone))

    def _compare(self, path: str, stamp: Stamp, now: float) -> Touched | None:
        before = self._known.get(path)
        is_same = before is not None and before.stamp == stamp
        if before and is_same and before.is_settled:
            return None
        digest = _digest(self.root / path, stamp)
        since = before.since if before and is_same else now
        self._known[path] = _Known(stamp, digest, since, is_settled=now - since > SETTLED_SECONDS)
        if before is None or before.digest != digest:
            return Touched(path, differs=True)
        return None if is_same else Touched(path, differs=False)

    # --- walking ------------------------------------------------------------------------------------------------

    def _walk(self) -> _Found:
        found = _Found()
        top = Top.of(self.root)
        if len(self._decisions) > _MANY:
            self._decisions.clear()
        self._enter("", top, top.layers, found)
        for path in self._named():
            self._add_named(path, found)
        return found

    def _enter(self, base: str, top: Top, outer: Layers, found: _Found) -> None:
        """Everything in the folder at *base*, a path that ends with a slash, or nothing for the root."""
        folder = self.root / base
        names = _names(folder)
        if names is None or (base and rules.is_environment(names)):
            return
        found.folders.add(_folder(folder))
        layers = rules.layers_in(folder, top.above + base, names, outer)
        for name in names:
            path = base + name
            with contextlib.suppress(OSError):  # gone since, or not ours to see
                self._meet(path, name, os.lstat(self.root / path), top, layers, found)

    def _meet(self, path: str, name: str, facts: os.stat_result, top: Top, layers: Layers, found: _Found) -> None:
        is_folder = stat.S_ISDIR(facts.st_mode)
        if self._is_left_out(top.above + path, name, layers, is_folder):
            return
        if is_folder:
            self._enter(f"{path}/", top, layers, found)
        elif stamp := _stamp(self.root / path, facts):
            found.files[path] = stamp

    def _is_left_out(self, path: str, name: str, layers: Layers, is_folder: bool) -> bool:
        key = (layers, path, is_folder)
        if key not in self._decisions:
            self._decisions[key] = rules.is_left_out(path, name, layers, is_folder=is_folder)
        return self._decisions[key]

    def _add_named(self, path: str, found: _Found) -> None:
        with contextlib.suppress(OSError):
            found.folders.add(_folder((self.root / path).parent))
            if stamp := _stamp(self.root / path, os.lstat(self.root / path)):
                found.files[path] = stamp


def _names(folder: Path) -> list[str] | None:
    """The entries of a folder, None if it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return None


def _folder(path: Path) -> Folder:
    try:
        facts = path.stat()
        return Folder(str(path), facts.st_dev, facts.st_ino)
    except OSError:
        return Folder(str(path), 0, 0)


def _stamp(path: Path, facts: os.stat_result) -> Stamp | None:
    """What changes when a regular file is written, or the one that a link leads to; None for anything else.

    A link to a folder stands for where it points. Devices and pipes are never opened.
    """
    own = (facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, facts.st_dev)
    if stat.S_ISREG(facts.st_mode):
        return own
    if not stat.S_ISLNK(facts.st_mode):
        return None
    try:
        target = path.stat()
    except OSError:
        return own
    if stat.S_ISREG(target.st_mode):
        return (*own, target.st_size, target.st_mtime_ns, target.st_ctime_ns, target.st_ino, target.st_dev)
    return own


def _digest(path: Path, stamp: Stamp) -> bytes:
    """What tells one content from another: bytes, the right to be run, where a link points. Of huge files, the stamp."""
    digest = hashlib.blake2b(b"x" if stamp[0] & 0o111 else b"-", digest_size=16)
    try:
        if stat.S_ISLNK(stamp[0]):
            digest.update(os.fsencode(os.readlink(path)))
        if path.is_file():
            for piece in _pieces(path, stamp):
                digest.update(piece)
    except OSError as error:
        digest.update(f"cannot be read: {error.errno}".encode())
    return digest.digest()


def _pieces(path: Path, stamp: Stamp) -> Iterator[bytes]:
    if path.stat().st_size > _WHOLE_BYTES:
        yield repr(stamp).encode()
        return
    with path.open("rb") as file:
        while piece := file.read(1 << 18):
            yield piece
