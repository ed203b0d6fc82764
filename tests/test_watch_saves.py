"""A thousand random saves: whatever happens during a run, the last verdict is that of the last content."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.saving import Editor, Follower, StandIn, content_of, session_on, verdict_of

ROUNDS, SAVES = 100, 10


@pytest.mark.slow
@pytest.mark.parametrize("polling", [False, True], ids=["events", "polling"])
def test_the_last_verdict_is_that_of_the_last_content(tmp_path: Path, polling: bool) -> None:
    """A hundred bursts of ten saves, in every way that editors save; after each, the verdict is that of what is there."""
    seed = int(os.environ.get("SEED", "20260301"))
    chance = random.Random(seed)
    judge = StandIn(tmp_path, random.Random(seed + 1))
    editor = Editor(tmp_path, chance)

    with Follower(session := session_on(tmp_path, judge, polling=polling)) as follower:
        for number in range(ROUNDS):
            done = []
            for _ in range(SAVES):
                done.append(editor.save())
                editor.pause()
            expected = content_of(tmp_path)
            right = follower.wait_for(
                lambda expected=expected: bool(  # type: ignore[misc]
                    session.is_at_rest and follower.finished and verdict_of(follower.finished[-1]) == expected
                )
            )
            assert right, f"seed {seed}, round {number}: {done}"

    assert editor.count == ROUNDS * SAVES
    assert judge.most_running == 1
