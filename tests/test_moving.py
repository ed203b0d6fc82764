"""Export and import: everything comes back byte for byte, nothing is overwritten, and a hostile file gets nowhere."""

from __future__ import annotations

import copy
import json
import os
import random
import socket
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roadmap_cli import manifests
from roadmap_cli.attempts import HintShown
from roadmap_cli.errors import ArchiveError
from roadmap_cli.exporting import CONTENT, MANIFEST, export
from roadmap_cli.importing import unpack
from roadmap_cli.leaving import Choice
from roadmap_cli.manifests import File, Folder, LeftOut, Link, Manifest, Reason
from roadmap_cli.workspace import Workspace
from tests.small_pack import learners_project
from tests.test_under_fire import Fire, fire

__all__ = ["fire"]

AT = "2026-03-01T09:30:00+00:00"
SEED = 20260302
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither such links nor such modes")

Tree = dict[str, tuple[str, int, bytes]]


def tree(root: Path, without: tuple[str, ...] = ()) -> Tree:
    """Every path below *root*: its kind, its mode, and its content."""
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name in without or ".roadmap/locks" in name:
            continue
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            found[name] = ("link", 0, os.readlink(path).encode())
        elif path.is_dir():
            found[name] = ("folder", mode, b"")
        else:
            found[name] = ("file", mode, path.read_bytes())
    return found


def hint(rung: int, at: str = AT) -> HintShown:
    return HintShown(at=at, phase="library-api", requirement="http.created", rung=rung)


def write(path: Path, content: str | bytes = "x", mode: int | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if mode is not None:
        path.chmod(mode)
    return path


def git(folder: Path, *words: str) -> str:
    settings = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    return subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def learner(tmp_path: Path) -> Workspace:
    """A workspace with a project, a history, evidence, a pristine rendering and a snapshot."""
    workspace = Workspace.create(tmp_path / "learner")
    project = learners_project(workspace.root / "library-api")
    write(project / "main.py", "print('hello')\n")
    write(project / "run.sh", "#!/bin/sh\n", 0o755)
    workspace.record(hint(1))
    workspace.keep_report("library-api", json.dumps({"at": AT}))
    write(workspace.base("library-api") / "main.py", "print('hello')\n")
    write(workspace.folder / "snapshots" / "objects" / "ab", "old")
    return workspace


def exported(workspace: Workspace, choice: Choice | None = None, name: str = "export.zip") -> Path:
    file = workspace.root.parent / name
    file.unlink(missing_ok=True)
    return export(workspace, file, choice).path


def left_out(file: Path) -> dict[str, Reason]:
    with zipfile.ZipFile(file) as archive:
        return {each.path: each.reason for each in manifests.read(archive.read(MANIFEST)).left_out}


# There and back


def test_everything_is_there_as_before(learner: Workspace, tmp_path: Path) -> None:
    """History, evidence, pristine rendering, snapshots, projects: into a new folder, byte for byte."""
    done = unpack(exported(learner), tmp_path / "other" / "machine")

    assert tree(learner.root) == tree(done.root)
    assert (9, 1, False) == (done.files, done.entries, done.merged)
    assert learner.history() == Workspace.find(done.root).history()


@posix
def test_any_workspace_survives_the_way(tmp_path: Path) -> None:
    """Random trees: binary files, modes, empty and read-only folders, links, names with spaces and umlauts."""
    chance = random.Random(SEED)
    for number in range(40):
        workspace = Workspace.create(tmp_path / str(number) / "from")
        for _ in range(chance.randrange(4)):
            workspace.record(hint(chance.randrange(3)))
        project = learners_project(workspace.root / chance.choice(("library-api", "work/lib", "Übung 1")))
        _grow(project, chance, depth=3)
        before = tree(workspace.root)
        done = unpack(exported(workspace), tmp_path / str(number) / "to")

        assert before == tree(done.root), f"seed {SEED}, workspace {number}"
        assert before == tree(workspace.root), f"seed {SEED}, workspace {number}"
        for path in (*workspace.root.rglob("*"), *done.root.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)


def _grow(folder: Path, chance: random.Random, depth: int) -> None:
    for _ in range(chance.randrange(1, 6)):
        path = folder / "".join(chance.choices("abcäöß éX_-.$'\"#", k=chance.randrange(3, 12))).strip(". ")
        if path == folder or os.path.lexists(path) or path.name.startswith(".env"):
            continue
        match chance.choice(("file", "file", "folder", "link", "empty")):
            case "file":
                write(path, chance.randbytes(chance.choice((0, 1, 100, 70_000))), chance.choice((0o644, 0o755, 0o400)))
            case "folder" if depth:
                path.mkdir()
                _grow(path, chance, depth - 1)
                path.chmod(chance.choice((0o755, 0o700, 0o555)))
            case "link":
                path.symlink_to(chance.choice(("roadmap.toml", "nowhere/at/all")))
            case _:
                path.mkdir()


def test_the_same_state_makes_the_same_file(learner: Workspace) -> None:
    """Whenever it is made."""
    first = exported(learner).read_bytes()
    os.utime(learner.root / "library-api" / "main.py", (0, 0))

    assert first == exported(learner).read_bytes()


def test_a_repository_comes_along_with_its_history(learner: Workspace, tmp_path: Path) -> None:
    """Empty folders in .git are part of it: without them Git does not know it again."""
    project = learner.root / "library-api"
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "Begin")
    done = unpack(exported(learner), tmp_path / "to")

    assert "Begin" in git(done.root / "library-api", "log", "--format=%s")
    assert "" == git(done.root / "library-api", "status", "--porcelain")


