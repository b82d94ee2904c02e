"""What this room makes for use as it is: alert rules for Prometheus, routes for Alertmanager, and the catalogue in plain YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

from decom_nb import log
from decom_nb.phases.monitoring.alert_catalogue import Alert, Catalogue, catalogue_table
from decom_nb.phases.monitoring.alert_severity import LEVELS, severity_table

FOLDER = "alerts"
"""Where they lie among an engagement's deliverables."""
RULES, ROUTES, PLAIN = "prometheus.rules.yaml", "alertmanager.yaml", "catalogue.yaml"
"""The three files."""

_RULES_HEAD = """\
Alert rules of the pipelines, from documents/service_levels.yaml. Check them with: promtool check rules prometheus.rules.yaml

They ask for metrics that decom_nb.log writes out of run logs (write_metrics), each with the label `pipeline`:
"""
_ROUTES_HEAD = """\
Routes by severity for the labels of prometheus.rules.yaml. Give each receiver its channel (pagerduty_configs, slack_configs,
email_configs) before use: until then it tells nobody. Take the file over as yours and edit it; it is not written over then.
"""
_PLAIN_HEAD = """\
The alerts of each pipeline with their severity, reason and source. What has no `expression` no metric of a pipeline tells of;
the audit looks at it.
"""


def files(told: Catalogue) -> dict[str, str]:
    """Give the files by name, each with its text."""
    return {RULES: prometheus_rules(told), ROUTES: alertmanager(), PLAIN: plain(told)}


def prometheus_rules(told: Catalogue) -> str:
    """Give the alerts as a rule file of Prometheus, a group for each pipeline."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in told.alerts:
        if each.expression:
            groups.setdefault(each.pipeline, []).append(_rule(each))
    metrics = "".join(f"  {each.name}: {each.what}\n" for each in log.METRICS)
    return _commented(_RULES_HEAD + metrics) + _dumped({"groups": [{"name": n, "rules": r} for n, r in groups.items()]})


def _rule(alert: Alert) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": alert.alert, "expr": alert.expression}
    if alert.waits != "0s":
        rule["for"] = alert.waits
    rule["labels"] = {name: _literal(value) for name, value in alert.labels.items()}
    rule["annotations"] = {
        "summary": f"{_literal(alert.pipeline)}: {_literal(alert.summary)}",
        "description": _literal(alert.because),
    }
    return rule


def _literal(text: str) -> str:
    """Give text that a template of Prometheus gives back as it is."""
    return text.replace("{{", '{{"{{"}}')


def alertmanager() -> str:
    """Give Alertmanager's configuration: a route for each level, and receivers to be filled in."""
    table, severities = catalogue_table(), severity_table()
    worst = table.routes[0].level
    told = {
        "route": {
            "receiver": table.routes[-1].receiver,
            "group_by": ["pipeline", "severity"],
            "routes": [
                {
                    "matchers": [f'severity="{each.level}"'],
                    "receiver": each.receiver,
                    "group_wait": each.group_wait,
                    "repeat_interval": each.repeat,
                }
                for each in table.routes
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'severity="{worst}"'],
                "target_matchers": [f'severity=~"{"|".join(LEVELS[1:])}"'],
                "equal": ["pipeline"],
            }
        ],
        "receivers": [{"name": each.receiver} for each in table.routes],
    }
    head = _ROUTES_HEAD + "".join(
        f"  {each.level}: {severities.of(each.level).condition}; respond {severities.of(each.level).respond}\n"
        for each in table.routes
    )
    return _commented(head) + _dumped(told)


def plain(told: Catalogue) -> str:
    """Give the catalogue as plain YAML: pipelines, their alerts, and what is missing for more of them."""
    pipelines: dict[str, list[dict[str, Any]]] = {}
    for each in told.alerts:
        row = {"alert": each.alert, "severity": each.level, "kind": each.kind, "summary": each.summary}
        row |= {"expression": each.expression, "waits": each.waits} if each.expression else {}
        pipelines.setdefault(each.pipeline, []).append({**row, "because": each.because, "source": each.source})
    missing: dict[str, list[str]] = {}
    for name, what in told.missing:
        missing.setdefault(name, []).append(what)
    levels = [
        {"severity": each.level, "condition": each.condition, "respond": each.respond}
        for each in severity_table().levels
    ]
    body: Mapping[str, Any] = {
        "severities": levels,
        "pipelines": [{"pipeline": name, "alerts": alerts} for name, alerts in pipelines.items()],
        "not_written_down": missing,
    }
    return _commented(_PLAIN_HEAD) + _dumped(body)


def _commented(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _dumped(data: Any) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    # An entry of the outermost lists begins after an empty line, for people.
    return re.sub(r"\n(- name: .*\n  rules:|- pipeline: )", r"\n\n\1", text)


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML is untyped here
    """Writes every value out; an anchor would be for programs only."""

    def ignore_aliases(self, data: Any) -> bool:
        """Tell that nothing is written as an alias."""
        return True
