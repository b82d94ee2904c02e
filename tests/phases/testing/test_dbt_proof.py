"""Generated tests, proven: dbt reads them and runs them on the example's project; what holds passes, what is broken fails.

dbt lives in an environment of its own, ``.venv-dbt`` beside ``.venv``, made from examples/constraints-dbt.txt.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from decom_nb.book import Book
from decom_nb.phases.testing.deliverables import TESTS_FOLDER, dbt_tests

TOP = Path(__file__).parents[3]
DBT = Path(os.environ.get("DECOM_DBT", TOP / ".venv-dbt" / "bin" / "dbt"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not DBT.exists(),
        reason=f"{DBT} is not there: uv venv .venv-dbt, then install examples/constraints-dbt.txt into it",
    ),
]

RAW = """
CREATE TABLE raw_shop_customers AS
  SELECT i::INTEGER AS customer_id, 'c' || i || '@example.org' AS email, 'DE' AS country_code,
         TIMESTAMP '2026-10-29 10:00' AS registered_at, true AS has_newsletter, TIMESTAMP '2026-10-29 20:00' AS loaded_at
  FROM range(1, 6) t(i);
CREATE TABLE raw_shop_orders AS
  SELECT i::INTEGER AS order_id, (1 + i % 5)::INTEGER AS customer_id, TIMESTAMP '2026-10-29 12:00' AS ordered_at,
         'shipped' AS status, 'web' AS channel, 'DE' AS country_code, (i * 10)::DECIMAL(12, 2) AS total_amount,
         TIMESTAMP '2026-10-29 20:00' AS loaded_at
  FROM range(1, 11) t(i);
CREATE TABLE raw_erp_products AS
  SELECT i::INTEGER AS product_id, 'p' || i AS product_name, 'tools' AS category, 9.5::DECIMAL(12, 2) AS list_price,
         100 AS weight_g, 5 AS stock_count, TIMESTAMP '2026-10-29 20:00' AS loaded_at
  FROM range(1, 4) t(i);
CREATE TABLE raw_shop_order_items AS
  SELECT i::INTEGER AS order_id, 1 AS line_number, (1 + i % 3)::INTEGER AS product_id, 2 AS quantity,
         5.00::DECIMAL(12, 2) AS unit_price, TIMESTAMP '2026-10-29 20:00' AS loaded_at
  FROM range(1, 11) t(i);
CREATE TABLE raw_pay_payments AS
  SELECT i::INTEGER AS payment_id, i::INTEGER AS order_id, TIMESTAMP '2026-10-29 13:00' AS paid_at, 'card' AS method,
         (i * 10)::DECIMAL(12, 2) AS amount, TIMESTAMP '2026-10-29 20:00' AS loaded_at
  FROM range(1, 11) t(i);
CREATE TABLE raw_ads_spend AS
  SELECT DATE '2026-10-29' AS spend_date, 'search' AS channel, 'autumn' AS campaign, 100 AS impressions, 10 AS clicks,
         5.00::DECIMAL(12, 2) AS spend, TIMESTAMP '2026-10-29 20:00' AS loaded_at;
CREATE TABLE raw_web_events AS
  SELECT 'e' || i AS event_id, 's' AS session_id, 'view' AS event_type, TIMESTAMP '2026-10-29 20:00' AS occurred_at,
         1 AS product_id, TIMESTAMP '2026-10-29 20:00' AS loaded_at
  FROM range(1, 4) t(i);
CREATE TABLE raw_crm_scores AS SELECT 1 AS customer_id, 0.5 AS score;
CREATE TABLE mrt_product_sales_legacy AS SELECT 1 AS product_id;
"""
"""A day of the example's raw tables, without a fault. The project's clock stands at 21:30 of that day."""

RANGE = """document: suite
version: 1
table: fct_orders
checks:
  - {check: range, column: order_amount, min: 0, max: 2500}
"""
FAULTS = {
    # what is broken, and how the names of the generated tests begin that have to notice, and of no others
    "UPDATE raw_shop_customers SET customer_id = 1 WHERE customer_id = 2": {
        "unique_stg_shop__customers_customer_id",
        "relationships_stg_shop__orders_customer_id",
        "relationships_int_orders_enriched_customer_id",
    },
    "UPDATE raw_shop_orders SET channel = 'fax' WHERE order_id = 3": {
        "accepted_values_stg_shop__orders_channel",
        "accepted_values_int_orders_enriched_channel",
        "accepted_values_fct_orders_channel",
        "accepted_values_mrt_sales_daily_channel",
    },
    "UPDATE raw_shop_orders SET total_amount = 99999 WHERE order_id = 4": {"decom_accepted_range_"},
    "UPDATE raw_shop_order_items SET product_id = 77 WHERE order_id = 5": {
        "relationships_stg_shop__order_items_product_id",
        "relationships_fct_order_items_product_id",
    },
    "UPDATE raw_pay_payments SET paid_at = TIMESTAMP '2026-09-01'": {"decom_recency_stg_pay__payments"},
}


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give the example's project with the generated tests pasted in."""
    project = Project(tmp_path_factory.mktemp("proof"))
    project.dbt("build")
    project.dbt("docs", "generate")
    project.paste(project.generated())
    return project


