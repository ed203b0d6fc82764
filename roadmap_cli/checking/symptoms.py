"""Why a server is not up, in the words of somebody who helps: what we did, what we saw, what to do next."""

from __future__ import annotations

import errno
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from roadmap_cli.checking.logs import error_line, frame_in
from roadmap_cli.checking.probes import Closed, NotHttp, Probe, Silent
from roadmap_cli.neutral import neutral_line
from roadmap_cli.processes import Listener


class When(Enum):
    """At what point a server ended."""

    AT_START = "before it answered"
    IN_THE_MIDDLE = "in the middle of the examination"


@dataclass(frozen=True)
class Why:
    """A sentence, and the next step."""

    reason: str
    advice: str


_TRY_YOURSELF = "Try the command yourself in the project folder."
_PORT_TAKEN = re.compile(
    r"address already in use|EADDRINUSE|BindException|Errno (?:48|98)\b|WinError 10048", re.IGNORECASE
)


def no_command() -> Why:
    """Nothing to start."""
    return Why(
        "There is no start command.",
        'Give one in roadmap.toml, for example: serve = "uvicorn app.main:app --host {host} --port {port}"',
    )


def cannot_read(command: str, error: ValueError) -> Why:
    """The command's quotes do not match."""
    return Why(
        f"The start command cannot be read: {str(error).lower()} in {_shown(command)}.",
        "Correct `serve` in roadmap.toml.",
    )


def not_found(program: str, cwd: Path, python: str) -> Why:
    """No such program, or one that may not be run."""
    if (cwd / program).is_file():
        if "/" not in program:
            return Why(
                f"The start command's program {_shown(program)} was not found where programs are.",
                f"The one in your project folder is called ./{_shown(program)}",
            )
        return Why(
            f"The start command's program {_shown(program)} is there, but may not be run.",
            f"Allow it with: chmod +x {_shown(program)}",
        )
    return Why(
        f"The start command's program {_shown(program)} was not found.",
        f"If it comes with a package, install that for the Python that runs your server, {python}, "
        "or for your language. Otherwise correct `serve` in roadmap.toml.",
    )


def cannot_run(program: str, error: Exception, cwd: Path) -> Why:
    """The operating system refuses."""
    if not cwd.is_dir():
        return Why(f"The project folder {cwd} is not there.", "Run roadmap inside the project.")
    script = getattr(error, "errno", None) in (errno.ENOEXEC, errno.ENOENT)
    return Why(
        f"The start command's program {_shown(program)} could not be started: {_shown(str(error))}.",
        "If it is a script, does its first line name an interpreter, such as #!/usr/bin/env bash?"
        if script
        else _TRY_YOURSELF,
    )


def memory(limit: int, peak: int) -> Why:
    """Ended by us."""
    return Why(
        f"Your server and its processes held {_size(peak)} of memory, more than the {_size(limit)} they may have, "
        "so we ended them.",
        "Look for something that grows without end: a list that is never emptied, a whole table read at once, "
        "a loop that starts processes.",
    )


def stranger(port: int) -> Why:
    """Somebody else has the port."""
    return Why(
        f"Port {port} is answered by a process that your start command did not start.",
        "End what still runs from an earlier try. If your command hands the server over to somebody else "
        "(docker, systemd), let it start the server itself.",
    )


def hidden(port: int) -> str:
    """Notice: we cannot tell whose port it is."""
    return f"The program that you start hides its sockets, so we could not see whether it is the one on port {port}."


def left_behind(processes: Sequence[str]) -> str:
    """Notice: it ended, something of it did not."""
    count = "a process" if len(processes) == 1 else f"{len(processes)} processes"
    return f"Your server ended, but left {count} behind, which we ended: {_some(processes)}"


def flood(written: int, kept: int) -> str:
    """Notice: more output than anybody can read."""
    return f"Your server printed {_size(written)}; we kept the first and the last {_size(kept)}."


def is_port_taken(lines: Sequence[str]) -> bool:
    """Whether it says that it could not have its port."""
    return any(_PORT_TAKEN.search(line) for line in lines)


# It ended by itself.


def ended(
    status: int,
    when: When,
    lines: Sequence[str],
    *,
    left: Sequence[str],
    cwd: Path,
    port: int,
    python: str,
) -> Why:
    """It is no longer there; *left* is what still ran of it."""
    if when is When.AT_START and left and status == 0:
        return Why(
            "The start command ended at once, and left your server running in the background.",
            f"Let it stay in the foreground: no & at the end, no daemon option. Still running were: {_some(left)}",
        )
    error = neutral_line(error_line(lines), limit=300)
    reason = f"Your server {_how(status)} {when.value}"
    reason = f"{reason}: {error}" if error else reason
    return Why(reason.rstrip(".") + ".", _advice(status, error, lines, frame_in(lines, cwd), port, python))


