"""A table's dbt tests as a suite, so that they can be run where dbt is not. The test of the tests calls it.

Only tests whose meaning is in the manifest are taken: dbt's four, and those of dbt-utils and dbt-expectations that say the
same as a kind of check here. What is left out is told, each with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from decom_nb.check import (
    AcceptedValues,
    Check,
    Expression,
    ForeignKey,
    Freshness,
    NotNull,
    Range,
    Regex,
    Suite,
    Threshold,
    Unique,
)
from decom_nb.evidence.dbt import DataTest, Dbt
from decom_nb.phases.quality.lineage import bare, resources
from decom_nb.sql.text import name

_HOURS: Final = {"minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 730, "year": 8766}
"""Hours of dbt's date parts; a month and a year are mean ones."""


def suite_of_dbt(dbt: Dbt, table: str) -> tuple[Suite, tuple[str, ...]]:
    """Give the dbt tests of a table (a model, seed, snapshot or source of that name) as a suite, and what was left out."""
    checks: list[Check] = []
    left_out: list[str] = []
    ours = {each.key for each in resources(dbt).get(bare(table), ())}
    for test in dbt.tests:
        if (test.project, test.model) in ours:
            try:
                checks.append(_check(test))
            except (_Untold, ValidationError) as error:
                why = str(error) if isinstance(error, _Untold) else "its arguments are not as that test takes them"
                left_out.append(f"{test.name}: {why}")
    return Suite(table=table, checks=tuple(checks)), tuple(left_out)


class _Untold(Exception):  # noqa: N818 - not known, rather than wrong
    """The manifest does not say what a test looks at in a way that can be run here."""


def _check(test: DataTest) -> Check:
    make = _KINDS.get(test.kind)
    if make is None:
        what = "it is SQL of its own" if test.kind == "singular" else f"the test {test.kind} has no counterpart here"
        raise _Untold(f"{what}, and runs in dbt only")
    told = test.arguments
    common: dict[str, Any] = {"name": test.name, "where": str(told.get("where") or told.get("row_condition") or "")}
    if test.severity == "warn":
        common |= {"warn": Threshold(count=0), "fail": Threshold()}
    return make(test, told, common)


def _one(test: DataTest) -> str:
    if not test.column:
        raise _Untold("the manifest names no column for it")
    return test.column


def _parent(told: Mapping[str, Any]) -> str:
    """Give the name in ``ref('x')`` or ``source('s', 'x')``."""
    quoted = str(told.get("to", "")).replace('"', "'").split("'")
    if len(quoted) < 3:
        raise _Untold("its parent is not a plain ref or source")
    return quoted[-2]


def _recency(test: DataTest, told: Mapping[str, Any], common: dict[str, Any]) -> Check:
    hours = _HOURS.get(str(told.get("datepart")))
    if hours is None:
        raise _Untold(f"the date part {told.get('datepart')} is not known here")
    return Freshness(
        column=str(told.get("field") or _one(test)), max_age_hours=hours * float(told["interval"]), **common
    )


def _range(test: DataTest, told: Mapping[str, Any], common: dict[str, Any]) -> Check:
    if told.get("inclusive") is False or told.get("strictly"):
        raise _Untold("its bounds are exclusive")
    bounds = {"min": told.get("min_value"), "max": told.get("max_value")}
    if any(isinstance(each, str) for each in bounds.values()):
        raise _Untold("its bounds are expressions")
    return Range(column=_one(test), **bounds, **common)


def _values(test: DataTest, told: Mapping[str, Any], common: dict[str, Any]) -> Check:
    return AcceptedValues(column=_one(test), values=tuple(told.get("values") or told.get("value_set") or ()), **common)


def _expression(test: DataTest, told: Mapping[str, Any], common: dict[str, Any]) -> Check:
    column = f"{name(test.column)} " if test.column else ""
    return Expression(expression=f"{column}{told.get('expression', '')}", **common)


_KINDS: Mapping[str, Callable[[DataTest, Mapping[str, Any], dict[str, Any]], Check]] = {
    "not_null": lambda test, told, common: NotNull(columns=(_one(test),), **common),
    "unique": lambda test, told, common: Unique(columns=(_one(test),), **common),
    "accepted_values": _values,
    "relationships": lambda test, told, common: ForeignKey(
        columns=(_one(test),), parent=_parent(told), parent_columns=(str(told.get("field")),), **common
    ),
    "unique_combination_of_columns": lambda test, told, common: Unique(
        columns=tuple(told.get("combination_of_columns") or ()), **common
    ),
    "accepted_range": _range,
    "recency": _recency,
    "expression_is_true": _expression,
    "expect_column_values_to_not_be_null": lambda test, told, common: NotNull(columns=(_one(test),), **common),
    "expect_column_values_to_be_unique": lambda test, told, common: Unique(columns=(_one(test),), **common),
    "expect_column_values_to_be_in_set": _values,
    "expect_column_values_to_be_between": _range,
    "expect_column_values_to_match_regex": lambda test, told, common: Regex(
        column=_one(test), pattern=str(told.get("regex", "")), **common
    ),
    "expect_compound_columns_to_be_unique": lambda test, told, common: Unique(
        columns=tuple(told.get("column_list") or ()), **common
    ),
}
"""dbt's generic tests that say the same as a kind of check, by their name in the manifest."""
