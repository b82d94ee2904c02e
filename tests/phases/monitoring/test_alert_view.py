"""The views of alerts and logs draw from kept rows alone, say what is not there, and let nothing of a client be HTML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.chart import Figure
from decom_nb.evidence.collect import collect
from decom_nb.phases.monitoring import alert_view
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.supply import Supply
from tests.phases.monitoring.test_health import supply
from tests.phases.monitoring.test_rules import ROOM, run_lines

HOSTILE = "<script>alert(1)</script>"
RULES = f"""\
groups:
- name: g
  rules:
  - alert: "{HOSTILE}"
    expr: 'pipeline_last_run_success{{pipeline="load_orders"}} == 0'
  - alert: Any
    expr: time() - pipeline_last_success_timestamp_seconds > 9
  - alert: Disk
    expr: disk_full > 1
"""


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, Any]:
    runs = run_lines(
        [
            {"pipeline": "load_orders", "status": "failed"},
            {"pipeline": "load_orders", "at": 30},
            {"pipeline": HOSTILE, "status": "failed", "at": 40},
            {"pipeline": HOSTILE, "status": "partial", "at": 50},
        ]
    )
    del runs[3]["stage"]
    (tmp_path / "runs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in runs), encoding="utf-8")
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
    (tmp_path / "alerts.json").write_text(
        json.dumps(
            [
                {
                    "labels": {"alertname": HOSTILE, "pipeline": name},
                    "startsAt": at,
                    "endsAt": at,
                }
                for name, at in (("load_orders", "2026-01-01T00:02:00Z"), ("none", "2026-01-05T00:00:00Z"))
            ]
        ),
        encoding="utf-8",
    )
    evidence = collect([tmp_path], tmp_path)
    levels = ServiceLevels.model_validate(
        {"pipelines": [{"pipeline": "load_orders", "impact": "revenue", "tier": 1, "sla_minutes": 1}]}
    )
    values = {**evidence.values, "store": evidence.store, "service_levels": levels}
    supply = Supply(values, {**ROOM.measures, **ROOM.readers})
    made = {name: supply.get(name) for name in ("alert_watch", "alert_severities", "log_standard")}
    return {name: json.loads(json.dumps(value)) for name, value in made.items()}  # as an audit keeps it


@pytest.mark.parametrize(
    ("view", "measure"), [("alerts", "alert_watch"), ("severities", "alert_severities"), ("logs", "log_standard")]
)
def test_nothing_of_a_client_is_html(kept: dict[str, Any], view: str, measure: str) -> None:
    shown = getattr(alert_view, view)(kept[measure])._repr_html_()
    assert HOSTILE not in shown
    assert "load_orders" in shown


@pytest.mark.parametrize("view", ["alerts", "severities", "logs"])
def test_a_view_says_when_there_is_nothing(view: str) -> None:
    assert "decom-note" in getattr(alert_view, view)(None)._repr_html_() or getattr(alert_view, view)(None).blocks


def test_the_matrix_tells_rules_on_all_from_those_that_name_a_pipeline(kept: dict[str, Any]) -> None:
    (figure,) = [each for each in alert_view.alerts(kept["alert_watch"]).blocks if isinstance(each, Figure)]
    rows = {(row["pipeline"], row["about"]): row["state"] for row in figure.rows}
    assert rows["load_orders", "failure"] == "a rule names the pipeline"
    assert rows["load_orders", "freshness"] == rows[HOSTILE, "freshness"] == "a rule on all pipelines"
    assert rows[HOSTILE, "failure"] == "no alert"
    assert figure.chart.to_dict()
    assert kept["alert_watch"]["of_none"] == ["Disk"]


def test_severities_are_a_level_or_a_range_with_what_became_of_the_alert(kept: dict[str, Any]) -> None:
    rows = {(row["pipeline"], row["what"]): row for row in kept["alert_severities"]["rows"]}
    known, unknown = rows["load_orders", "failed"], rows[HOSTILE, "failed"]
    assert (known["severity"], known["noticed"], known["minutes_to_notice"]) == ("P0", "in time", 1.0)
    assert (unknown["severity"], unknown["noticed"]) == ("P0 to P2", "unnoticed")
    assert kept["alert_severities"]["without_impact"] == [HOSTILE]
    counts = {row["level"]: (row["count"], row["perhaps"]) for row in kept["alert_severities"]["levels"]}
    assert counts == {"P0": (1, 1), "P1": (0, 1), "P2": (0, 1), "P3": (1, 0)}  # a run that took its whole SLA


def test_producers_owe_fields_by_file_and_line(kept: dict[str, Any]) -> None:
    worst = kept["log_standard"]["rows"][0]
    assert (worst["pipeline"], worst["lines"], worst["conforming"]) == (HOSTILE, 2, 1)
    assert worst["flaws"] == [
        {"field": "stage", "missing": 1, "wrong": 0, "example": "runs.jsonl:4", "said": "stage is missing"}
    ]


def test_each_level_says_what_was_of_it(tmp_path: Path) -> None:
    runs = [{"times": 10, "minutes": 40}, {"at": 240, "status": "failed"}, {"at": 264, "minutes": 5}]
    levels = {"pipelines": [{"pipeline": "load_orders", "sla_minutes": 30, "impact": "internal"}]}
    told = supply(tmp_path, runs, levels).get("alert_severities")
    level = next(each for each in told["levels"] if each["level"] == "P2")
    assert (level["count"], level["what"]) == (11, {"failed": 1, "late": 10})
    assert "1 failed, 10 over the SLA" in alert_view.severities(told)._repr_html_()
