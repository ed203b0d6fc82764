"""Users: accounts, tokens and who may see whom."""

import jwt
import pytest
from conftest import Member, unique_email
from httpx import Client

ACCOUNT = {"name": "Ada", "password": "member-for-tests"}


def me(client: Client) -> dict[str, object]:
    return client.get("/users/me").json()


def test_registering_makes_a_member(api: Client):
    """Whatever role was asked for; the address is kept in lower case, the password not at all."""
    email = unique_email()
    body = {**ACCOUNT, "email": email.upper(), "role": "librarian"}
    answer = api.post("/auth/register", json=body)

    assert 201 == answer.status_code
    assert {"id", "email", "name", "role", "created_at"} == answer.json().keys()
    assert (email, "member") == (answer.json()["email"], answer.json()["role"])


def test_an_address_is_taken_once(api: Client):
    """Upper and lower case make no other address."""
    email = unique_email()
    api.post("/auth/register", json={**ACCOUNT, "email": email})
    answer = api.post("/auth/register", json={**ACCOUNT, "email": email.upper()})

    assert (409, "email_taken") == (answer.status_code, answer.json()["error"]["code"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "a b@example.com"),
        ("email", "a@b@example.com"),
        ("name", " "),
        ("password", "1234567"),
        ("password", "x" * 129),
    ],
)
def test_fields_of_an_account(api: Client, field: str, value: str):
    """A value that breaks a rule is refused by the name of its field."""
    answer = api.post("/auth/register", json={**ACCOUNT, "email": unique_email(), field: value})

    assert 422 == answer.status_code
    assert field == answer.json()["error"]["details"][0]["field"]


def test_a_failed_login_does_not_tell_why(api: Client, member: Member):
    """Unknown address and wrong password are answered alike, to the byte."""
    known = {"email": me(member())["email"], "password": "not-the-password"}
    wrong = api.post("/auth/login", json=known)
    unknown = api.post("/auth/login", json={**known, "email": unique_email()})

    assert (401, 401) == (wrong.status_code, unknown.status_code)
    assert wrong.content == unknown.content
    assert "Bearer" == wrong.headers["WWW-Authenticate"]


def test_only_our_own_tokens_count(api: Client, member: Member):
    """Not one character may differ, and no token may sign itself."""
    client = member()
    token = client.headers["Authorization"].removeprefix("Bearer ")
    unsigned = jwt.encode({"sub": "1", "exp": 9e9}, key=None, algorithm="none")

    assert 200 == api.get("/users/me", headers={"Authorization": f"bEARER {token}"}).status_code
    for forged in [token[:-1], token + "~", "x" + token, unsigned, "x", "ä"]:
        header = f"Bearer {forged}".encode()
        assert 401 == api.get("/users/me", headers={b"Authorization": header}).status_code


def test_a_deleted_user_is_signed_out(member: Member):
    """The token outlives the account, but opens nothing."""
    client = member()

    assert 204 == client.delete(f"/users/{me(client)['id']}").status_code
    assert 401 == client.get("/users/me").status_code


def test_members_keep_to_themselves(member: Member):
    """Neither another's record nor the list is theirs to see, and no role theirs to take."""
    client, other = member(), member()
    own, others = f"/users/{me(client)['id']}", f"/users/{me(other)['id']}"

    assert 403 == client.get("/users").status_code
    assert 403 == client.get(others).status_code
    assert 403 == client.patch(others, json={"name": "Eve"}).status_code
    assert 403 == client.patch(own, json={"role": "member"}).status_code
    assert "Grace" == client.patch(own, json={"name": " Grace "}).json()["name"]


def test_a_new_role_takes_effect_at_once(librarian: Client, member: Member):
    """With the token that was issued before."""
    client = member()
    librarian.patch(f"/users/{me(client)['id']}", json={"role": "librarian"})

    assert 200 == client.get("/users").status_code
