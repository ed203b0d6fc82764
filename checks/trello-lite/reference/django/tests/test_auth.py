"""Accounts and tokens (CONTRACT §4)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

from conftest import PASSWORD, Person, at_once, refused, unique_email
from httpx import Client

People = Callable[[], Person]


def register(client: Client, **fields: object):
    return client.post("/auth/register", json={"email": unique_email(), "name": "Ada", "password": PASSWORD, **fields})


def refresh(client: Client, token: str):
    return client.post("/auth/refresh", json={"refresh_token": token})


def login(person: Person) -> str:
    """The refresh token of one more login of theirs."""
    answer = person.post("/auth/token", data={"username": person.email, "password": PASSWORD})
    return answer.json()["refresh_token"]


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def decoded(part: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def test_a_registered_user_comes_back(client: Client):
    """Trimmed, in lower case, with an id of the server's, and without a trace of the password."""
    email = unique_email()
    answer = register(client, email=email.upper(), name="  Ada Lovelace ", id=0, created_at="1999-01-01T00:00:00Z")

    assert 201 == answer.status_code
    assert (email, "Ada Lovelace") == (answer.json()["email"], answer.json()["name"])
    assert answer.json()["id"] > 0
    assert answer.json()["created_at"] > "2000"
    assert PASSWORD not in answer.text
    assert not {"password", "password_hash"} & answer.json().keys()


def test_a_field_that_breaks_a_rule_is_named(client: Client):
    """422 names the field, and only that one."""
    for field, value in [("email", "a b@example.com"), ("name", "two\nlines"), ("password", "p" * 129)]:
        assert refused(register(client, **{field: value}), 422, "validation_failed", field)


def test_an_address_belongs_to_one_account(client: Client, owner: Person):
    """Upper and lower case alike."""
    assert refused(register(client, email=owner.email.upper()), 409, "email_taken")


def test_signing_in_gives_a_pair(owner: Person):
    """A JWT that says whose it is, for as long as it says."""
    pair = owner.sign_in().json()
    header, payload, _ = pair["access_token"].split(".")
    claims = decoded(payload)

    assert ("HS256", "JWT") == (decoded(header)["alg"], decoded(header)["typ"])
    assert ("bearer", str(owner.id)) == (pair["token_type"], claims["sub"])
    assert pair["expires_in"] == claims["exp"] - claims["iat"]
    assert owner.email not in json.dumps(claims)


def test_a_wrong_password_and_an_unknown_address_look_the_same(owner: Person):
    """Nobody learns who has an account."""
    wrong = owner.sign_in("wrong password")
    unknown = owner.post("/auth/token", data={"username": unique_email(), "password": PASSWORD})

    assert refused(wrong, 401, "unauthorized")
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")
    assert wrong.json() == unknown.json()


def test_every_character_of_a_password_counts(client: Client):
    """Neither trimmed nor cut, up to the last one."""
    email, password = unique_email(), " " + "p" * 126 + "x"
    register(client, email=email, password=password)

    assert 401 == client.post("/auth/token", data={"username": email, "password": password[:-1]}).status_code
    assert 200 == client.post("/auth/token", data={"username": email, "password": password}).status_code


def test_the_access_token_says_who_asks(client: Client, owner: Person):
    """The scheme is compared without regard to case; without a token there is the scheme that would help."""
    token = owner.headers["Authorization"].split()[1]

    answer = client.get("/users/me", headers={"Authorization": f"bEARER {token}"})
    assert (owner.id, owner.email) == (answer.json()["id"], answer.json()["email"])
    answer = client.get("/tasks")
    assert refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def signed(key: bytes, header: dict, claims: dict) -> str:
    text = f"{encoded(header)}.{encoded(claims)}"
    mac = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return text + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def test_forged_tokens_are_refused(client: Client, owner: Person, member: Person):
    """Unsigned, signed with another key, with another payload: none is believed, and a refresh token is none."""
    header, payload, signature = owner.headers["Authorization"].split()[1].split(".")
    other = {**decoded(payload), "sub": str(member.id)}
    forged = [
        f"{encoded({'alg': 'nOnE', 'typ': 'JWT'})}.{payload}.",
        f"{header}.{encoded(other)}.{signature}",
        signed(b"another key of thirty-two characters", decoded(header), other),
        signed(b"", decoded(header), other),
        owner.refresh_token,
    ]

    for token in forged:
        answer = client.get("/users/me", headers={"Authorization": f"Bearer {token}"})
        assert refused(answer, 401, "unauthorized"), token


def test_a_refresh_token_that_comes_twice_ends_its_login(client: Client, owner: Person):
    """Somebody has stolen it; another login of the same user goes on."""
    stolen, other = login(owner), login(owner)
    pair = refresh(client, stolen).json()

    answer = client.get("/users/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert owner.id == answer.json()["id"]
    assert refused(refresh(client, stolen), 401, "unauthorized")
    assert refused(refresh(client, pair["refresh_token"]), 401, "unauthorized")
    assert 200 == refresh(client, other).status_code


def test_of_many_refreshes_at_once_at_most_one_succeeds(client: Client, owner: Person):
    """A token is used once, even in the same instant."""
    token = login(owner)
    statuses = [answer.status_code for answer in at_once([lambda: refresh(client, token)] * 3)]

    assert statuses.count(200) <= 1
    assert statuses.count(401) >= 2


def test_signing_out_ends_one_login(client: Client, owner: Person):
    """Its refresh token is worth nothing any more; another login goes on."""
    first, other = login(owner), login(owner)

    assert 204 == client.post("/auth/logout", json={"refresh_token": first}).status_code
    assert 401 == refresh(client, first).status_code
    assert 200 == refresh(client, other).status_code


def test_a_new_password_ends_every_login(people: People):
    """The old one is worth nothing, and neither is what was got with it."""
    person = people()
    change = {"password": PASSWORD, "new_password": "battery staple"}

    assert refused(person.put("/users/me/password", json={**change, "password": "wrong horse"}), 403, "forbidden")
    assert 204 == person.put("/users/me/password", json=change).status_code
    assert 401 == refresh(person, person.refresh_token).status_code
    assert 401 == person.sign_in().status_code
    assert 200 == person.sign_in("battery staple").status_code


def test_a_name_can_be_changed(stranger: Person):
    """What is not sent stays; null is no name."""
    answer = stranger.patch("/users/me", json={"name": " Grace ", "email": unique_email()})

    assert ("Grace", stranger.email) == (answer.json()["name"], answer.json()["email"])
    assert refused(stranger.patch("/users/me", json={"name": None}), 422, "validation_failed", "name")
    assert "Grace" == stranger.get_json("/users/me")["name"]
