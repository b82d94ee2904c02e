"""Whether failures were noticed in time: what failed, held against the alerts that fired and the time that its severity leaves.

Where an export tells when somebody took an alert up, that is when it was noticed; else when it fired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from decom_nb.evidence.alerting import Alerting, Fired
from decom_nb.history import History
from decom_nb.phases.monitoring.alert_coverage import Coverage, coverage
from decom_nb.phases.monitoring.alert_pipeline import pipeline_names
from decom_nb.phases.monitoring.alert_severity import (
    Happened,
    Level,
    Severity,
    happenings,
    severity,
    severity_table,
)
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.irregular import alert_early, cause_within
from decom_nb.phases.monitoring.promise import Promises

State = Literal["in time", "late", "unnoticed", "made good before"]

_TELLING = frozenset({"failure", "freshness"})
"""What an alert has to be about to tell of a failed run; one of which nothing tells what it is about may tell of it too."""


@dataclass(frozen=True)
class Notice:
    """One failure, how bad it is, and how it was noticed."""

    happened: Happened
    severity: Severity
    alert: Fired | None
    noticed_at: datetime | None
    acknowledged: bool

    def state(self, level: Level) -> State:
        """Say how it went, were the failure of that level."""
        due = severity_table().of(level).due(self.happened.at)
        if self.noticed_at is not None:
            return "in time" if self.noticed_at <= due else "late"
        over = self.happened.over_at
        return "made good before" if over is not None and over <= due else "unnoticed"

    @property
    def minutes(self) -> float | None:
        """How long after its end the failure was noticed; nothing if it was not."""
        return None if self.noticed_at is None else max(0.0, (self.noticed_at - self.happened.at).total_seconds() / 60)


def notices(judged: Iterable[tuple[Happened, Severity]], coverage: Coverage) -> tuple[Notice, ...]:
    """Give every failure within the time that the alert history tells of, with the alert that tells of it.

    An alert tells of a failure if it fired between the start of the failed run, less `alert_early`, and when it was made good.
    """
    before = alert_early()
    times = [each.started_at for each, _, _ in coverage.fired]
    if not times:
        return ()
    first, last = min(times) - before, max(times)
    found = []
    for happened, level in judged:
        if happened.what == "failed" and first <= happened.at <= last:
            alert = _first(coverage.fired, happened, happened.began_at - before)
            at = (alert.acknowledged_at or alert.started_at) if alert else None
            found.append(Notice(happened, level, alert, at, bool(alert and alert.acknowledged_at)))
    return tuple(found)


def after_the_last(judged: Iterable[tuple[Happened, Severity]], coverage: Coverage) -> tuple[Notice, ...]:
    """Give the failures after the last alert told of, as unnoticed: the history ends there, or the alerting fell silent."""
    last = max((each.started_at for each, _, _ in coverage.fired), default=None)
    if last is None:
        return ()
    return tuple(
        Notice(happened, level, None, None, False)
        for happened, level in judged
        if happened.what == "failed" and happened.at > last
    )


def _first(
    fired: Sequence[tuple[Fired, tuple[str, ...], tuple[str, ...]]], happened: Happened, start: datetime
) -> Fired | None:
    """Give the alert that was noticed first of those that tell of a failure."""
    end = happened.over_at or happened.known_until
    telling = [
        alert
        for alert, kinds, whose in fired
        if happened.pipeline in whose and start <= alert.started_at <= end and (not kinds or _TELLING & set(kinds))
    ]
    return min(telling, key=lambda each: each.acknowledged_at or each.started_at, default=None)


def share_in_time(found: Sequence[Notice], levels: Sequence[Level]) -> tuple[int, int]:
    """Count the failures noticed in time, and all that had to be noticed, each held against the level given for it."""
    states = [notice.state(level) for notice, level in zip(found, levels, strict=True)]
    needed = [state for state in states if state != "made good before"]
    return needed.count("in time"), len(needed)


def judged_happenings(
    history: History, service_levels: ServiceLevels | None, promises: Promises | None
) -> list[tuple[Happened, Severity]]:
    """Give all that went wrong, each with how bad it is, by time."""
    fresh = {name: each.value for name, each in promises.freshness.items()} if promises else {}
    levels = service_levels or ServiceLevels()
    return [
        (each, severity(each, levels.of(each.pipeline), fresh.get(each.pipeline)))
        for each in happenings(history, cause_within())
    ]


def noticed_by_run(
    judged: Iterable[tuple[Happened, Severity]],
    alerting: Alerting | None,
    service_levels: ServiceLevels | None,
    history: History,
) -> dict[tuple[str, str], Notice]:
    """Give by pipeline and run how each failure was noticed that the alert history could tell of."""
    if alerting is None or not alerting.fired:
        return {}
    told = coverage(alerting, pipeline_names(service_levels, history))
    return {(each.happened.pipeline, each.happened.run_id): each for each in notices(judged, told)}
