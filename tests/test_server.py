"""The learner's server as a real process, and every way in which it can go wrong."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roadmap_cli import processes
from roadmap_cli.checking import server as module
from roadmap_cli.checking.logs import SHOWN_LINES, Log, error_line, frame_in, shown_lines
from roadmap_cli.checking.server import Limits, Server, ServerDown, which_python, with_system
from roadmap_cli.events import ServerFailed
from roadmap_cli.nurseries import Nursery, can_fork
from roadmap_cli.processes import free_port

HOSTILE = Path(__file__).parent / "hostile"
QUICK = Limits(ready_seconds=1.2, patience_seconds=0.3, stop_seconds=0.6)
GOOD = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path)
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""

Start = Callable[..., Server]


@pytest.fixture(scope="module", params=["started", "forked"])
def nursery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery | None]:
    """Everything here holds for a server that is started, and for one that a nursery forks."""
    if request.param == "started":
        yield None
        return
    if not can_fork():
        pytest.skip("nurseries fork")
    environment = with_system({}, sys.executable)
    made = Nursery.open(sys.executable, [], environment=environment, cwd=tmp_path_factory.mktemp("nursery"))
    yield made
    made.close()


@pytest.fixture
def make(tmp_path: Path, nursery: Nursery | None) -> Iterator[Start]:
    """Makes servers that are ended with the test; `file` is the program, in a project folder of its own."""
    made: list[Server] = []
    project = tmp_path / "project"
    project.mkdir()

    def make(
        file: str = GOOD, *, command: str = "python app.py", limits: Limits | None = None, **environment: str
    ) -> Server:
        (project / "app.py").write_text(file, encoding="utf-8")
        made.append(
            Server(
                command=command,
                cwd=project,
                ready="/health",
                environment=environment,
                log=tmp_path / f"server-{len(made)}.log",
                python=sys.executable,
                limits=limits or Limits(ready_seconds=10),
                nursery=nursery,
            )
        )
        return made[-1]

    yield make
    for server in made:
        server.close()


def hostile(name: str) -> str:
    return (HOSTILE / f"{name}.py").read_text(encoding="utf-8")


def failure(server: Server) -> ServerFailed:
    with pytest.raises(ServerDown) as down:
        server.start()
    return down.value.event


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
    return body


def line_of(name: str, text: str) -> int:
    return next(n for n, line in enumerate(hostile(name).splitlines(), 1) if text in line)


# --- the usual way ----------------------------------------------------------------------------------------------


def test_a_server_that_answers_is_ready(make: Start) -> None:
    """start() returns when the ready path answers, on a port that belongs to the server."""
    server = make()
    server.start()

    assert b"PORT" in get(f"{server.url}/anything")
    assert server.is_usual
    assert server.died() is None


def test_starting_twice_starts_once(make: Start) -> None:
    """start() does nothing while the server runs."""
    server = make()
    server.start()
    port = server.port

    server.start()

    assert port == server.port


def test_host_and_port_are_filled_in(make: Start) -> None:
    """{host} and {port} in the command are replaced."""
    server = make("", command="python -m http.server {port} --bind {host}")

    server.start()

    assert b"Directory listing" in get(server.url)


def test_a_quoted_command_is_split_as_by_a_shell(make: Start) -> None:
    """Quotes group words, and no shell sees the command."""
    server = make(command="python 'app.py' '; touch injected'")

    server.start()

    assert not (server._cwd / "injected").exists()


def test_the_environment_is_an_allow_list(make: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server gets what it is given, what programs need, and nothing else of the user's."""
    for name in ("AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "DATABASE_URL", "UVICORN_RELOAD"):
        monkeypatch.setenv(name, "the user's own")
    server = make(SECRET_KEY="given")
    server.start()

    told = get(server.url).decode()

    assert "the user's own" not in told
    assert '"SECRET_KEY": "given"' in told
    assert f'"PORT": "{server.port}"' in told
    assert "PYTHONPYCACHEPREFIX" in told


def test_restart_changes_only_what_is_named(make: Start) -> None:
    """A variable can be added or removed for one start; restart_as_usual() undoes that."""
    server = make(KEPT="1", REMOVED="2")
    server.start()
    server.restart(REMOVED=None, ADDED="3")

    changed = dict(server.environment)
    assert not server.is_usual
    server.restart_as_usual()

    assert {"KEPT": "1", "ADDED": "3", "HOST": "127.0.0.1", "PORT": str(server.port)} == changed
    assert "ADDED" not in server.environment
    assert "REMOVED" in server.environment
    assert server.is_usual


def test_a_restart_keeps_the_port(make: Start) -> None:
    """Addresses that a client has kept are still right after a restart."""
    server = make()
    server.start()
    before = server.url
    get(before)

    server.restart()

    assert before == server.url
    assert get(before)


def test_stopping_tells_how_it_went(make: Start) -> None:
    """SIGTERM ends a plain Python server at once, and the status says so."""
    server = make()
    server.start()

    stopped = server.stop()

    assert (-15, True, ()) == (stopped.status, stopped.in_time, stopped.left_behind)
    assert stopped.seconds < 2
    assert server.died() is None
    assert not server.is_usual


def test_a_stopped_server_starts_again(make: Start) -> None:
    """stop() and kill() are no end: start() brings the server back."""
    server = make()
    for end in (server.stop, server.kill):
        server.start()
        end()

    server.start()

    assert get(server.url)


def test_stopping_what_does_not_run_is_no_error(make: Start) -> None:
    """There is nothing to wait for."""
    assert make().stop().in_time


def test_a_closed_port_is_free_again(make: Start) -> None:
    """close() leaves nobody behind who answers."""
    server = make()
    server.start()
    server.close()

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_the_log_can_be_read_from_a_mark(make: Start) -> None:
    """The lines of one request are told from those before."""
    server = make()
    server.start()
    get(f"{server.url}/before")
    server.log_since(0)
    mark = server.mark()
    get(f"{server.url}/after")

    lines = server.log_since(mark)

    assert "asked for /after" in lines
    assert "asked for /before" not in lines
    assert "asked for /before" in server.log()


def test_the_log_cannot_move_a_cursor(make: Start) -> None:
    """What the server prints is made harmless before anybody sees it."""
    server = make('print("\\x1b[2Jwiped \\u202eesrever")')

    event = failure(server)

    assert ("wiped \\u202eesrever",) == event.log


def test_memory_is_measured(make: Start) -> None:
    """The peak is that of the server's processes, not ours."""
    server = make()
    server.start()
    server.stop()

    assert 4 << 20 < server.peak_bytes < 200 << 20


def test_the_project_decides_which_python_runs_it(tmp_path: Path) -> None:
    """A .venv in the project is used, a broken one is told about, and without one it is ours."""
    assert (
        sys.executable,
        "Your project has no .venv, so your server runs with roadmap's own Python.",
    ) == which_python(tmp_path)
    folder = tmp_path / ".venv" / ("Scripts" if sys.platform == "win32" else "bin")
    folder.mkdir(parents=True)
    assert "is broken" in which_python(tmp_path)[1]
    python = folder / ("python.exe" if sys.platform == "win32" else "python")
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)

    assert (str(python), "Your server runs with the Python of .venv.") == which_python(tmp_path)


