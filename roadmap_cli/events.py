"""The wire: what an examination says as it goes, as typed events and as JSON lines.

The examining child writes one JSON object a line; `decode` reads it back. Everything else (report, live view, history)
is a fold over these. An unknown kind or a broken line is a ValueError: the parent must notice, never guess.
"""

from __future__ import annotations

import json
import types
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Result = Literal["passed", "failed", "blocked", "skipped", "broken"]
# What a check was looking at when it failed; "said" is an expectation that it words itself.
Assertion = Literal["status", "header", "json", "body", "missing", "kind", "value", "answer", "server", "said"]


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as text fit to be shown: secrets masked, long bodies cut, nothing executable.

    *status* is None when no complete answer came; *problem* then says why in a sentence.
    """

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: str = ""
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: str = ""
    problem: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a check did not pass, in the words the learner reads.

    *path* is a JSON path such as ``$.items[0].id``; *log* the learner's own log lines of the last exchange; *frame*
    the last line of their code in a traceback (``app/books.py:41``); *curl* reproduces the last exchange.
    *exchanges* are those of the check until it failed, *earlier* counts those that were too many to keep.
    *assertion* and *check* (the function) say which expectation it was, for signatures.
    """

    message: str
    expected: str = ""
    actual: str = ""
    path: str = ""
    exchanges: tuple[Exchange, ...] = ()
    log: tuple[str, ...] = ()
    frame: str = ""
    curl: str = ""
    earlier: int = 0
    assertion: Assertion = "said"
    check: str = ""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An exchange byte for byte, to be sent again: nothing masked, bodies in base64. Never part of a public report.

    *world* names the shared world that it helped to build (signing in, say), empty for the check's own. *server* is the
    base URL; *at* and *milliseconds* say when it was under way, in milliseconds since the check began.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    status: int | None = None
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: str = ""
    problem: str = ""
    world: str = ""
    server: str = ""
    at: float = 0.0
    milliseconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a failed check sent, in order, the failing exchange last; *left_out* counts what was too much to keep."""

    sent: tuple[Sent, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The checks that will run: requirement ids, one entry a check. *python* runs the learner's server, if Python does."""

    checks: tuple[str, ...]
    seed: int
    python: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceReady:
    """A service is up; *rung* says where it came from."""

    name: str
    rung: str
    detail: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ServerReady:
    """The learner's server answers its ready path."""

    url: str
    command: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ServerFailed:
    """The server never came up, or died for good: the whole examination in one event instead of thirty errors.

    *reason* is a sentence, *advice* the next step, *frame* the place in the learner's code, *log* the end of its output.
    """

    reason: str
    advice: str = ""
    frame: str = ""
    log: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Started:
    """A check begins."""

    requirement: str
    check: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A check has ended. *blocked_by* names the requirement that stood in the way; *reason* says why it was skipped or broken.

    *place* is where the check stands among all checks as they are written, whatever the order in which they ran.
    """

    requirement: str
    check: str
    result: Result
    place: int = 0
    milliseconds: float = 0.0
    failure: Failure | None = None
    blocked_by: str = ""
    reason: str = ""
    story: Story | None = None


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """Something worth saying that is no verdict: processes left behind, output cut, a port answered by somebody else."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Broke:
    """The grader itself failed: our bug, never the learner's."""

    message: str
    traceback: str = ""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The last event. *requests* counts exchanges; *peak_bytes* is the most memory that the whole tree held."""

    milliseconds: float
    requests: int = 0
    peak_bytes: int = 0


Event = Planned | ServiceReady | ServerReady | ServerFailed | Started | Judged | Noticed | Broke | Finished

_KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


def encode(event: Event) -> str:
    """One line of JSON without a line end."""
    return json.dumps({"event": type(event).__name__, **asdict(event)}, ensure_ascii=True, separators=(",", ":"))


def decode(line: str) -> Event:
    """The event of a line; ValueError if it is none."""
    try:
        document = json.loads(line)
        kind = _KINDS[document.pop("event")]
        event = build(kind, document)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not an event: {line[:200]!r}") from error
    return event  # type: ignore[no-any-return]  # _KINDS holds nothing but events


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def build(kind: Any, document: Any) -> Any:
    """Rebuild dataclasses, tuples and optionals from parsed JSON; TypeError or KeyError if it does not fit."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if document is None else build(options[0], document)
    if origin is tuple:
        arguments = get_args(kind)
        items = [arguments[0]] * len(document) if arguments[-1] is Ellipsis else arguments
        return tuple(build(item, entry) for item, entry in zip(items, document, strict=True))
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes a class for unhashable here
        unknown = set(document) - {field.name for field in fields(kind)}
        if unknown:
            raise TypeError(f"unknown fields {sorted(unknown)}")
        return kind(**{name: build(hints[name], value) for name, value in document.items()})  # type: ignore[operator]
    return document
