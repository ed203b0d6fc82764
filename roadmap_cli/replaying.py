"""A failed check's exchanges sent again: the same bytes, but for what the server itself gives out.

A token or an id of the examination means nothing to another run of the server. So a story is planned first: wherever a
request holds what an earlier answer gave (a token, an ETag, the id of a book), the plan holds a *blank*, which is filled
with what the same place of the new answer says. Everything else goes out as it was.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from roadmap_cli.checking import transport
from roadmap_cli.checking.transcript import body_text, shown_headers
from roadmap_cli.checking.transport import NoAnswer, Raw
from roadmap_cli.events import Exchange, Sent, Story
from roadmap_cli.neutral import neutral_line

# Shorter texts may stand somewhere by chance.
_SHORTEST_TOKEN = 16
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ID_FIELD = re.compile(r'"([a-z_]+?)_ids?"\s*:\s*(\d+\b|\[[\d\s,]*\])')
_ID_PARAMETER = re.compile(r"[?&]([a-z_]+?)_id=(\d+)(?=&|$)")
_ID_SEGMENT = re.compile(r"/(\w+)/(\d+)(?=[/?]|$)")


@dataclass(frozen=True, kw_only=True)
class Blank:
    """What the answer to step number *step* gives: at a place of its JSON, or in the header *header*."""

    name: str
    step: int
    place: tuple[str | int, ...] = ()
    header: str = ""
    old: str = ""


# Texts are bytes read as Latin-1, so that any byte stands for itself.
Parts = tuple[str | Blank, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One exchange of the story, with blanks; *body* is None if there is none."""

    sent: Sent
    target: Parts
    headers: tuple[tuple[str, Parts], ...]
    body: Parts | None


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """A step sent again: the request as it went out and the answer, or the *problem* that there was none."""

    step: Step
    request: Sent
    raw: Raw | None = None
    problem: str = ""

    @property
    def status(self) -> int | None:
        """The status of the new answer."""
        return self.raw.status if self.raw else None

    @property
    def as_before(self) -> bool:
        """Whether it was answered with the status of the examination."""
        return self.status == self.step.sent.status


def plan(story: Story, accounts: Mapping[str, str] | None = None) -> tuple[Step, ...]:
    """The story's steps; *accounts* are texts of the examination's environment and what the server has instead."""
    known: list[_Given] = []
    steps: list[Step] = []
    for number, sent in enumerate(story.sent):
        steps.append(_step(sent, known, accounts or {}))
        known += _given(number, sent)
    return _named(tuple(steps))


def verbatim(sent: Sent) -> Step:
    """One exchange without a blank: every byte as it was."""
    return Step(
        sent=sent,
        target=(sent.target,),
        headers=tuple((name, (value,)) for name, value in sent.headers),
        body=None if sent.body is None else (decoded(sent.body),),
    )


def replay(steps: Sequence[Step], url: str, told: Callable[[Replayed], None] = lambda each: None) -> list[Replayed]:
    """Send the steps one after the other to the server at *url*; *told* hears of each."""
    done: list[Replayed] = []
    for step in steps:
        request = filled(step, lambda blank: _value(blank, done))
        replayed = _send(step, request, url)
        done.append(replayed)
        told(replayed)
    return done


def filled(step: Step, value: Callable[[Blank], str]) -> Sent:
    """The request of a step with every blank filled in."""

    def text(parts: Parts) -> str:
        return "".join(part if isinstance(part, str) else value(part) for part in parts)

    return replace(
        step.sent,
        target=text(step.target),
        headers=tuple((name, text(parts)) for name, parts in step.headers),
        body=None if step.body is None else base64.b64encode(text(step.body).encode("latin-1")).decode(),
    )


