"""Runs: their plan, their limits, how they stop, and what they leave behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decom_nb.check import (
    AcceptedValues,
    Check,
    Checked,
    Expression,
    ForeignKey,
    Freshness,
    Length,
    NotNull,
    Outliers,
    Pair,
    Range,
    Reconciliation,
    Regex,
    RowChange,
    Statistic,
    Suite,
    TopShare,
    Unique,
    Volume,
)
from decom_nb.engine import Limits, Progress, explain
from decom_nb.engine import keys as keys_module
from decom_nb.errors import InputError
from decom_nb.evidence.tables import Tables, TableSource
from tests.engine.made_tables import NOW, ran

ROWS = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders as DuckDB writes them, in several row groups, and the tables they refer to."""
    made = tmp_path_factory.mktemp("tables")
    with duckdb.connect() as connection:
        connection.execute(f"""COPY (SELECT i AS id, CASE WHEN i = 40000 THEN 39999 ELSE i END AS key, 1 + i % 100 AS customer,
            CASE WHEN i = 5 THEN 'typo' ELSE ['new', 'paid', 'sent'][1 + i % 3] END AS status,
            CASE WHEN i = 50000 THEN NULL ELSE (i % 700)::DOUBLE END AS amount, 'user' || i || '@example.com' AS email,
            md5(i::VARCHAR) AS hash, TIMESTAMP '2026-03-01' + to_seconds(i) AS placed,
            TIMESTAMP '2026-03-01' + to_seconds(i + CASE WHEN i % 20000 = 7 THEN -5 ELSE 5 END) AS sent
            FROM range({ROWS}) r(i)) TO '{made}/orders.parquet' (FORMAT parquet, ROW_GROUP_SIZE 6000)""")
        connection.execute(f"COPY (SELECT i AS id FROM range(1, 101) r(i)) TO '{made}/customers.parquet'")
        connection.execute(f"COPY (SELECT i * 3 AS id FROM range(1, 101) r(i)) TO '{made}/gaps.parquet'")
        connection.execute(f"""COPY (SELECT CAST(placed AS DATE) AS day, count(*) AS n, sum(amount) AS amount
            FROM '{made}/orders.parquet' GROUP BY 1) TO '{made}/daily.parquet'""")
        connection.execute(f"COPY (FROM '{made}/orders.parquet') TO '{made}/text.csv'")
    return made


@pytest.fixture
def tables(folder: Path) -> Iterator[Tables]:
    """The tables, open."""
    names = ("orders", "customers", "gaps", "daily")
    sources = [TableSource(name=each, path=f"{each}.parquet") for each in names]
    with Tables([*sources, TableSource(name="text", path="text.csv")], folder) as opened:
        yield opened


def suite(*checks: Check, table: str = "orders") -> Suite:
    return Suite(table=table, key=("id",), checks=checks)


def one(check: Check, tables: Tables, **more: Any) -> Checked:
    return ran(suite(check), tables, **more).checks[0]


@pytest.mark.parametrize(
    ("check", "decided_by", "violations"),
    [
        (NotNull(columns=("amount",)), "footer", 1),
        (NotNull(columns=("id", "amount")), "footer", 1),
        (Volume(min_rows=1), "footer", 0),
        (Freshness(column="placed", max_age_hours=24), "footer", 1),
        (Statistic(column="id", of="max", max=100_000), "footer", 0),
        (Range(column="id", min=0, max=ROWS), "footer", 0),
        (Range(column="amount", min=0), "footer", 0),
        (Range(column="id", max=ROWS - 3), "zone_map", 2),
        (Range(column="placed", max="2026-03-01 16:30:00"), "zone_map", 599),
        (AcceptedValues(column="status", values=("new", "paid", "sent")), "value_table", 1),
        (Regex(column="status", pattern="^[a-z]+$"), "value_table", 0),
        (TopShare(column="status", max_share=0.3), "value_table", 3),
        (Unique(columns=("key",)), "key_bitmap", 1),
        (Unique(columns=("hash",)), "query", 0),
        (ForeignKey(columns=("customer",), parent="customers", parent_columns=("id",)), "range_test", 0),
        (
            ForeignKey(columns=("customer",), parent="gaps", parent_columns=("id",)),
            "join_count",
            ROWS - ROWS * 33 // 100,
        ),
        (Regex(column="email", pattern="@example"), "scan", 0),
        (Expression(expression="sent >= placed"), "shared_pass", 3),
        (Outliers(column="amount"), "query", 0),
        (RowChange(max_change=0.5), "history", None),
    ],
    ids=lambda given: given.kind if isinstance(given, Check) else str(given),
)
def test_each_goes_to_the_cheapest_evidence(
    check: Check, decided_by: str, violations: int | None, tables: Tables
) -> None:
    planned = one(check, tables)
    assert planned.decided_by == decided_by
    assert planned.violations == violations
    scanned = one(check, tables, plan="scan")
    assert scanned.violations == violations
    assert scanned.decided_by in ("scan", "query", "history")


