"""A pack: a directory with ``curriculum/ templates/ checks/``, the bundled one or somebody's own.

The order of phases stands in ``curriculum/curriculum.yaml``; a phase in ``curriculum/<slug>.yaml``; each of its
milestones in ``curriculum/<slug>/<milestone>.yaml``; what usually causes which failure in
``curriculum/<slug>/signatures.yaml``. What was read and found right is kept as a compiled index,
so that the next start needs neither YAML nor pydantic.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from roadmap_cli.curriculum import Curriculum, Phase
from roadmap_cli.errors import PackError, RoadmapError
from roadmap_cli.events import build
from roadmap_cli.folders import cache_folder

INDEX_FORMAT = 6
CONTRACT = "CONTRACT.md"


@dataclass(frozen=True)
class Pack:
    """A pack that was read and is right."""

    root: Path
    curriculum: Curriculum

    @staticmethod
    def load(root: Path) -> Pack:
        """The pack in *root*; PackError with every fault, each with file, line and column."""
        root = root.absolute()
        if not (root / "curriculum" / "curriculum.yaml").is_file():
            hint = "A pack is a folder with curriculum/, templates/ and checks/."
            raise PackError(f"{root} is not a pack: it has no curriculum/curriculum.yaml.", hint=hint)
        index = _Index(root)
        curriculum = index.read()
        if curriculum is None:
            from roadmap_cli.reading import read_curriculum  # pydantic and yaml, only when something has changed

            curriculum = read_curriculum(root / "curriculum")
            index.write(curriculum)
        return Pack(root, curriculum)

    def phase(self, name: str) -> Phase:
        """The phase called *name* (library-api or phase-1); RoadmapError with a guess otherwise."""
        phase = self.curriculum.phase(name)
        if phase is None and (coming := self.curriculum.coming(name)):
            raise RoadmapError(
                f"{coming.title} ({coming.slug}) is part of the roadmap, but this pack does not hold it yet.",
                hint="A newer one may: pip install --upgrade roadmap-cli"
                if self.is_bundled
                else "Ask whoever makes the pack when it comes.",
            )
        if phase is None:
            from roadmap_cli.guessing import did_you_mean

            names = [word for phase in self.curriculum.phases for word in (phase.slug, phase.alias)]
            guess = did_you_mean(name, names) or f"There are: {', '.join(names)}."
            raise RoadmapError(f"There is no phase {name}.", hint=guess)
        return phase

    def template(self, phase: Phase) -> Path:
        """Where the project's template is."""
        return self.root / "templates" / phase.slug

    def checks(self, phase: Phase) -> Path:
        """Where the checks, references, mistakes and fakes are."""
        return self.root / "checks" / phase.slug

    def reference(self, phase: Phase, stack: str) -> Path:
        """Where the reference solution in *stack* is; it need not exist."""
        return self.checks(phase) / "reference" / stack

    def contract(self, phase: Phase, project: Path | None) -> str:
        """The contract that the learner has in *project*, else the one that a new project would get; empty if neither."""
        template = self.template(phase) / "shared" / CONTRACT
        for path in (project / CONTRACT, template) if project else (template,):
            try:
                return path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
        return ""

    @cached_property
    def is_bundled(self) -> bool:
        """Whether this is the pack that roadmap ships."""
        return self.root == bundled()


def bundled() -> Path:
    """The pack that is shipped: in a wheel below the package, in a checkout beside it."""
    package = Path(__file__).resolve().parent
    shipped = package / "_pack"
    return shipped if shipped.is_dir() else package.parent


class _Index:
    """The compiled curriculum in the cache, valid as long as the stamps of the files are the same."""

    def __init__(self, root: Path) -> None:
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        self._path = cache_folder() / "curricula" / f"{name}.json"
        self._stamps = _stamps(root / "curriculum")

    def read(self) -> Curriculum | None:
        """The curriculum, if the index is of this format and these files."""
        try:
            document = json.loads(self._path.read_bytes())
            if document["format"] != INDEX_FORMAT or document["stamps"] != self._stamps:
                return None
            curriculum: Curriculum = build(Curriculum, document["curriculum"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # missing, torn or older: it is only a cache
        return curriculum

    def write(self, curriculum: Curriculum) -> None:
        """Keep *curriculum*; a cache that cannot be written is no reason to stop."""
        document = {"format": INDEX_FORMAT, "stamps": self._stamps, "curriculum": asdict(curriculum)}
        temporary = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(document), encoding="utf-8")
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)


def _stamps(folder: Path) -> list[list[str | int]]:
    """Name, time of change and size of every YAML file below *folder*."""
    found: list[list[str | int]] = []
    for path in sorted(folder.rglob("*.yaml")):
        status = path.stat()
        found.append([path.relative_to(folder).as_posix(), status.st_mtime_ns, status.st_size])
    return found
