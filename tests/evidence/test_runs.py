from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.evidence.runs import Runs
from tests.evidence.made import line, put, read


def runs(folder: Path, *written: dict[str, Any] | str) -> Runs:
    put(folder, "runs.jsonl", "\n".join(each if isinstance(each, str) else line(**each) for each in (*written, "")))
    value = read(folder).values["runs"]
    assert isinstance(value, Runs)
    return value


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 1, hour, minute, tzinfo=UTC)


def run(run_id: str, status: str, hour: int, minutes: int = 10, **more: Any) -> dict[str, Any]:
    times = {"started_at": at(hour).isoformat(), "completed_at": at(hour, minutes).isoformat()}
    return {"run_id": run_id, "status": status, **times, "duration_seconds": 60 * minutes, **more}


@pytest.mark.parametrize(
    ("stages", "status"),
    [
        (("success", "success"), "success"),
        (("success", "partial"), "partial"),
        (("partial", "failed"), "failed"),
        (("failed", "success"), "failed"),
    ],
)
def test_a_run_is_as_bad_as_its_worst_stage(tmp_path: Path, stages: tuple[str, ...], status: str) -> None:
    lines = [run("r1", each, hour, stage=f"s{hour}", error_message=f"e{hour}") for hour, each in enumerate(stages)]
    value = runs(tmp_path, *lines)
    (whole,) = value.of("load_orders")
    assert whole.status == status
    assert (whole.started_at, whole.completed_at, whole.seconds) == (at(0), at(1, 10), 4200)
    failed = [hour for hour, each in enumerate(stages) if each == "failed"]
    assert whole.failed_stages == "".join(f"s{hour}" for hour in failed)
    assert whole.error_message == "".join(f"e{hour}" for hour in failed)
    assert value.counts == {status: 1}


def test_run_ids_may_repeat_between_pipelines(tmp_path: Path) -> None:
    value = runs(tmp_path, run("daily", "success", 1), run("daily", "failed", 2, pipeline_name="load_stock"))
    assert {each.name: (each.success, each.failed) for each in value.pipelines} == {
        "load_orders": (1, 0),
        "load_stock": (0, 1),
    }


def test_a_pipeline_is_counted_and_timed(tmp_path: Path) -> None:
    lines = [run(f"r{number}", "success", number, minutes=number + 1) for number in range(20)]
    lines += [run("r20", "failed", 20, quality_checks_failed=2), run("r21", "partial", 21)]
    (pipeline,) = runs(tmp_path, *lines).pipelines
    assert (pipeline.runs, pipeline.success, pipeline.failed, pipeline.partial) == (22, 20, 1, 1)
    assert pipeline.success_rate == 20 / 22
    assert pipeline.success_range == (20 / 22, 20 / 22)
    assert (pipeline.first_started_at, pipeline.last_started_at) == (at(0), at(21))
    assert (pipeline.seconds_median, pipeline.seconds_max) == (600, 1200)
    assert pipeline.seconds_p95 == pytest.approx(1137)
    assert (pipeline.checks_passed, pipeline.checks_failed) == (66, 2)


def test_lines_that_were_left_out_widen_the_share_of_success(tmp_path: Path) -> None:
    value = runs(
        tmp_path,
        run("r1", "success", 1),
        run("r2", "success", 2),
        run("r3", "failed", 3),
        run("r2", "who knows", 2, stage="publish"),
        run("r3", "who knows", 3, stage="publish"),
        run("r4", "who knows", 4),
        run("r4", "who knows", 4, stage="publish"),
        run("", "success", 5),
        run("r6", "who knows", 6, pipeline_name="load_stock"),
        "not JSON",
    )
    orders, stock = value.pipelines
    assert (orders.runs, orders.unknown, orders.doubtful) == (3, 2, 1)
    assert orders.success_rate == 2 / 3
    assert orders.success_range == (1 / 5, 4 / 5)
    assert (stock.runs, stock.unknown, stock.success_rate, stock.success_range) == (0, 1, None, (0, 1))
    assert value.unplaced == 1


