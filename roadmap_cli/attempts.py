"""The learner's history: what happened, one entry a line, oldest first. Entries to and from JSON lines; no files here.

    {"v":2,"at":"2026-03-01T09:30:00+00:00","phase":"library-api","kind":"check","outcomes":{...},...,"sum":"8c736521"}

An entry is never changed: *sum* is the CRC-32 of the line without it, so that a byte that the disk or a hand has changed
is always noticed (RFC 3720 §12.1 has the odds). Lines of version 1 have none and are read as they are. A line of a kind or
version that this one does not know is left out and said so: a newer roadmap wrote it, and it stays in the file.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

VERSION = 2
_FIRST_WITH_SUM = 2
_OUTCOMES = ("passed", "failed", "blocked", "skipped", "broken")
_SUM = re.compile(r',"sum":"([0-9a-f]{8})"\}')
_SUM_LENGTH = len(',"sum":"00000000"}')
_BEGINNING = '{"v":2,"at":'
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_JSON = "It is not JSON."


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
    body = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return f'{body[:-1]},"sum":"{_sum(body)}"}}'


def from_line(line: str) -> Entry:
    """The entry of a line; ValueError, worded as a sentence, if it is none."""
    line = line.strip()
    document = _object(line)
    _expect_unchanged(line, document)
    if type(version := document.get("v")) is not int or version < 1:
        raise ValueError("It does not say which version wrote it.")
    if version > VERSION:
        raise ValueError("A newer roadmap wrote it.")
    try:
        return _ENTRIES[document["kind"]](document)
    except (KeyError, TypeError) as error:
        raise ValueError(f"It is JSON, but no entry that this version knows ({error}).") from error


def united(ours: bytes, theirs: bytes) -> bytes:
    """Two histories as one: every line of both, once, by time; damaged lines stay beside their neighbours.

    The lines of *ours* keep their order, so do those of *theirs*: where clocks disagree, what happened on one machine
    is not turned round. Uniting once more with the same lines changes nothing.
    """
    mine, others = _timed(_lines(ours)), _timed(_lines(theirs))
    seen = Counter(line for line, _ in mine)
    new = []
    for line, at in others:
        if seen[line] > 0:
            seen[line] -= 1
        else:
            new.append((line, at))
    return b"".join(line + b"\n" for line in _by_time(mine, new))


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
    # An editor may have put a byte order mark before the first line.
    lines = content.removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    last = len(lines)  # has no line end, so it may have been cut while it was written
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _entry_or_damage(number, line, torn=number == last)


def _entry_or_damage(number: int, line: bytes, *, torn: bool) -> Iterator[Entry | Damage]:
    try:
        yield from_line(line.decode("utf-8"))
    except ValueError as error:
        whole = tuple(_whole_entries(line))
        yield from whole
        yield Damage(number, _reason(line, error, torn=torn) + (" What is whole in it counts." if whole else ""))


def _reason(line: bytes, error: ValueError, *, torn: bool) -> str:
    if b"\0" in line:
        return "It holds zero bytes, as a disk leaves them after a power cut."
    if isinstance(error, UnicodeDecodeError):
        return "It is not UTF-8 text."
    if torn and str(error) == _NOT_JSON:
        return "It ends in the middle, as if the computer had stopped while it was written."
    return str(error)


def _whole_entries(line: bytes) -> Iterator[Entry]:
    """Entries that stand unchanged in a damaged line: a line end that was lost costs neither of its neighbours."""
    text, begin = line.decode("utf-8", "replace"), 0
    for end in _SUM.finditer(text):
        start = text.rfind(_BEGINNING, begin, end.start())
        begin = end.end()
        try:
            if start >= 0:
                yield from_line(text[start:begin])
        except ValueError:
            continue


def _expect_unchanged(line: str, document: dict[str, Any]) -> None:
    """ValueError unless the line is as it was written, or of a version that wrote no checksum."""
    if "sum" in document or document.get("v") == _FIRST_WITH_SUM:
        found = _SUM.fullmatch(line, len(line) - _SUM_LENGTH)
        if not found or found.group(1) != _sum(line[:-_SUM_LENGTH] + "}"):
            raise ValueError("It was changed after it was written: its checksum does not fit.")


def _sum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def _lines(content: bytes) -> list[bytes]:
    """The lines that are not empty, as they were written, whatever an editor has made of their ends."""
    lines = (line.rstrip(b"\r") for line in content.removeprefix(_BYTE_ORDER_MARK).split(b"\n"))
    return [line for line in lines if line.strip()]


def _by_time(ours: list[tuple[bytes, datetime]], theirs: list[tuple[bytes, datetime]]) -> Iterator[bytes]:
    """Both in one, ours first where the time is the same."""
    taken = 0
    for line, at in ours:
        while taken < len(theirs) and theirs[taken][1] < at:
            yield theirs[taken][0]
            taken += 1
        yield line
    yield from (line for line, _ in theirs[taken:])


def _timed(lines: Iterable[bytes]) -> list[tuple[bytes, datetime]]:
    """Each line with when it was written; never before the line above it, and as that one if it does not say."""
    latest, timed = datetime.min.replace(tzinfo=UTC), []
    for line in lines:
        latest = max(latest, _time(line) or latest)
        timed.append((line, latest))
    return timed


def _time(line: bytes) -> datetime | None:
    try:
        return datetime.fromisoformat(from_line(line.decode("utf-8")).at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _object(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(_NOT_JSON) from error
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
