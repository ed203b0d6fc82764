"""Pages into lines of a given width: wrapping, columns, hanging indents. What a line is made of, `ink` shows."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from roadmap_cli.neutral import neutral
from roadmap_cli.views.page import (
    Bar,
    Block,
    Column,
    Fields,
    Gap,
    Grid,
    Heading,
    Inline,
    Mark,
    Markdown,
    Page,
    Paragraph,
    Shell,
    Source,
    Span,
    Tone,
    Verbatim,
    Words,
)

Line = tuple[Span, ...]
NARROW = 66
_GUTTER = 2

# What our own words use beyond ASCII, and how it is said in ASCII.
_SAID = str.maketrans({
    "…": "...", "–": "-", "—": "-", "·": "-", "→": "->", "←": "<-", "×": "x", "≤": "<=", "≥": ">=", "•": "-",
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u202f": " ", "✓": "OK", "✗": "NOT", "❯": ">",
    "§": "section ",
})  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How wide, and whether only ASCII may be used."""

    width: int
    plain: bool = False

    def lines(self, page: Page) -> tuple[Line, ...]:
        """The page as lines, none of which is wider than the width, commands to be copied aside."""
        return tuple(_single_gaps(line for block in page for line in self._block(block, self.width)))

    def _page(self, page: Page, width: int) -> list[Line]:
        return [line for block in page for line in self._block(block, width)]

    def _block(self, block: Block, width: int) -> Iterable[Line]:
        match block:
            case Paragraph():
                return self._paragraph(block, width)
            case Heading():
                return self._heading(block, width)
            case Grid():
                return self._grid(block, width)
            case Fields():
                return self._fields(block, width)
            case Verbatim():
                return self._verbatim(block, width)
            case Shell():
                return self._shell(block, width)
            case Source():
                return [(span,) for span in self._spans_by_line(block.text)]
            case Markdown():
                return self._markdown(block, width)
            case Gap():
                return [()]

    def _paragraph(self, block: Paragraph, width: int) -> list[Line]:
        lines = wrap(self.spans(block.words), max(width - block.indent, 8), block.hang)
        return [indented(line, block.indent) for line in lines]

    def _heading(self, block: Heading, width: int) -> list[Line]:
        words, aside = self.spans(block.words), self.spans(block.aside)
        if self.plain or block.quiet:
            return self._quiet_heading(words, aside, width)
        used = line_width(words) + line_width(aside) + (7 if aside else 4)
        if used + 2 > width:
            return [*wrap((Span("── ", block.tone), *words), width, 3), *([indented(aside, 3)] if aside else [])]
        rule = Span(" " + "─" * (width - used - (1 if aside else 0)) + (" " if aside else ""), block.tone)
        return [(Span("── ", block.tone), *words, rule, *aside, *((Span(" ──", block.tone),) if aside else ()))]

    def _quiet_heading(self, words: Line, aside: Line, width: int) -> list[Line]:
        room = width - line_width(words) - line_width(aside)
        if not aside:
            return wrap(words, width, 2)
        if room < _GUTTER:
            return [*wrap(words, width, 2), indented(aside, 2)]
        gap = 2 if self.plain else room
        return [(*words, Span(" " * gap), *aside)]

    def _grid(self, block: Grid, width: int) -> Iterator[Line]:
        rows = [tuple(self.spans(cell) for cell in row) for row in block.rows]
        widths = _column_widths(block.columns, rows, width - block.indent)
        for row in rows:
            cells = [_cell(c, cell, w, self.plain) for c, cell, w in zip(block.columns, row, widths, strict=True)]
            for number in range(max(map(len, cells))):
                yield indented(_beside(block.columns, cells, widths, number), block.indent)

    def _fields(self, block: Fields, width: int) -> Iterator[Line]:
        beside = width >= NARROW
        room = width - block.indent - (block.label_width if beside else 2)
        for label, page in block.rows:
            body = self._page(page, room)
            if beside:
                yield from self._beside_label(label, body, block)
            else:
                yield indented((Span(label, "muted"),), block.indent)
                yield from (indented(line, block.indent + 2) for line in body)

    def _beside_label(self, label: str, body: list[Line], block: Fields) -> Iterator[Line]:
        for number, line in enumerate(body):
            lead = label.ljust(block.label_width) if number == 0 else " " * block.label_width
            yield (Span(" " * block.indent + lead, "muted"), *line) if line or number == 0 else ()

    def _verbatim(self, block: Verbatim, width: int) -> Iterator[Line]:
        for words in block.lines:
            for number, line in enumerate(fold(self.spans(words), width - block.indent - 2)):
                yield indented(line, block.indent + (2 if number else 0))

    def _shell(self, block: Shell, width: int) -> Iterator[Line]:
        lines = shell_lines(self._ascii(neutral(block.command), data=True), width - block.indent - 4)
        for number, line in enumerate(lines):
            yield (Span(" " * (block.indent + (2 if number else 0)) + line, "accent"),)

    def _markdown(self, block: Markdown, width: int) -> Iterator[Line]:
        """As it was written, long lines broken between words, code left alone."""
        fenced = False
        for span in self._spans_by_line(block.text):
            fenced ^= span.text.startswith("```")
            body = span.text.lstrip(" ")
            lead = len(span.text) - len(body)
            yield from fold((span,), width) if fenced else wrap((span,), width, lead + 2)

    def spans(self, words: Words) -> Line:
        """The words with nothing left to decide: symbols chosen, foreign text made harmless."""
        return tuple(span for word in words for span in self._resolved(word))

    def _resolved(self, word: Inline) -> Iterator[Span]:
        match word:
            case str():
                yield Span(self._ascii(neutral(word), data=False))
            case Span():
                yield Span(self._ascii(neutral(word.text), data=word.data).expandtabs(4), word.tone)
            case Mark():
                yield Span(word.plain if self.plain else f"{word.symbol} {word.word}".rstrip(), word.tone)
            case Bar():
                yield from self._bar(word)

    def _bar(self, bar: Bar) -> Iterator[Span]:
        if self.plain:
            yield Span(f"{percent(bar.part, bar.whole)}%")
            return
        full = bar.width * bar.part // bar.whole if bar.whole else 0
        full = max(full, 1) if bar.part else full
        yield Span("━" * full, "good" if bar.part == bar.whole else "accent")
        yield Span("─" * (bar.width - full), "muted")

    def _spans_by_line(self, content: str) -> Iterator[Span]:
        return (self.spans((Span(line),))[0] for line in content.rstrip("\n").split("\n"))

    def _ascii(self, content: str, *, data: bool) -> str:
        if not self.plain or content.isascii():
            return content
        return exact_ascii(content) if data else content.translate(_SAID)


