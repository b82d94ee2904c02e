"""Every kind of check over small tables with known answers: as data, so that a reviewer reads the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from pydantic import TypeAdapter

from decom_nb.check import KINDS, AnyCheck, Check, Checked
from decom_nb.sql.violations import violations_sql
from tests.sql.supply_for_tests import decided, table_of

TABLES = """
CREATE TABLE orders (id INTEGER, status VARCHAR, amount DOUBLE, price DECIMAL(8,2), qty UTINYINT, made TIMESTAMP, day DATE,
    zoned TIMESTAMP WITH TIME ZONE, city VARCHAR, zip VARCHAR, tags VARCHAR[], part VARCHAR);
INSERT INTO orders VALUES
    (1, 'new',  10,    9.99, 1, '2026-03-31 10:00', '2026-03-01', '2026-04-01 10:00:00+00', 'Köln',  '50667', ['a'], 'x'),
    (2, 'paid', 11,    0.01, 2, '2026-03-31 11:00', '2026-03-02', '2026-04-01 09:00:00+00', 'Köln',  '50667', [],    'x'),
    (2, 'PAID', 12.5,  0.02, 3, '2026-03-31 12:00', '2026-03-03', NULL,                  'Bonn',  '50667', NULL,  'x'),
    (4, NULL,   -1,    5.00, 4, '2026-03-30 10:00', '2026-03-04', NULL,                  'Bonn',  '53111', NULL,  'y'),
    (NULL, '',  'nan', NULL, NULL, NULL,            NULL,         NULL,                  NULL,    '53111', NULL,  'y'),
    (6, 'zz9',  'inf', 1.00, 0, '2026-04-01 06:00', '2026-03-05', NULL,                  'Bonn',  NULL,    NULL,  NULL);
