"""The plot of points: as wide and high as it was asked for, whatever the history; higher for more points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from roadmap_cli.attempts import Attempt
from roadmap_cli.progress import Step
from roadmap_cli.views.ink import drawn
from roadmap_cli.views.layout import Layout, line_width
from roadmap_cli.views.page import Span, Verbatim
from roadmap_cli.views.plot import Axis, plot_page

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
EIGHTHS = " ▁▂▃▄▅▆▇█"


def steps(*points: int, hours: int = 24) -> tuple[Step, ...]:
    """Attempts that left these points, so many hours apart, the last one *hours* ago."""
    times = (NOW - timedelta(hours=hours * (len(points) - number)) for number in range(len(points)))
    return tuple(
        Step(attempt=Attempt(at=at.isoformat(), phase="shop"), points=each)
        for at, each in zip(times, points, strict=True)
    )


def rows(given: tuple[Step, ...], possible: int, axis: Axis = "attempts", size: tuple[int, int] = (40, 8)) -> list[str]:
    """The lines of the plot."""
    page = plot_page(given, possible, NOW, width=size[0], height=size[1], axis=axis)
    return ["".join(span.text for span in line) for line in Layout(size[0] + 2).lines(page)]


def heights(lines: list[str], labels: int) -> list[int]:
    """How high each column of the plot is, in eighths of a cell."""
    body = [line[labels:] for line in lines[:-2]]
    width = max(map(len, body))
    columns = zip(*(line.ljust(width) for line in body), strict=True)
    return [sum(max(EIGHTHS.find(cell), 0) for cell in column) for column in columns]


@given(
    points=st.lists(st.integers(0, 300), min_size=1, max_size=200),
    width=st.integers(20, 120),
    height=st.integers(5, 30),
    axis=st.sampled_from(["attempts", "time"]),
)
def test_it_keeps_to_its_size(points: list[int], width: int, height: int, axis: Axis) -> None:
    """No line is wider or folded, and there are as many as were asked for."""
    page = plot_page(steps(*points), 300, NOW, width=width, height=height, axis=axis)
    lines = Layout(width + 2).lines(page)

    assert height == len(lines)
    assert width >= max(map(line_width, lines))


@given(points=st.lists(st.integers(0, 80), min_size=1, max_size=30), axis=st.sampled_from(["attempts", "time"]))
def test_more_points_are_never_lower(points: list[int], axis: Axis) -> None:
    """Neighbouring columns rise where the points rise, and fall where they fall."""
    rising = sorted(points)
    found = [height for height in heights(rows(steps(*rising), 80, axis), 4) if height]

    assert all(before <= after for before, after in pairwise(found))
    assert (max(rising) > 0) is bool(found)


def test_all_of_the_points_reach_the_top_and_few_are_still_seen() -> None:
    """One of a thousand leaves a trace; all of them fill the column."""
    found = heights(rows(steps(1, 1000), 1000), 6)

    assert {1, 6 * 8} == set(found) - {0}


def test_what_fell_back_is_told_by_colour_and_by_height() -> None:
    """A fall is red and lower, all points are green."""
    [block] = plot_page(steps(8, 4, 10), 10, NOW, width=40, height=8)
    assert isinstance(block, Verbatim)
    tones = [span.tone for words in block.lines for span in words if isinstance(span, Span) and "█" in span.text]

    assert {"accent", "bad", "good"} == set(tones)


def test_over_time_a_pause_is_as_long_as_it_was() -> None:
    """Two attempts in the first hour of ten days, and nothing since: the second level lasts to the right end."""
    given = steps(2, 8, hours=24 * 5)
    found = heights(rows(given, 10, "time"), 4)

    half = len(found) // 2
    assert {max(found)} == set(found[half + 1 :])
    assert {min(found)} == set(found[: half - 1])


def test_the_ends_of_the_axis_are_named() -> None:
    """Attempts by number, time by date."""
    assert rows(steps(1, 2, 3), 10, "time")[-1].split() == ["2026-03-08", "now"]
    assert rows(steps(1), 10)[-1].split() == ["1"]
    assert rows(steps(*range(9)), 10)[-1].split() == ["1", "9"]


def test_without_attempts_there_is_nothing_to_draw() -> None:
    """Nor in a phase without points."""
    assert () == plot_page((), 10, NOW, width=40, height=8)
    assert () == plot_page(steps(1), 0, NOW, width=40, height=8)


def test_an_attempt_without_a_time_does_not_hurt() -> None:
    """A history may have been written by hand."""
    given = (Step(attempt=Attempt(at="yesterday", phase="shop"), points=3), *steps(5))

    assert 8 == len(rows(given, 10, "time"))
    assert list(drawn(plot_page(given, 10, NOW, width=40, height=8, axis="time"), 42))
