"""The parts of watching: what counts as content, what has changed, when to look, who wrote, what a run is worth."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roadmap_cli.errors import ProjectError
from roadmap_cli.events import Event, Finished, Noticed, Planned
from roadmap_cli.examiner import Examination, Stop
from roadmap_cli.progress import Progress
from roadmap_cli.verdicts import Outcome
from roadmap_cli.views.ink import plain
from roadmap_cli.views.layout import line_width
from roadmap_cli.views.watch import Circumstances, focus_page, screen_lines, writers_page
from roadmap_cli.watching import Began, Ended, Run, ServerWrites, Session, Told, Watcher, named_in
from roadmap_cli.watching import waking as waking_module
from roadmap_cli.watching.authors import Authors, Weight, is_source
from roadmap_cli.watching.content import SETTLED_SECONDS, Content
from roadmap_cli.watching.scene import Scene
from roadmap_cli.watching.waking import events_arrive, shared_drive
from tests.recorded import ALL_PASSED, CURRICULUM, NO_SERVER, PHASE, SOME_FAILED, judged
from tests.saving import Follower, nothing_to_prepare

# --- which files are content ------------------------------------------------------------------------------------


def _project(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def _content(root: Path, named: Callable[[], frozenset[str]] = frozenset) -> tuple[str, ...]:
    content = Content(root, named)
    content.look()
    return content.files


RULES: dict[str, tuple[dict[str, str], set[str]]] = {
    "a name anywhere": ({".gitignore": "secret.txt\n", "secret.txt": "", "a/secret.txt": "", "b.txt": ""}, {"b.txt"}),
    "a name at the top": ({".gitignore": "/only.txt\n", "only.txt": "", "a/only.txt": ""}, {"a/only.txt"}),
    "a folder": ({".gitignore": "gen/\n", "gen/a.py": "", "b/gen/c.py": "", "generic.py": ""}, {"generic.py"}),
    "all but": ({".gitignore": "*.txt\n!keep.txt\n", "a.txt": "", "keep.txt": ""}, {"keep.txt"}),
    "not out of a folder": ({".gitignore": "gen/\n!gen/keep.py\n", "gen/keep.py": "", "a.py": ""}, {"a.py"}),
    "out of a folder's files": (
        {".gitignore": "gen/*\n!gen/keep.py\n", "gen/keep.py": "", "gen/a": ""},
        {"gen/keep.py"},
    ),
    "nested": ({"a/.gitignore": "*.txt\n", "a/x.txt": "", "x.txt": ""}, {"a/.gitignore", "x.txt"}),
    "nested wins": (
        {".gitignore": "*.txt\n", "a/.gitignore": "!x.txt\n", "a/x.txt": "", "x.txt": ""},
        {"a/.gitignore", "a/x.txt"},
    ),
    "stars": ({".gitignore": "a/**/z.txt\n", "a/b/c/z.txt": "", "a/z.txt": "", "z.txt": ""}, {"z.txt"}),
    "comment and space": ({".gitignore": "# *.py\n\nx.txt   \n", "a.py": "", "x.txt": ""}, {"a.py"}),
    "a line that is no rule": ({".gitignore": "!\n\\\nx.txt\n", "a.py": "", "x.txt": ""}, {"a.py"}),
    "a mark of Windows": ({".gitignore": "\ufeffx.txt\r\ny.txt\r\n", "x.txt": "", "y.txt": "", "z": ""}, {"z"}),
}


@pytest.mark.parametrize("case", RULES)
def test_gitignore_means_what_it_means_to_git(tmp_path: Path, case: str) -> None:
    """Each case twice: by our rules, and by Git's own word."""
    files, expected = RULES[case]
    _project(tmp_path, files)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard"], cwd=tmp_path, capture_output=True, check=True
    )
    by_git = set(listed.stdout.decode().split("\0")) - {"", ".gitignore"}

    assert set(_content(tmp_path)) - {".gitignore"} == expected
    assert by_git == expected


