"""What the audit keeps of checks: worst first, bounded, and the history as it stood after each run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.check import Suite
from decom_nb.phases.quality import measures
from decom_nb.phases.quality.documents import TableSources
from decom_nb.phases.quality.measures import quality_checks, quality_history, quality_tables
from tests.evidence.made import read
from tests.phases.quality.made import checked, run, runs, write_dbt


def rows(found: Any) -> list[dict[str, Any]]:
    assert found is not None
    listed: list[dict[str, Any]] = found["rows"]
    return listed


def test_the_worst_comes_first_with_what_it_takes_to_look_at_it() -> None:
    told = runs(
        run(
            checked("a", verdict="pass", sql="SELECT 1"),
            checked("a", "unique", "fail", violations=2, samples=[{"id": 1}], sql="SELECT 2"),
            checked("b", "range", "fail", violations=50),
            checked("b", "regex", "error", message="no such column"),
        )
    )
    found = quality_checks(told, None, ())
    assert [(row["check"], row["severity"]) for row in rows(found)] == [
        ("range", "P1"),
        ("unique", "P2"),
        ("regex", "P2"),
        ("not_null", "P2"),
    ]
    assert rows(found)[1]["sql"] == "SELECT 2"
    assert rows(found)[1]["samples"] == [{"id": 1}]
    assert "sql" not in rows(found)[3]
    assert found["verdicts"] == {"error": 1, "fail": 2, "pass": 1}
    assert found["violated_by_severity"] == {"P1": 1, "P2": 1}
    assert found["by_dimension"]["validity"] == {"error": 1, "fail": 1}
    json.dumps(found)


def test_personal_columns_of_the_suite_raise_the_level() -> None:
    told = runs(run(checked("S.Customers", verdict="fail", violations=1, columns=["mail"])))
    suite = Suite(table="customers", personal=("mail",))
    assert rows(quality_checks(told, None, (suite,)))[0]["severity"] == "P1"


@pytest.mark.slow
def test_what_is_kept_is_bounded_and_counted() -> None:
    many = [checked(f"t{at:04}", verdict="fail", sql="x" * 9000, samples=[{"id": at}]) for at in range(2_100)]
    found = quality_checks(runs(run(*many)), None, ())
    assert found["total"] == 2_100
    assert len(rows(found)) == measures.MOST_CHECKS
    assert sum("sql" in row for row in rows(found)) == measures.MOST_SHOWN_WHOLE
    assert len(rows(found)[0]["sql"]) < 4_100
    assert len(json.dumps(found)) < 2_500_000
    kept = quality_tables(runs(run(*many)), None, (), None, None)
    assert kept is not None
    assert (kept["total"], len(kept["rows"])) == (2_100, measures.MOST_TABLES)


def test_history_is_how_everything_stood_after_each_run() -> None:
    told = runs(
        run(checked("a"), checked("b", verdict="fail"), at="2026-03-01T00:00:00Z"),
        run(checked("a", verdict="warn", violations=1), at="2026-03-02T00:00:00Z"),
        run(checked("b"), at="2026-03-03T00:00:00Z", complete=False),
    )
    found = quality_history(told)
    assert [(row["checks"], row["pass"], row["warn"], row["fail"]) for row in found] == [
        (2, 1, 0, 1),
        (2, 0, 1, 1),
        (2, 1, 1, 0),
    ]
    assert [row["complete"] for row in found] == [True, True, False]
    assert len(quality_history(runs(*[run(checked()) for _ in range(200)]))) == measures.MOST_RUNS


def test_tables_show_what_covers_each_dimension(tmp_path: Path) -> None:
    write_dbt(tmp_path, {"orders": {"tests": {"accepted_values status": "fail"}}, "mart": {}})
    dbt = read(tmp_path).values["dbt"]
    told = runs(run(checked("orders"), checked("orders", "freshness", "not_known")))
    suite = Suite.model_validate({"table": "orders", "checks": [{"check": "unique", "columns": ["id"]}]})
    sources = TableSources.model_validate({"sources": [{"path": "in/late.csv.gz"}]})
    found = {row["table"]: row for row in rows(quality_tables(told, dbt, (suite,), sources, None))}
    assert list(found) == ["orders", "late", "mart"]
    assert found["orders"]["dimensions"] == {
        "completeness": "pass",
        "uniqueness": "not_run",
        "validity": "fail",
        "accuracy": "none",
        "freshness": "not_known",
        "consistency": "none",
    }
    assert found["orders"]["waiting"] == ["unique_id"]
    assert (found["orders"]["checks"], found["orders"]["of_dbt"]) == (3, 1)


def test_without_any_table_there_is_nothing() -> None:
    assert quality_tables(None, None, (), None, None) is None


def test_what_a_suite_and_a_contract_both_ask_is_one_thing_to_repair() -> None:
    asked = {"sql": "SELECT * FROM orders WHERE id IS NULL", "severity": "P1"}
    told = runs(
        run(checked("orders", verdict="fail", **asked), checked("orders", verdict="fail", name="schema.id", **asked))
    )
    found = quality_checks(told, None, ())
    assert [(row["check"], row["also"]) for row in rows(found)] == [("not_null", ["schema.id"])]
    assert (found["total"], found["verdicts"], found["violated_by_severity"]) == (2, {"fail": 2}, {"P1": 1})
