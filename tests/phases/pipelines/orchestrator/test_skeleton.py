"""Orchestrators' files: their words against what each documents, what a client wrote as text, their SQL cut as it is run."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from decom_nb.errors import InputError
from decom_nb.phases.pipelines.orchestrator.job import Job, job
from decom_nb.phases.pipelines.orchestrator.skeleton import ORCHESTRATORS, place, skeleton
from decom_nb.phases.pipelines.pipeline import Pipeline, TargetDialect

NASTY = "x'); import os; os.system('y') #\n\"\"\"{{ 7 * 7 }}{% raw %}\u202e"
DOCUMENTED = {
    # The keywords that each one's reference lists for what the files call (see `skeleton.DOCUMENTED`).
    "airflow": {
        "dag": {
            "dag_id", "description", "schedule", "start_date", "catchup", "max_active_runs", "dagrun_timeout",
            "default_args", "tags",
        },
        "task": {"task_id"},
    },
    "dagster": {
        "dg.op": {"name"},
        "dg.job": {"name", "description", "executor_def", "op_retry_policy", "hooks", "tags"},
        "dg.RetryPolicy": {"max_retries", "delay"},
        "dg.ScheduleDefinition": {"job", "cron_schedule", "execution_timezone", "default_status"},
        "dg.Definitions": {"jobs", "schedules"},
    },
    "prefect": {
        "task": {"name", "retries", "retry_delay_seconds"},
        "flow": {"name", "description", "timeout_seconds", "on_failure", "on_crashed"},
        "load_orders_flow.serve": {"name", "cron", "global_limit", "tags"},
    },
}  # fmt: skip
IMPORTED = {
    "airflow": {"airflow.sdk": {"dag", "task"}},
    "dagster": {"dagster": set()},
    "prefect": {"prefect": {"flow", "task"}},
}


def orders(**changed: Any) -> Job:
    filled = {
        "pipeline": "load_orders",
        "owner": "data team",
        "schedule": "@daily",
        "sla_minutes": 20,
        "tier": 1,
        "load": {"strategy": "merge", "target_table": "raw.orders"},
        "error_handling": {"strategy": "retry", "max_retries": 2, "retry_delay_seconds": 120, "alert_channels": ["#a"]},
    }
    return job(Pipeline.model_validate(filled | changed).named("orders"), "duckdb")


def calls(text: str) -> dict[str, list[ast.Call]]:
    found: dict[str, list[ast.Call]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            found.setdefault(ast.unparse(node.func), []).append(node)
    return found


@pytest.mark.parametrize("orchestrator", ORCHESTRATORS)
def test_it_calls_what_is_documented_with_what_is_documented(orchestrator: Any) -> None:
    text = skeleton(orders(), orchestrator)
    found = calls(text)
    for name, keywords in DOCUMENTED[orchestrator].items():
        used = {keyword.arg for call in found[name] for keyword in call.keywords}
        assert used, name
        assert used <= keywords, name
    imports = {
        node.module: {alias.name for alias in node.names}
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == orchestrator
    }
    whole = {
        alias.name: set()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == orchestrator
    }
    assert imports | whole == IMPORTED[orchestrator]


@pytest.mark.parametrize("orchestrator", ORCHESTRATORS)
def test_schedule_retries_runtime_and_channels_are_those_of_the_document(orchestrator: Any) -> None:
    text = skeleton(orders(), orchestrator)
    for said in ("'0 0 * * *'", "1200", "120", "['#a']", "'pipelines/load-orders/duckdb'", "'load.sql'"):
        assert said in text, said
    never = skeleton(orders(schedule="", sla_minutes=None, error_handling={"strategy": "fail-fast"}), orchestrator)
    for gone in ("timeout", "max_runtime", "0 0 * * *", "RetryPolicy"):
        assert gone not in never.replace("timeout=10", ""), gone
    assert "retries=3" not in never


@pytest.mark.parametrize("orchestrator", ORCHESTRATORS)
@pytest.mark.parametrize("dialect", get_args(TargetDialect))
def test_it_is_python_for_every_engine_and_its_parts_follow_each_other(orchestrator: Any, dialect: Any) -> None:
    made = job(Pipeline.model_validate({"pipeline": "load_orders"}).named("orders"), dialect)
    text = skeleton(made, orchestrator)
    compile(text, "f", "exec")
    names = ["extract", "load"] if dialect == "databricks" else ["extract", "check", "load"]
    assert [part.name for part in made.parts] == names
    order = [text.rindex(f"run_{name}(") for name in names]
    assert order == (sorted(order) if orchestrator == "prefect" else sorted(order, reverse=True))


@pytest.mark.parametrize("orchestrator", ORCHESTRATORS)
def test_whatever_a_client_wrote_stays_text(orchestrator: Any) -> None:
    made = orders(
        pipeline=NASTY,
        owner=NASTY,
        extract={"source_system": NASTY},
        load={"strategy": "merge", "target_table": NASTY},
        error_handling={"strategy": "retry", "alert_channels": [NASTY]},
    )
    text = skeleton(made, orchestrator)
    tree = ast.parse(text)
    assert {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)} <= {
        *calls(skeleton(orders(), orchestrator)),
        *(f"{made.identifier}_{end}" for end in ("dag", "flow.serve")),
        *(f"{made.identifier}_flow.serve",),
    }
    assert text.isascii()
    assert "49" not in text
    assert place(made, orchestrator).count("/") == 3


def runner(folder: Path, sql: str, dialect: Any = "duckdb") -> ModuleType:
    """Give the part of a file that reads SQL, as a module, without the orchestrator that it is made for."""
    made = job(Pipeline.model_validate({"pipeline": "load_orders"}).named("orders"), dialect)
    text = skeleton(made, "dagster").replace("import dagster as dg\n", "").split("@dg.failure_hook")[0]
    place_of_sql = folder / made.folder
    place_of_sql.mkdir(parents=True)
    (place_of_sql / "load.sql").write_text(sql, encoding="utf-8")
    file = folder / "pipelines" / "orchestrator" / "dagster" / "runner.py"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("runner", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LOAD = """-- Generated by decom; edited, it is yours and stays as it is.
