"""Errors, the doctor's findings and the page of commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roadmap_cli.errors import PackError, RoadmapError
from roadmap_cli.views.page import (
    Column,
    Fields,
    Gap,
    Grid,
    Heading,
    Mark,
    Page,
    Shell,
    Span,
    command,
    data,
    muted,
    strong,
    text,
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A command as the page of commands shows it."""

    name: str
    arguments: str
    panel: str
    help: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that the doctor looked at: fine, worth knowing, or a trouble with what to do about it."""

    subject: str
    state: Literal["fine", "note", "trouble"]
    sentence: str
    advice: str = ""


_STATES = {
    "fine": Mark(symbol="✓", word="fine", tone="good", plain="FINE"),
    "note": Mark(symbol="·", word="note", tone="muted", plain="NOTE"),
    "trouble": Mark(symbol="✗", word="trouble", tone="bad", plain="TROUBLE"),
}


def error_page(error: RoadmapError) -> Page:
    """What happened and what to do next."""
    faults = error.faults if isinstance(error, PackError) else ()
    return (
        text(Span("Error: ", "bad"), error.message, hang=7),
        *(text(str(fault), indent=2, hang=2) for fault in faults),
        *((text(error.hint, indent=7),) if error.hint else ()),
    )


def renamed_page(names: tuple[tuple[str, str], ...]) -> Page:
    """Names that somebody used and that are old, each with the one of today; empty if there is none."""
    now: dict[str, list[str]] = {}
    for old, new in names:
        if old:
            now.setdefault(old, []).append(new)
    return tuple(text(data(old), " is called ", strong(" and ".join(new)), " now.") for old, new in now.items())


def crash_page(problem: str, where: str) -> Page:
    """A mistake of ours, and where it is written down."""
    return (
        text(Span("roadmap itself has failed: ", "bad"), data(problem), hang=2),
        text("This is our mistake, not yours, and nothing of yours is lost.", indent=2),
        text("Please report it. What we need to know is in ", strong(where), indent=2, hang=2),
    )


def help_page(entries: tuple[Entry, ...], examples: tuple[tuple[str, str], ...], version: str) -> Page:
    """All commands, by what they are for."""
    blocks: list[object] = []
    for panel in dict.fromkeys(entry.panel for entry in entries):
        rows = tuple(
            ((command(entry.name), muted(f" {entry.arguments}" if entry.arguments else "")), (entry.help,))
            for entry in entries
            if entry.panel == panel
        )
        blocks += [Heading((strong(panel),)), Grid((Column(at_least=24), Column(greedy=True)), rows), Gap()]
    told = tuple(((command(line),), (muted(meaning),)) for line, meaning in examples)
    return (
        Heading((Span("roadmap", "title"), " [COMMAND] [OPTIONS]"), (muted(version),), quiet=True),
        Gap(),
        text("Build real backends, and know exactly what works. Without a command: your dashboard.", indent=2),
        Gap(),
        *blocks,  # type: ignore[arg-type]
        Heading((strong("Everywhere"),)),
        Grid((Column(at_least=24), Column(greedy=True)), _EVERYWHERE),
        Gap(),
        Heading((strong("Examples"),)),
        Grid((Column(at_least=24), Column(greedy=True)), told),
    )


_EVERYWHERE = (
    ((command("--help"), muted(" -h")), ("This page, or everything about one command.",)),
    ((command("--plain"),), ("Words alone: no colour, no lines, no motion, ASCII. So is everything that is piped.",)),
    ((command("--install-completion"),), ("Let your shell complete commands, phases, milestones and requirements.",)),
)


def doctor_page(findings: tuple[Finding, ...]) -> Page:
    """What was looked at, and what to do about what is not right."""
    rows: list[tuple[str, Page]] = []
    for finding in findings:
        advice = (text("→ ", finding.advice, hang=2),) if finding.advice else ()
        words = text(_STATES[finding.state], "  ", finding.sentence, hang=2)
        rows.append((finding.subject, (words, *advice)))
    troubles = sum(finding.state == "trouble" for finding in findings)
    verdict = "Nothing stands in your way." if not troubles else f"{troubles} to be mended before checks can run."
    return (
        Heading((Span("roadmap doctor", "title"),), quiet=True),
        Gap(),
        Fields(tuple(rows)),
        Gap(),
        text(verdict, indent=3),
    )


def serving_page(url: str, account: tuple[tuple[str, str], ...], database: str, database_url: str) -> Page:
    """Where the server is, as whom to sign in, and how to look into the database."""
    width = max((len(name) for name, _ in account), default=0) + 2
    rows: list[tuple[str, Page]] = [
        ("Your server", (text(strong(url)),)),
        ("Database", (text(database), Shell(database_url))),
    ]
    rows += [(name, (text(data(value)),)) for name, value in account]
    return (Fields(tuple(rows), indent=0, label_width=max(width, 13)), text(muted("Ctrl-C ends it.")), Gap())
