"""What there was before the server was started again: one world, and one restart, for all who ask what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from accounts import refresh
from people import NOT_BUILT, Person, login, sign_up

from roadmap_cli.checking import API, Answer, Blocked, Mismatch, Server, race
from roadmap_cli.checking.server import Stopped

AT_ONCE = 8
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class World:
    """Somebody with an account, and perhaps a project (None as long as projects are not built)."""

    person: Person
    project: Answer | None


@dataclass(frozen=True, kw_only=True)
class Afterwards:
    """What the server said after it was started again: to the old access token, the old refresh token, the password."""

    me: Answer
    refreshed: Answer
    login: Answer
    project: Answer | None


@dataclass(frozen=True, kw_only=True)
class Past:
    """How the server ended when it was asked to, the world that it left behind, and what the next one made of it."""

    stopped: Stopped
    before: World | Mismatch | Blocked
    after: Afterwards | Mismatch | Blocked

    @staticmethod
    def of(api: API, server: Server) -> Past:
        """Build a world, ask the server to end, start it with the same environment, and look at the world again."""
        before = _kept(lambda: a_world(api))
        _kept(lambda: busy(api))
        stopped = server.stop()
        server.start()
        return Past(stopped=stopped, before=before, after=_kept(lambda: afterwards(api, _world(before))))

    @property
    def world(self) -> World:
        """The world, or why it could not be built."""
        return _world(self.before)

    @property
    def answers(self) -> Afterwards:
        """What the server said afterwards, or why it could not be asked."""
        if isinstance(self.after, Afterwards):
            return self.after
        raise self.after


def a_world(api: API) -> World:
    """Somebody with an account, and a project if there can be one."""
    person = sign_up(api)
    made = person.api.post("/projects", json={"name": api.draw.title(), "description": api.draw.words(5)})
    return World(person=person, project=None if made.status in NOT_BUILT else made)


def afterwards(api: API, world: World) -> Afterwards:
    """Ask for everything that the world had."""
    person, project = world.person, world.project
    found = person.api.get(f"/projects/{project['id'].integer}") if project and project.status == 201 else None
    return Afterwards(
        me=person.api.get("/users/me"),
        refreshed=refresh(api, person.refresh_token),
        login=login(api, person.email, person.password),
        project=found,
    )


def busy(api: API) -> list[Answer]:
    """Many requests at once, so that the server has as many connections to its database."""
    return race(*[partial(login, api, f"nobody{number}@example.com", "nobody-at-all") for number in range(AT_ONCE)])


def _world(before: World | Mismatch | Blocked) -> World:
    if isinstance(before, World):
        return before
    raise before


def _kept(build: Callable[[], T]) -> T | Mismatch | Blocked:
    """The value, or the obstacle: how the server ends can be judged all the same."""
    try:
        return build()
    except (Mismatch, Blocked) as obstacle:
        return obstacle
