"""The living dashboard: what is seen at which size, what keys and the mouse do, checks run from it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from roadmap_cli.attempts import Attempt, Entry, GaveUp, HintShown
from roadmap_cli.cli import main
from roadmap_cli.errors import ExitCode, WorkspaceError
from roadmap_cli.events import Event, Exchange, Failure
from roadmap_cli.living.app import Dashboard
from roadmap_cli.living.palette import DARK, LIGHT
from roadmap_cli.living.pane import Pane, Reading
from roadmap_cli.living.running import Ended
from roadmap_cli.living.screens import Help, Mastery, Plot, Small
from roadmap_cli.living.sheet import Inked
from roadmap_cli.living.tree import RoadmapTree
from roadmap_cli.living.world import World
from roadmap_cli.views.page import Shell, text
from roadmap_cli.workspace import Workspace
from tests.conftest import Golden
from tests.living_world import (
    LARGE,
    NOW,
    SMALL,
    contrasts,
    dashboard,
    keep,
    make_world,
    picture,
    settled,
    until,
    usual_world,
    words,
)
from tests.one_server import CHECKS, SERVER, write_pack, write_project
from tests.recorded import (
    ALL_PASSED,
    BLOCKED_BY_ANOTHER,
    BOOKS,
    FRESH,
    HTTP,
    NO_SERVER,
    OPENING,
    PHASE,
    SOME_FAILED,
    judged,
)

PANE, NOTICE = "#pane", "#notice"
Steps = Callable[[Pilot[int]], Awaitable[None]]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLORFGBG", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def drive(world: World, steps: Steps, size: tuple[int, int] = SMALL, theme: str = DARK.name) -> None:
    """Open the dashboard, do the steps, close it."""

    async def run() -> None:
        app = Dashboard(world)
        app.theme = theme
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await steps(pilot)

    asyncio.run(run())


def press(*keys: str) -> Steps:
    """Press keys, and wait until the screen has come to rest."""

    async def steps(pilot: Pilot[int]) -> None:
        for key in keys:
            await pilot.press(key)
        await settled(pilot)

    return steps


def shown(world: World, *keys: str, size: tuple[int, int] = SMALL, where: str = "") -> str:
    """What is to be read on the screen, or in a part of it, after these keys."""
    found: list[str] = []

    async def steps(pilot: Pilot[int]) -> None:
        await press(*keys)(pilot)
        found.append(words(dashboard(pilot), where))

    drive(world, steps, size)
    return found[0]


# What is seen.

# The screens one after the other: the name, and the keys that lead there from the one before.
TOUR: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("last-check", ()),
    ("promise", ("1",)),
    ("hints", ("3",)),
    ("lesson", ("4",)),
    ("milestone", ("left",)),
    ("phase", ("left", "left")),
    ("mastery", ("n", "m")),
    ("plot", ("p",)),
    ("plot-over-time", ("x",)),
    ("help", ("escape", "question_mark")),
)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
def test_the_screens_look_as_recorded(theme: str, size: tuple[int, int], tmp_path: Path, golden: Golden) -> None:
    """Text and colours of each screen, at both sizes, dark and light; every letter of it readable (WCAG 2.2 AA)."""
    pictures: dict[str, str] = {}
    faint: dict[str, list[str]] = {}

    async def steps(pilot: Pilot[int]) -> None:
        for name, keys in TOUR:
            await press(*keys)(pilot)
            pictures[name] = picture(dashboard(pilot))
            faint[name] = [text for ratio, text in contrasts(dashboard(pilot)) if ratio < 4.5]

    drive(usual_world(tmp_path), steps, size, theme)

    for name, seen in pictures.items():
        golden.check(f"living/{name}-{size[0]}x{size[1]}-{theme.removeprefix('roadmap-')}.txt", seen)
    faint.pop("help")  # what is behind it is faint on purpose
    assert {name: [] for name in faint} == faint


def test_light_terminals_begin_light(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """COLORFGBG says which colours a terminal has; t changes them."""
    monkeypatch.setenv("COLORFGBG", "0;15")
    app = Dashboard(make_world(tmp_path))

    assert LIGHT.name == app.theme


def test_t_changes_between_dark_and_light(tmp_path: Path) -> None:
    """Every colour follows, also those of pages that are drawn already."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        dark = picture(app)
        await press("t")(pilot)
        assert LIGHT.name == app.theme
        assert dark == picture(app)  # the same roles, in other colours
        await press("m")(pilot)
        light = picture(app)
        await press("t")(pilot)
        assert DARK.name == app.theme
        assert light == picture(app)

    drive(usual_world(tmp_path), steps)


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (20, 5)])
def test_too_small_a_terminal_is_told_so(tmp_path: Path, size: tuple[int, int]) -> None:
    """A sentence in place of a broken layout; the dashboard is back once there is room."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        assert isinstance(app.screen, Small)
        assert f"{size[0]}x{size[1]} is too small" in words(app)
        await press("c", "escape", "m")(pilot)
        assert isinstance(app.screen, Small)
        await pilot.resize_terminal(*SMALL)
        await settled(pilot)
        assert "http.not-found" in words(app)
        await pilot.resize_terminal(*size)
        await settled(pilot)
        assert isinstance(app.screen, Small)

    drive(usual_world(tmp_path), steps, size)


# What there is to say when there is little.


def test_outside_a_workspace_one_can_look_round(tmp_path: Path) -> None:
    """The curriculum is there, and how to begin; hints and checks say what they need."""
    world = make_world(tmp_path)
    nowhere = World(pack=world.pack, workspace=None, cwd=tmp_path, clock=world.clock)

    assert "only to look round. Begin with roadmap start phase-1" in shown(nowhere, where=NOTICE)
    assert "There is no workspace in" in shown(nowhere, "h", where=NOTICE)
    assert "There is no workspace in" in shown(nowhere, "c", where=NOTICE)


def test_a_phase_that_was_not_begun_says_how(tmp_path: Path) -> None:
    """In the header, on its own page, and in place of a last check."""
    world = make_world(tmp_path, begun=False)

    assert "Begin roadmap start library-api" in shown(world)
    assert "Not checked yet. roadmap start library-api first." in shown(world, "2", where=PANE)
    assert "There is no project of library-api" in shown(world, "c", where=NOTICE)
    assert "Not begun: roadmap start library-api" in shown(world, "left", "left", "left", where=PANE)


def test_nothing_checked_yet_says_what_to_press(tmp_path: Path) -> None:
    """Also on the plot."""
    world = make_world(tmp_path)

    assert "Not checked yet. r checks it" in shown(world, "2", where=PANE)
    assert "Nothing checked yet. c checks everything." in shown(world, "p")


def test_damage_in_the_history_is_told(tmp_path: Path) -> None:
    """The line, and why; Escape closes the message."""
    world = make_world(tmp_path, FRESH)
    assert world.workspace
    with world.workspace.attempts.open("a") as history:
        history.write("not a line of ours\n")

    assert "1 line of .roadmap/attempts.jsonl left out; the rest counts. Line 3: It is not JSON." in shown(
        world, where=NOTICE
    )
    assert "left out" not in shown(world, "escape")


def test_several_phases_stand_in_the_tree(tmp_path: Path) -> None:
    """Each with its points, the current one open; the header adds them up."""
    seen = shown(usual_world(tmp_path))

    assert "6 of 22 points" in seen
    assert "▸ A shop 0/2" in seen


def test_a_server_that_did_not_start_is_explained(tmp_path: Path) -> None:
    """In place of the exchange there is the log."""
    seen = shown(make_world(tmp_path, NO_SERVER), "2", size=LARGE, where=PANE)

    assert "Your server exited with status 1 before it answered." in seen
    assert "ModuleNotFoundError: No module named 'fastpi'" in seen


def at(id: str) -> Steps:
    """Put the cursor on a requirement and turn to its last check."""

    async def steps(pilot: Pilot[int]) -> None:
        dashboard(pilot).query_one(RoadmapTree).go_to(PHASE.slug, id)
        await press("2")(pilot)

    return steps


@pytest.mark.parametrize(
    ("events", "id", "told"),
    [
        (FRESH, "books.isbn", ("blocked by http.created: that one first.", "500 Internal Server Error")),
        (BLOCKED_BY_ANOTHER, "http.created", ("blocked by users.login: that one first.",)),
        (SOME_FAILED, "books.race", ("skipped: SQLite cannot take concurrent writers",)),
        (SOME_FAILED, "http.created", ("passed 1 hour ago, seed 48151", "Your server kept this promise.")),
    ],
    ids=["root", "root-unexamined", "skipped", "passed"],
)
def test_the_last_check_says_what_became_of_a_requirement(
    events: tuple[Event, ...], id: str, told: tuple[str, ...], tmp_path: Path
) -> None:
    """Of one that is blocked, what is in its way is explained in its place."""

    async def steps(pilot: Pilot[int]) -> None:
        await at(id)(pilot)
        for each in told:
            assert each in words(dashboard(pilot), PANE)

    drive(make_world(tmp_path, events), steps, LARGE)


def test_evidence_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    """The history knows the outcome; what was sent and answered is not there any more."""
    world = usual_world(tmp_path)
    assert world.workspace
    (world.workspace.folder / "reports" / "library-api.json").unlink()

    assert "The evidence of that check is not kept here any more." in shown(world, "2", where=PANE)


def test_a_solution_that_was_seen_is_marked(tmp_path: Path) -> None:
    """On the page of its milestone."""
    world = usual_world(tmp_path)
    world.remember(GaveUp(at=world.now, phase=PHASE.slug, milestone="http"))

    assert "You have seen its solution." in shown(world, "left", where=PANE)


def test_everything_passed_is_said(tmp_path: Path) -> None:
    """By the header, and by n."""
    world = make_world(tmp_path, ALL_PASSED)

    assert shown(world, "n").count("Every promise of this phase is kept.") == 2


# Keys and the mouse.


def test_the_cursor_begins_where_the_work_is(tmp_path: Path) -> None:
    """On what is next, with its last failure open."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        spot = app.query_one(RoadmapTree).spot
        assert spot
        assert spot.requirement
        assert "http.not-found" == spot.requirement.id
        assert "last" == app.query_one(Pane).side

    drive(usual_world(tmp_path), steps)


