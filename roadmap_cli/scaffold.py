"""Projects made from templates: the only importer of copier.

A template is `templates/<slug>/`: `shared/` for every stack, a folder for each stack on top of it, and `copier.yml`.
A project is made beside its place and moved there in one step, so whatever ends us leaves it whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roadmap_cli import pristine
from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ScaffoldError
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.packs import Pack
from roadmap_cli.workspace import Workspace

_NOT_TEMPLATE = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store")


@dataclass(frozen=True, kw_only=True)
class Scaffold:
    """What is to be made, and where; *answers* are those of an earlier time, stack and flavour aside.

    With *ask*, copier asks what was not said; else defaults hold.
    """

    pack: Pack
    phase: Phase
    target: Path
    stack: str = ""
    flavour: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    ask: bool = False

    def start(self, workspace: Workspace | None = None) -> Path:
        """Make the project, and keep in *workspace*, if there is one, how it was made; ScaffoldError if it cannot be."""
        expect_free(self.target)
        chosen_stack(self.phase, self.stack)
        with _worded(self.target), self._aside() as aside:
            answers = self.render(aside)
            if workspace:
                pristine.keep(workspace, self.phase.slug, self.target, aside, answers)
            self._move_into_place(aside)
        return self.target

    def render(self, folder: Path) -> Mapping[str, Any]:
        """Make the project in *folder*, which must not be there; the answers it was made from."""
        stack = chosen_stack(self.phase, self.stack)
        with tempfile.TemporaryDirectory(prefix="roadmap-start-") as around:
            template = self._merged(Path(around) / "template", stack)
            return _render(template, folder, self._said(stack), ask=self.ask)

    def _said(self, stack: str) -> dict[str, Any]:
        said = {"stack": stack, "flavour": self.flavour}
        return {**self.answers, **{name: value for name, value in said.items() if value}}

    def _merged(self, merged: Path, stack: str) -> Path:
        """The parts of the template in one folder, as copier wants it."""
        source = self.pack.template(self.phase)
        if not (source / stack).is_dir():
            raise ScaffoldError(
                f"The pack {self.pack.root} has no template {self.phase.slug}/{stack}.",
                hint="Choose another stack, or ask whoever made the pack.",
            )
        for part in (source / "shared", source / stack):
            if part.is_dir():
                shutil.copytree(part, merged, dirs_exist_ok=True, ignore=_NOT_TEMPLATE)
        for settings in ("copier.yml", "copier.yaml"):
            if (source / settings).is_file():
                shutil.copy2(source / settings, merged)
        return merged

    @contextlib.contextmanager
    def _aside(self) -> Iterator[Path]:
        """A folder beside the target, gone at the end unless it was moved; those of runs that were killed go too."""
        parent = self.target.parent
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent, self.target.name)
        aside = parent / f".{self.target.name}.{os.getpid()}.making"
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _move_into_place(self, aside: Path) -> None:
        if self.target.is_dir():
            self.target.rmdir()  # it is empty; Windows moves no folder onto another
        os.replace(aside, self.target)


def chosen_stack(phase: Phase, wanted: str) -> str:
    """*wanted*, or the phase's first stack; ScaffoldError with a guess if there is no such stack."""
    if not wanted:
        return phase.stacks[0]
    if wanted not in phase.stacks:
        hint = did_you_mean(wanted, phase.stacks) or f"There are: {', '.join(phase.stacks)}."
        raise ScaffoldError(f"There is no template of {phase.slug} in {wanted}.", hint=hint)
    return wanted


def expect_free(target: Path) -> None:
    """ScaffoldError unless *target* is missing or an empty folder that nobody stands in."""
    if target in (Path.cwd(), *Path.cwd().parents):
        raise ScaffoldError(f"{target} is the folder that you are in.", hint="Name one below it: --into library-api")
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ScaffoldError(f"{target} is there already, and is no folder.", hint="Choose another: --into DIR")
    if target.is_dir() and any(target.iterdir()):
        raise ScaffoldError(
            f"{target} is not empty, so nothing was written there.",
            hint=f"If it is your project: cd {target.name} and roadmap check. Otherwise choose another: --into DIR",
        )


def _render(template: Path, target: Path, answers: dict[str, Any], *, ask: bool) -> Mapping[str, Any]:
    """Render into *target*; every answer that may be kept, those that were defaults included."""
    import copier

    try:
        made = copier.run_copy(str(template), target, data=answers, defaults=not ask, quiet=True, unsafe=False)
    except (OSError, KeyboardInterrupt):
        raise
    except Exception as error:  # a template is a program of somebody else's: whatever it raises is its author's to mend
        raise ScaffoldError(f"The template cannot be rendered: {error}", hint="Ask whoever made the pack.") from error
    kept = set(made.template.questions_data) - set(made.template.secret_questions)
    return {name: answer for name, answer in made.answers.combined.items() if name in kept and _is_simple(answer)}


def _is_simple(answer: object) -> bool:
    """Whether it can be written as JSON and read again as the same."""
    if isinstance(answer, list):
        return all(map(_is_simple, answer))
    return answer is None or isinstance(answer, str | int | float | bool)


def _sweep(parent: Path, name: str) -> None:
    """Remove what a start that was killed has left beside the target."""
    import psutil

    for entry in parent.glob(f".{name}.*.making"):
        found = re.fullmatch(rf"\.{re.escape(name)}\.(\d+)\.making", entry.name)
        if found and not psutil.pid_exists(int(found.group(1))):
            shutil.rmtree(entry, ignore_errors=True)


@contextlib.contextmanager
def _worded(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, shutil.Error) as error:
        why = error.strerror or str(error)
        hint = "Choose a folder that you may write to, with room on its disk: --into DIR"
        raise ScaffoldError(f"The project cannot be made in {target}: {why}.", hint=hint) from error
