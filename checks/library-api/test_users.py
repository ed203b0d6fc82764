"""Users: accounts, logins and tokens, who may do what, and what becomes of passwords (CONTRACT.md §6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from accounts import (
    a_person,
    about,
    bad_addresses,
    bad_names,
    everybody,
    expect_free,
    expect_no_login,
    expect_opens,
    expect_page,
    expect_same_user,
    expect_status,
    good_names,
    is_refused,
    login,
    long_address,
    me,
    mixed_case,
    record,
    refusals,
    register,
    registered,
    signed_in,
    some_id,
    without,
)
from forged_tokens import claims, damaged, invented, mixtures, other_letter, resigned
from library import NOT_BUILT, Member, a_book, add_book, expect_error, expect_invalid
from password_hashes import FULL_COST, cost, has_full_cost, parameters, stored_hash, traces

from roadmap_cli.checking import API, Answer, Database, Draw, Server, blocked_by, eventually, expect, requirement

RFC6750_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
A_HASH = re.compile(r"\$argon2|\$2[aby]\$\d\d\$|\$scrypt\$|scrypt:\d+:|pbkdf2")
A_PASSWORD_FIELD = re.compile(
    r'"(password|password_?hash|hashed_?password|password_?digest|passwd|pwd)"\s*:\s*"[^"]', re.IGNORECASE
)


# --- registering ---------------------------------------------------------------------------------------------------


@requirement("users.register")
def test_register(api: API) -> None:
    """A registration is answered with the new member, and Location says where they are."""
    person = a_person(api.draw)
    answer = register(api, person)

    user = answer.expect(201).has("created_at", email=person["email"], name=person["name"], role="member")
    user["id"].expect(user["id"].integer > 0, "The id is a positive integer.")
    expect_location(answer, f"/users/{user['id'].integer}")
    expect_same_user(me(signed_in(api, person)).has(*record(user)), user)


@requirement("users.register")
def test_register_in_lower_case(api: API) -> None:
    """An address is kept and answered in lower case, however it was typed."""
    person = a_person(api.draw)
    answer = register(api, person | {"email": mixed_case(api.draw, person["email"])})

    answer.expect(201).has(email=person["email"])
    me(signed_in(api, person)).has(email=person["email"], id=answer["id"].integer)


@requirement("users.register")
def test_everybody_has_their_own_account(api: API) -> None:
    """Two people with one name and one password are two users, each with a token for their own account."""
    first = a_person(api.draw)
    second = first | {"email": api.draw.email()}
    ids = [register(api, person).expect(201)["id"].integer for person in (first, second)]

    expect(ids[0] != ids[1], "Every registration makes a user with an id of its own.", actual=ids)
    for person, id in zip((first, second), ids, strict=True):
        me(signed_in(api, person)).has(id=id, email=person["email"])


# --- validation ----------------------------------------------------------------------------------------------------


@requirement("users.validation")
def test_bad_addresses(api: API) -> None:
    """An address that breaks a rule is refused with 422 and the field email."""
    person = a_person(api.draw)
    for email in bad_addresses(api.draw):
        expect_invalid(register(api, person | {"email": email}), "email")

    expect_invalid(register(api, without(person, "email")), "email")


@requirement("users.validation")
def test_bad_names(api: API) -> None:
    """A name that breaks a rule is refused with 422 and the field name, and registers nobody."""
    person = a_person(api.draw)
    for name in bad_names(api.draw):
        expect_invalid(register(api, person | {"name": name}), "name")

    expect_invalid(register(api, without(person, "name")), "name")
    expect_free(api, person)


@requirement("users.validation")
def test_password_is_a_string(api: API) -> None:
    """A password that is missing or no string is refused with 422 and the field password, and registers nobody."""
    person = a_person(api.draw)
    for password in (api.draw.integer(10**9, 10**10), None, True, [person["password"]]):
        expect_invalid(register(api, person | {"password": password}), "password")

    expect_invalid(register(api, without(person, "password")), "password")
    expect_free(api, person)


@requirement("users.validation")
def test_login_is_validated(api: API) -> None:
    """A login without one of its fields, or with a number in it, is 422, not 401 and not 500."""
    person = a_person(api.draw)
    registered(api, person)
    account = without(person, "name")
    for field in ("email", "password"):
        expect_invalid(api.post("/auth/login", json=without(account, field)), field)
        for value in (api.draw.integer(10**9, 10**10), None):
            expect_invalid(api.post("/auth/login", json=account | {field: value}), field)

    api.post("/auth/login", json=account).expect(200)


@requirement("users.validation")
def test_just_allowed(api: API) -> None:
    """Addresses and names on the edge of the rules are accepted as they are."""
    draw = api.draw
    for email in (long_address(draw, 254), f"{draw.text(3)}.{draw.text(9)}+tag_1-x@example.com"):
        register(api, a_person(draw) | {"email": email}).expect(201).has(email=email)
    for name in good_names(draw):
        register(api, a_person(draw) | {"name": name}).expect(201).has(name=name)

    padded = a_person(draw) | {"name": f"  {draw.text(120)} "}
    register(api, padded).expect(201).has(name=padded["name"].strip())
    me(signed_in(api, padded)).has(name=padded["name"].strip())


# --- passwords -----------------------------------------------------------------------------------------------------


@requirement("users.password-rules")
def test_password_lengths(api: API) -> None:
    """A password has 8 to 128 characters: 7 and 129 are refused, and characters are counted, not bytes."""
    draw = api.draw
    person = a_person(draw)
    for password in (draw.text(7), draw.text(129), "é" * 7, "🦊" * 7, "🦊" * 129):
        expect_invalid(register(api, person | {"password": password}), "password")

    expect_free(api, person)
    for password in (draw.text(8), draw.text(128), "🦊" * 8, draw.text(1) + "🦊" * 127):
        expect_opens(api, password)


@requirement("users.password-rules")
def test_every_character_counts(api: API) -> None:
    """A long password is compared to its end: not its first 72 bytes, not up to a NUL character."""
    draw = api.draw
    long, wide, nul = draw.text(128), "ä" * 36 + draw.text(10), f"{draw.text(8)}\0{draw.text(8)}"

    for password, first in ((long, 72), (wide, 36), (nul, 8)):
        expect_opens(
            api,
            password,
            its_beginning=password[:first],
            all_but_its_last_character=password[:-1],
            another_last_character=password[:-1] + other_letter(draw, password[-1]),
        )


@requirement("users.password-rules")
def test_passwords_are_not_trimmed(api: API) -> None:
    """White space at the ends belongs to the password, and counts for its length."""
    padded, tight = f"  {api.draw.text(8)} ", f" {api.draw.text(6)} "

    expect_opens(api, padded, itself_trimmed=padded.strip(), less_before=padded.lstrip(), less_after=padded.rstrip())
    expect_opens(api, tight, a_space_more=tight + " ")
    expect_opens(api, " " * 9, a_space_less=" " * 8, a_space_more=" " * 10)


@requirement("users.password-rules")
def test_line_ends_belong_to_passwords(api: API) -> None:
    """A line end at the end of a password belongs to it like any other character."""
    word = api.draw.text(9)

    expect_opens(api, f"{word}\n", the_line_end_left_out=word)
    expect_opens(api, f"{word}\r\n", the_line_end_left_out=word)


@requirement("users.password-rules")
def test_passwords_of_all_scripts(api: API) -> None:
    """Characters beyond ASCII are told apart: no other letter, accent or picture opens the account."""
    tail = api.draw.text(2)

    expect_opens(api, f"пароль🔑{tail}", question_marks=f"???????{tail}", another_letter=f"пороль🔑{tail}")
    expect_opens(api, f"🔑🔑🔑🔑🔑🔑{tail}", another_picture=f"🔑🔑🔑🔑🔑🗝{tail}")
    expect_opens(api, f"éàüßçñøå{tail}", no_accents=f"eausscnoa{tail}", another_accent=f"èàüßçñøå{tail}")


@requirement("users.password-rules")
def test_passwords_are_not_rewritten(api: API) -> None:
    """A character that only looks like others (the one-character ﬁ, a wide A) is not replaced by them."""
    tail = api.draw.text(9)

    expect_opens(api, f"\ufb01{tail}", two_letters=f"fi{tail}")
    expect_opens(api, f"\uff21{tail}", the_usual_letter=f"A{tail}")


# --- one account an address ----------------------------------------------------------------------------------------


@requirement("users.email-unique")
def test_taken_address(api: API) -> None:
    """A second registration with an address, in whatever case, is 409 and leaves the account as it was."""
    first, second = a_person(api.draw), a_person(api.draw)
    registered(api, first)
    before = record(me(signed_in(api, first)))

    for email in (first["email"], first["email"].upper(), mixed_case(api.draw, first["email"])):
        expect_error(register(api, second | {"email": email}), 409, "email_taken")
        expect_no_login(api, first["email"], second["password"])
    me(signed_in(api, first)).has(**before)


@requirement("users.email-unique")
def test_taken_in_mixed_case(api: API) -> None:
    """An address that was registered in upper case is taken in lower case too."""
    person = a_person(api.draw)
    registered(api, person | {"email": person["email"].upper()})

    expect_error(register(api, person), 409, "email_taken")


@requirement("users.email-unique")
def test_alike_is_not_the_same(api: API) -> None:
    """An address that only looks like a taken one to a pattern (`_`, `%`, a dot) is free."""
    start, end = api.draw.text(8), api.draw.text(8)
    registered(api, a_person(api.draw) | {"email": f"{start}x{end}@example.com"})

    for alike in (f"{start}_{end}@example.com", f"{start}%{end}@example.com", f"{start}.{end}@example.com"):
        register(api, a_person(api.draw) | {"email": alike}).expect(201).has(email=alike)
    for taken in (f"{start}X{end}@example.com", f"{start}_{end}@example.com"):
        expect_error(register(api, a_person(api.draw) | {"email": taken}), 409, "email_taken")


# --- logging in ----------------------------------------------------------------------------------------------------


@requirement("users.login")
def test_login(api: API, environment: dict[str, str]) -> None:
    """A login is answered with a bearer token and how long it lives, and the token opens one's own account."""
    person = a_person(api.draw)
    id = registered(api, person)
    answer = login(api, person["email"], person["password"])

    lifetime = int(environment.get("TOKEN_TTL_SECONDS", "3600"))
    answer.expect(200).has(token_type="bearer", expires_in=lifetime)
    token = answer["access_token"]
    token.expect(RFC6750_TOKEN.fullmatch(token.text), "A token is made of letters, digits, -._~+/ and = at its end.")
    me(api.with_token(token.text)).has(id=id, email=person["email"], name=person["name"], role="member")


