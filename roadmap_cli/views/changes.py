"""What commands have changed in the learner's files: update, reset, the reference put in place, undo and its list."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from roadmap_cli.applying import Applied
from roadmap_cli.changing import Undone
from roadmap_cli.resetting import Reset
from roadmap_cli.snapshots import Shelf, Snapshot, Unreadable
from roadmap_cli.updating import Note, Updated, What
from roadmap_cli.views.dashboard import ago
from roadmap_cli.views.page import (
    Block,
    Column,
    Gap,
    Grid,
    Heading,
    Mark,
    Page,
    Span,
    Words,
    command,
    count,
    muted,
    strong,
    text,
)

ONE_A_LINE = 12
_BACK = text("Changed your mind? ", command("roadmap undo"), "  brings everything back.", indent=2)
_DONE = (What.MERGED, What.TAKEN, What.ADDED, What.RENAMED, What.REMOVED)
_OPEN = (What.CONFLICT, What.BESIDE)
_SIGNS = {
    "merged": Mark(symbol="✓", word="merged", tone="good", plain="MERGED"),
    "taken over": Mark(symbol="✓", word="taken over", tone="good", plain="TAKEN OVER"),
    "added": Mark(symbol="+", word="added", tone="good", plain="ADDED"),
    "renamed": Mark(symbol="→", word="renamed", tone="good", plain="RENAMED"),
    "removed": Mark(symbol="–", word="removed", tone="warn", plain="REMOVED"),
    "conflict": Mark(symbol="✗", word="conflict", tone="bad", plain="CONFLICT"),
    "beside": Mark(symbol="✗", word="beside", tone="bad", plain="BESIDE"),
    "kept": Mark(symbol="·", word="kept", tone="muted", plain="KEPT"),
    "stays deleted": Mark(symbol="·", word="stays deleted", tone="muted", plain="STAYS DELETED"),
    "not renamed": Mark(symbol="·", word="not renamed", tone="muted", plain="NOT RENAMED"),
    "in the way": Mark(symbol="·", word="in the way", tone="muted", plain="IN THE WAY"),
    "changed": Mark(symbol="✓", word="changed", tone="good", plain="CHANGED"),
    "replaced": Mark(symbol="✓", word="replaced", tone="good", plain="REPLACED"),
    "came back": Mark(symbol="+", word="came back", tone="good", plain="CAME BACK"),
    "brought back": Mark(symbol="✓", word="brought back", tone="good", plain="BROUGHT BACK"),
    "as it was": Mark(symbol="✓", word="as it was", tone="good", plain="AS IT WAS"),
    "damaged": Mark(symbol="✗", word="damaged", tone="bad", plain="DAMAGED"),
}


def updated_page(updated: Updated, where: str, *, dry_run: bool) -> Page:
    """What an update did with each file, or would do; what is left to decide; what is worth knowing."""
    if not updated.is_new:
        nothing = text("Nothing to do: ", strong(where), " has all that its template has.")
        return (*settled_page(updated.settled), *_guessed(updated.guessed), nothing)
    title = f"{where} would be brought up to its newer template" if dry_run else f"{where} is up to its newer template"
    notes = updated.plan.notes
    blocks: list[Block] = [*settled_page(updated.settled), *_guessed(updated.guessed)]
    blocks += [Heading((strong(title),), quiet=True), Gap()]
    blocks += _told(note for note in notes if note.what in _DONE)
    if not notes:
        blocks += [text("You have all of it already: no file of yours needed to change.", indent=2), Gap()]
    if updated.plan.open_questions:
        blocks += [Heading(("For you to decide",)), *_told(note for note in notes if note.what in _OPEN)]
        blocks += [text(_HOW_TO_DECIDE, indent=2), Gap()]
    if others := [note for note in notes if note.what not in (*_DONE, *_OPEN)]:
        blocks += [Heading(("Left as you have it",)), *_told(others)]
    if dry_run:
        return (*blocks, text("Nothing has been changed. Do it with ", command("roadmap update"), indent=2))
    return (*blocks, *((_BACK,) if updated.snapshot else ()))


_HOW_TO_DECIDE = (
    "Between the marks <<<<<<< yours and >>>>>>> template stand your lines and the template's: keep what is right, and "
    "remove the marks. What is in NAME.new you may take over into NAME, or delete."
)


def reset_page(reset: Reset) -> Page:
    """The files that are as they were made again, and those that were left alone."""
    name = reset.selection.name
    blocks: list[Block] = [*settled_page(reset.settled)]
    if reset.snapshot:
        blocks += [Heading((strong(f"{name} is as it was made"),), quiet=True), Gap()]
        blocks += _signed(changed=reset.changed, came_back=reset.came_back)
    elif reset.selection.files:
        blocks += [text("Nothing to do: ", strong(name), " is as it was made.")]
    else:
        blocks += [text("Nothing was reset: no file begins with ", strong(name), ".")]
    if reset.selection.shared:
        rows = [((_outside(path),), (muted(f"begun in {first}"),)) for path, first in reset.selection.shared]
        blocks += [
            Gap(),
            text(
                f"These have work of {name} in them too, and of earlier milestones, so they were left alone:", indent=2
            ),
            Grid((Column(), Column(greedy=True)), tuple(rows), indent=4),
            text("Reset one of them with ", command(f"roadmap reset {_word(reset.selection.shared[0][0])}"), indent=2),
            Gap(),
        ]
    return (*blocks, *((_BACK,) if reset.snapshot else ()))


def applied_page(applied: Applied, where: str) -> Page:
    """The files of the reference that are in the project now, what was kept, what may be unused."""
    blocks: list[Block] = [*settled_page(applied.settled)]
    if applied.snapshot is None:
        blocks.append(text("Nothing to do: ", strong(where), " is the reference already."))
    else:
        blocks += [Heading((strong(f"The reference is in {where}"),), quiet=True), Gap()]
        blocks += _signed(replaced=applied.replaced, added=applied.added)
    if applied.kept:
        blocks += [text("Kept as you have them: ", _outside(", ".join(applied.kept)), indent=2, hang=2), Gap()]
    if applied.unused:
        words = "The reference does not have these; they are still there, and may be unused now: "
        blocks += [text(words, _outside(", ".join(applied.unused)), indent=2, hang=2), Gap()]
    if applied.starts:
        blocks += [
            text("Your roadmap.toml starts another program. The reference starts with:", indent=2),
            text(_outside(f"serve = {applied.starts!r}"), indent=4, hang=2),
            Gap(),
        ]
    return (*blocks, *((_BACK,) if applied.snapshot else ()))


def undone_page(undone: Undone, now: datetime) -> Page:
    """What is as it was before a command, and what stands in its way."""
    snapshot = undone.snapshot
    when = f"{ago(snapshot.at, now)}, snapshot {snapshot.id}"
    if undone.taken is None and not (undone.lost or undone.blocked):
        words = ("Nothing to do: every file is as roadmap ", _outside(snapshot.command), f" found it ({when}).")
        return (text(*words), *_unreadable(undone.unreadable))
    title = (strong("Undone: roadmap "), strong(snapshot.command))
    blocks: list[Block] = [Heading(title, (muted(when),), quiet=True), Gap()]
    names = [_inside(snapshot, path) for path in undone.restored], [_inside(snapshot, path) for path in undone.removed]
    blocks += _signed(brought_back=names[0], removed=names[1])
    blocks += _edited(undone)
    stays = [
        *(_Row(_inside(snapshot, path), _SIGNS["damaged"], "what was kept of it is damaged") for path in undone.lost),
        *(
            _Row(_inside(snapshot, path), _SIGNS["in the way"], "a folder or a link is there")
            for path in undone.blocked
        ),
    ]
    if stays:
        blocks += [text("These could not be brought back, and are as they were:", indent=2), *_rows(stays)]
    blocks += _unreadable(undone.unreadable)
    if undone.taken:
        again = ("Undo this undo: ", command("roadmap undo"), "   Further back: ", command("roadmap undo --list"))
        blocks.append(text(*again, indent=2))
    return tuple(blocks)


def settled_page(undone: Undone | None) -> Page:
    """What a command that was ended in its middle had changed, and that it was taken back first."""
    if undone is None:
        return ()
    return (
        text("roadmap ", undone.snapshot.command, " had been ended in its middle. Its changes were taken back first."),
    )


def snapshots_page(shelf: Shelf, differing: Mapping[int, int], now: datetime) -> Page:
    """Every snapshot, the newest first: when, what it was, what it changed, how many files differ from then."""
    if not shelf.snapshots and not shelf.unreadable:
        return (text("There is nothing to undo: no command has changed your files."),)
    several = len({each.project for each in shelf.snapshots}) > 1
    columns = (Column(right=True), Column(), Column(greedy=True), Column(right=True), Column())
    rows = tuple(_snapshot_row(each, differing[each.id], now, several=several) for each in reversed(shelf.snapshots))
    left_out = sorted({path for each in shelf.snapshots for path in each.left_out})
    omitted = ", ".join(left_out[:5]) + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
    return (
        Heading((strong("What commands have changed"),), (muted(f"{_size(shelf.size)} kept"),), quiet=True),
        Gap(),
        Grid(columns, rows),
        Gap(),
        *_unreadable(shelf.unreadable),
        *(
            (
                text(
                    muted("Not kept, being databases, very large or unreadable: "), _outside(omitted), indent=2, hang=2
                ),
                Gap(),
            )
            if left_out
            else ()
        ),
        Grid((Column(), Column(greedy=True)), _WHAT_TO_DO),
    )


_WHAT_TO_DO: tuple[tuple[Words, ...], ...] = (
    ((command("roadmap undo"),), ("undoes the last one",)),
    ((command("roadmap undo ID"),), ("undoes that one and all since",)),
    ((command("roadmap undo ID --file F"),), ("brings back one file or folder as that one found it",)),
    ((command("roadmap undo ID --forget"),), ("makes room: forgets that one and all older",)),
)


def forgotten_page(number: int, freed: int) -> Page:
    """Snapshots that are gone."""
    return (text(f"Forgotten: snapshot {number} and all older ones. That makes {_size(freed)} of room."),)


def _snapshot_row(snapshot: Snapshot, differing: int, now: datetime, *, several: bool) -> tuple[Words, ...]:
    where = (muted(f"  in {snapshot.project or '.'}"),) if several else ()
    state: Words = (
        (f"{differing} now differ" + ("s" if differing == 1 else ""),) if differing else (_SIGNS["as it was"],)
    )
    return (
        (strong(str(snapshot.id)),),
        (muted(ago(snapshot.at, now)),),
        (_outside(f"roadmap {snapshot.command}"), *where),
        (count(len(snapshot.changed), "file"),),
        state,
    )


def _told(notes: Iterable[Note]) -> list[Block]:
    return _rows([_Row(note.path, _SIGNS[note.what.value], _about(note)) for note in notes])


def _about(note: Note) -> str:
    match note.what:
        case What.RENAMED:
            return f"it was {note.other}"
        case What.CONFLICT:
            return f"line {', '.join(map(str, note.lines))}"
        case What.BESIDE:
            return f"yours stays; the template's is in {note.other}"
        case What.KEPT:
            return "the template has it no longer; you have changed it"
        case What.STAYS_DELETED:
            return f"get the new one with roadmap reset {_word(note.path)}"
        case What.NOT_RENAMED:
            return f"the template calls it {note.other} now, where you have a file of your own"
        case What.IN_THE_WAY:
            return "the template's new file is not there: a folder or file of yours is"
        case _:
            return ""


@dataclass(frozen=True)
class _Row:
    """A file on a line of its own, with a sign before it and perhaps a remark after it."""

    name: str
    sign: Mark
    remark: str = ""


def _signed(**signed: Iterable[str]) -> list[Block]:
    """Files by what happened to them: one a line, or, if they are many, one after the other."""
    groups = {sign.replace("_", " "): tuple(names) for sign, names in signed.items()}
    if sum(map(len, groups.values())) <= ONE_A_LINE:
        return _rows([_Row(name, _SIGNS[sign]) for sign, names in groups.items() for name in names])
    rows = [
        ((_SIGNS[sign],), (muted(count(len(names), "file")), "  ", _outside(", ".join(names))))
        for sign, names in groups.items()
        if names
    ]
    return [Grid((Column(), Column(greedy=True)), tuple(rows)), Gap()]


def _rows(rows: list[_Row]) -> list[Block]:
    if not rows:
        return []
    remarked = any(row.remark for row in rows)
    cells = tuple(_cells(row, remarked=remarked) for row in rows)
    columns = (Column(), *((Column(),) if remarked else ()), Column(greedy=True))
    return [Grid(columns, cells), Gap()]


def _cells(row: _Row, *, remarked: bool) -> tuple[Words, ...]:
    return ((row.sign,), (_outside(row.name),), *(((muted(row.remark),),) if remarked else ()))


def _edited(undone: Undone) -> Page:
    if not undone.edited or undone.taken is None:
        return ()
    names = ", ".join(_inside(undone.snapshot, path) for path in undone.edited)
    verb = "this file" if len(undone.edited) == 1 else "these files"
    words = f"You had changed {verb} since; what was in there is kept in snapshot {undone.taken.id}: "
    return (text(words, _outside(names), indent=2, hang=2), Gap())


def _unreadable(found: tuple[Unreadable, ...]) -> Page:
    if not found:
        return ()
    sentence = ": a snapshot that cannot be read: "
    told = (text(_SIGNS["damaged"], "  ", each.path.name, sentence, each.reason, ".", indent=2) for each in found)
    return (*told, Gap())


def _guessed(answers: Mapping[str, str] | None) -> Page:
    if answers is None:
        return ()
    said = ", ".join(f"{name} {answer}" for name, answer in answers.items())
    return (text("Nobody wrote down how this project was made. It is taken to be: ", _outside(said), "."), Gap())


def _outside(name: str) -> Span:
    """A name from outside; plain, its letters stay as they are, because people know their files by them."""
    return Span(name)


def _inside(snapshot: Snapshot, path: str) -> str:
    return path.removeprefix(f"{snapshot.project}/") if snapshot.project else path


def _word(path: str) -> str:
    return shlex.quote(path)


def _size(size: int) -> str:
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return count(size, "byte")
