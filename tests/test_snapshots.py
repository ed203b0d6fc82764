"""Snapshots and undo: what a command found comes back byte for byte, and what cannot be is said."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roadmap_cli import changing, snapshots
from roadmap_cli.changing import Change, Order, Undone, bring_back_file, carry_out, differing, settle, undo
from roadmap_cli.errors import ProjectError, RoadmapError, WorkspaceError
from roadmap_cli.snapshots import Snapshot, Store
from roadmap_cli.trees import LARGEST, NOTHING, File, State, state_of
from roadmap_cli.workspace import Workspace
from tests.trees_on_disk import shape, write

AT = "2026-03-01T09:30:00+00:00"
FILES: dict[str, str | bytes] = {
    "p/app/main.py": "print('hello')\n",
    "p/app/Übung eins.py": "x = 1\r\ny = 2\r\n",
    "p/logo.png": b"\x89PNG\0\xff",
    "p/.env": "SECRET=1\n",
    "p/roadmap.toml": 'phase = "x"\n',
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.create(tmp_path / "ws")
    write(workspace.root, FILES)
    return workspace


def command(workspace: Workspace, files: dict[str, bytes | None], name: str = "reset x") -> Snapshot | None:
    """What any command does: files of the workspace become these contents, or go."""
    with workspace.changing():
        changes = [
            Change(
                path=path,
                seen=state_of(workspace.root / path),
                wanted=NOTHING if content is None else File(content=content).state,
                content=content or b"",
            )
            for path, content in files.items()
        ]
        return carry_out(Store(workspace), Order(command=name, at=AT, project="p"), changes)


def undone(workspace: Workspace, number: int | None = None) -> Undone:
    return undo(workspace, at=AT, cwd=workspace.root, number=number)


def objects(workspace: Workspace) -> list[Path]:
    return sorted(path for path in (workspace.folder / "snapshots" / "objects").rglob("*") if path.is_file())


def test_everything_comes_back(workspace: Workspace) -> None:
    """Texts, bytes, modes, links, names that are no UTF-8, empty folders; what the command added goes."""
    project = workspace.root / "p"
    (project / "run.sh").write_bytes(b"#!/bin/sh\n")
    (project / "run.sh").chmod(0o750)
    (project / "read-only").write_bytes(b"r")
    (project / "read-only").chmod(0o400)
    (project / "link").symlink_to("/nowhere/at all")
    (project / "empty").mkdir()
    odd = os.fsdecode(b"p/\xff\xfe name")
    (workspace.root / odd).write_bytes(b"odd")
    before = shape(workspace.root)

    paths = ["p/run.sh", "p/read-only", "p/link", odd, *FILES]
    command(workspace, {**dict.fromkeys(paths, b"new"), "p/empty/new": b"x", "p/a/b/c": b"y", "p/app/main.py": None})
    assert before != shape(workspace.root)
    done = undone(workspace)
    assert before == shape(workspace.root)
    assert {"p/empty/new", "p/a/b/c"} == set(done.removed)
    assert {*paths} == set(done.restored)


def test_a_second_undo_takes_the_first_back(workspace: Workspace) -> None:
    """Undo is a command like any other."""
    before = shape(workspace.root)
    command(workspace, {"p/app/main.py": b"new", "p/added": b"x", "p/logo.png": None})
    after = shape(workspace.root)

    undone(workspace)
    assert before == shape(workspace.root)
    undone(workspace)
    assert after == shape(workspace.root)
    undone(workspace)
    assert before == shape(workspace.root)


def test_undoing_an_older_one_undoes_all_since(workspace: Workspace) -> None:
    """A project that is half of the one and half of the other would be of no use."""
    before = shape(workspace.root)
    first = command(workspace, {"p/app/main.py": b"one", "p/one": b"1"})
    command(workspace, {"p/app/main.py": b"two", "p/two": b"2"})
    assert first is not None

    undone(workspace, first.id)
    assert before == shape(workspace.root)


def test_what_you_did_elsewhere_stays(workspace: Workspace) -> None:
    """Only paths that the command changed go back; folders that hold something of yours now stay."""
    command(workspace, {"p/app/main.py": b"new", "p/made/by/it": b"x"})
    write(workspace.root, {"p/mine.py": "mine", "p/made/mine.py": "mine", "p/.env": "SECRET=2\n"})

    undone(workspace)
    assert (workspace.root / "p/mine.py").read_text() == "mine"
    assert (workspace.root / "p/.env").read_text() == "SECRET=2\n"
    assert [path.name for path in (workspace.root / "p/made").iterdir()] == ["mine.py"]
    assert (workspace.root / "p/app/main.py").read_text() == FILES["p/app/main.py"]


def test_what_you_edited_since_is_kept_and_named(workspace: Workspace) -> None:
    """It goes into the snapshot of the undo, and the next undo brings it back."""
    command(workspace, {"p/app/main.py": b"new", "p/added": b"x", "p/logo.png": b"new"})
    write(workspace.root, {"p/app/main.py": "edited since", "p/added": "edited too"})
    done = undone(workspace)

    assert {"p/app/main.py", "p/added"} == set(done.edited)
    assert not (workspace.root / "p/added").exists()
    undone(workspace)
    assert (workspace.root / "p/app/main.py").read_text() == "edited since"
    assert (workspace.root / "p/added").read_text() == "edited too"


def test_one_file_comes_back_as_any_command_found_it(workspace: Workspace) -> None:
    """Whether the command changed it or not; a folder too; seen from where we stand or from the project."""
    command(workspace, {"p/logo.png": b"new"})
    write(workspace.root, {"p/app/main.py": "broken by the learner", "p/.env": "SECRET=2\n"})
    (workspace.root / "p/app/Übung eins.py").unlink()

    done = bring_back_file(workspace, "main.py", at=AT, cwd=workspace.root / "p/app", number=1)
    assert ("p/app/main.py",) == done.restored
    bring_back_file(workspace, "app", at=AT, cwd=workspace.root, number=1)
    assert (workspace.root / "p/app/Übung eins.py").read_bytes() == b"x = 1\r\ny = 2\r\n"
    assert (workspace.root / "p/.env").read_text() == "SECRET=2\n"
    assert (workspace.root / "p/logo.png").read_bytes() == b"new"


def test_a_file_that_was_not_there_then_is_said(workspace: Workspace) -> None:
    """And one that was left out, because it is a database."""
    write(workspace.root, {"p/library.db": b"rows"})
    command(workspace, {"p/logo.png": b"new"})

    for name, why in (("nothing.py", "not there then"), ("library.db", "it is a database")):
        with pytest.raises(WorkspaceError, match=why):
            bring_back_file(workspace, name, at=AT, cwd=workspace.root / "p")


def test_what_tools_rebuild_is_left_out_unless_it_is_touched(workspace: Workspace) -> None:
    """A path that a command changes is always kept: ignored by Git, in a cache, a database, enormous."""
    big = b"x" * (LARGEST + 1)
    rebuilt = {
        "p/node_modules/a.js": b"1",
        "p/app/__pycache__/a.pyc": b"2",
        "p/.git/HEAD": b"3",
        "p/env/lib/x.py": b"4",
    }
    write(workspace.root, {**rebuilt, "p/env/pyvenv.cfg": "", "p/x.sqlite3": b"5", "p/big": big, "p/target/x": b"6"})
    command(workspace, {"p/logo.png": b"new"})
    snapshot = Store(workspace).shelf().snapshots[-1]

    assert {"p/x.sqlite3", "p/big"} == set(snapshot.left_out)
    assert not {*rebuilt, "p/x.sqlite3", "p/big"} & set(snapshot.found)
    assert "p/target/x" in snapshot.found
    before = shape(workspace.root)
    command(workspace, dict.fromkeys([*rebuilt, "p/x.sqlite3", "p/big"]))
    undone(workspace)
    assert before == shape(workspace.root)


def test_contents_are_kept_once(workspace: Workspace) -> None:
    """A second snapshot of the same files costs its list only; nobody else may read them."""
    command(workspace, {"p/logo.png": b"new"})
    first = objects(workspace)
    command(workspace, {"p/logo.png": b"newer"})

    assert len(objects(workspace)) == len(first) + 1
    assert all(path.stat().st_mode & 0o77 == 0 for path in first)
    assert (workspace.folder / "snapshots").stat().st_mode & 0o77 == 0


def test_nothing_to_change_takes_no_snapshot(workspace: Workspace) -> None:
    """A list full of empty ones would hide the others."""
    assert command(workspace, {"p/logo.png": b"\x89PNG\0\xff", "p/missing": None}) is None
    assert Store(workspace).shelf().snapshots == ()


def test_nothing_to_undo_is_said(workspace: Workspace) -> None:
    """In a workspace in which no command has changed anything."""
    with pytest.raises(WorkspaceError, match="nothing to undo"):
        undone(workspace)


def test_a_number_that_is_not_there_is_said(workspace: Workspace) -> None:
    """With where the numbers are."""
    command(workspace, {"p/logo.png": b"new"})
    with pytest.raises(WorkspaceError, match="no snapshot 7") as error:
        undone(workspace, 7)
    assert "undo --list" in error.value.hint


def test_the_last_command_of_the_project_that_we_are_in_is_undone(workspace: Workspace) -> None:
    """Elsewhere in the workspace, the last of all."""
    command(workspace, {"p/logo.png": b"new"})
    with workspace.changing():
        change = Change.to("q/x", None, File(content=b"x"))
        carry_out(Store(workspace), Order(command="other", at=AT, project="q"), [change])

    assert undo(workspace, at=AT, cwd=workspace.root / "p" / "app").snapshot.project == "p"
    assert undo(workspace, at=AT, cwd=workspace.root / "q").snapshot.command == "other"


def test_how_many_files_differ_now(workspace: Workspace) -> None:
    """Of those that the command changed."""
    snapshot = command(workspace, {"p/logo.png": b"new", "p/app/main.py": b"new", "p/added": b"x"})
    assert snapshot is not None

    assert differing(workspace, snapshot) == 3
    write(workspace.root, {"p/logo.png": FILES["p/logo.png"]})
    assert differing(workspace, snapshot) == 2
    undone(workspace)
    assert differing(workspace, snapshot) == 0


# Damage.


def test_a_damaged_content_is_said_and_the_rest_comes_back(workspace: Workspace) -> None:
    """One flipped bit in what was kept: that file is left as it is."""
    command(workspace, {"p/logo.png": b"new", "p/app/main.py": b"new"})
    kept = Store(workspace).path_of(File(content=b"\x89PNG\0\xff").state.digest)
    kept.write_bytes(b"\x88PNG\0\xff")
    done = undone(workspace)

    assert ("p/logo.png",) == done.lost
    assert (workspace.root / "p/logo.png").read_bytes() == b"new"
    assert (workspace.root / "p/app/main.py").read_text() == FILES["p/app/main.py"]


def test_a_damaged_content_is_kept_anew_while_it_can_be(workspace: Workspace) -> None:
    """The next snapshot does not trust a name."""
    command(workspace, {"p/app/main.py": b"new"})
    Store(workspace).path_of(File(content=b"\x89PNG\0\xff").state.digest).write_bytes(b"")
    command(workspace, {"p/logo.png": b"new"})

    undone(workspace)
    assert (workspace.root / "p/logo.png").read_bytes() == FILES["p/logo.png"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", None])
def test_a_damaged_snapshot_is_said_and_the_others_are_used(workspace: Workspace, damage: bytes | None) -> None:
    """Empty, something else, no text, or one byte flipped."""
    command(workspace, {"p/logo.png": b"new"})
    command(workspace, {"p/app/main.py": b"new"})
    path = workspace.folder / "snapshots" / "000001.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"logo", b"lego", 1) if damage is None else damage)

    with pytest.raises(WorkspaceError, match="Snapshot 1 cannot be read"):
        undone(workspace, 1)
    done = undone(workspace)
    assert [path] == [each.path for each in done.unreadable]
    assert (workspace.root / "p/app/main.py").read_text() == FILES["p/app/main.py"]
    assert [2, 3] == [each.id for each in Store(workspace).shelf().snapshots]


def test_a_snapshot_of_a_newer_roadmap_is_said(workspace: Workspace) -> None:
    """Not guessed at."""
    command(workspace, {"p/logo.png": b"new"})
    path = workspace.folder / "snapshots" / "000001.json"
    document = {**json.loads(path.read_bytes().partition(b"\n")[2]), "format": 99}
    body = json.dumps(document).encode()
    path.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body + b"\n")

    with pytest.raises(WorkspaceError, match="a newer roadmap made it"):
        undone(workspace, 1)


# Obstacles.


def test_nothing_is_written_through_a_link(workspace: Workspace, tmp_path: Path) -> None:
    """A folder of the project leads elsewhere: what is there is not ours."""
    write(tmp_path / "elsewhere", {"main.py": "not ours"})
    (workspace.root / "p/lib").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ProjectError, match="p/lib is a link"):
        command(workspace, {"p/lib/main.py": b"new"})
    assert (tmp_path / "elsewhere/main.py").read_text() == "not ours"


@pytest.mark.parametrize(
    ("path", "said"), [("p/app", "is a folder, where a file shall be"), ("p/.env/x", "p/.env is no folder")]
)
def test_a_folder_where_a_file_shall_be_is_said(workspace: Workspace, path: str, said: str) -> None:
    """And a file where a folder shall be; nothing is changed, nothing is listed."""
    before = shape(workspace.root)
    with pytest.raises(ProjectError, match=said) as error:
        command(workspace, {"p/logo.png": b"new", path: b"new"})

    assert "Move it away" in error.value.hint
    assert before == shape(workspace.root)
    assert Store(workspace).shelf().snapshots == ()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="a thing that is neither file nor folder")
def test_a_socket_in_the_way_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be kept, so it is not replaced."""
    monkeypatch.chdir(workspace.root / "p")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(ProjectError, match="neither a file nor a folder"):
            command(workspace, {"p/socket": b"new"})


