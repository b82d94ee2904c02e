"""Which columns dbt tests as a model's key, and which columns a model has. Facts that several rooms' rules build on."""

from __future__ import annotations

from collections.abc import Mapping

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_manifest import Key, Model
from decom_nb.evidence.dbt_results import CatalogTable

COMBINATIONS = ("unique_combination_of_columns", "primary_key")
"""Generic tests of packages (dbt_utils, dbt_constraints) that test a combination of columns as a key."""


def tested_key(dbt: Dbt, model: Model) -> tuple[str, ...]:
    """Give the columns that are tested as the model's key; none if no key is tested.

    A key is one column tested with both ``unique`` and ``not_null``, or a combination tested as a whole. That is what
    dbt-project-evaluator counts as a primary key test, too.
    """
    tests = dbt.tests_of.get(model.key, ())
    unique = {test.column.lower() for test in tests if test.kind == "unique" and test.column}
    not_null = {test.column.lower() for test in tests if test.kind == "not_null" and test.column}
    if both := sorted(unique & not_null):
        return (both[0],)
    for test in tests:
        if test.kind in COMBINATIONS:
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
