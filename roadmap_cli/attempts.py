"""The learner's history: what happened, one entry a line, oldest first. Entries to and from JSON lines; no files here.

    {"v": 1, "at": "2026-03-01T09:30:00+00:00", "phase": "library-api", "kind": "check", "outcomes": {...}, ...}

An entry is never changed. A line of a kind that this version does not know is left out and said so: a newer roadmap
wrote it, and it stays in the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

VERSION = 1
_OUTCOMES = ("passed", "failed", "blocked", "skipped", "broken")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One examination: the outcome of each requirement it looked at, by id."""

    at: str
    phase: str
    outcomes: Mapping[str, str] = field(default_factory=dict)
    points: int = 0
    possible: int = 0
    seed: int = 0
    milliseconds: int = 0
    server_failed: str = ""
    interrupted: bool = False


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A project of the phase was made."""

    at: str
    phase: str
    stack: str


@dataclass(frozen=True, kw_only=True)
class HintShown:
    """A rung of a requirement's hints was shown; rungs count from 1."""

    at: str
    phase: str
    requirement: str
    rung: int


@dataclass(frozen=True, kw_only=True)
class GaveUp:
    """The learner asked for the solution of a milestone that was not passed."""

    at: str
    phase: str
    milestone: str


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What the learner plans with, for the whole roadmap (*phase* is empty); None stands for "as before".

    *start* is the day that the plan counts from, *hours* what the learner has for it in a week.
    """

    at: str
    phase: str = ""
    start: date | None = None
    hours: float | None = None


Entry = Attempt | Begun | HintShown | GaveUp | Planned


@dataclass(frozen=True)
class Damage:
    """A line that could not be read: its number, from 1, and why, as a sentence."""

    line: int
    reason: str


@dataclass(frozen=True)
class History:
    """Everything that could be read, oldest first, and what could not."""

    entries: tuple[Entry, ...] = ()
    damage: tuple[Damage, ...] = ()

    @staticmethod
    def read(content: bytes) -> History:
        """The history that a file of JSON lines holds; damaged lines are left out and reported."""
        found = tuple(_read_lines(content))
        return History(
            entries=tuple(entry for entry in found if not isinstance(entry, Damage)),
            damage=tuple(entry for entry in found if isinstance(entry, Damage)),
        )


def to_line(entry: Entry) -> str:
    """One line of JSON without a line end."""
    document = {"v": VERSION, "at": entry.at, "phase": entry.phase, **_particulars(entry)}
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"))


def from_line(line: str) -> Entry:
    """The entry of a line; ValueError, worded as a sentence, if it is none."""
    document = _object(line)
    if type(version := document.get("v")) is not int or version < 1:
        raise ValueError("It does not say which version wrote it.")
    if version > VERSION:
        raise ValueError("A newer roadmap wrote it.")
    try:
        return _ENTRIES[document["kind"]](document)
    except (KeyError, TypeError) as error:
        raise ValueError(f"It is JSON, but no entry that this version knows ({error}).") from error


def _particulars(entry: Entry) -> dict[str, Any]:
    match entry:
        case Attempt():
            return _attempt_fields(entry)
        case Begun(stack=stack):
            return {"kind": "start", "stack": stack}
        case HintShown(requirement=requirement, rung=rung):
            return {"kind": "hint", "requirement": requirement, "rung": rung}
        case GaveUp(milestone=milestone):
            return {"kind": "gave-up", "milestone": milestone}
        case Planned():
            return _planned_fields(entry)


def _attempt_fields(attempt: Attempt) -> dict[str, Any]:
    document: dict[str, Any] = {
        "kind": "check",
        "seed": attempt.seed,
        "points": attempt.points,
        "possible": attempt.possible,
        "milliseconds": attempt.milliseconds,
    }
    if attempt.server_failed:
        document["server_failed"] = attempt.server_failed
    if attempt.interrupted:
        document["interrupted"] = True
    return document | {"outcomes": dict(attempt.outcomes)}


def _planned_fields(planned: Planned) -> dict[str, Any]:
    start = {"from": planned.start.isoformat()} if planned.start else {}
    return {"kind": "plan", **start, **({} if planned.hours is None else {"hours": planned.hours})}


def _read_lines(content: bytes) -> Iterator[Entry | Damage]:
    lines = content.split(b"\n")
    torn = lines.pop()
    yield from _parsed(enumerate(lines, start=1))
    if torn.strip():
        yield _last_line(len(lines) + 1, torn)


def _parsed(lines: Iterable[tuple[int, bytes]]) -> Iterator[Entry | Damage]:
    for number, line in lines:
        if line.strip():
            yield _entry_or_damage(number, line)


def _last_line(number: int, line: bytes) -> Entry | Damage:
    """A last line without a line end is whole, or it was cut while it was written."""
    entry = _entry_or_damage(number, line)
    if isinstance(entry, Damage):
        return Damage(number, "It ends in the middle, as if the computer had stopped while it was written.")
    return entry


def _entry_or_damage(number: int, line: bytes) -> Entry | Damage:
    try:
        return from_line(line.decode("utf-8"))
    except UnicodeDecodeError:
        return Damage(number, "It is not UTF-8 text.")
    except ValueError as error:
        return Damage(number, str(error))


def _object(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("It is not JSON.") from error
    if not isinstance(document, dict):
        raise ValueError("It is not a JSON object.")
    return document


def _attempt(document: dict[str, Any]) -> Attempt:
    outcomes = document["outcomes"]
    if not isinstance(outcomes, dict) or not all(each in _OUTCOMES for each in outcomes.values()):
        raise TypeError("outcomes")
    return Attempt(
        **_when(document),
        outcomes=outcomes,
        points=_whole(document, "points"),
        possible=_whole(document, "possible"),
        seed=_whole(document, "seed"),
        milliseconds=_whole(document, "milliseconds"),
        server_failed=str(document.get("server_failed", "")),
        interrupted=document.get("interrupted") is True,
    )


def _begun(document: dict[str, Any]) -> Begun:
    return Begun(**_when(document), stack=_text(document, "stack"))


def _hint(document: dict[str, Any]) -> HintShown:
    return HintShown(**_when(document), requirement=_text(document, "requirement"), rung=_whole(document, "rung"))


def _gave_up(document: dict[str, Any]) -> GaveUp:
    return GaveUp(**_when(document), milestone=_text(document, "milestone"))


def _planned(document: dict[str, Any]) -> Planned:
    hours = document.get("hours")
    # A week has 168; whoever edits the file, or writes NaN into it, is told.
    if hours is not None and (type(hours) not in (int, float) or not 0 < hours <= 168):
        raise TypeError("hours")
    start = _day(document, "from") if "from" in document else None
    return Planned(**_when(document), start=start, hours=None if hours is None else float(hours))


_ENTRIES: dict[str, Callable[[dict[str, Any]], Entry]] = {
    "check": _attempt,
    "start": _begun,
    "hint": _hint,
    "gave-up": _gave_up,
    "plan": _planned,
}


def _when(document: dict[str, Any]) -> dict[str, str]:
    return {"at": _text(document, "at"), "phase": _text(document, "phase")}


def _text(document: dict[str, Any], key: str) -> str:
    if not isinstance(value := document[key], str):
        raise TypeError(key)
    return value


def _day(document: dict[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(_text(document, key))
    except ValueError as error:
        raise TypeError(key) from error


def _whole(document: dict[str, Any], key: str) -> int:
    if type(value := document.get(key, 0)) is not int:
        raise TypeError(key)
    return value
