"""Dark and light: what tones look like, and the same colours for Textual's own widgets."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.theme import Theme as RichTheme
from textual.theme import Theme

from roadmap_cli.views.ink import Look
from roadmap_cli.views.page import Tone


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours by what they are for; every one of a text is readable on all three grounds."""

    name: str
    dark: bool
    ground: str
    raised: str
    cursor: str
    line: str
    text: str
    muted: str
    good: str
    bad: str
    warn: str
    accent: str
    code: str

    @property
    def styles(self) -> dict[Tone, str]:
        """The tones of pages as rich writes styles."""
        return {
            "text": "",
            "strong": "bold",
            "title": "bold",
            "good": self.good,
            "bad": f"bold {self.bad}",
            "warn": self.warn,
            "muted": self.muted,
            "accent": self.accent,
        }

    @property
    def look(self) -> Look:
        """How pages are inked."""
        return Look(self.styles, self.code, self.code)

    @property
    def theme(self) -> Theme:
        """The same for Textual."""
        return Theme(
            name=self.name,
            dark=self.dark,
            primary=self.accent,
            secondary=self.accent,
            accent=self.accent,
            success=self.good,
            warning=self.warn,
            error=self.bad,
            foreground=self.text,
            background=self.ground,
            surface=self.ground,
            panel=self.raised,
            text_alpha=1.0,
            variables={
                "cursor": self.cursor,
                "line": self.line,
                "muted": self.muted,
                "raised": self.raised,
                "footer-background": self.raised,
                "footer-key-foreground": self.accent,
                "footer-description-foreground": self.text,
                "block-cursor-background": self.cursor,
                "block-cursor-foreground": self.text,
                "block-cursor-text-style": "bold",
                "block-cursor-blurred-background": self.raised,
                "block-cursor-blurred-foreground": self.text,
                "block-cursor-blurred-text-style": "none",
                "block-hover-background": self.raised,
                "scrollbar": self.line,
                "scrollbar-hover": self.muted,
                "scrollbar-active": self.accent,
                "scrollbar-background": self.ground,
                "scrollbar-background-hover": self.ground,
                "scrollbar-background-active": self.ground,
                "scrollbar-corner-color": self.ground,
                "border": self.line,
                "border-blurred": self.line,
            },
        )

    def console(self, width: int) -> Console:
        """A console that only computes: Markdown in our colours, no markup, nothing guessed."""
        return Console(
            width=width,
            color_system="truecolor",
            force_terminal=True,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            theme=RichTheme(self._markdown()),
        )

    def _markdown(self) -> dict[str, str]:
        plain = ("paragraph", "text", "item", "table.content", "em", "emph", "strong", "block_quote", "list", "s")
        weights = {"em": "italic", "emph": "italic", "strong": "bold"}
        return {
            **{f"markdown.{name}": weights.get(name, "none") for name in plain},
            **{f"markdown.h{level}": "bold" for level in range(1, 8)},
            "markdown.code": self.accent,
            "markdown.code_block": self.text,
            "markdown.item.bullet": self.accent,
            "markdown.item.number": self.accent,
            "markdown.hr": self.line,
            "markdown.link": self.accent,
            "markdown.link_url": self.accent,
            "markdown.table.border": self.line,
            "markdown.table.header": "bold",
        }


DARK = Palette(
    name="roadmap-dark",
    dark=True,
    ground="#0d1117",
    raised="#171e27",
    cursor="#1d3450",
    line="#3a4452",
    text="#e6edf3",
    muted="#98a2ae",
    good="#4ac26b",
    bad="#ff7b72",
    warn="#dfa32f",
    accent="#6cb6ff",
    code="github-dark",
)
LIGHT = Palette(
    name="roadmap-light",
    dark=False,
    ground="#ffffff",
    raised="#f0f3f6",
    cursor="#d9ecff",
    line="#c2cad3",
    text="#1f2328",
    muted="#57606a",
    good="#116329",
    bad="#b3121f",
    warn="#7a4b00",
    accent="#0a53b0",
    code="xcode",
)
BY_NAME = {palette.name: palette for palette in (DARK, LIGHT)}
