"""Authentication: errors that clients can rely on, accounts, tokens that end, and passwords that nobody reads (§2 to §4)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from accounts import (
    Aging,
    another_login,
    bad_addresses,
    bad_lines,
    expect_free,
    expect_goes_on,
    expect_no_login,
    expect_opens,
    expect_pair,
    expect_same_user,
    expect_spent,
    good_lines,
    is_built,
    logout,
    long_address,
    looks_like_a_refresh_token,
    me,
    mixed_case,
    padded,
    protected,
    record,
    refresh,
    refreshed,
    refusals,
    signed_in,
    some_bad_lines,
    wait_until_refused,
)
from forged import (
    altered,
    damaged,
    invented,
    is_signed_with,
    lacking,
    other_letter,
    otherwise_signed,
    parts_of,
    without_signature,
)
from password_hashes import FULL_COST, cost, has_full_cost, parameters, stored_hash, traces
from past import Past, busy
from people import (
    NOT_BUILT,
    Person,
    Rounds,
    Team,
    a_person,
    expect_error,
    expect_invalid,
    expect_not_found,
    expect_status,
    expect_unauthorized,
    form,
    logged_in,
    login,
    new_project,
    register,
    registered,
    sign_up,
    some_id,
    without,
)

from roadmap_cli.checking import API, Answer, Database, Server, eventually, expect, fail, race, requirement

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
JSON = {"Content-Type": "application/json"}
FORM_TYPE, NOT_JSON = "application/x-www-form-urlencoded", ("text/plain", "application/xml", "application/jsonl")
A_HASH = re.compile(r"\$argon2|\$2[aby]\$\d\d\$|\$scrypt\$|scrypt[:$]\d+[:$]|pbkdf2")
A_PASSWORD_FIELD = re.compile(
    r'"(password|password_?hash|hashed_?password|password_?digest|passwd|pwd)"\s*:\s*"[^"]', re.IGNORECASE
)
AT_ONCE = 32
RACERS = 5
BACK_SECONDS = 10
ENDED = (0, 143, -15)
FAR_FUTURE = 10**12
STOP_SECONDS = 5


# --- auth.health, auth.ready, auth.load ----------------------------------------------------------------------------


@requirement("auth.health")
def test_health(api: API) -> None:
    """The process says that it runs."""
    api.get("/health").expect(200).has(status="ok")


@requirement("auth.ready")
def test_ready(api: API) -> None:
    """With a database /ready says so."""
    api.get("/ready").expect(200).has(status="ready")


@requirement("auth.ready", last=True)
def test_not_ready_without_a_database(api: API, server: Server, database: Database) -> None:
    """While nobody can reach the database /ready is 503 and /health 200; afterwards everything works by itself."""
    with left_running(server):
        busy(api)
        with database.cut_off():
            expect_error(api.get("/ready"), 503, "not_ready")
            api.get("/health").expect(200).has(status="ok")

        sentence = "/ready is 200 again soon after the database came back."
        eventually(lambda: api.get("/ready").status == 200, seconds=BACK_SECONDS, sentence=sentence)
        for answer in busy(api):
            expect(answer.status < 500, "After that every request is served again.", answer=answer)


@requirement("auth.load")
def test_many_requests_at_once(person: Person) -> None:
    """32 requests at the same time, half of them logins, are all answered: with a pair of tokens, and the right user."""
    logins = [partial(login, person.api, person.email, person.password) for _ in range(AT_ONCE // 2)]
    readers = [partial(person.api.get, "/users/me") for _ in range(AT_ONCE // 2 - 1)]
    *answers, nobody = race(*logins, *readers, partial(person.api.anonymous().get, "/users/me"))

    for answer in answers:
        expect_status(answer, 200, f"Of {AT_ONCE} requests at the same time each is answered.")
    tokens = {answer["refresh_token"].text for answer in answers[: len(logins)]}
    words = "No two logins get the same refresh token."
    expect(len(tokens) == len(logins), words, expected=len(logins), actual=len(tokens))
    for answer in answers[len(logins) :]:
        answer.has(id=person.id)
    nobody.expect(401, 403)  # which of them, auth.token-required judges


# --- auth.errors ---------------------------------------------------------------------------------------------------


@requirement("auth.errors")
def test_an_unknown_path_is_not_found_by_any_method(api: API) -> None:
    """A path that nobody made is 404 with the error body, whatever is done to it."""
    word = api.draw.text(9)

    for method in METHODS:
        expect_not_found(send(api, method, f"/{word}"))
    for path in (f"/health/{word}", f"/users/{word}/{word}"):
        expect_not_found(api.get(path))


@requirement("auth.errors")
def test_a_method_that_a_path_lacks(api: API) -> None:
    """A method that a path lacks is 405 with the error body, and Allow names those that it has."""
    for method in api.draw.sample(["POST", "PUT", "PATCH", "DELETE"], 2):
        expect_not_allowed(send(api, method, "/health"), {"GET"}, {"GET"})
    for path in ("/auth/register", "/auth/token", "/auth/refresh", "/auth/logout"):
        expect_methods(api, path, {"POST"})
    expect_methods(api, "/ready", {"GET"})


@requirement("auth.errors")
def test_a_method_that_a_protected_path_lacks(newcomer: Callable[[], Person]) -> None:
    """The same holds for paths that need a token, as far as they are built: those of projects later on, too."""
    person = newcomer()
    expect_methods(person.api, "/users/me", {"GET", "PATCH"})
    expect_methods(person.api, "/users/me/password", {"PUT"})
    expect_methods(person.api, "/invitations", {"GET"})
    if person.api.get("/projects").status in NOT_BUILT:
        return
    expect_methods(person.api, "/projects", {"GET", "POST"})
    path = f"/projects/{new_project(person)['id'].integer}"
    expect_not_allowed(send(person.api, "PUT", path), {"GET"}, {"GET", "PATCH", "DELETE"})
    expect_not_allowed(send(person.api, "POST", path), {"GET"}, {"GET", "PATCH", "DELETE"})
    expect_methods(person.api, f"{path}/members", {"GET"})
    expect_methods(person.api, f"{path}/invitations", {"GET", "POST"})
    expect_methods(person.api, f"{path}/transfer", {"POST"})


# --- auth.bodies ---------------------------------------------------------------------------------------------------


@requirement("auth.bodies")
def test_a_body_that_is_not_json(api: API) -> None:
    """Text that no JSON parser reads, nothing, and bytes that are not UTF-8 are 400, and nobody is registered."""
    person = a_person(api.draw)
    body = json.dumps(person).encode()
    latin = json.dumps(person | {"name": "Zo\u00eb"}, ensure_ascii=False).encode("latin-1")

    for bad in (body[:-1], api.draw.words(3).encode(), b"", latin):
        expect_error(api.post("/auth/register", body=bad, headers=JSON), 400, "malformed_json")
    expect_free(api, person)


@requirement("auth.bodies")
def test_a_body_of_another_media_type(api: API) -> None:
    """What is not declared as application/json is 415, even if it is JSON, and registers nobody."""
    person = a_person(api.draw)
    body = json.dumps(person).encode()

    for kind in (FORM_TYPE, api.draw.pick(NOT_JSON)):
        refused = api.post("/auth/register", body=body, headers={"Content-Type": kind})
        expect_error(refused, 415, "unsupported_media_type")
    expect_error(api.post("/auth/register", body=body), 415, "unsupported_media_type")
    answer = api.post("/auth/register", body=body, headers={"Content-Type": "application/json; charset=utf-8"})
    expect_status(answer, 201, "application/json with a charset behind it is application/json.")


@requirement("auth.bodies")
def test_a_body_of_the_wrong_shape(api: API) -> None:
    """JSON that is no object has one fault, and its field is the body."""
    person = a_person(api.draw)

    for body in ([person], [], api.draw.pick([person["email"], 7, True]), None):
        expect_invalid(api.post("/auth/register", json=body), "body")
    expect_free(api, person)


@requirement("auth.bodies")
def test_the_other_bodies(newcomer: Callable[[], Person]) -> None:
    """The rules hold for every request that needs a body, as far as it is built, and what is refused changes nothing."""
    person = newcomer()
    name = json.dumps({"name": person.api.draw.name()}).encode()
    requests = [("PATCH", "/users/me", name), ("PUT", "/users/me/password", b"{}"), ("POST", "/auth/refresh", b"{}")]

    for method, path, body in requests:
        bad = person.api.request(method, path, body=body[:-1], headers=JSON)
        if bad.status in NOT_BUILT and not is_built(person.api, method, path):
            continue
        expect_error(bad, 400, "malformed_json")
        other = person.api.request(method, path, body=body, headers={"Content-Type": "text/plain"})
        expect_error(other, 415, "unsupported_media_type")
        expect_invalid(person.api.request(method, path, json=[]), "body")
    me(person.api).has(name=person.name)


# --- auth.register -------------------------------------------------------------------------------------------------


@requirement("auth.register")
def test_register(api: API) -> None:
    """A registration is answered with the new user, whose address is in lower case however it was typed."""
    person = a_person(api.draw)
    answer = register(api, person | {"email": mixed_case(api.draw, person["email"])})

    user = answer.expect(201).has("created_at", email=person["email"], name=person["name"])
    user["id"].expect(user["id"].integer > 0, "The id is a positive integer.")
    user["created_at"].expect(user["created_at"].time, "created_at is a time.")
    expect_same_user(me(signed_in(api, person)).has(*record(user)), user)


@requirement("auth.register")
def test_everybody_has_their_own_account(api: API) -> None:
    """Two people with one name and one password are two users, each with a token for their own account."""
    first = a_person(api.draw)
    second = first | {"email": api.draw.email()}
    ids = [register(api, person).expect(201)["id"].integer for person in (first, second)]

    expect(ids[0] != ids[1], "Every registration makes a user with an id of its own.", actual=ids)
    for person, id in zip((first, second), ids, strict=True):
        me(signed_in(api, person)).has(id=id, email=person["email"])


# --- auth.validation -----------------------------------------------------------------------------------------------


@requirement("auth.validation")
def test_bad_addresses(api: API) -> None:
    """An address that breaks a rule is refused with 422 and the field email."""
    person = a_person(api.draw)
    for email in bad_addresses(api.draw):
        expect_invalid(register(api, person | {"email": email}), "email")

    expect_invalid(register(api, without(person, "email")), "email")


@requirement("auth.validation")
def test_bad_names(api: API) -> None:
    """A name that breaks a rule is refused with 422 and the field name, and registers nobody."""
    person = a_person(api.draw)
    for name in bad_lines(api.draw, 100):
        expect_invalid(register(api, person | {"name": name}), "name")

    expect_invalid(register(api, without(person, "name")), "name")
    expect_free(api, person)


@requirement("auth.validation")
def test_bad_passwords(api: API) -> None:
    """A password of 7 or 129 characters, with U+0000, missing or no string is 422, and registers nobody."""
    draw, person = api.draw, a_person(api.draw)
    # Seven characters that are 28 bytes, and 14 to who counts as JavaScript does.
    lengths = ("🦊" * 7, draw.text(129))
    for password in (*lengths, f"{draw.text(6)}\0{draw.text(6)}", draw.integer(10**9, 10**10), None):
        expect_invalid(register(api, person | {"password": password}), "password")

    expect_invalid(register(api, without(person, "password")), "password")
    expect_free(api, person)


@requirement("auth.validation")
def test_all_offending_fields_are_named(api: API) -> None:
    """Several wrong fields are all named in one answer, and no right one."""
    person, wrong = a_person(api.draw), {"email": "nobody", "name": "  ", "password": api.draw.text(5)}

    names = api.draw.sample([*wrong], 2)
    expect_invalid(register(api, person | {name: wrong[name] for name in names}), *names)
    expect_invalid(register(api, {}), "email", "name", "password")


@requirement("auth.validation")
def test_just_allowed(api: API) -> None:
    """Addresses and names on the edge of the rules are accepted as they are; a name is trimmed first."""
    draw = api.draw
    addresses = [
        long_address(draw, 254),
        f"{draw.text(3)}.{draw.text(9)}+tag_1-x@example.com",
        draw.email(),
        draw.email(),
    ]
    people = [
        a_person(draw) | {"email": email, "name": name}
        for email, name in zip(addresses, good_lines(draw, 100), strict=True)
    ]
    for person in people:
        register(api, person).expect(201).has(email=person["email"], name=person["name"].strip())

    me(signed_in(api, people[-1])).has(name=people[-1]["name"].strip())


# --- auth.passwords ------------------------------------------------------------------------------------------------


@requirement("auth.passwords")
def test_every_character_counts(api: API) -> None:
    """A password of 128 characters (not bytes) opens its account, and is compared to its end, not only up to 72 bytes."""
    draw = api.draw
    password = draw.text(72) + "🦊" * 55 + draw.text(1)

    expect_opens(
        api,
        password,
        its_beginning=password[:72],
        all_but_its_last_character=password[:-1],
        another_last_character=password[:-1] + other_letter(draw, password[-1]),
    )


@requirement("auth.passwords")
def test_passwords_are_not_trimmed(api: API) -> None:
    """White space at the ends belongs to the password, and counts for its length: 8 characters are enough."""
    password = f" {api.draw.text(6)} "

    expect_opens(api, password, less_before=password.lstrip(), less_after=password.rstrip())


@requirement("auth.passwords")
def test_passwords_of_a_form(api: API) -> None:
    """What a form has to escape (&, =, +, %, letters beyond ASCII) arrives as it was typed."""
    word = api.draw.text(4)

    expect_opens(
        api,
        f"пароль🔑{word}+a&b=c%20d",
        with_a_space_for_the_plus=f"пароль🔑{word} a&b=c%20d",
        question_marks=f"???????{word}+a&b=c%20d",
    )


# --- auth.email-unique ---------------------------------------------------------------------------------------------


@requirement("auth.email-unique")
def test_taken_address(api: API) -> None:
    """A second registration with an address, in whatever case, is 409 and leaves the account as it was."""
    first, second = a_person(api.draw), a_person(api.draw)
    id = registered(api, first)

    for email in (first["email"], mixed_case(api.draw, first["email"])):
        expect_error(register(api, second | {"email": email}), 409, "email_taken")
    expect_no_login(api, first["email"], second["password"])
    me(signed_in(api, first)).has(id=id, email=first["email"], name=first["name"])


@requirement("auth.email-unique")
def test_alike_is_not_the_same(api: API) -> None:
    """An address that only looks like a taken one to a pattern (`_`, `%`) is free."""
    start, end = api.draw.text(8), api.draw.text(8)
    registered(api, a_person(api.draw) | {"email": f"{start}x{end}@example.com"})

    for alike in (f"{start}_{end}@example.com", f"{start}y{end}@example.com", f"{start}%@example.com"):
        register(api, a_person(api.draw) | {"email": alike}).expect(201).has(email=alike)


@requirement("auth.email-unique")
def test_one_address_at_the_same_moment(api: API, rounds: Rounds) -> None:
    """Of several registrations with one address at the same moment one succeeds, and the others are 409."""
    for gate in rounds:
        email = api.draw.email()
        people = [a_person(api.draw) | {"email": mixed_case(api.draw, email)} for _ in range(RACERS)]
        answers = race(*[partial(register, api, person) for person in people], gate=gate)

        winners = [answer for answer in answers if answer.status == 201]
        expect(len(winners) == 1, "One of the registrations succeeds.", expected=1, actual=len(winners))
        for answer in answers:
            if answer.status != 201:
                expect_error(answer, 409, "email_taken")


# --- auth.mass-assignment ------------------------------------------------------------------------------------------


@requirement("auth.mass-assignment")
def test_register_takes_no_inner_fields(api: API) -> None:
    """An id, a hash or a time of creation in a registration is ignored, whatever it holds."""
    person, wanted = a_person(api.draw), some_id(api.draw)
    inner = {"id": wanted, "password_hash": "x" * 60, "created_at": "1999-01-01T00:00:00Z", "role": 7, "is_admin": None}
    answer = register(api, person | inner).expect(201)

    answer["id"].expect(answer["id"].integer != wanted, "The id is the server's, not that of the request.")
    year = answer["created_at"].time.year
    answer["created_at"].expect(year > 1999, "created_at is the server's, not that of the request.")
    login(api, person["email"], person["password"]).expect(200)


@requirement("auth.mass-assignment")
def test_rename(newcomer: Callable[[], Person], team: Team) -> None:
    """PATCH /users/me changes the name, trimmed; without one, or with one that breaks a rule (422), it changes nothing."""
    person = newcomer()
    name = person.api.draw.name()
    for bad in some_bad_lines(person.api.draw, 100):
        expect_invalid(person.api.patch("/users/me", json={"name": bad}), "name")

    person.api.patch("/users/me", json={}).expect(200).has(id=person.id, email=person.email, name=person.name)
    person.api.patch("/users/me", json={"name": padded(name)}).expect(200).has(id=person.id, name=name)
    me(person.api).has(id=person.id, email=person.email, name=name)
    me(team.viewer.api).has(id=team.viewer.id, name=team.viewer.name)


@requirement("auth.mass-assignment")
def test_patch_takes_no_inner_fields(newcomer: Callable[[], Person]) -> None:
    """An id, address, password, hash or time of creation in PATCH /users/me is ignored."""
    person = newcomer()
    draw, before = person.api.draw, record(me(person.api))
    secret, email, name = draw.password(), draw.email(), draw.name()
    outer = {"id": some_id(draw), "email": email, "created_at": "1999-01-01T00:00:00Z"}
    person.api.patch("/users/me", json=outer | {"password": secret, "password_hash": "x" * 60}).expect(200)
    person.api.patch("/users/me", json=outer | {"name": name, "email": None}).expect(200).has(**before | {"name": name})

    for address, password in ((person.email, secret), (email, person.password)):
        expect_no_login(person.api, address, password)
    again = signed_in(person.api, {"email": person.email, "password": person.password})
    me(again).has(**before | {"name": name})


# --- auth.login ----------------------------------------------------------------------------------------------------


@requirement("auth.login")
def test_login(api: API, environment: dict[str, str]) -> None:
    """A login by a form is answered with a pair of tokens, and the access token opens one's own account."""
    person = a_person(api.draw)
    id = registered(api, person)
    pair = expect_pair(login(api, person["email"], person["password"]), lifetime(environment))

    me(api.with_token(pair["access_token"].text)).has(id=id, email=person["email"], name=person["name"])
    fields = {"grant_type": "password", "username": person["email"], "password": person["password"]}
    again = expect_pair(form(api, "/auth/token", fields), lifetime(environment))
    tokens = [answer["refresh_token"].text for answer in (pair, again)]
    expect(tokens[0] != tokens[1], "Two logins get two refresh tokens.", answer=again)