def test_the_top_of_the_tree_is_seen_first(tmp_path: Path) -> None:
    """The phase and the milestone that the cursor is in, also when a message takes some of the room."""
    world = make_world(tmp_path)
    nowhere = World(pack=world.pack, workspace=None, cwd=tmp_path, clock=world.clock)

    assert shown(nowhere, where="#tree").startswith("▾ Library management REST")


def test_the_cursor_is_brought_into_view(tmp_path: Path) -> None:
    """Also at the end of a tree that is longer than the screen."""

    async def steps(pilot: Pilot[int]) -> None:
        await at("books.race")(pilot)
        assert "race" in words(dashboard(pilot), "#tree")

    many = tuple(replace(HTTP.requirements[0], id=f"http.copy-{number}") for number in range(60))
    phase = replace(PHASE, milestones=(replace(HTTP, requirements=(*HTTP.requirements, *many)), BOOKS))
    world = make_world(tmp_path, FRESH)
    pack = replace(world.pack, curriculum=replace(world.pack.curriculum, phases=(phase,)))
    drive(World(pack=pack, workspace=world.workspace, cwd=world.cwd, clock=world.clock), steps)


def test_arrows_move_fold_and_unfold(tmp_path: Path) -> None:
    """Left goes up and closes, right opens and goes in, down goes on."""

    async def steps(pilot: Pilot[int]) -> None:
        tree = dashboard(pilot).query_one(RoadmapTree)
        await press("down")(pilot)
        assert tree.spot
        assert tree.spot.requirement
        assert "http.method-not-allowed" == tree.spot.requirement.id
        await press("left", "left")(pilot)
        assert "method-not-allowed 2" not in words(dashboard(pilot))
        await press("right", "right")(pilot)
        assert tree.spot.requirement
        assert "http.health" == tree.spot.requirement.id

    drive(usual_world(tmp_path), steps)