def _how(status: int) -> str:
    if status < 0:
        return f"was ended by signal {_signal_name(-status)}"
    return f"ended with status {status}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _advice(status: int, error: str, lines: Sequence[str], frame: str, port: int, python: str) -> str:
    if is_port_taken(lines):
        return f"Listen on the port that the variable PORT names ({port} this time): another one may be in use already."
    for pattern, advice in _ADVICE:
        if match := re.search(pattern, error):
            return advice.format(*match.groups(), python=python, place=frame or "the place that the log shows")
    if frame:
        return f"Look at {frame}, the last place in your own code; the log shows the way there."
    if status == -9:
        return "The operating system does this when memory runs out. Look at how much your server needs."
    if status == 0:
        return "The command has to keep running. Does your program get to the line that starts its server?"
    if not any(line.strip() for line in lines):
        return f"It printed nothing. {_TRY_YOURSELF}"
    return f"The end of its output says more. {_TRY_YOURSELF}"


_ADVICE = (
    (
        r"ModuleNotFoundError: No module named '([^']+)'",
        "If {0} is a package, install it (pip install …, uv add …) for {python}, the Python that runs your server. "
        "If it is your own, compare its name with the import at {place}.",
    ),
    (r"(?:SyntaxError|IndentationError|TabError)\b", "This cannot be read as code: {place}, or the line before it."),
    (
        r"ImportError: cannot import name",
        "Compare the name with what the other file defines. The import is at {place}.",
    ),
    (
        r"Error loading ASGI app",
        "The part `module:name` of `serve` in roadmap.toml must lead to your application: "
        "dots instead of slashes, no .py, then the name of the variable.",
    ),
    (r"Cannot find module '\.", "The path in that import leads nowhere. It is at {place}."),
    (r"Cannot find (?:module|package) '([^']+)'", "If {0} is a package, install it in the project folder: npm install"),
    (
        r"(?:[Cc]onnection refused|ECONNREFUSED|could not translate host name|password authentication failed)",
        "Is it the database that your server tried to reach? Take its address from DATABASE_URL, "
        "and nothing from a file of settings.",
    ),
    (r"(?:KeyError: '([A-Z][A-Z0-9_]+)')", "If {0} is an environment variable: only those of CONTRACT.md are given."),
)


# It runs, but does not answer.


def never_ready(seen: Probe, url: str, port: int, listeners: Sequence[Listener], seconds: float) -> Why:
    """The time is over; *seen* is what our last question met, *listeners* are all places where it takes connections."""
    match seen:
        case NotHttp(start):
            return _not_http(start, url)
        case Silent():
            return Why(
                f"Your server takes connections, but has not answered GET {url} in {seconds:g} seconds.",
                "Something keeps that request waiting: a lock, a connection to the database, a call to another "
                "server, code that blocks the event loop.",
            )
        case Closed():
            return Why(
                f"Your server takes connections, but closes them without an answer to GET {url}.",
                "Look for what ends the connection: an error while it handles the request, or a server "
                "that does not speak HTTP.",
            )
    return _elsewhere(port, listeners, seconds)


def _not_http(start: bytes, url: str) -> Why:
    begin = neutral_line(start[:60].decode("latin-1"))
    if start.startswith((b"\x15\x03", b"\x16\x03")):  # TLS: an alert or a handshake record (RFC 8446 §5.1)
        return Why(
            f"What answers GET {url} speaks TLS.",
            "Let your server speak plain HTTP here; HTTPS is for what stands in front of it.",
        )
    if start.startswith(b"HTTP/1."):
        return Why(
            f"Your server begins to answer GET {url}, but never gets to the end of the headers: {begin}",
            "Each of those lines ends with CR LF, and an empty line ends them all. A response of class 1xx only "
            "announces the one that counts.",
        )
    return Why(f"What answers GET {url} is not HTTP. It begins with: {begin}", "Is this the server you meant to start?")


def _elsewhere(port: int, listeners: Sequence[Listener], seconds: float) -> Why:
    here = [one for one in listeners if one.port == port]
    if any(":" in one.address for one in here):
        return Why(
            f"Your server listens on IPv6 only: [{here[0].address}]:{port} answers, 127.0.0.1:{port} does not.",
            "Listen on the address that the variable HOST names, 127.0.0.1. The name localhost may mean ::1.",
        )
    if here:
        return Why(
            f"Your server listens at {here[0].address}:{port}, and not at 127.0.0.1:{port}.",
            "Listen on the address that the variable HOST names.",
        )
    if listeners:
        ports = " and ".join(str(number) for number in sorted({one.port for one in listeners}))
        return Why(
            f"Your server listens on port {ports}, and not on {port}, which the variable PORT names.",
            "Take the port from PORT, or put {port} into `serve` in roadmap.toml, as in: --port {port}",
        )
    return Why(
        f"Your server runs, but after {seconds:g} seconds it listens on no port.",
        f"We wait for it at 127.0.0.1:{port}, the values of HOST and PORT. "
        "Does your program get to the line that starts its server? The log shows how far it came.",
    )


def _shown(text: str) -> str:
    return neutral_line(text, limit=120)


def _some(commands: Sequence[str]) -> str:
    return "; ".join([*map(_shown, commands[:3]), *(["…"] if len(commands) > 3 else [])])


def _size(count: int) -> str:
    return f"{count / (1 << 20):.1f} MiB" if count >= 1 << 20 else f"{count / 1024:.1f} KiB"