@requirement("auth.login")
def test_everybody_has_their_own_login(api: API) -> None:
    """Each token opens the account of whoever logged in, in whatever case, also after somebody else has logged in."""
    people = [a_person(api.draw) for _ in range(2)]
    ids = [registered(api, person) for person in people]
    typed = [mixed_case(api.draw, person["email"]) for person in people]
    logins = [login(api, email, person["password"]) for email, person in zip(typed, people, strict=True)]

    for entered, id in zip(logins, ids, strict=True):
        expect_status(entered, 200, "The address of a login is compared without regard to upper and lower case.")
        answer = api.with_token(entered["access_token"].text).get("/users/me")
        expect_status(answer, 200, "A token stays valid when somebody else logs in.").has(id=id)


@requirement("auth.login")
def test_a_login_lacks_something(api: API) -> None:
    """A form without one of its two fields is 422 with its name, and JSON instead of a form is 415 or 422."""
    person = a_person(api.draw)
    fields = {"username": person["email"], "password": person["password"]}

    for field in fields:
        expect_invalid(form(api, "/auth/token", without(fields, field)), field)
    api.post("/auth/token", json=fields).expect(415, 422)["error"].has("code", "message")


# --- auth.login-refused --------------------------------------------------------------------------------------------


@requirement("auth.login-refused")
def test_wrong_password(newcomer: Callable[[], Person]) -> None:
    """A wrong password and an unknown address are 401 and look the same; the right password still works afterwards."""
    person = newcomer()
    api, draw, right = person.api, person.api.draw, person.password
    wrong = [login(api, person.email, password) for password in (draw.password(), right.swapcase(), right[:-1])]
    unknown = [login(api, email, right) for email in (draw.email(), draw.word())]

    for answer in (*wrong, *unknown):
        expect_unauthorized(answer)
        sentence = "A wrong password and an unknown address are answered with one and the same body."
        expect(answer.json == wrong[0].json, sentence, expected=wrong[0].text, actual=answer.text, answer=answer)
    expect("access_token" not in wrong[0], "A refused login holds no token.", answer=wrong[0])
    login(api, person.email, right).expect(200)


