"""Whatever a program prints is harmless once it has been through the neutraliser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap_cli.neutral import neutral, neutral_line


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\picture", "picture"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x9b31mc1", "\\x9b31mc1"),
        ("a\x08b", "a\\x08b"),
        ("a\rb", "a\\x0db"),
        ("a\r\nb", "a\nb"),
        ("user\u202enimda", "user\\u202enimda"),
        ("a\x00b", "a\\x00b"),
        ("\ud800", "\\ud800"),
        ("çay ☕", "çay ☕"),
    ],
)
def test_what_could_act_on_a_terminal_is_made_visible(hostile: str, harmless: str) -> None:
    """Escape sequences go, control characters and overrides become text, everything else stays."""
    assert harmless == neutral(hostile)


@given(st.text())
def test_nothing_that_acts_is_left(text: str) -> None:
    """For any text: no control character but newline and tab, no bidirectional override, no lone surrogate."""
    clean = neutral(text)

    assert not any(ord(char) < 32 and char not in "\n\t" for char in clean)
    assert not any(char in clean for char in "\x1b\x7f\x9b\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    clean.encode("utf-8")


@given(st.text())
def test_a_line_is_one_line(text: str) -> None:
    """Log lines and headers cannot break out of theirs."""
    assert 1 >= len(neutral_line(text).splitlines())


def test_a_cut_is_marked() -> None:
    """A learner sees that something was left out, and how much."""
    assert "aaa… (2 characters more)" == neutral("aaaaa", limit=3)