@pytest.mark.parametrize(
    "name",
    [
        *(".git/index", ".venv/lib/a.py", "venv/a.py", "node_modules/a/index.js", "app/__pycache__/a.pyc", "a.pyc"),
        *(".pytest_cache/v", ".mypy_cache/x", ".ruff_cache/x", ".gradle/x", ".idea/workspace.xml", ".roadmap/x"),
        *("library.db", "app.sqlite3", "app.sqlite3-wal", "app.sqlite3-shm", "app.sqlite3-journal", "dump.rdb"),
        *("server.log", "server.log.1", "logs/today.txt", "tmp/x", "run.pid", "nohup.out"),
        *(".main.py.swp", "main.py~", ".#main.py", "#main.py#", "4913", "main.py___jb_tmp___", ".env.swp", ".DS_Store"),
    ],
)
def test_what_programs_leave_behind_is_no_content(tmp_path: Path, name: str) -> None:
    """Without a word in .gitignore."""
    _project(tmp_path, {name: "", "main.py": ""})

    assert _content(tmp_path) == ("main.py",)


@pytest.mark.parametrize("name", [".env", ".env.local", "roadmap.toml"])
def test_settings_are_content_whatever_git_is_told(tmp_path: Path, name: str) -> None:
    """They decide how the server runs."""
    _project(tmp_path, {".gitignore": f"{name}\n*\n", name: ""})

    assert name in _content(tmp_path)


def test_an_environment_of_any_name_is_none_of_ours(tmp_path: Path) -> None:
    """It tells itself by pyvenv.cfg."""
    _project(tmp_path, {"my-env/pyvenv.cfg": "", "my-env/lib/a.py": "", "main.py": ""})

    assert _content(tmp_path) == ("main.py",)


def test_what_a_build_leaves_is_told_from_source_by_the_file_beside_it(tmp_path: Path) -> None:
    """`build` beside pyproject.toml is waste, `app/build` may be a package."""
    _project(
        tmp_path, {"pyproject.toml": "", "build/x.py": "", "app/build/y.py": "", "svc/pom.xml": "", "svc/target/z": ""}
    )

    assert _content(tmp_path) == ("app/build/y.py", "pyproject.toml", "svc/pom.xml")


def test_what_the_serve_command_names_is_content(tmp_path: Path) -> None:
    """A jar that is built anew is a save, though builds and jars are ignored."""
    _project(tmp_path, {".gitignore": "*.jar\n", "pom.xml": "", "target/app.jar": "1"})
    named = named_in("java -jar target/app.jar --port {port}", tmp_path)

    assert named == {"target/app.jar"}
    assert "target/app.jar" in _content(tmp_path, lambda: named)


def test_rules_above_the_project_hold_up_to_its_repository(tmp_path: Path) -> None:
    """A repository may hold several projects; one that ignores the project itself has no say."""
    (tmp_path / ".git").mkdir()
    _project(tmp_path, {".gitignore": "*.csv\n", "shop/main.py": "", "shop/a.csv": ""})
    assert _content(tmp_path / "shop") == ("main.py",)
    (tmp_path / ".gitignore").write_text("shop/\n*.csv\n", encoding="utf-8")

    assert _content(tmp_path / "shop") == ("a.csv", "main.py")


def test_new_rules_hold_at_once(tmp_path: Path) -> None:
    """What is ignored from now on is gone, and may come back."""
    _project(tmp_path, {"a.csv": "", "main.py": ""})
    content = Content(tmp_path)
    content.look()
    (tmp_path / ".gitignore").write_text("*.csv\n", encoding="utf-8")
    content.look()
    assert content.files == (".gitignore", "main.py")
    (tmp_path / ".gitignore").unlink()
    content.look()

    assert content.files == ("a.csv", "main.py")


# --- what has changed -------------------------------------------------------------------------------------------


