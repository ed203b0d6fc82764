"""Histories written as steps: what they make, and what they refuse."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from roadmap_cli import history
from roadmap_cli.errors import PackError


def git(folder: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    for name in ("app/main.py", "app/books.py", "README.md", ".env"):
        (tmp_path / name).write_text(f"{name}\n")
    (tmp_path / ".gitignore").write_text(".env\n")
    return tmp_path


def test_commits_take_what_they_name(folder: Path) -> None:
    """Each commit holds its own files, the last one the rest, none what Git ignores."""
    history.apply(
        [
            {"commit": "Begin", "add": ["README.md"]},
            {"commit": "Serve books", "add": ["app/*.py"]},
            {"commit": "The rest", "add": ["**"]},
        ],
        folder,
    )

    assert git(folder, "log", "--format=%s", "--reverse") == "Begin\nServe books\nThe rest"
    assert git(folder, "show", "--format=", "--name-only", "HEAD~1") == "app/books.py\napp/main.py"
    assert git(folder, "ls-files") == ".gitignore\nREADME.md\napp/books.py\napp/main.py"
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "branch", "--show-current") == "main"


def test_globs_stop_at_slashes(folder: Path) -> None:
    """`*` is one name, `**/` any folder or none; a glob that matches nothing is passed over if another one does."""
    history.apply(
        [
            {"commit": "Top", "add": ["*.md", "*.py"]},
            {"commit": "Books", "add": ["**/books.*", "**/nothing.*"]},
            {"commit": "Main", "add": ["a*/?ain.py"]},
        ],
        folder,
    )

    assert git(folder, "log", "--format=%s", "--name-only", "--reverse").split() == [
        "Top", "README.md", "Books", "app/books.py", "Main", "app/main.py",
    ]  # fmt: skip


def test_a_merge_keeps_the_branch_visible(folder: Path) -> None:
    """A branch that could be fast-forwarded is merged with a commit of two parents."""
    history.apply(
        [
            {"commit": "Begin", "add": ["README.md"]},
            {"branch": "books"},
            {"commit": "Serve books", "add": ["app/**"]},
            {"switch": "main"},
            {"merge": "books", "message": "Merge branch 'books'"},
        ],
        folder,
    )

    assert git(folder, "log", "-1", "--format=%s|%P").count(" ") == 3
    assert git(folder, "rev-list", "--count", "HEAD^1..HEAD^2") == "1"
    assert (folder / "app/books.py").exists()


def test_an_ignored_file_is_committed_if_it_is_named(folder: Path) -> None:
    """A secret can be put into a history and taken out again."""
    history.apply(
        [
            {"commit": "Begin", "add": [".env", ".gitignore"]},
            {"remove": [".env"]},
            {"write": {"docs/notes.md": "a\nb"}},
            {"commit": "Forget", "add": ["**"]},
        ],
        folder,
    )

    assert git(folder, "log", "--format=%s", "--diff-filter=D", "--", ".env") == "Forget"
    assert git(folder, "show", "HEAD:docs/notes.md") == "a\nb"


def test_messages_are_taken_word_for_word(folder: Path) -> None:
    """A second line that should be empty, and a commit without files, can be had."""
    history.apply([{"commit": "Begin\nat once\n\n# not a comment"}], folder)

    assert git(folder, "log", "--format=%B") == "Begin\nat once\n\n# not a comment"


def test_the_same_steps_give_the_same_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the clock nor the user's own Git settings have a say."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    steps = [{"write": {"a": "a"}}, {"commit": "Begin", "add": ["a"]}]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        history.apply(steps, tmp_path / name)

    assert git(tmp_path / "one", "rev-parse", "HEAD") == git(tmp_path / "two", "rev-parse", "HEAD")
    assert git(tmp_path / "one", "log", "--format=%an <%ae>") == "Learner <learner@example.com>"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "a list of steps"),
        ("commit", "a list of steps"),
        (["commit"], "Step 1 of the history has exactly one of"),
        ([{"commit": "One", "branch": "two"}], "has exactly one of"),
        ([{"commit": "One", "files": ["a"]}], "with commit cannot have files"),
        ([{"commit": ""}], "needs a text as commit"),
        ([{"commit": "One", "add": "app"}], "needs a list of paths as add"),
        ([{"merge": "books"}], "needs a text as message"),
        ([{"write": {"a": 1}}], "needs texts by path"),
    ],
)
def test_a_step_that_is_none_is_refused(steps: object, words: str) -> None:
    """Every fault names the step and what it should have been."""
    with pytest.raises(PackError, match=words):
        history.parse(steps)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"commit": "One", "add": ["nothing/*.py", "none.md"]}, "nothing .left. to commit"),
        ({"remove": ["nothing"]}, "nothing is not there"),
        ({"write": {"../outside": ""}}, "outside the project"),
        ({"switch": "nowhere"}, "nowhere"),
    ],
)
def test_a_step_that_fails_says_which(folder: Path, step: object, words: str) -> None:
    """What Git refuses comes back with the number of the step."""
    with pytest.raises(PackError, match=f"Step 1 of the history failed: .*{words}"):
        history.apply([step], folder)


def test_a_commit_of_nothing_left_is_refused(folder: Path) -> None:
    """A list of files that were committed before is an author's slip, not an empty commit."""
    with pytest.raises(PackError, match=r"Step 2 .* nothing"):
        history.apply([{"commit": "One", "add": ["**"]}, {"commit": "Two", "add": ["**"]}], folder)
