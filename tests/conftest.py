"""What every reader of the tests already knows: --record, and one PostgreSQL for a whole run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadmap_cli.processes import scratch
from roadmap_cli.services.postgres import start_cluster

GOLDEN = Path(__file__).parent / "golden"


def pytest_configure() -> None:
    """Take Ctrl-C and closed terminals as usual, even where we were started in the background or under nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the golden files anew instead of comparing with them")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with its golden file, or record it."""
    return Golden(record=request.config.getoption("--record"))


class Golden:
    """What a learner sees, kept in files so that a change of wording shows in the diff."""

    def __init__(self, *, record: bool) -> None:
        self.record = record

    def check(self, name: str, text: str) -> None:
        """*text* is what the file *name* holds."""
        path = GOLDEN / name
        if self.record:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{name} has not been recorded: python -m pytest --record"
        assert path.read_text(encoding="utf-8") == text, "Wanted? Record it: python tasks.py test --slow --record"


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL that all examinations of this run share, with a database each."""
    folder = scratch("tests")
    cluster = start_cluster(folder)
    os.environ["ROADMAP_POSTGRES"] = cluster.url
    yield cluster.url
    del os.environ["ROADMAP_POSTGRES"]
    cluster.close()
