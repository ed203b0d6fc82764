"""An export unpacked: into an empty folder everything, into a workspace what it does not have.

Nothing is believed that the file says about itself. Its names are held against the manifest, every file is unpacked
aside and held against its digest, and only then moved into place; what is there is never overwritten. Unpacking the
same file once more, also after being killed, goes on where it ended.

In a workspace that exists:

- histories become one: every line of both, by time (`attempts.united`)
- of two pieces of evidence about a phase the later one is kept
- snapshots of the other machine are taken only where there are none
- any other file that is there and differs stops everything before anything is written
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli import manifests
from roadmap_cli.attempts import History
from roadmap_cli.errors import ArchiveError
from roadmap_cli.exporting import CONTENT, MANIFEST
from roadmap_cli.manifests import File, LeftOut, Manifest
from roadmap_cli.neutral import neutral_line
from roadmap_cli.workspace import BUNDLED, FOLDER, Workspace

_CHUNK = 1 << 20
_MAX_MANIFEST = 128 << 20
_ROOM = 32 << 20  # what else may be written while we unpack
_SHOWN = 8
_ASIDE = ".roadmap-import."
HISTORY, SETTINGS = f"{FOLDER}/attempts.jsonl", f"{FOLDER}/workspace.json"
REPORTS, SNAPSHOTS = f"{FOLDER}/reports", f"{FOLDER}/snapshots"
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of an export: files that are new, entries of history that are new, and what is not here."""

    root: Path
    missing: tuple[LeftOut, ...]
    files: int
    entries: int
    merged: bool
    snapshots_kept: bool
    pack_missing: str


def unpack(file: Path, target: Path, *, only_history: bool = False) -> Imported:
    """Take over *file* into *target*: a workspace, an empty folder, or a new one.

    ArchiveError, and nothing written, if the file is not whole or not safe, or if something would be overwritten. With
    *only_history*, into a workspace, what was achieved and nothing else.
    """
    here = Workspace.search(target) if target.is_dir() else None
    workspace = here if here and here.root == target else None
    if only_history and workspace is None:
        raise ArchiveError(
            f"{target} is no workspace, so there is no history to add to.", hint="Leave out --only-history."
        )
    with _Archive.open(file) as archive, _folder(target):
        manifest = archive.manifest
        _expect_fitting(manifest, workspace)
        _expect_holdable(manifest, file)
        _sweep(target)
        if workspace is None:
            _expect_empty(target, manifest, file)
        with _aside(target, manifest) as aside, _worded(f"{file} could not be unpacked into {target}"):
            archive.unpack(aside)
            return _TakingOver(file, manifest, aside, target, workspace).run(only_history=only_history)


