"""The files of a load, and the verb that writes them: whole, explained, never over what somebody has edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from typer.testing import CliRunner

from decom_nb import generated_file
from decom_nb.cli import app
from decom_nb.errors import InputError
from decom_nb.escape import file_name
from decom_nb.phases.pipelines.load.files import files
from decom_nb.phases.pipelines.load.plan import plan
from decom_nb.phases.pipelines.load.script import of_plan
from decom_nb.phases.pipelines.load.words import ENGINES
from decom_nb.phases.pipelines.load.written import edited_loads, loads, written_loads
from decom_nb.phases.pipelines.pipeline import ErrorHandling
from tests.phases.pipelines.load.made_pipeline import made

DOCUMENT = """document: pipeline
version: 1
pipeline: load_orders
columns:
  - {name: order_id, data_type: BIGINT}
  - {name: note, data_type: VARCHAR}
  - {name: updated_at, data_type: TIMESTAMP}
extract: {source_table: shop.orders, strategy: incremental, incremental_key: updated_at}
load: {target_table: raw.orders, strategy: merge, merge_keys: [order_id]}
"""


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    (tmp_path / "documents" / "pipeline").mkdir(parents=True)
    (tmp_path / "engagement.yaml").write_text(
        "document: engagement\nversion: 1\nname: acme\nclient: Acme\n", encoding="utf-8"
    )
    (tmp_path / "documents" / "pipeline" / "orders.yaml").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path


def test_files_of_a_source_that_lies_elsewhere_begin_at_the_landing_table() -> None:
    told = files(made("soft-delete"), "snowflake", "postgres")
    assert set(told) == {"load.sql", "extract.sql", "gates.sql", "control.sql", "README.md"}
    assert "shop_orders" not in told["load.sql"].partition("BEGIN;")[2]
    assert "FROM raw.load_orders__landing" in told["load.sql"]
    assert "FROM shop_orders" in told["extract.sql"]
    assert "LIMIT 10000" in told["extract.sql"]
    assert "load_orders__landing_keys" in told["control.sql"]
    for name in ("extract.sql", "load.sql", "gates.sql", "control.sql"):
        assert sqlglot.parse(told[name], read="postgres" if name == "extract.sql" else "snowflake")


def test_a_reconciliation_of_its_own_compares_keys_apart_from_the_load() -> None:
    told = files(made("soft-delete", extract={"reconciliation": "0 4 * * 0"}), "postgres")
    assert "__keys" not in told["load.sql"]
    assert "__keys" in told["reconcile.sql"]
    assert "0 4 * * 0" in told["README.md"]


@pytest.mark.parametrize("dialect", ENGINES)
def test_every_file_is_read_back_whole(dialect: str) -> None:
    told = files(made("merge", deletes="hard"), dialect)
    statements = len(of_plan(plan(made("merge", deletes="hard"), dialect)).steps)
    read = [each for each in sqlglot.parse(told["load.sql"], read=dialect) if each is not None]
    assert len(read) == statements + (0 if dialect == "databricks" else 2)
    assert all(type(each).__name__ != "Command" for each in read)
    assert ("@loaded_at" if dialect == "bigquery" else "$loaded_at" if dialect == "duckdb" else ":loaded_at") in told[
        "load.sql"
    ]


def test_what_people_write_stays_within_its_comment() -> None:
    told = files(made("merge", pipeline="x\nDROP TABLE raw.orders; --"), "postgres")
    for name in ("load.sql", "extract.sql", "gates.sql", "control.sql"):
        dropped = [each for each in sqlglot.parse(told[name], read="postgres") if isinstance(each, exp.Drop)]
        assert not any("raw.orders" in each.sql(comments=False) for each in dropped), name


def test_the_verb_writes_tells_and_keeps_what_was_edited(engagement: Path) -> None:
    run = CliRunner()
    printed = run.invoke(app, ["pipelines", "sql", str(engagement), "--dialect", "postgres", "--json"])
    assert printed.exit_code == 0, printed.output
    told = json.loads(printed.output)
    assert told["written"] == []
    assert set(told["loads"][0]["files"]) >= {"load.sql", "control.sql"}
    write = ["pipelines", "sql", str(engagement), "--dialect", "postgres", "--write"]
    assert run.invoke(app, write).exit_code == 0
    place = engagement / "deliverables" / "pipelines" / "load-orders" / "postgres" / "load.sql"
    first = place.read_text(encoding="utf-8")
    assert "documents/pipeline/orders.yaml" in first
    place.write_text(first.replace("merge into", "merge  into") + "-- ours\n", encoding="utf-8")
    assert run.invoke(app, write).exit_code == 0
    assert place.read_text(encoding="utf-8").endswith("-- ours\n")


def test_what_was_written_is_shown_statement_by_statement(engagement: Path) -> None:
    assert CliRunner().invoke(app, ["pipelines", "sql", str(engagement), "--write"]).exit_code == 0
    pipeline = made("merge").model_copy(update={"pipeline": "load_orders"})
    told = written_loads([pipeline], engagement / "deliverables")
    (load,) = told[0]["loads"]
    assert load["dialect"] == "duckdb"
    assert not load["edited"]
    assert [step["together"] for step in load["steps"]].count(True) == 3
    assert load["steps"][-1]["sql"].startswith("DROP TABLE")
    shown = loads(told)._repr_html_()
    assert "MERGE INTO raw.orders" in shown
    assert "not written yet" in loads(written_loads([pipeline], None))._repr_html_()


def test_the_verb_tells_all_that_is_missing(engagement: Path) -> None:
    other = DOCUMENT.replace("merge_keys: [order_id]", "merge_keys: [order]").replace("load_orders", "load_more")
    (engagement / "documents" / "pipeline" / "more.yaml").write_text(other, encoding="utf-8")
    done = CliRunner().invoke(app, ["pipelines", "sql", str(engagement)])
    assert isinstance(done.exception, InputError)
    assert [(each.file, each.key) for each in done.exception.mistakes] == [
        ("documents/pipeline/more.yaml", "load.merge_keys")
    ]


@pytest.mark.parametrize(("strategy", "told"), [("dead-letter", True), ("skip-and-alert", True), ("fail-fast", False)])
def test_what_is_asked_for_and_not_generated_is_said(strategy: str, told: bool) -> None:
    pipeline = made("merge").model_copy(update={"error_handling": ErrorHandling(strategy=strategy)})  # type: ignore[arg-type]
    assert (f"Not generated: {strategy}" in files(pipeline, "duckdb")["load.sql"]) is told


def test_a_load_that_somebody_edited_is_known_as_such(tmp_path: Path) -> None:
    pipeline = made("merge")
    place = tmp_path / "pipelines" / file_name(pipeline.called) / "duckdb" / "load.sql"
    generated_file.put(place, "SELECT 1;\n", ("-- ", ""), within=tmp_path)
    assert edited_loads((pipeline,), tmp_path) == {}
    place.write_text(place.read_text() + "DELETE FROM raw.orders;\n")
    assert edited_loads((pipeline,), tmp_path) == {pipeline.called: ("duckdb",)}
