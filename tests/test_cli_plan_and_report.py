"""`roadmap plan` and `roadmap report`, from the arguments to the files. The clock stands still; the rest is real."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from roadmap_cli import reports
from roadmap_cli.attempts import Planned
from roadmap_cli.cli import main
from roadmap_cli.cli.desk import Desk
from roadmap_cli.cli.screen import Screen
from roadmap_cli.verdicts import Report
from roadmap_cli.workspace import Workspace
from tests.recorded import PHASE, SOME_FAILED
from tests.shared import at, history
from tests.small_pack import small_pack

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Both streams without line ends."""
        return " ".join((self.out + self.err).split())


Roadmap = Callable[..., Said]


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture
def roadmap(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pack: Path) -> Roadmap:
    """Run a command in this process, at NOW, with the small pack as the bundled one."""
    for module in ("packs", "cli.desk", "cli.names"):
        monkeypatch.setattr(f"roadmap_cli.{module}.bundled", lambda: pack)

    def here(*, plain: bool) -> Desk:
        screen = Screen(out=sys.stdout, err=sys.stderr, plain=True, plain_err=True, width=80)
        return Desk(cwd=Path.cwd(), screen=screen, clock=lambda: NOW)

    monkeypatch.setattr("roadmap_cli.cli.Desk.here", staticmethod(here))

    def run(*words: str) -> Said:
        status = main(words)
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return run


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def workspace(nowhere: Path) -> Workspace:
    """A workspace that we stand in, nothing recorded."""
    return Workspace.create(nowhere)


@pytest.fixture
def checked(workspace: Workspace) -> Workspace:
    """The same with two checks, and the last one's report."""
    for entry in history((2, SOME_FAILED), (18, SOME_FAILED)):
        workspace.record(entry)
    workspace.keep_report(PHASE.slug, reports.to_json(Report.fold(PHASE, SOME_FAILED), at=at(18)))
    return workspace


# plan


def test_a_plan_needs_no_workspace(roadmap: Roadmap, nowhere: Path) -> None:
    """Before anything is begun it shows what one would get into, from today."""
    said = roadmap("plan")

    assert said.status == 0
    assert "from 20 Mar 2026" in said.words
    assert "roadmap start library-api" in said.words


def test_terms_are_remembered(roadmap: Roadmap, checked: Workspace) -> None:
    """The second time a plain `roadmap plan` knows them; saying one does not forget the other."""
    first = roadmap("plan", "--hours", "6", "--from", "2026-02-23")
    second = roadmap("plan")
    third = roadmap("plan", "--hours", "4.5")

    assert (0, 0, 0) == (first.status, second.status, third.status)
    assert first.out == second.out
    assert "6 hours a week" in second.out
    assert "from 23 Feb 2026" in second.words
    assert "4.5 hours a week" in third.out
    assert "from 23 Feb 2026" in third.words
    told = [entry for entry in checked.history().entries if isinstance(entry, Planned)]
    assert [(date(2026, 2, 23), 6.0), (None, 4.5)] == [(each.start, each.hours) for each in told]


def test_a_plan_does_not_change_where_you_are(roadmap: Roadmap, checked: Workspace) -> None:
    """Planning is no attempt at anything: dashboard and next stay as they are."""
    before = roadmap("next").out
    roadmap("plan", "--hours", "6")

    assert before == roadmap("next").out


def test_looking_at_a_plan_records_nothing(roadmap: Roadmap, checked: Workspace) -> None:
    """Only what was said is remembered."""
    before = checked.attempts.read_bytes()
    roadmap("plan")

    assert before == checked.attempts.read_bytes()


def test_outside_a_workspace_nothing_can_remember(roadmap: Roadmap, nowhere: Path) -> None:
    """The plan is shown all the same, and the reader is told."""
    said = roadmap("plan", "--hours", "6")

    assert said.status == 0
    assert "6 hours a week" in said.out
    assert "There is no workspace here that could remember this." in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--hours", "0"), "With 0 hours a week nothing is ever finished."),
        (("--hours", "1000"), "1000 hours a week is more than anybody can study."),
        (("--from", "soon"), "soon is not a day of the calendar."),
        (("--from", "1970-01-01"), "1970-01-01 is more than 20 years from today."),
    ],
)
def test_terms_that_make_no_plan_are_not_remembered(
    roadmap: Roadmap, checked: Workspace, words: tuple[str, str], message: str
) -> None:
    """They end with 2, a sentence and a next step; the history is as it was."""
    before = checked.attempts.read_bytes()
    said = roadmap("plan", *words)

    assert said.status == 2
    assert message in said.words
    assert before == checked.attempts.read_bytes()


def test_damage_of_the_history_is_told_beside_the_plan(roadmap: Roadmap, checked: Workspace) -> None:
    """A torn line takes nothing else with it."""
    with checked.attempts.open("ab") as file:
        file.write(b"{torn\n")
    said = roadmap("plan")

    assert said.status == 0
    assert "1 line of .roadmap/attempts.jsonl left out" in said.err.replace("\n", " ")


