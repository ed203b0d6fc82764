"""What went into an export, what came out of it, and what stayed behind."""

from __future__ import annotations

from collections.abc import Iterator

from roadmap_cli.importing import Imported
from roadmap_cli.manifests import LeftOut, Manifest, Reason
from roadmap_cli.views.page import Block, Fields, Gap, Heading, Page, Span, command, count, data, muted, strong, text

SHOWN = 4
_WHY = {
    Reason.SECRET: ("may hold secrets", "--with-ignored"),
    Reason.IGNORED: ("your .gitignore names it", "--with-ignored"),
    Reason.DATA: ("databases of roadmap serve", "--with-data"),
    Reason.REBUILT: ("can be built anew", ""),
    Reason.OUTSIDE: ("links that lead out of the workspace", ""),
    Reason.SPECIAL: ("neither file nor folder", ""),
    Reason.NAME: ("names that are not UTF-8", ""),
}


def exported_page(manifest: Manifest, path: str, size: int) -> Page:
    """Where the export is, what it holds, what it does not, and what to do on the other machine."""
    rows: list[tuple[str, Page]] = [
        ("File", (text(strong(path), muted(f"  {megabytes(size)}")),)),
        ("Holds", (text(_holds(manifest)),)),
    ]
    if manifest.left_out:
        rows.append(("Left out", tuple(_left_out(manifest.left_out, offer=True))))
    name = path.replace("\\", "/").rpartition("/")[2]
    rows.append(("There", (text(command(f"roadmap import {_quoted(name)} --into DIR")),)))
    return (Heading((Span("Exported", "title"),), quiet=True), Gap(), Fields(tuple(rows), indent=2, label_width=11))


def imported_page(done: Imported, where: str, *, only_history: bool) -> Page:
    """What is new, what stayed on the other machine, and the first steps here. *where* is empty if we are there."""
    rows: list[tuple[str, Page]] = [("New", (text(_new(done, only_history)),))]
    if not only_history:
        rows += _stayed(done)
    steps = [text(command(f"cd {_quoted(where)}"))] if where else []
    rows.append(("Go on", (*steps, text(command("roadmap"), "  shows where you are"))))
    heading = "Added to your workspace" if done.merged else "Unpacked"
    return (
        Heading((Span(heading, "title"),), quiet=True),
        Gap(),
        Fields((("Folder", (text(strong(str(done.root))),)), *rows), indent=2, label_width=11),
    )


def megabytes(size: int) -> str:
    """A size in bytes as people say it."""
    if size < 1 << 20:
        return f"{max(1, size >> 10)} kB"
    return f"{size / (1 << 20):.1f} MB"


def _holds(manifest: Manifest) -> str:
    projects = sorted(file.path.removesuffix("/roadmap.toml") for file in manifest.files if _is_project(file.path))
    names = ", ".join("the workspace itself" if name == "roadmap.toml" else name for name in projects)
    return f"your history and {names or 'no project yet'}: {count(len(manifest.files), 'file')}"


def _is_project(path: str) -> bool:
    return path.rpartition("/")[2] == "roadmap.toml" and not path.startswith(".roadmap/")


def _new(done: Imported, only_history: bool) -> str:
    entries = count(done.entries, "entry", "entries")
    if not (done.files or done.entries):
        return "Nothing: all of it is here already."
    if only_history:
        return f"{entries} of history"
    return f"{count(done.files, 'file')}, {entries} of history"


def _stayed(done: Imported) -> Iterator[tuple[str, Page]]:
    if done.missing:
        yield ("Not here", tuple(_left_out(done.missing, offer=False)))
    if done.snapshots_kept:
        yield ("Snapshots", (text("Yours stay; those of the other machine are only in its export."),))
    if done.pack_missing:
        said = text("Your curriculum ", data(done.pack_missing), " is not on this machine.")
        todo = text("→ Bring it there, or write where it is into .roadmap/workspace.json.", hang=2)
        yield ("Curriculum", (said, todo))


def _left_out(left_out: tuple[LeftOut, ...], *, offer: bool) -> Iterator[Block]:
    """A line for each reason, and the option that takes such things along."""
    for reason, (why, option) in _WHY.items():
        paths = [each.path for each in left_out if each.reason is reason]
        if paths:
            more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
            extra = (muted("; "), command(option), muted(" takes it along")) if offer and option else ()
            yield text(data(", ".join(paths[:SHOWN])), f"{more}", muted(f" ({why}"), *extra, muted(")"), hang=2)


def _quoted(path: str) -> str:
    """For a shell, where it needs that."""
    plain = all(letter.isalnum() or letter in "/\\.:-_~" for letter in path)
    return path if plain else f'"{path}"'