@requirement("users.login")
def test_login_in_any_case(api: API) -> None:
    """The address of a login is compared without regard to upper and lower case."""
    person = a_person(api.draw)
    id = registered(api, person)

    for email in (person["email"].upper(), mixed_case(api.draw, person["email"])):
        answer = login(api, email, person["password"]).expect(200)
        me(api.with_token(answer["access_token"].text)).has(id=id)


@requirement("users.login")
def test_logins_do_not_disturb_each_other(api: API) -> None:
    """A token stays valid when its user, or somebody else, logs in again."""
    one, other = a_person(api.draw), a_person(api.draw)
    ids = [registered(api, person) for person in (one, other)]
    logins = [login(api, person["email"], person["password"]).expect(200) for person in (one, other, one)]

    for entered, id in zip(logins, (ids[0], ids[1], ids[0]), strict=True):
        answer = api.with_token(entered["access_token"].text).get("/users/me")
        expect_status(answer, 200, "A token stays valid when its user, or somebody else, logs in again.")
        answer.has(id=id)


@requirement("users.login-refused")
def test_wrong_password(newcomer: Callable[[], Member]) -> None:
    """A password that is wrong in any way is 401, and the right one still works afterwards."""
    member, other = newcomer(), newcomer()
    right = member.password

    for wrong in (member.api.draw.password(), right.swapcase(), right[:-1], other.password):
        expect_unauthorized(login(member.api, member.email, wrong))
    login(member.api, member.email, right).expect(200)