def shown(request: Sent, raw: Raw | None, problem: str = "") -> Exchange:
    """An exchange fit to be shown: secrets masked, nothing that could act on a terminal."""
    return Exchange(
        method=request.method,
        url=neutral_line(request.target),
        request_headers=shown_headers(request.headers),
        request_body=body_text(base64.b64decode(request.body or "")),
        status=raw.status if raw else None,
        response_headers=shown_headers(raw.headers) if raw else (),
        response_body=body_text(raw.body) if raw else "",
        problem=neutral_line(problem),
        milliseconds=raw.milliseconds if raw else 0.0,
    )


def before(sent: Sent) -> Raw | None:
    """The answer of the examination; None if there was none."""
    if sent.status is None:
        return None
    return Raw(sent.status, sent.answer_headers, base64.b64decode(sent.answer), sent.milliseconds)


def together(story: Story) -> bool:
    """Whether some of the exchanges were under way at the same moment: a race, which no replay repeats."""
    own = sorted((sent for sent in story.sent if not sent.world), key=lambda sent: sent.at)
    return any(other.at < one.at + one.milliseconds for one, other in pairwise(own))


def restarted(story: Story) -> bool:
    """Whether the server was started anew, perhaps with other settings, in the course of the story."""
    return len({sent.server for sent in story.sent if not sent.world}) > 1


def decoded(content: str) -> str:
    """What is kept in base64, a character for each byte."""
    return base64.b64decode(content).decode("latin-1")


def _send(step: Step, request: Sent, url: str) -> Replayed:
    body = None if request.body is None else base64.b64decode(request.body)
    try:
        raw = transport.send(request.method, url.rstrip("/") + request.target, dict(request.headers), body)
    except NoAnswer as error:
        return Replayed(step=step, request=request, problem=str(error))
    return Replayed(step=step, request=request, raw=raw)


def _value(blank: Blank, done: Sequence[Replayed]) -> str:
    """What the new answer gives in the blank's place; what stood there before, if it gives nothing."""
    raw = done[blank.step].raw
    if raw is None:
        return blank.old
    if blank.header:
        return next((value for name, value in raw.headers if name.lower() == blank.header), blank.old)
    found = _at(_json(raw.body), blank.place)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else blank.old


def _at(node: Any, place: tuple[str | int, ...]) -> Any:
    for part in place:
        match node, part:
            case dict(), str() if part in node:
                node = node[part]
            case list(), int() if part < len(node):
                node = node[part]
            case _:
                return None
    return node


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


# --- what answers give -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Given:
    """A blank, and how it is known in a request: as a text, or as the id of a *kind* (``books``)."""

    blank: Blank
    kind: str = ""


def _given(number: int, sent: Sent) -> Iterator[_Given]:
    for name, tag in sent.answer_headers:
        if name.lower() == "etag":
            yield _Given(Blank(name="ETAG", step=number, header="etag", old=tag))
    kind = _kind(sent)
    for place, value in _leaves(_json(base64.b64decode(sent.answer)), ()):
        fields = [part for part in place if isinstance(part, str)]
        if not fields or not all(map(_NAME.fullmatch, fields)):
            continue  # it becomes part of a command; only harmless names may
        if isinstance(value, str) and len(value) >= _SHORTEST_TOKEN:
            yield _Given(Blank(name=fields[-1].upper(), step=number, place=place, old=value))
        elif isinstance(value, int) and not isinstance(value, bool) and (found := _kind_at(place, kind)):
            yield _Given(Blank(name=f"{_singular(found).upper()}_ID", step=number, place=place, old=str(value)), found)


def _leaves(node: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str | int]]:
    """Texts and numbers of a document, each with its place."""
    match node:
        case dict():
            for key, child in node.items():
                yield from _leaves(child, (*place, key))
        case list():
            for index, child in enumerate(node):
                yield from _leaves(child, (*place, index))
        case str() | int():
            yield place, node


def _kind(sent: Sent) -> str:
    """What kind of thing an answer is about: ``books`` for Location: /books/7, else for the first part of the path."""
    location = next((value for name, value in sent.answer_headers if name.lower() == "location"), "")
    there = re.search(r"/(\w+)/\d+$", urlsplit(location).path)
    return there.group(1) if there else urlsplit(sent.target).path.split("/")[1]


