"""The whole state of a workspace as one file: a ZIP that any system can look into, with a manifest at its end.

    roadmap-export.json          the manifest (`manifests`)
    workspace/.roadmap/…         history, reports, pristine renderings, snapshots
    workspace/library-api/…      the projects, with their Git repositories

Times are left out, so that the same state makes the same file. It is written aside and renamed into place.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli import __version__
from roadmap_cli.errors import ArchiveError
from roadmap_cli.leaving import Choice, Found, own_files, project_files
from roadmap_cli.manifests import MAX_BYTES, MAX_ENTRIES, File, Folder, LeftOut, Link, Manifest
from roadmap_cli.workspace import BUNDLED, Workspace

MANIFEST = "roadmap-export.json"
CONTENT = "workspace/"
_CHUNK = 1 << 20
_LARGE = 1 << 30
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can say


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written where; *size* in bytes."""

    path: Path
    manifest: Manifest
    size: int


def export(workspace: Workspace, file: Path, choice: Choice | None = None) -> Exported:
    """Write everything of *workspace* into *file*; ArchiveError, and no file, if that cannot be."""
    if file.exists() or file.is_symlink():
        raise ArchiveError(f"{file} is there already, and is left as it is.", hint="Name another: roadmap export FILE")
    if not file.parent.is_dir():
        raise ArchiveError(f"There is no folder {file.parent}.", hint="Make it first, or name another.")
    aside = file.with_name(f".{file.name}.{os.getpid()}.new")
    with _worded(file):
        try:
            found = tuple(_found(workspace, choice or Choice()))
            _expect_bounds(found)
            manifest = _write(workspace, found, aside)
            os.replace(aside, file)
        finally:
            aside.unlink(missing_ok=True)
    return Exported(path=file, manifest=manifest, size=file.stat().st_size)


def _found(workspace: Workspace, choice: Choice) -> Iterator[Found]:
    """Everything below the workspace that is ours or the learner's work, each once; the workspace itself is not listed."""
    seen: set[str] = {"."}
    for each in _walks(workspace, choice):
        if each.path not in seen:
            seen.add(each.path)
            yield each


def _walks(workspace: Workspace, choice: Choice) -> Iterator[Found]:
    root = workspace.root
    yield from own_files(root, workspace.folder, choice)
    folders = [*workspace.project_folders(), *_pack_inside(workspace)]
    for folder in folders:
        for parent in reversed(folder.relative_to(root).parents):
            yield Found(path=parent.as_posix(), status=(root / parent).lstat())
        yield from project_files(root, folder, choice)


def _pack_inside(workspace: Workspace) -> tuple[Path, ...]:
    """The third party's pack, if the workspace carries it with itself."""
    if workspace.pack == BUNDLED or Path(workspace.pack).expanduser().is_absolute():
        return ()
    folder = Path(os.path.normpath(workspace.root / workspace.pack))
    return (folder,) if folder.is_dir() and folder.is_relative_to(workspace.root) else ()


def _write(workspace: Workspace, found: Iterable[Found], aside: Path) -> Manifest:
    taken = sorted((each for each in found if each.reason is None), key=lambda each: each.path)
    left_out = sorted((each for each in found if each.reason), key=lambda each: each.path)
    files: list[File] = []
    with aside.open("xb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for each in taken:
                if not each.is_folder and not each.is_link:
                    with contextlib.suppress(FileNotFoundError):  # it went away while we worked
                        files.append(_add(archive, workspace.root / each.path, each))
            manifest = Manifest(
                roadmap=__version__,
                pack=workspace.pack,
                files=tuple(files),
                folders=tuple(Folder(path=each.path, mode=_mode(each)) for each in taken if each.is_folder),
                links=tuple(_link(workspace.root, each) for each in taken if each.is_link),
                left_out=tuple(LeftOut(path=each.path, reason=each.reason) for each in left_out if each.reason),
            )
            archive.writestr(_entry(MANIFEST, 0o644), manifest.to_json())
        stream.flush()
        os.fsync(stream.fileno())
    return manifest


def _add(archive: zipfile.ZipFile, path: Path, found: Found) -> File:
    """Copy the file into the archive; its digest and size are those of the bytes that went in."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        entry = _entry(CONTENT + found.path, _mode(found))
        with archive.open(entry, "w", force_zip64=found.status.st_size > _LARGE) as copy:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                copy.write(chunk)
    return File(path=found.path, size=size, sha256=digest.hexdigest(), mode=_mode(found))


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = 3  # Unix, wherever we are, so that the same state makes the same file
    entry.external_attr = (stat.S_IFREG | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _mode(found: Found) -> int:
    return stat.S_IMODE(found.status.st_mode) & 0o777


def _link(root: Path, found: Found) -> Link:
    return Link(path=found.path, target=os.readlink(root / found.path).replace(os.sep, "/"))


def _expect_bounds(found: tuple[Found, ...]) -> None:
    """What import would refuse is not written either."""
    taken = [each for each in found if each.reason is None]
    size = sum(each.status.st_size for each in taken if not each.is_folder)
    if len(taken) > MAX_ENTRIES or size > MAX_BYTES:
        largest = max((each for each in taken if not each.is_folder), key=lambda each: each.status.st_size)
        raise ArchiveError(
            f"This is too much for one file: {len(taken)} files and folders, {size >> 20} MB.",
            hint=f"Name what need not travel in a .gitignore; the largest is {largest.path}, "
            f"{largest.status.st_size >> 20} MB.",
        )


@contextlib.contextmanager
def _worded(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename and not str(error.filename).endswith(".new") else ""
        raise ArchiveError(
            f"The export could not be written to {file}: {error.strerror or error}{where}.",
            hint="Give yourself the right to read and write there, or name another file on a disk with room.",
        ) from error


def default_name(day: str) -> str:
    """The name of an export of that day."""
    return f"roadmap-export-{day}.zip"
