"""The learner's server as a real process: started, watched, restarted, and always ended.

Ready means that it answers its ready path with any HTTP at all; whether the answer is right is for the checks to say.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from roadmap_cli.checking import symptoms
from roadmap_cli.checking.logs import KEPT_BYTES, Log, frame_in, shown_lines
from roadmap_cli.checking.probes import Answered, NotHttp, Probe, probe
from roadmap_cli.checking.programs import launched, located, words_of
from roadmap_cli.events import ServerFailed
from roadmap_cli.neutral import neutral_line
from roadmap_cli.nurseries import Nursery
from roadmap_cli.processes import Listener, Stopped, Tree, free_port, is_free, listeners_on, pycache_folder
from roadmap_cli.surroundings import allowed

__all__ = ["Limits", "Server", "ServerDown", "Stopped", "frame_in", "which_python"]

HOST = "127.0.0.1"
_TRIES = 3
_LOG_LINES = 60


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long, how much. *patience_seconds*: how long a server may answer in the wrong place before we say so."""

    ready_seconds: float = 30.0
    patience_seconds: float = 3.0
    stop_seconds: float = 5.0
    memory_bytes: int = 1536 << 20
    log_bytes: int = KEPT_BYTES


class ServerDown(Exception):  # what happened to the learner's server is no error of ours
    """The server is not up; *event* says why, in words."""

    def __init__(self, event: ServerFailed) -> None:
        super().__init__(event.reason)
        self.event = event


