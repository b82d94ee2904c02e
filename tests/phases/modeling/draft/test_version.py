"""Change logs, namesakes, change events: what looks like a table of things and is another, and what a draft is sure of."""

from __future__ import annotations

import json
from pathlib import Path

from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.phases.modeling.draft.from_tables import from_tables
from decom_nb.phases.modeling.draft.gathered import gathered, of_files
from tests.phases.modeling.made_draft import of_ddl, of_tables

CUSTOMERS = (
    "SELECT i // 3 AS customer_id, 'c' || (i // 3) AS name, ['a', 'b', 'c'][1 + i % 3] AS tier, "
    "TIMESTAMP '2026-01-01' + i * INTERVAL 7 HOUR AS updated_at, "
    "TIMESTAMP '2026-09-01' + i % 3 * INTERVAL 1 DAY AS loaded_at FROM range(300) AS t(i)"
)
ORDERS = (
    "SELECT i AS order_id, i % 100 AS customer_id, i * 1.5 AS amount, "
    "TIMESTAMP '2026-01-01' + i * INTERVAL 1 HOUR AS ordered_at FROM range(900) AS t(i)"
)


def test_a_change_log_is_a_dimension_of_type_2_and_can_be_pointed_to(tmp_path: Path) -> None:
    draft = of_tables(tmp_path, {"customers": f"{CUSTOMERS} UNION ALL ({CUSTOMERS} LIMIT 2)", "orders": ORDERS})
    customers = next(each for each in draft.model.dimensions if each.name == "dim_customers")
    assert (customers.type, customers.natural_key) == (2, ("customer_id",))
    key = draft.of("customers", "natural key")[0]
    assert (key.proposed, key.confidence) == ("customer_id", "medium")
    assert "but for 2 rows that are copies" in key.because
    assert "a row for each change" in draft.of("customers", "SCD type")[0].because
    (orders,) = draft.model.fact_tables
    assert "dim_customers" in {each.dimension for each in orders.foreign_keys}
    assert "All of its 900 values" in draft.of("orders.customer_id")[0].because
    for column in ("updated_at", "loaded_at"):
        assert column not in {each.source for each in customers.attributes}
        assert [each.what for each in draft.of(f"customers.{column}")] == ["left out"]


def test_lines_of_an_order_are_no_versions_of_it(tmp_path: Path) -> None:
    columns = "i // 3 AS order_id, i % 3 AS line_no, i AS amount, DATE '2026-01-01' + i::INTEGER AS updated_on"
    lines = f"SELECT {columns} FROM range(90) AS t(i)"
    (orders,) = of_tables(tmp_path, {"orders": lines}).model.fact_tables
    assert "order_id" in orders.grain_columns
    assert len(orders.grain_columns) == 2


def test_what_was_not_found_is_no_evidence(tmp_path: Path) -> None:
    draft = of_tables(tmp_path, {"things": "SELECT i % 7 AS a, 'x' || i % 5 AS b FROM range(90) AS t(i)"})
    assert [(each.proposed, each.confidence) for each in draft.of("things", "table")] == [("dimension", "low")]


def test_change_events_are_no_table(tmp_path: Path) -> None:
    event = {"before": None, "after": {"id": 1, "name": "a"}, "source": {"table": "t"}, "op": "c", "ts_ms": 1}
    (tmp_path / "customers.jsonl").write_text("\n".join(json.dumps(event) for _ in range(3)))
    notes: list[str] = []
    source = TableSource(path=str(tmp_path / "customers.jsonl"))
    with Tables([source]) as tables, from_tables(tables, tables.names, notes) as seen:
        assert seen == ()
    assert "change events" in notes[0]


def test_tests_of_a_namesake_in_dbt_are_not_taken_for_tests_of_a_table(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "customers.csv").write_text("customer_id,mail\n1,a\n2,b\n")
    dbt = shared_data / "1_dbt_artifacts" / "jaffle_shop_duckdb_1.11"
    with gathered(of_files([tmp_path / "customers.csv", dbt])) as (seen, _, notes):
        assert [each.definition.primary_key for each in seen] == [()]
    assert any("namesake of customers" in each for each in notes)


def test_who_is_pointed_to_is_no_level_above_and_what_sorts_things_is_a_doubtful_one() -> None:
    draft = of_ddl(
        """
        CREATE TABLE employee (employee_id INT PRIMARY KEY, name VARCHAR);
        CREATE TABLE country (country_id INT PRIMARY KEY, name VARCHAR);
        CREATE TABLE customer (customer_id INT PRIMARY KEY, name VARCHAR,
          support_rep_id INT REFERENCES employee (employee_id), country_id INT REFERENCES country (country_id));
        """
    )
    found = [each for each in draft.reasons if each.what == "hierarchy"]
    assert [(each.proposed, each.confidence) for each in found] == [("country_id > customer_id", "low")]


def test_a_price_of_one_piece_is_worked_out_of_its_parts_and_no_mean_of_means(tmp_path: Path) -> None:
    lines = "SELECT i AS line_id, i % 9 AS quantity, 1.5 * (i % 7) AS unit_price, 0.1 * (i % 5) AS discount_rate, i AS amount"
    draft = of_tables(tmp_path, {"order_lines": f"{lines}, DATE '2026-01-01' AS ordered_on FROM range(90) AS t(i)"})
    (fact,) = draft.model.fact_tables
    about = {each.name: (each.type, each.aggregation) for each in fact.measures}
    assert about["unit_price"] == about["discount_rate"] == ("non-additive", None)
    (price,) = draft.of("order_lines.unit_price", "measure")
    assert "SUM(amount) / SUM(quantity)" in price.because
    assert price.confidence == "medium"


def test_a_row_of_a_period_is_named_in_words(tmp_path: Path) -> None:
    stock = "SELECT i % 9 AS product_id, DATE '2026-01-01' + (i // 9)::INTEGER AS stock_day, i AS quantity FROM range(90) AS t(i)"
    (fact,) = of_tables(tmp_path, {"fct_stock_daily": stock}).model.fact_tables
    assert fact.grain_statement.startswith("One row per stock and day")
