"""Health: the process says that it runs."""

import httpx


def test_health_answers_ok(client: httpx.Client) -> None:
    """A server that runs says so."""
    answer = client.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_health_is_json(client: httpx.Client) -> None:
    """Programs read this answer, so it says what it is."""
    answer = client.get("/health")

    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["status"]


def test_health_needs_nobody_to_sign_in(client: httpx.Client) -> None:
    """A load balancer has no account; a token that means nothing does no harm either."""
    answer = client.get("/health", headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 200