@requirement("auth.login-refused")
def test_address_is_no_pattern(api: API) -> None:
    """Characters that SQL patterns know (`%`, `_`) stand for themselves in a login."""
    start, end = api.draw.text(8), api.draw.text(8)
    person = a_person(api.draw) | {"email": f"{start}x{end}@example.com"}
    registered(api, person)

    for email in (f"{start}_{end}@example.com", f"{start}%@example.com"):
        login(api, email, person["password"]).expect(401)


# --- auth.jwt ------------------------------------------------------------------------------------------------------


@requirement("auth.jwt")
def test_the_access_token_is_a_jwt(api: API, environment: dict[str, str], secret_key: str) -> None:
    """Header, signature and claims are those of §4: HS256 by SECRET_KEY, sub, iat, and exp to the second."""
    person = a_person(api.draw)
    id = registered(api, person)
    pair = logged_in(api, person["email"], person["password"])
    token = pair["access_token"].text
    header, payload = claims_of(pair)

    expect_claim(pair, header, "alg", "HS256")
    expect_claim(pair, header, "typ", "JWT")
    expect_claim(pair, payload, "sub", str(id))
    expect_lasts(pair, lifetime(environment))
    expect(is_signed_with(token, secret_key), "The signature is made by HS256 with SECRET_KEY.", answer=pair)


