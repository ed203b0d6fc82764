"""References, mistakes and fakes: the servers that the proof examines.

A *reference* is a whole project. A *mistake* is the first stack's reference with a few edits, or some files replaced, and
the requirements that it must fail. A *fake* is a server of its own that cheats, and the requirements it may pass.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import Fault, PackError
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.packs import Pack
from roadmap_cli.positions import Document, read
from roadmap_cli.reading import Tuple

_NEVER_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc", ".venv", ".git")


class Kind(Enum):
    """What a specimen is."""

    REFERENCE = "reference"
    MISTAKE = "mistake"
    FAKE = "fake"


class EditYaml(BaseModel):
    """One place of one file, changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    find: Annotated[str, Field(min_length=1)]
    replace: str


class ExpectedYaml(BaseModel):
    """expected.yaml of a mistake or a fake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    summary: Annotated[str, Field(min_length=10)]
    fails: Tuple[str] = ()
    passes: Tuple[str] = ()
    edits: Tuple[EditYaml] = ()
    history: Any = None
    serve: str = ""


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """One server that the proof examines, and what it must come to.

    *fails* are the requirements a mistake fails, exactly; *passes* those a fake passes, exactly; a reference passes all.
    """

    kind: Kind
    name: str
    folder: Path
    base: Path | None
    document: Document | None
    summary: str = ""
    fails: frozenset[str] = frozenset()
    passes: frozenset[str] = frozenset()
    edits: tuple[EditYaml, ...] = ()
    history: Any = None

    def faults(self) -> list[Fault]:
        """Edits that do not fit the reference: a file that is not there, a text that is there never or twice."""
        return [fault for index, edit in enumerate(self.edits) if (fault := self._edit_fault(index, edit))]

    def materialise(self, folder: Path) -> None:
        """Write the whole project into *folder*, which must not exist; PackError if an edit does not fit."""
        faults = self.faults()
        if faults:
            raise PackError(f"The mistake {self.name} does not fit the reference.", faults=tuple(faults))
        shutil.copytree(self.base or self.folder, folder, ignore=_NEVER_COPIED)
        if self.base and (self.folder / "files").is_dir():
            shutil.copytree(self.folder / "files", folder, dirs_exist_ok=True, ignore=_NEVER_COPIED)
        for edit in self.edits:
            path = folder / edit.file
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(_trimmed(edit.find), _trimmed(edit.replace)), encoding="utf-8")
        if self.history:
            from roadmap_cli.history import apply

            apply(self.history, folder)

    def _edit_fault(self, index: int, edit: EditYaml) -> Fault | None:
        assert self.document
        assert self.base
        replaced = self.folder / "files" / edit.file
        path = replaced if replaced.exists() else self.base / edit.file
        if not path.is_file():
            return self.document.fault(("edits", index, "file"), f"The reference has no file {edit.file}.")
        count = path.read_text(encoding="utf-8").count(_trimmed(edit.find))
        if count == 1:
            return None
        often = "not there" if count == 0 else f"there {count} times"
        return self.document.fault(
            ("edits", index, "find"), f"This text is {often} in {edit.file}; it must be there once."
        )


def specimens(pack: Pack, phase: Phase) -> tuple[Specimen, ...]:
    """All specimens of a phase: references in the order of its stacks, mistakes and fakes by name; PackError on bad YAML."""
    checks, faults, found = pack.checks(phase), list[Fault](), list[Specimen]()
    found += _references(pack, phase)
    for kind, folder in ((Kind.MISTAKE, checks / "mistakes"), (Kind.FAKE, checks / "fakes")):
        for path in sorted(folder.glob("*/expected.yaml")):
            try:
                found.append(_specimen(kind, path, pack, phase))
            except PackError as error:
                faults += error.faults
    if faults:
        raise PackError(f"{len(faults)} faults in the mistakes of {phase.slug}.", faults=tuple(faults))
    return tuple(found)


def specimen(pack: Pack, phase: Phase, name: str) -> Specimen:
    """The reference, else the mistake, called *name*; PackError if there is neither."""
    for reference in _references(pack, phase):
        if reference.name == name:
            return reference
    path = pack.checks(phase) / "mistakes" / name / "expected.yaml"
    if not path.is_file():
        raise PackError(f"There is no reference or mistake {name} in {phase.slug}.")
    return _specimen(Kind.MISTAKE, path, pack, phase)


def _references(pack: Pack, phase: Phase) -> list[Specimen]:
    folder = pack.checks(phase) / "reference"
    names = (
        [path.name for path in sorted(folder.iterdir()) if (path / "roadmap.toml").is_file()] if folder.is_dir() else []
    )
    ordered = sorted(names, key=lambda name: phase.stacks.index(name) if name in phase.stacks else len(phase.stacks))
    history = _default_history(folder)
    return [
        Specimen(kind=Kind.REFERENCE, name=name, folder=folder / name, base=None, document=None, history=history)
        for name in ordered
    ]


def _specimen(kind: Kind, path: Path, pack: Pack, phase: Phase) -> Specimen:
    document = read(path)
    expected = document.fit(ExpectedYaml)
    _lint(kind, expected, document, phase)
    base = pack.reference(phase, phase.stacks[0]) if kind is Kind.MISTAKE else None
    return Specimen(
        kind=kind,
        name=path.parent.name,
        folder=path.parent,
        base=base,
        document=document,
        summary=expected.summary,
        fails=frozenset(expected.fails),
        passes=frozenset(expected.passes),
        edits=expected.edits,
        history=expected.history or (_default_history(pack.checks(phase) / "reference") if base else None),
    )


def _lint(kind: Kind, expected: ExpectedYaml, document: Document, phase: Phase) -> None:
    key = "fails" if kind is Kind.MISTAKE else "passes"
    faults = [
        document.fault(
            (key, index),
            f"There is no requirement {id}.",
            called_now(phase, id) or did_you_mean(id, phase.requirements),
        )
        for index, id in enumerate(getattr(expected, key))
        if id not in phase.requirements
    ]
    if kind is Kind.MISTAKE and not expected.fails:
        faults.append(document.fault((), "A mistake names the requirements it fails."))
    if faults:
        raise PackError(f"{document.path} is not right.", faults=tuple(faults))


def called_now(phase: Phase, id: str) -> str:
    """'It is called … now.' for an old id; empty for any other."""
    return f"It is called {' and '.join(names)} now." if (names := phase.successors.get(id)) else ""


def _default_history(folder: Path) -> Any:
    path = folder / "history.yaml"
    return read(path).value if path.is_file() else None


def _trimmed(text: str) -> str:
    return text.removesuffix("\n")


def lay_out_reference(slug: str, folder: str) -> None:
    """Write the first reference of the bundled phase *slug*, with its Git history, into *folder*."""
    from roadmap_cli.packs import bundled

    pack = Pack.load(bundled())
    next(iter(specimens(pack, pack.phase(slug)))).materialise(Path(folder))
