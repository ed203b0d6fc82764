"""The history under fire: killed at any moment, a full disk, several processes, a flipped byte. Nothing finished is lost."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from roadmap_cli import reports
from roadmap_cli.attempts import Attempt, Begun, Damage, GaveUp, HintShown, History, to_line, united
from roadmap_cli.errors import WorkspaceError
from roadmap_cli.workspace import Workspace
from tests.one_server import write_pack, write_project
from tests.recorded import PHASE

TOP = Path(__file__).parent.parent
AT = "2026-03-01T09:30:00+00:00"
KILLS = 1000
SEED = 20260301

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, and kills as POSIX does")


def attempt(number: int, at: str = AT) -> Attempt:
    return Attempt(at=at, phase=PHASE.slug, outcomes={"http.created": "passed", "http.health": "failed"}, seed=number)


def seeds(history: History) -> list[int]:
    return [entry.seed for entry in history.entries if isinstance(entry, Attempt)]


class Fire:
    """The program that is killed; see `fire`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fire"], cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def kill(self, how: str, root: Path, **order: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"kill": how, "root": str(root), **order}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def fire() -> Iterator[Fire]:
    fire = Fire()
    yield fire
    fire.end()


# Killed


@pytest.mark.slow
def test_killed_at_a_thousand_moments_nothing_recorded_is_lost(fire: Fire, tmp_path: Path) -> None:
    """Whatever `record` returned from is in the history, once; the evidence is whole; no kill costs more than one line."""
    chance = random.Random(SEED)
    recorded, longest = 0, 0.01
    for kill in range(KILLS):
        if kill % 40 == 0:
            workspace, promised, number = Workspace.create(tmp_path / str(kill)), 0, 0
        answer = fire.kill("at a moment", workspace.root, number=number, seconds=chance.uniform(0, longest))
        longest *= 0.95 if answer["acknowledged"] else 1.1  # about one attempt long, on whatever machine
        history = workspace.history()
        found = seeds(history)
        promised += answer["acknowledged"]
        recorded += answer["acknowledged"]

        assert found == sorted(set(found)), f"seed {SEED}, kill {kill}"
        assert promised <= len(found) <= promised + kill % 40 + 1, f"seed {SEED}, kill {kill}"
        assert found[:1] in ([0], []), f"seed {SEED}, kill {kill}"
        assert len(history.damage) <= 1, f"seed {SEED}, kill {kill}"
        evidence = workspace.last_report(PHASE.slug)
        assert evidence is None or reports.from_json(PHASE, evidence) is not None
        number = len(found)
        promised = number
    assert recorded > KILLS / 4, "too many were killed before they had recorded anything"


def test_killed_at_every_line_nothing_recorded_is_lost(fire: Fire, tmp_path: Path) -> None:
    """Before each line of our own that recording and keeping the evidence runs through."""
    workspace = Workspace.create(tmp_path)
    died, lines, promised = True, 0, 0
    while died:
        answer = fire.kill("at a line", workspace.root, number=lines, lines=lines)
        died, promised, lines = answer["died"], promised + answer["acknowledged"], lines + 1
        history = workspace.history()

        assert () == history.damage
        assert promised <= len(history.entries)
        evidence = workspace.last_report(PHASE.slug)
        assert evidence is None or reports.from_json(PHASE, evidence) is not None
    assert lines > 40
    assert not list(workspace.root.rglob("*.new"))  # the last one, which lived, swept behind the others


@pytest.mark.slow
def test_killed_in_the_middle_of_a_write_the_rest_is_used(fire: Fire, tmp_path: Path) -> None:
    """Cut after every byte of its line: that attempt was never acknowledged; the torn line is told, once, by number."""
    workspace = Workspace.create(tmp_path)
    before = to_line(attempt(1)).encode() + b"\n"
    died, size = True, 0
    while died:
        workspace.attempts.write_bytes(before)
        died = fire.kill("in a write", workspace.root, number=2, size=size)["died"]
        torn = workspace.history()
        workspace.record(attempt(3))
        after = workspace.history()

        assert [1] == [seed for seed in seeds(torn) if seed != 2]
        assert [1, 3] == [seed for seed in seeds(after) if seed != 2]
        assert [2] == [damage.line for damage in after.damage] or after.damage == ()
        assert (0 < size) == bool(after.damage) or 2 in seeds(after)
        size += 1
    assert size > len(before)


