"""`roadmap watch` as somebody uses it: a real project, a real server, a terminal; and the same through a pipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from roadmap_cli.processes import MARKER
from roadmap_cli.workspace import Workspace
from tests.glass import Glass
from tests.one_server import SERVER, write_pack, write_project

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is needed")

WRONG = SERVER.replace('("/health", "/here")', '("/health", "/elsewhere")')
UNREADABLE = SERVER + "\ndef (\n"
TOML = 'phase = "small"\n\n[server]\nserve = "python server.py"\nready = "/health"\n'
ROADMAP = (sys.executable, "-m", "roadmap_cli")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose server keeps every promise, in a workspace."""
    pack = write_pack(tmp_path / "pack")
    Workspace.create(tmp_path / "workspace", str(pack.root))
    folder = write_project(tmp_path / "workspace" / "small")
    (folder / "roadmap.toml").write_text(TOML, encoding="utf-8")
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The user's, without what would change the screen; afterwards nothing that was started may live."""
    mark = f"watched-{os.getpid()}-{time.monotonic_ns()}"
    kept = {name: value for name, value in os.environ.items() if name not in ("PAGER", "NO_COLOR", "FORCE_COLOR")}
    yield kept | {"TERM": "xterm-256color", "WATCHED": mark, "ROADMAP_CACHE": str(tmp_path / "cache")}
    assert not [process for process in psutil.process_iter() if _has(process, "WATCHED", mark)]


def _has(process: psutil.Process, name: str, value: str) -> bool:
    try:
        return process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _save(project: Path, text: str) -> None:
    """As most editors do."""
    new = project / ".server.py.new"
    new.write_text(text, encoding="utf-8")
    os.replace(new, project / "server.py")


def _attempts(project: Path) -> list[dict[str, object]]:
    file = project.parent / ".roadmap" / "attempts.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def test_a_verdict_after_every_save(project: Path, environment: dict[str, str]) -> None:
    """Broken, seen; mended, seen; and what passed before and fails now is named."""
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment) as glass:
        glass.shows("at rest after run 1", "2 passed", "Everything that is watched here is passed.")
        _save(project, WRONG)
        glass.shows(
            "first.here passed before, fails now", "Your server answered 404.", "1 passed ✗ 1 failed", "at rest"
        )
        _save(project, SERVER)
        glass.shows("first.here is passed. Well done.", "2 passed", "at rest")
        glass.press("q")

        assert glass.ends() == 0
        assert "2 of 2 points" in glass.words

    assert [entry["points"] for entry in _attempts(project)] == [2, 1, 2]


def test_code_that_cannot_be_read_is_told_with_its_place(project: Path, environment: dict[str, str]) -> None:
    """A save in the middle of a line is no catastrophe, and no attempt: nothing was judged."""
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment) as glass:
        glass.shows("at rest after run 1")
        _save(project, UNREADABLE)
        glass.shows("your server", "SyntaxError: invalid syntax", "Look at server.py:22", "at rest")
        _save(project, SERVER)
        glass.shows("2 passed", "at rest")
        glass.press("q")
        glass.ends()

    assert [entry["points"] for entry in _attempts(project)] == [2]


def test_a_setting_that_is_wrong_is_told_and_mended(project: Path, environment: dict[str, str]) -> None:
    """roadmap.toml is read anew for each run."""
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment) as glass:
        glass.shows("at rest after run 1")
        (project / "roadmap.toml").write_text(TOML.replace("serve =", "srve ="), encoding="utf-8")
        glass.shows("the setting 'srve' is not known.", "Did you mean serve?")
        (project / "roadmap.toml").write_text(TOML, encoding="utf-8")
        glass.shows("2 passed", "at rest")
        glass.press("q")
        glass.ends()


