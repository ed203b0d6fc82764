"""`roadmap explain` and `roadmap replay`, from the arguments to the exit code; examinations are recorded events."""

from __future__ import annotations

import base64
import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from roadmap_cli.cli.replay import accounts_of
from roadmap_cli.events import Event, Failure, ServerFailed, Story
from roadmap_cli.examiner import drawn_environment
from roadmap_cli.replaying import plan, replay
from roadmap_cli.verdicts import Report
from roadmap_cli.workspace import Workspace
from tests.one_server import write_pack, write_project
from tests.recorded import (
    ALL_PASSED,
    BLOCKED_BY_ANOTHER,
    BROKEN,
    ISBN_STORY,
    ISBN_TAKEN,
    NO_SERVER,
    OPENING,
    PHASE,
    SHOP,
    SOME_FAILED,
    every,
    judged,
)
from tests.recorder import Answered, Seen, recording
from tests.test_cli import Examiner, Roadmap, examiner, nowhere, pack, roadmap, surroundings, workspace

__all__ = ["examiner", "nowhere", "pack", "roadmap", "surroundings", "workspace"]  # fixtures


def checked(roadmap: Roadmap, examiner: Examiner, events: tuple[Event, ...], *names: str) -> None:
    """A check has taken place that found *events*."""
    examiner.events = events
    roadmap("check", *names)


# --- explain ---------------------------------------------------------------------------------------------------------


