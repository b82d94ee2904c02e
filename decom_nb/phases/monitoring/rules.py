"""What must hold of the pipelines: they succeed, recover, keep their promises and stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.evidence.runs import Runs
from decom_nb.finding import Finding, between, not_known
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.rule import rule
from decom_nb.score import interpolate, judged
from decom_nb.wording import floored, listed

Anchors = Sequence[tuple[float, float]]


# Pipeline reliability


@rule
def runs_succeed(runs: Runs, *, anchors: Anchors, runs_needed: int) -> Finding:
    """Pipeline runs succeed."""
    pipelines = runs.pipelines
    total, good = sum(each.runs for each in pipelines), sum(each.success for each in pipelines)
    unknown, doubtful = sum(each.unknown for each in pipelines), sum(each.doubtful for each in pipelines)
    if total < runs_needed:
        return not_known(f"Only {total} runs are logged; {runs_needed} are needed before a rate says anything.")
    rows = [
        {
            "pipeline": each.name,
            "runs": each.runs,
            "success": each.success,
            "failed": each.failed,
            "partial": each.partial,
            "unreadable": each.unknown + each.doubtful,
        }
        for each in sorted(pipelines, key=lambda each: (each.success_range[0], each.name))
    ]
    message = (
        f"{floored(good / total)} of {total:,} runs succeeded; all points are earned from {floored(anchors[-1][0])}."
    )
    if unknown or doubtful:
        message += f" {unknown + doubtful} more could not be judged, as lines of their log could not be read."
    low = interpolate((good - doubtful) / (total + unknown), anchors)
    high = interpolate((good + unknown) / (total + unknown), anchors)
    return between(low, high, message, rows=rows, subject=f"{len(pipelines)} pipelines")


@rule
def failed_runs_recover_by_themselves(
    runs: Runs, *, anchors: Anchors, within_minutes: float, failures_needed: int
) -> Finding:
    """Failed runs are made good by a retry soon after."""
    if not runs.pipelines:
        return not_known("No run is logged.")
    failures = runs.recoveries
    if len(failures) < failures_needed:
        return not_known(
            f"Only {len(failures)} failures are logged; how they are recovered from cannot be seen in so few."
        )
    slow = [each for each in failures if each.seconds is None or each.seconds > 60 * within_minutes]
    share = 1 - len(slow) / len(failures)
    rows = [
        {
            "pipeline": each.pipeline,
            "failed_run": each.failed_run,
            "failed_at": each.failed_at.isoformat(),
            "failures_in_a_row": each.failures,
            "minutes_to_recover": None if each.seconds is None else round(each.seconds / 60, 1),
        }
        for each in sorted(slow, key=lambda each: (each.seconds is not None, -(each.seconds or 0), each.failed_at))
    ]
    message = (
        f"{len(failures) - len(slow)} of {len(failures)} failures ({floored(share)}) were made good within "
        f"{within_minutes:g} minutes; failures in a row count once."
    )
    return judged(share, anchors, message, rows)


# Performance

_SLA = """
SELECT
    pipeline_name AS pipeline,
    limit_minutes AS sla_minutes,
    count(*) AS finished_runs,
    count(*) FILTER (seconds <= 60 * limit_minutes) AS within_sla,
    round(quantile_cont(seconds, 0.95) / 60, 2) AS p95_minutes,
    round(quantile_cont(seconds, 0.95) / 60 / limit_minutes, 4) AS p95_of_sla
FROM whole_runs
JOIN (SELECT unnest($pipelines) AS pipeline_name, unnest($limits) AS limit_minutes) USING (pipeline_name)
WHERE status IN ('success', 'partial')
GROUP BY pipeline_name, limit_minutes
ORDER BY pipeline
"""


def _against_sla(runs: Runs, service_levels: ServiceLevels | None) -> tuple[list[dict[str, Any]], str]:
    """Give a row per pipeline with an SLA (finished runs, kept, 95th percentile), and remarks on those without."""
    levels = service_levels or ServiceLevels()
    limits = {each.name: levels.sla_minutes(each.name) for each in runs.pipelines}
    known = {name: limit for name, limit in limits.items() if limit is not None}
    rows = runs.query(_SLA, {"pipelines": list(known), "limits": list(known.values())}) if known else []
    without = [name for name in limits if name not in known]
    unseen = [each.pipeline for each in levels.pipelines if each.pipeline not in limits]
    remarks = f" No SLA is written down for {listed(without)}." if without else ""
    remarks += f" No log mentions {listed(unseen)}, which service_levels.yaml names." if unseen else ""
    return rows, remarks


def _too_few(total: int, runs_needed: int, remarks: str) -> Finding:
    return not_known(f"{total} finished runs have an SLA to be held against; {runs_needed} are needed.{remarks}")


@rule
def runs_keep_their_sla(
    runs: Runs, service_levels: ServiceLevels | None, *, anchors: Anchors, runs_needed: int
) -> Finding:
    """Runs finish within their SLA."""
    rows, remarks = _against_sla(runs, service_levels)
    total = sum(row["finished_runs"] for row in rows)
    if total < runs_needed:
        return _too_few(total, runs_needed, remarks)
    kept = sum(row["within_sla"] for row in rows)
    message = f"{kept:,} of {total:,} finished runs ({floored(kept / total)}) kept their SLA.{remarks}"
    worst_first = sorted(rows, key=lambda row: (row["within_sla"] / row["finished_runs"], row["pipeline"]))
    return judged(kept / total, anchors, message, worst_first, f"{len(rows)} pipelines")


@rule
def runs_have_headroom(
    runs: Runs, service_levels: ServiceLevels | None, *, anchors: Anchors, runs_needed: int
) -> Finding:
    """Runs stay well under their SLA."""
    rows, remarks = _against_sla(runs, service_levels)
    total = sum(row["finished_runs"] for row in rows)
    if total < runs_needed:
        return _too_few(total, runs_needed, remarks)
    share = sum(interpolate(row["p95_of_sla"], anchors) for row in rows) / len(rows)
    tight = sum(row["p95_of_sla"] > anchors[0][0] for row in rows)
    message = (
        f"{tight} of {len(rows)} pipelines take more than {floored(anchors[0][0])} of their SLA in their slowest runs "
        f"(95th percentile).{remarks}"
    )
    worst_first = sorted(rows, key=lambda row: (-row["p95_of_sla"], row["pipeline"]))
    return judged(share, ((0, 0), (1, 1)), message, worst_first, f"{len(rows)} pipelines")
