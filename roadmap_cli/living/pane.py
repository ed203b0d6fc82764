"""The pane at the right: what the cursor is on; of a requirement its promise, last check, hints and lesson."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Tab, Tabs

from roadmap_cli.curriculum import Requirement
from roadmap_cli.living.sheet import Sheet
from roadmap_cli.living.tree import Spot
from roadmap_cli.living.world import Known, World
from roadmap_cli.progress import PhaseProgress, Standing
from roadmap_cli.views import living
from roadmap_cli.views.look import contract_section
from roadmap_cli.views.page import Page

PROMISE, LAST, HINTS, LESSON = SIDES = ("promise", "last", "hints", "lesson")
_NAMES = {PROMISE: "Promise", LAST: "Last check", HINTS: "Hints", LESSON: "Lesson"}


class Reading(VerticalScroll):
    """What is read, and scrolled with the arrows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.side(-1)", "Side before", show=False),
        Binding("right", "app.side(1)", "Side after", show=False),
    ]


class Pane(Vertical):
    """Name, tabs, and the page of the tab."""

    DEFAULT_CSS = """
    Pane { width: 1fr; }
    Pane #name { padding: 0 2; max-height: 5; }
    Pane Tabs { padding: 0 1; }
    Pane Tab { color: $muted; }
    Pane Tab:hover { color: $foreground; }
    Pane Tab.-active { color: $foreground; text-style: bold; }
    Pane Underline > .underline--bar { color: $accent; background: $line; }
    Pane Tabs:focus .underline--bar { background: $line; }
    Pane #reading { padding: 0 2; }
    Pane.-whole Tabs, Pane.-whole #name { display: none; }
    """

    def __init__(self, world: World, *, id: str) -> None:
        super().__init__(id=id)
        self._world = world
        self._spot: Spot | None = None
        self._known: Known | None = None

    def compose(self) -> ComposeResult:
        """Name, tabs, page."""
        yield Sheet(id="name")
        tabs = Tabs(*(Tab(Content(name), id=side) for side, name in _NAMES.items()))
        tabs.can_focus = False  # a click turns the page, the arrows stay where they were
        yield tabs
        with Reading():
            yield Sheet(id="reading")

    @property
    def side(self) -> str:
        """Which side of a requirement is shown."""
        return self.query_one(Tabs).active or PROMISE

    def turn_to(self, side: str) -> None:
        """Show that side."""
        self.query_one(Tabs).active = side

    def turn(self, by: int) -> None:
        """Show the next side, or the one before."""
        self.turn_to(SIDES[(SIDES.index(self.side) + by) % len(SIDES)])

    def show(self, spot: Spot | None, known: Known) -> None:
        """Show what is known of a place in the tree."""
        moved = spot != self._spot
        self._spot, self._known = spot, known
        self._draw(moved)

    def turn_to_the_telling_side(self) -> None:
        """The last check for what failed, the promise for what did not."""
        if self._spot and self._spot.requirement and self._known:
            standing = self._known.progress.phase(self._spot.phase.slug).standings[self._spot.requirement.id]
            told = standing in (Standing.FAILED, Standing.REGRESSED, Standing.BLOCKED)
            self.turn_to(LAST if told else PROMISE)

    @on(Tabs.TabActivated)
    def _turned(self) -> None:
        self._draw(moved=True)

    def _draw(self, moved: bool) -> None:
        if self._spot is None or self._known is None:
            return
        standing = self._known.progress.phase(self._spot.phase.slug)
        requirement = self._spot.requirement
        self.set_class(requirement is None, "-whole")
        if requirement is not None:
            self.query_one("#name", Sheet).show(living.name_page(standing, requirement))
            page = self._side(standing, requirement, self._known)
        elif self._spot.milestone is not None:
            page = living.milestone_page(standing, self._spot.milestone)
        else:
            page = living.phase_page(standing)
        self.query_one("#reading", Sheet).show(page)
        if moved:
            self.query_one(Reading).scroll_home(animate=False)

    def _side(self, standing: PhaseProgress, requirement: Requirement, known: Known) -> Page:
        match self.side:
            case "last":
                report = known.reports.get(standing.phase.slug)
                return living.last_page(standing, requirement, report, known.history, self._world.clock())
            case "hints":
                return living.hints_page(standing, requirement)
            case "lesson":
                return living.lesson_page(known.progress, requirement)
            case _:
                contract = contract_section(self._world.contract(standing.phase), requirement.contract)
                return living.promise_page(standing, requirement, known.progress.curriculum, contract)