def test_enter_opens_what_is_read_and_escape_goes_back(tmp_path: Path) -> None:
    """There the arrows scroll, and left and right turn the page."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await press("enter")(pilot)
        assert isinstance(app.focused, Reading)
        await press("down", "down")(pilot)
        assert app.query_one(Reading).scroll_y > 0
        await press("right")(pilot)
        assert "hints" == app.query_one(Pane).side
        assert 0 == app.query_one(Reading).scroll_y
        await press("left", "left", "left")(pilot)
        assert "lesson" == app.query_one(Pane).side
        await press("escape")(pilot)
        assert isinstance(app.focused, RoadmapTree)

    drive(usual_world(tmp_path), steps)


def test_n_goes_to_what_is_next(tmp_path: Path) -> None:
    """From anywhere, also from the other screens."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await press("home", "p", "n")(pilot)
        spot = app.query_one(RoadmapTree).spot
        assert spot
        assert spot.requirement
        assert "http.not-found" == spot.requirement.id

    drive(usual_world(tmp_path), steps)


def test_the_mouse_works(tmp_path: Path) -> None:
    """On rows, tabs, the header and the keys of the footer."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        tree = app.query_one(RoadmapTree)
        await pilot.click("#tree", offset=(8, 2))
        await settled(pilot)
        assert tree.spot
        assert tree.spot.requirement
        assert "http.health" == tree.spot.requirement.id
        await pilot.click("#hints")
        await settled(pilot)
        assert "Hint 1: where to look, not seen" in words(app, PANE)
        await pilot.click("#header", offset=(12, 1))
        await settled(pilot)
        assert "http.not-found" == tree.spot.requirement.id
        keys = [key for key in app.screen.query("FooterKey") if getattr(key, "key", "") == "m"]
        await pilot.click(keys[0])
        await settled(pilot)
        assert isinstance(app.screen, Mastery)

    drive(usual_world(tmp_path), steps)


def test_what_is_marked_with_the_mouse_is_copied(tmp_path: Path) -> None:
    """Ctrl-C copies it, and does not quit."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await press("1")(pilot)
        await pilot.mouse_down("#name", offset=(2, 0))
        await pilot.hover("#name", offset=(16, 0))
        await pilot.mouse_up("#name", offset=(16, 0))
        await settled(pilot)
        await press("ctrl+c")(pilot)
        assert "http.not-found" == app.clipboard.strip()
        assert app.is_running

    drive(usual_world(tmp_path), steps)


