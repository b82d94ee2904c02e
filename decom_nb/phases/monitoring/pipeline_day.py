"""Runs by day: what each pipeline did on each day, for calendars, volumes, durations and what is unusual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from statistics import median
from typing import Any

from decom_nb.history import History
from decom_nb.phases.monitoring.documents import ServiceLevels

MOST_PIPELINES = 200
"""How many pipelines are looked at day by day: those of the first tier first, then those that fail and run most."""

MOST_DAYS = 400
"""How far back days go from the end of the evidence."""

USUAL_OF = 14
"""From how many days before it is taken how many runs a day has."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one pipeline did on one day, in UTC by when its runs started."""

    day: date
    runs: int
    failed: int
    partial: int
    open: int
    rows: int | None
    seconds: float | None
    """The median of runs that ended and did not fail."""
    longest: float | None
    """The longest of them."""


@dataclass(frozen=True)
class Days:
    """Days with a run, in order, by pipeline; `total` says how many pipelines there are in all."""

    by_pipeline: Mapping[str, tuple[Day, ...]]
    total: int
    ends: Mapping[str, date]

    def whole(self, pipeline: str) -> tuple[Day, ...]:
        """Give the days of a pipeline without the last one, should the evidence have ended in the middle of it."""
        days = self.by_pipeline.get(pipeline, ())
        if not days or days[-1].day < self.ends[pipeline]:
            return days
        before = [each.runs for each in days[-1 - USUAL_OF : -1]]
        return days[:-1] if before and days[-1].runs < median(before) else days

    @cached_property
    def last(self) -> date | None:
        """The last day of all."""
        return max((days[-1].day for days in self.by_pipeline.values() if days), default=None)


def pipeline_days(history: History, levels: ServiceLevels | None, now: Mapping[str, datetime]) -> Days:
    """Give what the pipelines that matter most did, day by day."""
    levels = levels or ServiceLevels()

    def weight(name: str) -> tuple[Any, ...]:
        own, each = levels.of(name), by_name[name]
        return (own.tier or 4 if own else 4, -(each.failed + each.partial), -each.runs, name)

    by_name = {each.name: each for each in history.pipelines if each.runs or each.running or each.incomplete}
    chosen = sorted(by_name, key=weight)[:MOST_PIPELINES]
    values = {
        "pipelines": chosen,
        "nows": [now[name].replace(tzinfo=None) for name in chosen],
        "days": MOST_DAYS,
    }
    found: dict[str, list[Day]] = {name: [] for name in chosen}
    for row in history.query(_DAYS, values) if chosen else ():
        found[row.pop("pipeline")].append(Day(**row))
    ends = {name: now[name].date() for name in chosen}
    return Days({name: tuple(days) for name, days in found.items()}, len(by_name), ends)


_DAYS = """
WITH moments AS (
    SELECT unnest(CAST($pipelines AS VARCHAR[])) AS pipeline, unnest(CAST($nows AS TIMESTAMP[])) AS now
)

SELECT
    pipeline, CAST(started_at AS DATE) AS day,
    count(*) AS runs,
    count(*) FILTER (status = 'failed') AS failed,
    count(*) FILTER (status = 'partial') AS partial,
    count(*) FILTER (status IN ('running', 'incomplete')) AS open,
    CAST(sum(rows_written) FILTER (status IN ('success', 'partial')) AS HUGEINT) AS rows,
    median(seconds) FILTER (status IN ('success', 'partial')) AS seconds,
    max(seconds) FILTER (status IN ('success', 'partial')) AS longest
FROM history.runs JOIN moments USING (pipeline)
WHERE started_at <= now AND started_at > now - to_days($days) AND status <> 'skipped'
GROUP BY ALL ORDER BY ALL
"""
