"""A page on the screen: laid out for the width it gets, in the palette of the moment, its text to be marked and copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group
from rich.segment import Segment
from textual.css.styles import RulesMap
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widget import Widget

from roadmap_cli.living.palette import BY_NAME, DARK, Palette
from roadmap_cli.views.ink import drawn
from roadmap_cli.views.page import Page


class Inked(Visual):
    """A page as Textual shows it. Whatever stands in it is text: nothing is read as markup."""

    def __init__(self, page: Page, palette: Palette) -> None:
        self._page = page
        self._palette = palette
        self._widths: dict[int, list[_Folded]] = {}

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """As wide as there is room."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Lines at that width."""
        return len(self._lines(width))

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """The lines with the widget's own style below theirs, what is marked above them."""
        base = style.rich_style
        strips = []
        for number, line in enumerate(self._lines(width)[:height]):
            strip = Strip(Segment.apply_style(line.strip, base)).adjust_cell_length(width, base)
            strips.append(_marked(strip, number, options).apply_offsets(0, number))
        return strips

    def marked(self, width: int, selection: Selection) -> str:
        """The text that is marked; a line that was folded only for want of room is one line again."""
        words = ""
        for number, line in enumerate(self._lines(width)):
            if span := selection.get_span(number):
                start, end = span
                chosen = line.strip.crop(start, None if end == -1 else end).text
                words += chosen if line.goes_on else f"{chosen.rstrip()}\n"
        return words.removesuffix("\n")

    def _lines(self, width: int) -> list[_Folded]:
        if width not in self._widths:
            self._widths[width] = [part for line in self._laid_out(max(width, 1)) for part in _folded(line, width)]
        return self._widths[width]

    def _laid_out(self, width: int) -> list[Strip]:
        """Lines as they were laid out; those of commands may be too long, because a shell would mind a break."""
        if not self._page:
            return []
        console = self._palette.console(width)
        segments = console.render(Group(*drawn(self._page, width, self._palette.look)), console.options)
        return [Strip(line) for line in Segment.split_lines(segments)]


@dataclass(frozen=True)
class _Folded:
    """A line on the screen, and whether the one below it is its rest."""

    strip: Strip
    goes_on: bool


def _folded(strip: Strip, width: int) -> Iterator[_Folded]:
    while width > 0 and strip.cell_length > width:
        yield _Folded(strip.crop(0, width), True)
        strip = strip.crop(width)
    yield _Folded(strip, False)


def _marked(strip: Strip, number: int, options: RenderOptions) -> Strip:
    """The strip with what is marked of it in the colours of a selection."""
    span = options.selection.get_span(number) if options.selection else None
    if span is None or options.selection_style is None:
        return strip
    start, end = span[0], strip.cell_length if span[1] == -1 else min(span[1], strip.cell_length)
    if start >= end:
        return strip
    before, within, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end)
    return Strip.join(
        [before, Strip(Segment.apply_style(within, post_style=options.selection_style.rich_style)), after]
    )


class Sheet(Widget):
    """A widget that shows a page."""

    DEFAULT_CSS = "Sheet { height: auto; width: 1fr; }"

    def __init__(self, page: Page = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._page = page

    @property
    def page(self) -> Page:
        """What is shown."""
        return self._page

    def show(self, page: Page) -> None:
        """Show another page."""
        if page != self._page:
            self._page = page
            self.refresh(layout=True)

    def render(self) -> Inked:
        """The page in the palette of the moment."""
        return Inked(self._page, BY_NAME.get(self.app.theme, DARK))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What is marked with the mouse."""
        return self.render().marked(self.content_size.width, selection), "\n"
