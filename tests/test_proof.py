"""The proof on a pack of one phase: true claims hold, and each false one is told with the file and line that claims it."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadmap_cli.cli import main
from roadmap_cli.errors import PackError
from roadmap_cli.packs import Pack
from roadmap_cli.proof import Plan, Proof, prove
from roadmap_cli.validation import validate
from tests.one_server import CHECKS, SERVER, write_pack

TOML = 'phase = "small"\nstack = "any"\n\n[server]\nserve = "python server.py"\nready = "/health"\n'
FRESH = SERVER.replace('("/health", "/here")', '("/health",)').replace("200 if found else 404", "200 if found else 410")
HERE_IS_500 = """\
summary: What is here is answered with an error of the server.
fails: [first.here]
edits:
  - {file: server.py, find: "200 if found", replace: "200 if self.path == '/health' else 500 if found"}
"""
GONE_IS_410 = """\
summary: What is not there is answered as if it had been there once.
fails: [first.gone]
edits:
  - {file: server.py, find: "else 404", replace: "else 410"}
"""
GONE = "checks/small/mistakes/gone-is-410/expected.yaml"
FAKE = "summary: It answers everything with not found.\npasses: [first.gone]\n"


def provable(root: Path, **changed: str) -> Pack:
    """A pack whose proof holds, with some files *changed* (dots for slashes are not needed: names are paths)."""
    files = {
        "curriculum/small.yaml": "title: Small\nsummary: Small.\nmonths: 1\nstacks: [any]\nmilestones: [first]\n",
        "templates/small/copier.yml": "flavour: {type: str, default: guided}\nstack: {type: str, default: any}\n",
        "templates/small/shared/CONTRACT.md": "# Contract\n\n## 1. Here\n",
        "templates/small/any/roadmap.toml": TOML,
        "templates/small/any/server.py": FRESH,
        "checks/small/reference/any/roadmap.toml": TOML,
        "checks/small/reference/any/server.py": SERVER,
        "checks/small/mistakes/here-is-500/expected.yaml": HERE_IS_500,
        "checks/small/mistakes/gone-is-410/expected.yaml": GONE_IS_410,
        "checks/small/fakes/not-found/expected.yaml": FAKE,
        "checks/small/fakes/not-found/roadmap.toml": TOML,
        "checks/small/fakes/not-found/server.py": SERVER.replace('("/health", "/here")', '("/health",)'),
    }
    write_pack(root)
    for name, text in (files | changed).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Pack.load(root)


def proof(pack: Pack, *names: str, budget: float | None = None) -> Proof:
    plan = Plan(pack=pack, phase=pack.curriculum.phases[0], names=frozenset(names), seeds=1, jobs=2, budget=budget)
    return prove(plan)


def told(proof: Proof, root: Path) -> list[str]:
    return [str(fault).replace(f"{root}/", "") for claim in proof.claims for fault in claim.faults]


def test_a_right_pack_is_proved(tmp_path: Path) -> None:
    """Every claim is tried, and holds."""
    found = proof(provable(tmp_path))

    assert [] == told(found, tmp_path)
    assert all(claim.holds for claim in found.claims)
    assert 6 == len(found.tried)  # a reference, two mistakes, a fake, two flavours of a fresh project


def test_a_mistake_that_is_not_caught_is_told_where_it_claims_to_be(tmp_path: Path) -> None:
    """It declares a requirement that passes all the same: file, line and column of that declaration."""
    name = "checks/small/mistakes/here-is-500/expected.yaml"
    pack = provable(tmp_path, **{name: HERE_IS_500.replace("[first.here]", "[first.gone, first.here]")})

    (fault,) = told(proof(pack, "here-is-500"), tmp_path)

    assert fault.startswith(f"{name}:2:9: mistake here-is-500: first.gone is declared to fail.")


def test_a_mistake_that_fails_more_is_told(tmp_path: Path) -> None:
    """A surplus failure, with what the learner would have read."""
    name = "checks/small/mistakes/gone-is-410/expected.yaml"
    both = GONE_IS_410.replace('replace: "else 410"', 'replace: "else 410 if found else 411"').replace(
        'find: "else 404"', 'find: "200 if found else 404"'
    )
    pack = provable(tmp_path, **{name: both.replace("else 410 if", "200 if self.path == '/health' else 410 if")})

    faults = told(proof(pack, "gone-is-410"), tmp_path)

    assert [fault for fault in faults if "first.here is not declared" in fault]


def test_on_a_budget_each_mistake_is_caught_first_and_then_examined_whole(tmp_path: Path) -> None:
    """What a mistake declares is always examined; whether it fails anything else, as far as the time goes."""
    greedy = "500 if self.path == '/here' else 200 if found else 410"
    edit = f'edits:\n  - {{file: server.py, find: "200 if found else 404", replace: "{greedy}"}}\n'
    pack = provable(tmp_path, **{GONE: f"summary: Nothing is right.\nfails: [first.gone]\n{edit}"})

    hurried, patient = proof(pack, "gone-is-410", budget=0), proof(pack, "gone-is-410", budget=60)

    assert [] == told(hurried, tmp_path)
    assert [1] == [claim.aimed for claim in hurried.claims if "mistake fails" in claim.title]
    (fault,) = told(patient, tmp_path)
    assert "first.here is not declared" in fault
    assert [(2, 1)] == [(claim.tried, claim.aimed) for claim in patient.claims if "mistake fails" in claim.title]


def test_on_a_budget_a_mistake_that_is_not_caught_is_told(tmp_path: Path) -> None:
    """There is always time for that."""
    name = "checks/small/mistakes/here-is-500/expected.yaml"
    pack = provable(tmp_path, **{name: HERE_IS_500.replace("[first.here]", "[first.gone, first.here]")})

    (fault,) = told(proof(pack, "here-is-500", budget=0), tmp_path)

    assert "first.gone is declared to fail" in fault


def test_the_command_tells_which_examinations_are_aimed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the screen as each ends, and in the table."""
    root = str(provable(tmp_path).root)

    status = main(["--plain", "pack", "prove", root, "--only", "gone-is-410", "--budget", "0"])

    told, table = capsys.readouterr()[::-1]
    assert 0 == status
    assert "mistake gone-is-410 (aimed)" in told
    assert "1 tried, 0 whole" in table


