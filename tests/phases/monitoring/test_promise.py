"""Promises: the form first, then contracts, then dbt; each says where it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from decom_nb.contract import Contract
from decom_nb.phases.monitoring.promise import Promise, Promises
from tests.phases.monitoring.test_health import supply

WRITES = {"pipelines": [{"pipeline": "load_orders", "writes": ["raw.orders"]}]}
DAYS = [{"times": 3}]


def promises(folder: Path, levels: dict[str, Any] | None, **more: Any) -> Promises:
    found = supply(folder, DAYS, levels, **more)
    told = found.get("promises")
    assert not found.failures
    assert isinstance(told, Promises)
    return told


def contract(hours: float, **terms: Any) -> Contract:
    return Contract.model_validate({"contract": {"name": "orders", "sla": {"freshness_hours": hours}, **terms}}).named(
        "o"
    )


def manifest(folder: Path, *, meta: dict[str, Any] | None = None, warn: int = 0, error: int = 0) -> None:
    def after(count: int) -> dict[str, Any]:
        return {"count": count or None, "period": "hour" if count else None}

    source = {
        "unique_id": "source.shop.raw.orders",
        "name": "orders",
        "source_name": "raw",
        "schema": "raw",
        "identifier": "orders",
        "resource_type": "source",
        "package_name": "shop",
        "original_file_path": "models/s.yml",
        "meta": meta or {},
        "loaded_at_field": "loaded_at",
        "freshness": {"warn_after": after(warn), "error_after": after(error), "filter": None},
    }
    content = {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "project_name": "shop",
            "generated_at": "2026-01-01T00:00:00Z",
        },
        "nodes": {},
        "sources": {source["unique_id"]: source},
        "exposures": {},
        "unit_tests": {},
        "disabled": {},
    }
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def test_the_form_comes_first(tmp_path: Path) -> None:
    manifest(tmp_path, warn=5)
    levels = {"pipelines": [{"pipeline": "load_orders", "freshness_hours": 3, "writes": ["raw.orders"]}]}
    told = promises(tmp_path, levels, contract=(contract(7, table="raw.orders"),))
    assert told.freshness == {"load_orders": Promise(3, "documents/service_levels.yaml")}


def test_a_contract_on_a_table_promises_for_the_pipeline_that_writes_it(tmp_path: Path) -> None:
    manifest(tmp_path, warn=5)
    told = promises(tmp_path, WRITES, contract=(contract(7, table="shop.raw.orders"), contract(9, table="raw.orders")))
    assert told.freshness == {"load_orders": Promise(7, "documents/contract/o.yaml")}


def test_a_contract_may_name_the_pipeline_itself(tmp_path: Path) -> None:
    told = promises(tmp_path, None, contract=(contract(7, table="anything", pipeline="load_orders"),))
    assert told.freshness == {"load_orders": Promise(7, "documents/contract/o.yaml")}


def test_dbts_freshness_is_a_promise_where_nothing_else_is(tmp_path: Path) -> None:
    manifest(tmp_path, warn=5, error=24)
    assert promises(tmp_path, WRITES).freshness == {
        "load_orders": Promise(24, "freshness of source.shop.raw.orders in dbt")
    }


def test_meta_in_dbt_promises_runtimes_and_ages(tmp_path: Path) -> None:
    manifest(tmp_path, meta={"sla_minutes": 15, "freshness_hours": 6, "owner": "us", "sla_hours": "soon"}, error=24)
    told = promises(tmp_path, WRITES)
    assert told.runtime == {"load_orders": Promise(15, "meta.sla_minutes of source.shop.raw.orders in dbt")}
    assert told.freshness == {"load_orders": Promise(6, "meta.freshness_hours of source.shop.raw.orders in dbt")}


def test_a_promise_by_another_name_holds_and_one_for_nothing_is_told(tmp_path: Path) -> None:
    levels = {
        "default_sla_minutes": 60,
        "pipelines": [
            {"pipeline": "orders", "also_known_as": ["load_orders"], "sla_minutes": 10},
            {"pipeline": "load_ordres", "sla_minutes": 10},
        ],
    }
    told = promises(tmp_path, levels)
    assert told.runtime == {"orders": Promise(10, "documents/service_levels.yaml")}
    assert told.unseen == ("load_ordres",)


def test_the_default_is_for_those_that_are_not_listed(tmp_path: Path) -> None:
    told = promises(tmp_path, {"default_sla_minutes": 60})
    assert told.runtime == {"load_orders": Promise(60, "documents/service_levels.yaml, default")}
    assert promises(tmp_path, {**WRITES, "default_sla_minutes": 60}).runtime == {}