@requirement("users.login-refused")
def test_unknown_and_wrong_look_the_same(newcomer: Callable[[], Member]) -> None:
    """Whether an address has an account cannot be read from a refused login."""
    member = newcomer()
    api, draw = member.api, member.api.draw
    wrong = expect_unauthorized(login(api, member.email, draw.password()))
    unknown = [login(api, email, member.password) for email in (draw.email(), f"x{member.email}")]

    for answer in unknown:
        expect_unauthorized(answer)
        sentence = "A wrong password and an unknown address are answered with one and the same body."
        expect(answer.json == wrong.json, sentence, expected=wrong.text, actual=answer.text, answer=answer)
    expect("access_token" not in wrong, "A refused login holds no token.", answer=wrong)


@requirement("users.login-refused")
def test_address_is_no_pattern(api: API) -> None:
    """Characters that SQL patterns know (`%`, `_`) stand for themselves in a login."""
    start, end = api.draw.text(8), api.draw.text(8)
    person = a_person(api.draw) | {"email": f"{start}x{end}@example.com"}
    registered(api, person)

    for email in (f"{start}_{end}@example.com", f"{start}%@example.com", f"%{end}@example.com"):
        login(api, email, person["password"]).expect(401)
    login(api, person["email"], person["password"]).expect(200)


# --- tokens --------------------------------------------------------------------------------------------------------


@requirement("users.token-required")
def test_nothing_without_a_token(librarian: API, newcomer: Callable[[], Member]) -> None:
    """Without a token every endpoint that asks who you are is 401 with WWW-Authenticate, and changes nothing."""
    member, book = newcomer(), add_book(librarian)

    for method, path, body in protected(librarian, member, book["id"].integer):
        expect_unauthorized(librarian.anonymous().request(method, path, json=body))
    expect_untouched(librarian, member, book)


@requirement("users.token-required")
def test_nothing_with_another_scheme(librarian: API, newcomer: Callable[[], Member]) -> None:
    """Only `Bearer` and a token opens: another scheme, no scheme or no token is 401, and changes nothing."""
    member, book = newcomer(), add_book(librarian)

    for form in ("Token {}", "{}", "Bearer"):
        expect_closed(librarian, "GET", "/users/me", ..., form)
    for method, path, body in protected(librarian, member, book["id"].integer):
        expect_closed(librarian, method, path, body, "Basic {}")
    expect_untouched(librarian, member, book)


