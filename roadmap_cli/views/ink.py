"""Pages made visible: as plain text, or as something rich can draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from roadmap_cli.neutral import neutral
from roadmap_cli.views.layout import Layout, Line
from roadmap_cli.views.page import Block, Gap, Markdown, Page, Source, Tone

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

STYLES: dict[Tone, str] = {
    "text": "",
    "strong": "bold",
    "title": "bold",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "muted": "bright_black",
    "accent": "cyan",
}


@dataclass(frozen=True)
class Look:
    """How tones look, and the colours of source code, alone and within Markdown: names of pygments' themes."""

    styles: Mapping[Tone, str]
    source: str
    fenced: str


TERMINAL = Look(STYLES, "ansi_dark", "monokai")  # the reader's own sixteen colours


def plain(page: Page, width: int = 80) -> str:
    """The page in words alone: no colour, no lines drawn, our own words in ASCII."""
    lines = ("".join(span.text for span in line).rstrip() for line in Layout(width, plain=True).lines(page))
    return "\n".join(lines).rstrip("\n") + "\n"


def drawn(page: Page, width: int, look: Look = TERMINAL) -> Iterator[RenderableType]:
    """The page as things that rich draws, in order."""
    for special, blocks in groupby(_trimmed(page), key=lambda block: isinstance(block, Source | Markdown)):
        if special:
            yield from (_special(block, look) for block in blocks)
        else:
            yield _as_text(Layout(width).lines(tuple(blocks)), look)


def inked(lines: tuple[Line, ...]) -> Text:
    """Lines that are broken already, as one text."""
    return _as_text(lines, TERMINAL)


def _trimmed(page: Page) -> Page:
    """The page without empty lines at its end."""
    end = len(page)
    while end and isinstance(page[end - 1], Gap):
        end -= 1
    return page[:end]


def _as_text(lines: tuple[Line, ...], look: Look) -> Text:
    """One text of lines that are broken already; what is too long on purpose is left to the terminal."""
    from rich.text import Text

    body = Text(no_wrap=True, overflow="ignore", end="")
    for line in lines:
        for span in line:
            body.append(span.text, look.styles[span.tone])
        body.append("\n")
    return body


def _special(block: Block, look: Look) -> RenderableType:
    match block:
        case Source():
            from rich.syntax import Syntax

            return Syntax(
                neutral(block.text).rstrip("\n"), block.language, theme=look.source, word_wrap=True, line_numbers=True
            )
        case Markdown():
            from rich.markdown import Markdown as RichMarkdown
            from rich.padding import Padding

            return Padding(RichMarkdown(neutral(block.text), code_theme=look.fenced), (0, 0, 0, 2))
        case _:
            raise TypeError(block)
