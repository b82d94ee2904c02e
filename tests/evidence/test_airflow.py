"""Airflow's exports: answers of both APIs, tables, pages, and what comes again."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.airflow import Airflow
from decom_nb.evidence.airflow_exports import AIRFLOW, DAG_RUNS, TASKS
from tests.evidence.made import put, read, said, source

RUN_2: dict[str, Any] = {
    "conf": {},
    "dag_id": "nightly",
    "dag_run_id": "scheduled__2026-01-01T02:00:00+00:00",
    "data_interval_end": "2026-01-02T02:00:00+00:00",
    "data_interval_start": "2026-01-01T02:00:00+00:00",
    "end_date": "2026-01-02T02:10:00.500000+00:00",
    "execution_date": "2026-01-01T02:00:00+00:00",
    "external_trigger": False,
    "logical_date": "2026-01-01T02:00:00+00:00",
    "run_type": "scheduled",
    "start_date": "2026-01-02T02:00:00+00:00",
    "state": "success",
}
RUN_3: dict[str, Any] = {
    "dag_display_name": "nightly",
    "dag_id": "nightly",
    "dag_run_id": "backfill__2025-12-01T02:00:00+00:00",
    "dag_versions": [],
    "duration": 0,
    "end_date": None,
    "logical_date": "2025-12-01T02:00:00Z",
    "queued_at": "2026-01-02T01:00:00Z",
    "run_after": "2025-12-01T02:00:00Z",
    "run_type": "backfill",
    "start_date": None,
    "state": "queued",
    "triggered_by": "backfill",
}
TASK_2: dict[str, Any] = {
    "dag_id": "nightly",
    "dag_run_id": "scheduled__2026-01-01T02:00:00+00:00",
    "duration": 30.5,
    "end_date": "2026-01-02T02:00:31.500000+00:00",
    "execution_date": "2026-01-01T02:00:00+00:00",
    "hostname": "worker-1",
    "map_index": -1,
    "max_tries": 3,
    "operator": "BashOperator",
    "pool": "default_pool",
    "queue": "default",
    "queued_when": "2026-01-02T02:00:00.500000+00:00",
    "start_date": "2026-01-02T02:00:01+00:00",
    "state": "success",
    "task_id": "load",
    "try_number": 2,
}


def table(*entries: dict[str, Any]) -> str:
    """Entries as CSV, with nothing where a value is None."""
    names = list(dict.fromkeys(name for entry in entries for name in entry))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries)
    return text.getvalue()


def airflow(folder: Path) -> Airflow:
    value = read(folder).values["airflow"]
    assert isinstance(value, Airflow)
    return value


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]  # the parts of a date


DAG_RUN = {
    "dag_id": "nightly",
    "run_id": "scheduled__2026-01-01T02:00:00+00:00",
    "run_type": "scheduled",
    "state": "success",
    "logical_date": at(2026, 1, 1, 2),
    "queued_at": None,
    "started_at": at(2026, 1, 2, 2),
    "ended_at": at(2026, 1, 2, 2, 10, 0, 500_000),
    "seconds": 600.5,
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("runs.json", {"dag_runs": [RUN_2], "total_entries": 1}),
        ("runs.json", json.dumps({"total_entries": 1, "dag_runs": [RUN_2]}, indent=2)),
        ("runs.json.gz", {"dag_runs": [RUN_2], "total_entries": 1}),
        ("runs.json", [RUN_2]),
        ("runs.jsonl", json.dumps(RUN_2)),
        (
            "runs.csv",
            table({**RUN_2, "run_id": RUN_2["dag_run_id"], "dag_run_id": None, "end_date": "2026-01-02 02:10:00.5+00"}),
        ),
        ("runs.tsv", table({**RUN_2, "conf": "x", "external_trigger": "f"}).replace(",", "\t")),
    ],
)
def test_a_dag_run_reads_the_same_in_any_layout(tmp_path: Path, name: str, content: Any) -> None:
    put(tmp_path, name, content)
    evidence = read(tmp_path)
    assert evidence.values["airflow"].query("FROM airflow.dag_runs") == [{**DAG_RUN, "origin": name}]
    told = source(evidence, DAG_RUNS)
    assert (told.counts, told.problems, told.as_of) == ({"success": 1}, (), DAG_RUN["ended_at"])


def test_backfills_that_wait_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "page1.json", {"dag_runs": [RUN_2, RUN_3], "total_entries": 3})
    put(
        tmp_path,
        "page2.json",
        {"dag_runs": [{**RUN_3, "dag_run_id": "backfill__b", "state": "running"}], "total_entries": 3},
    )
    value = airflow(tmp_path)
    assert value.backfills == {"queued": 1, "running": 1}
    assert value.states == {"queued": 1, "running": 1, "success": 1}
    (waiting,) = value.query("FROM airflow.dag_runs WHERE state = 'queued'")
    assert (waiting["started_at"], waiting["queued_at"]) == (None, at(2026, 1, 2, 1))
    assert source(read(tmp_path), DAG_RUNS).totals["backfills that wait or run"] == 2


@pytest.mark.parametrize(
    ("told", "run_type"),
    [
        ({"run_id": "manual__2026-01-01T00:00:00+00:00"}, "manual"),
        ({"run_id": "scheduled__2026"}, "scheduled"),
        ({"run_id": "mine", "external_trigger": "t"}, "manual"),
        ({"run_id": "mine", "external_trigger": "f"}, None),
        ({"run_id": "mine", "run_type": "ASSET_TRIGGERED"}, "asset_triggered"),
    ],
)
def test_the_type_of_a_run_is_told_by_its_id_where_it_is_not_told(
    tmp_path: Path, told: dict[str, str], run_type: str | None
) -> None:
    put(tmp_path, "dag_run.csv", table({"dag_id": "a", "state": "success", "execution_date": "2026-01-01", **told}))
    assert [row["run_type"] for row in airflow(tmp_path).query("FROM airflow.dag_runs")] == [run_type]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tasks.json", {"task_instances": [TASK_2], "total_entries": 1}),
        ("tasks.json", [{**TASK_2, "id": "0195", "logical_date": TASK_2["execution_date"], "execution_date": None}]),
        (
            "task_instance.csv",
            table({**TASK_2, "queued_dttm": TASK_2["queued_when"], "queued_when": None, "try_number": "2"}),
        ),
    ],
)
def test_a_task_instance_reads_the_same_in_any_layout(tmp_path: Path, name: str, content: Any) -> None:
    put(tmp_path, name, content)
    evidence = read(tmp_path)
    assert evidence.values["airflow"].query("FROM airflow.task_instances") == [
        {
            "dag_id": "nightly",
            "run_id": "scheduled__2026-01-01T02:00:00+00:00",
            "task_id": "load",
            "map_index": -1,
            "try_number": 2,
            "max_tries": 3,
            "state": "success",
            "logical_date": at(2026, 1, 1, 2),
            "queued_at": at(2026, 1, 2, 2, 0, 0, 500_000),
            "started_at": at(2026, 1, 2, 2, 0, 1),
            "ended_at": at(2026, 1, 2, 2, 0, 31, 500_000),
            "seconds": 30.5,
            "operator": "BashOperator",
            "pool": "default_pool",
            "queue": "default",
            "hostname": "worker-1",
            "origin": name,
        }
    ]
    assert source(evidence, TASKS).counts == {"success": 1}


def test_of_what_comes_again_the_entry_that_knows_most_counts(tmp_path: Path) -> None:
    running = {**RUN_2, "end_date": None, "state": "running"}
    put(tmp_path, "a.json", [{**RUN_2, "end_date": "2026-01-02T03:00:00Z", "state": "failed"}, running])
    put(tmp_path, "b.json", [RUN_2, running])
    value = airflow(tmp_path)
    assert [(row["state"], row["origin"]) for row in value.query("FROM airflow.dag_runs")] == [("failed", "a.json")]
    assert source(read(tmp_path), DAG_RUNS).totals["repeated dag runs"] == 3


def test_each_attempt_at_a_task_is_kept(tmp_path: Path) -> None:
    put(tmp_path, "tries.json", {"task_instances": [{**TASK_2, "try_number": 1, "state": "failed"}, TASK_2]})
    rows = airflow(tmp_path).query("SELECT try_number, state FROM airflow.task_instances ORDER BY try_number")
    assert [tuple(row.values()) for row in rows] == [(1, "failed"), (2, "success")]


def test_a_task_that_has_no_state_yet_has_none(tmp_path: Path) -> None:
    put(tmp_path, "ti.csv", table({**TASK_2, "state": "NULL", "start_date": "\\N", "end_date": "None", "duration": ""}))
    (row,) = airflow(tmp_path).query("FROM airflow.task_instances")
    assert (row["state"], row["started_at"], row["ended_at"], row["seconds"]) == (None, None, None, None)
    assert source(read(tmp_path), TASKS).counts == {"none": 1}


def test_what_cannot_be_used_is_a_problem_and_stops_nothing(tmp_path: Path) -> None:
    nameless = {**RUN_2, "dag_id": ""}
    backwards = {**RUN_2, "dag_run_id": "r2", "end_date": "2026-01-01T00:00:00Z"}
    put(tmp_path, "runs.json", [RUN_2, nameless, backwards, {**RUN_3, "start_date": "soon"}, 5])
    put(tmp_path, "dag_run.csv", table({**RUN_2, "dag_run_id": "r9"}) + "too,few\n" + '"never closed,\n')
    evidence = read(tmp_path)
    told = source(evidence, DAG_RUNS)
    assert said(told)[:2][0].startswith("dag_run.csv:3: left out: ")
    assert said(told)[-4:] == [
        "runs.json: entry 2 left out: dag_id is missing",
        "runs.json: entry 3 kept: end_date is before start_date",
        'runs.json: entry 4 kept: start_date is "soon", not an ISO 8601 timestamp',
        "runs.json: entry 5 left out: JSON, but not an object",
    ]
    rows = evidence.values["airflow"].query("SELECT run_id, seconds FROM airflow.dag_runs ORDER BY ALL")
    assert [row["run_id"] for row in rows] == [RUN_3["dag_run_id"], "r2", "r9", RUN_2["dag_run_id"]]


def test_pages_that_are_missing_are_a_problem(tmp_path: Path) -> None:
    put(tmp_path, "page1.json", {"dag_runs": [RUN_2], "total_entries": 250})
    put(tmp_path, "page2.json", json.dumps({"dag_runs": [RUN_3], "total_entries": 250}, indent=1))
    put(tmp_path, "other.json", {"task_instances": [TASK_2], "total_entries": 1})
    evidence = read(tmp_path)
    assert said(source(evidence, DAG_RUNS)) == [
        "page1.json: says that there are 250 entries; the pages that say so have 2"
    ]
    assert source(evidence, TASKS).problems == ()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ('{"dag_runs": [], "total_entries": 0}', DAG_RUNS),
        ('{"total_entries": 0, "task_instances": []}', TASKS),
        (json.dumps(TASK_2), TASKS),
        (json.dumps(RUN_3), DAG_RUNS),
        ('{"dag_id": "a", "state": "on", "owner": "me"}', ""),
        ("id,dag_id,execution_date,state,run_id,run_type\n", DAG_RUNS),
        ("task_id;dag_id;state;start_date\n", TASKS),
        ("dag_id,fileloc,is_paused\n", ""),
        ("the dag_id of it, state\n", ""),
    ],
)
def test_exports_are_recognised_by_their_fields(head: str, kind: str) -> None:
    assert AIRFLOW.recognises(Path("x"), head.encode()) == kind
