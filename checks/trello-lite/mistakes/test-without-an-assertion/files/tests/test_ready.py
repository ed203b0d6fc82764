"""Readiness."""

import httpx


def test_ready(client: httpx.Client):
    """It can be asked."""
    client.get("/ready")
