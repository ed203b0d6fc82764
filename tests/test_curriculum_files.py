"""Curriculum files that are not right: every fault with file, line, column and, for a slip, a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadmap_cli.curriculum import Ahead, Curriculum
from roadmap_cli.errors import PackError, RoadmapError
from roadmap_cli.packs import Pack, bundled

CURRICULUM = "title: Test\nphases: [shop]\n"
TOPICS = "http: HTTP\nsql: SQL\n"
PHASE = """\
title: A shop
summary: It sells.
months: 1
stacks: [fastapi]
milestones: [first]
"""
MILESTONE = """\
id: first
title: First
summary: Begin.
requirements:
  - id: first.open
    title: The shop is open
    points: 1
    topics: [http]
    hints: [one, two, three]
  - id: first.sell
    title: The shop sells
    points: 2
    topics: [http, sql]
    needs: [first.open]
    hints: [one, two, three]
"""


def write_pack(root: Path, *, phase: str = PHASE, milestone: str = MILESTONE, curriculum: str = CURRICULUM) -> Path:
    files = {"curriculum.yaml": curriculum, "topics.yaml": TOPICS, "shop.yaml": phase, "shop/first.yaml": milestone}
    for name, text in files.items():
        path = root / "curriculum" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADMAP_CACHE", str(tmp_path / "cache"))


def faults(root: Path) -> list[str]:
    with pytest.raises(PackError) as caught:
        Pack.load(root)
    return [str(fault).replace(f"{root}/curriculum/", "") for fault in caught.value.faults]


def test_a_good_pack_is_read(tmp_path: Path) -> None:
    """Ids, order, points and needs come out as they were written."""
    phase = Pack.load(write_pack(tmp_path)).phase("phase-1")

    assert ("shop", 3, ("first.open", "first.sell")) == (phase.slug, phase.points, tuple(phase.requirements))
    assert ("first.open",) == phase.requirements["first.sell"].needs


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("points: 2", "pionts: 2", "shop/first.yaml:12:5: The key pionts is unknown here. Did you mean points?"),
        ("    points: 2\n", "", "shop/first.yaml:10:5: The key points is missing here."),
        ("points: 2", "points: two", "shop/first.yaml:12:13: points: Input should be a valid integer."),
        ("points: 2", "points: 2\n    points: 3", "shop/first.yaml:13:5: The key points stands twice in this mapping."),
        ("points: 2", "points: 0", "shop/first.yaml:12:13: points: Input should be greater than or equal to 1."),
        (
            "title: The shop sells",
            "title: no",
            'shop/first.yaml:11:12: YAML reads no as something other than these characters. Write "no" in quotes, or true or false.',
        ),
        (
            "points: 2",
            "points: 1:30",
            'shop/first.yaml:12:13: YAML reads 1:30 as something other than these characters. Write "1:30" in quotes, or true or false.',
        ),
        (
            "[http, sql]",
            "[http, sqll]",
            "shop/first.yaml:13:20: There is no topic sqll in topics.yaml. Did you mean sql?",
        ),
        (
            "[first.open]",
            "[first.opne]",
            "shop/first.yaml:14:13: There is no requirement first.opne. Did you mean first.open?",
        ),
        (
            "[first.open]",
            "[first.sell]",
            "shop/first.yaml:14:12: These need each other in a circle: first.sell → first.sell.",
        ),
        ("id: first.sell", "id: first.open", "shop/first.yaml:10:9: The id first.open is used twice."),
        (
            "id: first.sell",
            "id: First.Sell",
            "shop/first.yaml:10:9: First.Sell is not an id: small letters, digits, - and .",
        ),
        ("needs: [first.open]\n    hints: [one, two, three]", "hints: [one, two]", "shop/first.yaml:14:12: hints: "),
        (
            "points: 2",
            "points: 2\n    renamed_from: [first.open]",
            "shop/first.yaml:13:20: The id first.open is still in use. An old name is one that is gone.",
        ),
        (
            "points: 2",
            "points: 2\n    renamed_from: [first.sell]",
            "shop/first.yaml:13:20: The id first.sell is still in use.",
        ),
        (
            "points: 2",
            "points: 2\n    renamed_from: [first.old, first.old]",
            "shop/first.yaml:13:31: The old name first.old stands twice here.",
        ),
        (
            "points: 2",
            "points: 2\n    renamed_from: [Old]",
            "shop/first.yaml:13:20: Old is not an id: small letters, digits, - and .",
        ),
        ("points: 2", "points: 2\n    renamed_from: old", "shop/first.yaml:13:19: renamed_from: "),
        ("points: 2", "points: 2\n    renamed: [old]", "shop/first.yaml:13:5: The key renamed is unknown here."),
        (
            "summary: Begin.",
            "summary: Begin.\nrenamed_from: [first]",
            "shop/first.yaml:4:16: The id first is still in use.",
        ),
        ("id: first\n", "id: second\n", "shop/first.yaml:1:5: This file is named first, so its id is first too."),
        ("requirements:\n", "requirements: [\n", "shop/first.yaml:5:3: This is not YAML: "),
    ],
)
def test_each_fault_has_its_place_and_its_sentence(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """File, line, column, what is wrong, and a guess where a name is close to another."""
    assert old in MILESTONE
    found = faults(write_pack(tmp_path, milestone=MILESTONE.replace(old, new, 1)))

    assert any(one.startswith(fault) for one in found), found


AHEAD = (
    CURRICULUM
    + """\
