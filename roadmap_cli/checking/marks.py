"""How a check says which requirement it judges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Check = TypeVar("Check", bound=Callable[..., Any])


def requirement(id: str, *, last: bool = False) -> Callable[[Check], Check]:
    """Mark a function as a check of requirement *id*.

    *last* runs it after all checks that are not marked so: for what restarts the server or takes a service away.
    """
    return pytest.mark.requirement(id, last=last)