class Server:
    """The learner's server. *environment* is what it is given; variables set by `restart` come on top of that.

    *command* is split as a shell would, and run without one; ``{host}`` and ``{port}`` in it are filled in, and a
    leading ``python`` stands for *python*. What *nursery* takes is forked by it, everything else started.
    """

    def __init__(
        self,
        *,
        command: str,
        cwd: Path,
        ready: str,
        environment: Mapping[str, str],
        log: Path,
        python: str,
        limits: Limits | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.command = command
        self.port = 0
        self.notices: list[str] = []
        self._cwd = cwd
        self._ready = ready
        self._given = dict(environment)
        self._changed: dict[str, str | None] = {}
        self._python = python
        self._limits = limits or Limits()
        self._nursery = nursery
        self._log = Log(log, kept=self._limits.log_bytes)
        self._start_of_log = 0
        self._tree: Tree | None = None
        self._peak = 0

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- what it is ---------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it answers; a restart keeps the port unless somebody else has taken it."""
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What it is given at its next start, or was at its last: nothing of the user's own environment."""
        given = {**self._given, **self._changed, "HOST": HOST, "PORT": str(self.port)}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def is_usual(self) -> bool:
        """Whether it runs, with nothing but its usual environment."""
        return self._tree is not None and self._tree.alive and not self._changed

    @property
    def peak_bytes(self) -> int:
        """The most memory that its processes held at one time."""
        return max(self._peak, self._tree.peak_bytes if self._tree else 0)

    # --- what it does -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it and wait until it is ready; ServerDown if that does not come. Does nothing while it runs."""
        if self._tree is not None and self._tree.alive:
            return
        self.kill()  # whatever is left of one that ended by itself
        for attempt in range(_TRIES):
            self._launch()
            try:
                self._await_ready()
                return
            except ServerDown as down:
                self.kill()
                if not (isinstance(down, _PortTaken) and attempt < _TRIES - 1):
                    raise
                self.port = 0
            except BaseException:
                self.kill()
                raise

    def restart(self, **environment: str | None) -> None:
        """Stop and start it with these variables on top of the usual ones; None removes one."""
        self.stop()
        self._changed = dict(environment)
        self.start()

    def restart_as_usual(self) -> None:
        """Stop and start it with nothing but its usual environment."""
        self.restart()

    def stop(self) -> Stopped:
        """Ask it to end (SIGTERM), wait, and end what is left by force. The status is negative for a signal."""
        if self._tree is None:
            return Stopped(seconds=0.0, status=0, in_time=True)
        tree, self._tree = self._tree, None
        stopped = tree.terminate(self._limits.stop_seconds)
        self._ended(tree)
        if stopped.left_behind:
            self._notice(symptoms.left_behind(stopped.left_behind))
        return replace(stopped, left_behind=tuple(neutral_line(line, limit=200) for line in stopped.left_behind))

    def kill(self) -> None:
        """End it by force, without asking: what a crash of the machine would be to it."""
        if self._tree is not None:
            tree, self._tree = self._tree, None
            tree.kill()
            self._ended(tree)

    def close(self) -> None:
        """End it for good and complete the log file."""
        self.kill()
        self._log.close()

    # --- what it says -------------------------------------------------------------------------------------------

    def log(self) -> str:
        """All of its output that was kept, as it is: escape sequences are still in it."""
        return self._log.text()

    def mark(self) -> int:
        """The present end of its output, for `log_since`."""
        return self._log.written

    def log_since(self, mark: int) -> tuple[str, ...]:
        """Its lines since *mark*, fit to be shown; at most 60, the middle cut."""
        return self._log.since(mark)

    def catch_up(self) -> None:
        """Wait until everything that it has printed by now is in the log."""
        self._log.catch_up()

    def died(self) -> ServerFailed | None:
        """What happened if it has ended although nobody asked it to."""
        if self._tree is None or self._tree.alive:
            return None
        return self._why_ended(self._tree, symptoms.When.IN_THE_MIDDLE).event

    # --- starting -----------------------------------------------------------------------------------------------

    def _launch(self) -> None:
        if not self.port or not is_free(self.port):
            self.port = free_port()
        self._start_of_log = self._log.written
        environment = with_system(self.environment, self._python)
        argv = self._argv(environment)
        output = self._log.pipe()
        try:
            self._tree = self._spawn(argv, environment, output)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise self._down(symptoms.cannot_run(argv[0], error, self._cwd)) from error
        finally:
            os.close(output)

    def _spawn(self, argv: list[str], environment: dict[str, str], output: int) -> Tree:
        return launched(
            argv,
            self._nursery,
            cwd=self._cwd,
            environment=environment,
            stdout=output,
            stderr=output,
            memory_limit=self._limits.memory_bytes,
        )

    def _argv(self, environment: Mapping[str, str]) -> list[str]:
        """The command's words; ServerDown if it has none or cannot be found."""
        try:
            words = words_of(self.command, {"host": HOST, "port": str(self.port)})
        except ValueError as error:
            raise self._down(symptoms.cannot_read(self.command, error)) from error
        if not words:
            raise self._down(symptoms.no_command())
        argv = located(words, cwd=self._cwd, python=self._python, path=environment["PATH"])
        if argv is None:
            raise self._down(symptoms.not_found(words[0], self._cwd, self._python))
        return argv

    def _await_ready(self) -> None:
        """Ask again and again until HTTP comes back, the process has ended, or the time is over."""
        tree = self._tree
        assert tree is not None
        begin = time.monotonic()
        hopeless = _Hopeless(self._limits.patience_seconds)
        while True:
            now = time.monotonic()
            left = begin + self._limits.ready_seconds - now
            seen = probe(HOST, self.port, self._ready, seconds=max(0.2, min(left, 5.0)), alive=lambda: tree.alive)
            if isinstance(seen, Answered):
                self._expect_own(tree)
                return
            if not tree.alive:
                raise self._why_ended(tree, symptoms.When.AT_START)
            if left <= 0 or hopeless.look(seen, tree, self.port, self._ready):
                raise self._never_ready(seen, tree, hopeless.elsewhere)
            time.sleep(0.005 if now - begin < 2 else 0.01)

    def _expect_own(self, tree: Tree) -> None:
        """Whoever answers must be a process of ours: two can share a port, and a stranger's answers are no verdict."""
        ours = tree.listeners()
        strangers = [one for one in listeners_on(self.port) if one not in ours]
        if not tree.alive:
            raise self._why_ended(tree, symptoms.When.AT_START)
        if not strangers and any(one.port == self.port for one in ours):
            return
        if not tree.is_opaque():
            raise _PortTaken(self._event(symptoms.stranger(self.port)))
        self._notice(symptoms.hidden(self.port))

    # --- going wrong --------------------------------------------------------------------------------------------

    def _why_ended(self, tree: Tree, when: symptoms.When) -> ServerDown:
        left = tree.left_behind()
        tree.kill()
        self._log.finish()
        lines = self._lines()
        if tree.ended_for_memory:
            return self._down(symptoms.memory(self._limits.memory_bytes, tree.peak_bytes))
        why = symptoms.ended(
            tree.status or 0, when, lines, left=left, cwd=self._cwd, port=self.port, python=self._python
        )
        taken = when is symptoms.When.AT_START and symptoms.is_port_taken(lines) and not is_free(self.port)
        return _PortTaken(self._event(why)) if taken else self._down(why)

    def _never_ready(self, seen: Probe, tree: Tree, elsewhere: Listener | None) -> ServerDown:
        url = f"{self.url}{self._ready}"
        listeners = (elsewhere,) if elsewhere else tree.listeners()
        return self._down(symptoms.never_ready(seen, url, self.port, listeners, self._limits.ready_seconds))

    def _down(self, why: symptoms.Why) -> ServerDown:
        return ServerDown(self._event(why))

    def _event(self, why: symptoms.Why) -> ServerFailed:
        lines = self._lines()
        return ServerFailed(
            reason=why.reason,
            advice=why.advice,
            frame=frame_in(lines, self._cwd),
            log=shown_lines("\n".join(lines[-_LOG_LINES:])),
            command=self.command,
        )

    def _lines(self) -> list[str]:
        """The output since the last start."""
        return self._log.raw_since(self._start_of_log).splitlines()

    def _ended(self, tree: Tree) -> None:
        self._peak = max(self._peak, tree.peak_bytes)
        self._log.finish()
        if self._log.is_cut:
            self._notice(symptoms.flood(self._log.written, self._limits.log_bytes))

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)


