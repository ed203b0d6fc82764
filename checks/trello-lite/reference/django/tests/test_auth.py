"""Accounts and tokens (CONTRACT §4)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import PASSWORD, Person, refused, unique_email
from httpx import Client

People = Callable[[], Person]


def register(client: Client, **fields: object):
    return client.post("/auth/register", json={"email": unique_email(), "name": "Ada", "password": PASSWORD, **fields})


def refresh(client: Client, token: str):
    return client.post("/auth/refresh", json={"refresh_token": token})


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def decoded(part: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def test_a_registered_user_comes_back(client: Client):
    """Trimmed, in lower case, with an id, and without a trace of the password."""
    email = unique_email()
    answer = register(client, email=email.upper(), name="  Ada Lovelace ")

    assert 201 == answer.status_code
    assert (email, "Ada Lovelace") == (answer.json()["email"], answer.json()["name"])
    assert answer.json()["id"] > 0
    assert PASSWORD not in answer.text
    assert not {"password", "password_hash"} & answer.json().keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada"),
        ("email", "ada@example"),
        ("email", "a b@example.com"),
        ("email", 7),
        ("name", "   "),
        ("name", "n" * 101),
        ("name", "two\nlines"),
        ("name", None),
        ("password", "short12"),
        ("password", "p" * 129),
        ("password", 12345678),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(client: Client, field: str, value: object):
    """422 names the field, and only that one."""
    assert refused(register(client, **{field: value}), 422, "validation_failed", field)


def test_an_address_belongs_to_one_account(client: Client):
    """Upper and lower case alike."""
    email = unique_email()
    register(client, email=email)

    assert refused(register(client, email=email.upper()), 409, "email_taken")


def test_what_a_client_must_not_set_is_ignored(client: Client):
    """An id that is sent is nobody's business but the server's."""
    answer = register(client, id=1, created_at="2000-01-01T00:00:00Z")

    assert 201 == answer.status_code
    assert not answer.json()["created_at"].startswith("2000")


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

    for almost in (password.strip(), password[:-1], password[:72]):
        assert 401 == client.post("/auth/token", data={"username": email, "password": almost}).status_code
    assert 200 == client.post("/auth/token", data={"username": email, "password": password}).status_code


def test_a_form_without_a_password_is_422(client: Client):
    """The fields of the form are named like any other."""
    answer = client.post("/auth/token", data={"username": unique_email()})

    assert refused(answer, 422, "validation_failed", "password")


def test_the_access_token_says_who_asks(host: Person):
    """And the scheme is compared without regard to case."""
    token = host.headers["Authorization"].split()[1]

    answer = host.get("/users/me", headers={"Authorization": f"bEARER {token}"})

    assert (host.id, host.email) == (answer.json()["id"], answer.json()["email"])


def signed(key: bytes, header: dict, claims: dict) -> str:
    text = f"{encoded(header)}.{encoded(claims)}"
    mac = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return text + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


@pytest.mark.parametrize("path", ["/users/me", "/projects", "/tasks", "/invitations"])
def test_without_a_token_nothing_is_shown(client: Client, path: str):
    """401, with the scheme that would help."""
    answer = client.get(path)

    assert refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_forged_tokens_are_refused(owner: Person, people: People):
    """Unsigned, signed with another key, with another payload: none is believed."""
    header, payload, signature = owner.headers["Authorization"].split()[1].split(".")
    other = {**decoded(payload), "sub": str(people().id)}
    later = {**decoded(payload), "exp": int(time.time()) + 10**6}
    forged = [
        f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        f"{encoded({'alg': 'nOnE', 'typ': 'JWT'})}.{payload}.{signature}",
        f"{header}.{encoded(other)}.{signature}",
        f"{header}.{encoded(later)}.{signature}",
        signed(b"another key of thirty-two characters", decoded(header), other),
        signed(b"", decoded(header), other),
        f"{header}.{payload}.",
        f"{header}.{payload}",
        "nonsense",
        owner.refresh_token,
    ]

    for token in forged:
        answer = owner.get("/users/me", headers={"Authorization": f"Bearer {token}"})
        assert refused(answer, 401, "unauthorized"), token
    assert 200 == owner.get("/users/me").status_code


def test_a_refresh_gives_a_new_pair(owner: Person):
    """Both of its tokens work, and the refresh token is another one."""
    answer = refresh(owner, owner.refresh_token)

    assert 200 == answer.status_code
    assert owner.refresh_token != answer.json()["refresh_token"]
    token = answer.json()["access_token"]
    assert owner.id == owner.get("/users/me", headers={"Authorization": f"Bearer {token}"}).json()["id"]
    assert 200 == refresh(owner, answer.json()["refresh_token"]).status_code


def test_a_refresh_token_that_comes_twice_ends_its_login(owner: Person):
    """Somebody has stolen it; another login of the same user goes on."""
    stolen = owner.refresh_token
    owner.sign_in()
    newest = refresh(owner, stolen).json()["refresh_token"]

    assert refused(refresh(owner, stolen), 401, "unauthorized")
    assert refused(refresh(owner, newest), 401, "unauthorized")
    assert 200 == refresh(owner, owner.refresh_token).status_code


def test_of_many_refreshes_at_once_at_most_one_succeeds(owner: Person):
    """A token is used once, even in the same instant."""
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: refresh(owner, owner.refresh_token).status_code, range(8)))

    assert statuses.count(200) <= 1
    assert statuses.count(401) >= 7


def test_an_access_token_is_no_refresh_token(host: Person):
    """Neither is nonsense; what is no text at all is a mistake of the request."""
    assert refused(refresh(host, host.headers["Authorization"].split()[1]), 401, "unauthorized")
    assert refused(refresh(host, "nonsense"), 401, "unauthorized")
    assert refused(host.post("/auth/refresh", json={"refresh_token": 7}), 422, "validation_failed", "refresh_token")


def test_signing_out_ends_one_login(owner: Person):
    """None of its refresh tokens works any more; a second time there is nothing to end."""
    first = owner.refresh_token
    owner.sign_in()

    assert 204 == owner.post("/auth/logout", json={"refresh_token": first}).status_code
    assert 204 == owner.post("/auth/logout", json={"refresh_token": "nonsense"}).status_code
    assert 401 == refresh(owner, first).status_code
    assert 200 == refresh(owner, owner.refresh_token).status_code


def test_a_new_password_ends_every_login(owner: Person):
    """The old one is worth nothing, and neither is what was got with it."""
    change = {"password": PASSWORD, "new_password": "battery staple"}

    assert refused(owner.put("/users/me/password", json={**change, "password": "wrong horse"}), 403, "forbidden")
    assert 204 == owner.put("/users/me/password", json=change).status_code
    assert 401 == refresh(owner, owner.refresh_token).status_code
    assert 401 == owner.sign_in().status_code
    assert 200 == owner.sign_in("battery staple").status_code


def test_a_name_can_be_changed(owner: Person):
    """What is not sent stays; null is no name."""
    assert "Grace" == owner.patch("/users/me", json={"name": " Grace "}).json()["name"]
    assert "Grace" == owner.patch("/users/me", json={"email": unique_email()}).json()["name"]
    assert owner.email == owner.get("/users/me").json()["email"]
    assert refused(owner.patch("/users/me", json={"name": None}), 422, "validation_failed", "name")
