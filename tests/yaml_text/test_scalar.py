from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from decom_nb.yaml_text.file import parse
from decom_nb.yaml_text.scalar import literal, scalar

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
AWKWARD = [
    "no",
    "Off",
    "y",
    "~",
    "null",
    "1_000",
    "0x1F",
    "1e3",
    "2026-03-31",
    "12:30:45",
    "=",
    "<<",
    "a: b",
    "a #b",
    "@home",
    "`x`",
    "- item",
    "? key",
    "[x]",
    "{x}",
    "&a",
    "*a",
    "!tag",
    "%",
    "|",
    "it's",
    'say "hi"',
    "back\\slash",
    " lead",
    "trail ",
    "two\nlines",
    "tab\there",
    "cr\r\n",
    "bell\x07",
    "nul\x00",
    "next\x85line",
    "line\u2028sep",
    "pay\u202eload",
    "\ufeffbom",
    "zero\u200bwidth",
    "emoji 👩\u200d💻",
    "می\u200cخواهم",
    "---",
    "...",
    "",
]


@pytest.mark.parametrize("style", ["", "'", '"'])
@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_texts_come_back(text: str, style: str) -> None:
    written = scalar(text, style)
    assert "\n" not in written
    assert parse(f"a: {written}  # c\nb: [{written}, {written}]\n".encode()).root.plain() == {
        "a": text,
        "b": [text, text],
    }


@given(VALUES, st.sampled_from(["", "'", '"']))
@example(1e22, "")
@example(-0.0, "")
def test_every_value_comes_back(value: Any, style: str) -> None:
    read = parse(f"a: {scalar(value, style)}\n".encode()).root.plain()["a"]
    assert read == value
    assert isinstance(read, bool) == isinstance(value, bool)
    assert isinstance(read, str) == isinstance(value, str)


@given(TEXT.filter(lambda text: "\x85" not in text))
def test_readers_of_older_yaml_take_text_for_the_same_text(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}\n") == {"a": text}


@given(TEXT)
def test_nothing_that_hides_or_turns_text_stands_in_the_file_as_it_is(text: str) -> None:
    assert not set(scalar(text)) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff\x85\u2028\u2029\x1b"
    )


def test_quotes_that_a_person_chose_are_kept_where_they_can_hold_the_text() -> None:
    assert scalar("x", "'") == "'x'"
    assert scalar("x", '"') == '"x"'
    assert scalar("a\nb", "'") == '"a\\nb"'
    assert scalar("Finance team (EU)") == "Finance team (EU)"


def test_half_a_character_is_replaced_because_no_file_can_hold_it() -> None:
    assert scalar("a\ud800b") == '"a\ufffdb"' or scalar("a\ud800b") == "a\ufffdb"


@given(
    st.lists(
        st.sampled_from(["one", "", "  deep", "# no comment", "a: b", "- c", "é", "tr ", "\t", " "]), min_size=1
    ).map("\n".join)
)
def test_texts_of_several_lines_come_back(text: str) -> None:
    block = literal(text, 2)
    if block:
        header, lines = block
        assert parse("\n".join([f"a: {header}  # c", *lines, "b: 1", ""]).encode()).root.plain() == {"a": text, "b": 1}


@pytest.mark.parametrize("text", ["one line", "a\n\n", " a\nb", "a\n \nb", "a\n\tb", "a\nb\x07", "\na", "a\r\nb", ""])
def test_what_a_block_cannot_hold_goes_elsewhere(text: str) -> None:
    assert literal(text, 2) is None
