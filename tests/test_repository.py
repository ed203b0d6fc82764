"""Reading a learner's repository: what is in it, and that nothing in it runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from roadmap_cli import history
from roadmap_cli.checking.answers import Mismatch, NotToBeHad
from roadmap_cli.checking.repository import MAX_BLOB, Repository

STEPS = [
    {"write": {".gitignore": ".env\n.venv/\n*.db\n", "app/main.py": "one\ntwo\n"}},
    {"commit": "Answer GET /health\n\nBecause the\nload balancer asks.", "add": ["**"]},
    {"branch": "books"},
    {"write": {"app/books.py": "a\nb\nc\n"}},
    {"commit": "Serve books", "add": ["**"]},
    {"write": {"app/books.py": "a\nB\nc\nd\n"}},
    {"commit": "Serve more books", "add": ["**"]},
    {"switch": "main"},
    {"write": {"README.md": "hello\n"}},
    {"commit": "Say hello", "add": ["**"]},
    {"merge": "books", "message": "Merge branch 'books'"},
]


def git(folder: Path, *args: str) -> str:
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    ran = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True, env=environment)
    return ran.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "library api"
    folder.mkdir()
    return folder


def repository(folder: Path, steps: object = STEPS) -> Repository:
    history.apply(steps, folder)
    return Repository(folder)


def test_a_folder_is_not_a_repository_by_itself(folder: Path) -> None:
    """No `.git`, no repository; one further up is not the project's own."""
    assert not Repository(folder).is_repository

    git(folder.parent, "init", "--quiet")
    assert not Repository(folder).is_repository
    assert repository(folder).is_repository


