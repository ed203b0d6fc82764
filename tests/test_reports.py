"""Reports for machines: the published JSON, JUnit XML, and what the history keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from roadmap_cli.reports import attempt, from_json, to_json, to_junit, with_older
from roadmap_cli.verdicts import Outcome, Report
from tests.recorded import HOSTILE_ANSWER, NO_SERVER, OPENING, PHASE, RECORDED, SHOP, SOME_FAILED, judged

AT = "2026-03-01T09:30:00+00:00"
SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def folded(name: str) -> Report:
    return Report.fold(PHASE, RECORDED[name])


@pytest.mark.parametrize("name", RECORDED)
def test_the_json_report_keeps_its_published_schema(name: str) -> None:
    """Whatever happened in the examination."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(to_json(folded(name), at=AT)))


def test_the_schema_refuses_what_it_does_not_describe() -> None:
    """A schema that takes everything proves nothing."""
    document = json.loads(to_json(folded("some-failed"), at=AT))
    document["milestones"][0]["requirements"][0]["outcome"] = "perhaps"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("name", sorted(set(RECORDED) - {"hostile-answer"}))
def test_a_report_survives_its_json(name: str) -> None:
    """What is kept as evidence can be explained again later; what was sent byte for byte is kept elsewhere."""
    report = folded(name)
    public = replace(report, verdicts=tuple(replace(verdict, story=None) for verdict in report.verdicts))

    assert public == from_json(PHASE, to_json(report, at=AT))


def test_what_a_program_said_is_harmless_in_json() -> None:
    """No escape sequence and no bidirectional override reaches a terminal through `cat report.json`."""
    text = to_json(Report.fold(PHASE, HOSTILE_ANSWER), at=AT)

    assert not {char for char in text if ord(char) < 32 and char != "\n"}
    assert "\u202e" not in text
    assert "\\\\u202e" in text


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"format": 2}', '{"format": 1, "phase": {"slug": "x"}}']
)
def test_evidence_that_cannot_be_read_is_none(text: str) -> None:
    """The history stands without it."""
    assert from_json(PHASE, text) is None


def test_evidence_of_another_phase_is_none() -> None:
    """It says nothing about this one."""
    assert from_json(SHOP, to_json(folded("all-passed"), at=AT)) is None


def test_a_partial_report_does_not_forget_the_older_verdicts() -> None:
    """After checking one requirement, the others' evidence is still there; the new verdict wins."""
    events = (*OPENING, judged("http.created"))
    partial = Report.fold(PHASE, events, selected=("http.health", "http.created"))
    whole = with_older(partial, folded("some-failed"))

    assert list(PHASE.requirements) == [verdict.requirement for verdict in whole.verdicts]
    assert {"http.not-found", "books.isbn-unique", "books.search"} == {v.requirement for v in whole.of(Outcome.FAILED)}
    assert Outcome.BLOCKED is whole.verdicts[0].outcome
    assert partial is with_older(partial, None)


@pytest.mark.parametrize("name", RECORDED)
def test_junit_is_well_formed_and_counts_right(name: str) -> None:
    """Whatever a program said, XML stays XML; the counts are those of the elements."""
    for suite in ElementTree.fromstring(to_junit(folded(name))):
        assert suite.attrib["tests"] == str(len(suite))
        assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure")))
        assert suite.attrib["skipped"] == str(len(suite.findall("testcase/skipped")))


@pytest.mark.parametrize("name", sorted(set(RECORDED) - {"all-passed"}))
def test_junit_fails_a_build_unless_all_passed(name: str) -> None:
    """A server that never started must not look like a row of skipped tests."""
    root = ElementTree.fromstring(to_junit(folded(name)))

    assert root.findall(".//failure") + root.findall(".//error")


def test_junit_takes_characters_that_xml_forbids() -> None:
    """Also those that look harmless: U+FFFE may not stand in XML."""
    events = (judged("http.health", "broken", reason="\x00\ufffe]]>&<\ud800"),)
    root = ElementTree.fromstring(to_junit(Report.fold(PHASE, events)))

    assert "]]>&<" in root.findall(".//error")[0].attrib["message"]


def test_the_history_keeps_outcomes_points_and_the_seed() -> None:
    """What progress is derived from."""
    kept = attempt(Report.fold(PHASE, SOME_FAILED), at=AT)

    assert (kept.phase, kept.seed, kept.points, kept.possible, kept.milliseconds) == ("library-api", 48151, 6, 20, 2910)
    assert kept.outcomes["books.race"] == "skipped"
    assert len(PHASE.requirements) == len(kept.outcomes)


def test_the_history_keeps_why_the_server_did_not_start() -> None:
    """For the dashboard."""
    assert "exited with status 1" in attempt(Report.fold(PHASE, NO_SERVER), at=AT).server_failed


def test_an_interrupted_attempt_holds_only_what_was_judged() -> None:
    """What Ctrl-C kept from being judged is not written down as blocked."""
    report = Report.fold(PHASE, (*OPENING, judged("http.health")), interrupted=True)

    assert attempt(report, at=AT).outcomes == {"http.health": "passed"}
    assert attempt(report, at=AT).interrupted
