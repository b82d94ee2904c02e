"""What alerts are about is told by their expressions as the schedulers' exporters and people write them."""

from __future__ import annotations

import pytest

from decom_nb.evidence.alerting import Alerting, AlertRule, Recording
from decom_nb.phases.monitoring.alert_coverage import coverage
from decom_nb.phases.monitoring.alert_kind import KINDS, kind_table, kinds_of, names_in

CASES = [
    ('increase(pipeline_runs_total{status="failed"}[1h]) > 0', "A", "failure"),
    ('sum(rate(airflow_ti_finish{state="failed"}[15m])) > 0', "A", "failure"),
    ('pipeline_runs{status!="success"} > 0', "A", "failure"),
    ("airflow_dagrun_duration_failed_orders_count > 0", "A", "failure"),
    ("kube_job_status_failed > 0", "A", "failure"),
    ("pipeline_last_run_success == 0", "A", "failure"),
    ("SELECT count(*) FROM runs WHERE status = 'failed'", "A", "failure"),
    ("x > 1", "OrdersFailed", "failure"),
    ("time() - pipeline_last_success_timestamp_seconds > 3600", "A", "freshness"),
    ('time() - max(airflow_dagrun_end_date{state="success"}) > 3600', "A", "freshness"),
    ("absent(pipeline_last_run_success)", "A", "freshness"),
    ('increase(airflow_dagrun_duration_success_count{dag_id="a"}[26h]) == 0 or absent(b)', "A", "freshness"),
    ("SELECT now() - max(loaded_at) FROM orders", "A", "freshness"),
    ("airflow_dag_run_duration > 3600", "A", "duration"),
    ("airflow_sla_missed > 0", "A", "duration"),
    ('time() - airflow_task_start_date{state="running"} > 3600', "A", "duration"),
    ("pipeline_last_run_rows_loaded < 100", "A", "volume"),
    ("pipeline_last_run_quality_checks_failed > 0", "A", "quality"),
    ("dbt_test_failures_total > 0", "A", "quality"),
    ("pipeline_last_run_rows_rejected > 0", "A", "quality"),
    ("sum(cloud_cost_usd) > 500", "A", "cost"),
    ("rows / avg_over_time(rows[7d]) > 2", "A", "volume anomaly"),
    ("rows / (rows offset 1w) > 2", "A", "volume anomaly"),
    ("deriv(pipeline_last_run_duration_seconds[7d]) > 0", "A", "duration anomaly"),
    ("(x - avg_over_time(x[4w])) / stddev_over_time(x[4w]) > 3", "A", "anomaly"),
    ("histogram_quantile(0.9, rate(task_duration_bucket[1h])) > 5", "TaskDurationAnomaly", "duration anomaly"),
    ("predict_linear(spend_usd[7d], 86400 * 30) > 900", "A", "anomaly cost"),
    ("airflow_dag_processing_import_errors > 0", "A", ""),
    ('up{job="airflow-scheduler"} == 0', "AirflowSchedulerDown", ""),
    ("x > 1", "A", ""),
]


def rule(expression: str, name: str = "A", says: str = "", **labels: str) -> AlertRule:
    return AlertRule(name, "prometheus", "g", expression, labels, says, "", False, "rules.yml", 1)


@pytest.mark.parametrize(("expression", "name", "kinds"), CASES, ids=[f"{each[1]}: {each[0]}" for each in CASES])
def test_an_alert_is_about(expression: str, name: str, kinds: str) -> None:
    assert " ".join(kinds_of(rule(expression, name), Alerting())) == kinds


def test_a_label_that_says_it_outright_holds() -> None:
    assert kinds_of(rule("x > 1", "Failed", kind="volume"), Alerting()) == ("volume",)
    assert kinds_of(rule("x > 1", "Failed", category="whatever"), Alerting()) == ("failure",)


def test_what_it_says_to_people_comes_last() -> None:
    assert kinds_of(rule("x > 1", says="the load is stale"), Alerting()) == ("freshness",)


def test_a_recording_rule_is_looked_into() -> None:
    alerting = Alerting(recordings=(Recording("a:b", 'sum(runs{status="failed"})'),))
    assert kinds_of(rule("a:b > 1"), alerting) == ("failure",)


def test_names_are_those_of_metrics() -> None:
    assert names_in(
        'sum by (dag) (increase(failed_runs{dag=~"a|b", x="max(y)"}[1h] offset 1d)) / on(job) total > bool 0'
    ) == (
        "failed_runs",
        "total",
    )


def test_every_kind_that_is_shown_can_be_recognised() -> None:
    table = kind_table()
    assert {*KINDS} <= {row.kind for row in (*table.kinds, table.anomaly)}


NAMES = {"load": ("load",), "load_orders": ("load_orders", "orders_dag"), "marts": ("marts",)}


@pytest.mark.parametrize(
    ("expression", "name", "labels", "whose"),
    [
        ('failed{pipeline="load-orders"} > 0', "A", {}, "load_orders"),
        ('failed{dag_id="orders_dag"} > 0', "A", {}, "load_orders"),
        ('failed{dag_id=~"load.*"} > 0', "A", {}, "load load_orders"),
        ('failed{dag_id!="marts"} > 0', "A", {}, "load load_orders"),
        ('failed{dag_id="another"} > 0', "A", {}, ""),
        ('failed{dag_id="marts"} > 0 or failed{dag_id="load"} > 0', "A", {}, "load marts"),
        ('failed_runs{job="airflow"} > 0', "A", {}, "load load_orders marts"),
        ('failed_runs{job="marts"} > 0', "A", {}, "marts"),
        ('failed_runs{job!="x"} > 0', "A", {}, "load load_orders marts"),
        ("x > 0", "LoadOrdersFailed", {}, "load_orders"),
        ("airflow_dagrun_failed_load_orders > 0", "A", {}, "load_orders"),
        ("SELECT 1 FROM runs WHERE name = 'marts' AND failed", "A", {}, "marts"),
        ("failed_runs > 0", "A", {"pipeline": "marts"}, "marts"),
        ("failed_runs > 0", "A", {"pipeline": "another"}, ""),
        ("failed_runs > 0", "A", {"pipeline": "{{ $labels.dag }}"}, "load load_orders marts"),
        ("http_errors > 0", "A", {}, ""),
    ],
)
def test_whose_an_alert_is(expression: str, name: str, labels: dict[str, str], whose: str) -> None:
    (watch,) = coverage(Alerting(rules=(rule(expression, name, **labels),), rule_files=("r",)), NAMES).watches
    assert " ".join(watch.pipelines) == whose