def test_a_touch_is_told_from_a_change(tmp_path: Path) -> None:
    """Written again with the same bytes: touched, and no different."""
    file = _project(tmp_path, {"main.py": "x = 1\n"}) / "main.py"
    content = Content(tmp_path)
    content.look()
    os.utime(file, ns=(1, 1))

    assert [(one.path, one.differs) for one in content.look()] == [("main.py", False)]
    assert content.look() == ()


def test_the_same_size_in_the_same_tick_is_seen(tmp_path: Path) -> None:
    """Stamps may lie while they are young: here they are put back on purpose, but for the one nobody can put back."""
    file = _project(tmp_path, {"main.py": "1"}) / "main.py"
    now = 0.0
    content = Content(tmp_path, clock=lambda: now)
    real = os.lstat

    def frozen(path: Path) -> os.stat_result:
        facts = list(real(path))
        facts[7:10] = [0, 0, 0]
        return os.stat_result(facts, {"st_mtime_ns": 0, "st_ctime_ns": 0, "st_atime_ns": 0})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roadmap_cli.watching.content.os.lstat", frozen)
        content.look()
        file.write_text("2", encoding="utf-8")
        seen = content.look()
        now = SETTLED_SECONDS + 0.1
        content.look()
        file.write_text("3", encoding="utf-8")
        too_late = content.look()

    assert [one.path for one in seen] == ["main.py"]
    assert too_late == ()  # after that a stamp is believed: no clock of a file system is that coarse


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
def test_links_pipes_and_rights(tmp_path: Path) -> None:
    """A link counts by where it leads and what is there; a pipe is never opened; the right to run is content."""
    outside = tmp_path / "outside.txt"
    outside.write_text("1", encoding="utf-8")
    root = _project(tmp_path / "p", {"run.sh": ""})
    (root / "link.txt").symlink_to(outside)
    (root / "nowhere").symlink_to("missing")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    content = Content(root)
    content.look()
    outside.write_text("2", encoding="utf-8")
    (root / "run.sh").chmod(0o755)

    assert content.files == ("folder", "link.txt", "nowhere", "run.sh")
    assert {one.path for one in content.look() if one.differs} == {"link.txt", "run.sh"}


# --- when to look -----------------------------------------------------------------------------------------------

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home/me/course nfs4 rw 0 0
C:\\134 /mnt/c 9p rw,aname=drvfs 0 0
share /media/my\\040share vboxsf rw 0 0
me@host: /home/me/course/far fuse.sshfs rw 0 0
/dev/vdb /home/me/course/near xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("/srv/course", ""),
        ("/home/me/course/api", "a network drive"),
        ("/home/me/course/far/api", "a network drive"),
        ("/home/me/course/near/api", ""),
        ("/home/me/courses", ""),
        ("/mnt/c/Users/me", "a drive of another system"),
        ("/media/my share/api", "a drive of another system"),
    ],
)
def test_drives_whose_events_do_not_arrive_are_polled(root: str, kind: str) -> None:
    """The longest mount point counts: WSL, network drives, folders of a virtual machine."""
    assert shared_drive(Path(root), MOUNTS) == kind


def test_events_are_tried_out(tmp_path: Path) -> None:
    """Here they arrive; nothing is left of the trial."""
    assert events_arrive(tmp_path)
    assert not list(tmp_path.iterdir())