def test_programs_of_the_virtual_environment_are_found(make: Start, tmp_path: Path) -> None:
    """`serve = "uvicorn …"` runs the project's own uvicorn, whatever PATH says."""
    server = make(command="serve-me")
    bin_folder = server._cwd / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "serve-me").write_text(f"#!/bin/sh\nexec {sys.executable} app.py\n")
    (bin_folder / "serve-me").chmod(0o755)
    (bin_folder.parent / "pyvenv.cfg").write_text("home = /usr/bin\n")
    server._python = str(bin_folder / "python")

    server.start()

    assert f'"VIRTUAL_ENV": "{bin_folder.parent}"' in get(server.url).decode()


# --- it does not start ------------------------------------------------------------------------------------------


def test_a_server_that_exits_at_once(make: Start) -> None:
    """It is noticed at once, with its status; an empty log is named as such."""
    begin = time.monotonic()
    event = failure(make(hostile("exits_at_once")))

    assert "Your server ended with status 3 before it answered." == event.reason
    assert "It printed nothing" in event.advice
    assert time.monotonic() - begin < 5


def test_a_server_that_returns(make: Start) -> None:
    """Status 0 is no success for something that should go on."""
    event = failure(make(hostile("returns_at_once")))

    assert "Your server ended with status 0 before it answered." == event.reason
    assert "keep running" in event.advice


