"""Users and tokens: who somebody is, and until when."""

import base64
import json
import os
import time

import httpx
import jwt
import pytest
from world import (
    PASSWORD,
    Board,
    Person,
    at_once,
    forbidden,
    good,
    invalid,
    made,
    pair_of,
    refused,
    sign_in,
    sign_up,
    unauthorized,
    unique_email,
)


def register(client: httpx.Client, **fields: object) -> httpx.Response:
    account = {"email": unique_email(), "name": "Ada", "password": PASSWORD}
    return client.post("/auth/register", json={**account, **fields})


def refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/auth/refresh", json={"refresh_token": token})


def sign_out(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/auth/logout", json={"refresh_token": token})


def me(client: httpx.Client, authorization: str) -> httpx.Response:
    return client.get("/users/me", headers={"Authorization": authorization.encode()})


def claims_of(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


def forged(claims: dict[str, object], key: str | None = None) -> str:
    """A token with these claims; without another key, signed with that of the server if we know it."""
    return jwt.encode(claims, key or os.environ.get("SECRET_KEY") or "?" * 32, algorithm="HS256")


# Accounts


def test_registering_answers_the_account(client: httpx.Client):
    """The address in lower case, the name trimmed, and nothing of the password."""
    email = unique_email()
    answer = register(client, email=email.upper(), name="\t Ada L. \n")
    user = made(answer)

    assert (email, "Ada L.") == (user["email"], user["name"])
    assert user["id"] > 0
    assert user["created_at"].startswith("20")
    assert PASSWORD not in answer.text
    assert not {"password", "password_hash"} & answer.json().keys()


def test_an_address_is_taken_once(client: httpx.Client, owner: Person):
    """Upper and lower case make no other address."""
    assert refused(register(client, email=owner.email), 409, "email_taken")
    assert refused(register(client, email=owner.email.upper()), 409, "email_taken")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("email", ["ada@example@example.com", "ada@localhost", "a da@example.com", "a" * 255]),
        ("name", [" \t", "a" * 101, "A\nB", 7]),
        ("password", ["1234567", "a" * 129, "with\x00nul-character", 12345678]),
    ],
)
def test_an_account_that_breaks_a_rule(client: httpx.Client, field: str, values: list[object]):
    """It is refused by the name of its field."""
    for value in values:
        assert invalid(register(client, **{field: value}), field)


def test_every_character_of_a_password_counts(client: httpx.Client):
    """The last of 128, upper and lower case, and spaces at both ends; eight are enough."""
    email, password = unique_email(), f" {'Ab' * 63} "
    made(register(client, email=email, password=password, name="é" * 100))
    made(register(client, password="ßß 4567 "))

    assert 200 == sign_in(client, email, password).status_code
    for other in (password.strip(), password.lower(), f"{password[:-2]}x "):
        assert unauthorized(sign_in(client, email, other))


# Signing in


def test_signing_in_gives_a_pair(client: httpx.Client, owner: Person):
    """With a JWT that says whose it is, when it was issued and when it ends."""
    pair = good(sign_in(client, owner.email.upper()))
    claims = claims_of(pair["access_token"])

    assert "bearer" == pair["token_type"].lower()
    assert str(owner.id) == claims["sub"]
    assert pair["expires_in"] == claims["exp"] - claims["iat"]
    assert int(os.environ.get("TOKEN_TTL_SECONDS") or 900) == pair["expires_in"]
    assert "HS256" == jwt.get_unverified_header(pair["access_token"])["alg"]
    assert abs(time.time() - claims["iat"]) < 60


def test_a_token_holds_nothing_secret(owner: Person):
    """Everybody can read a JWT."""
    payload = owner.access_token.split(".")[1]
    content = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()

    assert str(owner.id) in content
    assert not [secret for secret in ("@", "$", PASSWORD) if secret in content]


def test_a_refused_sign_in_does_not_tell_why(client: httpx.Client, owner: Person):
    """An unknown address and a wrong password are answered alike."""
    wrong = sign_in(client, owner.email, "not-the-password")
    unknown = sign_in(client, unique_email())

    assert unauthorized(wrong)
    assert unauthorized(unknown)
    assert wrong.json() == unknown.json()


def test_the_form_of_signing_in(client: httpx.Client, owner: Person):
    """A field that is missing is named; JSON is no form."""
    form = {"username": owner.email, "password": PASSWORD}

    assert 200 == client.post("/auth/token", data={**form, "grant_type": "password"}).status_code
    assert invalid(client.post("/auth/token", data={"username": owner.email}), "password")
    assert invalid(client.post("/auth/token", data={"password": PASSWORD}), "username")
    assert client.post("/auth/token", json=form).status_code in (415, 422)


# Access tokens


def test_a_token_opens_the_door_of_its_user(client: httpx.Client, owner: Person, member: Person):
    """Each their own; Bearer in whatever case."""
    assert owner.email == good(owner.get("/users/me"))["email"]
    assert member.id == good(me(client, f"bEARER {member.access_token}"))["id"]


def test_no_token_no_entry(client: httpx.Client, team: Board):
    """Whatever needs somebody who is signed in refuses nobody's request, and other schemes."""
    for authorization in ("Bearer", "Bearer x", "Basic YTpi"):
        assert unauthorized(me(client, authorization))
    for path in ("/users/me", "/projects", "/invitations", "/tasks"):
        assert unauthorized(client.get(path))
    for below in ("", "/members", "/columns", "/tasks", "/activity"):
        assert unauthorized(client.get(f"{team.path}{below}"))
    assert unauthorized(client.post("/projects", json={"name": "Mine"}))


