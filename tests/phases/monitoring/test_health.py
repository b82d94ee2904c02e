"""The eight metrics on made runs: values, intervals, states, and what is left open."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from decom_nb.evidence.collect import collect
from decom_nb.history import History
from decom_nb.phase import Phase
from decom_nb.phases.monitoring import health as readings
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.health import Health, Loaded, Reading
from decom_nb.phases.monitoring.health_table import health_table, metric
from decom_nb.supply import Supply
from tests.phases.monitoring import made
from tests.phases.monitoring.test_rules import run_lines

ROOM = Phase("decom_nb.phases.monitoring")
START = datetime(2026, 1, 1, tzinfo=UTC)


def supply(folder: Path, runs: list[dict[str, Any]], levels: dict[str, Any] | None = None, **more: Any) -> Supply:
    lines = "".join(json.dumps(line) + "\n" for line in run_lines(runs))
    (folder / "runs.jsonl").write_text(lines, encoding="utf-8")
    evidence = collect([folder], folder)
    values = {**evidence.values, "store": evidence.store, "today": date(2026, 3, 1), **more}
    if levels:
        values["service_levels"] = ServiceLevels.model_validate(levels)
    return Supply(values, {**ROOM.measures, **ROOM.readers})


def read(folder: Path, runs: list[dict[str, Any]], levels: dict[str, Any] | None = None, **more: Any) -> Health:
    found = supply(folder, runs, levels, **more)
    told = found.get("health")
    assert not found.failures
    assert isinstance(told, Health)
    return told


def of(told: Health, name: str, pipeline: str = "load_orders") -> Reading:
    return next(each for each in told.readings if (each.metric, each.pipeline) == (name, pipeline))


def test_there_are_the_methodologys_eight_metrics() -> None:
    assert [(each.metric, each.target, each.alert) for each in health_table().metrics] == [
        ("success_rate", 0.99, 0.95),
        ("runtime", 1.0, 0.8),
        ("freshness", 1.0, 1.0),
        ("volume", 0.2, 0.5),
        ("checks", 1.0, 0.95),
        ("failed", 0, 0),
        ("backfills", 0, 5),
        ("cost", 1.0, 1.1),
    ]


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "state"),
    [
        ("success_rate", 1.0, 0.98, 1.0, "ok"),
        ("success_rate", 1.0, 0.44, 1.0, "unsure"),
        ("success_rate", 0.97, 0.955, 0.98, "watch"),
        ("success_rate", 0.93, 0.9, 0.96, "unsure"),
        ("success_rate", 0.9, 0.85, 0.94, "alert"),
        ("runtime", 0.5, None, None, "ok"),
        ("runtime", 0.8, None, None, "ok"),
        ("runtime", 0.81, None, None, "alert"),
        ("volume", 0.3, None, None, "watch"),
        ("failed", 0.0, None, None, "ok"),
        ("failed", 1.0, None, None, "alert"),
        ("cost", 1.05, None, None, "watch"),
        ("cost", None, None, None, "not_known"),
    ],
)
def test_a_value_is_held_against_target_and_threshold(
    name: str, value: float | None, low: float | None, high: float | None, state: str
) -> None:
    assert metric(name).state(value, low, high) == state


def test_three_successes_of_three_are_unsure(tmp_path: Path) -> None:
    found = of(read(tmp_path, [{"times": 3}]), "success_rate")
    assert (found.state, found.value, found.good, found.of) == ("unsure", 1.0, 3, 3)
    assert found.low == pytest.approx(0.4385, abs=1e-3)
    assert "43.8 %" in found.says


def test_only_the_last_four_weeks_count(tmp_path: Path) -> None:
    found = of(read(tmp_path, [{"times": 10, "status": "failed"}, {"times": 60, "at": 240}]), "success_rate")
    assert (found.good, found.of) == (28, 28)


def test_runtime_is_the_mean_of_a_week_against_the_sla(tmp_path: Path) -> None:
    runs = [{"times": 30, "minutes": 90}, {"times": 7, "at": 720, "minutes": 25}]
    told = read(tmp_path, runs, {"pipelines": [{"pipeline": "load_orders", "sla_minutes": 30}]})
    found = of(told, "runtime")
    assert found.value == pytest.approx(25 / 30)
    assert found.state == "alert"
    assert "documents/service_levels.yaml" in found.says
    assert told.overall("runtime").state == "alert"


def test_without_a_promise_the_figure_is_told_and_the_state_left_open(tmp_path: Path) -> None:
    found = of(read(tmp_path, [{"times": 7, "minutes": 25}]), "runtime")
    assert (found.state, found.value) == ("not_known", None)
    assert "25.0 minutes" in found.says


def test_freshness_counts_to_where_the_evidence_ends(tmp_path: Path) -> None:
    levels = {"pipelines": [{"pipeline": name, "freshness_hours": 24} for name in ("load_orders", "load_stock")]}
    told = read(tmp_path, [{"times": 10, "minutes": 60}, {"times": 8, "minutes": 60, "pipeline": "load_stock"}], levels)
    assert of(told, "freshness").value == 0
    stale = of(told, "freshness", "load_stock")
    assert (stale.value, stale.state) == (2.0, "alert")
    assert told.overall("freshness").value == 2.0


def test_what_dbt_saw_in_the_table_after_the_last_success_counts(tmp_path: Path) -> None:
    levels = {"pipelines": [{"pipeline": "load_orders", "freshness_hours": 24}]}
    found = supply(tmp_path, [{"times": 10}], levels)
    history = found.get("history")
    now = readings.nows(history, date(2026, 3, 1))
    told = readings.recent(history, now)
    ended = told["load_orders"].last_success_at
    assert ended
    looked = ended + timedelta(hours=1)
    empty = {"load_orders": Loaded("orders", ended - timedelta(hours=48), looked)}
    after = readings.freshness(told, found.get("promises"), now, empty)[0]
    assert (after.value, after.state) == (2.0, "alert")
    before = {"load_orders": Loaded("orders", ended - timedelta(hours=48), ended - timedelta(hours=1))}
    assert readings.freshness(told, found.get("promises"), now, before)[0].value == 0


def test_volume_is_held_against_the_mean_of_the_days_before(tmp_path: Path) -> None:
    found = of(read(tmp_path, [{"times": 10, "rows": 100}, {"at": 240, "rows": 40}]), "volume")
    assert found.value == pytest.approx(0.6)
    assert found.state == "alert"


def test_a_day_that_has_only_begun_is_not_held_against_whole_ones(tmp_path: Path) -> None:
    four_a_day = [{"times": 10, "rows": 25, "at": hours} for hours in (0, 6, 12, 18)]
    found = of(read(tmp_path, [*four_a_day, {"at": 240, "rows": 25}]), "volume")
    assert (found.value, found.state) == (0.0, "ok")


def test_checks_within_runs_add_up(tmp_path: Path) -> None:
    told = read(tmp_path, [{"times": 28, "passed": 90, "failing": 10}, {"times": 28, "passed": 9, "pipeline": "b"}])
    assert of(told, "checks").value == pytest.approx(0.9)
    assert of(told, "checks").state == "alert"
    overall = told.overall("checks")
    assert (overall.good, overall.of) == (28 * 99, 28 * 109)


def test_failures_of_the_last_day_are_counted_by_run_and_by_pipeline(tmp_path: Path) -> None:
    runs = [{"times": 10}, {"at": 220, "status": "failed"}, {"at": 230, "status": "failed"}, {"at": 240}]
    told = read(tmp_path, [*runs, {"times": 10, "pipeline": "b"}])
    assert of(told, "failed").value == 2
    assert of(told, "failed", "b").state == "ok"
    assert told.overall("failed").value == 1


def test_backfills_are_counted_where_documents_or_a_scheduler_tell(tmp_path: Path) -> None:
    def queue(**more: Any) -> tuple[float | None, str]:
        overall = supply(tmp_path, [{"times": 3}], **more).get("pipeline_health")["overall"]
        told = next(each for each in overall if each["metric"] == "backfills")
        return told.get("value"), told["state"]

    assert queue() == (None, "not_known")
    asked = tuple(SimpleNamespace(status=status) for status in ("pending", "done", "pending"))
    assert queue(backfill=asked) == (2, "watch")
    dags = [{"dag": "d", "times": 4, "type": "backfill", "state": "queued"}, {"dag": "d", "times": 3}]
    for name, content in made.airflow(dags).items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    assert queue(backfill=asked) == (6, "alert")


def bill(currency: str = "USD", effective: str = "6000", complete: bool = True) -> SimpleNamespace:
    month = SimpleNamespace(month="2026-02", currency=currency, effective=Decimal(effective), complete=complete)
    return SimpleNamespace(
        months=(month,), currencies=(currency,), newest=lambda name: month if name == currency else None
    )


@pytest.mark.parametrize(
    ("bill", "budget", "state"),
    [
        (bill(), 6000, "ok"),
        (bill(), 5700, "watch"),
        (bill(), 5000, "alert"),
        (bill(), None, "not_known"),
        (bill("EUR"), 5000, "not_known"),
        (bill(complete=False), 5000, "not_known"),
        (None, 5000, "not_known"),
    ],
)
def test_cost_is_held_against_the_budget_in_its_own_currency(bill: Any, budget: float | None, state: str) -> None:
    assert readings.cost(bill, budget)[0].state == state


def test_checks_on_tables_count_for_the_pipeline_that_writes_the_table(tmp_path: Path) -> None:
    levels = {"pipelines": [{"pipeline": "load_orders", "writes": ["raw.orders"]}]}
    history = supply(tmp_path, [{"times": 3}], levels).get("history")
    assert isinstance(history, History)
    checks = [SimpleNamespace(verdict=verdict) for verdict in ("pass", "pass", "warn", "fail", "not_known")]
    seen = SimpleNamespace(taken_at=START, checks=checks)
    runs: Any = SimpleNamespace(latest={"orders": seen, "elsewhere": seen})
    assert readings.checks_on_tables(history, runs, None) == ({"load_orders": (3, 1)}, (3, 1))
    assert readings.checks_on_tables(history, runs, START + timedelta(days=1)) == ({}, (0, 0))


def test_the_measure_says_when_the_evidence_ends_and_that_it_is_stale(tmp_path: Path) -> None:
    found = supply(tmp_path, [{"times": 10}])
    told = found.get("pipeline_health")
    assert not found.failures
    assert (told["now"][:10], told["days_behind"], told["stale"]) == ("2026-01-10", 50, True)
    fresh = supply(tmp_path, [{"times": 10}], today=date(2026, 1, 12)).get("pipeline_health")
    assert (fresh["days_behind"], fresh["stale"]) == (2, False)


def test_runs_of_the_future_do_not_move_now(tmp_path: Path) -> None:
    found = supply(tmp_path, [{"times": 10}, {"at": 24 * 400}], today=date(2026, 1, 12)).get("health")
    assert of(found, "success_rate").of == 10


def test_measures_are_small_however_much_ran(tmp_path: Path) -> None:
    runs = [{"times": 60, "pipeline": f"p{number}", "minutes": 5 + number % 7} for number in range(60)]
    found = supply(tmp_path, runs)
    told = {name: json.dumps(found.get(name)) for name in ROOM.measures if name in
            ("pipeline_health", "health_by_week", "run_days", "incidents", "irregularities")}  # fmt: skip
    assert not found.failures
    assert sum(map(len, told.values())) < 250_000
    assert len(found.get("run_days")["rows"]) == 30
    assert found.get("run_days")["total"] == 60


def test_one_clock_counts_and_a_pipeline_of_long_ago_is_set_aside(tmp_path: Path) -> None:
    told = read(
        tmp_path, [{"times": 20}, {"times": 30, "at": 24 * 100, "pipeline": "load_stock"}], today=date(2026, 6, 1)
    )
    assert told.aside == {"load_orders": 110}
    assert (told.overall("success_rate").good, told.overall("success_rate").of) == (28, 28)
    assert of(told, "success_rate").state == "not_known"
    assert (told.overall("failed").of, told.overall("volume").of) == (2, 1)
    assert "last 28 days" in told.overall("success_rate").says


def test_a_pipeline_with_an_sla_and_no_run_of_late_is_named(tmp_path: Path) -> None:
    levels = {"pipelines": [{"pipeline": name, "sla_minutes": 30} for name in ("load_orders", "load_stock")]}
    told = read(tmp_path, [{"times": 40}, {"times": 20, "pipeline": "load_stock"}], levels)
    assert "load_stock had an SLA and no finished run in these 7 days." in told.overall("runtime").says


def test_where_none_is_bad_no_worst_is_named(tmp_path: Path) -> None:
    levels = {"pipelines": [{"pipeline": "load_orders", "freshness_hours": 24}]}
    told = read(tmp_path, [{"times": 10}], levels).overall("freshness")
    assert told.says == "0 of 1 pipelines with a promise have older data than it allows."


def test_data_whose_source_ends_before_the_rest_is_neither_fresh_nor_stale(tmp_path: Path) -> None:
    for name, content in made.airflow([{"dag": "load_stock", "times": 40}]).items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    levels = {"pipelines": [{"pipeline": "load_orders", "freshness_hours": 24}]}
    found = read(tmp_path, [{"times": 30}], levels)
    assert of(found, "freshness").state == "unsure"
    assert "10.0 days until the evidence ends" in of(found, "freshness").says
    assert "load_orders cannot be told" in found.overall("freshness").says
    assert of(found, "failed").state == "not_known"
    assert [(each.pipeline, each.state) for each in found.due] == [("load_orders", "watch"), ("load_stock", "ok")]
