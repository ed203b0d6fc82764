"""What a failed check sent, with what it takes to send it again: the shared worlds that its tokens come from."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

from roadmap_cli.checking.api import Kept
from roadmap_cli.events import Sent, Story

MOST_SENT = 200
MOST_BYTES = 1 << 20
# Longer answers hold lists; tokens and ids come in short ones.
MOST_OF_AN_ANSWER = 24_000


def story(own: Sequence[Kept], worlds: Sequence[Kept]) -> Story | None:
    """The exchanges *own* of a check, before them those of *worlds* that its tokens come from; None if it sent nothing."""
    if not own:
        return None
    there = {id(kept) for kept in own}
    shared = [kept.sent for kept in worlds if id(kept) not in there]
    return _bounded([*_needed([kept.sent for kept in own], shared), *(kept.sent for kept in own)])


def _needed(own: list[Sent], shared: list[Sent]) -> list[Sent]:
    """The exchanges of every world that gave a token which is sent, directly or for another world."""
    wanted: set[str] = set()
    waiting = _tokens(own)
    while waiting:
        token = waiting.pop()
        found = {sent.world for sent in shared if token in base64.b64decode(sent.answer)} - wanted
        wanted |= found
        waiting |= _tokens([sent for sent in shared if sent.world in found])
    return [replace(sent, at=0.0) for sent in shared if sent.world in wanted]


def _tokens(sent: list[Sent]) -> set[bytes]:
    values = (value for each in sent for name, value in each.headers if name.lower() == "authorization")
    return {value.partition(" ")[2].encode() for value in values if value.partition(" ")[2]}


def _bounded(sent: list[Sent]) -> Story:
    """The last of them, as many as are worth keeping; of long answers the bodies are left out, but of the last one."""
    short = [replace(each, answer="") if len(each.answer) > MOST_OF_AN_ANSWER else each for each in sent[:-1]]
    kept: list[Sent] = []
    room = MOST_BYTES
    for each in reversed([*short, sent[-1]]):
        room -= len(each.answer) + len(each.body or "")
        if kept and (room < 0 or len(kept) == MOST_SENT):
            break
        kept.insert(0, each)
    return Story(sent=tuple(kept), left_out=len(sent) - len(kept))
