"""An examination while it runs: drawn on standard error, folded into a report, ended cleanly by Ctrl-C."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator

from roadmap_cli.cli.interrupts import interruptible_once
from roadmap_cli.cli.screen import Screen
from roadmap_cli.events import Event, Finished
from roadmap_cli.examiner import Examination, examine
from roadmap_cli.verdicts import Report
from roadmap_cli.views.live import LiveView

FRAMES_PER_SECOND = 12


def examine_live(examination: Examination, screen: Screen) -> Report:
    """Examine, showing how it goes; the report on what was judged, also if somebody interrupts."""
    view = LiveView(examination.phase, examination.requirements)
    events: list[Event] = []
    interrupted = False
    with interruptible_once(), _drawing(view, screen), contextlib.closing(_stream(examination)) as stream:
        try:
            for event in stream:
                events.append(event)
                view.see(event)
                if screen.plain_err and (page := view.completed(event)):
                    screen.tell(page)
        except KeyboardInterrupt:
            interrupted = not any(isinstance(event, Finished) for event in events)
    return Report.fold(examination.phase, events, selected=examination.requirements, interrupted=interrupted)


def _stream(examination: Examination) -> Generator[Event, None, None]:
    yield from examine(examination)


@contextlib.contextmanager
def _drawing(view: LiveView, screen: Screen) -> Iterator[None]:
    if screen.plain_err:
        yield
        return
    from rich.console import Group
    from rich.live import Live

    from roadmap_cli.views.ink import drawn

    def picture() -> Group:
        return Group(*drawn(view.page(), screen.width))

    with Live(get_renderable=picture, console=screen.console(), transient=True, refresh_per_second=FRAMES_PER_SECOND):
        yield
