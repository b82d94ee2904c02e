"""The logger writes lines that keep to the standard whatever happens, and metrics come out of them under known names."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from decom_nb import log
from decom_nb.evidence import run_logs
from decom_nb.evidence.collect import collect
from decom_nb.evidence.runs import Runs

VALIDATOR = jsonschema.Draft202012Validator(log.schema(), format_checker=jsonschema.FormatChecker())


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def conforming(path: Path) -> list[dict[str, Any]]:
    """Give the lines of a log, after the schema and the reader of run logs have found nothing wrong in them."""
    read = lines(path)
    for line in read:
        VALIDATOR.validate(line)
        assert list(line) == list(log.FIELDS)
    runs = collect([path], path.parent).values["runs"]
    assert isinstance(runs, Runs)
    assert not runs.missing
    assert not [each for each in runs.query("FROM remarks") if not each["what"].startswith("has the pipeline_name")]
    return read


def test_the_fields_are_those_that_the_reader_of_run_logs_knows() -> None:
    assert tuple(log.FIELDS) == run_logs.FIELDS


def test_the_metrics_stand_in_the_docs() -> None:
    page = (Path(__file__).parents[1] / "docs" / "alerts-and-logs.md").read_text(encoding="utf-8")
    for each in log.METRICS:
        assert f"| `{each.name}` | {each.type} |" in page


def test_the_schema_is_one_and_asks_for_all_fields() -> None:
    jsonschema.Draft202012Validator.check_schema(log.schema())
    assert log.schema()["required"] == list(log.FIELDS)


def test_a_run_with_stages_leaves_a_line_for_each(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "runs.jsonl"
    with log.run("load_orders", path, run_id="r1", watermark_before=datetime(2026, 3, 1, tzinfo=UTC)) as run:
        with run.stage("extract") as stage:
            stage.extracted(1200)
        with run.stage("load") as stage:
            stage.transformed(1200)
            stage.loaded(1190)
            stage.rejected(10)
            stage.checks(passed=3, failed=1)
            stage.watermark("2026-03-02")
    extract, load = conforming(path)
    assert (extract["stage"], extract["rows_extracted"], extract["status"]) == ("extract", 1200, "success")
    assert (load["rows_loaded"], load["rows_rejected"], load["quality_checks_failed"]) == (1190, 10, 1)
    assert (load["watermark_before"], load["watermark_after"]) == ("2026-03-01T00:00:00+00:00", "2026-03-02")
    assert extract["run_id"] == load["run_id"] == "r1"


def test_a_run_without_stages_leaves_one_line(tmp_path: Path) -> None:
    with log.run("load_orders", tmp_path / "a.jsonl") as run:
        run.loaded(3)
    (line,) = conforming(tmp_path / "a.jsonl")
    assert (line["stage"], line["rows_loaded"]) == ("run", 3)
    assert line["run_id"].startswith(f"{datetime.now(UTC).year}-")


def test_a_line_is_written_when_the_block_raises_and_the_error_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"

    def load_orders() -> None:
        with log.run("load_orders", path) as run:
            with run.stage("extract"):
                pass
            with run.stage("load"):
                raise ZeroDivisionError("rows\nper\nnothing")

    with pytest.raises(ZeroDivisionError):
        load_orders()
    extract, load = conforming(path)
    assert (extract["status"], load["status"]) == ("success", "failed")
    assert load["error_message"] == "ZeroDivisionError: rows per nothing"


def test_an_error_between_stages_is_told_by_a_line_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"

    def load_orders() -> None:
        with log.run("load_orders", path) as run:
            with run.stage("extract"):
                pass
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        load_orders()
    assert [(line["stage"], line["status"]) for line in conforming(path)] == [("extract", "success"), ("run", "failed")]


@pytest.mark.parametrize(
    ("ending", "status"),
    [(KeyboardInterrupt(), "failed"), (SystemExit(0), "success"), (SystemExit("no source"), "failed")],
)
def test_leaving_the_program_is_a_failure_unless_it_is_in_order(
    tmp_path: Path, ending: BaseException, status: str
) -> None:
    with pytest.raises(type(ending)), log.run("load_orders", tmp_path / "a.jsonl"):
        raise ending
    (line,) = conforming(tmp_path / "a.jsonl")
    assert line["status"] == status


def test_what_is_left_out_on_purpose_is_partial_and_what_fails_without_raising_is_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with log.run("load_orders", path) as run, run.stage("load") as stage:
        stage.partial("one file of two")
    with log.run("load_stock", path) as run:
        run.failed("")
    assert [(line["status"], line["error_message"]) for line in conforming(path)] == [
        ("partial", "one file of two"),
        ("failed", "failed, without a reason"),
    ]


def test_a_run_that_calls_itself_partial_after_good_stages_says_so(tmp_path: Path) -> None:
    with log.run("load_orders", tmp_path / "a.jsonl") as run:
        with run.stage("load") as stage:
            stage.loaded(5)
        run.partial("one source was away")
    told = [(line["stage"], line["status"], line["error_message"]) for line in conforming(tmp_path / "a.jsonl")]
    assert told == [("load", "success", ""), ("run", "partial", "one source was away")]


def test_a_run_does_not_repeat_what_a_stage_said(tmp_path: Path) -> None:
    with log.run("load_orders", tmp_path / "a.jsonl") as run:
        with run.stage("load") as stage:
            stage.partial("half")
        run.checks(passed=2)
    told = [(line["stage"], line["status"], line["error_message"]) for line in conforming(tmp_path / "a.jsonl")]
    assert told == [("load", "partial", "half"), ("run", "success", "")]


def test_an_error_after_a_failed_stage_that_was_caught_is_told(tmp_path: Path) -> None:
    def load_orders() -> None:
        with log.run("load_orders", tmp_path / "a.jsonl") as run:
            with contextlib.suppress(OSError), run.stage("extract"):
                raise OSError("away")
            raise KeyError("orders")

    with pytest.raises(KeyError):
        load_orders()
    told = [(line["stage"], line["error_message"]) for line in conforming(tmp_path / "a.jsonl")]
    assert told == [("extract", "OSError: away"), ("run", "KeyError: 'orders'")]


def test_two_stages_of_one_name_are_two_and_what_they_loaded_adds_up(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with log.run("load_orders", path) as run:
        for rows in (3, 5):
            with run.stage("load") as stage:
                stage.loaded(rows)
    assert [line["stage"] for line in conforming(path)] == ["load", "load 2"]
    (whole,) = collect([path], tmp_path).values["runs"].query("FROM whole_runs")
    assert whole["superseded"] == 0
    assert samples(log.metrics_of([path]))['pipeline_last_run_rows_loaded{pipeline="load_orders"}'] == 8


def test_a_second_attempt_at_a_stage_that_failed_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with log.run("load_orders", path) as run:
        with contextlib.suppress(OSError), run.stage("load"):
            raise OSError("away")
        with run.stage("load") as stage:
            stage.loaded(5)
        run.checks(passed=1)
    assert [(line["stage"], line["status"]) for line in conforming(path)] == [
        ("load", "failed"),
        ("load", "success"),
        ("run", "success"),
    ]
    assert samples(log.metrics_of([path]))['pipeline_last_run_success{pipeline="load_orders"}'] == 1


@pytest.mark.parametrize("rows", [-1, 1.5, float("nan")])
def test_a_count_that_is_none_is_the_callers_mistake(tmp_path: Path, rows: Any) -> None:
    with pytest.raises(ValueError, match=r"."), log.run("load_orders", tmp_path / "a.jsonl") as run:
        run.loaded(rows)
    (line,) = conforming(tmp_path / "a.jsonl")
    assert (line["status"], line["rows_loaded"]) == ("failed", 0)


def test_a_line_cut_short_by_somebody_else_does_not_spoil_ours(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"pipeline_name": "cut', encoding="utf-8")
    with log.run("load_orders", path):
        pass
    cut, ours = path.read_text(encoding="utf-8").splitlines()
    assert cut == '{"pipeline_name": "cut'
    assert json.loads(ours)["pipeline_name"] == "load_orders"


def test_text_that_no_file_can_hold_is_written_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="half"), log.run("lädt 📦", tmp_path / "a.jsonl"):
        raise ValueError('half \ud83d \x00 and “quotes"')
    (line,) = conforming(tmp_path / "a.jsonl")
    assert line["pipeline_name"] == "lädt 📦"


def test_many_writers_leave_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"

    def write(number: int) -> None:
        with log.run(f"p{number % 7}", path, run_id=f"r{number}") as run:
            run.checks(passed=number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))
    assert sorted(line["quality_checks_passed"] for line in lines(path)) == list(range(200))


def test_a_log_that_cannot_be_written_does_not_change_what_the_block_came_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with log.run("load_orders", tmp_path / "a.jsonl") as run:
        run.loaded(5)
    (record,) = [each for each in caplog.records if "cannot be written" in each.getMessage()]
    assert '"rows_loaded": 5' in record.getMessage()


def test_a_handler_of_the_standard_library_writes_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "handled.jsonl"
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(log.Formatter())
    logger = logging.getLogger(log.LOGGER)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with log.run("load_orders", tmp_path / "own.jsonl"):
            pass
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        handler.close()
    assert conforming(path) == conforming(tmp_path / "own.jsonl")


def test_it_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys, decom_nb.log; "
        "print([name for name in sys.modules if name.split('.')[0] not in sys.stdlib_module_names | {'decom_nb', '__main__'}])"
    )
    told = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert told.stdout.strip() == "[]"


def test_a_file_of_it_alone_works(tmp_path: Path) -> None:
    shutil.copy(log.__file__, tmp_path / "run_log.py")
    code = "import run_log\nwith run_log.run('a', 'a.jsonl') as run: run.loaded(2)\nrun_log.write_metrics(['a.jsonl'], 'a.prom')"
    subprocess.run([sys.executable, "-S", "-c", code], check=True, cwd=tmp_path)
    assert 'pipeline_last_run_rows_loaded{pipeline="a"} 2' in (tmp_path / "a.prom").read_text(encoding="utf-8")


# Metrics


def line(**told: Any) -> str:
    base = {
        name: {"count": 0, "seconds": 60, "moment": "2026-03-01T00:00:00Z"}.get(each.kind, "")
        for name, each in log.FIELDS.items()
    }
    base |= {
        "pipeline_name": "a",
        "run_id": "1",
        "status": "success",
        "stage": "load",
        "completed_at": "2026-03-01T00:01:00Z",
    }
    return json.dumps(base | told)


def samples(text: str) -> dict[str, float]:
    assert text.endswith("# EOF\n")
    return {
        name: float(value) for name, _, value in (row.rpartition(" ") for row in text.splitlines() if row[0] != "#")
    }


def test_metrics_tell_of_runs_as_wholes() -> None:
    found = samples(
        log.metrics(
            [
                line(run_id="1", rows_loaded=5),
                line(
                    run_id="2", stage="extract", started_at="2026-03-02T00:00:00Z", completed_at="2026-03-02T00:02:00Z"
                ),
                line(
                    run_id="2", status="failed", started_at="2026-03-02T00:02:00Z", completed_at="2026-03-02T00:03:00Z"
                ),
                line(run_id="3", pipeline_name="b", status="partial", quality_checks_failed=2),
                "not json",
                line(status="done"),
                line(pipeline_name=""),
                line(started_at="yesterday"),
                "[1]",
            ]
        )
    )
    assert found['pipeline_runs_total{pipeline="a",status="success"}'] == 1
    assert found['pipeline_runs_total{pipeline="a",status="failed"}'] == 1
    assert found['pipeline_last_run_success{pipeline="a"}'] == 0
    assert found['pipeline_last_run_duration_seconds{pipeline="a"}'] == 180
    assert (
        found['pipeline_last_success_timestamp_seconds{pipeline="a"}']
        == datetime(2026, 3, 1, 0, 1, tzinfo=UTC).timestamp()
    )
    assert found['pipeline_last_run_quality_checks_failed{pipeline="b"}'] == 2
    assert found['pipeline_last_run_success{pipeline="b"}'] == 1
    assert 'pipeline_last_success_timestamp_seconds{pipeline="b"}' not in found


def test_a_second_attempt_at_a_stage_counts_instead_of_the_first() -> None:
    again = line(started_at="2026-03-01T00:05:00Z", completed_at="2026-03-01T00:06:00Z", rows_loaded=7)
    found = samples(log.metrics([again, line(status="failed", rows_loaded=1)]))
    assert found['pipeline_runs_total{pipeline="a",status="success"}'] == 1
    assert found['pipeline_last_run_rows_loaded{pipeline="a"}'] == 7


def test_names_are_escaped_in_metrics() -> None:
    text = log.metrics([line(pipeline_name='a"} 1\n# \\')])
    assert r'{pipeline="a\"} 1\n# \\"}' in text
    assert len([row for row in text.splitlines() if row.startswith("pipeline_last_run_success")]) == 1


def test_metrics_are_written_at_once_from_packed_logs_too(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(line(run_id="1") + "\n", encoding="utf-8")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress((line(run_id="2") + "\n").encode()))
    log.write_metrics([tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz", tmp_path / "none.jsonl"], tmp_path / "out.prom")
    assert samples((tmp_path / "out.prom").read_text())['pipeline_runs_total{pipeline="a",status="success"}'] == 2
    assert not list(tmp_path.glob(".*"))


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed: what we call metrics was not tried on Prometheus itself")
    return found


def test_prometheus_reads_the_metrics(promtool: str) -> None:
    told = subprocess.run(
        [promtool, "check", "metrics"], input=log.metrics([line()]), capture_output=True, text=True, check=False
    )
    assert "error while linting" not in told.stderr, told.stderr
    assert "text format parsing error" not in told.stderr, told.stderr