def test_without_git_the_repository_is_not_to_be_had(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without git skips these checks."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NotToBeHad, match="git is not installed"):
        Repository(folder)


def test_commits_are_read_newest_first(folder: Path) -> None:
    """Subject, body from the second line on, lines added, files; a merge has two parents and nothing of its own."""
    commits = repository(folder).commits()

    assert [(commit.subject, commit.added, sorted(commit.files)) for commit in commits if not commit.is_merge] == [
        ("Serve more books", 2, ["app/books.py"]),
        ("Serve books", 3, ["app/books.py"]),
        ("Say hello", 1, ["README.md"]),
        ("Answer GET /health", 5, [".gitignore", "app/main.py"]),
    ]
    assert commits[-1].body == "\nBecause the\nload balancer asks."
    merge = commits[0]
    assert (merge.subject, merge.body, merge.added, merge.files) == ("Merge branch 'books'", "", 0, ())
    assert set(merge.parents) == {commits[1].id, commits[3].id}


def test_a_moved_file_adds_no_lines(folder: Path) -> None:
    """A rename is not counted as new lines, and its new path is among the files."""
    text = "".join(f"line {number}\n" for number in range(50))
    steps = [
        {"write": {"old.py": text}},
        {"commit": "Write it", "add": ["**"]},
        {"remove": ["old.py"]},
        {"write": {"new.py": text}},
        {"commit": "Move it", "add": ["**"]},
    ]
    moved = repository(folder, steps).commits()[0]

    assert (moved.added, moved.files) == (0, ("new.py",))


@pytest.mark.parametrize("name", ["CONTRACT.md", "openapi.yaml", "package-lock.json", "api/uv.lock"])
def test_lines_that_are_nobodys_work_are_not_counted(folder: Path, name: str) -> None:
    """What came with the project and what tools write would drown the steps."""
    steps = [{"write": {name: "line\n" * 1000, "app.py": "x = 1\n"}}, {"commit": "Begin", "add": ["**"]}]

    (commit,) = repository(folder, steps).commits()

    assert (commit.added, len(commit.files)) == (1, 2)


def test_an_empty_commit_and_odd_names_are_read(folder: Path) -> None:
    """File names and messages with line ends, separators and quotes cannot confuse the reader."""
    steps = [
        {"write": {'o"d\n\x1e name\t.py': "x\n"}},
        {"commit": "Odd \x1e one\nat once", "add": ["**"]},
        {"commit": "Nothing at all"},
    ]
    empty, odd = repository(folder, steps).commits()

    assert (empty.files, empty.added) == ((), 0)
    assert (odd.subject, odd.body, odd.files) == ("Odd \x1e one", "at once", ('o"d\n\x1e name\t.py',))


def test_a_repository_without_commits_is_empty(folder: Path) -> None:
    """`git init` alone is no error."""
    git(folder, "init", "--quiet")
    fresh = Repository(folder)

    assert fresh.is_repository
    assert [fresh.commits(), fresh.blobs(), fresh.status(), fresh.tracked()] == [[]] * 4


def test_ignores_asks_the_repository_alone(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and folders that need not exist; what only the user's own excludes name is not ignored."""
    excludes = tmp_path / "git" / "ignore"
    excludes.parent.mkdir()
    excludes.write_text("server.log\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    there = repository(folder)

    assert [there.ignores(path) for path in (".env", ".venv/", ".venv/x", "deep/library.db")] == [True] * 4
    assert [there.ignores(path) for path in (".env.example", "server.log", "app/main.py")] == [False] * 3


def test_status_names_what_is_not_committed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed and untracked files, each by its path; ignored ones and the user's own excludes are not named."""
    excludes = tmp_path / "git" / "ignore"
    excludes.parent.mkdir()
    excludes.write_text(".DS_Store\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    there = repository(folder)
    assert there.status() == []

    for name in (".env", ".DS_Store", "app/new.py", "app/main.py"):
        (folder / name).write_text("changed\n")
    assert sorted(there.status()) == [" M app/main.py", "?? app/new.py"]


def test_tracked_lists_the_present_commit(folder: Path) -> None:
    """Every file of HEAD, on whatever branch it came."""
    assert repository(folder).tracked() == [".gitignore", "README.md", "app/books.py", "app/main.py"]


def test_blobs_hold_every_version_that_ever_was(folder: Path) -> None:
    """Files that were removed, on branches that were never merged, under tags; each path of the same content."""
    steps = [
        *STEPS,
        {"write": {".env": "SECRET=1\n", ".env.example": "SECRET=1\n"}},
        {"commit": "Oh no", "add": [".env", "**"]},
        {"remove": [".env"]},
        {"commit": "Forget it", "add": ["**"]},
        {"branch": "aside"},
        {"write": {"aside.py": "aside\n"}},
        {"commit": "Go aside", "add": ["**"]},
        {"switch": "main"},
    ]
    blobs = {(blob.path, blob.text) for blob in repository(folder, steps).blobs()}

    assert {(".env", "SECRET=1\n"), (".env.example", "SECRET=1\n"), ("aside.py", "aside\n")} <= blobs
    assert {text for path, text in blobs if path == "app/books.py"} == {"a\nb\nc\n", "a\nB\nc\nd\n"}


def test_blobs_see_what_only_a_tag_or_a_merge_holds(folder: Path) -> None:
    """A commit that no branch reaches but a tag does; a file that came with the merge itself."""
    there = repository(folder)
    (folder / "evil.py").write_text("slipped in\n")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=L", "-c", "user.email=l@e", "commit", "--quiet", "--amend", "--no-edit")
    git(folder, "tag", "kept")
    git(folder, "reset", "--quiet", "--hard", "HEAD~1")

    assert ("evil.py", "slipped in\n") in {(blob.path, blob.text) for blob in there.blobs()}


def test_a_file_beyond_the_cap_is_named_but_not_read(folder: Path) -> None:
    """A huge file cannot fill the grader's memory."""
    steps = [{"write": {"big.txt": "x" * (MAX_BLOB + 1), "small.txt": "x"}}, {"commit": "Grow", "add": ["**"]}]
    blobs = {blob.path: blob.content for blob in repository(folder, steps).blobs()}

    assert blobs == {"big.txt": b"", "small.txt": b"x"}


def test_nothing_in_the_repository_runs(folder: Path, tmp_path: Path) -> None:
    """Hooks, filters, fsmonitor, pagers, diff drivers, signing programs, aliases: none of them is started."""
    there = repository(folder)
    ran = tmp_path / "ran"
    trap = tmp_path / "trap.sh"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> "{ran}"\ncat\n')
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor", "core.pager", "pager.log", "diff.external", "diff.trap.command", "diff.trap.textconv",
        "filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "gpg.program", "core.sshCommand",
        "core.editor", "core.askPass", "filter.a.b.clean",
    ):  # fmt: skip
        git(folder, "config", key, str(trap))
    for key in ("filter.trap.required", "log.showSignature"):
        git(folder, "config", key, "true")
    (folder / ".gitattributes").write_text("*.py filter=trap diff=trap\n*.md filter=a.b\n")
    (folder / ".git/hooks").mkdir(exist_ok=True)
    for hook in ("post-index-change", "fsmonitor-watchman", "pre-commit"):
        (folder / ".git/hooks" / hook).symlink_to(trap)
    for name in ("app/main.py", "README.md"):
        (folder / name).write_text((folder / name).read_text())  # touched, so that status reads it again

    assert there.status() == ["?? .gitattributes"]
    assert len(there.commits()) == 5
    assert len(there.blobs()) == 5
    assert there.is_repository
    assert not there.ignores("app/main.py")
    assert "Say hello" in there.git("log", "--format=%s")
    assert not ran.exists()


def test_what_git_cannot_read_is_a_mismatch(folder: Path) -> None:
    """A damaged repository fails in git's own words."""
    there = repository(folder)
    (folder / ".git/refs/heads/main").write_text("f" * 40 + "\n")

    with pytest.raises(Mismatch) as caught:
        there.blobs()
    assert caught.value.message == "Git cannot read this repository."
    assert "fatal" in caught.value.actual


def test_a_repository_of_somebody_else_is_read(folder: Path) -> None:
    """Git's refusal of a foreign owner (a class submission) does not stand in the way."""
    there = repository(folder)
    if os.name == "posix" and os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)

    assert there.is_repository
    assert len(there.commits()) == 5
