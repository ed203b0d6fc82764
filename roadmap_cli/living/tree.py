"""The tree at the left: phases, their milestones, their requirements, each with its symbol and its points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement
from roadmap_cli.living.palette import BY_NAME, DARK
from roadmap_cli.neutral import neutral_line
from roadmap_cli.progress import PhaseProgress, Progress
from roadmap_cli.views.layout import text_width
from roadmap_cli.views.living import mark_of, milestone_mark, result_mark
from roadmap_cli.views.page import Mark, Tone

_WORDS_FROM = 38  # the width from which a requirement's standing is told in a word, too
_INDENT = 2


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place in the tree: a phase, perhaps a milestone of it, perhaps a requirement of that."""

    phase: Phase
    milestone: Milestone | None = None
    requirement: Requirement | None = None


class RoadmapTree(Tree[Spot]):
    """The curriculum as it stands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "fold", "Fold", show=False),
        Binding("right", "unfold", "Unfold", show=False),
    ]

    def __init__(self, progress: Progress, *, id: str) -> None:
        super().__init__("", id=id)
        self.show_root = False
        self.show_guides = False
        self.guide_depth = _INDENT
        self._progress = progress
        self._judged: dict[str, str] = {}
        self._judged_phase = ""
        self._places: dict[tuple[str, str], TreeNode[Spot]] = {}
        self._plant(progress.curriculum)

    def grow(self, progress: Progress) -> None:
        """Show *progress* instead."""
        self._progress = progress
        self._drawn_anew()

    def running(self, phase: str, results: dict[str, str]) -> None:
        """Show these results of a check that is under way in place of what was known; none once it has ended."""
        self._judged_phase, self._judged = phase, results
        self._drawn_anew()

    def go_to(self, phase: str, id: str) -> None:
        """Put the cursor on a requirement (or a phase, if *id* is empty), and open what is around it."""
        node = self._places[phase, id]
        for around in _parents(node):
            around.expand()
        if self.last_line >= 0:  # asking for it counts the lines anew, so that the node knows its own
            self.move_cursor(node)
            self.call_after_refresh(self._bring_into_view, node)

    @property
    def spot(self) -> Spot | None:
        """Where the cursor is."""
        return self.cursor_node.data if self.cursor_node else None

    def render_label(self, node: TreeNode[Spot], base_style: Style, style: Style) -> Text:
        """A row: symbol and name at the left, points at the right."""
        if node.data is None:
            return Text("")
        depth = sum(1 for _ in _parents(node)) - 1
        width = self.scrollable_content_region.width - depth * _INDENT
        label = Text(no_wrap=True, end="")
        label.append_text(self._row(node, node.data, max(width, 12)))
        label.stylize_before(base_style + style)
        return label

    def action_fold(self) -> None:
        """Close the milestone that we are in, or go up."""
        node = self.cursor_node
        if node is None:
            return
        if node.allow_expand and node.is_expanded:
            node.collapse()
        elif node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)

    def action_unfold(self) -> None:
        """Open what the cursor is on, or go into it."""
        node = self.cursor_node
        if node is None or not node.allow_expand:
            return
        if node.is_expanded and node.children:
            self.move_cursor(node.children[0])
        node.expand()

    def _bring_into_view(self, node: TreeNode[Spot]) -> None:
        """Show the node with something around it, and the top of the tree if there is room for both."""
        top, height = self.scroll_offset.y, self.size.height
        if not top + 2 <= node.line < top + height - 1:
            self.scroll_to(y=max(0, node.line - height // 2), animate=False)

    def _plant(self, curriculum: Curriculum) -> None:
        current = self._progress.current
        for phase in curriculum.phases:
            above = self.root.add("", Spot(phase=phase), expand=phase is current.phase)
            self._places[phase.slug, ""] = above
            for milestone in phase.milestones:
                is_open = phase is current.phase and milestone is current.current_milestone
                parent = above.add("", Spot(phase=phase, milestone=milestone), expand=is_open)
                for each in milestone.requirements:
                    leaf = parent.add_leaf("", Spot(phase=phase, milestone=milestone, requirement=each))
                    self._places[phase.slug, each.id] = leaf

    def _drawn_anew(self) -> None:
        self.notify_style_update()

    def _row(self, node: TreeNode[Spot], spot: Spot, width: int) -> Text:
        standing = self._progress.phase(spot.phase.slug)
        arrow = "▾ " if node.is_expanded else "▸ "
        if spot.milestone is None:
            return self._line(
                arrow, "muted", spot.phase.title, "strong", _of(standing.points, spot.phase.points), width
            )
        if spot.requirement is None:
            symbol, tone = milestone_mark(standing, spot.milestone)
            points = _of(standing.points_of(spot.milestone), spot.milestone.points)
            aside = f"{symbol} {points}" if symbol else points
            return self._line(arrow, "muted", spot.milestone.title, "text", aside, width, tone)
        return self._requirement(standing, spot.milestone, spot.requirement, width)

    def _requirement(self, standing: PhaseProgress, milestone: Milestone, requirement: Requirement, width: int) -> Text:
        mark = self._mark(standing, requirement)
        name = requirement.id.removeprefix(f"{milestone.id}.")
        word = f"{mark.word} " if width >= _WORDS_FROM and mark.tone != "good" else ""
        tone: Tone = "muted" if mark.tone == "good" else "text"
        aside = f"{word}{requirement.points:>2}"
        return self._line(f"{mark.symbol} ", mark.tone, name, tone, aside, width, mark.tone if word else "muted")

    def _mark(self, standing: PhaseProgress, requirement: Requirement) -> Mark:
        if standing.phase.slug == self._judged_phase and requirement.id in self._judged:
            return result_mark(self._judged[requirement.id])
        return mark_of(standing.standings[requirement.id])

    def _line(
        self, lead: str, lead_tone: Tone, name: str, tone: Tone, aside: str, width: int, aside_tone: Tone = "muted"
    ) -> Text:
        """Left and right ends of a row, the name cut where there is no room."""
        styles = BY_NAME.get(self.app.theme, DARK).styles
        room = width - text_width(lead) - text_width(aside) - 1
        shown = _cut(neutral_line(name), room)
        space = " " * max(width - text_width(lead) - text_width(shown) - text_width(aside), 1)
        return Text.assemble(
            (lead, styles[lead_tone]), (shown, styles[tone]), space, (aside, styles[aside_tone]), no_wrap=True
        )


def _of(points: int, possible: int) -> str:
    return f"{points}/{possible}"


def _parents(node: TreeNode[Spot]) -> list[TreeNode[Spot]]:
    found: list[TreeNode[Spot]] = []
    around = node.parent
    while around is not None:
        found.append(around)
        around = around.parent
    return found


def _cut(content: str, room: int) -> str:
    """As much as fits in *room* cells, the cut marked."""
    if text_width(content) <= room:
        return content
    while content and text_width(content) > room - 1:
        content = content[:-1]
    return f"{content.rstrip()}…"