def test_a_project_that_is_its_own_workspace(tmp_path: Path) -> None:
    """Its export lies in it, and is not part of the next one."""
    workspace = Workspace.create(learners_project(tmp_path / "alone"))
    first = export(workspace, workspace.root / "roadmap-export-2026-03-01.zip")
    second = export(workspace, workspace.root / "roadmap-export-2026-03-02.zip")

    assert first.manifest.files == second.manifest.files
    done = unpack(second.path, tmp_path / "to")
    assert ["roadmap.toml"] == [path.name for path in done.root.iterdir() if path.name != ".roadmap"]


# What stays behind


def test_what_can_be_built_anew_and_secrets_stay_behind(learner: Workspace) -> None:
    """Environments, caches, .env files, what .gitignore says, locks, databases: each with its reason."""
    project = learner.root / "library-api"
    write(project / "env-3.12" / "pyvenv.cfg")
    write(project / "node_modules" / "a" / "index.js")
    write(project / "app" / "__pycache__" / "a.pyc")
    write(project / ".env", "SECRET=1")
    write(project / ".env.production", "SECRET=1")
    write(project / ".env.example", "SECRET=")
    write(project / ".gitignore", "*.db\n!keep.db\n/logs/\n")
    write(project / "app" / ".gitignore", "!here.db\n")
    for name in ("lib.db", "keep.db", "app/here.db", "logs/a.log", "app/logs/b.log"):
        write(project / name)
    write(learner.folder / "data" / "library-api" / "database.dump")
    write(learner.folder / "locks" / "history.lock")
    write(learner.folder / ".attempts.jsonl.1.new")
    found = left_out(file := exported(learner))

    assert {
        "library-api/env-3.12": Reason.REBUILT,
        "library-api/node_modules": Reason.REBUILT,
        "library-api/app/__pycache__": Reason.REBUILT,
        "library-api/.env": Reason.SECRET,
        "library-api/.env.production": Reason.SECRET,
        "library-api/lib.db": Reason.IGNORED,
        "library-api/logs": Reason.IGNORED,
        ".roadmap/data": Reason.DATA,
    } == found
    with zipfile.ZipFile(file) as archive:
        names = {name.removeprefix(CONTENT) for name in archive.namelist()}
    assert {f"library-api/{name}" for name in (".env.example", "keep.db", "app/here.db", "app/logs/b.log")} <= names
    assert not [name for name in names if "locks" in name or name.endswith(".new")]


def test_it_may_be_taken_along(learner: Workspace) -> None:
    """By choice: what is ignored, and databases; never what can be built anew."""
    write(learner.root / "library-api" / ".env", "SECRET=1")
    write(learner.root / "library-api" / ".venv" / "pyvenv.cfg")
    write(learner.folder / "data" / "library-api" / "database.dump")

    assert {"library-api/.venv"} == set(left_out(exported(learner, Choice(ignored=True, data=True))))


