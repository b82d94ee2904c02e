from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from decom_nb.sql.violations import MASK, samples_sql, violations_sql
from tests.sql.supply_for_tests import table_of
from tests.sql.test_kinds import checked

ROWS = """
CREATE TABLE people AS SELECT * FROM (VALUES
    (1, 'a@x.de', 10, 'DE'), (2, NULL, 20, 'DE'), (3, 'c@x.de', NULL, 'AT'), (3, 'd@x.de', 40, 'AT'), (NULL, 'e@x.de', 50, NULL)
) AS v(id, email, age, country);
CREATE TABLE totals AS SELECT * FROM (VALUES ('DE', 2), ('AT', 3), ('CH', 1)) AS v(country, people);
"""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(ROWS)
        yield opened


def samples(
    connection: duckdb.DuckDBPyConnection, kind: str, keys: dict[str, Any], *, key: tuple[str, ...] = ("id",),
    personal: tuple[str, ...] = (), limit: int = 5,
) -> list[dict[str, Any]]:  # fmt: skip
    query = samples_sql(checked(kind, keys), table_of(connection, "people"), key, personal, limit, {})
    cursor = connection.execute(query)
    names = [each[0] for each in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_failing_rows_are_named_by_their_key(connection: duckdb.DuckDBPyConnection) -> None:
    assert samples(connection, "not_null", {"columns": ["email"]}) == [{"id": 2}]
    assert samples(connection, "range", {"column": "age", "min": 15}) == [{"id": 1}]
    assert len(samples(connection, "range", {"column": "age", "min": 99}, limit=2)) == 2


def test_without_a_key_the_columns_looked_at_are_shown(connection: duckdb.DuckDBPyConnection) -> None:
    assert samples(connection, "range", {"column": "age", "min": 15}, key=()) == [{"age": 10}]
    assert samples(connection, "expression", {"expression": "age < 50"}, key=()) == [{"id": None}]


def test_personal_columns_are_masked_even_in_the_key(connection: duckdb.DuckDBPyConnection) -> None:
    shown = samples(connection, "regex", {"column": "email", "pattern": "^a"}, key=("id", "EMAIL"), personal=("Email",))
    assert {row["email"] for row in shown} == {MASK}
    assert [row["id"] for row in shown] == [3, 3, None]
    assert samples(connection, "not_null", {"columns": ["email"]}, key=("email",), personal=("email",)) == [
        {"email": None}
    ]
    assert samples(connection, "unique", {"columns": ["id"]}, personal=("id",))[0] == {"id": MASK}


def test_a_query_of_ones_own_shows_no_row_where_something_is_personal(connection: duckdb.DuckDBPyConnection) -> None:
    keys = {"sql": "SELECT email AS harmless FROM people WHERE age > 30"}
    assert samples(connection, "custom_sql", keys, limit=1) == [{"harmless": "d@x.de"}]
    assert samples_sql(checked("custom_sql", keys), table_of(connection, "people"), ("id",), ("email",), 5, {}) == ""


def test_repeated_keys_come_with_how_often(connection: duckdb.DuckDBPyConnection) -> None:
    query = violations_sql(checked("unique", {"columns": ["id"]}), table_of(connection, "people"), {})
    rows = connection.execute(f"SELECT email, repeats FROM ({query}) ORDER BY email").fetchall()
    assert rows == [("c@x.de", 2), ("d@x.de", 2)]


def test_groups_that_differ_come_with_both_figures(connection: duckdb.DuckDBPyConnection) -> None:
    check = checked(
        "reconciliation",
        {"against": "totals", "group": ["country"], "figures": [{"of": "count", "theirs": "people", "stated": True}]},
    )
    rows = connection.execute(violations_sql(check, table_of(connection, "people"), {})).fetchall()
    assert sorted(rows, key=str) == [("AT", 2, 3, 1, 1), ("CH", None, 1, 0, 1), (None, 1, None, 1, 0)]


def test_tables_as_a_whole_have_a_figure_and_no_rows(connection: duckdb.DuckDBPyConnection) -> None:
    check = checked("volume", {"min_rows": 9})
    assert connection.execute(violations_sql(check, table_of(connection, "people"), {})).fetchall() == [(5,)]
    assert samples_sql(check, table_of(connection, "people"), ("id",), (), 5, {}) == ""


def test_sources_stand_where_the_names_would(connection: duckdb.DuckDBPyConnection) -> None:
    check = checked("foreign_key", {"columns": ["country"], "parent": "nowhere", "parent_columns": ["country"]})
    places = {"people": "(SELECT * FROM people WHERE id < 3)", "nowhere": "totals"}
    assert connection.execute(violations_sql(check, table_of(connection, "people"), places)).fetchall() == []
