"""When to look at a project again: at the system's events where they arrive, by the clock where they do not.

Events only wake; what has changed is found by looking. So an event that is lost, or one too many, costs time and never
a verdict: even where events arrive, the clock has somebody look every other second.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Protocol

from roadmap_cli.watching.content import Folder

REST_SECONDS = 2.0
_STEP_MS = 10  # quiet for one to two of these means that a burst is over
_BURST_MS = 250  # a burst that does not end is not waited for
_POLL_SECONDS = 0.15
_MOST_POLL_SECONDS = 2.0
_PATIENCE = 10  # looking may take a tenth of the time
_PROBE_SECONDS = 2.0
_MOUNTS = Path("/proc/mounts")

# Of what others do on these, no events arrive: another machine writes, or another system beside ours.
_SHARED = {
    "nfs": "a network drive", "nfs4": "a network drive", "cifs": "a network drive", "smb3": "a network drive",
    "smbfs": "a network drive", "afs": "a network drive", "ceph": "a network drive", "lustre": "a network drive",
    "fuse.sshfs": "a network drive", "fuse.rclone": "a network drive", "fuse.glusterfs": "a network drive",
    "davfs": "a network drive", "9p": "a drive of another system", "v9fs": "a drive of another system",
    "drvfs": "a drive of Windows", "virtiofs": "a drive of another system", "vboxsf": "a drive of another system",
    "vmhgfs": "a drive of another system", "fuse.vmhgfs-fuse": "a drive of another system",
    "prl_fs": "a drive of another system", "fuse.grpcfuse": "a drive of another system",
    "fakeowner": "a drive of another system", "fuse.osxfs": "a drive of another system",
}  # fmt: skip


class Waker(Protocol):
    """Whatever knows when to look."""

    def wait(self, look_seconds: float) -> None:
        """Return when it is time to look again; the last look took *look_seconds*."""

    def follow(self, folders: frozenset[Folder]) -> None:
        """From now on, wake for what happens in *folders*; OSError if that cannot be."""

    def close(self) -> None:
        """Let everything go."""


class Clock:
    """Looks again and again, more rarely where looking takes long."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def wait(self, look_seconds: float) -> None:
        """Until it is time again."""
        self._stop.wait(min(max(_POLL_SECONDS, look_seconds * _PATIENCE), _MOST_POLL_SECONDS))

    def follow(self, folders: frozenset[Folder]) -> None:
        """The clock strikes everywhere."""

    def close(self) -> None:
        """There is nothing to let go."""


class Events:
    """The system's own events (inotify, FSEvents, ReadDirectoryChangesW), by way of watchfiles."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._notify: _Notify | None = None

    def wait(self, look_seconds: float) -> None:
        """Until a burst of events is over, at the latest when it is time for a look in any case."""
        rest = max(REST_SECONDS, look_seconds * _PATIENCE)
        if self._notify is None:  # the project's folder is away
            self._stop.wait(_POLL_SECONDS)
            return
        self._notify.wait(int(rest * 1000), self._stop)

    def follow(self, folders: frozenset[Folder]) -> None:
        """Every folder by itself: what is left out costs nothing, neither events nor a share of the system's limits."""
        older = self._notify
        paths = sorted(folder.path for folder in folders)
        self._notify = _Notify(paths) if paths else None
        if older:
            older.close()

    def close(self) -> None:
        """End the thread that listens."""
        if self._notify:
            self._notify.close()
            self._notify = None


class _Notify:
    """watchfiles' inner object, without the filters and the environment variables around it."""

    def __init__(self, paths: list[str]) -> None:
        from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

        try:
            self._inner = RustNotify(paths, False, False, 300, False, True)
        except WatchfilesRustInternalError as error:
            raise OSError(str(error)) from error

    def wait(self, milliseconds: int, stop: threading.Event) -> bool:
        """Whether events came; at the latest after *milliseconds*."""
        return isinstance(self._inner.watch(_BURST_MS, _STEP_MS, milliseconds, stop), set)

    def close(self) -> None:
        self._inner.close()


def shared_drive(root: Path, mounts: str | None = None) -> str:
    """What kind of drive *root* is on, in words, if its events cannot be relied upon; empty if they can.

    *mounts* are the lines of /proc/mounts, the machine's own if None.
    """
    if sys.platform == "win32":
        return "a network drive" if str(root.absolute()).startswith("\\\\") else ""
    kinds = _mounted(mounts if mounts is not None else _read_mounts())
    path = os.path.realpath(root)
    within = [point for point in kinds if path == point or path.startswith(point.rstrip("/") + "/")]
    return _SHARED.get(kinds[max(within, key=len)], "") if within else ""


def events_arrive(place: Path, seconds: float = _PROBE_SECONDS) -> bool:
    """Try it: write a file in a new folder of *place* and wait for the event. True too where that cannot be tried."""
    try:
        folder = tempfile.mkdtemp(prefix=".roadmap-probe-", dir=place)
    except OSError:
        return True
    try:
        return _probe(Path(folder), seconds)
    except OSError:
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _probe(folder: Path, seconds: float) -> bool:
    notify = _Notify([str(folder)])
    try:
        deadline = time.monotonic() + seconds
        (folder / "probe").write_text("?", encoding="utf-8")
        left = max(1, int((deadline - time.monotonic()) * 1000))
        return notify.wait(left, threading.Event())
    finally:
        notify.close()


def _read_mounts() -> str:
    with contextlib.suppress(OSError):
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    return ""


def _mounted(lines: str) -> dict[str, str]:
    """The kind of file system at each mount point; the last line for a point counts."""
    split = (line.split(" ") for line in lines.splitlines())
    return {_unescaped(words[1]): words[2] for words in split if len(words) > 2}


def _unescaped(point: str) -> str:
    """A mount point as it is: spaces and the like are written as octal numbers."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, char)
    return point
