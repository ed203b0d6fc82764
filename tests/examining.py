"""Examinations as tests run them, and what a learner would see of them, fit to be compared."""

from __future__ import annotations

import re
from pathlib import Path

from roadmap_cli.curriculum import Phase
from roadmap_cli.events import Event
from roadmap_cli.examiner import Examination, examine
from roadmap_cli.packs import Pack, bundled
from roadmap_cli.verdicts import Report
from roadmap_cli.views.ink import plain
from roadmap_cli.views.report import report_page
from roadmap_cli.workspace import Project

SEED = 7

_CHANGING = (
    (re.compile(r"\b(127\.0\.0\.1|localhost|\[::1?\]|::1?|0\.0\.0\.0):\d{4,5}\b"), r"\1:<port>"),
    (re.compile(r"\b([Pp]ort) \d{4,5}\b"), r"\1 <port>"),
    (re.compile(r"PORT=\d+"), "PORT=<port>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"\b\d+(\.\d+)? (ms|s|seconds|MiB)\b"), r"<number> \2"),
    (re.compile(r"\[\d+\]"), "[<pid>]"),
    (re.compile(r"(process|pid) \d+", re.IGNORECASE), r"\1 <pid>"),
    (re.compile(r"0x[0-9a-f]{6,}"), "<address>"),
    (re.compile(r'(ETag: )"[^"]*"', re.IGNORECASE), r'\1"<etag>"'),
    (re.compile(r'("(?:id|book_id|user_id)": ?)\d+'), r"\1<id>"),
    (re.compile(r"(/(?:books|users|loans)/)\d+"), r"\1<id>"),
    (re.compile(r"127\.0\.0\.1:<port> - \""), '<client> - "'),
    (re.compile(r"PostgreSQL \d+(\.\d+)?"), "PostgreSQL <version>"),
    (re.compile(r"Python \d+\.\d+\.\d+"), "Python <version>"),
)


def bundled_pack() -> tuple[Pack, Phase]:
    """The pack we ship and its first phase."""
    pack = Pack.load(bundled())
    return pack, pack.curriculum.phases[0]


def report_on(project: Path, *names: str, seed: int = SEED, seconds: float = 30.0) -> tuple[Report, list[Event]]:
    """Examine the server of *project* on *names* (all, if none) and what they need."""
    pack, phase = bundled_pack()
    selected = phase.selection(names)
    found = Project.load(project)
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


def learner_sees(report: Report, *places: tuple[Path, str]) -> str:
    """The plain report at 80 columns, with what changes from run to run, and *places*, replaced by names."""
    text = plain(report_page(report), 80)
    for path, name in places:
        text = text.replace(str(path), name)
    for changing, name in _CHANGING:
        text = changing.sub(name, text)
    return text
