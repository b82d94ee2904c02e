"""How bad a failure is: P0 to P3 by the methodology's conditions, with the reason, and as a range where something is not known.

The conditions and response times are knowledge: tables/alert_severity.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.history import History
from decom_nb.knowledge import Row, Setting
from decom_nb.phases.monitoring.documents import ServiceLevel
from decom_nb.wording import floored

Level = Literal["P0", "P1", "P2", "P3"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""From worst to mildest."""

_MOST_HOURS = 48
"""More hours are told in days."""
_WEEKEND = 5
"""The first day of it, counted from Monday as 0."""


class LevelRow(Row):
    """One of the four levels."""

    level: Level
    condition: str
    example: str
    respond: str
    minutes: float | None = None
    business_days: int = 0

    def due(self, at: datetime) -> datetime:
        """Give until when somebody has to have responded to what happened at a time.

        >>> from datetime import datetime
        >>> severity_table().of("P3").due(datetime(2026, 10, 16, 3)).isoformat()  # a Friday
        '2026-10-20T00:00:00'
        """
        if self.minutes is not None:
            return at + timedelta(minutes=self.minutes)
        day, left = at.replace(hour=0, minute=0, second=0, microsecond=0), self.business_days
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < _WEEKEND
        return day + timedelta(days=1)


class ImpactRow(Row):
    """What a failure of a pipeline with this impact is."""

    impact: str
    failed: Level
    stale: Level
    says: str


class Critical(Row):
    """What makes a stale pipeline business-critical."""

    tier: int
    stale: Level
    says: str


class UnknownImpact(Row):
    """How bad and how harmless a failure may be of which nobody knows what hangs on it."""

    worst: Level
    best: Level
    says: str


class Fixed(Row):
    """A level that something has."""

    level: Level


class SeverityTable(BaseModel):
    """tables/alert_severity.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: tuple[LevelRow, ...]
    impacts: tuple[ImpactRow, ...]
    critical: Critical
    unknown: UnknownImpact
    warning: Fixed
    near_sla: Setting
    over_sla: Fixed
    stale_hours: Setting

    def of(self, level: Level) -> LevelRow:
        """Give a level by its short name."""
        return next(each for each in self.levels if each.level == level)

    def impact(self, name: str) -> ImpactRow:
        """Give the row of an impact."""
        return next(each for each in self.impacts if each.impact == name)


@cache
def severity_table() -> SeverityTable:
    """Give the knowledge, read once."""
    return knowledge.load(SeverityTable, Path(__file__).parent / "tables" / "alert_severity.yaml")


@dataclass(frozen=True)
class Happened:
    """Something that went wrong or nearly did: a failure with what ended it, or a run that was partial or slow."""

    pipeline: str
    run_id: str
    what: str
    """``failed``, ``partial``, ``slow`` (near its SLA) or ``late`` (over it)."""
    began_at: datetime
    at: datetime
    """When the first failed run ended, or the slow one."""
    over_at: datetime | None
    """When it was made good; nothing if it has not been by the end of the history, or was nothing to make good."""
    known_until: datetime
    last_success_at: datetime | None
    """When the last success before it ended."""
    share_of_sla: float | None = None
    caused_by: str = ""


@dataclass(frozen=True)
class Severity:
    """A level, or a range of them from `worst` to `best`, and how it came about."""

    worst: Level
    best: Level
    reason: str
    stale_hours: float | None = None
    """How old the data had become; nothing where that is not known."""

    @property
    def shown(self) -> str:
        """Give the level, or the range."""
        return self.worst if self.worst == self.best else f"{self.worst} to {self.best}"


def severity(happened: Happened, level: ServiceLevel | None, promised_hours: float | None = None) -> Severity:
    """Judge what happened to a pipeline by what is written down of it; `promised_hours` is how old its data may become."""
    table = severity_table()
    if happened.what == "partial":
        return _both(table.warning.level, "The run was partial: a warning, as nothing failed.")
    if happened.what in ("slow", "late"):
        fixed = table.warning if happened.what == "slow" else table.over_sla
        share = floored(happened.share_of_sla or 0)
        return _both(
            fixed.level,
            f"The run took {share} of its SLA"
            + (": a warning, as it was kept." if happened.what == "slow" else ", and nothing failed."),
        )
    stale, hours, told = _staleness(happened, promised_hours)
    impact = level.impact if level else None
    critical = level is not None and level.tier == table.critical.tier
    floor = table.critical.stale if critical and stale else None
    if impact is None:
        best = _worse(table.unknown.best, floor)
        missing = table.unknown.says + (", but that it is critical (tier 1)" if critical else "")
        return Severity(table.unknown.worst, best, f"{_capital(missing)}; {told}.", hours)
    row = table.impact(impact)
    own = row.stale if stale else row.failed
    found = _worse(own, floor)
    why = row.says if found == own else table.critical.says
    return Severity(found, found, f"{_capital(why)}; {told}.", hours)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _both(level: Level, reason: str) -> Severity:
    return Severity(level, level, reason)


def _worse(level: Level, other: Level | None) -> Level:
    return level if other is None or LEVELS.index(level) <= LEVELS.index(other) else other


def _staleness(happened: Happened, promised: float | None) -> tuple[bool, float | None, str]:
    """Say whether the data became staler than it may be before it was made good, how old it got, and that in words."""
    until = happened.over_at or happened.known_until
    still = "" if happened.over_at else " at the end of what is known"
    if promised is not None and happened.last_success_at is not None:
        hours = (until - happened.last_success_at).total_seconds() / 3600
        stale = hours > promised
        told = f"its data grew {_hours(hours)} old{still}, where {promised:g} h are promised"
        return stale, hours, told
    limit = promised if promised is not None else severity_table().stale_hours.value
    hours = (until - happened.at).total_seconds() / 3600
    made_good = f"was made good after {_hours(hours)}" if happened.over_at else f"was open for {_hours(hours)}{still}"
    against = (
        f"{limit:g} h are promised"
        if promised is not None
        else f"{limit:g} h make it stale, as no freshness is promised"
    )
    return hours > limit, None, f"it {made_good}, where {against}"


def _hours(hours: float) -> str:
    """Give a time as a person says it, in days where it is more than two.

    >>> [_hours(hours) for hours in (0.5, 26, 48, 168, 17434.6)]
    ['30 min', '26.0 h', '48.0 h', '7.0 days', '726.4 days']
    """
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.1f} h" if hours <= _MOST_HOURS else f"{hours / 24:.1f} days"


_SUCCESSES = """
SELECT pipeline, started_at, max(ended_at) FILTER (status = 'success') OVER (
    PARTITION BY pipeline ORDER BY started_at, ended_at, run_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
) AS last_success_at
FROM history.runs QUALIFY status IN ('failed', 'partial')
"""

_SLOW = """
SELECT
    pipeline, run_id, started_at, ended_at, seconds / 60 / limit_minutes AS share,
    CASE WHEN seconds / 60 > limit_minutes THEN 'late' ELSE 'slow' END AS what,
    count(*) OVER (PARTITION BY what) AS of_them
