"""An engine is reached by the name of its connection; what is missing for it is said in one sentence."""

from __future__ import annotations

import importlib.util
import threading
from datetime import UTC, datetime

import ibis
import pytest

from decom_nb import pushdown
from decom_nb.errors import InputError, MissingExtra
from decom_nb.evidence.tables import TableSource
from decom_nb.pushdown.column_types import duckdb_type
from decom_nb.pushdown.connect import dialect_of
from decom_nb.pushdown.warehouse import Failed, Stopped, Warehouse, named


def test_a_connection_that_nobody_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWHERE_URL", raising=False)
    with pytest.raises(InputError, match="NOWHERE_URL holds an address"):
        pushdown.connect("NOWHERE_URL")


def test_an_engine_that_is_not_known_is_refused_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_DB", "oracle://scott:tiger@host/db")
    with pytest.raises(InputError, match="oracle://, and no such engine is known") as caught:
        pushdown.connect("OLD_DB")
    assert "tiger" not in str(caught.value)


@pytest.mark.parametrize("engine", ["snowflake", "bigquery", "databricks", "trino"])
def test_what_a_client_installs_is_one_sentence(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("WAREHOUSE_URL", f"{engine}://user:hunter2@host/db")
    with pytest.raises(MissingExtra) as caught:
        pushdown.connect("WAREHOUSE_URL")
    assert f'pip install "ibis-framework[{engine}]"' in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_redshift_is_told_from_postgres_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", "redshift://user:hunter2@host/db")
    assert dialect_of("WAREHOUSE_URL") == "redshift"
    assert dialect_of("postgresql://host/db") == ""


def test_duckdb_is_no_engine_to_push_to() -> None:
    backend = ibis.duckdb.connect()
    try:
        with pytest.raises(InputError, match="DuckDB runs them here"):
            pushdown.run([], backend, now=datetime(2026, 1, 1, tzinfo=UTC))
    finally:
        backend.disconnect()


@pytest.mark.parametrize(
    ("there", "parts"),
    [
        ("orders", ("orders",)),
        ("sales.orders", ("sales", "orders")),
        ("db.sales.orders", ("db", "sales", "orders")),
        ('"Sales 2026"."a.b"', ("Sales 2026", "a.b")),
        ('sales."it""s"', ("sales", 'it"s')),
        ("order items", ("order items",)),
        ("x; DROP TABLE y", ("x; DROP TABLE y",)),
        ("été.データ", ("été", "データ")),
    ],
)
def test_names_are_read_as_they_are_written(there: str, parts: tuple[str, ...]) -> None:
    assert named(there, "postgres") == parts


def test_tables_of_a_connection_are_named_as_suites_call_them() -> None:
    sources = [
        TableSource(name="orders", connection="WAREHOUSE_URL", table="sales.fct_orders"),
        TableSource(connection="WAREHOUSE_URL", table="sales.customers"),
        TableSource(name="other", connection="ELSEWHERE", table="x"),
        TableSource(name="file", path="a.parquet"),
    ]
    wanted = {"orders": "sales.fct_orders", "customers": "sales.customers"}
    assert pushdown.names_there(sources, "WAREHOUSE_URL") == wanted


def test_types_have_the_names_that_duckdb_gives_them() -> None:
    schema = ibis.schema(
        {
            "a": "int16", "b": "uint64", "c": "float32", "d": "decimal(10, 2)", "e": "timestamp('UTC')", "f": "timestamp",
            "g": "array<string>", "h": "struct<x: int32, y: date>", "i": "map<string, float64>", "j": "json", "k": "decimal",
            "l": "uuid", "m": "string", "n": "boolean", "o": "binary", "p": "time", "q": "inet",
        }
    )  # fmt: skip
    assert [duckdb_type(each) for each in schema.types] == [
        "SMALLINT", "UBIGINT", "FLOAT", "DECIMAL(10,2)", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "VARCHAR[]",
        'STRUCT("x" INTEGER, "y" DATE)', "MAP(VARCHAR, DOUBLE)", "JSON", "DECIMAL", "UUID", "VARCHAR", "BOOLEAN", "BLOB",
        "TIME", "INET",
    ]  # fmt: skip


def test_an_engine_that_cannot_end_a_query_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    class Stubborn(Warehouse):
        def rows(self, query: str) -> list[tuple[int, ...]]:
            release.wait(30)
            return [(1,)]

    monkeypatch.setattr("decom_nb.pushdown.warehouse._GRACE", 0.1)
    warehouse = Stubborn(None, "snowflake")
    try:
        with pytest.raises(Stopped, match="cancelled"):
            warehouse.ask("SELECT 1", cancelled=lambda: True)
        with pytest.raises(Failed, match="still runs"):
            warehouse.ask("SELECT 1")
    finally:
        release.set()
