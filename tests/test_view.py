"""Views print words as words."""

from __future__ import annotations

from markupsafe import Markup

from decom_nb.view import coded, render, view
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


def test_commands_between_backticks_are_code_and_nothing_else_is() -> None:
    assert coded("Run `decom check <b>` now.") == "Run <code>decom check &lt;b&gt;</code> now."
    assert coded("one ` alone & <i>") == "one ` alone &amp; &lt;i&gt;"