def test_the_first_failure_of_the_last_check_is_explained(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """No name is needed: it is the first in the order of the curriculum."""
    checked(roadmap, examiner, SOME_FAILED)
    said = roadmap("explain")

    assert said.status == 0
    assert said.out.startswith("FAIL http.not-found  2 points")
    assert "(just now), seed 48151." in said.words
    assert "Look at app/routes/books.py:41" in said.words
    assert "HTTP status codes" in said.words


def test_a_failure_is_explained_by_its_name(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """With the contract of the project and the hints that were seen, and the next one named."""
    (workspace.root / "library-api" / "CONTRACT.md").write_text("## 4. Books\n\nCodes tell conflicts apart.\n")
    checked(roadmap, examiner, SOME_FAILED)
    roadmap("hint", "books.isbn-unique")
    said = roadmap("explain", "books.isbn-unique")

    assert "2. POST /books FAILED HERE" in said.words
    assert 'At $.error.code Expected "isbn_taken" Found "conflict"' in said.words
    assert "Codes tell conflicts apart." in said.out
    assert "Hint 1 of 3 Look at where books.isbn-unique begins." in said.words
    assert "roadmap hint books.isbn-unique 1 of 3 seen" in said.words
    assert "roadmap replay books.isbn-unique" in said.words


def test_what_is_blocked_is_explained_by_its_cause(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """The root is what there is to mend."""
    checked(roadmap, examiner, SOME_FAILED)
    said = roadmap("explain", "http.method-not-allowed")

    assert said.words.startswith(
        "BLOCKED http.method-not-allowed could not be judged, because http.not-found is not kept. This is what "
        "happened there: FAIL http.not-found"
    )


def test_what_another_check_met_is_explained_where_its_cause_was_not_examined(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """The check that could not begin says what it saw."""
    failure = Failure(message="A book could not be added for this check.")
    blocked = judged("books.search", "blocked", blocked_by="http.created", failure=failure)
    checked(roadmap, examiner, (*OPENING, judged("http.created"), blocked))
    kept = json.loads((workspace.folder / "reports" / "library-api.json").read_text())
    told = {each["id"]: each for milestone in kept["milestones"] for each in milestone["requirements"]}

    assert told["books.search"]["outcome"] == "failed"  # the cause is kept, so the obstacle is its own
    assert "A book could not be added for this check." in roadmap("explain", "books.search").out
    checked(roadmap, examiner, BLOCKED_BY_ANOTHER)
    assert "The librarian could not log in." in roadmap("explain", "http.created").words


def test_what_passed_needs_no_explanation(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """It says when."""
    checked(roadmap, examiner, ALL_PASSED)

    said = roadmap("explain", "http.created")
    assert "PASS http.created in your check of 20" in said.out
    assert "There is no failure to explain." in said.out
    assert "PASS Nothing failed in your last check, of 20" in roadmap("explain").out


def test_what_failed_before_and_was_not_looked_at_since_is_named(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """A check of one requirement does not make the others pass."""
    checked(roadmap, examiner, SOME_FAILED)
    checked(roadmap, examiner, (*OPENING, *every("passed", "http.health")), "http.health")

    said = roadmap("explain")
    assert "Nothing failed in your last check" in said.out
    assert "Failed before, and not looked at since: http.not-found, books.isbn-unique, books.search" in said.words


def test_before_the_first_check_there_is_a_next_step(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """Nothing to explain, nothing to replay."""
    for command in ("explain", "replay"):
        said = roadmap(command)
        assert said.status == 2
        assert said.trouble.endswith("REST API has not been checked yet. Check it: roadmap check")


def test_what_was_not_looked_at_is_said(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """The check was of something else."""
    checked(roadmap, examiner, (*OPENING, *every("passed", "http.health")), "http.health")

    assert "books.race has not been judged yet." in roadmap("explain", "books.race").words
    assert (
        "books.race has not been judged yet. Judge it: roadmap check books.race"
        in roadmap("replay", "books.race").trouble
    )


def test_a_server_that_did_not_start_is_explained_instead(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """With a name and without."""
    checked(roadmap, examiner, NO_SERVER)

    for words in (("explain",), ("explain", "books.isbn")):
        said = roadmap(*words)
        assert "Your server exited with status 1 before it answered." in said.out
        assert "app/main.py:7" in said.out
    assert isinstance(NO_SERVER[2], ServerFailed)


def test_skipped_and_broken_say_why(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """A check that broke is our mistake."""
    checked(roadmap, examiner, (*OPENING, judged("http.health", "skipped", reason="There is no Redis.")), "http.health")
    assert "SKIPPED http.health" in roadmap("explain").out
    assert "There is no Redis." in roadmap("explain").out
    checked(roadmap, examiner, BROKEN)
    assert "It is our mistake and says nothing about your server." in roadmap("explain", "http.created").words


def test_a_mistyped_requirement_gets_a_guess(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """As everywhere."""
    checked(roadmap, examiner, SOME_FAILED)

    for command in ("explain", "replay"):
        assert (
            "There is no requirement http.craeted. Did you mean http.created?"
            in roadmap(command, "http.craeted").trouble
        )


def test_evidence_that_is_gone_is_said(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Somebody deleted it, or another version wrote it."""
    checked(roadmap, examiner, SOME_FAILED)
    (workspace.folder / "reports" / "library-api.sent.json").write_text("{")
    said = roadmap("replay", "books.isbn-unique")
    assert "What the check of books.isbn-unique sent is not there any more. Check again: roadmap check" in said.trouble
    assert roadmap("explain", "books.isbn-unique").status == 0
    (workspace.folder / "reports" / "library-api.json").unlink()
    said = roadmap("explain")
    assert said.status == 2
    assert "What your last check found is not there any more, or another version wrote it." in said.trouble


# --- replay ----------------------------------------------------------------------------------------------------------


def library(seen: Seen) -> Answered:
    """Another run of the server, which tells conflicts apart by now."""
    match seen.target:
        case "/auth/login":
            return Answered(200, {"access_token": "token-of-this-server"})
        case "/books" if b"Quiet" in seen.body:
            return Answered(201, {"id": 9}, {"Location": "/books/9"})
        case _:
            return Answered(409, {"error": {"code": "isbn_taken", "message": "There is such a book.", "details": []}})


def test_the_story_is_sent_again_to_the_server_that_runs(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """With a token of its own; what came back is beside what came back in the check."""
    checked(roadmap, examiner, SOME_FAILED)
    with recording(library) as server:
        said = roadmap("replay", "books.isbn-unique", "--url", server.url)
    login, made, failed = (seen for seen in server.seen)

    assert said.status == 0
    assert ("/auth/login", "/books", "/books") == (login.target, made.target, failed.target)
    assert "Bearer token-of-this-server" == failed.header("authorization")
    assert ISBN_TAKEN.exchanges[-1].request_body.encode() == failed.body
    assert "1 POST /auth/login 200 then 200 now 2 POST /books 201 then 201 now" in said.words
    assert "The same status; the body differs first at $.error.code." in said.words
    assert "Judge it: roadmap check books.isbn-unique --seed 48151" in said.words


def test_the_librarian_is_that_of_the_server_that_runs(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """The examination draws an account from its seed; `roadmap serve` has one that can be remembered."""
    login, made, failed = ISBN_STORY.sent
    drawn = drawn_environment(SHOP_WITH_ACCOUNT, 48151)
    body = json.dumps({"email": drawn["EMAIL"], "password": drawn["PASSWORD"]})
    story = Story(sent=(replace(login, body=base64.b64encode(body.encode()).decode()), made, failed))
    accounts = accounts_of(SHOP_WITH_ACCOUNT, 48151, "http://127.0.0.1:8000")
    with recording() as server:
        replay(plan(story, accounts), server.url)

    assert {"email": "librarian@example.com", "password": "librarian-of-this-machine"} == json.loads(
        server.seen[0].body
    )


SHOP_WITH_ACCOUNT = replace(SHOP, environment=(("EMAIL", "{email}"), ("PASSWORD", "{password}"), ("COST", "8")))


def test_what_came_before_may_have_gone_otherwise(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """The database of a running server remembers the last replay; then an empty one is offered."""
    checked(roadmap, examiner, SOME_FAILED)
    with recording(lambda seen: Answered(409, {"error": {}})) as server:
        said = roadmap("replay", "books.isbn-unique", "--url", server.url)

    assert "2 POST /books 201 then 409 now <- differs" in said.words
    assert "What must be unique is there already, from an earlier replay most likely." in said.words
    assert "With an empty database: roadmap replay books.isbn-unique --fresh" in said.words


def test_only_the_last_request_is_sent_as_it_was(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """With the token of the examination."""
    checked(roadmap, examiner, SOME_FAILED)
    with recording(lambda seen: Answered(401, {"error": {}})) as server:
        said = roadmap("replay", "books.isbn-unique", "--last", "--url", server.url)

    assert ["Bearer token-of-the-examination"] == [seen.header("authorization") for seen in server.seen]
    assert "Another status: 409 Conflict in the check, 401 Unauthorized now." in said.words


def test_nobody_listens(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """The two ways on are named."""
    checked(roadmap, examiner, SOME_FAILED)
    with recording() as server:
        url = server.url
    said = roadmap("replay", "books.isbn-unique", "--url", url)

    assert said.status == 2
    assert (
        f"Nobody listens at {url}. Start your server in another window: roadmap serve. Or let one be started for this "
        "alone: roadmap replay books.isbn-unique --fresh"
    ) in said.trouble


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "https://example.com", "http://"])
def test_a_url_must_be_one_of_http(roadmap: Roadmap, workspace: Workspace, examiner: Examiner, url: str) -> None:
    """Learners' servers speak plain HTTP."""
    checked(roadmap, examiner, SOME_FAILED)
    said = roadmap("replay", "books.isbn-unique", "--url", url)

    assert (
        f"{url} is not the URL of a server that speaks HTTP. Give all of it: --url http://127.0.0.1:8000"
        in said.trouble
    )


def test_what_did_not_fail_is_not_sent_again(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Passed, skipped, or nothing failed at all."""
    checked(roadmap, examiner, SOME_FAILED)
    assert (
        "http.created did not fail in your last check (it is passed). Judge it again: roadmap check http.created"
        in roadmap("replay", "http.created").trouble
    )
    checked(roadmap, examiner, ALL_PASSED)
    assert "Nothing failed in your last check, so there is nothing to send again." in roadmap("replay").trouble


def test_a_check_that_sent_nothing_cannot_be_replayed(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner
) -> None:
    """Git and the tables are looked at without a request."""
    failure = Failure(message="users.email is unique.")
    checked(roadmap, examiner, (*OPENING, judged("http.health", "failed", failure=failure)), "http.health")
    said = roadmap("replay")

    assert (
        "The check of http.health sent no request that could be sent again; it looked at something else."
        in said.trouble
    )
    assert "roadmap explain http.health" in said.trouble


@pytest.mark.parametrize(
    ("form", "first"),
    [("curl", "ANSWER=$(curl -s -i -X POST"), ("httpie", "ANSWER=$(http --print=hb"), ("python", "import http.client")],
)
def test_it_is_written_instead_of_sent(
    roadmap: Roadmap, workspace: Workspace, examiner: Examiner, form: str, first: str
) -> None:
    """Nothing but the commands on standard output, and nobody has to listen."""
    checked(roadmap, examiner, SOME_FAILED)
    said = roadmap("replay", "books.isbn-unique", "--as", form)

    assert (said.status, said.err) == (0, "")
    assert first in said.out
    assert "3 of 3, the one that failed: in the check 409 came back" in said.out


def test_what_a_replay_cannot_bring_back_is_said(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Races, restarts, and a beginning that was too much to keep."""
    one, made, failed = ISBN_STORY.sent
    story = replace(
        ISBN_STORY,
        sent=(one, replace(made, at=0.0, milliseconds=9.0), replace(failed, at=1.0, server="http://127.0.0.1:2")),
        left_out=7,
    )
    event = judged("http.health", "failed", failure=ISBN_TAKEN, story=story)
    checked(roadmap, examiner, (*OPENING, event), "http.health")
    with recording(library) as server:
        said = roadmap("replay", "--url", server.url)

    assert "Note: The check began with 7 exchanges more, which were too many to keep." in said.trouble
    assert "under way at the same moment. Here they go one after the other." in said.trouble
    assert "the server was started anew, perhaps with other settings. Here it is not." in said.trouble


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no modes")
def test_what_was_sent_is_for_its_owner_alone(roadmap: Roadmap, workspace: Workspace, examiner: Examiner) -> None:
    """Tokens and passwords stand in it; the report beside it has none."""
    checked(roadmap, examiner, SOME_FAILED)
    kept = workspace.folder / "reports" / "library-api.sent.json"

    assert 0o600 == stat.S_IMODE(kept.stat().st_mode)
    assert "token-of-the-examination" in kept.read_text()
    assert "token-of-the-examination" not in (workspace.folder / "reports" / "library-api.json").read_text()


# --- with a real server ----------------------------------------------------------------------------------------------

CHECKS = '''\
from collections.abc import Callable

import pytest

from roadmap_cli.checking import API, requirement


@pytest.fixture(scope="session")
def token(make_api: Callable[[str], API]) -> str:
    """What several checks share."""
    return make_api("shared").get("/token").expect(200)["token"].text


@requirement("first.here")
def test_here(api: API, token: str) -> None:
    """It wants the token that this very process gave."""
    api.with_token(token).get("/here").expect(204)


@requirement("first.gone")
def test_gone(api: API, token: str) -> None:
    """So does this."""
    api.with_token(token).get("/gone").expect(404)
'''
SERVER = """\
import json, os, secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = secrets.token_hex(16)

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.path in ("/health", "/token") or self.headers["Authorization"] == f"Bearer {TOKEN}"
        status = 401 if not known else 404 if self.path == "/gone" else 200
        body = json.dumps({"token": TOKEN}).encode() if self.path == "/token" else b"{}"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.mark.slow
@pytest.mark.usefixtures("postgres")
def test_a_fresh_server_is_started_for_a_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From check to replay: the shared token is asked for anew, though another check of the run may have fetched it."""
    from roadmap_cli.cli import main

    write_pack(tmp_path / "pack", checks=CHECKS)
    root = tmp_path / "work"
    Workspace.create(root, pack=str(tmp_path / "pack"))
    project = write_project(root / "small", server=SERVER)
    toml = 'phase = "small"\nstack = "any"\n\n[server]\nserve = "python server.py"\nready = "/health"\n'
    (project / "roadmap.toml").write_text(toml, encoding="utf-8")
    monkeypatch.chdir(project)
    assert 1 == main(["check", "--plain"])
    capsys.readouterr()

    assert 0 == main(["replay", "--fresh", "--plain"])
    said = " ".join(capsys.readouterr().out.split())

    assert "first.here again an empty database" in said
    assert "1 GET /token 200 then 200 now" in said
    assert "The same status and the same body as in the check." in said
    assert '"GET /here HTTP/1.1" 200' in said


def test_a_report_with_a_story_folds_as_before() -> None:
    """The story rides along and decides nothing."""
    report = Report.fold(PHASE, SOME_FAILED)

    assert {"books.isbn-unique"} == {verdict.requirement for verdict in report.verdicts if verdict.story}
