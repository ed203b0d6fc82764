"""Who has no token is told what to bring."""

import httpx


def test_the_challenge_is_bearer(client: httpx.Client):
    """And nothing else."""
    assert client.get("/users/me").headers["WWW-Authenticate"] == "Bearer"