def test_a_recovery_is_from_the_first_failure_to_the_next_success(tmp_path: Path) -> None:
    value = runs(
        tmp_path,
        run("a", "success", 1),
        run("b", "failed", 2, error_message="lost"),
        run("c", "partial", 3),
        run("d", "failed", 4),
        run("e", "success", 5),
        run("f", "success", 6),
        run("g", "failed", 7),
        run("h", "success", 8, pipeline_name="load_stock"),
    )
    recovered, waiting = value.recoveries
    assert (recovered.failed_run, recovered.failures, recovered.recovered_run) == ("b", 2, "e")
    assert (recovered.failed_at, recovered.recovered_at, recovered.seconds) == (at(2, 10), at(5, 10), 3 * 3600)
    assert recovered.error_message == "lost"
    assert (waiting.failed_run, waiting.recovered_run, waiting.recovered_at, waiting.seconds) == ("g", "", None, None)


def test_a_success_that_ended_before_the_failure_did_is_a_recovery_at_once(tmp_path: Path) -> None:
    value = runs(
        tmp_path,
        run("slow", "failed", 1, minutes=50),
        run("fast", "success", 1, minutes=5, started_at=at(1, 1).isoformat()),
    )
    assert [each.seconds for each in value.recoveries] == [0]


def test_failed_runs_did_not_finish(tmp_path: Path) -> None:
    value = runs(tmp_path, run("a", "success", 1, 20), run("b", "failed", 2, 1), run("c", "partial", 3, 10))
    assert value.durations("load_orders") == (600, 1200)
    assert value.durations("unheard of") == ()


def test_a_log_of_which_no_line_can_be_used_is_still_known(tmp_path: Path) -> None:
    value = runs(tmp_path, run("a", "?", 1), "{}")
    assert (value.counts, value.period, value.recoveries) == ({}, None, ())
    assert [each.unknown for each in value.pipelines] == [1]


def test_a_consultant_may_ask_anything(tmp_path: Path) -> None:
    value = runs(tmp_path, run("a", "success", 1), run("b", "failed", 2), "?")
    rows = value.query(
        "SELECT status, max(started_at) AS last FROM whole_runs WHERE status <> $not GROUP BY ALL", {"not": "success"}
    )
    assert rows == [{"status": "failed", "last": at(2)}]
    assert value.con.sql("SELECT count(*) FROM lines").fetchall() == [(2,)]
    assert value.query("FROM remarks") == [
        {
            "origin": "runs.jsonl",
            "line": 3,
            "became": "left out",
            "what": "not JSON",
            "pipeline_name": None,
            "run_id": None,
            "status": None,
        }
    ]
    assert value.period == (at(1), at(2))


STATUS = st.sampled_from(["success", "failed", "partial", "who knows"])


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=5, deadline=None)
@given(stages=st.lists(st.tuples(st.integers(0, 4), STATUS, st.sampled_from("ab")), min_size=1, max_size=12))
def test_what_is_not_known_never_leaves_the_range(tmp_path: Path, stages: list[tuple[int, str, str]]) -> None:
    """However the lines that could not be read are filled in, the success rate stays within the range."""
    lines = [
        run(f"r{number}", status, 1, minutes=place + 1, stage=f"{stage}{place}")
        for place, (number, status, stage) in enumerate(stages)
    ]
    told = {each.name: each for each in runs(tmp_path, *lines).pipelines}["load_orders"]
    low, high = told.success_range
    for guess in ("success", "failed", "partial"):
        filled = [{**each, "status": guess if each["status"] == "who knows" else each["status"]} for each in lines]
        (known,) = runs(tmp_path, *filled).pipelines
        assert known.success_rate is not None
        assert low - 1e-9 <= known.success_rate <= high + 1e-9
