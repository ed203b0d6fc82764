"""The OpenAPI document that a server gives of itself, read with suspicion: whatever is in it, a surprise is a Mismatch.

Everything is a view on the parsed JSON: nodes know their path, references are followed within the document and nowhere
else, a circle of them is noticed. What needs a library (validity, whether an answer fits) is in `openapi_schemas`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from roadmap_cli.checking.answers import Answer, Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_VERSION = re.compile(r"3\.[01]\.\d+")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_PARTS = ("allOf", "anyOf", "oneOf")
_MOST_HOPS = 50
_MOST_NODES = 200_000


@dataclass(frozen=True, eq=False)
class Document:
    """An OpenAPI document of version 3.0 or 3.1."""

    root: Json

    @classmethod
    def of(cls, answer: Answer) -> Document:
        """The document that an answer holds; a Mismatch if it holds none that can be read."""
        answer.expect(200)
        document = cls(answer.json)
        document.version, document.operations  # noqa: B018  # reading them is the check
        return document

    @property
    def version(self) -> str:
        """``3.0`` or ``3.1``."""
        version = self.root["openapi"]
        fits = _VERSION.fullmatch(version.text)
        version.expect(
            fits, "The document names the version of OpenAPI that it is written in.", expected="3.0.x or 3.1.x"
        )
        return version.text[:3]

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """All operations by method and path, names in braces left out: ``GET /tasks/{}``."""
        paths, prefix = self.root["paths"], self._prefix()
        found = {}
        for path in _names(paths):
            item = self.follow(paths[path])
            for method in METHODS:
                if method in item:
                    name = f"{method.upper()} {prefix}{path}"
                    found[anonymous(name)] = Operation(self, name, path, method, item)
        return found

    def operation(self, name: str) -> Operation | None:
        """What the document says of ``GET /tasks/{task_id}``, whatever it calls the id; None if it says nothing."""
        return self.operations.get(anonymous(name))

    def follow(self, node: Json) -> Json:
        """What a reference leads to; anything else is itself. A Mismatch if it leads out of the document or in a circle."""
        begin = node
        for _ in range(_MOST_HOPS):
            if not (isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str)):
                return node
            node = self.target(node["$ref"])
        _refuse(begin, "This $ref leads in a circle.", "a $ref that leads to something")

    def shape(self, schema: Json) -> Shape:
        """What a schema says. One that is a part of itself says nothing there."""
        return self._shapes.of(schema)

    @cached_property
    def _shapes(self) -> _Shapes:
        return _Shapes(self)

    def references(self) -> Iterator[Json]:
        """Every ``$ref`` of the document."""
        waiting, seen = [self.root], 0
        while waiting:
            node = waiting.pop()
            seen += 1
            if seen > _MOST_NODES:
                _refuse(self.root, "The document is larger than we read.", f"at most {_MOST_NODES} values")
            if isinstance(node.value, dict):
                for name in node.value:
                    if name == "$ref" and isinstance(node.value[name], str):
                        yield node[name]
                    else:
                        waiting.append(node[name])
            elif isinstance(node.value, list):
                waiting += list(node)

    def target(self, reference: Json) -> Json:
        """What one ``$ref`` leads to; a Mismatch if that is nothing, or not in the document."""
        if not reference.text.startswith("#/"):
            _refuse(
                reference,
                "This $ref leads out of the document, and we read nothing but GET /openapi.json.",
                "a place within the document, such as #/components/schemas/Task",
            )
        node = self.root
        for step in reference.text[2:].split("/"):
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            key = int(name) if isinstance(node.value, list) and name.isdecimal() and len(name) < 7 else name
            there = key in node if isinstance(key, str) else key < len(node)
            if not there:
                _refuse(reference, "This $ref leads nowhere.", "a place that is in the document")
            node = node[key]
        return node

    def _prefix(self) -> str:
        """The path of the first server, which all paths begin with."""
        servers = self.root.value.get("servers")
        first = servers[0] if isinstance(servers, list) and servers else None
        url = first.get("url") if isinstance(first, dict) else None
        if not isinstance(url, str) or "{" in url:
            return ""
        try:
            return urlsplit(url).path.rstrip("/")
        except ValueError:
            return ""


@dataclass(frozen=True, eq=False)
class Operation:
    """What a document says of one method of one path; *name* is both, as in ``GET /tasks/{id}``."""

    document: Document
    name: str
    path: str
    method: str
    item: Json

    @property
    def node(self) -> Json:
        """Where it stands."""
        return self.item[self.method]

    @cached_property
    def parameters(self) -> tuple[Json, ...]:
        """Its parameters, those of its path too."""
        lists = [each["parameters"] for each in (self.item, self.node) if "parameters" in each]
        return tuple(self.document.follow(one) for each in lists for one in each)

    @property
    def ids(self) -> tuple[str, ...]:
        """The names in the braces of the path."""
        return tuple(_IN_BRACES.findall(self.path))

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that are documented: ``200``, ``4XX``, ``default``."""
        return self.node["responses"].keys() if "responses" in self.node else ()

    def documented_as(self, status: int) -> str:
        """The key that stands for a status: itself, its class, or ``default``; empty if none does (OpenAPI 3.1 §4.8.16)."""
        for key in self.statuses:
            if key == str(status):
                return key
        for key in self.statuses:
            if key.upper() == f"{status // 100}XX":
                return key
        return "default" if "default" in self.statuses else ""

    def answer(self, status: int) -> Json | None:
        """The schema of the JSON that a status is answered with; None if there is none."""
        key = self.documented_as(status)
        return self._schema(self.node["responses"][key], JSON) if key else None

    def body(self, media_type: str = JSON) -> Json | None:
        """The schema of the body it takes; None if it takes none of that type."""
        return self._schema(self.node["requestBody"], media_type) if "requestBody" in self.node else None

    @property
    def schemes(self) -> tuple[Json, ...]:
        """The security schemes that it names, its own or those of the whole document."""
        place = self.node if "security" in self.node else self.document.root
        if "security" not in place:
            return ()
        names = [name for each in place["security"] for name in _names(each)]
        return tuple(self._scheme(name) for name in names)

    def _scheme(self, name: str) -> Json:
        root = self.document.root
        defined = root["components"]["securitySchemes"] if "components" in root else root
        return self.document.follow(defined[name])

    def _schema(self, message: Json, media_type: str) -> Json | None:
        message = self.document.follow(message)
        if "content" not in message:
            return None
        content = message["content"]
        for kind in _names(content):
            if kind.split(";")[0].strip().lower() in (media_type, "application/*", "*/*"):
                return _part(content[kind], "schema")
        return None


