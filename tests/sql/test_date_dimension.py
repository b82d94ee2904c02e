"""The calendar is right, and the same on every engine that can be asked."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from decom_nb.errors import InputError
from decom_nb.sql.date_dimension import date_dimension, fill_dates, select_dates
from decom_nb.sql.ddl import ENGINES, create_table


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