def test_a_plan_tells_its_steps_and_takes_none(tables: Tables) -> None:
    asked = suite(NotNull(columns=("amount",)), Range(column="id", max=ROWS - 3), Regex(column="email", pattern="@"))
    steps = {each.checks: each for each in explain([asked], tables)}
    assert steps[("not_null_amount",)].decided_by == "footer"
    assert "of 60,000 rows undecided" in steps[("range_id",)].because
    assert steps[("regex_email",)].decided_by == "scan"
    assert all(each.decided_by == "scan" for each in explain([asked], tables, plan="scan"))


def test_the_same_figure_is_asked_once(tables: Tables) -> None:
    many = suite(*(Expression(name=f"e{at}", expression="sent >= placed", fail={"count": at}) for at in range(10)))
    (step,) = [each for each in explain([many], tables, samples=0) if each.decided_by == "shared_pass"]
    assert len(step.checks) == 10
    assert step.sql[0].count("FILTER") == 1
    assert [each.verdict for each in ran(many, tables).checks] == ["fail"] * 3 + ["pass"] * 7


def test_figures_ride_along_with_a_grouping(tables: Tables) -> None:
    asked = suite(
        Reconciliation(
            against="daily",
            group=("CAST(placed AS DATE)",),
            their_group=("day",),
            figures=(Pair(of="count", theirs="n", stated=True), Pair(of="sum", column="amount", stated=True)),
        ),
        Statistic(column="amount", of="mean", min=0, max=1000),
        Expression(expression="sent >= placed"),
    )
    found = ran(asked, tables)
    assert [each.violations for each in found.checks] == [0, 0, 3]
    assert found.checks[1].decided_by == "shared_pass"
    assert [each["id"] for each in found.checks[2].samples] == [7]  # one address a group is kept
    steps = [each for each in explain([asked], tables) if each.table == "orders" and each.decided_by == "shared_pass"]
    assert len(steps) == 1


def test_failing_rows_are_shown_by_their_keys(tables: Tables) -> None:
    checks = (
        NotNull(columns=("amount",)),
        Range(column="id", max=ROWS - 3),
        AcceptedValues(column="status", values=("new", "paid", "sent")),
        Unique(columns=("key",)),
        Length(column="email", max=18),
    )
    found = ran(suite(*checks), tables, samples=2)
    assert [[dict(row) for row in each.samples] for each in found.checks[:3]] == [
        [{"id": 50000}],
        [{"id": ROWS - 2}, {"id": ROWS - 1}],
        [{"id": 5}],
    ]
    assert {row["key"] for row in found.checks[3].samples} == {39999}
    assert len(found.checks[4].samples) == 2
    hidden = ran(Suite(table="orders", key=("id",), personal=("id",), checks=checks[:1]), tables)
    assert hidden.checks[0].samples == ({"id": "•••"},)
    assert not ran(suite(*checks), tables, samples=0).checks[0].samples


def test_bounds_of_text_are_not_believed(tmp_path: Path) -> None:
    long = "z" * 100
    pq.write_table(pa.table({"text": [long + "a", long + "b"]}), tmp_path / "orders.parquet")
    with Tables([TableSource(path="orders.parquet")], tmp_path) as tables:
        found = one(Range(column="text", max=long + "a"), tables)
    assert found.violations == 1
    assert found.decided_by != "footer"


