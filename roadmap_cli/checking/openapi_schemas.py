"""Schemas of somebody else's document, put to use: is the document valid, does an answer fit, what might be sent.

The work is done by `openapi_process`, which may be lost at any moment without harm; whatever happens there ends here in
words. Only the document itself is ever looked at: what it refers to elsewhere is refused, never fetched.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NoReturn
from urllib.parse import quote

from roadmap_cli.checking.answers import Json, Mismatch, shown
from roadmap_cli.checking.openapi import Document, Operation
from roadmap_cli.folders import cache_folder

SECONDS = 30.0

_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL")
_WITH_SCHEMA = ("not", "items", "additionalProperties", "contains", "if", "then", "else", "propertyNames")
_WITH_LIST = ("allOf", "anyOf", "oneOf", "prefixItems")
_WITH_NAMES = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
# Formats are notes, not rules (JSON Schema 2020-12, Validation §7.2); this one the contract asks for.
_FORMATS = ("date-time",)
_NULL = {"type": "null"}
_KINDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Where a value breaks a schema: the *path* in the value, the *rule*, what it *wanted*."""

    path: tuple[str | int, ...]
    rule: str
    wanted: Any

    @property
    def place(self) -> str:
        """The path as everywhere else: ``$.items[0].id``."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "$" + "".join(steps)

    @property
    def sentence(self) -> str:
        """What the schema asks for there."""
        words = shown(self.wanted, limit=160)
        match self.rule:
            case "required":
                return f"a field {self.wanted}"
            case "type":
                kinds = self.wanted if isinstance(self.wanted, list) else [self.wanted]
                return " or ".join(_KINDS.get(kind, str(kind)) for kind in kinds)
            case "enum":
                return f"one of {words}"
            case "const" | "constant":
                return f"exactly {words}"
            case "format":
                return f"a text of the format {self.wanted}"
            case "additionalProperties" | "unevaluatedProperties":
                return f"no field {', '.join(map(str, self.wanted or []))}"
            case "falseSchema" | "false_schema":
                return "nothing here"
            case _:
                return f"{self.rule}: {words}" if self.wanted is not None else self.rule

    def found(self, value: Any) -> str:
        """What is at that place of *value*."""
        for step in self.path:
            value = value[step]
        if self.rule == "required" and isinstance(value, dict):
            return f"fields: {', '.join(sorted(value)) or 'none'}"
        return shown(value)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request that was drawn for an operation: it *fits* the document's schemas, or breaks them somewhere."""

    operation: Operation
    fits: bool
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    media_type: str = ""
    body: Any = field(default=None)