def test_where_no_event_arrives_the_clock_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody need ask for it."""
    monkeypatch.setattr(waking_module._Notify, "wait", lambda self, ms, stop: stop.wait(0.05))
    monkeypatch.setattr(waking_module, "_PROBE_SECONDS", 0.05)
    _project(tmp_path, {"main.py": "1"})
    seen = _Seen()
    watcher = Watcher(tmp_path, seen, probing=tmp_path)
    watcher.start()
    try:
        seen.wait_for(lambda: watcher.polls_because == "no events arrive here")
        (tmp_path / "main.py").write_text("2", encoding="utf-8")
        seen.wait_for(lambda: ("main.py",) in seen.changed)
    finally:
        watcher.close()


def test_the_systems_limit_of_watches_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Polling instead, with the reason."""

    def refuse(self: object, paths: list[str]) -> None:
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr(waking_module._Notify, "__init__", refuse)
    _project(tmp_path, {"main.py": "1"})
    seen = _Seen()
    watcher = Watcher(tmp_path, seen)
    watcher.start()
    try:
        (tmp_path / "main.py").write_text("2", encoding="utf-8")
        seen.wait_for(lambda: ("main.py",) in seen.changed)
    finally:
        watcher.close()

    assert watcher.polls_because == "OS file watch limit reached."


@pytest.mark.parametrize("polling", [False, True])
def test_a_project_that_goes_away_and_comes_back_is_followed(tmp_path: Path, polling: bool) -> None:
    """Moved away, removed, made anew: the folder of that name counts."""
    root = _project(tmp_path / "p", {"main.py": "1", "app/a.py": "1"})
    seen = _Seen()
    watcher = Watcher(root, seen, polling=polling)
    watcher.start()
    try:
        root.rename(tmp_path / "away")
        seen.wait_for(lambda: not watcher.files)
        _project(root, {"main.py": "2", "app/a.py": "2"})
        seen.wait_for(lambda: watcher.files == ("app/a.py", "main.py"))
        (tmp_path / "away" / "main.py").write_text("noise", encoding="utf-8")
        (root / "app" / "a.py").write_text("3", encoding="utf-8")
        seen.wait_for(lambda: ("app/a.py",) in seen.changed)
    finally:
        watcher.close()


