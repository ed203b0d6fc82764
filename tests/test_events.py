"""The wire: events become lines and lines become the same events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap_cli import events
from roadmap_cli.events import Event, Exchange, Failure, Judged, Noticed, Planned, decode, encode

texts = st.text(max_size=40)
pairs = st.tuples(texts, texts)
exchanges = st.builds(
    Exchange,
    method=texts,
    url=texts,
    request_headers=st.lists(pairs, max_size=2).map(tuple),
    status=st.none() | st.integers(100, 599),
)
failures = st.builds(Failure, message=texts, exchanges=st.lists(exchanges, max_size=2).map(tuple), log=st.tuples(texts))
judgements = st.builds(
    Judged,
    requirement=texts,
    check=texts,
    result=st.sampled_from(["passed", "failed", "blocked", "skipped", "broken"]),
    failure=st.none() | failures,
)
planned = st.builds(Planned, checks=st.lists(texts).map(tuple), seed=st.integers())


@given(judgements | planned | st.builds(Noticed, message=texts))
def test_an_event_survives_the_wire(event: Event) -> None:
    """Whatever an event holds, its line gives the same event back, and is one line."""
    line = encode(event)

    assert "\n" not in line
    assert event == decode(line)


@pytest.mark.parametrize(
    "line",
    ["", "nothing", "[]", "{}", '{"event": "Nonsense"}', '{"event": "Noticed"}', '{"event": "Noticed", "text": "x"}'],
)
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    """The parent must notice a broken child; it never guesses."""
    with pytest.raises(ValueError):
        decode(line)


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    """The name on the wire is the class's; two kinds cannot share one."""
    assert len(events._KINDS) == len(set(events._KINDS.values()))
