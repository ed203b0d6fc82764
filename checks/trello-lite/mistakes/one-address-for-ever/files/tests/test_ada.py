"""Ada signs up."""

import httpx


def test_ada_signs_up(client: httpx.Client):
    """With her address."""
    ada = {"email": "ada@example.com", "name": "Ada", "password": "correct horse"}
    assert client.post("/auth/register", json=ada).status_code == 201
