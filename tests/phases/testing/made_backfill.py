"""A small warehouse in DuckDB whose orders were booked wrongly, and requests to process them again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.testing.backfill_document import Backfill
from decom_nb.phases.testing.backfill_plan import Plan, planned

DAYS = 10

QUERY = "SELECT order_id, order_date, net * 1.19 AS gross FROM raw.orders"


def warehouse(path: Path, days: int = DAYS) -> Path:
    """Make a database: raw.orders is right, marts.fct_orders has the tax missing."""
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE SCHEMA raw; CREATE SCHEMA marts")
        con.execute(
            "CREATE TABLE raw.orders AS SELECT i AS order_id, DATE '2026-03-25' + CAST(i % ? AS INTEGER) AS order_date, "
            "CAST(i % 7 + 1 AS DECIMAL(18,2)) AS net FROM range(?) t(i)",
            [days, days * 20],
        )
        con.execute("CREATE TABLE marts.fct_orders AS SELECT order_id, order_date, net AS gross FROM raw.orders")
        con.execute("ALTER TABLE marts.fct_orders ALTER gross TYPE DECIMAL(18,4)")
    return path


def request(**changed: Any) -> Backfill:
    table = {
        "table": "marts.fct_orders",
        "partition_column": "order_date",
        "key": ["order_id"],
        "metrics": ["sum(gross)"],
        "query": QUERY,
        "source_query": "SELECT order_date, CAST(net * 1.19 AS DECIMAL(18,4)) AS gross FROM raw.orders",
    } | changed.pop("table", {})
    told = {
        "reason": "Tax was left out",
        "requester": "Ana",
        "tables": [table],
        "first_day": date(2026, 3, 27),
        "last_day": date(2026, 4, 1),
        "approval": {"by": "Bo"},
        "isolation": {"compute": "a laptop"},
        **changed,
    }
    return Backfill.model_validate(told).named("tax")


def plan(dbt: Dbt | None = None, **changed: Any) -> Plan:
    return planned(request(**changed), dbt or Dbt(), None)


def rows(path: Path, query: str = "SELECT * FROM marts.fct_orders ORDER BY ALL") -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(query).fetchall()
