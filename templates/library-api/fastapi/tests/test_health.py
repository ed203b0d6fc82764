"""Health: the process says that it runs."""

import httpx


def test_health_answers_ok(api: httpx.Client) -> None:
    """A server that runs says so."""
    answer = api.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_health_is_json(api: httpx.Client) -> None:
    """Programs read this answer, so it says what it is."""
    answer = api.get("/health")

    assert answer.headers["Content-Type"].startswith("application/json")


def test_health_needs_nobody_to_sign_in(api: httpx.Client) -> None:
    """A load balancer has no account; a token that means nothing does no harm either."""
    answer = api.get("/health", headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 200
