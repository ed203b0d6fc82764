"""The floor under an examination: its own requests, sent raw, one after the other, to a server that already runs."""

from __future__ import annotations

import http.client
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from roadmap_cli.checking.api import Conversation
from roadmap_cli.checking.child import run_checks
from roadmap_cli.checking.stage import Stage
from roadmap_cli.curriculum import Phase
from roadmap_cli.events import Event, Finished, Planned, ServerReady, ServiceReady
from roadmap_cli.examiner import Examination
from roadmap_cli.packs import Pack
from roadmap_cli.workspace import Project

Sent = tuple[str, str, dict[str, str], bytes | None]


@dataclass(frozen=True)
class Floor:
    """How long the bare requests took, and where an examination spent its time (seconds)."""

    seconds: float
    requests: int
    parts: tuple[tuple[str, float], ...]


def measure_floor(pack: Pack, phase: Phase, project: Path) -> Floor:
    """Examine once in this process, keep what was sent, and send it again to the same server."""
    found = Project.load(project)
    sent: list[Sent] = []
    original = Conversation.send

    def remember(
        self: Conversation, method: str, path: str, headers: dict[str, str], body: bytes | None, *, world: str = ""
    ) -> Any:
        sent.append((method, path, dict(headers), body))
        return original(self, method, path, headers, body)

    said: list[tuple[float, Event]] = []
    with tempfile.TemporaryDirectory() as folder:
        job = Examination(
            pack=pack,
            phase=phase,
            requirements=tuple(phase.requirements),
            seed=1,
            project=found.root,
            serve=found.serve,
            ready=found.ready,
        ).job(Path(folder))

        def hear(event: Event) -> None:
            said.append((time.perf_counter(), event))

        stage = Stage(job, hear)
        Conversation.send = remember  # type: ignore[method-assign]
        begun = time.perf_counter()
        try:
            stage.begin()
            run_checks(job, stage, hear)
            stage.usual()
            seconds = _replay(stage.server.url, sent)
        finally:
            Conversation.send = original  # type: ignore[method-assign]
            stage.close()
    return Floor(seconds, len(sent), _parts(begun, said))


def _replay(url: str, sent: list[Sent]) -> float:
    address = urlsplit(url)
    begun = time.perf_counter()
    for method, path, headers, body in sent:
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
        connection.request(method, path if path.startswith("/") else urlsplit(path).path, body, headers)
        connection.getresponse().read()
        connection.close()
    return time.perf_counter() - begun


def _parts(begun: float, said: list[tuple[float, Event]]) -> tuple[tuple[str, float], ...]:
    at: dict[type[Event], float] = {}
    for moment, event in said:
        at.setdefault(type(event), moment)
    up = max(at[ServerReady], at[Planned])
    return (
        ("PostgreSQL up after", at[ServiceReady] - begun),
        ("server up after", at[ServerReady] - begun),
        ("checks collected after", at[Planned] - begun),
        ("checks and restarts", at[Finished] - up),
    )
