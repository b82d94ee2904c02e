"""What the notebook shows of runs: every number with its rows, hostile names as text, and a sentence where there is nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from decom_nb.chart import Figure
from decom_nb.phases.monitoring import charts, views
from decom_nb.view import View
from tests.phases.monitoring import made
from tests.phases.monitoring.test_health import supply

NAMES = ("pipeline_health", "health_by_week", "run_days", "incidents", "irregularities")
HOSTILE = "<script>alert('x')</script>"
RUNS = [
    {"times": 50, "minutes": 10, "rows": 100},
    {"at": 1200, "status": "failed"},
    {"at": 1224, "status": "partial"},
    {"times": 20, "at": 1248, "minutes": 30, "rows": 100},
    {"at": 1728, "rows": 1000, "minutes": 30},
    {"times": 3, "at": 1752, "minutes": 30, "rows": 100},
    {"times": 70, "pipeline": HOSTILE, "at": 2},
    {"at": 1202, "pipeline": HOSTILE, "status": "failed"},
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("runs")
    (folder / "lineage.ndjson").write_text(made.lineage({HOSTILE: ["raw.orders"]}), encoding="utf-8")
    levels = {
        "pipelines": [
            {"pipeline": "load_orders", "sla_minutes": 25, "freshness_hours": 26, "tier": 1, "writes": ["raw.orders"]}
        ]
    }
    found = supply(folder, RUNS, levels, today=date(2026, 4, 1))
    values = {name: found.get(name) for name in NAMES}
    assert not found.failures
    return values


def everything(told: dict[str, Any]) -> dict[str, View]:
    health, days = told["pipeline_health"], told["run_days"]
    return {
        "health": views.health(health),
        "weeks": views.weeks(told["health_by_week"], health),
        "calendar": views.calendar(days),
        "durations": views.durations(days, health),
        "incidents": views.incidents(told["incidents"]),
        "irregular": views.irregular(told["irregularities"]),
    }


@pytest.mark.slow
def test_every_view_can_be_drawn_and_no_name_becomes_markup(told: dict[str, Any]) -> None:
    for name, shown in everything(told).items():
        page = shown._repr_html_()
        assert HOSTILE not in page, name
        for block in shown.blocks:
            if isinstance(block, Figure):
                assert block.spec["layer"], name


def test_where_nothing_ran_each_view_says_what_to_bring() -> None:
    for shown in everything(dict.fromkeys(NAMES)).values():
        assert "decom-note" in shown._repr_html_()


def test_health_says_where_the_evidence_ends_and_shows_states(told: dict[str, Any]) -> None:
    page = views.health(told["pipeline_health"])._repr_html_()
    assert "Infrastructure cost" in page
    assert "above 80 %" in page
    assert 'data-kind="bad"' in page


def test_a_stale_folder_is_called_stale(told: dict[str, Any]) -> None:
    page = views.health({**told["pipeline_health"], "stale": True, "days_behind": 90})._repr_html_()
    assert "90 days before this audit" in page
    assert "nothing is known of the time since" in page


def test_the_calendar_tells_the_worst_of_each_day(told: dict[str, Any]) -> None:
    rows = {(row["pipeline"], row["day"]): row["state"] for row in charts.calendar_rows(told["run_days"])}
    assert rows["load_orders", "2026-02-20"] == "a run failed"
    assert rows["load_orders", "2026-02-21"] == "a run was partial"
    assert rows["load_orders", "2026-02-19"] == "every run succeeded"


def test_durations_are_shares_of_the_sla(told: dict[str, Any]) -> None:
    rows = charts.duration_rows(told["run_days"])
    assert {row["pipeline"] for row in rows} == {"load_orders"}
    assert rows[-1]["share"] == pytest.approx(30 / 25)


def test_the_timeline_leads_from_cause_to_effect(told: dict[str, Any]) -> None:
    rows = {row["pipeline"]: row for row in charts.incident_rows(told["incidents"])}
    assert rows[HOSTILE]["caused_by"] == "load_orders"
    assert rows[HOSTILE]["state"] == "failed"
    page = views.incidents(told["incidents"])._repr_html_()
    assert "1 incident was caused by another pipeline upstream" in page


def test_series_mark_unusual_days_and_new_levels(told: dict[str, Any]) -> None:
    found = told["irregularities"]
    series = {(each["pipeline"], each["what"]): charts.series_rows(each, found) for each in found["series"]}
    duration = series["load_orders", "duration"]
    assert [row["day"] for row in duration if row["shift"]] == ["2026-02-22"]
    volume = series["load_orders", "volume"]
    assert [row["day"] for row in volume if row["state"] == "unusual"] == ["2026-03-14"]


def test_weeks_have_intervals_that_hold_their_share(told: dict[str, Any]) -> None:
    rows = charts.week_rows(told["health_by_week"])
    assert rows
    assert all(row["low"] <= row["share"] <= row["high"] for row in rows)
    assert sum(row["runs"] for row in rows) == 147


def test_the_calendar_begins_with_the_first_run(tmp_path: Path) -> None:
    days = supply(tmp_path, [{"times": 10}]).get("run_days")
    assert (days["first"], days["days"], len(days["rows"][0]["runs"])) == ("2026-01-01", 10, 10)


def test_the_timeline_leaves_out_what_began_long_before(told: dict[str, Any]) -> None:
    rows = told["incidents"]["rows"]
    old = {**rows[0], "began_at": "2024-01-01T00:00:00+00:00", "recovered_at": None}
    shown = views.incidents({**told["incidents"], "rows": [*rows, old], "total": len(rows) + 1})
    drawn = next(each for each in shown.blocks if isinstance(each, Figure))
    assert "Not drawn: 1 that began before, the oldest on 2024-01-01." in drawn.note
    page = views.incidents({**told["incidents"], "caused": 0, "lineage": True})._repr_html_()
    assert "evidence. None was caused" in " ".join(page.split())


def test_a_pipeline_that_stopped_and_one_set_aside_are_named(told: dict[str, Any]) -> None:
    health = told["pipeline_health"]
    stopped = [{"pipeline": "load_orders", "state": "alert", "says": "It should run by its schedule."}]
    page = views.health({**health, "stopped": stopped, "aside": [{"pipeline": HOSTILE, "days": 40}]})._repr_html_()
    assert "<code>load_orders</code> stopped." in page
    assert "last seen 40 days earlier." in page
    assert HOSTILE not in page
