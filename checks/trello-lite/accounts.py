"""Accounts and logins as the checks of authentication know them: what people send, what they do, what they see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from people import FORM, NOT_BUILT, Person, a_person, expect_status, logged_in, login, register, registered, without

from roadmap_cli.checking import API, Answer, Draw, Json, blocked_by, eventually, expect


def me(api: API) -> Json:
    """The user whose token *api* sends."""
    return api.get("/users/me").expect(200).has("id")


def record(user: Json) -> dict[str, Any]:
    """The fields of a user that the contract names; there may be more, and those may change."""
    return {name: user[name].value for name in ("id", "email", "name", "created_at") if name in user}


def signed_in(api: API, person: dict[str, Any]) -> API:
    """A client with a new token of a registered person, as part of a world."""
    return api.with_token(logged_in(api, person["email"], person["password"])["access_token"].text)


def wait_until_refused(api: API, sentence: str, seconds: float = 5.0) -> None:
    """The token of *api* is refused in the end; it ends at a full second, so it is not worth asking all the time."""
    turns = count(1)
    eventually(
        lambda: next(turns) % 4 == 0 and api.get("/users/me").expect(200, 401).status == 401,
        seconds=seconds,
        sentence=sentence,
    )


@dataclass(frozen=True, kw_only=True)
class Aging:
    """Two logins of one person on a server whose tokens end soon; *fresh* is what the second one's token got at once."""

    person: dict[str, Any]
    first: Answer
    second: Answer
    fresh: Answer

    @staticmethod
    def of(api: API) -> Aging:
        """Register and log in twice."""
        person = a_person(api.draw)
        registered(api, person)
        first, second = (logged_in(api, person["email"], person["password"]) for _ in range(2))
        fresh = api.with_token(second["access_token"].text).get("/users/me")
        return Aging(person=person, first=first, second=second, fresh=fresh)


# --- refresh tokens ------------------------------------------------------------------------------------------------


def refresh(api: API, token: str) -> Answer:
    """The answer to a refresh with this token."""
    return api.anonymous().post("/auth/refresh", json={"refresh_token": token})


def refreshed(api: API, token: str) -> str:
    """The next refresh token, as part of a world."""
    answer = refresh(api, token)
    if answer.status != 200 or "refresh_token" not in answer.json or not answer["refresh_token"].text.isascii():
        blocked_by("auth.refresh", "Refreshing failed, so this could not be judged.", answer=answer)
    return answer["refresh_token"].text


def logout(api: API, token: str) -> Answer:
    """The answer to a logout with this refresh token."""
    return api.anonymous().post("/auth/logout", json={"refresh_token": token})


def another_login(person: Person) -> str:
    """The refresh token of a further login of *person*."""
    return logged_in(person.api, person.email, person.password)["refresh_token"].text


def expect_spent(api: API, token: str, sentence: str) -> None:
    """A refresh with this token is refused; *sentence* says why."""
    expect_status(refresh(api, token), 401, sentence)


def expect_goes_on(api: API, token: str, sentence: str) -> None:
    """A refresh with this token succeeds; *sentence* says why."""
    expect_status(refresh(api, token), 200, sentence)


def expect_pair(answer: Answer, lifetime: int) -> Answer:
    """The answer is a pair of tokens in the form of CONTRACT.md §4."""
    answer.expect(200).has(token_type="bearer", expires_in=lifetime)
    answer["access_token"].expect_filled()
    token = answer["refresh_token"]
    words = "A refresh token is a text of 20 to 2048 characters from A-Za-z0-9-._~+/=."
    token.expect(looks_like_a_refresh_token(token.text), words, actual=f"{len(token.text)} characters")
    return answer


def looks_like_a_refresh_token(text: str) -> bool:
    """Whether a text has the length and the characters that refresh tokens have."""
    return 20 <= len(text) <= 2048 and not set(text) - _TOKEN_CHARACTERS


_TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")


# --- what needs a token, and what is said --------------------------------------------------------------------------


def protected(draw: Draw) -> Iterator[tuple[str, str, Any]]:
    """The requests of §4 (method, path, body or ...) that need a token."""
    yield "GET", "/users/me", ...
    yield "PATCH", "/users/me", {"name": draw.name()}
    yield "PUT", "/users/me/password", {"password": draw.password(), "new_password": draw.password()}


def is_built(api: API, method: str, path: str) -> bool:
    """Whether there is such a request already: what comes later has checks of its own."""
    body = {} if method in ("POST", "PUT", "PATCH") else ...
    return api.request(method, path, json=body).status not in NOT_BUILT


def refusals(api: API, person: dict[str, Any]) -> list[Answer]:
    """Requests with the password that are refused, each for another reason; the account of *person* exists."""
    half, as_json = json.dumps(person)[:-1].encode(), {"Content-Type": "application/json"}
    return [
        register(api, person),
        register(api, person | {"email": "nobody"}),
        register(api, without(person, "name")),
        api.post("/auth/register", body=half, headers=as_json),
        api.post("/auth/token", body=f"password={person['password']}".encode(), headers=FORM),
        api.post("/auth/token", json={"username": person["email"], "password": person["password"]}),
        login(api, api.draw.email(), person["password"]),
    ]


