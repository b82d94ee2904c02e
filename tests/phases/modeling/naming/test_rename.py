"""Renames as SQL: read back in each dialect, and run, in DuckDB and in PostgreSQL, with views that keep the old names."""

from __future__ import annotations

from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from decom_nb.errors import InputError
from decom_nb.phases.modeling.naming.lint import lint
from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable
from decom_nb.phases.modeling.naming.reading import of_ddl
from decom_nb.phases.modeling.naming.rename import ENGINES, dbt_hints, rename_script, renames
from decom_nb.sql.script_text import script_text

DDL = """
CREATE TABLE marts.fact_orders (
    id INTEGER PRIMARY KEY,
    "Order Date" TIMESTAMP,
    Paid_Flag BOOLEAN,
    "select" DATE,
    order_amount DECIMAL(9,2)
);
CREATE TABLE marts.fact_returns (return_id INTEGER, created_on TIMESTAMP);
"""


def found() -> Any:
    tables, unread = of_ddl(DDL, "marts.sql")
    assert unread == []
    return renames(lint(tables))


def test_columns_and_tables_get_their_names() -> None:
    orders, returns = found()
    assert (orders.to, returns.to) == ("fct_orders", "fct_returns")
    assert {column.name: new for column, new in orders.columns} == {
        "id": "order_id", "Order Date": "order_at", "Paid_Flag": "is_paid", "select": "select_date",
    }  # fmt: skip


@pytest.mark.parametrize("dialect", ENGINES)
def test_each_statement_is_read_back(dialect: str) -> None:
    script = rename_script(found(), dialect, views=True)
    assert len(script.steps) == 9 + (2 if dialect == "databricks" else 0)
    for step in script.steps:
        (tree,) = sqlglot.parse(step.sql, read=dialect)
        assert isinstance(tree, exp.Alter | exp.Create), step.sql
    assert all(block.atomic == (dialect in ("duckdb", "postgres", "redshift")) for block in script.blocks)


def test_an_engine_that_is_not_known_is_told() -> None:
    with pytest.raises(InputError, match="oracle"):
        rename_script(found(), "oracle")


def test_duckdb_takes_them_and_the_old_names_are_still_there() -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute(DDL.replace("INTEGER PRIMARY KEY", "INTEGER"))
        connection.execute("INSERT INTO marts.fact_orders VALUES (1, '2026-01-01', true, '2026-01-02', 9.5)")
        connection.execute(script_text(rename_script(found(), "duckdb", views=True)))
        assert connection.sql("SELECT order_id, order_at, is_paid, select_date FROM marts.fct_orders").fetchall()
        assert connection.sql('SELECT id, "Order Date", paid_flag, "select" FROM marts.fact_orders').fetchall()
        assert connection.sql("SELECT return_id, created_at FROM marts.fct_returns").fetchall() == []


@pytest.mark.slow
def test_postgres_takes_them_and_the_old_names_are_still_there(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute(DDL)
        connection.execute("INSERT INTO marts.fact_orders VALUES (1, '2026-01-01', true, '2026-01-02', 9.5)")
        connection.execute(script_text(rename_script(found(), "postgres", views=True)).encode())
        new = connection.execute("SELECT order_id, order_at, is_paid, select_date FROM marts.fct_orders").fetchall()
        old = connection.execute('SELECT id, "Order Date", paid_flag, "select" FROM marts.fact_orders').fetchall()
        assert new == old != []


def test_a_table_that_keeps_its_name_gets_a_view_beside_it() -> None:
    table = NamedTable(
        "orders", (NamedColumn("created", "TIMESTAMP", "timestamp"), NamedColumn("n", "INTEGER", "whole"))
    )
    script = rename_script(renames(lint([table])), "postgres", views=True)
    view = "CREATE VIEW orders_old_names AS SELECT created_at AS created, order_count AS n FROM orders"
    assert script.steps[-1].sql == view


def test_dbt_models_are_changed_where_they_are_written() -> None:
    columns = (NamedColumn("created", "TIMESTAMP", "timestamp"),)
    table = NamedTable(
        "ads", columns, file="models/staging/ads.sql", folder="models/staging", system="ads", origin="dbt"
    )
    made = renames(lint([table]))
    assert rename_script(made, "duckdb").steps == ()
    assert [each["write"] for each in dbt_hints(made)] == [
        "rename the file to stg_ads__ads.sql, or keep it and write {{ config(alias='stg_ads__ads') }}",
        "created as created_at",
    ]


def test_a_hostile_name_stays_a_name() -> None:
    import duckdb

    evil = 'x"; DROP TABLE t; --\n'
    table = NamedTable("t", (NamedColumn(evil, "TIMESTAMP", "timestamp", quoted=True),), quoted=True)
    script = rename_script(renames(lint([table])), "duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({exp.to_identifier(evil, quoted=True).sql('duckdb')} TIMESTAMP)")
        connection.execute(script_text(script))
        assert [row[0] for row in connection.sql("DESCRIBE t").fetchall()] == ["x_drop_table_t_at"]


def test_a_table_that_keeps_its_name_cannot_keep_its_old_columns_and_says_so() -> None:
    kept = renames(lint(of_ddl("CREATE TABLE shop.orders (id INTEGER, created TIMESTAMP)", "shop.sql")[0]))
    text = script_text(rename_script(kept, "duckdb", views=True))
    assert "CREATE VIEW shop.orders_old_names" in text
    assert "orders keeps its name and loses its old columns" in text
    moved = script_text(rename_script(found(), "duckdb", views=True))
    assert "CREATE VIEW marts.fact_orders AS" in moved