def exact_ascii(content: str) -> str:
    """*content* with everything beyond ASCII escaped as JSON does: nothing is lost, look-alikes are told apart."""
    return "".join(char if char.isascii() else json.dumps(char)[1:-1] for char in content)


def percent(part: int, whole: int) -> int:
    """How much of the whole, rounded down, so that 100 means all."""
    return 100 * part // whole if whole else 0


@lru_cache(maxsize=4096)
def text_width(content: str) -> int:
    """Cells that *content* takes on a terminal."""
    if content.isascii():
        return len(content)
    return sum(map(_cells, content))


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def line_width(line: Line) -> int:
    """Cells that a line takes."""
    return sum(text_width(span.text) for span in line)


def indented(line: Line, by: int) -> Line:
    """*line* moved to the right; an empty line stays empty."""
    return (Span(" " * by), *line) if by and line else line


def wrap(spans: Line, width: int, hang: int = 0) -> list[Line]:
    """Break between words; a word longer than a line is folded. Line ends in the text are kept."""
    lines: list[Line] = []
    for part in _split_lines(spans):
        lines.extend(_wrap_one(part, width, hang))
    return lines


def fold(spans: Line, width: int) -> list[Line]:
    """Break code and logs: at a space near the end of the line if there is one, else after exactly *width* cells."""
    chars = [(char, span.tone) for span in spans for char in span.text]
    lines: list[Line] = []
    while True:
        end = _fitting(chars, width)
        lines.append(_joined(chars[:end]))
        chars = chars[end:]
        if not chars:
            return lines


