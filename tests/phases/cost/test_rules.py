"""Every rule of the cost room on the cases in ``cases/``: a small bill and what lies beside it in, an outcome out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from decom_nb.evidence.billing import Billing
from decom_nb.evidence.object_listing import Objects
from decom_nb.evidence.query_log import QueryLog
from decom_nb.finding import Finding
from decom_nb.phase import Phase
from decom_nb.phases.cost.documents import CostAllocation, CostLevers
from decom_nb.phases.cost.monthly_bill import MonthlyBill
from decom_nb.rule import run
from decom_nb.supply import Supply
from tests.phases.cost.made import Lying, fill, levels, runs, store_of

CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
ROOM = Phase("decom_nb.phases.cost")
LOG_ENDS = datetime(2026, 10, 31)


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_rule(rule: str, case: dict[str, Any]) -> None:
    found = finding(rule, case)
    assert found.outcome == str(case["outcome"]).lower(), found.message
    if "met" in case:
        assert found.met == pytest.approx(case["met"], abs=1e-6), found.message
    if "met_high" in case:
        assert found.met_high == pytest.approx(case["met_high"], abs=1e-6), found.message
    for text in case.get("says", []):
        assert text in found.message, found.message
    if "rows" in case:
        assert [next(iter(row.values())) for row in found.evidence] == case["rows"]
    if "row" in case:
        assert {key: found.evidence[0][key] for key in case["row"]} == case["row"]


def finding(rule: str, case: dict[str, Any]) -> Finding:
    (told,) = [each for each in ROOM.rules if each.rule.check.__name__ == rule]
    return run([told], supply(case), {})[0]


def supply(case: dict[str, Any]) -> Supply:
    """Give what the readers of the room make of a case: {charges, runs, queries, objects, allocation, levels, budget, today}."""
    store = store_of(case.get("charges", ()))
    values: dict[str, Any] = {"today": date.fromisoformat(str(case.get("today", "2026-11-05"))), "store": store}
    if "charges" in case:
        values["billing"] = Billing(store)
        values["monthly_bill"] = MonthlyBill(store)
    if "runs" in case:
        fill(store, "history.runs", runs(*case["runs"]))
        values["history"] = Lying(store)
    if "queries" in case:
        for number, each in enumerate(case["queries"]):
            put_query(store, f"q{number}", each)
        values["query_log"] = QueryLog(store)
    if "objects" in case:
        fill(store, "objects.objects", [{"bucket": "lake", **each} for each in case["objects"]])
        values["objects"] = Objects(store)
    if "allocation" in case:
        values["cost_allocation"] = CostAllocation.model_validate(case["allocation"])
    if "levers" in case:
        values["cost_levers"] = CostLevers.model_validate(case["levers"])
    if "levels" in case:
        values["service_levels"] = levels(**case["levels"])
    if "budget" in case:
        values["brief"] = SimpleNamespace(constraints=SimpleNamespace(budget_monthly_usd=case["budget"]))
    if "catalog" in case:
        values["dbt"] = dbt(case["catalog"])
    return Supply(values, dict(ROOM.readers))


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
