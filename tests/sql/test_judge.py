from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.check import (
    Check,
    Checked,
    CheckRun,
    Freshness,
    NotNull,
    Pair,
    Range,
    Reconciliation,
    RowChange,
    Statistic,
    TableRun,
    Threshold,
    TopShare,
    Unique,
    Volume,
)
from decom_nb.evidence.tables import Column, Table
from decom_nb.sql.judge import judge, undecided
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Matching, OutOfRange
from decom_nb.sql.reconcile import agrees, differences
from decom_nb.sql.undecidable import Undecidable

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
ORDERS = Table("orders", "frame", "orders", '"orders"', (
    Column("id", "BIGINT"), Column("email", "VARCHAR"), Column("amount", "DOUBLE"), Column("price", "DECIMAL(18,2)"),
    Column("at_", "TIMESTAMP"), Column("day", "DATE"), Column("part", "VARCHAR"),
))  # fmt: skip


def judged(check: Check, *values: Any, history: tuple[CheckRun, ...] = ()) -> Checked:
    return judge(check, ORDERS, dict(zip(needs(check, ORDERS), values, strict=True)), now=NOW, history=history)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 100), st.floats(0, 1))
def test_the_verdict_turns_exactly_where_a_threshold_is_exceeded(
    wrong: int, right: int, count: int, share: float
) -> None:
    rows = wrong + right
    check = NotNull(columns=("email",), warn=Threshold(count=count), fail=Threshold(share=share))
    found = judged(check, wrong, rows)
    assert (found.violations, found.rows) == (wrong, rows)
    assert found.share == (wrong / rows if rows else 0)
    too_many = bool(rows) and wrong / rows > share
    assert found.verdict == ("fail" if too_many else "warn" if wrong > count else "pass")


@pytest.mark.parametrize(
    "figures", [(np.int64(13), np.int64(2_000_000)), (Decimal(13), Decimal(2_000_000)), (13.0, 2e6), (13, 2_000_000)]
)
def test_whoever_counts_the_result_is_the_same(figures: tuple[Any, Any]) -> None:
    found = judged(NotNull(columns=("email",)), *figures)
    assert found.message == "13 of 2,000,000 rows have no email."
    assert (found.violations, found.rows, found.share) == (13, 2_000_000, 13 / 2_000_000)
    assert Checked.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("wrong", "rows", "message"),
    [
        (0, 0, "There is no row to look at."),
        (0, 1, "The one row is right."),
        (1, 1, "1 of 1 row has no email."),
        (0, 5, "All 5 rows have email."),
        (1, 5, "1 of 5 rows has no email."),
    ],
)
def test_the_message_is_a_sentence(wrong: int, rows: int, message: str) -> None:
    assert judged(NotNull(columns=("email",)), wrong, rows).message == message


@pytest.mark.parametrize(
    "newest",
    [
        datetime(2026, 4, 1, 6),
        datetime(2026, 4, 1, 6, tzinfo=UTC),
        datetime.fromisoformat("2026-04-01T08:00:00+02:00"),
        pd.Timestamp("2026-04-01 06:00"),
        np.datetime64("2026-04-01T06:00:00.000000"),
        "2026-04-01T06:00:00",
    ],
)
def test_age_is_told_in_utc_whatever_holds_the_moment(newest: Any) -> None:
    found = judged(Freshness(column="at_", max_age_hours=6), newest, 5)
    assert (found.verdict, found.value) == ("pass", 6)
    assert judged(Freshness(column="at_", max_age_hours=5), newest, 5).verdict == "fail"


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NaT, np.datetime64("NaT")])
def test_a_table_without_moments_is_not_fresh(nothing: Any) -> None:
    found = judged(Freshness(column="at_", max_age_hours=6), nothing, 5)
    assert (found.verdict, found.violations, found.value) == ("fail", 1, None)
    assert "no at_ at all" in found.message


def test_a_date_counts_from_its_beginning_and_the_future_is_named() -> None:
    assert judged(Freshness(column="day", max_age_hours=12), date(2026, 4, 1), 5).value == 12
    assert "in the future" in judged(Freshness(column="day", max_age_hours=12), date(2026, 4, 3), 5).message