@requirement("auth.jwt")
def test_what_is_in_a_token(api: API) -> None:
    """The claim iat is the present moment; no password, no hash and no e-mail address is there for everybody to read."""
    person = a_person(api.draw)
    user = register(api, person).expect(201)
    pair = logged_in(api, person["email"], person["password"])
    inside = json.dumps(claims_of(pair), ensure_ascii=False)

    apart = abs(issued_at(pair) - user["created_at"].time.timestamp())
    words = "iat is the time of the login, which came at once after registering."
    expect(apart < 30, words, expected=user["created_at"].text, actual=f"{apart:.0f} s apart", answer=pair)
    for what, secret in (("password", person["password"]), ("e-mail address", person["email"])):
        expect(secret not in inside, f"The access token does not hold the {what}.", answer=pair)
    expect(not A_HASH.search(inside), "The access token does not hold the hash of the password.", answer=pair)


# --- auth.token-required -------------------------------------------------------------------------------------------


@requirement("auth.token-required")
def test_nothing_without_a_token(person: Person) -> None:
    """Only `Bearer` and a token opens: none, another scheme or no scheme is 401 with WWW-Authenticate and changes nothing."""
    nobody = person.api.anonymous()
    for method, path, body in protected(person.api.draw):
        answer = nobody.request(method, path, json=body)
        if answer.status not in NOT_BUILT or is_built(person.api, method, path):
            expect_unauthorized(answer)
    for shape in ("Basic {}", "{}", "Bearer", "Bearer{}"):
        answer = nobody.get("/users/me", headers={"Authorization": shape.format(person.api.token)})
        words = f"GET /users/me is refused with 401 if Authorization is {shape.format('<token>')!r}."
        expect_unauthorized(expect_status(answer, 401, words))

    me(person.api).has(id=person.id, name=person.name)