FROM history.runs
JOIN (SELECT unnest($pipelines) AS pipeline, unnest($limits) AS limit_minutes) USING (pipeline)
WHERE status = 'success' AND seconds / 60 >= $near * limit_minutes AND ended_at IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY what ORDER BY ended_at DESC, pipeline, run_id) <= $most
ORDER BY ended_at, pipeline, run_id
"""


def happenings(history: History, within: timedelta) -> tuple[Happened, ...]:
    """Give all that went wrong in a history, by time; what is upstream is a cause if it began no longer than `within` before.

    Failures in a row are one, as somebody who is called for the first does not have to be called again.
    """
    before = {(row["pipeline"], row["started_at"]): row["last_success_at"] for row in history.query(_SUCCESSES)}
    found = [
        Happened(
            each.pipeline,
            each.run_id,
            each.status,
            each.began_at,
            each.failed_at,
            each.recovered_at,
            history.end or each.failed_at,
            before.get((each.pipeline, each.began_at)),
            caused_by=each.root,
        )
        for each in history.chains(within)
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.pipeline, each.run_id)))


def near_misses(
    history: History, limits: Mapping[str, float], most: int
) -> tuple[tuple[Happened, ...], dict[str, int]]:
    """Give runs that succeeded and came close to their SLA or broke it: the newest of both, by time, and how many there were.

    `limits` are the SLAs in minutes, by pipeline.
    """
    if not limits:
        return (), {}
    asked: dict[str, Any] = {"pipelines": list(limits), "limits": list(limits.values()), "most": most}
    rows = history.query(_SLOW, {**asked, "near": severity_table().near_sla.value})
    found = tuple(
        Happened(
            row["pipeline"],
            row["run_id"],
            row["what"],
            row["started_at"],
            row["ended_at"],
            row["ended_at"],
            row["ended_at"],
            None,
            share_of_sla=row["share"],
        )
        for row in rows
    )
    return found, {row["what"]: row["of_them"] for row in rows}
