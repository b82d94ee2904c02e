"""How failures were noticed, on made runs and made exports of alerts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.phases.monitoring.test_health import supply

FAILURE = [
    {"status": "success", "at": -24},
    {"status": "failed", "at": 0, "minutes": 10},
    {"status": "success", "at": 20},
]
LEVELS = {"pipelines": [{"pipeline": "load_orders", "impact": "revenue"}]}


def alerts(folder: Path, *moments: str, name: str = "Failed", pipeline: str = "load_orders") -> None:
    told = [
        {"labels": {"alertname": name, "pipeline": pipeline}, "startsAt": moment, "endsAt": moment}
        for moment in moments
    ]
    (folder / "alerts.json").write_text(json.dumps(told), encoding="utf-8")


@pytest.mark.parametrize(
    ("fired", "minutes"),
    [("2025-12-31T23:56:00Z", 0.0), ("2025-12-31T23:50:00Z", None), ("2026-01-01T00:13:00Z", 3.0)],
)
def test_both_measures_tell_the_same_minutes_to_notice(tmp_path: Path, fired: str, minutes: float | None) -> None:
    alerts(tmp_path, "2025-12-30T00:00:00Z", fired, "2026-01-09T00:00:00Z")
    found = supply(tmp_path, FAILURE, LEVELS)
    measures: dict[str, Any] = {name: found.get(name) for name in ("incidents", "alert_severities")}
    assert not found.failures
    told = [row["minutes_to_notice"] for each in measures.values() for row in each["rows"]]
    assert told == [minutes, minutes]
