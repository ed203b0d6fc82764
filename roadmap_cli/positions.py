"""YAML that remembers where everything stands, and refuses what YAML 1.1 would quietly turn into something else.

PyYAML accepts duplicate keys, reads ``no`` as False, ``1:30`` as 90 and ``010`` as 8. Here each of these is a fault with
file, line and column; so is what pydantic finds wrong with the values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from roadmap_cli.errors import Fault, PackError, Place
from roadmap_cli.guessing import did_you_mean

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is eight times faster
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")
_FLOAT = re.compile(r"-?(0|[1-9]\d*)\.\d+")
_STRING_TAG = "tag:yaml.org,2002:str"


@dataclass
class Document:
    """A YAML file as plain values; *places* knows where each value, and each key, stands."""

    path: Path
    value: Any = None
    places: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: Path_) -> Place:
        """Where the value at *path* stands, or the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.path))

    def key_place(self, path: Path_) -> Place:
        """Where the key of the value at *path* stands."""
        return self.keys.get(path) or self.place(path)

    def fault(self, path: Path_, message: str, hint: str = "") -> Fault:
        """A fault at the value at *path*."""
        return Fault(self.place(path), message, hint)

    def fit(self, model: type[Model]) -> Model:
        """The values as a *model*; PackError with every fault otherwise."""
        found = list(self.faults)
        try:
            if not found:
                return model.model_validate(self.value, strict=True)
        except ValidationError as error:
            found = [self._translate(dict(entry), model) for entry in error.errors()]
        raise PackError(f"{self.path.name} is not right.", faults=tuple(found))

    def _translate(self, error: dict[str, Any], model: type[BaseModel]) -> Fault:
        path = tuple(part for part in error["loc"] if isinstance(part, (str, int)))
        name = str(path[-1]) if path else self.path.name
        if error["type"] == "extra_forbidden":
            guess = did_you_mean(name, _names_around(model, path))
            return Fault(self.key_place(path), f"The key {name} is unknown here.", guess)
        if error["type"] == "missing":
            return Fault(self.place(path[:-1]), f"The key {name} is missing here.")
        return Fault(self.place(path), f"{name}: {error['msg']}.")


def read(path: Path) -> Document:
    """The document in *path*; what is wrong with its syntax is in `faults`. PackError if the file cannot be read."""
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        raise PackError(f"{path} is not there.", hint="Every name in a curriculum has a file of that name.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path} cannot be read: {error}") from None


def parse(text: str, path: Path) -> Document:
    """The same for text that was read from *path*."""
    document = Document(path)
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        document.faults.append(Fault(place, f"This is not YAML: {error.problem or error.context}."))
        return document
    except yaml.YAMLError as error:
        document.faults.append(Fault(Place(path), f"This is not YAML: {error}."))
        return document
    document.value = _value(node, (), document) if node is not None else None
    return document


def _value(node: yaml.Node, path: Path_, document: Document) -> Any:
    document.places[path] = _place(node, document)
    match node:
        case yaml.MappingNode():
            return _mapping(node, path, document)
        case yaml.SequenceNode():
            return [_value(entry, (*path, index), document) for index, entry in enumerate(node.value)]
        case _:
            return _scalar(node, document)


def _mapping(node: yaml.MappingNode, path: Path_, document: Document) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in mapping:
            document.faults.append(Fault(_place(key, document), f"The key {name} stands twice in this mapping."))
        document.keys[(*path, name)] = _place(key, document)
        mapping[name] = _value(value, (*path, name), document)
    return mapping


def _scalar(node: yaml.Node, document: Document) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) or node.tag == _STRING_TAG:
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    message = f"YAML reads {text} as something other than these characters."
    document.faults.append(Fault(_place(node, document), message, f'Write "{text}" in quotes, or true or false.'))
    return text


def _place(node: yaml.Node, document: Document) -> Place:
    return Place(document.path, node.start_mark.line + 1, node.start_mark.column + 1)


def _names_around(model: type[BaseModel], path: Path_) -> list[str]:
    """Names of the fields of the model that *path* ends in."""
    current: Any = model
    for part in path[:-1]:
        if isinstance(part, int) or not hasattr(current, "model_fields"):
            continue
        annotation = current.model_fields[part].annotation if part in current.model_fields else None
        inner = [kind for kind in _unpacked(annotation) if hasattr(kind, "model_fields")]
        current = inner[0] if inner else current
    return list(getattr(current, "model_fields", {}))


def _unpacked(annotation: Any) -> list[Any]:
    arguments = getattr(annotation, "__args__", ())
    return [annotation, *(deeper for argument in arguments for deeper in _unpacked(argument))]
