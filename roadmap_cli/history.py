"""A Git history written down as steps, so that a reference, or a mistake, is a repository and not only files.

    - commit: Answer GET /health
      add: [app/main.py, "tests/**"]
    - branch: loans
    - write: {app/notes.txt: "a line"}
    - remove: [app/old.py]
    - commit: "Lend books"
      add: ["**"]
    - switch: main
    - merge: loans
      message: Merge branch 'loans'

`add` holds globs, of which at least one must match (so one history fits several references); "**" is whatever is left.
A plain file name is added even if .gitignore names it. A commit without `add` is an empty one. Dates and author are
fixed, so the same steps give the same commits.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

from roadmap_cli.errors import PackError

BRANCH = "main"
_LEARNER = ("Learner", "learner@example.com")
_FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
_APART = timedelta(hours=7)
_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.autocrlf=false",
    "core.excludesFile=/dev/null",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.fsync=none",
)


@dataclass(frozen=True)
class Commit:
    """Record the files that *add* stands for."""

    message: str
    add: tuple[str, ...] = ()


@dataclass(frozen=True)
class Branch:
    """Make a branch here and switch to it."""

    name: str


@dataclass(frozen=True)
class Switch:
    """Go to a branch that exists."""

    name: str


@dataclass(frozen=True)
class Merge:
    """Merge a branch into the present one, always with a commit of its own."""

    name: str
    message: str


@dataclass(frozen=True)
class Write:
    """Write files: path, then text."""

    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Remove:
    """Remove files or folders."""

    paths: tuple[str, ...]


Step = Commit | Branch | Switch | Merge | Write | Remove


def parse(steps: object) -> tuple[Step, ...]:
    """The steps of a parsed YAML list; PackError names the first that is not one."""
    if not isinstance(steps, list) or not steps:
        raise PackError("A history is a list of steps.", hint="Begin with: - commit: A message")
    return tuple(_step(number, step) for number, step in enumerate(steps, start=1))


def apply(steps: object, folder: Path) -> None:
    """Make *folder* a Git repository by *steps* (parsed YAML, or the values of `parse`)."""
    parsed = steps if isinstance(steps, tuple) else parse(steps)
    git = _Git(folder)
    git("init", "--quiet", "--template=", f"--initial-branch={BRANCH}")
    for number, step in enumerate(parsed, start=1):
        git.at(number)
        _run(git, step)


class _Git:
    """Git in one folder, deaf to the user's configuration; the time moves on with each step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self._environment = _environment()

    def at(self, number: int) -> None:
        """The step that runs now, for dates and for errors."""
        self.number = number
        when = (_FIRST + number * _APART).isoformat()
        self._environment |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}

    def __call__(self, *args: str, input: str | None = None) -> str:
        """Run git; what it said on its standard output."""
        settings = [word for setting in _SAFE for word in ("-c", setting)]
        try:
            ran = subprocess.run(
                ["git", "--no-pager", *settings, *args],
                cwd=self.folder, env=self._environment, input=input, capture_output=True, text=True, encoding="utf-8",
            )  # fmt: skip
        except FileNotFoundError as error:
            raise PackError("Git is not installed, so a history cannot be made.", hint="Install git.") from error
        if ran.returncode != 0:
            raise self.fault((ran.stderr or ran.stdout).strip())
        return ran.stdout

    def path(self, name: str) -> Path:
        """A path inside the folder; PackError for one that leads out of it."""
        path = self.folder / name
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise self.fault(f"{name} is outside the project.")
        return path

    def fault(self, words: str) -> PackError:
        return PackError(f"Step {self.number} of the history failed: {words}")


def _run(git: _Git, step: Step) -> None:
    match step:
        case Commit(message, add):
            _commit(git, message, add)
        case Branch(name):
            git("switch", "--quiet", "--create", name)
        case Switch(name):
            git("switch", "--quiet", name)
        case Merge(name, message):
            git("merge", "--quiet", "--no-ff", "--no-edit", "-m", message, name)
        case Write(files):
            for name, text in files:
                _write(git.path(name), text)
        case Remove(paths):
            for name in paths:
                _remove(git, name)


def _commit(git: _Git, message: str, add: tuple[str, ...]) -> None:
    if add:
        plain = [name for name in add if git.path(name).is_file()]
        matching = [path for path in _changed(git) if any(_pattern(glob).fullmatch(path) for glob in add)]
        if not plain and not matching:
            raise git.fault(f"{', '.join(add)}: there is nothing (left) to commit.")
        git("--literal-pathspecs", "add", "--all", "--force", "--", *{*plain, *matching})
    git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--file=-", input=message)


def _changed(git: _Git) -> list[str]:
    """The paths of all files that are not as they were committed, but for those that .gitignore names."""
    said = git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    return [entry[3:] for entry in said.split("\0") if entry]


def _pattern(glob: str) -> re.Pattern[str]:
    """A glob as Git understands it: `*` and `?` stop at a slash, `**/` is any folder or none, `**` anything."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    split = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(parts.get(part) or re.escape(part) for part in split), re.DOTALL)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _remove(git: _Git, name: str) -> None:
    path = git.path(name)
    if path.is_dir():
        rmtree(path)
    elif path.exists():
        path.unlink()
    else:
        raise git.fault(f"{name} is not there to be removed.")


def _environment() -> dict[str, str]:
    name, address = _LEARNER
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP") if key in os.environ}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": address,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": address,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "LC_ALL": "C",
    }


def _step(number: int, step: object) -> Step:
    known = {"commit", "branch", "switch", "merge", "write", "remove"}
    if not isinstance(step, dict) or len(known & set(step)) != 1:
        raise _wrong(number, f"has exactly one of {', '.join(sorted(known))}", step)
    verb = next(iter(known & set(step)))
    further = {"commit": {"add"}, "merge": {"message"}}.get(verb, set())
    unknown = set(map(str, step)) - {verb} - further
    if unknown:
        raise _wrong(number, f"with {verb} cannot have {', '.join(sorted(unknown))}", step)
    return _parsed(number, verb, step)


def _parsed(number: int, verb: str, step: dict[str, Any]) -> Step:
    match verb:
        case "commit":
            return Commit(_text(number, step, "commit"), _texts(number, step, "add"))
        case "merge":
            return Merge(_text(number, step, "merge"), _text(number, step, "message"))
        case "branch":
            return Branch(_text(number, step, "branch"))
        case "switch":
            return Switch(_text(number, step, "switch"))
        case "write":
            return Write(_files(number, step["write"]))
        case _:
            return Remove(_texts(number, step, "remove"))


def _text(number: int, step: dict[str, Any], key: str) -> str:
    value = step.get(key)
    if not isinstance(value, str) or not value:
        raise _wrong(number, f"needs a text as {key}", step)
    return value


def _texts(number: int, step: dict[str, Any], key: str) -> tuple[str, ...]:
    value = step.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
        raise _wrong(number, f"needs a list of paths as {key}", step)
    return tuple(value)


def _files(number: int, files: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(files, dict) or not all(isinstance(part, str) for pair in files.items() for part in pair):
        raise _wrong(number, "needs texts by path as write", files)
    return tuple(files.items())


def _wrong(number: int, words: str, step: object) -> PackError:
    return PackError(f"Step {number} of the history {words}: {step!r}")
