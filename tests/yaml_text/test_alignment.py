from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.yaml_text.alignment import align, same

ANN, BOB = {"name": "ann", "age": 3}, {"name": "bob", "age": 4}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [], []),
        ([ANN, BOB], [ANN, BOB], [0, 1]),
        ([ANN, BOB], [BOB, ANN], [1, 0]),
        ([ANN, BOB], [BOB], [1]),
        ([ANN, BOB], [{"name": "new"}, ANN, BOB], [None, 0, 1]),
        ([ANN, BOB], [ANN, {"name": "new"}, BOB], [0, None, 1]),
        ([ANN, BOB], [ANN, BOB, {"name": "new"}], [0, 1, None]),
        ([ANN, BOB], [{"name": "ann", "age": 30}, BOB], [0, 1]),
        ([ANN, BOB], [{"name": "anna", "age": 3}, BOB], [0, 1]),
        ([ANN, BOB], [BOB, {"name": "ann", "age": 30}], [1, 0]),
        (["a", "b", "c"], ["a", "x", "c"], [0, 1, 2]),
        (["a", "b", "c"], ["c", "a"], [2, 0]),
        (["a", "a"], ["a", "a", "a"], [0, 1, None]),
        ([ANN], ["ann"], [None]),
        ([1], [True], [0]),
    ],
)
def test_items_are_found_again(old: list[Any], new: list[Any], expected: list[int | None]) -> None:
    assert align(old, new) == expected


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 5)))
def test_no_old_item_is_used_twice(old: list[int], new: list[int]) -> None:
    found = align(old, new)
    used = [index for index in found if index is not None]
    assert len(found) == len(new)
    assert len(used) == len(set(used))
    assert set(used) <= set(range(len(old)))


@given(st.lists(st.integers(), unique=True).flatmap(lambda old: st.tuples(st.just(old), st.permutations(old))))
def test_moved_items_stay_themselves(both: tuple[list[int], list[int]]) -> None:
    old, new = both
    assert [old[index] for index in align(old, new) if index is not None] == new


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        (False, 0, False),
        ("1", 1, False),
        (None, "", False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([1, [True]], [1, [1]], False),
        ([1], {0: 1}, False),
        ({}, [], False),
    ],
)
def test_same_tells_what_python_takes_for_equal_apart(left: Any, right: Any, expected: bool) -> None:
    assert same(left, right) is expected