@pytest.mark.slow
def test_real_checks_killed_at_random_points_lose_nothing(tmp_path: Path) -> None:
    """`roadmap check` with all it starts: what had ended is in the history, and no process stays."""
    chance = random.Random(SEED)
    pack = write_pack(tmp_path / "pack")
    project = write_project(tmp_path / "learner" / "small")
    settings = 'phase = "small"\n[server]\nserve = "python server.py"\nready = "/health"\n'
    (project / "roadmap.toml").write_text(settings, encoding="utf-8")
    workspace = Workspace.create(tmp_path / "learner", str(pack.root))
    whole = _seconds_of(project)
    finished = len(workspace.history().entries)
    assert finished == 1
    for kill in range(24):
        with subprocess.Popen([*_CHECK, str(kill)], cwd=project, stdout=subprocess.PIPE) as process:
            _at_a_random_point(process, chance, whole, at_the_end=kill % 2 == 0)
            process.kill()
            process.wait()
            finished += process.returncode == 0
        history = workspace.history()

        assert finished <= len(history.entries) <= kill + 2, f"seed {SEED}, kill {kill}"
        assert set(seeds(history)) <= {10**6, *range(kill + 1)}
        assert () == history.damage
        _until_nothing_runs_in(project)
    assert _seconds_of(project) > 0  # and the next one works


_CHECK = (sys.executable, "-m", "roadmap_cli", "check", "--plain", "--seed")