def test_partitions_are_judged_apart_and_the_worst_comes_first() -> None:
    check = NotNull(columns=("email",), by=("part",), fail=Threshold(share=0.5))
    nulls = {("a",): 1, ("b",): 9, (None,): 0}
    rows = {("a",): 10, ("b",): 10, (None,): 5, ("c",): 1}
    found = judged(check, nulls, rows)
    assert (found.verdict, found.violations, found.rows, found.partitions_total) == ("fail", 10, 26, 4)
    assert [each.partition for each in found.partitions][:2] == [("b",), ("a",)]
    assert found.partitions[0].verdict == "fail"
    assert found.message == "1 of 4 partitions is not right; worst is part b: 9 of 10 rows have no email."


def test_at_most_fifty_partitions_are_listed() -> None:
    rows = {(str(at),): 1 for at in range(80)}
    found = judged(Volume(min_rows=2, by=("part",)), rows)
    assert (len(found.partitions), found.partitions_total, found.violations) == (50, 80, 80)


def test_a_single_key_need_not_be_a_tuple() -> None:
    assert judged(Volume(min_rows=1, by=("day",)), {date(2026, 4, 1): 3}).partitions[0].partition == ("2026-04-01",)


def test_what_was_not_looked_at_is_not_known_and_what_failed_is_an_error() -> None:
    check = Unique(columns=("id",))
    assert judge(check, ORDERS, {}, now=NOW).verdict == "not_known"
    found = judged(check, ValueError("out of memory"), 5)
    assert (found.verdict, found.violations, found.message) == ("error", None, "out of memory.")
    assert judge(Unique(columns=("ID_",)), ORDERS, {}, now=NOW).message == "orders has no column ID_; did you mean id?"
    assert undecided(check, "orders", "there is no table orders").verdict == "error"


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(10, "pass"), (Decimal("10.00"), "pass"), (Decimal("10.01"), "fail"), (10.0 + 1e-12, "pass"), (np.float64(10.1), "fail"),
     (math.nan, "fail"), (math.inf, "fail"), (None, "not_known")],
)  # fmt: skip
def test_a_statistic_is_held_to_its_bounds(value: Any, verdict: str) -> None:
    check = Statistic(column="price", of="sum", max=10)
    assert judged(check, value, 3).verdict == verdict


def test_a_statistic_of_nothing_is_not_known() -> None:
    for of in ("mean", "distinct", "null_share", "stddev"):
        check = Statistic.model_validate({"column": "price", "of": of, "max": 1})
        assert judged(check, None if of != "distinct" else 0, 0).verdict == "not_known"


def test_more_values_than_asked_for_do_no_harm_to_a_share() -> None:
    counts = {f"v{at}": 1 for at in range(50)} | {"big": 50}
    found = judged(TopShare(column="part", max_share=0.4), counts, 100, 120)
    assert (found.verdict, found.value, found.violations) == ("fail", 0.5, 1)


def run(at: datetime, rows: int | None, *, complete: bool = True, checked: int | None = None) -> CheckRun:
    table = TableRun(table="orders", place="x", kind="frame", rows=rows, complete=complete)
    check = RowChange(max_change=0.5, where="id > 0")
    checks = () if checked is None else (undecided(check, "orders", "x").model_copy(update={"rows": checked}),)
    return CheckRun(taken_at=at, tables=(table,), checks=checks)


def test_the_change_is_told_against_the_last_complete_runs() -> None:
    day = timedelta(days=1)
    history = (
        run(NOW - 3 * day, 100), run(NOW - 1 * day, 300), run(NOW - 2 * day, 999, complete=False), run(NOW - 9 * day, 5),
        run(NOW + day, 7),
    )  # fmt: skip
    found = judged(RowChange(max_change=0.5, runs=2), 300, history=history)
    assert (found.verdict, found.value) == ("pass", 0.5)
    assert judged(RowChange(max_change=0.5, runs=2), 301, history=history).verdict == "fail"
    assert judged(RowChange(max_change=0.5, runs=1), 300, history=history).value == 0
    nothing = judged(RowChange(max_change=0.5), 300)
    assert (nothing.verdict, nothing.message) == (
        "not_known",
        "There are 300 rows, and no earlier run to compare with.",
    )
    assert judged(RowChange(max_change=0.5), 5, history=(run(NOW - day, 0),)).verdict == "fail"
    assert judged(RowChange(max_change=0.5), 0, history=(run(NOW - day, 0),)).verdict == "pass"