def test_a_command_is_copied_as_it_was_before_it_was_folded() -> None:
    """On the screen a long line has to end somewhere; a shell must not be told."""
    page = (Shell("curl -i http://127.0.0.1:8000/" + "x" * 60), text("and a sentence"))
    inked = Inked(page, DARK)

    assert 5 == inked.get_height({}, 30)
    assert "curl \\\n  -i http://127.0.0.1:8000/" + "x" * 60 == inked.marked(30, Selection(Offset(0, 0), Offset(30, 3)))
    assert "xx\nand a" == inked.marked(30, Selection(Offset(25, 3), Offset(5, 4)))


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_one_leaves_with_q_and_as_everywhere(tmp_path: Path, key: str) -> None:
    """The exit code is 0."""

    async def steps(pilot: Pilot[int]) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert int(ExitCode.PASSED) == dashboard(pilot).return_value

    drive(make_world(tmp_path), steps)


def test_the_keys_that_help_names_are_those_there_are(tmp_path: Path) -> None:
    """Any key closes the page, and does nothing else."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await press("question_mark")(pilot)
        assert isinstance(app.screen, Help)
        assert "c check everything in this phase" in words(app)
        await press("c")(pilot)
        assert not isinstance(app.screen, Help)
        assert "Checked" not in words(app)
        assert not app.query_one("#live").has_class("-on")

    drive(usual_world(tmp_path), steps)


def test_a_topic_opens_the_requirements_that_practise_it(tmp_path: Path) -> None:
    """Enter goes in, Enter again goes to the requirement; m and Escape close the map."""

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await press("m", "down", "enter")(pilot)
        assert "Constraints" in words(app, "#topic")
        await press("down", "enter")(pilot)
        spot = app.query_one(RoadmapTree).spot
        assert spot
        assert spot.requirement
        assert "books.isbn-unique" == spot.requirement.id
        for key in ("m", "escape"):
            await press("m")(pilot)
            assert isinstance(app.screen, Mastery)
            await press(key)(pilot)
            assert not isinstance(app.screen, Mastery)
        await press("m", "p")(pilot)
        assert isinstance(app.screen, Plot)

    drive(usual_world(tmp_path), steps)


# Hints.


def test_h_shows_one_more_hint_and_records_it(tmp_path: Path) -> None:
    """As `roadmap hint` does: three rungs, each once, and no entry beyond them."""
    world = usual_world(tmp_path)
    assert world.workspace
    seen = shown(world, "h", where=PANE)
    shown(world, "h", "h", "h")

    assert "Hint 2: the idea" in seen
    assert "The idea of http.not-found." in seen
    assert "Hint 3: nearly the code, not seen" in seen
    hints = [entry for entry in world.workspace.history().entries if isinstance(entry, HintShown)]
    assert [1, 2, 3] == [entry.rung for entry in hints]
    assert {"http.not-found"} == {entry.requirement for entry in hints}


def test_a_hint_needs_a_requirement(tmp_path: Path) -> None:
    """On a milestone it is said where hints are."""
    assert "Hints belong to requirements" in shown(usual_world(tmp_path), "left", "h", where=NOTICE)


class Forgetful(World):
    """A world in which nothing can be recorded."""

    def remember(self, entry: Entry) -> None:
        raise WorkspaceError("This could not be recorded: the disk is full.", hint="Make some room.")


def test_a_hint_that_cannot_be_remembered_is_not_shown(tmp_path: Path) -> None:
    """The reason is."""
    usual = usual_world(tmp_path)
    world = Forgetful(pack=usual.pack, workspace=usual.workspace, cwd=usual.cwd, clock=usual.clock)

    async def steps(pilot: Pilot[int]) -> None:
        await press("3", "h")(pilot)
        assert "the disk is full. Make some room." in words(dashboard(pilot), NOTICE)
        assert "Hint 2: the idea, not seen" in words(dashboard(pilot), PANE)

    drive(world, steps, LARGE)


# What comes from outside.


def test_text_that_looks_like_markup_is_shown_as_it_is(tmp_path: Path) -> None:
    """Neither Textual's nor rich's nor the terminal's own: a body is text."""
    body = "[red]R[/red] [/] [bold @click=app.leave]x[/] [link=file:///x]y[/link] \x1b[31mz\x1b[0m \x07 \u202eq"
    failure = Failure(
        message="[/] is [b]not[/b] closed",
        exchanges=(Exchange(method="GET", url="http://x/[red]", status=200, response_body=body),),
        log=("[blink]log[/]", "[/]"),
        expected="[on red]",
        actual="[/on]",
        frame="[app]:1",
    )
    seen = shown(
        make_world(tmp_path, (*OPENING, judged("http.health", "failed", failure=failure))), "2", size=LARGE, where=PANE
    )

    for each in ("[/] is [b]not[/b] closed", "[red]R[/red] [/]", "[bold @click=app.leave]x[/]", "[link=file:///x]y[/"):
        assert each in seen
    assert "GET /[red]" in seen
    assert "[blink]log[/]" in seen
    assert "[on red]" in seen
    assert "\x1b" not in seen
    assert "\\x07" in seen
    assert "\\u202e" in seen


