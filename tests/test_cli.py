"""The commands, from the arguments to the exit code. Examinations are recorded events; the rest is real."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest

from roadmap_cli import __version__, packs
from roadmap_cli.cli import catalogue, main
from roadmap_cli.events import Event
from roadmap_cli.examiner import Examination
from roadmap_cli.views.messages import Entry
from roadmap_cli.workspace import Workspace
from tests.recorded import ALL_PASSED, BROKEN, FRESH, NO_SERVER, OPENING, PHASE, SHOP, SOME_FAILED, judged
from tests.small_pack import learners_project, small_pack


@dataclass
class Examiner:
    """Says what was recorded, whatever it is asked to examine; remembers what that was."""

    events: tuple[Event, ...] = ALL_PASSED
    asked: list[Examination] = field(default_factory=list)
    interrupt: bool = False
    ended: bool = False

    def __call__(self, examination: Examination) -> Iterator[Event]:
        self.asked.append(examination)
        try:
            yield from self.events
            if self.interrupt:
                raise KeyboardInterrupt
        finally:
            self.ended = True


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Standard output without line ends."""
        return " ".join(self.out.split())

    @property
    def trouble(self) -> str:
        """Standard error without line ends."""
        return " ".join(self.err.split())


Roadmap = Callable[..., Said]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture
def examiner(monkeypatch: pytest.MonkeyPatch) -> Examiner:
    examiner = Examiner()
    monkeypatch.setattr("roadmap_cli.cli.live.examine", examiner)
    return examiner


@pytest.fixture
def roadmap(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pack: Path) -> Roadmap:
    """Run a command in this process, with the small pack as the bundled one."""
    for module in ("packs", "cli.desk", "cli.names", "cli.start"):
        monkeypatch.setattr(f"roadmap_cli.{module}.bundled", lambda: pack)

    def run(*words: str) -> Said:
        status = main(words)
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return run


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a project of the first phase; we stand in its root."""
    workspace = Workspace.create(tmp_path / "Meine Übungen")
    learners_project(workspace.root / "library-api")
    monkeypatch.chdir(workspace.root)
    return workspace


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# The bare command, and the page of commands.


def test_outside_a_workspace_there_is_a_welcome(roadmap: Roadmap, nowhere: Path) -> None:
    """It says what to type."""
    said = roadmap()

    assert said.status == 0
    assert "roadmap start phase-1" in said.words


def test_in_a_workspace_there_is_the_dashboard(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Points, milestones, what is next and why."""
    examiner.events = SOME_FAILED
    roadmap("check")
    said = roadmap()

    assert said.status == 0
    assert "6 of 22 points" in said.words
    assert "http.not-found" in said.words
    assert "It failed in your last check" in said.words


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["--plain", "--help"]])
def test_the_page_of_commands_names_them_all(roadmap: Roadmap, nowhere: Path, words: list[str]) -> None:
    """Grouped by what they are for."""
    said = roadmap(*words)

    assert said.status == 0
    for entry in catalogue.entries():
        assert f"\n  {entry.name} " in said.out
    assert [said.out.index(f"\n{panel}\n") for panel in ("Learn", "Look")] == sorted(
        said.out.index(f"\n{panel}\n") for panel in ("Learn", "Look")
    )


@pytest.mark.parametrize("entry", catalogue.entries(), ids=lambda entry: entry.name)
@pytest.mark.parametrize("plain", [True, False])
def test_every_command_explains_itself(
    roadmap: Roadmap, nowhere: Path, monkeypatch: pytest.MonkeyPatch, entry: Entry, plain: bool
) -> None:
    """--help of each, with and without ink; its first sentence begins as the page of commands says."""
    if not plain:
        monkeypatch.setenv("FORCE_COLOR", "1")
    said = roadmap(entry.name, "--help")

    assert said.status == 0
    assert f"roadmap {entry.name}" in said.out
    assert ("\x1b[" in said.out) is not plain


@pytest.mark.parametrize("words", [["version"], ["--version"]])
def test_the_version_is_told(roadmap: Roadmap, nowhere: Path, words: list[str]) -> None:
    """And what it runs on."""
    said = roadmap(*words)

    assert said.status == 0
    assert said.out.startswith(f"roadmap {__version__} (Python 3")