def test_what_git_tracks_is_never_left_behind(learner: Workspace, tmp_path: Path) -> None:
    """Whatever .gitignore says since; a tracked file in an ignored folder too."""
    project = learner.root / "library-api"
    write(project / "build" / "made.js", "kept")
    write(project / "build" / "other.js", "not")
    write(project / ".gitignore", "build/\n")
    git(project, "init", "-q")
    git(project, "add", "-f", "build/made.js")
    done = unpack(exported(learner), tmp_path / "to")

    assert (done.root / "library-api" / "build" / "made.js").read_text() == "kept"
    assert not (done.root / "library-api" / "build" / "other.js").exists()


@posix
def test_links_that_lead_out_and_what_is_no_file_stay_behind(learner: Workspace) -> None:
    """Also by a detour; a socket; a name that is no text."""
    project = learner.root / "library-api"
    for name, target in {
        "passwd": "/etc/passwd",
        "up": "../../x",
        "round": "app/../../../x",
        "fine": "main.py",
    }.items():
        (project / name).symlink_to(target)
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(project / "socket"))
    write(Path(os.fsdecode(os.fsencode(project) + b"/na\xffme")))

    assert {
        "library-api/passwd": Reason.OUTSIDE,
        "library-api/up": Reason.OUTSIDE,
        "library-api/round": Reason.OUTSIDE,
        "library-api/socket": Reason.SPECIAL,
        "library-api/na\\udcffme": Reason.NAME,
    } == left_out(exported(learner))


def test_a_broken_roadmap_toml_does_not_keep_a_project_back(learner: Workspace, tmp_path: Path) -> None:
    """An export is what somebody makes before they mend things."""
    write(learner.root / "library-api" / "roadmap.toml", "[[[")

    assert (unpack(exported(learner), tmp_path / "to").root / "library-api" / "main.py").is_file()


def test_a_pack_inside_the_workspace_comes_along(tmp_path: Path) -> None:
    """Relative to the workspace; one outside is a reference, and its absence is told."""
    inside = Workspace.create(tmp_path / "a", "packs/mine")
    write(inside.root / "packs" / "mine" / "curriculum" / "curriculum.yaml", "title: Mine\n")
    outside = Workspace.create(tmp_path / "b", str(tmp_path / "elsewhere"))

    there = unpack(exported(inside, name="a.zip"), tmp_path / "to-a")
    assert ("", "packs/mine") == (there.pack_missing, Workspace.find(there.root).pack)
    assert str(tmp_path / "elsewhere") == unpack(exported(outside, name="b.zip"), tmp_path / "to-b").pack_missing


def test_a_file_that_is_there_is_left_as_it_is(learner: Workspace, tmp_path: Path) -> None:
    """An older export may be the only copy of something."""
    file = write(tmp_path / "old.zip", "old")

    with pytest.raises(ArchiveError, match="is there already") as error:
        export(learner, file)
    assert "Name another" in error.value.hint
    assert "old" == file.read_text()
    with pytest.raises(ArchiveError, match="There is no folder"):
        export(learner, tmp_path / "nowhere" / "x.zip")


def test_what_cannot_be_written_leaves_no_file(
    learner: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, in words."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left on device") as error:
        export(learner, tmp_path / "x.zip")
    assert "a disk with room" in error.value.hint
    assert not [path for path in tmp_path.iterdir() if path.name != "learner"]


