"""The living dashboard as tests run it: small worlds, and what is on its screen as text and colours to be compared."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from textual.pilot import Pilot

from roadmap_cli.attempting import Place
from roadmap_cli.attempts import Begun, HintShown
from roadmap_cli.events import Event
from roadmap_cli.living.app import Dashboard
from roadmap_cli.living.palette import BY_NAME, Palette
from roadmap_cli.living.world import World
from roadmap_cli.packs import Pack
from roadmap_cli.verdicts import Report
from roadmap_cli.workspace import Workspace
from tests.recorded import FRESH, PHASE, SOME_FAILED
from tests.small_pack import learners_project, small_pack

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SMALL, LARGE = (80, 24), (120, 40)
_PATIENCE = 600
_ROLES = {
    "text": "t", "muted": "m", "good": "g", "bad": "b", "warn": "w", "accent": "a", "line": "l",
    "ground": ".", "raised": "r", "cursor": "c",
}  # fmt: skip


def make_world(root: Path, *attempts: tuple[Event, ...], begun: bool = True) -> World:
    """A workspace with a project of the first phase, after these recorded checks, an hour between them."""
    pack = Pack.load(small_pack(root / "pack"))
    workspace = Workspace.create(root / "workspace")
    if begun:
        learners_project(workspace.root / PHASE.slug)
        workspace.record(Begun(at="2026-03-01T08:00:00+00:00", phase=PHASE.slug, stack="fastapi"))
    for number, events in enumerate(attempts):
        at = (NOW - timedelta(hours=len(attempts) - number)).isoformat(timespec="seconds")
        keep(pack, workspace, events, at)
    return World(pack=pack, workspace=workspace, cwd=workspace.root, clock=lambda: NOW)


def keep(pack: Pack, workspace: Workspace, events: tuple[Event, ...], at: str) -> None:
    """Record these events as a check that ended *at*."""
    phase = pack.curriculum.phases[0]
    place = Place(pack=pack, phase=phase, project=None, workspace=workspace)
    place.keep(Report.fold(phase, events), at=at)


def usual_world(root: Path) -> World:
    """Two checks, the second with failures; one hint seen."""
    world = make_world(root, FRESH, SOME_FAILED)
    world.remember(HintShown(at="2026-03-01T11:30:00+00:00", phase=PHASE.slug, requirement="http.not-found", rung=1))
    return world


async def settled(pilot: Pilot[int]) -> None:
    """Wait until nothing on the screen changes any more."""
    before = ""
    for _ in range(_PATIENCE):
        await pilot.pause()
        now = picture(dashboard(pilot))
        if now == before:
            return
        before = now
    raise AssertionError("the screen does not come to rest")


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(_PATIENCE):
        if holds():
            await settled(pilot)
            return
        await pilot.pause(0.05)
    raise AssertionError("it never came to hold:\n" + words(dashboard(pilot)))


def dashboard(pilot: Pilot[int]) -> Dashboard:
    """The app that is piloted."""
    assert isinstance(pilot.app, Dashboard)
    return pilot.app


def picture(app: Dashboard) -> str:
    """The screen's text, then its colours: a letter a cell, capital if bold, the ground's letter where it is empty."""
    cells = [list(_cells(line)) for line in _lines(app)]
    palette = BY_NAME[app.theme]
    text = ["".join(cell.char for cell in line).rstrip() for line in cells]
    colours = ["".join(cell.letter(palette) for cell in line) for line in cells]
    return "\n".join([*text, "", *colours, ""])


def words(app: Dashboard, where: str = "") -> str:
    """The text of the screen, or of the widget that *where* selects, on one line with single spaces."""
    across, down = slice(None), slice(None)
    if where:
        region = app.screen.query_one(where).region
        across, down = slice(region.x, region.right), slice(region.y, region.bottom)
    lines = ("".join(cell.char for cell in list(_cells(line))[across]) for line in _lines(app)[down])
    return " ".join(" ".join(lines).split())


def contrasts(app: Dashboard) -> Iterator[tuple[float, str]]:
    """How readable each letter or digit is (WCAG 2.2, contrast ratio), with what stands around it."""
    for line in _lines(app):
        for segment in line:
            style = segment.style
            if style and style.color and style.bgcolor and any(char.isalnum() for char in segment.text):
                yield contrast(style.color, style.bgcolor), segment.text


def contrast(one: Color, other: Color) -> float:
    """1 to 21: WCAG 2.2's ratio of two colours."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True)
class _Cell:
    char: str
    ink: str
    ground: str
    bold: bool

    def letter(self, palette: Palette) -> str:
        """What the cell's colour is for."""
        colour = self.ground if self.char == " " else self.ink
        role = next((_ROLES[name] for name in _ROLES if getattr(palette, name) == colour), "?")
        return role.upper() if self.bold and self.char != " " else role


def _cells(line: list[Segment]) -> Iterator[_Cell]:
    for segment in line:
        style = segment.style
        ink, ground = (_hex(style.color), _hex(style.bgcolor)) if style else ("", "")
        for char in segment.text:
            yield _Cell(char, ink, ground, bool(style and style.bold))


def _hex(colour: Color | None) -> str:
    return colour.get_truecolor().hex if colour else ""


def _lines(app: Dashboard) -> list[list[Segment]]:
    """What Textual's own screenshots are made of."""
    width, height = app.size
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert update is not None
    segments = (segment for segment in console.render(update) if not segment.control)
    return list(Segment.split_lines(segments))
