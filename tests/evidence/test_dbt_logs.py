"""dbt's JSON logs: how each node ended, by whatever lines a log of that level has."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.dbt_log_files import DBT_LOGS, KIND
from decom_nb.evidence.dbt_logs import DbtLogs
from tests.evidence.made import put, read, said, source

ORDERS = "model.shop.orders"


def told(code: str, second: int, node: str = "", **data: Any) -> dict[str, Any]:
    """An event of an invocation; of a node if one is named."""
    if node:
        data["node_info"] = {
            "unique_id": node,
            "resource_type": node.split(".")[0],
            "materialized": "table",
            "node_status": data.pop("status", "started"),
            "node_started_at": "2026-01-01T00:00:01.000000",
            "node_finished_at": data.pop("finished", ""),
            "node_relation": {"relation_name": '"db"."main"."orders"'},
        }
    info = {
        "code": code,
        "invocation_id": data.pop("invocation", "i1"),
        "ts": f"2026-01-01T00:00:{second:02}Z",
        "msg": "said",
    }
    return {"data": data, "info": info}


def old(event: dict[str, Any]) -> dict[str, Any]:
    """The event as dbt 1.0 to 1.3 wrote it."""
    data = dict(event["data"])
    node = data.pop("node_info", {})
    return {**event["info"], "log_version": 2, "type": "log_line", "data": data, "node_info": node}


START = told("A001", 0, version="=1.10.1")
ARGUMENTS = told("A002", 0, args={"invocation_command": "dbt --log-format json build --select orders"})
BEGUN = told("Q024", 1, ORDERS)
FINISHED = told(
    "Q025",
    4,
    ORDERS,
    status="success",
    finished="2026-01-01T00:00:04",
    run_result={
        "status": "success",
        "message": "SELECT 12",
        "execution_time": 2.5,
        "num_failures": 0,
        "adapter_response": {"rows_affected": 12.0},
    },
)
ENDED = told("Q039", 5, command="dbt build", completed_at="2026-01-01T00:00:05Z", elapsed=5.5, success=True)


def logs(folder: Path, *events: dict[str, Any]) -> DbtLogs:
    put(folder, "dbt.log", "\n".join(map(json.dumps, events)))
    value = read(folder).values["dbt_logs"]
    assert isinstance(value, DbtLogs)
    return value


@pytest.mark.parametrize("written", [lambda event: event, old])
def test_a_node_and_its_invocation_are_told_in_both_formats(tmp_path: Path, written: Any) -> None:
    value = logs(tmp_path, *map(written, (START, ARGUMENTS, BEGUN, FINISHED, ENDED)))
    (node,) = value.query("FROM dbt_logs.nodes")
    assert node == {
        "invocation_id": "i1",
        "unique_id": ORDERS,
        "resource_type": "model",
        "materialized": "table",
        "relation_name": '"db"."main"."orders"',
        "status": "success",
        "started_at": datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
        "ended_at": datetime(2026, 1, 1, 0, 0, 4, tzinfo=UTC),
        "seconds": 2.5,
        "rows": 12,
        "failures": 0,
        "message": "SELECT 12",
        "command": "build",
        "executed": True,
        "origin": "dbt.log",
    }
    (invocation,) = value.query(
        "SELECT command, dbt_version, executed, started_at, ended_at, seconds, success, events FROM dbt_logs.invocations"
    )
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)
    assert tuple(invocation.values()) == ("build", "1.10.1", True, start, end, 5.5, True, 5)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((BEGUN,), "incomplete"),
        ((told("Q011", 1, ORDERS),), "incomplete"),
        ((BEGUN, told("Q012", 4, ORDERS, status="error", finished="2026-01-01T00:00:04")), "error"),
        ((told("Q007", 4, "test.shop.t", status="warn", finished="2026-01-01T00:00:04"),), "warn"),
        ((told("Q034", 4, ORDERS),), "skipped"),
        ((BEGUN, told("Q034", 3, ORDERS), told("Q025", 4, ORDERS, run_result={"status": "skipped"})), "skipped"),
        ((BEGUN, FINISHED, told("Z024", 9, ORDERS, status="None")), "success"),
        ((FINISHED, BEGUN), "success"),
    ],
)
def test_how_a_node_ended_is_told_by_the_lines_there_are(
    tmp_path: Path, events: tuple[dict[str, Any], ...], status: str
) -> None:
    assert logs(tmp_path, START, *events).statuses == {status: 1}


def test_a_log_that_stops_leaves_the_end_open(tmp_path: Path) -> None:
    value = logs(tmp_path, START, BEGUN)
    (invocation,) = value.query("SELECT ended_at, seconds, success, executed FROM dbt_logs.invocations")
    assert tuple(invocation.values()) == (None, None, None, None)
    assert source(read(tmp_path), KIND).totals["invocations without an end"] == 1


def test_statistics_at_the_end_tell_where_the_command_does_not(tmp_path: Path) -> None:
    stats = told("Z023", 6, stats={"pass": 2, "warn": 0, "error": 1, "skip": 3, "total": 6})
    value = logs(tmp_path, START, stats)
    (row,) = value.query("SELECT success, passed, failed, skipped, total FROM dbt_logs.invocations")
    assert tuple(row.values()) == (False, 2, 1, 3, 6)


@pytest.mark.parametrize(
    ("typed", "command", "executed"),
    [
        ("dbt run --target build", "run", True),
        ("dbt --quiet docs generate", "docs generate", False),
        ("dbt run-operation grant", "run-operation", True),
        ("dbt compile", "compile", False),
        ("/opt/bin/dbt source freshness", "source freshness", False),
    ],
)
def test_commands_that_only_compile_run_nothing(tmp_path: Path, typed: str, command: str, executed: bool) -> None:
    value = logs(tmp_path, START, told("A002", 0, args={"invocation_command": typed}), BEGUN, FINISHED)
    assert value.query("SELECT command, executed FROM dbt_logs.nodes") == [{"command": command, "executed": executed}]


def test_a_build_on_no_rows_runs_nothing(tmp_path: Path) -> None:
    arguments = told("A002", 0, args={"invocation_command": "dbt build --empty", "empty": "True"})
    assert logs(tmp_path, START, arguments, BEGUN, FINISHED).query("SELECT executed FROM dbt_logs.nodes") == [
        {"executed": False}
    ]


def test_other_lines_in_a_log_are_problems_and_stop_nothing(tmp_path: Path) -> None:
    lines = [json.dumps(START), "Running with dbt", json.dumps({"level": "info"}), "", json.dumps(FINISHED)]
    put(tmp_path, "dbt.log", "\n".join(lines))
    put(tmp_path, "other.jsonl.gz", json.dumps(told("Q024", 3, ORDERS, invocation="i2")))
    evidence = read(tmp_path)
    told_of = source(evidence, KIND)
    assert said(told_of) == [
        "dbt.log:2: left out: not JSON",
        "dbt.log:3: left out: it has no code, so it is no event of dbt; invocation_id is missing; ts is missing",
    ]
    assert [(file.path, file.counts) for file in told_of.files] == [
        ("dbt.log", {"success": 1}),
        ("other.jsonl.gz", {"incomplete": 1}),
    ]


@pytest.mark.parametrize(
    ("event", "known"), [(START, True), (old(START), True), ({"code": "E101", "msg": "no", "invocation": 1}, False)]
)
def test_logs_are_recognised_by_codes_and_invocations(event: dict[str, Any], known: bool) -> None:
    assert bool(DBT_LOGS.recognises(Path("x"), json.dumps(event).encode())) is known


def test_real_logs_hold_what_plain_python_reads_in_them(shared_data: Path) -> None:
    folder = shared_data / "5_lineage_logs"
    value = read(folder).values["dbt_logs"]
    events = [
        json.loads(line) for file in sorted(folder.glob("*/*_logs.jsonl")) for line in file.read_text().splitlines()
    ]
    finished = [event["data"] for event in events if event["info"]["name"] == "NodeFinished"]
    assert value.statuses == dict(Counter(data["run_result"]["status"] for data in finished))
    assert value.statuses == {"error": 1, "fail": 1, "pass": 3, "success": 5}
    expected = sorted((data["node_info"]["unique_id"], data["run_result"]["execution_time"]) for data in finished)
    rows = value.query("SELECT unique_id, seconds FROM dbt_logs.nodes ORDER BY ALL")
    assert [tuple(row.values()) for row in rows] == expected
    ends = [event["data"] for event in events if event["info"]["name"] == "CommandCompleted"]
    rows = value.query("SELECT seconds, success FROM dbt_logs.invocations ORDER BY ALL")
    assert [tuple(row.values()) for row in rows] == sorted((data["elapsed"], data["success"]) for data in ends)
