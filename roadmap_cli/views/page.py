"""What is to be seen, before anybody decides how: blocks of words in tones, to be drawn with ink or written in ASCII.

Every view builds a page; `layout` breaks it into lines for a width. The coloured and the plain form come from the same
page, so one cannot say what the other does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["text", "strong", "title", "good", "bad", "warn", "muted", "accent"]


@dataclass(frozen=True)
class Span:
    """A run of words in one tone. *data* comes from outside: in ASCII it is escaped exactly instead of paraphrased."""

    text: str
    tone: Tone = "text"
    data: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A symbol with its word, if it has one; plain, a word alone, in capitals."""

    symbol: str
    word: str
    tone: Tone
    plain: str


@dataclass(frozen=True)
class Bar:
    """How much of a whole is done; plain, a percentage."""

    part: int
    whole: int
    width: int = 20


Inline = str | Span | Mark | Bar
Words = tuple[Inline, ...]


@dataclass(frozen=True)
class Paragraph:
    """Words that wrap; lines after the first are indented by *hang* more."""

    words: Words
    indent: int = 0
    hang: int = 0


@dataclass(frozen=True)
class Heading:
    """A line that opens a part, *aside* at its right end; drawn with a rule unless *quiet*."""

    words: Words
    aside: Words = ()
    tone: Tone = "muted"
    quiet: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a grid. One column may be *greedy*: it takes what is left, and wraps, or is *cut* to one line."""

    greedy: bool = False
    cut: bool = False
    right: bool = False
    at_least: int = 0


@dataclass(frozen=True)
class Grid:
    """Rows of cells in columns, two spaces between them, without lines."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Words, ...], ...]
    indent: int = 2


@dataclass(frozen=True)
class Fields:
    """Labels with a page beside each; on narrow screens below it."""

    rows: tuple[tuple[str, Page], ...]
    indent: int = 3
    label_width: int = 13


@dataclass(frozen=True)
class Verbatim:
    """Lines that keep their form; too long ones are folded."""

    lines: tuple[Words, ...]
    indent: int = 0


@dataclass(frozen=True)
class Shell:
    """A command to be copied: broken only where a shell allows it, with a backslash."""

    command: str
    indent: int = 0


@dataclass(frozen=True)
class Source:
    """A file of source code, highlighted where there is colour."""

    text: str
    language: str


@dataclass(frozen=True)
class Markdown:
    """A text in Markdown, rendered where there is ink."""

    text: str


@dataclass(frozen=True)
class Gap:
    """An empty line; several in a row are one."""


Block = Paragraph | Heading | Grid | Fields | Verbatim | Shell | Source | Markdown | Gap
Page = tuple[Block, ...]


def text(*words: Inline, indent: int = 0, hang: int = 0) -> Paragraph:
    """A paragraph of *words*."""
    return Paragraph(words, indent, hang)


def data(content: str, tone: Tone = "text") -> Span:
    """Words from outside: the learner's program, files or environment."""
    return Span(content, tone, data=True)


def strong(content: str) -> Span:
    """Words that carry the sentence."""
    return Span(content, "strong")


def muted(content: str) -> Span:
    """Words that may be passed over."""
    return Span(content, "muted")


def command(content: str) -> Span:
    """A command that the reader may type."""
    return Span(content, "accent")


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 point``, ``2 points``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
