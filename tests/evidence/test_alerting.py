"""Alerting is recognised by content, read rule by rule, and none of its secrets is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.alerting import Alerting, Matcher, matchers
from decom_nb.evidence.alerting_files import DASHBOARDS, FIRED, ROUTES, RULES
from decom_nb.evidence.collect import collect
from decom_nb.evidence.source import Evidence, Pointer

PROMETHEUS = """\
# loads
groups:
- name: pipelines
  interval: 1m
  rules:
  - record: job:failed:rate1h
    expr: increase(pipeline_runs_total{status="failed"}[1h])
  - alert: OrdersFailed
    expr: job:failed:rate1h{pipeline="load_orders"} > 0
    for: 5m
    labels: {severity: page, team: data}
    annotations:
      summary: Orders did not load
      runbook_url: https://user:hunter2@wiki/orders
  - alert: Nameless
  - expr: up == 0
"""
ALERTMANAGER = """\
global:
  smtp_auth_password: hunter2
route:
  receiver: mail
  routes:
  - matchers: ['severity="page"', 'team=~"data|ml"']
    receiver: on-call
    routes:
    - match: {pipeline: load_orders}
  - receiver: nobody
receivers:
- name: mail
  email_configs: [{to: someone@nordwind.example, auth_password: hunter2}]
