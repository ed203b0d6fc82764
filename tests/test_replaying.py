"""Stories sent again: what is kept, which blanks they have, and that the same bytes go out, by ourselves and as commands."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadmap_cli.checking import stories
from roadmap_cli.checking.api import Kept
from roadmap_cli.events import Exchange, Judged, Sent, Story, decode, encode
from roadmap_cli.evidence import Evidence, after, read, to_json
from roadmap_cli.replaying import Step, blanks, filled, plan, replay, restarted, together, verbatim
from roadmap_cli.verdicts import Report
from roadmap_cli.views import commands
from tests.recorded import OPENING, PHASE, judged
from tests.recorder import Answered, Seen, recording

TOKEN = "eyJhbGciOiJIUzI1NiJ9.old-token"
AS_JSON = ("Content-Type", "application/json")


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def sent(
    method: str,
    target: str,
    *,
    body: Any = ...,
    raw: bytes | None = None,
    headers: Sequence[tuple[str, str]] = (),
    token: str = "",
    status: int = 200,
    answer: Any = ...,
    answer_headers: Sequence[tuple[str, str]] = (),
    **more: Any,
) -> Sent:
    """An exchange as the examination kept it."""
    given = [("Authorization", f"Bearer {token}")] if token else []
    given += [AS_JSON] if body is not ... else []
    content = raw if body is ... else json.dumps(body, ensure_ascii=False).encode()
    return Sent(
        method=method,
        target=target,
        headers=(*given, *headers),
        body=None if content is None else b64(content),
        status=status,
        answer_headers=tuple(answer_headers),
        answer="" if answer is ... else b64(json.dumps(answer).encode()),
        **more,
    )


LOGIN = sent(
    "POST",
    "/auth/login",
    body={"email": "old@example.com", "password": "Old-password-1"},
    answer={"access_token": TOKEN, "token_type": "bearer"},
    world="librarian",
)
MADE = sent(
    "POST",
    "/books",
    body={"title": "Übung", "copies_total": 17},
    token=TOKEN,
    status=201,
    answer={"id": 17, "title": "Übung", "copies_total": 17},
    answer_headers=[("Location", "/books/17"), ("ETag", '"old-tag"')],
)
LENT = sent(
    "POST", "/loans", body={"book_id": 17}, token=TOKEN, status=201, answer={"id": 3, "book_id": 17, "user": {"id": 5}}
)
FAILED = sent(
    "PATCH",
    "/books/17?user_id=5",
    body={"book_ids": [17, 18], "loan_id": 3, "copies_total": 17},
    token=TOKEN,
    headers=[("If-None-Match", '"old-tag"')],
    status=500,
    answer={"id": 17},
)
STORY = Story(sent=(LOGIN, MADE, LENT, FAILED))


def another_run(seen: Seen) -> Answered:
    """A server that gives other tokens, ids and tags than that of the examination did."""
    match seen.method, seen.target:
        case "POST", "/auth/login":
            return Answered(200, {"access_token": "new-token-of-this-server", "token_type": "bearer"})
        case "POST", "/books":
            return Answered(201, {"id": 41, "title": "Übung"}, {"Location": "/books/41", "ETag": '"new-tag"'})
        case "POST", "/loans":
            return Answered(201, {"id": 42, "book_id": 41, "user": {"id": 43}})
        case _:
            return Answered(200, {"id": 41})


# --- what is planned -------------------------------------------------------------------------------------------------


def test_what_an_answer_gave_becomes_a_blank_and_nothing_else_does() -> None:
    """Tokens, ETags, and ids where a path or a field says whose they are; an equal number elsewhere is left alone."""
    steps = plan(STORY)

    assert [[], ["ACCESS_TOKEN"], ["BOOK_ID", "ACCESS_TOKEN"], ["BOOK_ID", "USER_ID", "ACCESS_TOKEN", "ETAG", "BOOK_ID", "LOAN_ID"]] == [
        [blank.name for blank in sorted(blanks(step), key=lambda each: 0)] if number != 2 else sorted({b.name for b in blanks(step)}, key=["BOOK_ID", "ACCESS_TOKEN"].index)
        for number, step in enumerate(steps)
    ]  # fmt: skip


def test_a_story_with_its_blanks_as_they_were_is_the_story() -> None:
    """Every byte is kept, whatever is blank."""
    again = tuple(filled(step, lambda blank: blank.old) for step in plan(STORY))

    assert STORY.sent == again


@given(st.binary(max_size=200), st.sampled_from(["POST", "PATCH", "GET"]))
def test_any_body_survives_the_plan(body: bytes, method: str) -> None:
    """Bytes that are no text, no JSON, or nothing at all."""
    story = Story(sent=(MADE, sent(method, "/books/17", raw=body, headers=[AS_JSON])))

    assert body == base64.b64decode(filled(plan(story)[1], lambda blank: blank.old).body or "")


def test_two_things_of_one_kind_have_two_names() -> None:
    """TOKEN and TOKEN_2: a librarian and a member."""
    other = sent("POST", "/auth/login", answer={"access_token": "another-token-0123456789"})
    asked = sent("GET", "/users/me", token="another-token-0123456789")
    names = [blank.name for step in plan(Story(sent=(LOGIN, other, MADE, asked))) for blank in blanks(step)]

    assert ["ACCESS_TOKEN", "ACCESS_TOKEN_2"] == names


def test_a_name_that_is_no_name_never_gets_into_a_command() -> None:
    """Fields of an answer become parts of a command; one that a shell would read as more does not."""
    hostile = "a'; touch owned; '"
    story = Story(sent=(sent("GET", "/me", answer={hostile: TOKEN}), sent("GET", "/books", token=TOKEN)))

    assert [] == [blank for step in plan(story) for blank in blanks(step)]
    assert "touch owned" not in commands.curl(plan(story), "http://127.0.0.1:1")


def test_accounts_of_the_examination_become_those_of_the_server() -> None:
    """`roadmap serve` has a librarian of its own."""
    step = plan(STORY, {"old@example.com": "librarian@example.com"})[0]

    assert ('{"email": "librarian@example.com", "password": "Old-password-1"}',) == step.body


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_the_blanks_are_filled_with_what_the_new_answers_give() -> None:
    """The same requests, with the tokens, ids and tags of the server that runs now."""
    with recording(another_run) as server:
        done = replay(plan(STORY), server.url)
    last = server.seen[-1]

    assert ["/auth/login", "/books", "/loans", "/books/41?user_id=43"] == [seen.target for seen in server.seen]
    assert b'{"book_ids": [41, 18], "loan_id": 42, "copies_total": 17}' == last.body
    assert ("Bearer new-token-of-this-server", '"new-tag"') == (
        last.header("authorization"),
        last.header("if-none-match"),
    )
    assert [True, True, True, False] == [each.as_before for each in done]


def test_what_an_answer_does_not_give_stays_as_it_was() -> None:
    """A server that refuses the first request still gets the last one."""
    with recording(lambda seen: Answered(401, {"error": {}})) as server:
        replay(plan(STORY), server.url)

    assert ("PATCH", "/books/17?user_id=5", f"Bearer {TOKEN}") == (
        server.seen[-1].method,
        server.seen[-1].target,
        server.seen[-1].header("authorization"),
    )


def test_no_answer_is_told_and_ends_nothing() -> None:
    """The server is gone: each exchange says so."""
    with recording() as server:
        url = server.url
    done = replay(plan(STORY), url)

    assert ["Your server does not accept connections any more."] * 4 == [each.problem for each in done]


def test_verbatim_is_every_byte_as_it_was() -> None:
    """With the token and the ids of the examination."""
    with recording() as server:
        replay((verbatim(FAILED),), server.url)
    [seen] = server.seen

    assert (FAILED.target, base64.b64decode(FAILED.body or "")) == (seen.target, seen.body)
    assert f"Bearer {TOKEN}" == seen.header("authorization")


def test_races_and_restarts_are_known() -> None:
    """What no replay can bring back is found in the story."""
    one = sent("POST", "/loans", at=5.0, milliseconds=10.0, server="http://127.0.0.1:1")
    other = sent("POST", "/loans", at=7.0, milliseconds=3.0, server="http://127.0.0.1:1")
    later = sent("GET", "/loans", at=20.0, milliseconds=3.0, server="http://127.0.0.1:2")

    assert together(Story(sent=(one, other)))
    assert not together(Story(sent=(one, later)))
    assert restarted(Story(sent=(one, later)))
    assert not restarted(Story(sent=(one, other)))


# --- as commands -----------------------------------------------------------------------------------------------------

Write = Callable[[Sequence[Step], str], str]
SHELL = ["sh"]
HTTPIE = importlib.util.find_spec("httpie")
WAYS = [
    pytest.param(commands.curl, SHELL, id="curl", marks=pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")),
    pytest.param(commands.httpie, SHELL, id="httpie", marks=pytest.mark.skipif(not HTTPIE, reason="no HTTPie here")),
    pytest.param(commands.python, [sys.executable, "-I", "-"], id="python"),
]  # fmt: skip


def run(text: str, program: Sequence[str], tmp_path: Path) -> str:
    """What a program says to *text* on its standard input, with this Python's HTTPie and python3 on the path."""
    for name, words in (("http", "-m httpie"), ("python3", "")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        program,
        input=text.encode(),
        capture_output=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "HTTPIE_CONFIG_DIR": str(tmp_path),
            "LC_ALL": "C.UTF-8",
        },
    )
    assert (0, "") == (
        done.returncode,
        "\n".join(line for line in done.stderr.decode().splitlines() if "Error" in line),
    )
    return done.stdout.decode(errors="replace")


