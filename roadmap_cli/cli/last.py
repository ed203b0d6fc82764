"""The last check as `explain` and `replay` find it: what was kept of it, and which requirement is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roadmap_cli import evidence, reports
from roadmap_cli.attempts import Attempt
from roadmap_cli.cli import names
from roadmap_cli.cli.desk import Desk
from roadmap_cli.curriculum import Requirement
from roadmap_cli.errors import RoadmapError
from roadmap_cli.evidence import Evidence
from roadmap_cli.packs import Pack
from roadmap_cli.progress import PhaseProgress
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Last:
    """A phase as it stands, the report and the evidence that were kept; *wanted* is the requirement that was named."""

    workspace: Workspace
    pack: Pack
    standing: PhaseProgress
    report: Report
    evidence: Mapping[str, Evidence]
    wanted: Requirement | None

    def verdict(self, id: str) -> Verdict | None:
        """What the report says about the requirement."""
        return next((verdict for verdict in self.report.verdicts if verdict.requirement == id), None)

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """What failed in the last check, in curriculum order."""
        looked_at = self.standing.last.outcomes if self.standing.last else {}
        return tuple(verdict for verdict in self.report.of(Outcome.FAILED) if verdict.requirement in looked_at)

    def passed_at(self, id: str) -> str:
        """When the requirement passed last (RFC 3339); empty if it never did."""
        attempts = [entry for entry in self.workspace.history().entries if isinstance(entry, Attempt)]
        mine = [entry for entry in attempts if entry.phase == self.standing.phase.slug]
        return next((entry.at for entry in reversed(mine) if entry.outcomes.get(id) == "passed"), "")


def last_check(desk: Desk, requirement: str | None) -> Last:
    """The last check of the phase of *requirement*, or of the one we are in; RoadmapError if there was none."""
    workspace = desk.workspace()
    pack = desk.pack(workspace)
    progress = desk.progress(pack, workspace)
    here = names.phase_here(pack.curriculum, desk.cwd, workspace) or progress.current.phase
    named = names.find_requirement(pack.curriculum, requirement, here) if requirement else None
    standing = progress.phase((named.phase if named else here).slug)
    if standing.last is None:
        raise RoadmapError(f"{standing.phase.title} has not been checked yet.", hint="Check it: roadmap check")
    kept = workspace.last_report(standing.phase.slug)
    report = reports.from_json(standing.phase, kept) if kept else None
    if report is None:
        raise RoadmapError(
            "What your last check found is not there any more, or another version wrote it.",
            hint="Check again: roadmap check",
        )
    return Last(
        workspace=workspace,
        pack=pack,
        standing=standing,
        report=report,
        evidence=evidence.read(workspace.last_evidence(standing.phase.slug)),
        wanted=named.requirement if named else None,
    )