@requirement("auth.token-required")
def test_a_token_elsewhere(person: Person) -> None:
    """A token in the query or in a cookie is no Authorization (RFC 6750 leaves that to others)."""
    token, api = person.api.token, person.api.anonymous()

    expect_unauthorized(api.get("/users/me", query={"access_token": token}))
    expect_unauthorized(api.get("/users/me", headers={"Cookie": f"access_token={token}"}))


@requirement("auth.token-required")
def test_bearer_in_any_case(person: Person) -> None:
    """The word Bearer is compared without regard to case."""
    for word in ("bearer", "BEARER"):
        header = {"Authorization": f"{word} {person.api.token}"}
        answer = person.api.anonymous().get("/users/me", headers=header)

        expect_status(answer, 200, f"A token after the word {word!r} is accepted.").has(id=person.id)


# --- auth.forged ---------------------------------------------------------------------------------------------------


@requirement("auth.forged")
def test_damaged_tokens(person: Person) -> None:
    """A token with a character changed, added or removed anywhere is 401, and a refresh token opens nothing."""
    refresh_token = ("that is a refresh token", person.refresh_token)
    expect_all_refused(person, iter([*damaged(person.api.draw, person.api.token), refresh_token]))


@requirement("auth.forged")
def test_invented_tokens(person: Person) -> None:
    """A token that this server never issued is 401, never 500."""
    expect_all_refused(person, invented(person.api.draw, person.id))


@requirement("auth.forged")
def test_altered_tokens(team: Team) -> None:
    """A token with another user's sub, a later exp or another header is 401: the signature is that of the old ones."""
    expect_all_refused(team.owner, altered(team.owner.api.token, team.member.api.token))


@requirement("auth.forged")
def test_unsigned_tokens(person: Person) -> None:
    """A token whose header says `alg: none`, in whatever spelling, or that has lost its signature, is 401."""
    expect_all_refused(person, without_signature(person.api.token))


@requirement("auth.forged")
def test_tokens_signed_otherwise(person: Person, secret_key: str) -> None:
    """A token that is signed with another key, with an empty one, or by another algorithm than HS256 is 401."""
    expect_all_refused(person, otherwise_signed(person.api.draw, person.api.token, secret_key))


@requirement("auth.forged")
def test_tokens_that_lack_a_claim(person: Person, secret_key: str) -> None:
    """A token that is signed properly is 401 without exp or sub, after its exp, and with a sub that names nobody."""
    expect_all_refused(person, lacking(person.api.draw, person.api.token, secret_key))


# --- auth.expiry ---------------------------------------------------------------------------------------------------


@requirement("auth.expiry")
def test_tokens_expire(api: API, restarted: Server, aging: Aging) -> None:
    """An access token is accepted at first, and refused once it is older than TOKEN_TTL_SECONDS, used or not."""
    seconds, pair = int(restarted.environment["TOKEN_TTL_SECONDS"]), aging.second
    expect_status(aging.fresh, 200, "A new access token is accepted.")
    pair.has(expires_in=seconds)
    expect_lasts(pair, seconds)
    holder = api.with_token(pair["access_token"].text)
    sentence = f"An access token is refused with 401 once it is older than TOKEN_TTL_SECONDS (here {seconds})."

    wait_until_refused(holder, sentence, seconds + 3)
    expect_unauthorized(holder.get("/users/me"))
    me(signed_in(api, aging.person)).has(email=aging.person["email"])


@requirement("auth.expiry")
def test_refresh_tokens_expire(api: API, aging: Aging) -> None:
    """A refresh token that is older than REFRESH_TTL_SECONDS is refused, though nobody has used it."""
    # Issued later, and longer than a refresh token lives here: once this one is refused, the first login's is too old.
    clock = api.with_token(aging.second["access_token"].text)
    wait_until_refused(clock, "An access token ends after TOKEN_TTL_SECONDS.")

    expect_unauthorized(refresh(api, aging.first["refresh_token"].text))
    me(signed_in(api, aging.person)).has(email=aging.person["email"])


# --- auth.refresh --------------------------------------------------------------------------------------------------


@requirement("auth.refresh")
def test_refresh(newcomer: Callable[[], Person], environment: dict[str, str]) -> None:
    """A refresh is answered with a new pair of the same user, without a password, and can be repeated."""
    person = newcomer()
    tokens = [person.refresh_token]
    for _ in range(2):
        pair = expect_pair(refresh(person.api, tokens[-1]), lifetime(environment))
        me(person.api.with_token(pair["access_token"].text)).has(id=person.id, email=person.email)
        tokens.append(pair["refresh_token"].text)

    words = "Each refresh gives a refresh token that nobody had before."
    expect(len({*tokens}) == 3, words, actual=f"{len({*tokens})} different of {len(tokens)}")


@requirement("auth.refresh")
def test_what_is_no_refresh_token(newcomer: Callable[[], Person]) -> None:
    """What is no refresh token is 401 with WWW-Authenticate, what is no text 422; and the real one still works."""
    person = newcomer()
    real, draw = person.refresh_token, person.api.draw
    changed = [token for _, token in damaged(draw, real)]
    for body in ({}, {"refresh_token": None}, {"refresh_token": [real]}):
        expect_invalid(person.api.anonymous().post("/auth/refresh", json=body), "refresh_token")

    for token in (person.api.token, draw.text(43), "A" * 2048, *changed):
        expect_unauthorized(refresh(person.api, token))
    expect_goes_on(person.api, real, "Refused refreshes with other texts leave a valid refresh token alone.")


# --- auth.rotation -------------------------------------------------------------------------------------------------


