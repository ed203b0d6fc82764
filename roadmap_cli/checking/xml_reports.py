"""Reports of a learner's tools, read without trusting them: JUnit's XML for tests, Cobertura's for coverage.

No entity is declared or loaded, no document is built: elements pass by, and what is wanted is kept, within caps. Whatever
a file holds, reading it ends in values or in a Mismatch with words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn
from xml.parsers import expat

from roadmap_cli.checking.answers import Mismatch
from roadmap_cli.neutral import neutral_line

MOST_BYTES = 16 << 20
MOST_CASES = 5_000
MOST_FILES = 5_000
MOST_LINES = 500_000
MAX_DEPTH = 64
_NAME_LENGTH = 300


class Result(Enum):
    """How one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, order=True)
class TestName:
    """What tells a test from the others of its suite, fit to be shown."""

    __test__ = False  # pytest collects classes by this beginning of their names

    group: str
    name: str

    def __str__(self) -> str:
        return f"{self.group}::{self.name}" if self.group else self.name


@dataclass(frozen=True, kw_only=True)
class TestReport:
    """The tests of one run in the order in which they were reported. A name that comes twice is one test: the worst counts."""

    __test__ = False

    results: Mapping[TestName, Result]

    @property
    def order(self) -> tuple[TestName, ...]:
        """The tests, the first of them first."""
        return tuple(self.results)

    def of(self, result: Result) -> tuple[TestName, ...]:
        """The tests that ended so."""
        return tuple(name for name, each in self.results.items() if each is result)


@dataclass(frozen=True, kw_only=True)
class CoveredFile:
    """A source file: how many lines hold statements, and how many of these were run."""

    path: str
    lines: int
    covered: int


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The files of a coverage report, and the folders that their paths may start from."""

    files: tuple[CoveredFile, ...]
    sources: tuple[str, ...] = ()


def read_tests(content: bytes | None, *, command: str = "test") -> TestReport:
    """The tests of a report in JUnit's format; a Mismatch if it is none. *command* wrote it."""
    tests = _Tests(
        _Complaints(command, "JUnit's", '<testsuites><testsuite><testcase name="…"/></testsuite></testsuites>')
    )
    tests.read(content)
    return TestReport(results=tests.results)


def read_coverage(content: bytes | None, *, command: str = "coverage") -> Coverage:
    """The lines of a report in Cobertura's format; a Mismatch if it is none. *command* wrote it."""
    example = '<coverage><packages><package><classes><class filename="…"><lines><line number="1" hits="1"/>…'
    covered = _Covered(_Complaints(command, "Cobertura's", example))
    covered.read(content)
    return covered.coverage()


@dataclass(frozen=True)
class _Complaints:
    """What is said of a report that is not as it should be."""

    command: str
    format: str
    example: str

    def fail(self, what: str) -> NoReturn:
        raise Mismatch(
            f"The report of the command {self.command} {what}.",
            expected=f"a file in {self.format} XML format at the path that replaces {{report}}, such as {self.example}",
        )


class _Reader:
    """A walk over the elements of an XML file; subclasses keep what they want of it."""

    roots: tuple[str, ...] = ()

    def __init__(self, complaints: _Complaints) -> None:
        self.complaints = complaints
        self.path: list[str] = []

    def read(self, content: bytes | None) -> None:
        fail = self.complaints.fail
        if content is None:
            fail("is not there: the command wrote no file")
        if len(content) > MOST_BYTES:
            fail(f"is larger than {MOST_BYTES >> 20} MiB")
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code, "an error")
            fail(f"is not XML: {reason} at line {error.lineno}, column {error.offset + 1}")
        except (ValueError, LookupError) as error:  # an encoding that nobody knows
            fail(f"cannot be read: {neutral_line(str(error), limit=100)}")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins; `path` ends in it."""

    def end(self, name: str) -> None:
        """An element is over."""

    def text(self, text: str) -> None:
        """Text of the element at the end of `path`."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.path and name not in self.roots:
            wanted = " or ".join(f"<{each}>" for each in self.roots)
            self.complaints.fail(f"begins with <{neutral_line(name, limit=60)}>, not with {wanted}")
        self.path.append(name)
        if len(self.path) > MAX_DEPTH:
            self.complaints.fail(f"is nested deeper than {MAX_DEPTH} levels")
        self.start(name, attributes)

    def _end(self, name: str) -> None:
        self.end(name)
        self.path.pop()

    def _entity(self, name: str, *_: object) -> None:
        self.complaints.fail(f"declares the entity {neutral_line(name, limit=60)}, which no report needs")


