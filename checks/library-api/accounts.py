"""People with accounts as the checks of users know them: what they send, what they do, what they see."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from library import log_in

from roadmap_cli.checking import API, Answer, Draw, Json, blocked_by, expect


def a_person(draw: Draw) -> dict[str, Any]:
    """The body of a POST /auth/register that nothing is wrong with."""
    return {"email": draw.email(), "name": draw.name(), "password": draw.password()}


def without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The body with one field left out."""
    return {other: value for other, value in fields.items() if other != name}


def some_id(draw: Draw) -> int:
    """An id that names nobody."""
    return draw.integer(10**9, 2 * 10**9)


def register(api: API, person: dict[str, Any]) -> Answer:
    """The answer to a registration."""
    return api.anonymous().post("/auth/register", json=person)


def registered(api: API, person: dict[str, Any]) -> int:
    """The id of a new user, as part of a world."""
    answer = register(api, person)
    if answer.status != 201 or "id" not in answer.json:
        blocked_by("users.register", "Registering failed, so this could not be judged.", answer=answer)
    return answer["id"].integer


def login(api: API, email: str, password: str) -> Answer:
    """The answer to a login."""
    return api.anonymous().post("/auth/login", json={"email": email, "password": password})


def signed_in(api: API, person: dict[str, Any]) -> API:
    """A client with a new token of a registered person, as part of a world."""
    return api.with_token(log_in(api, person["email"], person["password"]))


def me(api: API) -> Json:
    """The user whose token *api* sends."""
    return api.get("/users/me").expect(200).has("id")


def record(user: Json) -> dict[str, Any]:
    """The fields of a user that the contract names; there may be more, and those may change."""
    return {name: user[name].value for name in ("id", "email", "name", "role", "created_at") if name in user}


def is_refused(api: API) -> bool:
    """Whether the token of *api* is refused by now."""
    return api.get("/users/me").expect(200, 401).status == 401


def everybody(librarian: API) -> list[Json]:
    """All users, page by page, which come by id and each once."""
    total = librarian.get("/users", query={"limit": 1}).expect(200)["total"].integer
    pages = [librarian.get("/users", query={"limit": 100, "offset": at}) for at in range(0, min(total, 10_000), 100)]
    users = [user for page in pages for user in page.expect(200)["items"]]
    for user, after in pairwise(users):
        words = f"{after['id'].integer} after {user['id'].integer}"
        after.expect(user["id"].integer < after["id"].integer, "The users come by id, each once.", actual=words)
    expect(
        len(users) == total, "The pages together hold as many users as total says.", expected=total, actual=len(users)
    )
    return users


def about(user: API, librarian: API, person: dict[str, Any]) -> list[Answer]:
    """Every kind of answer that shows a user."""
    path = f"/users/{me(user)['id'].integer}"
    listed = librarian.get("/users", query={"limit": 1})
    total = listed["total"].integer if listed.status == 200 else 0
    return [
        user.get("/users/me"),
        user.get(path),
        user.patch(path, json={"name": person["name"]}),
        librarian.get(path),
        librarian.get("/users", query={"limit": 100, "offset": max(0, total - 100)}),
    ]


def refusals(api: API, person: dict[str, Any]) -> list[Answer]:
    """Requests with the password that are refused, each for another reason."""
    half, as_json = json.dumps(person)[:-1].encode(), {"Content-Type": "application/json"}
    return [
        register(api, person),
        register(api, person | {"email": "nobody"}),
        register(api, without(person, "name")),
        register(api, without(person, "email")),
        api.post("/auth/register", body=half, headers=as_json),
        api.post("/auth/login", body=half, headers=as_json),
        api.post("/auth/login", json={"password": person["password"]}),
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
    """Values that are no address by CONTRACT.md §6."""
    one, two, at = draw.text(9), draw.text(3), "@example.com"
    no_address = ("", one, f"{one}.example.com", at, f"{one}@", f"{one}.{two}@example", f"{one}@{two}{at}")
    white = (
        f"{one} {two}{at}",
        f"{one}\t{two}{at}",
        f"{one}@exam ple.com",
        f" {one}{at}",
        f"{one}{at} ",
        f"{one}{at}\n",
    )
    return (*no_address, *white, long_address(draw, 255), draw.integer(1, 99), None, True, [one + at])


def bad_names(draw: Draw) -> tuple[Any, ...]:
    """Values that are no name: empty, too long, with control characters, or no text."""
    word = draw.text(5)
    control = (f"{word}\0{word}", f"{word}\n{word}", f"{word}\x1f{word}")
    return ("", "   ", draw.text(121), "🦊" * 121, *control, draw.integer(1, 99), None, True, [word])


def good_names(draw: Draw) -> tuple[str, ...]:
    """Names on the edge of what is allowed."""
    odd = f'Zoë "O\'Neil" {draw.word()}; -- 李 🦊 <b>\\%_'
    return (draw.text(1), draw.text(120), draw.text(1) + "🦊" * 119, odd)


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
        expect(answer.status in (401, 422), sentence, expected="status 401", actual=_status(answer), answer=answer)


def expect_status(answer: Answer, status: int, sentence: str) -> None:
    """The answer has this status; *sentence* says why."""
    expect(answer.status == status, sentence, expected=f"status {status}", actual=_status(answer), answer=answer)


def expect_no_login(api: API, email: str, password: str) -> None:
    """A login with these is refused; how exactly is judged by users.login-refused."""
    answer = login(api, email, password)
    expect(
        400 <= answer.status < 500,
        "This login is refused.",
        expected="status 401",
        actual=_status(answer),
        answer=answer,
    )


def expect_free(api: API, person: dict[str, Any]) -> None:
    """The refused registrations before left nobody behind."""
    expect_status(register(api, person), 201, "A refused registration leaves nothing: the same address can register.")


def expect_same_user(one: Json, other: Json) -> None:
    """Two answers show one user; their times may be rounded differently."""
    for field in ("id", "email", "name", "role"):
        one[field].equals(other[field])
    apart = abs((one["created_at"].time - other["created_at"].time).total_seconds())
    one["created_at"].expect(apart < 1, "created_at stays the same.", expected=other["created_at"].text)


def expect_page(
    librarian: API, ids: list[int], *, limit: int, offset: int, query: dict[str, int] | None = None
) -> None:
    """A page of GET /users holds exactly its share of *ids*; without *query* limit and offset are sent."""
    page = librarian.get("/users", query={"limit": limit, "offset": offset} if query is None else query)
    page.expect(200).has(total=len(ids), limit=limit, offset=offset)
    found, wanted = [user["id"].integer for user in page["items"]], ids[offset : offset + limit]
    sentence = f"The page holds the users from number {offset} on, at most {limit}."
    expect(found == wanted, sentence, expected=wanted, actual=found, answer=page)


def _short(password: str) -> str:
    """A password as a learner reads it: made up, so it may be shown, but not in its whole length."""
    return repr(password) if len(password) <= 24 else f"{password[:6]!r}…{password[-6:]!r} ({len(password)} characters)"


def _status(answer: Answer) -> str:
    return f"status {answer.status}"
