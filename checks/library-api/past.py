"""What there was before the server was started again: one world, and one restart, for all who ask what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from library import Member, a_book, borrow, sign_up

from roadmap_cli.checking import API, Answer, Blocked, Mismatch, Server, blocked_by, race
from roadmap_cli.checking.server import Stopped

AT_ONCE = 8


@dataclass(frozen=True)
class World:
    """A member, their loan, and the book as it was while it was lent."""

    member: Member
    loan: Answer
    lent: Answer


@dataclass(frozen=True)
class Past:
    """How the server ended when it was asked to, and the world that it left behind."""

    stopped: Stopped
    built: World | Mismatch | Blocked

    @staticmethod
    def of(api: API, librarian_token: Callable[[], str | None], server: Server) -> Past:
        """Build the world, then ask the server to end: it does not run any more after that."""
        try:
            built: World | Mismatch | Blocked = a_world(api, librarian_token() or "")
            busy(api)
        except (Mismatch, Blocked) as obstacle:  # how the server ends can be judged all the same
            built = obstacle
        return Past(server.stop(), built)

    @property
    def world(self) -> World:
        """The world, or why it could not be built."""
        if isinstance(self.built, World):
            return self.built
        raise self.built


def a_world(api: API, librarian_token: str) -> World:
    """A book that is lent to a member."""
    member = sign_up(api)
    made = api.with_token(librarian_token).post("/books", json=a_book(api.draw, copies_total=3))
    if made.status == 401 and librarian_token:
        words = "The librarian's token, issued earlier in this examination, is refused now: a token is valid for "
        words += "TOKEN_TTL_SECONDS, also when the server was started again meanwhile with the same SECRET_KEY."
        blocked_by("users.login", words, answer=made)
    if made.status != 201:
        blocked_by("http.created", "A book could not be added for this check.", answer=made)
    book = made["id"].integer
    loan = borrow(member.api, book)
    return World(member, loan, api.get(f"/books/{book}").expect(200))


def busy(api: API) -> list[Answer]:
    """Many requests at once, so that the server has as many connections to its database."""
    return race(*[partial(api.get, "/books", query={"limit": 1}) for _ in range(AT_ONCE)])
