"""A machine without PostgreSQL: SQLite, what needs more is skipped, and nobody is judged wrongly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from roadmap_cli.events import ServiceReady, decode
from roadmap_cli.specimens import lay_out_reference
from roadmap_cli.verdicts import Outcome, Report
from tests.examining import bundled_pack

TOP = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


def test_sqlite_judges_what_it_can(tmp_path: Path) -> None:
    """The reference fails nothing; races and whatever looks into PostgreSQL are skipped, with the reason."""
    lay_out_reference("library-api", str(tmp_path / "project"))
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, "-m", "tests.on_sqlite", str(tmp_path / "project"), str(tmp_path / "scratch")]
    lines = subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    _, phase = bundled_pack()

    report = Report.fold(phase, [decode(line) for line in lines])

    assert () == report.of(Outcome.FAILED) + report.of(Outcome.BROKEN) + report.of(Outcome.BLOCKED)
    assert 50 < report.count(Outcome.PASSED) < len(phase.requirements)
    assert {"sqlite"} == {service.rung.lower() for service in report.services if isinstance(service, ServiceReady)}
    assert all("PostgreSQL" in verdict.reason for verdict in report.of(Outcome.SKIPPED))
