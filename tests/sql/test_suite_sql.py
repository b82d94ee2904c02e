"""The suite in `fixtures/orders.yaml` against the SQL beside it, one file for each dialect.

To write the files anew after a change, run this file as a script and read the difference in review.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import psycopg
import pytest
import sqlglot

from decom_nb.check import KINDS, Suite
from decom_nb.document import load
from decom_nb.evidence.tables import Column, Table
from decom_nb.sql.dialect import DIALECTS, NotSayable, as_dialect
from decom_nb.sql.suite_sql import _TEMPLATES, suite_sql
from decom_nb.sql.undecidable import Undecidable

FIXTURES = Path(__file__).parent / "fixtures"
_COLUMNS = {
    "orders": (
        "order_id BIGINT, customer_id BIGINT, email VARCHAR, status VARCHAR, amount DOUBLE, country VARCHAR, zip VARCHAR, "
        "city VARCHAR, ordered_at TIMESTAMP, ordered_on DATE, paid_on VARCHAR"
    ),
    "customers": "id BIGINT, country VARCHAR",
    "totals": "day DATE, amount DOUBLE",
    "verified": "order_id BIGINT, amount DOUBLE",
    "orders_before": "amount DOUBLE, country VARCHAR",
}


def _table(called: str) -> Table:
    pairs = [each.split(" ") for each in _COLUMNS[called].split(", ")]
    return Table(called, "duckdb", called, f'"{called}"', tuple(Column(*pair) for pair in pairs))


TABLES = {called: _table(called) for called in _COLUMNS}


def _suite() -> Suite:
    return load(Suite, FIXTURES / "orders.yaml")


@cache
def _said(dialect: str) -> str:
    return suite_sql(_suite(), TABLES, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_suite_is_said_as_the_file_has_it(dialect: str) -> None:
    assert _said(dialect) == (FIXTURES / f"orders.{dialect}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_check_is_dropped(dialect: str) -> None:
    text = _said(dialect)
    for check in _suite().checks:
        assert f"({check.called}, {check.severity})" in text
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    assert sum(line.endswith(";") for line in lines) == len(_suite().checks) - text.count("-- Cannot be ")
    assert text.count("-- Cannot be decided") == 1
    assert "DROP" not in "".join(lines)


def test_what_a_person_wrote_cannot_leave_its_comment() -> None:
    found = sqlglot.parse(_said("duckdb"), read="duckdb")
    assert {type(each).__name__ for each in found} <= {"Select", "Semicolon"}


def test_duckdb_runs_its_own() -> None:
    with duckdb.connect() as opened:
        for called, columns in _COLUMNS.items():
            opened.execute(f"CREATE TABLE {called} ({columns})")
        text = "\n".join(line for line in _said("duckdb").splitlines() if not line.startswith("--"))
        statements = [each for each in text.split(";\n") if each.strip()]
        assert len(statements) == len(_suite().checks) - 1
        for statement in statements:
            opened.execute(statement).fetchall()


@pytest.mark.slow
def test_postgresql_runs_its_own(postgres_url: str) -> None:
    text = "\n".join(line for line in _said("postgres").splitlines() if not line.startswith("--"))
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for called, columns in _COLUMNS.items():
            server.execute(f"CREATE TABLE {called} ({columns.replace('DOUBLE', 'DOUBLE PRECISION')})")
        for statement in text.split(";\n"):
            if statement.strip() and not (server.info.server_version < 160000 and "PG_INPUT_IS_VALID" in statement):
                server.execute(statement).fetchall()


def test_an_unknown_dialect_or_table_is_said() -> None:
    with pytest.raises(NotSayable, match="snowflake"):
        suite_sql(_suite(), TABLES, "snowflak")
    with pytest.raises(Undecidable, match="no table orders"):
        suite_sql(_suite(), {}, "duckdb")


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("SELECT jaro_similarity(a, b) FROM t", "postgres"),
        ("SELECT a FROM t WHERE regexp_matches(a, b)", "spark"),
        ("SELECT a FROM t WHERE regexp_matches(a, '\\pL')", "postgres"),
        ("SELECT TRY_CAST(a AS INT) FROM t", "postgres"),
        ("SELECT quantile_cont(a, 0.5) FROM t", "trino"),
        ("SELECT a FROM t", "mysql"),
        ("SELECT (", "postgres"),
    ],
)
def test_what_has_no_word_is_refused(sql: str, dialect: str) -> None:
    with pytest.raises(NotSayable):
        as_dialect(sql, dialect)


@pytest.mark.parametrize(
    ("sql", "dialect", "expected"),
    [
        (
            'SELECT "Größe", "plain", "order" FROM "My Table"',
            "snowflake",
            'SELECT "Größe", plain, "ORDER" FROM "My Table"',
        ),
        ('SELECT 1 FROM "a`b"', "bigquery", "SELECT 1 FROM `a\\`b`"),
        ("SELECT a IS DISTINCT FROM b FROM t", "redshift", None),
        ("SELECT isnan(a) FROM t", "trino", "SELECT IS_NAN(a) FROM t"),
        ("SELECT isnan(a) FROM t", "spark", "SELECT ISNAN(a) FROM t"),
        ("SELECT isnan(a) FROM t", "postgres", "SELECT a = CAST('NaN' AS DOUBLE PRECISION) FROM t"),
        ("SELECT avg(a) FILTER (WHERE b) FROM t", "bigquery", "SELECT AVG(CASE WHEN b THEN a END) FROM t"),
        ("SELECT quantile_cont(a, 0.5) FROM t", "spark", "SELECT PERCENTILE(a, 0.5) FROM t"),
        ("SELECT CAST(a AS UBIGINT) FROM t", "postgres", "SELECT CAST(a AS DECIMAL(20, 0)) FROM t"),
        ("SELECT bool_or(a) FROM t", "bigquery", "SELECT LOGICAL_OR(a) FROM t"),
    ],
)
def test_forms_that_need_care(sql: str, dialect: str, expected: str | None) -> None:
    found = " ".join(as_dialect(sql, dialect).split())
    if expected is None:
        assert "DISTINCT" not in found
        assert "a IS NULL" in found
    else:
        assert found == expected


def test_every_kind_has_its_template() -> None:
    assert set(_TEMPLATES) == set(KINDS)


if __name__ == "__main__":
    for each in DIALECTS:
        (FIXTURES / f"orders.{each}.sql").write_text(suite_sql(_suite(), TABLES, each), encoding="utf-8")
