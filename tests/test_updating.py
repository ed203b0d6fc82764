"""A newer template comes into a project: every cell of the table, and no line of the learner's is ever dropped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from roadmap_cli import pristine
from roadmap_cli.changing import undo
from roadmap_cli.errors import ProjectError, ScaffoldError
from roadmap_cli.packs import Pack
from roadmap_cli.scaffold import Scaffold
from roadmap_cli.trees import File, Tree
from roadmap_cli.updating import Plan, Updated, What, plan, update
from roadmap_cli.workspace import Project, Workspace
from tests.small_pack import small_pack
from tests.trees_on_disk import shape, tree_of

AT = "2026-03-01T09:30:00+00:00"
LINES = [f"line {number} of the file as it was made\n" for number in range(1, 21)]
BASE = {"app/a.py": "".join(LINES), "other.py": "something else\n"}
MINE = "a line that the learner has written\n"
MINE_TOO = "another line of the learner's\n"


def with_line(number: int, text: str) -> str:
    return "".join([*LINES[: number - 1], text, *LINES[number:]])


TEMPLATE: dict[str, dict[str, str]] = {
    "nothing": BASE,
    "other line": {**BASE, "app/a.py": with_line(3, "the template's\n")},
    "same line": {**BASE, "app/a.py": with_line(10, "the template's\n")},
    "rename": {"other.py": BASE["other.py"], "app/b.py": BASE["app/a.py"]},
    "delete": {"other.py": BASE["other.py"]},
    "new file": {**BASE, "app/mine.py": "from the template\n"},
}
LEARNER: dict[str, dict[str, str]] = {
    "nothing": BASE,
    "other line": {**BASE, "app/a.py": with_line(17, MINE), "app/mine.py": MINE_TOO},
    "same line": {**BASE, "app/a.py": with_line(10, MINE), "app/mine.py": MINE_TOO},
    "rename": {"other.py": BASE["other.py"], "app/c.py": BASE["app/a.py"].replace(LINES[16], MINE)},
    "delete": {"other.py": BASE["other.py"]},
}
A, B, C, NEW = "app/a.py", "app/b.py", "app/c.py", "app/mine.py"
# What is said in each cell: (kind, path) in the order of saying.
SAID: dict[tuple[str, str], set[tuple[What, str]]] = {
    **{("nothing", learner): set() for learner in LEARNER},
    ("other line", "nothing"): {(What.TAKEN, A)},
    ("other line", "other line"): {(What.MERGED, A)},
    ("other line", "same line"): {(What.MERGED, A)},
    ("other line", "rename"): {(What.MERGED, C)},
    ("other line", "delete"): {(What.STAYS_DELETED, A)},
    ("same line", "nothing"): {(What.TAKEN, A)},
    ("same line", "other line"): {(What.MERGED, A)},
    ("same line", "same line"): {(What.CONFLICT, A)},
    ("same line", "rename"): {(What.MERGED, C)},
    ("same line", "delete"): {(What.STAYS_DELETED, A)},
    ("rename", "nothing"): {(What.RENAMED, B)},
    ("rename", "other line"): {(What.RENAMED, B)},
    ("rename", "same line"): {(What.RENAMED, B)},
    ("rename", "rename"): set(),
    ("rename", "delete"): set(),
    ("delete", "nothing"): {(What.REMOVED, A)},
    ("delete", "other line"): {(What.KEPT, A)},
    ("delete", "same line"): {(What.KEPT, A)},
    ("delete", "rename"): {(What.KEPT, C)},
    ("delete", "delete"): set(),
    ("new file", "nothing"): {(What.ADDED, NEW)},
    ("new file", "other line"): {(What.CONFLICT, NEW)},
    ("new file", "same line"): {(What.CONFLICT, NEW)},
    ("new file", "rename"): {(What.ADDED, NEW)},
    ("new file", "delete"): {(What.ADDED, NEW)},
}


def result(yours: Mapping[str, str | bytes], planned: Plan) -> dict[str, bytes]:
    """The learner's files after the plan."""
    after = {path: file.content for path, file in tree_of(yours).files.items()}
    for path, (seen, wanted) in planned.files.items():
        assert after.get(path) == (seen.content if seen else None)
        after.pop(path, None)
        if wanted:
            after[path] = wanted.content
    return after


