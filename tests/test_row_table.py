"""Tables show rows as they are: numbers aligned, strings as text, long ones cut with a word about it."""

from __future__ import annotations

from decom_nb.row_table import row_table

HOSTILE = "<script>alert(1)</script>'\"; DROP TABLE x; --\u202e"


def test_numbers_are_marked_and_words_are_not() -> None:
    drawn = row_table([{"pipeline": "orders", "runs": 1234, "share": 0.5, "ok": True}], caption="Runs")
    assert '<td class="decom-number">1,234</td>' in drawn
    assert "<td>orders</td>" in drawn
    assert "<td>yes</td>" in drawn
    assert '<th scope="col" class="decom-number">Share</th>' in drawn


def test_a_column_with_a_word_in_it_is_not_a_column_of_numbers() -> None:
    assert "decom-number" not in row_table([{"a": 1}, {"a": "x"}])


def test_rows_need_not_have_the_same_keys() -> None:
    drawn = row_table([{"a": 1}, {"b": "x"}], headings={"b": "The other"})
    assert "<th" in drawn
    assert drawn.count("<td") == 4
    assert "The other" in drawn


def test_a_strangers_strings_stay_text() -> None:
    drawn = row_table([{HOSTILE: HOSTILE}], caption=HOSTILE)
    assert "<script" not in drawn
    assert "\u202e" not in drawn
    assert "⟨U+202E⟩" in drawn


def test_a_long_table_is_cut_and_says_so() -> None:
    drawn = row_table([{"n": number} for number in range(1500)], shown=500)
    assert drawn.count("<tr>") == 501
    assert "1,000 further rows are not shown." in drawn