# Checks.


def living_world(root: Path, *, server: str = SERVER, checks: str = CHECKS) -> World:
    """A pack with two requirements and a project whose server is this program."""
    pack = write_pack(root / "pack", checks=checks)
    workspace = Workspace.create(root / "workspace", str(pack.root))
    project = write_project(workspace.root / "small", server=server)
    toml = f'phase = "small"\n[server]\nserve = "{sys.executable} server.py"\nready = "/health"\n'
    (project / "roadmap.toml").write_text(toml, encoding="utf-8")
    return World(pack=pack, workspace=workspace, cwd=workspace.root, clock=lambda: NOW)


def attempts(world: World) -> list[Attempt]:
    assert world.workspace
    return [entry for entry in world.workspace.history().entries if isinstance(entry, Attempt)]


def idle(pilot: Pilot[int]) -> bool:
    """Whether no check is under way."""
    return not dashboard(pilot).query_one("#live").has_class("-on")


def test_c_checks_everything_and_keeps_it(tmp_path: Path) -> None:
    """A real server: verdicts in the tree, in the header, in the history, with their evidence."""
    world = living_world(tmp_path, server=SERVER.replace("else 404", "else 418"))

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "Checked:" in words(app))
        assert "Checked: 1 passed, 1 failed +1 point" in words(app)
        assert "1 of 2 points" in words(app)
        assert "✓ here 1 │ ✗ gone failed 1" in words(app, "#tree")
        await press("n", "2")(pilot)
        assert "Your server answered 418" in words(app, PANE)
        assert "GET /gone" in words(app, PANE)

    drive(world, steps, LARGE)

    assert [{"first.here": "passed", "first.gone": "failed"}] == [dict(each.outcomes) for each in attempts(world)]
    assert world.workspace
    assert '"actual"' in (world.workspace.last_report("small") or "")


