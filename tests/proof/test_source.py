"""Rows are the same each time, differ where they should, and every change leaves some rows alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from decom_nb.proof.case import Claims
from decom_nb.proof.compare import first_difference
from decom_nb.proof.operation import operations
from decom_nb.proof.reach import Reach
from decom_nb.proof.sample import made_up
from decom_nb.proof.source import Source, doubled, emptied_values, late, same_instant, too_late, updated
from decom_nb.sql.script import Block, Script, Step
from decom_nb.sql.table_definition import ColumnDefinition
from tests.proof.orders_case import HERE, orders_case

CASE = orders_case(HERE / "good" / "merge_with_lookback.sql")


def test_rows_are_the_same_each_time() -> None:
    assert Source(CASE).first() == Source(CASE).first()


def test_changes_leave_rows_alone_and_touch_every_column() -> None:
    source = Source(CASE)
    first = source.first()
    after = updated(source, first)
    same = set(first.rows) & set(after.rows)
    assert len(same) >= 2
    old = {source.key(row): row for row in first.rows}
    touched = [{at for at, value in enumerate(row) if value != old[source.key(row)][at]} for row in after.rows]
    for at in source.free:
        assert {at, source.version} in touched, "some row changes in this column and its version only"
    missing = emptied_values(source, first)
    nulls = [[at for at, value in enumerate(row) if value is None] for row in missing.rows]
    assert [each for each in nulls if each] == [[at] for at in source.may_miss]


def test_late_rows_are_as_late_as_is_claimed() -> None:
    source = Source(replace(CASE, claims=Claims(lookback=timedelta(hours=1))))
    first = source.first()
    newest = max(row[5] for row in first.rows)
    assert newest - late(source, first).rows[-1][5] == timedelta(minutes=30)
    assert newest - too_late(source, first).rows[-1][5] > timedelta(days=30)
    assert same_instant(source, first).rows[-1][5] == newest
    none = Source(replace(CASE, claims=Claims(lookback=timedelta())))
    assert late(none, first).rows == first.rows
    assert len(doubled(source, first).rows) == len(first.rows) + 3


def test_a_sample_gives_its_rows() -> None:
    rows = [
        {"order_id": n, "customer": f"c{n}", "status": "paid", "amount": n, "ordered_on": None, "updated_at": None}
        for n in range(9)
    ]
    first = Source(CASE, rows).first()
    assert first.rows[0][:3] == (0, "c1", "paid")
    assert len({row[0] for row in first.rows}) == len(first.rows)


@pytest.mark.parametrize(
    "type_",
    [
        "BIGINT", "INTEGER", "TINYINT", "DECIMAL(18,2)", "DECIMAL(4,0)", "DOUBLE", "BOOLEAN", "VARCHAR", "VARCHAR(3)", "DATE",
        "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIME", "UUID", "JSON", "INTEGER[]", "BLOB", "INTERVAL",
    ],
)  # fmt: skip
def test_every_type_has_values_that_duckdb_takes(type_: str) -> None:
    import duckdb

    from decom_nb.sql.text import value

    column = ColumnDefinition("c", type_)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (c {type_})")
        for n in range(1, 12):
            connection.execute(f"INSERT INTO t VALUES ({value(made_up(column, n), type_)})")
            assert made_up(column, n) != made_up(column, n + 1)


def test_equal_rows_are_equal_whatever_they_hold() -> None:
    columns, key = ("id", "x"), ("id",)
    nan = float("nan")
    assert first_difference([(1, nan), (2, None)], [(2, None), (1, nan)], columns, key) is None
    assert first_difference([(1, True)], [(1, 1)], columns, key) is not None
    assert first_difference([(1, [1, {"a": 2}])], [(1, [1, {"a": 2}])], columns, key) is None
    found = first_difference([(1, "a")], [(1, "a"), (1, "a")], columns, key)
    assert found is not None
    assert (found.expected, found.found) == ("1 row", "2 rows")
    assert first_difference([(1, "a")], [(1, "b")], columns, key, {("1",)}) is None


def test_only_tables_that_are_made_anew_do_not_matter() -> None:
    steps = (
        "CREATE OR REPLACE TABLE a AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS b AS SELECT 1",
        "CREATE OR REPLACE TABLE c AS SELECT * FROM c",
        "DELETE FROM d",
        "CREATE OR REPLACE TABLE d AS SELECT 1",
        "DROP TABLE IF EXISTS e",
        "CREATE TABLE e AS SELECT * FROM src",
    )
    reach = Reach(operations(Script("duckdb", (Block(tuple(Step(each, "") for each in steps)),))), "duckdb")
    assert reach.anew == {("a",), ("e",)}
    assert reach.looks_at([("src",)]) == (False,) * 6 + (True,)
    assert [reach.leaves(at) for at in range(7)] == [False, True, True, True, True, False, True]
