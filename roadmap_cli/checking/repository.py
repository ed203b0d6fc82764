"""The learner's Git repository, read without running anything that it holds.

A repository can hold commands for Git to run: hooks, filters, pagers, diff drivers, signing programs. Whatever could
start a process is switched off here, the user's own settings have no say in a verdict, and every output is capped.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from roadmap_cli.checking.answers import Mismatch, NotToBeHad, shown

MAX_COMMITS = 5_000
MAX_BLOB = 1 << 20
MAX_BLOBS = 64 << 20
MAX_OUTPUT = 128 << 20
PATIENCE_SECONDS = 20

_SAFE = (
    "safe.directory=*",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.pager=cat",
    "core.untrackedCache=false",
    "core.sparseCheckout=false",
    "diff.external=",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.follow=false",
    "color.ui=false",
    "submodule.recurse=false",
    "protocol.allow=never",
)
_SUBMODULE = "160000"
_PROGRAMS = ("clean", "smudge", "process")


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit; *body* is the message from its second line on, *files* are the paths it changes.

    *added* counts lines, but not those of lock files and of the documents that came with the project. A merge commit has no *files* and adds nothing: what it brings was counted in the commits of its branch.
    """

    id: str
    parents: tuple[str, ...]
    subject: str
    body: str
    added: int
    files: tuple[str, ...]

    @property
    def is_merge(self) -> bool:
        """Whether it has two parents or more."""
        return len(self.parents) > 1


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A file as a commit holds it. *content* is empty if the file is larger than the cap."""

    path: str
    commit: str
    content: bytes

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def text(self) -> str:
        """The content as text; bytes that are no UTF-8 become replacement characters."""
        return self.content.decode("utf-8", "replace")


class Repository:
    """The Git repository whose top is *folder*, if there is one. NotToBeHad if git is not installed."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("git")
        if program is None:
            raise NotToBeHad("git is not installed, so the repository cannot be read.")
        self._program = program
        self.folder = folder

    @property
    def is_repository(self) -> bool:
        """Whether the folder is the top of a repository of its own (not part of one further up)."""
        ran = self._run("rev-parse", "--show-toplevel")
        top = os.fsdecode(ran.stdout.rstrip(b"\r\n"))
        return ran.ok and top != "" and Path(top).resolve() == self.folder.resolve()

    def git(self, *args: str) -> str:
        """What `git ARGS` says, safely; a Mismatch with git's own words if it fails."""
        return self._succeed(*args).decode("utf-8", "replace")

    def commits(self, revision: str = "HEAD") -> list[Commit]:
        """The commits reachable from *revision*, newest first; none if it does not exist yet."""
        if not self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").ok:
            return []
        mark = _mark()
        form = f"--format={mark}%H%x00%P%x00%B%x00"
        said = self.git(
            "log", "-z", f"--max-count={MAX_COMMITS}", "--topo-order", "--encoding=UTF-8", form,
            "--numstat", "--find-renames", "--no-diff-merges", *_PLAIN_DIFF, revision, "--",
        )  # fmt: skip
        return [_commit(record) for record in said.split(mark)[1:]]

    def ignores(self, path: str) -> bool:
        """Whether the rules of the repository itself, not the user's own, ignore *path* (``venv/``: a folder)."""
        ran = self._run("-c", f"core.excludesFile={os.devnull}", "check-ignore", "--quiet", "--no-index", "--", path)
        if ran.status > 1:
            raise Mismatch("Git cannot say what it ignores here.", actual=ran.words)
        return ran.ok

    def tracked(self) -> list[str]:
        """The paths of all files in the present commit; none before the first."""
        if not self.commits_exist:
            return []
        said = self.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD")
        return [path for path in said.split("\0") if path]

    def status(self) -> list[str]:
        """What is changed or untracked, as `git status --porcelain` says it: ``?? app/new.py``.

        What the user's own excludes name (``.DS_Store``) is not untracked, as it is not when they ask.
        """
        said = self._succeed(
            *self._without_filters(), "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames",
            "--ignore-submodules=all", users_settings=True,
        )  # fmt: skip
        return [entry for entry in said.decode("utf-8", "replace").split("\0") if entry]

    def blobs(self) -> list[Blob]:
        """Every version of every file that a commit reachable from a branch, a tag or HEAD brought, once for each path.

        Content is capped at 1 MiB a file and 64 MiB in all; what lies behind that has empty content.
        """
        found = self._versions()
        contents = self._contents(sorted({blob for _, blob in found}))
        return [
            Blob(path=path, commit=commit, content=contents.get(blob, b"")) for (path, blob), commit in found.items()
        ]

    @property
    def commits_exist(self) -> bool:
        """Whether there is a first commit."""
        return self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}").ok

    def _versions(self) -> dict[tuple[str, str], str]:
        """Path and blob id of every version, with the first commit that was seen to bring it."""
        mark = _mark()
        refs = ["--branches", "--tags", "--remotes", *(["HEAD"] if self.commits_exist else [])]
        said = self._succeed(
            "log", "-z", f"--max-count={MAX_COMMITS}", f"--format={mark}%H", "--raw", "--no-abbrev", "--no-renames",
            "-m", *_PLAIN_DIFF, *refs, "--",
        ).decode("utf-8", "surrogateescape")  # fmt: skip
        found: dict[tuple[str, str], str] = {}
        for record in said.split(mark)[1:]:
            _add_versions(record, found)
        return found

    def _contents(self, ids: list[str]) -> dict[str, bytes]:
        """The contents of blobs by id, as far as the caps allow: one process for the sizes, one for the bytes."""
        wanted, left = [], MAX_BLOBS
        for line in self._succeed("cat-file", "--batch-check", input=_lines(ids)).decode().splitlines():
            id, kind, *size = line.split()
            if kind == "blob" and int(size[0]) <= min(MAX_BLOB, left):
                wanted.append(id)
                left -= int(size[0])
        return _split(self._succeed("cat-file", "--batch", input=_lines(wanted)))

    def _without_filters(self) -> list[str]:
        """Settings that switch off every filter program that the repository's configuration names."""
        said = self._run("config", "--name-only", "-z", "--get-regexp", r"^filter\.").stdout.decode("utf-8", "replace")
        drivers = {name.split(".", 1)[1].rpartition(".")[0] for name in said.split("\0") if name.count(".") > 1}
        off = [f"filter.{driver}.{program}=" for driver in sorted(drivers) for program in _PROGRAMS]
        off += [f"filter.{driver}.required=false" for driver in sorted(drivers)]
        return [word for setting in off for word in ("-c", setting)]

    def _succeed(self, *args: str, input: bytes = b"", users_settings: bool = False) -> bytes:
        ran = self._run(*args, input=input, users_settings=users_settings)
        if not ran.ok:
            raise Mismatch("Git cannot read this repository.", expected=f"git {args[0]}", actual=ran.words)
        return ran.stdout

    def _run(self, *args: str, input: bytes = b"", users_settings: bool = False) -> _Ran:
        """Run git. Files, not pipes, on both sides: nothing can block, and the size is known before it is read."""
        settings = [word for setting in _SAFE for word in ("-c", setting)]
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
            asked.write(input)
            asked.seek(0)
            try:
                status = subprocess.run(
                    [self._program, "--no-pager", "--no-replace-objects", "--no-optional-locks", *settings, *args],
                    cwd=self.folder, env=_environment(self.folder, users_settings), stdin=asked, stdout=said,
                    stderr=errors, timeout=PATIENCE_SECONDS,
                ).returncode  # fmt: skip
            except subprocess.TimeoutExpired:
                raise Mismatch(f"Git does not read this repository within {PATIENCE_SECONDS} s.") from None
            return _Ran(status=status, stdout=_capped(said), words=_words(errors))