@pytest.mark.parametrize("type_", [pa.float64(), pa.float32()])
def test_a_nan_that_the_bounds_leave_out_is_found(type_: pa.DataType, tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"id": [1, 2, 3], "x": pa.array([1.0, float("nan"), 5.0], type_)}), tmp_path / "orders.parquet"
    )
    checks = (
        Range(column="x", max=10),
        Range(name="low", column="x", min=0),
        Statistic(column="x", of="max", max=10),
        NotNull(columns=("id",), where="x > 10"),
    )
    with Tables([TableSource(path="orders.parquet")], tmp_path) as tables:
        for plan in ("cheapest", "scan"):
            found = ran(suite(*checks), tables, plan=plan)
            assert [each.violations for each in found.checks[:2]] == [1, 1], plan
            assert found.checks[0].samples == ({"id": 2},), plan
            assert found.checks[2].verdict != "pass", plan
            assert found.checks[3].rows == 1, plan


def test_null_counts_are_not_believed_where_a_file_lacks_the_column(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    pq.write_table(pa.table({"id": [1, 2], "x": [1, 2]}), tmp_path / "orders" / "a.parquet")
    pq.write_table(pa.table({"id": [3]}), tmp_path / "orders" / "b.parquet")
    with Tables([TableSource(name="orders", path="orders")], tmp_path) as tables:
        for plan in ("cheapest", "scan"):
            found = ran(suite(NotNull(columns=("x",)), Volume(min_rows=3)), tables, plan=plan)
            assert [each.violations for each in found.checks] == [1, 0]


def test_rows_of_several_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    for at in range(3):
        rows = pa.table({"id": [at * 10 + 1, at * 10 + 2], "x": [1, 2 if at != 1 else -2], "y": [1, 1]})
        pq.write_table(rows, tmp_path / "orders" / f"{at}.parquet")
    with Tables([TableSource(name="orders", path="orders")], tmp_path) as tables:
        found = ran(suite(Expression(expression="x + y > 0"), Range(column="x", min=0)), tables)
    assert [each.samples for each in found.checks] == [({"id": 12},), ({"id": 12},)]


def test_keys_beyond_a_bitmap_are_sorted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"""COPY (SELECT i AS id, hash(i // 2 * 2 + (i % 2) * (i <> 7)::INT) >> 1 AS wide,
            md5((i - (i = 9)::INT)::VARCHAR) AS text, i % 1000 AS a, i // 1000 AS b, i::DOUBLE AS x
            FROM range(30000) r(i)) TO '{tmp_path}/orders.parquet'""")
    monkeypatch.setattr(keys_module, "_SMALL", 1000)
    monkeypatch.setattr(keys_module, "_SORTED", 9000)  # several passes, each for a part of the hashes
    checks = [Unique(columns=("wide",)), Unique(columns=("text",)), Unique(columns=("a", "b")), Unique(columns=("x",))]
    checks.append(Unique(name="some", columns=("text",), where="id <> 9"))
    with Tables([TableSource(path="orders.parquet")], tmp_path) as tables:
        found = ran(suite(*checks), tables)
    assert [each.violations for each in found.checks] == [1, 1, 0, 0, 0]
    assert {each.decided_by for each in found.checks} == {"key_sort"}
    assert {row["id"] for row in found.checks[1].samples} == {8, 9}


def test_a_text_whose_later_rows_are_of_another_type_is_read_again(tmp_path: Path) -> None:
    lines = [f"{at},{at}" for at in range(30_000)] + ["30000,many"]
    (tmp_path / "orders.csv").write_text("\n".join(["id,n", *lines]) + "\n")
    checks = (NotNull(columns=("n",)), Regex(column="n", pattern="^[0-9]+$"))
    with Tables([TableSource(path="orders.csv")], tmp_path) as tables:
        found = ran(suite(*checks), tables)
    assert [each.violations for each in found.checks] == [0, 1]
    assert dict(found.tables[0].columns)["n"] == "VARCHAR"
    assert found.complete


def test_a_table_that_cannot_be_read_ends_no_other(tables: Tables) -> None:
    from decom_nb.engine import run

    found = run([suite(Volume(min_rows=1), table="nowhere"), suite(Volume(min_rows=1))], tables, now=NOW)
    assert [each.verdict for each in found.checks] == ["error", "pass"]
    assert "no table" in found.checks[0].message
    assert [each.complete for each in found.tables] == [False, True]
    assert not found.complete


