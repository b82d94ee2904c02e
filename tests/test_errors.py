"""Mistakes are shown together, in order; a missing extra is a sentence."""

from __future__ import annotations

import pytest

from decom_nb.errors import GateFailed, InputError, MissingExtra, Mistake, need


def test_mistakes_come_in_the_order_of_file_and_line() -> None:
    error = InputError([Mistake("b.yaml", 2, "y", "wrong"), Mistake("a.yaml", 9, "x", "wrong", "right")])
    assert str(error) == "a.yaml:9: x: wrong - right\nb.yaml:2: y: wrong"
    assert error.exit_code == 2


def test_a_mistake_without_a_place_is_just_said() -> None:
    assert str(Mistake("", 0, "", "wrong")) == "wrong"


def test_a_missing_extra_says_how_to_get_it() -> None:
    with pytest.raises(MissingExtra, match=r'Drawing needs no_such_package: pip install "decom_nb\[chart\]"'):
        need("no_such_package", "chart", "Drawing")


def test_what_is_there_is_given() -> None:
    assert need("json", "chart", "Nothing").dumps([]) == "[]"


def test_a_failed_gate_is_an_answer() -> None:
    assert GateFailed.exit_code == 1