ahead:
  - slug: chat
    title: A chat
    months: 2
  - slug: deploy
    title: In the cloud
    months: 3
"""
)


def test_phases_ahead_are_read(tmp_path: Path) -> None:
    """Slug, title and months of what the roadmap has and the pack does not hold yet, in their order."""
    curriculum = Pack.load(write_pack(tmp_path, curriculum=AHEAD)).curriculum

    assert [("chat", "A chat", 2), ("deploy", "In the cloud", 3)] == [
        (a.slug, a.title, a.months) for a in curriculum.ahead
    ]
    assert 6 == curriculum.months
    assert curriculum == Pack.load(tmp_path).curriculum  # the index says the same


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("slug: chat", "slug: Chat", "curriculum.yaml:4:11: Chat is not a slug: small letters, digits, - and ."),
        (
            "slug: chat",
            "slug: shop",
            "curriculum.yaml:4:11: The phase shop stands among phases. What is here is not ahead: take this entry out.",
        ),
        ("slug: deploy", "slug: chat", "curriculum.yaml:7:11: The phase chat is ahead twice."),
        ("months: 2", "months: 0", "curriculum.yaml:6:13: months: Input should be greater than or equal to 1."),
        ("months: 2", "month: 2", "curriculum.yaml:6:5: The key month is unknown here. Did you mean months?"),
        ("    months: 2\n", "", "curriculum.yaml:4:5: The key months is missing here."),
        ("title: A chat", "title: yes", "curriculum.yaml:5:12: YAML reads yes as something other than these"),
        ("ahead:\n", "ahed:\n", "curriculum.yaml:3:1: The key ahed is unknown here. Did you mean ahead?"),
    ],
)
def test_a_fault_in_what_is_ahead_has_its_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """As everywhere: file, line, column, the sentence, a guess."""
    assert old in AHEAD
    found = faults(write_pack(tmp_path, curriculum=AHEAD.replace(old, new, 1)))

    assert any(one.startswith(fault) for one in found), found


@pytest.mark.parametrize("name", ["deploy", "phase-3"])
def test_a_phase_ahead_is_no_mistyped_one(tmp_path: Path, name: str) -> None:
    """It is named by its title, and the next step is a newer pack."""
    with pytest.raises(RoadmapError, match=r"In the cloud \(deploy\) is part of the roadmap, but") as caught:
        Pack.load(write_pack(tmp_path, curriculum=AHEAD)).phase(name)

    assert "Ask whoever makes the pack when it comes." == caught.value.hint


def test_a_phase_ahead_of_the_bundled_pack_comes_with_a_newer_roadmap() -> None:
    """The last phase of the roadmap is named, and how to get it once it is there."""
    pack = Pack(bundled(), Curriculum(title="", phases=(), topics=(), ahead=(Ahead(slug="z", title="Z", months=1),)))

    with pytest.raises(RoadmapError, match="does not hold it yet") as caught:
        pack.phase("z")

    assert "A newer one may: pip install --upgrade roadmap-cli" == caught.value.hint


def test_the_bundled_roadmap_takes_eighteen_months() -> None:
    """As it was published, whatever part of it is here."""
    assert 18 == Pack.load(bundled()).curriculum.months


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """An author mends one file after one look, not after five."""
    milestone = MILESTONE.replace("[http, sql]", "[nothing]").replace("[first.open]", "[nowhere]")

    assert 2 == len(faults(write_pack(tmp_path, milestone=milestone)))


def test_old_names_are_read_and_kept_in_the_index(tmp_path: Path) -> None:
    """The same one in two places is a split; milestones have them too."""
    milestone = (
        MILESTONE.replace("points: 1", "points: 1\n    renamed_from: [old, older]")
        .replace("points: 2", "points: 2\n    renamed_from: [old]")
        .replace("summary: Begin.", "summary: Begin.\nrenamed_from: [zeroth]")
    )
    root = write_pack(tmp_path, milestone=milestone)

    for _ in range(2):  # from YAML, then from the index
        phase = Pack.load(root).phase("shop")
        assert {"old": ("first.open", "first.sell"), "older": ("first.open",)} == phase.successors
        assert {"zeroth": ("first",)} == phase.milestone_successors
        assert ("first.open", "first.sell") == phase.selection(("zeroth",)) == phase.selection(("old",))
        assert ("first.open",) == phase.called_now("older")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The curriculum promises a file for each name."""
    found = faults(write_pack(tmp_path, phase=PHASE.replace("[first]", "[first, second]")))

    assert ["shop/second.yaml:1:1: second.yaml is not there or cannot be read."] == found


