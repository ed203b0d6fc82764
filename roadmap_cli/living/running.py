"""A check in a thread of its own, so that the dashboard stays alive while it runs; what it says comes as messages."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message

from roadmap_cli.attempting import Place
from roadmap_cli.events import Event
from roadmap_cli.examiner import Stop
from roadmap_cli.living.world import Attempted, World


class Seen(Message):
    """The check that is under way has said something."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class Ended(Message):
    """A check has ended, and everything that it started: with a report, or with what went wrong."""

    def __init__(self, place: Place, attempted: Attempted | None, error: Exception | None) -> None:
        super().__init__()
        self.place = place
        self.attempted = attempted
        self.error = error


class Runner:
    """One check at a time."""

    def __init__(self, world: World, post: Callable[[Message], object]) -> None:
        self._world = world
        self._post = post
        self._stop = Stop()
        self._thread: threading.Thread | None = None

    def begin(self, place: Place, requirements: tuple[str, ...]) -> None:
        """Start a check; one that is ending is waited for."""
        self.close()
        self._stop = Stop()
        self._thread = threading.Thread(target=self._run, args=(place, requirements, self._stop), name="check")
        self._thread.start()

    def cancel(self) -> None:
        """Ask the check to stop; it ends with what had been judged."""
        self._stop.ask()

    def close(self) -> None:
        """Cancel, and wait until nothing is left of it."""
        self._stop.ask()
        if self._thread is not None:
            self._thread.join()

    def _run(self, place: Place, requirements: tuple[str, ...], stop: Stop) -> None:
        attempted: Attempted | None = None
        error: Exception | None = None
        try:
            attempted = self._world.attempt(place, requirements, lambda event: self._post(Seen(event)), stop)
        except Exception as problem:  # told where the screen is: a RoadmapError in words, a bug to the one boundary
            error = problem
        self._post(Ended(place, attempted, error))