# --- addresses, names and passwords --------------------------------------------------------------------------------


def mixed_case(draw: Draw, email: str) -> str:
    """*email* with some letters in upper case, the first one certainly and the last one certainly not."""
    return "".join(c.upper() if place == 0 or draw.chance(0.5) else c for place, c in enumerate(email[:-1])) + email[-1]


def long_address(draw: Draw, length: int) -> str:
    """An address of some 250 characters that the mail standards allow too: 64 before the @, labels of at most 63."""
    rest = length - 64 - len("@.example.com") - 2 * len(f".{'x' * 58}")
    return f"{draw.text(64)}@{draw.text(rest)}.{draw.text(58)}.{draw.text(58)}.example.com"


def bad_addresses(draw: Draw) -> tuple[Any, ...]:
    """Values that are no address by CONTRACT.md §4."""
    one, two, at = draw.text(9), draw.text(3), "@example.com"
    no_address = (f"{one}.example.com", at, f"{one}@", f"{one}.{two}@example", f"{one}@{two}{at}")
    white = (f"{one} {two}{at}", f" {one}{at}", f"{one}{at}\n")
    control = (f"{one}\0{two}{at}", f"{one}\x1f{two}{at}")
    return (*no_address, *white, *control, long_address(draw, 255), draw.integer(1, 99), None)


def some_bad_addresses(draw: Draw) -> tuple[Any, ...]:
    """One of each kind of them: for where an address is read a second time."""
    one = draw.text(9)
    return (f"{one}@example", f"{one} @example.com", f"{one}@example.com\n", long_address(draw, 255), None)


def bad_lines(draw: Draw, length: int) -> tuple[Any, ...]:
    """Values that are no text of one line with 1 to *length* characters after trimming."""
    word = draw.text(5)
    control = [f"{word}{sign}{word}" for sign in ("\0", "\n", "\x1f", "\x7f")]
    return ("", " \t\n ", draw.text(length + 1), *control, draw.integer(1, 99), None, [word])


def some_bad_lines(draw: Draw, length: int) -> tuple[Any, ...]:
    """One of each kind of them: for where such a text is read a second time."""
    return (" \n", draw.text(length + 1), f"{draw.word()}\0", None)


def good_lines(draw: Draw, length: int) -> tuple[str, ...]:
    """Texts on the edge of what is allowed, the last one with white space around it, which is not counted."""
    odd = f'Zoë "O\'Neil" {draw.word()}; -- 李 🦊 <b>\\%_'
    return (draw.text(1), draw.text(1) + "🦊" * (length - 1), odd, padded(draw.text(length)))


def padded(text: str) -> str:
    """*text* with white space around it."""
    return f" \t{text}\r\n "


def expect_opens(api: API, password: str, **wrong: str) -> None:
    """A new account opens with *password*, and with none of the *wrong* ones, which are named by what they are."""
    person = a_person(api.draw) | {"password": password}
    length = f"A password of {len(password)} characters ({len(password.encode())} bytes)"
    expect_status(register(api, person), 201, f"{length} is accepted.")
    expect_status(login(api, person["email"], password), 200, f"{length} opens its account.")
    for name, other in wrong.items():
        answer = login(api, person["email"], other)
        what = f"{name.replace('_', ' ')}, {_short(other)}"
        sentence = f"The account with the password {_short(password)} does not open with {what}."
        actual = f"status {answer.status}"
        expect(answer.status in (401, 422), sentence, expected="status 401", actual=actual, answer=answer)


def expect_no_login(api: API, email: str, password: str) -> None:
    """A login with these is refused; how exactly is judged by auth.login-refused."""
    answer = login(api, email, password)
    actual = f"status {answer.status}"
    refused = 400 <= answer.status < 500
    expect(refused, "This login is refused.", expected="status 401", actual=actual, answer=answer)


def expect_free(api: API, person: dict[str, Any]) -> None:
    """The refused registrations before left nobody behind."""
    expect_status(register(api, person), 201, "A refused registration leaves nothing: the same address can register.")


def expect_same_user(one: Json, other: Json) -> None:
    """Two answers show one user; their times may be rounded differently."""
    for field in ("id", "email", "name"):
        one[field].equals(other[field])
    apart = abs((one["created_at"].time - other["created_at"].time).total_seconds())
    one["created_at"].expect(apart < 1, "created_at stays the same.", expected=other["created_at"].text)


def _short(password: str) -> str:
    """A password as a learner reads it: made up, so it may be shown, but not in its whole length."""
    return repr(password) if len(password) <= 24 else f"{password[:6]!r}…{password[-6:]!r} ({len(password)} characters)"
