"""Every rule of the monitoring room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from decom_nb.book import document_classes
from decom_nb.phase import Phase
from tests.phases import rule_cases
from tests.phases.monitoring import made

ROOM = Phase("decom_nb.phases.monitoring")
START = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = "2026-03-01"


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case, tmp_path)))


def values(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    if "runs" in case:
        (folder / "runs.jsonl").write_text(
            "".join(json.dumps(line) + "\n" for line in run_lines(case["runs"])), encoding="utf-8"
        )
    if "reads" in case:
        (folder / "lineage.ndjson").write_text(made.lineage(case["reads"]), encoding="utf-8")
    if "dags" in case:
        for name, content in made.airflow(case["dags"]).items():
            (folder / name).write_text(json.dumps(content), encoding="utf-8")
    for name, content in case.get("files", {}).items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    given = {**rule_cases.collected(folder), "today": date.fromisoformat(str(case.get("today", TODAY)))}
    given |= {name: told.model_validate(case[name]) for name, told in document_classes().items() if name in case}
    return given


def run_lines(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write out runs given as {pipeline, status, minutes, at (hours from the start), times, rows, passed, failing}."""
    lines = []
    for each in runs:
        for at in range(each.get("times", 1)):
            started = START + timedelta(hours=each.get("at", 0)) + timedelta(days=at)
            seconds = 60 * each.get("minutes", 1)
            lines.append(
                {
                    "pipeline_name": each.get("pipeline", "load_orders"),
                    "run_id": f"r{len(lines):05d}",
                    "started_at": started.isoformat(),
                    "completed_at": (started + timedelta(seconds=seconds)).isoformat(),
                    "status": each.get("status", "success"),
                    "stage": "load",
                    "rows_extracted": each.get("rows", 10),
                    "rows_transformed": each.get("rows", 10),
                    "rows_loaded": each.get("rows", 10),
                    "rows_rejected": 0,
                    "quality_checks_passed": each.get("passed", 1),
                    "quality_checks_failed": each.get("failing", 0),
                    "duration_seconds": seconds,
                    "error_message": "" if each.get("status", "success") == "success" else "connection reset",
                    "watermark_before": "",
                    "watermark_after": "",
                }
            )
    return lines
