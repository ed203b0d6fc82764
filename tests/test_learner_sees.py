"""What a learner sees: golden transcripts of mistakes and of programs that are hostile or broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadmap_cli.specimens import Kind, specimens
from roadmap_cli.verdicts import Outcome
from tests.conftest import GOLDEN, Golden
from tests.examining import bundled_pack, learner_sees, report_on

HOSTILE = Path(__file__).parent / "hostile"
PROGRAMS = sorted(path.stem for path in HOSTILE.glob("*.py") if path.stem != "__init__")

pytestmark = [pytest.mark.usefixtures("postgres"), pytest.mark.slow]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_hostile_program_gets_its_own_sentence(program: str, tmp_path: Path, golden: Golden) -> None:
    """Whatever it does, the report says what it did and what to do next, and nothing is broken."""
    project = _project(tmp_path, f"python {program}.py")
    (project / f"{program}.py").write_bytes((HOSTILE / f"{program}.py").read_bytes())

    wanted = ("http.health", "http.unknown-path")
    report, events = report_on(project, *wanted, seconds=8.0)

    assert 0 == report.count(Outcome.BROKEN)
    assert report.broke is None
    golden.check(f"hostile/{program}.txt", learner_sees(events, project, *wanted))


def _project(folder: Path, serve: str) -> Path:
    project = folder / "project"
    project.mkdir()
    text = f'phase = "library-api"\nstack = "any"\n\n[server]\nserve = "{serve}"\nready = "/health"\n'
    (project / "roadmap.toml").write_text(text, encoding="utf-8")
    return project


# One more: make an empty file of the mistake's name in the folder of its phase, and record it.
MISTAKES = sorted((path.parent.name, path.stem) for path in (GOLDEN / "mistakes").glob("*/*.txt"))


@pytest.mark.parametrize(("slug", "least"), [("library-api", 30), ("trello-lite", 20)])
def test_many_mistakes_have_a_transcript(slug: str, least: int) -> None:
    """Spread over all of them; the proof examines every one."""
    pack, phase = bundled_pack(slug)
    there = {one.name for one in specimens(pack, phase) if one.kind is Kind.MISTAKE}
    recorded = {name for of, name in MISTAKES if of == slug}

    assert least <= len(recorded)
    assert recorded <= there


@pytest.mark.parametrize(("slug", "name"), MISTAKES)
def test_a_mistake_is_explained(slug: str, name: str, tmp_path: Path, golden: Golden) -> None:
    """Sent, received, expected, the learner's log, curl, hint: for one requirement that the mistake fails."""
    pack, phase = bundled_pack(slug)
    mistake = next(one for one in specimens(pack, phase) if one.name == name)
    mistake.materialise(tmp_path / "project")
    requirement = next(id for id in phase.requirements if id in mistake.fails)

    report, events = report_on(tmp_path / "project", requirement)

    assert [Outcome.FAILED] == [verdict.outcome for verdict in report.verdicts]
    golden.check(f"mistakes/{slug}/{name}.txt", learner_sees(events, tmp_path / "project", requirement))
