"""How the volume grows: GB per day × growth × retention, month by month, with a band. Measures and charts show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting
from decom_nb.phases.architecture.documents import Brief

_TABLES = Path(__file__).parent / "tables"
_DAYS_PER_MONTH = 365.25 / 12

Quantity = Literal["unit_gb", "stored_gb"]


class Limit(Row):
    """Up to which size a tool is comfortable."""

    tool: str
    question: str
    quantity: Quantity
    limit_gb: float = Field(gt=0)


class GrowthTable(BaseModel):
    """What is known about growth and limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon_months: Setting
    near_real_time_units_per_day: Setting
    uncertainty_share: Setting
    uncertainty_least: Setting
    soft: Setting
    limits: tuple[Limit, ...]


@cache
def growth_table() -> GrowthTable:
    """Give the room's knowledge of growth and limits."""
    return knowledge.load(GrowthTable, _TABLES / "growth.yaml", sources=knowledge.citations(_TABLES))


@dataclass(frozen=True)
class Volume:
    """How much data arrives, how fast that grows and how long it is kept; rates are per year, 0.4 for 40 %."""

    gb_per_day: float
    rate: float
    retention_months: float | None
    unit_gb: float | None
    stored_known_gb: float | None = None

    def per_day(self, month: float, rate: float) -> float:
        """Give the daily volume so many months from now; months before now grew at the rate that is known."""
        return float(self.gb_per_day * (1 + (rate if month > 0 else self.rate)) ** (month / 12))

    def per_unit(self, month: float, rate: float) -> float | None:
        """Give what is processed in one go so many months from now."""
        return None if self.unit_gb is None else float(self.unit_gb * (1 + rate) ** (month / 12))

    def stored(self, month: int, rate: float) -> float | None:
        """Give what is stored so many months from now: everything that arrived within the retention before it.

        Where somebody said what is stored today, the sum is scaled to that.
        """
        if self.retention_months is None:
            return self.stored_known_gb if month == 0 else None
        now = self._within_retention(0, self.rate)
        scale = self.stored_known_gb / now if self.stored_known_gb is not None and now else 1.0
        return scale * self._within_retention(month, rate)

    def _within_retention(self, month: int, rate: float) -> float:
        whole = int(self.retention_months or 0)
        part = (self.retention_months or 0) - whole
        days = [self.per_day(month - back, rate) for back in range(whole)]
        return _DAYS_PER_MONTH * (sum(days) + part * self.per_day(month - whole, rate))


def volume_of(brief: Brief) -> Volume | None:
    """Give the brief's volume, None where it does not say how much arrives; growth that nobody named counts as none."""
    said, signals = brief.current_state.data_volume, brief.signals
    if not said.current_gb_per_day:
        return None
    return Volume(
        gb_per_day=said.current_gb_per_day,
        rate=(said.growth_rate_percent or 0.0) / 100,
        retention_months=said.retention_months or None,
        unit_gb=unit_today(brief),
        stored_known_gb=signals.stored_gb or None,
    )


def unit_today(brief: Brief) -> float | None:
    """Give what is processed in one go today, as the brief says it or as it follows from volume and latency.

    A load that runs for somebody patient takes a day's data, one for readers who want minutes takes minutes; where all
    want each event as it comes, there is no unit.
    """
    if brief.signals.unit_of_work_gb:
        return brief.signals.unit_of_work_gb
    per_day = brief.current_state.data_volume.current_gb_per_day
    latencies = {consumer.latency_requirement for consumer in brief.data_consumers} or {None}
    if not per_day or latencies == {"real-time"}:
        return None
    if latencies <= {"real-time", "near-real-time"}:
        return per_day / growth_table().near_real_time_units_per_day.value
    return per_day


def stored_today(brief: Brief) -> float | None:
    """Give what is stored today, as the brief says it or as it follows from volume and retention."""
    volume = volume_of(brief)
    return (volume.stored(0, volume.rate) if volume else None) or brief.signals.stored_gb or None


def band(brief: Brief) -> tuple[float, float] | None:
    """Give the lowest and highest growth rate to reckon with, None where the brief names no growth."""
    percent = brief.current_state.data_volume.growth_rate_percent
    if percent is None:
        return None
    table, said = growth_table(), brief.signals.growth_uncertainty_percent
    off = said if said is not None else max(abs(percent) * table.uncertainty_share.value, table.uncertainty_least.value)
    return max(percent - off, -99.0) / 100, (percent + off) / 100


@dataclass(frozen=True)
class Step:
    """One month of the projection; of each figure the expected one, and the band."""

    month: str
    months_ahead: int
    unit_gb: tuple[float, float, float] | None
    stored_gb: tuple[float, float, float] | None


def steps(brief: Brief, today: date) -> Iterator[Step]:
    """Give month after month up to the horizon; nothing where volume or growth is not known."""
    volume, ends = volume_of(brief), band(brief)
    if volume is None or ends is None:
        return
    rates = (volume.rate, *ends)
    start = brief.signals.as_of or today
    for ahead in range(int(growth_table().horizon_months.value) + 1):
        units = [volume.per_unit(ahead, rate) for rate in rates]
        stored = [volume.stored(ahead, rate) for rate in rates]
        yield Step(month=month_name(start, ahead), months_ahead=ahead, unit_gb=_three(units), stored_gb=_three(stored))


def _three(figures: list[float | None]) -> tuple[float, float, float] | None:
    known = [figure for figure in figures if figure is not None]
    return (known[0], known[1], known[2]) if len(known) == 3 else None


def month_name(start: date, ahead: int) -> str:
    """Give the month so many months after a day.

    >>> month_name(date(2026, 11, 23), 2)
    '2027-01'
    """
    months = start.year * 12 + start.month - 1 + ahead
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