class _Seen:
    """What a watcher has told."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, ...]] = []

    def __call__(self, change: object) -> None:
        self.changed.append(getattr(change, "changed"))  # noqa: B009  # mypy: any message has it here

    def wait_for(self, wanted: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not wanted():
            assert time.monotonic() < deadline, self.changed
            time.sleep(0.005)


# --- who wrote --------------------------------------------------------------------------------------------------


def test_data_that_is_written_in_every_run_is_the_servers() -> None:
    """At once another run, then only afterwards, and after four runs on end no more."""
    authors = Authors()
    weights = []
    for _ in range(5):
        authors.next_run()
        weights.append(authors.during_run(["state.json"], []))

    assert weights == [Weight.AT_ONCE, Weight.AFTERWARDS, Weight.AFTERWARDS, Weight.NOTHING, Weight.NOTHING]
    assert authors.servers == {"state.json"}


def test_source_code_is_never_the_servers() -> None:
    """But if it is written in run after run at the same moment, that is hardly somebody who types."""
    authors = Authors()
    weights = []
    for _ in range(12):
        authors.next_run()
        weights.append(authors.during_run(["app/main.py", "state.json"], []))

    assert min(weights) is Weight.AFTERWARDS
    assert weights[:7] == [Weight.AT_ONCE] * 7
    assert authors.suspects == {"app/main.py"}
    assert is_source(".env.local")
    assert is_source("Dockerfile")
    assert not is_source("uploads/cat.png")


def test_saves_at_any_moment_are_the_learners() -> None:
    """Somebody who saves one file again and again, after he has seen the verdict: the next one comes at once, too."""
    authors = Authors()
    weights = []
    for number in range(39):
        authors.next_run()
        weights.append(authors.during_run(["app/main.py"], [], 0.6 + (number * 7 % 10) / 5))

    assert weights == [Weight.AT_ONCE] * 39
    assert authors.suspects == set()


def test_a_run_comes_to_its_end_some_time() -> None:
    """A server that writes YAML at any moment of every run does not keep the others from being judged for ever."""
    authors = Authors()
    weights = []
    for number in range(1, 101):
        authors.next_run()
        weights.append(authors.during_run(["data.yaml"], [], number % 10))

    assert [number for number, weight in enumerate(weights, 1) if weight is Weight.AFTERWARDS] == [40, 80]
    assert authors.suspects == {"data.yaml"}


def test_what_is_written_at_rest_is_the_learners() -> None:
    """Whatever we thought before."""
    authors = Authors()
    for _ in range(4):
        authors.next_run()
        authors.during_run(["state.json"], [])
    authors.at_rest(["state.json"])
    authors.next_run()

    assert authors.during_run(["state.json"], []) is Weight.AT_ONCE


def test_a_run_without_the_write_clears_the_suspicion() -> None:
    """On end means on end."""
    authors = Authors()
    for writes in (["a.txt"], ["a.txt"], [], ["a.txt"]):
        authors.next_run()
        weight = authors.during_run(writes, [])

    assert weight is Weight.AT_ONCE


def test_the_same_bytes_in_every_run_soon_count_for_nothing() -> None:
    """A server that writes its openapi.yaml at each start; twice it is looked at again, for safety."""
    authors = Authors()
    weights = []
    for _ in range(4):
        authors.next_run()
        weights.append(authors.during_run([], ["openapi.yaml"]))

    assert weights == [Weight.AT_ONCE, Weight.AT_ONCE, Weight.NOTHING, Weight.NOTHING]


# --- runs -------------------------------------------------------------------------------------------------------


def _session(root: Path, judge: Callable[[Examination, Stop], Iterator[Event]]) -> Session:
    return Session(judge=judge, prepare=nothing_to_prepare, watch=lambda tell: Watcher(root, tell))


def test_a_server_that_writes_data_comes_to_rest(tmp_path: Path) -> None:
    """Without end otherwise: each run would bring about the next. The file is named."""
    _project(tmp_path, {"main.py": "1"})

    def judge(examination: Examination, stop: Stop) -> Iterator[Event]:
        (tmp_path / "state.txt").write_text(str(time.monotonic_ns()), encoding="utf-8")
        for _ in range(60):
            stop.wait(0.005)
            yield Noticed(message="at work")
        yield Finished(milliseconds=1.0)

    with Follower(session := _session(tmp_path, judge)) as follower:
        follower.wait_for(lambda: any(isinstance(each, ServerWrites) for each in follower.messages))
        follower.wait_for(lambda: session.is_at_rest and len(follower.finished) >= 3)
        runs = len(follower.finished)
        (tmp_path / "main.py").write_text("2", encoding="utf-8")
        follower.wait_for(lambda: len(follower.finished) > runs and session.is_at_rest)

    [told] = [each for each in follower.messages if isinstance(each, ServerWrites)]
    assert told == ServerWrites(paths=("state.txt",), ignored=True)


def test_a_save_ends_a_run_that_would_take_for_ever(tmp_path: Path) -> None:
    """And its events are worth nothing."""
    _project(tmp_path, {"main.py": "1"})
    begun: list[str] = []

    def judge(examination: Examination, stop: Stop) -> Iterator[Event]:
        content = (tmp_path / "main.py").read_text(encoding="utf-8")
        begun.append(content)
        if content == "1":
            assert stop.wait(60)
        yield Finished(milliseconds=1.0)

    with Follower(_session(tmp_path, judge)) as follower:
        follower.wait_for(lambda: begun == ["1"])
        (tmp_path / "main.py").write_text("2", encoding="utf-8")
        follower.wait_for(lambda: len(follower.finished) == 1)

    assert begun == ["1", "2"]
    assert [each.cancelled for each in follower.messages if isinstance(each, Ended)] == [True, False]


def test_the_same_bytes_at_rest_are_no_reason_to_run(tmp_path: Path) -> None:
    """A save that changes nothing, by the system's clock or by moving into place."""
    _project(tmp_path, {"main.py": "1", "other.py": "1"})
    judge: list[int] = []

    def count(examination: Examination, stop: Stop) -> Iterator[Event]:
        judge.append(1)
        yield Finished(milliseconds=1.0)

    with Follower(session := _session(tmp_path, count)) as follower:
        follower.wait_for(lambda: len(follower.finished) == 1 and session.is_at_rest)
        (tmp_path / "new").write_text("1", encoding="utf-8")
        follower.wait_for(lambda: len(follower.finished) == 2 and session.is_at_rest)
        looks = session.watcher.number
        os.utime(tmp_path / "main.py", ns=(5, 5))
        follower.wait_for(lambda: session.watcher.number > looks)
        (tmp_path / "other.py").write_text("2", encoding="utf-8")
        follower.wait_for(lambda: len(follower.finished) == 3 and session.is_at_rest)

    assert len(judge) == 3
    assert [each.run.because for each in follower.finished] == [(), ("new",), ("other.py",)]


