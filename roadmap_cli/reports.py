"""Reports for machines: the published JSON document (docs/report.schema.json), JUnit XML, and a line of history.

The document is also what the workspace keeps as last evidence, so it can be read back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from xml.etree import ElementTree

from roadmap_cli import __version__
from roadmap_cli.attempts import Attempt
from roadmap_cli.curriculum import Milestone, Phase
from roadmap_cli.events import Broke, Failure, Finished, ServerFailed, ServerReady, ServiceReady, build
from roadmap_cli.neutral import neutral
from roadmap_cli.verdicts import Outcome, Report, Verdict

FORMAT = 1
# XML 1.0 §2.2: what may not stand in a document, even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_json(report: Report, *, at: str) -> str:
    """The report as the published JSON document; *at* is the time of the examination (RFC 3339)."""
    return json.dumps(document(report, at=at), ensure_ascii=False, indent=2) + "\n"


def document(report: Report, *, at: str) -> dict[str, Any]:
    """The same before it becomes text: nothing in it can act on whatever shows it."""
    return {
        "format": FORMAT,
        "roadmap": __version__,
        "at": at,
        "phase": {"slug": report.phase.slug, "number": report.phase.number, "title": neutral(report.phase.title)},
        "exit_code": int(report.exit_code),
        "points": report.points,
        "possible": report.possible,
        "counts": {outcome.value: report.count(outcome) for outcome in Outcome},
        "interrupted": report.interrupted,
        "seed": report.seed,
        "python": neutral(report.python),
        "services": [_neutral(asdict(service)) for service in report.services],
        "server": _optional(report.server),
        "server_failed": _optional(report.server_failed),
        "broke": _optional(report.broke),
        "notices": [neutral(notice) for notice in report.notices],
        "finished": _optional(report.finished),
        "milestones": [_milestone(report, milestone) for milestone in report.phase.milestones],
    }


def from_json(phase: Phase, text: str) -> Report | None:
    """The report that was kept about *phase*; None if it is of another version or phase, or damaged."""
    try:
        kept = json.loads(text)
        return _report(phase, kept) if kept["format"] == FORMAT and kept["phase"]["slug"] == phase.slug else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # it is evidence of the past, and the history stands without it


def examined_at(text: str) -> str:
    """The time of the examination that a kept report is about; empty if it does not say."""
    try:
        return str(json.loads(text)["at"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def with_older(report: Report, older: Report | None) -> Report:
    """*report*, and from *older* what it says about requirements that *report* did not look at."""
    if older is None:
        return report
    verdicts = {verdict.requirement: verdict for verdict in (*older.verdicts, *report.verdicts)}
    return replace(report, verdicts=tuple(verdicts[id] for id in report.phase.requirements if id in verdicts))


def to_junit(report: Report) -> str:
    """The report as JUnit XML: a test suite a milestone, a test case a requirement."""
    root = ElementTree.Element("testsuites", name=_xml(f"roadmap {report.phase.slug}"))
    for milestone in report.phase.milestones:
        _suite(root, report, milestone)
    _grader_suite(root, report)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def attempt(report: Report, *, at: str) -> Attempt:
    """What the history keeps of the report. An interrupted one holds only what had been judged."""
    judged = [v for v in report.verdicts if not (report.interrupted and v.outcome is Outcome.BLOCKED)]
    return Attempt(
        at=at,
        phase=report.phase.slug,
        outcomes={verdict.requirement: verdict.outcome.value for verdict in judged},
        points=report.points,
        possible=report.possible,
        seed=report.seed,
        milliseconds=round(report.finished.milliseconds) if report.finished else 0,
        server_failed=neutral(report.server_failed.reason, limit=500) if report.server_failed else "",
        interrupted=report.interrupted,
    )


def _milestone(report: Report, milestone: Milestone) -> dict[str, Any]:
    verdicts = _verdicts_in(report, milestone)
    return {
        "id": milestone.id,
        "title": neutral(milestone.title),
        "requirements": [_requirement(report.phase, verdict) for verdict in verdicts],
    }


def _requirement(phase: Phase, verdict: Verdict) -> dict[str, Any]:
    requirement = phase.requirements[verdict.requirement]
    return {
        "id": requirement.id,
        "title": neutral(requirement.title),
        "points": requirement.points,
        "topics": list(requirement.topics),
        "contract": neutral(requirement.contract),
        "outcome": verdict.outcome.value,
        "blocked_by": neutral(verdict.blocked_by),
        "reason": neutral(verdict.reason),
        "milliseconds": verdict.milliseconds,
        "failure": _optional(verdict.failure),
    }


def _optional(value: Any) -> Any:
    return None if value is None else _neutral(asdict(value))


def _neutral(value: Any) -> Any:
    """The same tree, every text in it harmless."""
    match value:
        case str():
            return neutral(value)
        case dict():
            return {key: _neutral(entry) for key, entry in value.items()}
        case list() | tuple():
            return [_neutral(entry) for entry in value]
        case _:
            return value


def _verdicts_in(report: Report, milestone: Milestone) -> list[Verdict]:
    ids = {requirement.id for requirement in milestone.requirements}
    return [verdict for verdict in report.verdicts if verdict.requirement in ids]


def _report(phase: Phase, kept: Mapping[str, Any]) -> Report:
    told = [entry for milestone in kept["milestones"] for entry in milestone["requirements"]]
    return Report(
        phase=phase,
        verdicts=_kept_verdicts(phase, told),
        seed=kept["seed"],
        python=kept["python"],
        server=build(ServerReady | None, kept["server"]),
        server_failed=build(ServerFailed | None, kept["server_failed"]),
        services=build(tuple[ServiceReady, ...], kept["services"]),
        notices=tuple(kept["notices"]),
        broke=build(Broke | None, kept["broke"]),
        finished=build(Finished | None, kept["finished"]),
        interrupted=kept["interrupted"],
    )


def _kept_verdicts(phase: Phase, told: list[Any]) -> tuple[Verdict, ...]:
    """What was kept about the requirements of today; under an old id too, a failure before anything else."""
    found: dict[str, Verdict] = {}
    for entry in sorted(told, key=lambda entry: (entry["id"] in phase.requirements, entry["outcome"] == "failed")):
        ids = (entry["id"],) if entry["id"] in phase.requirements else phase.successors.get(entry["id"], ())
        found |= {id: _verdict(phase, id, entry) for id in ids}
    return tuple(found[id] for id in phase.requirements if id in found)


def _verdict(phase: Phase, id: str, entry: Mapping[str, Any]) -> Verdict:
    return Verdict(
        requirement=id,
        outcome=Outcome(entry["outcome"]),
        failure=build(Failure | None, entry["failure"]),
        blocked_by=next(iter(phase.successors.get(entry["blocked_by"], ())), entry["blocked_by"]),
        reason=entry["reason"],
        milliseconds=entry["milliseconds"],
    )


def _suite(root: ElementTree.Element, report: Report, milestone: Milestone) -> None:
    verdicts = _verdicts_in(report, milestone)
    if not verdicts:
        return
    suite = ElementTree.SubElement(root, "testsuite", name=_xml(f"{report.phase.slug}.{milestone.id}"))
    for verdict in verdicts:
        _case(suite, report, verdict)
    _count(suite)


def _case(suite: ElementTree.Element, report: Report, verdict: Verdict) -> None:
    requirement = report.phase.requirements[verdict.requirement]
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_xml(f"{report.phase.slug}.{report.phase.milestone_of(requirement.id).id}"),
        name=_xml(f"{requirement.id}: {requirement.title}"),
        time=f"{verdict.milliseconds / 1000:.3f}",
    )
    match verdict.outcome:
        case Outcome.PASSED:
            pass
        case Outcome.FAILED:
            failure = verdict.failure or Failure(message=verdict.reason)
            ElementTree.SubElement(case, "failure", message=_xml(failure.message)).text = _xml(_explained(failure))
        case Outcome.BROKEN:
            ElementTree.SubElement(case, "error", message=_xml(verdict.reason))
        case Outcome.BLOCKED | Outcome.SKIPPED:
            ElementTree.SubElement(case, "skipped", message=_xml(_why_not(verdict)))


def _why_not(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.BLOCKED and verdict.blocked_by:
        return f"blocked by {verdict.blocked_by}"
    return f"{verdict.outcome.value}: {verdict.reason}"


def _explained(failure: Failure) -> str:
    parts = [
        failure.path and f"at {failure.path}",
        failure.expected and f"expected: {failure.expected}",
        failure.actual and f"found: {failure.actual}",
        failure.frame and f"look at {failure.frame}",
        failure.curl,
        *failure.log,
    ]
    return "\n".join(part for part in parts if part)


def _grader_suite(root: ElementTree.Element, report: Report) -> None:
    """What kept requirements from being judged must fail a build, for skipped cases alone would leave it green."""
    suite = ElementTree.Element("testsuite", name=_xml(f"{report.phase.slug}.examination"))
    if report.server_failed:
        case = ElementTree.SubElement(suite, "testcase", classname="examination", name="your server starts")
        failed = report.server_failed
        lines = [failed.advice, failed.frame, *failed.log]
        ElementTree.SubElement(case, "failure", message=_xml(failed.reason)).text = _xml("\n".join(filter(None, lines)))
    elif broken := _incomplete(report):
        case = ElementTree.SubElement(suite, "testcase", classname="examination", name="the examination is complete")
        ElementTree.SubElement(case, "error", message=_xml(broken))
    if len(suite):
        _count(suite)
        root.append(suite)


def _incomplete(report: Report) -> str:
    """Why the examination is not whole; empty if it is."""
    if report.broke:
        return report.broke.message
    if report.interrupted or not report.finished:
        return "It was interrupted." if report.interrupted else "It ended early."
    told = report.count(Outcome.FAILED) + report.count(Outcome.BROKEN)
    blocked = report.of(Outcome.BLOCKED)
    return f"Not judged: {', '.join(verdict.requirement for verdict in blocked)}" if blocked and not told else ""


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))


def _xml(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", neutral(text))
