"""The test of the tests: faults are where they are said to be, what notices them is told, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from decom_nb.check import (
    KINDS,
    AcceptedValues,
    AnyCheck,
    ForeignKey,
    Freshness,
    NotNull,
    RowChange,
    Suite,
    Threshold,
    Unique,
    Volume,
)
from decom_nb.check.mutated import MutatedTable
from decom_nb.engine import run
from decom_nb.errors import InputError
from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.phases.quality.fault import ROW, Copy, Reference, faults
from decom_nb.phases.quality.mutation import mutate

ORDERS = """
    SELECT i AS order_id, 1 + i % 40 AS customer_id, ['paid', 'shipped', 'returned'][1 + i % 3] AS status,
      CAST(10 + i % 90 AS DECIMAL(10, 2)) AS amount, 'AB-' || (1000 + i) AS code,
      TIMESTAMP '2026-01-01' + to_hours(CAST(i AS BIGINT)) AS ordered_at,
      TIMESTAMP '2026-01-01' + to_hours(CAST(i + 2 AS BIGINT)) AS shipped_at
    FROM range(480) r(i)
"""
FAULTS = {
    "nulls", "duplicates", "orphans", "stale_load", "dropped_partition", "unit_change", "shifted_time_zone",
    "category_typo", "swapped_columns", "truncated_strings",
}  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    duckdb.sql(f"COPY ({ORDERS}) TO '{tmp_path}/orders.parquet'")
    duckdb.sql(f"COPY (SELECT i AS customer_id FROM range(1, 41) r(i)) TO '{tmp_path}/customers.parquet'")
    duckdb.sql(f"COPY (SELECT 1 AS a LIMIT 0) TO '{tmp_path}/nothing.parquet'")
    names = ("orders", "customers", "nothing")
    with Tables([TableSource(path=f"{each}.parquet") for each in names], tmp_path) as opened:
        yield opened


def suite(*checks: AnyCheck) -> Suite:
    return Suite(table="orders", checks=checks)


def tried(checked: Suite, tables: Tables, rows: int = 50_000) -> MutatedTable:
    found = mutate(checked, tables, rows=rows)
    assert found is not None
    return found


def test_every_kind_of_fault_is_tried_and_without_checks_none_is_seen(tables: Tables) -> None:
    customers = ForeignKey(columns=("customer_id",), parent="customers", parent_columns=("customer_id",))
    found = tried(suite(customers), tables)
    assert {mutant.fault for mutant in found.mutants} == FAULTS
    seen = {(mutant.fault, mutant.columns) for mutant in found.mutants if mutant.caught}
    assert seen == {("orphans", ("customer_id",))}
    assert found.caught_share == pytest.approx(1 / len(found.mutants))


@pytest.mark.parametrize(
    ("check", "fault", "columns"),
    [
        (NotNull(columns=("amount",)), "nulls", ("amount",)),
        (Unique(columns=("order_id",)), "duplicates", ()),
        (Volume(max_rows=480), "duplicates", ()),
        (RowChange(max_change=0.001, runs=1), "dropped_partition", ("shipped_at",)),
        (Freshness(column="shipped_at", max_age_hours=24), "stale_load", ("shipped_at",)),
        (AcceptedValues(column="status", values=("paid", "shipped", "returned")), "category_typo", ("status",)),
    ],
)
def test_a_check_is_seen_to_catch_what_it_is_for(
    tables: Tables, check: AnyCheck, fault: str, columns: tuple[str, ...]
) -> None:
    found = tried(suite(check), tables)
    mutant = next(each for each in found.mutants if (each.fault, each.columns) == (fault, columns))
    assert mutant.caught_by == (check.called,)


def test_what_would_have_caught_an_unseen_fault_holds_on_the_table_as_it_is(tables: Tables) -> None:
    found = tried(suite(), tables)
    told = [mutant.would_catch for mutant in found.mutants if mutant.would_catch]
    assert len(told) > 10
    remedies = [KINDS[each["check"]].model_validate(each) for each in told]
    newest = datetime(2026, 1, 21, 1, 30, tzinfo=UTC)
    again = run([Suite(table="orders", checks=tuple(remedies))], tables, now=newest)  # type: ignore[arg-type]
    assert {check.verdict for check in again.checks} == {"pass"}
    caught = {mutant.fault for mutant in found.mutants if mutant.would_catch}
    assert caught >= FAULTS - {"orphans"}


def test_checks_that_do_not_hold_before_cannot_notice_and_are_told(tables: Tables) -> None:
    found = tried(suite(NotNull(columns=("amount",)), Volume(min_rows=1_000)), tables)
    assert found.checks == 1
    assert [each.split(":")[0] for each in found.left_out] == ["volume"]


def test_a_sample_is_told_to_be_one(tables: Tables) -> None:
    found = tried(suite(Volume(min_rows=480), NotNull(columns=("amount",))), tables, rows=200)
    assert (found.rows, found.whole, found.checks) == (200, False, 1)
    assert "the copy is a sample" in found.left_out[0]


def test_the_same_faults_every_time(tables: Tables) -> None:
    checked = suite(Unique(columns=("order_id",)))
    assert tried(checked, tables) == tried(checked, tables)


def test_it_leaves_nothing_behind_and_the_client_s_files_as_they_were(tables: Tables, tmp_path: Path) -> None:
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()}
    tried(suite(Unique(columns=("order_id",))), tables)
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()} == before
    assert not [row for row in tables.connection.execute("SHOW ALL TABLES").fetchall() if "mutation" in row[2]]
    now = datetime(2026, 2, 1, tzinfo=UTC)
    assert run([suite(Volume(min_rows=480, max_rows=480))], tables, now=now).checks[0].verdict == "pass"


def test_an_empty_table_is_refused_and_a_cancelled_run_gives_nothing(tables: Tables) -> None:
    with pytest.raises(InputError, match="the table is empty"):
        mutate(Suite(table="nothing"), tables)
    assert mutate(suite(NotNull(columns=("amount",))), tables, cancelled=lambda: True) is None


def test_a_threshold_that_lets_a_fault_pass_is_not_called_a_catch(tables: Tables) -> None:
    found = tried(suite(NotNull(columns=("amount",), fail=Threshold(share=0.5))), tables)
    assert not any(mutant.caught for mutant in found.mutants if mutant.fault == "nulls")


def test_each_fault_changes_as_many_rows_as_it_says_and_keeps_the_types() -> None:
    connection = duckdb.connect()
    connection.execute(f'CREATE TABLE copy AS SELECT row_number() OVER () - 1 AS "{ROW}", * FROM ({ORDERS})')
    described = connection.execute("DESCRIBE copy").fetchall()
    types = [(row[0], row[1]) for row in described if row[0] != ROW]
    whole = ", ".join(f'"{column}"' for column, _ in types)
    references = [Reference(("customer_id",), "customers", ("customer_id",))]
    made = list(faults(Copy(connection, "copy", types), ("order_id",), references, "ordered_at"))
    assert {fault.kind for fault in made} == FAULTS
    for fault in made:
        rows = connection.sql(fault.select)
        assert [(column, str(type_)) for column, type_ in zip(rows.columns, rows.types, strict=True)] == types
        gone = f"SELECT count(*) FROM (SELECT {whole} FROM copy EXCEPT ALL ({fault.select}))"
        come = f"SELECT count(*) FROM (({fault.select}) EXCEPT ALL SELECT {whole} FROM copy)"
        counts = [int(connection.execute(each).fetchone()[0]) for each in (gone, come)]  # type: ignore[index]
        assert max(counts) == fault.rows_changed, fault.kind


def test_a_check_that_already_warns_notices_by_failing(tables: Tables) -> None:
    check = Volume(min_rows=400, warn=Threshold(count=0), fail=Threshold(count=0))
    warns = check.model_copy(update={"min_rows": 500, "fail": Threshold()})
    keys = NotNull(columns=("amount",), warn=Threshold(count=0), fail=Threshold(count=2))
    found = tried(suite(warns, keys), tables)
    caught = {name for mutant in found.mutants for name in mutant.caught_by}
    assert caught == {"not_null_amount"}


def test_values_of_personal_columns_stand_in_no_proposed_check(tables: Tables) -> None:
    private = Suite(table="orders", personal=("status", "code", "amount"))
    found = tried(private, tables)
    told = [mutant.would_catch for mutant in found.mutants if mutant.would_catch]
    shown = [each for each in told if {each.get("column")} & set(private.personal)]
    assert {each["check"] for each in shown} <= {"length", "regex", "statistic"}
    assert not any("paid" in str(each) or "AB-1" in str(each) for each in told)
