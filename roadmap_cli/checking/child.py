"""The examining child: reads a job from a file, writes events to what was its standard output.

Run as ``python -I -m roadmap_cli.checking.child JOB``: isolated from the learner's folder, environment and site.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from roadmap_cli.checking.job import Job
from roadmap_cli.checking.stage import Stage
from roadmap_cli.events import Broke, Event, encode

# What an examination does not use, and would pay for at every start.
_UNUSED_PLUGINS = [
    "cacheprovider",
    "terminal",
    "doctest",
    "unittest",
    "junitxml",
    "pastebin",
    "stepwise",
    "setuponly",
    "setupplan",
    "legacypath",
    "faulthandler",
    "debugging",
    "recwarn",
    "logging",
]


class Wire:
    """Standard output, kept for events alone: whatever else prints goes to standard error from now on."""

    def __init__(self) -> None:
        # Duplicated now: pytest and checks may do to descriptor 1 what they like.
        self._out: TextIO = os.fdopen(os.dup(1), "w", buffering=1, encoding="ascii")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def say(self, event: Event) -> None:
        """Write one event; several threads may."""
        with self._lock:
            self._out.write(encode(event) + "\n")


def main() -> int:
    """Run the job in the file that is named; the exit status says nothing about verdicts."""
    wire = Wire()
    job = Job.from_line(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.pycache_prefix = job.pycache
    _be_opaque()
    stage = Stage(job, wire.say)
    try:
        stage.begin()
        run_checks(job, stage, wire.say)
    except BaseException as error:  # the parent must hear of every end
        wire.say(Broke(message=f"The examination broke: {error}", traceback=traceback.format_exc()))
        return 3
    finally:
        stage.close()
    return 0


def run_checks(job: Job, stage: Stage, say: Callable[[Event], None]) -> None:
    """Run the job's checks on *stage*, which has begun."""
    import pytest

    from roadmap_cli.checking.plugin import CheckPlugin

    plugin = CheckPlugin(stage, say)
    ini = Path(__file__).with_name("checks.ini")
    unused = [word for name in _UNUSED_PLUGINS for word in ("-p", f"no:{name}")]
    options = ["-s", "--assert=plain", f"--rootdir={job.checks}", "-c", str(ini), *unused]
    pytest.main([*options, *_files(job)], plugins=[plugin])


def _files(job: Job) -> list[str]:
    """The files that hold checks of the wanted requirements; reading all of them would cost a part its quickness."""
    wanted = [f'"{id}"' for id in job.requirements]
    paths = sorted(Path(job.checks).glob("test_*.py"))
    return [str(path) for path in paths if any(id in path.read_text(encoding="utf-8") for id in wanted)]


def _be_opaque() -> None:
    """Keep the learner's processes, which run as the same user, out of this one's memory (ptrace, /proc/PID/mem)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE


if __name__ == "__main__":
    sys.exit(main())