def test_a_token_that_somebody_changed(client: httpx.Client, owner: Person, member: Person):
    """Another's id in the payload, or any other part that does not fit, is refused."""
    header, payload, signature = owner.access_token.split(".")
    claims = {**claims_of(owner.access_token), "sub": str(member.id)}
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]

    for token in (f"{header}.{changed}.{signature}", f"{header}.{payload}.{flipped}"):
        assert unauthorized(me(client, f"Bearer {token}"))
    assert unauthorized(me(client, f"Bearer {header}.{payload}."))


@pytest.mark.parametrize("name", ["none", "nOnE"])
def test_a_token_that_is_not_signed(client: httpx.Client, owner: Person, name: str):
    """A token cannot say of itself that it needs no signature."""
    payload = owner.access_token.split(".")[1]
    header = base64.urlsafe_b64encode(json.dumps({"alg": name, "typ": "JWT"}).encode()).decode()

    assert unauthorized(me(client, f"Bearer {header.rstrip('=')}.{payload}."))


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_a_token_of_another_key_or_algorithm(client: httpx.Client, owner: Person):
    """Only the server's own key counts, and HS256 alone."""
    claims = claims_of(owner.access_token)
    other = forged(claims, "another-key-of-enough-characters!!")
    longer = jwt.encode(claims, os.environ.get("SECRET_KEY") or "?" * 32, algorithm="HS512")

    assert unauthorized(me(client, f"Bearer {other}"))
    assert unauthorized(me(client, f"Bearer {longer}"))


def test_a_token_ends(client: httpx.Client, owner: Person):
    """Past its exp, without exp and without a sub that names somebody it opens nothing."""
    claims = claims_of(owner.access_token)
    past = {**claims, "iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
    endless = {name: value for name, value in claims.items() if name != "exp"}
    nobodys = {name: value for name, value in claims.items() if name != "sub"}

    for each in (past, endless, nobodys, {**claims, "sub": str(10**15)}, {**claims, "sub": "abc"}):
        assert unauthorized(me(client, f"Bearer {forged(each)}"))


def test_refresh_tokens_and_access_tokens_are_two_things(client: httpx.Client, owner: Person):
    """Neither does the other's work."""
    assert unauthorized(me(client, f"Bearer {owner.refresh_token}"))
    assert unauthorized(refresh(client, owner.access_token))


# Refresh tokens


def test_a_refresh_token_is_good_once(client: httpx.Client):
    """It gives a new pair; sent again, it ends the login with all its tokens, and no other login."""
    person = sign_up(client)
    _, other = pair_of(sign_in(client, person.email))
    access, second = pair_of(refresh(client, person.refresh_token))
    _, third = pair_of(refresh(client, second))

    assert person.id == good(me(client, f"Bearer {access}"))["id"]
    assert 3 == len({person.refresh_token, second, third})
    assert unauthorized(refresh(client, person.refresh_token))
    assert unauthorized(refresh(client, third))
    assert 200 == refresh(client, other).status_code


def test_of_several_refreshes_at_once_one_succeeds(client: httpx.Client):
    """At most: the others may already count as theft."""
    person = sign_up(client)
    answers = at_once([lambda: refresh(client, person.refresh_token)] * 5)

    assert [answer.status_code for answer in answers].count(200) <= 1
    assert {answer.status_code for answer in answers} <= {200, 401}
    assert unauthorized(refresh(client, person.refresh_token))


def test_what_is_no_refresh_token(client: httpx.Client):
    """Another text is 401, no text at all 422."""
    assert unauthorized(refresh(client, "a" * 43))
    assert invalid(client.post("/auth/refresh", json={"refresh_token": 7}), "refresh_token")
    assert invalid(client.post("/auth/refresh", json={}), "refresh_token")


def test_signing_out_ends_one_login(client: httpx.Client):
    """Its newest token is worth nothing any more; another login goes on."""
    person = sign_up(client)
    _, other = pair_of(sign_in(client, person.email))
    _, second = pair_of(refresh(client, person.refresh_token))

    assert 204 == sign_out(client, second).status_code
    assert unauthorized(refresh(client, second))
    assert 204 == sign_out(client, "a" * 43).status_code
    assert 200 == refresh(client, other).status_code


# One's own account


def test_changing_ones_name(client: httpx.Client):
    """What is not sent stays; an address is not changed here."""
    person = sign_up(client, "Ada")

    assert "Ada" == good(person.patch("/users/me", {"email": unique_email()}))["name"]
    assert "Grace" == good(person.patch("/users/me", {"name": " Grace "}))["name"]
    assert invalid(person.patch("/users/me", {"name": " "}), "name")
    assert invalid(person.patch("/users/me", {"name": None}), "name")
    user = good(person.get("/users/me"))
    assert ("Grace", person.email) == (user["name"], user["email"])


def test_a_new_password_needs_the_old_one_and_ends_every_login(client: httpx.Client):
    """A refused change leaves both alone."""
    person = sign_up(client)

    def change(password: str, new: str) -> httpx.Response:
        return person.put("/users/me/password", {"password": password, "new_password": new})

    assert forbidden(change("not-the-password", "another-horse"))
    assert invalid(change(PASSWORD, "short"), "new_password")
    _, other = pair_of(sign_in(client, person.email))
    _, second = pair_of(refresh(client, person.refresh_token))
    assert 204 == change(PASSWORD, "another-horse").status_code
    assert unauthorized(sign_in(client, person.email))
    assert unauthorized(refresh(client, second))
    assert unauthorized(refresh(client, other))
    assert 200 == sign_in(client, person.email, "another-horse").status_code
