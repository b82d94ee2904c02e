"""A model comes to tables that hold what it says, and engines make them."""

from __future__ import annotations

import duckdb
import pytest

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.made.tables import tables
from decom_nb.sql.date_dimension import fill_dates
from decom_nb.sql.ddl import ENGINES, create_tables
from decom_nb.sql.table_definition import TableDefinition
from tests.phases.modeling.made_model import WHOLE, whole


def names(table: TableDefinition) -> list[str]:
    return [each.name for each in table.columns]


def test_a_dimension_has_the_columns_that_keep_its_history() -> None:
    made = tables(whole())
    customers = made.table("dim_customers")
    assert names(customers) == [
        "customer_key", "customer_id", "customer_status", "email", "segment", "previous_segment", "tier", "current_tier",
        "valid_from", "valid_to", "is_current",
    ]  # fmt: skip
    assert customers.primary_key == ("customer_key",)
    assert customers.unique == (("customer_id", "valid_from"),)
    assert customers.column("customer_key").identity
    assert customers.column("valid_to").nullable
    assert not tables(whole(), open_end="far").table("dim_customers").column("valid_to").nullable
    assert customers.description == "One row per version; changes are kept by type 1, 2, 3 and 6"


def test_type_4_keeps_its_history_in_a_table_of_its_own() -> None:
    made = tables(whole())
    assert names(made.table("dim_products")) == ["product_key", "product_id", "category", "stock_count"]
    kept = made.table("dim_products_history")
    assert names(kept) == ["product_id", "stock_count", "valid_from", "valid_to", "is_current"]
    assert kept.primary_key == ("product_id", "valid_from")


def test_a_fact_points_to_its_dimensions_and_is_named_by_its_grain() -> None:
    made = tables(whole())
    lines = made.table("fct_order_lines")
    assert names(lines) == [
        "customer_key", "product_key", "order_date_key", "ship_date_key", "order_id", "line_number", "quantity", "net_amount",
    ]  # fmt: skip
    assert lines.primary_key == ("order_id", "line_number")
    assert {(key.columns, key.table[-1], key.references) for key in lines.foreign_keys} == {
        (("customer_key",), "dim_customers", ("customer_key",)),
        (("product_key",), "dim_products", ("product_key",)),
        (("order_date_key",), "dim_date", ("date_key",)),
        (("ship_date_key",), "dim_date", ("date_key",)),
    }
    bridge = made.table("bridge_promotions")
    assert names(bridge) == ["order_id", "line_number", "promotion_key"]
    assert len(bridge.foreign_keys) == 2


def test_what_stays_in_a_fact_is_described_as_the_model_says() -> None:
    said = [{"name": "status", "description": "Where the order stands"}, {"name": "order_number"}]
    model = DimensionalModel.model_validate({"fact_tables": [{"name": "fct_orders", "degenerate_dimensions": said}]})
    told = {each.name: each.description for each in tables(model).table("fct_orders").columns}
    assert told == {"status": "Where the order stands", "order_number": ""}


def test_types_that_were_assumed_are_told() -> None:
    made = tables(whole())
    assert ("fct_payments", "paid_amount", "DECIMAL(18,2)") in made.assumed
    assert ("fct_payments", "orders", "BIGINT") in made.assumed
    assert not made.is_assumed("fct_order_lines")
    known = tables(whole(), known={("stg_payments", "paid_amount"): "DOUBLE"})
    assert known.table("fct_payments").column("paid_amount").type == "DOUBLE"


def test_keys_may_be_hashes() -> None:
    made = tables(whole(), keys="hash")
    assert made.table("dim_customers").column("customer_key").type == "VARCHAR"
    assert made.table("fct_payments").column("customer_key").type == "VARCHAR"


def test_what_a_model_leaves_open_is_told_and_makes_no_key() -> None:
    model = DimensionalModel.model_validate(
        {
            "fact_tables": [{"name": "f", "foreign_keys": [{"column": "store_key", "dimension": "dim_stores"}]}],
            "dimensions": [{"name": "d", "type": 2, "attributes": [{"name": "status"}]}],
        }
    )
    made = tables(model)
    assert made.table("f").foreign_keys == ()
    assert made.table("f").primary_key == ()
    assert len(made.notes) == 4


@pytest.mark.parametrize("dialect", ENGINES)
def test_every_engine_can_say_them(dialect: str) -> None:
    assert create_tables(tables(whole()).tables, dialect).count("CREATE TABLE") == 8


def test_duckdb_makes_them() -> None:
    con = duckdb.connect()
    con.execute(create_tables(tables(whole()).tables, "duckdb"))
    assert len(con.execute("SELECT * FROM duckdb_tables()").fetchall()) == 8
    keys = con.execute("SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'").fetchone()
    assert keys == (8,)


@pytest.mark.slow
def test_postgres_makes_them(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute(create_tables(tables(whole()).tables, "postgres"))
        found = con.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'marts'").fetchone()
        assert found == (8,)


def test_a_snowflaked_dimension_points_on() -> None:
    raw = {**WHOLE, "dimensions": [*WHOLE["dimensions"]]}
    raw["dimensions"][1] = {
        **raw["dimensions"][1],
        "foreign_keys": [{"column": "promotion_key", "dimension": "dim_promotions"}],
    }
    made = tables(DimensionalModel.model_validate(raw))
    assert made.table("dim_products").foreign_keys[0].table == ("marts", "dim_promotions")
    duckdb.connect().execute(create_tables(made.tables, "duckdb"))


def test_a_calendar_has_what_the_model_says_of_it() -> None:
    calendar = {
        "name": "dim_dates",
        "natural_key": ["the_day"],
        "surrogate_key": "day_key",
        "attributes": [
            {"name": "year", "data_type": "INTEGER", "description": "Calendar year"},
            {"name": "year_month", "data_type": "VARCHAR"},
            {"name": "is_holiday", "data_type": "BOOLEAN"},
        ],
    }
    made = tables(DimensionalModel.model_validate({"database_schema": "", "dimensions": [calendar]}))
    (table,) = made.tables
    assert names(table)[:5] == ["day_key", "the_day", "year", "year_month", "is_holiday"]
    assert "year_number" not in names(table)
    assert made.notes == ("dim_dates.is_holiday is no column that a calendar is known to have: it stays empty.",)
    con = duckdb.connect()
    con.execute(create_tables(made.tables, "duckdb") + fill_dates("duckdb", 2026, 2026, table=table))
    row = con.execute(
        "SELECT day_key, year, year_month, is_holiday, year_quarter FROM dim_dates WHERE day_key = 20261126"
    )
    assert row.fetchall() == [(20261126, 2026, "2026-11", None, "2026-Q4")]
