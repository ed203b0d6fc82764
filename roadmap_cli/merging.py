"""Three versions of a text become one: lines that only one side has changed are taken from it, others are marked.

Our own rather than `git merge-file`: the same on every machine, with or without Git and whatever its settings say; and
it knows that an editor on Windows may have changed every line end and nothing else. A test compares it with Git's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

YOURS, DIVIDER, THEIRS = b"<<<<<<< yours", b"=======", b">>>>>>> template"
_MOST_LINES = 5_000


@dataclass(frozen=True)
class Merged:
    """The one version, and the lines (from 1) on which its conflicts begin."""

    content: bytes
    conflicts: tuple[int, ...] = ()


def merge(base: bytes, yours: bytes, theirs: bytes) -> Merged:
    """Both changes of *base* in one text; of a conflict both sides, between marks. Lines keep the ends that yours have."""
    ends = b"\r\n" if yours.count(b"\r\n") * 2 > yours.count(b"\n") else b"\n"
    mine, other = _lines(yours), _lines(theirs)
    lines: list[bytes] = []
    conflicts: list[int] = []
    for part in _parts(_keys(_lines(base)), _keys(mine), _keys(other)):
        ours, new = mine[part.yours], [_ended(key, ends) for key in _keys(other[part.theirs])]
        if part.takes == "yours":
            lines += ours
        elif part.takes == "theirs":
            lines += new if new and other[part.theirs][-1].endswith(b"\n") else _cut(new)
        else:
            conflicts.append(len(lines) + 1)
            lines += [_ended(YOURS, ends), *ours, _ended(DIVIDER, ends), *new, _ended(THEIRS, ends)]
    return Merged(b"".join(_with_ends(lines, ends)), tuple(conflicts))


def is_mergeable(*contents: bytes) -> bool:
    """Whether all are texts, and short enough to be compared line by line."""
    return all(b"\0" not in content and content.count(b"\n") <= _MOST_LINES for content in contents)


def marked_lines(content: bytes) -> tuple[int, ...]:
    """The lines (from 1) on which conflicts begin that nobody has resolved."""
    keys = _keys(_lines(content))
    return tuple(number for number, key in enumerate(keys, start=1) if key == YOURS) if THEIRS in keys else ()


def likeness(one: bytes, other: bytes) -> float:
    """How much of two texts is the same, from 0 to 1: lines that hold more than space."""
    lines, others = ([key.strip() for key in _keys(_lines(each)) if key.strip()] for each in (one, other))
    matcher = SequenceMatcher(None, lines, others, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() > 0.4 and matcher.quick_ratio() > 0.4 else 0.0


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Some lines of both sides that follow each other, and whose to take."""

    yours: slice
    theirs: slice
    takes: str


def _parts(base: list[bytes], yours: list[bytes], theirs: list[bytes]) -> Iterator[_Part]:
    """Regions that all three share, and what lies between them."""
    at_base = at_yours = at_theirs = 0
    for start, mine, other, length in _shared(base, yours, theirs):
        between = slice(at_yours, mine), slice(at_theirs, other)
        yield from _between(base[at_base:start], yours, theirs, *between)
        yield _Part(yours=slice(mine, mine + length), theirs=slice(other, other + length), takes="yours")
        at_base, at_yours, at_theirs = start + length, mine + length, other + length


def _between(base: list[bytes], yours: list[bytes], theirs: list[bytes], mine: slice, other: slice) -> Iterator[_Part]:
    one, two = yours[mine], theirs[other]
    if one == two or two == base:
        yield _Part(yours=mine, theirs=other, takes="yours")
    elif one == base:
        yield _Part(yours=mine, theirs=other, takes="theirs")
    else:
        yield from _conflict(one, two, mine, other)


def _conflict(one: list[bytes], two: list[bytes], mine: slice, other: slice) -> Iterator[_Part]:
    """What both sides begin and end with alike is no conflict."""
    head = _common(one, two)
    tail = _common(one[head:][::-1], two[head:][::-1])
    yield _Part(yours=slice(mine.start, mine.start + head), theirs=slice(0, 0), takes="yours")
    middle = slice(mine.start + head, mine.stop - tail), slice(other.start + head, other.stop - tail)
    yield _Part(yours=middle[0], theirs=middle[1], takes="both")
    yield _Part(yours=slice(mine.stop - tail, mine.stop), theirs=slice(0, 0), takes="yours")


def _common(one: list[bytes], two: list[bytes]) -> int:
    """How many lines two lists begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _shared(base: list[bytes], yours: list[bytes], theirs: list[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Where, in each of the three, the same lines are, and how many; at the end an empty one."""
    ours, others = _blocks(base, yours), _blocks(base, theirs)
    i = j = 0
    while i < len(ours) and j < len(others):
        start = max(ours[i][0], others[j][0])
        stop = min(ours[i][0] + ours[i][2], others[j][0] + others[j][2])
        if start < stop:
            yield start, ours[i][1] + start - ours[i][0], others[j][1] + start - others[j][0], stop - start
        if ours[i][0] + ours[i][2] < others[j][0] + others[j][2]:
            i += 1
        else:
            j += 1
    yield len(base), len(yours), len(theirs), 0


def _blocks(base: list[bytes], side: list[bytes]) -> list[tuple[int, int, int]]:
    """Where the same lines are in both. The ends that are alike are set aside first: most edits are small."""
    head = _common(base, side)
    tail = _common(base[head:][::-1], side[head:][::-1])
    matcher = SequenceMatcher(None, base[head : len(base) - tail], side[head : len(side) - tail], autojunk=False)
    inner = [(a + head, b + head, size) for a, b, size in matcher.get_matching_blocks() if size]
    return [(0, 0, head), *inner, (len(base) - tail, len(side) - tail, tail)]


def _lines(content: bytes) -> list[bytes]:
    """Lines with their ends; only a line feed ends one."""
    lines = [line + b"\n" for line in content.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _keys(lines: list[bytes]) -> list[bytes]:
    """What lines say, whatever ends them."""
    return [line.removesuffix(b"\n").removesuffix(b"\r") for line in lines]


def _ended(key: bytes, ends: bytes) -> bytes:
    return key + ends


def _cut(lines: list[bytes]) -> list[bytes]:
    """The last line without its end, as the template has it."""
    return [*lines[:-1], lines[-1].rstrip(b"\r\n")] if lines else lines


def _with_ends(lines: list[bytes], ends: bytes) -> Iterator[bytes]:
    """Only the last line may be without an end."""
    for line in lines[:-1]:
        yield line if line.endswith(b"\n") else line + ends
    yield from lines[-1:]
