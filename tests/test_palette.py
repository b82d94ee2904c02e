"""The colours hold: contrast enough for text on light and dark, states apart for colour-blind readers and in grey."""

from __future__ import annotations

import itertools
import math

import pytest

from decom_nb import palette, shipped

# Machado, Oliveira and Fernandes 2009, full strength, on linear light.
DEFICIENCIES = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
EYES = ("full", *DEFICIENCIES)

Light = tuple[float, ...]


def linear(colour: str) -> Light:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (red, green, blue)
    )


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, eye: str) -> Light:
    light = linear(colour)
    if eye in DEFICIENCIES:
        light = tuple(
            min(1.0, max(0.0, sum(w * c for w, c in zip(row, light, strict=True)))) for row in DEFICIENCIES[eye]
        )
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (
        sum(w * c for w, c in zip(row, light, strict=True)) / white
        for row, white in zip(to_xyz, (0.95047, 1, 1.08883), strict=True)
    )
    fx, fy, fz = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: str, other: str, eye: str) -> float:
    return math.dist(lab(one, eye), lab(other, eye))


@pytest.mark.parametrize("paper", ["light", "dark"])
@pytest.mark.parametrize(
    ("words", "below"),
    [
        (palette.INK, palette.PAPER),
        (palette.INK, palette.PANEL),
        (palette.INK, palette.ACCENT_SOFT),
        (palette.INK, palette.WARN_SOFT),
        (palette.INK, palette.BAD_SOFT),
        (palette.INK, palette.GOOD_SOFT),
        (palette.MUTED, palette.PAPER),
        (palette.MUTED, palette.PANEL),
        (palette.ACCENT, palette.PAPER),
        (palette.ACCENT, palette.PANEL),
        (palette.ACCENT, palette.ACCENT_SOFT),
        (palette.GOOD_TEXT, palette.PAPER),
        (palette.GOOD_TEXT, palette.PANEL),
        (palette.GOOD_TEXT, palette.GOOD_SOFT),
        (palette.WARN_TEXT, palette.WARN_SOFT),
        (palette.BAD_TEXT, palette.BAD_SOFT),
        (palette.PAPER, palette.BAD),
    ],
)
def test_words_can_be_read(paper: str, words: palette.Colour, below: palette.Colour) -> None:
    assert contrast(getattr(words, paper), getattr(below, paper)) >= 4.5


@pytest.mark.parametrize("paper", ["light", "dark"])
@pytest.mark.parametrize("colour", [*palette.SERIES, palette.GOOD, palette.BAD, palette.ACCENT])
def test_marks_stand_out_from_the_paper(paper: str, colour: palette.Colour) -> None:
    assert contrast(getattr(colour, paper), getattr(palette.PAPER, paper)) >= 2.2


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("paper", ["light", "dark"])
@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(palette.STATES, 2)))
def test_states_stay_apart(paper: str, eye: str, one: palette.State, other: palette.State) -> None:
    assert distance(getattr(palette.STATES[one], paper), getattr(palette.STATES[other], paper), eye) > 15


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("paper", ["light", "dark"])
@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(palette.SERIES[:5], 2)))
def test_the_first_five_kinds_stay_apart(paper: str, eye: str, one: palette.Colour, other: palette.Colour) -> None:
    assert distance(getattr(one, paper), getattr(other, paper), eye) > 10


def test_every_light_colour_has_one_dark_twin() -> None:
    twins = palette.twins()
    assert twins[palette.ACCENT.light] == palette.ACCENT.dark
    assert all(value.startswith("#") for value in twins.values())


def test_the_style_sheet_is_in_step() -> None:
    assert palette.css_variables() in shipped.theme("decom.css").read_text(encoding="utf-8"), (
        "run decom_nb/theme/build.py"
    )
