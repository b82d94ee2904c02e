"""Pipelines that should have run and did not: by the schedule that is written down, or by how they ran before.

A run that never began fails nowhere. Where all that a pipeline's source tells ends long before the rest of the evidence, it
cannot be told whether the pipeline stopped or its runs were not handed over: that is to be looked at, and no alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from decom_nb.history import WORDS, History
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.health_table import health_table
from decom_nb.schedule import schedule


@dataclass(frozen=True, slots=True)
class Due:
    """How a pipeline kept its schedule up to the end of the evidence."""

    pipeline: str
    state: Literal["alert", "watch", "ok"]
    """``alert`` if its source goes on and tells of no run, ``watch`` if its source ends too."""
    schedule: str
    """When it should run, in words, and by what that is known."""
    last_at: datetime
    """When its last run began."""
    days: int
    """How many whole days that is before the evidence ends."""
    source: str
    source_ends: datetime

    @property
    def says(self) -> str:
        """Give what is the matter as a sentence."""
        told = f"It should run {self.schedule}; its last run began {self.last_at:%Y-%m-%d %H:%M}, {_days(self.days)}"
        told += " before the evidence ends"
        if self.state == "watch":
            return (
                f"{told}, and what is known from {self.source} ends on {self.source_ends:%Y-%m-%d} too: either it stopped, "
                "or its later runs were not handed over."
            )
        return f"{told}."

    def row(self) -> dict[str, Any]:
        """Give it as it is kept in the audit."""
        return {
            "pipeline": self.pipeline,
            "state": self.state,
            "schedule": self.schedule,
            "last_run": self.last_at.isoformat(),
            "days": self.days,
            "says": self.says,
        }


def due(
    history: History, levels: ServiceLevels | None, now: Mapping[str, datetime], end: datetime | None
) -> tuple[Due, ...]:
    """Hold each pipeline of which it is known when it should run against its last run; `now` is where its source ends."""
    if end is None:
        return ()
    levels = levels or ServiceLevels()
    settings = health_table().settings
    missing, gap = settings.missed_runs.value, timedelta(days=settings.source_gap_days.value)
    usual = {row["pipeline"]: row for row in history.query(_USUAL, {"runs": int(settings.usual_runs.value)})}
    found = []
    for each in history.pipelines:
        last = each.last_started_at
        if last is None or last > end:
            continue
        own = levels.of(each.name)
        planned = schedule(own.schedule) if own else None
        if planned is not None and own is not None:
            words = f"by its schedule in documents/service_levels.yaml ({own.schedule})"
            here, there = planned.between(last, now[each.name]), planned.between(last, end)
            stopped, perhaps = here >= missing, there >= missing
        elif each.name in usual:
            row = usual[each.name]
            words = f"about every {_every(row['median'])} as in its last {row['runs']} runs"
            longest = timedelta(seconds=missing * row["long"])
            stopped, perhaps = now[each.name] - last > longest, end - last > longest
        else:
            continue
        state: Literal["alert", "watch", "ok"] = "alert" if stopped else "ok"
        if perhaps and not stopped and end - now[each.name] >= gap:
            state = "watch"
        source = WORDS[each.source]
        found.append(Due(each.name, state, words, last, (end - last).days, source, now[each.name]))
    return tuple(sorted(found, key=lambda one: (("alert", "watch", "ok").index(one.state), -one.days, one.pipeline)))


_USUAL = """
WITH gaps AS (
    SELECT pipeline, epoch(started_at - lag(started_at) OVER (PARTITION BY pipeline ORDER BY started_at)) AS gap
    FROM history.runs WHERE started_at IS NOT NULL AND status <> 'skipped'
)

SELECT pipeline, count(*) + 1 AS runs, median(gap) AS median, quantile_cont(gap, 0.95) AS long
FROM gaps WHERE gap > 0 GROUP BY pipeline HAVING count(*) + 1 >= $runs
"""


def _every(seconds: float) -> str:
    """Give a span in words.

    >>> [_every(seconds) for seconds in (600, 3600, 86400, 129600, 604800)]
    ['10 minutes', 'hour', 'day', '36 hours', '7 days']
    """
    for size, word in ((86400, "day"), (3600, "hour")):
        count = round(seconds / size, 1)
        if count >= 1 and count == int(count):
            return word if count == 1 else f"{count:g} {word}s"
    minutes = max(1, round(seconds / 60))
    return f"{minutes} minutes" if minutes % 60 else f"{minutes // 60} hours"


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
