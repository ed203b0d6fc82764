"""What a name on the command line stands for: a phase, a milestone or a requirement; and what shells complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement
from roadmap_cli.errors import RoadmapError
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.packs import Pack, bundled
from roadmap_cli.workspace import Project, Workspace


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a name stands for: the phase, and within it perhaps a milestone or a requirement; *was* is its old name."""

    phase: Phase
    milestone: Milestone | None = None
    requirement: Requirement | None = None
    was: str = ""

    @property
    def id(self) -> str:
        """What it is called today."""
        part = self.requirement or self.milestone
        return part.id if part else self.phase.slug


def find(curriculum: Curriculum, name: str, here: Phase | None = None) -> Named:
    """What *name* stands for, looked for in *here* before the other phases; RoadmapError with a guess if nothing.

    An old name stands for the new one; for one that has become several, RoadmapError names them.
    """
    return _only_one(find_all(curriculum, name, here))


def find_all(curriculum: Curriculum, name: str, here: Phase | None = None) -> tuple[Named, ...]:
    """The same, and all that an old name has become if that is several."""
    if phase := curriculum.phase(name):
        return (Named(phase=phase),)
    for phase in _from(here, curriculum):
        if found := _within(phase, name):
            return (found,)
    for phase in _from(here, curriculum):
        if successors := _successors(phase, name):
            return successors
    guess = did_you_mean(name, all_names(curriculum)) or "See all with: roadmap list"
    raise RoadmapError(f"There is no phase, milestone or requirement {name}.", hint=guess)


def find_requirement(curriculum: Curriculum, name: str, here: Phase | None) -> Named:
    """The requirement *name*, by its old name too; RoadmapError with a guess if it is none."""
    for phase in _from(here, curriculum):
        if name in phase.requirements:
            return Named(phase=phase, requirement=phase.requirements[name])
    for phase in _from(here, curriculum):
        if name in phase.successors:
            return _only_one(_successors(phase, name))
    guess = did_you_mean(name, (id for phase in curriculum.phases for id in phase.requirements))
    raise RoadmapError(f"There is no requirement {name}.", hint=guess or "See all with: roadmap list")


def phase_here(curriculum: Curriculum, cwd: Path, workspace: Workspace | None) -> Phase | None:
    """The phase of the project that *cwd* is in, if it is in one."""
    project = Project.search(cwd, workspace.root if workspace else None)
    return curriculum.phase(project.phase) if project else None


def all_names(curriculum: Curriculum) -> Iterator[str]:
    """Every name that may be used."""
    for phase in curriculum.phases:
        yield from (phase.slug, phase.alias)
        yield from (milestone.id for milestone in phase.milestones)
        yield from phase.requirements


def complete_phase(incomplete: str) -> list[tuple[str, str]]:
    """Phases for a shell, each with its title."""
    names = [(name, phase.title) for phase in _curriculum().phases for name in (phase.slug, phase.alias)]
    return [(name, title) for name, title in names if name.startswith(incomplete)]


def complete_requirement(incomplete: str) -> list[tuple[str, str]]:
    """Requirements for a shell, each with its title."""
    found = [each for phase in _curriculum().phases for each in phase.requirements.values()]
    return [(each.id, each.title) for each in found if each.id.startswith(incomplete)]


def complete_milestone(incomplete: str) -> list[tuple[str, str]]:
    """Milestones for a shell, each with its title."""
    milestones = [(each.id, each.title) for phase in _curriculum().phases for each in phase.milestones]
    return [(id, title) for id, title in milestones if id.startswith(incomplete)]


def complete_name(incomplete: str) -> list[tuple[str, str]]:
    """Phases, milestones and requirements for a shell, each with its title."""
    return [*complete_phase(incomplete), *complete_milestone(incomplete), *complete_requirement(incomplete)]


def _curriculum() -> Curriculum:
    """The curriculum of the workspace, an empty one if anything is wrong: a shell waits, and wants no messages."""
    try:
        workspace = Workspace.search(Path.cwd())
        return Pack.load(workspace.pack_root(bundled()) if workspace else bundled()).curriculum
    except (RoadmapError, OSError):
        return Curriculum(title="", phases=(), topics=())


def _from(here: Phase | None, curriculum: Curriculum) -> tuple[Phase, ...]:
    return (*((here,) if here else ()), *(phase for phase in curriculum.phases if phase is not here))


def _only_one(found: tuple[Named, ...]) -> Named:
    if len(found) > 1:
        ids = [each.id for each in found]
        message = f"{found[0].was} has become {', '.join(ids[:-1])} and {ids[-1]}."
        raise RoadmapError(message, hint=f"Name one of them, {ids[0]} for example.")
    return found[0]


def _successors(phase: Phase, name: str) -> tuple[Named, ...]:
    found = (_within(phase, id) for id in phase.called_now(name))
    return tuple(replace(each, was=name) for each in found if each)


def _within(phase: Phase, name: str) -> Named | None:
    for milestone in phase.milestones:
        if milestone.id == name:
            return Named(phase=phase, milestone=milestone)
    if name in phase.requirements:
        return Named(phase=phase, milestone=phase.milestone_of(name), requirement=phase.requirements[name])
    return None
