"""How a command line of the learner's becomes a program that runs: its words, the right Python, forked or started."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadmap_cli.nurseries import Nursery, can_fork
from roadmap_cli.nurseries.libraries import shadowed
from roadmap_cli.processes import Tree, spawn


def words_of(command: str, placeholders: Mapping[str, str]) -> list[str]:
    """The words of a command line, split as a shell would, with ``{name}`` filled in; ValueError if quotes do not match."""
    words = shlex.split(command, posix=sys.platform != "win32")
    for name, value in placeholders.items():
        words = [word.replace(f"{{{name}}}", value) for word in words]
    return words


def located(words: Sequence[str], *, cwd: Path, python: str, path: str) -> list[str] | None:
    """The words with the program as a path: *python* for ``python``; None if there is no such program."""
    if words[0] in ("python", "python3"):
        return [python, *words[1:]]
    program = os.path.join(cwd, words[0]) if os.path.dirname(words[0]) else words[0]
    found = shutil.which(program, path=path)
    return [found, *words[1:]] if found else None


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """A Python that has *modules* imported and forks programs, if there is one: several programs of one run share it."""

    python: str
    modules: tuple[str, ...]
    nursery: Nursery | None

    @staticmethod
    def open(python: str, modules: Sequence[str], *, environment: Mapping[str, str], cwd: Path) -> Workshop:
        """Begin to import; where nothing can be forked, programs are started the usual way."""
        nursery = None
        if can_fork() and modules:
            with contextlib.suppress(OSError):
                nursery = Nursery.open(python, modules, environment=environment, cwd=cwd)
        return Workshop(python=python, modules=tuple(modules), nursery=nursery)

    def suits(self, project: Path) -> Nursery | None:
        """The nursery, unless *project* has a module by the name of one that is imported already."""
        return None if shadowed(project, self.modules) else self.nursery

    def close(self) -> None:
        """End it, and whatever it has forked."""
        if self.nursery is not None:
            self.nursery.close()


def launched(argv: Sequence[str], nursery: Nursery | None, *, environment: Mapping[str, str], **how: Any) -> Tree:
    """A tree that runs *argv*, forked by *nursery* if it would run it alike; OSError or ValueError if it cannot run."""
    if nursery and nursery.takes(argv, environment):
        with contextlib.suppress(OSError):  # it has ended: the usual way is left
            return nursery.spawn(argv, environment=environment, **how)
    return spawn(argv, environment=environment, **how)
