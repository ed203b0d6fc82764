"""A pack of two small phases, written where a test wants it: the curriculum of `recorded`, templates, a reference."""

from __future__ import annotations

import json
from pathlib import Path

from roadmap_cli.curriculum import Milestone, Phase
from tests.recorded import CURRICULUM, PHASE

TOML = 'phase = "{phase}"\nstack = "{{{{ stack }}}}"\n\n[server]\nserve = "python main.py"\nready = "/health"\n'
FILES = {
    "templates/library-api/copier.yml": """
flavour: {type: str, default: guided, choices: [guided, blank]}
stack: {type: str, default: fastapi, when: false}
owner: {type: str, default: nobody}
""",
    "templates/library-api/shared/CONTRACT.md": "# Contract\n\n## 4. Books\n\nA book has a title.\n\n## 5. Users\n",
    "templates/library-api/shared/README.md.jinja": "# {{ stack }}, {{ flavour }}, {{ owner }}\n",
    "templates/library-api/shared/__pycache__/junk.cpython-311.pyc": "junk",
    "templates/library-api/fastapi/main.py": "print('hello')\n",
    "templates/library-api/fastapi/.gitignore.jinja": ".env\n",
    "templates/library-api/fastapi/roadmap.toml.jinja": TOML.format(phase="library-api"),
    "templates/shop/shared/README.md": "# Shop\n",
    "templates/shop/fastapi/roadmap.toml.jinja": TOML.format(phase="shop"),
    "templates/shop/django/roadmap.toml.jinja": TOML.format(phase="shop"),
    "checks/library-api/reference/fastapi/app/main.py": "app = None  # the reference\n",
    "checks/library-api/reference/fastapi/__pycache__/junk.pyc": "junk",
    "checks/library-api/reference/fastapi/README.md": "# Reference\n",
}


def small_pack(root: Path) -> Path:
    """Write the pack into *root*."""
    _write(
        root / "curriculum" / "curriculum.yaml",
        {"title": CURRICULUM.title, "phases": [p.slug for p in CURRICULUM.phases]},
    )
    _write(root / "curriculum" / "topics.yaml", {topic.id: topic.title for topic in CURRICULUM.topics})
    for phase in CURRICULUM.phases:
        _write(root / "curriculum" / f"{phase.slug}.yaml", _phase(phase))
        for milestone in phase.milestones:
            _write(root / "curriculum" / phase.slug / f"{milestone.id}.yaml", _milestone(milestone))
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


def learners_project(root: Path, phase: Phase = PHASE) -> Path:
    """A project as a learner may have it, without having been scaffolded."""
    root.mkdir(parents=True)
    text = TOML.format(phase=phase.slug).replace("{{ stack }}", "fastapi")
    (root / "roadmap.toml").write_text(text, encoding="utf-8")
    return root


def _write(path: Path, document: object) -> None:
    """JSON is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _phase(phase: Phase) -> dict[str, object]:
    return {
        "title": phase.title,
        "summary": phase.summary,
        "months": phase.months,
        "services": phase.services,
        "stacks": phase.stacks,
        "environment": dict(phase.environment),
        "milestones": [milestone.id for milestone in phase.milestones],
    }


def _milestone(milestone: Milestone) -> dict[str, object]:
    requirements = [
        {
            "id": each.id,
            "title": each.title,
            "points": each.points,
            "topics": each.topics,
            "needs": each.needs,
            "contract": each.contract,
            "given": each.given,
            "hints": each.hints,
        }
        for each in milestone.requirements
    ]
    return {"id": milestone.id, "title": milestone.title, "summary": milestone.summary, "requirements": requirements}
