"""Reads Grafana dashboards as exported, as its API gives them, or in version 2: panels, and the alerts of old on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from decom_nb.evidence.alerting import AlertRule, Panel
from decom_nb.evidence.alerting_rules import asked
from decom_nb.evidence.json_file import mapping, sequence, text

_DEEPEST = 10
_NO_PANELS = ("row", "text", "news", "dashlist")
"""Types of panel that show no figure."""


@dataclass
class Dashboard:
    """One dashboard: its title, its panels, and the alert rules that Grafana up to version 8 kept with panels."""

    title: str
    panels: list[Panel] = field(default_factory=list)
    rules: list[AlertRule] = field(default_factory=list)


def dashboard_of(data: Any, origin: str) -> Dashboard:
    """Read one dashboard."""
    top = mapping(data)
    inner = mapping(top.get("dashboard")) or (mapping(top.get("spec")) if "panels" not in top else {}) or top
    title = text(inner.get("title")) or text(mapping(top.get("metadata")).get("name")) or origin
    made = Dashboard(title)
    for panel in _panels(inner, 0):
        kind = text(panel.get("type"))
        if kind in _NO_PANELS:
            continue
        queries = tuple(query for target in sequence(panel.get("targets")) for query in asked(mapping(target)))
        made.panels.append(Panel(title, text(panel.get("title")), queries, origin))
        alert = mapping(panel.get("alert"))
        if alert:
            name = text(alert.get("name")) or text(panel.get("title"))
            waits = text(alert.get("for"))
            expression = "\n".join(queries)
            says = text(alert.get("message"))
            made.rules.append(AlertRule(name, "grafana", title, expression, {}, says, waits, False, origin))
    for element in mapping(inner.get("elements")).values():
        told = mapping(mapping(element).get("spec"))
        if mapping(element).get("kind") == "Panel":
            made.panels.append(Panel(title, text(told.get("title")), tuple(_second(told)), origin))
    return made


def _panels(holder: Any, depth: int) -> Iterator[Any]:
    """Give all panels; those of a folded row lie within it, and before version 5 all lay in rows."""
    if depth > _DEEPEST:
        return
    for each in (*sequence(holder.get("panels")), *sequence(holder.get("rows"))):
        panel = mapping(each)
        if "targets" in panel or "type" in panel or "title" in panel:
            yield panel
        yield from _panels(panel, depth + 1)


def _second(panel: Any) -> Iterator[str]:
    """Give the queries of a panel of the second version's schema."""
    data = mapping(mapping(panel.get("data")).get("spec"))
    for each in sequence(data.get("queries")):
        query = mapping(mapping(mapping(each).get("spec")).get("query"))
        yield from asked(mapping(query.get("spec")))
