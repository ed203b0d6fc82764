"""Nurseries: a program that is forked is as good as one that was started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roadmap_cli.nurseries import Nursery, can_fork
from roadmap_cli.nurseries.libraries import libraries_in, shadowed
from roadmap_cli.processes import Tree
from roadmap_cli.surroundings import allowed

pytestmark = pytest.mark.skipif(not can_fork(), reason="nurseries fork")

# What a program can see of how it was started.
TELLS = """
import json, os, signal, sys
print(json.dumps({
    "argv": sys.argv, "cwd": os.getcwd(), "path": sys.path[0], "name": __name__, "file": __file__,
    "spec": getattr(__spec__, "name", None), "package": __package__, "main": sys.modules["__main__"].__dict__ is globals(),
    "environment": {k: v for k, v in os.environ.items() if k != "ROADMAP_RUN"}, "globals": sorted(globals()),
    "leader": os.getsid(0) == os.getpid(), "files": sorted(int(n) for n in os.listdir("/proc/self/fd"))[:-1],
    "term": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, "child": signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL,
    "interrupt": signal.getsignal(signal.SIGINT) == signal.default_int_handler, "stdin": sys.stdin.read(),
}))
"""


def environment(**more: str) -> dict[str, str]:
    return {**allowed(), "PYTHONUNBUFFERED": "1", **more}


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    made = Nursery.open(
        sys.executable, ["json", "no.such.library"], environment=environment(), cwd=tmp_path_factory.mktemp("nursery")
    )
    yield made
    made.close()


def forked(nursery: Nursery, *words: str, cwd: Path, **more: str) -> tuple[int, str]:
    """Exit status and output of a forked program."""
    out = cwd / "out"
    with out.open("wb") as file:
        tree = nursery.spawn(
            [sys.executable, *words],
            cwd=cwd,
            environment=environment(**more),
            stdout=file.fileno(),
            stderr=file.fileno(),
        )
    status = tree.wait(20)
    tree.kill()
    assert status is not None
    return status, out.read_text()


def started(*words: str, cwd: Path, **more: str) -> tuple[int, str]:
    """The same of one that was started the usual way."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        check=False,
    )
    return done.returncode, done.stdout


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


