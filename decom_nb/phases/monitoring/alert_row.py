"""What is kept in the audit of alerts and logs, as rows: who is watched, how bad what happened was, what logs lack."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from decom_nb.history import History
from decom_nb.phases.monitoring.alert_coverage import Coverage, coverage
from decom_nb.phases.monitoring.alert_kind import KINDS, kind_table
from decom_nb.phases.monitoring.alert_notice import Notice, judged_happenings, noticed_by_run
from decom_nb.phases.monitoring.alert_pipeline import pipeline_names
from decom_nb.phases.monitoring.alert_severity import LEVELS, Happened, Severity, near_misses, severity, severity_table
from decom_nb.phases.monitoring.dashboard_metric import shown
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.log_conformance import conformance
from decom_nb.phases.monitoring.promise import Promises

if TYPE_CHECKING:
    from decom_nb.evidence.alerting import Alerting
    from decom_nb.evidence.runs import Runs

MOST_PIPELINES = 200
"""How many pipelines are kept, those with the fewest kinds of alert first."""
MOST_RULES = 5
"""How many rules a cell names."""
MOST_HAPPENINGS = 120
"""How many failures and warnings are kept, the worst first and of those the newest."""
MOST_FLAWS = 8
"""How many fields of a producer are kept, those wrong in most lines first."""

Row = dict[str, Any]


def alert_watch(alerting: Alerting, service_levels: ServiceLevels | None, history: History | None) -> Row | None:
    """Give each pipeline with what watches it by kind, the rules that watch none, and what dashboards show."""
    names = pipeline_names(service_levels, history)
    if not names:
        return None
    told = coverage(alerting, names)
    levels = service_levels or ServiceLevels()
    rows: list[Row] = []
    for name in names:
        level = levels.of(name)
        rows.append(
            {
                "pipeline": name,
                "tier": level.tier if level else None,
                "impact": level.impact if level else None,
                "cells": {kind: _cell(told, name, kind) for kind in KINDS},
            }
        )
    rows.sort(
        key=lambda row: (sum(cell["watched"] for cell in row["cells"].values()), row["tier"] or 4, row["pipeline"])
    )
    return {
        "rules_told": told.rules_told,
        "rules": len(told.watches),
        "fired": len(told.fired),
        "kinds": [{"kind": kind, "title": kind_table().title(kind)} for kind in KINDS],
        "watched": {kind: sum(row["cells"][kind]["watched"] for row in rows) for kind in KINDS},
        "rows": rows[:MOST_PIPELINES],
        "total": len(rows),
        "of_none": sorted({each.rule.name for each in told.unmatched})[:MOST_PIPELINES],
        "silent": sorted({f"{each.rule.name} (to {each.silent})" for each in told.watches if each.silent})[
            :MOST_PIPELINES
        ],
        "dashboards": list(alerting.dashboards[:MOST_PIPELINES]),
        "shown": [
            {"metric": title, "panels": list(dict.fromkeys(each.title for each in panels))[:MOST_RULES]}
            for title, panels in shown(alerting).items()
        ],
    }


def _cell(told: Coverage, pipeline: str, kind: str) -> Row:
    found = told.by_rule(pipeline, kind)
    fired = told.by_history(pipeline, kind)
    return {
        "watched": bool(found or fired),
        "rules": [each.rule.name for each in found[:MOST_RULES]],
        "more": max(0, len(found) - MOST_RULES),
        "of_all": bool(found) and all(each.by == "all" for each in found),
        "fired": fired,
    }


def alert_severities(
    history: History, service_levels: ServiceLevels | None, promises: Promises | None, alerting: Alerting | None
) -> Row:
    """Give what went wrong or nearly did, each with how bad it is, why, and how it was noticed."""
    judged = judged_happenings(history, service_levels, promises)
    limits = {name: each.value for name, each in promises.runtime.items()} if promises else {}
    close, more = near_misses(history, limits, MOST_HAPPENINGS)
    found_out = noticed_by_run(judged, alerting, service_levels, history)
    slow = [(each, severity(each, None)) for each in close]
    counts = Counter(found.worst for _, found in judged if found.worst == found.best)
    what = {level: Counter[str]() for level in LEVELS}
    for happened, found in judged:
        if found.worst == found.best:
            what[found.worst][happened.what] += 1
    for happened, found in {each.what: (each, found) for each, found in slow}.values():
        counts[found.worst] += more[happened.what]
        what[found.worst][happened.what] += more[happened.what]
    ordered = sorted([*judged, *slow], key=_worst_first)
    unclear = sorted({happened.pipeline for happened, found in judged if found.worst != found.best})
    return {
        "levels": [
            {
                "level": each.level,
                "condition": each.condition,
                "respond": each.respond,
                "count": counts[each.level],
                "what": dict(what[each.level]),
                "perhaps": sum(
                    found.worst != found.best and found.worst <= each.level <= found.best for _, found in judged
                ),
            }
            for each in severity_table().levels
        ],
        "without_impact": unclear[:MOST_PIPELINES],
        "rows": [
            _happening(*each, found_out.get((each[0].pipeline, each[0].run_id))) for each in ordered[:MOST_HAPPENINGS]
        ],
        "total": len(judged) + sum(more.values()),
        "alerts_told": bool(alerting is not None and alerting.fired),
    }


def _worst_first(each: tuple[Happened, Severity]) -> tuple[int, int, float, str]:
    happened, found = each
    return LEVELS.index(found.worst), LEVELS.index(found.best), -happened.at.timestamp(), happened.pipeline


def _happening(happened: Happened, found: Severity, notice: Notice | None) -> Row:
    minutes = notice.minutes if notice else None
    return {
        "pipeline": happened.pipeline,
        "run_id": happened.run_id,
        "what": happened.what,
        "at": happened.at.isoformat(),
        "over_at": happened.over_at.isoformat() if happened.over_at else None,
        "worst": found.worst,
        "best": found.best,
        "severity": found.shown,
        "reason": found.reason,
        "respond": severity_table().of(found.worst).respond,
        "caused_by": happened.caused_by,
        "noticed": _noticed(notice) if notice else None,
        "minutes_to_notice": None if minutes is None else round(minutes, 1),
        "alert": notice.alert.name if notice and notice.alert else "",
    }


def _noticed(notice: Notice) -> str:
    """Say how it was noticed, if that is the same at every level that it may be of."""
    worst, best = notice.state(notice.severity.worst), notice.state(notice.severity.best)
    return worst if worst == best else "not known"


def log_standard(runs: Runs) -> Row | None:
    """Give each producer of run logs with its lines, how many keep to the standard, and what is wrong in the others."""
    found = conformance(runs)
    if not found:
        return None
    ordered = sorted(found, key=lambda each: (each.share, each.pipeline))
    return {
        "lines": sum(each.lines for each in found),
        "conforming": sum(each.conforming for each in found),
        "total": len(found),
        "rows": [
            {
                "pipeline": each.pipeline,
                "lines": each.lines,
                "conforming": each.conforming,
                "flaws": [
                    {
                        "field": flaw.field,
                        "missing": flaw.missing,
                        "wrong": flaw.wrong,
                        "example": flaw.example,
                        "said": flaw.said,
                    }
                    for flaw in each.flaws[:MOST_FLAWS]
                ],
            }
            for each in ordered[:MOST_PIPELINES]
        ],
    }
