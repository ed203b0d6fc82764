"""What every command begins with: where we are, the terminal, the clock; from there the workspace and its pack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from roadmap_cli.attempts import Entry
from roadmap_cli.cli.screen import Screen
from roadmap_cli.packs import Pack, bundled
from roadmap_cli.progress import Progress
from roadmap_cli.views.dashboard import damage_page
from roadmap_cli.workspace import Workspace


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The place where a command is given."""

    cwd: Path
    screen: Screen
    clock: Callable[[], datetime] = _now

    @staticmethod
    def here(*, plain: bool = False) -> Desk:
        """The current folder and terminal."""
        return Desk(cwd=Path.cwd(), screen=Screen.here(plain=plain))

    @property
    def now(self) -> str:
        """The time as the history writes it."""
        return self.clock().isoformat(timespec="seconds")

    def workspace(self) -> Workspace:
        """The workspace that we are in; WorkspaceError if there is none."""
        return Workspace.find(self.cwd)

    def pack(self, workspace: Workspace | None) -> Pack:
        """The workspace's pack, or the bundled one."""
        return Pack.load(workspace.pack_root(bundled()) if workspace else bundled())

    def progress(self, pack: Pack, workspace: Workspace | None) -> Progress:
        """What has been achieved so far; lines of the history that cannot be read are told beside."""
        if workspace is None:
            return Progress.of(pack.curriculum, ())
        history = workspace.history()
        if history.damage:
            self.screen.tell(damage_page(history.damage))
        return Progress.of(pack.curriculum, history.entries)

    def remember(self, workspace: Workspace, entry: Entry) -> None:
        """Record *entry*; if that cannot be, say so and go on: what was shown stays true."""
        from roadmap_cli.errors import RoadmapError

        try:
            workspace.record(entry)
        except RoadmapError as error:
            from roadmap_cli.views.messages import error_page

            self.screen.tell(error_page(error))
