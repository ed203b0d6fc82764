"""Nothing that a learner does with these commands costs them work: random lives of a project, and kills at every point."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from roadmap_cli import pristine
from roadmap_cli.applying import apply
from roadmap_cli.changing import bring_back_file, undo
from roadmap_cli.errors import RoadmapError
from roadmap_cli.resetting import reset
from roadmap_cli.snapshots import Store
from roadmap_cli.trees import Tree, read_whole
from roadmap_cli.updating import bring_up
from roadmap_cli.workspace import Project, Workspace
from tests.recorded import PHASE
from tests.trees_on_disk import Shape, shape, tree_of, write

AT = "2026-03-01T09:30:00+00:00"
LIVES, LIVES_A_TEST = 500, 50
TOML = 'phase = "library-api"\nstack = "fastapi"\n\n[server]\nserve = "python main.py"\n'
NAMES = (
    "main.py",
    "app/a.py",
    "app/b.py",
    "app/deep/c.py",
    "app/deep",
    "app/Übung eins.py",
    "README.md",
    ".env",
    ".gitignore",
    "static/logo.png",
    os.fsdecode(b"static/\xff\xfe"),
)


@dataclass
class Life:
    """A project, and everything that commands have found in it."""

    root: Path
    chance: random.Random
    found: dict[int, Shape] = field(default_factory=dict)
    written: int = 0

    def __post_init__(self) -> None:
        self.workspace = Workspace.create(self.root / "ws")
        self.project = self.workspace.root / "p"
        self.reference = write(self.root / "fastapi", {**self.template(), "main.py": "the reference\n"})
        rendered = write(self.root / "rendered", self.template())
        pristine.keep(self.workspace, "library-api", self.project, rendered, {})
        shutil.copytree(rendered, self.project)

    def template(self) -> dict[str, str | bytes]:
        """A random template, with a roadmap.toml."""
        files: dict[str, str | bytes] = {"roadmap.toml": TOML}
        for name in NAMES:
            if self.chance.random() < 0.6 and not any(
                name.startswith(f"{other}/") or other.startswith(f"{name}/") for other in files
            ):
                files[name] = self.content(50)
        return files

    def content(self, choices: int) -> str | bytes:
        """Some lines of a few kinds, so that versions of a file have lines in common; now and then bytes."""
        if self.chance.random() < 0.1:
            return bytes(self.chance.randrange(256) for _ in range(20)) + b"\0"
        ends = "\r\n" if self.chance.random() < 0.1 else "\n"
        chosen = sorted(self.chance.sample(range(choices), self.chance.randrange(12)))
        return "".join(f"line {number} as the template has it{ends}" for number in chosen)

    def edit(self) -> None:
        """Something that a learner does without us."""
        path = self.project / self.chance.choice((*NAMES, "mine.py", "app/mine too.py", "empty/folder"))
        with contextlib.suppress(OSError):
            self.chance.choice(
                (self.write, self.write, self.add_line, self.remove, self.rename, self.chmod, self.link)
            )(path)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name == "folder":
            path.mkdir(exist_ok=True)
        else:
            content = self.content(50)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def add_line(self, path: Path) -> None:
        self.written += 1
        lines = path.read_bytes().split(b"\n")
        lines.insert(self.chance.randrange(len(lines) + 1), f"written by the learner: {self.written}".encode())
        path.write_bytes(b"\n".join(lines))

    def remove(self, path: Path) -> None:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def rename(self, path: Path) -> None:
        path.rename(path.with_name(f"renamed {self.chance.randrange(3)}.py"))

    def chmod(self, path: Path) -> None:
        path.chmod(self.chance.choice((0o644, 0o755, 0o444, 0o600)))

    def link(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        path.symlink_to(self.chance.choice(("../outside", "main.py", "app")))

    def command(self) -> None:
        """Something that we do. What it found is remembered; if it refuses, nothing is changed."""
        before = shape(self.project)
        seen = Store(self.workspace).shelf().snapshots
        try:
            self.chance.choice((self.reset, self.apply, self.update, self.update, self.undo, self.undo_file))()
        except RoadmapError:
            assert before == shape(self.project)
        taken = Store(self.workspace).shelf().snapshots[len(seen) :]
        assert len(taken) <= 1
        for snapshot in taken:
            self.found[snapshot.id] = before
            if self.chance.random() < 0.3:
                self.there_and_back(before)

    def there_and_back(self, before: Shape) -> None:
        """Undone at once, everything is as it was; undone again, as the command left it."""
        after = shape(self.project)
        undo(self.workspace, at=AT, cwd=self.project)
        assert before == shape(self.project)
        self.found[len(self.found) + 1] = after
        undo(self.workspace, at=AT, cwd=self.project)
        assert after == shape(self.project)
        self.found[len(self.found) + 1] = before

    def reset(self) -> None:
        reset(PHASE, self.workspace, self.loaded(), self.chance.choice((*NAMES, ".", "app")), cwd=self.project, at=AT)

    def apply(self) -> None:
        files = {
            path.relative_to(self.reference).as_posix(): path for path in self.reference.rglob("*") if path.is_file()
        }
        apply(self.workspace, self.loaded(), files, at=AT, only=self.chance.choice(("", *files)))

    def update(self) -> None:
        base = read_whole(self.workspace.base("library-api"))
        before = shape(self.project)
        bring_up(self.workspace, self.loaded(), self.newer(base), {}, at=AT)
        lines = {line.strip(b"\r") for _, _, content in before.values() for line in content.split(b"\n")}
        old = {line.strip(b"\r") for file in base.files.values() for line in file.content.split(b"\n")}
        left = {line.strip(b"\r") for _, _, content in shape(self.project).values() for line in content.split(b"\n")}
        assert lines - old <= left

    def newer(self, base: Tree) -> Tree:
        """Most files as before, some anew, some gone, some renamed."""
        fresh = tree_of(self.template())
        kept = {name: file for name, file in base.files.items() if self.chance.random() < 0.6 or name == "roadmap.toml"}
        added = {
            name: file
            for name, file in fresh.files.items()
            if not any(name.startswith(f"{other}/") or other.startswith(f"{name}/") for other in kept)
        }
        files = {name: file.content for name, file in {**added, **kept}.items()}
        if (old := self.chance.choice(NAMES)) in files:
            files["renamed by the template.py"] = files.pop(old)
        return tree_of(files)

    def undo(self) -> None:
        number = self.chance.choice([None, None, *self.found])
        done = undo(self.workspace, at=AT, cwd=self.project, number=number)
        first: dict[str, int] = {}
        for snapshot in Store(self.workspace).shelf().snapshots:
            if done.snapshot.id <= snapshot.id <= len(self.found):
                for path in snapshot.changed:
                    first.setdefault(path, snapshot.id)
        now = shape(self.project)
        for path, found_by in first.items():
            name = path.removeprefix("p/")
            assert path in done.blocked or self.found[found_by].get(name) == now.get(name) or is_folder(now.get(name))

    def undo_file(self) -> None:
        number = self.chance.choice([None, *self.found])
        bring_back_file(self.workspace, self.chance.choice((*NAMES, "app")), at=AT, cwd=self.project, number=number)

    def loaded(self) -> Project:
        return Project(root=self.project, phase="library-api", stack="fastapi", serve="python main.py")


def is_folder(found: tuple[str, int, bytes] | None) -> bool:
    """Something of the learner's may be in a folder that had not been there, so it stays."""
    return found is not None and found[0] == "folder"


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in memory where there is one: nothing here pulls the plug, so nobody needs to wait for a disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, LIVES, LIVES_A_TEST))
def test_every_state_that_a_command_found_can_be_brought_back(first: int, quick_disk: Path) -> None:
    """Five hundred random lives of a project: whatever was found, byte for byte, with modes, links and empty folders."""
    taken = 0
    for seed in range(first, first + LIVES_A_TEST):
        life = Life(quick_disk / str(seed), random.Random(seed))
        try:
            for _ in range(10):
                life.edit() if life.chance.random() < 0.6 else life.command()
            for number, found in life.found.items():
                shutil.rmtree(life.project)
                bring_back_file(life.workspace, ".", at=AT, cwd=life.project, number=number)
                assert found == shape(life.project), f"snapshot {number}"
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        taken += len(life.found)
        shutil.rmtree(quick_disk / str(seed))
    assert taken > LIVES_A_TEST


