"""The page of each phase in docs/, written from the curriculum: ``python tasks.py pages``."""

from __future__ import annotations

from pathlib import Path

from roadmap_cli.curriculum import Curriculum, Milestone, Phase, Requirement
from roadmap_cli.packs import Pack, bundled

PHASES = Path(__file__).parent.parent / "docs" / "phases"


def main() -> None:
    """Write all pages."""
    PHASES.mkdir(exist_ok=True)
    for name, page in pages().items():
        (PHASES / name).write_text(page, encoding="utf-8")


def pages() -> dict[str, str]:
    """The Markdown of each phase of the bundled pack, by the name of its file."""
    curriculum = Pack.load(bundled()).curriculum
    return {f"{phase.slug}.md": page(curriculum, phase) for phase in curriculum.phases}


def page(curriculum: Curriculum, phase: Phase) -> str:
    """What a phase asks for: milestones, requirements, their points, topics and needs."""
    facts = (
        f"`roadmap start {phase.alias}`",
        f"{phase.months} months",
        f"{len(phase.requirements)} requirements, {phase.points} points",
        f"services: {', '.join(phase.services) or 'none'}",
        f"stacks: {', '.join(phase.stacks)}",
    )
    parts = (
        f"# {phase.title}",
        "<!-- Written from the curriculum by `python tasks.py pages`: change the curriculum, not this page. -->",
        phase.summary.strip(),
        " · ".join(facts),
        f"The contract is [CONTRACT.md](../../templates/{phase.slug}/shared/CONTRACT.md).",
        *(_milestone(curriculum, milestone) for milestone in phase.milestones),
    )
    return "\n\n".join(parts) + "\n"


def _milestone(curriculum: Curriculum, milestone: Milestone) -> str:
    rows = "\n".join(_row(curriculum, requirement) for requirement in milestone.requirements)
    head = "| requirement | what it promises | points | contract | topics | needs |\n|---|---|---|---|---|---|"
    return f"## {milestone.title} ({milestone.points} points)\n\n{milestone.summary.strip()}\n\n{head}\n{rows}"


def _row(curriculum: Curriculum, requirement: Requirement) -> str:
    titles = curriculum.topic_titles
    cells = (
        f"`{requirement.id}`",
        requirement.title.replace("|", "\\|") + (" *(given)*" if requirement.given else ""),
        str(requirement.points),
        requirement.contract,
        ", ".join(titles.get(topic, topic) for topic in requirement.topics),
        ", ".join(f"`{need}`" for need in requirement.needs),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
