"""The learner's folder: nothing recorded is ever lost, and whatever is not right is said with what to do."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from roadmap_cli.attempts import HintShown
from roadmap_cli.errors import ProjectError, WorkspaceError
from roadmap_cli.workspace import Project, Workspace, write_aside

ROOT_READS_ALL = os.name != "nt" and os.geteuid() == 0
TOML = 'phase = "library-api"\nstack = "fastapi"\n\n[server]\nserve = "python main.py"\nready = "/health"\n'


def hint(rung: int = 1) -> HintShown:
    return HintShown(at="2026-03-01T09:30:00+00:00", phase="library-api", requirement="http.created", rung=rung)


def project(folder: Path, content: str = TOML) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "roadmap.toml").write_text(content, encoding="utf-8")
    return folder


def settings(root: Path, content: str) -> None:
    (root / ".roadmap").mkdir()
    (root / ".roadmap" / "workspace.json").write_text(content, encoding="utf-8")


def test_it_is_found_from_below(tmp_path: Path) -> None:
    """Walking up from any folder in it, however it is called."""
    made = Workspace.create(tmp_path / "Übung eins")
    below = tmp_path / "Übung eins" / "a" / "b"
    below.mkdir(parents=True)

    assert made == Workspace.find(below)


def test_none_is_said_with_the_next_step(tmp_path: Path) -> None:
    """Outside a workspace: what to type."""
    with pytest.raises(WorkspaceError, match="no workspace in") as error:
        Workspace.find(tmp_path)

    assert "roadmap start" in error.value.hint


def test_a_newer_format_is_not_touched(tmp_path: Path) -> None:
    """A newer roadmap made it: say so, and how to get on."""
    settings(tmp_path, '{"format": 99, "pack": "bundled"}')

    with pytest.raises(WorkspaceError, match="newer roadmap") as error:
        Workspace.find(tmp_path)
    assert "upgrade" in error.value.hint


@pytest.mark.parametrize("content", ["{", "[]", '{"pack": "bundled"}', '{"format": "one"}', ""])
def test_a_damaged_settings_file_names_the_place_and_the_remedy(tmp_path: Path, content: str) -> None:
    """The file and the line are told, and what to write into it."""
    settings(tmp_path, content)

    with pytest.raises(WorkspaceError, match=r"workspace\.json:1:") as error:
        Workspace.find(tmp_path)
    assert '{"format": 1' in error.value.hint


def test_making_it_again_keeps_the_history(tmp_path: Path) -> None:
    """A workspace.json that somebody deleted costs nothing."""
    Workspace.create(tmp_path).record(hint())
    (tmp_path / ".roadmap" / "workspace.json").unlink()

    assert len(Workspace.create(tmp_path).history().entries) == 1


def test_git_does_not_see_its_folder(tmp_path: Path) -> None:
    """A project that is its own workspace stays clean."""
    Workspace.create(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True, text=True)

    assert status.stdout == ""


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    """What was recorded is read, oldest first."""
    workspace = Workspace.create(tmp_path)
    for rung in (1, 2, 3):
        workspace.record(hint(rung))

    assert (hint(1), hint(2), hint(3)) == workspace.history().entries


def test_a_missing_line_end_does_not_cost_the_next_entry(tmp_path: Path) -> None:
    """After a torn line the next one begins on a line of its own."""
    workspace = Workspace.create(tmp_path)
    workspace.attempts.write_text('{"v": 1, "ki', encoding="utf-8")
    workspace.record(hint())

    history = workspace.history()
    assert (hint(),) == history.entries
    assert [damage.line for damage in history.damage] == [1]


def test_many_writers_never_mix_their_lines(tmp_path: Path) -> None:
    """Processes and threads append at the same time, and every line is whole."""
    workspace = Workspace.create(tmp_path)
    program = (
        "import sys; from pathlib import Path; from roadmap_cli.workspace import Workspace; "
        "from roadmap_cli.attempts import HintShown; w = Workspace.find(Path(sys.argv[1]))\n"
        "for n in range(20): w.record(HintShown(at='t', phase='p', requirement='x' * 5000, rung=n))"
    )
    others = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(2)]

    def write_many() -> None:
        for number in range(20):
            workspace.record(hint(number))

    threads = [threading.Thread(target=write_many) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [other.wait() for other in others] == [0, 0]
    history = workspace.history()
    assert history.damage == ()
    assert len(history.entries) == 80


def test_a_full_disk_is_said_and_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that does not fit is taken back, so that the history stays whole."""
    workspace = Workspace.create(tmp_path)
    workspace.record(hint(1))
    whole = workspace.attempts.read_bytes()
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, content: real(file, content[:10]))

    with pytest.raises(WorkspaceError, match="the disk is full") as error:
        workspace.record(hint(2))
    monkeypatch.undo()
    assert "Make some room" in error.value.hint
    assert whole == workspace.attempts.read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_device_that_takes_nothing_is_said(tmp_path: Path) -> None:
    """The real thing: the system refuses."""
    workspace = Workspace.create(tmp_path)
    workspace.attempts.symlink_to("/dev/full")

    with pytest.raises(WorkspaceError, match="could not be recorded"):
        workspace.record(hint())


