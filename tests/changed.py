"""Pages of the commands that change files, for the tests of all pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from roadmap_cli.applying import Applied
from roadmap_cli.changing import Undone
from roadmap_cli.resetting import Reset, Selection
from roadmap_cli.snapshots import Shelf, Snapshot, Touched, Unreadable
from roadmap_cli.trees import NOTHING, File
from roadmap_cli.updating import Note, Plan, Updated, What
from roadmap_cli.views.changes import (
    applied_page,
    forgotten_page,
    reset_page,
    snapshots_page,
    undone_page,
    updated_page,
)
from roadmap_cli.views.page import Page

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAIN, LOGO = "library-api/app/main.py", "library-api/static/Übung eins \x1b[31m.png"


def snapshot(number: int, command: str, at: str, *paths: str) -> Snapshot:
    """A snapshot whose command wrote these files."""
    touched = tuple(Touched(path=path, before=NOTHING, after=File(content=b"x").state) for path in paths)
    return Snapshot(
        id=number,
        command=command,
        at=at,
        project="library-api",
        found={},
        touched=touched,
        left_out=("library-api/library.db",),
    )


UPDATE = snapshot(3, "update", "2026-03-01T11:30:00+00:00", MAIN, LOGO)
RESET = snapshot(2, "reset app/models.py", "2026-02-27T09:30:00+00:00", "library-api/app/models.py")
UNDO = snapshot(4, "undo 3", "2026-03-01T11:59:50+00:00", MAIN)
SHELF = Shelf(
    snapshots=(RESET, UPDATE, UNDO),
    unreadable=(Unreadable(Path("/ws/.roadmap/snapshots/000001.json"), "it has been damaged"),),
    size=1_234_567,
)
PLAN = Plan(
    files={},
    notes=(
        Note(what=What.TAKEN, path="README.md"),
        Note(what=What.MERGED, path="app/models.py"),
        Note(what=What.ADDED, path="app/times.py"),
        Note(what=What.RENAMED, path="app/web.py", other="app/http.py"),
        Note(what=What.REMOVED, path="app/old.py"),
        Note(what=What.CONFLICT, path="app/routes/books.py", lines=(12, 40)),
        Note(what=What.BESIDE, path="static/logo.png", other="static/logo.png.new"),
        Note(what=What.KEPT, path="app/pagination.py"),
        Note(what=What.STAYS_DELETED, path="app/security and more.py"),
        Note(what=What.NOT_RENAMED, path="app/errors.py", other="app/problems.py"),
        Note(what=What.IN_THE_WAY, path="app/tools"),
    ),
)
UNDONE = Undone(
    snapshot=UPDATE,
    taken=UNDO,
    restored=(MAIN,),
    removed=("library-api/app/times.py",),
    edited=(MAIN,),
    lost=(LOGO,),
    blocked=("library-api/app/http.py",),
    unreadable=SHELF.unreadable,
)
APPLIED = Applied(
    added=("app/times.py", "app/fields.py"),
    replaced=tuple(f"app/services/part{number}.py" for number in range(14)),
    kept=("README.md", "roadmap.toml"),
    unused=("app/mine.py", "app/helpers.py"),
    starts="python -m uvicorn app.main:app --host {host} --port {port}",
    snapshot=UPDATE,
)
SHARED = (("app/main.py", "http"), ("app/routes/books.py", "http"))


def reset(*changed: str, shared: tuple[tuple[str, str], ...] = (), files: tuple[str, ...] = ("app/a.py",)) -> Reset:
    """A reset of the milestone books."""
    selection = Selection(name="books", files=files, shared=shared)
    return Reset(selection=selection, changed=changed, came_back=(), snapshot=RESET if changed else None)


CHANGED_PAGES: dict[str, Page] = {
    "updated": updated_page(
        Updated(
            plan=PLAN, is_new=True, snapshot=UPDATE, guessed={"stack": "fastapi", "flavour": "blank"}, settled=UNDONE
        ),
        "library-api",
        dry_run=False,
    ),
    "updated-dry-run": updated_page(Updated(plan=PLAN, is_new=True), "library-api", dry_run=True),
    "updated-only-inside": updated_page(
        Updated(plan=Plan(files={}, notes=()), is_new=True, snapshot=UPDATE), "library-api", dry_run=False
    ),
    "updated-nothing": updated_page(Updated(plan=Plan(files={}, notes=()), is_new=False), "library-api", dry_run=False),
    "reset-milestone": reset_page(reset("app/database.py", "app/models.py", shared=SHARED)),
    "reset-nothing": reset_page(reset()),
    "reset-only-shared": reset_page(reset(shared=SHARED, files=())),
    "applied": applied_page(APPLIED, "library-api"),
    "undone": undone_page(UNDONE, NOW),
    "undone-nothing": undone_page(Undone(snapshot=RESET, taken=None, restored=(), removed=()), NOW),
    "snapshots": snapshots_page(SHELF, {2: 0, 3: 1, 4: 12}, NOW),
    "snapshots-none": snapshots_page(Shelf(snapshots=(), unreadable=(), size=0), {}, NOW),
    "forgotten": forgotten_page(3, 12_345),
}
