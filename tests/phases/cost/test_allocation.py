"""The bill is allocated by the document's rules and by tags, and what is allocated and what is left add up to it exactly."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.evidence.store import Store
from decom_nb.phases.cost.activity import Activity, activity
from decom_nb.phases.cost.allocation import REASONS, Allocation, allocate
from decom_nb.phases.cost.documents import CostAllocation
from decom_nb.phases.cost.money import total
from decom_nb.phases.cost.monthly_bill import MonthlyBill, put_together
from tests.phases.cost.made import Lying, bill_of, charge, fill, levels, new_store, runs, store_of


def allocated(*charges: dict[str, Any], document: dict[str, Any] | None = None, **more: Any) -> Allocation:
    store = store_of(charges)
    fill(store, "history.runs", runs(*more.pop("runs", ())))
    fill(store, "query_log.queries", more.pop("queries", ()))
    lying = Lying(store)
    made = CostAllocation.model_validate(document) if document is not None else None
    return allocate(MonthlyBill(store), made, activity(lying), lying, more.get("named"))


def told(found: Allocation) -> dict[str, Decimal]:
    """Give what each pipeline bears, and what is left for each reason."""
    sums: dict[str, Decimal] = {}
    for line in found.lines:
        name = line.pipeline or line.reason
        sums[name] = sums.get(name, Decimal(0)) + line.effective
    return {name: amount.normalize() for name, amount in sums.items()}


def test_without_a_document_the_pipeline_tag_decides_and_the_rest_is_left_with_its_reason() -> None:
    found = allocated(
        {"cost": "3", "tags": {"Pipeline": "load_orders"}},
        {"cost": "2", "tags": {"user:pipeline": " orders_daily "}},
        {"cost": "1", "tags": {"team": "sales"}},
        {"cost": "4"},
        named=levels(load_orders=["orders_daily"]),
    )
    assert told(found) == {"load_orders": 5, REASONS["other_tags"]: 1, REASONS["no_tag"]: 4}
    assert "Nobody has written down" in found.notes[0]


def test_the_first_rule_that_holds_decides_and_comes_before_the_tag() -> None:
    document = {
        "rules": [
            {"to_pipeline": "load_erp", "resource": "ERP_*"},
            {"to_pipeline": "web", "tag_key": "team", "tag_value": "web*"},
            {"to_pipeline": "late", "service": "Virtual Machines"},
        ],
    }
    found = allocated(
        {"cost": "1", "resource_name": "erp_wh", "tags": {"pipeline": "x", "Team": "web"}},
        {"cost": "2", "tags": {"Team": "Web shop", "pipeline": "x"}},
        {"cost": "4", "service_name": "Storage", "tags": {"pipeline": "x"}},
        {"cost": "8"},
        document=document,
    )
    assert told(found) == {"load_erp": 1, "web": 2, "x": 4, "late": 8}


def test_taxes_commitments_and_credits_are_rows_of_their_own() -> None:
    found = allocated(
        {"cost": "10", "tags": {"pipeline": "a"}},
        {"cost": "2", "charge_category": "Tax", "tags": {"pipeline": "a"}},
        {
            "billed_cost": "100",
            "effective_cost": "0",
            "charge_category": "Purchase",
            "commitment_discount_id": "sp-1",
            "cost": "0",
        },
        {"cost": "3", "commitment_discount_id": "sp-1", "commitment_discount_status": "Unused"},
        {"cost": "-4", "charge_category": "Credit"},
        {"cost": "-1", "charge_category": "Credit", "tags": {"pipeline": "a"}},
        {"cost": "7", "charge_category": "Purchase", "tags": {"pipeline": "a"}},
    )
    assert told(found) == {
        "a": 16,
        REASONS["tax"]: 2,
        REASONS["commitment_purchase"]: 0,
        REASONS["commitment_unused"]: 3,
        REASONS["credit"]: -4,
    }
    assert total(line.billed for line in found.lines) == 117
    to_allocate, done, aside = found.shares("USD")
    assert (to_allocate, done, aside) == (15, 16, 2)


def test_a_tax_goes_where_a_rule_that_names_taxes_sends_it() -> None:
    document = {"rules": [{"to_pipeline": "a", "charge": "Tax"}]}
    assert told(allocated({"cost": "2", "charge_category": "Tax"}, document=document)) == {"a": 2}


POOLED = {"rules": [{"to_pool": "warehouse", "resource": "WH*"}]}


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ({}, {REASONS["pool"]: 12}),
        ({"split_by": "run_seconds"}, {"a": 9, "b": 3}),
        ({"split_by": "rows"}, {"a": 4, "b": 8}),
        ({"split_by": "rows", "among": ["b"]}, {"b": 12}),
        (
            {"split_by": "fixed", "shares": [{"pipeline": "a", "share": 1}, {"pipeline": "c", "share": 2}]},
            {"a": 4, "c": 8},
        ),
        ({"split_by": "query_bytes"}, {"a": 8, "b": 2, REASONS["pool_nobody"]: 2}),
        ({"split_by": "query_bytes", "warehouses": ["WH_2"]}, {REASONS["pool_nobody"]: 12}),
        ({"split_by": "query_seconds"}, {"a": 2, "b": 4, REASONS["pool_nobody"]: 6}),
    ],
)
def test_a_pool_is_divided_as_the_document_says_and_not_otherwise(
    pool: dict[str, Any], expected: dict[str, int]
) -> None:
    at = datetime(2026, 10, 3)
    found = allocated(
        {"cost": "12", "resource_name": "WH_1"},
        document={
            **POOLED,
            "pools": [{"pool": "warehouse", **pool}],
            "query_rules": [{"to_pipeline": "a", "user": "svc_a"}],
        },
        runs=[{"pipeline": "a", "seconds": 90, "rows": 100}, {"pipeline": "b", "seconds": 30, "rows": 200}],
        queries=[
            {"started_at": at, "user_name": "SVC_A", "warehouse": "WH_1", "bytes_scanned": 800, "seconds": 1.0},
            {"started_at": at, "user_name": "b_user", "warehouse": "WH_1", "bytes_scanned": 200, "seconds": 2.0},
            {"started_at": at, "user_name": "ann", "warehouse": "WH_2", "bytes_scanned": 200, "seconds": 3.0},
        ],
        named=levels(b=["b_user"]),
    )
    assert told(found) == expected


def test_a_pool_without_runs_in_its_month_is_left_with_that_reason() -> None:
    document = {**POOLED, "pools": [{"pool": "warehouse", "split_by": "run_seconds"}]}
    found = allocated({"cost": "5", "resource_name": "WH", "at": "2026-09-02"}, document=document, runs=[{}])
    assert told(found) == {REASONS["pool_idle"]: 5}


def test_the_template_has_cost_per_row_value_and_roi() -> None:
    document = {
        "pipelines": [
            {
                "pipeline": "load_orders",
                "business_value": "reorders",
                "roi_justified": True,
                "said_by": "head of purchasing",
            }
        ]
    }
    found = allocated(
        {"cost": "6", "tags": {"pipeline": "load_orders"}},
        {"cost": "3", "tags": {"pipeline": "load_orders"}, "service_category": "Storage"},
        {
            "cost": "1",
            "tags": {"pipeline": "load_orders"},
            "charge_description": "$0.09 per GB data transfer out",
        },
        {"cost": "2"},
        document=document,
        runs=[{"rows": 40}, {"rows": 60}],
    )
    row, left = found.by_pipeline("USD", "2026-10")
    assert (row.pipeline, dict(row.parts)) == ("load_orders", {"compute": 6, "storage": 3, "egress": 1, "other": 0})
    assert (row.total, row.rows, row.per_row) == (10, 100, Decimal("0.1"))
    assert (row.business_value, row.roi_justified, row.said_by) == ("reorders", True, "head of purchasing")
    assert (left.pipeline, left.total, left.reason) == ("", 2, REASONS["no_tag"])


def test_a_row_has_no_price_where_runs_do_not_tell_their_rows() -> None:
    found = allocated(
        {"cost": "6", "tags": {"pipeline": "load_orders"}}, runs=[{"rows": 40}, {"rows": None}]
    ).by_pipeline("USD", "2026-10")
    assert found[0].per_row is None


def test_one_silent_run_in_twenty_does_not_hide_what_a_row_costs() -> None:
    told = [{"rows": 10}] * 19
    found = allocated({"cost": "19", "tags": {"pipeline": "load_orders"}}, runs=[*told, {"rows": None}])
    assert found.by_pipeline("USD", "2026-10")[0].per_row == Decimal("0.1")


def test_a_resource_named_after_a_pipeline_is_that_pipelines() -> None:
    found = allocated({"cost": "1", "resource_name": "LOAD_ORDERS"}, named=levels(load_orders=[]))
    assert told(found) == {"load_orders": 1}


def test_development_is_told_by_tags_or_the_sub_accounts_name() -> None:
    found = allocated(
        {"tags": {"Environment": "DEV"}},
        {"tags": {"env": "prod"}, "sub_account_name": "data-dev"},
        {"sub_account_name": "data-staging-2"},
        {"sub_account_name": "devotion"},
    )
    assert sorted(str(line.development) for line in found.lines for _ in range(line.charges)) == [
        "False",
        "None",
        "True",
        "True",
    ]


def test_months_are_those_of_the_invoice_and_whole_ones_are_told_from_parts() -> None:
    bill = bill_of(
        {"at": "2026-09-01", "days": 30},
        {"at": "2026-08-30", "month": "2026-09", "charge_class": "Correction", "cost": "-1"},
        {"at": "2026-10-01", "days": 20},
        {"at": "2026-09-15", "days": 15, "billing_currency": "EUR"},
    )
    assert [(each.month, each.currency, each.effective, each.complete) for each in bill.months] == [
        ("2026-09", "EUR", 1, True),
        ("2026-09", "USD", 0, True),
        ("2026-10", "USD", 1, False),
    ]
    newest = bill.newest("USD")
    assert newest is not None
    assert newest.month == "2026-09"


def test_a_fee_for_the_whole_month_does_not_make_it_whole() -> None:
    bill = bill_of({"at": "2026-10-01", "times": 28}, {"at": "2026-10-01", "days": 31, "cost": "118"})
    assert [each.complete for each in bill.months] == [False]
    fees = bill_of({"at": "2026-10-01", "days": 31}, {"at": "2026-10-02", "days": 30}, {"at": "2026-10-05"})
    assert [each.complete for each in fees.months] == [True]


def test_charges_without_an_effective_cost_count_with_their_billed_one_and_are_told_of() -> None:
    found = allocated({"billed_cost": "5", "effective_cost": None}, {"billed_cost": None, "effective_cost": None})
    assert told(found) == {REASONS["no_tag"]: 5}
    assert any("2 charges have no effective cost" in note for note in found.notes)
    assert any("1 charges have no billed cost" in note for note in found.notes)


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ({"service_category": "Storage"}, "storage"),
        ({"service_category": "Compute", "charge_description": "EBS: GP3 storage, GB-month"}, "storage"),
        ({"service_category": "Databases", "charge_description": "db.r5 instance hour"}, "compute"),
        ({"service_category": "Databases", "charge_description": "x", "consumed_unit": "GB-Mo"}, "storage"),
        ({"service_category": "Storage", "charge_description": "$0.02 per GB - US West data transfer to EU"}, "egress"),
        ({"service_category": "Networking", "charge_description": "load balancer hours"}, "other"),
        (
            {"service_category": "Networking", "service_subcategory": "Content Delivery", "pricing_unit": "GB"},
            "egress",
        ),
        ({"service_category": "Management and Governance", "charge_description": "metrics"}, "other"),
        ({"service_category": "Other", "charge_description": "m5.large instance, per hour"}, "compute"),
        ({"service_category": None, "charge_description": None}, "other"),
        (
            {"service_category": "Management and Governance", "charge_description": "0.0 per free event in region"},
            "other",
        ),
    ],
)
def test_a_charge_has_the_category_that_the_table_tells(said: dict[str, Any], category: str) -> None:
    (row,) = bill_of(said).query("SELECT category FROM cost.monthly")
    assert row["category"] == category


CHARGE = st.fixed_dictionaries(
    {
        "at": st.sampled_from(["2026-09-03", "2026-10-01", "2026-10-31"]),
        "billed_cost": st.integers(-(10**20), 10**20).map(lambda units: Decimal(units).scaleb(-12)),
        "effective_cost": st.integers(-(10**20), 10**20).map(lambda units: Decimal(units).scaleb(-12)),
        "billing_currency": st.sampled_from(["USD", "EUR"]),
        "charge_category": st.sampled_from(["Usage", "Purchase", "Tax", "Credit", "Adjustment", None]),
        "commitment_discount_status": st.sampled_from([None, None, "Used", "Unused"]),
        "commitment_discount_id": st.sampled_from([None, None, "c"]),
        "service_name": st.sampled_from(["A", "B", None]),
        "resource_name": st.sampled_from(["WH_1", "it's 100%_[x]", None]),
        "tags": st.dictionaries(
            st.sampled_from(["pipeline", "team", "o'key"]), st.sampled_from(["a", "b", "", "x'y"]), max_size=2
        ),
    }
)
RULE = st.fixed_dictionaries(
    {"because": st.just("")},
    optional={
        "tag_key": st.sampled_from(["team", "o'key"]),
        "service": st.sampled_from(["A", "*"]),
        "resource": st.sampled_from(["wh*", "it's 100%_[x]"]),
        "charge": st.sampled_from(["Usage", "Tax", "Credit"]),
    },
).filter(lambda rule: len(rule) > 1)
POOL = st.sampled_from(
    [
        {"split_by": "none"},
        {"split_by": "run_seconds"},
        {"split_by": "rows", "among": ["a"]},
        {"split_by": "query_bytes"},
        {"split_by": "fixed", "shares": [{"pipeline": "a", "share": 1}, {"pipeline": "b", "share": 0.3}]},
    ]
)


@pytest.fixture(scope="module")
def shared_store() -> Store:
    """Make one store for all random bills: to make one takes longer than to try a bill."""
    store = new_store()
    fill(store, "history.runs", runs({"pipeline": "a", "seconds": 7.7}, {"pipeline": "b", "seconds": 1.1, "rows": 3}))
    fill(
        store,
        "query_log.queries",
        [
            {"started_at": datetime(2026, 10, 3), "user_name": "a", "bytes_scanned": 7},
            {"started_at": datetime(2026, 10, 3), "user_name": "z", "bytes_scanned": 4},
        ],
    )
    return store


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(CHARGE, max_size=12),
    st.lists(st.tuples(RULE, st.booleans()), max_size=3),
    POOL,
)
def test_sums_agree_with_the_bill_to_the_last_digit_whatever_the_bill_and_the_rules(
    shared_store: Store,
    charges: list[dict[str, Any]],
    ruled: list[tuple[dict[str, Any], bool]],
    pool: dict[str, Any],
) -> None:
    shared_store.con.execute("DELETE FROM billing.charges")
    fill(shared_store, "billing.charges", [charge(**each) for each in charges])
    rules = [{**rule, "to_pool": "p"} if pooled else {**rule, "to_pipeline": "a"} for rule, pooled in ruled]
    document = CostAllocation.model_validate({"rules": rules, "pools": [{"pool": "p", **pool}]})
    lying = Lying(shared_store)
    put_together(shared_store)
    found = allocate(MonthlyBill(shared_store), document, activity(lying), lying, levels(a=["x'y"]))
    for field in ("billed", "effective"):
        sums: dict[tuple[str, str], Decimal] = {}
        for each in charges:
            key = (each["at"][:7], each["billing_currency"])
            sums[key] = total([sums.get(key, Decimal(0)), each[f"{field}_cost"]])
        lines = {
            key: total(getattr(line, field) for line in found.lines if (line.month, line.currency) == key)
            for key in {(line.month, line.currency) for line in found.lines}
        }
        assert lines == sums
    assert all(bool(line.pipeline) != bool(line.reason) for line in found.lines)
    assert isinstance(found.activity, Activity)


def test_a_pipeline_that_nothing_else_knows_is_told_with_its_place_and_what_was_probably_meant() -> None:
    found = allocated(
        {"cost": "3", "tags": {"pipeline": "load_orders"}},
        {"cost": "2", "service_name": "Warehouse"},
        document={
            "rules": [{"to_pipeline": "export_crmm", "service": "Warehouse"}],
            "pools": [
                {"pool": "shared", "split_by": "fixed", "shares": [{"pipeline": "load_order", "share": 1}]},
                {"pool": "runs", "split_by": "run_seconds", "among": ["load_orders", "nightly"]},
            ],
            "pipelines": [{"pipeline": "qqq"}, {"pipeline": "sync_crm"}],
        },
        runs=[{"pipeline": "nightly"}],
        named=levels(export_crm=["sync_crm"]),
    )
    assert found.notes[:3] == (
        "No run, service level or tag knows export_crmm (documents/cost_allocation.yaml, rules[0].to_pipeline); did you mean "
        "export_crm?",
        "No run, service level or tag knows load_order (documents/cost_allocation.yaml, pools[0].shares[0].pipeline); did you "
        "mean load_orders?",
        "No run, service level or tag knows qqq (documents/cost_allocation.yaml, pipelines[0].pipeline); it stays a pipeline "
        "of its own.",
    )
    assert not any("nightly" in note or "sync_crm" in note for note in found.notes)
    assert told(found)["export_crmm"] == 2


def test_where_nothing_else_knows_pipelines_no_name_is_called_unknown() -> None:
    found = allocated({"cost": "2"}, document={"rules": [{"to_pipeline": "a", "service": "*"}]})
    assert not any("knows" in note for note in found.notes)
