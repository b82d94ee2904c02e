"""A pipeline of orders, written in every strategy: small, with a worked-out column, a gate before and one after."""

from __future__ import annotations

from typing import Any

from decom_nb.phases.pipelines.pipeline import Pipeline

STRATEGIES = ("append", "upsert", "merge", "truncate-reload", "partition-swap", "soft-delete")
COMBINATIONS = tuple(
    (strategy, extract, deletes)
    for strategy in STRATEGIES
    for extract in ("incremental", "full")
    for deletes in (None, "soft", "hard")
    if not (strategy == "truncate-reload" and extract == "incremental")
    and not (strategy in ("append", "truncate-reload", "partition-swap") and deletes == "soft")
    and not (strategy == "append" and deletes)
    and not (strategy == "soft-delete" and deletes)
)
"""Every strategy, reading and treatment of deletes that go together."""


def made(strategy: str, reads: str = "incremental", deletes: str | None = None, **more: Any) -> Pipeline:
    """Make a pipeline; what is more goes into its parts, such as ``load={"merge_keys": []}``."""
    data: dict[str, Any] = {
        "pipeline": "load_orders",
        "columns": [
            {"name": "order_id", "data_type": "BIGINT"},
            {"name": "order_date", "data_type": "DATE"},
            {"name": "status", "data_type": "VARCHAR", "source": "upper(trim(status))"},
            {"name": "amount", "data_type": "DECIMAL(12,2)"},
            {"name": "updated_at", "data_type": "TIMESTAMP"},
        ],
        "extract": {
            "source_table": "shop_orders",
            "strategy": reads,
            "incremental_key": "updated_at",
            "lookback_minutes": 60,
        },
        "load": {
            "target_table": "raw.orders",
            "strategy": strategy,
            "merge_keys": ["order_id"],
            "partition_key": "order_date" if strategy == "partition-swap" else "",
            "deletes": deletes,
        },
        "quality_gates": {"pre_load": ["amount >= 0"], "post_load": ["status <> 'BAD'"]},
    }
    for part, changed in more.items():
        data[part] = {**data[part], **changed} if isinstance(changed, dict) else changed
    return Pipeline.model_validate(data)
