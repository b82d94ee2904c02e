"""What is worked out of runs and kept in the audit: health now and week by week, runs by day, incidents, what is unusual.

Cut to a size that a page can hold; `total` and the like say what was cut. Readers give what these are made of in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from decom_nb.history import WORDS, History
from decom_nb.phases.monitoring.alert_notice import judged_happenings, noticed_by_run
from decom_nb.phases.monitoring.alert_row import alert_severities, alert_watch, log_standard
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.health import Health, backfills, cost, nows
from decom_nb.phases.monitoring.health_table import health_table
from decom_nb.phases.monitoring.irregular import Flaky, Irregular, cause_within, points
from decom_nb.phases.monitoring.pipeline_day import Day, Days
from decom_nb.phases.monitoring.promise import Promises

if TYPE_CHECKING:
    from decom_nb.evidence.alerting import Alerting

MOST_PIPELINES = 200
"""How many pipelines the health table keeps, those in the worst state first."""
MOST_WEEKS = 53
"""How many weeks are kept of all pipelines together, and of those that matter most."""
MOST_BY_WEEK = 12
"""Of how many pipelines weeks are kept one by one."""
MOST_CALENDARS = 30
"""Of how many pipelines days are kept."""
CALENDAR_DAYS = 91
"""How many days of them: thirteen weeks."""
MOST_INCIDENTS = 120
"""How many incidents are kept, the newest first."""
MOST_UNUSUAL = 60
"""How many stretches of unusual days and changes of level are kept, the newest first."""
MOST_SERIES = 4
"""Of how many of these the series is kept for drawing."""
MOST_FLAKY = 40
"""How many flaky pipelines are kept."""

Row = dict[str, Any]


def pipeline_health(
    health: Health,
    history: History,
    service_levels: ServiceLevels | None,
    airflow: Any | None,
    backfill: tuple[Any, ...] | None,
    monthly_bill: Any | None,
    brief: Any | None,
    today: date,
) -> Row:
    """Give the eight metrics per pipeline and over all, what they are held against, and when the evidence ends."""
    levels = service_levels or ServiceLevels()
    budget = brief.constraints.budget_monthly_usd if brief else None
    of_all = [each for each in health.readings if not each.pipeline]
    of_all += backfills(history.store, backfill, airflow is not None) + cost(monthly_bill, budget)
    settings = health_table().settings
    end = history.end
    behind = (today - end.date()).days if end else None
    by_pipeline: dict[str, Row] = {}
    for each in health.readings:
        if each.pipeline:
            by_pipeline.setdefault(each.pipeline, {})[each.metric] = each.row()
    counted = {each.name: each for each in history.pipelines}

    def weight(name: str) -> tuple[Any, ...]:
        states = [row["state"] for row in by_pipeline[name].values()]
        own = levels.of(name)
        return -states.count("alert"), -states.count("unsure"), own.tier or 4 if own else 4, name

    rows = []
    for name in sorted(by_pipeline, key=weight)[:MOST_PIPELINES]:
        own = levels.of(name)
        ran = counted.get(name)
        rows.append(
            {
                "pipeline": name,
                "tier": own.tier if own else None,
                "owner": own.owner if own else "",
                "source": WORDS[ran.source] if ran else "",
                "also_in": [WORDS[source] for source in ran.also_in] if ran else [],
                "runs": ran.runs if ran else 0,
                "open": ran.running + ran.incomplete if ran else 0,
                "metrics": by_pipeline[name],
            }
        )
    return {
        "now": end.isoformat() if end else None,
        "ends": {WORDS[source]: moment.isoformat() for source, moment in history.ends_at.items()},
        "today": today.isoformat(),
        "days_behind": behind,
        "stale": behind is not None and behind > settings.stale_after_days.value,
        "sources": dict(history.sources),
        "metrics": [each.model_dump(mode="json") for each in health_table().metrics],
        "overall": [each.row() for each in of_all],
        "stopped": [each.row() for each in health.due if each.state != "ok"][:MOST_PIPELINES],
        "aside": [
            {"pipeline": name, "days": days} for name, days in sorted(health.aside.items(), key=lambda each: -each[1])
        ][:MOST_PIPELINES],
        "window_days": int(settings.window_days.value),
        "pipelines": rows,
        "total": len(by_pipeline),
    }


def health_by_week(history: History, pipeline_days: Days, today: date) -> list[Row]:
    """Give runs, successes, runtimes, rows and checks week by week: of all pipelines, then of those that matter most."""
    chosen = list(pipeline_days.by_pipeline)[:MOST_BY_WEEK]
    now = nows(history, today)
    if not now:
        return []
    last = max(now.values())
    values = {"chosen": chosen, "from": (last - timedelta(weeks=MOST_WEEKS)).replace(tzinfo=None), "to": _naive(last)}
    return [
        {**row, "week": row["week"].isoformat(), "minutes": _rounded(row["minutes"], 2)}
        for row in history.query(_BY_WEEK, values)
    ]


_BY_WEEK = """
SELECT
    coalesce(pipeline, '') AS pipeline, CAST(date_trunc('week', started_at) AS DATE) AS week,
    count(*) FILTER (status IN ('success', 'failed', 'partial')) AS runs,
    count(*) FILTER (status = 'success') AS success,
    count(*) FILTER (status = 'failed') AS failed,
    avg(seconds) FILTER (status IN ('success', 'partial')) / 60 AS minutes,
    CAST(sum(rows_written) FILTER (status IN ('success', 'partial')) AS HUGEINT) AS rows,
    CAST(sum(checks_passed) AS HUGEINT) AS checks_passed,
    CAST(sum(checks_failed) AS HUGEINT) AS checks_failed
