"""The examination from outside: one child process, a stream of events, deadlines, and the end of everything it started.

This is the only starter of pytest. The child is isolated (``-I``, an allow-listed environment, its own process group) and
everything it says comes as JSON lines; whatever else it prints is kept for a crash report.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import IO

from roadmap_cli.checking.draw import Draw
from roadmap_cli.checking.job import Job
from roadmap_cli.curriculum import Phase
from roadmap_cli.events import Broke, Event, Finished, Noticed, decode
from roadmap_cli.packs import Pack
from roadmap_cli.processes import scratch, spawn, sweep
from roadmap_cli.surroundings import allowed

WHOLE_SECONDS = 300.0
MAX_LINE = 4 << 20
_LOOK_SECONDS = 0.1  # how long somebody waits who asks an examination to stop

# Our own variables that the child needs, beside what any program may know.
_OURS = ("ROADMAP_CACHE",)
_SERVICES = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL", "SMTP_URL", "ROADMAP_POSTGRES")


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What is to be examined: *requirements* of *phase*, on the server of *project*, or on the one that runs at *url*.

    *environment* adds to, or replaces, what the curriculum gives the server; *seconds* bound the whole,
    *start_seconds* the server's start.
    """

    pack: Pack
    phase: Phase
    requirements: tuple[str, ...]
    seed: int
    project: Path | None = None
    serve: str = ""
    ready: str = "/"
    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = WHOLE_SECONDS
    start_seconds: float = 30.0

    def job(self, folder: Path) -> Job:
        """The same for the child."""
        given = {name: _drawn(value, self.seed) for name, value in self.phase.environment}
        return Job(
            checks=str(self.pack.checks(self.phase)),
            requirements=self.requirements,
            seed=self.seed,
            scratch=str(folder),
            services=self.phase.services,
            environment=tuple((given | dict(self.environment)).items()),
            offered=tuple((name, os.environ[name]) for name in _SERVICES if name in os.environ),
            project=str(self.project.absolute()) if self.project else "",
            serve=self.serve,
            ready=self.ready,
            url=self.url,
            start_seconds=self.start_seconds,
        )


def new_seed() -> int:
    """A seed nobody knows in advance, short enough to be typed."""
    return secrets.randbelow(10**9)


def examine(examination: Examination, *, stop: threading.Event | None = None) -> Iterator[Event]:
    """The events of the examination, as they happen.

    Closing the iterator, or an exception such as KeyboardInterrupt in whoever reads it, ends every process that was
    started; so does *stop*, which another thread may set. The last event is `Finished`, unless the examination was
    ended before, or the child broke: then it is `Broke`.
    """
    sweep()
    folder = scratch("check")
    try:
        yield from _Child(examination, folder, stop or threading.Event()).events()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Child:
    """One examining process and what it says."""

    def __init__(self, examination: Examination, folder: Path, stop: threading.Event) -> None:
        self.examination = examination
        self.folder = folder
        self.stop = stop
        self.lines: Queue[bytes | None] = Queue()
        self.rest = folder / "child.log"

    def events(self) -> Iterator[Event]:
        job = self.folder / "job.json"
        job.write_text(self.examination.job(self.folder).to_line(), encoding="utf-8")
        wire, theirs = os.pipe()
        with self.rest.open("wb") as rest, open(wire, "rb") as stream:
            tree = spawn(
                [sys.executable, "-I", "-m", "roadmap_cli.checking.child", str(job)],
                cwd=self.folder,
                environment=self._environment(),
                stdout=theirs,
                stderr=rest,
            )
            os.close(theirs)
            threading.Thread(target=self._pump, args=(stream,), daemon=True).start()
            try:
                yield from self._read()
            finally:
                tree.kill()

    def _environment(self) -> dict[str, str]:
        ours = {name: os.environ[name] for name in _OURS if name in os.environ}
        return allowed() | ours | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"}

    def _pump(self, stream: IO[bytes]) -> None:
        while line := stream.readline(MAX_LINE):
            self.lines.put(line)
        self.lines.put(None)

    def _read(self) -> Iterator[Event]:
        seconds = self.examination.seconds
        deadline = _Deadline(seconds)
        while not self.stop.is_set():
            try:
                line = self.lines.get(timeout=min(deadline.left, _LOOK_SECONDS))
            except Empty:
                if deadline.left:
                    continue
                yield Noticed(
                    message=f"The examination was ended after {seconds:g} seconds; what was not judged is blocked."
                )
                return
            if line is None:
                yield Broke(message="The grader ended before it had finished.", traceback=self._last_words())
                return
            event = _event(line)
            yield event
            if isinstance(event, (Finished, Broke)):
                return

    def _last_words(self) -> str:
        return self.rest.read_text(encoding="utf-8", errors="replace")[-8000:]


class _Deadline:
    """A point in time that nothing inside the bounded thing can move."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never negative."""
        return max(0.0, self._end - time.monotonic())


def _event(line: bytes) -> Event:
    """The event of a line; a line that is none means that the child broke."""
    try:
        return decode(line.decode("ascii"))
    except (ValueError, TypeError) as error:
        return Broke(message="The grader said something that is no event.", traceback=str(error))


def _drawn(value: str, seed: int) -> str:
    """A value of the phase's environment with its placeholders filled in from the seed."""
    draw = Draw(seed, "environment")
    return value.format(secret=draw.text(48), email=draw.email(), password=draw.password())