-- 1. Read; all
CREATE TABLE seen AS SELECT 'a;b :loaded_at' AS "what;", CAST($loaded_at AS TIMESTAMP) AS moment, 1::INTEGER AS one;
/* a comment; with one */
-- 2. Stop unless: the key is there
SELECT $$x;y$$;
BEGIN;
-- 3. Write
INSERT INTO seen VALUES ('it''s; :loaded_at', CAST(:loaded_at AS TIMESTAMP), 2);
COMMIT;
-- 4. Clear
DROP TABLE IF EXISTS nothing
"""


def test_statements_are_cut_where_they_end_and_know_one_instant(tmp_path: Path) -> None:
    module = runner(tmp_path, LOAD)
    found = module.statements("load.sql", "2026-11-26 15:00:00")
    assert [what for what, _ in found] == ["Read; all", "Stop unless: the key is there", "", "Write", "", "Clear"]
    assert found[0][1] == (
        "CREATE TABLE seen AS SELECT 'a;b :loaded_at' AS \"what;\", "
        "CAST('2026-11-26 15:00:00' AS TIMESTAMP) AS moment, 1::INTEGER AS one"
    )
    assert found[3][1] == "INSERT INTO seen VALUES ('it''s; :loaded_at', CAST('2026-11-26 15:00:00' AS TIMESTAMP), 2)"
    parts = {
        name: [sql.split()[0] for _, sql in module.part(name, "load.sql", "x")] for name in ("extract", "check", "load")
    }
    assert parts == {"extract": ["CREATE"], "check": ["SELECT"], "load": ["BEGIN", "INSERT", "COMMIT", "DROP"]}


def test_engines_whose_text_knows_backslashes_are_cut_by_their_own_rule(tmp_path: Path) -> None:
    module = runner(tmp_path, r"SELECT 'it\'s; one', CAST(@loaded_at AS DATETIME); SELECT 2;", "bigquery")
    assert [sql for _, sql in module.statements("load.sql", "t")] == [
        r"SELECT 'it\'s; one', CAST('t' AS DATETIME)",
        "SELECT 2",
    ]


def test_a_load_that_fails_within_its_transaction_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    monkeypatch.setenv("WAREHOUSE_FILE", str(tmp_path / "w.duckdb"))
    module = runner(tmp_path, LOAD.replace("COMMIT;", "SELECT ERROR('gate');\nCOMMIT;"))
    for name in ("extract", "check"):
        module.run(name, "load.sql", "2026-11-26 15:00:00")
    with pytest.raises(duckdb.Error, match="gate"):
        module.run("load", "load.sql", "2026-11-26 15:00:00")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as there:
        assert there.sql("SELECT count(*) FROM seen").fetchall() == [(1,)]


def test_a_schedule_that_never_begins_is_a_mistake() -> None:
    for wrong in ("0 0 31 2 *", "each full moon"):
        with pytest.raises(InputError, match="schedule"):
            orders(schedule=wrong)


def test_the_reconciliation_is_a_job_of_its_own() -> None:
    other = orders().reconciling("0 4 * * 0")
    assert (other.identifier, other.cron, other.file, other.folder) == (
        "load_orders_reconcile", "0 4 * * 0", "reconcile.sql", "pipelines/load-orders/duckdb",
    )  # fmt: skip
    with pytest.raises(InputError, match="reconciliation"):
        orders().reconciling("sometimes")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("orchestrator", "module"), [("airflow", "airflow.sdk"), ("dagster", "dagster"), ("prefect", "prefect")]
)
def test_the_orchestrator_itself_takes_it(orchestrator: Any, module: str, tmp_path: Path) -> None:
    """Imports the file with the orchestrator, where that is installed beside us."""
    if importlib.util.find_spec(orchestrator) is None:
        pytest.skip(f"{orchestrator} is not installed here: the file was held against its documented words only")
    file = tmp_path / "load_orders.py"
    file.write_text(skeleton(orders(), orchestrator), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "import load_orders"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{module}: {done.stderr}"
