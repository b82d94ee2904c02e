"""A feature store and rows for its sources, for the tests of features."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from decom_nb.phases.patterns.features.feature_document import FeatureStore

AT = datetime(2026, 3, 2, 12)
HOUR = timedelta(hours=1)

DOCUMENT: dict[str, Any] = {
    "entity": "customer",
    "entity_key": "customer_id",
    "owner": "ml@acme.example",
    "features": [
        {
            "name": "orders_2d", "description": "orders", "type": "INT", "source": "orders", "computation": "batch",
            "freshness": "daily", "ttl_hours": 48, "aggregation": "count", "window_days": 2,
        },
        {"name": "amount_1d", "source": "orders", "aggregation": "sum", "expression": "amount", "window_days": 1},
        {"name": "last_amount", "source": "orders", "aggregation": "last", "expression": "amount"},
        {"name": "country", "source": "customers", "aggregation": "last", "expression": "country", "ttl_hours": 6},
        {"name": "last_seen_at", "source": "customers", "aggregation": "last", "expression": "seen_at"},
        {
            "name": "hours_since_seen", "type": "INT", "computation": "on-demand",
            "expression": "date_diff('hour', last_seen_at, label_time)",
        },
    ],
    "serving": {"online": True, "offline": True, "point_in_time_correct": True},
    "sources": [
        {"name": "orders", "kind": "batch", "event_time": "ordered_at", "available_at": "loaded_at", "row_key": ["order_id"]},
        {"name": "customers", "kind": "batch", "event_time": "seen_at", "available_at": "loaded_at", "sequence": "lsn"},
    ],
    "labels": {"table": "labels", "label_time": "label_at", "columns": ["churned"]},
}  # fmt: skip

TYPES: dict[str, dict[str, str]] = {
    "orders": {
        "customer_id": "BIGINT", "order_id": "BIGINT", "ordered_at": "TIMESTAMP", "loaded_at": "TIMESTAMP", "amount": "DOUBLE",
    },
    "customers": {
        "customer_id": "BIGINT", "seen_at": "TIMESTAMP", "loaded_at": "TIMESTAMP", "lsn": "BIGINT", "country": "VARCHAR",
    },
    "labels": {"customer_id": "BIGINT", "label_at": "TIMESTAMP", "churned": "BOOLEAN"},
}  # fmt: skip


def store(**changes: Any) -> FeatureStore:
    """Give the feature store, some of its parts changed."""
    return FeatureStore.model_validate({**DOCUMENT, **changes})


def at(hours: float | None) -> datetime | None:
    """Give a time so many hours after the label's."""
    return None if hours is None else AT + hours * HOUR


def fill(connection: Any, rows: Mapping[str, list[tuple[Any, ...]]]) -> None:
    """Make the tables with some rows; works on DuckDB and on PostgreSQL."""
    mark = "?" if type(connection).__module__.startswith(("duckdb", "_duckdb")) else "%s"
    for table, types in TYPES.items():
        one = f"({', '.join([mark] * len(types))})"
        columns = ", ".join(f"{name} {type_.replace('DOUBLE', 'DOUBLE PRECISION')}" for name, type_ in types.items())
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(f"CREATE TABLE {table} ({columns})")
        if given := rows.get(table):
            values = [value for row in given for value in row]
            connection.execute(f"INSERT INTO {table} VALUES {', '.join([one] * len(given))}", values)
