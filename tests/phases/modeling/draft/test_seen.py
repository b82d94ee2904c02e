"""What tables are called for, and how what several sources tell of one is put together."""

from __future__ import annotations

import pytest

from decom_nb.phases.modeling.draft.seen import Figures, SeenTable, merged, things
from decom_nb.sql.ddl_reading import read_ddl
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["raw_shop_orders", "raw_shop_order_items", "raw_erp_products"], ["orders", "order_items", "products"]),
        (["raw_orders", "raw_order_items", "raw_customers"], ["orders", "order_items", "customers"]),
        (
            ["stg_shop__orders", "fct_sales", "dim_date", "ledger_daily_sales"],
            ["orders", "sales", "date", "ledger_daily_sales"],
        ),
        (["FactInternetSales", "DimCustomer"], ["internet_sales", "customer"]),
        (["raw", "dim", "__", "‹›"], ["raw", "dim", "__", "‹›"]),
    ],
)
def test_a_table_is_called_without_its_layer_and_source(names: list[str], called: list[str]) -> None:
    tables = [SeenTable(TableDefinition((each,), ()), "ddl") for each in names]
    assert list(things(tables).values()) == called


def test_data_takes_the_keys_that_ddl_declares_of_it_as_far_as_it_has_the_columns() -> None:
    ddl = (
        "CREATE TABLE shop.Orders (ID int PRIMARY KEY, customer_id int REFERENCES shop.customers (id), gone int UNIQUE);"
        "CREATE TABLE shop.customers (id int PRIMARY KEY);"
    )
    told = [SeenTable(each, "ddl") for each in read_ddl(ddl).tables]
    columns = (ColumnDefinition("id", "BIGINT"), ColumnDefinition("Customer_ID", "BIGINT"))
    data = SeenTable(TableDefinition(("orders",), columns), "data", rows=2, figures={"id": Figures(2, 2, True)})
    orders, customers = merged([data, *told])
    assert (orders.rows, orders.definition.primary_key, orders.definition.unique) == (2, ("id",), ())
    assert orders.definition.foreign_keys[0].columns == ("Customer_ID",)
    assert customers.origin == "ddl"


def test_a_prefix_that_all_columns_share_says_nothing() -> None:
    columns = tuple(ColumnDefinition(each, "INTEGER") for each in ("l_orderkey", "l_tax", "l_shipdate"))
    assert SeenTable(TableDefinition(("lineitem",), columns), "ddl").bare("l_orderkey") == "orderkey"