@requirement("auth.rotation")
def test_reuse_ends_the_login(newcomer: Callable[[], Person]) -> None:
    """A token that was used up long ago ends the newest one too; other logins go on, and a new one is possible."""
    person, other = newcomer(), newcomer()
    first, elsewhere = person.refresh_token, another_login(person)
    third = refreshed(person.api, refreshed(person.api, first))
    expect_unauthorized(refresh(person.api, first))

    words = "When a used refresh token comes again, the newest one of the same login is refused from then on."
    expect_spent(person.api, third, words)
    expect_goes_on(person.api, elsewhere, "Another login of the same user goes on.")
    expect_goes_on(other.api, other.refresh_token, "The logins of other users go on.")
    logged_in(person.api, person.email, person.password)


@requirement("auth.rotation")
def test_the_thief_loses_too(newcomer: Callable[[], Person]) -> None:
    """A refresh uses up its token; whoever was first with a stolen one, the other's try ends what the first one got."""
    person = newcomer()
    stolen = refreshed(person.api, person.refresh_token)
    expect_unauthorized(refresh(person.api, person.refresh_token))

    expect_spent(person.api, stolen, "The token that the first user of a stolen one got is refused after its reuse.")


@requirement("auth.rotation")
def test_refreshes_at_the_same_moment(newcomer: Callable[[], Person], rounds: Rounds) -> None:
    """Of several refreshes with one token at the same moment at most one succeeds; the others are 401."""
    person = newcomer()
    token = person.refresh_token
    for gate in rounds:
        answers = race(*[partial(refresh, person.api, token) for _ in range(RACERS)], gate=gate)

        for answer in answers:
            answer.expect(200, 401)
        winners = sum(answer.status == 200 for answer in answers)
        words = f"Of {RACERS} refreshes with one token at the same moment at most one succeeds."
        expect(winners <= 1, words, expected="0 or 1", actual=winners, answer=answers[0])
        token = another_login(person)


# --- auth.logout ---------------------------------------------------------------------------------------------------


@requirement("auth.logout")
def test_logout(newcomer: Callable[[], Person]) -> None:
    """A logout is 204 and ends the login whose newest token it is, no others; a second logout is 204 as well."""
    person, other = newcomer(), newcomer()
    elsewhere, newest = another_login(person), refreshed(person.api, person.refresh_token)
    logout(person.api, newest).expect(204).expect_empty()

    expect_spent(person.api, newest, "The login that was ended is over.")
    logout(person.api, newest).expect(204)
    expect_goes_on(person.api, elsewhere, "Another login of the same user goes on after a logout.")
    expect_goes_on(other.api, other.refresh_token, "The logins of other users go on after a logout.")


@requirement("auth.logout")
def test_nothing_to_end(newcomer: Callable[[], Person]) -> None:
    """A text that is no refresh token is 204 and ends nothing; no text at all is 422."""
    person = newcomer()
    draw = person.api.draw
    for text in (draw.text(43), person.refresh_token[:-1], person.api.token):
        logout(person.api, text).expect(204).expect_empty()
    for body in ({}, {"refresh_token": None}):
        expect_invalid(person.api.post("/auth/logout", json=body), "refresh_token")

    expect_goes_on(person.api, person.refresh_token, "A logout with another text ends no login.")


# --- auth.password-change ------------------------------------------------------------------------------------------


@requirement("auth.password-change")
def test_change_of_password(newcomer: Callable[[], Person]) -> None:
    """The new password opens the account and the old one does not; every login is over, and those of others are not."""
    person, other = newcomer(), newcomer()
    new = person.api.draw.password()
    tokens = [person.refresh_token, refreshed(person.api, another_login(person))]
    change_password(person, person.password, new).expect(204).expect_empty()

    expect_no_login(person.api, person.email, person.password)
    login(person.api, person.email, new).expect(200)
    for token in tokens:
        expect_spent(person.api, token, "A refresh token from before the change of the password is refused.")
    expect_goes_on(other.api, other.refresh_token, "The logins of other users go on.")


@requirement("auth.password-change")
def test_refused_changes(newcomer: Callable[[], Person]) -> None:
    """Without the present password it is 403, with a new one that breaks a rule 422, and nothing changes."""
    person = newcomer()
    draw, put = person.api.draw, partial(person.api.put, "/users/me/password")
    new = draw.password()
    for wrong in (draw.password(), person.password + "x"):
        expect_error(change_password(person, wrong, new), 403, "forbidden")
    for bad in ("🦊" * 7, draw.text(129), f"{draw.text(9)}\0", None):
        expect_invalid(change_password(person, person.password, bad), "new_password")
    expect_invalid(put(json={"password": person.password}), "new_password")
    expect_invalid(put(json={"new_password": new}), "password")

    expect_no_login(person.api, person.email, new)
    login(person.api, person.email, person.password).expect(200)
    expect_goes_on(person.api, person.refresh_token, "A refused change of the password ends no login.")


# --- auth.password-hashed, auth.hash-cost --------------------------------------------------------------------------


@requirement("auth.password-hashed")
def test_hashed(api: API, database: Database) -> None:
    """The database holds a hash of the password in one of the contract's forms, with a salt for each user."""
    one = a_person(api.draw)
    other = a_person(api.draw) | {"password": one["password"]}
    for person in (one, other):
        registered(api, person)
    salts = [parameters(stored_hash(database, person["email"]))["salt"] for person in (one, other)]

    expect(salts[0] != salts[1], "Each user has a salt of their own.", actual=salts)


@requirement("auth.password-hashed")
def test_a_new_password_is_hashed_too(api: API, database: Database) -> None:
    """A change of the password stores another hash, in one of the contract's forms, with another salt."""
    person = sign_up(api)
    before = parameters(stored_hash(database, person.email))
    if change_password(person, person.password, api.draw.password()).status in NOT_BUILT:
        return
    after = parameters(stored_hash(database, person.email))

    expect(before["salt"] != after["salt"], "A new password gets a salt of its own.", actual=after["salt"])


@requirement("auth.password-hashed")
def test_no_password_in_any_table(api: API, database: Database) -> None:
    """No column of any table holds the password itself, in disguise, or as a bare digest."""
    person = sign_up(api)
    rows = " ".join(text.lower() for text in texts_about(database, person.email))
    expect(person.email in rows, "The address stands in the table of users.")

    for what, trace in traces(person.password):
        held = trace.lower() in rows
        expect(not held, f"The users table does not hold the password {what}.", expected="a salted, slow hash")
    where = tables_with(database, person.password)
    expect(not where, "No table holds a password.", expected="in no table", actual=", ".join(where))


