"""A thread that looks at a project when it is time, and tells what has changed."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli.watching.content import Content, Folder
from roadmap_cli.watching.waking import Clock, Events, Waker, events_arrive, shared_drive


class Message:
    """Whatever is said to somebody who follows a session."""


@dataclass(frozen=True, kw_only=True)
class Change(Message):
    """Files were written: *number* counts the contents, *at* is a point of the monotonic clock.

    *changed* files hold something else than before, *touched* ones were written and hold the same.
    """

    number: int
    changed: tuple[str, ...]
    touched: tuple[str, ...] = ()
    at: float = 0.0


class Watcher:
    """Watches the project in *root*, and calls *tell* with every change, from one thread at a time.

    *named* gives paths that count although rules leave them out. *polling* forces the clock; *probing* is a folder on
    the same drive where it can be tried whether events arrive.
    """

    def __init__(
        self,
        root: Path,
        tell: Callable[[Change], None],
        *,
        named: Callable[[], frozenset[str]] = frozenset,
        polling: bool = False,
        probing: Path | None = None,
    ) -> None:
        self.number = 0
        self.polls_because = "you asked for it" if polling else shared_drive(root)
        self._content = Content(root, named)
        self._tell = tell
        self._probing = probing
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._followed: frozenset[Folder] | None = None
        self._look_seconds = 0.0
        self._waker: Waker = Clock(self._stop) if self.polls_because else Events(self._stop)
        self._thread = threading.Thread(target=self._watch, name="watching", daemon=True)

    def start(self) -> None:
        """Begin to listen, then look: what is written from now on is told."""
        self._listen()
        self._thread.start()

    def look(self) -> None:
        """Look now, and tell what has changed since the last look."""
        with self._lock:
            begin = time.monotonic()
            touched = self._content.look()
            self._look_seconds = time.monotonic() - begin
            if not touched:
                return
            self.number += 1
            changed = tuple(one.path for one in touched if one.differs)
            same = tuple(one.path for one in touched if not one.differs)
            self._tell(Change(number=self.number, changed=changed, touched=same, at=begin))

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of everything that is watched."""
        return self._content.files

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()
        self._waker.close()

    def _watch(self) -> None:
        if self._probing and not self.polls_because and not events_arrive(self._probing):
            self._poll("no events arrive here")
        while not self._stop.is_set():
            self._waker.wait(self._look_seconds)
            self.look()
            self._listen()

    def _listen(self) -> None:
        """Follow exactly the folders that there are. New ones are looked into after that, so that nothing is missed."""
        for _ in range(5):
            if self._followed is None:
                self.look()
            folders = self._content.folders
            if folders == self._followed:
                return
            if not self._follow(folders):
                return
            self.look()

    def _follow(self, folders: frozenset[Folder]) -> bool:
        try:
            self._waker.follow(folders)
            self._followed = folders
        except FileNotFoundError:  # gone since: look again
            self._followed = frozenset()
            self.look()
        except OSError as error:
            self._poll(str(error))
            return False
        return True

    def _poll(self, why: str) -> None:
        self.polls_because = why
        self._waker.close()
        self._waker = Clock(self._stop)


def named_in(command: str, root: Path) -> frozenset[str]:
    """Paths from *root* that a serve command names, such as the jar of ``java -jar target/app.jar``."""
    try:
        words = shlex.split(command)
    except ValueError:
        return frozenset()
    return frozenset(path for word in words if (path := _inside(root, word)))


def _inside(root: Path, word: str) -> str:
    """*word* as a path from *root*, empty if it names no file in there."""
    try:
        path = root / word
        if ".." not in Path(word).parts and (path.is_file() or ("/" in word and path.parent.is_dir())):
            return path.relative_to(root).as_posix()
    except (ValueError, OSError):
        pass
    return ""
