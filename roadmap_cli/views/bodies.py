"""Bodies of requests and answers, cut around the place that matters.

A JSON body is laid out with the JSON path of each line known, so that the line of ``$.items[3].id`` can be pointed at
and what is far from it left out. Anything else is shown from its beginning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from roadmap_cli.neutral import neutral

ROOM = 14
_INLINE = 60
_LONG_TEXT = 160
_LONG_LINE = 400


@dataclass(frozen=True)
class BodyLine:
    """A line of a body; *marked* if the JSON path points at it, *aside* if it is our own remark."""

    text: str
    marked: bool = False
    aside: bool = False


@dataclass(frozen=True)
class _Laid:
    text: str
    path: str


def body_lines(body: str, path: str = "", room: int = ROOM) -> tuple[BodyLine, ...]:
    """*body* in at most *room* lines and a few remarks, the line of JSON path *path* among them and marked."""
    try:
        laid = list(_laid(json.loads(body), "$", 0, _LONG_TEXT))
    except (ValueError, RecursionError):
        return _cut([BodyLine(_shortened(line, _LONG_LINE)) for line in neutral(body).split("\n")], 0, room)
    target = _index_of(path, laid)
    lines = [BodyLine(neutral(line.text), marked=number == target) for number, line in enumerate(laid)]
    return _cut(lines, target or 0, room)


def _laid(node: Any, path: str, depth: int, limit: int, before: str = "", after: str = "") -> Iterator[_Laid]:
    """The node over as many lines as it needs; small objects and lists stay on one line."""
    pad = "  " * depth
    short = json.dumps(node, ensure_ascii=False)
    if not isinstance(node, dict | list) or not node:
        yield _Laid(pad + before + _shortened(short, limit) + after, path)
    elif len(short) + len(pad) + len(before) <= _INLINE:
        yield _Laid(pad + before + short + after, path)
    else:
        yield from _spread(node, path, depth, limit, before, after)


def _spread(
    node: dict[str, Any] | list[Any], path: str, depth: int, limit: int, before: str, after: str
) -> Iterator[_Laid]:
    pad = "  " * depth
    opening, closing = "{}" if isinstance(node, dict) else "[]"
    yield _Laid(pad + before + opening, path)
    children = list(_children(node, path))
    for number, (name, child_path, child) in enumerate(children):
        comma = "," if number < len(children) - 1 else ""
        yield from _laid(child, child_path, depth + 1, limit, name, comma)
    yield _Laid(pad + closing + after, "")


def _children(node: dict[str, Any] | list[Any], path: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{json.dumps(key, ensure_ascii=False)}: ", f"{path}.{key}", value
    else:
        for index, value in enumerate(node):
            yield "", f"{path}[{index}]", value


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} characters more)"


def _index_of(path: str, laid: list[_Laid]) -> int | None:
    """The line that *path* stands on: its own, or that of what is around it. None for no path or the whole."""
    lines = {line.path: number for number, line in reversed(list(enumerate(laid)))}
    while path and path != "$":
        if path in lines:
            return lines[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return None


def _cut(lines: list[BodyLine], target: int, room: int) -> tuple[BodyLine, ...]:
    """The first line and those around the target, with remarks where lines are left out."""
    if len(lines) <= room:
        return tuple(lines)
    start = max(0, min(target - room // 2, len(lines) - room))
    shown = sorted({0, *range(start, start + room - 1), *([len(lines) - 1] if start + room >= len(lines) else [])})
    cut: list[BodyLine] = [lines[0]]
    for before, number in pairwise(shown):
        if number > before + 1:
            cut.append(_left_out(number - before - 1, lines[number].text))
        cut.append(lines[number])
    if shown[-1] < len(lines) - 1:
        cut.append(_left_out(len(lines) - 1 - shown[-1], lines[shown[-1]].text))
    return tuple(cut)


def _left_out(number: int, beside: str = "") -> BodyLine:
    pad = " " * (len(beside) - len(beside.lstrip()))
    return BodyLine(f"{pad}… ({number} more {'line' if number == 1 else 'lines'})", aside=True)