class _Tests(_Reader):
    roots = ("testsuites", "testsuite")
    _ENDINGS: Mapping[str, Result] = {
        "failure": Result.FAILED,
        "error": Result.FAILED,
        "rerunFailure": Result.FAILED,
        "skipped": Result.SKIPPED,
    }
    _WORST = (Result.FAILED, Result.SKIPPED, Result.PASSED)

    def __init__(self, complaints: _Complaints) -> None:
        super().__init__(complaints)
        self.results: dict[TestName, Result] = {}
        self._name = TestName("", "")
        self._result = Result.PASSED

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "testcase":
            if not attributes.get("name", "").strip():
                self.complaints.fail("has a testcase without a name")
            group = attributes.get("classname") or attributes.get("file") or ""
            self._name = TestName(_shown(group), _shown(attributes["name"]))
            self._result = Result.PASSED
        elif self.path[-2:-1] == ["testcase"] and name in self._ENDINGS:
            self._result = self._worse(self._result, self._ENDINGS[name])

    def end(self, name: str) -> None:
        if name != "testcase":
            return
        self.results[self._name] = self._worse(self.results.get(self._name, Result.PASSED), self._result)
        if len(self.results) > MOST_CASES:
            self.complaints.fail(f"has more than {MOST_CASES} test cases")

    def _worse(self, one: Result, other: Result) -> Result:
        return min(one, other, key=self._WORST.index)


class _Covered(_Reader):
    roots = ("coverage",)

    def __init__(self, complaints: _Complaints) -> None:
        super().__init__(complaints)
        self._lines: dict[str, dict[int, bool]] = {}
        self._file = ""
        self._count = 0
        self._sources: list[str] = []

    def coverage(self) -> Coverage:
        files = tuple(
            CoveredFile(path=path, lines=len(lines), covered=sum(lines.values())) for path, lines in self._lines.items()
        )
        return Coverage(files=files, sources=tuple(source.strip() for source in self._sources if source.strip()))

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "class":
            self._file = attributes.get("filename", "").strip()
            if not self._file:
                self.complaints.fail("has a class without a filename")
            self._lines.setdefault(self._file, {})
            if len(self._lines) > MOST_FILES:
                self.complaints.fail(f"has more than {MOST_FILES} files")
        elif name == "source":
            self._sources.append("")
        elif name == "line" and self._file and "class" in self.path:
            self._line(attributes)

    def end(self, name: str) -> None:
        if name == "class":
            self._file = ""

    def text(self, text: str) -> None:
        if self.path[-1:] == ["source"] and len(self._sources) <= 100:
            self._sources[-1] = (self._sources[-1] + text)[:4096]

    def _line(self, attributes: Mapping[str, str]) -> None:
        """A line, which may be listed twice: for its class and for a method in it."""
        number, hits = (self._number(attributes.get(key, ""), key) for key in ("number", "hits"))
        lines = self._lines[self._file]
        lines[number] = lines.get(number, False) or hits > 0
        self._count += 1
        if self._count > MOST_LINES:
            self.complaints.fail(f"has more than {MOST_LINES} lines")

    def _number(self, text: str, key: str) -> int:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value < 1e15:
            self.complaints.fail(f'has a line with {key}="{neutral_line(text, limit=40)}"')
        return int(value)


def _shown(text: str) -> str:
    return neutral_line(" ".join(text.split()), limit=_NAME_LENGTH)