def test_a_folder_that_you_put_in_the_place_of_a_file_is_left(workspace: Workspace) -> None:
    """Undo says so, and brings back the rest."""
    command(workspace, {"p/logo.png": None, "p/app/main.py": b"new"})
    write(workspace.root, {"p/logo.png/mine": "mine"})
    done = undone(workspace)

    assert ("p/logo.png",) == done.blocked
    assert (workspace.root / "p/logo.png/mine").read_text() == "mine"
    assert (workspace.root / "p/app/main.py").read_text() == FILES["p/app/main.py"]


def test_a_file_may_become_a_folder_and_back(workspace: Workspace) -> None:
    """Where a command takes away what is in the way."""
    before = shape(workspace.root)
    command(workspace, {"p/logo.png": None, "p/logo.png/a/b": b"x"})
    assert (workspace.root / "p/logo.png/a/b").read_bytes() == b"x"
    undone(workspace)
    assert before == shape(workspace.root)


def test_a_file_saved_while_a_command_decides_is_not_overwritten(workspace: Workspace) -> None:
    """What it saw is not what is there any more."""
    seen = state_of(workspace.root / "p/logo.png")
    write(workspace.root, {"p/logo.png": "saved by an editor"})
    change = Change(path="p/logo.png", seen=seen, wanted=File(content=b"new").state, content=b"new")

    with pytest.raises(ProjectError, match="saved by another program"):
        carry_out(Store(workspace), Order(command="x", at=AT, project="p"), [change])
    assert (workspace.root / "p/logo.png").read_text() == "saved by an editor"