def planned(base: Mapping[str, str | bytes], new: Mapping[str, str | bytes], yours: Mapping[str, str | bytes]) -> Plan:
    return plan(tree_of(base), tree_of(new), tree_of(yours))


def said(found: Plan) -> set[tuple[What, str]]:
    return {(note.what, note.path) for note in found.notes}


@pytest.mark.parametrize("template", TEMPLATE)
@pytest.mark.parametrize("learner", LEARNER)
def test_every_cell_of_the_table(template: str, learner: str) -> None:
    """Every line that the learner has written is in the project afterwards, and what happened is said."""
    yours, new = LEARNER[learner], TEMPLATE[template]
    found = planned(BASE, new, yours)
    after = result(yours, found)

    original = set("".join(BASE.values()).splitlines())
    written = [line for content in yours.values() for line in content.splitlines() if line not in original]
    everything = b"\n".join(after.values()).decode().splitlines()
    assert [line for line in written if line not in everything] == []
    assert SAID[template, learner] == said(found)
    assert bool(found.open_questions) == ((template, learner) in _CONFLICTS)
    assert after["other.py"] == b"something else\n"
    if learner == "nothing":
        assert {name: content.encode() for name, content in new.items()} == after


_CONFLICTS = {("same line", "same line"), ("new file", "other line"), ("new file", "same line")}


def test_a_conflict_holds_both_and_tells_its_line() -> None:
    """Yours first; the line is where the marks begin."""
    found = planned(BASE, TEMPLATE["same line"], LEARNER["same line"])

    expected = with_line(10, f"<<<<<<< yours\n{MINE}=======\nthe template's\n>>>>>>> template\n")
    assert expected.encode() == result(LEARNER["same line"], found)[A]
    assert found.open_questions[0].lines == (10,)


def test_a_file_renamed_by_the_template_takes_your_edits_along() -> None:
    """The new name, your line, the template's line."""
    new = {"other.py": BASE["other.py"], B: with_line(3, "the template's\n")}
    after = result(LEARNER["other line"], planned(BASE, new, LEARNER["other line"]))

    assert A not in after
    assert MINE.encode() in after[B]
    assert b"the template's\n" in after[B]


def test_renamed_to_the_same_name_by_both_is_one_file() -> None:
    """You were ahead of the template."""
    yours = {"other.py": BASE["other.py"], B: with_line(17, MINE)}
    found = planned(BASE, {"other.py": BASE["other.py"], B: with_line(3, "the template's\n")}, yours)

    assert {(What.MERGED, B)} == said(found)
    assert [B, "other.py"] == sorted(result(yours, found))


def test_a_name_that_you_have_given_to_another_file_is_not_taken() -> None:
    """The template's new name is yours already: both files stay where they are, and the change comes to the old one."""
    yours = {**BASE, B: "mine alone\n"}
    found = planned(BASE, {"other.py": BASE["other.py"], B: with_line(3, "the template's\n")}, yours)
    after = result(yours, found)

    assert {(What.NOT_RENAMED, A), (What.TAKEN, A)} == said(found)
    assert after[B] == b"mine alone\n"
    assert b"the template's\n" in after[A]


def test_a_folder_of_yours_in_the_way_of_a_new_file_is_left() -> None:
    """And so is a file of yours where the template wants a folder."""
    found = planned(BASE, {**BASE, "app/x": "new\n", "y/z.py": "new\n"}, {**BASE, "app/x/mine.py": "", "y": "mine\n"})

    assert {(What.IN_THE_WAY, "app/x"), (What.IN_THE_WAY, "y/z.py")} == said(found)
    assert not found.files