FROM history.runs
WHERE started_at > $from AND started_at <= $to
GROUP BY GROUPING SETS ((date_trunc('week', started_at)), (pipeline, date_trunc('week', started_at)))
HAVING GROUPING(pipeline) = 1 OR list_contains(CAST($chosen AS VARCHAR[]), pipeline)
ORDER BY pipeline, week
"""


def run_days(pipeline_days: Days, promises: Promises) -> Row | None:
    """Give what the pipelines that matter most did on each of the last days, as lists that begin at `first`."""
    last = pipeline_days.last
    if last is None:
        return None
    chosen = list(pipeline_days.by_pipeline.items())[:MOST_CALENDARS]
    earliest = last - timedelta(days=CALENDAR_DAYS - 1)
    # Days before the first run that is told of are no days without a run.
    first = min((each.day for _, days in chosen for each in days if each.day >= earliest), default=earliest)
    length = (last - first).days + 1
    rows = []
    for name, days in chosen:
        told: dict[int, Day] = {(each.day - first).days: each for each in days if each.day >= first}
        if told:
            promise = promises.runtime.get(name)
            rows.append(
                {
                    "pipeline": name,
                    "sla_minutes": promise.value if promise else None,
                    "runs": _listed(told, "runs", length),
                    "failed": _listed(told, "failed", length),
                    "partial": _listed(told, "partial", length),
                    "open": _listed(told, "open", length),
                    "longest_minutes": [
                        _rounded(day.longest / 60, 2) if (day := told.get(n)) and day.longest is not None else None
                        for n in range(length)
                    ],
                }
            )
    return {"first": first.isoformat(), "days": length, "rows": rows, "total": pipeline_days.total}


def _listed(told: Mapping[int, Day], what: str, length: int) -> list[int]:
    return [int(getattr(told[n], what)) if n in told else 0 for n in range(length)]


def incidents(
    history: History,
    service_levels: ServiceLevels | None,
    promises: Promises,
    alerting: Alerting | None,
) -> Row:
    """Give every incident: how bad, how long until it was noticed and until it was over, and what caused it."""
    chains = history.chains(cause_within())
    judged = judged_happenings(history, service_levels, promises)
    noticed = noticed_by_run(judged, alerting, service_levels, history)
    severity = {(happened.pipeline, happened.run_id): level.shown for happened, level in judged}
    failed = [each for each in chains if each.failures]
    caught = [each.minutes for each in noticed.values() if each.minutes is not None]
    repaired = [each.seconds / 60 for each in failed if each.seconds is not None]
    rows = []
    for each in sorted(chains, key=lambda one: (one.began_at, one.pipeline), reverse=True)[:MOST_INCIDENTS]:
        notice = noticed.get((each.pipeline, each.run_id))
        rows.append(
            {
                "pipeline": each.pipeline,
                "run": each.run_id,
                "severity": severity.get((each.pipeline, each.run_id), ""),
                "status": each.status,
                "began_at": each.began_at.isoformat(),
                "recovered_at": each.recovered_at.isoformat() if each.recovered_at else None,
                "minutes_to_recover": _rounded(each.seconds / 60 if each.seconds is not None else None, 1),
                "minutes_to_notice": _rounded(notice.minutes, 1) if notice else None,
                "runs": each.runs,
                "caused_by": each.caused_by,
                "root": each.root,
                "error": each.error[:200],
            }
        )
    return {
        "rows": rows,
        "total": len(chains),
        "failed": len(failed),
        "open": sum(each.recovered_at is None for each in chains),
        "caused": sum(bool(each.caused_by) for each in chains),
        "lineage": bool(history.upstream),
        "recovered": len(repaired),
        "minutes_to_recover": _rounded(median(repaired), 1) if repaired else None,
        "noticed": len(caught),
        "to_notice": len(noticed),
        "minutes_to_notice": _rounded(median(caught), 1) if caught else None,
        "notice_told": bool(alerting and alerting.fired),
        "ends_at": history.end.isoformat() if history.end else None,
    }


def irregularities(irregular: Irregular, flaky: Sequence[Flaky], pipeline_days: Days) -> Row:
    """Give unusual days, changes of level and flaky pipelines, with the series of the newest for drawing."""
    shown: dict[tuple[str, Any], None] = {}
    for stretch in irregular.stretches:
        if not stretch.explained:
            shown.setdefault((stretch.pipeline, stretch.what))
    for shift in irregular.shifts:
        shown.setdefault((shift.pipeline, shift.what))
    return {
        "unusual": [
            {
                "pipeline": each.pipeline,
                "what": each.what,
                "first": each.first.isoformat(),
                "last": each.last.isoformat(),
                "value": _amount(each.what, each.peak.value),
                "expected": _amount(each.what, each.peak.expected),
                "low": _amount(each.what, each.peak.low),
                "high": _amount(each.what, each.peak.high),
                "score": round(each.peak.score, 1),
                "beside_failure": each.beside_failure,
                "with_volume": each.with_volume,
            }
            for each in irregular.stretches[:MOST_UNUSUAL]
        ],
        "unusual_total": len(irregular.stretches),
        "shifts": [
            {
                "pipeline": each.pipeline,
                "what": each.what,
                "day": each.found.day.isoformat(),
                "before": _amount(each.what, each.found.before),
                "after": _amount(each.what, each.found.after),
                "share": _rounded(each.found.share if each.found.before else None, 4),
            }
            for each in irregular.shifts[:MOST_UNUSUAL]
        ],
        "shifts_total": len(irregular.shifts),
        "flaky": [
            {
                "pipeline": each.pipeline,
                "runs": each.runs,
                "passed_on_retry": each.healed + each.again,
                "share": round(each.share, 4),
                "commonest_error": each.error[:200],
            }
            for each in flaky[:MOST_FLAKY]
        ],
        "flaky_total": len(flaky),
        "looked_at": {what: len(irregular.series(what)) for what in ("duration", "volume")},
        "too_short": len(irregular.too_short),
        "series": [
            {
                "pipeline": pipeline,
                "what": what,
                "points": [
                    [day.isoformat(), _amount(what, value)]
                    for day, value in points(pipeline_days, pipeline, what)[-CALENDAR_DAYS:]
                ],
            }
            for pipeline, what in list(shown)[:MOST_SERIES]
        ],
    }


MEASURES = (
    pipeline_health,
    health_by_week,
    run_days,
    incidents,
    irregularities,
    alert_watch,
    alert_severities,
    log_standard,
)


def _amount(what: str, value: float) -> float:
    """Give seconds in minutes, and rows as they are."""
    return round(value / 60, 2) if what == "duration" else round(value)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