@requirement("users.token-required")
def test_bearer_in_any_case(member: Member) -> None:
    """The word Bearer is compared without regard to case."""
    for word in ("Bearer", "bearer", "BEARER", "bEARER"):
        header = {"Authorization": f"{word} {member.api.token}"}
        answer = member.api.anonymous().get("/users/me", headers=header)

        expect_status(answer, 200, f"A token after the word {word!r} is accepted.")
        answer.has(id=member.id)


@requirement("users.token-forged")
def test_damaged_tokens(newcomer: Callable[[], Member]) -> None:
    """A token with a character changed, added or removed anywhere is 401."""
    member = newcomer()
    me(member.api).has(id=member.id)

    for what, token in damaged(member.api.draw, member.api.token):
        expect_refused(member.api, token, what)
    me(member.api).has(id=member.id)


@requirement("users.token-forged")
def test_signs_before_a_token(newcomer: Callable[[], Member]) -> None:
    """A token with a sign in front of it, which tokens may hold elsewhere, is 401."""
    member = newcomer()
    me(member.api).has(id=member.id)

    for sign in (".", "-"):
        expect_refused(member.api, sign + member.api.token, f"with {sign!r} added at the beginning")


@requirement("users.token-forged")
def test_invented_tokens(member: Member) -> None:
    """A token that this server never issued is 401, never 500."""
    me(member.api).has(id=member.id)

    for what, token in invented(member.api.draw, len(member.api.token), member.id, member.email):
        expect_refused(member.api, token, what)


@requirement("users.token-forged")
def test_mixed_tokens(newcomer: Callable[[], Member]) -> None:
    """A token put together from those of two users is 401."""
    one, other = newcomer(), newcomer()
    me(one.api).has(id=one.id)

    for token in mixtures(one.api.token, other.api.token):
        expect_refused(one.api, token, "put together from the tokens of two users")
    me(other.api).has(id=other.id)


@requirement("users.token-forged")
def test_resigned_tokens(newcomer: Callable[[], Member], librarian: API) -> None:
    """A JWT with another payload, with `alg: none` or signed with a guessed key is 401."""
    member = newcomer()
    me(member.api).has(id=member.id)

    for what, token in resigned(member.api.token, librarian.token):
        expect_refused(member.api, token, what)


@requirement("users.token-expired")
def test_tokens_expire(api: API, restarted: Server) -> None:
    """A token is accepted at first, and refused once it is older than TOKEN_TTL_SECONDS, used or not."""
    lifetime = int(restarted.environment["TOKEN_TTL_SECONDS"])
    person = a_person(api.draw)
    registered(api, person)
    answer = login(api, person["email"], person["password"]).expect(200)
    holder = api.with_token(answer["access_token"].text)
    holder.get("/users/me").expect(200)
    answer.has(expires_in=lifetime)
    sentence = f"A token is refused with 401 once it is older than TOKEN_TTL_SECONDS (here {lifetime})."

    eventually(lambda: is_refused(holder), seconds=lifetime + 3, sentence=sentence)
    expect_unauthorized(holder.get("/users/me"))
    me(signed_in(api, person)).has(email=person["email"])


# --- roles and records ---------------------------------------------------------------------------------------------


@requirement("users.roles")
def test_members_may_only_read(librarian: API, member: Member) -> None:
    """What is for librarians is 403 for a member and 401 without a token, and changes nothing."""
    path = f"/books/{add_book(librarian)['id'].integer}"
    book, new = librarian.get(path).expect(200).json, a_book(librarian.draw)
    for method, where, body in librarians_only(librarian.draw, path, new):
        expect_error(member.api.request(method, where, json=body), 403, "forbidden")
        librarian.anonymous().request(method, where, json=body).expect(401)

    librarian.get(path).expect(200).has(**{field: book[field] for field in (*new, "copies_available")})
    expect_no_book_by(librarian, new["author"])


@requirement("users.roles")
def test_librarians_may(librarian: API, member: Member) -> None:
    """The same requests are served for a librarian, and reading books needs no role at all."""
    book = add_book(librarian, copies_total=8)
    path = f"/books/{book['id'].integer}"

    librarian.get("/users", query={"limit": 1}).expect(200)
    librarian.patch(path, json={"copies_total": 9}).expect(200)
    for reader in (member.api, member.api.anonymous()):
        reader.get(path).expect(200).has(id=book["id"].integer, copies_total=9)
    librarian.delete(path).expect(204)


