"""The eight health metrics as knowledge, and what a value is worth against target and alert threshold: tables/health.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting

State = Literal["ok", "watch", "alert", "unsure", "not_known"]

STATES: tuple[State, ...] = ("alert", "unsure", "watch", "ok", "not_known")
"""From what needs somebody to what nobody can tell."""


class HealthMetric(Row):
    """One metric of the dashboard."""

    metric: str
    title: str
    formula: str
    unit: str
    better: Literal["high", "low"]
    target: float
    alert: float

    def state(self, value: float | None, low: float | None = None, high: float | None = None) -> State:
        """Say how a value stands; `low` and `high` are the ends of its interval where it is a share of few.

        It is an alert beyond the threshold, and unsure while the threshold lies within the interval; between the threshold and
        the target somebody should watch it.
        """
        if value is None:
            return "not_known"
        if low is not None and high is not None and low < self.alert <= high:
            return "unsure"
        if value < self.alert if self.better == "high" else value > self.alert:
            return "alert"
        reached = value >= self.target if self.better == "high" else value <= self.target
        return "ok" if reached else "watch"


class HealthSettings(BaseModel):
    """Over which stretches of time the metrics look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_days: Setting
    runtime_days: Setting
    volume_days: Setting
    failed_hours: Setting
    stale_after_days: Setting
    missed_runs: Setting
    usual_runs: Setting
    source_gap_days: Setting


class HealthTable(BaseModel):
    """The metrics in the methodology's order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[HealthMetric, ...]
    settings: HealthSettings


@cache
def health_table() -> HealthTable:
    """Give the room's knowledge of health metrics."""
    return knowledge.load(HealthTable, Path(__file__).parent / "tables" / "health.yaml")


def metric(name: str) -> HealthMetric:
    """Give one metric by name."""
    return next(each for each in health_table().metrics if each.metric == name)
