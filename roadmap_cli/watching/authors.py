"""Who wrote a file while a run was on, the learner or the server that is being examined.

Nobody can see who writes. But a server writes in every run, and only then; so a file that was written in several runs
on end is taken for the server's, and is told of. A file that looks like source code is never taken for the server's,
but one that is written in run after run at the same moment of it no longer stops the run: people are not so punctual.
Whoever writes, now and then a run comes to its end.
What is written while nothing runs is the learner's, always.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from fnmatch import fnmatch

_TIMES = 4
_TIMES_SAME = 3
_TIMES_SOURCE = 8
_TIMES_SOURCE_ANYTIME = 40
_SAME_MOMENT_SECONDS = 0.5
_SAME_MOMENT_RATIO = 0.2
_KINDS = """
py pyi pyx ipynb js mjs cjs jsx ts mts cts tsx vue svelte java kt kts groovy gradle scala clj cljs go rs rb erb php cs
fs vb c h cc cpp hpp m swift dart ex exs erl hs ml lua pl r jl zig nim sh bash zsh fish ps1 bat cmd sql graphql proto
html htm css scss less toml yaml yml ini cfg conf xml properties md rst env lock mod sum
"""
_SOURCE = frozenset(_KINDS.split())
_SOURCE_NAMES = (
    *("package.json", "package-lock.json", "tsconfig*.json", "appsettings*.json", "composer.json", "deno.json*"),
    *("Dockerfile*", "Makefile", "Procfile", "Gemfile", "Rakefile", ".env*", ".gitignore", "requirements*.txt"),
)


class Weight(IntEnum):
    """What a change during a run is worth: nothing, another run after this one, or another run at once."""

    NOTHING = 0
    AFTERWARDS = 1
    AT_ONCE = 2


@dataclass
class _Tally:
    """The runs on end in which each file was written: at which second of each."""

    runs: dict[str, tuple[float, ...]] = field(default_factory=dict)
    now: dict[str, float] = field(default_factory=dict)

    def add(self, path: str, moment: float = 0.0) -> tuple[float, ...]:
        """One more write in this run; the moments of all the runs on end that makes it."""
        return (*self.runs.get(path, ()), self.now.setdefault(path, moment))

    def turn(self) -> None:
        """The next run: what was not written in the last one is forgotten."""
        self.runs = {path: (*self.runs.get(path, ()), moment) for path, moment in self.now.items()}
        self.now = {}

    def forget(self, path: str) -> None:
        self.runs.pop(path, None)
        self.now.pop(path, None)


class Authors:
    """What is known of who writes what, in one session."""

    def __init__(self) -> None:
        self.servers: set[str] = set()
        self.suspects: set[str] = set()
        self._written = _Tally()
        self._same = _Tally()
        self._harmless: set[str] = set()

    def next_run(self) -> None:
        """A run begins."""
        self._written.turn()
        self._same.turn()

    def at_rest(self, changed: Iterable[str]) -> None:
        """These were written while nothing ran: they are the learner's."""
        for path in changed:
            self.servers.discard(path)
            self.suspects.discard(path)
            self._harmless.discard(path)
            self._written.forget(path)
            self._same.forget(path)

    def during_run(self, changed: Iterable[str], touched: Iterable[str], moment: float = 0.0) -> Weight:
        """What it is worth that these were written *moment* seconds into a run, *touched* ones with what they held.

        A touched file may have held something else for a moment, and the server may have read that.
        """
        weights = [*(self._weigh(path, moment) for path in changed), *map(self._weigh_same, touched)]
        return max(weights, default=Weight.NOTHING)

    def _weigh(self, path: str, moment: float) -> Weight:
        if path in self.servers:
            return Weight.NOTHING
        moments = self._written.add(path, moment)
        times = len(moments)
        if is_source(path):
            if times % _TIMES_SOURCE_ANYTIME and not _is_punctual(moments[-_TIMES_SOURCE:]):
                return Weight.AT_ONCE
            self.suspects.add(path)
            return Weight.AFTERWARDS
        if times < _TIMES:
            return Weight.AT_ONCE if times == 1 else Weight.AFTERWARDS
        self.servers.add(path)
        return Weight.NOTHING

    def _weigh_same(self, path: str) -> Weight:
        if path in self.servers or path in self._harmless:
            return Weight.NOTHING
        if len(self._same.add(path)) < _TIMES_SAME:
            return Weight.AT_ONCE
        self._harmless.add(path)  # whoever it is, each time it is the same
        return Weight.NOTHING


def _is_punctual(moments: tuple[float, ...]) -> bool:
    """Whether so many runs on end were all interrupted at the same moment, as only a program would."""
    allowed = max(_SAME_MOMENT_SECONDS, _SAME_MOMENT_RATIO * min(moments))
    return len(moments) == _TIMES_SOURCE and max(moments) - min(moments) <= allowed


def is_source(path: str) -> bool:
    """Whether a file is of the kind that people write and servers read."""
    name = path.rsplit("/", 1)[-1]
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return suffix in _SOURCE or any(fnmatch(name, pattern) for pattern in _SOURCE_NAMES)