def _seconds_of(project: Path) -> float:
    begun = time.monotonic()
    done = subprocess.run([*_CHECK, str(10**6)], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - begun


def _at_a_random_point(process: subprocess.Popen[bytes], chance: random.Random, whole: float, at_the_end: bool) -> None:
    """Anywhere; or about where the report has been shown and is being recorded."""
    assert process.stdout is not None
    if at_the_end:
        process.stdout.read(1)
        time.sleep(chance.uniform(0, 0.05))
    else:
        time.sleep(chance.uniform(0, whole))


def _until_nothing_runs_in(project: Path) -> None:
    deadline = time.monotonic() + 20
    while (running := _running_in(project)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running


def _running_in(project: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(project):
                found.append(f"{process.pid} {process.cmdline()}")
        except psutil.Error:
            continue
    return found


# A full disk


def test_whatever_fits_of_a_line_a_full_disk_leaves_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each number of bytes: what was there stays, the message says so, and the next attempt is recorded."""
    workspace = Workspace.create(tmp_path)
    workspace.record(attempt(1))
    whole = workspace.attempts.read_bytes()
    write = os.write
    for size in range(len(to_line(attempt(2))) + 1):
        monkeypatch.setattr(os, "write", lambda file, content, size=size: write(file, content[:size]))
        with pytest.raises(WorkspaceError, match="the disk is full") as error:
            workspace.record(attempt(2))
        monkeypatch.undo()

        assert whole == workspace.attempts.read_bytes()
        assert "nothing that was recorded before is lost" in error.value.hint
    workspace.record(attempt(3))
    assert [1, 3] == seeds(workspace.history())


@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_a_disk_that_is_full_at_any_step_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Opening, writing, flushing."""

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    workspace = Workspace.create(tmp_path)
    workspace.record(attempt(1))
    whole = workspace.attempts.read_bytes()
    monkeypatch.setattr(os, call, full)

    with pytest.raises(WorkspaceError, match=r"could not be recorded in .*: the disk is full"):
        workspace.record(attempt(2))
    monkeypatch.undo()
    assert whole == workspace.attempts.read_bytes()


_FILL = """
import sys
from pathlib import Path
from roadmap_cli.errors import WorkspaceError
from roadmap_cli.workspace import Workspace
from tests.test_under_fire import attempt, seeds
workspace = Workspace.create(Path(sys.argv[1]))
recorded, said = [], ""
for number in range(5000):
    try:
        workspace.record(attempt(number))
        recorded.append(number)
        workspace.keep_report("library-api", "x" * 3000)
    except WorkspaceError as error:
        said = error.message
        break
assert "the disk is full" in said, said
assert seeds(workspace.history()) == recorded, (recorded, workspace.history())
assert workspace.history().damage == ()
assert workspace.last_report("library-api") == "x" * 3000
print("held", len(recorded))
"""


def test_a_disk_that_really_is_full(tmp_path: Path) -> None:
    """A file system of 64 kB in memory, filled by attempts and evidence until nothing goes."""
    mount = f'mount -t tmpfs -o size=64k full "{tmp_path}" && exec "$0" -c "$1" "{tmp_path}"'
    possible = subprocess.run(["unshare", "-rm", "sh", "-c", mount, "true"], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip("mounting is not allowed here")
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, sys.executable, _FILL],
        cwd=TOP, env=os.environ | {"PYTHONPATH": str(TOP)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout.startswith("held"), done.stderr


def test_a_file_that_may_not_grow_is_said(tmp_path: Path) -> None:
    """A limit of the account (ulimit -f) instead of a full disk."""
    workspace = Workspace.create(tmp_path)
    for number in range(3):
        workspace.record(attempt(number))
    whole = workspace.attempts.stat().st_size
    program = (
        "import resource, sys; from pathlib import Path; from tests.test_under_fire import *\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({whole + 40}, {whole + 40}))\n"
        "try: Workspace(Path(sys.argv[1])).record(attempt(9))\n"
        "except WorkspaceError as error: print(error.message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=TOP, capture_output=True, text=True, check=True
    )

    assert "the disk is full" in done.stdout or "may not grow any more" in done.stdout
    assert [0, 1, 2] == seeds(workspace.history())
    assert () == workspace.history().damage


# Several processes


def test_four_processes_and_an_import_at_once(tmp_path: Path) -> None:
    """Each records fifty attempts while histories of another machine are taken over: nothing lost, nothing twice."""
    workspace = Workspace.create(tmp_path)
    program = (
        "import sys; from pathlib import Path; from tests.test_under_fire import attempt; "
        "from roadmap_cli.workspace import Workspace\n"
        "for n in range(50): Workspace(Path(sys.argv[1])).record(attempt(int(sys.argv[2]) * 1000 + n))"
    )
    others = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(number)], cwd=TOP) for number in range(4)
    ]
    taken = 0
    while any(other.poll() is None for other in others):
        workspace.unite_history(to_line(attempt(10_000 + taken)).encode())
        taken += 1

    assert [other.wait() for other in others] == [0] * 4
    history = workspace.history()
    expected = {number * 1000 + each for number in range(4) for each in range(50)}
    assert () == history.damage
    assert sorted(seeds(history)) == sorted(expected | {10_000 + number for number in range(taken)})


def test_without_locks_nothing_of_somebody_elses_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a lock cannot be had, half a line stays rather than that another process's line goes."""
    workspace = Workspace.create(tmp_path)
    workspace.record(attempt(1))
    (workspace.folder / "locks" / "history.lock").unlink()
    (workspace.folder / "locks").rmdir()
    (workspace.folder / "locks").write_text("", encoding="utf-8")
    write = os.write

    def interleaved(file: int, content: bytes) -> int:
        written = write(file, content[:10])
        write(file, b"\n" + to_line(attempt(2)).encode() + b"\n")
        return written

    monkeypatch.setattr(os, "write", interleaved)
    with pytest.raises(WorkspaceError, match="the disk is full"):
        workspace.record(attempt(3))
    monkeypatch.undo()
    assert [1, 2] == seeds(workspace.history())
    assert [2] == [damage.line for damage in workspace.history().damage]


# A flipped byte, and whatever else happens to files

ENTRIES = (
    Begun(at=AT, phase="library-api", stack="fastapi"),
    HintShown(at=AT, phase="library-api", requirement="http.created", rung=2),
    Attempt(
        at=AT, phase="library-api", outcomes={"http.created": "passed", "v": "failed"}, points=2, possible=4, seed=7
    ),
    GaveUp(at=AT, phase="library-api", milestone="http"),
)
CONTENT = b"".join(to_line(entry).encode() + b"\n" for entry in ENTRIES)


def test_a_flipped_byte_is_noticed_and_costs_one_line_at_most() -> None:
    """Every position, every bit, and four other bytes: all other lines are used, and the damage says where and why."""
    for position, byte in enumerate(CONTENT):
        for other in {*(byte ^ (1 << bit) for bit in range(8)), 0, 0x0A, 0x0D, 0x22} - {byte}:
            history = History.read(CONTENT[:position] + bytes([other]) + CONTENT[position + 1 :])
            line = CONTENT[:position].count(b"\n")
            untouched = [entry for number, entry in enumerate(ENTRIES) if number != line]

            where = f"byte {position}, {byte:#x} to {other:#x}"
            assert all(entry in ENTRIES for entry in history.entries), where
            assert [entry for entry in history.entries if entry in untouched] == untouched, where
            if history.entries != ENTRIES:
                assert history.damage, where
                assert history.damage[0].line - line in ((1, 2) if other == 0x0A else (1,)), where
                assert all(damage.reason.endswith(".") for damage in history.damage), where


def test_a_lost_line_end_costs_neither_line() -> None:
    """The two entries of the line are whole; the damage is told all the same."""
    first, second = (to_line(entry).encode() for entry in ENTRIES[:2])
    history = History.read(first + b"?" + second + b"\n")

    assert ENTRIES[:2] == history.entries
    assert (Damage(1, "It is not JSON. What is whole in it counts."),) == history.damage


def test_a_line_changed_by_hand_does_not_count() -> None:
    """It is told kindly; what stands round it does."""
    history = History.read(CONTENT.replace(b'"rung":2', b'"rung":3'))

    assert (ENTRIES[0], *ENTRIES[2:]) == history.entries
    assert (Damage(2, "It was changed after it was written: its checksum does not fit."),) == history.damage


def test_a_checksum_that_was_taken_away_is_missed() -> None:
    """Otherwise a hand could change a line and its proof."""
    line = to_line(ENTRIES[1])
    history = History.read(line.replace(line[line.index(',"sum"') : -1], "").encode())

    assert () == history.entries
    assert "checksum" in history.damage[0].reason


def test_lines_of_the_first_version_have_no_checksum_and_count() -> None:
    """A history that began before there were any goes on."""
    old = b'{"v":1,"at":"2026-01-01T00:00:00+00:00","phase":"p","kind":"hint","requirement":"a","rung":1}\n'
    history = History.read(old + CONTENT)

    assert () == history.damage
    assert len(ENTRIES) + 1 == len(history.entries)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CONTENT.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(b"\xef\xbb\xbf" + CONTENT, id="byte order mark"),
        pytest.param(CONTENT.rstrip(b"\n"), id="no last line end"),
        pytest.param(b"\n\n" + CONTENT.replace(b"\n", b"\n\n  \n"), id="empty lines"),
    ],
)
def test_what_an_editor_does_to_a_file_is_no_damage(content: bytes) -> None:
    """Only saving it changes line ends, marks and the last line."""
    assert History(entries=ENTRIES) == History.read(content)


