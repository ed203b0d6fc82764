"""The project's own commands: run, bounded, ended, and whatever they do told in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadmap_cli.checking.answers import Mismatch
from roadmap_cli.checking.commands import Bounds, Commands, End
from roadmap_cli.checking.programs import Workshop
from roadmap_cli.checking.server import with_system
from roadmap_cli.nurseries import can_fork
from tests import one_server

HEAD = 'phase = "small"\n[server]\nserve = "python server.py"\n[commands]\n'
TELL = "import json, os, sys\nprint(os.getcwd(), *sys.argv, sep='\\n')\nfor each in os.environ.items(): print(*each, sep='=')\n"


@pytest.fixture(scope="module", params=["started", "forked"])
def workshop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Everything here holds for a command that is started, and for one that is forked."""
    if request.param == "forked" and not can_fork():
        pytest.skip("nurseries fork")
    modules = ["json"] if request.param == "forked" else []
    environment = with_system({}, sys.executable)
    made = Workshop.open(sys.executable, modules, environment=environment, cwd=tmp_path_factory.mktemp("workshop"))
    yield made
    made.close()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def commands(project: Path, scratch: Path, workshop: Workshop) -> Commands:
    return Commands(project, environment={"SECRET_KEY": "k"}, scratch=scratch, nursery=workshop.nursery)


