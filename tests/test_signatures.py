"""Signatures: which form of failure they fit, which of several is meant, and that those of phase 1 are right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roadmap_cli.curriculum import Phase, Signature, When
from roadmap_cli.errors import PackError
from roadmap_cli.events import Exchange, Failure
from roadmap_cli.packs import Pack
from roadmap_cli.proof import Plan, Trial, _signature_strayed
from roadmap_cli.signatures import best, fits
from roadmap_cli.specimens import Kind, specimens
from roadmap_cli.validation import validate
from roadmap_cli.verdicts import Outcome, Report
from tests.examining import bundled_pack, report_on
from tests.recorded import PHASE
from tests.test_proof import provable, told

FAILURE = Failure(
    message="This is not the value we expected.",
    expected="status 200 or 204",
    actual="null",
    path="$.items[3].id",
    assertion="value",
    check="test_books",
    exchanges=(
        Exchange(method="GET", url="http://127.0.0.1:1/elsewhere", status=200, response_body='{"detail": 1}'),
        Exchange(
            method="PATCH",
            url="http://127.0.0.1:1/books/7/loans?limit=2",
            request_body='{"title": "Übung"}',
            status=500,
            response_body='{"items": [{"id": 7}, {"id": 8, "tags": []}], "error": null}',
        ),
    ),
    log=("INFO: one", "sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) duplicate key"),
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({}, True),
        ({"assertion": "value"}, True),
        ({"assertion": "status"}, False),
        ({"check": "test_books"}, True),
        ({"check": "test_book"}, False),
        ({"method": "PATCH"}, True),
        ({"method": "GET"}, False),
        ({"target": "/books/{id}/loans"}, True),
        ({"target": "/books/{id}"}, False),
        ({"target": "/books/7/loans/{id}"}, False),
        ({"status": (404, 500)}, True),
        ({"status": (200,)}, False),
        ({"wanted": (204, 200)}, True),
        ({"wanted": (200,)}, False),
        ({"path": "$.items[*].id"}, True),
        ({"path": "$.items[3].id"}, True),
        ({"path": "$.items"}, False),
        ({"field": "$.items[*].tags"}, True),
        ({"field": "$.items[1].id"}, True),
        ({"field": "$.error"}, True),
        ({"field": "$.items[2]"}, False),
        ({"field": "$.detail"}, False),
        ({"message": "not the value"}, True),
        ({"message": "^the value"}, False),
        ({"expected": "204$"}, True),
        ({"expected": "^204"}, False),
        ({"actual": "^null$"}, True),
        ({"actual": "nil"}, False),
        ({"sent": "Übung"}, True),
        ({"sent": "items"}, False),
        ({"answer": '"id": 8'}, True),
        ({"answer": "Übung"}, False),
        ({"log": "UniqueViolation|UNIQUE"}, True),
        ({"log": "one\nsqlalchemy"}, True),
        ({"log": "KeyError"}, False),
        ({"method": "PATCH", "status": (500,), "log": "KeyError"}, False),
    ],
)
def test_every_condition_must_hold(condition: dict[str, Any], holds: bool) -> None:
    """What is named must be so; what is not named is free. The exchange is the last one, the one that failed."""
    assert holds is fits(When(**condition), FAILURE)


def test_a_failure_without_an_exchange_has_no_status_and_no_body() -> None:
    """Checks of the database or of Git send nothing; conditions on an exchange are then false, not an error."""
    silent = Failure(message="There is no table books.")

    assert fits(When(message="no table"), silent)
    assert not any(fits(When(**one), silent) for one in ({"status": (500,)}, {"field": "$.a"}, {"target": "/books"}))


def test_the_signature_with_most_conditions_is_meant_and_of_equals_the_first() -> None:
    """One that names the requirement knows more than one that does not."""
    loose = signature("loose", status=(500,))
    close = signature("close", status=(500,), method="PATCH")
    bound = replace(signature("bound", status=(500,)), requirements=("http.created",))
    phase = replace(PHASE, signatures=(loose, close, bound))

    assert close == best(phase, "http.created", FAILURE)
    assert close == best(phase, "books.search", FAILURE)
    assert loose == best(replace(phase, signatures=(bound, loose)), "books.search", FAILURE)
    assert None is best(replace(phase, signatures=(bound,)), "books.search", FAILURE)


def signature(id: str, **when: Any) -> Signature:
    return Signature(id=id, when=When(**when), cause=f"The cause of {id}.", look="Look there.", proved_by=("m",))


# --- in the files of a pack ------------------------------------------------------------------------------------------

SIGNATURES = """\
signatures:
  - id: wrong-status
    requirements: [first.gone]
    when: {assertion: status, status: [410], wanted: [404]}
    cause: It is answered as if it had been there once.
    look: Look at the last line of the handler.
    proved_by: [gone-is-410]
