"""What is seen while checks run: milestones filling up, and what is going on just now."""

from __future__ import annotations

from collections import Counter

from roadmap_cli.curriculum import Milestone, Phase
from roadmap_cli.events import Event, Judged, Planned, ServerFailed, ServerReady, ServiceReady, Started
from roadmap_cli.views.page import Bar, Column, Gap, Grid, Page, Span, Words, data, muted, text


class LiveView:
    """A fold of the events so far."""

    def __init__(self, phase: Phase, requirements: tuple[str, ...]) -> None:
        self.phase = phase
        self._milestones = [m for m in phase.milestones if any(each.id in requirements for each in m.requirements)]
        self._home = {each.id: m.id for m in self._milestones for each in m.requirements}
        self._planned: Counter[str] = Counter(self._home[id] for id in requirements)
        self._judged: Counter[str] = Counter()
        self._not_passed: Counter[str] = Counter()
        self._doing = "Preparing the examination"

    def see(self, event: Event) -> None:
        """Take one more event into account."""
        match event:
            case Planned(checks=checks):
                self._planned = Counter(self._home[id] for id in checks if id in self._home)
                self._doing = "Starting services and your server"
            case ServiceReady(name=name):
                self._doing = f"{name} is up, waiting for your server"
            case ServerReady():
                self._doing = "Your server answers"
            case ServerFailed():
                self._doing = "Your server is not up"
            case Started(requirement=id) if id in self.phase.requirements:
                self._doing = self.phase.requirements[id].title
            case Judged(requirement=id, result=result) if id in self._home:
                self._judged[self._home[id]] += 1
                self._not_passed[self._home[id]] += result != "passed"

    def page(self, bar: int = 20) -> Page:
        """The view as it stands, with bars of that many cells."""
        columns = (Column(), Column(greedy=True, cut=True), Column(), Column(right=True))
        rows = tuple(self._row(milestone, bar) for milestone in self._milestones)
        return (Grid(columns, rows), Gap(), text(muted("now  "), data(self._doing), indent=2, hang=5))

    def completed(self, event: Event) -> Page:
        """A line when this event has brought a milestone to its end, else nothing: for terminals without motion."""
        match event:
            case ServiceReady() | ServerReady() | ServerFailed():
                return (text(data(self._doing), "."),)
            case Judged(requirement=id) if id in self._home and self._is_done(self._home[id]):
                milestone = next(each for each in self._milestones if each.id == self._home[id])
                return (text(f"{milestone.title}: ", *self._sum(milestone), "."),)
            case _:
                return ()

    def _is_done(self, milestone_id: str) -> bool:
        return self._judged[milestone_id] == self._planned[milestone_id]

    def _sum(self, milestone: Milestone) -> Words:
        judged, bad = self._judged[milestone.id], self._not_passed[milestone.id]
        return (f"{judged - bad} of {judged} checks passed",)

    def _row(self, milestone: Milestone, bar: int) -> tuple[Words, ...]:
        judged, planned = self._judged[milestone.id], self._planned[milestone.id]
        sums = f"{judged}/{planned}"
        return ((self._symbol(milestone),), (milestone.title,), (Bar(judged, planned, bar),), (sums,))

    def _symbol(self, milestone: Milestone) -> Span:
        if not self._is_done(milestone.id) or not self._planned[milestone.id]:
            return muted("·")
        return Span("✗", "bad") if self._not_passed[milestone.id] else Span("✓", "good")
