"""The page as HTML: one file without scripts and without anything from elsewhere, by a template that escapes all it is given.

A policy in the page itself forbids whatever should not be there: only the style sheet with this very hash applies.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from roadmap_cli.sharing.sheet import Moment, PhaseSheet, Sheet

_HERE = Path(__file__).parent
_WIDE, _HIGH = 1000, 100


def page(sheet: Sheet) -> str:
    """The whole document."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return _template().render(sheet=sheet, style=Markup(style), style_hash=f"sha256-{digest}") + "\n"  # noqa: S704  # our own file


def percent(part: int, whole: int) -> int:
    """Rounded down, so that 100 means all."""
    return 100 * part // whole if whole else 0


def steps(curve: tuple[Moment, ...], whole: int) -> str:
    """The points over time as a line of steps, in a field 1000 wide and 100 high, for an SVG path."""
    begin, end = curve[0].seconds, curve[-1].seconds
    places = [(_across(each.seconds, begin, end), _HIGH - _HIGH * each.points / whole) for each in curve]
    path = [f"M{places[0][0]:.1f} {places[0][1]:.1f}"]
    path += [f"H{x:.1f}V{y:.1f}" for x, y in places[1:]]
    return "".join(path) + f"H{_WIDE}"


def _across(seconds: float, begin: float, end: float) -> float:
    return _WIDE * (seconds - begin) / (end - begin) if end > begin else 0.0


def curve_words(phase: PhaseSheet) -> str:
    """The same in words, for who cannot see the line."""
    return (
        f"From {phase.curve[0].points} points on {phase.first} "
        f"to {phase.curve[-1].points} of {phase.whole} on {phase.last}"
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(percent=percent, steps=steps, curve_words=curve_words)
    return environment.get_template("page.html.jinja")
