"""From YAML files to a curriculum: shape by pydantic, sense by hand, every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Annotated, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from roadmap_cli.curriculum import Ahead, Curriculum, Milestone, Phase, Requirement, Signature, Topic, When
from roadmap_cli.errors import Fault, PackError, Place
from roadmap_cli.events import Assertion
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.positions import Document, read

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*")
HINTS = 3
SIGNATURES = "signatures.yaml"
PATTERNS = ("message", "expected", "actual", "sent", "answer", "log")

T = TypeVar("T")
Shape = TypeVar("Shape", bound=BaseModel)
Tuple = Annotated[tuple[T, ...], BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RequirementYaml(_Strict):
    """A requirement as it is written."""

    id: Text
    title: Annotated[str, Field(min_length=10, max_length=140)]
    points: Annotated[int, Field(ge=1, le=10)]
    topics: Annotated[Tuple[Text], Field(min_length=1)]
    needs: Tuple[Text] = ()
    contract: str = ""
    given: bool = False
    renamed_from: Tuple[Text] = ()
    hints: Annotated[Tuple[Text], Field(min_length=HINTS, max_length=HINTS)]


class MilestoneYaml(_Strict):
    """A file of a milestone."""

    id: Text
    title: Text
    summary: Text
    requirements: Annotated[Tuple[RequirementYaml], Field(min_length=1)]
    renamed_from: Tuple[Text] = ()
    apart: bool = False


class PhaseYaml(_Strict):
    """A file of a phase; milestones are names of files in the folder of the phase's name."""

    title: Text
    summary: Text
    months: Annotated[int, Field(ge=1)]
    services: Tuple[Text] = ()
    stacks: Annotated[Tuple[Text], Field(min_length=1)]
    environment: dict[str, str] = {}
    milestones: Annotated[Tuple[Text], Field(min_length=1)]


class AheadYaml(_Strict):
    """A phase that the roadmap has and this pack does not hold yet."""

    slug: Text
    title: Text
    months: Annotated[int, Field(ge=1)]


class WhenYaml(_Strict):
    """The form of a failure as it is written; `curriculum.When` says what each key means."""

    assertion: str = ""
    check: str = ""
    method: str = ""
    target: str = ""
    status: Tuple[int] = ()
    wanted: Tuple[int] = ()
    path: str = ""
    field: str = ""
    message: str = ""
    expected: str = ""
    actual: str = ""
    sent: str = ""
    answer: str = ""
    log: str = ""


class SignatureYaml(_Strict):
    """A signature as it is written."""

    id: Text
    requirements: Tuple[Text] = ()
    when: WhenYaml
    cause: Annotated[str, Field(min_length=20, max_length=300)]
    look: Annotated[str, Field(min_length=20)]
    proved_by: Annotated[Tuple[Text], Field(min_length=1)]


class SignaturesYaml(_Strict):
    """signatures.yaml of a phase; there need not be one."""

    signatures: Tuple[SignatureYaml] = ()


class CurriculumYaml(_Strict):
    """curriculum.yaml: the phases in their order, then those that are ahead."""

    title: Text
    phases: Annotated[Tuple[Text], Field(min_length=1)]
    ahead: Tuple[AheadYaml] = ()


def read_curriculum(folder: Path) -> Curriculum:
    """The curriculum in *folder*; PackError with all faults of all its files."""
    return _Reading(folder).curriculum()


