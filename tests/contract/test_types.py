"""A type is widened if every old value is a new one; what names mean differs between dialects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.contract.types import DIALECTS, Direction, Words, _names, type_change, understood

CASES: list[tuple[Words, str, str, Direction]] = [
    ("duckdb", "INTEGER", "BIGINT", "widened"),
    ("duckdb", "BIGINT", "INTEGER", "narrowed"),
    ("duckdb", "UINTEGER", "BIGINT", "widened"),
    ("duckdb", "INTEGER", "UBIGINT", "narrowed"),
    ("duckdb", "INTEGER", "int4", "same"),
    ("duckdb", "INTEGER", "DOUBLE", "widened"),
    ("duckdb", "BIGINT", "DOUBLE", "replaced"),
    ("duckdb", "DECIMAL(10,2)", "DECIMAL(12,2)", "widened"),
    ("duckdb", "DECIMAL(10,2)", "DECIMAL(10,4)", "narrowed"),
    ("duckdb", "DECIMAL(12,2)", "DOUBLE", "replaced"),
    ("duckdb", "DATE", "TIMESTAMP", "unclear"),
    ("duckdb", "VARCHAR", "DATE", "replaced"),
    ("duckdb", "INTEGER[]", "BIGINT[]", "widened"),
    ("duckdb", "STRUCT(a INTEGER)", "STRUCT(a INTEGER, b VARCHAR)", "widened"),
    ("postgres", "varchar(20)", "text", "widened"),
    ("postgres", "varchar(20)", "varchar(10)", "narrowed"),
    ("postgres", "character varying(20)", "varchar(20)", "same"),
    ("postgres", "numeric(10,2)", "numeric", "widened"),
    ("postgres", "timestamp", "timestamptz", "unclear"),
    ("postgres", "timestamp(3)", "timestamp(6)", "widened"),
    ("postgres", "timestamp(3) with time zone", "timestamptz", "widened"),
    ("postgres", "char(3)", "varchar(3)", "unclear"),
    ("snowflake", "INT", "BIGINT", "same"),
    ("snowflake", "NUMBER(10,0)", "INT", "widened"),
    ("snowflake", "VARCHAR(100)", "VARCHAR(50)", "narrowed"),
    ("snowflake", "TIMESTAMP_NTZ", "TIMESTAMP_TZ", "unclear"),
    ("bigquery", "INT", "INT64", "same"),
    ("bigquery", "NUMERIC", "BIGNUMERIC", "widened"),
    ("bigquery", "INT64", "NUMERIC", "widened"),
    ("bigquery", "ARRAY<INT64>", "ARRAY<NUMERIC>", "widened"),
    ("databricks", "INT", "BIGINT", "widened"),
    ("databricks", "DATE", "TIMESTAMP_NTZ", "widened"),
    ("databricks", "DATE", "TIMESTAMP", "replaced"),
    ("databricks", "FLOAT", "DOUBLE", "widened"),
    ("databricks", "struct<a:int>", "struct<a:bigint>", "widened"),
    ("redshift", "VARCHAR", "VARCHAR(256)", "same"),
    ("redshift", "VARCHAR(300)", "TEXT", "narrowed"),
    ("trino", "TIMESTAMP(3)", "TIMESTAMP", "same"),
    ("trino", "REAL", "DOUBLE", "widened"),
    ("trino", "ROW(a integer)", "ROW(a bigint)", "widened"),
    ("odcs", "integer", "number", "widened"),
    ("odcs", "string", "date", "replaced"),
    ("odcs", "number", "integer", "narrowed"),
]


@pytest.mark.parametrize(("dialect", "before", "after", "direction"), CASES)
def test_directions(dialect: Words, before: str, after: str, direction: Direction) -> None:
    told = type_change(before, after, [dialect])
    assert told.direction == direction
    assert told.because


def test_the_engine_decides_where_names_mean_different_things() -> None:
    assert type_change("INT", "BIGINT", ["postgres"]).direction == "widened"
    assert type_change("INT", "BIGINT", ["bigquery"]).direction == "same"
    assert type_change("INT", "BIGINT", DIALECTS).direction == "unclear"
    assert type_change("VARCHAR(10)", "VARCHAR(5)", DIALECTS).direction == "narrowed"


def test_a_type_that_nobody_knows_is_not_judged() -> None:
    assert type_change("frobnicate", "BIGINT", ["duckdb"]).direction == "unclear"


@given(st.sampled_from(["duckdb", "postgres", "snowflake", "bigquery", "databricks", "redshift", "trino"]), st.data())
def test_widening_one_way_is_narrowing_the_other(dialect: Words, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(_names(dialect)))
    before, after = data.draw(names), data.draw(names)
    there, back = type_change(before, after, [dialect]), type_change(after, before, [dialect])
    old, new = understood(before, dialect), understood(after, dialect)
    if old and new and old.kind == new.kind and there.direction in ("same", "widened"):
        assert back.direction == {"same": "same", "widened": "narrowed"}[there.direction]
    assert type_change(before, before, [dialect]).direction == "same"
