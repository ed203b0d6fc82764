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


def encoded(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


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
    assert refused(register(client, email=email.title()), 409, "email_taken")


def test_an_account_that_breaks_a_rule(client: httpx.Client):
    """It is refused by the name of its field."""
    for field, value in [("email", "ada@localhost"), ("name", " \t"), ("password", "1234567")]:
        assert invalid(register(client, **{field: value}), field)


def test_every_character_of_a_password_counts(client: httpx.Client):
    """Also the last but one of 128; and a space at the end."""
    email, password = unique_email(), f" {'Ab' * 63} "
    made(register(client, email=email, password=password, name="é" * 100))

    assert 200 == sign_in(client, email, password).status_code
    assert unauthorized(sign_in(client, email, f"{password[:-2]}x "))


# Signing in


def test_signing_in_gives_a_pair(client: httpx.Client, owner: Person):
    """With a JWT that says whose it is, when it was issued and when it ends, and nothing secret."""
    pair = good(sign_in(client, owner.email.upper()))
    claims = claims_of(pair["access_token"])

    assert "bearer" == pair["token_type"].lower()
    assert str(owner.id) == claims["sub"]
    assert pair["expires_in"] == claims["exp"] - claims["iat"]
    assert int(os.environ.get("TOKEN_TTL_SECONDS") or 900) == pair["expires_in"]
    assert "HS256" == jwt.get_unverified_header(pair["access_token"])["alg"]
    assert abs(time.time() - claims["iat"]) < 60
    assert not [secret for secret in ("@", "$", PASSWORD) if secret in json.dumps(claims)]


def test_a_refused_sign_in_does_not_tell_why(client: httpx.Client, owner: Person):
    """An unknown address and a wrong password are answered alike."""
    wrong = sign_in(client, owner.email, "not-the-password")
    unknown = sign_in(client, unique_email())

    assert unauthorized(wrong)
    assert unauthorized(unknown)
    assert wrong.json() == unknown.json()


# Access tokens


def test_a_token_opens_the_door_of_its_user(client: httpx.Client, owner: Person):
    """With Bearer before it, in whatever case, and with no other scheme; without it all are shut."""
    assert owner.email == good(me(client, f"bEARER {owner.access_token}"))["email"]
    assert unauthorized(me(client, f"Basic {owner.access_token}"))
    assert unauthorized(client.get("/projects"))


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_a_token_that_somebody_else_made(client: httpx.Client, owner: Person, member: Person):
    """With another payload, without a signature, with another key or algorithm: all are refused."""
    header, payload, signature = owner.access_token.split(".")
    claims = claims_of(owner.access_token)
    others = encoded({**claims, "sub": str(member.id)})

    for token in (
        f"{header}.{others}.{signature}",
        f"{encoded({'alg': 'nOnE', 'typ': 'JWT'})}.{payload}.",
        forged(claims, "another-key-of-enough-characters!!"),
        jwt.encode(claims, os.environ.get("SECRET_KEY") or "?" * 32, algorithm="HS512"),
    ):
        assert unauthorized(me(client, f"Bearer {token}"))


def test_what_is_no_access_token(client: httpx.Client, owner: Person):
    """One whose exp is past or that has none, and a refresh token; nor is it the other way round."""
    claims = claims_of(owner.access_token)
    past = {**claims, "iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
    endless = {name: value for name, value in claims.items() if name != "exp"}

    for token in (forged(past), forged(endless), owner.refresh_token):
        assert unauthorized(me(client, f"Bearer {token}"))
    assert unauthorized(refresh(client, owner.access_token))


# Refresh tokens


def test_a_refresh_token_is_good_once(client: httpx.Client, owner: Person):
    """It gives a new pair; sent again, it ends the login with all its tokens, and no other login."""
    _, first = pair_of(sign_in(client, owner.email))
    _, other = pair_of(sign_in(client, owner.email))
    access, second = pair_of(refresh(client, first))

    assert owner.id == good(me(client, f"Bearer {access}"))["id"]
    assert unauthorized(refresh(client, first))
    assert unauthorized(refresh(client, second))
    assert 3 == len({first, second, pair_of(refresh(client, other))[1]})


def test_of_several_refreshes_at_once_one_succeeds(client: httpx.Client, owner: Person):
    """At most: the others may already count as theft."""
    _, token = pair_of(sign_in(client, owner.email))
    answers = at_once([lambda: refresh(client, token)] * 3)

    assert [answer.status_code for answer in answers].count(200) <= 1
    assert {answer.status_code for answer in answers} <= {200, 401}


def test_signing_out_ends_one_login(client: httpx.Client, owner: Person):
    """Its token is worth nothing any more; another login goes on."""
    _, token = pair_of(sign_in(client, owner.email))
    _, other = pair_of(sign_in(client, owner.email))

    assert 204 == sign_out(client, token).status_code
    assert unauthorized(refresh(client, token))
    assert 200 == refresh(client, other).status_code


# One's own account


def test_changing_ones_name(stranger: Person):
    """What is not sent stays; an address is not changed here."""
    user = good(stranger.patch("/users/me", {"name": " Grace ", "email": unique_email()}))

    assert ("Grace", stranger.email) == (user["name"], user["email"])
    assert invalid(stranger.patch("/users/me", {"name": None}), "name")
    assert user == good(stranger.get("/users/me"))


def test_a_new_password_needs_the_old_one_and_ends_every_login(client: httpx.Client):
    """A refused change leaves both alone."""
    person = sign_up(client)

    def change(password: str) -> httpx.Response:
        return person.put("/users/me/password", {"password": password, "new_password": "new-horse"})

    assert forbidden(change("not-the-password"))
    assert 204 == change(PASSWORD).status_code
    assert unauthorized(refresh(client, person.refresh_token))
    assert unauthorized(sign_in(client, person.email))
    assert 200 == sign_in(client, person.email, "new-horse").status_code
