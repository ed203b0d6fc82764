"""The people of the library: a librarian, members, newcomers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from library import NOT_BUILT, Member, Newcomer, Rounds, sign_up
from past import Past

from roadmap_cli.checking import API, Gate, Server, blocked_by


@pytest.fixture(scope="session")
def librarian_token(make_api: Callable[[str], API], environment: dict[str, str]) -> str | None:
    """The librarian's token, or None as long as there is no login at all (CONTRACT.md §5)."""
    account = {"email": environment["LIBRARIAN_EMAIL"], "password": environment["LIBRARIAN_PASSWORD"]}
    answer = make_api("librarian").post("/auth/login", json=account)
    if answer.status in NOT_BUILT:
        return None
    if answer.status != 200 or "access_token" not in answer.json:
        blocked_by("users.login", "The librarian could not log in.", answer=answer)
    return answer["access_token"].text


@pytest.fixture
def librarian(api: API, librarian_token: str | None) -> API:
    """A client that speaks as the librarian, if there is a login yet."""
    return api.with_token(librarian_token) if librarian_token else api


@pytest.fixture(scope="session")
def shared_member(make_api: Callable[[str], API]) -> Member:
    """One member for the whole examination, for checks that neither borrow nor change the account."""
    return sign_up(make_api("shared member"))


@pytest.fixture
def member(api: API, shared_member: Member) -> Member:
    """The shared member, speaking with this check's own random data."""
    return Member(
        api=api.with_token(shared_member.api.token),
        id=shared_member.id,
        email=shared_member.email,
        password=shared_member.password,
        name=shared_member.name,
    )


@pytest.fixture
def newcomer(api: API) -> Newcomer:
    """Registers one more member at each call, for checks that borrow or change accounts."""
    return lambda: sign_up(api)


@pytest.fixture(scope="session")
def past(server: Server, make_api: Callable[[str], API], request: pytest.FixtureRequest) -> Past:
    """A world from before the restart that `restarted` makes, and how the server ended then (sql.restart, ops.sigterm)."""
    return Past.of(make_api("before the restart"), lambda: request.getfixturevalue("librarian_token"), server)


@pytest.fixture(scope="session")
def restarted(server: Server, past: Past, make_api: Callable[[str], API]) -> Server:
    """The server, restarted once in another configuration, for the checks of settings: these run after all others.

    Read the values from `server.environment`. Tokens live two seconds there: log in again in each check (`log_in`), and
    use neither `librarian` nor `member`, whose tokens may count as too old.
    """
    draw = make_api("the restarted server").draw
    server.restart(
        # Two, not one: a JWT's `exp` is in whole seconds, so a token may live almost a second less than it should.
        TOKEN_TTL_SECONDS="2",
        PASSWORD_HASH_COST=None,
        LOAN_DAYS=str(draw.pick([days for days in range(3, 31) if days != 14])),
        MAX_OPEN_LOANS=str(draw.pick([1, 2])),
    )
    return server


@pytest.fixture
def rounds(concurrent: None, gate: Callable[..., Gate]) -> Rounds:
    """The rounds of a race: one as it comes, and one in which everybody has looked before anybody writes."""
    return (None, gate("users", "books", "loans"))
