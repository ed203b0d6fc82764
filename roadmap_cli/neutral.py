"""The one neutraliser: whatever a learner's program says is made harmless before a terminal, file or page shows it.

Escape sequences, control characters and bidirectional overrides (Trojan Source, CVE-2021-42574) become visible
escapes; what remains is text that cannot move a cursor, change a colour or reorder a line.
"""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates
    "\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]"  # separators, byte order mark, annotations, lone surrogates
)


def neutral(text: str, *, limit: int | None = None) -> str:
    """*text* without power over what shows it; at most *limit* characters, the cut marked."""
    clean = _UNSAFE.sub(_visible, _ANSI.sub("", text.replace("\r\n", "\n")))
    if limit is not None and len(clean) > limit:
        return f"{clean[:limit]}… ({len(clean) - limit} characters more)"
    return clean


def neutral_line(text: str, *, limit: int | None = None) -> str:
    """The same on a single line: tabs become spaces, line ends become visible."""
    return neutral(text, limit=limit).replace("\n", "\\n").replace("\t", "    ")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
