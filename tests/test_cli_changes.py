"""The commands that change files: update, reset, solution --apply, undo; from the arguments to the exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from roadmap_cli.cli import main
from roadmap_cli.snapshots import Store
from roadmap_cli.workspace import Workspace
from tests.small_pack import small_pack
from tests.trees_on_disk import Shape, shape, write

NOTES = {
    "templates/library-api/fastapi/app/http.py": "# TODO (milestone http): the beginning\n",
    "templates/library-api/fastapi/app/books.py": "# TODO (milestone http): one\n# TODO (milestone books): two\n",
    "templates/library-api/fastapi/app/loans.py": "# TODO (milestone books): three\n",
    "templates/library-api/fastapi/tests/test_a.py": "def test() -> None: ...\n",
    "checks/library-api/reference/fastapi/roadmap.toml": 'phase = "library-api"\n[server]\nserve = "reference"\n',
    "checks/library-api/reference/fastapi/app/http.py": "# the reference\n",
}


@dataclass(frozen=True)
class Said:
    """What a command said, line ends aside, and how it ended."""

    status: int
    out: str
    err: str


Roadmap = Callable[..., Said]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write(small_pack(tmp_path / "pack"), NOTES)


@pytest.fixture
def roadmap(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pack: Path) -> Roadmap:
    """Run a command in this process, with the small pack as the bundled one."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for module in ("packs", "cli.desk", "cli.names", "cli.start"):
        monkeypatch.setattr(f"roadmap_cli.{module}.bundled", lambda: pack)

    def run(*words: str) -> Said:
        status = main(words)
        out, err = capsys.readouterr()
        return Said(status, " ".join(out.split()), " ".join(err.split()))

    return run


