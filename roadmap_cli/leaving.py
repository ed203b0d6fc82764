"""What is the learner's work in a folder, and what an export leaves behind.

Left behind is what can be built anew (environments, caches), what `.gitignore` names, and `.env` files, which hold
secrets; never anything that Git tracks, and nothing inside `.git` itself: the history of the work is the work.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roadmap_cli.manifests import Reason, stays_inside
from roadmap_cli.surroundings import allowed

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_BUILT_FOLDERS = frozenset({
    ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
    ".tox", ".nox", ".gradle",
})  # fmt: skip
_BUILT_ENDINGS = (".pyc", ".pyo")
_BUILT_FILES = frozenset({".DS_Store", "Thumbs.db"})
_NO_SECRETS = (".example", ".sample", ".template", ".dist", ".jinja")
OWN_EXPORTS = ("roadmap-export-", ".zip")
_GIT_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Found:
    """Something in the workspace: taken along, or left out for a *reason*. *path* is relative to the workspace."""

    path: str
    status: os.stat_result
    reason: Reason | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, not a link to one."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.status.st_mode)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is taken beside the work itself."""

    ignored: bool = False
    data: bool = False


def project_files(root: Path, folder: Path, choice: Choice) -> Iterator[Found]:
    """Everything in the project at *folder*, itself included; what is left out is named once, not with all it holds."""
    yield from _Walk(root, choice, _tracked(folder)).project(folder, ())


def own_files(root: Path, folder: Path, choice: Choice) -> Iterator[Found]:
    """Everything in our own folder but locks, logs, and what a killed process left; databases only by choice."""
    yield from _Walk(root, choice, frozenset()).ours(folder)


class _Walk:
    """One walk through a folder; *tracked* are the paths in it that Git knows."""

    def __init__(self, root: Path, choice: Choice, tracked: frozenset[str]) -> None:
        self.root, self.choice = root, choice
        self.tracked = tracked
        self.kept_folders = {str(parent) for path in tracked for parent in Path(path).parents}

    def project(self, folder: Path, rules: tuple[tuple[Path, GitIgnoreSpec], ...]) -> Iterator[Found]:
        yield self._found(folder)
        rules = (*_rules(folder), *rules)
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            path = Path(entry.path)
            if path == self.root / ".roadmap":
                continue
            if reason := self._reason(path, entry, rules):
                yield self._found(path, reason)
            elif entry.name == ".git" and _is_folder(entry):
                yield from self._all(path)
            elif _is_folder(entry):
                yield from self.project(path, rules)
            else:
                yield self._file(path)

    def ours(self, folder: Path) -> Iterator[Found]:
        yield self._found(folder)
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name in ("locks", "logs") or entry.name.endswith((".new", ".making")):
                continue
            if entry.name == "data" and not self.choice.data:
                yield self._found(Path(entry.path), Reason.DATA)
                continue
            yield from self._all(Path(entry.path))

    def _all(self, path: Path) -> Iterator[Found]:
        """*path* and everything below it."""
        if path.is_symlink() or not path.is_dir():
            yield self._file(path)
            return
        yield self._found(path)
        for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
            if not entry.name.endswith(".new") or ".git" in path.parts:
                yield from self._all(Path(entry.path))

    def _file(self, path: Path) -> Found:
        """A file or a link; or why it cannot be taken."""
        found = self._found(path)
        if found.is_link:
            target = os.readlink(path).replace(os.sep, "/")
            return found if stays_inside(found.path, target) else self._found(path, Reason.OUTSIDE)
        return found if stat.S_ISREG(found.status.st_mode) else self._found(path, Reason.SPECIAL)

    def _reason(
        self, path: Path, entry: os.DirEntry[str], rules: tuple[tuple[Path, GitIgnoreSpec], ...]
    ) -> Reason | None:
        within = path.relative_to(self.root).as_posix()
        if not _is_text(within):
            return Reason.NAME
        if _is_built(path, entry):
            return Reason.REBUILT
        if str(path) in self.tracked or str(path) in self.kept_folders or entry.name == ".git" or self.choice.ignored:
            return None
        if entry.name.startswith(".env") and not _is_folder(entry) and _may_hold_secrets(entry.name):
            return Reason.SECRET
        return Reason.IGNORED if _is_ignored(path, entry, rules) else None

    def _found(self, path: Path, reason: Reason | None = None) -> Found:
        within = path.relative_to(self.root).as_posix()
        if not _is_text(within):
            within, reason = within.encode("utf-8", "backslashreplace").decode(), Reason.NAME
        return Found(path=within, status=path.lstat(), reason=reason)


def _is_built(path: Path, entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(OWN_EXPORTS[0]) and entry.name.endswith(OWN_EXPORTS[1]):
        return True
    if _is_folder(entry) or entry.is_symlink():
        return entry.name in _BUILT_FOLDERS or (path / "pyvenv.cfg").is_file()
    return entry.name.endswith(_BUILT_ENDINGS) or entry.name in _BUILT_FILES


def _may_hold_secrets(name: str) -> bool:
    return (name == ".env" or name.startswith(".env.")) and not name.endswith(_NO_SECRETS)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_ignored(path: Path, entry: os.DirEntry[str], rules: tuple[tuple[Path, GitIgnoreSpec], ...]) -> bool:
    """What the nearest .gitignore with an opinion says (gitignore(5))."""
    for folder, spec in rules:
        within = path.relative_to(folder).as_posix() + ("/" if _is_folder(entry) else "")
        if (opinion := spec.check_file(within).include) is not None:
            return opinion
    return False


def _rules(folder: Path) -> tuple[tuple[Path, GitIgnoreSpec], ...]:
    try:
        text = (folder / ".gitignore").read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ()
    from pathspec import GitIgnoreSpec

    try:
        return ((folder, GitIgnoreSpec.from_lines(text.splitlines())),)
    except ValueError:
        return ()  # Git passes over what it cannot read; to take too much along loses nothing


def _tracked(folder: Path) -> frozenset[str]:
    """Absolute paths of what Git tracks in *folder*; empty if it is no repository, or there is no Git."""
    git = shutil.which("git")
    if git is None or not (folder / ".git").exists():
        return frozenset()
    command = [git, "-c", "core.fsmonitor=false", "-c", "safe.directory=*", "ls-files", "-z"]
    try:
        done = subprocess.run(
            command, cwd=folder, env=allowed(), capture_output=True, timeout=_GIT_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(str(folder / os.fsdecode(name)) for name in done.split(b"\0") if name)