@dataclass(frozen=True)
class Shape:
    """What a schema says of a value, references followed and parts put together.

    *fields* are the schemas of its properties (several, if several parts name one); *required* are those that are always
    there: in any of ``allOf``, in every one of ``anyOf``. *kinds* are the types it names but null, *entries* the schemas
    of a list's entries; *is_map* says that it has fields of any name, which have a schema too.
    """

    fields: Mapping[str, tuple[Json, ...]]
    required: frozenset[str]
    kinds: frozenset[str]
    entries: tuple[Json, ...]
    is_map: bool


_NOTHING = Shape(fields={}, required=frozenset(), kinds=frozenset(), entries=(), is_map=False)
_JSON_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", type(None): "null"}


class _Shapes:
    """Shapes by the places of their schemas, each made once: parts may name one another a million times over."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, Shape] = {}

    def of(self, schema: Json, depth: int = 0) -> Shape:
        schema = self._document.follow(schema)
        if depth > _MOST_HOPS:
            _refuse(schema, "This schema is nested too deeply.", "a schema that a person can read")
        if schema.path not in self._known:
            self._known[schema.path] = _NOTHING  # what it says of itself, if it is a part of itself
            self._known[schema.path] = self._made(schema, depth + 1)
        return self._known[schema.path]

    def _made(self, schema: Json, depth: int) -> Shape:
        if not isinstance(schema.value, dict):
            return _NOTHING
        shape = _own(schema)
        if "allOf" in schema:
            shape = _both(shape, *(self.of(part, depth) for part in schema["allOf"]))
        for word in ("anyOf", "oneOf"):
            if word in schema and (parts := [part for part in schema[word] if not _is_null(part)]):
                shape = _both(shape, _any([self.of(part, depth) for part in parts]))
        return shape


def anonymous(name: str) -> str:
    """``GET /tasks/{task_id}/`` as ``GET /tasks/{}``: names of ids and a slash at the end tell nothing apart."""
    return _IN_BRACES.sub("{}", name).rstrip("/")


def _own(schema: Json) -> Shape:
    fields, required = _part(schema, "properties"), _part(schema, "required")
    return Shape(
        fields={name: (fields[name],) for name in _names(fields)} if fields else {},
        required=frozenset(each.text for each in required or ()),
        kinds=frozenset(_kinds(schema)) - {"null"},
        entries=(schema["items"],) if "items" in schema else (),
        is_map=any(isinstance(schema.value.get(word), dict) for word in ("additionalProperties", "patternProperties")),
    )


def _kinds(schema: Json) -> Iterator[str]:
    if "type" in schema:
        named = schema["type"]
        yield from (each.text for each in (named if isinstance(named.value, list) else (named,)))
    if "enum" in schema:
        yield from (_JSON_KINDS.get(type(each.value), "object") for each in schema["enum"])
    if "const" in schema:
        yield _JSON_KINDS.get(type(schema["const"].value), "object")


def _names(node: Json) -> tuple[str, ...]:
    return node.keys()


def _part(node: Json, name: str) -> Json | None:
    return node[name] if name in node else None  # noqa: SIM401  # a Json has no get


def _is_null(part: Json) -> bool:
    return isinstance(part.value, dict) and part.value.get("type") == "null"


def _both(*shapes: Shape) -> Shape:
    return Shape(
        fields=_merged(shapes),
        required=frozenset[str]().union(*(each.required for each in shapes)),
        kinds=frozenset[str]().union(*(each.kinds for each in shapes)),
        entries=_once(entry for each in shapes for entry in each.entries),
        is_map=any(each.is_map for each in shapes),
    )


def _any(shapes: list[Shape]) -> Shape:
    kinds = _both(*shapes).kinds if all(each.kinds for each in shapes) else frozenset[str]()
    return replace(_both(*shapes), required=frozenset.intersection(*(each.required for each in shapes)), kinds=kinds)


def _merged(shapes: tuple[Shape, ...]) -> dict[str, tuple[Json, ...]]:
    merged: dict[str, tuple[Json, ...]] = {}
    for each in shapes:
        for name, schemas in each.fields.items():
            merged[name] = _once((*merged.get(name, ()), *schemas))
    return merged


def _once(schemas: Iterable[Json]) -> tuple[Json, ...]:
    """Each schema once: parts that come by many ways would be more than memory holds."""
    return tuple({schema.path: schema for schema in schemas}.values())


def _refuse(node: Json, sentence: str, expected: str) -> NoReturn:
    node.expect(False, sentence, expected=expected)
    raise AssertionError  # `expect` has raised