def test_too_much_is_said_before_anything_is_written(
    learner: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the largest file, which is the one to look at."""
    write(learner.root / "library-api" / "film.bin", bytes(3000))
    monkeypatch.setattr("roadmap_cli.exporting.MAX_BYTES", 2000)

    with pytest.raises(ArchiveError, match="too much for one file") as error:
        export(learner, tmp_path / "x.zip")
    assert "library-api/film.bin" in error.value.hint


# Into a workspace that exists


def test_histories_become_one(learner: Workspace, tmp_path: Path) -> None:
    """What both had in common stays once; both went on; the order is that of time."""
    other = unpack(exported(learner), tmp_path / "other")
    machine = Workspace.find(other.root)
    learner.record(hint(2, "2026-03-02T09:00:00+00:00"))
    machine.record(hint(3, "2026-03-03T09:00:00+00:00"))
    learner.record(hint(1, "2026-03-04T09:00:00+00:00"))
    done = unpack(exported(learner), machine.root)

    assert [1, 2, 3, 1] == [each.rung for each in machine.history().entries if isinstance(each, HintShown)]
    assert (0, 2, True) == (done.files, done.entries, done.merged)
    assert (0, 0) == ((again := unpack(exported(learner), machine.root)).files, again.entries)


def test_damaged_lines_are_kept_too(learner: Workspace, tmp_path: Path) -> None:
    """They are told, and stay in the file: somebody may mend them."""
    machine = Workspace.create(tmp_path / "other")
    machine.record(hint(2))
    with learner.attempts.open("ab") as stream:
        stream.write(b'{"v":2,"torn')
    unpack(exported(learner), machine.root)

    assert b'{"v":2,"torn\n' in machine.attempts.read_bytes()
    assert 2 == len(machine.history().entries)
    assert 1 == len(machine.history().damage)


def test_a_project_that_is_missing_is_added(learner: Workspace, tmp_path: Path) -> None:
    """One phase begun here, the other there."""
    machine = Workspace.create(tmp_path / "other")
    write(machine.root / "shop" / "roadmap.toml", 'phase = "shop"\n')
    done = unpack(exported(learner), machine.root)

    assert {"library-api", "shop"} == {path.name for path in machine.project_folders()}
    assert (machine.root / "library-api" / "run.sh").stat().st_mode & 0o111
    assert (done.files, done.entries) == (7, 1)


@posix
@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("library-api/main.py", lambda path: path.write_text("mine")),
        ("library-api/main.py", lambda path: (path.unlink(), path.symlink_to("/etc/passwd"))),
        ("library-api/main.py", lambda path: (path.unlink(), path.mkdir())),
        (".roadmap/base/library-api/main.py", lambda path: path.write_text("mine")),
    ],
)
def test_nothing_of_the_learners_is_overwritten(
    learner: Workspace, tmp_path: Path, path: str, change: Callable[[Path], object]
) -> None:
    """One difference, and nothing at all is written; what to do instead is said, twice."""
    file = exported(learner)
    machine = Workspace.find(unpack(file, tmp_path / "other").root)
    change(machine.root / path)
    (machine.root / "library-api" / "run.sh").unlink()
    before = tree(machine.root)

    with pytest.raises(ArchiveError, match="would be overwritten") as error:
        unpack(file, machine.root)
    assert path in error.value.message
    assert "--into another-folder" in error.value.hint
    assert "--only-history" in error.value.hint
    assert before == tree(machine.root)


@posix
def test_nothing_is_written_through_a_link(learner: Workspace, tmp_path: Path) -> None:
    """The learner's project may be a link to somewhere else: that is theirs."""
    machine = Workspace.create(tmp_path / "other")
    (tmp_path / "elsewhere").mkdir()
    (machine.root / "library-api").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ArchiveError, match="1 of your files here would be overwritten: library-api"):
        unpack(exported(learner), machine.root)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_the_history_alone(learner: Workspace, tmp_path: Path) -> None:
    """Where code travels by Git: progress and evidence are taken over, files stay as they are."""
    machine = Workspace.create(tmp_path / "other")
    write(machine.root / "library-api" / "main.py", "mine")
    done = unpack(exported(learner), machine.root, only_history=True)

    assert 1 == done.entries
    assert "mine" == (machine.root / "library-api" / "main.py").read_text()
    assert machine.last_report("library-api") == learner.last_report("library-api")
    assert not (machine.root / "library-api" / "run.sh").exists()
    with pytest.raises(ArchiveError, match="is no workspace"):
        unpack(exported(learner), tmp_path / "new", only_history=True)


@pytest.mark.parametrize(
    ("mine", "kept"), [("2026-02-01T00:00:00+00:00", "theirs"), ("2026-04-01T00:00:00+00:00", "mine")]
)
def test_of_two_pieces_of_evidence_the_later_one_is_kept(
    learner: Workspace, tmp_path: Path, mine: str, kept: str
) -> None:
    """It is what `show` tells about the last check."""
    machine = Workspace.create(tmp_path / "other")
    machine.keep_report("library-api", json.dumps({"at": mine}))
    unpack(exported(learner), machine.root)

    assert {"mine": mine, "theirs": AT}[kept] in str(machine.last_report("library-api"))


def test_snapshots_here_stay(learner: Workspace, tmp_path: Path) -> None:
    """They are about the files here; those of the other machine stay in its export, which is said."""
    machine = Workspace.create(tmp_path / "other")
    write(machine.folder / "snapshots" / "objects" / "cd", "mine")
    done = unpack(exported(learner), machine.root)

    assert done.snapshots_kept
    assert ["cd"] == [path.name for path in (machine.folder / "snapshots" / "objects").iterdir()]


