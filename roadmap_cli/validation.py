"""The quick part of the proof: what can be said about a pack without starting a server.

Every requirement has a check and every check a requirement; every requirement is named by a mistake; every mistake
fits the reference; every signature names mistakes that fail as it says; the sections of the contract exist; templates and references are where they must be.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli.curriculum import Phase, Requirement, Signature
from roadmap_cli.errors import Fault, PackError, Place
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.packs import Pack
from roadmap_cli.positions import read
from roadmap_cli.reading import SIGNATURES
from roadmap_cli.specimens import Kind, Specimen, called_now, specimens

SECTION = re.compile(r"^#{2,}\s+(?:§\s*)?(\d+(?:\.\d+)*)", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """A check function as it stands in its file."""

    requirement: str
    name: str
    place: Place


def validate(pack: Pack) -> tuple[Fault, ...]:
    """Everything that is wrong with the pack, in the order of its phases; empty if nothing is."""
    return tuple(fault for phase in pack.curriculum.phases for fault in _phase_faults(pack, phase))


def checks_of(pack: Pack, phase: Phase) -> tuple[Check, ...]:
    """The checks of a phase, read without running anything; PackError if a file is not Python."""
    found: list[Check] = []
    for path in sorted(pack.checks(phase).glob("test_*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError as error:
            place = Place(path, error.lineno or 1, error.offset or 1)
            raise PackError(f"{path} is not Python.", faults=(Fault(place, f"{error.msg}."),)) from None
        found += [check for node in ast.walk(tree) if (check := _check(node, path))]
    return tuple(found)


def place_of(pack: Pack, phase: Phase, requirement_id: str) -> Place:
    """Where the requirement stands in the curriculum."""
    milestone = phase.milestone_of(requirement_id)
    path = pack.root / "curriculum" / phase.slug / f"{milestone.id}.yaml"
    index = [requirement.id for requirement in milestone.requirements].index(requirement_id)
    return read(path).place(("requirements", index, "id"))


def _phase_faults(pack: Pack, phase: Phase) -> list[Fault]:
    try:
        servers = specimens(pack, phase)
        checks = checks_of(pack, phase)
    except PackError as error:
        return list(error.faults)
    faults = _folder_faults(pack, phase, servers)
    faults += _check_faults(pack, phase, checks)
    faults += _mistake_faults(pack, phase, servers)
    faults += _contract_faults(pack, phase)
    faults += _signature_faults(pack, phase, servers)
    return faults


def _folder_faults(pack: Pack, phase: Phase, servers: tuple[Specimen, ...]) -> list[Fault]:
    faults = []
    for stack in phase.stacks:
        folder = pack.template(phase) / stack
        if not folder.is_dir():
            faults.append(Fault(Place(folder), f"There is no template for the stack {stack}."))
    if not any(server.kind is Kind.REFERENCE and server.name == phase.stacks[0] for server in servers):
        folder = pack.reference(phase, phase.stacks[0])
        faults.append(Fault(Place(folder), "There is no reference (a folder with roadmap.toml) in the first stack."))
    return faults


def _check_faults(pack: Pack, phase: Phase, checks: tuple[Check, ...]) -> list[Fault]:
    faults = [
        Fault(
            check.place,
            f"This check judges {check.requirement}, which no requirement is called.",
            called_now(phase, check.requirement) or did_you_mean(check.requirement, phase.requirements),
        )
        for check in checks
        if check.requirement not in phase.requirements
    ]
    judged = {check.requirement for check in checks}
    faults += [
        Fault(place_of(pack, phase, id), f"No check judges {id}.") for id in phase.requirements if id not in judged
    ]
    return faults


def _mistake_faults(pack: Pack, phase: Phase, servers: tuple[Specimen, ...]) -> list[Fault]:
    mistakes = [server for server in servers if server.kind is Kind.MISTAKE]
    faults = [fault for mistake in mistakes for fault in mistake.faults()]
    named = {id for mistake in mistakes for id in mistake.fails}
    faults += [
        Fault(place_of(pack, phase, id), f"No mistake fails {id}.", "Add a folder under mistakes/ that does.")
        for id in phase.requirements
        if id not in named
    ]
    return faults


def _signature_faults(pack: Pack, phase: Phase, servers: tuple[Specimen, ...]) -> list[Fault]:
    mistakes = {server.name: server for server in servers if server.kind is Kind.MISTAKE}
    faults: list[Fault] = []
    for signature in phase.signatures:
        for name in signature.proved_by:
            place = signature_place(pack, phase, signature, name)
            if name not in mistakes:
                faults.append(Fault(place, f"There is no mistake {name}.", did_you_mean(name, mistakes)))
            elif signature.requirements and not mistakes[name].fails & set(signature.requirements):
                words = ", ".join(signature.requirements)
                faults.append(Fault(place, f"The mistake {name} fails none of {words}."))
    return faults


def signature_place(pack: Pack, phase: Phase, signature: Signature, name: str = "") -> Place:
    """Where the signature stands, or the *name* of one of the mistakes that prove it."""
    document = read(pack.root / "curriculum" / phase.slug / SIGNATURES)
    index = [each.id for each in phase.signatures].index(signature.id)
    if name in signature.proved_by:
        return document.place(("signatures", index, "proved_by", signature.proved_by.index(name)))
    return document.place(("signatures", index, "id"))


def _contract_faults(pack: Pack, phase: Phase) -> list[Fault]:
    path = pack.template(phase) / "shared" / "CONTRACT.md"
    if not path.is_file():
        return [Fault(Place(path), "There is no contract for the learner to read.")]
    sections = set(SECTION.findall(path.read_text(encoding="utf-8")))
    return [
        Fault(place_of(pack, phase, requirement.id), f"The contract has no section {requirement.contract}.")
        for requirement in phase.requirements.values()
        if not _sections(requirement) <= sections
    ]


def _sections(requirement: Requirement) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)*", requirement.contract))


def _check(node: ast.AST, path: Path) -> Check | None:
    if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
        return None
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="requirement"), args=[ast.Constant(value=str() as id), *_]):
                return Check(id, node.name, Place(path, decorator.lineno, decorator.col_offset + 1))
    return Check("", node.name, Place(path, node.lineno, node.col_offset + 1))
