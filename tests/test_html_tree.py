"""Markup becomes a tree, forgivingly; an svg stays the text it was."""

from __future__ import annotations

from markupsafe import Markup

from decom_nb.html_tree import tree


def test_elements_nest() -> None:
    (outer,) = tree('<div class="a b" id="x"><p>one <b>two</b></p><br><p>three</p></div>').elements()
    assert outer.classes == {"a", "b"}
    assert outer.attributes["id"] == "x"
    assert [child.tag for child in outer.elements()] == ["p", "br", "p"]
    assert outer.text() == "one twothree"
    assert [node.text() for node in outer.every("b")] == ["two"]


def test_an_svg_keeps_its_source() -> None:
    source = '<svg width="1"><g><path d="M0 0"/><text x="1">a &lt; b</text></g><svg></svg></svg>'
    (found,) = tree(Markup(f"<p>{source}</p>")).every("svg")
    assert found.source == source
    assert not found.children


def test_what_is_left_open_is_closed() -> None:
    first, second = tree("<p>a<b>c</p><p>d").elements()
    assert (first.text(), second.text()) == ("ac", "d")


def test_what_was_never_opened_is_ignored() -> None:
    assert tree("a</b></p>c").text() == "ac"


def test_entities_are_read() -> None:
    assert tree("<p>&lt;script&gt; &amp; &#8226;</p>").text() == "<script> & •"
