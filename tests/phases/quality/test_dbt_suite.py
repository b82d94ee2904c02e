"""dbt's tests become the checks that say the same, and what cannot be said here is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from decom_nb.check import AcceptedValues, ForeignKey, Freshness, NotNull, Range, Threshold, Unique
from decom_nb.phases.quality.dbt_suite import suite_of_dbt
from tests.evidence.made import dbt_of, manifest, node


def dbt_test(name: str, kind: str, **arguments: Any) -> dict[str, Any]:
    config = {"enabled": True, "severity": arguments.pop("severity", "ERROR")}
    told = {"name": kind, "kwargs": {"model": "{{ get_where_subquery(ref('orders')) }}", **arguments}}
    return node(f"test.shop.{name}", test_metadata=told, attached_node="model.shop.orders", config=config)


def test_each_test_becomes_the_check_that_says_the_same(tmp_path: Path) -> None:
    dbt = dbt_of(
        tmp_path,
        manifest=manifest(
            node("model.shop.orders"),
            node("model.shop.customers"),
            dbt_test("a_not_null", "not_null", column_name="order_id"),
            dbt_test("b_unique", "unique", column_name="order_id", severity="warn"),
            dbt_test("c_values", "accepted_values", column_name="status", values=["paid", "shipped"]),
            dbt_test(
                "d_parent", "relationships", column_name="customer_id", to="ref('customers')", field="customer_id"
            ),
            dbt_test("e_range", "accepted_range", column_name="amount", min_value=0),
            dbt_test("f_recency", "recency", field="ordered_at", datepart="day", interval=2),
        ),
    )
    suite, left_out = suite_of_dbt(dbt, "Marts.Orders")
    assert left_out == ()
    warned = {"warn": Threshold(count=0), "fail": Threshold()}
    assert suite.checks == (
        NotNull(name="a_not_null", columns=("order_id",)),
        Unique(name="b_unique", columns=("order_id",), **warned),
        AcceptedValues(name="c_values", column="status", values=("paid", "shipped")),
        ForeignKey(name="d_parent", columns=("customer_id",), parent="customers", parent_columns=("customer_id",)),
        Range(name="e_range", column="amount", min=0),
        Freshness(name="f_recency", column="ordered_at", max_age_hours=48),
    )
    assert suite_of_dbt(dbt, "customers")[0].checks == ()


def test_what_has_no_counterpart_is_told_with_the_reason(tmp_path: Path) -> None:
    own = node("test.shop.total_is_positive", depends_on={"nodes": ["model.shop.orders"]})
    dbt = dbt_of(
        tmp_path,
        manifest=manifest(
            node("model.shop.orders"),
            own,
            dbt_test("z_range", "accepted_range", column_name="amount", min_value="date '2020-01-01'"),
            dbt_test("z_odd", "mutually_exclusive_ranges", lower_bound_column="a"),
        ),
    )
    suite, left_out = suite_of_dbt(dbt, "orders")
    assert suite.checks == ()
    said = {each.partition(":")[0]: each.partition(": ")[2] for each in left_out}
    assert said["z_range"] == "its bounds are expressions"
    assert "no counterpart" in said["z_odd"]
    assert "runs in dbt only" in said["total_is_positive"]
