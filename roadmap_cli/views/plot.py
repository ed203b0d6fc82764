"""Points over attempts or over time, drawn with eighths of a cell."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Literal

from roadmap_cli.progress import Step
from roadmap_cli.views.page import Page, Span, Tone, Verbatim, Words, muted

Axis = Literal["attempts", "time"]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WIDEST_BAR = 8
_ROOMY = 3  # from here on bars stand apart
Level = tuple[float, Tone]  # a share of the whole, and a colour
_NOTHING: Level = (0.0, "muted")


def plot_page(
    steps: tuple[Step, ...], possible: int, now: datetime, *, width: int, height: int, axis: Axis = "attempts"
) -> Page:
    """The course of the points in *height* lines of *width* cells, until *now*; nothing if there are no attempts."""
    if not steps or not possible:
        return ()
    labels = len(str(possible)) + 2
    room, rows = max(width - labels, 4), max(height - 2, 3)
    levels = _by_time(steps, possible, now, room) if axis == "time" else _by_attempt(steps, possible, room)
    lines = [_row(levels, rows, row, _scale(row, rows, possible, labels)) for row in range(rows)]
    foot = (muted(" " * (labels - 1) + "└" + "─" * room),)
    return (Verbatim((*lines, foot, _ends(steps, axis, room, labels))),)


def _by_attempt(steps: tuple[Step, ...], possible: int, room: int) -> tuple[Level, ...]:
    """A bar an attempt; where there are more attempts than cells, the last of those that share a cell."""
    bars = _levels(steps, possible)
    if len(bars) > room:
        return tuple(bars[(cell + 1) * len(bars) // room - 1] for cell in range(room))
    wide = _width(len(bars), room)
    apart = 1 if wide >= _ROOMY else 0
    drawn = [level for bar in bars for level in (*[bar] * (wide - apart), *[_NOTHING] * apart)]
    return tuple(drawn) + (_NOTHING,) * (room - len(drawn))


def _by_time(steps: tuple[Step, ...], possible: int, now: datetime, room: int) -> tuple[Level, ...]:
    """What stood at the end of each cell's span of time."""
    times = [_seconds(step) for step in steps]
    first, span = times[0], max(now.timestamp() - times[0], 1.0)
    levels = _levels(steps, possible)
    cells = [_NOTHING] * room
    for time, level in zip(times, levels, strict=True):
        start = min(max(int((time - first) / span * (room - 1)), 0), room - 1)
        cells[start:] = [level] * (room - start)
    return tuple(cells)


def _levels(steps: tuple[Step, ...], possible: int) -> tuple[Level, ...]:
    points = [step.points for step in steps]
    fell = [False, *(after < before for before, after in pairwise(points))]
    return tuple(
        (number / possible, "bad" if down else "good" if number == possible else "accent")
        for number, down in zip(points, fell, strict=True)
    )


def _row(levels: tuple[Level, ...], rows: int, row: int, scale: str) -> Words:
    """Line *row* from the top: the label, then each cell as full as its level is high; scale lines behind them."""
    behind = "┈" if scale.strip("│ ") else " "
    cells = [_cell(level, rows, rows - 1 - row, behind) for level in levels]
    runs = groupby(cells, key=lambda cell: cell.tone)
    return (muted(scale), *(Span("".join(cell.text for cell in run), tone) for tone, run in runs))


def _cell(level: Level, rows: int, below: int, behind: str) -> Span:
    """The cell that has *below* cells under it, as full as it is; at least a trace of what is not nothing."""
    share, tone = level
    full = max(round(share * rows * 8), 1 if share else 0) - below * 8
    return Span(_EIGHTHS[min(full, 8)], tone) if full > 0 else muted(behind)


def _scale(row: int, rows: int, possible: int, width: int) -> str:
    """All, half and a quarter are named at the top of their lines."""
    named = {0: possible, rows // 2: possible * (rows - rows // 2) // rows}
    return f"{named.get(row, '')} │".rjust(width)


def _ends(steps: tuple[Step, ...], axis: Axis, room: int, labels: int) -> Words:
    """What the first and the last cell that is in use stand for."""
    if axis == "time":
        left, right = steps[0].attempt.at[:10], "now"
    else:
        left, right = "1", str(len(steps)) if len(steps) > 1 else ""
        room = min(room, len(steps) * _width(len(steps), room))
    space = max(room - len(left) - len(right), 1)
    return (muted(" " * labels + left + " " * space + right),)


def _width(bars: int, room: int) -> int:
    """Cells that a bar takes."""
    return max(min(room // bars, _WIDEST_BAR), 1)


def _seconds(step: Step) -> float:
    try:
        return datetime.fromisoformat(step.attempt.at).astimezone(UTC).timestamp()
    except ValueError:
        return 0.0
