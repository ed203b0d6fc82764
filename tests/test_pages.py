"""The pages of the phases say what the curriculum says."""

from __future__ import annotations

from roadmap_cli.packs import Pack, bundled
from tests.pages import PHASES, pages


def test_the_pages_are_those_of_the_curriculum() -> None:
    """A page that somebody edited, or forgot to write again, is found here."""
    there = {file.name: file.read_text(encoding="utf-8") for file in PHASES.glob("*.md")}

    assert there == pages(), "Write them again: python tasks.py pages"


def test_a_page_has_every_requirement_once() -> None:
    """Nothing is left out."""
    for phase in Pack.load(bundled()).curriculum.phases:
        rows = [line for line in pages()[f"{phase.slug}.md"].splitlines() if line.startswith("| `")]

        assert [line.split("`")[1] for line in rows] == list(phase.requirements)