@pytest.mark.parametrize("zeros", [1, 512, 4096])
def test_zero_bytes_after_a_power_cut_are_told_as_what_they_are(tmp_path: Path, zeros: int) -> None:
    """At the end, with the next attempt after them; in the middle; in front of a whole entry on the same line."""
    workspace = Workspace.create(tmp_path)
    workspace.attempts.write_bytes(CONTENT + bytes(zeros))
    workspace.record(attempt(9))
    said = "It holds zero bytes, as a disk leaves them after a power cut."

    assert (*ENTRIES, attempt(9)) == workspace.history().entries
    assert (Damage(5, said),) == workspace.history().damage
    first, rest = CONTENT.split(b"\n", 1)
    history = History.read(first + b"\n" + bytes(zeros) + rest)
    assert ENTRIES == history.entries
    assert (Damage(2, f"{said} What is whole in it counts."),) == history.damage


def test_any_bytes_at_all_are_read_without_an_accident() -> None:
    """Random files, and random pieces of real ones; what is found was once written."""
    chance = random.Random(SEED)
    for _ in range(2000):
        pieces = [
            chance.choice((CONTENT[(at := chance.randrange(len(CONTENT))) : at + chance.randrange(200)],
                           chance.randbytes(chance.randrange(20)), b"\n", b"\0", b'{"v":2,"at":', b"\xef\xbb\xbf"))
            for _ in range(chance.randrange(12))
        ]  # fmt: skip
        history = History.read(b"".join(pieces))

        assert all(entry in ENTRIES for entry in history.entries), f"seed {SEED}: {pieces}"