class Schemas:
    """The schemas of one document, worked on by a process that ends with the context.

    Nothing may take longer than *seconds*.
    """

    def __init__(self, document: Document, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lost = False
        self._asked = 0
        self._document = document
        self._replies: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._places = _places(document.root.value)
        for reference in document.references():
            document.follow(Json({"$ref": reference.value}, reference.path, reference.exchange))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "roadmap_cli.checking.openapi_process", str(ceil(seconds))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
            env=_environment(),
        )
        threading.Thread(target=self._listen, name="schemas", daemon=True).start()
        plain = document.root.value
        self._say({"document": plain, "schemas": as_json_schemas(plain)})

    def __enter__(self) -> Schemas:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def document_faults(self) -> tuple[Fault, ...]:
        """What the rules of OpenAPI find wrong with the document."""
        return self._faults({"ask": "valid"}, self._document.root.value)

    def faults(self, schema: Json, value: Any) -> tuple[Fault, ...]:
        """What *schema*, a place in the document, finds wrong with *value*."""
        if not isinstance(schema.value, dict):  # true and false are schemas too
            return () if schema.value is True else (Fault(path=(), rule="falseSchema", wanted=None),)
        return self._faults({"ask": "fits", "schema": self._places[id(schema.value)], "value": value}, value)

    def cases(self, operations: Sequence[Operation], *, seed: int, fitting: int, other: int) -> Iterator[Case]:
        """Requests for each operation in its turn: at most so many that fit the document, and so many that do not.

        They are drawn while the ones before are being sent. To ask for something else gives up the rest of them.
        """
        named = {(each.method, each.path): each for each in operations}
        wanted = [[each.method, each.path] for each in operations]
        self._say({"ask": "cases", "operations": wanted, "seed": seed, "fitting": fitting, "other": other})
        while "case" in (reply := self._hear()):
            case = reply["case"]
            method, path = case.pop("operation")
            yield Case(operation=named[method, path], **case)

    def _faults(self, request: Mapping[str, Any], value: Any) -> tuple[Fault, ...]:
        self._say(request)
        return tuple(
            Fault(path=_path(each["path"], value), rule=each["rule"], wanted=each["wanted"])
            for each in self._hear()["faults"]
        )

    def _say(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin
        if self._lost:
            self._give_up()
        self._asked += 1
        try:
            self._process.stdin.write(json.dumps({**request, "number": self._asked}).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._give_up()

    def _hear(self) -> dict[str, Any]:
        reply = self._next()
        while reply["to"] != self._asked:  # to a question that nobody waits for any more
            reply = self._next()
        if "ours" in reply:
            raise RuntimeError(reply["ours"])
        if "trouble" in reply:
            self._refuse("We cannot work with the schemas of your document.", actual=reply["trouble"])
        return reply

    def _next(self) -> dict[str, Any]:
        try:
            reply = self._replies.get(timeout=self._seconds)
        except queue.Empty:
            reply = None
        if reply is None:
            self._give_up()
        return reply

    def _listen(self) -> None:
        assert self._process.stdout
        try:
            for line in self._process.stdout:
                self._replies.put(json.loads(line))
        except ValueError:  # closed meanwhile
            pass
        self._replies.put(None)

    def _give_up(self) -> NoReturn:
        self._lost = True
        self._process.kill()
        self._refuse(
            "Your document asks for more than we can do: working on its schemas took too much time or memory.",
            expected="no pattern that backtracks for long, and no parts that multiply one another",
        )

    def _refuse(self, sentence: str, *, expected: str = "", actual: str = "") -> NoReturn:
        exchange = self._document.root.exchange
        raise Mismatch(sentence, expected=expected, actual=actual, path="$.components.schemas", exchange=exchange)


def _path(steps: Sequence[str | int], value: Any) -> tuple[str | int, ...]:
    """The steps to a place in *value*; names made of digits, which come back as numbers, are names again."""
    path: list[str | int] = []
    for step in steps:
        path.append(str(step) if isinstance(value, dict) else int(step))
        value = value[path[-1]]
    return tuple(path)


def _places(document: Any) -> dict[int, str]:
    """References to all objects of the document (RFC 6901), by their identity: JSON knows no object in two places."""
    places, waiting = {}, [(document, "#")]
    while waiting:
        node, place = waiting.pop()
        if isinstance(node, (dict, list)):
            places[id(node)] = place
            steps = node.items() if isinstance(node, dict) else enumerate(node)
            waiting += [(inner, f"{place}/{_step(step)}") for step, inner in steps]
    return places


def _step(step: str | int) -> str:
    return quote(str(step).replace("~", "~0").replace("/", "~1"), safe="~")


def as_json_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Paths and components of a document with their schemas as JSON Schema of 2020-12, as they hold for answers."""
    return {part: _converted(document[part]) for part in ("paths", "components") if part in document}


def _converted(node: Any, name: str = "") -> Any:
    """A part of the document: what stands under ``schema``, or under a name in ``schemas``, is a schema."""
    if isinstance(node, list):
        return [_converted(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    if name == "schemas":
        return {key: _schema(value) for key, value in node.items()}
    return {key: _schema(value) if key == "schema" else _converted(value, key) for key, value in node.items()}


def _schema(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    changed = {key: _inner(key, value) for key, value in schema.items() if not _is_dropped(key, value)}
    for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(changed.get(strict), bool) and changed.pop(strict) and bound in changed:  # OpenAPI 3.0
            changed[strict] = changed.pop(bound)
    _without_written_only(changed)
    return _or_null(changed) if changed.pop("nullable", None) is True else changed


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0's `nullable`; what references name stays where it is."""
    if "$ref" in schema:
        return {"anyOf": [schema, _NULL]}
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    for word in ("enum", "anyOf", "oneOf"):
        if isinstance(schema.get(word), list):
            schema[word] = [*schema[word], None if word == "enum" else _NULL]
    if isinstance(schema.get("allOf"), list):
        schema["allOf"] = [{"anyOf": [each, _NULL]} for each in schema["allOf"]]
    return schema


def _inner(key: str, value: Any) -> Any:
    if key in _WITH_SCHEMA:
        return _schema(value)
    if key in _WITH_LIST and isinstance(value, list):
        return [_schema(each) for each in value]
    if key in _WITH_NAMES and isinstance(value, dict):
        return {name: _schema(each) for name, each in value.items()}
    return value


def _is_dropped(key: str, value: Any) -> bool:
    return key in ("$id", "$schema", "discriminator") or (key == "format" and value not in _FORMATS)


def _without_written_only(schema: dict[str, Any]) -> None:
    """A field that is only written is not missing in an answer (OpenAPI 3.0.4 §4.7.24)."""
    fields, required = schema.get("properties"), schema.get("required")
    if isinstance(fields, dict) and isinstance(required, list):
        hidden = [name for name, each in fields.items() if isinstance(each, dict) and each.get("writeOnly") is True]
        schema["required"] = [name for name in required if name not in hidden]


def _environment() -> dict[str, str]:
    """What the process needs; hashes do not depend on chance, and what Hypothesis knows of Unicode is kept."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    store = str(cache_folder() / "hypothesis")
    return kept | {"PYTHONHASHSEED": "0", "HYPOTHESIS_STORAGE_DIRECTORY": store}
