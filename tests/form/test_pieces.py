"""Drafts, shapes and reading, without a form around them."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from decom_nb.form import Form
from decom_nb.form.draft import ABSENT, Unfit, Unread, at, differences, good, put, typed
from decom_nb.form.leaf import LeafView
from decom_nb.form.reading import read, read_lines, show
from decom_nb.form.shape import Leaf, blank, raw_of, shape_of
from tests.form.models import BRIEF, Brief, sixty_fields


def test_a_draft_is_replaced_and_shares_what_did_not_change() -> None:
    draft = {"a": ({"b": 1}, {"b": 2}), "c": {"d": 3}}
    new = put(draft, ("a", 1, "b"), 5)
    assert draft["a"][1]["b"] == 2
    assert new["a"][1]["b"] == 5
    assert new["c"] is draft["c"]
    assert new["a"][0] is draft["a"][0]
    assert put(draft, ("a", 0), ABSENT)["a"] == ({"b": 2},)
    assert differences(draft, new) == [(("a",), new["a"])]


def test_marks_are_looked_through_and_stripped() -> None:
    draft = {"a": Unfit({"b": Unfit(Unread("x", "no"), 1)}, {"b": 0})}
    assert at(draft, ("a", "b")) == Unfit(Unread("x", "no"), 1)
    assert typed(draft) == {"a": {"b": Unread("x", "no")}}
    assert good(draft) == {"a": {"b": 0}}
    assert typed({"a": 1}) == {"a": 1}
    assert at(put(draft, ("a", "b"), 7), ("a", "b")) == 7


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_showing_and_reading(number: float) -> None:
    leaf = Leaf(kind="float")
    back = read(leaf, show(leaf, float(number))) if abs(number) < 1e300 else float(number)
    assert back == float(number)


def test_lines_are_read_one_by_one() -> None:
    assert read_lines(Leaf(kind="date"), "2026-01-01\n\nno") == (
        date(2026, 1, 1),
        Unread("no", "must be a date such as 2026-03-31"),
    )


def test_raw_data_of_a_model_is_the_model() -> None:
    shape = shape_of(Brief)
    assert Brief.model_validate(raw_of(shape, BRIEF)) == BRIEF
    assert Brief.model_validate(blank(shape)) == Brief()


def test_sixty_fields_and_their_views() -> None:
    form = Form(sixty_fields())
    assert len([each for each in form._root.views.values() if isinstance(each, LeafView)]) == 50
    assert form.mistakes == ()