class Project:
    """A copy of the example's project over a small warehouse, and an engagement that sees its artifacts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project, self.engagement = folder, folder / "dbt", folder / "engagement"
        ignored = shutil.ignore_patterns("target", "logs", "*.duckdb")
        shutil.copytree(TOP / "examples" / "nordwind_dbt", self.project, ignore=ignored)
        shutil.copytree(TOP / "examples" / "nordwind" / "documents", self.engagement / "documents")
        shutil.copy(TOP / "examples" / "nordwind" / "engagement.yaml", self.engagement)
        (self.engagement / "documents" / "suite" / "fct_orders.yaml").write_text(RANGE, encoding="utf-8")
        (self.engagement / "evidence").mkdir()
        self.fill("")

    def fill(self, fault: str) -> None:
        """Fill the warehouse, with a fault or without."""
        (self.folder / "warehouse.duckdb").unlink(missing_ok=True)
        with duckdb.connect(str(self.folder / "warehouse.duckdb")) as con:
            con.execute(RAW)
            con.execute(fault)

    def dbt(self, *arguments: str) -> Mapping[str, str]:
        """Run dbt; give the status of each test by the beginning of its name."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "NORDWIND_WAREHOUSE": str(self.folder / "warehouse.duckdb"),
        }
        command = [str(DBT), "--no-use-colors", "--warn-error-options", '{"error": ["Deprecations"]}', *arguments]
        done = subprocess.run(
            command, cwd=self.project, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode in (0, 1), done.stdout
        assert "Compilation Error" not in done.stdout, done.stdout
        results: list[Mapping[str, Any]] = json.loads((self.project / "target" / "run_results.json").read_text())[
            "results"
        ]
        return {
            each["unique_id"].split(".")[2]: each["status"] for each in results if each["unique_id"].startswith("test.")
        }

    def generated(self) -> dict[str, str]:
        """Generate the missing tests of the project as it stands."""
        for name in ("manifest.json", "catalog.json"):
            shutil.copy(self.project / "target" / name, self.engagement / "evidence")
        checklist = Book.open(self.engagement).supply(None).get("dbt_checklist")  # type: ignore[arg-type]  # no rule asks for the day
        head = f"{TESTS_FOLDER}/nordwind/"
        return {path.removeprefix(head): text for path, text in dbt_tests(checklist).items()}

    def paste(self, files: Mapping[str, str]) -> None:
        """Do what a person does: put the tests of each model to where that model is described."""
        for path, text in files.items():
            if path.endswith(".sql"):
                (self.project / path).parent.mkdir(parents=True, exist_ok=True)
                (self.project / path).write_text(text, encoding="utf-8")
                continue
            for model in yaml.safe_load(text)["models"]:
                self._paste(model, (self.project / path).parent)

    def _paste(self, model: dict[str, Any], folder: Path) -> None:
        for file in sorted(folder.glob("*.yml")):
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            for described in content.get("models") or ():
                if described["name"] == model["name"]:
                    _merge(described, model)
                    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
                    return
        (folder / f"{model['name']}.yml").write_text(yaml.safe_dump({"models": [model]}), encoding="utf-8")


def _merge(described: dict[str, Any], more: Mapping[str, Any]) -> None:
    described["data_tests"] = [*described.get("data_tests", []), *more.get("data_tests", [])]
    columns = {column["name"]: column for column in described.setdefault("columns", [])}
    for column in more.get("columns", ()):
        if column["name"] not in columns:
            described["columns"].append(column)
        elif tests := column.get("data_tests"):
            there = columns[column["name"]]
            there["data_tests"] = [*there.get("data_tests", []), *tests]


def test_generated_tests_run_and_hold_where_nothing_is_wrong(proven: Project) -> None:
    proven.fill("")
    statuses = proven.dbt("build")
    mine = {name: status for name, status in statuses.items() if name.startswith(("decom_", "unique_dim_customers"))}
    assert len(mine) >= 6
    assert {name: status for name, status in statuses.items() if status != "pass"} == {}


def test_planted_faults_make_the_right_tests_fail_and_no_others(proven: Project) -> None:
    proven.fill(";".join(FAULTS))
    proven.dbt("run")
    failed = {name for name, status in proven.dbt("test").items() if status == "fail"}
    expected = [beginning for names in FAULTS.values() for beginning in names]
    assert [name for name in expected if not any(each.startswith(name) for each in failed)] == []
    assert [each for each in sorted(failed) if not each.startswith(tuple(expected))] == []


def test_what_was_pasted_is_missing_no_more(proven: Project) -> None:
    again = proven.generated()
    offered = [line for text in again.values() for line in text.splitlines() if line.strip().startswith("- ")]
    assert [line for line in offered if "name:" not in line] == []
