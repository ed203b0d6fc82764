"""`roadmap watch` where there is no screen: a line a verdict, until Ctrl-C or SIGTERM."""

from __future__ import annotations

from roadmap_cli.cli.watch_run import Watch
from roadmap_cli.errors import RoadmapError
from roadmap_cli.events import Judged, ServerFailed
from roadmap_cli.verdicts import Report, Verdict
from roadmap_cli.views.page import Page, text
from roadmap_cli.views.watch import begin_line, early_line, refused_line, report_lines, writers_page
from roadmap_cli.watching import Began, Ended, Message, ServerWrites, Told


class Lines:
    """Where there is no screen: a line a verdict, until Ctrl-C or SIGTERM."""

    def __init__(self, run: Watch) -> None:
        self.is_over = False
        self._run = run
        self._polls_because: str | None = None
        self._early: Report | None = None
        self._said: Verdict | None = None

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to put back."""

    def refresh(self) -> None:
        """Lines stay."""

    def notice(self, words: str) -> None:
        """Say something beside the verdicts."""
        self._say((text(f"{self._now}  {words}", hang=10),))

    def see(self, message: Message, before: Report | None) -> None:
        """Say what is new; *before* is the report that was the last one until now."""
        scene = self._run.scene
        self._say_how()
        match message:
            case Began():
                self._said = None
            case Told(event=Judged() | ServerFailed()) if scene.early and scene.early != self._early:
                self._early, self._said = scene.early, scene.verdict
                self._say(early_line(self._now, scene))
            case ServerWrites():
                self._say(writers_page(message.paths, ignored=message.ignored))
            case Ended(refused=RoadmapError()):
                self._say(refused_line(self._now, scene))
            case Ended(cancelled=False):
                self._say(report_lines(self._now, scene, before, self._said))

    def _say_how(self) -> None:
        """How changes are noticed, at the beginning and when that has to be otherwise."""
        polls_because = self._run.session.watcher.polls_because
        if polls_because != self._polls_because:
            self._polls_because = polls_because
            self._say(begin_line(self._now, self._run.scene, polls_because))

    @property
    def _now(self) -> str:
        return f"{self._run.desk.clock().astimezone():%H:%M:%S}"

    def _say(self, page: Page) -> None:
        self._run.desk.screen.show(page)
        self._run.desk.screen.flush()