def test_every_key_does_what_the_last_line_says(project: Path, environment: dict[str, str]) -> None:
    """Hint, list, all, solution, log, undo, next, again, help; Escape closes a page."""
    _save(project, WRONG)
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment) as glass:
        glass.shows("n next h hint l list a all s solution o log u undo r again q quit ?")
        glass.shows("We sent GET /here", "at rest")
        glass.press("h")
        glass.shows("Hint 1 of 3: where to look")
        glass.press("h")
        glass.shows("Hint 2 of 3: the idea")
        glass.press("a")
        glass.shows("✗ failed first.here", "✓ passed first.gone")
        glass.press("\x1b[6~\x1b[6~")
        glass.shows("Same again roadmap check --seed")
        glass.press("s")
        glass.shows("The solution of first is shown once you have passed it")
        glass.press("o")
        glass.shows("served /here", "small.log")
        glass.press("?")
        glass.shows("run again, though nothing has changed")
        glass.press("l\x1b[B")
        glass.shows("❯ ✓ passed first.gone")
        glass.press("\r")
        glass.shows("✓ passed first.gone", "n goes on to the next")
        glass.press("n")
        glass.shows("✗ failed first.here")
        glass.press("r")
        glass.shows("at rest after run 2")
        glass.press("q")

        assert glass.ends() == 0

    kinds = [entry["kind"] for entry in _attempts(project)]
    assert kinds == ["check", "hint", "hint"]


def test_the_log_opens_in_the_pager_of_the_user(project: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """It gets the terminal as it is outside, and the watch takes it back."""
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "paging $1"; stty -a | grep -o " icanon"; read line\n', encoding="utf-8")
    pager.chmod(0o755)
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment | {"PAGER": str(pager)}) as glass:
        glass.shows("at rest after run 1")
        glass.press("o")
        glass.shows("paging", "small.log", "icanon")
        glass.press("\n")
        glass.shows("at rest after run 1", "2 passed")
        glass.press("q")

        assert glass.ends() == 0


def test_it_fits_every_size(project: Path, environment: dict[str, str]) -> None:
    """Wide, then narrow, then tiny: the verdict and the keys stay in sight."""
    _save(project, WRONG)
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment, columns=120, rows=40) as glass:
        glass.shows("Try it", "at rest", "q quit")
        glass.resize(40, 12)
        glass.shows("✗ failed first.here", "GET here answers 200", "roadmap explain first.here", "n h l a s o u r q ?")
        glass.resize(30, 6)
        glass.shows("first.here", "n h l a s o u r q ?")
        glass.resize(100, 30)
        glass.shows("Try it", "q quit")
        glass.press("q")

        assert glass.ends() == 0


@pytest.mark.parametrize("how", ["q", "ctrl-c", "SIGTERM", "SIGHUP"])
def test_the_terminal_is_left_as_it_was(project: Path, environment: dict[str, str], how: str) -> None:
    """On every way out, also in the middle of a run: echo, lines, the screen, the cursor."""
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment) as glass:
        glass.shows("q quit")
        if how.startswith("SIG"):
            glass.process.send_signal(getattr(signal, how))
        else:
            glass.press("\x03" if how == "ctrl-c" else how)
        status = glass.ends()

        assert status == (0 if how == "q" else 130)
        assert termios.tcgetattr(glass.theirs) == glass.before
        assert glass.raw.rindex(b"\x1b[?1049l") > glass.raw.rindex(b"\x1b[?1049h")
        assert glass.raw.rindex(b"\x1b[?25h") > glass.raw.rindex(b"\x1b[?25l")


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(project: Path, environment: dict[str, str]) -> None:
    """As every program does; afterwards everything is drawn again, and saves are seen."""
    shell = ["bash", "--norc", "-i"]
    with Glass(shell, cwd=project, environment=environment | {"PS1": "ready> "}) as glass:
        glass.shows("ready>")
        glass.press(" ".join([*ROADMAP, "watch"]) + "\n")
        glass.shows("at rest after run 1")
        glass.press("\x1a")
        glass.shows("Stopped")
        _save(project, WRONG)
        glass.press("fg\n")
        glass.shows("at rest after run 2", "first.here passed before, fails now")
        glass.press("q")
        glass.shows("Next: roadmap show first.here")
        glass.press("exit\n")

        assert glass.ends() == 0


