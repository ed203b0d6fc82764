"""The plan as a calendar that any program reads (RFC 5545): lines of at most 75 octets, ended by CR LF.

Milestones are all-day events on the day by which the plan has them done; weeks of study, if somebody said how many hours
they have, on their first day. Nothing makes anybody busy. Identifiers come from names alone (RFC 7986 §5.3 asks for UUIDs),
so a calendar written again moves its events and doubles none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import NAMESPACE_URL, uuid5

from roadmap_cli.neutral import neutral
from roadmap_cli.planning import PhasePlan, Plan, Stage, Week, weeks

LONGEST = 75
MOST_WEEKS = 520


def calendar(plan: Plan, now: datetime) -> str:
    """The calendar of *plan*, as it is at the aware time *now*."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//roadmap-cli//plan//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(plan.title)}",
        *(line for event in _events(plan, now) for line in event),
        "END:VCALENDAR",
    )
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """*text* as a value of type TEXT (RFC 5545 §3.3.11)."""
    clean = neutral(text).replace("\t", " ")
    for char in "\\;,":
        clean = clean.replace(char, f"\\{char}")
    return clean.replace("\n", "\\n")


def folded(line: str) -> str:
    """*line* broken so that no part is longer than 75 octets, and no character is torn (RFC 5545 §3.1)."""
    parts, used = [""], 0
    for char in line:
        size = len(char.encode())
        if used + size > LONGEST:
            parts.append(" ")
            used = 1
        parts[-1] += char
        used += size
    return "\r\n".join(parts)


def _events(plan: Plan, now: datetime) -> Iterator[tuple[str, ...]]:
    for phase, stage in plan.stages:
        if stage.ends:
            name = f"{plan.title}/{phase.slug}/{stage.id}"
            yield _event(name, stage.ends, _target(phase, stage), _goal(stage), now)
    if plan.terms.chosen:
        for week in islice(weeks(plan), MOST_WEEKS):
            yield _event(f"{plan.title}/week {week.number}", week.begins, _study(week, plan), _work(week), now)


def _event(name: str, when: date, summary: str, description: str, now: datetime) -> tuple[str, ...]:
    return (
        "BEGIN:VEVENT",
        f"UID:{uuid5(NAMESPACE_URL, f'roadmap-cli:{name}')}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{_date(when)}",
        f"DTEND;VALUE=DATE:{_date(when + timedelta(days=1))}",
        f"SUMMARY:{escaped(summary)}",
        f"DESCRIPTION:{escaped(description)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def _target(phase: PhasePlan, stage: Stage) -> str:
    return f"{phase.title}: done" if phase.ahead else f"{stage.title}: done ({phase.title})"


def _goal(stage: Stage) -> str:
    if not stage.points:
        return "The roadmap has this phase; your pack does not hold it yet."
    return f"{stage.points} points.\nSee where you are: roadmap check {stage.id}"


def _study(week: Week, plan: Plan) -> str:
    titles = dict.fromkeys(stage.title for _, stage, _ in week.work)
    return f"Study {plan.terms.hours:g} h: {', '.join(titles)}"


def _work(week: Week) -> str:
    lines = [f"{_part(stage, hours)}{stage.title} ({phase.title})" for phase, stage, hours in week.work]
    return "\n".join([f"Week {week.number} of the plan.", *lines, "What is next: roadmap next"])


def _part(stage: Stage, hours: float) -> str:
    """``about 9 points of``: what of a milestone the week is for."""
    points = round(hours / stage.hours * stage.points)
    return f"About {points} points of " if points > 1 else ""


def _date(when: date) -> str:
    # strftime leaves out leading zeros of early years on some systems.
    return f"{when.year:04}{when.month:02}{when.day:02}"
