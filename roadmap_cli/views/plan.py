"""The plan as a page: every phase in time, the milestones of the present one, where you should be, are and will be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from roadmap_cli.curriculum import Requirement
from roadmap_cli.planning import Forecast, PhasePlan, Plan, Stage
from roadmap_cli.views.layout import text_width
from roadmap_cli.views.page import (
    Bar,
    Block,
    Column,
    Fields,
    Gap,
    Grid,
    Heading,
    Inline,
    Mark,
    Page,
    Span,
    Tone,
    Words,
    command,
    count,
    muted,
    strong,
    text,
)

SHOWN = 6
BAR = 10
_SCALE = 1000
_NEARLY = 1e-6
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HERE = Mark(symbol="❯", word="", tone="accent", plain="HERE")
_DONE = Mark(symbol="✓", word="", tone="good", plain="DONE")
_LATER = Mark(symbol="·", word="", tone="muted", plain="LATER")
_AHEAD = "  (ahead)"


def plan_page(plan: Plan) -> Page:
    """The roadmap against the calendar."""
    hours = f"{count(plan.months, 'month')}, {_hours(plan.terms.hours)} a week"
    return (
        Heading((Span(plan.title, "title"),), (hours,), quiet=True),
        Gap(),
        Grid(_columns(plan), (_head(), *(_phase_row(each, plan) for each in plan.phases))),
        Gap(),
        *_milestones(plan),
        Fields(tuple(_told(plan)), label_width=12),
    )


def day(when: date) -> str:
    """``5 Jan 2026``."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def hours_note(chosen: bool) -> Page:
    """What the plan assumes, if nobody said anything else."""
    if chosen:
        return ()
    return (text(muted("10 hours a week are assumed. Yours: "), command("roadmap plan --hours 6")),)


def _columns(plan: Plan) -> tuple[Column, ...]:
    """The same for phases and milestones, so that their bars stand below each other."""
    titles = [phase.title + (_AHEAD if phase.ahead else "") for phase in plan.phases]
    longest = max(map(text_width, [*titles, *(stage.title for stage in plan.current.stages)]))
    bar = Column(at_least=BAR)
    return (Column(), Column(greedy=True, cut=True, at_least=longest), Column(right=True, at_least=11), bar, bar)


def _head() -> tuple[Words, ...]:
    return ((), (), (muted("done by"),), (muted("should be"),), (muted("are"),))


def _phase_row(phase: PhasePlan, plan: Plan) -> tuple[Words, ...]:
    tone: Tone = "strong" if phase is plan.current else "muted" if phase.ahead else "text"
    return (
        (muted(str(phase.number)),),
        (Span(phase.title, tone), *((muted(_AHEAD),) if phase.ahead else ())),
        (_by(phase.ends),),
        (_bar(phase.should, phase.hours),),
        (_bar(phase.done, phase.hours),),
    )


def _milestones(plan: Plan) -> Page:
    phase = plan.current
    rows = tuple(_stage_row(each, _symbol(each, phase)) for each in phase.stages)
    return (Heading((strong(phase.title),), (_points(phase.done, phase),)), Grid(_columns(plan), rows), Gap())


def _stage_row(stage: Stage, symbol: Mark) -> tuple[Words, ...]:
    return (
        (symbol,),
        (stage.title,),
        (_by(stage.ends),),
        (_bar(stage.should, stage.hours),),
        (_bar(stage.done, stage.hours),),
    )


def _symbol(stage: Stage, phase: PhasePlan) -> Mark:
    if _whole(stage):
        return _DONE
    return _HERE if stage is next(each for each in phase.stages if not _whole(each)) else _LATER


def _told(plan: Plan) -> Iterator[tuple[str, Page]]:
    yield "Plan", (_from(plan), *hours_note(plan.terms.chosen), Gap())
    if plan.today >= plan.terms.start:
        yield "Should be", (text(*_supposed(plan)), Gap())
    yield "Are", (text(*_actual(plan)), *_balance(plan), Gap())
    yield "Pace", (*_pace(plan), Gap())
    yield "Finish", (*_finish(plan), Gap())
    yield "This week", _week(plan)


