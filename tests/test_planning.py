"""The plan: hours against the calendar. Two phases (22 points in 5 months) and one ahead (3 months) make the roadmap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap_cli import planning
from roadmap_cli.attempts import Attempt, Begun, Entry, History, Planned, from_line, to_line
from roadmap_cli.errors import RoadmapError
from roadmap_cli.pacing import HOURS_A_MONTH, Pace, day_of, earned, hours_a_point, pace, points_over_time
from roadmap_cli.planning import Plan, Terms, weeks
from tests.recorded import HTTP, PHASE, SHOP
from tests.shared import AHEAD

START = date(2026, 1, 5)
A_POINT = 3 * HOURS_A_MONTH / 20
IDS = tuple(PHASE.requirements)


def check(day: date, *passed: str, failed: tuple[str, ...] = (), phase: str = PHASE.slug) -> Attempt:
    """A check at noon that judged only these."""
    outcomes = dict.fromkeys(passed, "passed") | dict.fromkeys(failed, "failed")
    return Attempt(at=f"{day.isoformat()}T12:00:00+00:00", phase=phase, outcomes=outcomes)


def begun(day: date = START) -> Begun:
    return Begun(at=f"{day.isoformat()}T12:00:00+00:00", phase=PHASE.slug, stack="fastapi")


def planned(*entries: Entry, today: date = START, start: date = START, hours: float = 10) -> Plan:
    return planning.plan(AHEAD, entries, today, UTC, Terms(start=start, hours=hours, chosen=True))


def after(weeks: float) -> date:
    return START + timedelta(days=ceil(round(weeks * 7, 6)))


def test_months_are_meant_for_ten_hours_a_week() -> None:
    """Three months, two, and three ahead: thirteen weeks end the first, half the hours take twice as long."""
    ten, five = planned(), planned(hours=5)

    assert [after(13), after(5 * 52 / 12), after(8 * 52 / 12)] == [p.ends for p in ten.phases]
    assert after(26) == five.phases[0].ends
    assert [False, False, True] == [phase.ahead for phase in ten.phases]


def test_hours_are_spread_by_points() -> None:
    """HTTP has 7 of the 20 points, so its milestone ends when 7 twentieths of thirteen weeks are over, the day begun."""
    first = planned().phases[0].stages[0]

    assert ("http", after(13 * 7 / 20)) == (first.id, first.ends)
    assert first.hours == pytest.approx(7 * A_POINT)


@pytest.mark.parametrize(("week", "where"), [(0, "http"), (4, "http"), (5, "books"), (13, "orders"), (23, "deploy")])
def test_where_you_should_be_follows_the_calendar(week: int, where: str) -> None:
    """Milestone after milestone, phase after phase, into what is ahead."""
    supposed = planned(today=after(week)).supposed

    assert supposed
    assert where == supposed[1].id


def test_after_its_end_the_plan_is_through_with_everything() -> None:
    """However long ago that was."""
    plan = planned(today=after(300))

    assert plan.supposed is None
    assert plan.should == pytest.approx(plan.hours)


def test_before_its_start_nothing_should_be_done() -> None:
    """A plan may begin next month."""
    assert 0 == planned(today=START - timedelta(days=30)).should


def test_behind_and_ahead_are_weeks_of_the_plan() -> None:
    """Four weeks at ten hours should bring forty; a point is worth 6.5."""
    behind = planned(begun(), check(after(1), "http.created"), today=after(4))
    ahead = planned(begun(), check(after(1), *IDS), today=after(4))

    assert 4 - 2 * A_POINT / 10 == pytest.approx(behind.weeks_behind)
    assert 4 - 13 == pytest.approx(ahead.weeks_behind)


def test_what_was_passed_before_the_start_is_done() -> None:
    """Beginning again plans what is left: nothing is behind on that day, and the finished milestone has no date."""
    done = check(START - timedelta(days=9), *(each.id for each in HTTP.requirements))
    plan = planned(done)

    assert 0 == pytest.approx(plan.weeks_behind)
    assert plan.phases[0].stages[0].ends is None
    assert after(13 * 13 / 20) == plan.phases[0].ends


def test_what_fell_back_does_not_count() -> None:
    """Passed, failed, not judged, passed again: each day as it stood."""
    history = (
        check(after(0), "http.created"),
        check(after(1), failed=("http.created",)),
        Attempt(at=f"{after(2)}T12:00:00+00:00", phase=PHASE.slug, outcomes={"http.created": "blocked"}),
        check(after(3), "http.created", "nobody.knows"),
    )

    assert [2, 0, 0, 2] == [points for _, points in points_over_time(PHASE, history)]
    assert [2 * A_POINT, 0, 0, 2 * A_POINT] == pytest.approx([each.hours for each in earned(AHEAD, history, UTC)])


def test_points_of_two_phases_weigh_by_their_months() -> None:
    """Two months with two points: each of them is worth a month."""
    history = (check(after(0), "http.health"), check(after(0), "orders.create", phase=SHOP.slug))

    assert HOURS_A_MONTH == hours_a_point(SHOP)
    assert A_POINT + 2 * HOURS_A_MONTH == pytest.approx(earned(AHEAD, history, UTC)[-1].hours)


# The pace.


def paced(*entries: Entry, today: date) -> Pace | None:
    return pace(earned(AHEAD, entries, UTC), START, today)


def test_one_day_makes_no_pace() -> None:
    """Nor does a first week that is not over, nor a single day of checks, however long ago."""
    assert paced(check(START, *IDS), today=after(9)) is None
    assert (
        paced(check(START, "http.health"), check(START + timedelta(days=3), *IDS), today=START + timedelta(days=6))
        is None
    )
    assert paced(today=after(9)) is None


def steadily(number: int, until: int = 8) -> tuple[Attempt, ...]:
    """A requirement a week, checked on its last day, for *number* weeks of at most *until*."""
    return tuple(check(after(week) + timedelta(days=6), IDS[week]) for week in range(min(number, until)))


def test_a_steady_pace_is_what_it_is() -> None:
    """Two points in each of four whole weeks (the first has one): about two points a week."""
    found = paced(*steadily(4), today=after(4) - timedelta(days=1))

    assert found
    assert 4 == found.weeks
    assert 2 * A_POINT == pytest.approx(found.hours, rel=0.15)
    assert found.slow < found.hours < found.quick


def test_recent_weeks_weigh_more() -> None:
    """The same points: who earned them lately is quicker than who earned them long ago."""
    early = paced(check(after(0), "http.health"), check(after(1), *IDS[:4]), today=after(12))
    late = paced(check(after(0), "http.health"), check(after(11), *IDS[:4]), today=after(12))

    assert early
    assert late
    assert 2 * early.hours < late.hours


def test_weeks_without_work_slow_the_pace() -> None:
    """A break is part of the pace, and one that never ends brings it to nothing."""
    month, year = (paced(*steadily(4), today=after(weeks)) for weeks in (8, 40))

    assert month
    assert year
    assert 0 < month.hours < 2 * A_POINT
    assert year.hours == pytest.approx(0)


def test_falling_back_is_no_negative_pace() -> None:
    """It is none."""
    history = (check(after(0), *IDS), check(after(2), failed=IDS))
    found = pace(earned(AHEAD, history, UTC), START, after(3))
    assert found
    assert found.slow == 0
    assert found.hours == pytest.approx(0)


def test_few_weeks_have_a_wide_range_and_many_a_narrow_one() -> None:
    """Even if they were all alike."""
    few, many = paced(*steadily(2), today=after(2)), paced(*steadily(8), today=after(8))

    assert few
    assert many
    assert (few.quick - few.slow) / few.hours > (many.quick - many.slow) / many.hours > 0.2


def test_the_finish_is_what_is_left_at_the_pace() -> None:
    """The early day before the likely one before the late one; nothing left is today."""
    plan = planned(begun(), *steadily(4), today=after(4))
    found = plan.finish()

    assert found
    assert found.early
    assert found.likely
    assert found.late
    assert found.early < found.likely < found.late
    assert plan.pace
    assert (found.likely - plan.today).days == pytest.approx((plan.hours - plan.done) / plan.pace.hours * 7, abs=1)
    done = planned(begun(), check(START, "http.health"), check(after(1), *IDS), today=after(2))
    ended = done.finish(done.phases[0])
    assert ended
    assert done.today == ended.likely


def test_a_pace_that_never_ends_has_no_date() -> None:
    """Beyond thirty years nobody is helped by one."""
    plan = planned(begun(), *steadily(2), today=after(25))
    found = plan.finish()

    assert found
    assert found.likely is None


def test_without_a_pace_there_is_no_forecast() -> None:
    """The plan's own end is all there is."""
    assert planned().finish() is None


