"""The catalogue follows what is written down, Prometheus and Alertmanager take its files, and alerts fire when they should."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from decom_nb import log
from decom_nb.evidence.alerting import Alerting
from decom_nb.evidence.collect import collect
from decom_nb.phases.monitoring import deliverables
from decom_nb.phases.monitoring.alert_catalogue import Catalogue, catalogue, catalogue_table
from decom_nb.phases.monitoring.alert_coverage import coverage
from decom_nb.phases.monitoring.alert_kind import KINDS, names_in
from decom_nb.phases.monitoring.documents import ServiceLevel, ServiceLevels

ODD = 'odd "{{ .Values }}" \\ {x}\n€'
LEVELS = ServiceLevels(
    pipelines=(
        ServiceLevel(
            pipeline="load_payments", sla_minutes=15, tier=1, freshness_hours=26, impact="compliance", owner="data"
        ),
        ServiceLevel(
            pipeline="build_marts",
            sla_minutes=40,
            tier=1,
            freshness_hours=26,
            impact="executive",
            budget_monthly_usd=900,
        ),
        ServiceLevel(pipeline="load_web", tier=2, impact="internal"),
        ServiceLevel(pipeline=ODD, sla_minutes=0.5, freshness_hours=1.5),
    )
)


def told() -> Catalogue:
    return catalogue([*(each.pipeline for each in LEVELS.pipelines), "nobodys"], LEVELS, None)


def levels(pipeline: str) -> dict[str, str]:
    return {each.alert: each.level for each in told().alerts if each.pipeline == pipeline}


def tool(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: the generated alerts were not tried on it")
    return subprocess.run([found, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_levels_follow_what_hangs_on_a_pipeline() -> None:
    assert levels("load_payments")["PipelineFailed"] == "P0"
    assert (levels("build_marts")["PipelineFailed"], levels("build_marts")["PipelineStale"]) == ("P2", "P1")
    assert levels("load_web")["PipelineFailed"] == "P2"
    assert levels("nobodys")["PipelineFailed"] == "P2"
    assert levels("load_payments")["PipelineNearSla"] == "P3"


def test_what_is_not_promised_is_not_watched_and_is_told() -> None:
    assert not {"PipelineStale", "PipelineOverSla", "PipelineNearSla"} & set(levels("load_web"))
    assert "CostOverBudget" in levels("build_marts")
    assert "CostOverBudget" not in levels("load_payments")
    assert told().missing == (
        ("load_web", "sla_minutes"),
        ("load_web", "freshness_hours"),
        (ODD, "impact"),
        ("nobodys", "impact"),
        ("nobodys", "sla_minutes"),
        ("nobodys", "freshness_hours"),
    )


def test_every_expression_is_promql_on_metrics_that_the_logger_writes() -> None:
    known = {each.name for each in log.METRICS}
    for each in told().alerts:
        if each.expression:
            promql_parser.parse(each.expression)
            assert names_in(each.expression)
            assert set(names_in(each.expression)) <= known, each.expression


def test_every_kind_of_alert_is_one_that_is_known() -> None:
    assert {each.kind for each in catalogue_table().alerts} <= set(KINDS)


def test_the_generated_rules_watch_every_pipeline_by_our_own_reading(tmp_path: Path) -> None:
    for name, text in deliverables.files(told()).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    alerting = collect([tmp_path], tmp_path).values["alerting"]
    assert isinstance(alerting, Alerting)
    names = {each.pipeline: (each.pipeline,) for each in LEVELS.pipelines}
    found = coverage(alerting, names)
    assert {each.rule.group for each in found.watches} == {*names, "nobodys"}
    # The receivers are still without channels, so as generated nobody is told; all else is as it should be.
    assert all(each.silent for each in found.watches)
    assert {kind for each in found.watches for kind in each.kinds} == {
        "failure",
        "freshness",
        "duration",
        "anomaly",
        "quality",
    }
    for each in found.watches:
        assert each.pipelines == tuple(name for name in names if name == each.rule.group)


def test_plain_yaml_says_what_the_rules_say() -> None:
    plain = yaml.safe_load(deliverables.plain(told()))
    rules = yaml.safe_load(deliverables.prometheus_rules(told()))
    said = {
        each["pipeline"]: [row["expression"] for row in each["alerts"] if "expression" in row]
        for each in plain["pipelines"]
    }
    assert said == {group["name"]: [rule["expr"] for rule in group["rules"]] for group in rules["groups"]}
    assert plain["not_written_down"]["nobodys"] == ["impact", "sla_minutes", "freshness_hours"]


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(deliverables.prometheus_rules(told()), encoding="utf-8")
    done = tool("promtool", "check", "rules", "rules.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sum(bool(each.expression) for each in told().alerts)} rules found" in done.stdout


def test_alertmanager_takes_the_routes(tmp_path: Path) -> None:
    (tmp_path / "alertmanager.yaml").write_text(deliverables.alertmanager(), encoding="utf-8")
    done = tool("amtool", "check-config", "alertmanager.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


GOOD = {  # a value every twelve hours for 32 days, as promtool writes series
    'pipeline_last_run_success{pipeline="load_payments"}': "1x63",
    'pipeline_last_run_timestamp_seconds{pipeline="load_payments"}': "0+43200x63",
    'pipeline_last_success_timestamp_seconds{pipeline="load_payments"}': "0+43200x63",
    'pipeline_last_run_duration_seconds{pipeline="load_payments"}': "290+0.1x63",
    'pipeline_last_run_rows_loaded{pipeline="load_payments"}': "1000x63",
    'pipeline_last_run_quality_checks_passed{pipeline="load_payments"}': "10x63",
    'pipeline_last_run_quality_checks_failed{pipeline="load_payments"}': "0x63",
    'pipeline_runs_total{pipeline="load_payments", status="success"}': "0+1x63",
    'pipeline_runs_total{pipeline="load_payments", status="failed"}': "0x63",
}
BAD: dict[str, dict[str, str]] = {  # what each alert is for, in the last days
    "PipelineFailed": {"last_run_success": "1x60 0x3"},
    "PipelineStale": {"last_success_timestamp_seconds": "0+43200x58 2500000x5"},
    "PipelineSilent": {"last_run_timestamp_seconds": "0+43200x58"},
    "PipelineOverSla": {"duration": "300x60 901x3"},
    "PipelineNearSla": {"duration": "300x60 800x3"},
    "PipelineVolumeUnusual": {"rows_loaded": "1000x60 400x3"},
    "PipelineRuntimeUnusual": {"duration": "290+0.1x60 600x2"},
    "PipelineChecksFail": {"checks_failed": "0x60 1x3"},
    "PipelineQualityDrifts": {"checks_failed": "0x60 1x3", "checks_passed": "99x63"},
    "PipelineFailsOften": {'"failed"': "0x40 0+1x23"},
}


def tried(folder: Path, *tests: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run tests of the rules of load_payments with promtool."""
    rules = yaml.safe_load(deliverables.prometheus_rules(told()))
    ours = {"groups": [group for group in rules["groups"] if group["name"] == "load_payments"]}
    (folder / "rules.yaml").write_text(yaml.safe_dump(ours), encoding="utf-8")
    file = {"rule_files": ["rules.yaml"], "evaluation_interval": "12h", "tests": list(tests)}
    (folder / "test.yaml").write_text(yaml.safe_dump(file), encoding="utf-8")
    return tool("promtool", "test", "rules", "test.yaml", folder=folder)


