"""A pack of one phase, small enough to be written inside the test that needs it."""

from __future__ import annotations

from pathlib import Path

from roadmap_cli.events import Event
from roadmap_cli.examiner import Examination, examine
from roadmap_cli.packs import Pack
from roadmap_cli.verdicts import Report

SERVER = """\
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    def log_message(self, *arguments):
        pass
    def do_GET(self):
        print("served", self.path, flush=True)
        found = self.path in ("/health", "/here")
        if self.path == "/exit":
            os._exit(3)
        body = json.dumps({"path": self.path, "seen": dict(os.environ)} if found else {"error": "no"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""

CHECKS = '''\
from roadmap_cli.checking import API, requirement


@requirement("first.here")
def test_here(api: API) -> None:
    """It is here."""
    api.get("/here").expect(200).has(path="/here")


@requirement("first.gone")
def test_gone(api: API) -> None:
    """What is not there is not found."""
    api.get("/gone").expect(404)
'''

_MILESTONE = """\
id: first
title: First
summary: Begin.
requirements:
  - {id: first.here, title: GET here answers 200, points: 1, topics: [http], hints: [a, b, c]}
  - {id: first.gone, title: GET gone answers 404, points: 1, topics: [http], hints: [a, b, c]}
"""


def write_pack(root: Path, *, checks: str = CHECKS, services: str = "[]") -> Pack:
    """A pack in *root* with these checks."""
    files = {
        "curriculum/curriculum.yaml": "title: Small\nphases: [small]\n",
        "curriculum/topics.yaml": "http: HTTP\n",
        "curriculum/small.yaml": "title: Small\nsummary: Small.\nmonths: 1\nstacks: [any]\nmilestones: [first]\n"
        f"services: {services}\n"
        'environment: {SECRET_KEY: "{secret}"}\n',
        "curriculum/small/first.yaml": _MILESTONE,
        "checks/small/test_first.py": checks,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Pack.load(root)


def write_project(root: Path, *, server: str = SERVER) -> Path:
    """A project whose server is this program."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "server.py").write_text(server, encoding="utf-8")
    return root


def examination(pack: Pack, project: Path | None, **options: object) -> Examination:
    """The examination of everything."""
    phase = pack.curriculum.phases[0]
    given = {"seed": 1, "serve": "python server.py", "ready": "/health", "requirements": tuple(phase.requirements)}
    return Examination(pack=pack, phase=phase, project=project, **(given | options))  # type: ignore[arg-type]


def run(pack: Pack, project: Path | None, **options: object) -> tuple[Report, list[Event]]:
    """Examine, and fold."""
    events = list(examine(examination(pack, project, **options)))
    return Report.fold(pack.curriculum.phases[0], events), events
