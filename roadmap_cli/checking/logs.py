"""What the learner's server prints: kept within bounds, read for the place in their code where something went wrong."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import threading
import time
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from roadmap_cli.neutral import neutral_line

KEPT_BYTES = 1 << 20
SHOWN_LINES = 60
_LINE_LIMIT = 500
_CHUNK = 1 << 16
_QUIET_SECONDS = 0.02  # a traceback may follow the answer
_PIPE_BYTES = 1 << 20
_CAN_POLL = hasattr(select, "poll")  # not on Windows


class Log:
    """The beginning and the end of an endless text, also in a file; a flood is read and dropped, never held up.

    Positions count every byte that was ever written, kept or not.
    """

    def __init__(self, path: Path, *, kept: int = KEPT_BYTES) -> None:
        self.path = path
        self.written = 0
        self._kept = kept
        self._head = bytearray()
        self._tail = bytearray()
        self._lock = threading.Lock()
        self._pumps: list[threading.Thread] = []
        self._streams: set[FileIO] = set()
        self._file = path.open("wb", buffering=0)

    def pipe(self) -> int:
        """A new descriptor to write to. Whoever gets it closes it; a thread reads from the other end until then."""
        read_end, write_end = os.pipe()
        _widen(write_end)
        stream = FileIO(read_end)
        with self._lock:
            self._streams.add(stream)
        pump = threading.Thread(target=self._pump, args=(stream,), name="server log", daemon=True)
        pump.start()
        self._pumps.append(pump)
        return write_end

    @property
    def is_cut(self) -> bool:
        """Whether something in the middle was dropped."""
        return self.written > len(self._head) + len(self._tail)

    def text(self) -> str:
        """All that is kept; a cut is marked."""
        return self.raw_since(0)

    def raw_since(self, mark: int) -> str:
        """What was written after position *mark*, as it is."""
        with self._lock:
            return self._between(mark, self.written).decode("utf-8", "replace")

    def since(self, mark: int) -> tuple[str, ...]:
        """The lines after position *mark*, made harmless; long ones and too many are cut. Waits until no more comes."""
        self._settle()
        return shown_lines(self.raw_since(mark))

    def finish(self, seconds: float = 1.0) -> None:
        """Wait until everything that was written has arrived, as it does soon after the last writer has ended."""
        deadline = time.monotonic() + seconds
        for pump in self._pumps:
            pump.join(max(0.0, deadline - time.monotonic()))
        self._pumps = [pump for pump in self._pumps if pump.is_alive()]

    def catch_up(self, seconds: float = 0.2) -> None:
        """Wait until everything that was written by now has arrived, although writers go on."""
        if not _CAN_POLL:
            self._settle()
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._lock:  # what a pump has taken from its pipe is kept before it lets go
                if not any(_has_more(stream, 0) for stream in self._streams):
                    return
            time.sleep(0.001)

    def close(self) -> None:
        """Complete the file. What comes later is dropped."""
        with self._lock:
            if not self._file.closed:
                with contextlib.suppress(OSError):
                    self._file.write(self._between(len(self._head), self.written))
                self._file.close()

    def _pump(self, stream: FileIO) -> None:
        with stream:
            while self._take(stream):
                pass
            with self._lock:
                self._streams.discard(stream)

    def _take(self, stream: FileIO) -> bool:
        """Keep what comes next; False at the end. Where one can wait without reading, nothing is between pipe and text."""
        if _CAN_POLL:
            _has_more(stream, None)
            with self._lock:
                chunk = stream.read(_CHUNK)
                self._keep(chunk)
        else:
            chunk = stream.read(_CHUNK)
            with self._lock:
                self._keep(chunk)
        return bool(chunk)

    def _keep(self, chunk: bytes) -> None:
        room = self._kept - len(self._head)
        if room > 0 and not self._file.closed:
            self._head += chunk[:room]
            with contextlib.suppress(OSError):  # a full disk costs the file, not the examination
                self._file.write(chunk[:room])
        self._tail += chunk[max(0, room) :]
        if len(self._tail) > 2 * self._kept:
            del self._tail[: -self._kept]
        self.written += len(chunk)

    def _between(self, start: int, end: int) -> bytes:
        tail_begins = self.written - len(self._tail)
        head = bytes(self._head[start:end])
        tail = bytes(self._tail[max(0, start - tail_begins) : max(0, end - tail_begins)])
        missing = max(0, min(end, tail_begins) - max(start, len(self._head)))
        cut = f"\n[… {missing} bytes were dropped here …]\n".encode() if missing else b""
        return head + cut + tail

    def _settle(self) -> None:
        for _ in range(6):
            before = self.written
            time.sleep(_QUIET_SECONDS)
            if self.written == before:
                return


def _has_more(stream: FileIO, milliseconds: int | None) -> bool:
    """Whether something (or the end) can be read, after waiting for it so long; None waits for ever."""
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    return any(events & select.POLLIN for _, events in poll.poll(milliseconds))


def _widen(pipe: int) -> None:
    """Make room for what comes while this process is busy."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # more than this user may have in all pipes together
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def shown_lines(text: str) -> tuple[str, ...]:
    """The lines of *text*, harmless and of bounded length; of more than 60 the middle is left out."""
    lines = text.splitlines()
    if len(lines) > SHOWN_LINES:
        first, last = lines[: SHOWN_LINES // 3], lines[-(SHOWN_LINES - SHOWN_LINES // 3 - 1) :]
        lines = [*first, f"[… {len(lines) - len(first) - len(last)} lines …]", *last]
    return tuple(neutral_line(line.rstrip(), limit=_LINE_LIMIT) for line in lines)


# Tracebacks. Python names the innermost call last; Node, Java and Go name it first.

_PYTHON = re.compile(r'^[\s|+]*File "([^"]+)", line (\d+)')
_NODE = re.compile(r"^\s+at (?:.*\()?(?:file://)?([^()\s][^()]*?):(\d+)(?::\d+)?\)?$")
_NODE_SYNTAX = re.compile(r"^(?:file://)?(/\S+\.[cm]?[jt]sx?):(\d+)$")
_JAVA = re.compile(r"^\s+at (?:[\w.$-]+/+)*((?:[\w$]+\.)+)[\w$<>]+\(([\w$]+\.(?:java|kt)):(\d+)\)")
_GO = re.compile(r"^\s+(/\S+\.go):(\d+)(?: \+0x[0-9a-f]+)?$")
_FOREIGN = {
    "site-packages",
    "dist-packages",
    ".venv",
    "venv",
    "env",
    "node_modules",
    "vendor",
    ".tox",
    "__pypackages__",
}


def frame_in(lines: Sequence[str], project: Path) -> str:
    """Where in the learner's code the last traceback in *lines* leads to, as ``app/main.py:7``; "" if nowhere."""
    found, inner = "", False
    for line in lines:
        if python := _PYTHON.match(line):
            found, inner = _own(python[1], python[2], project) or found, False
            continue
        place = _other_frame(line, project)
        if place is None:
            inner = False  # the stack is over: the next one is about something later
        elif place and not inner:
            found, inner = place, True
    return found


def error_line(lines: Sequence[str]) -> str:
    """The line that names what the last traceback is about, such as ``KeyError: 'id'``; "" if there is none."""
    found = ""
    in_traceback = False
    for line in map(_unframed, lines):
        if line.startswith("Traceback (most recent call last)") or _PYTHON.match(line):
            in_traceback = True
        elif in_traceback and re.match(r"[A-Za-z_]", line):
            found, in_traceback = line, False
        elif _NAMES_AN_ERROR.match(line):
            found = line
    return found.strip()


_NAMES_AN_ERROR = re.compile(
    r'Exception in thread "|Caused by: |Uncaught |ERROR: +Error loading |panic: '
    r"|[\w.$]*(?:Error|Exception)(?:$|:| \[\w+\]:)"
)


def _unframed(line: str) -> str:
    """Without the bars that Python draws around the members of an exception group."""
    return re.sub(r"^[\s|+-]*\| ", "", line) if re.match(r"^\s*[|+]", line) else line


def _other_frame(line: str, project: Path) -> str | None:
    """The place in the learner's code; "" for somebody else's; None for a line that is no frame."""
    if java := _JAVA.match(line):
        return _java(java[1], java[2], java[3], project)
    for pattern in (_NODE, _NODE_SYNTAX, _GO):
        if match := pattern.match(line):
            return _own(match[1], match[2], project)
    return "" if re.match(r"^\s+at |^\t\S|^goroutine |^\S+\(.*\)$|^\s*\.\.\. \d+ more", line) else None


def _own(name: str, line: str, project: Path) -> str:
    if name.startswith("node:"):
        return ""
    for root in (project.absolute(), project.resolve()):
        path = Path(os.path.normpath(root / name))
        with contextlib.suppress(ValueError):
            inside = path.relative_to(root)
            foreign = _FOREIGN.intersection(inside.parts) or any(part.startswith("<") for part in inside.parts)
            return "" if foreign else f"{neutral_line(inside.as_posix(), limit=200)}:{line}"
    return ""


def _java(package: str, file: str, line: str, project: Path) -> str:
    """Stack traces of the JVM name a class, so look where such a class would be."""
    folders = package.rstrip(".").split(".")[:-1]
    for source in _SOURCES:
        path = Path(source, *folders, file)
        if (project / path).is_file():
            return f"{path.as_posix()}:{line}"
    return ""


_SOURCES = ("src/main/java", "src/main/kotlin", "src", "app/src/main/java", "")