@requirement("auth.hash-cost")
def test_full_cost(api: API, restarted: Server, database: Database) -> None:
    """Without PASSWORD_HASH_COST a new password is hashed at the full cost, and opens the account."""
    person = a_person(api.draw)
    registered(api, person)
    found = parameters(stored_hash(database, person["email"]))
    sentence = "Without PASSWORD_HASH_COST a password is hashed at the full cost."

    expect(has_full_cost(found), sentence, expected=FULL_COST, actual=cost(found))
    login(api, person["email"], person["password"]).expect(200)
    expect_no_login(api, person["email"], person["password"] + "x")


@requirement("auth.hash-cost")
def test_old_hashes_still_open(api: API, past: Past, restarted: Server) -> None:
    """A password that was hashed at another cost still opens its account: the hash says how it was made."""
    person = past.world.person

    answer = login(api, person.email, person.password)
    expect_status(answer, 200, "An account that was made while PASSWORD_HASH_COST was minimum can still log in.")
    expect_no_login(api, person.email, person.password + "x")


# --- auth.tokens-stored --------------------------------------------------------------------------------------------


@requirement("auth.tokens-stored")
def test_no_refresh_token_is_stored(api: API, database: Database) -> None:
    """No column of any table holds a refresh token as it was sent: not one in use, not a used one."""
    person = sign_up(api)
    newest = refreshed(api, person.refresh_token)

    for what, token in (("a used refresh token", person.refresh_token), ("the newest refresh token", newest)):
        where = tables_with(database, token)
        words = f"No table holds {what} as it was sent: a digest of it is enough."
        expect(not where, words, expected="in no table", actual=", ".join(where))
    expect_goes_on(api, newest, "The newest refresh token is valid all the same.")


@requirement("auth.tokens-stored")
def test_what_is_stored_opens_nothing(api: API, database: Database) -> None:
    """Whoever reads the tables cannot refresh with what stands there."""
    person = sign_up(api)
    for text in filter(looks_like_a_refresh_token, stored_texts(database)):
        expect_status(refresh(api, text), 401, "A text that stands in a table is no valid refresh token.")

    expect_goes_on(api, person.refresh_token, "The refresh token that was issued is valid.")


# --- auth.secrets-hidden -------------------------------------------------------------------------------------------


@requirement("auth.secrets-hidden")
def test_no_answer_holds_the_password(api: API) -> None:
    """Neither the password nor a hash of it is in any answer about the user."""
    person = a_person(api.draw)
    answers = [register(api, person), login(api, person["email"], person["password"])]
    user = api.with_token(answers[1].expect(200)["access_token"].text)
    answers += [user.get("/users/me"), user.patch("/users/me", json={"name": person["name"]})]

    for answer in answers:
        expect_hidden(answer, person["password"])
        expect(not A_PASSWORD_FIELD.search(answer.text), "No answer has a field for the password.", answer=answer)


@requirement("auth.secrets-hidden")
def test_no_refusal_holds_the_password(api: API) -> None:
    """A refusal does not repeat the password that was sent, whatever was wrong with the request."""
    person = a_person(api.draw)
    registered(api, person)

    for answer in refusals(api, person):
        expect_hidden(answer, person["password"])
    for secret in (api.draw.text(7), api.draw.integer(10**11, 10**12)):
        expect_hidden(register(api, a_person(api.draw) | {"password": secret}), str(secret))


@requirement("auth.secrets-hidden")
def test_no_refusal_holds_a_token(newcomer: Callable[[], Person]) -> None:
    """A refused token, of whatever kind, is not repeated, and no other answer holds one."""
    person = newcomer()
    token, wrong = person.refresh_token, person.api.draw.text(43)
    answers = [refresh(person.api, wrong), person.api.with_token(wrong).get("/users/me")]
    answers += [person.api.get("/users/me"), person.api.post("/auth/refresh", json={"refresh_token": [wrong]})]

    for answer in answers:
        for secret in (token, wrong, person.api.token):
            expect(secret not in whole(answer), "No answer but a pair holds a token.", answer=answer)


# --- auth.restart --------------------------------------------------------------------------------------------------


@requirement("auth.restart")
def test_accounts_and_tokens_survive(past: Past) -> None:
    """Started again with the same environment, the server knows its users and takes the tokens from before."""
    person, after = past.world.person, past.answers

    expect_status(after.login, 200, "An account survives a restart.")
    words = "An access token that was issued before a restart is valid after it, with the same SECRET_KEY."
    expect_status(after.me, 200, words).has(id=person.id, email=person.email, name=person.name)
    words = "A refresh token that was issued before a restart is valid after it."
    expect_status(after.refreshed, 200, words)


@requirement("auth.restart")
def test_projects_survive(past: Past) -> None:
    """A project, as soon as there can be one, survives a restart as it was."""
    before, after = past.world.project, past.answers.project
    if before is None or after is None:
        return

    expect_status(after, 200, "A project survives a restart.")
    after.has(**{name: before[name].value for name in ("id", "name", "description", "role", "owner_id")})


@requirement("auth.restart")
def test_sigterm_ends_it(past: Past, api: API) -> None:
    """On SIGTERM the server ends in time and properly, and takes all its processes with it; then it can start again."""
    stopped = past.stopped
    seen = f"{stopped.seconds:.1f} s" + ("" if stopped.in_time else ", then we ended it by force")

    words = f"Your server ends within {STOP_SECONDS} seconds after SIGTERM."
    expect(stopped.in_time, words, expected=f"at most {STOP_SECONDS} s", actual=seen)
    words = "After SIGTERM your server ends with status 0 or 143, or by the signal itself."
    expect(stopped.status in ENDED, words, expected="0, 143 or SIGTERM", actual=f"status {stopped.status}")
    words = "No process of your server is left behind."
    expect(not stopped.left_behind, words, expected="none", actual="; ".join(stopped.left_behind))
    api.get("/health").expect(200).has(status="ok")


