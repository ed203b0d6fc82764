"""The bare command: the dashboard in a workspace, a welcome elsewhere."""

from __future__ import annotations

from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode
from roadmap_cli.progress import Progress
from roadmap_cli.views.dashboard import dashboard_page, welcome_page
from roadmap_cli.workspace import Workspace


def show(desk: Desk) -> int:
    """Show where the learner stands."""
    workspace = Workspace.search(desk.cwd)
    pack = desk.pack(workspace)
    if workspace is None:
        desk.screen.show(welcome_page(pack.curriculum))
        return ExitCode.PASSED
    history = workspace.history()
    progress = Progress.of(pack.curriculum, history.entries)
    desk.screen.show(dashboard_page(progress, history.damage, desk.clock()))
    return ExitCode.PASSED
