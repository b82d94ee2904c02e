"""Which columns dbt tests as a model's key, and which columns a model has. Facts that several rooms' rules build on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_manifest import Column, DataTest, Key
from decom_nb.evidence.dbt_results import CatalogTable

COMBINATIONS = ("unique_combination_of_columns", "primary_key")
"""Generic tests of packages (dbt_utils, dbt_constraints) that test a combination of columns as a key."""


def key_tested_by(tests: Iterable[DataTest], columns: Iterable[Column] = ()) -> tuple[str, ...]:
    """Give the columns that some tests of one table show to be its key; none if they show none.

    A key is one column tested with both ``unique`` and ``not_null``, the latter also by a constraint, or a combination tested
    as a whole. That is what dbt-project-evaluator counts as a primary key test, too; a project's own tests count for those
    that they call.
    """
    unique, not_null, combined = set[str](), set[str](), list[DataTest]()
    for test in tests:
        kinds = {test.kind, *(macro.rpartition(".test_")[2] for macro in test.macros)}
        if "unique" in kinds and test.column:
            unique.add(test.column.lower())
        if "not_null" in kinds and test.column:
            not_null.add(test.column.lower())
        if kinds.intersection(COMBINATIONS):
            combined.append(test)
    not_null |= {column.name.lower() for column in columns if "not_null" in column.constraints}
    if both := sorted(unique & not_null):
        return (both[0],)
    for test in combined:
        named = test.arguments.get("combination_of_columns") or test.arguments.get("column_names") or (test.column,)
        return tuple(str(name).lower() for name in named if name) or (test.kind,)
    return ()


def columns_by_model(dbt: Dbt) -> Mapping[Key, tuple[str, ...]]:
    """Give each model's column names: those that stand in the warehouse where a catalog says so, else those it lists."""
    in_catalog: dict[Key, CatalogTable] = {table.key: table for table in dbt.catalog}
    return {
        model.key: tuple(name for name, _ in in_catalog[model.key].columns)
        if model.key in in_catalog
        else tuple(column.name for column in model.columns)
        for model in dbt.models
    }