# --- the words of these checks -------------------------------------------------------------------------------------


@contextmanager
def left_running(server: Server) -> Iterator[None]:
    """A server that does not find back by itself is started again: the checks after this one are not its victims."""
    try:
        yield
    except BaseException:
        server.stop()
        server.start()
        raise


def send(api: API, method: str, path: str) -> Answer:
    """A request in which nothing is wrong but, perhaps, its method or path."""
    return api.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else ...)


def expect_methods(api: API, path: str, methods: set[str]) -> None:
    """A method that the path lacks is 405, and Allow names those of *methods* that are built; nothing if none is."""
    other = api.draw.pick([method for method in METHODS if method not in methods])
    answer = send(api, other, path)
    missing = sorted(methods - named_in(answer)) if answer.status == 405 else sorted(methods)
    needed = (methods - {*missing}) | {method for method in missing if is_built(api, method, path)}
    if needed:
        expect_not_allowed(answer, needed, methods)


def named_in(answer: Answer) -> set[str]:
    """The methods that Allow names, if it is there."""
    return {method.strip() for name, value in answer.headers if name.lower() == "allow" for method in value.split(",")}


def expect_not_allowed(answer: Answer, needed: set[str], known: set[str]) -> None:
    """The answer is 405 and its Allow names all of *needed*, and nothing beyond *known*, HEAD and OPTIONS."""
    expect_error(answer, 405, "method_not_allowed")
    named, words = named_in(answer), {"actual": answer.header("Allow"), "answer": answer}
    expect(needed <= named, "Allow names every method that the path has.", expected=", ".join(sorted(needed)), **words)
    surplus, right = named - known - {"HEAD", "OPTIONS", ""}, ", ".join(sorted(known))
    expect(not surplus, "Allow names no method that the path does not have.", expected=right, **words)


def lifetime(environment: dict[str, str]) -> int:
    """How long an access token lives."""
    return int(environment.get("TOKEN_TTL_SECONDS", "900"))


def claims_of(pair: Answer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of an access token, which is a JWT."""
    return parts_of(pair["access_token"].text) or fail(
        "The access token is a JWT (RFC 7519): three parts in base64url, the first two of them JSON objects.",
        expected="header.payload.signature",
        actual=f"{pair['access_token'].text[:20]}...",
        answer=pair,
    )


def issued_at(pair: Answer) -> float:
    """The claim iat of an access token."""
    return number_in(pair, "iat")


def number_in(pair: Answer, claim: str) -> float:
    """A claim of an access token, which is a number."""
    value = claims_of(pair)[1].get(claim)
    # NaN is not below anything, so it is refused here as well.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < FAR_FUTURE:
        fail(f"The payload of the access token has a number {claim}.", expected="a number", actual=value, answer=pair)
    return value


def expect_lasts(pair: Answer, seconds: int) -> None:
    """The access token ends so many seconds after it was issued."""
    lasts = number_in(pair, "exp") - issued_at(pair)
    words = "The access token's exp is its iat plus TOKEN_TTL_SECONDS, to the second."
    expect(abs(lasts - seconds) < 1, words, expected=f"iat + {seconds}", actual=f"iat + {lasts:g}", answer=pair)


def expect_claim(pair: Answer, part: dict[str, Any], name: str, wanted: str) -> None:
    """A name in the header or payload of an access token has exactly this value."""
    value = part.get(name)
    expect(value == wanted, f"The access token's {name} is as §4 says.", expected=wanted, actual=value, answer=pair)


def expect_all_refused(person: Person, tokens: Iterator[tuple[str, str]]) -> None:
    """None of the *tokens* opens anything, while the real one does."""
    for what, token in tokens:
        answer = person.api.with_token(token).get("/users/me")
        expect_status(answer, 401, f"A token {what} is refused with 401.")
    me(person.api).has(id=person.id)


def change_password(person: Person, password: Any, new: Any) -> Answer:
    """The answer to a change of the password."""
    return person.api.put("/users/me/password", json={"password": password, "new_password": new})


def whole(answer: Answer) -> str:
    """Everything that an answer says, headers and body."""
    return " ".join([answer.text, *(value for _, value in answer.headers)])


def expect_hidden(answer: Answer, secret: str) -> None:
    """The answer holds neither *secret* nor anything that looks like a hash."""
    expect(secret not in whole(answer), "No answer holds the password that was sent.", answer=answer)
    expect(not A_HASH.search(whole(answer)), "No answer holds a hash of a password.", answer=answer)


def tables(database: Database) -> list[tuple[str, str]]:
    """Name and quoted name of every table of the learner's."""
    sql = """select tablename, format('%I.%I', schemaname, tablename) from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema') order by 1 limit 200"""
    return [(name, quoted) for name, quoted in database.rows(sql)]


def tables_with(database: Database, secret: str) -> list[str]:
    """The tables that hold *secret* in some column, as text or as bytes."""
    sql = "select count(*) from {} t where strpos(to_jsonb(t)::text, %s) > 0 or strpos(to_jsonb(t)::text, %s) > 0"
    if not secret.isascii():  # no token and no password of ours, and perhaps nothing that can be sent at all
        return []
    as_bytes = secret.encode().hex()
    return [name for name, table in tables(database) if database.value(sql.format(table), secret, as_bytes)]


def texts_about(database: Database, email: str) -> list[str]:
    """The row of a user, as text."""
    sql = "select to_jsonb(u)::text from users u where lower(email) = lower(%s)"
    return [text for (text,) in database.rows(sql, email)]


def stored_texts(database: Database) -> list[str]:
    """The texts in the newest rows of every table but users, as a thief of the database reads them."""
    sql = "select v.value from (select * from {} t order by t.ctid desc limit 1) t, jsonb_each_text(to_jsonb(t)) v"
    found = [
        text for name, table in tables(database) if name != "users" for (text,) in database.rows(sql.format(table))
    ]
    return sorted({text for text in found if text})