class _PortTaken(ServerDown):
    """Worth another try on another port."""


class _Hopeless:
    """A server that answers, but not in HTTP or not where it was told to: no need to wait until the deadline."""

    def __init__(self, patience: float) -> None:
        self.elsewhere: Listener | None = None
        self._patience = patience
        self._since: float | None = None
        self._next = time.monotonic() + patience / 3

    def look(self, seen: Probe, tree: Tree, port: int, path: str) -> bool:
        """Whether that has been so for as long as our patience lasts; looks only now and then."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._patience / 3
        self.elsewhere = next((one for one in tree.listeners() if _answers_at(one, port, path)), None)
        if not self.elsewhere and not isinstance(seen, NotHttp):
            self._since = None
            return False
        self._since = self._since or now
        return now - self._since >= self._patience


def _answers_at(place: Listener, port: int, path: str) -> bool:
    """On another port only a good answer counts: debuggers and admin consoles speak HTTP too."""
    address = {"0.0.0.0": HOST, "::": "::1"}.get(place.address, place.address)  # noqa: S104  # asked, not bound
    answer = probe(address, place.port, path, seconds=1.0, alive=lambda: True)
    return isinstance(answer, Answered) and (place.port == port or 200 <= answer.status < 300)


# Which Python, which environment.


def which_python(project: Path) -> tuple[str, str]:
    """The Python that runs the learner's server, and a sentence that says so: the project's own, if it has one."""
    for name in (".venv", "venv"):
        python = project.absolute() / name / _python_in_venv()
        if os.access(python, os.X_OK):
            return str(python), f"Your server runs with the Python of {name}."
        if (project / name).is_dir():
            return sys.executable, f"The Python of {name} is broken, so your server runs with roadmap's own."
    return sys.executable, "Your project has no .venv, so your server runs with roadmap's own Python."


def _python_in_venv() -> Path:
    return Path("Scripts", "python.exe") if sys.platform == "win32" else Path("bin", "python")


def with_system(given: Mapping[str, str], python: str) -> dict[str, str]:
    """What is *given*, on top of the little of the user's environment that programs cannot do without."""
    system = allowed()
    bin_folder = Path(python).parent
    system["PATH"] = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # uvicorn, gunicorn, flask…
    if (bin_folder.parent / "pyvenv.cfg").is_file():
        system["VIRTUAL_ENV"] = str(bin_folder.parent)
    system["PYTHONUNBUFFERED"] = "1"  # a line of log must be there when the request is answered
    system["PYTHONPYCACHEPREFIX"] = str(pycache_folder())  # compile once, even if PYTHONDONTWRITEBYTECODE is set
    return {**system, **given}
