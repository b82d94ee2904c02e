"""Runs of checks come back as evidence: recognised by content, newest look at each table, nothing that was tampered with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decom_nb.check import CheckRun
from decom_nb.evidence.check_runs import KIND, CheckRuns, seen
from decom_nb.evidence.source import UNRECOGNISED
from tests.evidence.made import put, read, source


def check(table: str = "orders", verdict: str = "pass", **more: Any) -> dict[str, Any]:
    told = {"table": table, "name": "not_null_id", "kind": "not_null", "columns": ["id"], "dimension": "completeness"}
    counts = {"violations": 0 if verdict == "pass" else 2, "rows": 8, "share": 0.0 if verdict == "pass" else 0.25}
    return {**told, "severity": "P2", "verdict": verdict, **counts, **more}


def run(at: str = "2026-03-01T02:00:00Z", *checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    tables = dict.fromkeys(each["table"] for each in checks)
    seen_tables = [{"table": name, "place": f"{name}.parquet", "kind": "parquet", "rows": 8} for name in tables]
    return {"format": "decom check run 1", "taken_at": at, "tables": seen_tables, "checks": list(checks), **more}


def value(folder: Path) -> CheckRuns:
    found: CheckRuns = read(folder).values["check_runs"]
    return found


def test_runs_are_counted_by_verdict_whatever_the_file_is_called(tmp_path: Path) -> None:
    put(tmp_path, "checks/a.json", run("2026-03-01T02:00:00Z", check(), check(verdict="fail")))
    put(tmp_path, "other", run("2026-03-02T02:00:00Z", check(), complete=False))
    found = source(read(tmp_path), KIND)
    assert found.counts == {"fail": 1, "pass": 2}
    assert found.totals == {"runs": 2, "tables": 1}
    assert found.as_of == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert found.files[1].note == "the run ended before every check was decided"
    assert found.problems == ()


def test_the_newest_look_at_each_table_counts(tmp_path: Path) -> None:
    put(tmp_path, "b.json", run("2026-03-02T02:00:00Z", check("orders", "fail")))
    put(tmp_path, "a.json", run("2026-03-03T02:00:00+02:00", check("items")))
    put(tmp_path, "c.json", run("2026-03-01T02:00:00", check("orders"), check("items", "fail")))
    runs = value(tmp_path)
    assert runs.origins == ("c.json", "b.json", "a.json")
    assert {name: each.checks[0].verdict for name, each in runs.latest.items()} == {"items": "pass", "orders": "fail"}
    assert {name: each.checks[0].verdict for name, each in runs.as_of(1).items()} == {"items": "fail", "orders": "pass"}
    assert [each.table for each in runs.checks] == ["items", "orders"]


def test_a_run_reads_back_as_it_was_written(tmp_path: Path) -> None:
    samples = [{"id": 4, "mail": "•••"}]
    parts = [{"partition": ["2026-03-01", None], "violations": 2, "rows": 4}]
    made = CheckRun.model_validate(run("2026-03-01T02:00:00Z", check("a", "fail", samples=samples, partitions=parts)))
    put(tmp_path, "a.json", made.model_dump_json())
    assert value(tmp_path).runs == (made,)
    assert [each.table.table for each in seen(made)] == ["a"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (run("2026-03-01T02:00:00Z", check(verdict="fail", violations=0)), "not its violations over its rows"),
        (run("2026-03-01T02:00:00Z", check(verdict="splendid")), "checks.0.verdict"),
        (run("2026-03-01T02:00:00Z", check(violations=-1)), "checks.0.violations"),
        (run("yesterday", check()), "taken_at"),
        ({**run("2026-03-01T02:00:00Z", check()), "tables": []}, "which the run did not look at"),
        ({**run("2026-03-01T02:00:00Z", check()), "tables": run("x", check())["tables"] * 2}, "is there twice"),
        ({**run("2026-03-01T02:00:00Z", check()), "format": "decom check run 2"}, "this version reads"),
        ({**run("2026-03-01T02:00:00Z", check()), "more": 1}, "more"),
        (json.dumps(run("2026-03-01T02:00:00Z", check()))[:-20], "not JSON"),
    ],
)
def test_what_is_no_run_is_a_problem_and_the_others_count(content: Any, says: str, tmp_path: Path) -> None:
    put(tmp_path, "bad.json", content)
    put(tmp_path, "good.json", run("2026-03-01T02:00:00Z", check()))
    evidence = read(tmp_path)
    found = source(evidence, KIND)
    assert [each.path for each in found.problems] == ["bad.json"]
    assert says in found.problems[0].what
    assert len(evidence.values["check_runs"].runs) == 1


def test_without_a_run_that_can_be_read_there_is_no_value(tmp_path: Path) -> None:
    put(tmp_path, "bad.json", {**run("2026-03-01T02:00:00Z", check()), "format": "decom check run 9"})
    evidence = read(tmp_path)
    assert "check_runs" not in evidence.values
    assert source(evidence, KIND).problems_total == 1


def test_what_only_speaks_of_runs_is_none(tmp_path: Path) -> None:
    put(tmp_path, "notes.md", 'The files begin with "format": "decom check run 1".')
    assert {each.kind for each in read(tmp_path).sources} == {UNRECOGNISED}


def test_a_look_that_a_limit_ended_does_not_stand_for_one_that_was_finished(tmp_path: Path) -> None:
    put(tmp_path, "a.json", run("2026-03-01T02:00:00Z", check()))
    cut = run(
        "2026-03-02T02:00:00Z", check(verdict="not_known", violations=None, rows=None, share=None), complete=False
    )
    cut["tables"][0]["complete"] = False
    put(tmp_path, "b.json", cut)
    assert [each.verdict for each in value(tmp_path).checks] == ["pass"]
    put(tmp_path, "c.json", run("2026-03-03T02:00:00Z", check(verdict="fail")))
    assert [each.verdict for each in value(tmp_path).checks] == ["fail"]
