"""An attempt, whoever asks for it: where it takes place, what is examined there, and what of it is kept."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from roadmap_cli import evidence, reports
from roadmap_cli.attempts import Attempt
from roadmap_cli.curriculum import Phase
from roadmap_cli.examiner import Examination, new_seed
from roadmap_cli.packs import Pack
from roadmap_cli.verdicts import Report
from roadmap_cli.workspace import Project, Workspace


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an attempt takes place: the project may be missing (a URL is graded), and so may the workspace."""

    pack: Pack
    phase: Phase
    project: Project | None
    workspace: Workspace | None

    def alone(self) -> AbstractContextManager[None]:
        """Keep a second examination of the same project away."""
        if self.workspace is None or self.project is None:
            return nullcontext()
        return self.workspace.examining(self.project.root)

    def examination(self, requirements: tuple[str, ...], *, seed: int | None = None, url: str = "") -> Examination:
        """What to examine here: *requirements*, with requests of *seed* (a new one, if None), at *url* if there is one."""
        project = self.project
        return Examination(
            pack=self.pack,
            phase=self.phase,
            requirements=requirements,
            seed=new_seed() if seed is None else seed,
            project=project.root if project else None,
            serve=project.serve if project else "",
            ready=project.ready if project else "/",
            url=url,
        )

    def keep(self, report: Report, *, at: str, unless_like: Attempt | None = None) -> None:
        """Keep the attempt and its evidence, if anything was judged; WorkspaceError if that cannot be.

        Of an attempt that judges nothing otherwise than *unless_like* only the evidence is kept: it says nothing new.
        """
        attempt = reports.attempt(report, at=at)
        if self.workspace is None or not attempt.outcomes:
            return
        whole = reports.with_older(report, self.last_report())
        if unless_like is None or _judges_otherwise(attempt, unless_like):
            self.workspace.record(attempt)
        self.workspace.keep_report(self.phase.slug, reports.to_json(whole, at=at))
        sent = evidence.after(report, self.workspace.last_evidence(self.phase.slug), at=at)
        self.workspace.keep_evidence(self.phase.slug, evidence.to_json(sent))

    def last_report(self) -> Report | None:
        """The evidence that was kept last; None if there is none that this version can read."""
        kept = self.workspace.last_report(self.phase.slug) if self.workspace else None
        return reports.from_json(self.phase, kept) if kept else None


def _judges_otherwise(attempt: Attempt, before: Attempt) -> bool:
    """Whether some requirement has another outcome; what is blocked was not judged."""
    return any(outcome not in ("blocked", before.outcomes.get(id)) for id, outcome in attempt.outcomes.items())
