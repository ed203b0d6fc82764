"""The commands that keep things: old names understood, damage told, export and import from the arguments to the exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from roadmap_cli.attempts import GaveUp, HintShown
from roadmap_cli.importing import Imported
from roadmap_cli.manifests import File, LeftOut, Manifest, Reason
from roadmap_cli.packs import Pack
from roadmap_cli.validation import validate
from roadmap_cli.views.ink import plain
from roadmap_cli.views.messages import renamed_page
from roadmap_cli.views.moving import exported_page, imported_page, megabytes
from roadmap_cli.workspace import Workspace
from tests.recorded import SOME_FAILED
from tests.small_pack import learners_project, small_pack
from tests.test_cli import Examiner, Roadmap, examiner, pack, roadmap, surroundings, workspace

__all__ = ["examiner", "pack", "roadmap", "surroundings", "workspace"]

AT = "2026-03-01T09:30:00+00:00"


@pytest.fixture
def newer(tmp_path: Path, workspace: Workspace) -> Workspace:
    """The workspace with a newer curriculum: http.created is http.made, books.search was split, books is catalogue."""
    root = small_pack(tmp_path / "newer")
    folder = root / "curriculum" / "library-api"
    http = json.loads((folder / "http.yaml").read_text())
    http["requirements"][1] |= {"id": "http.made", "renamed_from": ["http.created"]}
    (folder / "http.yaml").write_text(json.dumps(http), encoding="utf-8")
    books = json.loads((folder / "books.yaml").read_text())
    books |= {"id": "catalogue", "renamed_from": ["books"]}
    search = next(each for each in books["requirements"] if each["id"] == "books.search")
    search |= {"id": "books.search-text", "renamed_from": ["books.search"]}
    books["requirements"].append({**search, "id": "books.search-case"})
    for each in books["requirements"]:
        each["needs"] = ["http.made" if need == "http.created" else need for need in each["needs"]]
    (folder / "books.yaml").unlink()
    (folder / "catalogue.yaml").write_text(json.dumps(books), encoding="utf-8")
    phase = json.loads((root / "curriculum" / "library-api.yaml").read_text())
    phase["milestones"] = ["catalogue", "http"]
    (root / "curriculum" / "library-api.yaml").write_text(json.dumps(phase), encoding="utf-8")
    return Workspace.create(workspace.root, str(root))


# Old names


def test_points_survive_a_newer_curriculum(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What was passed under the old names is passed, in another order and other milestones."""
    roadmap("check")
    assert "20 of 22 points" in roadmap().words
    request.getfixturevalue("newer")
    said = roadmap()

    assert "22 of 24 points" in said.words  # the whole of books.search counts for both of its halves
    said = roadmap("show", "http.made")
    assert "Stands PASS" in said.words
    assert "" == said.err


def test_an_old_name_is_understood_and_the_new_one_said(roadmap: Roadmap, newer: Workspace, examiner: Examiner) -> None:
    """By every command that asks for one."""
    newer.record(HintShown(at=AT, phase="library-api", requirement="http.created", rung=1))
    newer.record(GaveUp(at=AT, phase="library-api", milestone="books"))
    told = "http.created is called http.made now."

    assert told in (said := roadmap("show", "http.created")).trouble
    assert "http.made" in said.words
    said = roadmap("hint", "http.created")
    assert told in said.trouble
    assert "Hint 2 of 3" in said.words
    assert (
        HintShown(at=newer.history().entries[-1].at, phase="library-api", requirement="http.made", rung=2)
        == (newer.history().entries[-1])
    )
    assert told in roadmap("check", "http.created").trouble
    assert examiner.asked[-1].requirements == ("http.made",)
    assert "books is called catalogue now." in roadmap("list", "books").trouble
    assert "books is called catalogue now." in (said := roadmap("solution", "books")).trouble
    assert said.status == 0  # given up under its old name


def test_what_was_split_is_checked_whole(roadmap: Roadmap, newer: Workspace, examiner: Examiner) -> None:
    """Elsewhere, one of the parts must be named."""
    said = roadmap("check", "books.search")

    assert "books.search is called books.search-text and books.search-case now." in said.trouble
    assert examiner.asked[-1].requirements == ("books.search-text", "books.search-case", "http.made")
    said = roadmap("hint", "books.search")
    assert said.status == 2
    assert "books.search has become books.search-text and books.search-case." in said.trouble
    assert "Name one of them, books.search-text for example." in said.trouble


