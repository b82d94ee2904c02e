"""Plans of backfills: parts, order and why, impact through lineage, SQL in the words of each engine, the nine steps."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import InputError
from decom_nb.evidence.collect import collect
from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.testing.backfill_part import parts
from decom_nb.phases.testing.backfill_plan import planned
from decom_nb.phases.testing.backfill_run import run
from decom_nb.phases.testing.backfill_state import plain, state_of_sql
from decom_nb.phases.testing.backfill_table import backfill_table
from decom_nb.phases.testing.deliverables import backfill_files
from decom_nb.sql.dialect import DIALECTS
from tests.phases.dbt_case import manifest
from tests.phases.testing.made_backfill import QUERY, plan, request, rows, warehouse

BALANCE = (
    "select *, balance from {{ ref('fct_orders') }} {% if is_incremental() %} "
    "join {{ this }} as before using (id) {% endif %}"
)
WATERMARK = (
    "select * from {{ ref('fct_orders') }} {% if is_incremental() %} "
    "where day > (select max(day) from {{ this }}) {% endif %}"
)
TOTAL = "select day, sum(x) over (partition by country order by day) as total from {{ ref('fct_orders') }}"


def dbt(folder: Path, models: dict[str, Any], exposures: dict[str, Any] | None = None) -> Dbt:
    """Read a manifest of these models: {name: {reads, sql, materialized, columns, kind}}."""
    content = manifest({"models": models, "exposures": exposures or {}})
    for node in content["nodes"].values():
        told = models[node["name"]]
        node["config"]["materialized"] = told.get("materialized", "table")
        node["raw_code"] = told.get("sql", "select 1")
        node["alias"], node["schema"] = node["name"], "marts"
        node["meta"] = {"owner": told.get("owner", "")}
        node["resource_type"] = told.get("kind", "model")
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    value: Dbt = collect([folder], folder).values["dbt"]
    return value


READS = ["model.shop.fct_orders"]
ORDERS = {"fct_orders": {"reads": ["source.shop.raw.orders"]}}


@pytest.mark.parametrize(
    ("below", "says"),
    [
        ({"materialized": "incremental", "sql": BALANCE}, "reads its own earlier rows"),
        ({"materialized": "incremental", "sql": TOTAL}, "runs over earlier rows"),
        ({"materialized": "snapshot", "kind": "snapshot"}, "snapshot"),
        ({"materialized": "incremental", "columns": {"valid_from": "", "valid_to": ""}}, "SCD 2"),
    ],
)
def test_what_rests_on_earlier_rows_downstream_turns_the_order(
    tmp_path: Path, below: dict[str, Any], says: str
) -> None:
    read = dbt(tmp_path, {**ORDERS, "below": {"reads": READS, **below}})
    found = plan(read)
    assert found.order == "oldest first"
    assert says in found.refused[0]
    assert found.parts[0].first == date(2026, 3, 27)
    with pytest.raises(InputError, match="cannot come first"):
        plan(read, order="most recent first")


@pytest.mark.parametrize(
    "below",
    [
        {"materialized": "incremental", "sql": WATERMARK},
        {"materialized": "table", "sql": TOTAL},
        {"materialized": "view", "sql": TOTAL},
    ],
)
def test_what_is_built_whole_or_reads_its_watermark_only_does_not(tmp_path: Path, below: dict[str, Any]) -> None:
    found = plan(dbt(tmp_path, {**ORDERS, "below": {"reads": READS, **below}}))
    assert (found.order, found.refused) == ("most recent first", ())
    assert found.parts[0].first == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"stateful": "scd2"}, "versions of rows"),
        (
            {"query": "SELECT order_id, order_date, sum(net) OVER (ORDER BY order_date) AS gross FROM raw.orders"},
            "earlier",
        ),
        ({"query": "SELECT o.* FROM raw.orders o JOIN marts.fct_orders USING (order_id)"}, "its own earlier rows"),
    ],
)
def test_so_does_the_table_itself(table: dict[str, Any], says: str) -> None:
    assert says in plan(table=table).refused[0]
    assert plan(table={**table, "stateful": "no"}).refused == ()


def test_macros_do_not_hide_a_read_of_itself() -> None:
    sql = "{{ config(x=1) }} {# {{ this }} #} select * from {{ ref('a') }} union all select * from {{ this }}"
    assert state_of_sql(plain(sql)) == "it reads its own earlier rows"
    assert (
        state_of_sql(plain("select {{ macro('x') }} from {{ source('a', 'b') }} {% for x in y %} {% endfor %}")) == ""
    )
    assert state_of_sql("select ((( from decom_this where") == "it reads its own earlier rows"


def test_impact_follows_lineage_to_the_dashboards_and_their_owners(tmp_path: Path) -> None:
    models = {
        **ORDERS,
        "daily": {"reads": READS, "owner": "Sales"},
        "monthly": {"reads": ["model.shop.daily"]},
        "other": {"reads": ["model.shop.elsewhere"]},
    }
    uses = {"board": {"owner": "Finance", "reads": ["model.shop.monthly"]}}
    found = plan(dbt(tmp_path, models, uses)).impact
    assert [(each.kind, each.name, each.distance) for each in found.touched] == [
        ("model", "daily", 1),
        ("model", "monthly", 2),
        ("dashboard", "board", 3),
    ]
    assert found.owners == ("Finance", "Sales")
    assert found.rebuild == ("daily", "monthly")
    assert found.unknown == ()


def test_a_table_that_dbt_builds_whole_is_no_case_for_a_backfill(tmp_path: Path) -> None:
    assert any("overwrites a backfill" in each for each in plan(dbt(tmp_path, ORDERS)).to_settle)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("chunk", ["day", "week", "month", "10 days"])
def test_parts_are_the_range_without_a_gap_or_an_overlap(zone: str, chunk: str) -> None:
    made = parts(date(2025, 12, 30), date(2026, 11, 4), chunk, zone)
    assert made[0].first == date(2025, 12, 30)
    assert made[-1].until == date(2026, 11, 5)
    for one, other in pairwise(made):
        assert (one.until, one.ends_at) == (other.first, other.starts_at)
    if chunk == "day" and zone == "Europe/Berlin":
        assert sorted({part.hours for part in made}) == [23, 24, 25]


def test_all_nine_steps_stand_in_the_plan(tmp_path: Path) -> None:
    files = backfill_files(plan(dbt(tmp_path, ORDERS), reason="a <b> | *c*"))
    for number, step in enumerate(backfill_table().steps, start=1):
        assert f"## {number}. {step.title}" in files["plan.md"]
    assert "a \\<b\\> \\| \\*c\\*" in files["plan.md"]
    assert "2026-03-27 to 2026-04-01" in files["communication.md"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sql_reads_back_in_every_engine(dialect: str) -> None:
    files = backfill_files(planned(request(), Dbt(), None, dialect))
    statements = [each for each in sqlglot.parse(files["parts.sql"], read=dialect) if each]
    assert len(statements) >= 6 * (3 if dialect in ("spark", "databricks") else 6)
    assert len([each for each in sqlglot.parse(files["checks.sql"], read=dialect) if each]) == 4


def test_the_script_does_what_a_run_does(tmp_path: Path) -> None:
    by_script, by_run = warehouse(tmp_path / "a.duckdb"), warehouse(tmp_path / "b.duckdb")
    files = backfill_files(plan())
    with duckdb.connect(str(by_script)) as con:
        for _ in range(2):
            con.execute(files["parts.sql"])
        con.execute(files["checks.sql"])
    run(plan(), by_run, tmp_path)
    assert rows(by_script) == rows(by_run)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"table": {"query": "DROP TABLE raw.orders"}}, "query"),
        ({"table": {"query": "SELECT * FROM read_csv('/etc/passwd')"}}, "read_csv"),
        ({"table": {"query": "SELECT * FROM 'orders.csv'"}}, "orders.csv"),
        ({"table": {"query": "SELECT 1; SELECT 2"}}, "statements"),
        ({"table": {"query": "SELECT * FROM information_schema.tables"}}, "information_schema"),
        ({"table": {"metrics": ["sum(x) FROM t; DROP TABLE t --"]}}, "metrics"),
        ({"table": {"metrics": ["(SELECT max(x) FROM other)"]}}, "metrics"),
        ({"table": {"metrics": ["gross"]}}, "one aggregate"),
        ({"first_day": None}, "first_day"),
        ({"first_day": date(1900, 1, 1)}, "larger parts"),
    ],
)
def test_a_request_that_cannot_be_planned_says_why(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        plan(**changed)


def test_a_name_of_a_table_is_text(tmp_path: Path) -> None:
    found = plan(table={"table": 'marts.x"; DROP TABLE y; --', "query": QUERY})
    assert found.tables[0].emptied(found.parts[0]).startswith('DELETE FROM "marts"."x; DROP TABLE y; --" WHERE')


@pytest.mark.slow
def test_the_verbs_plan_run_and_tell(tmp_path: Path) -> None:
    folder, database = tmp_path / "acme", warehouse(tmp_path / "w.duckdb")
    call = CliRunner().invoke
    assert call(app, ["init", str(folder)]).exit_code == 0
    document = request().model_dump(mode="json", exclude_defaults=True)
    (folder / "documents/backfill/tax.yaml").write_text(
        json.dumps({"document": "backfill", "version": 1, **document}), encoding="utf-8"
    )
    told = call(app, ["testing", "backfill", "plan", str(folder), "tax", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["order"] == "most recent first"
    said = call(app, ["testing", "backfill", "plan", str(folder), "tax"]).stdout
    assert "Nothing that reads these tables is known." in said
    assert "rests on earlier rows" not in said, "a table without rows is not begun"
    done = call(app, ["testing", "backfill", "run", str(folder), "tax", "--database", str(database), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["state"] == "done"
    status = json.loads(call(app, ["testing", "backfill", "status", str(folder), "tax", "--json"]).stdout)
    assert (status["state"], status["done"], status["parts"]) == ("done", 6, 6)
    assert {path.name for path in (folder / "deliverables/backfills/tax").iterdir()} == {
        "plan.md", "communication.md", "checks.sql", "parts.sql", "progress.jsonl", "log.md",
    }  # fmt: skip
    missing = call(app, ["testing", "backfill", "status", str(folder), "tux"])
    assert "did you mean tax" in str(missing.exception)
