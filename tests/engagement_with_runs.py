"""An engagement with a log of runs and nothing else: enough to be scored, and audited in a moment."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from decom_nb.engagement import Engagement

START = datetime(2026, 1, 1, tzinfo=UTC)


def run_line(number: int, started: datetime, failed: bool) -> dict[str, Any]:
    """Give a run of two minutes as the standard logs it."""
    return {
        "pipeline_name": "load_orders",
        "run_id": f"r{number:05d}",
        "started_at": started.isoformat(),
        "completed_at": (started + timedelta(minutes=2)).isoformat(),
        "status": "failed" if failed else "success",
        "stage": "load",
        "rows_extracted": 10,
        "rows_transformed": 10,
        "rows_loaded": 10,
        "rows_rejected": 0,
        "quality_checks_passed": 1,
        "quality_checks_failed": 0,
        "duration_seconds": 120,
        "error_message": "connection reset" if failed else "",
        "watermark_before": "",
        "watermark_after": "",
    }


def run_lines(runs: int, failed: int, retried: bool = False) -> list[dict[str, Any]]:
    """Log runs six hours apart, the failed ones spread; a retry comes minutes after a failure, else the next run hours after."""
    every = runs // failed if failed else runs + 1
    lines, at = [], START
    for number in range(runs):
        at += timedelta(hours=6)
        after = retried and number % every == every // 2 + 1
        fails = number % every == every // 2 and number // every < failed
        lines.append(run_line(number, at - timedelta(hours=6) + timedelta(minutes=5) if after else at, fails))
    return lines


def write_runs(engagement: Path, runs: int, failed: int, retried: bool = False) -> None:
    """Write the engagement's log of runs anew."""
    text = "".join(json.dumps(line) + "\n" for line in run_lines(runs, failed, retried))
    (engagement / "evidence" / "runs.jsonl").write_text(text, encoding="utf-8")


def engagement_with_runs(folder: Path, runs: int = 100, failed: int = 10, retried: bool = False) -> Path:
    """Make the engagement, and give its folder."""
    made = Engagement.create(folder, "Made").path
    write_runs(made, runs, failed, retried)
    return made