def test_workspaces_of_two_curricula_stay_apart(learner: Workspace, tmp_path: Path) -> None:
    """Their histories speak of different things."""
    machine = Workspace.create(tmp_path / "other", "/somewhere/else")

    with pytest.raises(ArchiveError, match="learns from the curriculum /somewhere/else, the export from the bundled"):
        unpack(exported(learner), machine.root)


# Where it goes


def test_a_folder_that_holds_something_else_is_left_alone(learner: Workspace, tmp_path: Path) -> None:
    """But the export itself may lie in it."""
    file = exported(learner)
    (tmp_path / "to").mkdir()
    inside = write(tmp_path / "to" / "export.zip", file.read_bytes())
    unpack(inside, tmp_path / "to")
    write(tmp_path / "full" / "notes.txt")

    with pytest.raises(ArchiveError, match=r"neither empty nor a workspace.*it holds notes\.txt") as error:
        unpack(file, tmp_path / "full")
    assert "--into DIR" in error.value.hint
    assert ["notes.txt"] == [path.name for path in (tmp_path / "full").iterdir()]


def test_a_file_in_its_place_is_said(learner: Workspace, tmp_path: Path) -> None:
    """A folder cannot be made there."""
    with pytest.raises(ArchiveError, match="is no folder"):
        unpack(exported(learner), write(tmp_path / "file"))


