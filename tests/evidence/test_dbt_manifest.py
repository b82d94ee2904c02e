from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tests.evidence.made import dbt_of, manifest, metadata, node, put, read, run_results, said, source

ORDERS, CUSTOMERS = "model.shop.orders", "model.shop.customers"
UNIQUE = "test.shop.unique_orders_id.1f3e"


def test_a_model_carries_what_is_known_of_it(tmp_path: Path) -> None:
    model = node(
        ORDERS,
        description=" One row per order. ",
        columns={"id": {"name": "id", "description": "key", "data_type": "int", "config": {"meta": {"pii": False}}}},
        config={
            "enabled": True,
            "materialized": "incremental",
            "meta": {"owner": "Finance"},
            "tags": "daily",
            "group": "money",
        },
        contract={"enforced": True},
        access="public",
        original_file_path="models/orders.sql",
        depends_on={"macros": [], "nodes": ["source.shop.crm.orders"]},
        tags=["core", "daily"],
    )
    (read_model,) = dbt_of(tmp_path, manifest=manifest(model)).models
    assert read_model.key == ("shop", ORDERS)
    assert read_model.own
    assert read_model.origin == "manifest.json"
    assert read_model.description == "One row per order."
    assert read_model.tags == ("core", "daily")
    assert (read_model.owner, read_model.group, read_model.access) == ("Finance", "money", "public")
    assert (read_model.materialized, read_model.contract_enforced, read_model.path) == (
        "incremental",
        True,
        "models/orders.sql",
    )
    assert read_model.depends_on == ("source.shop.crm.orders",)
    (column,) = read_model.columns
    assert (column.name, column.description, column.data_type, column.meta) == ("id", "key", "int", {"pii": False})
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_model.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"meta": {"owner": "Ada"}}, "Ada"),
        ({"meta": {"owner": {"name": None, "email": "ada@example.com"}}}, "ada@example.com"),
        ({"meta": {"owner": ["Ada", "Bo"]}}, "Ada, Bo"),
        ({"config": {"group": "money"}}, "Finance"),
        ({"group": "money"}, "Finance"),
        ({}, ""),
    ],
)
def test_an_owner_is_in_the_meta_or_behind_the_group(tmp_path: Path, fields: dict[str, Any], owner: str) -> None:
    groups = {"group.shop.money": {"name": "money", "owner": {"name": "Finance", "email": ["a@example.com"]}}}
    (model,) = dbt_of(tmp_path, manifest=manifest(node(ORDERS, **fields), groups=groups)).models
    assert model.owner == owner


def test_disabled_resources_are_counted_and_left_out(tmp_path: Path) -> None:
    off = {"config": {"enabled": False}}
    content = manifest(
        node(ORDERS),
        node(CUSTOMERS, **off),
        disabled={"model.shop.a": [node("model.shop.a", **off)], "model.shop.b": [{}, {}]},
        unit_tests={"unit_test.shop.orders.t": node("unit_test.shop.orders.t", **off)},
    )
    put(tmp_path, "manifest.json", content)
    evidence = read(tmp_path)
    declared = source(evidence, "dbt manifest")
    assert declared.counts == {"model": 1}
    assert declared.totals["disabled"] == 5
    assert [model.name for model in evidence.values["dbt"].models] == ["orders"]
    assert evidence.values["dbt"].unit_tests == ()


def test_disabled_resources_were_once_a_list(tmp_path: Path) -> None:
    put(tmp_path, "manifest.json", manifest(node(ORDERS), version=3, disabled=[{}, {}]))
    assert source(read(tmp_path), "dbt manifest").totals["disabled"] == 2


