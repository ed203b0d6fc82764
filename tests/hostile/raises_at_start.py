"""Raises an exception of its own code on the way to listening."""

import os


def settings() -> dict[str, str]:
    """Wants a variable that nobody gives."""
    return {"url": os.environ["SERVICE_URL_THAT_NOBODY_GIVES"]}


settings()
