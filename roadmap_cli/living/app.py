"""The living dashboard itself: keys, checks, and what is drawn when something has changed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from dataclasses import replace
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Footer, Tree

from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ExitCode, RoadmapError
from roadmap_cli.events import Judged, Planned
from roadmap_cli.living.palette import DARK, LIGHT
from roadmap_cli.living.pane import LAST, SIDES, Pane, Reading
from roadmap_cli.living.running import Ended, Runner, Seen
from roadmap_cli.living.screens import SMALLEST, GoTo, Help, Mastery, Plot, Small
from roadmap_cli.living.sheet import Sheet
from roadmap_cli.living.tree import RoadmapTree, Spot
from roadmap_cli.living.world import Attempted, World
from roadmap_cli.progress import PhaseProgress
from roadmap_cli.views import living
from roadmap_cli.views.live import LiveView
from roadmap_cli.views.messages import error_page
from roadmap_cli.views.page import Page, command, muted, text

_W = TypeVar("_W", bound=Widget)
_WIDE = 110
LOOK_SECONDS = 1.0  # how often it is looked whether another terminal has added to the history
KEYS = (
    ("up down", "move; left and right fold and unfold"),
    ("Enter", "read what the cursor is on; Escape goes back"),
    ("1 2 3 4", "promise, last check, hints, lesson"),
    ("c", "check everything in this phase"),
    ("r", "check what the cursor is on, with what it needs"),
    ("h", "one more hint, remembered"),
    ("n", "go to what is next"),
    ("m", "mastery: topics, and what practises them"),
    ("p", "plot: points over attempts; there x: over time"),
    ("t", "light or dark"),
    ("Escape", "cancel a check, close a message or a screen"),
    ("q", "quit"),
)


class Dashboard(App[int]):
    """Phases, milestones, requirements; what is known of them; checks."""

    TITLE = "roadmap"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #header { padding: 0 2; background: $raised; height: auto; }
    * { scrollbar-size-vertical: 1; }
    #body { height: 1fr; }
    RoadmapTree { width: 34; padding: 0 0 0 1; border-right: solid $line;
                  background: $background; overflow-x: hidden; scrollbar-gutter: stable; }
    RoadmapTree:focus, OptionList:focus, Reading:focus { background-tint: transparent 0%; }
    RoadmapTree > .tree--cursor { background: $raised; text-style: none; }
    RoadmapTree:focus > .tree--cursor { background: $cursor; text-style: none; }
    RoadmapTree > .tree--highlight-line { background: $raised; }
    Screen.-wide RoadmapTree { width: 46; }
    #live { display: none; height: auto; max-height: 60%; border-top: solid $accent; padding: 0 2; }
    #live.-on { display: block; }
    #notice { display: none; height: auto; max-height: 8; border-top: solid $line; padding: 0 2;
              background: $raised; }
    #notice.-on { display: block; }
    Footer { background: $raised; }
    OptionList { border: none; padding: 0; background: $background; height: 1fr; }
    OptionList > .option-list--option-highlighted { background: $raised; text-style: none; }
    OptionList:focus > .option-list--option-highlighted { background: $cursor; text-style: none; }
    #map { width: 1fr; padding: 1 0 0 2; border-right: solid $line; }
    #practice { width: 34; padding: 1 1 0 2; }
    Screen.-wide #practice { width: 46; }
    #legend, #topic { padding: 0 0 1 0; }
    #plot { padding: 1 2 0 2; }
    #attempts { height: 1fr; padding: 1 2 0 3; }
    Help, Small { align: center middle; background: $background 60%; }
    #card { width: 70; height: auto; max-height: 100%; background: $raised; border: round $line; padding: 0 1; }
    Small Container { width: 1fr; height: 1fr; background: $background; padding: 1 2; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]  # noqa: RUF012  # as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "check_all", "check all"),
        Binding("r", "check_this", "this"),
        Binding("h", "hint", "hint"),
        Binding("n", "next", "next"),
        Binding("m", "mastery", "topics"),
        Binding("p", "plot", "plot"),
        Binding("t", "theme", "theme"),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("q", "leave", "quit"),
        Binding("escape", "step_back", "back", show=False, priority=True),
        Binding("ctrl+c", "copy_or_leave", "quit", show=False, priority=True),
        Binding("ctrl+q", "leave", "quit", show=False, priority=True),
        *(Binding(str(number), f"turn_to('{side}')", side, show=False) for number, side in enumerate(SIDES, start=1)),
    ]

    def __init__(self, world: World) -> None:
        super().__init__()
        self.animation_level = "none"  # a frame less to send over SSH
        self._world = world
        self._stamp = world.stamp()
        self._known = world.know()
        self._runner = Runner(world, self.post_message)
        self._live: LiveView | None = None
        self._results: dict[str, str] = {}
        self._bug: Exception | None = None
        for palette in (DARK, LIGHT):
            self.register_theme(palette.theme)
        self.theme = LIGHT.name if _is_light(os.environ.get("COLORFGBG", "")) else DARK.name

    def compose(self) -> ComposeResult:
        """Header, tree and pane, what runs, what is to be said, keys."""
        yield Sheet(id="header")
        with Horizontal(id="body"):
            yield RoadmapTree(self._known.progress, id="tree")
            with Vertical():
                yield Pane(self._world, id="pane")
                yield Sheet(id="live")
        yield Sheet(id="notice")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Draw what is known, put the cursor on what is next, begin to look for news."""
        self._catch_signals()
        self._draw()
        current = self._known.progress.current
        self._open(current.phase.slug, current.next.requirement.id if current.next else "")
        self._say(living.notes_page(self._known.history, current, self._world.workspace is not None))
        self.set_interval(LOOK_SECONDS, self._look)

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        self.close()

    def close(self) -> None:
        """End a check that is under way, and wait until nothing is left of it."""
        self._runner.close()

    def on_resize(self, event: events.Resize) -> None:
        """Say so, where there is too little room; go on, where there is enough again."""
        fits = event.size.width >= SMALLEST.width and event.size.height >= SMALLEST.height
        if not fits and not isinstance(self.screen, Small):
            self.push_screen(Small())
        elif fits and isinstance(self.screen, Small):
            self.pop_screen()

    @property
    def failed_with(self) -> Exception | None:
        """The bug that ended it, if one did."""
        return self._bug or self._exception

    # What somebody does.

    def action_check_all(self) -> None:
        """Check everything in the phase that the cursor is in."""
        phase = self._here.phase
        self._check(phase, tuple(phase.requirements))

    def action_check_this(self) -> None:
        """Check the requirement, milestone or phase that the cursor is on, with what it needs."""
        spot = self._here
        named = spot.requirement or spot.milestone
        self._check(spot.phase, spot.phase.selection((named.id,) if named else ()))

    def action_hint(self) -> None:
        """Show one more hint for the requirement that the cursor is on, and record it."""
        spot = self._here
        if spot.requirement is None:
            self._say((text("Hints belong to requirements: move to one, then ", command("h"), "."),))
            return
        _, news = self._known.progress.phase(spot.phase.slug).hint(spot.requirement.id, at=self._world.now)
        if news is not None:
            try:
                self._world.remember(news)
            except RoadmapError as error:
                self._say(error_page(error))
                return
            self._learn()
        self._pane.turn_to("hints")

    def action_next(self) -> None:
        """Go to what is next in the current phase."""
        self._to_the_front()
        current = self._known.progress.current
        if current.next is None:
            self._say((text("Every promise of this phase is kept."),))
            return
        self._open(current.phase.slug, current.next.requirement.id)

    def action_mastery(self) -> None:
        """The map of topics, or back."""
        self._toggle(Mastery)

    def action_plot(self) -> None:
        """The plot of points, or back."""
        self._toggle(Plot)

    def action_theme(self) -> None:
        """Light instead of dark, and back."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
        self._draw_others()

    def action_help(self) -> None:
        """The keys."""
        self.push_screen(Help(KEYS))

    def action_step_back(self) -> None:
        """Close a screen, cancel a check, close a message, leave the pane: the first of these that there is."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self._live is not None:
            self._runner.cancel()
            self._say((text("Stopping the check …"),))
        elif self.query_one("#notice").has_class("-on"):
            self._say(())
        else:
            self._tree.focus()

    def action_leave(self) -> None:
        """Quit; a check that is under way is ended first."""
        self._runner.cancel()
        self.exit(int(ExitCode.PASSED))

    def action_copy_or_leave(self) -> None:
        """Copy what is marked; if nothing is, quit."""
        marked = self.screen.get_selected_text()
        if marked:
            self.copy_to_clipboard(marked)
            self.screen.clear_selection()
        else:
            self.action_leave()

    def action_turn_to(self, side: str) -> None:
        """Show a side of the requirement."""
        self._pane.turn_to(side)

    def action_side(self, by: int) -> None:
        """Show the side after this one, or before."""
        self._pane.turn(by)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What belongs to a requirement is of no use on the other screens; where nothing can be seen, one can leave."""
        if isinstance(self.screen, Small):
            return action in ("leave", "copy_or_leave")
        return len(self.screen_stack) == 1 or action not in ("check_this", "hint", "turn_to", "side")

    def on_click(self, event: events.Click) -> None:
        """The header leads to what is next."""
        if event.widget is not None and event.widget.id == "header" and len(self.screen_stack) == 1:
            self.action_next()

    # What happens.

    @on(Tree.NodeHighlighted)
    def _moved(self) -> None:
        self._pane.show(self._tree.spot, self._known)
        self._draw_header()

    @on(Tree.NodeSelected)
    def _chosen(self) -> None:
        if self._here.requirement is not None:
            self.query_one(Reading).focus()

    @on(GoTo)
    def _go_to(self, event: GoTo) -> None:
        self._to_the_front()
        self._open(event.phase, event.requirement)

    @on(Seen)
    def _seen(self, message: Seen) -> None:
        if self._live is None:
            return
        match message.event:
            case Planned(checks=checks):
                self._results = dict.fromkeys(checks, "")
                self._tree.running(self._live.phase.slug, self._results)
            case Judged(requirement=id, result=result) if self._results.get(id, "") in ("", "passed"):
                self._results[id] = result
                self._tree.running(self._live.phase.slug, self._results)
        self._live.see(message.event)
        self._front("#live", Sheet).show(self._live_page())

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        phase = message.place.phase
        before = self._known.progress.phase(phase.slug)
        self._live, self._results = None, {}
        self._tree.running("", {})
        self._front("#live", Sheet).remove_class("-on")
        self._learn()
        if isinstance(message.error, RoadmapError):
            self._say(error_page(message.error))
        elif message.error is not None:
            self._bug = message.error
            self.exit(int(ExitCode.GRADER_BROKE))
        elif message.attempted is not None:
            self._tell(message.attempted, before)

    # How it is done.

    @property
    def _tree(self) -> RoadmapTree:
        return self._front("#tree", RoadmapTree)

    @property
    def _pane(self) -> Pane:
        return self._front("#pane", Pane)

    @property
    def _here(self) -> Spot:
        return self._tree.spot or Spot(phase=self._known.progress.current.phase)

    def _open(self, phase: str, id: str) -> None:
        """Put the cursor there, and show what says most about it."""
        self._tree.go_to(phase, id)
        self._tree.focus()
        self._pane.show(self._tree.spot, self._known)
        self._pane.turn_to_the_telling_side()

    def _check(self, phase: Phase, wanted: tuple[str, ...]) -> None:
        """Start a check of *wanted* and what they need."""
        self._to_the_front()
        if self._live is not None:
            self._say((text("A check is under way. ", command("Escape"), " cancels it."),))
            return
        try:
            place = self._world.place(phase)
        except RoadmapError as error:
            self._say(error_page(error))
            return
        requirements = phase.with_needs(wanted)
        self._say(())
        self._live, self._results = LiveView(phase, requirements), dict.fromkeys(requirements, "")
        self._tree.running(phase.slug, self._results)
        live = self._front("#live", Sheet)
        live.show(self._live_page())
        live.add_class("-on")
        self._runner.begin(place, requirements)

    def _live_page(self) -> Page:
        page = self._live.page(20 if self.size.width >= _WIDE else 8) if self._live else ()
        return (*page, text(muted("Escape cancels"), indent=2))

    def _tell(self, attempted: Attempted, before: PhaseProgress) -> None:
        """Say what the check has brought, and show it where the cursor is."""
        report = attempted.report
        after = self._known.progress.phase(report.phase.slug)
        unkept = living.unkept_page(attempted.unkept) if attempted.unkept else ()
        if attempted.unkept:
            self._known = replace(self._known, reports={**self._known.reports, report.phase.slug: report})
        self._say((*living.ended_page(report, before, after), *unkept, *self._world.broken(report)))
        here = self._here.requirement
        if here is not None and any(each.requirement == here.id for each in report.verdicts):
            self._pane.show(self._tree.spot, self._known)
            self._pane.turn_to(LAST)

    def _look(self) -> None:
        """Whether another terminal has added to the history."""
        if self._world.stamp() != self._stamp:
            self._learn()

    def _learn(self) -> None:
        """Read everything anew, and draw it."""
        self._stamp = self._world.stamp()
        try:
            self._known = self._world.know()
        except RoadmapError as error:
            self._say(error_page(error))
            return
        self._draw()
        self._draw_others()

    def _draw(self) -> None:
        self._draw_header()
        self._tree.grow(self._known.progress)
        self._pane.show(self._tree.spot, self._known)

    def _draw_header(self) -> None:
        progress = self._known.progress
        self._front("#header", Sheet).show(living.header_page(progress, progress.current))

    def _draw_others(self) -> None:
        for screen in self.screen_stack[1:]:
            if isinstance(screen, Mastery | Plot):
                screen.show(self._known)

    def _say(self, page: Page) -> None:
        notice = self._front("#notice", Sheet)
        notice.show(page)
        notice.set_class(bool(page), "-on")

    def _front(self, selector: str, kind: type[_W]) -> _W:
        """A widget of the first screen, whichever is above it."""
        return self.screen_stack[0].query_one(selector, kind)

    def _to_the_front(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def _toggle(self, kind: type[Mastery] | type[Plot]) -> None:
        there = isinstance(self.screen, kind)
        self._to_the_front()
        if not there and kind is Mastery:
            self.push_screen(Mastery(self._known))
        elif not there:
            self.push_screen(Plot(self._known, self._here.phase.slug, self._world.clock()))

    def _catch_signals(self) -> None:
        """Whoever asks us to end (a closed window, a service manager) gets a clean terminal and no process left."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            with contextlib.suppress(NotImplementedError, AttributeError):  # Windows has none of it
                number = getattr(signal, name)
                asyncio.get_running_loop().add_signal_handler(number, self._end_by_signal)

    def _end_by_signal(self) -> None:
        self._runner.cancel()
        self.exit(int(ExitCode.INTERRUPTED))

    def _fatal_error(self) -> None:
        """End without Textual's own account: the one boundary tells of a bug, in words."""
        self._close_messages_no_wait()


def _is_light(colours: str) -> bool:
    """Whether a terminal that says its colours (COLORFGBG, "0;15") has a light ground."""
    return colours.rpartition(";")[2] in ("7", "15")
