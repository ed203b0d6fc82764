"""A guess at what a mistyped name was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """'Did you mean …?' for the closest of *options*; empty if none is close."""
    close = difflib.get_close_matches(name, list(options), n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else ""
