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
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, Queue
from typing import IO

from roadmap_cli.checking.draw import Draw
from roadmap_cli.checking.job import Job
from roadmap_cli.curriculum import Phase
from roadmap_cli.events import Broke, Event, Finished, Noticed, decode
from roadmap_cli.nurseries import Nursery, Place
from roadmap_cli.packs import Pack
from roadmap_cli.processes import Tree, scratch, spawn, sweep
from roadmap_cli.services.postgres import Prepared
from roadmap_cli.surroundings import allowed
from roadmap_cli.warmth import Warmth

WHOLE_SECONDS = 600.0
MAX_LINE = 4 << 20
_CHILD = ("-m", "roadmap_cli.checking.child")
_FURTHER = 3  # the first descriptor that a forked child gets beside the three that every program has

# Our own variables that the child needs, beside what any program may know.
_OURS = ("ROADMAP_CACHE",)
_SERVICES = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL", "SMTP_URL", "ROADMAP_POSTGRES")


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What is to be examined: *requirements* of *phase*, on the server of *project*, or on the one that runs at *url*.

    The checks of the requirement *first* run before all others. *environment* adds to, or replaces, what the curriculum
    gives the server; *seconds* bound the whole, *start_seconds* the server's start. *log* is where what the server prints
    is kept; it is thrown away if None.
    """

    pack: Pack
    phase: Phase
    requirements: tuple[str, ...]
    seed: int
    first: str = ""
    project: Path | None = None
    serve: str = ""
    ready: str = "/"
    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = WHOLE_SECONDS
    start_seconds: float = 30.0
    log: Path | None = None

    def job(self, folder: Path) -> Job:
        """The same for the child."""
        given = drawn_environment(self.phase, self.seed)
        return Job(
            checks=str(self.pack.checks(self.phase)),
            requirements=self.requirements,
            seed=self.seed,
            first=self.first,
            scratch=str(folder),
            services=self.phase.services,
            environment=tuple((given | dict(self.environment)).items()),
            offered=tuple((name, os.environ[name]) for name in _SERVICES if name in os.environ),
            pycache=str(folder / "pycache"),
            project=str(self.project.absolute()) if self.project else "",
            serve=self.serve,
            ready=self.ready,
            url=self.url,
            start_seconds=self.start_seconds,
            log=str(self.log.absolute()) if self.log else "",
        )


def drawn_environment(phase: Phase, seed: int) -> dict[str, str]:
    """What an examination with *seed* gives the server, beside its services."""
    return {name: _drawn(value, seed) for name, value in phase.environment}


def new_seed() -> int:
    """A seed nobody knows in advance, short enough to be typed."""
    return secrets.randbelow(10**9)


class Stop:
    """The wish to end an examination, from another thread than the one that reads its events."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._waiting: list[Callable[[], None]] = []

    @property
    def is_asked(self) -> bool:
        """Whether somebody wants it to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """End it as soon as possible."""
        self._asked.set()
        for wake in tuple(self._waiting):
            wake()

    def wake(self, whom: Callable[[], None]) -> None:
        """Call *whom* when somebody asks, at once if somebody has; more than once does no harm."""
        self._waiting.append(whom)
        if self.is_asked:
            whom()

    def wait(self, seconds: float) -> bool:
        """Wait for somebody to ask, at most so long; whether somebody has."""
        return self._asked.wait(seconds)


def examine(examination: Examination, stop: Stop | None = None, warmth: Warmth | None = None) -> Iterator[Event]:
    """The events of the examination, as they happen; no more of them once *stop* is asked for.

    They come sooner with *warmth*, which a session of many examinations keeps open.

    Closing the iterator, or an exception such as KeyboardInterrupt in whoever reads it, ends every process that was
    started; so does *stop*, which another thread may ask for. The last event is `Finished`, unless the examination was
    ended before, or the child broke: then it is `Broke`.
    """
    sweep()
    folder = scratch("check")
    try:
        with warmth.database() if warmth else nullcontext() as database:
            yield from _Child(examination, folder, stop or Stop(), warmth, database).events()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Child:
    """One examining process and what it says."""

    def __init__(
        self,
        examination: Examination,
        folder: Path,
        stop: Stop,
        warmth: Warmth | None,
        database: Prepared | None,
    ) -> None:
        self.examination = examination
        self.folder = folder
        self.stop = stop
        self.warmth = warmth
        self.database = database
        self.lines: Queue[bytes | None] = Queue()
        self.rest = folder / "child.log"

    def events(self) -> Iterator[Event]:
        wire, theirs = os.pipe()
        with self.rest.open("wb") as rest, open(wire, "rb") as stream:
            tree = self._start(theirs, rest.fileno())
            os.close(theirs)
            threading.Thread(target=self._pump, args=(stream,), daemon=True).start()
            try:
                yield from self._read()
            finally:
                tree.kill()

    def _start(self, wire: int, rest: int) -> Tree:
        """The child, forked if there is a warm grader, else started."""
        with suppress(OSError):  # the nursery has just ended: the usual way is left
            if forked := self._fork(wire, rest):
                return forked
        self._write(None)
        argv = [sys.executable, "-I", *_CHILD, str(self.folder / "job.json")]
        return spawn(argv, cwd=self.folder, environment=self._environment(), stdout=wire, stderr=rest)

    def _fork(self, wire: int, rest: int) -> Tree | None:
        environment = self._environment()
        grader = self.warmth.grader(environment) if self.warmth else None
        if grader is None:
            return None
        server = self._server()
        self._write(replace(server.place, descriptor=_FURTHER) if server else None)
        argv = [sys.executable, *_CHILD, str(self.folder / "job.json")]
        further = [server.fileno()] if server else []
        return grader.spawn(argv, cwd=self.folder, environment=environment, stdout=wire, stderr=rest, further=further)

    def _server(self) -> Nursery | None:
        project = self.examination.project
        return self.warmth.server(project, self.examination.serve) if self.warmth and project else None

    def _write(self, nursery: Place | None) -> None:
        job = replace(self.examination.job(self.folder), nursery=nursery, postgres=self.database)
        if self.warmth:
            job = replace(job, pycache=str(self.warmth.pycache))
        (self.folder / "job.json").write_text(job.to_line(), encoding="utf-8")

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
        self.stop.wake(lambda: self.lines.put(None))
        while True:
            try:
                line = self.lines.get(timeout=deadline.left)
            except Empty:
                yield Noticed(
                    message=f"The examination was ended after {seconds:g} seconds; what was not judged is blocked."
                )
                return
            if self.stop.is_asked:
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