def test_a_fake_that_passes_more_is_told(tmp_path: Path) -> None:
    """What a cheat may pass is exact, too."""
    name = "checks/small/fakes/not-found/expected.yaml"
    pack = provable(tmp_path, **{name: FAKE.replace("[first.gone]", "[]")})

    (fault,) = told(proof(pack, "not-found"), tmp_path)

    assert fault.startswith(f"{name}:2:9: fake not-found: first.gone must not pass.")


def test_a_reference_that_fails_is_told(tmp_path: Path) -> None:
    """With the requirement's place in the curriculum, and the seed."""
    server = SERVER.replace("200 if found else 404", "200 if found else 400")
    pack = provable(
        tmp_path,
        **{
            "checks/small/reference/any/server.py": server,
            "checks/small/mistakes/gone-is-410/expected.yaml": GONE_IS_410.replace("else 404", "else 400"),
        },
    )

    (fault,) = told(proof(pack, "any"), tmp_path)

    assert fault.startswith("curriculum/small/first.yaml:6:10: reference any, seed ")
    assert "first.gone is failed" in fault


def test_a_fresh_project_that_passes_is_told(tmp_path: Path) -> None:
    """A template must not give away what is to be learnt."""
    faults = told(proof(provable(tmp_path, **{"templates/small/any/server.py": SERVER})), tmp_path)

    assert any("passes though it is not given" in fault for fault in faults)


def test_a_template_that_does_not_start_is_told(tmp_path: Path) -> None:
    """Why, in the learner's words."""
    faults = told(proof(provable(tmp_path, **{"templates/small/any/server.py": "import nowhere\n"})), tmp_path)

    assert any("No module named 'nowhere'" in fault for fault in faults)