def test_a_module_that_is_not_installed(make: Start) -> None:
    """The error is in the reason, its line in the learner's code is the frame, and the advice names the Python."""
    event = failure(make(hostile("import_error")))

    assert "No module named 'framework_that_nobody_has'" in event.reason
    assert f"app.py:{line_of('import_error', 'import framework')}" == event.frame
    assert "pip install" in event.advice
    assert f"for {sys.executable}, the Python that runs your server" in event.advice


def test_a_syntax_error(make: Start) -> None:
    """The frame is the line that Python cannot read."""
    event = failure(make(hostile("syntax_error")))

    assert "SyntaxError" in event.reason
    assert "app.py:6" == event.frame
    assert "app.py:6" in event.advice


def test_an_exception_at_start(make: Start) -> None:
    """The frame is the last line of the learner's own code, not one of the library that raised."""
    event = failure(make(hostile("raises_at_start")))

    assert event.reason.endswith("KeyError: 'SERVICE_URL_THAT_NOBODY_GIVES'.")
    assert f"app.py:{line_of('raises_at_start', 'os.environ[')}" == event.frame
    assert "only those of CONTRACT.md are given" in event.advice


def test_a_server_that_is_ended_by_a_signal(make: Start) -> None:
    """The signal has a name."""
    assert "ended by signal SIGABRT" in failure(make(hostile("dies_by_signal"))).reason


def test_a_program_that_does_not_exist(make: Start) -> None:
    """The message names the program that was looked for."""
    event = failure(make(command="uvicrn app:app"))

    assert "The start command's program uvicrn was not found." == event.reason
    assert "roadmap.toml" in event.advice
    assert "uvicrn app:app" == event.command


def test_a_script_that_may_not_be_executed(make: Start) -> None:
    """The message says how to allow it."""
    server = make(command="./run.sh")
    (server._cwd / "run.sh").write_text("#!/bin/sh\n")

    assert "chmod +x ./run.sh" in failure(server).advice


def test_a_script_without_an_interpreter(make: Start) -> None:
    """Nobody knows how to run it, and the advice is about its first line."""
    server = make(command="./run.sh")
    (server._cwd / "run.sh").write_text("#!/nowhere/interpreter\n")
    (server._cwd / "run.sh").chmod(0o755)

    assert "#!/usr/bin/env bash" in failure(server).advice


@pytest.mark.parametrize(
    ("command", "words"), [("python 'app.py", "no closing quotation"), ("  ", "There is no start command")]
)
def test_a_command_that_cannot_be_read(make: Start, command: str, words: str) -> None:
    """The message says what is wrong with it."""
    assert words in failure(make(command=command)).reason


def test_a_server_that_never_binds(make: Start) -> None:
    """The deadline is told, the address that was waited for, and what it printed."""
    server = make(hostile("never_binds"), limits=QUICK)

    event = failure(server)

    assert "Your server runs, but after 1.2 seconds it listens on no port." == event.reason
    assert f"127.0.0.1:{server.port}" in event.advice
    assert ("starting",) == event.log


def test_a_server_on_another_port(make: Start) -> None:
    """Both ports are named, long before the deadline."""
    begin = time.monotonic()
    server = make(hostile("other_port"), limits=Limits(ready_seconds=30, patience_seconds=0.3))

    event = failure(server)

    reason = rf"Your server listens on port \d+, and not on {server.port}, which the variable PORT names\."
    assert re.fullmatch(reason, event.reason)
    assert "{port}" in event.advice
    assert time.monotonic() - begin < 10


