"""What authors of checks import. See docs/checks.md.

Names are loaded when they are first used: the examining child starts services and the learner's server before it
spends time on importing pytest and httpx.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roadmap_cli.checking.answers import (
        Answer,
        Blocked,
        Json,
        Mismatch,
        NotToBeHad,
        blocked_by,
        expect,
        fail,
    )
    from roadmap_cli.checking.api import API, eventually, race
    from roadmap_cli.checking.commands import Bounds, Commands, Finished
    from roadmap_cli.checking.database import Database
    from roadmap_cli.checking.draw import Draw
    from roadmap_cli.checking.gates import Gate
    from roadmap_cli.checking.marks import requirement
    from roadmap_cli.checking.repository import Repository
    from roadmap_cli.checking.schemas import Schema
    from roadmap_cli.checking.server import Server
    from roadmap_cli.checking.suites import Breach, Opponents, Run, Trials, Wanted, listed
    from roadmap_cli.checking.xml_reports import Coverage, TestReport

_HOMES = {
    "answers": ("Answer", "Blocked", "Json", "Mismatch", "NotToBeHad", "blocked_by", "expect", "fail"),
    "api": ("API", "eventually", "race"),
    "commands": ("Bounds", "Commands", "Finished"),
    "database": ("Database",),
    "draw": ("Draw",),
    "gates": ("Gate",),
    "marks": ("requirement",),
    "repository": ("Repository",),
    "schemas": ("Schema",),
    "server": ("Server",),
    "suites": ("Breach", "Opponents", "Run", "Trials", "Wanted", "listed"),
    "xml_reports": ("Coverage", "TestReport"),
}

__all__ = [
    "API",
    "Answer",
    "Blocked",
    "Bounds",
    "Breach",
    "Commands",
    "Coverage",
    "Database",
    "Draw",
    "Finished",
    "Gate",
    "Json",
    "Mismatch",
    "NotToBeHad",
    "Opponents",
    "Repository",
    "Run",
    "Schema",
    "Server",
    "TestReport",
    "Trials",
    "Wanted",
    "blocked_by",
    "eventually",
    "expect",
    "fail",
    "listed",
    "race",
    "requirement",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"roadmap_cli.checking.{home}"), name)
    raise AttributeError(name)