def what_matters(seen: Seen, asked: Sent) -> tuple[object, ...]:
    """Method, target, the headers that were given, those that could change an answer, the body."""
    names = [name for name, _ in asked.headers]
    telling = {"accept", "content-type", "authorization", "if-none-match"} - {n.lower() for n in names}
    return (
        seen.method,
        unquote(seen.target),  # HTTPie escapes what need not be escaped
        [(name, seen.header(name)) for name in names],
        {name: seen.header(name) for name in sorted(telling)},
        seen.header("content-length") or "0",
        seen.body,
    )


UNUSUAL = (
    sent("GET", "/books?q=a%20b&x=%27%22$HOME`id`"),
    sent("GET", "/books/../health"),
    sent("GET", "/books?ids=[1-3]&{a,b}"),
    sent("HEAD", "/books/7"),
    sent("OPTIONS", "/books"),
    sent("DELETE", "/books/7", token=TOKEN),
    sent("POST", "/books"),
    sent("POST", "/books", raw=b""),
    sent("POST", "/books", raw=b"", headers=[AS_JSON]),
    sent("POST", "/books", raw=b"@/etc/passwd"),
    sent("PUT", "/books/7", raw=b"\x00\xff\xfe 'quoted' %d \\n\n", headers=[AS_JSON]),
    sent("PATCH", "/books/7", body={"title": 'It\'s "Übung" 李 🦊 $HOME `id` \\ %s !'}),
    sent("POST", "/books", raw='{"a":\n\t"b\u2028"}'.encode(), headers=[AS_JSON]),
    sent("POST", "/books", raw=b"x" * 150_000, headers=[AS_JSON]),
    sent("GET", "/books", headers=[("Accept", ""), ("X-Odd", "@file; a='b'")]),
    sent("GET", "/books", headers=[("Accept", "text/html, */*;q=0.1"), ("If-None-Match", '"a", W/"b"')]),
    sent("GET", "/books", raw=b'{"a": 1}', headers=[AS_JSON]),
)