def test_a_server_on_ipv6_only(make: Start) -> None:
    """`localhost` may be another address than ours, and the message says so."""
    if not socket.has_ipv6 or not _has_ipv6_loopback():
        pytest.skip("this machine has no IPv6 loopback address")
    event = failure(make(hostile("only_ipv6"), limits=Limits(ready_seconds=30, patience_seconds=0.3)))

    assert "Your server listens on IPv6 only" in event.reason
    assert "HOST" in event.advice


def _has_ipv6_loopback() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", free_port())) == 111


def test_a_server_in_the_background(make: Start) -> None:
    """The start command has to stay; what it left is ended."""
    server = make(hostile("runs_in_background"))

    event = failure(server)

    assert "left your server running in the background" in event.reason or "before it answered" in event.reason
    assert "foreground" in event.advice
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_server_that_closes_connections(make: Start) -> None:
    """It takes connections and says nothing."""
    assert "closes them without an answer" in failure(make(hostile("closes_connections"), limits=QUICK)).reason


def test_a_server_that_does_not_answer(make: Start) -> None:
    """It takes connections and keeps them."""
    event = failure(make(hostile("accepts_silently"), limits=QUICK))

    assert "takes connections, but has not answered GET http://127.0.0.1:" in event.reason


def test_a_server_that_does_not_speak_http(make: Start) -> None:
    """What it says is quoted, without its escape sequences."""
    event = failure(make(hostile("speaks_something_else"), limits=QUICK))

    assert "is not HTTP. It begins with: 220 mail.example.org ESMTP" in event.reason


def test_a_server_that_informs_for_ever(make: Start) -> None:
    """A hundred responses of class 1xx are no answer."""
    event = failure(make(hostile("informs_forever"), limits=QUICK))

    assert "never gets to the end of the headers" in event.reason


def test_a_server_that_speaks_tls(make: Start) -> None:
    """The first bytes of an alert give it away."""
    tls = hostile("speaks_something_else").replace("220 ", "\\x15\\x03\\x03\\x00")

    assert "speaks TLS" in failure(make(tls, limits=QUICK)).reason


