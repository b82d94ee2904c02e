"""The colours, each with its twin for the dark: pages, gauges and charts read them here and nowhere else.

Every pair keeps a contrast of 4.5 against its own paper where it carries text. The four states differ in lightness as
well as in hue, so that they stay apart for colour-blind readers and in grey print; whatever uses them says the state
in words or by a sign too (`SIGNS`).
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

State = Literal["good", "warn", "bad", "unknown"]


class Colour(NamedTuple):
    """One colour on light paper and its twin on dark paper."""

    light: str
    dark: str


PAPER: Final = Colour("#ffffff", "#12181f")
PANEL: Final = Colour("#f5f7f9", "#1a222b")
LINE: Final = Colour("#d8dee4", "#323d48")
MUTED: Final = Colour("#56626e", "#a3b0bc")
INK: Final = Colour("#1a2530", "#e6ebf0")
ACCENT: Final = Colour("#1f5fa6", "#7db4f0")
ACCENT_SOFT: Final = Colour("#dce8f5", "#22364b")

GOOD: Final = Colour("#0a7284", "#4cc0d0")
WARN: Final = Colour("#e9a820", "#f0b73d")
BAD: Final = Colour("#a82a17", "#f07c66")
UNKNOWN: Final = Colour("#98a3ae", "#74818e")

GOOD_TEXT: Final = Colour("#0a6575", "#63cfdd")
WARN_TEXT: Final = Colour("#805300", "#f2c25c")
BAD_TEXT: Final = Colour("#a02815", "#f59683")
GOOD_SOFT: Final = Colour("#dcf1f4", "#12363c")
WARN_SOFT: Final = Colour("#fdf1d8", "#3c2f10")
BAD_SOFT: Final = Colour("#fae3df", "#43211b")

STATES: Final[dict[State, Colour]] = {"good": GOOD, "warn": WARN, "bad": BAD, "unknown": UNKNOWN}
SIGNS: Final[dict[State, str]] = {"good": "✓", "warn": "!", "bad": "✕", "unknown": "?"}

SERIES: Final = (
    Colour("#1f6fb5", "#6fb1ec"),
    Colour("#d98a00", "#f0b04a"),
    Colour("#0b8f75", "#2fb08f"),
    Colour("#b85c96", "#e39ac6"),
    Colour("#5db3dd", "#9ad6f2"),
    Colour("#c4501b", "#f28b5f"),
    Colour("#6a559f", "#ab9ae0"),
    Colour("#6f7a85", "#aab5c0"),
)
"""Colours for kinds of things, in the order to use them; after Okabe and Ito, tuned to hold on white and on dark."""

RAMP: Final = ("#e8f0f8", "#bcd4ec", "#86b1dc", "#4f8bc6", "#2467ae", "#123d6e")
"""Light to dark for amounts; on dark paper it runs the other way round."""

DIVERGING: Final = (
    Colour("#a82a17", "#f07c66"),
    Colour("#e2a598", "#8a4a3e"),
    Colour("#f3f5f7", "#26303a"),
    Colour("#9dbfe3", "#3a5f86"),
    Colour("#1f5fa6", "#7db4f0"),
)
"""From what speaks against to what speaks for, by way of nothing."""

FONT: Final = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif'
)

_VARIABLES: Final = {
    "paper": PAPER,
    "panel": PANEL,
    "line": LINE,
    "muted": MUTED,
    "ink": INK,
    "accent": ACCENT,
    "accent-soft": ACCENT_SOFT,
    "good": GOOD,
    "warn": WARN,
    "bad": BAD,
    "unknown": UNKNOWN,
    "good-text": GOOD_TEXT,
    "warn-text": WARN_TEXT,
    "bad-text": BAD_TEXT,
    "good-soft": GOOD_SOFT,
    "warn-soft": WARN_SOFT,
    "bad-soft": BAD_SOFT,
}
# JupyterLab's and Voila's own themes win where they run, so that our output sits on their paper.
_JUPYTER: Final = {
    "paper": ("--jp-layout-color0", "--jp-layout-color0"),
    "panel": ("--jp-layout-color2", "--jp-layout-color1"),
    "line": ("--jp-border-color2", "--jp-border-color2"),
    "ink": ("--jp-content-font-color1", "--jp-content-font-color1"),
}


def twins() -> dict[str, str]:
    """Give the dark twin of every light colour, as charts swap them."""
    pairs = {colour.light: colour.dark for colour in (*_VARIABLES.values(), *SERIES, *DIVERGING)}
    return pairs | dict(zip(RAMP, reversed(RAMP), strict=True)) | {"white": PAPER.dark, "black": PAPER.light}


def css_variables() -> str:
    """Give the colours as CSS variables: light, dark where the reader prefers it, dark where JupyterLab is."""
    light = "".join(
        f"--decom-{name}:{_within_jupyter(name, colour, dark=False)};" for name, colour in _VARIABLES.items()
    )
    dark = "".join(f"--decom-{name}:{_within_jupyter(name, colour, dark=True)};" for name, colour in _VARIABLES.items())
    return (
        f".decom{{color-scheme:light;--decom-font:{FONT};{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not(:has([data-jp-theme-light])) .decom"
        f"{{color-scheme:dark;{dark}}}}}\n"
        f'@media screen{{[data-jp-theme-light="false"] .decom,[data-jp-theme-light="false"].decom'
        f"{{color-scheme:dark;{dark}}}}}\n"
    )


def _within_jupyter(name: str, colour: Colour, *, dark: bool) -> str:
    value = colour.dark if dark else colour.light
    return f"var({_JUPYTER[name][dark]},{value})" if name in _JUPYTER else value
