"""Exchanges as a learner reads them: no secret in them, whatever form it is sent in."""

from __future__ import annotations

import pytest

from roadmap_cli.checking.transcript import masked


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('{"password": "abc", "name": "Ada"}', '{"password": "<password of 3 characters>", "name": "Ada"}'),
        ('{"new_password":"a\\"b"}', '{"new_password": "<new password of 4 characters>"}'),
        ('{"refresh_token": "xyz"}', '{"refresh_token": "<refresh token of 3 characters>"}'),
        (
            "username=ada%40example.com&password=a%20b+c",
            "username=ada%40example.com&password=<password of 5 characters>",
        ),
        ("password=abc&grant_type=password", "password=<password of 3 characters>&grant_type=password"),
        ("old_password=&x=1", "old_password=<old password of 0 characters>&x=1"),
        ('{"q": "password=abc"}', '{"q": "password=abc"}'),
        ("a text about password=abc", "a text about password=abc"),
        ("", ""),
    ],
)
def test_secrets_are_masked(sent: str, shown: str) -> None:
    """In JSON and in forms, by the name of the field; nothing else is touched."""
    assert shown == masked(sent)


def test_a_long_body_is_read_in_one_go() -> None:
    """A body that is nearly a form costs no more than one that is: a megabyte passes by."""
    body = "a=b&" * 250_000 + "%{"

    assert body == masked(body)