@pytest.mark.parametrize("words", [("-m", "shop.main", "--x", "1"), ("-m", "shop"), ("serve.py", "a b"), ("bin/run",)])
def test_a_forked_program_sees_what_a_started_one_sees(
    nursery: Nursery, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Arguments, paths, `__main__`, environment, descriptors, signals and session are those of a usual start."""
    for name in ("shop/__init__.py", "shop/main.py", "shop/__main__.py", "serve.py", "bin/run"):
        write(tmp_path, name, "" if name.endswith("__init__.py") else TELLS)

    by_fork = forked(nursery, *words, cwd=tmp_path, COLOUR="grün", TZ="Asia/Tokyo")
    by_start = started(*words, cwd=tmp_path, COLOUR="grün", TZ="Asia/Tokyo")

    assert by_start[0] == by_fork[0] == 0, by_fork[1]
    expected, actual = json.loads(by_start[1]), json.loads(by_fork[1])
    for seen in (expected, actual):  # that of a module has one more name in Python's own start
        seen["globals"] = [name for name in seen["globals"] if name not in ("__annotations__", "__loader__")]
    assert expected == actual


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("raise SystemExit(3)", 3),
        ("import sys; sys.exit('words')", 1),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("", 0),
    ],
)
def test_it_ends_with_the_same_status(nursery: Nursery, tmp_path: Path, program: str, status: int) -> None:
    """Exit codes and signals are told as a parent would hear of them."""
    write(tmp_path, "end.py", program)

    assert status == forked(nursery, "end.py", cwd=tmp_path)[0]


@pytest.mark.parametrize("program", ["def f():\n    return 1 / 0\nf()\n", "import nothing_of_that_name\n", "def f(:\n"])
def test_a_traceback_is_the_same(nursery: Nursery, tmp_path: Path, program: str) -> None:
    """Whoever reads the log sees nothing of how the program was started."""
    write(tmp_path, "wrong.py", program)
    write(tmp_path, "app/__main__.py", program)

    assert started("wrong.py", cwd=tmp_path) == forked(nursery, "wrong.py", cwd=tmp_path)
    assert frames(started("-m", "app", cwd=tmp_path)[1]) == frames(forked(nursery, "-m", "app", cwd=tmp_path)[1])


def frames(log: str) -> list[str]:
    """A traceback without the frames in which Python itself starts a module."""
    lines = log.splitlines()
    return [line for line in lines if "frozen runpy" not in line and "runpy.py" not in line]


def test_at_exit_and_threads_are_waited_for(nursery: Nursery, tmp_path: Path) -> None:
    """The interpreter ends as it always does."""
    write(
        tmp_path,
        "late.py",
        """
        import atexit, threading, time
        atexit.register(print, "at exit")
        threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
        print("main")
        """,
    )

    assert (0, "main\nthread\nat exit\n") == forked(nursery, "late.py", cwd=tmp_path)


def test_what_it_takes(nursery: Nursery, tmp_path: Path) -> None:
    """Modules, files and commands of its own Python; nothing with options, of another Python or with other settings."""
    command = tmp_path / "uvicorn"
    command.write_text(f"#!{sys.executable}\n")
    foreign = tmp_path / "flask"
    foreign.write_text("#!/usr/bin/python3\n")

    assert nursery.takes([sys.executable, "-m", "app"], environment())
    assert nursery.takes([sys.executable, "serve.py", "-O"], environment())
    assert nursery.takes([str(command), "app:app"], environment())
    assert not nursery.takes([sys.executable, "-O", "serve.py"], environment())
    assert not nursery.takes([sys.executable, "-c", "pass"], environment())
    assert not nursery.takes([sys.executable, "-m", "app"], environment(PYTHONOPTIMIZE="1"))
    assert not nursery.takes([str(foreign), "app:app"], environment())
    assert not nursery.takes(["/usr/bin/node", "server.js"], environment())


RUNAWAY = """
import os, subprocess, sys, time
what = sys.argv[1]
print("ready")
if what == "session":
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        print(os.getpid())
        time.sleep(600)
else:
    subprocess.Popen(["sh", "-c", "echo $$; exec setsid sleep 600"])
time.sleep(600)
"""


@pytest.mark.parametrize("what", ["session", "program"])
def test_runaways_end_with_their_tree(nursery: Nursery, tmp_path: Path, what: str) -> None:
    """Whatever a forked program forks, sets free or starts is ended with it, and nothing else is."""
    write(tmp_path, "run.py", RUNAWAY)
    write(tmp_path, "other.py", "import time; print('ready'); time.sleep(600)")
    tree, out = running(nursery, tmp_path, "run.py", what)
    other, _ = running(nursery, tmp_path, "other.py")
    poll(lambda: len(out.read_text().split()) == 2)
    runaway = int(out.read_text().split()[1])
    poll(lambda: len(tree.pids()) >= 2)

    tree.kill()

    assert not os.path.exists(f"/proc/{runaway}")
    assert other.alive
    other.kill()


def test_a_polite_end(nursery: Nursery, tmp_path: Path) -> None:
    """SIGTERM reaches the forked program, and its status is its own."""
    program = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('ready'); time.sleep(600)"
    write(tmp_path, "polite.py", program)
    tree, _ = running(nursery, tmp_path, "polite.py")

    stopped = tree.terminate(10)

    assert (7, True) == (stopped.status, stopped.in_time)


def test_closing_it_ends_what_it_forked(tmp_path: Path) -> None:
    """Nothing outlives its nursery."""
    write(tmp_path, "long.py", "import time; print('ready'); time.sleep(600)")
    nursery = Nursery.open(sys.executable, [], environment=environment(), cwd=tmp_path)
    tree, _ = running(nursery, tmp_path, "long.py")

    nursery.close()

    poll(lambda: not os.path.exists(f"/proc/{tree.pid}"))
    assert tree.wait(5) == -9
    with pytest.raises(OSError, match=r".*"):
        running(nursery, tmp_path, "long.py")


def test_what_a_killed_owner_leaves(tmp_path: Path) -> None:
    """When whoever opened the nursery is killed, the nursery and all that it forked end too."""
    write(tmp_path, "long.py", "import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(600)")
    owner = f"""
import sys, time
from pathlib import Path
from roadmap_cli.nurseries import Nursery
from roadmap_cli.surroundings import allowed
nursery = Nursery.open(sys.executable, [], environment=allowed(), cwd=Path({str(tmp_path)!r}))
nursery.spawn([sys.executable, "long.py"], cwd=Path({str(tmp_path)!r}), environment=allowed(), stdout=1, stderr=2)
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pids = process.stdout.readline().split()

    process.kill()
    process.wait()

    assert len(pids) == 2
    poll(lambda: not any(os.path.exists(f"/proc/{pid}/fd/0") for pid in pids))


def test_libraries_that_a_project_uses(tmp_path: Path) -> None:
    """Only those that are known to be safe, with what they import late; none that the project has one of its own for."""
    write(
        tmp_path, "app/main.py", "import fastapi.security\nfrom sqlmodel import Field\nimport flask, app.models, danger"
    )
    write(tmp_path, "app/broken.py", "def (")
    write(tmp_path, ".venv/x.py", "import django")
    write(tmp_path, "flask.py", "")

    found = libraries_in(tmp_path, "python -m uvicorn app.main:app")

    assert {"fastapi.security", "sqlmodel", "uvicorn", "psycopg"} <= set(found)
    assert not {"flask", "danger", "django", "app.models"} & set(found)
    assert shadowed(tmp_path, ["flask.json"])
    assert not shadowed(tmp_path, ["fastapi"])


def running(nursery: Nursery, cwd: Path, *words: str) -> tuple[Tree, Path]:
    """A forked program that has said that it is ready, and the file of its output."""
    out = cwd / f"{words[0]}.out"
    with out.open("wb") as file:
        tree = nursery.spawn(
            [sys.executable, *words], cwd=cwd, environment=environment(), stdout=file.fileno(), stderr=file.fileno()
        )
    poll(lambda: bool(out.read_text()))
    return tree, out


def poll(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)
