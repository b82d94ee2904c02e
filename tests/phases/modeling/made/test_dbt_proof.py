"""Generated dbt models, proven: dbt builds them from the example's tables, and what changes in a source opens versions.

dbt lives in an environment of its own, ``.venv-dbt`` beside ``.venv``, made from examples/constraints-dbt.txt.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from decom_nb.book import Book
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.made.dbt import files
from decom_nb.phases.modeling.made.tables import tables
from tests.phases.modeling.made_model import whole

TOP = Path(__file__).parents[4]
DBT = Path(os.environ.get("DECOM_DBT", TOP / ".venv-dbt" / "bin" / "dbt"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not DBT.exists(),
        reason=f"{DBT} is not there: uv venv .venv-dbt, then install examples/constraints-dbt.txt into it",
    ),
]
PROJECT = """name: made
version: "1.0"
profile: made
config-version: 2
flags: {send_anonymous_usage_stats: false, version_check: false}
"""
PROFILE = """made:
  target: here
  outputs:
    here: {type: duckdb, path: warehouse.duckdb, schema: main, threads: 2}
"""
CLEAN = {
    "raw_shop_customers": "customer_id",
    "raw_shop_orders": "order_id",
    "raw_pay_payments": "payment_id",
    "raw_shop_order_items": "order_id, line_number",
}
"""What names a row of the example's tables."""


class Project:
    """A dbt project of what was generated, over a small warehouse."""

    def __init__(self, folder: Path, told: Mapping[str, str]) -> None:
        self.folder, self.warehouse = folder, folder / "warehouse.duckdb"
        for name, text in {**told, "dbt_project.yml": PROJECT, "profiles.yml": PROFILE}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")

    def build(self) -> str:
        """Run all models, snapshots and tests; a warning of a deprecation is an error."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        command = [str(DBT), "--no-use-colors", "--warn-error-options", '{"error": ["Deprecations"]}', "build"]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.warehouse)) as con:
            return con.execute(sql).fetchall()


def test_the_examples_model_builds_and_holds(tmp_path: Path) -> None:
    model: DimensionalModel = Book.open(TOP / "examples" / "nordwind").documents["dimensional_model"]
    project = Project(tmp_path, files(model, tables(model, "hash"), "duckdb"))
    with duckdb.connect(str(project.warehouse)) as con:
        for file in sorted((TOP / "examples" / "nordwind" / "tables").glob("raw_*")):
            con.execute(f"CREATE TABLE {file.stem} AS FROM '{file}'")
        # The example's tables have faults, for checks to find; a model is built on clean ones.
        for table, keys in CLEAN.items():
            clean = f"SELECT DISTINCT ON ({keys}) * FROM {table} WHERE {keys.split(', ')[0]} IS NOT NULL"
            con.execute(f"CREATE OR REPLACE TABLE {table} AS {clean}")
    told = project.build()
    assert "ERROR=0" in told
    facts, lines = project.rows(
        "SELECT (SELECT count(*) FROM fct_order_lines), (SELECT count(*) FROM raw_shop_order_items)"
    )[0]
    assert facts == lines
    country = project.rows("SELECT customer_id FROM dim_customers WHERE is_current LIMIT 1")[0][0]
    with duckdb.connect(str(project.warehouse)) as con:
        con.execute(
            "UPDATE raw_shop_customers SET country_code = 'XX', email = 'new@example.org' WHERE customer_id = ?",
            [country],
        )
        con.execute(
            "UPDATE raw_erp_products SET category = 'changed' WHERE product_id = (SELECT min(product_id) FROM raw_erp_products)"
        )
    project.build()
    versions = project.rows(
        f"SELECT country_code = 'XX', email, is_current FROM dim_customers WHERE customer_id = {country} ORDER BY valid_from"
    )
    assert versions == [(False, "new@example.org", False), (True, "new@example.org", True)]
    assert project.rows(
        "SELECT count(*) FROM dim_products WHERE category = 'changed' AND previous_category <> 'changed'"
    ) == [(1,)]
    assert project.rows("SELECT count(*) FROM fct_order_lines") == [(lines,)]


SOURCES = """
CREATE TABLE customers AS SELECT 1 AS customer_id, 'a' AS status, 'a@x' AS email, 's1' AS segment, 't1' AS tier;
CREATE TABLE products AS SELECT 7 AS product_id, 'tools' AS category, 5::BIGINT AS stock_count;
CREATE TABLE promotions AS SELECT 3 AS promotion_id;
CREATE TABLE lines AS SELECT 10 AS order_id, 1 AS line_number, 1 AS customer_id, 7 AS product_id, 3 AS promotion_id,
  2::BIGINT AS quantity, 4.5 AS unit_price, TIMESTAMP '2020-01-01 10:00' AS ordered_at, DATE '2020-01-02' AS shipped_on;
CREATE TABLE payments AS SELECT 5 AS payment_id, 1 AS customer_id, TIMESTAMP '2999-01-01' AS paid_at, 9.0 AS paid_amount,
  1 AS orders;
"""


def test_every_type_of_history_is_kept(tmp_path: Path) -> None:
    model = whole()
    told = files(model, tables(model, "hash"), "duckdb", years=(2015, 3000))
    for name in ("customers", "products", "promotions", "order_lines", "payments"):
        told[f"models/stg_{name}.sql"] = f"select * from main.{name.removeprefix('order_')}"
    project = Project(tmp_path, told)
    with duckdb.connect(str(project.warehouse)) as con:
        con.execute(SOURCES)
    project.build()
    before = project.rows("SELECT customer_key FROM dim_customers")
    with duckdb.connect(str(project.warehouse)) as con:
        con.execute(
            "UPDATE customers SET status = 'b', email = 'b@x', segment = 's2', tier = 't2'; UPDATE products SET stock_count = 4"
        )
    project.build()
    columns = "customer_status, email, segment, previous_segment, tier, current_tier, is_current, valid_to IS NULL"
    assert project.rows(f"SELECT {columns} FROM dim_customers ORDER BY valid_from") == [
        ("a", "b@x", "s2", "s1", "t1", "t2", False, False),
        ("b", "b@x", "s2", "s1", "t2", "t2", True, True),
    ]
    assert project.rows("SELECT stock_count, is_current FROM dim_products_history ORDER BY valid_from") == [
        (5, False),
        (4, True),
    ]
    assert project.rows("SELECT stock_count FROM dim_products") == [(4,)]
    # An order from before the first version finds that one; a payment of the future the one that holds now.
    assert project.rows("SELECT customer_key FROM fct_order_lines") == before
    now = project.rows("SELECT customer_key FROM dim_customers WHERE is_current")
    assert project.rows("SELECT customer_key FROM fct_payments") == now
    line = project.rows("SELECT net_amount = 9, order_date_key, ship_date_key FROM fct_order_lines")
    assert line == [(True, 20200101, 20200102)]
    assert project.rows("SELECT count(*) FROM bridge_promotions WHERE promotion_key IS NOT NULL") == [(1,)]