@requirement("users.roles")
def test_roles_change_at_once(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A change of role counts from the next request on, with the token that the user has already."""
    member = newcomer()
    path = f"/users/{member.id}"

    def add() -> Answer:
        return member.api.post("/books", json=a_book(librarian.draw))

    add().expect(403)
    librarian.patch(path, json={"role": "librarian"}).expect(200).has(role="librarian")

    expect_status(add(), 201, "A member who was made librarian may add a book at once, with the token from before.")
    member.api.get("/users", query={"limit": 1}).expect(200)
    librarian.patch(path, json={"role": "member"}).expect(200).has(role="member")
    expect_status(add(), 403, "A librarian who was made member again may add no book, with the token from before.")


@requirement("users.roles")
def test_roles_change_at_once_for_reports(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A change of role counts at once for the reports too, also where the user was refused before."""
    member = newcomer()

    def ask() -> Answer:
        return member.api.get("/reports/authors", query={"limit": 1})

    if ask().status != 403:  # not built yet, or open to all, which sql.reports-private judges
        return
    give_role(librarian, member, "librarian")
    promoted = ask()
    give_role(librarian, member, "member")

    sentence = "A member who was made librarian may read reports at once, with the token from before."
    expect(promoted.status != 403, sentence, expected="status 200", actual="status 403", answer=promoted)
    expect_status(ask(), 403, "A librarian who was made member again may read no report, with the token from before.")


@requirement("users.no-self-promotion")
def test_register_takes_no_role(api: API) -> None:
    """Whatever role a registration asks for, it makes a member."""
    for role in ("admin", None, 7):
        register(api, a_person(api.draw) | {"role": role}).expect(201).has(role="member")
    person = a_person(api.draw)
    register(api, person | {"role": "librarian", "is_admin": True}).expect(201).has(role="member")
    user = signed_in(api, person)

    me(user).has(role="member")
    user.post("/books", json=a_book(api.draw)).expect(401, 403)


@requirement("users.no-self-promotion")
def test_register_takes_no_inner_fields(api: API) -> None:
    """An id, a hash or a time of creation in a registration is ignored."""
    person, wanted = a_person(api.draw), some_id(api.draw)
    inner = {"id": wanted, "password_hash": "x" * 60, "created_at": "1999-01-01T00:00:00Z"}
    answer = register(api, person | inner).expect(201)

    answer["id"].expect(answer["id"].integer != wanted, "The id is the server's, not that of the request.")
    year = answer["created_at"].time.year
    answer["created_at"].expect(year > 1999, "created_at is the server's, not that of the request.")
    me(signed_in(api, person)).has(id=answer["id"].integer)


@requirement("users.no-self-promotion")
def test_members_change_no_role(newcomer: Callable[[], Member]) -> None:
    """A member who sends a role, alone or with a name, even the one they have, gets 403 and nothing changes."""
    member = newcomer()
    before = record(me(member.api))

    for role in ("librarian", "member"):
        for change in ({"role": role}, {"name": member.api.draw.name(), "role": role}):
            expect_error(member.api.patch(f"/users/{member.id}", json=change), 403, "forbidden")
            me(member.api).has(**before)
    member.api.post("/books", json=a_book(member.api.draw)).expect(401, 403)


@requirement("users.no-self-promotion")
def test_patch_takes_no_inner_fields(newcomer: Callable[[], Member]) -> None:
    """A PATCH changes name and role; an id, address, password, hash or time of creation in it is ignored."""
    member = newcomer()
    draw, before = member.api.draw, record(me(member.api))
    secret, name = draw.password(), draw.name()
    outer = {"id": some_id(draw), "email": draw.email(), "created_at": "1999-01-01T00:00:00Z"}
    sent = outer | {"password": secret, "password_hash": "x" * 60, "name": name}
    member.api.patch(f"/users/{member.id}", json=sent).expect(200)

    me(member.api).has(**before | {"name": name})
    expect_no_login(member.api, member.email, secret)
    login(member.api, member.email, member.password).expect(200)


@requirement("users.own-record")
def test_own_record(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A member reads their own record, and the librarian reads everybody's."""
    for user in (newcomer(), newcomer()):
        mine = user.api.get(f"/users/{user.id}").expect(200)

        mine.has("created_at", id=user.id, email=user.email, name=user.name, role="member")
        me(user.api).has(**record(mine.json))
        librarian.get(f"/users/{user.id}").expect(200).has(**record(mine.json))


@requirement("users.own-record")
def test_no_other_record(librarian: API, newcomer: Callable[[], Member]) -> None:
    """Another user's record is 403 for a member, a librarian's too, and shows nothing of it."""
    one, other = newcomer(), newcomer()
    boss = me(librarian)

    for id, email in ((one.id, one.email), (boss["id"].integer, boss["email"].text)):
        answer = expect_error(other.api.get(f"/users/{id}"), 403, "forbidden")
        expect(email not in answer.text, "A refused record shows nothing of the user.", answer=answer)
    other.api.get(f"/users/{other.id}").expect(200)


@requirement("users.own-record")
def test_unknown_record(librarian: API, member: Member) -> None:
    """The record of nobody is 404 for the librarian, and for a member 403 or 404."""
    nobody = f"/users/{some_id(librarian.draw)}"

    expect_error(librarian.get(nobody), 404, "not_found")
    member.api.get(nobody).expect(403, 404)
    librarian.get(f"/users/{member.id}").expect(200)


# --- the list of users ---------------------------------------------------------------------------------------------


@requirement("users.list")
def test_list(librarian: API, newcomer: Callable[[], Member]) -> None:
    """The pages of the list show every user once, by id, with the fields of a user, also after a change."""
    members, new_name = [newcomer() for _ in range(3)], librarian.draw.name()
    # An updated row moves behind the others in PostgreSQL: a list without `order by` shows it last.
    librarian.patch(f"/users/{members[0].id}", json={"name": new_name}).expect(200)
    users = {user["id"].integer: user for user in everybody(librarian)}

    for member, name in zip(members, (new_name, members[1].name, members[2].name), strict=True):
        expect(member.id in users, "The list holds everybody who has registered.", expected=member.id)
        users[member.id].has("created_at", email=member.email, name=name, role="member")


@requirement("users.list")
def test_list_pages(librarian: API, newcomer: Callable[[], Member]) -> None:
    """The list is cut by limit and offset, 20 and 0 if absent, and total counts everybody."""
    newcomer()
    ids = [user["id"].integer for user in everybody(librarian)]
    beyond = len(ids) + librarian.draw.integer(0, 50)
    for limit, offset in ((1, max(0, len(ids) - 1)), (2, max(0, len(ids) - 2)), (1, 0), (100, 0), (5, beyond)):
        expect_page(librarian, ids, limit=limit, offset=offset)
    expect_page(librarian, ids, limit=20, offset=0, query={})
    newcomer()

    more = librarian.get("/users", query={"limit": 1})
    more["total"].expect(more["total"].integer == len(ids) + 1, "total counts one user more.", expected=len(ids) + 1)


@requirement("users.list")
def test_list_limits(librarian: API) -> None:
    """A limit outside 1 to 100 or an offset below 0, or one that is no integer, is 422 with its name."""
    for limit in (0, 101, -1, "ten", "1.5"):
        expect_invalid(librarian.get("/users", query={"limit": limit}), "limit")
    for offset in (-1, "x", "0.5"):
        expect_invalid(librarian.get("/users", query={"offset": offset}), "offset")

    librarian.get("/users", query={"limit": 1, "offset": 0}).expect(200).has(limit=1, offset=0)


# --- changing and deleting -----------------------------------------------------------------------------------------


@requirement("users.update")
def test_rename(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A member renames themselves, a librarian renames anybody; the name is trimmed and the rest stays."""
    member = newcomer()
    before = record(me(member.api))

    for editor in (member.api, librarian):
        name = librarian.draw.name()
        answer = editor.patch(f"/users/{member.id}", json={"name": f" {name}  "})
        answer.expect(200).has(**before | {"name": name})
        me(member.api).has(**before | {"name": name})


@requirement("users.update")
def test_change_of_role(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A librarian changes a role, alone or together with the name, and what is not sent stays."""
    member = newcomer()
    before = record(me(member.api))

    for change in ({"role": "librarian"}, {"role": "member", "name": librarian.draw.name()}):
        answer = librarian.patch(f"/users/{member.id}", json=change)
        answer.expect(200).has(**before | change)
        me(member.api).has(**before | change)


@requirement("users.update")
def test_no_change_of_others(librarian: API, newcomer: Callable[[], Member]) -> None:
    """Another member's PATCH is 403, one of nobody is 404, and nothing changes."""
    member, other = newcomer(), newcomer()
    before = record(me(member.api))
    change = {"name": librarian.draw.name()}

    expect_error(other.api.patch(f"/users/{member.id}", json=change), 403, "forbidden")
    expect_error(librarian.patch(f"/users/{some_id(librarian.draw)}", json=change), 404, "not_found")
    me(member.api).has(**before)
    me(other.api).has(name=other.name)


@requirement("users.update")
def test_changes_are_validated(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A name or role that breaks a rule is 422 with its field, also beside a good one, and nothing changes."""
    member = newcomer()
    before, path = record(me(member.api)), f"/users/{member.id}"

    for name in ("", librarian.draw.text(121), f"{librarian.draw.text(3)}\0", None, librarian.draw.integer(1, 99)):
        expect_invalid(member.api.patch(path, json={"name": name}), "name")
    for role in ("admin", "", "Librarian", None, 1):
        expect_invalid(librarian.patch(path, json={"name": librarian.draw.name(), "role": role}), "role")
    me(member.api).has(**before)


@requirement("users.delete")
def test_delete_oneself(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A member deletes themselves: no login, no token, no record any more."""
    member, other = newcomer(), newcomer()
    member.api.delete(f"/users/{member.id}").expect(204).expect_empty()

    expect_no_login(librarian, member.email, member.password)
    late = member.api.get("/users/me")
    expect_status(late, 401, "The token of a user who has been deleted is refused with 401.")
    for answer in (librarian.get(f"/users/{member.id}"), librarian.delete(f"/users/{member.id}")):
        expect_error(answer, 404, "not_found")
    me(other.api).has(id=other.id)


@requirement("users.delete")
def test_librarian_deletes_themselves(librarian: API, newcomer: Callable[[], Member]) -> None:
    """A librarian may delete their own account like everybody else."""
    member = newcomer()
    give_role(librarian, member, "librarian")
    member.api.delete(f"/users/{member.id}").expect(204)

    expect_no_login(librarian, member.email, member.password)
    expect_error(librarian.get(f"/users/{member.id}"), 404, "not_found")


@requirement("users.delete")
def test_deleted_address_is_free(librarian: API, newcomer: Callable[[], Member]) -> None:
    """The address of a deleted user can register again: as somebody new, whom the old token does not open."""
    member = newcomer()
    librarian.delete(f"/users/{member.id}").expect(204).expect_empty()
    person = a_person(librarian.draw) | {"email": member.email}
    again = register(librarian, person).expect(201)

    expect(again["id"].integer != member.id, "An id is never used again.", actual=member.id, answer=again)
    late = member.api.get("/users/me")
    expect_status(late, 401, "The token of a deleted user stays refused when somebody registers their address again.")
    expect_no_login(librarian, member.email, member.password)
    me(signed_in(librarian, person)).has(id=again["id"].integer, name=person["name"])


@requirement("users.delete")
def test_no_delete_of_others(librarian: API, newcomer: Callable[[], Member]) -> None:
    """Another member's DELETE is 403, one of nobody is 404, and everybody is still there."""
    member, other = newcomer(), newcomer()

    expect_error(other.api.delete(f"/users/{member.id}"), 403, "forbidden")
    expect_error(librarian.delete(f"/users/{some_id(librarian.draw)}"), 404, "not_found")
    for user in (member, other):
        me(user.api).has(id=user.id)
        login(librarian, user.email, user.password).expect(200)


# --- what becomes of passwords -------------------------------------------------------------------------------------


@requirement("users.password-hidden")
def test_no_answer_holds_the_password(librarian: API) -> None:
    """Neither the password nor a hash of it is in any answer about the user, nor in their token."""
    person = a_person(librarian.draw)
    answers = [register(librarian, person), login(librarian, person["email"], person["password"])]
    user = librarian.with_token(answers[1].expect(200)["access_token"].text)

    for answer in (*answers, *about(user, librarian, person)):
        expect_hidden(answer, person["password"])
        expect(not A_PASSWORD_FIELD.search(answer.text), "No answer has a field for the password.", answer=answer)
    inside = json.dumps(claims(user.token))
    leaks = person["password"] in inside or A_HASH.search(inside) or A_PASSWORD_FIELD.search(inside)
    expect(not leaks, "The token holds neither the password nor a hash of it.", answer=answers[1])


@requirement("users.password-hidden")
def test_no_refusal_holds_the_password(api: API) -> None:
    """A refusal does not repeat the password that was sent, whatever was wrong with the request."""
    person = a_person(api.draw)
    registered(api, person)

    for answer in refusals(api, person):
        expect_hidden(answer, person["password"])
    for secret in (api.draw.text(7), api.draw.text(129), api.draw.integer(10**11, 10**12)):
        expect_hidden(register(api, a_person(api.draw) | {"password": secret}), str(secret))


@requirement("users.password-hashed")
def test_hashed(api: API, database: Database) -> None:
    """The database holds a hash of the password in one of the contract's forms, with a salt for each user."""
    one = a_person(api.draw)
    other = a_person(api.draw) | {"password": one["password"]}
    for person in (one, other):
        registered(api, person)
    hashes = [stored_hash(database, person["email"]) for person in (one, other)]
    salts = [parameters(hash)["salt"] for hash in hashes]

    expect(hashes[0] != hashes[1], "Two users with one password have two hashes, because each has a salt.")
    expect(salts[0] != salts[1], "Each user has a salt of their own.", actual=salts)


@requirement("users.password-hashed")
def test_no_password_in_the_table(api: API, database: Database) -> None:
    """No column of the users table holds the password itself, in disguise, or as a bare digest."""
    person = a_person(api.draw)
    registered(api, person)
    row = database.value("select to_jsonb(u)::text from users u where lower(email) = %s", person["email"])

    for what, trace in traces(person["password"]):
        held = trace.lower() in str(row).lower()
        expect(not held, f"The users table does not hold the password {what}.", expected="a salted, slow hash")


@requirement("users.password-hashed")
def test_the_first_librarian_is_hashed_too(environment: dict[str, str], librarian: API, database: Database) -> None:
    """The account of LIBRARIAN_EMAIL has a hash like everybody's."""
    me(librarian).has(role="librarian")
    hash = stored_hash(database, environment["LIBRARIAN_EMAIL"])

    expect(environment["LIBRARIAN_PASSWORD"] not in hash, "The hash does not contain the password.")
    parameters(hash)


@requirement("users.hash-cost")
def test_full_cost(api: API, restarted: Server, database: Database) -> None:
    """Without PASSWORD_HASH_COST a new password is hashed at the full cost, and opens the account."""
    person = a_person(api.draw)
    registered(api, person)
    found = parameters(stored_hash(database, person["email"]))
    sentence = "Without PASSWORD_HASH_COST a password is hashed at the full cost."

    expect(has_full_cost(found), sentence, expected=FULL_COST, actual=cost(found))
    login(api, person["email"], person["password"]).expect(200)
    expect_no_login(api, person["email"], person["password"] + "x")


@requirement("users.hash-cost")
def test_old_hashes_still_open(api: API, restarted: Server) -> None:
    """A password that was hashed at another cost still opens its account: the hash says how it was made."""
    email, password = (restarted.environment[f"LIBRARIAN_{what}"] for what in ("EMAIL", "PASSWORD"))

    answer = login(api, email, password)
    expect_status(answer, 200, "An account that was made while PASSWORD_HASH_COST was minimum can still log in.")
    expect_no_login(api, email, password + "x")


# --- what is protected ---------------------------------------------------------------------------------------------


def protected(librarian: API, member: Member, book_id: int) -> Iterator[tuple[str, str, Any]]:
    """Requests (method, path, body or ...) that need a token; the one for loans only if those are built."""
    user = f"/users/{member.id}"
    yield "GET", "/users/me", ...
    yield "GET", "/users", ...
    yield "GET", user, ...
    yield "PATCH", user, {"name": librarian.draw.name()}
    yield "DELETE", user, ...
    yield "POST", "/books", a_book(librarian.draw, author=f"nobody {member.id}")
    yield "PATCH", f"/books/{book_id}", {"title": librarian.draw.title()}
    yield "DELETE", f"/books/{book_id}", ...
    if member.api.post("/loans", json={}).status not in NOT_BUILT:
        yield "POST", "/loans", {"book_id": book_id}


def librarians_only(draw: Draw, book: str, new: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Requests that a member may not make."""
    yield "POST", "/books", new
    yield "PUT", book, a_book(draw)
    yield "PATCH", book, {"title": draw.title()}
    yield "DELETE", book, ...
    yield "GET", "/users", ...


def expect_untouched(librarian: API, member: Member, book: Answer) -> None:
    """Neither the member nor the book changed, and nobody added a book."""
    me(member.api).has(id=member.id, name=member.name)
    same = {field: book[field] for field in ("title", "copies_total", "copies_available")}
    librarian.get(f"/books/{book['id'].integer}").expect(200).has(**same)
    expect_no_book_by(librarian, f"nobody {member.id}")


def expect_no_book_by(librarian: API, author: str) -> None:
    """There is no book by *author*, whom a refused request named."""
    found = librarian.get("/books", query={"author": author}).expect(200)["total"]
    found.expect(found.integer == 0, "A refused POST /books adds no book.", expected=0)


def expect_closed(api: API, method: str, path: str, body: Any, form: str) -> None:
    """The request is 401 if Authorization holds the token of *api* in the wrong *form*."""
    header = {"Authorization": form.format(api.token)}
    answer = api.anonymous().request(method, path, json=body, headers=header)
    shown = form.format("<token>")
    expect_status(answer, 401, f"{method} {path} is refused with 401 if Authorization is {shown!r}.")


def give_role(librarian: API, member: Member, role: str) -> None:
    """The member has another role from now on, as part of a world."""
    answer = librarian.patch(f"/users/{member.id}", json={"role": role})
    if answer.status != 200:
        blocked_by("users.update", "A role could not be changed for this check.", answer=answer)


# --- further expectations ------------------------------------------------------------------------------------------


def expect_unauthorized(answer: Answer) -> Answer:
    """401 with the error body, and the scheme to use in WWW-Authenticate (RFC 9110 §11.6.1)."""
    expect_error(answer, 401, "unauthorized")
    challenge = answer.header("WWW-Authenticate")
    is_bearer = re.match(r"bearer\b", challenge.strip(), re.IGNORECASE)
    expect(is_bearer, "WWW-Authenticate names the scheme Bearer.", expected="Bearer", actual=challenge, answer=answer)
    return answer


def expect_refused(api: API, token: str, what: str) -> None:
    """Nobody is signed in with *token*."""
    expect_status(api.with_token(token).get("/users/me"), 401, f"A token {what} is refused with 401.")


def expect_location(answer: Answer, path: str) -> None:
    """Location leads to *path*."""
    found = answer.location()
    expect(found == path, "Location is the path of the new user.", expected=path, actual=found, answer=answer)


def expect_hidden(answer: Answer, secret: str) -> None:
    """The answer holds neither *secret* nor anything that looks like a hash."""
    whole = " ".join([answer.text, *(value for _, value in answer.headers)])
    expect(secret not in whole, "No answer holds the password that was sent.", answer=answer)
    expect(not A_HASH.search(whole), "No answer holds a hash of a password.", answer=answer)