def test_another_check_is_waited_for(project: Path, environment: dict[str, str]) -> None:
    """Two examinations of one project would disturb each other."""
    with Workspace.find(project).examining(project):
        glass = Glass([*ROADMAP, "watch"], cwd=project, environment=environment)
        glass.shows("Another check is under way")
    with glass:
        glass.shows("at rest after run 1", "2 passed")
        glass.press("q")
        glass.ends()


@pytest.mark.parametrize("words", [("watch",), ("watch", "--plain"), ("watch", "--poll")])
def test_through_a_pipe_every_verdict_is_a_line(
    project: Path, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    """Time, outcome, requirement, the first words; nothing that moves; Ctrl-C ends it."""
    _save(project, WRONG)
    with subprocess.Popen(
        [*ROADMAP, *words], cwd=project, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        lines = _Lines(process)
        lines.until("IN SUM")
        _save(project, SERVER)
        lines.until("IN SUM")
        _save(project, WRONG)
        lines.until("IN SUM")
        _save(project, UNREADABLE)
        lines.until("IN SUM")
        process.send_signal(signal.SIGINT)

        assert process.wait(60) == 130
    told = [line[10:].split(maxsplit=2) for line in lines.seen]
    polling = " (polling: you asked for it)" if "--poll" in words else ""
    assert lines.seen[0][10:] == f"Watching Small{polling}. Ctrl-C ends it."
    assert told[1:4] == [
        ["FAIL", "first.here", "Your server answered 404."],
        ["PASS", "first.gone"],
        ["IN", "SUM", "1 passed, 1 failed; 1 of 2 points"],
    ]
    assert told[4:6] == [["PASS", "first.here"], ["IN", "SUM", "2 passed; 2 of 2 points"]]
    assert told[6:8] == [
        ["FELL", "BACK", "first.here  Your server answered 404."],
        ["IN", "SUM", "1 passed, 1 failed; 1 of 2 points"],
    ]
    assert told[8][:3] == ["FAIL", "your", "server  server.py:22: Your server ended with..."]
    assert told[9] == ["IN", "SUM", "2 blocked; 0 of 2 points"]


class _Lines:
    """What a program says, a line at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._stream = process.stdout
        self.seen: list[str] = []

    def until(self, words: str) -> None:
        """Read on to a line that holds *words*."""
        for line in self._stream:
            self.seen.append(line.rstrip("\n"))
            if words in line:
                return
        raise AssertionError(f"{words} was not said: {self.seen}")


@pytest.mark.parametrize(
    ("name", "told"), [("first.gone", "✓ passed first.gone"), ("first", "2 passed"), ("small", "2 passed")]
)
def test_a_name_says_what_is_worked_on(project: Path, environment: dict[str, str], name: str, told: str) -> None:
    """A requirement is judged first and stays in sight after it has passed."""
    with Glass([*ROADMAP, "watch", name], cwd=project, environment=environment) as glass:
        glass.shows(told, "at rest after run 1")
        glass.press("q")

        assert glass.ends() == 0


def test_a_name_that_is_none_gets_a_guess(project: Path, environment: dict[str, str]) -> None:
    """Before anything is started."""
    done = subprocess.run(
        [*ROADMAP, "watch", "first.her"], cwd=project, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "Did you mean first.here?" in done.stderr


def test_a_killed_watch_leaves_no_server(project: Path, environment: dict[str, str]) -> None:
    """Not even SIGKILL: the death signal and the next sweep see to that."""
    _save(project, SERVER.replace("import json", "import time; time.sleep(3600); import json"))
    with Glass([*ROADMAP, "watch"], cwd=project, environment=environment) as glass:
        glass.shows("starting services and your server")
        glass.comes(lambda: bool(_servers(project)), "the server")
        glass.process.kill()
        glass.process.wait()
        glass.comes(lambda: not _servers(project), "the end of the server")


def _servers(project: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(project) and process.environ().get(MARKER):
                found.append(process)
        except psutil.Error:
            continue
    return found
