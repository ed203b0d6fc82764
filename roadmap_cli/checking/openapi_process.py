"""``python -I -m roadmap_cli.checking.openapi_process SECONDS``: works on a document that somebody else wrote, in a process of its own.

A schema can ask for more than there is: a pattern that backtracks for a year, parts that double at each level, a list of a
billion entries. Nothing of that can be interrupted from within, so it happens here, where time and memory are limited and
nothing else is lost. Requests and answers are lines of JSON: `openapi_schemas` has the other side.

jsonschema_rs judges, schemathesis draws; both are imported when they are first needed. Neither may fetch anything.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

MEMORY_BYTES = 2 << 30
MOST_FAULTS = 5
# What a learner's patterns may cost: ordinary ones need some hundred steps.
_BACKTRACKS = 100_000
_FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork")

# Method, path, whether the requests fit, how many, seed.
Drawer = Callable[[str, str, bool, int, int], list[dict[str, Any]]]


def main() -> int:
    """Answer requests until there are no more."""
    wire = os.fdopen(os.dup(1), "w", buffering=1, encoding="ascii")
    os.dup2(2, 1)  # whatever a library prints is not ours
    _limit(int(sys.argv[1]))
    document = json.loads(sys.stdin.readline())
    desk = _Desk(document["schemas"], document["document"])
    for line in sys.stdin:
        request = json.loads(line)
        for reply in _in_any_case(desk.replies(request)):
            wire.write(json.dumps(reply | {"to": request["number"]}) + "\n")
    return 0


def _in_any_case(replies: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    try:
        yield from replies
    except OurFault as fault:
        yield {"ours": str(fault)}
    except Exception as error:  # a schema that a library cannot work with is the document's fault, and told as such
        yield {"trouble": str(error).partition("\n")[0][:300] or type(error).__name__}


class OurFault(Exception):
    """A library is not what we take it for: no document is to blame."""


class _Desk:
    """One document, as it was given (*document*) and with its schemas as JSON Schema of 2020-12 (*schemas*)."""

    def __init__(self, schemas: dict[str, Any], document: dict[str, Any]) -> None:
        self._schemas = schemas
        self._document = document
        self._validators: dict[str, Any] = {}

    def replies(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        match request["ask"]:
            case "valid":
                yield {"faults": self._document_faults()}
            case "fits":
                yield {"faults": self._faults(self._validator(request["schema"]), request["value"])}
            case "cases":
                yield from self._cases(request["operations"], request["seed"], request["fitting"], request["other"])
                yield {"end": True}

    # --- judging -----------------------------------------------------------------------------------------------

    def _document_faults(self) -> list[dict[str, Any]]:
        import jsonschema_rs

        definitions = importlib.import_module("schemathesis.specs.openapi.definitions")
        # Formats are left out: a relative tokenUrl is fine, and is what frameworks write.
        if self._document["openapi"].startswith("3.0"):
            rules: Any = jsonschema_rs.Draft4Validator(definitions.OPENAPI_30, validate_formats=False, offline=True)
        else:
            rules = jsonschema_rs.Draft202012Validator(definitions.OPENAPI_31, validate_formats=False, offline=True)
        return self._faults(rules, self._document)

    def _validator(self, pointer: str) -> Any:
        import jsonschema_rs

        if pointer not in self._validators:
            self._validators[pointer] = jsonschema_rs.Draft202012Validator(
                self._schemas | {"$ref": pointer},
                validate_formats=True,
                offline=True,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS),
            )
        return self._validators[pointer]

    def _faults(self, validator: Any, value: Any) -> list[dict[str, Any]]:
        faults = []
        for error in validator.iter_errors(value):
            error = _telling(error)
            faults.append({"path": error.instance_path, "rule": error.kind.name, "wanted": _wanted(error)})
            if len(faults) == MOST_FAULTS:
                break
        return faults

    # --- drawing -----------------------------------------------------------------------------------------------

    @cached_property
    def _drawers(self) -> tuple[Drawer, Drawer]:
        return _drawer(self._document), _drawer(_with_all_parameters(self._document))

    def _cases(self, operations: list[list[str]], seed: int, fitting: int, other: int) -> Iterator[dict[str, Any]]:
        """Half of those that fit have every parameter: what is never sent is never tried."""
        draw, draw_full = self._drawers
        for number, (method, path) in enumerate(operations):
            turns = (
                (draw, True, fitting // 2),
                (draw_full, True, fitting - fitting // 2),
                (draw, False, other),
            )
            for drawer, fits, count in turns:
                for case in drawer(method, path, fits, count, seed + number) if count else ():
                    yield {"case": case | {"operation": [method, path], "fits": fits}}


def _with_all_parameters(node: Any) -> Any:
    """The document with all its parameters required; in a URL there is no null."""
    if isinstance(node, list):
        return [_with_all_parameters(each) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {name: _with_all_parameters(each) for name, each in node.items()}
    if changed.get("in") in ("query", "header") and isinstance(changed.get("schema"), dict):
        changed |= {"required": True, "schema": _without_null(changed["schema"])}
    return changed


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    for word in ("anyOf", "oneOf"):
        if isinstance(schema.get(word), list):
            schema = schema | {word: [each for each in schema[word] if each != {"type": "null"}]}
    if isinstance(schema.get("type"), list):
        schema = schema | {"type": [each for each in schema["type"] if each != "null"]}
    return schema


def _telling(error: Any) -> Any:
    """Of several ways to be right that all fail, the fault of the one that comes closest."""
    while error.kind.name in ("anyOf", "oneOf") and getattr(error.kind, "context", None):
        ways = [way for way in error.kind.context if way]
        if not ways:
            break
        closest = max(ways, key=lambda way: (max(len(each.instance_path) for each in way), way[0].kind.name != "type"))
        error = closest[0]
    return error


def _wanted(error: Any) -> Any:
    """What the rule that is broken asks for, as JSON."""
    values = error.kind.as_dict()
    return next((value for name, value in values.items() if name != "context"), None)


@dataclass(frozen=True)
class _Tools:
    """What we use of the libraries that draw."""

    given: Any
    seed: Any
    settings: Any
    nothing_fits: type[Exception]
    load: Callable[[dict[str, Any]], Any]
    fitting: Any
    other: Any
    no_feedback: Any


def _tools() -> _Tools:
    import hypothesis
    import schemathesis
    from hypothesis.internal.conjecture import providers
    from schemathesis.config import SchemathesisConfig
    from schemathesis.generation.feedback import NO_FEEDBACK
    from schemathesis.generation.modes import GenerationMode

    # Numbers and words of programs that are installed here are no part of the seed.
    providers._get_local_constants = lambda: providers._local_constants
    config = SchemathesisConfig()
    config.projects.default.generation.with_security_parameters = False
    settings = hypothesis.settings(
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    return _Tools(
        given=hypothesis.given,
        seed=hypothesis.seed,
        settings=lambda count: hypothesis.settings(settings, max_examples=count),
        nothing_fits=hypothesis.errors.Unsatisfiable,
        load=lambda document: schemathesis.openapi.from_dict(document, config=config),
        fitting=GenerationMode.POSITIVE,
        other=GenerationMode.NEGATIVE,
        no_feedback=NO_FEEDBACK,
    )


def _drawer(document: dict[str, Any]) -> Drawer:
    """What draws requests for an operation: those that fit the document's schemas, and those that do not."""
    try:
        tools = _tools()
    except Exception as error:
        raise OurFault(f"Requests cannot be drawn with the schemathesis that is installed: {error!r}") from error
    loaded = tools.load(document)

    def draw(method: str, path: str, fits: bool, count: int, seed: int) -> list[dict[str, Any]]:
        cases: list[dict[str, Any]] = []
        random.seed(seed)
        mode = tools.fitting if fits else tools.other
        strategy = loaded[path][method].as_strategy(mode, feedback=tools.no_feedback)

        def keep(case: Any) -> None:
            cases.append(_as_json(case))

        drawing = tools.seed(seed)(tools.settings(count)(tools.given(strategy)(keep)))
        with contextlib.suppress(tools.nothing_fits):  # nothing can break a rule where there is none
            drawing()
        return cases

    return draw


def _as_json(case: Any) -> dict[str, Any]:
    """A case as far as it can be told in JSON; bodies that cannot are left out."""
    body: dict[str, Any] = {}
    if case.media_type and not isinstance(case.body, (bytes, type(_not_set()))):
        body = {"body": case.body, "media_type": case.media_type}
    return {
        "path": _plain(case.path_parameters),
        "query": _plain(case.query),
        "headers": _plain(dict(case.headers or {})),
    } | (body if _plain(body) == body else {})


def _not_set() -> Any:
    return importlib.import_module("schemathesis.core").NOT_SET


def _plain(values: Any) -> dict[str, Any]:
    """What of a mapping is JSON."""
    kept = {}
    for name, value in (values or {}).items():
        try:
            json.dumps({name: value}, allow_nan=False)
        except (TypeError, ValueError):
            continue
        kept[name] = value
    return kept


def _limit(seconds: int) -> None:
    """No more time and memory than a document is worth; nothing is fetched, no other program started."""

    def refuse(event: str, _: object) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"{event} is not allowed here.")

    sys.addaudithook(refuse)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