def test_a_disk_without_room_is_said_first(learner: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of it, not even the folder."""
    usage = type("Usage", (), {"free": 1 << 20})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)

    with pytest.raises(ArchiveError, match="1 MB are free"):
        unpack(exported(learner), tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_what_the_system_refuses_is_said(learner: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a full disk does in the middle; nothing is left."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(ArchiveError, match=r"could not be unpacked into .*: No space left") as error:
        unpack(exported(learner), tmp_path / "to")
    monkeypatch.undo()
    assert "Nothing of yours was overwritten" in error.value.hint
    assert not (tmp_path / "to").exists()


@pytest.mark.slow
@posix
def test_killed_at_any_line_it_can_be_done_again(learner: Workspace, tmp_path: Path, fire: Fire) -> None:
    """Importing once more goes on where it ended; at the end all is there, and nothing else."""
    file = exported(learner)
    expected = tree(learner.root)
    died, lines = True, 0
    while died:
        target = tmp_path / f"to{lines}"
        died = fire.kill("while importing", target, file=str(file), lines=lines)["died"]
        unpack(file, target)
        assert expected == tree(target), f"killed before line {lines}"
        lines += 2
    assert lines > 400


@pytest.mark.slow
@posix
def test_killed_while_it_is_added_to_a_workspace_nothing_is_lost(
    learner: Workspace, tmp_path: Path, fire: Fire
) -> None:
    """What was here stays at every moment, and once more completes it."""
    file = exported(learner)
    died, lines = True, 0
    while died:
        machine = Workspace.create(tmp_path / f"to{lines}")
        mine = write(machine.root / "shop" / "roadmap.toml", 'phase = "shop"\n')
        machine.record(hint(2))
        died = fire.kill("while importing", machine.root, file=str(file), lines=lines)["died"]

        assert mine.is_file()
        assert hint(2) in machine.history().entries
        unpack(file, machine.root)
        assert [2, 1] == [each.rung for each in machine.history().entries if isinstance(each, HintShown)]
        assert machine.root.joinpath("library-api", "run.sh").is_file()
        assert {".roadmap", "library-api", "shop"} == {path.name for path in machine.root.iterdir()}
        lines += 7
    assert lines > 300


# Hostile and broken files

FILE = File(path="a.py", size=1, sha256="2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", mode=0o644)
GOOD = Manifest(roadmap="0.1.0", pack="bundled", files=(FILE,))


def archive(path: Path, manifest: str, contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in contents.items():
            made.writestr(name, content)
        made.writestr(MANIFEST, manifest)
    return path


def refused(file: Path, target: Path) -> ArchiveError:
    """Why it is; nothing was written."""
    above = tree(target.parent)
    with pytest.raises(ArchiveError) as error:
        unpack(file, target)
    assert above == tree(target.parent)
    assert error.value.hint
    return error.value


def test_the_simplest_export_is_accepted(tmp_path: Path) -> None:
    """So that what is refused below is refused for its own sake."""
    file = archive(tmp_path / "x.zip", GOOD.to_json(), {"workspace/a.py": b"x"})

    assert "x" == (unpack(file, tmp_path / "to").root / "a.py").read_text()


@pytest.mark.parametrize("path", ["/etc/a", "../a", "a/../../b", "", "a//b", "./a", "a/.", "a/", "nul\0byte"], ids=repr)
def test_paths_that_could_lead_out_are_refused(tmp_path: Path, path: str) -> None:
    """As a file, as a folder, as a link."""
    bad: tuple[dict[str, Any], ...] = (
        {"files": (replace(FILE, path=path),)},
        {"files": (), "folders": (Folder(path=path, mode=0o755),)},
        {"files": (), "links": (Link(path=path, target="a"),)},
    )
    for number, parts in enumerate(bad):
        made = replace(GOOD, **parts)
        file = archive(
            tmp_path / f"{number}.zip", made.to_json(), {f"workspace/{each.path}": b"x" for each in made.files}
        )
        assert "could lead out of the folder" in refused(file, tmp_path / "to").message


@pytest.mark.parametrize("target", ["/etc/passwd", "..", "../x", "a/../../x", "a/..", "", "deep/link/../../../etc"])
def test_links_that_lead_out_are_refused(tmp_path: Path, target: str) -> None:
    """Also those that would only by the help of another link."""
    made = replace(GOOD, files=(), links=(Link(path="l", target=target),))

    assert (
        "leads out of the folder" in refused(archive(tmp_path / "x.zip", made.to_json(), {}), tmp_path / "to").message
    )


def test_nothing_lies_below_a_link_or_a_file(tmp_path: Path) -> None:
    """A file written "through" a link would land wherever it leads."""
    below = replace(FILE, path="l/a.py")
    for parts in ({"links": (Link(path="l", target="b"),)}, {"folders": ()}):
        made = replace(GOOD, files=(below,), **parts)
        file = archive(tmp_path / "x.zip", made.to_json(), {"workspace/l/a.py": b"x"})
        assert "not as part of a folder" in refused(file, tmp_path / "to").message


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o1777, -1, True, "644", 0o100644])
def test_modes_are_permissions_alone(tmp_path: Path, mode: object) -> None:
    """No setuid, no devices."""
    made = json.loads(GOOD.to_json())
    made["files"][0]["mode"] = mode
    file = archive(tmp_path / "x.zip", json.dumps(made), {"workspace/a.py": b"x"})

    assert "manifest is not right (mode)" in refused(file, tmp_path / "to").message.replace("'", "")


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({}, "'workspace/a.py' is missing in it"),
        ({"workspace/a.py": b"xx"}, "'workspace/a.py' is not as its manifest says"),
        ({"workspace/a.py": b"y"}, "a.py is damaged in"),
        ({"workspace/a.py": b"x", "workspace/b.py": b"x"}, "'workspace/b.py' is not as its manifest says"),
        ({"workspace/a.py": b"x", "../b.py": b"x"}, "'../b.py' is not as its manifest says"),
        ({"workspace/a.py": b"x", "/etc/b.py": b""}, "'/etc/b.py' is not as its manifest says"),
    ],
)
def test_what_the_zip_holds_is_what_the_manifest_lists(tmp_path: Path, contents: dict[str, bytes], said: str) -> None:
    """Nothing missing, nothing more, each as large, each with its digest."""
    assert said in refused(archive(tmp_path / "x.zip", GOOD.to_json(), contents), tmp_path / "to").message


def test_names_stand_once(tmp_path: Path) -> None:
    """In the ZIP and in the manifest: otherwise what is looked at is not what is unpacked."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        made.writestr("workspace/a.py", b"x")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("workspace/a.py", b"x")
        made.writestr(MANIFEST, GOOD.to_json())
    assert "'workspace/a.py' twice" in refused(tmp_path / "x.zip", tmp_path / "to").message

    twice = replace(GOOD, files=(FILE, FILE))
    file = archive(tmp_path / "y.zip", twice.to_json(), {"workspace/a.py": b"x"})
    assert "'a.py' twice" in refused(file, tmp_path / "to").message


def test_bombs_are_refused_by_what_they_say(tmp_path: Path) -> None:
    """Size and number are known before anything is unpacked."""
    huge = replace(GOOD, files=(replace(FILE, size=1 << 50),))
    file = archive(tmp_path / "x.zip", huge.to_json(), {"workspace/a.py": b"x"})
    assert "Unpacked it would take 1073741824 MB, more than 4096" in refused(file, tmp_path / "to").message

    many = replace(GOOD, files=(), folders=tuple(Folder(path=str(n), mode=0o755) for n in range(200_001)))
    file = archive(tmp_path / "y.zip", many.to_json(), {})
    assert "200001 files and folders" in refused(file, tmp_path / "to").message


def test_bombs_are_refused_by_what_they_do(tmp_path: Path) -> None:
    """A file that says it is small and is not: no more than it says is ever unpacked."""
    file = archive(tmp_path / "x.zip", GOOD.to_json(), {"workspace/a.py": bytes(10 << 20)})
    content = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as made:
        directory = made.start_dir
    content[directory + 24 : directory + 28] = (1).to_bytes(4, "little")
    content[22:26] = (1).to_bytes(4, "little")
    file.write_bytes(content)

    assert "damaged" in refused(file, tmp_path / "to").message


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packed_otherwise_is_refused(tmp_path: Path, method: int) -> None:
    """We write only DEFLATE, so nothing else is ours."""
    file = archive(tmp_path / "x.zip", GOOD.to_json(), {"workspace/a.py": b"x"}, method)

    assert "packed in a way that no export is" in refused(file, tmp_path / "to").message


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("", "manifest is not JSON"),
        ("[]", "manifest is not right"),
        ("[" * 100_000, "manifest is not right"),
        ("{}", "manifest is not right ('format')"),
        ('{"format": "1"}', "does not say its format"),
        ('{"format": 0}', "does not say its format"),
        ('{"format": 1, "roadmap": "0", "pack": 7}', "manifest is not right (pack)"),
        ('{"format": 1, "roadmap": "0", "pack": "bundled", "files": {}}', "a list is missing"),
        ('{"format": 1, "roadmap": "0", "pack": "bundled", "files": [7]}', "manifest is not right"),
    ],
)
def test_a_manifest_that_is_not_right_is_said(tmp_path: Path, manifest: str, said: str) -> None:
    """In a sentence."""
    assert said in refused(archive(tmp_path / "x.zip", manifest, {}), tmp_path / "to").message


