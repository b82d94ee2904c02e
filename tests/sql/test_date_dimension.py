"""The calendar is right, and the same on every engine that can be asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from decom_nb.errors import InputError
from decom_nb.sql.date_dimension import date_dimension, fill_dates, select_dates, unknown
from decom_nb.sql.ddl import ENGINES, create_table
from decom_nb.sql.table_definition import ColumnDefinition


def filled(start: int = 1) -> list[tuple[object, ...]]:
    con = duckdb.connect()
    con.execute(create_table(date_dimension(), "duckdb"))
    con.execute(fill_dates("duckdb", 1999, 2032, fiscal_start=start))
    return con.execute("FROM dim_date ORDER BY date_key").fetchall()


def expected(day: date, start: int) -> tuple[object, ...]:
    iso = day.isocalendar()
    later = day.month >= start > 1
    month = (day.month - start) % 12 + 1
    return (
        day.year * 10000 + day.month * 100 + day.day, day, iso.weekday, day.strftime("%A"), day.day, day.timetuple().tm_yday,
        iso.week, iso.year, day.month, day.strftime("%B"), f"{day:%Y-%m}",
        (day.month + 2) // 3, f"{day.year}-Q{(day.month + 2) // 3}", day.year, day.year + later, (month + 2) // 3,
        month, iso.weekday > 5, (day + timedelta(1)).day == 1,
    )  # fmt: skip


@pytest.mark.parametrize("start", [1, 4])
def test_each_day_is_what_python_says(start: int) -> None:
    days = [date(1999, 1, 1) + timedelta(at) for at in range((date(2032, 12, 31) - date(1999, 1, 1)).days + 1)]
    assert filled(start) == [expected(day, start) for day in days]


@pytest.mark.parametrize("dialect", ENGINES)
def test_each_engine_reads_it(dialect: str) -> None:
    (tree,) = sqlglot.parse(fill_dates(dialect, 2020, 2021, fiscal_start=7), read=dialect)
    assert isinstance(tree, exp.Insert)
    assert len(tree.expression.expressions) == len(date_dimension().columns)


@pytest.mark.slow
def test_postgres_has_the_same_rows(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute(create_table(date_dimension(), "postgres"))
        con.execute(fill_dates("postgres", 1999, 2032, fiscal_start=4))
        assert con.execute("SELECT * FROM dim_date ORDER BY date_key").fetchall() == filled(4)


@pytest.mark.parametrize(
    ("first", "last", "start"), [(2021, 2020, 1), (0, 2020, 1), (2020, 12000, 1), (2020, 2021, 13)]
)
def test_no_range_of_years_is_a_mistake(first: int, last: int, start: int) -> None:
    with pytest.raises(InputError):
        select_dates("duckdb", first, last, start)


DECLARED = (
    ("day", "DATE", date(2026, 12, 31)), ("Date", "TIMESTAMP", datetime(2026, 12, 31)), ("day_of_month", "INTEGER", 31),
    ("Year", "BIGINT", 2026), ("month", "VARCHAR", None), ("year_month", "INTEGER", None), ("day_name", "VARCHAR(3)", None),
    ("month_name", "VARCHAR(9)", "December"), ("day_of_year", "TINYINT", None), ("week", "TINYINT", 53),
    ("quarter", "DECIMAL(1,0)", 4), ("is_weekend", "INTEGER", None), ("holiday", "VARCHAR", None),
)  # fmt: skip
"""Columns that a model may declare, and what they hold of the last day of 2026."""


def test_a_column_holds_what_its_type_can_hold() -> None:
    declared = [ColumnDefinition(name, type_) for name, type_, _ in DECLARED]
    table = date_dimension(declared=declared)
    assert set(unknown(table)) == {name for name, _, holds in DECLARED if holds is None}
    con = duckdb.connect()
    con.execute(create_table(table, "duckdb"))
    con.execute(fill_dates("duckdb", 2026, 2026, table=table))
    listed = ", ".join(f'"{name}"' for name, _, _ in DECLARED)
    row = con.execute(f"SELECT {listed} FROM dim_date WHERE date_key = 20261231").fetchone()
    assert row == tuple(holds for _, _, holds in DECLARED)
    for dialect in ENGINES:
        assert isinstance(sqlglot.parse_one(fill_dates(dialect, 2026, 2026, table=table), read=dialect), exp.Insert)


@pytest.mark.parametrize("key", ["year_number", "Date_Key", "YEAR", "Is_Weekend"])
@pytest.mark.parametrize("day", ["day", "Full_Date", "month_name"])
def test_a_key_may_be_called_as_it_likes(key: str, day: str) -> None:
    declared = [
        ColumnDefinition("date_key", "INTEGER"),
        ColumnDefinition("year", "INTEGER"),
        ColumnDefinition(key, "BIGINT"),
    ]
    table = date_dimension(key=key, day=day, declared=declared)
    con = duckdb.connect()
    con.execute(create_table(table, "duckdb"))
    con.execute(fill_dates("duckdb", 2026, 2026, table=table))
    row = con.execute(f'SELECT "{key}", "{day}" FROM dim_date ORDER BY 1 DESC').fetchone()
    assert row == (20261231, date(2026, 12, 31))


def test_one_name_for_two_columns_is_a_mistake() -> None:
    with pytest.raises(InputError, match="both its key and its day"):
        date_dimension(key="Day", day="day")
    with pytest.raises(InputError, match="twice"):
        date_dimension(declared=[ColumnDefinition("holiday", "VARCHAR"), ColumnDefinition("Holiday", "VARCHAR")])
