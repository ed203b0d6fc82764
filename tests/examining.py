"""Examinations as tests run them, and what a learner would see of them, fit to be compared."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from roadmap_cli.curriculum import Phase
from roadmap_cli.events import Event, Exchange, Finished, Judged, ServerFailed, decode, encode
from roadmap_cli.examiner import Examination, examine
from roadmap_cli.packs import Pack, bundled
from roadmap_cli.verdicts import Report
from roadmap_cli.views.ink import plain
from roadmap_cli.views.report import report_page
from roadmap_cli.workspace import Project

SEED = 7
MANY_LINES = 30

# What changes from run to run, and what stands for it.
_CHANGING = (
    (re.compile(r"\b(127\.0\.0\.1|localhost|\[::1?\]|0\.0\.0\.0):\d{4,5}\b(?!/)"), r"\1:50000"),
    (re.compile(r"(http://127\.0\.0\.1):(?!8000)\d{4,5}/"), r"\1:40000/"),
    (re.compile(r"\b[34567]\d{4}\b"), "40000"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)?"), "2026-01-01T00:00:00Z"),
    (re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4} \d\d:\d\d:\d\d"), "01/Jan/2026 00:00:00"),
    (re.compile(r"(process|pid) \[?\d+\]?", re.IGNORECASE), r"\1 1"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x7f0000000000"),
    (re.compile(r'(etag\\?", ?\\?")(W/)?\\*"[^"\\]*\\*"', re.IGNORECASE), r"\1\"etag\""),
    (re.compile(r'(\\"(?:[a-z]+_)?id\\": ?)\d+'), r"\g<1>1"),
    (re.compile(r"(/[a-z]+s/)\d+(?=\D)"), r"\g<1>1"),
    (re.compile(r"\d+ bytes of the body"), "10 bytes of the body"),
    (
        re.compile(r"access token of \d+ characters"),
        "access token of 128 characters",
    ),  # a time in it has more or less digits
    (re.compile(r"PostgreSQL \d+(\.\d+)?"), "PostgreSQL 18"),
    (re.compile(r"roadmap_[0-9a-f_]{20,}"), "roadmap_database"),
    (re.compile(r"\b[0-9a-f]{16,}"), "0123456789abcdef"),
    (re.compile(r"\b[0-9a-f]{7}(?=\\u2026)"), "0123456"),  # a salted hash, cut
    (re.compile(r"(<access token of )\d+( characters>)"), r"\g<1>128\2"),  # its length follows that of the ids in it
)


def bundled_pack(slug: str = "library-api") -> tuple[Pack, Phase]:
    """The pack we ship and one of its phases."""
    pack = Pack.load(bundled())
    return pack, pack.phase(slug)


def report_on(project: Path, *names: str, seed: int = SEED, seconds: float = 30.0) -> tuple[Report, list[Event]]:
    """Examine the server of *project* on *names* (all, if none) and what they need."""
    found = Project.load(project)
    pack, phase = bundled_pack(found.phase)
    selected = phase.selection(names)
    examination = Examination(
        pack=pack,
        phase=phase,
        requirements=phase.with_needs(selected),
        seed=seed,
        project=found.root,
        serve=found.serve,
        ready=found.ready,
        start_seconds=seconds,
    )
    events = list(examine(examination))
    return Report.fold(phase, events, selected=selected), events


def learner_sees(events: Iterable[Event], project: Path, *names: str) -> str:
    """The plain report on *names* at 80 columns, after everything that changes from run to run has been settled.

    Events are settled before they are folded and laid out: line breaks depend on the length of every word.
    """
    _, phase = bundled_pack(Project.load(project).phase)
    settled = [_settled(event, project) for event in events]
    return plain(report_page(Report.fold(phase, settled, selected=phase.selection(names))), 80)


def _settled(event: Event, project: Path) -> Event:
    line = encode(event)
    for path, name in ((project, "/project"), (Path(sys.prefix), "/python"), (Path(sys.base_prefix), "/python")):
        line = line.replace(str(path), name)
    for changing, name in _CHANGING:
        line = changing.sub(name, line)
    return _with_settled_log(decode(line))


def _with_settled_log(event: Event) -> Event:
    match event:
        case Judged(failure=failure) if failure:
            exchanges = tuple(replace(one, milliseconds=5.0) for one in failure.exchanges)
            calm = replace(failure, exchanges=exchanges, log=_log(failure.log))
            if any(_was_cut(one) for one in exchanges):  # how much it wrote before we hung up is chance
                calm = replace(calm, log=("(what it wrote until we hung up)",), frame="")
            return replace(event, failure=calm)
        case ServerFailed():
            return replace(event, log=_log(event.log))
        case Finished():
            return replace(event, milliseconds=1000.0, requests=10, peak_bytes=50 << 20)
        case _:
            return event


def _was_cut(exchange: Exchange) -> bool:
    return exchange.status is None


def _log(lines: Sequence[str]) -> tuple[str, ...]:
    """The log without frames of Python's own library, which differ from version to version."""
    if len(lines) > MANY_LINES:
        return (lines[0], "(many lines)")
    return tuple(_own_lines(lines))


def _own_lines(lines: Sequence[str]) -> Iterator[str]:
    foreign = False
    for line in lines:
        if line.lstrip().startswith("File "):
            foreign = '"/python' in line or '"<frozen' in line
        elif not line.startswith("    "):
            foreign = False
        # A line about a request may come just before or just after the next one has begun.
        if not foreign and line.strip(" ^~|+") and 'HTTP/1.1"' not in line:
            yield line