@pytest.mark.parametrize(("write", "program"), WAYS)
def test_a_command_sends_the_same_bytes(write: Write, program: Sequence[str], tmp_path: Path) -> None:
    """What arrives by the command is what arrives when we send it ourselves, quoting or not."""
    with recording() as ours:
        replay([verbatim(each) for each in UNUSUAL], ours.url)
    with recording() as theirs:
        run(write([verbatim(each) for each in UNUSUAL], theirs.url), program, tmp_path)

    assert len(UNUSUAL) == len(ours.seen) == len(theirs.seen)
    for asked, one, other in zip(UNUSUAL, ours.seen, theirs.seen, strict=True):
        assert what_matters(one, asked) == what_matters(other, asked)
        assert write is commands.httpie or one.target == other.target


@pytest.mark.parametrize(("write", "program"), WAYS)
def test_a_script_fills_the_blanks_itself(write: Write, program: Sequence[str], tmp_path: Path) -> None:
    """Tokens, ids and tags of the new answers become variables of the shell, or of Python."""
    with recording(another_run) as ours:
        replay(plan(STORY), ours.url)
    with recording(another_run) as theirs:
        said = run(write(plan(STORY), theirs.url), program, tmp_path)

    assert [what_matters(seen, asked) for seen, asked in zip(ours.seen, STORY.sent, strict=True)] == [
        what_matters(seen, asked) for seen, asked in zip(theirs.seen, STORY.sent, strict=True)
    ]
    assert '"id": 41' in said


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.binary(max_size=60) | st.text(max_size=30).map(str.encode), min_size=6, max_size=6))
def test_any_body_is_quoted_right(bodies: list[bytes], tmp_path: Path) -> None:
    """For sh and for Python, whatever the bytes: six in one script, a hundred and fifty in all."""
    asked = [sent("POST", "/books", raw=body, headers=[AS_JSON]) for body in bodies]
    for write, program in ((commands.curl, SHELL), (commands.python, [sys.executable, "-I", "-"])):
        if write is commands.curl and not shutil.which("curl"):
            continue
        with recording() as server:
            run(write([verbatim(each) for each in asked], server.url), program, tmp_path)
        assert bodies == [seen.body for seen in server.seen]


