"""A history told in the names of today: requirements and milestones that were renamed, split or joined since.

- *Renamed*: everything recorded under the old id counts for the new one.
- *Split* (several list the same old id): it counts for each of them, until each is judged itself.
- *Joined* (one lists several ids that stood beside each other): it is a bigger promise, so it passes only where each of
  them was judged and the last word on each is passed. Ids that never stood in one check together are names that it
  had one after the other, and the latest word counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from roadmap_cli.attempts import Attempt, Entry, GaveUp, HintShown
from roadmap_cli.curriculum import Phase

_JUDGED = ("passed", "failed")


def in_todays_names(phase: Phase, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """*entries* of *phase*, oldest first, as if everything in it had always been called as it is now."""
    if not phase.successors and not phase.milestone_successors:
        return entries
    outcomes = _Outcomes(phase, entries)
    return tuple(now for entry in entries for now in _told(phase, outcomes, entry))


def _told(phase: Phase, outcomes: _Outcomes, entry: Entry) -> tuple[Entry, ...]:
    match entry:
        case Attempt():
            return (replace(entry, outcomes=outcomes.after(entry)),)
        case HintShown(requirement=id) if id in phase.successors:
            return tuple(replace(entry, requirement=now) for now in phase.successors[id])
        case GaveUp(milestone=id) if id in phase.milestone_successors:
            return tuple(replace(entry, milestone=now) for now in phase.milestone_successors[id])
        case _:
            return (entry,)


class _Outcomes:
    """The outcomes of one attempt after the other, and the last word on each of the ids that were joined."""

    def __init__(self, phase: Phase, entries: tuple[Entry, ...]) -> None:
        self._old_names = {each.id: each.renamed_from for each in phase.requirements.values() if each.renamed_from}
        self._all_old = frozenset(phase.successors)
        told = [entry.outcomes for entry in entries if isinstance(entry, Attempt)]
        self._last_words: dict[str, dict[str, str]] = {
            id: dict.fromkeys(_beside_each_other(names, told), "") for id, names in self._old_names.items()
        }

    def after(self, attempt: Attempt) -> dict[str, str]:
        """What the attempt, the next one, says about the requirements of today."""
        outcomes = {id: outcome for id, outcome in attempt.outcomes.items() if id not in self._all_old}
        for id, names in self._old_names.items():
            if id in outcomes:
                self._supersede(id, outcomes[id])
            elif told := {name: attempt.outcomes[name] for name in names if name in attempt.outcomes}:
                outcomes[id] = self._joined(id, told)
        return outcomes

    def _joined(self, id: str, told: Mapping[str, str]) -> str:
        words = self._last_words[id]
        alone = [outcome for name, outcome in told.items() if name not in words]
        if alone:
            self._supersede(id, alone[0])
            return alone[0]
        words.update({name: outcome for name, outcome in told.items() if outcome in _JUDGED})
        if not any(outcome in _JUDGED for outcome in told.values()):
            return next(iter(told.values()))
        return _worst(words.values())

    def _supersede(self, id: str, outcome: str) -> None:
        if outcome in _JUDGED:
            self._last_words[id] = dict.fromkeys(self._last_words[id], outcome)


def _beside_each_other(names: tuple[str, ...], told: list[Mapping[str, str]]) -> list[str]:
    """Those of *names* that stood in one attempt with another of them."""
    if len(names) == 1:
        return []
    together = [here for outcomes in told if len(here := [name for name in names if name in outcomes]) > 1]
    return [name for name in names if any(name in here for here in together)]


def _worst(words: Collection[str]) -> str:
    """Failed if one is, passed if all are; else somebody has not been judged yet."""
    if "failed" in words:
        return "failed"
    return "passed" if all(word == "passed" for word in words) else "blocked"