def test_failed_looks_for_todays_names(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, request: pytest.FixtureRequest
) -> None:
    """The last check was written in those of yesterday."""
    examiner.events = SOME_FAILED
    roadmap("check")
    request.getfixturevalue("newer")
    roadmap("check", "--failed", "catalogue")

    assert {"books.search-text", "books.search-case"} <= set(examiner.asked[-1].requirements)


def test_nothing_is_said_about_names_of_today() -> None:
    """The usual case is silent."""
    assert () == renamed_page((("", "http.made"),))


def test_an_author_is_told_what_an_old_id_is_called(newer: Workspace) -> None:
    """In checks and in mistakes that still speak of it."""
    root = Path(newer.pack)
    checks = root / "checks" / "library-api"
    (checks / "reference" / "fastapi" / "roadmap.toml").write_text("", encoding="utf-8")
    (checks / "test_http.py").write_text(
        '@requirement("books.search")\ndef test_search():\n    """It is found."""\n', encoding="utf-8"
    )
    said = " ".join(str(fault) for fault in validate(Pack.load(root)))
    assert "It is called books.search-text and books.search-case now." in said

    (checks / "mistakes" / "wrong").mkdir(parents=True)
    expected = "summary: It is wrong in one way.\nfails: [http.created]\n"
    (checks / "mistakes" / "wrong" / "expected.yaml").write_text(expected, encoding="utf-8")
    said = " ".join(str(fault) for fault in validate(Pack.load(root)))
    assert "There is no requirement http.created. It is called http.made now." in said


# Damage


def test_the_doctor_tells_damage_with_its_lines(roadmap: Roadmap, workspace: Workspace) -> None:
    """It stands in nobody's way."""
    workspace.record(HintShown(at=AT, phase="library-api", requirement="http.created", rung=1))
    with workspace.attempts.open("ab") as stream:
        stream.write(b"?\n")
    said = roadmap("doctor").words
    assert "1 entries of history; line 2 is left out of attempts.jsonl, the rest counts" in said
    assert "Line 2: It is not JSON. Nothing needs to be done" in said

    with workspace.attempts.open("ab") as stream:
        stream.write(b"?\n" * 7)
    assert "lines 2, 3, 4, 5, 6 and 3 more are left out" in roadmap("doctor").words


def test_the_dashboard_tells_damage_in_words(roadmap: Roadmap, workspace: Workspace) -> None:
    """A line that a hand has changed does not count, and is told kindly."""
    workspace.record(HintShown(at=AT, phase="library-api", requirement="http.created", rung=1))
    workspace.attempts.write_bytes(workspace.attempts.read_bytes().replace(b'"rung":1', b'"rung":3'))
    said = roadmap().words

    assert "1 line of .roadmap/attempts.jsonl left out; the rest counts." in said
    assert "Line 1: It was changed after it was written: its checksum does not fit." in said


# Export and import


