"""Alerts on consumers and connectors that fall behind, as a file of Prometheus rules."""

from __future__ import annotations

import math
from typing import Any

from decom_nb.phases.patterns.connector.capture_document import Capture


def lag_alerts(capture: Capture) -> dict[str, Any]:
    """Give the rules: consumer groups behind their topics, connectors behind their database, or connectors that are gone.

    The metrics are those of kafka_exporter (`kafka_consumergroup_lag`) and of Debezium's JMX exporter.
    """
    minutes = f"{math.ceil(capture.lag.minutes)}m"
    rules = [
        _rule(
            f"{_camel(sink.name)}FallsBehind",
            f"sum by (consumergroup) (kafka_consumergroup_lag{_group(sink.name)}) > {capture.lag.messages}",
            minutes,
            f"{sink.name} is more than {capture.lag.messages:,} messages behind its topics",
        )
        for sink in capture.sinks
    ]
    for database in capture.databases:
        at = f'{{name="{database.connector}"}}'
        behind = math.ceil(capture.lag.source_seconds * 1000)
        rules += [
            _rule(
                f"{_camel(database.connector)}FallsBehindItsDatabase",
                f"max by (name) (debezium_metrics_millisecondsbehindsource{at}) > {behind}",
                minutes,
                f"{database.connector} is more than {capture.lag.source_seconds:g} seconds behind its database",
            ),
            _rule(
                f"{_camel(database.connector)}IsGone",
                f"max by (name) (debezium_metrics_connected{at}) == 0 or absent(debezium_metrics_connected{at})",
                minutes,
                f"{database.connector} is not connected: the database keeps its log for it until the disk is full",
            ),
        ]
    return {"groups": [{"name": "change-data-capture", "rules": rules}]}


def _rule(name: str, expression: str, waits: str, summary: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": waits,
        "labels": {"severity": "P1"},
        "annotations": {"summary": summary},
    }


def _group(sink: str) -> str:
    """Select a sink's consumer group; Kafka Connect puts a word before the name of its own."""
    plain = sink.replace(".", r"\\.")
    return f'{{consumergroup=~"(connect-)?{plain}"}}'


def _camel(name: str) -> str:
    """Give a name as one word of an alert.

    >>> _camel("shop-eu.1")
    'ShopEu1'
    """
    return "".join(part[:1].upper() + part[1:] for part in name.replace(".", "-").replace("_", "-").split("-") if part)
