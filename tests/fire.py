"""A program that records attempts, and takes over exports, and is killed meanwhile: at a moment, at a line, in a write.

It is started once, and forks for every kill, so that a thousand of them take seconds. Orders come as JSON lines.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from roadmap_cli import importing, reports, workspace
from roadmap_cli.verdicts import Report
from roadmap_cli.workspace import Workspace
from tests.recorded import ALL_PASSED, PHASE

AT = "2026-03-01T09:30:00+00:00"
REPORT = Report.fold(PHASE, ALL_PASSED)


def record(root: Path, number: int) -> None:
    """What `check` does when an examination has ended; the number stands where the seed stands."""
    report = replace(REPORT, seed=number)
    found = Workspace(root)
    found.record(reports.attempt(report, at=AT))
    acknowledge()
    found.keep_report(PHASE.slug, reports.to_json(report, at=AT))


def acknowledge() -> None:
    os.write(WIRE[1], b".")


WIRE = os.pipe()


def forked(act: Callable[[], None]) -> int:
    """A process that does it and ends."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        act()
        status = 0
    finally:
        os._exit(status)


def acknowledged() -> int:
    """How many attempts the process that has just ended knew to be recorded."""
    os.set_blocking(WIRE[0], False)
    try:
        return len(os.read(WIRE[0], 1 << 16))
    except BlockingIOError:
        return 0


def at_a_moment(root: Path, number: int, seconds: float) -> None:
    """Record one attempt after the other until somebody puts an end to it."""

    def act() -> None:
        for each in range(number, number + 100_000):
            record(root, each)

    pid = forked(act)
    time.sleep(seconds)  # the random moment
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def at_a_line(act: Callable[[], None], file: str, lines: int) -> bool:
    """Do it, and die before that line of that file; whether it came so far."""

    def traced() -> None:
        left = lines

        def trace(frame: FrameType, event: str, _: object) -> Any:
            nonlocal left
            if frame.f_code.co_filename != file:
                return None
            if event == "line":
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        act()

    return os.waitstatus_to_exitcode(os.waitpid(forked(traced), 0)[1]) == -signal.SIGKILL


def in_a_write(root: Path, number: int, size: int) -> bool:
    """Record an attempt, and die when that many bytes of its line have been written; whether there were as many."""

    def act() -> None:
        write = os.write

        def torn(file: int, content: bytes) -> int:
            if content.startswith((b'{"v"', b"\n{")):
                if size > len(content):
                    return write(file, content)
                write(file, content[:size])
                os.kill(os.getpid(), signal.SIGKILL)
            return write(file, content)

        os.write = torn  # type: ignore[assignment]  # we only ever write bytes
        record(root, number)

    return os.waitstatus_to_exitcode(os.waitpid(forked(act), 0)[1]) == -signal.SIGKILL


def obey(order: dict[str, Any]) -> dict[str, Any]:
    root, number = Path(order["root"]), order.get("number", 0)
    match order["kill"]:
        case "at a moment":
            at_a_moment(root, number, order["seconds"])
            return {"acknowledged": acknowledged()}
        case "at a line":
            died = at_a_line(lambda: record(root, number), workspace.__file__, order["lines"])
            return {"died": died, "acknowledged": acknowledged()}
        case "in a write":
            return {"died": in_a_write(root, number, order["size"]), "acknowledged": acknowledged()}
        case "while importing":
            file = Path(order["file"])

            def act() -> None:
                importing.unpack(file, root)

            return {"died": at_a_line(act, importing.__file__, order["lines"])}
        case other:
            raise ValueError(other)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)