def test_a_run_that_cannot_begin_says_why_and_the_next_one_may(tmp_path: Path) -> None:
    """A roadmap.toml that is not right is a matter of the next save."""
    _project(tmp_path, {"roadmap.toml": "wrong"})

    def prepare() -> Examination:
        if (tmp_path / "roadmap.toml").read_text(encoding="utf-8") == "wrong":
            raise ProjectError("This is not right.", hint="Mend it.")
        return nothing_to_prepare()

    def judge(examination: Examination, stop: Stop) -> Iterator[Event]:
        yield Finished(milliseconds=1.0)

    session = Session(judge=judge, prepare=prepare, watch=lambda tell: Watcher(tmp_path, tell))
    with Follower(session) as follower:
        follower.wait_for(lambda: any(isinstance(each, Ended) and each.refused for each in follower.messages))
        (tmp_path / "roadmap.toml").write_text("right", encoding="utf-8")
        follower.wait_for(lambda: len(follower.finished) == 1)


def test_a_mistake_of_ours_is_not_swallowed(tmp_path: Path) -> None:
    """What goes wrong in the thread of a run reaches whoever follows."""

    def judge(examination: Examination, stop: Stop) -> Iterator[Event]:
        yield Finished(milliseconds=1.0)
        raise ZeroDivisionError

    with Follower(_session(tmp_path, judge)) as follower, pytest.raises(ZeroDivisionError):
        follower.wait_for(lambda: False)


def test_again_runs_again(tmp_path: Path) -> None:
    """At rest and in the middle of a run."""
    block = threading.Event()

    def judge(examination: Examination, stop: Stop) -> Iterator[Event]:
        if block.is_set():
            stop.wait(60)
        yield Finished(milliseconds=1.0)

    session = _session(tmp_path, judge)
    session.start()
    try:
        _until(session, lambda m: isinstance(m, Ended))
        block.set()
        session.again()
        _until(session, lambda m: isinstance(m, Began))
        block.clear()
        session.again()
        _until(session, lambda m: isinstance(m, Ended) and m.cancelled)
        _until(session, lambda m: isinstance(m, Ended) and m.is_finished)
    finally:
        session.close()


def _until(session: Session, wanted: Callable[[object], bool]) -> None:
    deadline = time.monotonic() + 30
    while not wanted(session.next(0.1)):
        assert time.monotonic() < deadline


# --- what is shown ----------------------------------------------------------------------------------------------


def _scene(events: tuple[Event, ...] = (), *, chosen: str = "") -> Scene:
    scene = Scene(
        progress=Progress.of(CURRICULUM, ()).phase(PHASE.slug),
        scope=tuple(PHASE.requirements),
        selected=tuple(PHASE.requirements),
        chosen=chosen,
    )
    if events:
        _run(scene, events)
    return scene


def _run(scene: Scene, events: tuple[Event, ...]) -> Run:
    run = Run(number=1, content=1)
    scene.see(Began(run=run, at=0.0))
    for event in events:
        scene.see(Told(run=run, event=event, at=0.0))
    scene.see(Ended(run=run, events=events, at=0.0))
    return run