# This week.


def test_this_week_is_what_comes_next_up_to_its_hours() -> None:
    """Three points of 6.5 hours fit into twenty; what they need comes before them; there is always one."""
    assert ["http.health", "http.created"] == [each.id for each in planned(hours=20).week]
    assert ["http.health"] == [each.id for each in planned(hours=0.5).week]
    assert [*IDS, "orders.create"] == [each.id for each in planned(hours=100 * 5).week]


def test_what_fell_back_comes_first() -> None:
    """And then the curriculum's order."""
    history = (
        check(START, "http.health", "http.created", "http.not-found"),
        check(after(1), failed=("http.not-found",)),
    )

    assert ["http.not-found", "http.method-not-allowed", "books.isbn"] == [
        each.id for each in planned(*history, hours=46).week
    ]


def test_when_all_is_passed_the_week_is_free() -> None:
    """And the plan is complete, although phases are ahead."""
    plan = planned(check(START, *IDS), check(START, "orders.create", phase=SHOP.slug))

    assert () == plan.week
    assert plan.complete


# Terms.


def test_the_plan_starts_with_the_first_entry() -> None:
    """At ten hours a week, until something else is said."""
    assert Terms(start=START, hours=10, chosen=False) == Terms.of((begun(), check(after(3))), after(5), UTC)
    assert Terms(start=after(5), hours=10, chosen=False) == Terms.of((), after(5), UTC)