class _Reading:
    """Collects faults over all files, so that an author sees them at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.topics: dict[str, str] = {}

    def curriculum(self) -> Curriculum:
        document = read(self.folder / "curriculum.yaml")
        whole = self._fit(document, CurriculumYaml)
        if whole:
            self._lint_ahead(document, whole)
        self.topics = self._topics()
        phases = self._phases(whole.phases) if whole else []
        if self.faults or whole is None:
            count = len(self.faults)
            raise PackError(f"The curriculum has {count} fault{'s' * (count != 1)}.", faults=tuple(self.faults))
        return Curriculum(
            title=whole.title,
            phases=tuple(phases),
            topics=tuple(Topic(id, title) for id, title in self.topics.items()),
            ahead=tuple(Ahead(**each.model_dump()) for each in whole.ahead),
        )

    def _lint_ahead(self, document: Document, whole: CurriculumYaml) -> None:
        """A phase is here or ahead, once."""
        known = set(whole.phases)
        for index, each in enumerate(whole.ahead):
            path = ("ahead", index, "slug")
            if not ID.fullmatch(each.slug):
                self._fault(document, path, f"{each.slug} is not a slug: small letters, digits, - and .")
            if each.slug in whole.phases:
                advice = "What is here is not ahead: take this entry out."
                self._fault(document, path, f"The phase {each.slug} stands among phases.", advice)
            elif each.slug in known:
                self._fault(document, path, f"The phase {each.slug} is ahead twice.")
            known.add(each.slug)

    def _topics(self) -> dict[str, str]:
        path = self.folder / "topics.yaml"
        if not path.exists():
            return {}
        document = read(path)
        self.faults += document.faults
        if not isinstance(document.value, dict):
            self.faults.append(document.fault((), "Topics are lines of the form  id: title."))
            return {}
        for id, title in document.value.items():
            if not isinstance(title, str):
                self.faults.append(document.fault((id,), f"The topic {id} has no title."))
        return {id: str(title) for id, title in document.value.items()}

    def _phases(self, slugs: tuple[str, ...]) -> list[Phase]:
        found = [self._phase(slug, number) for number, slug in enumerate(slugs, start=1)]
        return [phase for phase in found if phase]

    def _phase(self, slug: str, number: int) -> Phase | None:
        document = self._read(self.folder / f"{slug}.yaml")
        written = document and self._fit(document, PhaseYaml)
        if not document or not written:
            return None
        milestones = [self._milestone(slug, name) for name in written.milestones]
        self._lint([entry for entry in milestones if entry])
        known = {requirement.id for entry in milestones if entry for requirement in entry[1].requirements}
        return Phase(
            slug=slug,
            number=number,
            title=written.title,
            summary=written.summary,
            months=written.months,
            services=written.services,
            stacks=written.stacks,
            environment=tuple(written.environment.items()),
            milestones=tuple(_milestone(model) for _, model in filter(None, milestones)),
            signatures=self._signatures(slug, known),
        )

    def _milestone(self, slug: str, name: str) -> tuple[Document, MilestoneYaml] | None:
        document = self._read(self.folder / slug / f"{name}.yaml")
        written = document and self._fit(document, MilestoneYaml)
        if document and written and written.id != name:
            self.faults.append(document.fault(("id",), f"This file is named {name}, so its id is {name} too."))
        return (document, written) if document and written else None

    def _signatures(self, slug: str, known: set[str]) -> tuple[Signature, ...]:
        path = self.folder / slug / SIGNATURES
        document = self._read(path) if path.exists() else None
        written = document and self._fit(document, SignaturesYaml)
        if not document or not written:
            return ()
        seen: set[str] = set()
        for index, signature in enumerate(written.signatures):
            if signature.id in seen:
                self._fault(document, ("signatures", index, "id"), f"The id {signature.id} is used twice.")
            seen.add(signature.id)
            self._lint_signature(document, index, signature, known)
        return tuple(_signature(signature) for signature in written.signatures)

    def _lint_signature(self, document: Document, index: int, signature: SignatureYaml, known: set[str]) -> None:
        for place, id in enumerate(signature.requirements):
            if id not in known:
                where = ("signatures", index, "requirements", place)
                self._fault(document, where, f"There is no requirement {id}.", did_you_mean(id, known))
        when, path = signature.when, ("signatures", index, "when")
        if not when.model_fields_set:
            self._fault(document, path, "A signature names at least one thing by which a failure is known.")
        if when.assertion and when.assertion not in get_args(Assertion):
            guess = did_you_mean(when.assertion, get_args(Assertion)) or f"There are: {', '.join(get_args(Assertion))}."
            self._fault(document, (*path, "assertion"), f"There is no assertion {when.assertion}.", guess)
        for name in PATTERNS:
            if problem := _not_a_pattern(getattr(when, name)):
                self._fault(document, (*path, name), f"This is not a regular expression: {problem}.")

    def _lint(self, milestones: list[tuple[Document, MilestoneYaml]]) -> None:
        """What no shape can say: ids once, needs that exist and lead nowhere in a circle, topics that exist."""
        known: dict[str, tuple[str, ...]] = {}
        for document, index, requirement in _each(milestones):
            path = ("requirements", index)
            if not ID.fullmatch(requirement.id):
                self._fault(document, (*path, "id"), f"{requirement.id} is not an id: small letters, digits, - and .")
            if requirement.id in known:
                self._fault(document, (*path, "id"), f"The id {requirement.id} is used twice.")
            known[requirement.id] = requirement.needs
        for document, index, requirement in _each(milestones):
            self._lint_names(document, index, requirement, known)
            if cycle := _cycle(requirement.id, known):
                text = " → ".join(cycle)
                self._fault(document, ("requirements", index, "needs"), f"These need each other in a circle: {text}.")
            self._lint_old_names(document, ("requirements", index), requirement.renamed_from, known)
        for document, milestone in milestones:
            self._lint_old_names(document, (), milestone.renamed_from, {each.id for _, each in milestones})

    def _lint_old_names(
        self, document: Document, path: tuple[str | int, ...], old_names: tuple[str, ...], known: Collection[str]
    ) -> None:
        """Old names are ids that are gone. The same one in several places is a split; twice in one is a slip."""
        for place, old in enumerate(old_names):
            at = (*path, "renamed_from", place)
            if not ID.fullmatch(old):
                self._fault(document, at, f"{old} is not an id: small letters, digits, - and .")
            elif old in known:
                hint = "An old name is one that is gone. What is left of a split gets a new id too."
                self._fault(document, at, f"The id {old} is still in use.", hint)
            elif old in old_names[:place]:
                self._fault(document, at, f"The old name {old} stands twice here.")

    def _lint_names(
        self, document: Document, index: int, requirement: RequirementYaml, known: dict[str, tuple[str, ...]]
    ) -> None:
        path = ("requirements", index)
        for place, need in enumerate(requirement.needs):
            if need not in known:
                guess = did_you_mean(need, known)
                self._fault(document, (*path, "needs", place), f"There is no requirement {need}.", guess)
        for place, topic in enumerate(requirement.topics):
            if topic not in self.topics:
                guess = did_you_mean(topic, self.topics)
                self._fault(document, (*path, "topics", place), f"There is no topic {topic} in topics.yaml.", guess)
        if len(set(requirement.hints)) < HINTS:
            self._fault(document, (*path, "hints"), "Each rung of a hint says something new.")

    def _fault(self, document: Document, path: tuple[str | int, ...], message: str, hint: str = "") -> None:
        self.faults.append(document.fault(path, message, hint))

    def _read(self, path: Path) -> Document | None:
        return self._collect(lambda: read(path), Fault(Place(path), f"{path.name} is not there or cannot be read."))

    def _fit(self, document: Document, model: type[Shape]) -> Shape | None:
        return self._collect(lambda: document.fit(model), None)

    def _collect(self, step: Callable[[], T], otherwise: Fault | None) -> T | None:
        try:
            return step()
        except PackError as error:
            self.faults += error.faults or ([otherwise] if otherwise else [])
            return None


def _signature(written: SignatureYaml) -> Signature:
    when = When(**written.when.model_dump())
    said = {name: " ".join(text.split()) for name, text in (("cause", written.cause), ("look", written.look))}
    return Signature(id=written.id, when=when, requirements=written.requirements, proved_by=written.proved_by, **said)


def _not_a_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        return str(error)
    return ""


def _each(milestones: list[tuple[Document, MilestoneYaml]]) -> Iterator[tuple[Document, int, RequirementYaml]]:
    for document, milestone in milestones:
        for index, requirement in enumerate(milestone.requirements):
            yield document, index, requirement


def _cycle(start: str, needs: dict[str, tuple[str, ...]]) -> list[str]:
    """A way from *start* back to it, or nothing."""
    waiting = [[start, need] for need in needs[start]]
    seen: set[str] = set()
    while waiting:
        way = waiting.pop()
        if way[-1] == start:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            waiting += [[*way, need] for need in needs.get(way[-1], ())]
    return []


def _milestone(written: MilestoneYaml) -> Milestone:
    requirements = tuple(Requirement(**requirement.model_dump()) for requirement in written.requirements)
    return Milestone(
        id=written.id,
        title=written.title,
        summary=written.summary,
        requirements=requirements,
        renamed_from=written.renamed_from,
        apart=written.apart,
    )
