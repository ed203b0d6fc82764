"""Saves as editors make them, and a stand-in for the examination: it reads what is there, takes its time, and says it."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from roadmap_cli.events import Event, Finished, Noticed, Started
from roadmap_cli.examiner import Examination, Stop
from roadmap_cli.watching import Ended, Message, Session, Watcher

NAMES = ("main.py", "app/books.py", "app/deep/loans.py", "notes.txt", "app/data.json")


def content_of(root: Path) -> str:
    """What the project holds, as one line; a file that goes away under our eyes is not there."""
    digest = hashlib.sha256()
    for name in NAMES:
        try:
            digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
        except OSError:
            continue
    return digest.hexdigest()


class StandIn:
    """An examination that judges what the project holds; *longest* bounds how long it takes."""

    def __init__(self, root: Path, chance: random.Random, longest: float = 0.03) -> None:
        self.root = root
        self.chance = chance
        self.longest = longest
        self.running = 0
        self.most_running = 0

    def __call__(self, examination: Examination, stop: Stop) -> Iterator[Event]:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            stop.wait(self.chance.uniform(0, self.longest / 3))
            seen = content_of(self.root)
            yield Noticed(message=seen)
            for _ in range(self.chance.randrange(4)):
                yield Started(requirement="any", check="any")
                stop.wait(self.chance.uniform(0, self.longest / 3))
            if not stop.is_asked:
                yield Finished(milliseconds=1.0)
        finally:
            self.running -= 1


def nothing_to_prepare() -> Examination:
    """The stand-in asks for nothing."""
    return cast(Examination, None)


def session_on(root: Path, judge: Callable[[Examination, Stop], Iterator[Event]], *, polling: bool) -> Session:
    """A session on the real file system."""
    return Session(judge=judge, prepare=nothing_to_prepare, watch=lambda tell: Watcher(root, tell, polling=polling))


def verdict_of(ended: Ended) -> str:
    """What the stand-in had seen."""
    [seen] = [event.message for event in ended.events if isinstance(event, Noticed)]
    return seen


class Follower(threading.Thread):
    """Follows a session in a thread of its own, as the command does, and keeps what has happened."""

    def __init__(self, session: Session) -> None:
        super().__init__(daemon=True)
        self.session = session
        self.messages: list[Message] = []
        self.error: BaseException | None = None
        self._over = threading.Event()

    def __enter__(self) -> Follower:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        try:
            self.session.start()
            while not self._over.is_set():
                if message := self.session.next(timeout=0.02):
                    self.messages.append(message)
        except BaseException as error:
            self.error = error
        finally:
            self.session.close()

    @property
    def finished(self) -> list[Ended]:
        """The runs that came to their end."""
        return [message for message in tuple(self.messages) if isinstance(message, Ended) and message.is_finished]

    def wait_for(self, wanted: Callable[[], bool], seconds: float = 20.0) -> bool:
        """Whether that came about in time."""
        deadline = time.monotonic() + seconds
        while not wanted() and not self.error:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        if self.error:
            raise self.error
        return True


class Editor:
    """Saves as editors, formatters and version control do them, at random."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root = root
        self.chance = chance
        self.count = 0
        self.last: dict[Path, bytes] = {}

    def save(self) -> str:
        """One save; what it was."""
        self.count += 1
        path = self.root / self.chance.choice(NAMES)
        how = self.chance.choice((
            self.in_place, self.in_place, self.in_two_steps, self.aside, self.aside, self.append, self.delete, self.back,
            self.there_and_back, self.same_again, self.folder_again, self.backup_first, self.same_size,
        ))  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        how(path)
        return f"{self.count} {how.__name__} {path.name}"

    def pause(self) -> None:
        """From none at all to longer than a run takes."""
        time.sleep(self.chance.choice((0, 0, 0, 0.0005, 0.003, 0.012, 0.025, 0.04)))

    def fresh(self) -> bytes:
        return f"{self.count} {self.chance.random()}\n".encode() * self.chance.randint(0, 40)

    def in_place(self, path: Path) -> None:
        self._remember(path)
        path.write_bytes(self.fresh())

    def in_two_steps(self, path: Path) -> None:
        self._remember(path)
        with path.open("wb") as file:
            self.pause()
            file.write(self.fresh())

    def aside(self, path: Path) -> None:
        self._remember(path)
        new = path.with_name(f".{path.name}.new")
        new.write_bytes(self.fresh())
        os.replace(new, path)

    def backup_first(self, path: Path) -> None:
        """As vim with backupcopy=no: the old file is moved away, the new one made in its place."""
        self._remember(path)
        if path.exists():
            os.replace(path, path.with_name(f"{path.name}~"))
        path.write_bytes(self.fresh())

    def append(self, path: Path) -> None:
        self._remember(path)
        with path.open("ab") as file:
            file.write(self.fresh())

    def same_size(self, path: Path) -> None:
        """As many bytes as before, perhaps in the same tick of the clock."""
        self._remember(path)
        path.write_bytes(b"%08d" % self.chance.randrange(10**8))
        path.write_bytes(b"%08d" % self.chance.randrange(10**8))

    def delete(self, path: Path) -> None:
        self._remember(path)
        path.unlink(missing_ok=True)

    def back(self, path: Path) -> None:
        """What it held before: undo in an editor."""
        path.write_bytes(self.last.get(path, b""))

    def there_and_back(self, path: Path) -> None:
        """Something else for a moment, then what it held."""
        held = path.read_bytes() if path.exists() else b""
        path.write_bytes(self.fresh())
        self.pause()
        path.write_bytes(held)

    def same_again(self, path: Path) -> None:
        if path.exists():
            path.write_bytes(path.read_bytes())

    def folder_again(self, path: Path) -> None:
        """As a switch of branches: the folder goes and comes back with other files."""
        shutil.rmtree(self.root / "app", ignore_errors=True)
        self.pause()
        target = self.root / "app" / "books.py"
        target.parent.mkdir(parents=True)
        target.write_bytes(self.fresh())

    def _remember(self, path: Path) -> None:
        if path.exists():
            self.last[path] = path.read_bytes()
