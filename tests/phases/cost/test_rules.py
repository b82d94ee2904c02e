"""Every rule of the cost room on the cases in ``cases/``: a small bill and what lies beside it in, an outcome out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from decom_nb.evidence.billing import Billing
from decom_nb.evidence.object_listing import Objects
from decom_nb.evidence.query_log import QueryLog
from decom_nb.phase import Phase
from decom_nb.phases.cost.documents import CostAllocation, CostLevers
from decom_nb.phases.cost.monthly_bill import MonthlyBill
from decom_nb.supply import Supply
from tests.phases import rule_cases
from tests.phases.cost.made import Lying, fill, levels, runs, store_of

ROOM = Phase("decom_nb.phases.cost")
LOG_ENDS = datetime(2026, 10, 31)


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any]) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case)))


def values(case: dict[str, Any]) -> dict[str, Any]:
    """Give what the readers of the room make of a case: {charges, runs, queries, objects, allocation, levels, budget, today}."""
    store = store_of(case.get("charges", ()))
    given: dict[str, Any] = {"today": date.fromisoformat(str(case.get("today", "2026-11-05"))), "store": store}
    if "charges" in case:
        given["billing"] = Billing(store)
        given["monthly_bill"] = MonthlyBill(store)
    if "runs" in case:
        fill(store, "history.runs", runs(*case["runs"]))
        given["history"] = Lying(store)
    if "queries" in case:
        for number, each in enumerate(case["queries"]):
            put_query(store, f"q{number}", each)
        given["query_log"] = QueryLog(store)
    if "objects" in case:
        fill(store, "objects.objects", [{"bucket": "lake", **each} for each in case["objects"]])
        given["objects"] = Objects(store)
    if "allocation" in case:
        given["cost_allocation"] = CostAllocation.model_validate(case["allocation"])
    if "levers" in case:
        given["cost_levers"] = CostLevers.model_validate(case["levers"])
    if "levels" in case:
        given["service_levels"] = levels(**case["levels"])
    if "budget" in case:
        given["brief"] = SimpleNamespace(constraints=SimpleNamespace(budget_monthly_usd=case["budget"]))
    if "catalog" in case:
        given["dbt"] = dbt(case["catalog"])
    return given


def supply(case: dict[str, Any]) -> Supply:
    """Give what the readers of the room make of a case, for the other tests of it."""
    return Supply(values(case), dict(ROOM.readers))


def put_query(store: Any, query_id: str, said: dict[str, Any]) -> None:
    """Put a query into the log: {days_ago, reads, writes, …} and columns of query_log.queries."""
    said = dict(said)
    at = LOG_ENDS - timedelta(days=said.pop("days_ago", 0))
    tables = [("reads", name) for name in said.pop("reads", ())] + [("writes", name) for name in said.pop("writes", ())]
    times = said.pop("times", 1)
    for time in range(times):
        own = f"{query_id}.{time}"
        row = {
            "engine": "snowflake",
            "query_id": own,
            "text": "SELECT 1",
            "shape": "SELECT ?",
            "fingerprint": query_id,
            "started_at": at,
            "ended_at": at,
            "seconds": 1.0,
            "calls": 1,
            "parsed": True,
            "status": "success",
            **said,
        }
        fill(store, "query_log.queries", [row])
        fill(
            store,
            "query_log.tables",
            [{"query_id": own, "engine": "snowflake", "table_name": name, "access": access} for access, name in tables],
        )


def dbt(catalog: dict[str, int | None]) -> Any:
    """Give a dbt project that keeps tables of these sizes, by database.schema.name."""
    models = []
    for name in catalog:
        database, schema, alias = name.split(".")
        models.append(
            SimpleNamespace(
                unique_id=f"model.shop.{alias}",
                database=database,
                schema=schema,
                alias=alias,
                name=alias,
                own=True,
                materialized="table",
            )
        )
    sizes = [
        SimpleNamespace(unique_id=f"model.shop.{name.split('.')[2]}", bytes=size) for name, size in catalog.items()
    ]
    return SimpleNamespace(models=models, snapshots=(), seeds=(), catalog=sizes)