CREATE TABLE parents (id BIGINT, status VARCHAR);
INSERT INTO parents VALUES (1, 'new'), (2, 'paid'), (9, NULL);
CREATE TABLE verified (id INTEGER, status VARCHAR, price DECIMAL(8,2));
INSERT INTO verified VALUES (1, 'new', 9.99), (4, NULL, 5.01), (7, 'new', 1), (NULL, 'x', 1);
CREATE TABLE empty AS SELECT * FROM orders LIMIT 0;
CREATE TABLE totals (part VARCHAR, orders INTEGER, price DOUBLE);
INSERT INTO totals VALUES ('x', 3, 10.02), ('y', 2, 5.05), ('z', 1, 0);
"""

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # name, check, expected
    ("not_null", {"columns": ["status"]}, {"verdict": "fail", "violations": 1, "rows": 6, "share": 1 / 6}),
    ("not_null", {"columns": ["part", "status"]}, {"violations": 2}),
    ("not_null", {"columns": ["status"], "where": "part = 'x'"}, {"verdict": "pass", "violations": 0, "rows": 3}),
    ("not_null", {"columns": ["id"], "fail": {"share": 0.2}}, {"verdict": "pass", "violations": 1}),
    ("not_null", {"columns": ["id"], "fail": {"count": 5}, "warn": {"count": 0}}, {"verdict": "warn"}),
    ("not_null", {"columns": ["id"], "by": ["part"]}, {"verdict": "fail", "violations": 1, "partitions_total": 3}),
    ("not_null", {"columns": ["tags"]}, {"violations": 4}),
    ("volume", {"min_rows": 6, "max_rows": 6}, {"verdict": "pass", "value": 6, "share": None}),
    ("volume", {"max_rows": 5}, {"verdict": "fail", "violations": 1, "value": 6}),
    ("volume", {"min_rows": 2, "by": ["part"]}, {"verdict": "fail", "violations": 1, "partitions_total": 3}),
    ("volume", {"min_rows": 3, "where": "part = 'y'"}, {"verdict": "fail", "value": 2}),
    ("row_change", {"max_change": 0.5}, {"verdict": "not_known", "violations": None}),
    ("unique", {"columns": ["id"]}, {"verdict": "fail", "violations": 1, "rows": 6}),
    ("unique", {"columns": ["id", "status"]}, {"verdict": "pass", "violations": 0}),
    ("unique", {"columns": ["zip"], "by": ["part"]}, {"violations": 3}),
    ("unique", {"columns": ["id"], "where": "status <> 'PAID'"}, {"verdict": "pass"}),
    ("unique", {"columns": ["tags"]}, {"verdict": "error"}),
    ("accepted_values", {"column": "status", "values": ["new", "paid", "", "PAID"]}, {"violations": 1}),
    ("accepted_values", {"column": "status", "values": [1, "new"]}, {"violations": 4}),
    ("accepted_values", {"column": "id", "values": [1, "2", "x", 4.0, 6, 999999999999999999999]}, {"verdict": "pass"}),
    ("accepted_values", {"column": "id", "values": ["x"]}, {"violations": 5}),
    ("accepted_values", {"column": "price", "values": [9.99, "0.01", 0.02, 5, 1, 0.001]}, {"verdict": "pass"}),
    ("accepted_values", {"column": "day", "values": ["2026-03-01", "soon"]}, {"violations": 4}),
    ("accepted_values", {"column": "tags", "values": ["a"]}, {"verdict": "error"}),
    ("range", {"column": "amount", "min": 0}, {"violations": 2}),
    ("range", {"column": "amount", "max": 100}, {"violations": 2}),
    ("range", {"column": "amount", "min": 0, "max": 12.5, "where": "part = 'x'"}, {"verdict": "pass", "rows": 3}),
    ("range", {"column": "price", "min": 0.01, "max": 9.99}, {"verdict": "pass"}),
    ("range", {"column": "price", "min": 0.011}, {"violations": 1}),
    ("range", {"column": "qty", "min": -5}, {"verdict": "pass", "violations": 0}),
    ("range", {"column": "qty", "max": -1}, {"violations": 5}),
    ("range", {"column": "qty", "max": 1e300}, {"verdict": "pass"}),
    ("range", {"column": "made", "max": "2026-03-31"}, {"violations": 4}),
    ("range", {"column": "day", "min": "2026-03-01 12:00"}, {"violations": 1}),
    ("range", {"column": "zoned", "max": "2026-04-01T09:30:00"}, {"violations": 1}),
    ("range", {"column": "status", "max": "q"}, {"violations": 1}),
    ("range", {"column": "status", "max": 5}, {"verdict": "error"}),
    ("range", {"column": "tags", "max": 5}, {"verdict": "error"}),
    ("regex", {"column": "status", "pattern": "^[a-z]+$"}, {"violations": 3}),
    ("regex", {"column": "status", "pattern": "9"}, {"violations": 4}),
    ("regex", {"column": "id", "pattern": r"^\d$"}, {"verdict": "pass"}),
    ("regex", {"column": "city", "pattern": "ö"}, {"violations": 3}),
    ("regex", {"column": "amount", "pattern": "x"}, {"verdict": "error"}),
    ("regex", {"column": "status", "pattern": "("}, {"verdict": "error"}),
    ("length", {"column": "city", "min": 4, "max": 4}, {"verdict": "pass"}),
    ("length", {"column": "status", "min": 1}, {"violations": 1}),
    ("length", {"column": "zip", "max": 4, "by": ["part"]}, {"violations": 5, "partitions_total": 3}),
    ("castable", {"column": "zip", "type": "INTEGER"}, {"verdict": "pass"}),
    ("castable", {"column": "status", "type": "DECIMAL(18,2)"}, {"violations": 5}),
    ("castable", {"column": "zip", "type": "DATE", "format": "%Y"}, {"violations": 5}),
    ("castable", {"column": "zip", "type": "nonsense"}, {"verdict": "error"}),
    ("castable", {"column": "zip", "type": "INTEGER", "format": "%Y"}, {"verdict": "error"}),
    ("expression", {"expression": "amount > price"}, {"violations": 1}),
    ("expression", {"expression": "amout > price"}, {"verdict": "error"}),
    ("monotone", {"column": "made", "order_by": "id"}, {"violations": 1}),
    ("monotone", {"column": "id", "order_by": "day"}, {"verdict": "pass"}),
    ("monotone", {"column": "id", "order_by": "day", "strict": True}, {"violations": 1}),
    ("monotone", {"column": "price", "order_by": "day", "within": ["zip"]}, {"violations": 1}),
    ("monotone", {"column": "price", "order_by": "day", "by": ["part"]}, {"violations": 1}),
    ("functional_dependency", {"columns": ["zip"], "determine": ["city"]}, {"violations": 1}),
    ("functional_dependency", {"columns": ["city"], "determine": ["zip"]}, {"violations": 1}),
    ("functional_dependency", {"columns": ["zip"], "determine": ["city"], "where": "id <> 2"}, {"verdict": "pass"}),
    ("functional_dependency", {"columns": ["zip"], "determine": ["city"], "by": ["part"]}, {"violations": 1}),
    ("outliers", {"column": "id", "factor": 1.5}, {"verdict": "pass"}),
    ("outliers", {"column": "amount", "factor": 1.5}, {"violations": 3}),
    ("outliers", {"column": "price", "method": "mad", "factor": 1}, {"violations": 2}),
    ("outliers", {"column": "price", "method": "zscore", "factor": 1}, {"violations": 1}),
    ("outliers", {"column": "status"}, {"verdict": "error"}),
    ("foreign_key", {"columns": ["id"], "parent": "parents", "parent_columns": ["id"]}, {"violations": 2}),
    (
        "foreign_key", {"columns": ["id", "status"], "parent": "parents", "parent_columns": ["id", "status"]},
        {"violations": 2},
    ),
    ("foreign_key", {"columns": ["id"], "parent": "parents", "parent_columns": ["id"], "by": ["part"]}, {"violations": 2}),
    ("freshness", {"column": "made", "max_age_hours": 6}, {"verdict": "pass", "value": 6}),
    ("freshness", {"column": "made", "max_age_hours": 5.9}, {"verdict": "fail", "violations": 1}),
    ("freshness", {"column": "day", "max_age_hours": 24}, {"verdict": "fail"}),
    ("freshness", {"column": "id", "max_age_hours": 24}, {"verdict": "error"}),
    ("freshness", {"column": "made", "max_age_hours": 24, "where": "made is null"}, {"verdict": "fail", "violations": 1}),
    ("freshness", {"column": "made", "max_age_hours": 25, "by": ["part"]}, {"verdict": "fail", "violations": 1}),
    ("statistic", {"column": "id", "of": "mean", "min": 3, "max": 3}, {"verdict": "pass", "value": 3}),
    ("statistic", {"column": "price", "of": "sum", "max": 16.02}, {"verdict": "pass", "value": 16.02}),
    ("statistic", {"column": "price", "of": "sum", "max": 16.01}, {"verdict": "fail"}),
    ("statistic", {"column": "price", "of": "median", "min": 1, "max": 1}, {"verdict": "pass"}),
    ("statistic", {"column": "amount", "of": "mean", "max": 1}, {"verdict": "fail", "value": None}),
    ("statistic", {"column": "status", "of": "distinct", "min": 5, "max": 5}, {"verdict": "pass"}),
    ("statistic", {"column": "status", "of": "null_share", "max": 0.1}, {"verdict": "fail", "value": 1 / 6}),
    ("statistic", {"column": "id", "of": "stddev", "min": 2, "max": 2}, {"verdict": "pass", "value": 2}),
    ("statistic", {"column": "status", "of": "mean", "max": 1}, {"verdict": "error"}),
    ("statistic", {"column": "id", "of": "mean", "max": 2, "by": ["part"]}, {"verdict": "fail", "violations": 2}),
    ("top_share", {"column": "zip", "max_share": 0.6}, {"verdict": "pass", "value": 0.6}),
    ("top_share", {"column": "zip", "max_share": 0.3}, {"verdict": "fail", "violations": 2}),
    ("top_share", {"column": "zip", "max_share": 0.9, "by": ["part"]}, {"verdict": "fail", "violations": 2}),
    ("sample", {"against": "verified", "keys": ["id"], "columns": ["status", "price"]}, {"violations": 2, "rows": 3}),
    ("sample", {"against": "verified", "keys": ["id"], "columns": ["status"], "where": "part = 'x'"},
     {"violations": 1, "rows": 2}),
    ("sample", {"against": "verified", "keys": ["id"], "columns": ["status"], "by": ["part"]}, {"violations": 1, "rows": 3}),
    ("drift", {"column": "id", "reference": "orders", "max_distance": 0.01, "where": "true"}, {"verdict": "pass", "value": 0}),
    ("drift", {"column": "id", "reference": "parents", "method": "ks", "max_distance": 0.1}, {"verdict": "fail", "value": 1 / 3}),
    ("drift", {"column": "status", "reference": "parents", "method": "top_k", "max_distance": 0.5}, {"value": 0.6}),
    ("drift", {"column": "status", "reference": "parents", "method": "ks", "max_distance": 0.5}, {"verdict": "error"}),
    ("drift", {"column": "id", "reference": "empty", "max_distance": 0.5}, {"verdict": "not_known"}),
    ("drift", {"column": "id", "reference": "parents", "max_distance": 9, "by": ["part"]}, {"partitions_total": 3}),
    (
        "reconciliation",
        {"against": "totals", "group": ["part"], "figures": [{"of": "count", "theirs": "orders", "stated": True}]},
        {"verdict": "fail", "violations": 2},
    ),
    (
        "reconciliation",
        {
            "against": "totals", "group": ["part"], "where": "part is not null", "tolerance_share": 0.01,
            "figures": [{"of": "sum", "column": "price", "stated": True}],
        },
        {"verdict": "fail", "violations": 1},
    ),
    ("reconciliation", {"against": "parents", "figures": [{"of": "count"}]}, {"verdict": "fail", "value": 3}),
    ("reconciliation", {"against": "parents", "figures": [{"of": "count"}], "tolerance": 3}, {"verdict": "pass"}),
    ("reconciliation", {"against": "orders", "figures": [{"of": "min", "column": "day"}]}, {"verdict": "pass"}),
    ("reconciliation", {"against": "orders", "figures": [{"of": "sum"}]}, {"verdict": "error"}),
    ("reconciliation", {"against": "orders", "figures": [{"of": "count"}], "by": ["part"]}, {"verdict": "error"}),
    ("schema", {"has": [{"name": "id", "type": "INT"}], "others": True}, {"verdict": "pass"}),
    ("schema", {"has": [{"name": "ID"}, {"name": "qty", "type": "INT"}], "others": True}, {"violations": 2}),
    ("schema", {"has": [{"name": "status"}, {"name": "id"}], "others": True, "in_order": True}, {"violations": 1}),
    ("schema", {"has": [{"name": "id"}]}, {"violations": 11}),
    ("schema", {"has": [{"name": "tags", "type": "TEXT[]"}], "others": True}, {"verdict": "pass"}),
    ("schema", {"has": [{"name": "id", "type": "nonsense"}], "others": True}, {"verdict": "error"}),
    ("custom_sql", {"sql": "SELECT * FROM orders WHERE amount < 0"}, {"violations": 1, "rows": 6}),
    ("custom_sql", {"sql": "SELECT o.id FROM orders o LEFT JOIN parents p USING (id) WHERE p.id IS NULL"}, {"violations": 3}),
    ("custom_sql", {"sql": "DELETE FROM orders"}, {"verdict": "error"}),
    ("custom_sql", {"sql": "SELECT 1", "where": "id = 1"}, {"verdict": "error"}),
]  # fmt: skip

EMPTY: dict[str, tuple[dict[str, Any], str]] = {
    "not_null": ({"columns": ["id"]}, "pass"),
    "volume": ({"min_rows": 1}, "fail"),
    "row_change": ({"max_change": 1}, "not_known"),
    "unique": ({"columns": ["id"]}, "pass"),
    "accepted_values": ({"column": "status", "values": ["a"]}, "pass"),
    "range": ({"column": "amount", "min": 0}, "pass"),
    "regex": ({"column": "status", "pattern": "a"}, "pass"),
    "length": ({"column": "status", "min": 1}, "pass"),
    "castable": ({"column": "status", "type": "INT"}, "pass"),
    "expression": ({"expression": "amount > 0"}, "pass"),
    "monotone": ({"column": "made", "order_by": "id"}, "pass"),
    "functional_dependency": ({"columns": ["zip"], "determine": ["city"]}, "pass"),
    "outliers": ({"column": "amount"}, "pass"),
    "foreign_key": ({"columns": ["id"], "parent": "parents", "parent_columns": ["id"]}, "pass"),
    "freshness": ({"column": "made", "max_age_hours": 1}, "fail"),
    "statistic": ({"column": "amount", "of": "mean", "min": 0}, "not_known"),
    "top_share": ({"column": "zip", "max_share": 0.5}, "pass"),
    "reconciliation": ({"against": "empty", "figures": [{"of": "sum", "column": "price"}]}, "pass"),
    "sample": ({"against": "verified", "keys": ["id"], "columns": ["status"]}, "fail"),
    "drift": ({"column": "id", "reference": "parents", "max_distance": 1}, "not_known"),
    "schema": ({"has": [{"name": "id"}], "others": True}, "pass"),
    "custom_sql": ({"sql": "SELECT * FROM empty"}, "pass"),
}

_ADAPTER: TypeAdapter[Check] = TypeAdapter(AnyCheck)


def checked(kind: str, keys: dict[str, Any]) -> Check:
    return _ADAPTER.validate_python({"check": kind, **keys})


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(TABLES)
        yield opened


_ANSWERS: dict[str, Checked] = {}


def answered(connection: duckdb.DuckDBPyConnection, check: Check) -> Checked:
    """The answer on orders, looked for once: several tests look at it."""
    asked = check.model_dump_json()
    if asked not in _ANSWERS:
        _ANSWERS[asked] = decided(connection, check, "orders")
    return _ANSWERS[asked]


@pytest.mark.parametrize(("kind", "keys", "expected"), CASES)
def test_a_kind_gives_the_known_answer(
    connection: duckdb.DuckDBPyConnection, kind: str, keys: dict[str, Any], expected: dict[str, Any]
) -> None:
    check = checked(kind, keys)
    found = answered(connection, check)
    seen = found.model_dump()
    assert {key: seen[key] for key in expected} == pytest.approx(expected), found.message
    assert found.message.endswith((".", "?"))
    if found.verdict == "error":
        assert found.violations is None
        return
    if "violations" in expected and "verdict" not in expected:
        assert found.verdict == "fail"
    again = decided(connection, check, "orders", portable=True)
    assert again.model_dump(exclude={"message", "value"}) == found.model_dump(exclude={"message", "value"})
    assert again.value == pytest.approx(found.value)


@pytest.mark.parametrize(("kind", "keys", "expected"), CASES)
def test_the_query_for_violations_finds_as_many(
    connection: duckdb.DuckDBPyConnection, kind: str, keys: dict[str, Any], expected: dict[str, Any]
) -> None:
    check = checked(kind, keys)
    found = answered(connection, check)
    if found.verdict == "error":
        return
    query = violations_sql(check, table_of(connection, "orders"), {})
    if kind == "schema":
        return
    row = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
    assert row is not None
    if kind == "unique":
        assert (row[0] > 0) == bool(found.violations)
    elif check.by_row or kind in ("reconciliation", "top_share"):
        assert row[0] == found.violations


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_without_rows(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    keys, verdict = EMPTY[kind]
    assert decided(connection, checked(kind, keys), "empty").verdict == verdict
    if kind not in ("row_change", "reconciliation", "schema", "custom_sql"):
        by = decided(connection, checked(kind, {**keys, "by": ["part"]}), "empty")
        assert by.verdict == verdict
        assert by.partitions_total == (1 if kind == "sample" else 0)


def test_every_kind_passes_and_fails_somewhere(connection: duckdb.DuckDBPyConnection) -> None:
    seen: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for kind, keys, _ in CASES:
        seen[kind].add(answered(connection, checked(kind, keys)).verdict)
    assert {kind for kind, verdicts in seen.items() if "fail" not in verdicts} == {"row_change"}
    assert {kind for kind, verdicts in seen.items() if "pass" not in verdicts} <= {
        "row_change", "foreign_key", "sample", "custom_sql", "expression",
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("volume", "row_change", "custom_sql", "schema", "expression")]
)
def test_a_column_that_is_missing_is_named_with_the_near_one(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    keys = dict(EMPTY[kind][0])
    if kind == "reconciliation":
        keys["figures"] = [{"of": "sum", "column": "prices"}]
    elif "column" in keys:
        keys["column"] += "s"
    elif "keys" in keys:
        keys["keys"] = ["idd"]
    else:
        keys["columns"] = [each + "d" for each in keys["columns"]]
    found = decided(connection, checked(kind, keys), "orders")
    assert found.verdict == "error"
    assert "did you mean" in found.message


def test_names_may_hold_anything() -> None:
    with duckdb.connect() as opened:
        opened.execute(
            'CREATE TABLE "decom {table} ""x"";--" AS SELECT * FROM (VALUES (1, 1, \'a\', 1), (1, 2, NULL, 2), (2, 3, \'b\', 3)) '
            'v("{table}", "select", "é "" ;", n)'
        )
        called = 'decom {table} "x";--'
        a, b, c = "{table}", "select", 'é " ;'
        for kind, keys, violations in [
            ("not_null", {"columns": [c]}, 1),
            ("unique", {"columns": [a]}, 1),
            ("unique", {"columns": ["n"]}, 0),
            ("monotone", {"column": a, "order_by": b, "within": [], "by": ["n"]}, 0),
            ("functional_dependency", {"columns": [a], "determine": [b]}, 1),
            ("outliers", {"column": a, "method": "mad", "factor": 1, "by": ["n"]}, 0),
            ("foreign_key", {"columns": [a], "parent": called, "parent_columns": [b]}, 0),
            (
                "sample",
                {"against": called, "keys": [b], "columns": [a, c], "where": "\"{table}\" < 5 and '{other}' <> 'x'"},
                0,
            ),
            ("drift", {"column": a, "reference": called, "max_distance": 1, "where": "n > 0", "method": "top_k"}, 0),
            ("top_share", {"column": "n", "max_share": 0.5, "by": [a]}, 1),
            (
                "custom_sql",
                {"sql": f"SELECT '{{table}}' FROM \"{called.replace(chr(34), chr(34) * 2)}\" WHERE n = 1"},
                1,
            ),
            ("regex", {"column": c, "pattern": "^'; DROP TABLE x; --|a|b$"}, 0),
        ]:
            check = checked(kind, keys)
            others = {called: table_of(opened, called)}
            found = decided(opened, check, called, others=others)
            assert (kind, found.violations, found.message) == (kind, violations, found.message)
            opened.execute(violations_sql(check, table_of(opened, called), {}, others)).fetchall()
