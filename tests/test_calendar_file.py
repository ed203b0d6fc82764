"""The calendar that a plan writes, as another program reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component

from roadmap_cli import planning
from roadmap_cli.calendar_file import MOST_WEEKS, calendar, escaped, folded
from roadmap_cli.planning import Plan, Terms
from tests.shared import AHEAD, EVERYTHING

START = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def plan(
    *,
    hours: float = 10,
    chosen: bool = True,
    title: str = AHEAD.title,
    ahead: str = "In the cloud",
    start: date = START,
) -> Plan:
    curriculum = replace(AHEAD, title=title, ahead=(replace(AHEAD.ahead[0], title=ahead),))
    return planning.plan(curriculum, (), START, UTC, Terms(start=start, hours=hours, chosen=chosen))


def events(text: str) -> list[Component]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


def test_every_stage_has_its_day() -> None:
    """All-day events on the days of the plan, free all day, with a stamp in UTC."""
    found = events(calendar(plan(chosen=False), NOW))

    assert [stage.ends for _, stage in plan().stages] == [event.decoded("dtstart") for event in found]
    assert {timedelta(days=1)} == {event.decoded("dtend") - event.decoded("dtstart") for event in found}
    assert {"TRANSPARENT"} == {str(event["transp"]) for event in found}
    assert {NOW} == {event.decoded("dtstamp") for event in found}
    assert [
        "HTTP and REST: done (Library management REST API)",
        "Books: done (Library management REST API)",
        "Orders: done (A shop)",
        "In the cloud: done",
    ] == [str(event["summary"]) for event in found]


def test_weeks_of_study_come_once_the_hours_are_said() -> None:
    """Seven days apart from the start on, each with what it is for."""
    found = [event for event in events(calendar(plan(), NOW)) if str(event["summary"]).startswith("Study")]

    assert 35 == len(found)
    assert [START + timedelta(weeks=number) for number in range(35)] == [event.decoded("dtstart") for event in found]
    assert "Study 10 h: HTTP and REST" == str(found[0]["summary"])
    assert "Study 10 h: HTTP and REST, Books" == str(found[4]["summary"])
    assert "About 2 points of HTTP and REST (Library management REST API)" in str(found[0]["description"])
    assert "roadmap next" in str(found[0]["description"])


def test_events_written_again_are_the_same_events() -> None:
    """Another start, other hours, a later day: the same identifiers, all different from each other."""
    first, second = calendar(plan(), NOW), calendar(plan(hours=10, start=date(2026, 6, 1)), NOW + timedelta(days=9))
    uids = [str(event["uid"]) for event in events(first)]

    assert first != second
    assert uids == [str(event["uid"]) for event in events(second)]
    assert len(set(uids)) == len(uids)


def test_lines_end_and_break_as_the_standard_says() -> None:
    """CR LF, no bare one of them, at most 75 octets, no character torn (RFC 5545 §3.1)."""
    raw = calendar(plan(title="Ä" * 90 + "漢字" * 60), NOW).encode()
    lines = raw.split(b"\r\n")

    assert lines[-1] == b""
    assert not [line for line in lines if b"\r" in line or b"\n" in line]
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines[:-1])
    assert "Ä" * 90 + "漢字" * 60 == str(Calendar.from_ical(raw)["x-wr-calname"])


def test_a_hostile_title_makes_no_lines_of_its_own() -> None:
    """Line ends, separators and colons of a third party's title stay in the value they are in."""
    title = "A\r\nBEGIN:VALARM\nATTACH:http://evil.example;x,y\\n " + EVERYTHING
    read = Calendar.from_ical(calendar(plan(title=title, ahead=title), NOW))
    summaries = [str(event["summary"]) for event in read.walk("VEVENT")]

    assert [] == list(read.walk("VALARM"))
    assert 4 + 35 == len(summaries)
    assert "A\nBEGIN:VALARM\nATTACH:http://evil.example;x,y\\n <script>" in summaries[3]
    assert not [char for char in "".join(summaries) if ord(char) < 32 and char != "\n"]


def test_an_endless_roadmap_has_ten_years_of_weeks() -> None:
    """A calendar that nobody can open helps nobody."""
    endless = replace(AHEAD, ahead=(replace(AHEAD.ahead[0], months=9000),))
    made = planning.plan(endless, (), START, UTC, Terms(start=START, hours=1, chosen=True))

    assert MOST_WEEKS == calendar(made, NOW).count("SUMMARY:Study")


TEXTS = st.text(st.characters(codec="utf-8"), max_size=120)


@given(text=TEXTS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_folding_is_undone_by_unfolding(text: str) -> None:
    """Whatever the line, and no part of it is too long."""
    line = f"SUMMARY:{escaped(text)}"
    parts = folded(line).split("\r\n")

    assert line == "".join([parts[0], *(part[1:] for part in parts[1:])])
    assert all(len(part.encode()) <= 75 for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])


@pytest.mark.parametrize(
    ("text", "value"),
    [("a,b;c", "a\\,b\\;c"), ("back\\slash", "back\\\\slash"), ("two\nlines", "two\\nlines"), ("a\tb", "a b")],
)
def test_text_is_escaped(text: str, value: str) -> None:
    """RFC 5545 §3.3.11."""
    assert value == escaped(text)
