from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.document.merge import ABSENT, carry, merge

A, B, C, D = ({"name": name, "n": 1} for name in "abcd")


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ({"x": 1}, {"x": 1}, {"x": 2}, {"x": 2}),
        ({"x": 1}, {"x": 2}, {"x": 1}, {"x": 2}),
        ({"x": 1}, {"x": 2}, {"x": 2}, {"x": 2}),
        ({"g": {"x": 1, "y": 1}}, {"g": {"x": 2, "y": 1}}, {"g": {"x": 1, "y": 2}}, {"g": {"x": 2, "y": 2}}),
        ({"g": None}, {"g": {"x": 1, "y": None}}, {"g": {"x": None, "y": 2}}, None),
        ({"t": {}}, {"t": {"a": 1}}, {"t": {"b": 2}}, {"t": {"b": 2, "a": 1}}),
        ({"t": {"a": 1, "b": 1}}, {"t": {"b": 1}}, {"t": {"a": 1}}, {"t": {}}),
        ({"l": ["a"]}, {"l": ["a", "b"]}, {"l": ["a", "c"]}, {"l": ["a", "c", "b"]}),
        ({"l": ["a"]}, {"l": ["a", "b"]}, {"l": ["a", "b"]}, {"l": ["a", "b"]}),
        ({"l": ["a", "b"]}, {"l": ["b"]}, {"l": ["a", "b", "c"]}, {"l": ["b", "c"]}),
        ({"l": [A, B]}, {"l": [{**A, "n": 2}, B]}, {"l": [A, {**B, "n": 3}]}, {"l": [{**A, "n": 2}, {**B, "n": 3}]}),
        ({"l": [A, B]}, {"l": [B, A]}, {"l": [{**A, "n": 2}, B]}, {"l": [B, {**A, "n": 2}]}),
        ({"l": [A, B]}, {"l": [A, B, C]}, {"l": [D, A, B]}, {"l": [D, A, B, C]}),
        ({"l": [A, B]}, {"l": [C, A, B]}, {"l": [B]}, {"l": [C, B]}),
    ],
)
def test_changes_in_different_places_come_together(base: Any, mine: Any, theirs: Any, merged: Any) -> None:
    result, clashes = merge(base, mine, theirs)
    if merged is None:
        assert [clash.path for clash in clashes] == [("g", "x"), ("g", "y")]
    else:
        assert (result, clashes) == (merged, [])


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "clashes"),
    [
        ({"x": 1, "y": 1}, {"x": 2, "y": 2}, {"x": 3, "y": 3}, [(("x",), 2, 3), (("y",), 2, 3)]),
        ({"x": 1}, {"x": True}, {"x": 2}, [(("x",), True, 2)]),
        ({"l": [A]}, {"l": [{**A, "n": 2}]}, {"l": [{**A, "n": 3}]}, [(("l", 0, "n"), 2, 3)]),
        ({"l": [A, B]}, {"l": [B]}, {"l": [{**A, "n": 3}, B]}, [(("l", 0), ABSENT, {**A, "n": 3})]),
        ({"l": [A, B, C]}, {"l": [B, A, C]}, {"l": [C, A, B]}, [(("l",), [B, A, C], [C, A, B])]),
        ({"t": {"a": 1}}, {"t": {}}, {"t": {"a": 2}}, [(("t", "a"), ABSENT, 2)]),
        ({"x": None}, {"x": [1]}, {"x": {"a": 1}}, [(("x",), [1], {"a": 1})]),
    ],
)
def test_changes_in_the_same_place_clash_and_show_both(base: Any, mine: Any, theirs: Any, clashes: Any) -> None:
    result, found = merge(base, mine, theirs)
    assert [(clash.path, clash.mine, clash.theirs) for clash in found] == clashes
    assert result == theirs or "t" in result or "l" in result


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=8,
)
FILES = st.dictionaries(st.sampled_from("abcd"), PLAIN)


@pytest.mark.slow
@given(FILES, FILES)
def test_who_changes_alone_gets_what_they_wrote(base: Any, changed: Any) -> None:
    assert merge(base, changed, base) == (changed, [])
    assert merge(base, base, changed) == (changed, [])
    assert merge(base, changed, changed) == (changed, [])


@given(FILES, FILES, FILES)
def test_merging_never_fails_and_both_sides_clash_alike(base: Any, mine: Any, theirs: Any) -> None:
    clashes, mirrored = merge(base, mine, theirs)[1], merge(base, theirs, mine)[1]
    assert bool(clashes) == bool(mirrored)


def test_a_file_takes_over_what_changed_and_nothing_else() -> None:
    file = {"document": "x", "version": 1, "name": 2024, "group": {"a": None}, "list": [{"n": "a"}]}
    before = {"name": "2024", "other": "", "group": {"a": None, "b": None}, "list": [{"n": "a", "m": 1}]}
    after = {
        "name": "2024",
        "other": "new",
        "group": {"a": None, "b": 2},
        "list": [{"n": "a", "m": 1}, {"n": "", "m": 3}],
    }
    brief = {"name": "2024", "other": "new", "group": {"b": 2}, "list": [{"n": "a"}, {"m": 3}]}
    assert carry(file, before, after, brief) == {
        "document": "x",
        "version": 1,
        "name": 2024,
        "other": "new",
        "group": {"a": None, "b": 2},
        "list": [{"n": "a"}, {"n": "", "m": 3}],
    }
    assert list(carry(file, before, after, brief)) == ["document", "version", "name", "other", "group", "list"]


def test_a_group_that_goes_leaves_its_keys_to_be_filled_in_again() -> None:
    assert carry({"g": {"a": "x", "b": 1, "c": [1]}}, {"g": {"a": "x"}}, {"g": None}, {}) == {
        "g": {"a": "", "b": None, "c": []}
    }