def test_the_verdict_worked_on_is_known_before_the_others() -> None:
    """As soon as its own checks are judged; until then the last report is shown, and said to be old."""
    scene = _scene(ALL_PASSED, chosen="http.created")
    scene.see(Began(run=Run(number=2, content=2), at=0.0))
    run = Run(number=2, content=2)
    scene.see(Told(run=run, event=Planned(checks=("http.created", "http.health", "http.created"), seed=1), at=0.0))
    scene.see(Told(run=run, event=judged("http.created"), at=0.0))
    assert scene.is_stale
    assert "before your last save" in plain(focus_page(scene))
    scene.see(Told(run=run, event=judged("http.created", "failed"), at=0.0))

    assert not scene.is_stale
    assert scene.verdict is not None
    assert scene.verdict.outcome is Outcome.FAILED


def test_what_is_needed_and_not_judged_yet_stands_in_nobodys_way() -> None:
    """books.isbn needs http.created: its early verdict is its own."""
    scene = _scene(chosen="books.isbn")
    run = Run(number=1, content=1)
    scene.see(Began(run=run, at=0.0))
    scene.see(Told(run=run, event=Planned(checks=("books.isbn", "http.created"), seed=1), at=0.0))
    scene.see(Told(run=run, event=judged("books.isbn"), at=0.0))

    assert scene.verdict is not None
    assert scene.verdict.outcome is Outcome.PASSED


def test_nothing_open_and_no_server_is_shown_too() -> None:
    """When all is passed there is no requirement to be judged first."""
    from roadmap_cli import reports

    scene = _scene(ALL_PASSED)
    assert scene.report is not None
    scene.know(
        Progress.of(CURRICULUM, [reports.attempt(scene.report, at="2026-03-01T09:00:00+00:00")]).phase(PHASE.slug)
    )
    assert scene.focus == ""
    _run(scene, NO_SERVER)

    assert "your server" in plain(focus_page(scene))


def test_next_goes_round(tmp_path: Path) -> None:
    """In the curriculum's order, what waits for nothing first."""
    scene = _scene()
    seen = []
    for _ in range(4):
        seen.append(scene.focus)
        scene.choose_next()

    assert seen == ["http.health", "http.created", "http.not-found", "http.health"]


@pytest.mark.parametrize("events", [ALL_PASSED, SOME_FAILED, NO_SERVER], ids=["passed", "failed", "no server"])
@pytest.mark.parametrize("focus", ["", "books.isbn-unique", "http.not-found"])
def test_no_screen_is_too_small(events: tuple[Event, ...], focus: str) -> None:
    """Never more lines than the terminal has, never a line that is wider; the keys are always in sight."""
    scene = _scene(events, chosen=focus)
    for width in (20, 40, 66, 80, 110):
        for height in (3, 6, 12, 18, 24, 50):
            lines = screen_lines(scene, Circumstances(), width, height)

            assert len(lines) <= height
            assert max(map(line_width, lines)) <= width
            assert height < 6 or "q" in "".join(span.text for span in lines[-1]).split()


def test_files_of_the_server_are_named_with_what_to_do() -> None:
    """Once they are ignored, and before."""
    ignored = " ".join(plain(writers_page(("state.json",), ignored=True)).split())
    watched = " ".join(plain(writers_page(("app/gen.py",), ignored=False)).split())

    assert "state.json is written each time your server runs" in ignored
    assert "Name it in .gitignore" in ignored
    assert "if it was you, save once more when nothing runs" in ignored
    assert "app/gen.py is written in every run" in watched
    assert "name it in .gitignore" in watched


def test_a_long_failure_is_cut_with_the_way_to_all_of_it() -> None:
    """At the height of the terminal."""
    scene = _scene(SOME_FAILED, chosen="books.isbn-unique")
    text = "\n".join("".join(span.text for span in line) for line in screen_lines(scene, Circumstances(), 80, 24))

    assert "more lines: roadmap explain books.isbn-unique" in text
    assert "We sent" in text
