"""A stranger's text stays text."""

from __future__ import annotations

import html as standard
import re

from hypothesis import given
from hypothesis import strategies as st

from decom_nb import escape

HOSTILE = "<script>alert('x')</script> \" ' --; DROP TABLE users \u202egnp.exe\u202c `*_[a](b)"


def test_direction_controls_are_shown_by_name() -> None:
    assert "\u202e" not in escape.visible(HOSTILE)
    assert "⟨U+202E⟩" in escape.visible(HOSTILE)


@given(st.text())
def test_html_keeps_the_text_and_no_markup(text: str) -> None:
    made = str(escape.html(text))
    assert not re.search(r"[<>\"']", made)
    assert standard.unescape(made) == escape.visible(text)


@given(st.text())
def test_markdown_stays_on_one_line(text: str) -> None:
    made = escape.markdown(text)
    assert "\n" not in made
    assert not re.search(r"(?<!\\)[<|`]", made.replace("\\\\", ""))


@given(st.text())
def test_a_file_name_is_safe_and_never_empty(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", escape.file_name(text))
