"""Small bills, histories and query logs in a store, for the tests of the cost room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from decom_nb.evidence.store import Store
from decom_nb.history.relations import RELATIONS as HISTORY
from decom_nb.phases.cost.monthly_bill import MonthlyBill, monthly

CHARGES = """
CREATE TABLE billing.charges (
    billing_account_id VARCHAR, sub_account_id VARCHAR, sub_account_name VARCHAR,
    billing_period_start TIMESTAMP, billing_period_end TIMESTAMP, charge_period_start TIMESTAMP, charge_period_end TIMESTAMP,
    charge_category VARCHAR, charge_class VARCHAR, charge_description VARCHAR, pricing_category VARCHAR,
    commitment_discount_id VARCHAR, commitment_discount_type VARCHAR, commitment_discount_status VARCHAR,
    service_category VARCHAR, service_subcategory VARCHAR, service_name VARCHAR, region_id VARCHAR, region_name VARCHAR,
    resource_id VARCHAR, resource_name VARCHAR, resource_type VARCHAR, sku_id VARCHAR, sku_price_id VARCHAR,
    billed_cost DECIMAL(38,12), effective_cost DECIMAL(38,12), list_cost DECIMAL(38,12), contracted_cost DECIMAL(38,12),
    billing_currency VARCHAR, consumed_quantity DECIMAL(38,12), consumed_unit VARCHAR, pricing_quantity DECIMAL(38,12),
    pricing_unit VARCHAR, tags MAP(VARCHAR, VARCHAR), version VARCHAR, origin VARCHAR
)
"""
QUERIES = """
CREATE TABLE query_log.queries (
    engine VARCHAR, query_id VARCHAR, text VARCHAR, fingerprint VARCHAR, user_name VARCHAR, warehouse VARCHAR,
    database VARCHAR, schema_name VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP, seconds DOUBLE, bytes_scanned BIGINT,
    rows_produced BIGINT, status VARCHAR, error VARCHAR, calls BIGINT, cost_units DOUBLE, tags MAP(VARCHAR, VARCHAR),
    partitions_scanned BIGINT, partitions_total BIGINT, parsed BOOLEAN, origin VARCHAR
)
"""
QUERY_TABLES = "CREATE TABLE query_log.tables (query_id VARCHAR, engine VARCHAR, table_name VARCHAR, access VARCHAR)"
OBJECTS = """
CREATE TABLE objects.objects (
    bucket VARCHAR, key VARCHAR, bytes BIGINT, modified_at TIMESTAMP, storage_class VARCHAR, format VARCHAR,
    compression VARCHAR, origin VARCHAR
)
"""


@dataclass(frozen=True, eq=False)
class Lying:
    """Evidence that lies in a store, as collectors give it."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return self.store.query(sql, parameters)


def store_of(charges: Iterable[Mapping[str, Any]] = ()) -> Store:
    """Make a store with a bill; a charge says what it says, the rest is an ordinary day of use in October 2026."""
    store = Store()
    for schema in ("billing", "query_log", "objects", "history"):
        store.con.execute(f"CREATE SCHEMA {schema}")
    for statement in (CHARGES, QUERIES, QUERY_TABLES, OBJECTS):
        store.con.execute(statement)
    for relation in HISTORY:
        store.con.execute(relation.ddl())
    fill(store, "billing.charges", [charge(**each) for each in charges])
    return store


def charge(
    at: str = "2026-10-01", cost: Any = "1", days: float = 1, month: str | None = None, **said: Any
) -> dict[str, Any]:
    """Give one charge: by default a day of a virtual machine."""
    start = datetime.fromisoformat(at)
    period = datetime.fromisoformat(f"{month}-01") if month else start.replace(day=1, hour=0, minute=0)
    return {
        "billing_period_start": period,
        "charge_period_start": start,
        "charge_period_end": start + timedelta(days=days),
        "charge_category": "Usage",
        "service_category": "Compute",
        "service_name": "Virtual Machines",
        "charge_description": "instance hours",
        "billing_currency": "USD",
        "billed_cost": cost,
        "effective_cost": cost,
        **said,
    }


def fill(store: Store, relation: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows into a relation; what a row does not say is NULL."""
    for row in rows:
        names = ", ".join(row)
        values = ", ".join(f"${name}" for name in row)
        store.con.execute(f"INSERT INTO {relation} ({names}) VALUES ({values})", dict(row))


def bill_of(*charges: Mapping[str, Any]) -> MonthlyBill:
    """Give a bill put together by months."""
    return monthly(store_of(charges))


def levels(**names: Iterable[str]) -> Any:
    """Give a list of pipelines, each with its other names."""
    entries = [SimpleNamespace(pipeline=name, also_known_as=tuple(others)) for name, others in names.items()]
    by_name = {name: each for each in entries for name in (each.pipeline, *each.also_known_as)}
    return SimpleNamespace(pipelines=entries, by_name=by_name)


def runs(*said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give runs of a history: {pipeline, at, seconds, rows}."""
    return [
        {
            "source": "run_logs",
            "pipeline": each.get("pipeline", "load_orders"),
            "run_id": f"r{number}",
            "status": "success",
            "started_at": datetime.fromisoformat(each.get("at", "2026-10-05")),
            "seconds": each.get("seconds", 60),
            "rows_written": each.get("rows", 1000),
        }
        for number, each in enumerate(said)
    ]
