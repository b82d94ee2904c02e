"""Real OpenLineage events, and the numbers that plain Python reads out of them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from decom_nb.evidence.openlineage_events import KIND
from tests.evidence.made import put, read, source
from tests.evidence.test_openlineage import rows

PAIRS = (
    ("dbt_postgres_run/successful_run", {"START": 36, "COMPLETE": 36}),
    ("dbt_postgres_run/failed_run", {"START": 4, "COMPLETE": 1, "FAIL": 3}),
    ("dbt_postgres_test/test", {"START": 13, "COMPLETE": 11, "FAIL": 2}),
)


@pytest.mark.parametrize(("pair", "counts"), PAIRS)
def test_dbt_logs_and_the_events_they_stand_for_give_the_same_statuses(
    tmp_path: Path, shared_data: Path, pair: str, counts: dict[str, int]
) -> None:
    folder = shared_data / "5_lineage_logs"
    put(tmp_path, "logs.jsonl", (folder / f"{pair}_logs.jsonl").read_bytes())
    put(tmp_path, "events.json", (folder / f"{pair}_ol_events.json").read_bytes())
    evidence = read(tmp_path)
    assert source(evidence, KIND).counts == counts
    value, logs = evidence.values["openlineage"], evidence.values["dbt_logs"]
    ended = {"COMPLETE": "success", "FAIL": "failed"}
    assert value.counts == {ended[kind]: number for kind, number in sorted(counts.items()) if kind != "START"}
    said_of = {
        "success": "success",
        "pass": "success",
        "warn": "success",
        "fail": "failed",
        "error": "failed",
    }
    by_log = {row["unique_id"]: said_of[row["status"]] for row in logs.query("FROM dbt_logs.nodes")}
    by_events = {row["job_name"]: row["status"] for row in value.query("FROM openlineage.runs")}
    assert by_log.items() <= by_events.items()
    assert set(by_events) - set(by_log) == {
        "dbt-run-jaffle_shop",
        *(name for name in by_events if ".sql." in name and name.partition(".sql.")[0] in by_log),
    }
    (invocation,) = logs.query("FROM dbt_logs.invocations")
    assert by_events["dbt-run-jaffle_shop"] == ("success" if invocation["success"] else "failed")
    times = {row["job_name"]: (row["started_at"], row["ended_at"]) for row in value.query("FROM openlineage.runs")}
    for row in logs.query("FROM dbt_logs.nodes"):
        assert times[row["unique_id"]] == (row["started_at"], row["ended_at"])


def test_all_real_events_together_are_told_apart_though_they_share_one_run_id(shared_data: Path) -> None:
    folder = shared_data / "5_lineage_logs"
    evidence = read(folder)
    files = [*folder.glob("*/*_ol_events.json"), folder / "marquez_metadata.json"]
    kinds = Counter(each["eventType"] for file in files for each in json.loads(file.read_text()))
    assert source(evidence, KIND).counts == kinds
    totals = source(evidence, KIND).totals
    assert (totals["runs"], totals["success"], totals["failed"]) == (kinds["START"], kinds["COMPLETE"], kinds["FAIL"])
    assert (totals["incomplete"], totals["repeated"], totals["run ids that are no uuid"]) == (0, 0, 1)


def test_the_events_of_marquez_are_read(tmp_path: Path, shared_data: Path) -> None:
    content = (shared_data / "5_lineage_logs" / "marquez_metadata.json").read_bytes()
    put(tmp_path, "metadata.json", content)
    value = read(tmp_path).values["openlineage"]
    told = json.loads(content)
    ends = {each["run"]["runId"]: each["eventTime"] for each in told if each["eventType"] == "COMPLETE"}
    seconds = {
        each["job"]["name"]: (
            datetime.fromisoformat(ends[each["run"]["runId"]]) - datetime.fromisoformat(each["eventTime"])
        ).total_seconds()
        for each in told
        if each["eventType"] == "START"
    }
    assert len(seconds) == 13
    assert dict(rows(value, "job_name, seconds")) == seconds
    assert {job.name for job in value.jobs if job.success == job.runs} == set(seconds)
    datasets = {
        (each["job"]["name"], side, dataset["name"])
        for each in told
        for side, direction in (("reads", "inputs"), ("writes", "outputs"))
        for dataset in each.get(direction, [])
    }
    assert set(rows(value, "job_name, direction, name", "datasets")) == datasets
    pairs = {
        (output["name"], field, taken["name"], taken["field"])
        for each in told
        for output in each.get("outputs", [])
        for field, made in output["facets"].get("columnLineage", {}).get("fields", {}).items()
        for taken in made["inputFields"]
    }
    assert set(rows(value, "output_name, output_field, input_name, input_field", "columns")) == pairs
    asserted = {
        (output["name"], each["column"], each["assertion"], each["success"])
        for told_of in told
        for output in told_of.get("outputs", [])
        for each in output["facets"].get("dataQualityAssertions", {}).get("assertions", [])
    }
    assert set(rows(value, 'dataset, "column", assertion, success', "tests")) == asserted
    assert len(pairs) == 39
    assert len(asserted) == 2
