"""Lists."""

import httpx


def test_every_project_has_a_name(client: httpx.Client):
    """None is without."""
    for project in client.get("/projects").json().get("items", []):
        assert project["name"]