def test_a_calendar_is_written(roadmap: Roadmap, checked: Workspace) -> None:
    """To the file that is named, with its line ends as they must be; written again, it is replaced."""
    said = roadmap("plan", "--hours", "6", "--ics", "plan.ics")
    raw = (checked.root / "plan.ics").read_bytes()

    assert said.status == 0
    assert said.out == ""
    assert "The calendar is in" in said.err
    assert b"\r\n" in raw
    assert b"\r\r" not in raw
    assert len(list(Calendar.from_ical(raw).walk("VEVENT"))) > 3
    assert roadmap("plan", "--ics", "plan.ics").status == 0
    assert raw == (checked.root / "plan.ics").read_bytes()
    assert ["plan.ics"] == [path.name for path in checked.root.iterdir() if path.name != ".roadmap"]


def test_a_calendar_may_go_to_standard_output(roadmap: Roadmap, checked: Workspace) -> None:
    """Alone, so that a pipe gets nothing else."""
    said = roadmap("plan", "--ics", "-")

    assert said.out.startswith("BEGIN:VCALENDAR")
    assert said.err == ""


# report


def test_the_last_check_is_shown_once_more(roadmap: Roadmap, checked: Workspace) -> None:
    """Without an option, as `check` showed it."""
    said = roadmap("report")

    assert said.status == 0
    assert "6 of 20 points" in said.words
    assert "curl -i -X POST" in said.out


def test_before_the_first_check_there_is_none_to_show(roadmap: Roadmap, workspace: Workspace) -> None:
    """The next step is to check."""
    said = roadmap("report")

    assert said.status == 2
    assert "Nothing of Library management REST API has been checked yet." in said.words
    assert "roadmap check" in said.words


def test_all_forms_are_written_at_once(roadmap: Roadmap, checked: Workspace) -> None:
    """Each whole, none with a trace of how it was written."""
    said = roadmap("report", "--html", "r.html", "--md", "r.md", "--badge", "b.svg", "--name", "Ada <b>")

    assert said.status == 0
    assert (checked.root / "r.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert "Ada &lt;b&gt;" in (checked.root / "r.html").read_text(encoding="utf-8")
    assert "Ada \\<b\\>" in (checked.root / "r.md").read_text(encoding="utf-8")
    assert "6 of 22 points" in (checked.root / "b.svg").read_text(encoding="utf-8")
    assert ["b.svg", "r.html", "r.md"] == sorted(p.name for p in checked.root.iterdir() if p.name != ".roadmap")
    assert said.words.count("Written:") == 3


def test_one_phase_may_be_named(roadmap: Roadmap, checked: Workspace) -> None:
    """And a mistyped one gets a guess."""
    assert "library-api: 6 of 20 points" in roadmap("report", "phase-1", "--badge", "-").out
    assert "Did you mean library-api?" in roadmap("report", "libary-api", "--badge", "-").words


@pytest.mark.parametrize(
    ("form", "begins"), [("--html", "<!doctype html>"), ("--md", "# Backend"), ("--badge", "<svg")]
)
def test_a_form_may_go_to_standard_output(roadmap: Roadmap, checked: Workspace, form: str, begins: str) -> None:
    """Alone."""
    said = roadmap("report", form, "-")

    assert said.out.startswith(begins)
    assert said.err == ""


def test_two_forms_cannot_share_standard_output(roadmap: Roadmap, checked: Workspace) -> None:
    """Nothing is written then."""
    said = roadmap("report", "--html", "-", "--md", "-")

    assert said.status == 2
    assert said.out == ""
    assert "Only one of them can go to standard output." in said.err


@pytest.mark.parametrize(
    "command", [("report", "--html"), ("report", "--md"), ("report", "--badge"), ("plan", "--ics")]
)
def test_a_place_that_is_none_is_said_before_anything_is_written(
    roadmap: Roadmap, checked: Workspace, command: tuple[str, str]
) -> None:
    """A folder, and a folder that is not there; each with a next step."""
    (checked.root / "docs").mkdir()
    folder, nowhere = roadmap(*command, "docs"), roadmap(*command, "no/where.html")

    assert (2, 2) == (folder.status, nowhere.status)
    assert "docs is a folder. Name a file in it, for example: docs/" in folder.words
    assert "for where.html. Make it first, or name another." in nowhere.words
    assert [] == list((checked.root / "docs").iterdir())


def test_what_cannot_be_written_is_said_and_what_was_there_stays(
    roadmap: Roadmap, checked: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves the old page."""
    (checked.root / "r.html").write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    said = roadmap("report", "--html", "r.html")

    assert said.status == 2
    assert "r.html could not be written: no space left on device." in said.words
    assert "what was there before is as it was" in said.words
    assert "old" == (checked.root / "r.html").read_text(encoding="utf-8")
    assert ["r.html"] == [path.name for path in checked.root.iterdir() if path.name != ".roadmap"]


def test_a_link_is_followed_and_a_pipe_is_written_to(roadmap: Roadmap, checked: Workspace) -> None:
    """Neither is replaced by a file."""
    (checked.root / "real.md").write_text("old", encoding="utf-8")
    (checked.root / "link.md").symlink_to("real.md")
    roadmap("report", "--md", "link.md")

    assert (checked.root / "link.md").is_symlink()
    assert (checked.root / "real.md").read_text(encoding="utf-8").startswith("# Backend")
    assert roadmap("report", "--md", os.devnull).status == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("name", ["plan", "report"])
def test_help_has_examples(roadmap: Roadmap, nowhere: Path, name: str) -> None:
    """What one would type."""
    said = roadmap(name, "--help")

    assert said.status == 0
    assert f"roadmap {name} --" in said.words