def test_what_was_said_last_counts_each_for_itself() -> None:
    """Saying hours does not take back the start; planning alone is no first entry."""
    said = (
        Planned(at="2026-01-01T00:00:00+00:00", start=after(1), hours=4.0),
        begun(),
        Planned(at="2026-02-01T00:00:00+00:00", hours=6.5),
    )

    assert Terms(start=after(1), hours=6.5, chosen=True) == Terms.of(said, after(5), UTC)
    assert Terms(start=START, hours=6.5, chosen=True) == Terms.of(said[1:], after(5), UTC)


@pytest.mark.parametrize(
    "entry",
    [
        Planned(at="t", start=START, hours=7.5),
        Planned(at="t", hours=3.0),
        Planned(at="t", start=START),
        Planned(at="t"),
    ],
)
def test_terms_are_remembered_as_they_were_said(entry: Planned) -> None:
    """One line of the history, and back."""
    assert entry == from_line(to_line(entry))


@pytest.mark.parametrize(
    "wrong", ['"hours":"ten"', '"hours":NaN', '"hours":-1', '"hours":true', '"from":"tomorrow"', '"from":5']
)
def test_terms_that_are_none_are_damage(wrong: str) -> None:
    """Somebody edited the line; the rest counts."""
    line = f'{{"v":1,"at":"t","phase":"","kind":"plan",{wrong}}}\n'.encode()
    history = History.read(line)

    assert (1, 0) == (len(history.damage), len(history.entries))
    assert "no entry that this version knows" in history.damage[0].reason