def test_r_checks_what_the_cursor_is_on(tmp_path: Path) -> None:
    """A requirement; or a milestone, on its row."""
    world = living_world(tmp_path)

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "Checked: 1 passed" in words(app))
        await press("escape", "left")(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "First is complete" in words(app))

    drive(world, steps)

    assert [["first.here"], ["first.here", "first.gone"]] == [list(each.outcomes) for each in attempts(world)]


def test_the_pane_shows_the_new_verdict_of_what_was_checked(tmp_path: Path) -> None:
    """Without a further key."""
    world = living_world(tmp_path, server=SERVER.replace('"/here"', '"/elsewhere"'))

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await press("1")(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "Checked: 1 failed" in words(app))
        assert "last" == app.query_one(Pane).side
        assert "GET /here" in words(app)

    drive(world, steps)


NEVER_READY = "import time\nprint('waiting', flush=True)\ntime.sleep(600)\n"


def test_escape_cancels_and_leaves_no_process(tmp_path: Path) -> None:
    """Also while the server is still starting; nothing was judged, so nothing is recorded."""
    world = living_world(tmp_path, server=NEVER_READY)
    before = set(psutil.Process().children(recursive=True))

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await pilot.press("c")
        await until(pilot, lambda: len(_started(before)) >= 2)
        await pilot.press("c")
        await until(pilot, lambda: "A check is under way. Escape cancels it." in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Cancelled. Nothing was judged." in words(app))
        assert idle(pilot)
        assert not _started(before)

    drive(world, steps)

    assert [] == attempts(world)


def test_what_was_judged_before_a_cancel_is_kept(tmp_path: Path) -> None:
    """As an interrupted check does in a terminal."""
    slow = CHECKS.replace('"first.gone"', '"first.gone", last=True').replace(
        'api.get("/gone")', "__import__('time').sleep(600)"
    )
    world = living_world(tmp_path, checks=slow)

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "✓ here" in words(app, "#tree"))
        await pilot.press("escape")
        await until(pilot, lambda: "Cancelled; kept is what was judged: 1 passed" in words(app))

    drive(world, steps)

    assert [True] == [each.interrupted for each in attempts(world)]


