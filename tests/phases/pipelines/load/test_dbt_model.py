"""The dbt model of every strategy, run by dbt itself: twice, and again after the source has changed.

dbt lives in an environment of its own, ``.venv-dbt`` beside ``.venv``, made from examples/constraints-dbt.txt.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import duckdb
import pytest
import yaml

from decom_nb.errors import InputError
from decom_nb.phases.pipelines.load.dbt_model import dbt_files
from tests.phases.pipelines.load.made_pipeline import STRATEGIES, made

TOP = Path(__file__).parents[4]
DBT = Path(os.environ.get("DECOM_DBT", TOP / ".venv-dbt" / "bin" / "dbt"))
FIRST = """
CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id BIGINT, order_date DATE, status VARCHAR, amount DECIMAL(12, 2), updated_at TIMESTAMP);
INSERT INTO shop.orders VALUES
  (1, '2026-03-01', 'a', 1, '2026-03-01 10:00'), (1, '2026-03-01', 'b', 2, '2026-03-01 11:00'),
  (2, '2026-03-01', NULL, 3, '2026-03-01 12:00'), (3, '2026-03-02', 'c', 4, '2026-03-02 12:00'),
  (3, '2026-03-02', 'c', 4, '2026-03-02 12:00'), (4, '2026-03-03', 'd', 5, '2026-03-02 12:00');
"""
THEN = """
DELETE FROM shop.orders WHERE order_id = 4;
UPDATE shop.orders SET amount = 40, updated_at = '2026-03-02 12:30' WHERE order_id = 3;
INSERT INTO shop.orders VALUES
  (5, '2026-03-01', 'e', 6, '2026-03-02 12:00'), (6, '2026-03-02', 'f', 7, '2026-03-02 11:30'),
  (7, '2026-03-02', 'g', 8, '2026-03-02 13:00');
"""
OLD, CHANGED = [(2, 3), (3, 4), (4, 5)], [(2, 3), (3, 40), (4, 5)]
NEW = [(5, 6), (6, 7), (7, 8)]
AFTER = {
    "append": [(1, 1), *OLD, *NEW],
    "upsert": [(1, 2), *CHANGED, *NEW],
    "merge": [(1, 2), (2, 3), (3, 40), *NEW],
    "truncate-reload": [(1, 2), (2, 3), (3, 40), *NEW],
    "partition-swap": [(1, 2), *CHANGED, *NEW],
    "soft-delete": [(1, 2), *CHANGED, *NEW],
}
"""What is there after the source has changed; merge is told to remove what vanished."""


def files(strategy: str, dialect: str = "duckdb") -> dict[str, str]:
    reads = "full" if strategy == "truncate-reload" else "incremental"
    deletes = "hard" if strategy == "merge" else None
    return dbt_files(made(strategy, reads, deletes, extract={"source_table": "shop.orders"}), dialect)


@pytest.mark.parametrize("dialect", ["postgres", "bigquery", "databricks"])
def test_each_engine_gets_a_strategy_that_its_adapter_has(dialect: str) -> None:
    told = {strategy: files(strategy, dialect)["models/orders.sql"] for strategy in STRATEGIES}
    assert 'materialized="table"' in told["truncate-reload"]
    assert 'incremental_strategy="merge"' in told["merge"]
    assert ('incremental_strategy="insert_overwrite"' in told["partition-swap"]) == (
        dialect in ("bigquery", "databricks")
    )
    assert ('incremental_strategy="append"' in told["append"]) == (dialect != "bigquery")
    for strategy, text in told.items():
        assert ("is_incremental()" in text) == (strategy != "truncate-reload")
        assert "source('shop', 'orders')" in text


def test_what_looks_like_jinja_in_a_column_stays_text() -> None:
    columns = [*made("merge").model_dump()["columns"], {"name": "x", "source": "'{{ env_var(1) }}'"}]
    text = dbt_files(made("merge", columns=columns), "duckdb")["models/orders.sql"]
    assert "'{{ '{{' }} env_var(1) }}'" in text


def test_a_position_that_the_model_does_not_hold_is_refused() -> None:
    with pytest.raises(InputError, match="dbt reads the position"):
        dbt_files(made("merge", extract={"incremental_key": "changed_at", "incremental_type": "TIMESTAMP"}), "duckdb")


@pytest.mark.slow
@pytest.mark.skipif(
    not DBT.exists(),
    reason=f"{DBT} is not there: uv venv .venv-dbt, then install examples/constraints-dbt.txt into it",
)
def test_dbt_runs_it_twice_and_after_changes(tmp_path: Path) -> None:
    project, database = tmp_path / "project", tmp_path / "warehouse.duckdb"
    lay_out(project, database)
    change(database, FIRST)
    build(project)
    first = rows(database)
    build(project)
    assert rows(database) == first
    for strategy in STRATEGIES:
        assert [one[:2] for one in first[strategy]] == [(1, 1 if strategy == "append" else 2), *OLD], strategy
    change(database, THEN)
    build(project)
    after = rows(database)
    for strategy in STRATEGIES:
        assert [one[:2] for one in after[strategy]] == AFTER[strategy], strategy
        marked = [one[0] for one in after[strategy] if one[2] is not None]
        assert marked == ([4] if strategy == "soft-delete" else []), strategy
    build(project)
    assert rows(database) == after


def lay_out(project: Path, database: Path) -> None:
    """Put all strategies' models into one project; the source that they share is described once."""
    for strategy in STRATEGIES:
        for path, text in files(strategy).items():
            place = project / path.replace("orders", called(strategy))
            place.parent.mkdir(parents=True, exist_ok=True)
            told = text.replace("ref('orders')", f"ref('{called(strategy)}')")
            if path.endswith(".yml"):
                described = yaml.safe_load(told)
                described["models"][0]["name"] = called(strategy)
                if strategy != STRATEGIES[0]:
                    del described["sources"]
                told = yaml.safe_dump(described)
            place.write_text(told, encoding="utf-8")
    (project / "dbt_project.yml").write_text("name: loads\nversion: 1.0.0\nprofile: loads\n", encoding="utf-8")
    output = {"type": "duckdb", "path": str(database), "threads": 1}
    profile = {"loads": {"target": "dev", "outputs": {"dev": output}}}
    (project / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")


def called(strategy: str) -> str:
    return "orders_" + strategy.replace("-", "_")


def build(project: Path) -> None:
    command = [str(DBT), "--no-use-colors", "--warn-error-options", '{"error": ["Deprecations"]}', "build"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(project),
        "LANG": "C.UTF-8",
        "DBT_PROFILES_DIR": str(project),
    }
    environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout


def change(database: Path, sql: str) -> None:
    with duckdb.connect(str(database)) as con:
        con.execute(sql)


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give each strategy's rows: key, amount, mark."""
    with duckdb.connect(str(database)) as con:
        return {
            strategy: con.execute(
                f"SELECT order_id, amount::INT, {'deleted_at' if strategy == 'soft-delete' else 'NULL'} "
                f"FROM main.{called(strategy)} ORDER BY order_id"
            ).fetchall()
            for strategy in STRATEGIES
        }