def test_what_is_no_text_is_put_beside() -> None:
    """Yours stays, the template's gets a name that is free."""
    base, yours, new = b"\0old", b"\0mine", b"\0new"
    found = planned({"logo.png": base}, {"logo.png": new}, {"logo.png": yours, "logo.png.new": b"\0taken"})

    assert {"logo.png": yours, "logo.png.new": b"\0taken", "logo.png.new2": new} == result(
        {"logo.png": yours, "logo.png.new": b"\0taken"}, found
    )
    assert [(What.BESIDE, "logo.png", "logo.png.new2")] == [(n.what, n.path, n.other) for n in found.notes]
    assert found.open_questions
    assert result({"logo.png": base}, planned({"logo.png": base}, {"logo.png": new}, {"logo.png": base})) == {
        "logo.png": new
    }


def test_roadmap_toml_gets_no_marks() -> None:
    """With marks in it no command would find the project any more, undo not either."""
    base, yours, new = 'serve = "a"\n', 'serve = "mine"\n', 'serve = "new"\n'
    found = planned({"roadmap.toml": base}, {"roadmap.toml": new}, {"roadmap.toml": yours})

    assert {"roadmap.toml": b'serve = "mine"\n', "roadmap.toml.new": b'serve = "new"\n'} == result(
        {"roadmap.toml": yours}, found
    )


def test_a_link_of_yours_is_not_followed() -> None:
    """It stays a link; the template's file is put beside it."""
    base = tree_of({"a": "old\n"})
    yours = Tree({"a": File(content=b"/elsewhere", is_link=True)})
    found = plan(base, tree_of({"a": "new\n"}), yours)

    assert [(What.BESIDE, "a", "a.new")] == [(n.what, n.path, n.other) for n in found.notes]
    assert "a" not in found.files


def test_files_that_say_nothing_are_not_taken_for_each_other() -> None:
    """An empty __init__.py that is gone is not the empty one that has come."""
    found = planned({"a/__init__.py": "", "x.py": "x\n"}, {"x.py": "x\n", "b/__init__.py": ""}, {"x.py": "x\n"})

    assert {(What.ADDED, "b/__init__.py")} == said(found)


def test_whether_a_file_can_be_run_is_the_templates_to_say() -> None:
    """If it has changed that; else it stays as you have it."""

    def run(mode: int) -> Tree:
        return Tree({"run.sh": File(content=b"#!/bin/sh\n", mode=mode)})

    (_, wanted) = plan(run(0o644), run(0o755), run(0o640)).files["run.sh"]
    assert wanted is not None
    assert wanted.mode == 0o751
    assert not plan(run(0o644), run(0o600), run(0o755)).files


# The whole command, on a disk.


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack.load(small_pack(tmp_path / "pack"))


@pytest.fixture
def workspace(tmp_path: Path, pack: Pack) -> Workspace:
    workspace = Workspace.create(tmp_path / "Übung eins")
    begin(pack, workspace, "library-api")
    return workspace


def begin(pack: Pack, workspace: Workspace, folder: str, flavour: str = "") -> Path:
    phase = pack.phase("library-api")
    return Scaffold(pack=pack, phase=phase, target=workspace.root / folder, flavour=flavour).start(workspace)


def change_template(pack: Pack, name: str, content: str | None) -> None:
    path = pack.root / "templates" / "library-api" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")


def updated(pack: Pack, workspace: Workspace, folder: str = "library-api", *, dry_run: bool = False) -> Updated:
    project = Project.load(workspace.root / folder)
    return update(pack, pack.phase("library-api"), workspace, project, at=AT, dry_run=dry_run)


def test_nothing_new_is_nothing_to_do(pack: Pack, workspace: Workspace) -> None:
    """No snapshot is taken, whatever the learner has edited."""
    (workspace.root / "library-api" / "main.py").write_text("mine\n", encoding="utf-8")
    before = shape(workspace.root, without=("locks",))
    done = updated(pack, workspace)

    assert not done.is_new
    assert before == shape(workspace.root, without=("locks",))