@pytest.mark.parametrize(("write", "program"), WAYS)
def test_a_script_goes_on_with_what_there_was(write: Write, program: Sequence[str], tmp_path: Path) -> None:
    """A server that refuses everything gives nothing to go on with; the last request goes out all the same."""
    with recording(lambda seen: Answered(401, {"error": {}})) as server:
        run(write(plan(STORY), server.url), program, tmp_path)

    assert ("/books/17?user_id=5", f"Bearer {TOKEN}") == (
        server.seen[-1].target,
        server.seen[-1].header("authorization"),
    )


def test_a_script_says_what_each_request_was() -> None:
    """A remark before each: its number, what it was for, what came back in the check."""
    lines = commands.curl(plan(STORY), "http://127.0.0.1:8000").splitlines()

    assert [
        "# 1 of 4, what several checks share: in the check 200 came back",
        "# 2 of 4, before it: in the check 201 came back",
        "# 3 of 4, before it: in the check 201 came back",
        "# 4 of 4, the one that failed: in the check 500 came back",
    ] == [line for line in lines if line.startswith("#")]
    assert 'PATCH "http://127.0.0.1:8000/books/${BOOK_ID}?user_id=${USER_ID}"' in lines[-1]


# --- what is kept ----------------------------------------------------------------------------------------------------


def kept(one: Sent) -> Kept:
    return Kept(exchange=Exchange(method=one.method, url=one.target), sent=one, mark=0)


def test_a_story_begins_with_the_worlds_that_its_tokens_come_from() -> None:
    """A login that several checks share belongs to each of their stories; another world does not."""
    elsewhere = sent("POST", "/auth/login", answer={"access_token": "of-somebody-else"}, world="somebody else")
    story = stories.story([kept(MADE), kept(FAILED)], [kept(elsewhere), kept(LOGIN)])

    assert story
    assert [LOGIN, MADE, FAILED] == list(story.sent)


def test_a_world_that_needs_another_world_brings_it_along() -> None:
    """A librarian made the members' books: the librarian's login comes first."""
    made = sent("POST", "/auth/register", token=TOKEN, answer={"access_token": "of-a-member"}, world="members")
    asked = sent("GET", "/users/me", token="of-a-member")
    story = stories.story([kept(asked)], [kept(LOGIN), kept(made)])

    assert story
    assert [LOGIN, made, asked] == list(story.sent)


def test_a_world_that_was_built_in_this_check_is_told_once() -> None:
    """The first check that needs it builds it."""
    login = kept(LOGIN)
    story = stories.story([login, kept(MADE)], [login])

    assert story
    assert [LOGIN, MADE] == list(story.sent)


def test_a_check_that_sent_nothing_has_no_story() -> None:
    """Checks of Git and of the tables."""
    assert None is stories.story([], [kept(LOGIN)])


def test_a_story_is_bounded_and_says_what_is_left_out() -> None:
    """The end is what counts."""
    many = [kept(sent("GET", f"/books/{n}")) for n in range(stories.MOST_SENT + 5)]
    large = [kept(sent("POST", "/books", raw=b"x" * 400_000)) for _ in range(3)]
    first, second = stories.story(many, []), stories.story(large, [])

    assert first
    assert (stories.MOST_SENT, 5, f"/books/{stories.MOST_SENT + 4}") == (
        len(first.sent),
        first.left_out,
        first.sent[-1].target,
    )
    assert second
    assert (1, 2) == (len(second.sent), second.left_out)


def test_a_story_travels_on_the_wire_and_stays_out_of_the_report() -> None:
    """Tokens and passwords never stand in a document that is handed on."""
    from roadmap_cli.reports import to_json as report_json
    from tests.recorded import ISBN_TAKEN

    event = judged("http.created", "failed", failure=ISBN_TAKEN, story=STORY)
    report = Report.fold(PHASE, (*OPENING, event), selected=("http.created",))

    assert event == decode(encode(event))
    assert STORY == report.verdicts[0].story
    assert TOKEN not in report_json(report, at="2026-03-01T09:30:00+00:00")
    assert b64(TOKEN.encode())[:12] not in report_json(report, at="2026-03-01T09:30:00+00:00")


def test_evidence_is_kept_until_the_requirement_is_judged_again() -> None:
    """A partial check does not forget the stories of the others; what passed has none."""
    older = to_json(
        {"http.created": Evidence(at="then", seed=1, story=STORY), "books.isbn": Evidence(at="then", seed=1)}
    )
    events: tuple[Judged, ...] = (judged("http.created"),)
    report = Report.fold(PHASE, (*OPENING, *events), selected=("http.created",))

    assert {"books.isbn": Evidence(at="then", seed=1)} == after(report, older, at="now")


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "requirements": {"a": 3}}']
)
def test_evidence_that_cannot_be_read_is_none(text: str | None) -> None:
    """It is damaged, or another version wrote it; the report tells the failure all the same."""
    assert {} == read(text)