def _kind_at(place: tuple[str | int, ...], kind: str) -> str:
    """Whose id stands at *place* of an answer about *kind*; nothing if no id does."""
    match place:
        case (*_, str() as name) if name.endswith("_id"):
            return f"{name.removesuffix('_id')}s"
        case (*_, str() as name, "id") if name != "items":
            return f"{name}s"
        case (*_, "id"):
            return kind
        case _:
            return ""


def _singular(kind: str) -> str:
    return kind.removesuffix("s")


# --- requests with blanks --------------------------------------------------------------------------------------------


def _step(sent: Sent, known: Sequence[_Given], accounts: Mapping[str, str]) -> Step:
    texts = {given.blank.old: given.blank for given in reversed(known) if not given.kind}
    ids = {(given.kind, given.blank.old): given.blank for given in reversed(known) if given.kind}
    headers = tuple((name, _with_texts(value, texts)) for name, value in sent.headers)
    body = None if sent.body is None else _body(_renamed(decoded(sent.body), accounts), ids)
    return Step(sent=sent, target=_with_ids(sent.target, _in_target, ids), headers=headers, body=body)


def _renamed(body: str, accounts: Mapping[str, str]) -> str:
    for old, new in accounts.items():
        body = body.replace(json.dumps(old), json.dumps(new))
    return body


def _with_texts(value: str, texts: Mapping[str, Blank]) -> Parts:
    """*value* with a blank for the first of *texts* in it."""
    for old, blank in texts.items():
        before, found, behind = value.partition(old)
        if found:
            return tuple(part for part in (before, blank, behind) if part)
    return (value,)


_Ids = Mapping[tuple[str, str], Blank]
_Places = Callable[[str], Iterator[tuple[int, int, str]]]


def _with_ids(text: str, places: _Places, ids: _Ids) -> Parts:
    """*text* with a blank wherever *places* finds an id that is among *ids*."""
    parts: list[str | Blank] = []
    end = 0
    for start, stop, kind in sorted(places(text)):
        if blank := ids.get((kind, text[start:stop])):
            parts += [text[end:start], blank]
            end = stop
    return tuple(part for part in (*parts, text[end:]) if part)


def _body(content: str, ids: _Ids) -> Parts:
    """A body with blanks; one that is no JSON as it is."""
    return (content,) if _json(content.encode("latin-1")) is None else _with_ids(content, _in_body, ids)


def _in_target(target: str) -> Iterator[tuple[int, int, str]]:
    for match in _ID_SEGMENT.finditer(target.partition("?")[0]):
        yield match.start(2), match.end(2), match.group(1)
    for match in _ID_PARAMETER.finditer(target):
        yield match.start(2), match.end(2), f"{match.group(1)}s"


def _in_body(body: str) -> Iterator[tuple[int, int, str]]:
    for match in _ID_FIELD.finditer(body):
        for number in re.finditer(r"\d+", match.group(2)):
            yield match.start(2) + number.start(), match.start(2) + number.end(), f"{match.group(1)}s"


def _named(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Every blank with a name of its own: TOKEN, TOKEN_2."""
    used = dict.fromkeys(blank for step in steps for blank in blanks(step))
    renamed: dict[Blank, Blank] = {}
    for blank in used:
        same = sum(other.name == blank.name for other in renamed)
        renamed[blank] = replace(blank, name=f"{blank.name}_{same + 1}") if same else blank

    def again(parts: Parts) -> Parts:
        return tuple(part if isinstance(part, str) else renamed[part] for part in parts)

    return tuple(
        replace(
            step,
            target=again(step.target),
            headers=tuple((name, again(parts)) for name, parts in step.headers),
            body=None if step.body is None else again(step.body),
        )
        for step in steps
    )


def blanks(step: Step) -> Iterator[Blank]:
    """The blanks of a request, in the order in which they stand there."""
    for parts in (step.target, *(parts for _, parts in step.headers), step.body or ()):
        yield from (part for part in parts if isinstance(part, Blank))