"""
FILE = "curriculum/small/signatures.yaml"


def test_signatures_are_read_with_the_phase(tmp_path: Path) -> None:
    """Lines of a text that YAML folds are one text; a phase without the file has none."""
    folded = SIGNATURES.replace("cause: It is", "cause: >-\n      It is\n     ")
    phase = provable(tmp_path / "one", **{FILE: folded}).curriculum.phases[0]

    assert ["It is answered as if it had been there once."] == [each.cause for each in phase.signatures]
    assert When(assertion="status", status=(410,), wanted=(404,)) == phase.signatures[0].when
    assert () == provable(tmp_path / "other").curriculum.phases[0].signatures


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("status: [410]", "statsu: [410]", ":4:31: The key statsu is unknown here. Did you mean status?"),
        ("status: [410]", "status: 410", ":4:39: status: Input should be a valid tuple."),
        ("assertion: status", "assertion: statsu", ":4:23: There is no assertion statsu. Did you mean status?"),
        ("[first.gone]", "[first.gome]", ":3:20: There is no requirement first.gome. Did you mean first.gone?"),
        ("status: [410]", 'log: "(oops"', ":4:36: This is not a regular expression: "),
        ("when: {assertion: status, status: [410], wanted: [404]}", "when: {}", ":4:11: A signature names at least"),
        ("    look: Look at the last line of the handler.\n", "", ":2:5: The key look is missing here."),
        ("id: wrong-status", "ident: wrong-status", ":2:5: The key ident is unknown here."),
        ("signatures:", "signature:", ":1:1: The key signature is unknown here. Did you mean signatures?"),
        (SIGNATURES, SIGNATURES + SIGNATURES.split("\n", 1)[1], ":8:9: The id wrong-status is used twice."),
    ],
)
def test_a_fault_in_a_signature_has_its_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """File, line and column; a guess where a name is close to another."""
    assert old in SIGNATURES
    with pytest.raises(PackError) as caught:
        provable(tmp_path, **{FILE: SIGNATURES.replace(old, new, 1)})
    found = [str(one).replace(f"{tmp_path}/", "") for one in caught.value.faults]

    assert any(one.startswith(f"{FILE}{fault}") for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[gone-is-410]", "[gone-is-411]", ":7:17: There is no mistake gone-is-411. Did you mean gone-is-410?"),
        ("[gone-is-410]", "[here-is-500]", ":7:17: The mistake here-is-500 fails none of first.gone."),
    ],
)
def test_a_signature_names_mistakes_that_fail_what_it_is_about(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """The quick part of the proof says so without a server."""
    pack = provable(tmp_path, **{FILE: SIGNATURES.replace(old, new)})
    found = [str(one).replace(f"{tmp_path}/", "") for one in validate(pack)]

    assert [f"{FILE}{fault}"] == found


def claimed(pack: Pack, name: str, failure: Failure) -> list[str]:
    """What the proof says about the failure of first.gone of the mistake *name*."""
    from tests.recorded import OPENING, judged

    phase = pack.curriculum.phases[0]
    mistake = next(one for one in specimens(pack, phase) if one.name == name)
    report = Report.fold(phase, (*OPENING, judged("first.gone", "failed", failure=failure)), selected=("first.gone",))
    trial = Trial(label=f"mistake {name}", seed=1, specimen=mistake)
    return [
        str(one).replace(f"{pack.root}/", "") for one in _signature_strayed(Plan(pack=pack, phase=phase), trial, report)
    ]


def gone(status: int) -> Failure:
    return Failure(
        message=f"Your server answered {status}.",
        expected="status 404",
        actual=f"status {status}",
        assertion="status",
        exchanges=(Exchange(method="GET", url="http://127.0.0.1:1/gone", status=status),),
    )


def test_the_proof_holds_signatures_against_mistakes(tmp_path: Path) -> None:
    """A mistake must fail with the signature that it proves; no other may, for its learner would be told a wrong cause."""
    pack = provable(tmp_path, **{FILE: SIGNATURES})

    assert [] == claimed(pack, "gone-is-410", gone(410))
    assert [] == claimed(pack, "here-is-500", gone(500))
    assert [
        f"{FILE}:7:17: mistake gone-is-410 does not fail with the signature wrong-status. first.gone is failed: "
        "Your server answered 500. expected status 404, got status 500"
    ] == claimed(pack, "gone-is-410", gone(500))
    assert [
        f"{FILE}:2:9: mistake here-is-500 fails with the signature wrong-status, which it does not prove. first.gone "
        "is failed: Your server answered 410. expected status 404, got status 410. If that is its cause too, add it to "
        "proved_by; if not, say in `when` what tells them apart."
    ] == claimed(pack, "here-is-500", gone(410))


@pytest.mark.slow
def test_a_whole_proof_tries_the_signatures(tmp_path: Path) -> None:
    """The claim is one of the proof's own, tried on every mistake."""
    from tests.test_proof import proof

    found = proof(provable(tmp_path, **{FILE: SIGNATURES.replace("[410]", "[418]")}))
    claim = next(each for each in found.claims if "signature" in each.title)

    assert 2 == claim.tried
    assert not found.holds
    assert [f"{FILE}:7:17"] == [line.split(": ")[0] for line in told(found, tmp_path)]