def test_a_newer_format_is_said_with_what_to_do(tmp_path: Path) -> None:
    """Nothing of it is guessed at."""
    error = refused(archive(tmp_path / "x.zip", '{"format": 2}', {}), tmp_path / "to")

    assert "made by a newer roadmap. It has format 2; this roadmap knows 1." in error.message
    assert "pip install --upgrade" in error.hint


def test_what_is_no_export_is_said(tmp_path: Path) -> None:
    """A text, an empty file, somebody's ZIP, a folder, nothing at all."""
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as made:
        made.writestr("beach.jpg", b"")
    for name in ("holiday.zip", "text", "empty"):
        if name != "holiday.zip":
            write(tmp_path / name, name.removeprefix("empty"))
        assert "is no export of roadmap" in refused(tmp_path / name, tmp_path / "to").message
    assert "cannot be read: Is a directory" in refused(tmp_path, tmp_path / "new" / "to").message
    assert "cannot be read: No such file" in refused(tmp_path / "nowhere", tmp_path / "to").message


def test_cut_off_anywhere_it_is_refused(learner: Workspace, tmp_path: Path) -> None:
    """As after a download that broke off."""
    content = exported(learner).read_bytes()
    for size in {4, len(content) // 2, len(content) - 1, *range(100, len(content), 211)}:
        error = refused(write(tmp_path / "cut.zip", content[:size]), tmp_path / "to")
        assert "cut off" in error.message, size
        assert "Copy it once more" in error.hint


def test_a_flipped_byte_anywhere_is_refused_or_means_nothing(learner: Workspace, tmp_path: Path) -> None:
    """Either nothing is written, or everything is right: the byte stood where a ZIP says what we do not read."""
    content = exported(learner).read_bytes()
    expected = tree(learner.root)
    chance = random.Random(SEED)
    accepted = 0
    for number in range(400):
        at = chance.randrange(len(content))
        flipped = content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
        file = write(tmp_path / "flipped.zip", flipped)
        try:
            done = unpack(file, tmp_path / "to" / str(number))
        except ArchiveError:
            assert not (tmp_path / "to" / str(number)).exists(), f"seed {SEED}, byte {at}"
            continue
        accepted += 1
        assert expected == tree(done.root), f"seed {SEED}, byte {at}"
    assert accepted < 200


def test_any_manifest_is_refused_in_words_or_stays_inside(tmp_path: Path) -> None:
    """Nasty values in random places: never an accident, never anything outside."""
    chance = random.Random(SEED)
    nasty: tuple[object, ...] = (
        "\ud800", "\udcff", "a\0", "../x", "/x", "~nobody/x", "\x1b[2J", "x" * 300, "", 7, -1, 1e9, None, True, [], {},
        [[]], {"path": "a"}, "a.py", "a.py/b", 1 << 70,
    )  # fmt: skip
    refusals = 0
    for number in range(600):
        whole = replace(GOOD, folders=(Folder(path="d", mode=0o700),), links=(Link(path="l", target="d"),),
                        left_out=(LeftOut(path=".env", reason=Reason.SECRET),), pack="p")  # fmt: skip
        document = json.loads(whole.to_json())
        for _ in range(chance.randrange(1, 3)):
            _spoil(document, chance, nasty)
        content = {"workspace/a.py": b"x"}
        file = archive(tmp_path / "x.zip", json.dumps(document), content)
        target = tmp_path / "inside" / str(number)
        try:
            unpack(file, target)
        except ArchiveError:
            refusals += 1
            assert not target.exists(), f"seed {SEED}, {number}: {document}"
    assert 300 < refusals < 600
    assert {"inside", "x.zip"} == {path.name for path in tmp_path.iterdir()}


def _spoil(document: Any, chance: random.Random, nasty: tuple[object, ...]) -> None:
    """Put something nasty somewhere in the document."""
    keys: list[Any] = list(document) if isinstance(document, dict) else list(range(len(document)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(document[key], (dict, list)) and chance.random() < 0.9:
        _spoil(document[key], chance, nasty)
    else:
        document[key] = copy.deepcopy(chance.choice(nasty))


@pytest.mark.parametrize("name", ["CON", "aux.py", "a:b", "a?", "trailing.", "com1.txt", "back\\slash"])
def test_names_that_windows_cannot_hold_are_said_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Before anything is written; elsewhere they are names like any other."""
    file = archive(
        tmp_path / "x.zip", replace(GOOD, files=(replace(FILE, path=name),)).to_json(), {f"workspace/{name}": b"x"}
    )
    monkeypatch.setattr(sys, "platform", "win32")
    error = refused(file, tmp_path / "to")

    assert "Windows cannot hold a file called" in error.message
    assert "Rename it" in error.hint
    monkeypatch.undo()
    if os.name != "nt":
        assert (unpack(file, tmp_path / "to").root / name).is_file()


def test_names_that_differ_only_in_capitals_are_said_where_that_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS and Windows one would overwrite the other."""
    made = replace(GOOD, files=(FILE, replace(FILE, path="A.py")))
    file = archive(tmp_path / "x.zip", made.to_json(), {"workspace/a.py": b"x", "workspace/A.py": b"x"})
    monkeypatch.setattr(sys, "platform", "darwin")

    assert "only in capital letters" in refused(file, tmp_path / "to").message


def test_every_link_that_is_accepted_stays_inside(tmp_path: Path) -> None:
    """Random targets through random links: resolved by the system, none leaves the folder."""
    chance = random.Random(SEED)
    top = tmp_path / "top"
    places = ("l", "a/l", "a/b/l", "a/b/m", "m")
    for number in range(300):
        root = top / str(number)
        (root / "a" / "b").mkdir(parents=True)
        for place in places:
            target = "/".join(chance.choices(("..", "a", "b", "l", "m", "c"), k=chance.randrange(1, 6)))
            if manifests.stays_inside(place, target):
                (root / place).symlink_to(target)
        for place in places:
            if os.path.lexists(root / place):
                where = Path(os.path.realpath(root / place))
                assert where.is_relative_to(root), f"seed {SEED}: {place} in {number}"


def test_a_manifest_survives_its_text() -> None:
    """Written and read it is the same."""
    whole = Manifest(
        roadmap="1", pack="../p", files=(FILE,), folders=(Folder(path="ä", mode=0o700),),
        links=(Link(path="ä/l", target="../a.py"),), left_out=(LeftOut(path=".env", reason=Reason.SECRET),),
    )  # fmt: skip

    assert whole == manifests.read(whole.to_json())
