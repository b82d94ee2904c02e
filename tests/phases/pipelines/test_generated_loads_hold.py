"""Every load that is generated, by every strategy, holds in all that is tried with it: in DuckDB and on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from decom_nb.phases.pipelines.load.case import case
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.proof.database import Database
from decom_nb.proof.in_duckdb import InDuckDB
from decom_nb.proof.in_postgres import InPostgres
from decom_nb.proof.prove import prove

pytestmark = pytest.mark.slow
WAYS = (
    ("append", "full", "ignore"), ("append", "incremental", "ignore"), ("upsert", "full", "hard"),
    ("upsert", "incremental", "ignore"), ("merge", "full", "soft"), ("merge", "incremental", "ignore"),
    ("merge", "incremental", "hard"), ("truncate-reload", "full", "hard"), ("partition-swap", "full", "ignore"),
    ("partition-swap", "incremental", "ignore"), ("soft-delete", "full", "soft"), ("soft-delete", "incremental", "soft"),
)  # fmt: skip
"""Strategy of the load, of the extract, and what becomes of rows that are gone."""


def pipeline(strategy: str, extract: str, deletes: str) -> Pipeline:
    kept = {"incremental_key": "updated_at", "watermark_storage": "control.watermarks", "lookback_minutes": 60}
    names = {
        "order_id": "BIGINT",
        "status": "VARCHAR",
        "amount": "DECIMAL(18,2)",
        "ordered_on": "DATE",
        "updated_at": "TIMESTAMP",
    }
    return Pipeline.model_validate(
        {
            "pipeline": "load_orders",
            "columns": [{"name": name, "data_type": type_} for name, type_ in names.items()],
            "extract": {
                "source_table": "shop.orders", "strategy": extract, "natural_keys": ["order_id"],
                **(kept if extract == "incremental" else {}),
            },
            "load": {
                "target_table": "raw.shop_orders", "strategy": strategy, "merge_keys": ["order_id"], "deletes": deletes,
                "partition_key": "ordered_on" if strategy == "partition-swap" else "",
            },
        }
    )  # fmt: skip


def holds(database: Database, strategy: str, extract: str, deletes: str) -> None:
    try:
        proof = prove(
            case(pipeline(strategy, extract, deletes), database.dialect),
            database,
            taken_at=datetime(2026, 3, 31, tzinfo=UTC),
        )
    finally:
        database.close()
    assert proof.passed, proof.first_difference
    assert {each.name for each in proof.scenarios if each.outcome == "held"} >= {
        "once",
        "twice",
        "killed",
        "killed_then_new",
    }


@pytest.mark.parametrize(("strategy", "extract", "deletes"), WAYS)
def test_in_duckdb(strategy: str, extract: str, deletes: str) -> None:
    holds(InDuckDB(), strategy, extract, deletes)


@pytest.mark.parametrize(("strategy", "extract", "deletes"), WAYS)
def test_on_postgres(strategy: str, extract: str, deletes: str, postgres_url: str) -> None:
    holds(InPostgres(postgres_url), strategy, extract, deletes)
