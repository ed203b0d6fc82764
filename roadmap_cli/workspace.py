"""The learner's folder: `.roadmap/` (history, reports, pristine renderings) and the projects below it.

workspace.json    {"format": 1, "pack": "bundled" or a path}
attempts.jsonl    the history: append-only, whole lines, flushed to disk
reports/          the last evidence of each phase, written aside and renamed into place; *.sent.json is for replay alone
logs/             what the server printed in the last run of `watch`
base/             each project as its template made it, and from which answers: what an update compares with
snapshots/        what commands found before they changed anything (`snapshots.py`)
locks/            one examination at a time in a project, one change and one writer of the history in a workspace
"""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadmap_cli.attempts import Entry, History, to_line, united
from roadmap_cli.errors import ProjectError, WorkspaceError

FORMAT = 1
FOLDER = ".roadmap"
BUNDLED = "bundled"
PROJECT_FILE = "roadmap.toml"
_NOT_SEARCHED = frozenset({"node_modules", "venv", "target", "build", "dist", "__pycache__"})
# Not the first byte: locks are mandatory on Windows, and readers must still get at the lines.
_LOCKED_BYTE = 0x7FFF0000


@dataclass(frozen=True)
class Workspace:
    """A learner's folder; *pack* is `bundled` or the path of a third party's pack, from the root if relative."""

    root: Path
    pack: str = BUNDLED

    @staticmethod
    def find(cwd: Path) -> Workspace:
        """The workspace that *cwd* is in, walking up; WorkspaceError if there is none."""
        if (found := Workspace.search(cwd)) is None:
            raise WorkspaceError(
                f"There is no workspace in {cwd} or above.", hint="Begin one with: roadmap start phase-1"
            )
        return found

    @staticmethod
    def search(cwd: Path) -> Workspace | None:
        """The same, or None."""
        for folder in (cwd, *cwd.parents):
            if (folder / FOLDER / "workspace.json").is_file():
                return Workspace(folder, _read_settings(folder / FOLDER / "workspace.json"))
        return None

    @staticmethod
    def create(root: Path, pack: str = BUNDLED) -> Workspace:
        """Make a workspace in *root*; a history that is there already is kept."""
        workspace = Workspace(root, pack)
        settings = json.dumps({"format": FORMAT, "pack": pack}, indent=2) + "\n"
        with _worded(f"A workspace cannot be made in {root}"):
            workspace.folder.mkdir(parents=True, exist_ok=True)
            # So that a project repository above or around never sees this folder.
            write_aside(workspace.folder / ".gitignore", "*\n")
            write_aside(workspace.folder / "workspace.json", settings)
        return workspace

    @property
    def folder(self) -> Path:
        """Where everything of ours is kept."""
        return self.root / FOLDER

    @property
    def attempts(self) -> Path:
        """The file of the history."""
        return self.folder / "attempts.jsonl"

    def pack_root(self, bundled: Path) -> Path:
        """The folder of the workspace's pack; *bundled* is the one that comes with roadmap."""
        return bundled if self.pack == BUNDLED else self.root / Path(self.pack).expanduser()

    def history(self) -> History:
        """Everything that can be read of the history; empty if nothing has been recorded."""
        try:
            return History.read(self.attempts.read_bytes())
        except FileNotFoundError:
            return History()
        except OSError as error:
            raise WorkspaceError(
                f"Your history {self.attempts} cannot be read: {why(error)}.",
                hint="Give yourself the right to read and write it, then try again.",
            ) from error

    def record(self, entry: Entry) -> None:
        """Append *entry* to the history and see it to the disk; other processes may do the same at the same time."""
        with _worded(f"This could not be recorded in {self.attempts}"), self._alone_with_history() as alone:
            _append_line(self.attempts, to_line(entry).encode(), alone=alone)

    def unite_history(self, theirs: bytes) -> None:
        """Take over the lines of another history that this one does not have; the old or the new one is there, whole."""
        with _worded(f"The history could not be written to {self.attempts}"), self._alone_with_history():
            ours = self.attempts.read_bytes() if self.attempts.exists() else b""
            whole = united(ours, theirs)
            if whole != ours:
                write_aside(self.attempts, whole)

    def keep_report(self, slug: str, document: str) -> Path:
        """Keep the last evidence of a phase, whole or not at all."""
        path = self._report(slug)
        with _worded(f"The report could not be kept in {path}"):
            path.parent.mkdir(exist_ok=True)
            write_aside(path, document)
        return path

    def last_report(self, slug: str) -> str | None:
        """The JSON document that was kept last for a phase, if it can be read."""
        try:
            return self._report(slug).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def keep_evidence(self, slug: str, document: str) -> Path:
        """Keep what failed checks of a phase sent, for its owner's eyes: tokens and passwords stand in it."""
        path = self._evidence(slug)
        with _worded(f"What was sent could not be kept in {path}"):
            path.parent.mkdir(exist_ok=True)
            write_aside(path, document, mode=0o600)
        return path

    def last_evidence(self, slug: str) -> str | None:
        """The document that `keep_evidence` kept last, if it can be read."""
        try:
            return self._evidence(slug).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def base(self, slug: str) -> Path:
        """Where the project of a phase is kept as it was made."""
        return self.folder / "base" / slug

    def projects(self) -> tuple[Project, ...]:
        """The projects in the workspace, at most two folders deep, in alphabetical order."""
        return tuple(Project.load(folder) for folder in self.project_folders())

    def project_folders(self) -> tuple[Path, ...]:
        """Where they are, whatever their `roadmap.toml` says."""
        return tuple(folder for folder in sorted(_folders(self.root, depth=2)) if _is_project(folder))

    def project(self, cwd: Path, phase: str | None = None) -> Project:
        """The project that *cwd* is in, else the only one of *phase* (of any phase, if None) in the workspace."""
        here = Project.search(cwd, self.root)
        if here and phase in (None, here.phase):
            return here
        found = [project for project in self.projects() if phase in (None, project.phase)]
        if len(found) == 1:
            return found[0]
        raise self._ambiguous(found) if found else self._no_project(phase)

    @contextlib.contextmanager
    def examining(self, project: Path) -> Iterator[None]:
        """Hold the project for one examination; ProjectError if another one is under way."""
        name = "--".join(project.relative_to(self.root).parts) if project.is_relative_to(self.root) else project.name
        file = _open_lock(self.folder / "locks" / f"{name or 'project'}.lock")
        if file is None:
            yield  # A folder that cannot be written to: examining is worth more than excluding.
            return
        try:
            _hold(
                file,
                f"Another check is under way in {project}",
                "Wait until it has ended, or stop it with Ctrl-C in its own window.",
            )
            yield
        finally:
            os.close(file)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the workspace for one command that changes the learner's files; ProjectError if one is at it already."""
        file = _open_lock(self.folder / "locks" / "changing.lock")
        if file is None:
            yield  # Whoever cannot write here cannot take a snapshot either, and says so.
            return
        try:
            _hold(file, f"Another command is changing files in {self.root}", "Wait until it has ended, then try again.")
            yield
        finally:
            os.close(file)

    @contextlib.contextmanager
    def _alone_with_history(self) -> Iterator[bool]:
        """Wait until nobody else writes the history; without locks (False) go on, appending is all but atomic anyway.

        The lock is a file of its own, for the history itself may be replaced while somebody waits.
        """
        file = _open_lock(self.folder / "locks" / "history.lock")
        if file is None:
            yield False
            return
        try:
            with _locked(file) as held:
                yield held
        finally:
            os.close(file)

    def _report(self, slug: str) -> Path:
        return self.folder / "reports" / f"{slug}.json"

    def _evidence(self, slug: str) -> Path:
        return self.folder / "reports" / f"{slug}.sent.json"

    def _no_project(self, phase: str | None) -> ProjectError:
        what = f"project of {phase}" if phase else "project"
        return ProjectError(
            f"There is no {what} in {self.root}.", hint=f"Begin one with: roadmap start {phase or 'phase-1'}"
        )

    def _ambiguous(self, found: list[Project]) -> ProjectError:
        names = ", ".join(str(project.root.relative_to(self.root)) for project in found)
        return ProjectError(
            f"There are several projects here: {names}.", hint="Change into the one you mean, or name its phase."
        )


