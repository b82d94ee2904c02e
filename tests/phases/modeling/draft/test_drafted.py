"""Whole drafts of schemas whose answers are known: Chinook, OMOP, TPC-H, jaffle shop, the example."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import duckdb
import pytest

from decom_nb.evidence.collect import collect
from decom_nb.evidence.source import Pointer
from decom_nb.phases.modeling.dimensional_model import Dimension, FactTable
from decom_nb.phases.modeling.draft.drafted import drafted, summary
from decom_nb.phases.modeling.draft.from_dbt import from_dbt
from decom_nb.phases.modeling.draft.gathered import gathered, of_files
from decom_nb.phases.modeling.draft.reason import Draft
from tests.phases.modeling.made_draft import of_ddl, of_tables

EXAMPLE = Path(__file__).parents[4] / "examples" / "nordwind" / "tables"


def facts(draft: Draft) -> dict[str, FactTable]:
    return {each.name: each for each in draft.model.fact_tables}


def dimensions(draft: Draft) -> dict[str, Dimension]:
    return {each.name: each for each in draft.model.dimensions}


def measures(fact: FactTable) -> dict[str, tuple[str | None, str | None]]:
    return {each.name: (each.type, each.aggregation) for each in fact.measures}


def keys(table: FactTable | Dimension) -> dict[str, str]:
    return {each.column: each.dimension for each in table.foreign_keys}


def levels(dimension: Dimension) -> list[tuple[str, ...]]:
    return [each.levels for each in dimension.hierarchies]


def test_chinook(shared_data: Path) -> None:
    draft = of_ddl((shared_data / "9_naming" / "Chinook_PostgreSql.sql").read_text())
    made, about = facts(draft), dimensions(draft)
    assert set(made) == {"fct_invoice", "fct_invoice_line", "fct_playlist_track"}
    line = made["fct_invoice_line"]
    assert (line.grain, line.grain_columns, line.kind) == ("invoice line", ("invoice_line_id",), "transaction")
    assert measures(line) == {"quantity": ("additive", "SUM"), "unit_price": ("non-additive", None)}
    assert {"invoice_id", "invoice_line_id"} <= {each.name for each in line.degenerate_dimensions}
    assert keys(line)["track_key"] == "dim_track"
    assert measures(made["fct_invoice"]) == {"total": ("additive", "SUM")}
    bridge = made["fct_playlist_track"]
    assert (bridge.kind, bridge.grain_columns, bridge.measures) == ("factless", ("playlist_key", "track_key"), ())
    assert "bridge" in draft.of("playlist_track", "table")[0].proposed
    assert levels(about["dim_employee"]) == [("reports_to", "employee_id")]
    assert "any depth" in draft.of("employee", "hierarchy")[0].because
    assert about["dim_track"].natural_key == ("track_id",)
    assert keys(about["dim_track"]) == {
        "album_key": "dim_album",
        "genre_key": "dim_genre",
        "media_type_key": "dim_media_type",
    }
    assert all(each.confidence == "high" for each in draft.reasons if each.what == "grain")


def test_omop_has_no_keys_and_is_read_by_its_names(shared_data: Path) -> None:
    draft = of_ddl((shared_data / "9_naming" / "OMOPCDM_postgresql_5.4_ddl.sql").read_text())
    made, about = facts(draft), dimensions(draft)
    assert len(draft.tables) == 39
    assert {"dim_person", "dim_concept", "dim_location", "dim_care_site", "dim_provider", "dim_vocabulary"} <= set(
        about
    )
    assert {
        "fct_condition_occurrence",
        "fct_drug_exposure",
        "fct_measurement",
        "fct_visit_occurrence",
        "fct_death",
    } <= set(made)
    assert about["dim_person"].natural_key == ("person_id",)
    assert keys(made["fct_condition_occurrence"]) == {
        "person_key": "dim_person",
        "condition_concept_key": "dim_concept",
        "condition_type_concept_key": "dim_concept",
        "condition_status_concept_key": "dim_concept",
        "condition_source_concept_key": "dim_concept",
        "provider_key": "dim_provider",
        "condition_start_date_key": "dim_date",
        "condition_end_date_key": "dim_date",
    }
    assert measures(made["fct_drug_exposure"])["quantity"] == ("additive", "SUM")
    assert not [each for each in draft.reasons if each.what in ("grain", "natural key") and each.confidence == "high"]
    assert draft.of("death", "grain")[0].confidence == "low"
    assert draft.of("cost.total_cost", "foreign key") == ()
    assert draft.of("concept.standard_concept", "foreign key") == ()


def test_jaffle_shop_of_dbt_artifacts(shared_data: Path) -> None:
    folder = shared_data / "1_dbt_artifacts" / "jaffle_shop_duckdb_1.11"
    dbt = collect([Pointer(str(folder))], folder, only=("dbt",)).values["dbt"]
    draft = drafted(from_dbt(dbt))
    assert [each["table"] for each in draft.tables] == [
        "customers",
        "orders",
    ]  # staging models and seeds are left to them
    (orders,) = draft.model.fact_tables
    assert (orders.name, orders.grain_columns) == ("fct_orders", ("order_id",))
    assert measures(orders)["amount"] == ("additive", "SUM")
    assert keys(orders) == {"customer_key": "dim_customers", "order_date_key": "dim_date"}
    assert "tested as a relationship in dbt" in draft.of("orders.customer_id")[0].because
    assert "tested as unique and not null in dbt" in draft.of("customers", "natural key")[0].because


def test_the_example_s_dbt_project() -> None:
    folder = EXAMPLE.parent / "evidence" / "dbt"
    with gathered(of_files([folder])) as (seen, asking, notes):
        draft = drafted(seen, asking, notes=notes)
    made, about = facts(draft), dimensions(draft)
    assert {"fct_orders", "fct_order_items", "fct_sales_daily"} <= set(made)
    assert {"dim_customers", "dim_products"} <= set(about)
    assert about["dim_products_daily"].type == 2  # a dbt snapshot keeps history, whatever it is called
    assert keys(made["fct_orders"]) == {"customer_key": "dim_customers", "order_date_key": "dim_date"}
    assert "ordered_at" in {each.name for each in made["fct_orders"].degenerate_dimensions}
    assert measures(made["fct_marketing_roas"])["roas"] == ("non-additive", None)


def test_the_example_s_tables() -> None:
    with gathered(of_files([EXAMPLE])) as (seen, asking, notes):
        draft = drafted(seen, asking, notes=notes)
    made, about = facts(draft), dimensions(draft)
    assert not draft.notes
    assert {"fct_orders", "fct_order_items", "fct_payments"} <= set(made)
    assert {"dim_customers", "dim_products"} <= set(about)
    items = made["fct_order_items"]
    assert items.grain_columns == ("order_id", "line_number")
    assert measures(items) == {"quantity": ("additive", "SUM"), "unit_price": ("non-additive", None)}
    assert [(each.table, each.by) for each in items.joined_sources] == [("raw_shop_orders", ("order_id",))]
    assert keys(items)["customer_key"] == "dim_customers"
    dirty = draft.of("raw_shop_orders.customer_id", "foreign key")[0]
    assert dirty.figures["orphans"] == 6
    assert draft.of("raw_pay_payments", "grain")[0].confidence == "low"  # payments that came twice
    assert "2 proposals of low confidence" in summary(draft)


TPCH = {
    "region": "SELECT i AS r_regionkey, 'region ' || i AS r_name, 'said of it' AS r_comment FROM range(5) AS t(i)",
    "nation": "SELECT i AS n_nationkey, 'nation ' || i AS n_name, i % 5 AS n_regionkey FROM range(25) AS t(i)",
    "customer": "SELECT i AS c_custkey, 'customer ' || i AS c_name, i * 7 % 25 AS c_nationkey, "
    "(i * 31 % 999 - 99)::DECIMAL(15,2) AS "
    "c_acctbal, ['BUILDING', 'MACHINERY'][i % 2 + 1] AS c_mktsegment FROM range(600) AS t(i)",
    "supplier": "SELECT i AS s_suppkey, 'supplier ' || i AS s_name, i * 3 % 25 AS s_nationkey, "
    "i / 3.0 AS s_acctbal FROM range(40) AS t(i)",
    "part": "SELECT i AS p_partkey, 'part ' || i AS p_name, 'maker ' || i % 5 AS p_mfgr, "
    "'brand ' || i % 5 || i % 25 // 5 AS p_brand, "
    "i % 50 AS p_size, 900 + i % 77 + 0.5 AS p_retailprice FROM range(800) AS t(i)",
    "partsupp": "SELECT i // 4 AS ps_partkey, (i // 4 + i % 4 * 10) % 40 AS ps_suppkey, i * 13 % 999 AS ps_availqty, "
    "(i * 17 % 991)::DECIMAL(15,2) AS ps_supplycost FROM range(3200) AS t(i)",
    "orders": "SELECT i * 4 AS o_orderkey, i * 11 % 600 AS o_custkey, ['F', 'O', 'P'][i % 3 + 1] AS o_orderstatus, "
    "(i * 37 % 5000)::DECIMAL(15,2) AS o_totalprice, "
    "DATE '1995-01-01' + (i % 900)::INTEGER AS o_orderdate FROM range(2000) AS t(i)",
    "lineitem": "SELECT i // 4 * 4 AS l_orderkey, i * 7 % 800 AS l_partkey, "
    "(i * 7 % 800 + i % 4 * 10) % 40 AS l_suppkey, i % 4 + 1 AS "
    "l_linenumber, (i % 50 + 1)::DECIMAL(15,2) AS l_quantity, (i * 3 % 7000)::DECIMAL(15,2) AS l_extendedprice, "
    "(i % 11 / 100)::DECIMAL(15,2) AS l_discount, (i % 9 / 100)::DECIMAL(15,2) AS l_tax, ['R', 'A', "
    "'N'][i % 3 + 1] AS l_returnflag, "
    "DATE '1995-01-05' + (i % 901)::INTEGER AS l_shipdate, DATE '1995-02-01' + (i % 700)::INTEGER AS l_commitdate, "
    "DATE '1995-02-09' + (i % 800)::INTEGER AS l_receiptdate FROM range(8000) AS t(i)",
}
"""Tables as TPC-H has them, with other values."""


def hold_tpch(draft: Draft) -> None:
    made, about = facts(draft), dimensions(draft)
    assert set(made) == {"fct_lineitem", "fct_orders", "fct_partsupp"}
    assert set(about) == {"dim_customer", "dim_supplier", "dim_part", "dim_nation", "dim_region", "dim_date"}
    line = made["fct_lineitem"]
    assert line.grain_columns == ("orderkey", "linenumber")
    assert draft.of("lineitem", "grain")[0].proposed == "l_orderkey + l_linenumber"
    assert measures(line) == {
        "quantity": ("additive", "SUM"),
        "extendedprice": ("additive", "SUM"),
        "discount": ("non-additive", None),
        "tax": ("non-additive", None),
    }
    dates = {"ship_date_key", "commit_date_key", "receipt_date_key"}
    assert dates == {column for column, dimension in keys(line).items() if dimension == "dim_date"}
    assert keys(line)["part_key"] == "dim_part"
    assert keys(line)["supplier_key"] == "dim_supplier"
    assert draft.of("lineitem.l_partkey + l_suppkey")[0].proposed == "partsupp.ps_partkey + ps_suppkey"
    assert draft.of("partsupp", "grain")[0].proposed == "ps_partkey + ps_suppkey"
    assert measures(made["fct_partsupp"])["availqty"][0] == "semi-additive"
    assert measures(made["fct_orders"]) == {"totalprice": ("additive", "SUM")}
    assert draft.of("orders.o_custkey")[0].proposed == "customer.c_custkey"
    assert ("regionkey", "nation_name") in levels(about["dim_nation"])
    assert ("mfgr", "brand") in levels(about["dim_part"])
    assert keys(about["dim_nation"]) == {"region_key": "dim_region"}


def test_tables_shaped_as_tpc_h(tmp_path: Path) -> None:
    hold_tpch(of_tables(tmp_path, TPCH))


@pytest.mark.slow
def test_tpc_h_itself(tmp_path: Path) -> None:
    if importlib.util.find_spec("duckdb_extension_tpch") is None:
        pytest.skip("duckdb-extension-tpch is not installed: TPC-H's own tables cannot be made")
    from decom_nb.evidence.tables import extension

    with duckdb.connect() as connection:
        extension.load(connection, "tpch", "test", "making TPC-H's tables")
        connection.execute("CALL dbgen(sf = 0.01)")
        connection.execute(f"EXPORT DATABASE '{tmp_path / 'tpch'}' (FORMAT parquet)")
    with gathered(of_files([tmp_path / "tpch"])) as (seen, asking, notes):
        hold_tpch(drafted([each for each in seen if each.rows], asking, notes=notes))


def test_a_stock_of_every_day_is_a_snapshot_that_is_not_summed_over_time(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            "products": "SELECT i AS product_id, 'p' || i AS name FROM range(40) AS t(i)",
            "stock": "SELECT i % 40 AS product_id, DATE '2026-01-01' + (i // 40)::INTEGER AS day, "
            "i * 7 % 90 AS quantity_on_hand "
            "FROM range(1200) AS t(i)",
        },
    )
    (stock,) = draft.model.fact_tables
    assert (stock.kind, stock.grain_columns) == ("periodic snapshot", ("product_key", "date_key"))
    (level,) = stock.measures
    assert (level.type, level.aggregation, level.not_additive_over) == ("semi-additive", "AVG", ("dim_date",))


def test_milestones_that_may_still_be_open_make_an_accumulating_snapshot(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            "customers": "SELECT i AS customer_id FROM range(9) AS t(i)",
            "orders": "SELECT i AS order_id, i % 9 AS customer_id, i AS amount, "
            "DATE '2026-01-01' + (i % 50)::INTEGER AS ordered_date, "
            "CASE WHEN i % 3 > 0 THEN DATE '2026-01-03' + (i % 50)::INTEGER END AS shipped_date, "
            "CASE WHEN i % 3 > 1 THEN DATE '2026-01-09' + (i % 50)::INTEGER END AS delivered_date FROM range(300) AS t(i)",
        },
    )
    (orders,) = draft.model.fact_tables
    assert orders.kind == "accumulating snapshot"


def test_history_columns_make_a_dimension_of_type_2(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            "customers": "SELECT i // 3 AS customer_id, 'c' || i AS name, "
            "TIMESTAMP '2026-01-01' + i % 3 * INTERVAL 1 DAY AS valid_from, "
            "NULL::TIMESTAMP AS valid_to, i % 3 = 2 AS is_current FROM range(300) AS t(i)",
            "orders": "SELECT i AS order_id, i % 100 AS customer_id, i AS amount, "
            "DATE '2026-01-01' AS order_date FROM range(900) AS t(i)",
        },
    )
    (customers,) = (each for each in draft.model.dimensions if each.name == "dim_customers")
    assert (customers.type, customers.natural_key) == (2, ("customer_id",))
    assert [each.name for each in customers.attributes] == ["customer_id", "customer_name"]
    assert draft.of("orders.customer_id", "foreign key")[0].drafted


def test_hostile_names_are_names(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            'cust"omers; DROP': 'SELECT i AS "id", \'x\' AS "na\'me <b>" FROM range(60) AS t(i)',
            "orders": 'SELECT i AS "order id", i % 60 AS "SELECT", i AS "‹amount›", '
            "DATE '2026-01-01' AS \"when -- at\" FROM range(90) AS t(i)",
        },
    )
    assert {each["table"] for each in draft.tables} == {'cust"omers; DROP', "orders"}
    assert any(each.proposed == "order id" for each in draft.of("orders"))


def test_nothing_to_draft_from_is_no_model() -> None:
    assert summary(drafted([])) == "Nothing was drafted."