def _fitting(chars: list[tuple[str, Tone]], width: int) -> int:
    """How many of *chars* go on a line of *width* cells, at least one."""
    used = 0
    for number, (char, _) in enumerate(chars):
        used += text_width(char)
        if used > width:
            spaces = [place for place in range(number * 2 // 3, number) if chars[place][0] == " "]
            return spaces[-1] + 1 if spaces else max(number, 1)
    return len(chars)


def _joined(chars: list[tuple[str, Tone]]) -> Line:
    line: list[Span] = []
    for char, tone in chars:
        _append(line, char, tone)
    return tuple(line)


def shell_lines(command: str, width: int) -> list[str]:
    """A command over several lines that a shell reads as the same: backslashes, and line ends inside JSON."""
    pieces = shell_pieces(command, width)
    lines: list[str] = []
    for number, piece in enumerate(pieces):
        broken = json_pieces(piece, width)
        lines += [*broken[:-1], broken[-1] + (" \\" if number < len(pieces) - 1 else "")]
    return lines


def json_pieces(piece: str, width: int) -> list[str]:
    """An argument that is too long broken behind commas of the JSON in it, where white space means nothing."""
    quoted = re.fullmatch(r"[^']*'([^']*)'", piece)
    if text_width(piece) <= width or not quoted or not _is_json(quoted.group(1)):
        return [piece]
    lines = [""]
    for part in re.findall(r'(?:[^",]|"(?:[^"\\]|\\.)*")*,?', piece):
        if lines[-1] and text_width(lines[-1]) + text_width(part) > width:
            lines.append("    ")
            part = part.lstrip()
        lines[-1] += part
    return lines


def _is_json(content: str) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def shell_pieces(command: str, width: int) -> list[str]:
    """A command in pieces that fit, broken at spaces outside quotes, options kept with their arguments."""
    words = re.findall(r"(?:[^\s'\"\\]|\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|['\"\\])+", command)
    pieces: list[str] = []
    for group in _argument_groups(words):
        if pieces and text_width(pieces[-1]) + 1 + text_width(group) <= width:
            pieces[-1] += f" {group}"
        else:
            pieces.append(group)
    return pieces or [""]


def _argument_groups(words: list[str]) -> list[str]:
    groups: list[str] = []
    for word in words:
        if groups and groups[-1].startswith("-") and " " not in groups[-1] and not word.startswith("-"):
            groups[-1] += f" {word}"
        else:
            groups.append(word)
    return groups


def _single_gaps(lines: Iterable[Line]) -> Iterator[Line]:
    before: Line = ()
    for line in lines:
        if line or before:
            yield line
        before = line


def _split_lines(spans: Line) -> Iterator[Line]:
    current: list[Span] = []
    for span in spans:
        first, *others = span.text.split("\n")
        current.append(Span(first, span.tone))
        for other in others:
            yield tuple(current)
            current = [Span(other, span.tone)]
    yield tuple(current)


def _wrap_one(spans: Line, width: int, hang: int) -> list[Line]:
    filled = _Filled(width, hang)
    gap = 0
    for atom in _atoms(spans):
        if isinstance(atom, int):
            gap = atom
        else:
            filled.put(tuple(atom), gap)
            gap = 0
    return [indented(tuple(line), hang if number else 0) for number, line in enumerate(filled.lines)]


class _Filled:
    """Lines being filled with words, from the left."""

    def __init__(self, width: int, hang: int) -> None:
        self.lines: list[list[Span]] = [[]]
        self._width, self._hang, self._used = width, hang, 0

    def put(self, word: Line, gap: int) -> None:
        """Add a word *gap* cells after the last one, or at the start of a new line."""
        if self._used and self._used + gap + line_width(word) > self._room:
            self._break()
            gap = 0
        self._write((Span(" " * gap),))
        for number, piece in enumerate(fold(word, self._width - self._hang - gap)):
            if number:
                self._break()
            self._write(piece)

    @property
    def _room(self) -> int:
        return self._width - (self._hang if len(self.lines) > 1 else 0)

    def _break(self) -> None:
        self.lines.append([])
        self._used = 0

    def _write(self, piece: Line) -> None:
        for span in piece:
            _append(self.lines[-1], span.text, span.tone)
        self._used += line_width(piece)


def _atoms(spans: Line) -> Iterator[list[Span] | int]:
    """Words, each perhaps in several tones, and the widths of the spaces between them."""
    word: list[Span] = []
    for span in spans:
        for piece in re.findall(r" +|[^ ]+", span.text):
            if piece[0] != " ":
                word.append(Span(piece, span.tone))
                continue
            if word:
                yield word
                word = []
            yield len(piece)
    if word:
        yield word


def _append(line: list[Span], content: str, tone: Tone) -> None:
    if line and line[-1].tone == tone:
        line[-1] = Span(line[-1].text + content, tone)
    elif content:
        line.append(Span(content, tone))


def _column_widths(columns: tuple[Column, ...], rows: list[tuple[Line, ...]], width: int) -> list[int]:
    widths = [
        max((line_width(row[index]) for row in rows), default=column.at_least) for index, column in enumerate(columns)
    ]
    widths = [max(needed, column.at_least) for needed, column in zip(widths, columns, strict=True)]
    for index, column in enumerate(columns):
        if column.greedy:
            left = width - (sum(widths) - widths[index] + _GUTTER * (len(columns) - 1))
            widths[index] = max(left, 8) if columns[-1].right else max(min(widths[index], left), 8)
    return widths


def _cell(column: Column, cell: Line, width: int, plain: bool) -> list[Line]:
    if line_width(cell) <= width:
        return [cell]
    return [_cut(cell, width, "..." if plain else "…")] if column.cut else wrap(cell, width)


def _cut(cell: Line, width: int, ending: str) -> Line:
    first = fold(cell, width - len(ending))[0]
    return (*first[:-1], Span(first[-1].text.rstrip() + ending, first[-1].tone))


def _beside(columns: tuple[Column, ...], cells: list[list[Line]], widths: list[int], number: int) -> Line:
    """Line *number* of the cells side by side; nothing after the last word."""
    spans: list[Span] = []
    owed = 0
    for column, cell, width in zip(columns, cells, widths, strict=True):
        line = cell[number] if number < len(cell) else ()
        space = width - line_width(line)
        if line:
            spans += [Span(" " * (owed + (space if column.right else 0))), *line]
            owed = _GUTTER + (0 if column.right else space)
        else:
            owed += _GUTTER + width
    return tuple(span for span in spans if span.text)