@pytest.mark.parametrize(("number", "said"), [(errno.EROFS, "read-only"), (errno.EACCES, "read-only for you")])
def test_a_read_only_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    """What the file system refuses comes as a sentence with a next step."""

    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    workspace = Workspace.create(tmp_path)
    monkeypatch.setattr(os, "open", refuse)

    with pytest.raises(WorkspaceError, match=said) as error:
        workspace.record(hint())
    assert "nothing that was recorded before is lost" in error.value.hint


@pytest.mark.skipif(ROOT_READS_ALL, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_said(tmp_path: Path) -> None:
    """The real thing, for whoever is not root."""
    workspace = Workspace.create(tmp_path)
    workspace.folder.chmod(0o500)

    with pytest.raises(WorkspaceError, match="read-only for you"):
        workspace.record(hint())


def test_a_history_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A folder stands where the file should be."""
    workspace = Workspace.create(tmp_path)
    workspace.attempts.mkdir()

    with pytest.raises(WorkspaceError, match="cannot be read"):
        workspace.history()


def test_evidence_is_replaced_whole(tmp_path: Path) -> None:
    """The last report is there, the one before is gone, and nothing else lies about."""
    workspace = Workspace.create(tmp_path)
    workspace.keep_report("library-api", "one")
    path = workspace.keep_report("library-api", "two")

    assert workspace.last_report("library-api") == "two"
    assert [path] == list(path.parent.iterdir())
    assert workspace.last_report("shop") is None


def test_what_is_written_aside_leaves_nothing_when_it_fails(tmp_path: Path) -> None:
    """The old file stays, the new one is removed."""
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")

    with pytest.raises(UnicodeEncodeError):
        write_aside(path, "\ud800")
    assert [path] == list(tmp_path.iterdir())
    assert path.read_text(encoding="utf-8") == "old"


def test_its_pack_may_be_a_path(tmp_path: Path) -> None:
    """Relative to the workspace, so that both can be moved together."""
    assert tmp_path / "bundled" == Workspace(tmp_path).pack_root(tmp_path / "bundled")
    assert tmp_path / "packs" / "mine" == Workspace(tmp_path, "packs/mine").pack_root(tmp_path / "bundled")


def test_the_project_is_the_one_we_are_in(tmp_path: Path) -> None:
    """From any folder below roadmap.toml."""
    workspace = Workspace.create(tmp_path)
    here = project(tmp_path / "library-api")
    project(tmp_path / "other", TOML.replace("library-api", "shop"))
    (here / "app").mkdir()

    found = workspace.project(here / "app")
    assert Project(root=here, phase="library-api", stack="fastapi", serve="python main.py", ready="/health") == found


def test_the_project_is_found_from_the_workspace(tmp_path: Path) -> None:
    """By its phase, or because there is only one; hidden and generated folders are not searched."""
    workspace = Workspace.create(tmp_path)
    here = project(tmp_path / "work" / "library-api")
    project(tmp_path / ".roadmap" / "base" / "library-api")
    project(tmp_path / "node_modules" / "library-api")

    assert here == workspace.project(tmp_path).root
    assert here == workspace.project(tmp_path, "library-api").root


def test_no_project_is_said_with_the_next_step(tmp_path: Path) -> None:
    """In a workspace in which nothing has begun."""
    with pytest.raises(ProjectError, match="no project of shop") as error:
        Workspace.create(tmp_path).project(tmp_path, "shop")
    assert "roadmap start shop" in error.value.hint


def test_several_projects_are_named(tmp_path: Path) -> None:
    """Guessing would be wrong half of the time."""
    workspace = Workspace.create(tmp_path)
    project(tmp_path / "a")
    project(tmp_path / "b")

    with pytest.raises(ProjectError, match="several projects here: a, b"):
        workspace.project(tmp_path)


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ('phase = "library-api"\nserve = python\n', "2:9", "not TOML"),
        ('phase = "library-api\n', "1:21", "not TOML"),
        ("[server", "1:8", "not TOML"),
        ('phase = "a"\nphase = "b"\n', "2:12", "not TOML"),
        ('phase = "a"\n[server]\nserv = "x"\n', "3:1", "'serv' is not known"),
        ('phase = "a"\nfase = "x"\n', "2:1", "'fase' is not known"),
        ('phase = "a"\n[servr]\nserve = "x"\n', "2:2", "'servr' is not known"),
        ('phase = 7\n[server]\nserve = "x"\n', "1:1", "'phase' must be a text in quotes"),
        ('phase = "a"\nserver = "x"\n', "2:1", "'server' must be a table"),
        ('[server]\nserve = "x"\n', "1:1", "'phase' is missing"),
        ('phase = "a"\n', "1:1", "'serve' is missing"),
        ('phase = "a"\n[server]\nserve = "  "\n', "1:1", "'serve' is missing"),
        ('phase = "a"\ncommands = "x"\n', "2:1", "'commands' must be a table"),
        ('phase = "a"\n[server]\nserve = "x"\n[commands]\ntest = 7\n', "5:1", "'test' must be a command line"),
        ('phase = "a"\n[server]\nserve = "x"\n[commands]\ntest = " "\n', "5:1", "'test' must be a command line"),
        ('phase = "a"\n[server]\nserve = "x"\n[commands]\ntest = "t {reprot}"\n', "5:1", "{reprot} in 'test' stands"),
    ],
)
def test_a_roadmap_toml_that_is_not_right_names_line_and_column(
    tmp_path: Path, content: str, place: str, said: str
) -> None:
    """File, line, column, what is wrong there, and what to do."""
    with pytest.raises(ProjectError) as error:
        Project.load(project(tmp_path, content))

    assert f"roadmap.toml:{place}:" in error.value.message
    assert said in error.value.message
    assert error.value.hint


def test_a_mistyped_setting_gets_a_guess(tmp_path: Path) -> None:
    """The word serv was meant to be serve."""
    with pytest.raises(ProjectError) as error:
        Project.load(project(tmp_path, 'phase = "a"\n[server]\nserv = "x"\n'))

    assert error.value.hint == "Did you mean serve?"


def test_commands_are_names_and_lines(tmp_path: Path) -> None:
    """In their order; what a shell that the command starts fills in is left to it."""
    toml = TOML + "[commands]\ntest = 'sh -c \"x {report} ${HOME}\"'\nmigrate = 'up'\n"
    loaded = Project.load(project(tmp_path, toml))

    assert (("test", 'sh -c "x {report} ${HOME}"'), ("migrate", "up")) == loaded.commands


def test_a_mistyped_placeholder_gets_a_guess(tmp_path: Path) -> None:
    """The word reprot was meant to be report."""
    with pytest.raises(ProjectError) as error:
        Project.load(project(tmp_path, TOML + "[commands]\ntest = 'x {reprot}'\n"))

    assert error.value.hint == "Did you mean report?"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    (tmp_path / "roadmap.toml").write_text(TOML, encoding="utf-8-sig")

    assert Project.load(tmp_path).phase == "library-api"


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    """As after saving as UTF-16."""
    (tmp_path / "roadmap.toml").write_text(TOML, encoding="utf-16")

    with pytest.raises(ProjectError, match="not UTF-8"):
        Project.load(tmp_path)


def test_a_second_examination_of_a_project_is_refused(tmp_path: Path) -> None:
    """While one is under way; the process that holds it is named."""
    workspace = Workspace.create(tmp_path)
    here = project(tmp_path / "library-api")

    said = rf"under way .*process {os.getpid()}"
    with workspace.examining(here), pytest.raises(ProjectError, match=said) as error, workspace.examining(here):
        pass
    assert "Wait" in error.value.hint


def test_a_lock_that_somebody_left_behind_does_not_count(tmp_path: Path) -> None:
    """The system lets go of it when its process is killed."""
    workspace = Workspace.create(tmp_path)
    here = project(tmp_path / "library-api")
    program = (
        "import os, sys; from pathlib import Path; from roadmap_cli.workspace import Workspace\n"
        "with Workspace.find(Path(sys.argv[1])).examining(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(here)], check=False)

    with workspace.examining(here):
        pass


def test_other_projects_may_be_examined_meanwhile(tmp_path: Path) -> None:
    """Only the same one is held."""
    workspace = Workspace.create(tmp_path)

    with workspace.examining(project(tmp_path / "a")), workspace.examining(project(tmp_path / "b")):
        pass


def test_without_the_right_to_lock_an_examination_goes_on(tmp_path: Path) -> None:
    """A verdict is worth more than the lock: here a file stands in the way of its folder."""
    workspace = Workspace.create(tmp_path)
    (workspace.folder / "locks").write_text("", encoding="utf-8")

    with workspace.examining(project(tmp_path / "a")):
        pass


def test_the_settings_say_format_and_pack(tmp_path: Path) -> None:
    """What another version will read."""
    Workspace.create(tmp_path, "../pack")

    assert json.loads((tmp_path / ".roadmap" / "workspace.json").read_text()) == {"format": 1, "pack": "../pack"}