@pytest.fixture
def project(roadmap: Roadmap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was begun; we stand in it."""
    root = tmp_path / "Meine Übungen"
    root.mkdir()
    monkeypatch.chdir(root)
    assert roadmap("start", "phase-1").status == 0
    monkeypatch.chdir(root / "library-api")
    return root / "library-api"


def states(project: Path) -> Shape:
    return shape(project.parent)


def newer(pack: Path, content: str = "print('newer')\n") -> None:
    (pack / "templates/library-api/fastapi/main.py").write_text(content, encoding="utf-8")


# update


def test_update_with_nothing_new_says_so(roadmap: Roadmap, project: Path) -> None:
    """And ends well."""
    said = roadmap("update")

    assert said == Said(0, "Nothing to do: library-api has all that its template has.", "")


def test_update_merges_and_undo_takes_it_back(roadmap: Roadmap, project: Path, pack: Path) -> None:
    """What was done is listed, with the way back."""
    before = states(project)
    newer(pack)
    said = roadmap("update")

    assert said.status == 0
    assert "library-api is up to its newer template TAKEN OVER main.py" in said.out
    assert (project / "main.py").read_text() == "print('newer')\n"
    assert "Undone: roadmap update just now, snapshot 1 BROUGHT BACK main.py" in roadmap("undo").out
    assert before == states(project)


def test_update_with_conflicts_has_an_exit_code_of_its_own(roadmap: Roadmap, project: Path, pack: Path) -> None:
    """Also when it is only tried; file and line are told; a second update is refused until they are resolved."""
    write(project, {"main.py": "print('mine')\n"})
    newer(pack)
    tried = roadmap("update", "--dry-run")
    said = roadmap("update")

    assert tried.status == said.status == 4
    assert "Nothing has been changed. Do it with roadmap update" in tried.out
    assert "For you to decide CONFLICT main.py line 1" in said.out
    again = roadmap("update")
    assert again.status == 2
    assert "not resolved: main.py:1" in again.err


def test_update_of_a_phase_that_is_not_begun_is_said(roadmap: Roadmap, project: Path) -> None:
    """With the way to begin it."""
    said = roadmap("update", "shop")

    assert said.status == 2
    assert "roadmap start shop" in said.err


# reset


def test_reset_of_a_file_and_of_a_folder(roadmap: Roadmap, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From anywhere in the project; what was edited is as it was, what was deleted is back, what you made stays."""
    original = states(project)
    write(project, {"main.py": "broken\n", "app/http.py": "broken\n"})
    (project / "app/loans.py").unlink()
    monkeypatch.chdir(project / "app")

    assert "http.py is as it was made CHANGED app/http.py" in roadmap("reset", "http.py").out
    write(project, {"app/http.py": "broken again\n", "app/mine.py": "mine\n"})
    said = roadmap("reset", "app")
    assert "CHANGED app/http.py CAME BACK app/loans.py" in said.out
    assert roadmap("reset", ".").out == "Nothing to do: . is as it was made."
    monkeypatch.chdir(project)
    assert roadmap("reset", ".").status == 0
    (project / "app/mine.py").unlink()
    assert original == states(project)


def test_reset_of_a_milestone(roadmap: Roadmap, project: Path) -> None:
    """Its own files; those that go on from an earlier milestone are named and left alone."""
    write(project, {f"app/{name}.py": "broken\n" for name in ("http", "books", "loans")})
    said = roadmap("reset", "books")

    assert "books is as it was made CHANGED app/loans.py" in said.out
    assert "left alone: app/books.py begun in http Reset one of them with roadmap reset app/books.py" in said.out
    assert (project / "app/books.py").read_text() == (project / "app/http.py").read_text() == "broken\n"


def test_reset_of_a_milestone_that_no_file_speaks_of_is_said(roadmap: Roadmap, project: Path, pack: Path) -> None:
    """A blank project has no notes."""
    notes = project.parent / ".roadmap/base/library-api/app"
    for path in notes.iterdir():
        path.write_text("nothing\n", encoding="utf-8")
    said = roadmap("reset", "books")

    assert said.status == 2
    assert "does not say which files belong to books. Name a file or a folder: roadmap reset FILE" in said.err


@pytest.mark.parametrize(
    ("name", "guess"), [("app/htp.py", "app/http.py"), ("bookz", "books"), ("test/test_a.py", "tests/test_a.py")]
)
def test_reset_of_a_mistyped_name_gets_a_guess(roadmap: Roadmap, project: Path, name: str, guess: str) -> None:
    """And changes nothing."""
    said = roadmap("reset", name)

    assert said.status == 2
    assert f"{name} is no milestone of library-api, and no file that came with your project." in said.err
    assert f"Did you mean {guess}?" in said.err


def test_reset_of_something_outside_is_refused(roadmap: Roadmap, project: Path) -> None:
    """Whatever is there."""
    said = roadmap("reset", "../../x")

    assert said.status == 2
    assert "is outside of your project" in said.err


# solution --apply


def test_the_reference_is_put_in_place_once_it_is_earned(roadmap: Roadmap, project: Path) -> None:
    """All of it, but what is the project's own; what may be unused now is said; undo brings everything back."""
    write(project, {"app/mine.py": "mine\n", "README.md": "my own\n"})
    before = states(project)

    assert roadmap("solution", "http", "--apply").status == 2
    assert before == states(project)
    said = roadmap("solution", "http", "--give-up", "--apply")
    assert said.status == 0
    assert "The reference is in library-api REPLACED app/http.py ADDED app/main.py" in said.out
    assert "Kept as you have them: README.md, roadmap.toml" in said.out
    assert "may be unused now: app/books.py, app/loans.py, app/mine.py, main.py, tests/test_a.py" in said.out
    assert "The reference starts with: serve = 'reference'" in said.out
    assert (project / "README.md").read_text() == "my own\n"
    assert (project / "app/http.py").read_text() == "# the reference\n"
    assert "REMOVED app/main.py" in roadmap("undo").out
    assert before == states(project)


def test_one_file_of_the_reference(roadmap: Roadmap, project: Path) -> None:
    """Only that; again it is nothing to do."""
    roadmap("solution", "http", "--give-up")
    said = roadmap("solution", "http", "--file", "app/http.py", "--apply")

    assert "The reference is in app/http.py REPLACED app/http.py" in said.out
    assert "unused" not in said.out
    assert not (project / "app/main.py").exists()
    again = roadmap("solution", "http", "--file", "app/http.py", "--apply")
    assert again.out == "Nothing to do: app/http.py is the reference already."
    assert "Did you mean app/http.py?" in roadmap("solution", "--file", "app/htp.py", "--apply").err


def test_a_reference_in_another_stack_is_not_put_in_place(roadmap: Roadmap, project: Path) -> None:
    """It would not run there."""
    settings = project / "roadmap.toml"
    settings.write_text(settings.read_text().replace("fastapi", "spring"), encoding="utf-8")
    said = roadmap("solution", "http", "--give-up", "--apply")

    assert said.status == 2
    assert "The reference is written in fastapi; your project says spring." in said.err
    assert "--stack fastapi --into reference" in said.err


# undo


def test_undo_with_nothing_to_undo_is_said(roadmap: Roadmap, project: Path) -> None:
    """As an error by itself, as an empty list in the list."""
    assert "There is nothing to undo" in roadmap("undo").err
    assert roadmap("undo", "--list") == Said(0, "There is nothing to undo: no command has changed your files.", "")


def test_the_list_says_what_differs_from_then(roadmap: Roadmap, project: Path) -> None:
    """The newest first."""
    write(project, {"main.py": "broken\n", "app/http.py": "broken\n"})
    roadmap("reset", "main.py")
    roadmap("reset", "app")
    write(project, {"main.py": "broken\n"})
    said = roadmap("undo", "--list").out

    assert "2 just now roadmap reset app 1 file 1 now differs 1 just now roadmap reset main.py 1 file AS IT WAS" in said
    assert "roadmap undo ID undoes that one and all since" in said


def test_undo_goes_back_to_before_a_command_and_forth_again(roadmap: Roadmap, project: Path) -> None:
    """By its number; what was edited since is kept, and said."""
    write(project, {"main.py": "mine\n"})
    roadmap("reset", "main.py")
    write(project, {"main.py": "edited since\n"})
    said = roadmap("undo", "1")

    assert "You had changed this file since; what was in there is kept in snapshot 2: main.py" in said.out
    assert (project / "main.py").read_text() == "mine\n"
    roadmap("undo")
    assert (project / "main.py").read_text() == "edited since\n"
    assert "There is no snapshot 9. See all with: roadmap undo --list" in roadmap("undo", "9").err


def test_undo_of_one_file(roadmap: Roadmap, project: Path) -> None:
    """As it was at any command, though that did not touch it."""
    write(project, {"app/mine.py": "mine\n", "main.py": "x\n"})
    roadmap("reset", "main.py")
    (project / "app/mine.py").unlink()

    assert "BROUGHT BACK app/mine.py" in roadmap("undo", "1", "--file", "app/mine.py").out
    assert (project / "app/mine.py").read_text() == "mine\n"
    assert (
        "Snapshot 1 does not hold app/other.py: it was not there then."
        in roadmap("undo", "1", "--file", "app/other.py").err
    )


def test_undo_that_cannot_bring_back_everything_ends_with_2(roadmap: Roadmap, project: Path) -> None:
    """The rest is brought back."""
    write(project, {"main.py": "mine\n", "app/http.py": "mine too\n"})
    roadmap("reset", ".")
    store = Store(Workspace.find(project))
    kept = next(each.before for each in store.shelf().snapshots[0].touched if each.path.endswith("main.py"))
    store.path_of(kept.digest).write_bytes(b"damaged")
    said = roadmap("undo")

    assert said.status == 2
    assert "could not be brought back, and are as they were: DAMAGED main.py what was kept of it is damaged" in said.out
    assert (project / "app/http.py").read_text() == "mine too\n"


def test_forgetting_needs_a_number_and_says_what_it_freed(roadmap: Roadmap, project: Path) -> None:
    """Never by itself."""
    write(project, {"main.py": "mine\n"})
    roadmap("reset", "main.py")

    assert "Which snapshot, and all older ones, shall be forgotten?" in roadmap("undo", "--forget").err
    assert "Forgotten: snapshot 1 and all older ones. That makes" in roadmap("undo", "1", "--forget").out
    assert "There is nothing to undo" in roadmap("undo").err


def test_undo_works_when_roadmap_toml_does_not(roadmap: Roadmap, project: Path) -> None:
    """It is the way out, so it must not need what may be broken."""
    before = states(project)
    write(project, {"main.py": "mine\n"})
    roadmap("reset", "main.py")
    write(project, {"roadmap.toml": "<<<<<<<"})

    assert roadmap("undo").status == 0
    assert (project / "main.py").read_text() == "mine\n"
    write(project, {"roadmap.toml": before["library-api/roadmap.toml"][2], "main.py": "print('hello')\n"})
    assert before == states(project)


def test_a_command_that_was_ended_in_its_middle_is_taken_back_first(
    roadmap: Roadmap, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And said."""
    write(project, {"main.py": "mine\n", "app/http.py": "mine\n"})
    roadmap("reset", ".")
    Store(Workspace.find(project)).begin(Store(Workspace.find(project)).shelf().snapshots[0])
    said = roadmap("reset", "main.py")

    assert "roadmap reset . had been ended in its middle. Its changes were taken back first." in said.out
    assert (project / "app/http.py").read_text() == "mine\n"


def test_undo_is_quick_to_load(project: Path) -> None:
    """Neither copier, pytest nor pydantic is needed to bring a file back."""
    program = "import roadmap_cli.cli.undo, roadmap_cli.cli.reset, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not {"copier", "pytest", "pydantic", "yaml", "httpx", "jinja2"} & set(loaded)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_workspace_is_said(roadmap: Roadmap, project: Path) -> None:
    """Without a snapshot nothing is changed."""
    write(project, {"main.py": "mine\n"})
    (project.parent / ".roadmap").chmod(0o500)
    said = roadmap("reset", "main.py")

    assert said.status == 2
    assert "Nothing was changed, because what is there could not be kept first" in said.err