def test_quitting_during_a_check_leaves_no_process(tmp_path: Path) -> None:
    """Q ends the check first."""
    world = living_world(tmp_path, server=NEVER_READY)
    before = set(psutil.Process().children(recursive=True))

    async def steps(pilot: Pilot[int]) -> None:
        await pilot.press("c")
        await until(pilot, lambda: len(_started(before)) >= 2)
        await pilot.press("q")
        await pilot.pause()

    drive(world, steps)

    assert not _started(before)
    assert "check" not in [thread.name for thread in threading.enumerate()]


def _started(before: set[psutil.Process]) -> set[psutil.Process]:
    """Processes that are new and alive."""
    found = set(psutil.Process().children(recursive=True)) - before
    return {each for each in found if _is_alive(each)}


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_server_that_does_not_start_is_said_so(tmp_path: Path) -> None:
    """And what was known stands."""
    world = living_world(tmp_path, server="import nothing_like_this\n")

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "Your server did not start:" in words(app))
        await until(pilot, lambda: "nothing_like_this" in words(app))

    drive(world, steps, LARGE)


def test_another_check_of_the_same_project_is_waited_for(tmp_path: Path) -> None:
    """The lock is the one of `roadmap check`."""
    world = living_world(tmp_path)
    assert world.workspace

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "Another check is under way in" in words(app))
        assert idle(pilot)

    with world.workspace.examining(world.workspace.root / "small"):
        drive(world, steps)


def test_verdicts_that_cannot_be_kept_are_shown_all_the_same(tmp_path: Path) -> None:
    """With the reason."""
    world = living_world(tmp_path)
    assert world.workspace
    (world.workspace.folder / "reports").write_text("a file where a folder should be")

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "These verdicts are right, but they are not recorded." in words(app))
        await press("escape", "2")(pilot)
        assert "passed" in words(app)

    drive(world, steps)


def test_a_check_in_another_terminal_is_seen(tmp_path: Path) -> None:
    """Without a key: the history is looked at every second."""
    world = usual_world(tmp_path)
    assert world.workspace

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        assert "6 of 22 points" in words(app)
        assert world.workspace
        keep(world.pack, world.workspace, ALL_PASSED, world.now)
        await until(pilot, lambda: "20 of 22 points" in words(app))
        await press("p")(pilot)
        assert "20 points" in words(app)

    drive(world, steps)