def test_a_folder_that_is_no_pack_is_told_what_a_pack_is(tmp_path: Path) -> None:
    """The next step is in the hint."""
    with pytest.raises(PackError, match="is not a pack") as caught:
        Pack.load(tmp_path)

    assert "curriculum/, templates/ and checks/" in caught.value.hint


def test_the_index_is_read_again_after_a_change(tmp_path: Path) -> None:
    """The compiled curriculum is valid for these files only."""
    Pack.load(write_pack(tmp_path))
    write_pack(tmp_path, milestone=MILESTONE.replace("points: 2", "points: 10"))

    assert 11 == Pack.load(tmp_path).phase("shop").points


@pytest.mark.parametrize("torn", [b"", b"{", b'{"format": 2}', b"[]", b"\xff"])
def test_a_torn_index_is_only_a_cache(tmp_path: Path, torn: bytes) -> None:
    """Whatever is in it, the curriculum is read."""
    Pack.load(write_pack(tmp_path))
    (index,) = (tmp_path / "cache" / "curricula").iterdir()
    index.write_bytes(torn)

    assert 3 == Pack.load(tmp_path).phase("shop").points


def test_the_index_says_the_same_as_the_files() -> None:
    """The bundled curriculum, read from YAML and read from its index, is one value."""
    assert Pack.load(bundled()).curriculum == Pack.load(bundled()).curriculum


def test_a_mistyped_phase_gets_a_guess() -> None:
    """`roadmap start libary-api`."""
    with pytest.raises(Exception, match=r"There is no phase libary-api") as caught:
        Pack.load(bundled()).phase("libary-api")

    assert "Did you mean library-api?" == getattr(caught.value, "hint", "")
