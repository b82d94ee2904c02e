"""The gauge and the bars show an interval and a claim, never better than they are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from decom_nb.gauge import bar, gauge, interval, key


def svg(markup: str) -> ET.Element:
    found = re.search(r"<svg.*</svg>", markup, re.DOTALL)
    assert found is not None
    return ET.fromstring(found.group())


def kinds(markup: str) -> list[str]:
    return [element.get("class", "").rpartition("-")[2] for element in svg(markup)]


def test_the_gauge_says_what_it_shows() -> None:
    drawn = gauge(41.9, 73.2, 62.7, "Functional <but> fragile", bounds=[0, 41, 61, 81])
    assert svg(drawn).get("aria-label") == "Score 41–73 of 100, claimed 62: Functional <but> fragile"
    assert svg(drawn).get("role") == "img"
    assert kinds(drawn) == ["track", "proven", "open", "tick", "tick", "tick", "claimed", "number", "of"]
    assert "<but>" not in drawn


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 100), (100, 100), (60, 61)])
def test_the_gauge_draws_every_score(low: float, high: float) -> None:
    assert ("proven" in kinds(gauge(low, high, None, ""))) == (low > 0)
    assert ("open" in kinds(gauge(low, high, None, ""))) == (high > low)


def test_display_is_floored_and_never_crosses_a_band() -> None:
    assert interval(60.999, 80.999) == "60–80"
    assert interval(61 - 1e-12, 61) == "61"


def test_a_bar_is_a_share_of_its_maximum() -> None:
    drawn = svg(bar(5, 10, 15, maximum=20, label="Testing"))
    assert drawn.get("aria-label") == "Testing: 5–10 of 20, claimed 15"
    _, proven, opened, claimed = drawn
    assert proven.get("width") == "25%"
    assert (opened.get("x1"), opened.get("x2")) == ("25%", "50%")
    assert claimed.get("x") == "75%"


def test_a_bar_of_nothing_does_not_divide_by_it() -> None:
    assert svg(bar(0, 0, maximum=0)).get("aria-label") == "0 of 0"


def test_the_key_leaves_out_what_is_not_there() -> None:
    assert "claimed" in key()
    assert "claimed" not in key(claimed=False)
