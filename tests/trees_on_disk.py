"""Folders written and read whole, for tests that compare every byte, mode, link and empty folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from roadmap_cli.trees import File, Tree

Shape = dict[str, tuple[str, int, bytes]]


def tree(**files: str | bytes) -> Tree:
    """A tree of texts; two underscores in a name stand for a slash, a final one for nothing."""
    return tree_of({name.rstrip("_").replace("__", "/"): content for name, content in files.items()})


def tree_of(files: Mapping[str, str | bytes]) -> Tree:
    """A tree of texts and bytes."""
    found = {
        name: File(content=content.encode() if isinstance(content, str) else content) for name, content in files.items()
    }
    folders = {"/".join(parts[:n]) for name in files for parts in [name.split("/")] for n in range(1, len(parts))}
    return Tree(found, frozenset(folders))


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into *folder*, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def shape(folder: Path, *, without: tuple[str, ...] = (".roadmap",)) -> Shape:
    """Everything in *folder*: kind, mode (of files) and content or target of each path."""
    found: Shape = {}
    for top, below, names in os.walk(folder):
        below[:] = [name for name in below if name not in without]
        for name in (*below, *names):
            path = Path(top) / name
            status = path.lstat()
            key = os.path.relpath(path, folder)
            if stat.S_ISLNK(status.st_mode):
                found[key] = ("link", 0, os.fsencode(os.readlink(path)))
            elif stat.S_ISDIR(status.st_mode):
                found[key] = ("folder", 0, b"")
            else:
                found[key] = ("file", stat.S_IMODE(status.st_mode), path.read_bytes())
    return found
