"""The curriculum as values: phases, milestones, requirements, topics. No input or output here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Topic:
    """A unit of knowledge that requirements touch."""

    id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One promise that the learner's server makes.

    *title* reads true whether the promise is kept or not; *hints* are three rungs (where to look, the idea, nearly
    the code); *needs* names requirements without which a verdict on this one would mean nothing; *contract* is the
    section of CONTRACT.md that says it; a *given* requirement passes in a fresh project. *renamed_from* are ids that it
    had before: what was recorded under them counts for it, and for every other requirement that lists them.
    """

    id: str
    title: str
    points: int
    topics: tuple[str, ...]
    hints: tuple[str, ...]
    needs: tuple[str, ...] = ()
    contract: str = ""
    given: bool = False
    renamed_from: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class When:
    """The form of a failure; what is left empty is free. The failing exchange is the last one that the failure holds.

    *assertion* and *check* say which expectation it was; *method*, *target* (``/books/{id}``: a name in braces is any
    one segment) and *status* are those of the failing exchange, *wanted* the statuses that were expected; *path* is
    that of the difference and *field* one that the answer has (JSON paths, ``[*]`` is any entry). The rest are regular
    expressions, looked for in the sentence, in what was expected and found, in both bodies and in the learner's log.
    """

    assertion: str = ""
    check: str = ""
    method: str = ""
    target: str = ""
    status: tuple[int, ...] = ()
    wanted: tuple[int, ...] = ()
    path: str = ""
    field: str = ""
    message: str = ""
    expected: str = ""
    actual: str = ""
    sent: str = ""
    answer: str = ""
    log: str = ""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What usually causes a failure of a certain form, for some *requirements* (any, if none are named).

    *cause* says what it usually is, *look* where to look. *proved_by* names all mistakes that fail like this.
    """

    id: str
    when: When
    cause: str
    look: str
    proved_by: tuple[str, ...]
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A stage of a phase; *renamed_from* are ids that it had before.

    What is judged *apart* cannot but fail too when anything else is wrong, as a learner's own tests do: a mistake is held
    to it only if it declares to fail something of it.
    """

    id: str
    title: str
    summary: str
    requirements: tuple[Requirement, ...]
    renamed_from: tuple[str, ...] = ()
    apart: bool = False

    @property
    def points(self) -> int:
        """Points of all requirements together."""
        return sum(requirement.points for requirement in self.requirements)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One project of the roadmap; *number* is its place in the list, from 1.

    *environment* is what a server under examination gets beside its services; ``{secret}``, ``{email}`` and
    ``{password}`` in a value are drawn anew for each examination.
    """

    slug: str
    number: int
    title: str
    summary: str
    months: int
    services: tuple[str, ...]
    stacks: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    milestones: tuple[Milestone, ...]
    signatures: tuple[Signature, ...] = ()

    @property
    def alias(self) -> str:
        """The other name of the phase: phase-1 for the first."""
        return f"phase-{self.number}"

    @property
    def points(self) -> int:
        """Points of all milestones together."""
        return sum(milestone.points for milestone in self.milestones)

    @cached_property
    def requirements(self) -> dict[str, Requirement]:
        """Every requirement by id, in the order of the curriculum."""
        return {requirement.id: requirement for milestone in self.milestones for requirement in milestone.requirements}

    @cached_property
    def successors(self) -> dict[str, tuple[str, ...]]:
        """The requirements that each old id of a requirement has become; several, if it was split."""
        return _successors(self.requirements.values())

    @cached_property
    def milestone_successors(self) -> dict[str, tuple[str, ...]]:
        """The milestones that each old id of a milestone has become."""
        return _successors(self.milestones)

    def called_now(self, name: str) -> tuple[str, ...]:
        """What the old id *name* of a requirement or milestone is called today; empty if it is no old id."""
        return self.successors.get(name) or self.milestone_successors.get(name, ())

    def milestone_of(self, requirement_id: str) -> Milestone:
        """The milestone that holds the requirement; KeyError if none does."""
        for milestone in self.milestones:
            if any(requirement.id == requirement_id for requirement in milestone.requirements):
                return milestone
        raise KeyError(requirement_id)

    def selection(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Requirement ids that *names* (of milestones or requirements) stand for, in curriculum order; all for no names.

        Old names stand for what they have become.

        Raises KeyError with the first name that is neither.
        """
        if not names:
            return tuple(self.requirements)
        chosen = {id for name in names for id in self._named(name)}
        return tuple(id for id in self.requirements if id in chosen)

    def with_needs(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """*ids* and everything they need, directly or not, in curriculum order."""
        wanted, waiting = set(ids), list(ids)
        while waiting:
            for need in self.requirements[waiting.pop()].needs:
                if need not in wanted:
                    wanted.add(need)
                    waiting.append(need)
        return tuple(id for id in self.requirements if id in wanted)

    def _named(self, name: str) -> Iterator[str]:
        if name in self.requirements:
            yield name
            return
        for milestone in self.milestones:
            if milestone.id == name:
                yield from (requirement.id for requirement in milestone.requirements)
                return
        if not (successors := self.called_now(name)):
            raise KeyError(name)
        for successor in successors:
            yield from self._named(successor)


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """A phase of the published roadmap that this pack does not hold yet; it follows all that it holds."""

    slug: str
    title: str
    months: int


@dataclass(frozen=True, kw_only=True)
class Curriculum:
    """All phases in their order, the topics they touch, and the phases that are still ahead."""

    title: str
    phases: tuple[Phase, ...]
    topics: tuple[Topic, ...]
    ahead: tuple[Ahead, ...] = ()

    def phase(self, name: str) -> Phase | None:
        """The phase called *name*: its slug (library-api) or its place (phase-1)."""
        return next((phase for phase in self.phases if name in (phase.slug, phase.alias)), None)

    @property
    def months(self) -> int:
        """Months of the whole roadmap, what is ahead included."""
        return sum(phase.months for phase in self.phases) + sum(ahead.months for ahead in self.ahead)

    def coming(self, name: str) -> Ahead | None:
        """The phase ahead called *name*: its slug, or its place behind the phases that are here."""
        numbered = enumerate(self.ahead, start=len(self.phases) + 1)
        return next((ahead for number, ahead in numbered if name in (ahead.slug, f"phase-{number}")), None)

    @cached_property
    def topic_titles(self) -> dict[str, str]:
        """Title of each topic by id."""
        return {topic.id: topic.title for topic in self.topics}


def _successors(named: Iterable[Requirement | Milestone]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in named:
        for old in each.renamed_from:
            found[old] = (*found.get(old, ()), each.id)
    return found
