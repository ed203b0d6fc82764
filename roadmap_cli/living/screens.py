"""The other screens: topics as a map of mastery, points as a plot, the keys, and a terminal that is too small."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.geometry import Size
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from roadmap_cli.curriculum import Requirement
from roadmap_cli.living.palette import BY_NAME, DARK
from roadmap_cli.living.sheet import Inked, Sheet
from roadmap_cli.living.world import Known
from roadmap_cli.progress import PhaseProgress, course
from roadmap_cli.views import living
from roadmap_cli.views.page import Heading, Page, Span, muted, strong
from roadmap_cli.views.plot import Axis, plot_page

SMALLEST = Size(80, 24)
_PLOT_SHARE = 0.55


class GoTo(Message):
    """Somebody wants to see a requirement."""

    def __init__(self, phase: str, requirement: str) -> None:
        super().__init__()
        self.phase = phase
        self.requirement = requirement


class Mastery(Screen[None]):
    """Every topic with the share of its requirements that are passed; a topic opens those requirements."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "topics", "Topics", show=False),
        Binding("right", "practice", "Requirements", show=False),
    ]

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self._topics = known.progress.topics
        self._practice: tuple[tuple[PhaseProgress, Requirement], ...] = ()

    def compose(self) -> ComposeResult:
        """The map at the left, the requirements of the topic at the right."""
        yield Sheet((Heading((Span("Mastery", "title"),), (muted("from your verdicts"),), quiet=True),), id="header")
        with Horizontal(id="body"):
            with Vertical(id="map"):
                yield Sheet(id="legend")
                yield OptionList(id="topics", markup=False)
            with Vertical(id="practice"):
                yield Sheet(id="topic")
                yield OptionList(id="requirements", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill it."""
        self.show(self._known)
        self.query_one("#topics").focus()

    def on_resize(self) -> None:
        """Rows are drawn for their width."""
        self.call_after_refresh(self.show, self._known)

    def show(self, known: Known) -> None:
        """Show what is known now, the cursor where it was."""
        self._known = known
        self._topics = known.progress.topics
        self.query_one("#legend", Sheet).show(living.mastery_head(self._topics))
        topics = self.query_one("#topics", OptionList)
        width = topics.scrollable_content_region.width
        self._fill(topics, [living.topic_page(each, width) for each in self._topics])

    def action_topics(self) -> None:
        """Back to the map."""
        self.query_one("#topics").focus()

    def action_practice(self) -> None:
        """To the requirements of the topic."""
        self.query_one("#requirements").focus()

    @on(OptionList.OptionHighlighted, "#topics")
    def _topic(self, event: OptionList.OptionHighlighted) -> None:
        topic = self._topics[event.option_index]
        self._practice = living.topic_rows(self._known.progress, topic)
        self.query_one("#topic", Sheet).show(living.topic_head(topic))
        self._fill(
            self.query_one("#requirements", OptionList), [living.practice_page(*each) for each in self._practice]
        )

    @on(OptionList.OptionSelected, "#topics")
    def _into(self) -> None:
        self.action_practice()

    @on(OptionList.OptionSelected, "#requirements")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        progress, requirement = self._practice[event.option_index]
        self.app.post_message(GoTo(progress.phase.slug, requirement.id))

    def _fill(self, options: OptionList, pages: list[Page]) -> None:
        palette = BY_NAME.get(self.app.theme, DARK)
        before = options.highlighted or 0
        options.clear_options()
        options.add_options([Option(Inked(page, palette)) for page in pages])
        if pages:
            options.highlighted = min(before, len(pages) - 1)


class Plot(Screen[None]):
    """The points of a phase over its attempts, or over time; below them the attempts."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "axis", "axis")]

    def __init__(self, known: Known, phase: str, now: datetime) -> None:
        super().__init__()
        self._known = known
        self._phase = phase
        self._now = now
        self._axis: Axis = "attempts"

    def compose(self) -> ComposeResult:
        """The plot, then the attempts."""
        yield Sheet(id="header")
        with Vertical(id="body"):
            yield Sheet(id="plot")
            with VerticalScroll(id="attempts"):
                yield Sheet(id="steps")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Draw it."""
        self.show(self._known)
        self.query_one("#attempts").focus()

    def on_resize(self) -> None:
        """It is drawn for its size."""
        self.call_after_refresh(self.show, self._known)

    def action_axis(self) -> None:
        """Over time instead of over attempts, and back."""
        self._axis = "time" if self._axis == "attempts" else "attempts"
        self.show(self._known)

    def show(self, known: Known) -> None:
        """Show what is known now."""
        self._known = known
        standing = known.progress.phase(self._phase)
        steps = course(standing.phase, known.history.entries)
        points = (strong(str(standing.points)), f" of {standing.phase.points} points")
        title = (Span(standing.phase.title, "title"), muted(f"  points over {self._axis}"))
        self.query_one("#header", Sheet).show((Heading(title, points, quiet=True),))
        width = self.size.width - 6  # two at each side, and the two that folded lines would be indented by
        height = round(self.size.height * _PLOT_SHARE)
        self.query_one("#plot", Sheet).show(
            plot_page(steps, standing.phase.points, self._now, width=width, height=height, axis=self._axis)
        )
        self.query_one("#steps", Sheet).show(living.attempts_page(steps, self._now))


class Help(ModalScreen[None]):
    """The keys and the symbols; any key closes it."""

    def __init__(self, keys: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One card."""
        with VerticalScroll(id="card"):
            yield Sheet(living.help_page(self._keys))

    def on_key(self, event: events.Key) -> None:
        """Close, but for keys that scroll."""
        if event.key not in ("up", "down", "pageup", "pagedown", "home", "end"):
            event.stop()
            self.dismiss()

    def on_click(self) -> None:
        """Close."""
        self.dismiss()


class Small(ModalScreen[None]):
    """What is said instead of a broken layout."""

    def compose(self) -> ComposeResult:
        """One notice."""
        yield Container(Sheet(id="small"))

    def on_mount(self) -> None:
        """Say the size."""
        self.on_resize()

    def on_resize(self) -> None:
        """Say the new size."""
        width, height = self.app.size
        self.query_one("#small", Sheet).show(living.small_page(width, height, (SMALLEST.width, SMALLEST.height)))