# --- of phase 1 ------------------------------------------------------------------------------------------------------


def phase_1() -> Phase:
    return bundled_pack()[1]


COMMONEST = (
    "created-with-200",
    "framework-error-body",
    "uncaught-unique-violation",
    "lookup-not-checked",
    "owner-not-compared",
    "forbidden-as-401",
    "hash-in-the-answer",
    "time-without-zone",
    "statement-for-each-entry",
    "patch-writes-defaults",
)


def test_the_ten_commonest_mistakes_have_a_signature() -> None:
    """They are among those of the curriculum."""
    assert set(COMMONEST) <= {each.id for each in phase_1().signatures}


@pytest.mark.slow
@pytest.mark.usefixtures("postgres")
@pytest.mark.parametrize("id", COMMONEST)
def test_the_mistake_that_proves_a_signature_fails_like_it(id: str, tmp_path: Path) -> None:
    """Really examined: the best signature of the failure is this one. The proof tries all of them, on all mistakes."""
    pack, phase = bundled_pack()
    wanted = next(each for each in phase.signatures if each.id == id)
    mistake = next(one for one in specimens(pack, phase) if one.name == wanted.proved_by[0])
    assert mistake.kind is Kind.MISTAKE
    mistake.materialise(tmp_path / "project")
    requirement = next(
        each for each in phase.requirements if each in mistake.fails and each in (wanted.requirements or mistake.fails)
    )

    report, _ = report_on(tmp_path / "project", requirement)

    [verdict] = report.verdicts
    assert verdict.outcome is Outcome.FAILED
    assert verdict.failure
    assert wanted == best(phase, requirement, verdict.failure), verdict.failure.message