def test_a_mistyped_command_gets_a_guess(roadmap: Roadmap, nowhere: Path) -> None:
    """Exit code 2, like every mistake that the user can mend."""
    said = roadmap("chekc")

    assert said.status == 2
    assert "Did you mean check?" in said.err


def test_a_mistyped_option_gets_a_guess(roadmap: Roadmap, nowhere: Path) -> None:
    """From typer, in our exit code."""
    said = roadmap("check", "--fail")

    assert said.status == 2
    assert "--failed" in said.err


# check


def test_all_passed_ends_with_0_and_is_recorded(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Report, history and evidence agree."""
    said = roadmap("check")

    assert said.status == 0
    assert "20 of 20 points" in said.words
    [attempt] = workspace.history().entries
    assert getattr(attempt, "points", None) == 20
    assert '"points": 20' in str(workspace.last_report("library-api"))


@pytest.mark.parametrize(
    ("events", "status"), [(ALL_PASSED, 0), (SOME_FAILED, 1), (FRESH, 1), (NO_SERVER, 1), (BROKEN, 3)]
)
def test_the_exit_code_says_how_it_ended(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, events: tuple[Event, ...], status: int
) -> None:
    """0 all passed, 1 judged and not all passed, 3 the grader broke."""
    examiner.events = events

    assert roadmap("check").status == status


def test_it_works_from_the_project_and_from_the_workspace(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From deep inside too, and by both names of the phase."""
    (workspace.root / "library-api" / "app").mkdir()
    monkeypatch.chdir(workspace.root / "library-api" / "app")
    assert roadmap("check").status == 0
    monkeypatch.chdir(workspace.root)
    assert roadmap("check", "phase-1").status == 0
    assert roadmap("check", "library-api").status == 0

    assert [each.project for each in examiner.asked] == [workspace.root / "library-api"] * 3
    assert {each.serve for each in examiner.asked} == {"python main.py"}


@pytest.mark.parametrize(
    ("names", "examined"),
    [
        ((), tuple(PHASE.requirements)),
        (("http",), ("http.health", "http.created", "http.not-found", "http.method-not-allowed")),
        (("books.race",), ("http.created", "books.isbn-unique", "books.race")),
        (("books.isbn", "http.health"), ("http.health", "http.created", "books.isbn")),
        (("phase-1", "http.health"), ("http.health",)),
    ],
)
def test_what_is_named_is_examined_and_what_it_needs(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, names: tuple[str, ...], examined: tuple[str, ...]
) -> None:
    """Phases, milestones and requirements may be named together."""
    roadmap("check", *names)

    assert examiner.asked[0].requirements == examined


def test_a_mistyped_name_gets_a_guess(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Before anything is started."""
    said = roadmap("check", "book")

    assert said.status == 2
    assert "There is no phase, milestone or requirement book. Did you mean books?" in said.trouble
    assert not examiner.asked


def test_names_of_two_phases_are_refused(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """One server is examined at a time."""
    said = roadmap("check", "books", "orders")

    assert said.status == 2
    assert "several phases: library-api, shop" in said.trouble


def test_only_what_did_not_pass_the_last_time(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """--failed, with what it needs."""
    examiner.events = SOME_FAILED
    roadmap("check")
    roadmap("check", "--failed", "books")

    assert examiner.asked[1].requirements == ("http.created", "books.isbn-unique", "books.search", "books.race")


def test_failed_without_an_earlier_check_is_said(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """And that nothing failed is good news, not an error."""
    assert roadmap("check", "--failed").status == 2
    roadmap("check")
    said = roadmap("check", "--failed")

    assert said.status == 0
    assert "Everything passed" in said.out
    assert len(examiner.asked) == 1


def test_the_seed_is_handed_on(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """0 is a seed too."""
    roadmap("check", "--seed", "0")

    assert examiner.asked[0].seed == 0


def test_a_running_server_is_graded_by_its_url(roadmap: Roadmap, nowhere: Path, examiner: Examiner) -> None:
    """Without project and workspace; nothing is recorded."""
    said = roadmap("check", "phase-1", "--url", "http://127.0.0.1:8000/")

    assert said.status == 0
    assert (examiner.asked[0].url, examiner.asked[0].project) == ("http://127.0.0.1:8000", None)
    assert not list(nowhere.iterdir())


def test_a_url_must_be_one(roadmap: Roadmap, nowhere: Path, examiner: Examiner) -> None:
    """With what it should look like."""
    said = roadmap("check", "phase-1", "--url", "localhost:8000")

    assert said.status == 2
    assert "--url http://127.0.0.1:8000" in said.trouble


def test_a_project_without_a_workspace_is_examined_and_not_recorded(
    roadmap: Roadmap, nowhere: Path, examiner: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a CI that has cloned only the project."""
    monkeypatch.chdir(learners_project(nowhere / "clone"))

    assert roadmap("check").status == 0
    assert [path.name for path in (nowhere / "clone").iterdir()] == ["roadmap.toml"]


def test_neither_workspace_nor_project_is_said(roadmap: Roadmap, nowhere: Path, examiner: Examiner) -> None:
    """With what to type."""
    said = roadmap("check")

    assert said.status == 2
    assert "roadmap start phase-1" in said.trouble


def test_json_goes_to_standard_output_alone(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Progress goes beside it, so that the output can be piped."""
    document = json.loads(roadmap("check", "--format", "json").out)

    assert (document["points"], document["possible"]) == (20, 20)


def test_junit_goes_to_standard_output_alone(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """The same for XML."""
    assert ElementTree.fromstring(roadmap("check", "--format", "junit").out).tag == "testsuites"


@pytest.mark.parametrize(("name", "begins"), [("r.json", "{"), ("r.xml", "<testsuites"), ("r.txt", "Library")])
def test_the_report_is_written_by_the_ending_of_its_file(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, name: str, begins: str
) -> None:
    """Beside what is shown."""
    said = roadmap("check", "--report", name)

    assert "20 of 20 points" in said.words
    assert (workspace.root / name).read_text(encoding="utf-8").startswith(begins)


def test_a_report_that_cannot_be_written_is_said_before(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """Nobody waits for an examination whose report has no place."""
    said = roadmap("check", "--report", "missing/r.json")

    assert said.status == 2
    assert "no folder" in said.trouble
    assert not examiner.asked


def test_ctrl_c_shows_and_records_what_was_judged(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Exit code 130; the examination is ended, and what was not judged is not written down."""
    examiner.events, examiner.interrupt = (*OPENING, judged("http.health")), True
    said = roadmap("check")

    assert said.status == 130
    assert examiner.ended
    assert "Interrupted" in said.out
    [attempt] = workspace.history().entries
    assert getattr(attempt, "outcomes", None) == {"http.health": "passed"}


def test_ctrl_c_before_anything_was_judged_records_nothing(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """There was no attempt."""
    examiner.events, examiner.interrupt = OPENING, True

    assert roadmap("check").status == 130
    assert workspace.history().entries == ()


def test_ctrl_c_when_all_is_judged_changes_nothing(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """It came while processes were being ended: the report is whole."""
    examiner.interrupt = True
    said = roadmap("check")

    assert said.status == 0
    assert "Interrupted" not in said.out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_an_examination_like_ctrl_c(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Also when they come several times: the cleaning up is not disturbed."""
    cleaned: list[str] = []

    def examine(examination: Examination) -> Iterator[Event]:
        try:
            yield judged("http.health")
            signal.raise_signal(number)
            yield judged("http.created")
        finally:
            signal.raise_signal(number)
            cleaned.append("up")

    monkeypatch.setattr("roadmap_cli.cli.live.examine", examine)

    assert roadmap("check").status == 130
    assert cleaned == ["up"]


def test_a_second_check_of_the_project_is_refused(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Exit code 2, with what to do."""
    with workspace.examining(workspace.root / "library-api"):
        said = roadmap("check")

    assert said.status == 2
    assert "Another check is under way" in said.trouble


def test_what_cannot_be_recorded_is_shown_all_the_same(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """The verdict stays right; that it is not recorded is said in words."""
    workspace.attempts.mkdir()
    said = roadmap("check")

    assert said.status == 0
    assert "20 of 20 points" in said.words
    assert "The verdicts above are right, but they are not recorded" in said.trouble


def test_what_the_grader_broke_is_written_down(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """As something that can be reported as it is."""
    examiner.events = BROKEN
    said = roadmap("check")

    [crash] = workspace.folder.glob("crash-*.md")
    assert crash.name in said.err
    assert "seed 48151" in crash.read_text(encoding="utf-8")
    assert "our mistake" in said.trouble


def test_a_bug_of_ours_becomes_a_file_that_can_be_reported(
    roadmap: Roadmap, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3, no traceback on the screen, nothing of the home folder's name in the file."""

    def fail(_: Examination) -> Iterator[Event]:
        raise KeyError(f"{Path.home()}/secret \x1b[2J")
        yield

    monkeypatch.setattr("roadmap_cli.cli.live.examine", fail)
    said = roadmap("check")

    assert said.status == 3
    assert "Traceback" not in said.err
    [crash] = workspace.folder.glob("crash-*.md")
    told = crash.read_text(encoding="utf-8")
    assert "Traceback" in told
    assert __version__ in told
    assert str(Path.home()) == "/" or f"{Path.home()}/secret" not in told.split("```")[1]


def test_progress_is_told_in_lines_where_nothing_can_move(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """On standard error, one a milestone."""
    assert "HTTP and REST: 4 of 4 checks passed." in roadmap("check").err


def test_an_untidy_history_is_reported_with_its_line(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """Everything else in it counts."""
    roadmap("check")
    with workspace.attempts.open("a", encoding="utf-8") as history:
        history.write("oops\n")
    said = roadmap("next")

    assert said.status == 0
    assert "Line 2: It is not JSON." in said.err
    assert "is kept" in said.out


# Looking.


def test_next_says_what_and_why(roadmap: Roadmap, workspace: Workspace) -> None:
    """Before anything was checked, the first requirement."""
    said = roadmap("next")

    assert said.status == 0
    assert "http.health" in said.out
    assert "Everything it needs is passed." in said.words


@pytest.mark.parametrize("command", [("next",), ("hint", "http.created"), ("solution",), ("serve",)])
def test_what_needs_a_workspace_says_so(roadmap: Roadmap, nowhere: Path, command: tuple[str, ...]) -> None:
    """With what to type."""
    said = roadmap(*command)

    assert said.status == 2
    assert "There is no workspace" in said.trouble
    assert "roadmap start phase-1" in said.trouble


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("phase-1", "about 3 months"),
        ("shop", "Orders that are paid once."),
        ("books", "never with a broken ISBN"),
        ("books.isbn", "A book has a title."),
    ],
)
def test_phases_milestones_and_requirements_are_shown(roadmap: Roadmap, nowhere: Path, name: str, words: str) -> None:
    """A requirement with the words of the contract, outside of a workspace those of the template."""
    said = roadmap("show", name)

    assert said.status == 0
    assert words in said.words


def test_a_requirement_is_shown_with_the_projects_own_contract_and_the_last_verdict(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """The learner's project may be older than the pack."""
    contract = workspace.root / "library-api" / "CONTRACT.md"
    contract.write_text("## 4. Books\n\nAs it was agreed.\n", encoding="utf-8")
    examiner.events = SOME_FAILED
    roadmap("check")
    said = roadmap("show", "books.isbn-unique")

    assert "As it was agreed." in said.out
    assert '"isbn_taken"' in said.out


def test_lists_of_everything_and_of_one_milestone(roadmap: Roadmap, nowhere: Path) -> None:
    """All phases with milestones; or requirements."""
    assert {"http", "books", "orders"} <= set(roadmap("list").words.split())
    assert "orders.create" in roadmap("list", "shop").words
    assert "books.isbn" not in roadmap("list", "http").words


def test_hints_climb_one_rung_a_time_and_are_remembered(roadmap: Roadmap, workspace: Workspace) -> None:
    """Where to look, the idea, nearly the code; then all three again."""
    shown = [roadmap("hint", "http.created").out for _ in range(4)]

    assert ["Look at where" in each for each in shown] == [True] * 4
    assert ["The idea of" in each for each in shown] == [False, True, True, True]
    assert ["Nearly the code" in each for each in shown] == [False, False, True, True]
    assert len(workspace.history().entries) == 3


def test_a_hint_is_given_although_it_cannot_be_remembered(roadmap: Roadmap, workspace: Workspace) -> None:
    """As in a read-only folder."""
    (workspace.folder / "attempts.jsonl").symlink_to("/nonexistent/folder/file")
    said = roadmap("hint", "http.created")

    assert said.status == 0
    assert "Look at where" in said.out
    assert "could not be recorded" in said.trouble


def test_a_hint_for_what_is_no_requirement_gets_a_guess(roadmap: Roadmap, workspace: Workspace) -> None:
    """Also for a milestone: it has no hints."""
    said = roadmap("hint", "http.creatd")

    assert said.status == 2
    assert "Did you mean http.created?" in said.trouble


def test_the_solution_is_refused_until_the_milestone_is_passed(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """Exit code 2, with how far it is; afterwards its files are listed."""
    said = roadmap("solution", "http")
    assert said.status == 2
    assert "0 of 4 requirements are passed" in said.trouble
    assert "reference" not in said.out

    roadmap("check")
    said = roadmap("solution", "http")
    assert said.status == 0
    assert "app/main.py" in said.out
    assert "pyc" not in said.out


def test_giving_up_shows_it_and_is_recorded(roadmap: Roadmap, workspace: Workspace) -> None:
    """Once; from then on it is shown, and the dashboard says so."""
    said = roadmap("solution", "books.isbn", "--give-up")
    assert said.status == 0
    assert "Recorded" in said.err

    assert roadmap("solution", "books", "--file", "app/main.py").out == "app = None  # the reference\n"
    assert "solution seen" in roadmap().out
    assert len(workspace.history().entries) == 1


def test_a_file_that_the_reference_has_not_gets_a_guess(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """And no path leads out of it."""
    roadmap("check")

    assert "Did you mean app/main.py?" in roadmap("solution", "--file", "app/mian.py").trouble
    assert roadmap("solution", "--file", "../../../../curriculum/topics.yaml").status == 2


def test_the_doctor_looks_at_everything(roadmap: Roadmap, workspace: Workspace) -> None:
    """Python, curriculum, workspace, project, PostgreSQL, Git, ports, cache and terminal."""
    said = roadmap("doctor")

    assert said.status in (0, 2)
    for subject in ("Python", "Curriculum", "Workspace", "Project", "postgres", "Git", "Ports", "Cache", "Terminal"):
        assert f"\n   {subject}" in said.out


def test_the_doctor_names_what_is_wrong(roadmap: Roadmap, workspace: Workspace) -> None:
    """With what to do about it, and exit code 2."""
    (workspace.root / "library-api" / "roadmap.toml").write_text("phase =", encoding="utf-8")
    said = roadmap("doctor")

    assert said.status == 2
    assert "roadmap.toml:1:" in said.words
    assert "-> A text stands in quotes" in said.words


# start


@pytest.mark.parametrize("name", ["phase-1", "library-api", ""])
def test_start_makes_workspace_and_project(roadmap: Roadmap, nowhere: Path, name: str) -> None:
    """By either name, or by none: then it is the first that has not begun."""
    said = roadmap("start", *filter(None, [name]))

    assert said.status == 0
    assert (nowhere / ".roadmap" / "workspace.json").is_file()
    assert (nowhere / "library-api" / "main.py").is_file()
    for words in (PHASE.summary, "First milestone: HTTP and REST", "cd library-api", "roadmap check"):
        assert words in said.words


def test_start_in_a_project_makes_the_next_one_beside_it(
    roadmap: Roadmap, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not inside of it; and the phase that has begun is not the next one."""
    roadmap("start", "phase-1", "--flavour", "blank")
    monkeypatch.chdir(nowhere / "library-api")
    said = roadmap("start", "--stack", "django")

    assert said.status == 0
    assert 'stack = "django"' in (nowhere / "shop" / "roadmap.toml").read_text()
    assert "cd ../shop" in said.out
    assert (nowhere / "library-api" / "README.md").read_text() == "# fastapi, blank, nobody\n"


def test_start_elsewhere_makes_the_workspace_around_it(roadmap: Roadmap, nowhere: Path) -> None:
    """Below the current folder the workspace is the current folder, elsewhere that of the project."""
    (nowhere / "a").mkdir()
    assert roadmap("start", "phase-1", "--into", "b/deep").status == 0
    assert (nowhere / ".roadmap").is_dir()
    assert (nowhere / "b" / "deep" / "main.py").is_file()


def test_start_refuses_a_folder_that_is_not_empty(roadmap: Roadmap, nowhere: Path) -> None:
    """Untouched, and no workspace is begun for nothing."""
    (nowhere / "library-api").mkdir()
    (nowhere / "library-api" / "mine.txt").write_text("mine", encoding="utf-8")
    said = roadmap("start", "phase-1")

    assert said.status == 2
    assert "is not empty, so nothing was written there" in said.trouble
    assert [path.name for path in nowhere.iterdir()] == ["library-api"]


def test_start_does_not_ask_without_a_terminal(roadmap: Roadmap, nowhere: Path) -> None:
    """It says what to do instead of waiting for ever."""
    said = roadmap("start", "phase-1", "--ask")

    assert said.status == 2
    assert "no terminal to ask in" in said.trouble


def test_start_with_another_pack_keeps_to_it(
    roadmap: Roadmap, nowhere: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third party's curriculum belongs to the workspace; a second pack is refused there."""
    monkeypatch.setattr("roadmap_cli.cli.start.bundled", packs.bundled)
    assert roadmap("start", "phase-1", "--pack", str(pack)).status == 0
    assert Workspace.find(nowhere).pack == str(pack)

    other = small_pack(nowhere / "other")
    said = roadmap("start", "shop", "--pack", str(other))
    assert said.status == 2
    assert "uses another pack" in said.trouble


def test_an_unknown_phase_gets_a_guess(roadmap: Roadmap, nowhere: Path) -> None:
    """And nothing is made."""
    said = roadmap("start", "libary-api")

    assert said.status == 2
    assert "Did you mean library-api?" in said.trouble
    assert not list(nowhere.iterdir())


# The terminal.


def test_piped_output_is_plain_by_itself(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """No escape sequence, no line drawn."""
    examiner.events = SOME_FAILED

    assert "\x1b" not in (said := roadmap("check")).out + said.err
    assert not re.search("[─━│✓✗]", said.out)


def test_a_terminal_gets_colour_and_plain_takes_it_away(
    roadmap: Roadmap, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--plain may stand anywhere."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    drawn, before, after = (
        roadmap("list", "http"),
        roadmap("--plain", "list", "http"),
        roadmap("list", "http", "--plain"),
    )

    assert "\x1b[" in drawn.out
    assert "━" in drawn.out or "─" in drawn.out
    assert before == after
    assert before.out.isascii()


def test_no_color_takes_the_colours_and_leaves_the_lines(
    roadmap: Roadmap, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As https://no-color.org says."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")

    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out := roadmap().out)
    assert "─" in out


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_the_width_of_the_terminal_is_kept(
    roadmap: Roadmap, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """Nothing is wider, so that nothing wraps badly."""
    monkeypatch.setenv("COLUMNS", columns)

    for command in ((), ("--help",), ("list", "books"), ("show", "books.isbn"), ("next",), ("hint", "http.created")):
        assert max(map(len, roadmap(*command).out.splitlines())) <= int(columns)


def test_a_reader_that_has_seen_enough_is_no_error(workspace: Workspace) -> None:
    """`roadmap list | head -1` says nothing about pipes."""
    command = f"{sys.executable} -m roadmap_cli list | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_a_stream_that_knows_only_ascii_gets_escapes(workspace: Workspace) -> None:
    """Instead of an error about an encoding, for a folder with an umlaut."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "roadmap_cli", "show", "phase-1"]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)

    assert b"\\xdcbungen" in done.stdout


# Completion.


@pytest.mark.parametrize(
    ("words", "candidates"),
    [
        ("roadmap ch", {"check"}),
        ("roadmap start ph", {"phase-1", "phase-2"}),
        ("roadmap check http.not", {"http.not-found"}),
        ("roadmap check bo", {"books", "books.isbn", "books.isbn-unique", "books.search", "books.race"}),
        ("roadmap hint orders", {"orders.create"}),
    ],
)
def test_shells_complete_names(
    roadmap: Roadmap, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, words: str, candidates: set[str]
) -> None:
    """Commands, phases, milestones and requirements."""
    monkeypatch.setenv("_ROADMAP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))

    assert set(roadmap().out.split()) == candidates


def test_completion_is_silent_when_something_is_wrong(
    roadmap: Roadmap, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell wants no messages."""
    (workspace.folder / "workspace.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("_ROADMAP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "roadmap check bo")
    monkeypatch.setenv("COMP_CWORD", "2")
    said = roadmap()

    assert said.out.strip() + said.err == ""


def test_completion_can_be_installed(tmp_path: Path) -> None:
    """For bash, in a home of its own."""
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "SHELL": "/bin/bash",
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    command = [sys.executable, "-m", "roadmap_cli", "--install-completion", "bash"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)

    assert "bash completion installed" in done.stdout
    assert "_ROADMAP_COMPLETE" in "".join(p.read_text() for p in tmp_path.rglob("roadmap.sh"))


# serve


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent differently there")
def test_serve_runs_the_server_with_a_database_that_stays(workspace: Workspace, pack: Path) -> None:
    """What one run writes, the next one reads; Ctrl-C ends server and database."""
    (workspace.folder / "workspace.json").write_text(json.dumps({"format": 1, "pack": str(pack)}), encoding="utf-8")
    (workspace.root / "library-api" / "main.py").write_text(COUNTER, encoding="utf-8")

    assert [_served(workspace.root) for _ in range(2)] == ["runs: 1", "runs: 2"]


COUNTER = """
import os, psycopg, time
url = os.environ["DATABASE_URL"]
with psycopg.connect(url, autocommit=True) as connection:
    connection.execute("create table if not exists run (id serial)")
    connection.execute("insert into run default values")
    print("runs:", connection.execute("select count(*) from run").fetchone()[0], flush=True)
print(os.environ["LIBRARIAN_EMAIL"], os.environ["PORT"], flush=True)
time.sleep(600)
"""


def _served(root: Path) -> str:
    """Run it until it has said something, press Ctrl-C, and give back the first line."""
    from roadmap_cli.processes import free_port

    command = [sys.executable, "-X", "faulthandler", "-m", "roadmap_cli", "serve", "--port", str(free_port())]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        watchdog = threading.Timer(60, process.send_signal, [signal.SIGABRT])  # and where it hangs is told
        watchdog.start()
        first = process.stdout.readline().strip()
        second = process.stdout.readline().strip()
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
        status = process.wait()
        watchdog.cancel()
    assert status == 0, f"{first}\n{second}\n{told}"
    assert second.startswith("librarian@example.com ")
    assert "http://127.0.0.1:" in told
    assert time.monotonic() - begin < 20
    return first


def test_serve_says_when_the_port_is_taken(roadmap: Roadmap, workspace: Workspace) -> None:
    """With one that is free."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        said = roadmap("serve", "--port", str(other.getsockname()[1]))

    assert said.status == 2
    assert "is taken by another program" in said.trouble
    assert "--port" in said.trouble


def test_serve_needs_a_command_that_can_be_run(
    roadmap: Roadmap, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said before anything else is seen of it; here with a database of the user's own."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
    toml = workspace.root / "library-api" / "roadmap.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("python main.py", "no-such-program"), encoding="utf-8")
    said = roadmap("serve", "--port", "8765")

    assert said.status == 2
    assert "There is no program no-such-program." in said.trouble
    assert SHOP.slug not in said.out