def test_a_state_moves_to_another_machine(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Export here, import there: the dashboard is the same."""
    roadmap("check")
    (workspace.root / "library-api" / ".env").write_text("SECRET=1", encoding="utf-8")
    before = roadmap().out
    said = roadmap("export")
    [file] = workspace.root.glob("roadmap-export-????-??-??.zip")

    assert said.status == 0
    assert file.name in said.words
    assert "library-api/.env (may hold secrets; --with-ignored takes it along)" in said.words
    assert f"roadmap import {file.name} --into DIR" in said.words
    monkeypatch.chdir(tmp_path)
    said = roadmap("import", str(file), "--into", "new place")
    assert said.status == 0
    assert "Unpacked" in said.out
    assert "6 files, 1 entry of history" in said.words
    assert "Not here library-api/.env (may hold secrets)" in said.words
    assert 'cd "new place"' in said.words
    monkeypatch.chdir(tmp_path / "new place")
    assert before == roadmap().out


def test_an_import_into_the_workspace_we_are_in(
    roadmap: Roadmap, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder below it too; the second time there is nothing to do."""
    other = Workspace.create(tmp_path / "other")
    learners_project(other.root / "shop")
    other.record(HintShown(at=AT, phase="shop", requirement="orders.create", rung=1))
    monkeypatch.chdir(other.root)
    roadmap("export", "../moved.zip", "--with-data", "--with-ignored")
    monkeypatch.chdir(workspace.root / "library-api")
    said = roadmap("import", str(tmp_path / "moved.zip"))

    assert "Added to your workspace" in said.out
    assert (workspace.root / "shop" / "roadmap.toml").is_file()
    assert "Nothing: all of it is here already." in roadmap("import", str(tmp_path / "moved.zip")).words
    other.record(HintShown(at=AT, phase="shop", requirement="orders.create", rung=2))
    monkeypatch.chdir(other.root)
    roadmap("export", "../later.zip")
    monkeypatch.chdir(workspace.root)
    said = roadmap("import", str(tmp_path / "later.zip"), "--only-history")
    assert "New 1 entry of history" in said.words


def test_what_cannot_be_is_an_error_of_the_users(roadmap: Roadmap, workspace: Workspace, tmp_path: Path) -> None:
    """Exit code 2, what happened, what to do."""
    said = roadmap("import", "nowhere.zip")
    assert said.status == 2
    assert "nowhere.zip cannot be read: No such file or directory." in said.trouble
    assert roadmap("export", "a.zip").status == 0
    said = roadmap("export", "a.zip")
    assert said.status == 2
    assert "is there already" in said.trouble


def test_an_export_needs_a_workspace(roadmap: Roadmap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to export elsewhere."""
    monkeypatch.chdir(tmp_path)

    assert "There is no workspace" in roadmap("export").trouble


FILES = tuple(File(path=f"p{n}/roadmap.toml", size=1, sha256="", mode=0o644) for n in range(2))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_reason_is_told_with_what_takes_it_along(width: int) -> None:
    """At every width, no line longer than it."""
    left = tuple(LeftOut(path=f"p0/{reason.value}{n}", reason=reason) for reason in Reason for n in range(6))
    manifest = Manifest(roadmap="1", pack="bundled", files=FILES, left_out=left)
    said = plain(exported_page(manifest, "/somewhere/roadmap.zip", 3 << 20), width)
    words = " ".join(said.split())

    assert max(map(len, said.splitlines())) <= width
    assert "3.0 MB" in words
    assert "your history and p0, p1: 2 files" in words
    for why in (
        "(may hold secrets; --with-ignored takes it along)",
        "(your .gitignore names it; --with-ignored takes it along)",
        "(databases of roadmap serve; --with-data takes it along)",
        "(can be built anew)",
        "(links that lead out of the workspace)",
        "(neither file nor folder)",
        "(names that are not UTF-8)",
    ):
        assert f"and 2 more {why}" in words


def test_what_an_import_left_as_it_was_is_told() -> None:
    """Snapshots of the other machine; a curriculum that is not here."""
    done = Imported(
        root=Path("/there"), missing=(), files=1, entries=2, merged=True, snapshots_kept=True, pack_missing="/a/pack"
    )
    said = " ".join(plain(imported_page(done, "", only_history=False), 80).split())

    assert "1 file, 2 entries of history" in said
    assert "Yours stay; those of the other machine are only in its export." in said
    assert "Your curriculum /a/pack is not on this machine." in said
    assert "write where it is into .roadmap/workspace.json." in said


@pytest.mark.parametrize(("size", "said"), [(0, "1 kB"), (5000, "4 kB"), (1 << 20, "1.0 MB"), (7 << 30, "7168.0 MB")])
def test_sizes_are_said_as_people_say_them(size: int, said: str) -> None:
    """No bytes."""
    assert said == megabytes(size)


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
@pytest.mark.parametrize("columns", [80, 120])
def test_it_is_drawn_as_wide_as_the_terminal(workspace: Workspace, columns: int) -> None:
    """In a real one: colours, and no line that breaks by itself."""
    for number in range(4):
        project = learners_project(workspace.root / f"a-project-with-a-long-name-{number}")
        (project / ".env").write_text("", encoding="utf-8")
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "roadmap_cli", "export", "moved.zip"]
    subprocess.run(command, cwd=workspace.root, env=environment, stdout=theirs, check=True)
    os.close(theirs)
    said = os.read(ours, 1 << 16).decode()
    os.close(ours)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines()

    assert "\x1b[" in said
    assert max(map(len, lines)) <= columns
