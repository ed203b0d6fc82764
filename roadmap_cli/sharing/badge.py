"""A badge for a README: a small SVG with its words, and nothing from elsewhere."""

from __future__ import annotations

from html import escape

from roadmap_cli.neutral import neutral_line
from roadmap_cli.sharing.sheet import Sheet

_SIZE = 11
_PAD = 6
_HIGH = 20
_LONGEST = 40
# Widths of Verdana in thousandths of its size; DejaVu Sans, its free sister, differs by a hair, and textLength evens that out.
_WIDTHS = {
    **dict.fromkeys("0123456789", 636), **dict.fromkeys("abdgpq", 623), **dict.fromkeys("hnu", 633),
    **dict.fromkeys("kvxy", 592), **dict.fromkeys("il", 274), "c": 521, "e": 596, "f": 352, "j": 344, "m": 973, "o": 607,
    "r": 427, "s": 521, "t": 394, "w": 818, "z": 525, " ": 352, "-": 454, "/": 454, ".": 364, ",": 364, "%": 1076,
}  # fmt: skip
_OTHERS, _WIDE = 700, 1000
# White on each of these has a contrast of more than 4.5 (WCAG 2.2, 1.4.3).
_GREY, _BLUE, _GREEN = "#5a6069", "#2764a8", "#1a7a48"


def badge(sheet: Sheet) -> str:
    """``roadmap | 132 of 218 points``; for a single phase with its name."""
    label = sheet.only or "roadmap"
    colour = _GREEN if sheet.done == sheet.whole else _BLUE if sheet.done else _GREY
    return svg(label, f"{sheet.done} of {sheet.whole} points", colour)


def svg(label: str, value: str, colour: str) -> str:
    """A badge of two fields; *colour* is behind the second."""
    label, value = (neutral_line(text, limit=_LONGEST) for text in (label, value))
    left, right = (text_width(text) + 2 * _PAD for text in (label, value))
    whole, said = left + right, escape(f"{label}: {value}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HIGH}" viewBox="0 0 {whole} {_HIGH}" role="img" aria-label="{said}">
<title>{said}</title>
<clipPath id="round"><rect width="{whole}" height="{_HIGH}" rx="3"/></clipPath>
<g clip-path="url(#round)"><rect width="{left}" height="{_HIGH}" fill="#3d434c"/><rect x="{left}" width="{right}" height="{_HIGH}" fill="{colour}"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="{_SIZE}" text-rendering="geometricPrecision">
<text x="{_PAD}" y="14" textLength="{left - 2 * _PAD}">{escape(label)}</text>
<text x="{left + _PAD}" y="14" textLength="{right - 2 * _PAD}">{escape(value)}</text>
</g>
</svg>
"""


def text_width(text: str) -> int:
    """Pixels that *text* takes, rounded up."""
    thousandths = sum(_WIDTHS.get(char, _OTHERS if char.isascii() else _WIDE) for char in text)
    return -(-thousandths * _SIZE // 1000)
