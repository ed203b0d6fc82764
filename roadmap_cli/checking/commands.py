"""The project's own commands: run as the server is run, bounded, and ended with everything that they leave behind.

Whatever a command does (hangs, forks, floods, fills a disk, writes a report that is none), running it ends in a
`Finished`; a command that is not there, or cannot be run at all, in a Mismatch with words.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import NoReturn

from roadmap_cli.checking.answers import Mismatch
from roadmap_cli.checking.logs import Log, shown_lines
from roadmap_cli.checking.programs import launched, located, words_of
from roadmap_cli.checking.server import which_python, with_system
from roadmap_cli.errors import ProjectError
from roadmap_cli.neutral import neutral_line
from roadmap_cli.nurseries import Nursery
from roadmap_cli.processes import Tree
from roadmap_cli.workspace import PROJECT_FILE, Project

_SETTLE_SECONDS = 0.5
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How long a command may take, how much memory, output and report it may make."""

    seconds: float = 60.0
    memory_bytes: int = 1536 << 20
    output_bytes: int = 256 << 10
    report_bytes: int = 16 << 20


class End(Enum):
    """Why a command ended; the value says so."""

    ITSELF = ""
    TIME = "It had not ended after {seconds:g} seconds, so we ended it."
    MEMORY = "It and its processes held more than {memory} MiB of memory, so we ended them."
    REPORT = "Its report grew to more than {report} MiB, so we ended it."


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a run of a command ended: *status* is negative for a signal, *output* fit to be shown, *report* as it was written.

    *report* is None if none was asked for or no file is there.
    """

    name: str
    line: str
    status: int
    seconds: float
    output: tuple[str, ...] = ()
    report: bytes | None = None
    end: End = End.ITSELF
    ended: str = ""

    @property
    def log(self) -> tuple[str, ...]:
        """The output below the command line that made it, for a Mismatch."""
        return (f"$ {self.line}", *(self.output or ("(it printed nothing)",)))

    @property
    def how(self) -> str:
        """How it ended, in words."""
        if self.end is not End.ITSELF:
            return self.ended
        return f"ended by signal {-self.status}" if self.status < 0 else f"exit status {self.status}"

    def fail(self, sentence: str, *, expected: str = "", actual: str = "") -> NoReturn:
        """The check fails: *sentence* says what should be, the output is the evidence."""
        raise Mismatch(sentence, expected=expected, actual=actual or self.how, log=self.log)

    def expect(self, condition: object, sentence: str, *, expected: str = "", actual: str = "") -> Finished:
        """*condition* holds, or the check fails with *sentence* and the output."""
        if not condition:
            self.fail(sentence, expected=expected, actual=actual)
        return self

    def expect_success(self, sentence: str) -> Finished:
        """It ended by itself, with exit status 0."""
        return self.expect(self.status == 0 and self.end is End.ITSELF, sentence, expected="exit status 0")

    def expect_failure(self, sentence: str) -> Finished:
        """It ended by itself, with another exit status than 0."""
        failed = self.status > 0 and self.end is End.ITSELF
        return self.expect(failed, sentence, expected="another exit status than 0")


class Commands:
    """What ``[commands]`` of a project's roadmap.toml names; *environment* is what each of them is given.

    *python* is what ``python`` stands for. What *nursery* takes is forked by it, everything else started.
    """

    def __init__(
        self, project: Path, *, environment: Mapping[str, str], scratch: Path, nursery: Nursery | None = None
    ) -> None:
        self.project = project
        self.python = which_python(project)[0]
        self._environment = dict(environment)
        self._scratch = scratch
        self._nursery = nursery

    def warmed(self, nursery: Nursery | None) -> Commands:
        """The same commands, forked by *nursery* where that makes no difference but for time."""
        return Commands(self.project, environment=self._environment, scratch=self._scratch, nursery=nursery)

    def line(self, name: str) -> str:
        """The command line called *name*; a Mismatch that says what to add if there is none."""
        try:
            lines = dict(Project.load(self.project).commands)
        except ProjectError as error:
            raise Mismatch(error.message, expected=error.hint) from error
        if name not in lines:
            there = f"commands: {', '.join(map(neutral_line, lines))}" if lines else "no commands"
            raise Mismatch(
                f"{PROJECT_FILE} has no command {name} under [commands]: add one, as the contract describes it.",
                expected=f'[commands]\n{name} = "…"',
                actual=there,
            )
        return lines[name]

    def run(
        self,
        name: str,
        *,
        environment: Mapping[str, str | None] | None = None,
        report: bool = False,
        bounds: Bounds | None = None,
    ) -> Finished:
        """Run the command in the project folder until it has ended, and end whatever it leaves behind.

        *environment* comes on top of what every command is given; None takes a variable away. With *report*, ``{report}``
        in the command line is the path of a new file, whose content comes back.
        """
        bounds = bounds or Bounds()
        changed = {**self._environment, **(environment or {})}
        given = with_system({key: value for key, value in changed.items() if value is not None}, self.python)
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="command-", ignore_cleanup_errors=True) as folder:
            target = Path(folder) / "report.xml"
            argv = self._argv(name, target, given)
            log = Log(Path(folder) / "output.log", kept=bounds.output_bytes)
            try:
                finished = self._run(name, argv, given, log, target, bounds)
                return replace(finished, report=_read(target, bounds.report_bytes) if report else None)
            finally:
                log.close()

    def _argv(self, name: str, report: Path, environment: Mapping[str, str]) -> list[str]:
        line = self.line(name)
        try:
            words = words_of(line, {"report": str(report)})
        except ValueError as error:
            shown = neutral_line(line, limit=120)
            raise Mismatch(
                f"The command {name} cannot be read: {str(error).lower()} in {shown}.",
                expected=f"Correct {name} under [commands] in {PROJECT_FILE}.",
            ) from error
        argv = located(words, cwd=self.project, python=self.python, path=environment["PATH"]) if words else None
        if argv is None:
            program = neutral_line(words[0], limit=120) if words else ""
            raise Mismatch(
                f"The program {program} of the command {name} was not found, or may not be run.",
                expected=f"Install it for {self.python} or for your language, or correct {name} under [commands] "
                f"in {PROJECT_FILE}.",
            )
        return argv

    def _run(
        self, name: str, argv: list[str], environment: Mapping[str, str], log: Log, report: Path, bounds: Bounds
    ) -> Finished:
        output = log.pipe()
        begun = time.monotonic()
        try:
            tree = launched(
                argv,
                self._nursery,
                cwd=self.project,
                environment=environment,
                stdout=output,
                stderr=output,
                memory_limit=bounds.memory_bytes,
            )
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise Mismatch(
                f"The command {name} could not be started: {neutral_line(str(error), limit=200)}.",
                expected=f"Correct {name} under [commands] in {PROJECT_FILE}.",
            ) from error
        finally:
            os.close(output)
        try:
            end = _awaited(tree, report, bounds)
            seconds = time.monotonic() - begun
        finally:
            tree.kill()
        log.finish()
        return Finished(
            name=name,
            line=neutral_line(_shown(argv, self.python, report), limit=300),
            status=tree.status if tree.status is not None else -9,
            seconds=seconds,
            output=shown_lines(log.text()),
            end=end,
            ended=_words(end, bounds),
        )


def _awaited(tree: Tree, report: Path, bounds: Bounds) -> End:
    """Wait until it ends, or has had its share of something."""
    deadline = time.monotonic() + bounds.seconds
    while (left := deadline - time.monotonic()) > 0:
        if tree.wait(min(left, _LOOK_SECONDS)) is not None:
            return End.MEMORY if tree.ended_for_memory else End.ITSELF
        if _size(report) > bounds.report_bytes:
            return End.REPORT
    return End.TIME


def _words(end: End, bounds: Bounds) -> str:
    sizes = {"memory": bounds.memory_bytes >> 20, "report": bounds.report_bytes >> 20}
    return end.value.format(seconds=bounds.seconds, **sizes)


def _shown(argv: list[str], python: str, report: Path) -> str:
    """The command line as one would type it in the project folder."""
    words = ["python" if word == python else word for word in argv]
    return shlex.join(words).replace(str(report), "report.xml")


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _read(path: Path, most: int) -> bytes | None:
    """The bytes of a regular file, at most one more than *most*; None for anything else, which we never open blindly."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with suppress(OSError):
        file = os.open(path, flags)
        with open(file, "rb") as stream:
            if stat.S_ISREG(os.fstat(file).st_mode):
                return stream.read(most + 1)
    return None