# Killed.


BASE = {
    "roadmap.toml": TOML,
    "main.py": "one\ntwo\nthree\nfour\nfive\n",
    "app/a.py": "".join(f"line {number} of a file that gets another name\n" for number in range(9)),
    "app/gone/b.py": "only the old template has it\n",
    "data.bin": "old\0",
}
YOURS = {**BASE, "main.py": "one\ntwo\nmine\nfour\nfive\n", "mine.py": "mine\n", "data.bin": "mine\0"}
NEW = {
    "roadmap.toml": TOML + "# newer\n",
    "main.py": "one\ntwo\ntheirs\nfour\nfive\n",
    "app/other/a.py": BASE["app/a.py"] + "and newer\n",
    "data.bin": "new\0",
    "new/c.py": "new\n",
}


@dataclass(frozen=True)
class World:
    """A workspace that can be made again, as often as a kill needs one."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root / "ws")

    @property
    def project(self) -> Project:
        return Project(root=self.root / "ws" / "p", phase="library-api", stack="fastapi", serve="python main.py")

    def shape(self) -> tuple[Shape, Shape]:
        return shape(self.root / "ws"), shape(self.root / "ws" / ".roadmap" / "base")


def world(root: Path) -> World:
    made = World(root)
    workspace = Workspace.create(root / "ws")
    pristine.keep(workspace, "library-api", workspace.root / "p", write(root / "rendered", BASE), {"stack": "fastapi"})
    write(root / "fastapi", NEW)
    write(workspace.root / "p", YOURS)
    (workspace.root / "p" / "main.py").chmod(0o640)
    return made


def do_update(world: World) -> None:
    bring_up(world.workspace, world.project, tree_of(NEW), {"stack": "fastapi"}, at=AT)


def do_reset(world: World) -> None:
    reset(PHASE, world.workspace, world.project, ".", cwd=world.project.root, at=AT)


def do_apply(world: World) -> None:
    apply(world.workspace, world.project, {name: world.root / "fastapi" / name for name in NEW}, at=AT)


def do_undo(world: World) -> None:
    undo(world.workspace, at=AT, cwd=world.workspace.root)


TOUCHES_THE_DISK = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.symlink", "os.scandir", "os.listdir"}
)


def run_until(what: Callable[[World], None], where: World, point: int) -> int:
    """Run in a process of its own that kills itself at its *point*-th touch of the disk; how many touches there were."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        touches = 0

        def count(event: str, _: object) -> None:
            nonlocal touches
            if event in TOUCHES_THE_DISK:
                touches += 1
                if touches == point:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            what(where)
            os.write(writing, str(touches).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return int(said or 0)


def killed(
    what: Callable[[World], None], folder: Path, first: int, before: Callable[[World], None] = lambda _: None
) -> Iterator[World]:
    """Worlds in which the command was killed at every second touch of the disk from the *first* on."""
    original = world(folder / "original")
    before(original)
    shutil.copytree(original.root, folder / "counted", symlinks=True)
    touches = run_until(what, World(folder / "counted"), 0)
    assert touches > 50
    for point in range(first, touches + 1, 2):
        copy = World(folder / str(point))
        shutil.copytree(original.root, copy.root, symlinks=True)
        run_until(what, copy, point)
        try:
            yield copy
        except BaseException as error:
            error.add_note(f"killed at touch {point} of {touches}")
            raise
        shutil.rmtree(copy.root)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a kill at a counted point needs a fork")


@needs_fork
@pytest.mark.slow
@pytest.mark.parametrize("what", [do_update, do_reset, do_apply])
def test_after_a_kill_undo_gives_back_every_byte(what: Callable[[World], None], quick_disk: Path) -> None:
    """Killed at any odd touch: either nothing was changed, or undo brings all of it back, the rendering for updates included."""
    before = world(quick_disk / "before").shape()
    changed = 0
    for each in killed(what, quick_disk, 1):
        if Store(each.workspace).shelf().snapshots:
            changed += each.shape() != before
            undo(each.workspace, at=AT, cwd=each.workspace.root)
        assert before == each.shape()
    assert changed > 2


@needs_fork
@pytest.mark.slow
@pytest.mark.parametrize("what", [do_update, do_reset, do_apply])
def test_after_a_kill_the_same_again_gives_what_it_would_have_given(
    what: Callable[[World], None], quick_disk: Path
) -> None:
    """Killed at any even touch, then run once more: the same project as if nobody had killed it."""
    whole = world(quick_disk / "whole")
    what(whole)
    for each in killed(what, quick_disk, 2):
        if each.shape() != whole.shape():
            what(each)
        assert whole.shape() == each.shape()


@needs_fork
@pytest.mark.slow
def test_a_killed_undo_is_completed_by_the_next(quick_disk: Path) -> None:
    """The next undo comes to the state that the first was for."""
    before = world(quick_disk / "before").shape()
    for each in killed(do_undo, quick_disk, 1, before=do_update):
        store = Store(each.workspace)
        if store.unfinished or len(store.shelf().snapshots) == 1:
            do_undo(each)
        assert before == each.shape()
