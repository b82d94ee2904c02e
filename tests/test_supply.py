"""Functions get what their parameters name."""

from __future__ import annotations

import pytest

from decom_nb.supply import Absent, CircleError, Failed, Memory, Supply


def test_a_parameter_is_supplied_by_its_name() -> None:
    assert Supply({"a": 2, "b": 3}).call(lambda a, b: a * b) == 6


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Absent) as caught:
        Supply({"a": 2}).call(lambda a, runs: a)
    assert caught.value.name == "runs"


def test_a_default_or_an_annotation_with_none_makes_a_parameter_optional() -> None:
    def with_default(a=None):
        return a

    def with_annotation(a: int | None) -> int | None:
        return a

    assert Supply({}).call(with_default) is None
    assert Supply({}).call(with_annotation) is None


def test_settings_are_not_supplied_by_name() -> None:
    def check(a: int, *, limit: int) -> bool:
        return a < limit

    assert Supply({"a": 2, "limit": 1}).call(check, limit=3)


def test_makers_are_made_once_and_of_each_other() -> None:
    made = []

    def twice(a: int) -> int:
        made.append("twice")
        return 2 * a

    def more(twice: int) -> int:
        return twice + 1

    supply = Supply({"a": 2}, {"twice": twice, "more": more})
    assert (supply.get("more"), supply.get("twice"), made) == (5, 4, ["twice"])


def test_a_maker_without_its_footing_gives_nothing() -> None:
    assert Supply({}, {"twice": lambda a: 2 * a}).get("twice") is None


def test_a_circle_is_named() -> None:
    with pytest.raises(CircleError, match="a → b → a"):
        Supply({}, {"a": lambda b: b, "b": lambda a: a}).get("a")


def test_memory_repeats_a_call_only_for_other_objects() -> None:
    calls = []

    def count(rows: list[int]) -> int:
        calls.append(len(rows))
        return len(rows)

    memory, rows = Memory(), [1, 2]
    for given in (rows, rows, [1, 2]):
        Supply({"rows": given}, memory=memory).call(count)
    assert calls == [2, 2]


def test_none_inside_an_annotation_does_not_make_a_parameter_optional() -> None:
    def inside(rows: dict[str, float | None]) -> int:
        return len(rows)

    with pytest.raises(Absent):
        Supply({}).call(inside)


def test_a_maker_that_raises_fails_those_who_ask_and_nobody_else() -> None:
    supply = Supply({"a": 0}, {"part": lambda a: 1 / a, "whole": lambda part: part})
    assert supply.get("part") is None
    with pytest.raises(Failed, match="part could not be worked out: ZeroDivisionError"):
        supply.call(lambda whole: whole)
    assert supply.call(lambda a: a) == 0
