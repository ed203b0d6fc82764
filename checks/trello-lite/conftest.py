"""The people of the task API, and the servers that checks restart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from people import Board, Person, Team, new_board, sign_up

from roadmap_cli.checking import API, Server


@pytest.fixture(scope="session")
def shared_team(make_api: Callable[[str], API]) -> Team:
    """Four people for the whole examination: hashing their passwords is dear. Use `team` or `board` instead."""
    return Team(
        owner=sign_up(make_api("shared owner")),
        member=sign_up(make_api("shared member")),
        viewer=sign_up(make_api("shared viewer")),
        stranger=sign_up(make_api("shared stranger")),
    )


@pytest.fixture
def team(api: API, shared_team: Team) -> Team:
    """The shared people, speaking with this check's own random data.

    For checks that change neither their accounts nor end their logins, and that do not care how many other projects,
    tasks or invitations they have.
    """
    return shared_team.on(api)


@pytest.fixture
def person(team: Team) -> Person:
    """One of the shared people."""
    return team.owner


@pytest.fixture
def board(team: Team) -> Board:
    """A project of this check's own, in which the shared people have their roles."""
    return new_board(team)


@pytest.fixture
def newcomer(api: API) -> Callable[[], Person]:
    """Registers one more person at each call, for checks that change accounts, end logins or count what somebody has."""
    return lambda: sign_up(api)


@pytest.fixture(scope="session")
def restarted(server: Server, make_api: Callable[[str], API]) -> Server:
    """The server, restarted once in another configuration, for the checks of settings: these run after all others.

    Read the values from `server.environment`. Access tokens live two seconds there, refresh tokens one, and the key is
    another one: sign up anew in each check, and use neither `team` nor `board`, whose tokens are refused.
    """
    draw = make_api("the restarted server").draw
    server.restart(
        SECRET_KEY=draw.text(48),
        # Two, not one: `exp` is in whole seconds, so a token may live almost a second less than it should.
        TOKEN_TTL_SECONDS="2",
        # Less than an access token lives: when that one is refused, this one must be over.
        REFRESH_TTL_SECONDS="1",
        PASSWORD_HASH_COST=None,
    )
    return server