def test_a_newer_template_comes_in_and_undo_takes_all_of_it_back(pack: Pack, workspace: Workspace) -> None:
    """The rendering that it is compared with next time goes forth and back as well."""
    project = workspace.root / "library-api"
    (project / "main.py").write_text("print('hello')\nmine()\n", encoding="utf-8")
    change_template(pack, "fastapi/extra/new.py", "new\n")
    change_template(pack, "shared/README.md.jinja", "# {{ stack }}, {{ flavour }}, {{ owner }}, newer\n")
    change_template(pack, "shared/CONTRACT.md", None)
    before, base = shape(workspace.root), shape(workspace.folder / "base")
    done = updated(pack, workspace)
    after = shape(workspace.root)

    assert {(What.ADDED, "extra/new.py"), (What.TAKEN, "README.md"), (What.REMOVED, "CONTRACT.md")} == said(done.plan)
    assert (project / "README.md").read_text() == "# fastapi, guided, nobody, newer\n"
    assert (project / "main.py").read_text() == "print('hello')\nmine()\n"
    assert not updated(pack, workspace).is_new

    undo(workspace, at=AT, cwd=workspace.root)
    assert before == shape(workspace.root)
    assert base == shape(workspace.folder / "base")
    assert updated(pack, workspace).is_new
    assert after == shape(workspace.root)


def test_a_dry_run_changes_nothing(pack: Pack, workspace: Workspace) -> None:
    """It says the same as the update would."""
    change_template(pack, "fastapi/main.py", "newer\n")
    before = shape(workspace.root, without=("locks",))
    tried = updated(pack, workspace, dry_run=True)

    assert before == shape(workspace.root, without=("locks",))
    assert said(updated(pack, workspace).plan) == said(tried.plan) == {(What.TAKEN, "main.py")}


def test_it_is_rendered_from_the_same_answers(pack: Pack, workspace: Workspace) -> None:
    """Those of the time when the project was made, defaults included, even if defaults have changed."""
    settings = pack.root / "templates" / "library-api" / "copier.yml"
    project = begin(pack, workspace, "second", flavour="blank")
    settings.write_text(settings.read_text().replace("nobody", "somebody"), encoding="utf-8")
    change_template(pack, "shared/README.md.jinja", "# {{ stack }}, {{ flavour }}, {{ owner }}!\n")
    updated(pack, workspace, "second")

    assert (project / "README.md").read_text() == "# fastapi, blank, nobody!\n"


def test_two_projects_of_a_phase_are_updated_each_from_its_own_beginning(pack: Pack, workspace: Workspace) -> None:
    """The second does not take the first one's rendering away."""
    begin(pack, workspace, "work/second", flavour="blank")
    change_template(pack, "shared/README.md.jinja", "# {{ flavour }} again\n")

    for folder, flavour in (("library-api", "guided"), ("work/second", "blank")):
        assert {(What.TAKEN, "README.md")} == said(updated(pack, workspace, folder).plan)
        assert (workspace.root / folder / "README.md").read_text() == f"# {flavour} again\n"
        assert not updated(pack, workspace, folder).is_new


def test_a_project_that_was_moved_is_still_known(pack: Pack, workspace: Workspace) -> None:
    """Its folder has another name now."""
    (workspace.root / "library-api").rename(workspace.root / "my library")
    change_template(pack, "fastapi/main.py", "newer\n")
    updated(pack, workspace, "my library")

    assert (workspace.root / "my library" / "main.py").read_text() == "newer\n"