@pytest.mark.parametrize(
    ("hours", "start", "message", "hint"),
    [
        (0, START, "With 0 hours a week nothing is ever finished.", "Half an hour is enough"),
        (-3, START, "With -3 hours a week nothing is ever finished.", "--hours 0.5"),
        (float("nan"), START, "With nan hours a week nothing is ever finished.", "--hours 0.5"),
        (169, START, "169 hours a week is more than anybody can study.", "--hours 10"),
        (10, date(1999, 1, 1), "1999-01-01 is more than 20 years from today.", "--from 2026-02-23"),
        (10, date.max, "9999-12-31 is more than 20 years from today.", "--from 2026-02-23"),
    ],
)
def test_terms_that_make_no_plan_are_refused(hours: float, start: date, message: str, hint: str) -> None:
    """With the figure, and one that works."""
    with pytest.raises(RoadmapError) as caught:
        planning.expect_terms(Terms(start=start, hours=hours, chosen=True), START)

    assert message == caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("word", ["2026-13-01", "tomorrow", "", "23.2.2026", "2026-02-30"])
def test_a_day_that_is_none_is_said(word: str) -> None:
    """With the form that is understood."""
    with pytest.raises(RoadmapError, match="is not a day of the calendar") as caught:
        planning.parse_day(word)

    assert "--from 2026-02-23" in caught.value.hint


def test_a_day_is_the_day_where_you_are() -> None:
    """Late in the evening of Lisbon it is already tomorrow in Tokyo; what is no time is no day."""
    assert date(2026, 3, 2) == day_of("2026-03-01T22:30:00+00:00", ZoneInfo("Asia/Tokyo"))
    assert date(2026, 3, 1) == day_of("2026-03-01T22:30:00", UTC)
    assert day_of("yesterday", UTC) is None
    assert day_of("0001-01-01T00:00:00+00:00", ZoneInfo("America/New_York")) is None


# What holds for every history.

DAYS = st.integers(min_value=0, max_value=400)
CHECKS = st.lists(
    st.tuples(DAYS, st.sets(st.sampled_from(IDS)), st.sets(st.sampled_from(IDS))), max_size=12
)  # day, passed, failed


@given(checks=CHECKS, start=DAYS, today=DAYS, hours=st.floats(min_value=0.5, max_value=100))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_whatever_happened_the_plan_adds_up(
    checks: list[tuple[int, set[str], set[str]]], start: int, today: int, hours: float
) -> None:
    """Parts make the whole, dates go forward, should and are lie between nothing and all, weeks hold what is left."""
    history = [
        check(START + timedelta(days=day), *passed, failed=tuple(failed))
        for day, passed, failed in sorted(checks, key=lambda c: c[0])
    ]
    plan = planned(*history, today=START + timedelta(days=today), start=START + timedelta(days=start), hours=hours)

    stages = [stage for _, stage in plan.stages]
    ends = [stage.ends for stage in stages if stage.ends]
    assert 8 * HOURS_A_MONTH == pytest.approx(plan.hours)
    assert all(
        -1e-6 <= part <= stage.hours + 1e-6 for stage in stages for part in (stage.should, stage.done, stage.planned)
    )
    assert all(before <= after for before, after in pairwise([plan.terms.start, *ends]))
    spread = list(weeks(plan))
    assert sum(part for week in spread for *_, part in week.work) == pytest.approx(
        sum(stage.planned for stage in stages)
    )
    assert all(sum(part for *_, part in week.work) <= hours + 1e-6 for week in spread)
    assert plan.pace is None or 0 <= plan.pace.slow <= plan.pace.hours <= plan.pace.quick
    found = plan.finish()
    if found and found.early and found.likely and found.late:
        assert plan.today <= found.early <= found.likely <= found.late


@given(day=DAYS, later=DAYS)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_time_never_takes_away_from_what_should_be(day: int, later: int) -> None:
    """A later day asks for no less."""
    first, second = sorted((day, later))

    assert (
        planned(today=START + timedelta(days=first)).should
        <= planned(today=START + timedelta(days=second)).should + 1e-9
    )


def test_a_thousand_months_end_with_the_calendar() -> None:
    """A third party's roadmap may be as long as it likes; the plan ends where dates do, without a crash."""
    from dataclasses import replace

    endless = replace(AHEAD, ahead=(replace(AHEAD.ahead[0], months=200_000),))
    plan = planning.plan(endless, (), START, UTC, Terms(start=START, hours=0.5, chosen=True))

    assert date.max == plan.ends
    assert datetime.max.year == plan.ends.year
