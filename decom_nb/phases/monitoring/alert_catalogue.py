"""The alerts that pipelines should have, worked out from their tiers, SLAs, freshness and impact; `deliverables.py` writes them.

What stands in it, and why, is knowledge: tables/alert_catalogue.yaml, with the thresholds of health.yaml and the levels of
alert_severity.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row
from decom_nb.phases.monitoring.alert_severity import LEVELS, Level, severity_table
from decom_nb.phases.monitoring.documents import ServiceLevel, ServiceLevels
from decom_nb.phases.monitoring.health_table import metric
from decom_nb.phases.monitoring.promise import Promises

Need = Literal["sla", "freshness", "budget"]


class AlertRow(Row):
    """One alert as every pipeline may have it."""

    alert: str
    kind: str
    needs: tuple[Need, ...]
    level: Level | Literal["failed", "stale"]
    expression: str
    waits: str
    summary: str


class AuditedRow(Row):
    """One alert that the audit looks at, as no metric of a pipeline tells of it."""

    alert: str
    metric: str
    level: Level
    needs: tuple[Need, ...]
    summary: str


class TierRow(Row):
    """What a failure is taken for without an impact."""

    tier: int | None
    level: Level


class RouteRow(Row):
    """How a level is sent on."""

    level: Level
    receiver: str
    group_wait: str
    repeat: str


class CatalogueTable(BaseModel):
    """tables/alert_catalogue.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alerts: tuple[AlertRow, ...]
    audited: tuple[AuditedRow, ...]
    without_impact: tuple[TierRow, ...]
    routes: tuple[RouteRow, ...]


@cache
def catalogue_table() -> CatalogueTable:
    """Give the knowledge, read once."""
    return knowledge.load(CatalogueTable, Path(__file__).parent / "tables" / "alert_catalogue.yaml")


@dataclass(frozen=True)
class Alert:
    """One alert of one pipeline."""

    pipeline: str
    alert: str
    kind: str
    level: Level
    expression: str
    """PromQL; empty for what the audit looks at."""
    waits: str
    summary: str
    because: str
    source: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Catalogue:
    """The alerts of all pipelines, in the order of their names, and what is missing for more of them."""

    alerts: tuple[Alert, ...]
    missing: tuple[tuple[str, str], ...]
    """Pipelines and what nobody wrote down of them, which leaves an alert out or its level open."""

    @property
    def by_level(self) -> dict[str, int]:
        """Count the alerts by level."""
        return {level: sum(each.level == level for each in self.alerts) for level in LEVELS}


def catalogue(names: Iterable[str], service_levels: ServiceLevels | None, promises: Promises | None) -> Catalogue:
    """Work out the alerts of pipelines by what is written down of them."""
    levels = service_levels or ServiceLevels()
    alerts: list[Alert] = []
    missing: list[tuple[str, str]] = []
    for name in names:
        level = levels.of(name)
        sla = promises.runtime[name].value if promises and name in promises.runtime else levels.sla_minutes(name)
        fresh = promises.freshness[name].value if promises and name in promises.freshness else None
        fresh = fresh if fresh is not None or level is None else level.freshness_hours
        told = _Told(name, level, sla, fresh)
        alerts += told.alerts()
        missing += [(name, each) for each in told.missing()]
    return Catalogue(tuple(alerts), tuple(missing))


@dataclass(frozen=True)
class _Told:
    """What is known of one pipeline."""

    name: str
    level: ServiceLevel | None
    sla: float | None
    fresh: float | None

    def alerts(self) -> Iterable[Alert]:
        """Give its alerts, those that the audit looks at last."""
        table = catalogue_table()
        values = self._values()
        for row in table.alerts:
            if self._has(row.needs):
                expression = _filled(" ".join(row.expression.split()), values)
                yield self._alert(
                    row, row.kind, self._level(row.level), expression, row.waits, _filled(row.summary, values)
                )
        for audited in table.audited:
            if self._has(audited.needs):
                values |= {"threshold": _threshold(audited.metric)}
                yield self._alert(audited, audited.metric, audited.level, "", "", _filled(audited.summary, values))

    def missing(self) -> Iterable[str]:
        """Say what nobody wrote down."""
        if self.level is None or self.level.impact is None:
            yield "impact"
        if self.sla is None:
            yield "sla_minutes"
        if self.fresh is None:
            yield "freshness_hours"

    def _alert(
        self, row: AlertRow | AuditedRow, kind: str, level: Level, expression: str, waits: str, summary: str
    ) -> Alert:
        labels = {"pipeline": self.name, "severity": level, "kind": kind, "respond": severity_table().of(level).respond}
        if self.level and self.level.tier:
            labels["tier"] = str(self.level.tier)
        if self.level and self.level.owner:
            labels["owner"] = self.level.owner
        return Alert(self.name, row.alert, kind, level, expression, waits, summary, row.because, row.source, labels)

    def _has(self, needs: Iterable[Need]) -> bool:
        there = {
            "sla": self.sla is not None,
            "freshness": self.fresh is not None,
            "budget": self.level is not None and self.level.budget_monthly_usd is not None,
        }
        return all(there[each] for each in needs)

    def _level(self, given: str) -> Level:
        """Give a level, by what hangs on the pipeline where the row asks for that."""
        for level in LEVELS:
            if given == level:
                return level
        table = severity_table()
        impact = self.level.impact if self.level else None
        tier = self.level.tier if self.level else None
        if impact is None:
            return next(each.level for each in catalogue_table().without_impact if each.tier == tier)
        row = table.impact(impact)
        if given == "failed":
            return row.failed
        critical = table.critical.stale if tier == table.critical.tier else row.stale
        return min(row.stale, critical, key=LEVELS.index)

    def _values(self) -> dict[str, str]:
        matcher = f'pipeline="{_quoted(self.name)}"'
        thresholds = {"near": "runtime", "far": "volume", "passed": "checks", "succeeded": "success_rate"}
        values = {"labels": f"{{{matcher}}}", "success_labels": f'{{{matcher}, status="success"}}'}
        for name, of in thresholds.items():
            values |= {name: f"{metric(of).alert:g}", f"{name}_percent": f"{metric(of).alert * 100:g} %"}
        if self.sla is not None:
            values |= {"sla": f"{self.sla * 60:.12g}", "sla_minutes": f"{self.sla:g}"}
        if self.fresh is not None:
            values |= {"fresh": f"{self.fresh * 3600:.12g}", "fresh_hours": f"{self.fresh:g}"}
        if self.level and self.level.budget_monthly_usd is not None:
            values["budget"] = f"{self.level.budget_monthly_usd:,.10g}"
        return values


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in the places of their names; what else is in braces stays, and nothing that is put in is looked at again.

    >>> _filled("a{labels} > {sla} by {x}", {"labels": "{p=1}", "sla": "{labels}"})
    'a{p=1} > {labels} by {x}'
    """
    parts = text.split("{")
    out = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        out.append(values[name] + rest if closed and name in values else "{" + part)
    return "".join(out)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _threshold(name: str) -> str:
    found = metric(name)
    return f"{found.alert:g}" if found.unit == "count" else f"{found.alert * 100:g} %"
