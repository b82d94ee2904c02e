"""Views print words as words."""

from __future__ import annotations

from markupsafe import Markup

from decom_nb.view import render, view
from decom_nb.wording import answer, listed, points


def test_a_template_escapes_and_shows_hidden_characters() -> None:
    made = render("decom_nb.phases.rubric", "note.html", text="<b>\u202ex</b>")
    assert "&lt;b&gt;⟨U+202E⟩x" in made


def test_a_view_is_its_blocks_in_order() -> None:
    shown = view(Markup("<p>1</p>"), None, Markup("<p>2</p>"))._repr_html_()
    assert shown.index("1") < shown.index("2")
    assert shown.startswith('<div class="decom">')


def test_words() -> None:
    assert listed(["a"]) == "a"
    assert listed([]) == ""
    assert (points(60.99), points(8)) == ("60.9", "8")
    assert (answer(False), answer("GCP"), answer(0.25)) == ("no", "GCP", "0.25")
