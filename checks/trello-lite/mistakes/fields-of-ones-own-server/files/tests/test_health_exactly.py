"""What /openapi.json holds."""

import httpx


def test_the_title_of_the_document(client: httpx.Client):
    """It is ours."""
    assert client.get("/openapi.json").json()["info"]["title"] == "Task API"
