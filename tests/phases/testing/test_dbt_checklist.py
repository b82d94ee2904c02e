"""The testing checklist: what is a key, what refers to what, where values are known from, and that nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.check import Suite
from decom_nb.contract import Contract
from decom_nb.evidence.collect import collect
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.testing.dbt_audit import audited
from decom_nb.phases.testing.dbt_checklist import Checklist, Item, checklists
from decom_nb.phases.testing.dbt_column import TypedColumn, kind_of
from decom_nb.phases.testing.dbt_fact import facts_of
from tests.phases.dbt_case import manifest

TYPES = {"id": "integer", "amount": "decimal(12,2)", "at": "timestamp", "date": "date", "status": "varchar"}

LEVELS = {"pipelines": [{"pipeline": "p", "freshness_hours": 7.5, "writes": ["dwh.fct_orders"]}]}


def columns(*names: str) -> dict[str, Any]:
    """Give the fields of a node with these columns, typed by the last word of their names."""
    return {
        "columns": {name: {"name": name, "data_type": TYPES.get(name.rpartition("_")[2], "varchar")} for name in names}
    }


def checklist(folder: Path, case: dict[str, Any], **told: Any) -> Checklist:
    content = manifest(case)
    content["metadata"]["adapter_type"] = "duckdb"
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    dbt = collect([folder], folder).values["dbt"]
    suites = tuple(Suite.model_validate(each) for each in told.get("suites", ()))
    contracts = tuple(Contract.model_validate(each) for each in told.get("contracts", ()))
    levels = ServiceLevels.model_validate(told["levels"]) if "levels" in told else None
    return checklists(audited(dbt, None), dbt, facts_of(suites, contracts, levels))


def items(found: Checklist, model: str) -> dict[tuple[str, str], Item]:
    (mine,) = (each for each in found.models if each.node.name == model)
    return {(item.item, ", ".join(item.columns)): item for item in mine.items}


@pytest.mark.parametrize(
    ("model", "names", "key"),
    [
        ("fct_orders", ("order_id", "customer_id"), "order_id"),
        ("stg_shop__order_items", ("item_id", "order_item_id"), "order_item_id"),
        ("dim_customers", ("customer_key", "customer_id"), "customer_id"),
        ("int_orders_enriched", ("order_id", "total_amount"), "order_id"),
        ("countries", ("id", "name"), "id"),
        ("mrt_sales_daily", ("order_date", "sales_amount"), ""),
    ],
)
def test_a_key_is_told_by_the_models_name(model: str, names: tuple[str, ...], key: str, tmp_path: Path) -> None:
    found = items(checklist(tmp_path, {"models": {model: {"node": columns(*names)}}}), model)
    assert ("key", key) in found
    assert bool(found["key", key].open) is not bool(key)


@pytest.mark.parametrize(
    ("node", "told", "key"),
    [
        ({"primary_key": ["nr"]}, {}, "nr"),
        ({"constraints": [{"type": "primary_key", "columns": ["nr", "line_id"]}]}, {}, "nr, line_id"),
        ({"config": {"materialized": "incremental", "unique_key": "nr"}}, {}, "nr"),
        ({}, {"suites": [{"table": "shop.fct_orders", "key": ["nr"]}]}, "nr"),
        ({}, {"contracts": [{"contract": {"name": "fct_orders", "key": ["nr"], "schema": [{"column": "nr"}]}}]}, "nr"),
    ],
)
def test_what_dbt_or_people_say_of_a_key_comes_before_its_name(
    node: dict[str, Any], told: dict[str, Any], key: str, tmp_path: Path
) -> None:
    case = {"models": {"fct_orders": {"node": {**columns("order_id", "nr", "line_id"), **node}}}}
    assert ("key", key) in items(checklist(tmp_path, case, **told), "fct_orders")


def test_half_of_a_tested_key_is_the_key_and_lacks_the_other_half(tmp_path: Path) -> None:
    found = items(
        checklist(tmp_path, {"models": {"fct_orders": {"tests": ["unique nr"], "node": columns("nr")}}}), "fct_orders"
    )
    assert found["key", "nr"].lacks == ("not_null",)


def test_a_reference_goes_to_the_dimension_in_the_marts_and_to_staging_in_staging(tmp_path: Path) -> None:
    models = {
        "stg_customers": {"node": columns("customer_id")},
        "dim_customers": {"reads": ["model.shop.stg_customers"], "node": columns("customer_id")},
        "stg_orders": {"node": columns("order_id", "customer_id")},
        "fct_orders": {"reads": ["model.shop.stg_orders"], "node": columns("order_id", "customer_id")},
    }
    found = checklist(tmp_path, {"models": models})
    assert items(found, "fct_orders")["reference", "customer_id"].arguments["to"] == "ref('dim_customers')"
    assert items(found, "stg_orders")["reference", "customer_id"].arguments["to"] == "ref('stg_customers')"
    assert ("reference", "customer_id") not in items(found, "dim_customers")


def test_a_reference_that_two_could_answer_is_left_to_people(tmp_path: Path) -> None:
    models = {
        "int_customers": {"node": columns("customer_id")},
        "int_customers_ranked": {"node": columns("customer_id")},
        "int_orders": {"node": columns("order_id", "customer_id")},
    }
    item = items(checklist(tmp_path, {"models": models}), "int_orders")["reference", "customer_id"]
    assert item.open == "which of int_customers, int_customers_ranked it refers to"
    assert not item.arguments


def test_a_reference_is_never_to_what_is_made_of_the_model(tmp_path: Path) -> None:
    models = {
        "stg_orders": {"node": columns("order_id", "customer_id")},
        "stg_customers": {"reads": ["model.shop.stg_orders"], "node": columns("customer_id")},
    }
    assert ("reference", "customer_id") not in items(checklist(tmp_path, {"models": models}), "stg_orders")


def test_values_and_bounds_are_taken_from_where_they_are_told_and_else_left_open(tmp_path: Path) -> None:
    models = {
        "stg_orders": {
            "reads": ["source.shop.crm.orders"],
            "node": columns("order_id", "order_status", "total_amount"),
        },
        "fct_orders": {
            "reads": ["model.shop.stg_orders", "model.shop.stg_notes"],
            "node": columns("order_id", "order_status", "total_amount", "paid_amount"),
        },
        "stg_notes": {"node": columns("note_id")},
    }
    sources = {"orders": columns("order_id", "order_status", "total_amount")}
    checks = [
        {"check": "accepted_values", "column": "order_status", "values": ["new", "done"]},
        {"check": "range", "column": "total_amount", "min": 0},
    ]
    found = checklist(
        tmp_path, {"models": models, "sources": sources}, suites=[{"table": "lake.crm.orders", "checks": checks}]
    )
    mart = items(found, "fct_orders")
    assert mart["values", "order_status"].arguments == {"values": ["new", "done"]}
    assert mart["values", "order_status"].because == "as in crm.orders: suite lake.crm.orders"
    assert mart["range", "total_amount"].arguments == {"min_value": 0}
    assert mart["range", "paid_amount"].open
    assert not mart["range", "paid_amount"].arguments


def test_a_changed_type_or_two_origins_end_what_is_handed_down(tmp_path: Path) -> None:
    cents = {"columns": {"total_amount": {"name": "total_amount", "data_type": "integer"}}}
    models = {
        "stg_a": {"node": cents},
        "stg_b": {"node": columns("b_id", "order_status")},
        "stg_c": {"node": columns("c_id", "order_status")},
        "fct_d": {
            "reads": ["model.shop.stg_a", "model.shop.stg_b", "model.shop.stg_c"],
            "node": columns("total_amount", "order_status"),
        },
    }
    suites = [
        {"table": "stg_a", "checks": [{"check": "range", "column": "total_amount", "max": 100}]},
        {"table": "stg_b", "checks": [{"check": "accepted_values", "column": "order_status", "values": ["x"]}]},
    ]
    mart = items(checklist(tmp_path, {"models": models}, suites=suites), "fct_d")
    assert mart["range", "total_amount"].open
    assert mart["values", "order_status"].open


@pytest.mark.parametrize(
    ("told", "freshness", "expected"),
    [
        ({}, {"error_after": {"count": 2, "period": "day"}}, {"datepart": "hour", "interval": 48}),
        ({"levels": LEVELS}, {}, {"datepart": "hour", "interval": 8}),
        ({}, {}, {}),
    ],
)
def test_recency_follows_what_is_promised(
    told: dict[str, Any], freshness: dict[str, Any], expected: dict[str, Any], tmp_path: Path
) -> None:
    models = {
        "fct_orders": {"reads": ["source.shop.crm.orders"], "node": columns("order_id", "ordered_at", "order_date")}
    }
    case = {"models": models, "sources": {"orders": {"freshness": freshness}}}
    item = items(checklist(tmp_path, case, **told), "fct_orders")["recency", "ordered_at"]
    assert item.arguments == expected
    assert bool(item.open) is not bool(expected)


def test_a_day_is_dated_by_its_beginning(tmp_path: Path) -> None:
    models = {"fct_sales": {"node": columns("order_date")}}
    levels = {"pipelines": [{"pipeline": "p", "freshness_hours": 26, "writes": ["fct_sales"]}]}
    item = items(checklist(tmp_path, {"models": models}, levels=levels), "fct_sales")["recency", "order_date"]
    assert item.arguments == {"datepart": "day", "interval": 3}


def test_a_dimension_need_not_grow_but_its_load_is_recent(tmp_path: Path) -> None:
    models = {
        "dim_a": {"node": columns("a_id", "registered_at")},
        "dim_b": {"node": columns("b_id", "registered_at", "loaded_at")},
    }
    found = checklist(tmp_path, {"models": models})
    assert not [name for name, _ in items(found, "dim_a") if name == "recency"]
    assert ("recency", "loaded_at") in items(found, "dim_b")


@pytest.mark.parametrize(
    ("name", "type_", "quantity", "category"),
    [
        ("order_amount", "DECIMAL(12,2)", True, False),
        ("order_year", "INTEGER", False, False),
        ("zip_code", "INTEGER", False, False),
        ("order_status", "VARCHAR", False, True),
        ("statusText", "VARCHAR", False, False),
        ("orderStatus", "VARCHAR", False, True),
        ("country_name", "VARCHAR", False, False),
        ("is_active", "BOOLEAN", False, False),
    ],
)
def test_what_a_column_is(name: str, type_: str, quantity: bool, category: bool) -> None:
    column = TypedColumn(name, type_, kind_of(type_, "duckdb"))
    assert (column.is_quantity, column.is_category) == (quantity, category)


@pytest.mark.parametrize(
    ("adapter", "type_", "kind"),
    [
        ("snowflake", "NUMBER(38,0)", "number"),
        ("bigquery", "FLOAT64", "number"),
        ("bigquery", "STRING", "text"),
        ("postgres", "timestamp with time zone", "moment"),
        ("databricks", "decimal(10,2)", "number"),
        ("nobody", "GEOGRAPHY", "other"),
    ],
)
def test_types_are_read_in_the_words_of_the_adapter(adapter: str, type_: str, kind: str) -> None:
    assert kind_of(type_, adapter) == kind