def test_without_answers_the_flavour_that_fits_best_is_taken_and_said(pack: Pack, workspace: Workspace) -> None:
    """An older roadmap has made the project and wrote nothing down."""
    settings = pack.root / "templates" / "library-api" / "copier.yml"
    rule = "_exclude: [copier.yml, \"{% if flavour == 'blank' %}main.py{% endif %}\"]\n"
    settings.write_text(rule + settings.read_text(), encoding="utf-8")
    begin(pack, workspace, "second", flavour="blank")
    workspace.base("library-api").with_name("library-api.json").unlink()
    change_template(pack, "shared/CONTRACT.md", "# Newer\n")
    done = updated(pack, workspace, "second")

    assert done.guessed is not None
    assert done.guessed["flavour"] == "blank"
    assert not (workspace.root / "second" / "main.py").exists()
    assert updated(pack, workspace, "second").guessed is None


def test_conflicts_that_are_left_are_named_and_nothing_is_merged_on_top(pack: Pack, workspace: Workspace) -> None:
    """File and line; after they are resolved, the next update goes."""
    main = workspace.root / "library-api" / "main.py"
    main.write_text("mine\n", encoding="utf-8")
    change_template(pack, "fastapi/main.py", "theirs\n")
    assert updated(pack, workspace).plan.open_questions[0].lines == (1,)
    change_template(pack, "fastapi/main.py", "theirs again\n")
    marked = main.read_bytes()

    with pytest.raises(ProjectError, match=r"not resolved: main\.py:1") as error:
        updated(pack, workspace)
    assert "roadmap undo" in error.value.hint
    assert marked == main.read_bytes()
    main.write_text("resolved\n", encoding="utf-8")
    assert updated(pack, workspace).plan.open_questions


def test_without_the_rendering_it_is_refused(pack: Pack, workspace: Workspace) -> None:
    """Guessing would put marks everywhere."""
    shutil.rmtree(workspace.base("library-api"))

    with pytest.raises(ProjectError, match="is not kept in") as error:
        updated(pack, workspace)
    assert "--into fresh" in error.value.hint


def test_the_rendering_of_another_project_is_not_used(pack: Pack, workspace: Workspace) -> None:
    """A copy of a project, made by hand, was never begun."""
    shutil.copytree(workspace.root / "library-api", workspace.root / "copy")

    with pytest.raises(ProjectError, match="belongs to library-api"):
        updated(pack, workspace, "copy")


def test_a_stack_that_is_no_more_is_said(pack: Pack, workspace: Workspace) -> None:
    """The pack has dropped it."""
    phase = replace(pack.phase("library-api"), stacks=("rails",))
    with pytest.raises(ScaffoldError, match="no template of library-api in fastapi"):
        update(pack, phase, workspace, Project.load(workspace.root / "library-api"), at=AT)


def test_a_project_may_be_the_workspace(pack: Pack, tmp_path: Path) -> None:
    """Then `.roadmap` lies in it, and is not a part of it."""
    workspace = Workspace.create(tmp_path / "all in one")
    begin(pack, workspace, "p")
    for path in (workspace.root / "p").iterdir():
        path.rename(workspace.root / path.name)
    (workspace.root / "p").rmdir()
    change_template(pack, "fastapi/main.py", "newer\n")
    before = shape(workspace.root)
    done = update(pack, pack.phase("library-api"), workspace, Project.load(workspace.root), at=AT)

    assert (workspace.root / "main.py").read_text() == "newer\n"
    assert done.snapshot is not None
    assert done.snapshot.project == pristine.place(workspace, workspace.root) == ""
    undo(workspace, at=AT, cwd=workspace.root)
    assert before == shape(workspace.root)


def test_git_is_not_needed(pack: Pack, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without it merges all the same."""
    monkeypatch.setenv("PATH", os.devnull)
    (workspace.root / "library-api" / "main.py").write_text("print('hello')\nmine\n", encoding="utf-8")
    change_template(pack, "fastapi/main.py", "theirs\nprint('hello')\n")
    updated(pack, workspace)

    assert (workspace.root / "library-api" / "main.py").read_text() == "theirs\nprint('hello')\nmine\n"