_PLAIN_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all")


@dataclass(frozen=True)
class _Ran:
    status: int
    stdout: bytes
    words: str

    @property
    def ok(self) -> bool:
        return self.status == 0


def _environment(folder: Path, users_settings: bool) -> dict[str, str]:
    kept = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "HOME", "XDG_CONFIG_HOME", "USERPROFILE")
    isolated = {} if users_settings else {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    safe = {
        "GIT_CEILING_DIRECTORIES": str(folder.resolve().parent),  # a repository further up is not the learner's
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C",
    }
    return {name: os.environ[name] for name in kept if name in os.environ} | isolated | safe


def _mark() -> str:
    """What separates commits in git's output: no message and no file name can hold it, because nobody can know it."""
    return secrets.token_hex(16)


def _commit(record: str) -> Commit:
    """A record of the log: id, parents, message, then added-deleted-path for each file."""
    id, parents, message, *changes = record.split("\0")
    subject, _, body = message.rstrip("\n").partition("\n")
    added, files = _changes(changes)
    return Commit(id=id, parents=tuple(parents.split()), subject=subject, body=body, added=added, files=files)


def _changes(parts: list[str]) -> tuple[int, tuple[str, ...]]:
    """Lines added, and paths, of parts like ``1 0 path`` (with tabs); a rename has its paths in the next two."""
    added, files, waiting = 0, [], list(reversed(parts))
    while waiting:
        lines, _, rest = waiting.pop().lstrip("\n").partition("\t")
        _, tab, path = rest.partition("\t")
        if not tab:
            continue
        if not path and len(waiting) > 1:
            waiting.pop()
            path = waiting.pop()
        added += int(lines) if lines.isdecimal() and not _is_nobodys_work(path) else 0
        files.append(path)
    return added, tuple(files)


_GIVEN = ("CONTRACT.md", "openapi.yaml")


def _is_nobodys_work(path: str) -> bool:
    """Whether a tool wrote this file to pin versions, or it came with the project: its lines say nothing about steps."""
    name = path.rpartition("/")[2]
    is_lock = name.endswith((".lock", ".lockb")) or name in ("package-lock.json", "pnpm-lock.yaml", "go.sum")
    return is_lock or path in _GIVEN


def _add_versions(record: str, found: dict[tuple[str, str], str]) -> None:
    """A record of the log: id, then ``:100644 100644 OLD NEW M`` and a path for each file."""
    commit, *parts = record.split("\0")
    for change, path in pairwise(parts):
        fields = change.lstrip("\n").split(" ")
        if change.lstrip("\n").startswith(":") and len(fields) == 5 and fields[4] != "D" and fields[1] != _SUBMODULE:
            found.setdefault((path, fields[3]), commit.strip())


def _lines(ids: list[str]) -> bytes:
    return "".join(f"{id}\n" for id in ids).encode()


def _split(batch: bytes) -> dict[str, bytes]:
    """The output of `git cat-file --batch`: ``ID blob SIZE``, the bytes and a line end, again and again."""
    contents, at = {}, 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        id, _, size = batch[at:end].decode().split(" ")
        contents[id] = batch[end + 1 : end + 1 + int(size)]
        at = end + 1 + int(size) + 1
    return contents


def _capped(said: IO[bytes]) -> bytes:
    size = said.seek(0, os.SEEK_END)
    if size > MAX_OUTPUT:
        raise Mismatch("This repository is too large to be read.", actual=f"{size >> 20} MiB of output")
    said.seek(0)
    return said.read()


def _words(errors: IO[bytes]) -> str:
    errors.seek(0)
    return shown(errors.read(2000).decode("utf-8", "replace").strip())[1:-1]
