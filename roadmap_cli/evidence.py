"""What failed checks sent, byte for byte, as the workspace keeps it for `roadmap replay`.

It is not part of any report: tokens and passwords stand in it as they were. The file is its owner's alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from roadmap_cli.events import Story, build
from roadmap_cli.verdicts import Report

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The story of a requirement's failure, and the examination it comes from: its time (RFC 3339) and its seed."""

    at: str
    seed: int
    story: Story | None = None


def after(report: Report, older: str | None, *, at: str) -> dict[str, Evidence]:
    """The evidence by requirement after *report*: what it did not judge keeps what the document *older* says."""
    judged = {verdict.requirement for verdict in report.verdicts}
    kept = {id: each for id, each in read(older).items() if id not in judged and id in report.phase.requirements}
    told = {
        verdict.requirement: Evidence(at=at, seed=report.seed, story=verdict.story)
        for verdict in report.verdicts
        if verdict.failure
    }
    return kept | told


def to_json(evidence: Mapping[str, Evidence]) -> str:
    """The document."""
    return json.dumps({"format": FORMAT, "requirements": {id: asdict(each) for id, each in evidence.items()}}) + "\n"


def read(document: str | None) -> dict[str, Evidence]:
    """The evidence in a document; nothing if there is none, or it is damaged or of another version."""
    try:
        kept: Any = json.loads(document or "{}")
        if kept.get("format") != FORMAT:
            return {}
        return {str(id): build(Evidence, each) for id, each in kept["requirements"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # the report tells the failure all the same
