"""Reports of a learner's tools: whatever a file holds, reading it ends in values or in words."""

from __future__ import annotations

from contextlib import suppress
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap_cli.checking.answers import Mismatch
from roadmap_cli.checking.xml_reports import (
    MAX_DEPTH,
    MOST_BYTES,
    MOST_CASES,
    Result,
    TestName,
    read_coverage,
    read_tests,
)

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" tests="4">
<testcase classname="tests.test_a" name="test_b[1]" time="0.001" />
<testcase classname="tests.test_a" name="test_c"><failure message="no">trace <![CDATA[<error/>]]></failure></testcase>
<testcase classname="tests.test_a" name="test_d"><skipped type="pytest.skip" message="later"/></testcase>
<testcase classname="" name="tests.test_e"><error message="collection failure"/></testcase>
</testsuite></testsuites>"""
JEST = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="0.5"><sources><source>/somewhere</source></sources><packages><package name="main"><classes>
<class name="a.js" filename="src/a.js"><methods><method name="f"><lines><line number="1" hits="2"/></lines></method>
</methods><lines><line number="1" hits="2" branch="false"/><line number="2" hits="0"/></lines></class>
<class name="b.js" filename="src/b.js"><methods/><lines/></class>
</classes></package></packages></coverage>"""


def problem(content: bytes | None) -> str:
    with pytest.raises(Mismatch) as caught:
        read_tests(content)
    assert "JUnit's XML format" in caught.value.expected
    return caught.value.message


def test_tests_are_read_in_their_order() -> None:
    """Names, order, and how each test ended; errors count as failures."""
    report = read_tests(PYTEST)

    assert ["test_b[1]", "test_c", "test_d", "tests.test_e"] == [name.name for name in report.order]
    assert (TestName("tests.test_a", "test_c"), TestName("", "tests.test_e")) == report.of(Result.FAILED)
    assert (TestName("tests.test_a", "test_d"),) == report.of(Result.SKIPPED)
    assert "tests.test_a::test_b[1]" == str(report.order[0])


def test_a_name_that_comes_twice_is_one_test() -> None:
    """Pytest lists a test twice if its teardown fails: the worst counts."""
    twice = b'<testsuite><testcase name="a"><error/></testcase><testcase name="a"/><testcase name="b"/></testsuite>'

    assert {"a": Result.FAILED, "b": Result.PASSED} == {str(k): v for k, v in read_tests(twice).results.items()}


def test_lines_are_counted_once() -> None:
    """A line stands under its method and under its class; a document type is no crime."""
    coverage = read_coverage(JEST)

    assert [("src/a.js", 2, 1), ("src/b.js", 0, 0)] == [
        (each.path, each.lines, each.covered) for each in coverage.files
    ]
    assert ("/somewhere",) == coverage.sources


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not there: the command wrote no file"),
        (b"", "is not XML: no element found at line 1, column 1"),
        (b"3 passed", "is not XML: syntax error at line 1"),
        (b"<html></html>", "begins with <html>, not with <testsuites> or <testsuite>"),
        (b"<testsuite><testcase/></testsuite>", "has a testcase without a name"),
        (b"<testsuite><testcase name='a'>", "is not XML: no element found"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite>&b;</testsuite>", "declares the entity b"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><testsuite/>', "declares the entity b"),
        (b"<?xml version='1.0' encoding='klingon'?><testsuite/>", "cannot be read: unknown encoding"),
        (b"<testsuite>" * (MAX_DEPTH + 1), f"is nested deeper than {MAX_DEPTH} levels"),
        (b" " * (MOST_BYTES + 1), "is larger than 16 MiB"),
        (b"<testsuite>" + b"".join(b"<testcase name='%d'/>" % n for n in range(MOST_CASES + 1)), "more than 5000 test"),
    ],
)
def test_what_is_no_report_is_said(content: bytes | None, said: str) -> None:
    """File, what is wrong with it, and where."""
    assert said in problem(content)


def test_names_are_made_harmless() -> None:
    """A name may hold anything; what is shown of it moves no cursor."""
    name = "\x9b31m" + "x" * 1000 + "\n\u202e"
    report = read_tests(f"<testsuite><testcase name={quoteattr(name)}/></testsuite>".encode())

    assert str(report.order[0]).startswith("\\x9b31mxxx")
    assert len(str(report.order[0])) < 400


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('number="1" hits="many"', 'has a line with hits="many"'),
        ('number="-1" hits="1"', 'has a line with number="-1"'),
        ('number="1" hits="nan"', 'hits="nan"'),
        ('hits="1"', 'has a line with number=""'),
    ],
)
def test_lines_that_are_none(line: str, said: str) -> None:
    """Numbers that are none are told as they stand there."""
    document = f'<coverage><class filename="a.py"><lines><line {line}/></lines></class></coverage>'

    with pytest.raises(Mismatch, match=said):
        read_coverage(document.encode())


PIECES = (b"<testsuite>", b"</testsuite>", b'<testcase name="a">', b"</testcase>", b"<failure/>", b"<coverage>", b"&lt;",
          b"<!DOCTYPE x>", b"<![CDATA[", b"]]>", b"<class filename='a'>", b"<line number='1' hits='1'/>", b"\xff", b"<!--")  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=30))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_nothing_else_is_ever_raised(pieces: list[bytes]) -> None:
    """Values or a Mismatch, whatever the bytes."""
    for read in (read_tests, read_coverage):
        with suppress(Mismatch):
            assert read(b"".join(pieces))