def test_a_broken_check_is_told(tmp_path: Path) -> None:
    """An exception in a check is found on whatever server raises it."""
    checks = CHECKS.replace('    """It is here."""', "    {}['oops']")
    faults = told(proof(provable(tmp_path, **{"checks/small/test_first.py": checks}), "any"), tmp_path)

    assert any("first.here broke" in fault and "KeyError" in fault for fault in faults)


APART = """\
id: apart
title: Apart
summary: What fails with anything else.
apart: true
requirements:
  - {id: apart.all, title: Everything is as it was promised, points: 1, topics: [http], contract: "§1", hints: [a, b, c]}
"""
ALL = """
from roadmap_cli.checking import API, requirement

@requirement("apart.all")
def test_all(api: API) -> None:
    api.get("/here").expect(200)
    api.get("/gone").expect(404)
"""


@pytest.mark.parametrize(
    ("milestone", "faults"),
    [(APART, 0), (APART.replace("apart: true\n", ""), 1)],
)
def test_what_is_judged_apart_is_asked_of_who_declares_it(tmp_path: Path, milestone: str, faults: int) -> None:
    """A mistake elsewhere cannot but fail it too, and need not say so; one that declares it is held to it."""
    name = "checks/small/mistakes/{}/expected.yaml"
    changed = {
        "curriculum/small.yaml": "title: Small\nsummary: Small.\nmonths: 1\nstacks: [any]\nmilestones: [first, apart]\n",
        "curriculum/small/apart.yaml": milestone,
        "checks/small/test_apart.py": ALL,
        name.format("gone-is-410"): GONE_IS_410.replace("[first.gone]", "[first.gone, apart.all]"),
    }
    found = proof(provable(tmp_path, **changed), "here-is-500", "gone-is-410")

    assert faults == len(told(found, tmp_path))
    assert not faults or "here-is-500: apart.all is not declared" in told(found, tmp_path)[0]


def test_an_unknown_name_gets_a_guess(tmp_path: Path) -> None:
    """`roadmap pack prove --only here-is-50`."""
    with pytest.raises(PackError, match="There is no reference, mistake or fake here-is-50") as caught:
        proof(provable(tmp_path), "here-is-50")

    assert "Did you mean here-is-500?" == caught.value.hint


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        (
            "checks/small/mistakes/gone-is-410/expected.yaml",
            GONE_IS_410.replace("else 404", "else 405"),
            "mistakes/gone-is-410/expected.yaml:4:29: This text is not there in server.py; it must be there once.",
        ),
        (
            "checks/small/mistakes/gone-is-410/expected.yaml",
            GONE_IS_410.replace("server.py", "sever.py"),
            "mistakes/gone-is-410/expected.yaml:4:12: The reference has no file sever.py.",
        ),
        (
            "checks/small/mistakes/gone-is-410/expected.yaml",
            GONE_IS_410.replace("first.gone", "first.gome"),
            "mistakes/gone-is-410/expected.yaml:2:9: There is no requirement first.gome. Did you mean first.gone?",
        ),
        (
            "checks/small/mistakes/gone-is-410/expected.yaml",
            GONE_IS_410.replace("first.gone", "first.here"),
            "curriculum/small/first.yaml:6:10: No mistake fails first.gone.",
        ),
        (
            "checks/small/test_first.py",
            CHECKS.replace("first.gone", "first.gome"),
            "checks/small/test_first.py:10:2: This check judges first.gome, which no requirement is called.",
        ),
        ("checks/small/test_first.py", CHECKS.split("@requirement")[0], "No check judges first.here."),
        ("checks/small/test_first.py", CHECKS + ")", "checks/small/test_first.py:14:1: unmatched ')'."),
    ],
)
def test_what_is_wrong_with_a_pack_has_a_place(tmp_path: Path, name: str, text: str, fault: str) -> None:
    """The quick part needs no server."""
    faults = [str(one).replace(f"{tmp_path}/", "") for one in validate(provable(tmp_path, **{name: text}))]

    assert any(fault in one for one in faults), faults
