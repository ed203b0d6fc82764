"""The people of the task API, and the servers that checks restart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from accounts import Aging
from past import Past
from people import Board, Person, Team, a_team, lonely_board, new_board, sign_up

from roadmap_cli.checking import API, Gate, NotToBeHad, Server


@pytest.fixture(scope="session")
def shared_team(make_api: Callable[[str], API]) -> Team:
    """Four people for the whole examination: hashing their passwords is dear. Use `team` or `board` instead."""
    return a_team(make_api, "shared")


@pytest.fixture
def team(api: API, shared_team: Team) -> Team:
    """The shared people, speaking with this check's own random data.

    For checks that change neither their accounts nor end their logins, and that do not care how many other projects,
    tasks or invitations they have.
    """
    return shared_team.on(api)


@pytest.fixture(scope="session")
def shared_settlers(make_api: Callable[[str], API]) -> Team:
    """Four people who keep their roles, for worlds that last as long as the examination. Use `settlers` instead.

    What a wrong server does to somebody's tasks elsewhere, when they lose a role, does not reach these.
    """
    return a_team(make_api, "settled")


@pytest.fixture
def settlers(api: API, shared_settlers: Team) -> Team:
    """The people of lasting worlds, speaking with this check's own random data."""
    return shared_settlers.on(api)


@pytest.fixture
def person(team: Team) -> Person:
    """One of the shared people."""
    return team.owner


@pytest.fixture
def board(team: Team) -> Board:
    """A project of this check's own, in which the shared people have their roles."""
    return new_board(team)


@pytest.fixture
def lonely(team: Team) -> Board:
    """A project of this check's own, in which its owner is alone: for what must not depend on invitations."""
    return lonely_board(team)


@pytest.fixture
def newcomer(api: API) -> Callable[[], Person]:
    """Registers one more person at each call, for checks that change accounts, end logins or count what somebody has."""
    return lambda: sign_up(api)


@pytest.fixture(scope="session")
def secret_key(request: pytest.FixtureRequest, environment: dict[str, str]) -> str:
    """The key that access tokens are signed with."""
    try:
        request.getfixturevalue("server")  # not an argument: checks with this key need no restart
    except NotToBeHad:
        words = "This signs tokens with SECRET_KEY, and the server that --url names was started with one of its own."
        raise NotToBeHad(words) from None
    return environment["SECRET_KEY"]


@pytest.fixture(scope="session")
def past(server: Server, make_api: Callable[[str], API]) -> Past:
    """A world from before a restart, how the server ended then, and what it says of that world afterwards."""
    return Past.of(make_api("before the restart"), server)


@pytest.fixture(scope="session")
def restarted(server: Server, past: Past) -> Server:
    """The server, restarted once in another configuration, for the checks of settings: these run after all others.

    Read the values from `server.environment`. Access tokens live two seconds there, refresh tokens one: sign up anew in
    each check, and use neither `team` nor `board`, whose tokens may count as too old.
    """
    server.restart(
        # Two, not one: `exp` is in whole seconds, so a token may live almost a second less than it should.
        TOKEN_TTL_SECONDS="2",
        # Less than an access token lives: when that one is refused, this one must be over.
        REFRESH_TTL_SECONDS="1",
        PASSWORD_HASH_COST=None,
    )
    return server


@pytest.fixture(scope="session")
def aging(restarted: Server, make_api: Callable[[str], API]) -> Aging:  # restarted: with which tokens end soon
    """Tokens of the restarted server that several checks wait for together."""
    return Aging.of(make_api("tokens that grow old"))


@pytest.fixture(scope="session")
def shared_board(make_api: Callable[[str], API], shared_team: Team) -> Board:
    """One project for the whole examination. Use `common` instead."""
    return new_board(shared_team.on(make_api("the common board")))


@pytest.fixture
def common(shared_board: Board, team: Team) -> Board:
    """A project with the roles of `board`, for checks that make columns of their own and look at nothing else there.

    Neither the roles in it nor the order of its columns are theirs to change.
    """
    return Board(
        id=shared_board.id,
        name=shared_board.name,
        owner=team.owner,
        member=team.member,
        viewer=team.viewer,
        stranger=team.stranger,
    )


@pytest.fixture
def gated(concurrent: None, gate: Callable[..., Gate]) -> Gate:
    """For a race in which everybody has looked before anybody writes, to whatever table."""
    return gate()


@pytest.fixture
def rounds(gated: Gate) -> tuple[Gate | None, ...]:
    """The rounds of a race: one as it comes, and one behind a gate."""
    return (None, gated)
