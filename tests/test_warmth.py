"""Warmth: the same verdicts sooner, and nothing shared that could change one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from roadmap_cli.events import Judged, ServerReady, ServiceReady
from roadmap_cli.examiner import Examination, examine
from roadmap_cli.services.postgres import SHARED
from roadmap_cli.specimens import lay_out_reference
from roadmap_cli.verdicts import Outcome, Report
from roadmap_cli.warmth import Warmth
from roadmap_cli.workspace import Project
from tests.examining import bundled_pack

PACK, PHASE = bundled_pack()
WANTED = PHASE.with_needs(("books.update", "ops.sigterm"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("warm") / "library-api"
    lay_out_reference("library-api", str(folder))
    return folder


@pytest.fixture(scope="module")
def warmth() -> Iterator[Warmth]:
    with Warmth(PHASE.services) as made:
        yield made


def examination(project: Path, wanted: tuple[str, ...] = WANTED) -> Examination:
    found = Project.load(project)
    return Examination(
        pack=PACK, phase=PHASE, requirements=wanted, seed=7, project=project, serve=found.serve, ready=found.ready
    )


def report(project: Path, warmth: Warmth | None) -> Report:
    one = examination(project)
    return Report.fold(PHASE, list(examine(one, warmth=warmth)), selected=one.requirements)


def outcomes(report: Report) -> dict[str, Outcome]:
    return {verdict.requirement: verdict.outcome for verdict in report.verdicts}


def test_warm_verdicts_are_those_of_a_cold_examination(project: Path, warmth: Warmth) -> None:
    """Again and again, whatever the program was in between."""
    cold = outcomes(report(project, None))
    source = project / "app" / "services" / "books.py"
    whole = source.read_text()

    first = outcomes(report(project, warmth))
    source.write_text("raise RuntimeError('half written')\n")
    broken = report(project, warmth)
    source.write_text(whole)
    last = report(project, warmth)

    assert {Outcome.PASSED} == set(cold.values())
    assert cold == first == outcomes(last)
    assert broken.server_failed
    assert "half written" in broken.server_failed.reason + "\n".join(broken.server_failed.log)
    assert "app/services/books.py:1" == broken.server_failed.frame
    assert last.finished


def test_each_examination_has_a_database_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one wrote, the next does not find, in a cluster of our own; where somebody gives one, we start none."""
    monkeypatch.delenv(SHARED, raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with Warmth(PHASE.services) as own, own.database() as one, own.database() as other:
        assert one
        assert other
        assert one.url != other.url

    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/library")
    with Warmth(PHASE.services) as given, given.database() as none:
        assert none is None


def test_a_library_of_the_projects_own_hides_the_real_one(project: Path, warmth: Warmth) -> None:
    """A folder by the name of a library that is imported already must win, as it would in a usual start."""
    assert warmth.server(project, "python -m uvicorn app.main:app")
    own = project / "sqlmodel"
    own.mkdir()
    try:
        assert warmth.server(project, "python -m uvicorn app.main:app") is None
    finally:
        own.rmdir()


def test_an_examination_that_is_cancelled_leaves_nothing(project: Path, warmth: Warmth) -> None:
    """Closing the stream in the middle ends grader and server, forked as they are; the next one is whole."""
    stream = iter(examine(examination(project), warmth=warmth))
    port = 0
    for event in stream:
        if isinstance(event, ServerReady):
            port = int(event.url.rpartition(":")[2])
        if isinstance(event, Judged):
            break
    before = servers()
    stream.close()  # type: ignore[attr-defined]  # a generator

    assert before
    poll(lambda: not servers())
    assert port
    assert {Outcome.PASSED} == set(outcomes(report(project, warmth)).values())


def test_a_nursery_that_was_killed_is_replaced(project: Path, warmth: Warmth) -> None:
    """What keeps warm is never what a verdict hangs on."""
    for child in nurseries():
        child.kill()
    poll(lambda: not nurseries())

    assert {Outcome.PASSED} == set(outcomes(report(project, warmth)).values())


def test_nothing_stays_when_it_is_closed(project: Path) -> None:
    """Neither nurseries nor PostgreSQL nor scratch folders."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with Warmth(PHASE.services) as made:
        events = list(examine(examination(project, ("http.health",)), warmth=made))
        folder = made.pycache.parent
        assert folder.is_dir()

    assert any(isinstance(event, ServiceReady) for event in events)
    assert not folder.exists()
    poll(lambda: not {child.pid for child in alive()} - before)


def servers() -> list[psutil.Process]:
    return [child for child in alive() if folder_of(child).endswith("library-api")]


def folder_of(process: psutil.Process) -> str:
    try:
        return str(process.cwd())
    except psutil.Error:  # a grader is opaque
        return ""


def nurseries() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "nursery.py" in " ".join(words(child))]


def words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def alive() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE and os.path.exists(f"/proc/{child.pid}/cwd"):
                found.append(child)
        except psutil.Error:
            continue
    return found


def poll(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)