def test_a_file_saved_in_the_last_moment_is_not_overwritten(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the snapshot, before the change: what was changed already is taken back."""
    stage = changing._stage

    def save_now(*arguments: Any) -> dict[str, Path]:
        write(workspace.root, {"p/logo.png": "saved by an editor"})
        return stage(*arguments)

    before = shape(workspace.root)
    monkeypatch.setattr(changing, "_stage", save_now)
    with pytest.raises(ProjectError, match="saved by another program"):
        command(workspace, {"p/app/main.py": b"new", "p/logo.png": b"new", "p/.env": None})
    write(workspace.root, {"p/logo.png": FILES["p/logo.png"]})
    assert before == shape(workspace.root)


def test_two_commands_at_once_are_refused(workspace: Workspace) -> None:
    """The second is told who is at work; not a byte is changed."""
    program = (
        "import sys; from pathlib import Path; from roadmap_cli.workspace import Workspace\n"
        "with Workspace.find(Path(sys.argv[1])).changing(): print('held', flush=True); sys.stdin.read()"
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program, str(workspace.root)], **pipes) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ProjectError, match=rf"Another command is changing files .*process {other.pid}"):
            undone(workspace)
        other.communicate()
    with pytest.raises(WorkspaceError, match="nothing to undo"):
        undone(workspace)


# What the file system refuses.


def refusing(number: int, at: int, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> list[int]:
    """From the *at*-th call on, once, one of these functions of `os` raises; how many calls there were."""
    calls = [0]

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            calls[0] += 1
            if calls[0] == at:
                raise OSError(number, os.strerror(number))
            return real(*arguments, **more)

        return call

    for name in names:
        monkeypatch.setattr(os, name, wrapped(getattr(os, name)))
    return calls


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_whatever_is_refused_nothing_is_changed(tmp_path: Path, number: int) -> None:
    """Each single write, rename, new folder or removal fails in turn, as on a full disk: worded, all or nothing."""
    tried, worked = 0, False
    while not worked:
        tried += 1
        workspace = Workspace.create(tmp_path / f"ws{tried}")
        write(workspace.root, FILES)
        (workspace.root / "p/gone").mkdir()
        write(workspace.root, {"p/gone/x": "x"})
        before = shape(workspace.root)
        with pytest.MonkeyPatch.context() as patch:
            calls = refusing(number, tried, patch, ("replace", "fsync", "mkdir", "unlink", "rmdir", "symlink", "chmod"))
            refused = None
            try:
                command(workspace, {"p/logo.png": b"new", "p/.env": None, "p/gone/x": None, "p/a/b": b"x"})
            except WorkspaceError as error:
                refused = error.message
        worked = calls[0] < tried
        if refused:
            assert ("disk is full" if number == errno.ENOSPC else "read-only for you") in refused
            assert "Nothing was changed" in refused
            assert Store(workspace).shelf().snapshots == ()
        else:  # what may fail without harm, such as seeing names to the disk
            undone(workspace)
        assert before == shape(workspace.root), f"call {tried}"
    assert tried > 25


def test_a_file_that_cannot_be_read_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo cannot keep what is there now, so it leaves everything as it is, and names the file."""
    command(workspace, {"p/logo.png": b"new"})

    def refuse(path: Path) -> State:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(changing, "state_of", refuse)
    with pytest.raises(WorkspaceError, match=r"Nothing was brought back: .*read-only for you \(.*logo\.png\)"):
        undone(workspace)


def test_a_rename_that_is_refused_names_the_place_that_it_was_for() -> None:
    """Not where we had the new content meanwhile."""
    with pytest.raises(WorkspaceError, match=r"It failed: .* \(/project/main\.py\)\."), snapshots.worded("It failed"):
        raise OSError(errno.EACCES, "", "/stage/0", None, "/project/main.py")


def test_ctrl_c_in_the_middle_takes_everything_back(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is listed."""
    before = shape(workspace.root)
    move, moves = changing._move, [0]

    def interrupted(*arguments: Any) -> None:
        moves[0] += 1
        if moves[0] == 2:
            raise KeyboardInterrupt
        move(*arguments)

    monkeypatch.setattr(changing, "_move", interrupted)
    with pytest.raises(KeyboardInterrupt):
        command(workspace, {"p/logo.png": b"new", "p/app/main.py": b"new", "p/.env": None})
    assert before == shape(workspace.root)
    assert Store(workspace).shelf().snapshots == ()


def test_what_cannot_even_be_taken_back_is_said_with_the_way_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full for good in the middle of it; once there is room, undo brings everything back."""
    before = shape(workspace.root)
    move, moves = changing._move, [0]

    def full(*arguments: Any) -> None:
        moves[0] += 1
        if moves[0] >= 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        move(*arguments)

    monkeypatch.setattr(changing, "_move", full)
    with pytest.raises(WorkspaceError, match="`roadmap undo 1` will do it: the disk is full"):
        command(workspace, {"p/logo.png": b"new", "p/app/main.py": b"new"})
    monkeypatch.undo()
    undone(workspace, 1)
    assert before == shape(workspace.root)


def test_another_disk_is_no_obstacle(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that is mounted into the workspace cannot be renamed into."""
    real = os.replace

    def across(source: Path, target: Path) -> None:
        if "stage" in Path(source).parts:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        real(source, target)

    monkeypatch.setattr(os, "replace", across)
    before = shape(workspace.root)
    command(workspace, {"p/logo.png": b"new"})
    assert (workspace.root / "p/logo.png").read_bytes() == b"new"
    undone(workspace)
    assert before == shape(workspace.root)


# What was ended in its middle.


def killed(workspace: Workspace, files: dict[str, bytes | None], name: str = "update") -> None:
    """A command of which one file is done, as far as anybody can see."""
    with pytest.MonkeyPatch.context() as patch:
        real, calls = changing._move, [0]

        def stop(*arguments: Any) -> None:
            calls[0] += 1
            if calls[0] == 2:
                raise SystemExit
            real(*arguments)

        patch.setattr(changing, "_move", stop)
        patch.setattr(changing, "_take_back", lambda *_: None)
        with pytest.raises(SystemExit):
            command(workspace, files, name)


def test_the_next_command_takes_back_what_was_ended_in_its_middle(workspace: Workspace) -> None:
    """All of it, before it begins."""
    before = shape(workspace.root)
    killed(workspace, {"p/logo.png": b"new", "p/app/main.py": b"new"})
    with workspace.changing():
        done = settle(Store(workspace), AT)

    assert done is not None
    assert done.snapshot.command == "update"
    assert before == shape(workspace.root)
    assert settle(Store(workspace), AT) is None


def test_what_you_edited_after_a_kill_is_for_you_to_decide(workspace: Workspace) -> None:
    """The next command refuses; undo takes it back and keeps the edit."""
    killed(workspace, {"p/logo.png": b"new", "p/app/main.py": b"new"})
    write(workspace.root, {"p/logo.png": "edited"})

    with pytest.raises(ProjectError, match=r"'update' was ended in its middle, and p/logo\.png") as error:
        settle(Store(workspace), AT)
    assert "roadmap undo" in error.value.hint
    assert ("p/logo.png",) == undone(workspace).edited
    assert settle(Store(workspace), AT) is None


def test_an_undo_that_was_killed_is_done_by_the_next(workspace: Workspace) -> None:
    """Not undone: whoever types it again wants what it was for."""
    before = shape(workspace.root)
    command(workspace, {"p/logo.png": b"new", "p/app/main.py": b"new"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "_take_back", lambda *_: None)
        patch.setattr(changing, "_move", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            undone(workspace)

    undone(workspace)
    assert before == shape(workspace.root)


# Making room.


def test_forgetting_frees_what_only_the_old_ones_need(workspace: Workspace) -> None:
    """The newer ones can be undone as before."""
    command(workspace, {"p/logo.png": b"one"})
    command(workspace, {"p/logo.png": b"two"})
    command(workspace, {"p/app/main.py": b"new"})
    store = Store(workspace)
    freed = store.forget(2)

    assert [3] == [each.id for each in store.shelf().snapshots]
    assert freed == len(b"\x89PNG\0\xff") + len(b"one")
    undone(workspace, 3)
    assert (workspace.root / "p/app/main.py").read_text() == FILES["p/app/main.py"]


def test_forgetting_leaves_contents_that_a_damaged_snapshot_may_need(workspace: Workspace) -> None:
    """Nobody knows what is in it."""
    command(workspace, {"p/logo.png": b"one"})
    command(workspace, {"p/logo.png": b"two"})
    (workspace.folder / "snapshots" / "000002.json").write_bytes(b"damaged")
    kept = objects(workspace)

    assert Store(workspace).forget(1) == 0
    assert kept == objects(workspace)


def test_numbers_are_not_used_twice(workspace: Workspace) -> None:
    """The next one is greater than any that is there, damaged ones included."""
    command(workspace, {"p/logo.png": b"one"})
    (workspace.folder / "snapshots" / "000007.json").write_bytes(b"damaged")
    snapshot = command(workspace, {"p/logo.png": b"two"})

    assert snapshot is not None
    assert snapshot.id == 8


def test_states_are_what_is_there(tmp_path: Path) -> None:
    """Nothing, a folder, a file; a link is never followed."""
    (tmp_path / "link").symlink_to(tmp_path)
    assert state_of(tmp_path / "missing" / "x") == NOTHING
    assert state_of(tmp_path).kind == "folder"
    assert state_of(tmp_path / "link") == State(kind="link", target=str(tmp_path))
    with pytest.raises(RoadmapError, match="could not be told"), snapshots.worded("It could not be told"):
        raise OSError(errno.EIO, "input/output error")
