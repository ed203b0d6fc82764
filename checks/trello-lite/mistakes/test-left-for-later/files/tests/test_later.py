"""What nobody has got round to yet."""

import httpx
import pytest


@pytest.mark.skip(reason="later")
def test_readiness(client: httpx.Client):
    """It is ready."""
    assert client.get("/ready").json() == {"status": "ready"}