def _from(plan: Plan) -> Block:
    words = f"from {day(plan.terms.start)} to {day(plan.ends)}"
    week = (plan.today - plan.terms.start).days // 7 + 1
    length = max(-(-(plan.ends - plan.terms.start).days // 7), 1)
    if week < 1:
        return text(f"{words}: it begins in {count((plan.terms.start - plan.today).days, 'day')}")
    return text(
        f"{words}: week {week} of {length}" if week <= length else f"{words}: {length} weeks, and they are over"
    )


def _supposed(plan: Plan) -> Words:
    if plan.supposed is None:
        return ("through with everything",)
    phase, stage = plan.supposed
    if phase.ahead:
        return (*_where(phase), muted(", which this pack does not hold yet"))
    return (*_where(phase, stage), f" ({_points(phase.should, phase)})")


def _actual(plan: Plan) -> Words:
    phase = plan.current
    if not plan.begun:
        return ("at the beginning: ", command(f"roadmap start {phase.slug}"))
    open_one = next((stage for stage in phase.stages if not _whole(stage)), None)
    if open_one is None:
        return ("through with ", strong(phase.title))
    return (*_where(phase, open_one), f" ({_points(phase.done, phase)})")


def _balance(plan: Plan) -> Page:
    """How far ahead or behind, in weeks of the plan."""
    behind = plan.weeks_behind
    if plan.today < plan.terms.start or not plan.begun or abs(behind) < _NEARLY:
        return ()
    if abs(behind) < 0.5:
        return (text(Span("on the plan", "good"), ", give or take half a week"),)
    if behind < 0:
        return (text(Span(f"{_weeks(-behind)} ahead of the plan", "good")),)
    again = (
        text(muted("To plan what is left, from today: "), command(f"roadmap plan --from {plan.today.isoformat()}")),
    )
    return (text(Span(f"{_weeks(behind)} behind the plan", "warn")), *(again if behind >= 4 else ()))


def _pace(plan: Plan) -> Page:
    if plan.pace is None:
        return (text("too early to tell: it takes a week, and checks on two days"),)
    weeks = "the last week" if plan.pace.weeks == 1 else f"{plan.pace.weeks} weeks, recent ones most"
    if plan.pace.hours < _NEARLY:
        return (text(f"nothing gained over the last {count(plan.pace.weeks, 'week')}"),)
    return (text(strong(_roadmap_hours(plan.pace.hours)), " a week", muted(f"  over {weeks}")),)


def _finish(plan: Plan) -> Page:
    if plan.complete:
        ahead = any(phase.ahead for phase in plan.phases)
        rest = muted(" What is ahead comes with a newer one." if ahead else "")
        return (text("Everything that this pack holds is passed.", rest),)
    if plan.finish() is None:
        return (_finish_without_pace(plan),)
    first = () if _through(plan.current) else (_finish_of("this phase", plan.finish(plan.current)),)
    return (*first, _finish_of("the whole roadmap", plan.finish()))


def _finish_without_pace(plan: Plan) -> Block:
    planned = f"planned {'is' if plan.ends >= plan.today else 'was'} {day(plan.ends)}"
    if plan.pace is None:
        return text(planned, muted("; your pace will say more"))
    return text(f"no date, as long as nothing is gained; {planned}")


def _finish_of(what: str, forecast: Forecast | None) -> Block:
    if forecast is None or forecast.likely is None:
        return text(what, ": not within thirty years at this pace")
    words: list[Inline] = [what, ": about ", strong(_month(forecast.likely))]
    if forecast.early and forecast.late is None:
        words.append(muted(f"  ({_month(forecast.early)} at the earliest)"))
    elif forecast.early and forecast.late and _month(forecast.early) != _month(forecast.late):
        words.append(muted(f"  ({_month(forecast.early)} to {_month(forecast.late)})"))
    return text(*words, hang=2)


def _week(plan: Plan) -> Page:
    if not plan.week:
        return (text("nothing is left to do here"),)
    points = sum(each.points for each in plan.week)
    rows = tuple(_work_row(each) for each in plan.week[:SHOWN])
    hidden = plan.week[SHOWN:]
    more = (text(muted(f"and {count(len(hidden), 'more requirement')}: "), command("roadmap list"), indent=2),)
    return (
        text(f"{count(len(plan.week), 'requirement')}, {count(points, 'point')}:"),
        Grid((Column(), Column(greedy=True, cut=True), Column(right=True)), rows, indent=2),
        *(more if hidden else ()),
    )


def _work_row(requirement: Requirement) -> tuple[Words, ...]:
    return ((strong(requirement.id),), (requirement.title,), (muted(str(requirement.points)),))


def _where(phase: PhasePlan, stage: Stage | None = None) -> Words:
    return (strong(stage.title), ", in ", phase.title) if stage else (strong(phase.title),)


def _points(hours: float, phase: PhasePlan) -> str:
    """Roadmap hours as points of the phase."""
    points = int(hours / phase.hours * phase.points + _NEARLY) if phase.hours else 0
    return f"{points} of {count(phase.points, 'point')}"


def _bar(part: float, whole: float) -> Bar:
    return Bar(int(part / whole * _SCALE + _NEARLY) if whole else 0, _SCALE, BAR)


def _by(ends: date | None) -> Span:
    return muted(day(ends) if ends else "before")


def _whole(stage: Stage) -> bool:
    return stage.done >= stage.hours - _NEARLY


def _through(phase: PhasePlan) -> bool:
    return all(map(_whole, phase.stages))


def _weeks(number: float) -> str:
    return count(max(round(number), 1), "week")


def _hours(number: float) -> str:
    return "1 hour" if number == 1 else f"{number:g} hours"


def _roadmap_hours(number: float) -> str:
    if number < 1:
        return "less than 1 roadmap hour"
    return f"about {count(round(number), 'roadmap hour')}"


def _month(when: date) -> str:
    return f"{_MONTHS[when.month - 1]} {when.year}"