def test_a_query_that_fails_ends_no_other(tables: Tables) -> None:
    fails = Expression(name="fails", expression="CAST(status AS INTEGER) > 0")
    found = ran(suite(fails, Expression(expression="sent >= placed")), tables)
    assert [each.verdict for each in found.checks] == ["error", "fail"]
    assert "typo" in found.checks[0].message or "Conversion" in found.checks[0].message
    assert found.checks[1].violations == 3


def test_a_table_that_changes_meanwhile_is_not_judged(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "orders.parquet"
    place.write_bytes((folder / "orders.parquet").read_bytes())

    def change(progress: Progress) -> None:
        if progress.check == "volume":
            other = tmp_path / "other"
            pq.write_table(pa.table({"id": [1]}), other)
            other.replace(place)

    with Tables([TableSource(path="orders.parquet")], tmp_path) as tables:
        found = ran(suite(Volume(min_rows=1)), tables, progress=change)
    assert found.checks[0].verdict == "not_known"
    assert "changed" in found.checks[0].message
    assert "changed" in found.tables[0].note
    assert not found.complete


def test_progress_is_told_check_by_check(tables: Tables) -> None:
    told: list[Progress] = []
    ran(
        suite(Volume(min_rows=1), Regex(column="email", pattern="@"), NotNull(columns=("id",))),
        tables,
        progress=told.append,
    )
    assert [each.done for each in told] == [0, 1, 2, 3]
    assert {each.check for each in told[1:]} == {"volume", "regex_email", "not_null_id"}
    assert told[-1].fraction == 1


SLOW = Expression(name="slow", expression="regexp_matches(repeat(email, 2000), 'x.*y.*z$') IS NOT NULL")


def left_behind(tables: Tables) -> list[Any]:
    return tables.connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()


def test_what_takes_too_long_is_stopped_and_the_rest_kept(tables: Tables) -> None:
    asked = [suite(NotNull(columns=("id",)), SLOW), suite(Volume(min_rows=1), table="customers")]
    from decom_nb.engine import run

    found = run(asked, tables, now=NOW, limits=Limits(seconds_per_table=0.3))
    assert [each.verdict for each in found.checks] == ["pass", "not_known", "pass"]
    assert "limit of 0.3 seconds" in found.checks[1].message
    assert [each.complete for each in found.tables] == [False, True]
    assert not left_behind(tables)
    assert one(Volume(min_rows=1), tables).verdict == "pass"  # the connection works on


def test_a_run_is_cancelled_from_another_thread(tables: Tables) -> None:
    cancel = threading.Event()
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    found = ran(
        suite(NotNull(columns=("id",)), AcceptedValues(column="status", values=("new",)), SLOW),
        tables,
        cancelled=cancel.is_set,
    )
    timer.join()
    assert [each.verdict for each in found.checks] == ["pass", "fail", "not_known"]
    assert not found.complete
    assert not left_behind(tables)
    assert not [each for each in threading.enumerate() if each.name == "decom check run"]


def test_control_c_keeps_what_was_decided(tables: Tables) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.check == "not_null_id":
            raise KeyboardInterrupt

    found = ran(suite(NotNull(columns=("id",)), SLOW), tables, progress=interrupt)
    assert [each.verdict for each in found.checks] == ["pass", "not_known"]
    assert not found.complete


def test_a_memory_limit_holds_for_the_run_alone(tables: Tables) -> None:
    before = tables.connection.execute("SELECT current_setting('memory_limit')").fetchone()
    inside: list[Any] = []

    def look(_: Progress) -> None:
        inside.append(tables.connection.execute("SELECT current_setting('memory_limit')").fetchone())

    ran(suite(Volume(min_rows=1)), tables, limits=Limits(memory="300MB"), progress=look)
    assert inside[0] == ("286.1 MiB",)
    assert tables.connection.execute("SELECT current_setting('memory_limit')").fetchone() == before


@pytest.mark.parametrize("wrong", [{"memory": "lots"}, {"seconds_per_table": 0}])
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Limits(**wrong)


def test_a_text_is_read_once_and_gone_afterwards(tables: Tables) -> None:
    found = ran(
        suite(Unique(columns=("key",)), NotNull(columns=("amount",)), Range(column="amount", min=0), table="text"),
        tables,
    )
    assert [each.violations for each in found.checks] == [1, 1, 0]
    assert found.checks[1].samples == ({"id": 50000},)
    assert found.tables[0].rows == ROWS
    assert not left_behind(tables)
