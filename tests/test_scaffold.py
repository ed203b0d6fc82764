"""Projects from templates: whole or not at all, and never over anything of the learner's."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from roadmap_cli.errors import ScaffoldError
from roadmap_cli.packs import Pack
from roadmap_cli.scaffold import Scaffold, chosen_stack
from roadmap_cli.workspace import Project, Workspace
from tests.recorded import SHOP
from tests.small_pack import small_pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack.load(small_pack(tmp_path / "pack"))


def plan(pack: Pack, target: Path, **more: str) -> Scaffold:
    return replace(Scaffold(pack=pack, phase=pack.phase("library-api"), target=target), **more)  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_project_is_shared_files_and_those_of_the_stack(pack: Pack, tmp_path: Path) -> None:
    """Rendered, without what Python left in the template and without the template's settings."""
    workspace = Workspace.create(tmp_path / "Übung eins")
    target = plan(pack, tmp_path / "Übung eins" / "Meine Bücherei").start(workspace)

    assert sorted(files(target)) == [".gitignore", "CONTRACT.md", "README.md", "main.py", "roadmap.toml"]
    assert (target / "README.md").read_text() == "# fastapi, guided, nobody\n"
    assert Project.load(target).phase == "library-api"


def test_how_it_was_made_is_kept(pack: Pack, tmp_path: Path) -> None:
    """For a later update: byte for byte the same, and once."""
    workspace = Workspace.create(tmp_path / "ws")
    target = plan(pack, tmp_path / "ws" / "a").start(workspace)

    assert files(target) == files(workspace.base("library-api"))
    assert sorted(path.name for path in workspace.base("library-api").parent.iterdir()) == [
        "library-api",
        "library-api.json",
    ]


def test_making_another_one_replaces_what_is_kept(pack: Pack, tmp_path: Path) -> None:
    """The latest is what an update is compared with."""
    workspace = Workspace.create(tmp_path / "ws")
    plan(pack, tmp_path / "ws" / "a").start(workspace)
    target = plan(pack, tmp_path / "ws" / "b", flavour="blank").start(workspace)

    assert (target / "README.md").read_text() == "# fastapi, blank, nobody\n"
    assert files(target) == files(workspace.base("library-api"))


def test_an_empty_folder_may_be_there_already(pack: Pack, tmp_path: Path) -> None:
    """Somebody has made it for this."""
    target = tmp_path / "ws" / "a"
    target.mkdir(parents=True)

    assert (plan(pack, target).start(Workspace.create(tmp_path / "ws")) / "main.py").is_file()


def test_a_folder_that_is_not_empty_is_left_alone(pack: Pack, tmp_path: Path) -> None:
    """Not a byte is written, and what to do is said."""
    target = tmp_path / "ws" / "a"
    target.mkdir(parents=True)
    (target / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="not empty") as error:
        plan(pack, target).start(Workspace.create(tmp_path / "ws"))
    assert "--into" in error.value.hint
    assert files(target) == {"mine.txt": b"mine"}
    assert sorted(path.name for path in target.parent.iterdir()) == [".roadmap", "a"]


def test_a_file_in_the_way_is_left_alone(pack: Pack, tmp_path: Path) -> None:
    """A project is a folder."""
    target = tmp_path / "a"
    target.write_text("mine", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="no folder"):
        plan(pack, target).start(Workspace.create(tmp_path))
    assert target.read_text() == "mine"


def test_the_folder_that_we_are_in_is_not_replaced(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell would stand in a folder that is gone."""
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")

    for target in (tmp_path / "here", tmp_path / "here" / "below"):
        with pytest.raises(ScaffoldError, match="the folder that you are in"):
            plan(pack, target).start(Workspace(tmp_path))


def test_a_template_that_fails_leaves_nothing_behind(pack: Pack, tmp_path: Path) -> None:
    """Half a project would look like a whole one."""
    (pack.root / "templates" / "library-api" / "shared" / "bad.txt.jinja").write_text("{{ 1 / 0 }}", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="division by zero"):
        plan(pack, tmp_path / "ws" / "a").start(Workspace.create(tmp_path / "ws"))
    assert [path.name for path in (tmp_path / "ws").iterdir()] == [".roadmap"]
    assert not Workspace(tmp_path / "ws").base("library-api").exists()


def test_settings_that_copier_refuses_are_said(pack: Pack, tmp_path: Path) -> None:
    """Whoever made the pack must mend them."""
    (pack.root / "templates" / "library-api" / "copier.yml").write_text("_tasks: [echo no]\n", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="cannot be rendered"):
        plan(pack, tmp_path / "ws" / "a").start(Workspace.create(tmp_path / "ws"))
    assert not (tmp_path / "ws" / "a").exists()


def test_a_kill_leaves_no_project_and_the_next_start_cleans_up(pack: Pack, tmp_path: Path) -> None:
    """The project appears in one step; what a dead process left beside it is removed, a living one's is not."""
    workspace = Workspace.create(tmp_path / "ws")
    program = (
        "import os, sys; from pathlib import Path\n"
        "import roadmap_cli.scaffold as s; from roadmap_cli.packs import Pack\n"
        "from roadmap_cli.workspace import Workspace; s.pristine.keep = lambda *_: os.kill(os.getpid(), 9)\n"
        "pack = Pack.load(Path(sys.argv[1])); target = Path(sys.argv[2])\n"
        "s.Scaffold(pack=pack, phase=pack.phase('library-api'), target=target).start(Workspace.find(target.parent))"
    )
    arguments = [str(pack.root), str(tmp_path / "ws" / "a")]
    subprocess.run([sys.executable, "-c", program, *arguments], check=False)
    living = tmp_path / "ws" / f".a.{os.getppid()}.making"
    living.mkdir()

    assert not (tmp_path / "ws" / "a").exists()
    assert len(list((tmp_path / "ws").glob(".a.*.making"))) == 2
    plan(pack, tmp_path / "ws" / "a").start(workspace)
    assert [living] == list((tmp_path / "ws").glob(".a.*.making"))


def test_git_is_not_needed(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Git can begin."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert plan(pack, tmp_path / "ws" / "a").start(Workspace.create(tmp_path / "ws")).is_dir()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_place_is_said(pack: Pack, tmp_path: Path) -> None:
    """With another place as the next step."""
    (tmp_path / "closed").mkdir(mode=0o500)

    with pytest.raises(ScaffoldError, match="cannot be made"):
        plan(pack, tmp_path / "closed" / "a").start(Workspace.create(tmp_path / "ws"))


def test_a_place_that_cannot_be_is_said(pack: Pack, tmp_path: Path) -> None:
    """A file where a folder would have to be."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="cannot be made in") as error:
        plan(pack, tmp_path / "file" / "a").start(Workspace.create(tmp_path / "ws"))
    assert "--into" in error.value.hint


def test_the_first_stack_is_taken_and_a_mistyped_one_gets_a_guess() -> None:
    """Asks nothing it can guess."""
    assert chosen_stack(SHOP, "") == "fastapi"
    assert chosen_stack(SHOP, "django") == "django"
    with pytest.raises(ScaffoldError) as error:
        chosen_stack(SHOP, "jango")
    assert error.value.hint == "Did you mean django?"


def test_a_stack_without_a_template_is_the_packs_mistake(pack: Pack, tmp_path: Path) -> None:
    """The phase names it, the folder is missing."""
    shop = replace(pack.phase("shop"), stacks=("rails",))

    with pytest.raises(ScaffoldError, match="no template shop/rails"):
        Scaffold(pack=pack, phase=shop, target=tmp_path / "ws" / "a").start(Workspace.create(tmp_path / "ws"))