def given(project: Path, program: str, *, line: str = "python do.py {report}", name: str = "do") -> None:
    (project / "roadmap.toml").write_text(f"{HEAD}{name} = '{line}'\n", encoding="utf-8")
    (project / "do.py").write_text(program, encoding="utf-8")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_command_runs_in_the_project_with_what_it_is_given(
    project: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The learner's Python, the project folder, the variables of the contract and nothing else of the user's."""
    monkeypatch.setenv("TELLTALE", "1")
    given(project, TELL, line="python do.py one")
    finished = commands.run("do", environment={"DATABASE_URL": "here", "GONE": None})

    assert (0, End.ITSELF, None) == (finished.status, finished.end, finished.report)
    assert (str(project), "do.py", "one") == finished.output[:3]
    assert {"SECRET_KEY=k", "DATABASE_URL=here"} <= set(finished.output)
    assert not [line for line in finished.output if line.startswith(("TELLTALE", "GONE"))]


def test_a_report_comes_back(project: Path, commands: Commands) -> None:
    """What was written to the path that replaces {report}, even if the command fails."""
    given(project, "import sys\nopen(sys.argv[1], 'wb').write(b'<a/>')\nprint('no')\nsys.exit(3)")
    finished = commands.run("do", report=True)

    assert (3, b"<a/>", ("no",)) == (finished.status, finished.report, finished.output)
    assert ("$ python do.py report.xml", "no") == finished.log
    with pytest.raises(Mismatch) as caught:
        finished.expect_success("It works.")
    assert ("It works.", "exit status 0", "exit status 3") == (
        caught.value.message,
        caught.value.expected,
        caught.value.actual,
    )
    assert finished.log == caught.value.log
    assert finished is finished.expect_failure("It fails.")


@pytest.mark.parametrize(
    "program",
    [
        "import os, sys\nos.symlink('/etc/passwd', sys.argv[1])",
        "import os, sys\nos.mkfifo(sys.argv[1])",
        "import os, sys\nos.mkdir(sys.argv[1])",
        "import os, shutil, sys\nshutil.rmtree(os.path.dirname(sys.argv[1]))",
    ],
)
def test_a_report_that_is_no_file_is_none(project: Path, commands: Commands, program: str) -> None:
    """A link, a pipe, a folder: nothing of it is read."""
    given(project, program)

    assert commands.run("do", report=True).report is None


def test_a_command_that_is_not_there_is_said(project: Path, commands: Commands) -> None:
    """What to add, and what there is."""
    given(project, "", name="migrat")
    with pytest.raises(Mismatch) as caught:
        commands.run("migrate")

    assert "roadmap.toml has no command migrate under [commands]" in caught.value.message
    assert ('[commands]\nmigrate = "…"', "commands: migrat") == (caught.value.expected, caught.value.actual)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nosuchprogram here", "The program nosuchprogram of the command do was not found"),
        ("./do.py", "The program ./do.py of the command do was not found, or may not be run"),
        ('python "do.py', "cannot be read: no closing quotation"),
    ],
)
def test_a_command_that_cannot_run_is_said(project: Path, commands: Commands, line: str, said: str) -> None:
    """Its program, or its quotes."""
    given(project, "", line=line)
    with pytest.raises(Mismatch) as caught:
        commands.run("do")

    assert said in caught.value.message
    assert "[commands] in roadmap.toml" in caught.value.expected


def test_a_roadmap_toml_that_broke_meanwhile_is_said(project: Path, commands: Commands) -> None:
    """File, line, column and the next step, as everywhere."""
    (project / "roadmap.toml").write_text(f"{HEAD}do = 7\n", encoding="utf-8")
    with pytest.raises(Mismatch, match="must be a command line in quotes") as caught:
        commands.run("do")

    assert "roadmap.toml:5:1" in caught.value.message


def test_one_that_hangs_is_ended(project: Path, commands: Commands) -> None:
    """With everything that it started, however well hidden."""
    given(project, HIDING + "print(pid, flush=True)\ntime.sleep(600)")
    finished = commands.run("do", bounds=Bounds(seconds=1.5))

    assert End.TIME is finished.end
    assert "It had not ended after 1.5 seconds, so we ended it." == finished.how
    assert not alive(int(finished.output[0]))


HIDING = """
import os, subprocess, sys, time
process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True, env={})
pid = process.pid
"""


def test_what_it_leaves_behind_is_ended(project: Path, commands: Commands) -> None:
    """A command that ends while something of it runs on."""
    given(project, HIDING + "print(pid, flush=True)")
    finished = commands.run("do")

    assert 0 == finished.status
    assert not alive(int(finished.output[0]))


def test_a_flood_is_cut(project: Path, commands: Commands) -> None:
    """The beginning and the end of what it printed, made harmless."""
    given(project, "import sys\nfor n in range(300_000): print('\\x1b[31mline', n)\nprint('the end', '\\x9b')")
    finished = commands.run("do", bounds=Bounds(output_bytes=10_000))

    assert "line 0" == finished.output[0]
    assert "the end \\x9b" == finished.output[-1]
    assert len(finished.output) <= 60


def test_a_report_without_end_ends_it(project: Path, commands: Commands) -> None:
    """Long before the disk is full."""
    given(project, "import sys\nwith open(sys.argv[1], 'wb', 0) as f:\n    while True: f.write(b'x' * 100_000)")
    finished = commands.run("do", report=True, bounds=Bounds(report_bytes=2 << 20))

    assert End.REPORT is finished.end
    assert "Its report grew to more than 2 MiB, so we ended it." == finished.how
    assert finished.report is not None
    assert (2 << 20) + 1 == len(finished.report)


def test_too_much_memory_ends_it(project: Path, commands: Commands) -> None:
    """As it ends a server."""
    given(
        project,
        "held = [bytearray(8 << 20) for _ in range(40)]\nfor b in held: b[::4096] = b'x' * len(b[::4096])\nimport time\ntime.sleep(600)",
    )
    finished = commands.run("do", bounds=Bounds(memory_bytes=100 << 20, seconds=60))

    assert End.MEMORY is finished.end
    assert "held more than 100 MiB" in finished.how


def test_one_killed_by_itself_is_said(project: Path, commands: Commands) -> None:
    """A signal is neither success nor a proper failure."""
    given(project, "import os\nos.kill(os.getpid(), 9)")
    finished = commands.run("do")

    assert "ended by signal 9" == finished.how
    with pytest.raises(Mismatch):
        finished.expect_failure("It fails properly.")


CHECKS = '''
from roadmap_cli.checking import Commands, requirement

@requirement("first.here")
def test_command(commands: Commands) -> None:
    """It ends with 0."""
    commands.run("do", report=True).expect_success("The command do ends with 0.")
'''


def test_a_check_shows_what_the_command_printed(tmp_path: Path) -> None:
    """In the place of the server's log, with the place in the learner's code."""
    pack = one_server.write_pack(tmp_path / "pack", checks=CHECKS)
    project = one_server.write_project(tmp_path / "project")
    given(project, "def wrong():\n    raise ValueError('not today')\nwrong()")
    report, _ = one_server.run(pack, project, requirements=("first.here",))
    failure = report.verdicts[0].failure

    assert failure is not None
    assert ("The command do ends with 0.", "exit status 1") == (failure.message, failure.actual)
    assert "do.py:2" == failure.frame
    assert "$ python do.py report.xml" == failure.log[0]
    assert "ValueError: not today" == failure.log[-1]


def test_commands_are_not_to_be_had_by_url(tmp_path: Path) -> None:
    """A server that somebody else runs has none."""
    pack = one_server.write_pack(tmp_path / "pack", checks=CHECKS)
    report, _ = one_server.run(pack, None, url="http://127.0.0.1:9", requirements=("first.here",))

    assert "--url names only a server" in report.verdicts[0].reason
