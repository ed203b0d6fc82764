"""Services that an examination needs, each a ladder of places to get it from.

A service is a module of this package named after it, with a `LADDER`: rungs in the order of preference. A rung says
what it would use without starting anything (`look`), and starts it (`start`); either raises `Unavailable` with a
reason. A new service is a new file of that shape and its name in `NAMES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from roadmap_cli.errors import ServiceError

NAMES = ("postgres",)

Environment = Mapping[str, str]


class Service:
    """Something that runs for the learner's server, which is given *environment*; *rung* says where it is from."""

    def __init__(self, *, name: str, rung: str, detail: str, environment: dict[str, str]) -> None:
        self.name = name
        self.rung = rung
        self.detail = detail
        self.environment = environment

    def close(self) -> None:
        """End it and remove what it kept; a second time does nothing."""

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Unavailable(Exception):  # a rung that is not there is the usual case
    """A rung that cannot be used here; *wanted* if somebody asked for it, so that they should hear why."""

    def __init__(self, reason: str, *, wanted: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wanted = wanted


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One place to get a service from."""

    name: str
    look: Callable[[Environment], str]
    start: Callable[[Path, Environment], Service]


@dataclass(frozen=True)
class Ladder:
    """All places, the best first; *title* is the service's name on screen, *advice* the next step if all fail."""

    title: str
    advice: str
    rungs: tuple[Rung, ...]


def provide(name: str, *, scratch: Path, environment: Environment) -> Service:
    """The service from the first rung that works, its files below *scratch*; ServiceError if none does."""
    ladder = _ladder(name)
    passed_over: list[tuple[Rung, Unavailable]] = []
    for rung in ladder.rungs:
        try:
            service = rung.start(scratch, environment)
        except Unavailable as why:
            passed_over.append((rung, why))
        else:
            service.detail += "".join(
                f" ({rung.name} could not be used: {why})" for rung, why in passed_over if why.wanted
            )
            return service
    tried = "".join(f"\n  {rung.name}: {why}" for rung, why in passed_over)
    raise ServiceError(f"{ladder.title} cannot be had here. Tried, in this order:{tried}", hint=ladder.advice)


def survey(environment: Environment, name: str = "postgres") -> list[tuple[str, bool, str]]:
    """Each rung's name, whether it looks usable, and a sentence about it. Nothing is started."""
    return [_looked(rung, environment) for rung in _ladder(name).rungs]


def _looked(rung: Rung, environment: Environment) -> tuple[str, bool, str]:
    try:
        return rung.name, True, rung.look(environment)
    except Unavailable as why:
        return rung.name, False, why.reason


def _ladder(name: str) -> Ladder:
    if name not in NAMES:
        raise ServiceError(f"There is no service called {name}.", hint=f"The services are: {', '.join(NAMES)}.")
    ladder = importlib.import_module(f"{__name__}.{name}").LADDER
    assert isinstance(ladder, Ladder)
    return ladder