@dataclass(frozen=True, kw_only=True)
class Project:
    """One phase's code, as its `roadmap.toml` describes it; *commands* are names and command lines of ``[commands]``."""

    root: Path
    phase: str
    serve: str
    stack: str = ""
    ready: str = "/health"
    worker: str = ""
    commands: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def search(cwd: Path, top: Path | None = None) -> Project | None:
        """The project that *cwd* is in, walking up no further than *top*."""
        for folder in (cwd, *cwd.parents):
            if _is_project(folder):
                return Project.load(folder)
            if folder == top:
                return None
        return None

    @staticmethod
    def load(root: Path) -> Project:
        """The project in *root*; ProjectError with file, line and column for a `roadmap.toml` that is not right."""
        return _TomlFile(root / PROJECT_FILE).project()


def write_aside(path: Path, content: str | bytes, *, mode: int = 0o666) -> None:
    """Write *content* into *path* so that a reader sees the old or the new file, never half of one."""
    _sweep_asides(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(aside, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def _sweep_asides(path: Path) -> None:
    """Remove what processes that were killed have left beside *path*."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        import psutil  # here, because there is hardly ever something to sweep

        owner = left.name.split(".")[-2]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            left.unlink(missing_ok=True)


_KEYS: Mapping[str, type] = {"phase": str, "stack": str, "server": dict, "commands": dict}
_SERVER_KEYS: Mapping[str, type] = {"serve": str, "ready": str, "worker": str}
# What a command line of [commands] may ask for; `${name}` is left to whatever shell the command itself starts.
PLACEHOLDERS = ("report",)
_PLACEHOLDER = re.compile(r"(?<!\$)\{([a-z_]+)\}")


class _TomlFile:
    """A `roadmap.toml`: its text, its document, and complaints that know their line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = self._read()

    def project(self) -> Project:
        document = self._document()
        self._check_keys(document, _KEYS)
        server = document.get("server", {})
        self._check_keys(server, _SERVER_KEYS)
        for name, table in (("phase", document), ("serve", server)):
            if not str(table.get(name, "")).strip():
                raise self._missing(name)
        texts = {key: value for key, value in (document | server).items() if key not in ("server", "commands")}
        return Project(root=self.path.parent, commands=self._commands(document.get("commands", {})), **texts)

    def _commands(self, table: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        for name, line in table.items():
            if not isinstance(line, str) or not line.strip():
                raise ProjectError(
                    f"{self._place(name)}: the command {name!r} must be a command line in quotes.",
                    hint=f'For example: {name} = "python -m app.{name}"',
                )
            for word in _PLACEHOLDER.findall(line):
                if word not in PLACEHOLDERS:
                    raise self._unknown_placeholder(name, word)
        return tuple(table.items())

    def _unknown_placeholder(self, command: str, word: str) -> ProjectError:
        from roadmap_cli.guessing import did_you_mean  # here, because the dashboard does without

        known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
        hint = did_you_mean(word, PLACEHOLDERS) or f"Known here: {known}."
        return ProjectError(f"{self._place(command)}: {{{word}}} in {command!r} stands for nothing we know.", hint=hint)

    def _read(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ProjectError(f"{self.path} is not UTF-8 text.", hint="Save it as UTF-8.") from error
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be read: {why(error)}.") from error

    def _document(self) -> dict[str, Any]:
        import tomllib  # here, because the dashboard does without

        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise self._not_toml(str(error)) from error

    def _not_toml(self, message: str) -> ProjectError:
        """Say where: tomllib tells the place in words only: "… (at line 3, column 5)" or "(at end of document)"."""
        place = re.search(r"\(at line (\d+), column (\d+)\)", message)
        line, column = place.groups() if place else self._end()
        reason = re.sub(r" \(at [^)]*\)$", "", message)
        return ProjectError(
            f"{self.path}:{line}:{column}: this is not TOML: {reason}.",
            hint='A text stands in quotes, one setting a line: serve = "python main.py"',
        )

    def _end(self) -> tuple[int, int]:
        """The place behind the last character."""
        lines = self.text.rstrip("\n").split("\n")
        return len(lines), len(lines[-1]) + 1

    def _check_keys(self, table: dict[str, Any], known: Mapping[str, type]) -> None:
        for key, value in table.items():
            if key not in known:
                raise self._unknown(key, known)
            if not isinstance(value, known[key]):
                wanted = "a text in quotes" if known[key] is str else f"a table: [{key}]"
                raise ProjectError(f"{self._place(key)}: {key!r} must be {wanted}.", hint="Change it, then try again.")

    def _unknown(self, key: str, known: Mapping[str, type]) -> ProjectError:
        from roadmap_cli.guessing import did_you_mean  # here, because the dashboard does without

        hint = did_you_mean(key, known) or f"Known here: {', '.join(known)}."
        return ProjectError(f"{self._place(key)}: the setting {key!r} is not known.", hint=hint)

    def _missing(self, key: str) -> ProjectError:
        examples = {"phase": 'phase = "library-api"', "serve": '[server] serve = "python -m app"'}
        return ProjectError(
            f"{self.path}:1:1: the setting {key!r} is missing.", hint=f"Add for example: {examples[key]}"
        )

    def _place(self, key: str) -> str:
        pattern = re.compile(rf"^\s*\[?\s*[\"']?({re.escape(key)})[\"']?\s*[\]=.]")
        for number, line in enumerate(self.text.splitlines(), start=1):
            if found := pattern.match(line):
                return f"{self.path}:{number}:{found.start(1) + 1}"
        return f"{self.path}:1:1"


def _read_settings(path: Path) -> str:
    """The pack that a workspace.json names; WorkspaceError if the file is not right."""
    remedy = f'Write {{"format": {FORMAT}, "pack": "{BUNDLED}"}} into it; your history is kept beside it.'
    try:
        settings = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise WorkspaceError(f"{place}: this is not JSON ({error.msg}).", hint=remedy) from error
    except (UnicodeDecodeError, OSError) as error:
        raise WorkspaceError(f"{path} cannot be read: {error}.", hint=remedy) from error
    if not isinstance(settings, dict) or not isinstance(settings.get("format"), int):
        raise WorkspaceError(f"{path}:1:1: this does not say its format.", hint=remedy)
    if settings["format"] > FORMAT:
        raise _newer(path, settings["format"])
    return str(settings.get("pack", BUNDLED))


def _newer(path: Path, number: int) -> WorkspaceError:
    return WorkspaceError(
        f"{path.parent.parent} was made by a newer roadmap (format {number}; this one knows {FORMAT}).",
        hint="Update this one: pip install --upgrade roadmap-cli",
    )


def _append_line(path: Path, line: bytes, *, alone: bool) -> None:
    """One write, so that lines of two processes never mix; what could not be written whole is taken back.

    Unless we are *alone* with the file: somebody else's line may stand behind what we would take back. Then half a line
    stays, and the next one begins on a line of its own.
    """
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        size = os.lseek(file, 0, os.SEEK_END)
        payload = line + b"\n" if _ends_with_newline(file, size) else b"\n" + line + b"\n"
        try:
            if os.write(file, payload) != len(payload):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        except OSError:
            if alone:
                with contextlib.suppress(OSError):
                    os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
    if size == 0:
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """See a new file's name to the disk; not every system lets a folder be opened."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _ends_with_newline(file: int, size: int) -> bool:
    if size == 0:
        return True
    os.lseek(file, size - 1, os.SEEK_SET)
    return os.read(file, 1) == b"\n"


@contextlib.contextmanager
def _locked(file: int) -> Iterator[bool]:
    """Wait for the file and hold it, if the file system has locks: some network folders have none."""
    held = False
    with contextlib.suppress(OSError):
        _lock(file, wait=True)
        held = True
    try:
        yield held
    finally:
        with contextlib.suppress(OSError):
            _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int, *, wait: bool) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: int, *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


def _open_lock(path: Path) -> int | None:
    """The lock file, not inherited by the examination's processes: what they leave behind must not hold it."""
    try:
        path.parent.mkdir(exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        return None


def _hold(file: int, busy: str, hint: str) -> None:
    """The system lets go of the lock when its process ends, however that happens; the number inside is for people."""
    try:
        _lock(file, wait=False)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return
        raise _held(file, busy, hint) from error
    with contextlib.suppress(OSError):
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, str(os.getpid()).encode())


def _held(file: int, busy: str, hint: str) -> ProjectError:
    os.lseek(file, 0, os.SEEK_SET)
    holder = os.read(file, 20).decode("ascii", "replace").strip()
    who = f" (process {holder})" if holder.isdigit() else ""
    return ProjectError(f"{busy}{who}.", hint=hint)


@contextlib.contextmanager
def _worded(what: str) -> Iterator[None]:
    """Turn a refusal of the file system into a sentence and a next step."""
    try:
        yield
    except OSError as error:
        raise WorkspaceError(f"{what}: {why(error)}.", hint=_remedy(error)) from error


def why(error: OSError) -> str:
    """What the file system refused, in words."""
    reasons = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "your share of the disk is full",
        errno.EFBIG: "the file may not grow any more",
        errno.EROFS: "the folder is read-only",
        errno.EACCES: "the folder or file is read-only for you",
        errno.EPERM: "the folder or file is read-only for you",
    }
    return reasons.get(error.errno or 0, error.strerror or str(error))


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Make some room; nothing that was recorded before is lost."
    return "Give yourself the right to write there, or move the workspace; nothing that was recorded before is lost."


def _is_project(folder: Path) -> bool:
    return (folder / PROJECT_FILE).is_file()


def _folders(root: Path, *, depth: int) -> Iterator[Path]:
    """*root* and the folders below it, hidden and generated ones left out."""
    yield root
    if depth == 0:
        return
    with contextlib.suppress(OSError):
        for entry in os.scandir(root):
            if entry.is_dir(follow_symlinks=False) and entry.name[0] != "." and entry.name not in _NOT_SEARCHED:
                yield from _folders(Path(entry.path), depth=depth - 1)
