"""CONTRACT.md and openapi.yaml of the library as values: what one says in tables and sentences, the other in paths and schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SHARED = Path(__file__).parents[1] / "templates" / "library-api" / "shared"
# What OpenAPI has no words for stands in its description; the rest stands at tags, operations, parameters and schemas.
GENERAL = (1, 2, 5, 9, 10)
TAGS = {3: ("health",), 4: ("books",), 6: ("auth", "users"), 7: ("loans",), 8: ("reports",)}
METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD"

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A row of a table of endpoints; *words* is what it says, and the paragraphs of its section that speak of it alone."""

    section: int
    method: str
    path: str
    words: tuple[str, ...]
    who: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_list(self) -> bool:
        """Whether it answers with a page of entries; §8 says of all its reports that they do."""
        return self.section == 8 or self.words[0].startswith("200, a list")

    @property
    def statuses(self) -> set[str]:
        """The statuses that the contract names for this endpoint, here and in the rules for all."""
        general = [words for words in prose(2) if re.match(rf"- (?:A )?`{re.escape(self.name)}`", words)]
        found = {
            status for words in (*self.words, *general) for status in re.findall(r"(?<![\w-])[2-5]\d\d(?!\w)", words)
        }
        return found | ({"200"} if self.is_list else set())

    @property
    def body(self) -> tuple[str, ...]:
        """The fields that it takes; none if it takes no body."""
        taken = re.match(r"takes ((?:`\w+`(?: \([^)]*\))?(?:, | and )?)+)", self.words[0])
        return tuple(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", taken[1]))) if taken else ()


@cache
def contract() -> str:
    """CONTRACT.md."""
    return (SHARED / "CONTRACT.md").read_text(encoding="utf-8")


@cache
def sections() -> Mapping[int, str]:
    """The sections of the contract by number, each with its heading."""
    parts = re.split(r"^(?=## \d+\. )", contract(), flags=re.MULTILINE)[1:]
    return {int(part[3 : part.index(".")]): part.strip() for part in parts}


def tables(section: int) -> Iterator[list[Row]]:
    """The tables of a section: each row by the names of its columns."""
    for table in re.findall(r"(?:^\|.*\n?)+", sections()[section], re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in table.splitlines()
        ]
        yield [dict(zip(head, row, strict=True)) for row in rows]


def prose(section: int) -> list[str]:
    """Paragraphs and list entries of a section outside tables and examples; what introduces an example is part of it."""
    text = re.sub(r"^[^\n]+:\n\n```.*?^```$", "", sections()[section], flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(?:#.*|\|.*)$", "", text, flags=re.MULTILINE)
    return [one_line(block) for block in re.split(r"\n\n+|\n(?=- )", text) if block.strip()]


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """All rows of all tables of endpoints."""
    return tuple(endpoint for section in TAGS for endpoint in _endpoints(section))


def _endpoints(section: int) -> Iterator[Endpoint]:
    for row in (row for table in tables(section) for row in table if "endpoint" in row):
        name = row["endpoint"].strip("`")
        method, path = name.split(" ")
        about = [words for words in prose(section) if is_about(words, name)]
        said = [row[column] for column in ("answers", "items", "order") if column in row]
        # The table of §8 has no such column: the sentence above it says who.
        yield Endpoint(
            section=section, method=method, path=path, words=(*said, *about), who=row.get("who", "librarian")
        )


def is_about(words: str, name: str) -> bool:
    """Whether a paragraph begins with the endpoint of this name."""
    return words.startswith(f"`{name}` takes")


def fields(section: int) -> dict[str, str]:
    """The table of the fields of a request: what it says of each."""
    return {
        row["field of a request"].strip("`"): row["rule"] for table in tables(section) for row in table if "rule" in row
    }


def parameters() -> dict[str, str]:
    """The table of the parameters of GET /books."""
    rows = [row for table in tables(4) for row in table if "parameter" in row]
    return {name: row["keeps"] for row in rows for name in re.findall(r"`(\w+)`", row["parameter"])}


def errors() -> list[tuple[str, str, str]]:
    """Status, code (empty for 409, which has many) and meaning of the table of errors in §2."""
    rows = [row for table in tables(2) for row in table if "status" in row]
    return [(row["status"], "".join(re.findall(r"^`(\w+)`$", row["code"])), row["when"]) for row in rows]


def conflicts() -> dict[str, set[str]]:
    """The codes of 409 by endpoint, from rows and from the lists below *409 with code*."""
    found = {one.name: {*re.findall(r"409 `(\w+)`", one.words[0])} for one in endpoints()}
    for words in prose(4):
        if match := re.match(rf"- `(\w+)`: ((?:(?:{METHODS})(?:, | or )?)+)", words):
            for method in re.findall(METHODS, match[2]):
                found[f"{method} {'/books' if method == 'POST' else '/books/{id}'}"].add(match[1])
    lending = {match[1] for words in prose(7) if (match := re.match(r"- `(\w+)`: ", words))}
    found["POST /loans"] |= lending
    found["POST /loans/batch"] |= lending
    return {name: codes for name, codes in found.items() if codes}


def examples(section: int) -> list[Any]:
    """The JSON of a section that is whole."""
    return [
        json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", sections()[section], re.MULTILINE | re.DOTALL)
    ]


@cache
def document() -> Any:
    """openapi.yaml."""
    return yaml.safe_load((SHARED / "openapi.yaml").read_text(encoding="utf-8"))


def resolved(node: Any) -> Any:
    """What a reference points to, with what stands beside the reference on top; anything else is itself."""
    if not isinstance(node, dict) or "$ref" not in node:
        return node
    target = document()
    for name in node["$ref"].removeprefix("#/").split("/"):
        target = target[name.replace("~1", "/")]
    return resolved(target) | {key: value for key, value in node.items() if key != "$ref"}


def operations() -> dict[str, Any]:
    """The operations by method and path; each knows the parameters of its path too."""
    found = {}
    for path, item in document()["paths"].items():
        for method in (each.lower() for each in METHODS.split("|") if each.lower() in item):
            own = item[method].get("parameters", []) + item.get("parameters", [])
            found[f"{method.upper()} {path}"] = item[method] | {"parameters": [resolved(each) for each in own]}
    return found


def schema_of(message: Any) -> Any:
    """The schema of a request body or a response, references resolved at the top; {} if it has none."""
    return resolved(resolved(message).get("content", {}).get("application/json", {}).get("schema", {}))


def properties(schema: Any) -> dict[str, Any]:
    """All properties of a schema, those of its parts too."""
    merged: dict[str, Any] = {}
    for part in (*map(resolved, schema.get("allOf", [])), schema):
        own = properties(part) if part is not schema else part.get("properties", {})
        merged |= {name: merged.get(name, {}) | resolved(value) if value else value for name, value in own.items()}
    return merged


def one_line(text: str) -> str:
    """Text as it reads, however its lines are broken."""
    return " ".join(text.split())
