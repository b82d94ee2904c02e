"""Which of the eight health metrics a platform's dashboards show, told by the words of tables/dashboard_metrics.yaml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.evidence.alerting import Alerting, Panel
from decom_nb.knowledge import Row
from decom_nb.phases.monitoring.alert_kind import names_in, words_of


class MetricRow(Row):
    """One health metric, and how a panel that shows it is recognised."""

    metric: str
    title: str
    words: tuple[str, ...]

    def shown_by(self, panel: Panel) -> bool:
        """Tell whether a panel shows it."""
        pattern = re.compile(rf"\b(?:{'|'.join(self.words)})\b")
        texts = [panel.title, *(name for each in panel.expressions for name in names_in(each))]
        return any(pattern.search(words_of(text)) for text in texts)


class MetricTable(BaseModel):
    """tables/dashboard_metrics.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[MetricRow, ...]


@cache
def metric_table() -> MetricTable:
    """Give the knowledge, read once."""
    return knowledge.load(MetricTable, Path(__file__).parent / "tables" / "dashboard_metrics.yaml")


def shown(alerting: Alerting) -> dict[str, tuple[Panel, ...]]:
    """Give for each of the eight metrics, by title, the panels that show it."""
    return {
        row.title: tuple(panel for panel in alerting.panels if row.shown_by(panel)) for row in metric_table().metrics
    }
