"""Runs of examinations, one at a time, so that the last verdict is that of the last content.

    at rest ──change──▶ running ──change──▶ stopping ──ended──▶ running …
       ▲                   │
       └──────ended────────┘   only if nothing has changed since the run began

Everything that happens is a message in one inbox: changes, events of the examination, and what whoever follows the
session posts himself, such as keys. Three threads write (watcher, runner, keyboard), one reads and decides. A run looks
at the project once more before it says that it has ended; so a change during a run is in the inbox before its end.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from roadmap_cli.errors import RoadmapError
from roadmap_cli.events import Event, Finished
from roadmap_cli.examiner import Examination, Stop
from roadmap_cli.watching.authors import Authors, Weight
from roadmap_cli.watching.watcher import Change, Message, Watcher

Judge = Callable[[Examination, Stop], Iterator[Event]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One examination of one content: *because* names the files whose change brought it about.

    *began* is in seconds of the monotonic clock.
    """

    number: int
    content: int
    because: tuple[str, ...] = ()
    began: float = 0.0
    stop: Stop = field(default_factory=Stop, compare=False)


@dataclass(frozen=True, kw_only=True)
class Began(Message):
    """A run begins. All *at* are seconds of the monotonic clock."""

    run: Run
    at: float


@dataclass(frozen=True, kw_only=True)
class Told(Message):
    """The run's examination says something."""

    run: Run
    event: Event
    at: float


@dataclass(frozen=True, kw_only=True)
class Ended(Message):
    """A run is over, and so is every process of it.

    *refused* says why it could not even begin. *cancelled*: it was stopped, and its events are worth nothing.
    """

    run: Run
    events: tuple[Event, ...]
    at: float
    cancelled: bool = False
    refused: RoadmapError | None = None

    @property
    def is_finished(self) -> bool:
        """Whether everything that was to be judged has been."""
        return not self.cancelled and any(isinstance(event, Finished) for event in self.events)


@dataclass(frozen=True, kw_only=True)
class ServerWrites(Message):
    """These files are written in every run; those that are *ignored* no longer bring about another one."""

    paths: tuple[str, ...]
    ignored: bool


@dataclass(frozen=True, kw_only=True)
class Failed(Message):
    """Something of ours went wrong in another thread."""

    error: BaseException


class Session:
    """Runs after changes. *prepare* says what to examine at the beginning of each run, *judge* examines it.

    *watch* makes the watcher, which tells its changes to what it is given.
    """

    def __init__(
        self,
        *,
        judge: Judge,
        prepare: Callable[[], Examination],
        watch: Callable[[Callable[[Change], None]], Watcher],
    ) -> None:
        self._judge = judge
        self._prepare = prepare
        self._inbox: SimpleQueue[Message] = SimpleQueue()  # reentrant: signal handlers may post
        self.watcher = watch(self.post)
        self._authors = Authors()
        self._wanted = 0
        self._because: dict[str, None] = {}
        self._run: Run | None = None
        self._runner: threading.Thread | None = None
        self._runs = 0

    @property
    def is_at_rest(self) -> bool:
        """Whether no run is on, as far as the messages that were taken tell."""
        return self._run is None

    def start(self) -> None:
        """Listen first, then run: no change is too early to be seen."""
        self.watcher.start()
        self._begin()

    def post(self, message: Message) -> None:
        """Put a message into the inbox, from any thread."""
        self._inbox.put(message)

    def again(self) -> None:
        """Run once more, although nothing may have changed: at once, or after stopping the run that is on."""
        self._wanted = max(self._wanted, self.watcher.number) + (1 if self._run else 0)
        self._stop_or_begin()

    def next(self, timeout: float | None = None) -> Message | None:
        """The next message, after it has been acted upon; None if there is none for *timeout* seconds."""
        try:
            message = self._inbox.get(timeout=timeout)
        except Empty:
            return None
        match message:
            case Change():
                self._changed(message)
            case Ended():
                self._ended(message)
            case Failed(error=error):
                raise error
        return message

    def close(self) -> None:
        """End the run and everything that it started, and stop watching."""
        if self._run:
            self._run.stop.ask()
        if self._runner:
            self._runner.join()
        self.watcher.close()

    # --- deciding -----------------------------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        if self._run is None:
            self._authors.at_rest(change.changed)
            if change.changed:
                self._want(change, change.changed)
                self._begin()
        elif change.number > self._run.content:
            weight = self._weigh(change)
            if weight is not Weight.NOTHING:
                self._want(change, change.changed or change.touched)
            if weight is Weight.AT_ONCE:
                self._run.stop.ask()

    def _weigh(self, change: Change) -> Weight:
        """What a change during a run is worth; whom we take for its author is told when that is new."""
        servers, suspects = set(self._authors.servers), set(self._authors.suspects)
        assert self._run is not None
        moment = time.monotonic() - self._run.began
        weight = self._authors.during_run(change.changed, change.touched, moment)
        for paths, ignored in ((self._authors.servers - servers, True), (self._authors.suspects - suspects, False)):
            if paths:
                self.post(ServerWrites(paths=tuple(sorted(paths)), ignored=ignored))
        return weight

    def _want(self, change: Change, paths: tuple[str, ...]) -> None:
        self._wanted = change.number
        self._because |= dict.fromkeys(paths)

    def _ended(self, ended: Ended) -> None:
        self._run = None
        if self._wanted > ended.run.content:
            self._begin()

    def _stop_or_begin(self) -> None:
        if self._run:
            self._run.stop.ask()
        else:
            self._begin()

    # --- running ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._runner:
            self._runner.join()  # it has said that it has ended, and has nothing more to do
        self._runs += 1
        self._authors.next_run()
        now = time.monotonic()
        self._run = Run(number=self._runs, content=self.watcher.number, because=tuple(self._because), began=now)
        self._wanted = self._run.content
        self._because = {}
        self.post(Began(run=self._run, at=now))
        self._runner = threading.Thread(target=self._work, args=(self._run,), name=f"run {self._runs}", daemon=True)
        self._runner.start()

    def _work(self, run: Run) -> None:
        events: list[Event] = []
        refused: RoadmapError | None = None
        try:
            self._examine(run, events)
        except RoadmapError as error:
            refused = error
        except BaseException as error:  # a thread has no caller to raise to
            self.post(Failed(error=error))
        self.watcher.look()
        self.post(
            Ended(run=run, events=tuple(events), at=time.monotonic(), cancelled=run.stop.is_asked, refused=refused)
        )

    def _examine(self, run: Run, events: list[Event]) -> None:
        with contextlib.closing(_generator(self._judge(self._prepare(), run.stop))) as stream:
            for event in stream:
                if run.stop.is_asked:
                    return
                events.append(event)
                self.post(Told(run=run, event=event, at=time.monotonic()))


def _generator(events: Iterator[Event]) -> Generator[Event, None, None]:
    yield from events