def test_a_port_that_somebody_else_answers(make: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's answers are never taken for the server's, however right they are."""
    port = free_port()
    stranger = subprocess.Popen([sys.executable, HOSTILE / "somebody_elses_port.py", str(port)])
    try:
        _wait_for(port)
        monkeypatch.setattr(module, "free_port", lambda: port)
        event = failure(make(hostile("somebody_elses_port"), limits=QUICK))
    finally:
        stranger.kill()
        stranger.wait()

    assert f"Port {port} is answered by a process that your start command did not start." == event.reason


def test_a_program_that_hides_its_sockets(make: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Privileged programs cannot be looked into: they get the benefit of the doubt, and a notice."""
    monkeypatch.setattr(processes._eyes, "listeners_of", lambda pids: ())
    monkeypatch.setattr(processes._eyes, "is_opaque", lambda pid: True)
    server = make()
    server.start()

    assert any("hides its sockets" in notice for notice in server.notices)


def test_a_port_that_was_taken_at_the_last_moment(make: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another port is tried; the learner never hears of it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr(module, "free_port", lambda: next(ports))
        server = make()
        server.start()

        assert taken.getsockname()[1] != server.port


def test_a_fixed_port_that_is_taken(make: Start) -> None:
    """The advice is to use PORT."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        event = failure(make("", command=f"python -m http.server {taken.getsockname()[1]} --bind 127.0.0.1"))

    assert "Address already in use" in event.reason
    assert "the variable PORT names" in event.advice


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(f"nobody listens on {port}")


# --- it starts, and is wrong: the checks judge that ---------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["answers_html", "invalid_json", "endless_body", "huge_body", "slow_body", "redirects_elsewhere", "fails_always"],
)
def test_any_http_is_ready(make: Start, name: str) -> None:
    """Whatever it answers, the checks say whether that is right; a body without end does not hold up the start."""
    server = make(hostile(name))
    begin = time.monotonic()
    server.start()

    assert time.monotonic() - begin < 5
    assert server.died() is None


def test_a_bomb_is_not_unpacked(make: Start) -> None:
    """Readiness looks at the head of the response only."""
    make(hostile("gzip_bomb"), limits=Limits(ready_seconds=30)).start()


def test_a_flood_of_output_is_cut(make: Start) -> None:
    """The first and the last MiB are kept, the server is never held up, and somebody says so."""
    server = make(hostile("floods_output"))
    server.start()
    get(server.url)
    server.close()

    log = server.log()
    assert log.startswith("the first line\n")
    assert "bytes were dropped here" in log
    assert log.rstrip().splitlines()[-2].startswith("request xxx") or "request xxx" in log[-4000:]
    assert server._log.path.stat().st_size < 4 << 20
    assert any("we kept the first and the last 1.0 MiB" in notice for notice in server.notices)


def test_daemons_do_not_survive(make: Start) -> None:
    """Forked twice, in its own session, its environment cleared: it is found, named and ended."""
    server = make(hostile("forks_daemons"))
    server.start()
    stopped = server.stop()

    assert 1 == len(stopped.left_behind)
    assert "time.sleep(3600)" in stopped.left_behind[0]
    assert "left a process behind" in server.notices[0]
    assert not Path("/proc", _number_in(stopped.left_behind[0])).exists()


def _number_in(command: str) -> str:
    return command.rpartition("(process ")[2].rstrip(")")


def test_a_server_that_ignores_sigterm(make: Start) -> None:
    """It is ended by force, and that is told."""
    server = make(hostile("ignores_sigterm"), limits=QUICK)
    server.start()
    stopped = server.stop()

    assert (-9, False) == (stopped.status, stopped.in_time)
    assert 0.6 <= stopped.seconds < 3


def test_a_server_that_eats_memory(make: Start) -> None:
    """It is ended at its limit, and the reason is memory, not a signal."""
    limit = 128 << 20
    server = make(hostile("eats_memory"), limits=Limits(ready_seconds=10, memory_bytes=limit))
    try:
        server.start()
        why = _wait_until_died(server)
    except ServerDown as down:
        why = down.event

    assert "more than the 128.0 MiB they may have" in why.reason
    assert "grows without end" in why.advice
    assert server.peak_bytes > limit


def _wait_until_died(server: Server) -> ServerFailed:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if why := server.died():
            return why
        time.sleep(0.005)
    raise AssertionError("it still lives")


def test_a_server_that_dies_in_the_middle(make: Start) -> None:
    """died() says when, how and what it said last."""
    server = make(hostile("dies_when_asked"))
    server.start()
    with pytest.raises(OSError, match=r"closed|reset|refused"):
        get(f"{server.url}/books")

    why = _wait_until_died(server)

    assert "Your server ended with status 70 in the middle of the examination: RuntimeError: the pool is empty." == (
        why.reason
    )
    assert "RuntimeError: the pool is empty" == why.log[-1]


def test_a_server_that_died_starts_again(make: Start) -> None:
    """What was left of it is ended first."""
    server = make(hostile("forks_daemons"))
    server.start()
    assert server._tree
    server._tree._process.kill()
    _wait_until_died(server)

    server.start()

    assert server.is_usual
    assert len(server._tree.pids()) == 2


def test_a_traceback_that_comes_after_the_answer(make: Start) -> None:
    """Once something comes, all of it is waited for, so that its last frame can be shown."""
    server = make(hostile("fails_always"))
    server.start()
    server.log_since(0)
    mark = server.mark()
    with pytest.raises(urllib.error.HTTPError):
        get(f"{server.url}/books")

    deadline = time.monotonic() + 10
    while not (lines := server.log_since(mark)) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert "KeyError: 'colour'" == lines[-1]
    assert f"app.py:{line_of('fails_always', 'return document')}" == frame_in(lines, server._cwd)


# --- logs and tracebacks ----------------------------------------------------------------------------------------


def test_a_long_log_loses_its_middle() -> None:
    """At most 60 lines are shown: the first twenty, the last of them, and how many are missing."""
    lines = shown_lines("\n".join(map(str, range(1000))))

    assert SHOWN_LINES == len(lines)
    assert ("0", "19", "[… 941 lines …]", "961", "999") == (lines[0], lines[19], lines[20], lines[21], lines[-1])


def test_positions_in_a_log_count_what_was_dropped(tmp_path: Path) -> None:
    """A mark stays right, even when the flood before it is gone."""
    log = Log(tmp_path / "log", kept=100)
    pipe = log.pipe()
    os.write(pipe, b"first\n" + b"x" * 5000 + b"\n")
    os.close(pipe)
    log.finish()
    mark = log.written
    pipe = log.pipe()
    os.write(pipe, b"last\n")
    os.close(pipe)
    log.finish()

    assert ("last",) == log.since(mark)
    assert log.is_cut
    assert log.text().startswith("first\n")
    log.close()
    assert (tmp_path / "log").read_text(encoding="utf-8").endswith("last\n")


def test_a_log_catches_up_with_who_still_writes(tmp_path: Path) -> None:
    """What was printed before is there afterwards, every time; nobody has to end for it."""
    log = Log(tmp_path / "log")
    pipe = log.pipe()
    for number in range(200):
        os.write(pipe, b"%d\n" % number)
        log.catch_up()
        assert log.text().endswith(f"{number}\n")
    os.close(pipe)
    log.finish()
    log.catch_up()
    log.close()


TRACEBACKS = {
    "python": (
        'Traceback (most recent call last):\n  File "/p/app/main.py", line 7, in create\n    f()\n'
        '  File "/p/.venv/lib/python3.12/site-packages/x.py", line 1, in f\n    raise KeyError\nKeyError: 1',
        "app/main.py:7",
        "KeyError: 1",
    ),
    "a group": (
        '  + Exception Group Traceback (most recent call last):\n  |   File "/p/app/tasks.py", line 3, in run\n'
        "  | ExceptionGroup: two (1 sub-exception)\n",
        "app/tasks.py:3",
        "ExceptionGroup: two (1 sub-exception)",
    ),
    "node": (
        "/p/node_modules/koa/router.js:5\nTypeError: x is not a function\n    at next (/p/node_modules/a/b.js:1:2)\n"
        "    at create (/p/src/books.js:12:5)\n    at /p/src/app.js:3:1\n    at node:internal/main:1:1\n",
        "src/books.js:12",
        "TypeError: x is not a function",
    ),
    "node module": (
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'koa' imported from /p/app.mjs\n"
        "    at file:///p/app.mjs:4:9\n",
        "app.mjs:4",
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'koa' imported from /p/app.mjs",
    ),
    "go": (
        "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.find(...)\n"
        "\t/p/books.go:21\nmain.main()\n\t/p/main.go:9 +0x1d\n",
        "books.go:21",
        "panic: runtime error: index out of range [3]",
    ),
    "nothing": ("all is well\n", "", ""),
}


@pytest.mark.parametrize("name", TRACEBACKS)
def test_a_traceback_leads_to_the_learners_code(name: str) -> None:
    """The innermost place that is not a library's, whichever way round the language prints it."""
    text, frame, error = TRACEBACKS[name]

    assert (frame, error) == (frame_in(text.splitlines(), Path("/p")), error_line(text.splitlines()))


def test_a_java_trace_names_a_class(tmp_path: Path) -> None:
    """Its file is looked for where such a class would be; the last cause counts."""
    folder = tmp_path / "src/main/java/com/example"
    folder.mkdir(parents=True)
    (folder / "Books.java").write_text("")
    text = (
        'Exception in thread "main" java.lang.IllegalStateException: no\n'
        "\tat org.springframework.Boot.run(Boot.java:1)\n\tat com.example.Books.main(Books.java:9)\n"
        "Caused by: java.lang.NullPointerException: it\n"
        "\tat com.example.Books.lambda$find$0(Books.java:33)\n\tat com.example.Books.main(Books.java:8)\n\t... 2 more\n"
    )

    assert "src/main/java/com/example/Books.java:33" == frame_in(text.splitlines(), tmp_path)
    assert "Caused by: java.lang.NullPointerException: it" == error_line(text.splitlines())