- name: on-call
  pagerduty_configs: [{routing_key: hunter2}]
  slack_configs: [{api_url: https://hooks.slack.example/hunter2}]
"""
GRAFANA_RULES = """\
apiVersion: 1
groups:
  - orgId: 1
    name: freshness
    folder: data
    interval: 5m
    rules:
      - uid: abc
        title: Orders are stale
        condition: B
        data:
          - refId: A
            datasourceUid: prom
            model: {expr: 'time() - pipeline_last_success_timestamp_seconds{pipeline="load_orders"}', refId: A}
          - refId: B
            datasourceUid: __expr__
            model: {expression: A, type: threshold, refId: B}
        for: 10m
        labels: {severity: warning}
        annotations: {summary: stale}
      - title: Paused one
        isPaused: true
        condition: A
        data: [{refId: A, model: {rawSql: "SELECT count(*) FROM runs WHERE status = 'failed'"}}]
"""
DASHBOARD = {
    "annotations": {"list": []},
    "panels": [
        {
            "type": "row",
            "title": "Loads",
            "panels": [{"type": "stat", "title": "Success rate", "targets": [{"expr": "a"}]}],
        },
        {"type": "text", "title": "Read me", "gridPos": {"h": 1}},
        {
            "type": "graph",
            "title": "Rows",
            "targets": [{"rawSql": "SELECT rows FROM runs"}, {"query": {"query": "inner"}}],
            "alert": {"name": "No rows", "for": "5m", "message": "nothing came"},
        },
    ],
    "schemaVersion": 39,
    "title": "Pipelines",
}
SECOND_VERSION = {
    "apiVersion": "dashboard.grafana.app/v2beta1",
    "kind": "Dashboard",
    "metadata": {"name": "x"},
    "spec": {
        "title": "Second",
        "elements": {
            "panel-1": {
                "kind": "Panel",
                "spec": {
                    "title": "Runtime",
                    "data": {"spec": {"queries": [{"spec": {"query": {"spec": {"expr": "avg(seconds)"}}}}]}},
                },
            }
        },
    },
}
ALERTS = [
    {
        "labels": {"alertname": "OrdersFailed", "pipeline": "load_orders", "severity": "page"},
        "annotations": {"summary": "Orders did not load"},
        "startsAt": "2026-03-01T02:05:00.000Z",
        "endsAt": "2026-03-01T03:00:00.000Z",
        "fingerprint": "1",
        "status": {"state": "expired"},
    },
    {
        "labels": {"alertname": "StillOpen"},
        "startsAt": "2026-03-02T02:05:00+01:00",
        "endsAt": "2026-03-02T09:00:00Z",
        "status": {"state": "active"},
    },
    {"labels": {"alertname": "Timeless"}, "startsAt": "soon", "endsAt": ""},
]
INCIDENTS = {
    "incidents": [
        {
            "incident_number": 7,
            "title": "load_orders failed",
            "created_at": "2026-03-01T02:05:00Z",
            "resolved_at": "2026-03-01T04:00:00Z",
            "incident_key": "k",
            "service": {"summary": "data"},
            "priority": {"summary": "P1"},
            "acknowledgements": [
                {"at": "2026-03-01T02:20:00Z", "acknowledger": {"summary": "Ada Person"}},
                {"at": "2026-03-01T02:15:00Z"},
            ],
        }
    ]
}
INCIDENTS_CSV = (
    "incident_number,description,service_name,created_on,resolved_on,seconds_to_first_ack,urgency,resolved_by_user_name\n"
    "8,load_orders failed,data,2026-03-01T02:05:00Z,2026-03-01T04:00:00Z,600,high,Ada Person\n"
    "9,never mind,data,,,,low,\n"
)
ANNOTATIONS = [
    {
        "alertId": 1,
        "alertName": "Stale",
        "newState": "Alerting",
        "time": 1772330700000,
        "timeEnd": 1772334300000,
        "text": "x",
    },
    {"alertId": 1, "alertName": "Stale", "newState": "Normal", "time": 1772334300000, "text": "x"},
]


def read(folder: Path, **contents: Any) -> Evidence:
    for name, content in contents.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return collect([Pointer(".")], folder)


def alerting(evidence: Evidence) -> Alerting:
    value = evidence.values["alerting"]
    assert isinstance(value, Alerting)
    return value


def problems(evidence: Evidence, kind: str) -> list[str]:
    source = evidence.source(kind)
    assert source is not None
    return [str(each) for each in source.problems]


def test_rules_of_prometheus_are_read_with_their_lines(tmp_path: Path) -> None:
    evidence = read(tmp_path, rules=PROMETHEUS)
    told = alerting(evidence)
    (rule,) = told.rules
    assert (rule.name, rule.system, rule.group, rule.waits, rule.line) == (
        "OrdersFailed",
        "prometheus",
        "pipelines",
        "5m",
        8,
    )
    assert (rule.labels, rule.says) == ({"severity": "page", "team": "data"}, "Orders did not load")
    assert told.written_out(rule.expression).endswith('increase(pipeline_runs_total{status="failed"}[1h])')
    assert problems(evidence, RULES) == [
        "rules:15: left out: a rule without expr: Nameless",
        "rules:16: left out: a rule without alert or record",
    ]
    assert "hunter2" not in repr(evidence)


def test_a_recording_rule_that_names_itself_ends(tmp_path: Path) -> None:
    text = "groups:\n- name: g\n  rules:\n  - record: a\n    expr: a + b\n"
    text += "  - record: b\n    expr: a\n  - alert: A\n    expr: b > 1\n"
    told = alerting(read(tmp_path, rules=text))
    assert told.written_out("b > 1") == "b > 1\na\na + b"


@pytest.mark.parametrize("wrap", ["resource", "api"])
def test_rules_are_read_in_their_other_forms(tmp_path: Path, wrap: str) -> None:
    if wrap == "resource":
        body = "".join(f"  {line}\n" for line in PROMETHEUS.splitlines())
        content: Any = f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n{body}"
    else:
        rule = {"name": "OrdersFailed", "query": "x > 0", "duration": 300, "type": "alerting", "labels": {}}
        content = {"status": "success", "data": {"groups": [{"name": "pipelines", "rules": [rule]}]}}
    (rule_read,) = alerting(read(tmp_path, rules=content)).rules
    assert (rule_read.name, rule_read.group) == ("OrdersFailed", "pipelines")
    assert rule_read.waits == ("5m" if wrap == "resource" else "300s")


def test_rules_of_grafana_are_read_as_exported_and_as_its_api_gives_them(tmp_path: Path) -> None:
    api = [
        {
            "uid": "x",
            "title": "By API",
            "ruleGroup": "g",
            "condition": "A",
            "data": [{"refId": "A", "model": {"expr": "a"}}],
        }
    ]
    told = alerting(read(tmp_path, export=GRAFANA_RULES, api=api))
    assert [(each.name, each.group, each.paused) for each in told.rules] == [
        ("By API", "g", False),
        ("Orders are stale", "freshness", False),
        ("Paused one", "freshness", True),
    ]
    assert told.rules[1].expression.startswith("time() - pipeline_last_success")
    assert told.rules[1].line == 8
    assert [each.name for each in told.active_rules] == ["By API", "Orders are stale"]


def test_routes_are_read_without_addresses_and_keys(tmp_path: Path) -> None:
    points = {
        "apiVersion": 1,
        "contactPoints": [{"name": "chat", "receivers": [{"type": "slack", "settings": {"url": "https://x/hunter2"}}]}],
    }
    evidence = read(tmp_path, alertmanager=ALERTMANAGER, points=points)
    told = alerting(evidence)
    assert [(each.name, each.channels) for each in told.receivers] == [
        ("mail", ("email",)),
        ("on-call", ("pagerduty", "slack")),
        ("chat", ("slack",)),
    ]
    assert [(each.receiver, each.depth, len(each.matchers)) for each in told.routes] == [
        ("mail", 0, 0),
        ("on-call", 1, 2),
        ("on-call", 2, 3),
        ("nobody", 1, 0),
    ]
    assert told.routes[1].matchers[1] == Matcher("team", "=~", "data|ml")
    assert problems(evidence, ROUTES) == ["alertmanager:3: a route goes to the receiver nobody, which is not there"]
    assert "hunter2" not in repr(evidence)
    assert "nordwind.example" not in repr(evidence)


def test_a_broken_configuration_is_told_without_a_word_of_it(tmp_path: Path) -> None:
    evidence = read(tmp_path, alertmanager=ALERTMANAGER.replace("- name: mail", "- name: 'hunter2 mail"))
    assert "alerting" not in evidence.values
    (problem,) = problems(evidence, ROUTES)
    assert "not YAML that can be read" in problem
    assert "hunter2" not in repr(evidence)


def test_dashboards_are_read_in_both_versions_with_the_alerts_on_their_panels(tmp_path: Path) -> None:
    told = alerting(read(tmp_path, old={"dashboard": DASHBOARD, "meta": {}}, second=SECOND_VERSION))
    assert told.dashboards == ("Pipelines", "Second")
    assert [(each.dashboard, each.title, each.expressions) for each in told.panels] == [
        ("Pipelines", "Success rate", ("a",)),
        ("Pipelines", "Rows", ("SELECT rows FROM runs", "inner")),
        ("Second", "Runtime", ("avg(seconds)",)),
    ]
    assert [(each.name, each.says) for each in told.rules] == [("No rows", "nothing came")]


def test_history_is_read_from_alertmanager_pagerduty_and_grafana(tmp_path: Path) -> None:
    evidence = read(tmp_path, a=ALERTS, b=INCIDENTS, c=INCIDENTS_CSV, d=ANNOTATIONS)
    told = alerting(evidence)
    at = datetime(2026, 3, 1, 2, 5, tzinfo=UTC)
    assert [(each.system, each.name, each.started_at) for each in told.fired] == [
        ("alertmanager", "OrdersFailed", at),
        ("alertmanager", "StillOpen", datetime(2026, 3, 2, 1, 5, tzinfo=UTC)),
        ("pagerduty", "load_orders failed", at),
        ("pagerduty", "load_orders failed", at),
        ("grafana", "Stale", at),
    ]
    assert [each.ended_at is None for each in told.fired] == [False, True, False, False, False]
    assert [each.acknowledged_at and each.acknowledged_at.minute for each in told.fired] == [None, None, 15, 15, None]
    assert [each.severity for each in told.fired] == ["page", "", "P1", "high", ""]
    assert problems(evidence, FIRED) == [
        "a: left out: the alert Timeless has no time at which it started",
        "c:3: left out: incident 9 has no time of its creation",
    ]
    assert "Ada" not in repr(evidence)


def test_messages_of_alertmanager_are_read_line_by_line(tmp_path: Path) -> None:
    firing = {**ALERTS[0], "status": "firing", "endsAt": "0001-01-01T00:00:00Z"}
    resolved = {**ALERTS[0], "status": "resolved"}
    lines = [json.dumps({"version": "4", "alerts": [each]}) for each in (firing, resolved)]
    evidence = read(tmp_path, log="\n".join([lines[0], '{"cut', lines[1]]))
    told = alerting(evidence)
    (fired,) = told.fired  # what two messages say of one alert
    assert (fired.line, fired.ended_at) == (1, datetime(2026, 3, 1, 3, tzinfo=UTC))
    assert len(problems(evidence, FIRED)) == 1


def test_what_is_empty_or_something_else_is_not_taken_for_alerting(tmp_path: Path) -> None:
    evidence = read(
        tmp_path,
        compose="services:\n  prometheus:\n    image: prom/prometheus\n",
        list=[{"id": 1, "labels": ["a"]}],
        config="route: /health\nreceivers: 3\n",
    )
    assert "alerting" not in evidence.values
    told = alerting(read(tmp_path, empty="groups:\n- name: g\n  rules:\n  - alert:  x\n    expr: ''\n"))
    assert (told.rules, told.rule_files) == ((), ("empty",))


def test_matchers_are_read_from_expressions() -> None:
    found = matchers("""rate(a{x="1",y=~'l.*'}[5m]) / b{z!="}"} unless c{w!~`q`}""")
    assert [(each.label, each.operator) for each in found][:2] == [("x", "="), ("y", "=~")]
    assert found[1].admits("load")
    assert not found[1].admits("unload")
    assert Matcher("a", "!=", "b").admits("c")
    assert not Matcher("a", "=~", "(").admits("(")
    assert not Matcher("a", "=~", "(a+)+b").admits("a" * 5000)  # would take a backtracking matcher for ever


def test_strings_in_expressions_have_the_escapes_of_go() -> None:
    [found] = matchers(r"""up{a="\u002d\x41\101\U0001f600\t\"\\"}""")
    assert found.value == '-AA\U0001f600\t"\\'


def test_the_dashboards_kind_counts_panels(tmp_path: Path) -> None:
    source = read(tmp_path, dash=DASHBOARD).source(DASHBOARDS)
    assert source is not None
    assert (source.rows, source.counts) == (3, {"alert": 1, "panel": 2})