# Two histories as one


def _history(chance: random.Random, begin: int, machine: int) -> list[bytes]:
    """Lines of one machine; its clock may jump, and some lines are damaged."""
    lines = []
    for number in range(chance.randrange(12)):
        minute = max(0, min(59, begin + number * chance.randrange(1, 4) + chance.choice((0, 0, 0, -5))))
        line = to_line(attempt(machine * 100 + number, f"2026-03-01T09:{minute:02}:00+00:00")).encode()
        lines.append(line[: chance.randrange(1, len(line))] if chance.random() < 0.1 else line)
    return lines


def test_two_histories_become_one_with_every_line_of_both() -> None:
    """Common lines once, each machine's order kept, damage kept; doing it again changes nothing."""
    chance = random.Random(SEED)
    for _ in range(500):
        common = _history(chance, 0, 1)
        ours, theirs = (common + _history(chance, 20, machine) for machine in (2, 3))
        joined = united(b"\n".join(ours), b"\n".join(theirs))
        lines = joined.splitlines()

        assert sorted(set(lines)) == sorted({*ours, *theirs}), f"seed {SEED}"
        assert [line for line in lines if line in ours] == ours, f"seed {SEED}"
        assert [line for line in lines if line in theirs] == theirs, f"seed {SEED}"
        assert joined == united(joined, b"\n".join(theirs)) == united(joined, joined), f"seed {SEED}"
        assert sorted(lines) == sorted(united(b"\n".join(theirs), b"\n".join(ours)).splitlines())


def test_histories_are_joined_by_time() -> None:
    """Also across time zones; a line without a time stays behind the one before it."""
    nine, ten = to_line(attempt(1, "2026-03-01T09:00:00+00:00")), to_line(attempt(3, "2026-03-01T10:00:00+00:00"))
    half_past = to_line(attempt(2, "2026-03-01T11:30:00+02:00"))
    joined = united(f"{nine}\ndamaged\n{ten}\n".encode(), f"{half_past}\n".encode())

    assert [nine, "damaged", half_past, ten] == joined.decode().splitlines()


def test_a_signal_leaves_a_whole_line(tmp_path: Path) -> None:
    """SIGTERM while recording ends the process as a kill does, and is no reason for half a line."""
    program = (
        "import sys; from pathlib import Path; from tests.test_under_fire import *\n"
        "print('ready', flush=True)\n"
        "for n in range(10**9): Workspace(Path(sys.argv[1])).record(attempt(n))"
    )
    workspace = Workspace.create(tmp_path)
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=TOP, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + 20
        while len(workspace.history().entries) < 5 and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGTERM)
    found = seeds(workspace.history())

    assert found == list(range(len(found)))
    assert () == workspace.history().damage
