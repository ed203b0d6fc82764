"""The CONTRACT.md and openapi.yaml of a phase as values: what one says in tables and sentences, the other in paths and schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

TEMPLATES = Path(__file__).parents[1] / "templates"
METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD"
FORM = "application/x-www-form-urlencoded"

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A row of a table of endpoints; *words* is what it says, and the paragraphs of its section that speak of it alone."""

    section: int
    method: str
    path: str
    words: tuple[str, ...]
    who: str
    general: tuple[str, ...]
    is_by_pages: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_list(self) -> bool:
        """Whether it answers with a page of entries."""
        return self.is_by_pages or self.is_by_cursor

    @property
    def is_by_cursor(self) -> bool:
        return "a list by cursor" in self.words[0]

    @property
    def ids(self) -> list[str]:
        """The names in the braces of its path."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def statuses(self) -> set[str]:
        """The statuses that the contract names for this endpoint, here and in the rules for all."""
        found = {
            status
            for words in (*self.words, *self.general)
            for status in re.findall(r"(?<![\w-])[2-5]\d\d(?!\w)", words)
        }
        return found | ({"200"} if self.is_list else set())

    @property
    def body(self) -> tuple[str, ...]:
        """The fields that it takes; none if it takes no body."""
        taken = re.match(r"(?:takes|changes) ((?:`\w+`(?: \([^)]*\))?(?:, | and )?)+)", self.words[0])
        return tuple(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", taken[1]))) if taken else ()


@dataclass(frozen=True)
class Pair:
    """The two of one phase.

    What OpenAPI has no words for (the sections *general*) stands in its description; the rest at the *tags* of a section,
    at operations, parameters and schemas.
    """

    slug: str
    general: tuple[int, ...]
    tags: Mapping[int, tuple[str, ...]]

    def __str__(self) -> str:
        return self.slug

    # --- CONTRACT.md -------------------------------------------------------------------------------------------

    @property
    def shared(self) -> Path:
        """The folder of both."""
        return TEMPLATES / self.slug / "shared"

    @cached_property
    def sections(self) -> Mapping[int, str]:
        """The sections of the contract by number, each with its heading."""
        contract = (self.shared / "CONTRACT.md").read_text(encoding="utf-8")
        parts = re.split(r"^(?=## \d+\. )", contract, flags=re.MULTILINE)[1:]
        return {int(part[3 : part.index(".")]): part.strip() for part in parts}

    def tables(self, section: int) -> Iterator[list[Row]]:
        """The tables of a section: each row by the names of its columns."""
        for table in re.findall(r"(?:^\|.*\n?)+", self.sections[section], re.MULTILINE):
            head, _, *rows = [
                [cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in table.splitlines()
            ]
            yield [dict(zip(head, row, strict=True)) for row in rows]

    def rows(self, section: int, column: str) -> list[Row]:
        """The rows of those tables of a section that have this column."""
        return [row for table in self.tables(section) for row in table if column in row]

    def prose(self, section: int) -> list[str]:
        """Paragraphs and list entries of a section outside tables and examples; what introduces an example is part of it."""
        text = re.sub(r"^[^\n]+:\n\n```.*?^```$", "", self.sections[section], flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r"^(?:#.*|\|.*)$", "", text, flags=re.MULTILINE)
        return [one_line(block) for block in re.split(r"\n\n+|\n(?=- )", text) if block.strip()]

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All rows of all tables of endpoints, and the paragraphs that are an endpoint of their own."""
        found = [endpoint for section in self.tags for endpoint in (*self._rows(section), *self._paragraphs(section))]
        return tuple({endpoint.name: endpoint for endpoint in found}.values())

    def _rows(self, section: int) -> Iterator[Endpoint]:
        for row in self.rows(section, "endpoint"):
            about = [words for words in self.prose(section) if is_about(words, row["endpoint"].strip("`"))]
            said = [row[column] for column in ("answers", "items", "order") if column in row]
            # A table of lists alone has neither column: the sentence above it says who.
            yield self._endpoint(
                *(section, row["endpoint"].strip("`"), (*said, *about), row.get("who", "librarian")),
                is_list="items" in row,
            )

    def _paragraphs(self, section: int) -> Iterator[Endpoint]:
        """``GET /tasks` (signed in) is a list by cursor of …``: an endpoint that a paragraph tells of."""
        for name, who in re.findall(rf"^`((?:{METHODS}) /\S*)` \(([^)]*)\) is ", self.sections[section], re.MULTILINE):
            begin = self.sections[section].index(f"`{name}` ({who}) is ")
            words = one_line(self.sections[section][begin:].split("\n\n")[0])
            yield self._endpoint(section, name, (words,), who)

    def _endpoint(
        self, section: int, name: str, words: tuple[str, ...], who: str, *, is_list: bool = False
    ) -> Endpoint:
        method, path = name.split(" ")
        is_by_pages = is_list or (words[0].startswith("200, a list") and "by cursor" not in words[0])
        general = [each for each in self.prose(2) if re.match(rf"- (?:A )?`{re.escape(name)}`", each)]
        return Endpoint(
            section=section,
            method=method,
            path=path,
            words=words,
            who=who,
            general=tuple(general),
            is_by_pages=is_by_pages,
        )

    def fields(self, section: int) -> dict[str, str]:
        """The table of the fields of a request: what it says of each."""
        return {
            name: row["rule"]
            for row in self.rows(section, "field of a request")
            for name in re.findall(r"`(\w+)`", row["field of a request"])
        }

    def parameters(self, section: int) -> dict[str, str]:
        """The table of the parameters of a section."""
        rows = self.rows(section, "parameter")
        return {name: row["keeps"] for row in rows for name in re.findall(r"`(\w+)`", row["parameter"])}

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Status, code (empty for 409, which has many) and meaning of the table of errors in §2."""
        rows = self.rows(2, "status")
        return [(row["status"], "".join(re.findall(r"^`(\w+)`$", row["code"])), row["when"]) for row in rows]

    @property
    def conflicts(self) -> dict[str, set[str]]:
        """The codes of 409 by endpoint, as far as rows tell them."""
        found = {each.name: {*re.findall(r"409 `(\w+)`", each.words[0])} for each in self.endpoints}
        return {name: codes for name, codes in found.items() if codes}

    def examples(self, section: int) -> list[Any]:
        """The JSON of a section that is whole."""
        texts = re.findall(r"^```json\n(.*?)^```$", self.sections[section], re.MULTILINE | re.DOTALL)
        return [json.loads(text) for text in texts]

    # --- openapi.yaml ------------------------------------------------------------------------------------------

    @cached_property
    def document(self) -> Any:
        """The whole file."""
        return yaml.safe_load((self.shared / "openapi.yaml").read_text(encoding="utf-8"))

    def resolved(self, node: Any) -> Any:
        """What a reference points to, with what stands beside the reference on top; anything else is itself."""
        if not isinstance(node, dict) or "$ref" not in node:
            return node
        target = self.document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/")]
        return self.resolved(target) | {key: value for key, value in node.items() if key != "$ref"}

    @cached_property
    def operations(self) -> dict[str, Any]:
        """The operations by method and path; each knows the parameters of its path too."""
        found = {}
        for path, item in self.document["paths"].items():
            for method in (each.lower() for each in METHODS.split("|") if each.lower() in item):
                own = item[method].get("parameters", []) + item.get("parameters", [])
                found[f"{method.upper()} {path}"] = item[method] | {"parameters": [self.resolved(each) for each in own]}
        return found

    def schema_of(self, message: Any, media_type: str = "application/json") -> Any:
        """The schema of a request body or a response, references resolved at the top; {} if it has none."""
        return self.resolved(self.resolved(message).get("content", {}).get(media_type, {}).get("schema", {}))

    def properties(self, schema: Any) -> dict[str, Any]:
        """All properties of a schema, those of its parts too."""
        merged: dict[str, Any] = {}
        for part in (*map(self.resolved, schema.get("allOf", [])), schema):
            own = self.properties(part) if part is not schema else part.get("properties", {})
            merged |= {
                name: merged.get(name, {}) | self.resolved(value) if value else value for name, value in own.items()
            }
        return merged

    def component(self, name: str) -> Any:
        """A schema by its name."""
        return self.document["components"]["schemas"][name]

    def faults(self, schema: Any, value: Any) -> list[str]:
        """What the schema, which may refer to components, finds wrong with a value."""
        whole = {"allOf": [schema], "components": self.document["components"]}
        return [error.message for error in Draft202012Validator(whole).iter_errors(value)]

    def codes(self, schema: Any) -> set[str]:
        """The codes that a schema of an error lets through."""
        bodies = {
            code: {"error": {"code": code, "message": "No.", "details": [{"field": "id", "message": "No."}]}}
            for code in self.component("ErrorCode")["enum"]
        }
        return {code for code, body in bodies.items() if not self.faults(schema, body)}

    @property
    def shown(self) -> Iterator[tuple[str, Any, Any]]:
        """Every example of openapi.yaml with the schema beside it, and where it is."""
        yield from _shown(self.document, "")


class _Library(Pair):
    """Phase 1 lists codes of 409 below *409 with code*."""

    @property
    def conflicts(self) -> dict[str, set[str]]:
        found = {name: {*codes} for name, codes in super().conflicts.items()}
        for words in self.prose(4):
            if match := re.match(rf"- `(\w+)`: ((?:(?:{METHODS})(?:, | or )?)+)", words):
                for method in re.findall(METHODS, match[2]):
                    name = f"{method} {'/books' if method == 'POST' else '/books/{id}'}"
                    found.setdefault(name, set()).add(match[1])
        lending = {match[1] for words in self.prose(7) if (match := re.match(r"- `(\w+)`: ", words))}
        for name in ("POST /loans", "POST /loans/batch"):
            found[name] = found.get(name, set()) | lending
        return found


LIBRARY = _Library(
    "library-api",
    (1, 2, 5, 9, 10),
    {3: ("health",), 4: ("books",), 6: ("auth", "users"), 7: ("loans",), 8: ("reports",)},
)
TASKS = Pair(
    "trello-lite",
    (1, 2, 10, 11, 12, 13),
    {
        3: ("health",),
        4: ("auth", "users"),
        5: ("projects", "members", "invitations"),
        6: ("columns",),
        7: ("tasks",),
        8: ("comments", "activity"),
        9: ("finding", "tasks"),
    },
)
PAIRS = (LIBRARY, TASKS)


def is_about(words: str, name: str) -> bool:
    """Whether a paragraph begins with the endpoint of this name."""
    return words.startswith(f"`{name}` takes")


def one_line(text: str) -> str:
    """Text as it reads, however its lines are broken."""
    return " ".join(text.split())


def _shown(node: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(node, dict):
        schema = node.get("schema", node)
        if "example" in node:
            yield place, schema, node["example"]
        for number, each in enumerate(node["examples"] if isinstance(node.get("examples"), list) else ()):
            yield f"{place}/{number}", node, each
        for name, each in node["examples"].items() if isinstance(node.get("examples"), dict) else ():
            yield f"{place}/{name}", schema, each["value"]
        for name, each in node.items():
            yield from _shown(each, f"{place}/{name}")
    elif isinstance(node, list):
        for number, each in enumerate(node):
            yield from _shown(each, f"{place}/{number}")