@pytest.mark.parametrize(
    ("fields", "kind", "model", "column"),
    [
        (
            {"attached_node": ORDERS, "column_name": "id", "test_metadata": {"name": "unique", "kwargs": {}}},
            "unique",
            ORDERS,
            "id",
        ),
        (
            {
                "test_metadata": {
                    "name": "relationships",
                    "kwargs": {
                        "to": "ref('customers')",
                        "column_name": "c",
                        "model": "{{ get_where_subquery(ref('orders')) }}",
                    },
                },
                "depends_on": {"nodes": [ORDERS, CUSTOMERS]},
            },
            "relationships",
            ORDERS,
            "c",
        ),
        (
            {
                "test_metadata": {
                    "name": "not_null",
                    "kwargs": {"model": "{{ get_where_subquery(source('crm', 'orders')) }}"},
                },
                "depends_on": {"nodes": ["source.shop.crm.orders"]},
            },
            "not_null",
            "source.shop.crm.orders",
            "",
        ),
        ({"depends_on": {"nodes": [ORDERS]}}, "singular", ORDERS, ""),
        ({"depends_on": {"nodes": [ORDERS, CUSTOMERS]}}, "singular", "", ""),
    ],
)
def test_a_test_is_attached_to_what_it_tests(
    tmp_path: Path, fields: dict[str, Any], kind: str, model: str, column: str
) -> None:
    dbt = dbt_of(tmp_path, manifest=manifest(node(ORDERS), node(UNIQUE, **fields)))
    (test,) = dbt.tests
    assert (test.kind, test.model, test.column, test.generic) == (kind, model, column, kind != "singular")
    assert dbt.tests_of == ({("shop", model): (test,)} if model else {})


@pytest.mark.parametrize(
    ("fields", "warn", "error"),
    [
        (
            {
                "freshness": {
                    "warn_after": {"count": 12, "period": "hour"},
                    "error_after": {"count": None, "period": None},
                }
            },
            43200,
            None,
        ),
        ({"config": {"freshness": {"error_after": {"count": 2, "period": "day"}}}}, None, 172800),
        ({"freshness": None}, None, None),
        ({"freshness": {"warn_after": {"count": 1, "period": "fortnight"}}}, None, None),
    ],
)
def test_a_source_promises_freshness(
    tmp_path: Path, fields: dict[str, Any], warn: float | None, error: float | None
) -> None:
    table = node("source.shop.crm.orders", source_name="crm", loaded_at_field="at", **fields)
    (read_table,) = dbt_of(tmp_path, manifest=manifest(sources={table["unique_id"]: table})).sources
    assert (read_table.warn_after, read_table.error_after) == (warn, error)
    assert read_table.freshness_declared is (warn is not None or error is not None)
    assert (read_table.source_name, read_table.loaded_at) == ("crm", "at")


def test_unit_tests_name_the_model_they_test(tmp_path: Path) -> None:
    unit = node("unit_test.shop.orders.counts", depends_on={"nodes": [ORDERS]}, model="orders")
    (test,) = dbt_of(tmp_path, manifest=manifest(unit_tests={unit["unique_id"]: unit})).unit_tests
    assert test.model == ORDERS


@pytest.mark.parametrize(
    ("told", "project"),
    [
        ({"project_name": "shop"}, "shop"),
        ({"project_id": "06e5b98c2db46f8a72cc4f66410e9b3b"}, "jaffle_shop"),
        ({}, "package"),
    ],
)
def test_the_project_is_named_or_found_by_its_md5(tmp_path: Path, told: dict[str, str], project: str) -> None:
    content = manifest(node("model.jaffle_shop.a"), node("model.package.b"), node("model.package.c"))
    content["metadata"] = metadata("manifest", 4, **told)
    assert dbt_of(tmp_path, manifest=content).projects == (project,)


def test_packages_are_told_apart_from_the_projects_own(tmp_path: Path) -> None:
    dbt = dbt_of(tmp_path, manifest=manifest(node(ORDERS), node("model.dbt_utils.spine")))
    assert {model.name: model.own for model in dbt.models} == {"orders": True, "spine": False}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"nodes": []}, "nodes is not an object"),
        ({"nodes": {ORDERS: 3, CUSTOMERS: node(CUSTOMERS)}}, f"nodes.{ORDERS} is not an object"),
        ({"exposures": "none"}, "exposures is not an object"),
    ],
)
def test_what_is_not_of_its_shape_is_a_problem_and_the_rest_is_read(
    tmp_path: Path, change: dict[str, Any], what: str
) -> None:
    put(tmp_path, "manifest.json", {**manifest(node(ORDERS)), **change})
    put(tmp_path, "results.json", run_results((ORDERS, "success")))
    evidence = read(tmp_path)
    assert said(source(evidence, "dbt manifest")) == [f"manifest.json: {what}"]
    assert len(evidence.values["dbt"].results) == 1