def test_with_a_condition_the_rows_of_the_same_check_count() -> None:
    check = RowChange(max_change=0.5, where="id > 0")
    history = (run(NOW - timedelta(days=1), 1000, checked=10),)
    assert judged(check, 15, history=history).value == 0.5
    assert judged(check, 15, history=(run(NOW - timedelta(days=1), 1000),)).verdict == "not_known"


@pytest.mark.parametrize(
    ("ours", "theirs", "of", "tolerance", "share", "agree"),
    [
        (100, 100, "count", 0, 0, True),
        (101, 100, "count", 0, 0.01, True),
        (102, 100, "count", 0, 0.01, False),
        (99, 100, "sum", 0, 0.01, True),
        (100, 99, "sum", 0, 0.01, False),  # the share is of theirs
        (5, 0, "sum", 0, 0.5, False),
        (5, 0, "sum", 5, 0.5, True),
        (None, 0, "sum", 0, 0, True),
        (None, 0, "min", 0, 0, False),
        (None, None, "max", 0, 0, True),
        (0.1 + 0.2, 0.3, "sum", 0, 0, True),
        (0.1 + 0.2, Decimal("0.3"), "sum", 0, 0, True),
        (Decimal("0.31"), Decimal("0.30"), "sum", 0, 0, False),
        (10**30 + 1, 10**30, "sum", 0, 0, False),
        (math.nan, math.nan, "sum", 0, 0, True),
        (math.inf, 1e308, "sum", 0, 0.5, False),
        ("a", "a", "min", 0, 0, True),
        (date(2026, 4, 1), datetime(2026, 4, 1), "max", 0, 0, True),
        (np.float64(1), 1, "sum", 0, 0, True),
    ],
)
def test_figures_agree(ours: Any, theirs: Any, of: str, tolerance: float, share: float, agree: bool) -> None:
    assert agrees(ours, theirs, of, tolerance, share)[0] is agree


def test_groups_are_matched_whatever_type_their_keys_have() -> None:
    check = Reconciliation(against="totals", figures=(Pair(of="count"),), group=("x",))
    ours = {(1, date(2026, 4, 1)): (5,), (None, date(2026, 4, 1)): (2,), (3, date(2026, 4, 1)): (1,)}
    theirs = {
        (Decimal("1.0"), datetime(2026, 4, 1)): (5,),
        (None, pd.Timestamp("2026-04-01")): (2,),
        (4, date(2026, 4, 1)): (1,),
    }
    found = differences(check, ours, theirs)
    assert (found.groups, len(found.wrong), found.largest) == (4, 2, 0)
    assert found.wrong == ("4, 2026-04-01 00:00:00: only there", "3, 2026-04-01 00:00:00: only here")


def test_bounds_that_exclude_nothing_make_a_condition_that_never_holds() -> None:
    quantity = needs(Range(column="id", min=-(2**70)), ORDERS)[0]
    assert isinstance(quantity, Matching)
    assert quantity.wrong == OutOfRange("id", "BIGINT", None, None)
    assert quantity.wrong.sql == "FALSE"


def test_other_tables_are_looked_at_where_they_are_given() -> None:
    check = Reconciliation.model_validate(
        {"against": "totals", "figures": [{"of": "sum", "column": "price", "theirs": "total"}], "group": ["day"]}
    )
    totals = Table("totals", "frame", "totals", '"totals"', (Column("day", "DATE"), Column("totals", "DOUBLE")))
    with pytest.raises(Undecidable, match="did you mean totals"):
        needs(check, ORDERS, {"totals": totals})
    with pytest.raises(Undecidable, match="no table totals"):
        needs(check, ORDERS, {})
    assert needs(check, ORDERS)[1].table == "totals"


def test_a_moment_far_ahead_does_not_make_a_table_fresh() -> None:
    check = Freshness(column="at_", max_age_hours=24)
    near, far = NOW + timedelta(hours=5), NOW + timedelta(days=600)
    assert judged(check, near, 5).verdict == "pass"
    found = judged(check, far, 5)
    assert found.verdict == "fail"
    assert "in the future" in found.message
