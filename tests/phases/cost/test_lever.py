"""Ways to save are applied one after the other: never more than is spent, never the same money twice, the same on every run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.phases.cost.lever import PARTS, Savings, Touched, simulated
from decom_nb.phases.cost.lever_table import LEVER_NAMES, lever_table
from tests.phases.cost.test_rules import supply

DRAWS = 400
SHARES = st.floats(0, 1)
AMOUNTS = st.floats(0, 1e9)


@st.composite
def touched(draw: Any) -> Touched:
    low, high = sorted((draw(SHARES), draw(SHARES)))
    return Touched(
        draw(st.sampled_from(LEVER_NAMES)), draw(AMOUNTS), draw(AMOUNTS), low, high, of_whole=draw(st.booleans())
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(touched(), max_size=8, unique_by=lambda each: each.name),
    st.fixed_dictionaries(dict.fromkeys(PARTS, AMOUNTS)),
    AMOUNTS,
)
def test_no_draw_saves_more_than_is_spent_and_parts_add_up(
    levers: list[Touched], spend: dict[str, float], other: float
) -> None:
    whole = sum(spend.values()) + other
    drawn = simulated(levers, spend, whole, DRAWS, seed=3)
    slack = 1e-9 * max(whole, 1)
    assert (drawn.total <= sum(spend.values()) + slack).all()
    assert np.allclose(sum(drawn.saved.values(), np.zeros(DRAWS)), drawn.total, atol=slack)
    for lever in levers:
        saved = drawn.saved[lever.name]
        assert (saved >= -slack).all()
        # After others it never saves more than it would alone.
        assert saved.max(initial=0) <= drawn.alone[lever.name].max(initial=0) * (1 + 1e-9) + slack


def test_three_levers_of_80_per_cent_on_the_same_spend_do_not_save_240_per_cent() -> None:
    same = [Touched(name, 100.0, 0.0, 0.8, 0.8) for name in LEVER_NAMES[:3]]
    drawn = simulated(same, {"compute": 100.0}, 100.0, DRAWS, seed=1)
    assert drawn.total == pytest.approx(100 * (1 - 0.2**3))
    assert [drawn.saved[name].mean() for name in LEVER_NAMES[:3]] == pytest.approx([80, 16, 3.2])


def test_what_was_eliminated_is_not_compressed_too_as_far_as_it_is_the_same() -> None:
    gone = Touched("eliminate_unused", 0.0, 50.0, 1.0, 1.0)
    smaller = Touched("compress_data", 0.0, 50.0, 1.0, 1.0)
    drawn = simulated([gone, smaller], {"storage": 100.0}, 100.0, DRAWS, seed=1)
    second = drawn.saved["compress_data"]
    assert second.min() < 1  # wholly the same storage: nothing is left to compress
    assert second.max() > 49  # wholly other storage: all of it is


def test_the_order_changes_the_parts_and_not_what_is_possible() -> None:
    first, second = Touched("right_size", 100.0, 0.0, 0.5, 0.5), Touched("spot_for_batch", 100.0, 0.0, 0.8, 0.8)
    one = simulated([first, second], {"compute": 100.0}, 100.0, DRAWS, seed=1)
    other = simulated([second, first], {"compute": 100.0}, 100.0, DRAWS, seed=1)
    assert one.saved["right_size"].mean() == pytest.approx(50)
    assert other.saved["right_size"].mean() == pytest.approx(10)
    assert one.total == pytest.approx(other.total)


def test_of_the_whole_spend_no_more_is_eliminated_than_is_seen_to_be_unused() -> None:
    unused = Touched("eliminate_unused", 2.0, 1.0, 0.1, 0.3, of_whole=True)
    drawn = simulated([unused], {"compute": 60.0, "storage": 30.0}, 100.0, DRAWS, seed=1)
    assert drawn.total == pytest.approx(3.0)


def test_the_table_has_the_methodologys_ranges_and_says_why_each_stands_where_it_does() -> None:
    found = {each.lever: each.saves_percent for each in lever_table().levers}
    assert found == {
        "eliminate_unused": (10, 30),
        "lifecycle_policies": (40, 70),
        "compress_data": (50, 80),
        "prune_partitions": (30, 60),
        "cache_queries": (20, 50),
        "right_size": (20, 40),
        "spot_for_batch": (60, 80),
        "reserve_steady_state": (30, 50),
    }
    assert all("rules of thumb" in each.source and each.order_because for each in lever_table().levers)


CASE: dict[str, Any] = {
    "charges": [
        {
            "at": "2026-10-01",
            "hours": 1,
            "times": 744,
            "service_name": "Amazon Elastic Compute Cloud",
            "pricing_category": "Standard",
            "consumed_unit": "Hours",
            "tags": {"pipeline": "a", "env": "prod"},
            "sku_id": "m5",
        },
        {"cost": "300", "days": 31, "resource_name": "WH", "pricing_category": "Committed", "tags": {"env": "prod"}},
        {"cost": "200", "days": 31, "service_category": "Storage"},
    ],
    "objects": [
        {"key": "in/a.csv", "bytes": 600, "format": "csv", "compression": "none", "modified_at": "2026-10-20"},
        {
            "key": "old.parquet",
            "bytes": 400,
            "format": "parquet",
            "compression": "parquet",
            "modified_at": "2026-01-20",
            "storage_class": "STANDARD",
        },
    ],
    "queries": [
        {"days_ago": 31, "reads": ["db.s.t"]},
        {"days_ago": 1, "reads": ["db.s.t"], "warehouse": "WH", "seconds": 10.0, "times": 3, "bytes_scanned": 9},
        {"days_ago": 1, "reads": ["db.s.t"], "warehouse": "WH", "seconds": 20.0, "text": "SELECT 2"},
    ],
}


def pulled(**more: Any) -> Savings:
    found: Savings = supply({**CASE, **more}).get("lever_savings")
    return found


def test_what_each_lever_touches_is_measured() -> None:
    found = {each.text.lever: (each.standing, round(float(each.touches), 6)) for each in pulled().levers}
    assert found == {
        "eliminate_unused": ("not_applicable", 0.0),
        "lifecycle_policies": ("applies", 80.0),
        "compress_data": ("applies", 120.0),
        "prune_partitions": ("not_applicable", 0.0),
        "cache_queries": ("applies", 120.0),  # 20 of 50 seconds are the same text again; the warehouse costs 300
        "right_size": ("applies", 744.0),
        "spot_for_batch": ("applies", 744.0),  # of the machines that the pipeline's tag names
        "reserve_steady_state": ("applies", 744.0),
    }


def test_the_same_evidence_gives_the_same_savings_and_no_more_than_is_spent() -> None:
    first, second = pulled(), pulled()
    assert first.total == second.total
    low, middle, high = first.total
    assert 0 < low < middle < high < float(first.spend)
    middles = [each.saves[1] for each in first.levers if each.saves]
    assert sum(middles) == pytest.approx(middle, rel=0.05)


def test_people_may_say_that_a_lever_is_done_refused_other_or_not_applicable() -> None:
    levers = {
        "levers": [
            {"lever": "right_size", "state": "done"},
            {"lever": "spot_for_batch", "state": "refused", "because": "no retries yet"},
            {"lever": "reserve_steady_state", "applies": False},
            {"lever": "compress_data", "saves_low_percent": 10, "saves_high_percent": 10, "effort": "high"},
            {"lever": "prune_partitions", "touches_percent": 50, "state": "planned"},
        ]
    }
    found = {each.text.lever: each for each in pulled(levers=levers).levers}
    assert [found[name].standing for name in ("right_size", "spot_for_batch", "reserve_steady_state")] == [
        "done",
        "refused",
        "not_applicable",
    ]
    assert found["spot_for_batch"].why == "no retries yet"
    assert found["compress_data"].effort == "high"
    assert found["compress_data"].alone == pytest.approx(12.0)
    pruned = found["prune_partitions"]
    assert (pruned.standing, pruned.state, pruned.measured, float(pruned.touches)) == (
        "applies",
        "planned",
        False,
        522.0,
    )


def test_without_evidence_a_lever_is_not_known_and_saves_nothing() -> None:
    found = {each.text.lever: each for each in supply({"charges": CASE["charges"]}).get("lever_savings").levers}
    for name in ("lifecycle_policies", "compress_data", "prune_partitions", "cache_queries"):
        assert (found[name].standing, found[name].saves) == ("not_known", None)
        assert found[name].why


def test_a_lever_says_what_those_before_it_leave_of_what_it_touches() -> None:
    found = {each.text.lever: each for each in pulled().levers}
    applied = [each for each in found.values() if each.saves]
    assert applied[0].left is None
    assert applied[0].left_said(str) == ""
    told = [each for each in applied if each.left]
    assert told
    for each in told:
        assert each.left is not None
        assert each.saves is not None
        low, high = each.left
        assert 0 <= low <= high <= float(each.touches) + 1e-6
        if each.text.of != "all":  # what it saves is its range of what is left, and of no more
            assert each.saves[2] <= each.percent[1] / 100 * float(each.touches) + 1e-6
        said = each.left_said(lambda amount: f"{amount:.2f}")
        assert said.startswith(f"of the {low:.2f} to {high:.2f} left after: ")
        assert all("(" not in name for name in each.after)
