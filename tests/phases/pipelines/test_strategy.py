"""No table of the room lacks a strategy or an engine, and nothing is silently taken for another one."""

from __future__ import annotations

from typing import get_args

import pytest

from decom_nb.phases.pipelines.design import strategy_table
from decom_nb.phases.pipelines.load import script, words
from decom_nb.phases.pipelines.load.dbt_model import dbt_files
from decom_nb.phases.pipelines.load.engine import engine_text
from decom_nb.phases.pipelines.pipeline import Deletes, LoadStrategy, TargetDialect
from decom_nb.phases.pipelines.strategy import STRATEGIES, DbtWay
from tests.phases.pipelines.load import made_pipeline


def test_every_table_has_every_strategy() -> None:
    known = set(get_args(LoadStrategy))
    assert set(STRATEGIES) == set(script.STRATEGIES) == set(made_pipeline.STRATEGIES) == known
    assert all(STRATEGIES[each].name == each for each in STRATEGIES)
    assert {each.decided_as for each in STRATEGIES.values()} == {each.name for each in strategy_table().options}
    assert {each.dbt for each in STRATEGIES.values()} == set(get_args(DbtWay))


def test_what_a_strategy_is_does_not_contradict_itself() -> None:
    for each in STRATEGIES.values():
        assert each.keeps_oldest != each.takes_updates
        assert [each.needs_keys, each.needs_partition, each.replaces_all, each.keeps_oldest].count(True) == 1
        assert each.deletes
        assert set(each.deletes) <= set(get_args(Deletes))


def test_every_table_of_loads_has_every_engine() -> None:
    known = set(get_args(TargetDialect))
    assert set(words.ENGINES) == set(words._UTC) == known
    assert {engine_text(each).engine for each in known} == known


@pytest.mark.parametrize(
    ("strategy", "dialect", "says"),
    [
        ("append", "postgres", 'incremental_strategy="append"'),
        ("append", "bigquery", 'incremental_strategy="merge"'),
        ("upsert", "redshift", 'incremental_strategy="merge"'),
        ("merge", "duckdb", 'incremental_strategy="merge"'),
        ("soft-delete", "snowflake", 'incremental_strategy="merge"'),
        ("partition-swap", "bigquery", 'incremental_strategy="insert_overwrite"'),
        ("partition-swap", "postgres", 'incremental_strategy="delete+insert"'),
        ("truncate-reload", "postgres", 'materialized="table"'),
    ],
)
def test_dbt_gets_the_strategy_that_its_adapter_has(strategy: str, dialect: str, says: str) -> None:
    reads = "full" if strategy == "truncate-reload" else "incremental"
    assert says in dbt_files(made_pipeline.made(strategy, reads), dialect)["models/orders.sql"]