def test_a_history_that_cannot_be_read_any_more_is_told(tmp_path: Path) -> None:
    """And what was known stays on the screen."""
    world = usual_world(tmp_path)
    assert world.workspace

    async def steps(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        assert world.workspace
        world.workspace.attempts.unlink()
        world.workspace.attempts.mkdir()
        await until(pilot, lambda: "cannot be read" in words(app))
        assert "6 of 22 points" in words(app)

    drive(world, steps)


# The command.


def test_without_a_terminal_the_command_names_the_plain_picture(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, with the next step."""
    monkeypatch.chdir(tmp_path)
    status = main(["dashboard"])
    told = " ".join(capsys.readouterr().err.split())

    assert 2 == status
    assert "The living dashboard needs a terminal that it can draw on, and no --plain." in told
    assert "The same as a plain picture: roadmap" in told


def headless(monkeypatch: pytest.MonkeyPatch, steps: Callable[[Pilot[int]], Coroutine[None, None, None]]) -> None:
    """Let the command run without a terminal, steered by *steps*."""
    usual = Dashboard.run

    def run(self: Dashboard) -> int | None:
        return usual(self, headless=True, size=SMALL, auto_pilot=steps)  # type: ignore[arg-type]  # a pilot is one

    monkeypatch.setattr("roadmap_cli.cli.living._expect_terminal", lambda desk: None)
    monkeypatch.setattr(Dashboard, "run", run)


def test_a_bug_of_ours_becomes_a_file_to_be_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Wherever it happens: in the thread of a check, or on the screen."""
    world = living_world(tmp_path)
    assert world.workspace
    monkeypatch.chdir(world.workspace.root)

    async def in_the_check(pilot: Pilot[int]) -> None:
        app = dashboard(pilot)
        place = world.place(world.pack.curriculum.phases[0])
        app.post_message(Ended(place, None, RuntimeError("a bug in a thread")))
        await pilot.pause()

    async def on_the_screen(pilot: Pilot[int]) -> None:
        def broken() -> None:
            raise RuntimeError("a bug on the screen")

        dashboard(pilot).call_later(broken)
        await pilot.pause(1)

    for steps, problem in ((in_the_check, "a bug in a thread"), (on_the_screen, "a bug on the screen")):
        with monkeypatch.context() as patch:
            headless(patch, steps)
            status = main(["dashboard"])
        assert 3 == status
        assert f"roadmap itself has failed: RuntimeError: {problem}" in " ".join(capsys.readouterr().err.split())
    assert list(world.workspace.folder.glob("crash-*.md"))


def test_the_command_ends_with_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After q."""
    world = living_world(tmp_path)
    assert world.workspace
    monkeypatch.chdir(world.workspace.root)

    async def steps(pilot: Pilot[int]) -> None:
        await pilot.press("q")

    headless(monkeypatch, steps)

    assert 0 == main(["dashboard"])


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("end", ["q", "ctrl-c", "SIGTERM", "SIGHUP"])
def test_in_a_real_terminal_nothing_is_left_behind(tmp_path: Path, end: str) -> None:
    """However it ends during a check: no process, the terminal as it was, the exit code as everywhere."""
    world = living_world(tmp_path, server=NEVER_READY)
    assert world.workspace
    with Terminal(world.workspace.root) as terminal:
        terminal.read_until(b"points")
        terminal.type(b"c")
        terminal.read_until(b"waiting for your server|Starting services")
        tree = psutil.Process(terminal.pid).children(recursive=True)
        match end:
            case "q":
                terminal.type(b"q")
            case "ctrl-c":
                terminal.type(b"\x03")
            case _:
                os.kill(terminal.pid, getattr(signal, end))
        status = terminal.wait()

    assert (130 if end.startswith("SIG") else 0) == status
    assert b"\x1b[?1049l" in terminal.seen  # back from the alternate screen (xterm)
    assert not [each for each in tree if _is_alive(each)]


class Terminal:
    """`roadmap dashboard` in a pseudo-terminal of 80 by 24."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd
        self.seen = b""
        self.pid = 0

    def __enter__(self) -> Terminal:
        import fcntl
        import pty
        import struct
        import termios

        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "roadmap_cli", "dashboard"],
            cwd=self.cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env=os.environ | {"TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parent.parent)},
        )
        os.close(theirs)
        self.pid = self._process.pid
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys)

    def read_until(self, pattern: bytes) -> None:
        """Read on until one of these words has been drawn since the last time."""
        import re

        start = len(self.seen)
        self._read(lambda: re.search(pattern, self.seen[start:]) is not None)

    def wait(self) -> int:
        """Read until it has ended; its exit code."""
        self._read(lambda: self._process.poll() is not None)
        self._read_on()
        return self._process.wait()

    def _read(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline, self.seen[-2000:]
            self._read_on()

    def _read_on(self) -> None:
        import select

        while select.select([self._ours], [], [], 0.05)[0]:
            try:
                chunk = os.read(self._ours, 65536)
            except OSError:  # its end (Linux)
                return
            if not chunk:
                return
            self.seen += chunk
