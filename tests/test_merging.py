"""Three texts become one: no line of the learner's is lost, and where Git agrees with itself we agree with Git."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from roadmap_cli.merging import is_mergeable, likeness, marked_lines, merge

BASE = b"one\ntwo\nthree\nfour\nfive\n"
TEXTS = st.lists(st.sampled_from("abcdef"), max_size=12).map(lambda lines: "".join(f"{x}\n" for x in lines).encode())


def lines(content: bytes) -> Counter[bytes]:
    return Counter(content.splitlines())


def test_changes_in_different_places_come_together() -> None:
    """The first line from one side, the last from the other."""
    merged = merge(BASE, BASE.replace(b"one", b"ONE"), BASE.replace(b"five", b"FIVE"))

    assert merged.content == b"ONE\ntwo\nthree\nfour\nFIVE\n"
    assert merged.conflicts == ()


def test_changes_of_the_same_line_are_marked() -> None:
    """Both stand there, yours first, and the line on which they begin is told."""
    merged = merge(BASE, BASE.replace(b"three", b"mine"), BASE.replace(b"three", b"theirs"))

    assert merged.content == (b"one\ntwo\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template\nfour\nfive\n")
    assert merged.conflicts == (3,)
    assert marked_lines(merged.content) == (3,)


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    """Also where only a part of it is the same."""
    assert merge(BASE, b"x\n" + BASE, b"x\n" + BASE).content == b"x\n" + BASE
    merged = merge(b"", b"a\nmine\nz\n", b"a\ntheirs\nz\n")
    assert merged.content == b"a\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template\nz\n"


def test_a_line_that_you_removed_and_the_template_changed_is_marked() -> None:
    """Your side of it is empty."""
    merged = merge(BASE, BASE.replace(b"three\n", b""), BASE.replace(b"three", b"theirs"))

    assert b"<<<<<<< yours\n=======\ntheirs\n>>>>>>> template\n" in merged.content


def test_line_ends_of_an_editor_are_no_change_and_stay() -> None:
    """Everything was saved with CRLF: only what says something else is a change, and it comes with CRLF."""
    yours = BASE.replace(b"\n", b"\r\n").replace(b"one", b"ONE")
    merged = merge(BASE, yours, BASE.replace(b"five", b"FIVE"))

    assert merged.content == b"ONE\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n"
    conflict = merge(BASE, yours, BASE.replace(b"one", b"1"))
    assert conflict.content.startswith(b"<<<<<<< yours\r\nONE\r\n=======\r\n1\r\n>>>>>>> template\r\n")


def test_a_missing_last_line_end_stays_missing_and_glues_nothing() -> None:
    """A mark never stands behind a line, and no end is added that neither side has."""
    assert merge(b"a\nb", b"A\nb", b"a\nb").content == b"A\nb"
    assert merge(b"a\nb", b"a\nb", b"a\nB").content == b"a\nB"
    assert merge(b"a", b"b", b"c").content == b"<<<<<<< yours\nb\n=======\nc\n>>>>>>> template\n"
    assert merge(b"a\n", b"a\nb", b"x\na\n").content == b"x\na\nb"


def test_what_is_no_text_or_endless_is_not_merged() -> None:
    """A zero byte, or more lines than anybody writes."""
    assert is_mergeable(b"", BASE, "Übung\n".encode("latin-1"))
    assert not is_mergeable(BASE, b"PNG\0")
    assert not is_mergeable(BASE, "Übung".encode("utf-16"))
    assert not is_mergeable(b"x\n" * 5_001)


def test_marks_count_only_together_and_at_the_beginning_of_a_line() -> None:
    """Prose about marks, or a heading underlined with ======= is no conflict."""
    assert marked_lines(b"<<<<<<< yours\n") == ()
    assert marked_lines(b"see <<<<<<< yours\nsee >>>>>>> template\n") == ()
    assert marked_lines(b"a\r\n<<<<<<< yours\r\n=======\r\n>>>>>>> template\r\n") == (2,)


def test_likeness_is_about_lines_that_say_something() -> None:
    """Empty lines and indentation aside."""
    assert likeness(BASE, b"\n\n".join(BASE.split(b"\n"))) == 1.0
    assert likeness(BASE, b"other\nlines\naltogether\n") == 0.0


@seed(7)
@settings(max_examples=400, deadline=None, database=None)
@given(TEXTS, TEXTS, TEXTS)
def test_whatever_is_merged_nothing_of_yours_is_lost(base: bytes, yours: bytes, theirs: bytes) -> None:
    """Each line that you have and the template's base has not is there, as often as you have it; and the plain cases."""
    merged = merge(base, yours, theirs)

    assert lines(yours) - lines(base) <= lines(merged.content)
    assert lines(theirs) - lines(base) <= lines(merged.content) + (lines(yours) & lines(theirs))
    assert merge(base, yours, base).content == yours
    assert merge(base, base, theirs).content == theirs
    assert merge(base, yours, yours).content == yours
    assert (marked_lines(merged.content) == merged.conflicts) or not merged.conflicts


def git_merge(folder: Path, base: bytes, yours: bytes, theirs: bytes) -> tuple[bytes, int]:
    """What Git makes of the three, and how many conflicts it sees."""
    for name, content in (("base", base), ("yours", yours), ("theirs", theirs)):
        (folder / name).write_bytes(content)
    marks = ("-L", "yours", "-L", "base", "-L", "template")
    command = ("git", "-c", "merge.conflictStyle=merge", "merge-file", "-p", *marks, "yours", "base", "theirs")
    result = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return result.stdout, result.returncode


def edited(chance: random.Random, content: list[bytes], name: str) -> bytes:
    """Some lines changed, removed or added; every line is one of a kind, so that there is one right alignment."""
    out: list[bytes] = []
    for number, line in enumerate(content):
        what = chance.random()
        if what < 0.08:
            out.append(f"{name} {number}\n".encode())
        elif what > 0.12:
            out.append(line)
        if chance.random() < 0.06:
            out.append(f"{name} added {number}\n".encode())
    return b"".join(out)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with Git")
def test_git_comes_to_the_same(tmp_path: Path) -> None:
    """A hundred random merges of lines that cannot be confused: the same bytes, the same number of conflicts."""
    seen = Counter[bool]()
    for number in range(100):
        chance = random.Random(number)
        base = [f"line {index}\n".encode() for index in range(chance.randrange(5, 40))]
        yours, theirs = edited(chance, base, "mine"), edited(chance, base, "template")
        merged = merge(b"".join(base), yours, theirs)
        content, conflicts = git_merge(tmp_path, b"".join(base), yours, theirs)
        seen[conflicts > 0] += 1

        assert (conflicts > 0) == (len(merged.conflicts) > 0), f"seed {number}"
        assert conflicts or merged.content == content, f"seed {number}"
    assert min(seen[True], seen[False]) > 10
