"""What an export holds, as a value: every path with its digest and mode, and what was left out. No files here.

    {"format": 1, "roadmap": "0.1.0", "pack": "bundled",
     "files": [{"path": "library-api/main.py", "size": 120, "sha256": "…", "mode": 420}, …],
     "folders": [{"path": "library-api", "mode": 493}, …],
     "links": [{"path": "library-api/now", "target": "v2"}, …],
     "left_out": [{"path": "library-api/.env", "reason": "secret"}, …]}

Paths are relative to the workspace, with slashes. A manifest comes from outside: `read` believes nothing that could
lead anywhere but below the folder that it is unpacked into.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, TypeVar

FORMAT = 1
MAX_ENTRIES = 200_000
MAX_BYTES = 4 << 30
_SHA256 = re.compile("[0-9a-f]{64}")
_NEVER_IN_NAMES = re.compile("[\0\ud800-\udfff]")
_WINDOWS_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_WINDOWS_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$')

T = TypeVar("T")


class Reason(Enum):
    """Why something was left out."""

    REBUILT = "rebuilt"
    IGNORED = "ignored"
    SECRET = "secret"  # noqa: S105  # the reason, not the secret
    DATA = "data"
    OUTSIDE = "outside"
    SPECIAL = "special"
    NAME = "name"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file: *size* in bytes, *mode* as permission bits."""

    path: str
    size: int
    sha256: str
    mode: int


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder; *mode* as permission bits."""

    path: str
    mode: int


@dataclass(frozen=True, kw_only=True)
class Link:
    """A symbolic link to something in the workspace, relative to where it stands."""

    path: str
    target: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Something that stayed behind."""

    path: str
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The contents of an export, in alphabetical order; *roadmap* is the version that made it."""

    roadmap: str
    pack: str
    files: tuple[File, ...] = ()
    folders: tuple[Folder, ...] = ()
    links: tuple[Link, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def paths(self) -> Iterator[str]:
        """Every path that will be there."""
        for part in (self.files, self.folders, self.links):
            yield from (each.path for each in part)

    def to_json(self) -> str:
        """The manifest as it is written."""
        document: dict[str, Any] = {"format": FORMAT, "roadmap": self.roadmap, "pack": self.pack}
        for name in ("files", "folders", "links"):
            document[name] = [asdict(each) for each in getattr(self, name)]
        document["left_out"] = [{"path": each.path, "reason": each.reason.value} for each in self.left_out]
        return json.dumps(document, indent=1) + "\n"

    def parts(self, folder: str) -> tuple[File, ...]:
        """The files below *folder*."""
        return tuple(file for file in self.files if file.path.startswith(f"{folder}/"))


class NewerFormat(ValueError):
    """A newer roadmap wrote the manifest."""


def read(text: str | bytes) -> Manifest:
    """The manifest of *text*; NewerFormat, or ValueError with a sentence, if it is not right or not safe."""
    try:
        document = json.loads(text)
        if type(document["format"]) is not int or document["format"] < FORMAT:
            raise ValueError("Its manifest does not say its format.")
        if document["format"] > FORMAT:
            raise NewerFormat(f"It has format {document['format']}; this roadmap knows {FORMAT}.")
        manifest = Manifest(
            roadmap=_text(document, "roadmap"),
            pack=_text(document, "pack"),
            files=_each(document["files"], _file),
            folders=_each(document["folders"], lambda each: Folder(path=_text(each, "path"), mode=_mode(each))),
            links=_each(document["links"], lambda each: Link(path=_text(each, "path"), target=_text(each, "target"))),
            left_out=_each(document["left_out"], _left_out),
        )
    except json.JSONDecodeError as error:
        raise ValueError("Its manifest is not JSON.") from error
    except (KeyError, TypeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"Its manifest is not right ({error}).") from error
    _expect_safe(manifest)
    return manifest


def stays_inside(path: str, target: str) -> bool:
    """Whether a link at *path* with this *target* leads to somewhere in the workspace, whatever else is a link.

    Steps up come first and lead through real folders, for nothing lies below a link; after a name there are none.
    """
    parts = target.split("/")
    ups = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    names = parts[ups:]
    return bool(target) and ups < len(path.split("/")) and not any(_not_a_name(part) for part in names)


def not_for_windows(paths: Iterable[str]) -> list[str]:
    """Those of *paths* that Windows cannot hold."""
    return [path for path in paths if any(_is_not_for_windows(part) for part in path.split("/"))]


def one_on_some_systems(paths: Iterable[str]) -> list[str]:
    """Those of *paths* that are the same as an earlier one where small and capital letters are the same."""
    seen: set[str] = set()
    found = []
    for path in paths:
        if path.casefold() in seen:
            found.append(path)
        seen.add(path.casefold())
    return found


def _is_not_for_windows(part: str) -> bool:
    return bool(_WINDOWS_FORBIDDEN.search(part) or _WINDOWS_RESERVED.fullmatch(part))


def _expect_safe(manifest: Manifest) -> None:
    paths = list(manifest.paths)
    if len(paths) > MAX_ENTRIES:
        raise ValueError(f"It lists {len(paths)} files and folders, more than {MAX_ENTRIES}.")
    if manifest.size > MAX_BYTES:
        raise ValueError(f"Unpacked it would take {manifest.size >> 20} MB, more than {MAX_BYTES >> 20}.")
    for path in (*paths, *(each.path for each in manifest.left_out)):
        if any(_not_a_name(part) for part in path.split("/")):
            raise ValueError(f"It lists a path that could lead out of the folder: {path!r}.")
    for link in manifest.links:
        if not stays_inside(link.path, link.target):
            raise ValueError(f"It lists a link that leads out of the folder: {link.path!r} to {link.target!r}.")
    _expect_a_tree(manifest, paths)


def _expect_a_tree(manifest: Manifest, paths: list[str]) -> None:
    """Each path once, and whatever has something below it is a folder that is listed."""
    twice = [path for path, times in Counter(paths).items() if times > 1]
    if twice:
        raise ValueError(f"It lists {twice[0]!r} twice.")
    folders = {folder.path for folder in manifest.folders}
    for path in paths:
        above = path.rpartition("/")[0]
        if above and above not in folders:
            raise ValueError(f"It lists {path!r}, but not as part of a folder.")


def _not_a_name(part: str) -> bool:
    """Whether it is no name of a file: empty, a step, or with a zero byte or half a character in it."""
    return part in ("", ".", "..") or bool(_NEVER_IN_NAMES.search(part))


def _file(document: Any) -> File:
    size, digest = document["size"], _text(document, "sha256")
    if type(size) is not int or size < 0 or not _SHA256.fullmatch(digest):
        raise TypeError("size or sha256")
    return File(path=_text(document, "path"), size=size, sha256=digest, mode=_mode(document))


def _left_out(document: Any) -> LeftOut:
    try:
        return LeftOut(path=_text(document, "path"), reason=Reason(document["reason"]))
    except ValueError as error:
        raise TypeError("reason") from error


def _each(documents: Any, make: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(documents, list):
        raise TypeError("a list is missing")
    return tuple(make(document) for document in documents)


def _text(document: Any, key: str) -> str:
    if not isinstance(value := document[key], str):
        raise TypeError(key)
    return value


def _mode(document: Any) -> int:
    """Permission bits alone: nothing that is unpacked runs as somebody else."""
    if type(mode := document["mode"]) is not int or not 0 <= mode <= 0o777:
        raise TypeError("mode")
    return mode
