"""The page is one file: headings nest, the policy allows our own parts and nothing else, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from decom_nb.chart import Figure
from decom_nb.html_tree import tree
from decom_nb.page import Page, section, single, style

HOSTILE = "<script>alert(1)</script>\"'\u202e"


def rendered(*bodies: str, **settings: str) -> str:
    taken: set[str] = set()
    sections = [section(Markup(body), title=f"Part {at}", taken=taken) for at, body in enumerate(bodies)]
    return Page(settings.pop("heading", "Nordwind"), sections, **settings).rendered()  # type: ignore[arg-type] # all text


def levels(page: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h([1-6])[ >]", page)]


def figure() -> Markup:
    return Figure({"mark": "bar", "data": {"values": []}, "encoding": {}}, "Runs", "Nothing ran.").to_html()


def test_there_is_one_h1_and_no_level_is_skipped() -> None:
    page = rendered(
        "<h1>A</h1><h2>B</h2><h4>C</h4><h4>D</h4><h2>E</h2>", "<h3>F</h3><h5>G</h5><h3>H</h3>", "<p>no heading</p>"
    )
    assert levels(page) == [1, 2, 3, 4, 4, 3, 2, 3, 2, 2]


def test_anchors_are_unique_and_linked_from_the_contents() -> None:
    page = rendered("<h1>Score</h1><h2>Why</h2>", "<h1>Score</h1><h2>Why</h2>")
    anchors = re.findall(r'<h[1-6] id="([^"]+)"', page)
    assert anchors == ["score", "why", "score-2", "why-2"]
    assert all(f'href="#{anchor}"' in page for anchor in anchors)


def test_a_page_of_one_part_needs_no_contents() -> None:
    assert "<nav" not in rendered("<h1>A</h1>")


def test_landmarks_and_ways_around_are_there() -> None:
    page = rendered("<h1>A</h1>", "<h1>B</h1>")
    assert '<html lang="en">' in page
    assert 'href="#content"' in page
    assert page.count("<main") == page.count("<nav") == page.count("<footer") == 1
    assert '<nav class="decom-side" aria-label="Contents">' in page


@pytest.mark.parametrize("with_chart", [True, False])
def test_the_policy_allows_exactly_our_own_style_and_scripts(with_chart: bool) -> None:
    page = rendered("<h1>A</h1>" + (figure() if with_chart else ""))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    words = policy[1].replace("&#39;", "'")
    assert "unsafe" not in words
    assert words.startswith("default-src 'none'")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    for text in (*scripts, *styles):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in words
    assert len(scripts) == len(styles) == 1
    assert words.count("sha256-") == (3 if with_chart else 2)  # the third is the inflated bundle's


def test_nothing_is_fetched_and_no_style_is_inline() -> None:
    class Reader(HTMLParser):
        found: list[str] = []  # noqa: RUF012 - one reader, one test

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                assert name != "style", tag
                assert not name.startswith("on"), tag
                if name in ("src", "href", "data", "poster", "srcset", "action"):
                    self.found.append(value or "")

    Reader().feed(rendered("<h1>A</h1>" + figure(), "<h1>B</h1>"))
    assert Reader.found
    assert all(value.startswith(("#", "data:")) for value in Reader.found)


def test_the_bundle_is_there_once_and_only_for_charts() -> None:
    assert rendered("<h1>A</h1>" + figure() + figure()).count('id="decom-vega"') == 1
    without = rendered("<h1>A</h1>")
    assert 'id="decom-vega"' not in without
    assert len(without) < 60_000
    assert len(rendered("<h1>A</h1>" + figure())) < 480_000


def test_a_strangers_strings_stay_text() -> None:
    page = rendered("<h1>A</h1>", heading=HOSTILE, title=HOSTILE, subtitle=HOSTILE, description=HOSTILE, brand=HOSTILE)
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_equal_pages_are_equal_files() -> None:
    assert rendered("<h1>A</h1>" + figure()) == rendered("<h1>A</h1>" + figure())


def test_a_single_view_is_a_page() -> None:
    class View:
        def _repr_html_(self) -> str:
            return "<p>What it shows</p>"

    for view in (View(), Markup("<p>What it shows</p>")):
        page = single(view, title="Growth")
        assert "<p>What it shows</p>" in page
        assert levels(page) == [1, 2]
    assert 'aria-label="Nothing ran."' in single(Figure({"mark": "bar"}, "t", "Nothing ran."))


def test_the_style_element_is_one_element() -> None:
    (only,) = tree(style()).elements()
    assert only.tag == "style"
    assert "</" not in only.text()