def after(alert: str, changed: dict[str, str], *, fires: bool) -> dict[str, Any]:
    """Give promtool's test that an alert stands, or does not, after series of which some are changed."""
    series = {
        name: next((given for part, given in changed.items() if part in name), values) for name, values in GOOD.items()
    }
    rules = yaml.safe_load(deliverables.prometheus_rules(told()))
    rule = next(r for g in rules["groups"] if g["name"] == "load_payments" for r in g["rules"] if r["alert"] == alert)
    stands = [{"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}]
    return {
        "interval": "12h",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [{"eval_time": "756h", "alertname": alert, "exp_alerts": stands if fires else []}],
    }


def test_a_failed_run_raises_its_alert(tmp_path: Path) -> None:
    done = tried(tmp_path, after("PipelineFailed", BAD["PipelineFailed"], fires=True))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_each_alert_stands_after_what_it_is_for(tmp_path: Path) -> None:
    done = tried(tmp_path, *(after(alert, bad, fires=True) for alert, bad in BAD.items()))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_no_alert_stands_after_a_month_of_good_days(tmp_path: Path) -> None:
    tests = [after(alert, {}, fires=False) for alert in BAD]
    done = tried(
        tmp_path, {**tests[0], "alert_rule_test": [each for test in tests for each in test["alert_rule_test"]]}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_tells_an_alert_that_does_not_stand(tmp_path: Path) -> None:
    assert tried(tmp_path, after("PipelineFailed", {}, fires=True)).returncode != 0


def test_every_alert_for_prometheus_is_tried() -> None:
    assert set(BAD) == {each.alert for each in catalogue_table().alerts}