class _Archive:
    """An export whose list of contents is right; what is in it is looked at when it is unpacked."""

    def __init__(self, file: Path, archive: zipfile.ZipFile) -> None:
        self._file, self._archive = file, archive
        self.manifest = self._manifest()
        self._expect_the_same_names()

    @staticmethod
    @contextlib.contextmanager
    def open(file: Path) -> Iterator[_Archive]:
        try:
            stream = file.open("rb")
        except OSError as error:
            hint = "Name the file that roadmap export has written."
            raise ArchiveError(f"{file} cannot be read: {error.strerror}.", hint=hint) from error
        with stream:
            begins_well = stream.read(4) == b"PK\x03\x04"
            try:
                archive = zipfile.ZipFile(stream)
            except (zipfile.BadZipFile, OSError, ValueError) as error:
                raise (_cut_off(file) if begins_well else _no_export(file)) from error
            with archive:
                yield _Archive(file, archive)

    def unpack(self, folder: Path) -> None:
        """Everything into *folder*, each file held against its digest."""
        for each in self.manifest.folders:
            (folder / each.path).mkdir(parents=True, exist_ok=True)
        for file in self.manifest.files:
            self._unpack(file, folder / file.path)
        for link in self.manifest.links:
            os.symlink(link.target, folder / link.path)

    def _manifest(self) -> Manifest:
        try:
            info = self._archive.getinfo(MANIFEST)
        except KeyError as error:
            raise _no_export(self._file) from error
        try:
            if info.file_size > _MAX_MANIFEST:
                raise ValueError("Its manifest is larger than any real one.")
            with self._archive.open(info) as source:
                return manifests.read(source.read(_MAX_MANIFEST))
        except manifests.NewerFormat as error:
            hint = "Update this one: pip install --upgrade roadmap-cli"
            raise ArchiveError(f"{self._file} was made by a newer roadmap. {error}", hint=hint) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
            raise _damaged(self._file, "its manifest") from error
        except ValueError as error:
            raise _not_right(self._file, str(error)) from error

    def _expect_the_same_names(self) -> None:
        """What the ZIP lists is what the manifest lists, once each and as large."""
        wanted = {CONTENT + file.path: file.size for file in self.manifest.files}
        seen: set[str] = set()
        for info in self._archive.infolist():
            name = info.orig_filename
            if name in seen:
                raise _not_right(self._file, f"It holds {name!r} twice.")
            seen.add(name)
            if info.flag_bits & 1 or info.compress_type not in _KINDS:
                raise _not_right(self._file, f"{name!r} is packed in a way that no export is.")
            if name != MANIFEST and wanted.get(name) != info.file_size:
                raise _not_right(self._file, f"{name!r} is not as its manifest says.")
        if missing := [name for name in wanted if name not in seen]:
            raise _not_right(self._file, f"{missing[0]!r} is missing in it.")

    def _unpack(self, file: File, path: Path) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            with self._archive.open(CONTENT + file.path) as source, path.open("xb") as copy:
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    digest.update(chunk)
                    copy.write(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _damaged(self._file, file.path) from error
        if (size, digest.hexdigest()) != (file.size, file.sha256):
            raise _damaged(self._file, file.path)
        path.chmod(file.mode)


class _TakingOver:
    """What was unpacked aside, and the place it goes to."""

    def __init__(self, file: Path, manifest: Manifest, aside: Path, target: Path, workspace: Workspace | None) -> None:
        self.file, self.manifest, self.aside, self.target, self.workspace = file, manifest, aside, target, workspace
        self._new = 0

    def run(self, *, only_history: bool) -> Imported:
        """Look whether anything would be overwritten, then move everything into place, the settings last."""
        keeps_snapshots = self._keeps_snapshots()
        if not only_history:
            self._expect_no_conflicts()
        before = self._entries()
        new_folders = [each for each in self.manifest.folders if not os.path.lexists(self.target / each.path)]
        history = self.aside / HISTORY
        if history.is_file() and (self.target / HISTORY).exists():
            Workspace(self.target).unite_history(history.read_bytes())
        if self.workspace:
            self._take_reports()
        if only_history:
            self._place(HISTORY)
        else:
            self._place_all()
            for each in reversed(new_folders):  # a folder that is read-only takes nothing any more
                (self.target / each.path).chmod(each.mode)
        return Imported(
            root=self.target,
            missing=tuple(each for each in self.manifest.left_out if not os.path.exists(self.target / each.path)),
            files=self._new,
            entries=self._entries() - before,
            merged=self.workspace is not None,
            snapshots_kept=keeps_snapshots,
            pack_missing=self._pack_missing(),
        )

    def _entries(self) -> int:
        path = self.target / HISTORY
        return len(History.read(path.read_bytes()).entries) if path.is_file() else 0

    def _expect_no_conflicts(self) -> None:
        conflicts = [path for path in self._differing() if not self._has_its_own_rule(path)]
        if conflicts:
            shown = neutral_line(", ".join(conflicts[:_SHOWN])) + (
                f" and {len(conflicts) - _SHOWN} more" * (len(conflicts) > _SHOWN)
            )
            raise ArchiveError(
                f"Nothing was taken over, for {len(conflicts)} of your files here would be overwritten: {shown}.",
                hint=f"All of it beside: roadmap import {self.file.name} --into another-folder. "
                "Your progress alone: roadmap import "
                f"{self.file.name} --only-history",
            )

    def _differing(self) -> Iterator[str]:
        """What is there already and is not the same; a link where a folder should be counts, we write through none."""
        for folder in self.manifest.folders:
            path = self.target / folder.path
            if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
                yield folder.path
        for link in self.manifest.links:
            path = self.target / link.path
            if os.path.lexists(path) and not (path.is_symlink() and os.readlink(path) == link.target):
                yield link.path
        for file in self.manifest.files:
            if os.path.lexists(self.target / file.path) and not _is_same(self.target / file.path, file):
                yield file.path

    def _has_its_own_rule(self, path: str) -> bool:
        return path in (HISTORY, SETTINGS) or path.startswith((f"{REPORTS}/", f"{SNAPSHOTS}/"))

    def _keeps_snapshots(self) -> bool:
        """Whether snapshots that are here, and others, speak against those of the export."""
        theirs = self.manifest.parts(SNAPSHOTS)
        keeps = (self.target / SNAPSHOTS).is_dir() and not all(
            _is_same(self.target / each.path, each) for each in theirs
        )
        if keeps and theirs:
            shutil.rmtree(self.aside / SNAPSHOTS)
        return keeps and bool(theirs)

    def _take_reports(self) -> None:
        for each in self.manifest.parts(REPORTS):
            mine, theirs = self.target / each.path, self.aside / each.path
            if not mine.is_file() or _time_of(mine) < _time_of(theirs):
                mine.parent.mkdir(exist_ok=True)
                os.replace(theirs, mine)
                self._new += 1

    def _place_all(self) -> None:
        top = sorted((path.name for path in self.aside.iterdir()), key=lambda name: (name == FOLDER, name))
        for name in top:
            self._place(name)

    def _place(self, path: str) -> None:
        """Move *path* to where it belongs; of a folder that is there already, what it does not hold."""
        source, place = self.aside / path, self.target / path
        if not os.path.lexists(place):
            if os.path.lexists(source):
                self._new += _count(source)
                os.rename(source, place)
        elif source.is_dir() and not source.is_symlink():
            names = sorted(entry.name for entry in os.scandir(source))
            for name in sorted(names, key=lambda name: f"{path}/{name}" == SETTINGS):
                self._place(f"{path}/{name}")

    def _pack_missing(self) -> str:
        if self.workspace or self.manifest.pack == BUNDLED:
            return ""
        with contextlib.suppress(RuntimeError):  # the home of somebody who has none here
            pack = Workspace(self.target, self.manifest.pack).pack_root(self.target)
            if os.path.isfile(pack / "curriculum" / "curriculum.yaml"):  # also where the name is too long to be one
                return ""
        return self.manifest.pack


def _expect_fitting(manifest: Manifest, workspace: Workspace | None) -> None:
    if workspace and workspace.pack != manifest.pack:
        ours, theirs = (_curriculum(pack) for pack in (workspace.pack, manifest.pack))
        raise ArchiveError(
            f"The workspace {workspace.root} learns {ours}, the export {theirs}.",
            hint="Take it over into a folder of its own: --into DIR",
        )


def _curriculum(pack: str) -> str:
    return "from the bundled curriculum" if pack == BUNDLED else f"from the curriculum {neutral_line(pack)}"


def _expect_holdable(manifest: Manifest, file: Path) -> None:
    """What this system's names cannot say is said before anything is written."""
    if sys.platform == "win32" and (bad := manifests.not_for_windows(manifest.paths)):
        raise _not_here(file, f"Windows cannot hold a file called {bad[0]!r}", len(bad))
    if sys.platform in ("win32", "darwin") and (bad := manifests.one_on_some_systems(manifest.paths)):
        raise _not_here(file, f"{bad[0]!r} differs from another name only in capital letters", len(bad))


def _not_here(file: Path, why: str, number: int) -> ArchiveError:
    more = f" ({number - 1} more like it)" if number > 1 else ""
    return ArchiveError(
        f"{file} cannot be unpacked on this system: {why}{more}.",
        hint="Rename it on the machine that the export comes from, and export once more.",
    )


def _expect_empty(target: Path, manifest: Manifest, file: Path) -> None:
    """Nothing but the export itself, or what an earlier import of it has left."""
    known = set(manifest.paths)
    for path in _paths_below(target):
        if path not in known and not _is_same_file(target / path, file):
            raise ArchiveError(
                f"{target} is neither empty nor a workspace, so nothing was written there: it holds {path}.",
                hint=f"Name a new folder: roadmap import {file.name} --into DIR",
            )


def _paths_below(folder: Path, above: str = "") -> Iterator[str]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        yield above + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _paths_below(Path(entry.path), f"{above}{entry.name}/")


def _is_same_file(path: Path, file: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.samefile(file)
    return False


def _is_same(path: Path, file: File) -> bool:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != file.size:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _count(path: Path) -> int:
    """Files and links at or below *path*."""
    if path.is_symlink() or not path.is_dir():
        return 1
    return sum(_count(Path(entry.path)) for entry in os.scandir(path))


def _time_of(report: Path) -> str:
    """When the examination was, as our own reports say it: in UTC, so that the text sorts by time."""
    try:
        return str(json.loads(report.read_bytes())["at"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


@contextlib.contextmanager
def _folder(target: Path) -> Iterator[None]:
    """The target, made if it is missing, and gone again if nothing came of it."""
    made = not os.path.lexists(target)
    if not made and not target.is_dir():
        raise ArchiveError(f"{target} is no folder.", hint="Name another: --into DIR")
    with _worded(f"{target} could not be made"):
        target.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                target.rmdir()
        raise


@contextlib.contextmanager
def _aside(target: Path, manifest: Manifest) -> Iterator[Path]:
    """A folder in the target to unpack into: on the same disk, so that moving is renaming."""
    free = shutil.disk_usage(target).free
    if manifest.size + _ROOM > free:
        raise ArchiveError(
            f"It takes {(manifest.size >> 20) + 1} MB, and {free >> 20} MB are free where {target} is.",
            hint="Make some room, or unpack it on another disk: --into DIR",
        )
    aside = target / f"{_ASIDE}{os.getpid()}.new"
    try:
        with _worded(f"{target} cannot be written to"):
            aside.mkdir(mode=0o700)
        yield aside
    finally:
        _remove(aside)


def _remove(folder: Path) -> None:
    """The folder and all that is in it, also where the modes that were unpacked forbid it."""
    for path, names, _ in os.walk(folder):
        for name in [".", *names]:
            with contextlib.suppress(OSError):
                if not os.path.islink(os.path.join(path, name)):
                    os.chmod(os.path.join(path, name), 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what imports that were killed have left."""
    for left in target.glob(f"{_ASIDE}*.new"):
        import psutil  # here, because there is hardly ever something to sweep

        owner = left.name.removeprefix(_ASIDE).removesuffix(".new")
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            _remove(left)


def _no_export(file: Path) -> ArchiveError:
    return ArchiveError(f"{file} is no export of roadmap.", hint="Name the file that roadmap export has written.")


def _cut_off(file: Path) -> ArchiveError:
    return ArchiveError(
        f"{file} is cut off: its end is missing, so nothing was written.",
        hint="Copy it once more from where it is whole.",
    )


def _damaged(file: Path, part: str) -> ArchiveError:
    return ArchiveError(
        f"{neutral_line(part)} is damaged in {file}, so nothing was written.",
        hint="Copy the file once more, or export once more on the other machine.",
    )


def _not_right(file: Path, why: str) -> ArchiveError:
    return ArchiveError(
        f"{file} is not as roadmap export writes it, so nothing was written. {why}",
        hint="Export once more on the other machine; do not unpack a file whose sender you do not know.",
    )


@contextlib.contextmanager
def _worded(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveError(
            f"{what}: {error.strerror or error}.",
            hint="Nothing of yours was overwritten. Make room or give yourself the right to write, then import once more.",
        ) from error


def where(cwd: Path, into: Path | None) -> Path:
    """Where an export goes: *into*; else the workspace that *cwd* is in; else *cwd*."""
    if into is not None:
        return Path(os.path.abspath(cwd / into.expanduser()))
    workspace = Workspace.search(cwd)
    return workspace.root if workspace else cwd
