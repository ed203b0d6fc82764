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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import ScaffoldError
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.packs import Pack
from roadmap_cli.workspace import Workspace

_NOT_TEMPLATE = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store")


@dataclass(frozen=True, kw_only=True)
class Scaffold:
    """What is to be made, and where. With *ask*, copier asks what was not said; else defaults hold."""

    pack: Pack
    phase: Phase
    target: Path
    stack: str = ""
    flavour: str = ""
    ask: bool = False

    def start(self, workspace: Workspace | None = None) -> Path:
        """Make the project, and keep in *workspace*, if there is one, how it was made; ScaffoldError if it cannot be."""
        expect_free(self.target)
        stack = chosen_stack(self.phase, self.stack)
        with (
            _worded(self.target),
            self._aside() as aside,
            tempfile.TemporaryDirectory(prefix="roadmap-start-") as folder,
        ):
            template = self._merged(Path(folder) / "template", stack)
            _render(template, aside, self._answers(stack), ask=self.ask)
            if workspace:
                _keep(aside, workspace.base(self.phase.slug))
            self._move_into_place(aside)
        return self.target

    def _answers(self, stack: str) -> dict[str, Any]:
        said = {"stack": stack, "flavour": self.flavour}
        return {name: value for name, value in said.items() if value}

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


def _render(template: Path, target: Path, answers: dict[str, Any], *, ask: bool) -> None:
    import copier

    try:
        copier.run_copy(str(template), target, data=answers, defaults=not ask, quiet=True, unsafe=False)
    except (OSError, KeyboardInterrupt):
        raise
    except Exception as error:  # a template is a program of somebody else's: whatever it raises is its author's to mend
        raise ScaffoldError(f"The template cannot be rendered: {error}", hint="Ask whoever made the pack.") from error


def _keep(rendered: Path, base: Path) -> None:
    """A copy of the project as it was made: what a later update compares the learner's code with."""
    new = base.with_name(f".{base.name}.{os.getpid()}.new")
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(rendered, new)
        shutil.rmtree(base, ignore_errors=True)
        os.replace(new, base)
    finally:
        shutil.rmtree(new, ignore_errors=True)


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
