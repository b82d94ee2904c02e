"""A time with a zone and one without are the same instant in UTC, whatever the session's zone, in every engine's words."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest
import sqlglot

from decom_nb.sql.dialect import NotSayable, as_dialect
from decom_nb.sql.utc import utc

KINDS = {
    "TIMESTAMP '2026-03-29 01:30:00.000001'": datetime(2026, 3, 29, 1, 30, 0, 1),
    "TIMESTAMP '2026-03-08 02:30:00'": datetime(2026, 3, 8, 2, 30),  # a time that New York leaves out
    "TIMESTAMP WITH TIME ZONE '2026-11-01 05:30:00.25+00'": datetime(2026, 11, 1, 5, 30, 0, 250000),  # the first of two
    "TIMESTAMP WITH TIME ZONE '2026-11-01 06:30:00+00'": datetime(2026, 11, 1, 6, 30),  # the second
    "TIMESTAMP WITH TIME ZONE '1969-12-31 23:59:59.5+00'": datetime(1969, 12, 31, 23, 59, 59, 500000),
    "DATE '2026-03-29'": datetime(2026, 3, 29),
    "CAST(NULL AS TIMESTAMP)": None,
}
ZONES = ("UTC", "America/New_York", "Asia/Kolkata")


@pytest.mark.parametrize("zone", ZONES)
def test_duckdb_gives_the_instant(zone: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        for written, wanted in KINDS.items():
            assert connection.execute(f"SELECT {utc(written)}").fetchall() == [(wanted,)], written


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["postgres", "redshift"])
def test_postgres_gives_the_instant(postgres_url: str, dialect: str) -> None:
    """In Redshift's words too, which it reads as its own."""
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for zone in ZONES:
            connection.execute(f"SET TIME ZONE '{zone}'".encode())
            for written, wanted in KINDS.items():
                sql = as_dialect(f"SELECT {utc('t.at')} AS at FROM t", dialect)
                given = f"WITH t AS (SELECT {written} AS at) {sql}"
                assert connection.execute(given.encode()).fetchall() == [(wanted,)], (zone, written)


@pytest.mark.parametrize(
    ("dialect", "word"),
    [
        ("snowflake", "EPOCH_MICROSECOND"), ("bigquery", "TO_JSON_STRING"), ("databricks", "UNIX_MICROS"),
        ("postgres", "EXTRACT(EPOCH"), ("redshift", "VARCHAR"),
    ],
)  # fmt: skip
def test_other_engines_read_it_back(dialect: str, word: str) -> None:
    said = as_dialect(f"SELECT {utc('t.seen')} AS seen FROM t", dialect)
    assert word in said
    assert "EPOCH_US" not in said.upper()
    sqlglot.parse_one(said, read=dialect)


def test_an_engine_without_words_says_so() -> None:
    with pytest.raises(NotSayable, match="trino has no word"):
        as_dialect(f"SELECT {utc('t.seen')} AS seen FROM t", "trino")
