"""What must hold of runs: they succeed, recover and keep their promises; `rules.py` takes the rules from here."""

from __future__ import annotations

from typing import Any

from decom_nb.finding import Finding, between, not_known
from decom_nb.history import WORDS, History
from decom_nb.phases.monitoring.promise import Promises
from decom_nb.rule import rule
from decom_nb.score import Anchors, interpolate, judged
from decom_nb.series.interval import wilson
from decom_nb.wording import floored, floored_between, listed


def _counted_from(history: History) -> str:
    """Say what the runs are counted from, and that one source counts where several tell of a pipeline."""
    told = listed(f"{source} for {pipelines}" for source, pipelines in history.sources.items())
    several = sum(bool(each.also_in) for each in history.pipelines)
    text = f" Counted from {told if len(history.sources) > 1 else next(iter(history.sources), 'nothing')}"
    if len(history.sources) > 1:
        text += " pipelines"
    return f"{text}; {several} of them stand in another source too, and count once." if several else f"{text}."


def _when(history: History, of: tuple[str, ...] = ()) -> str:
    """Say from which day to which the runs are, of all pipelines or of some: all that are told of count."""
    counted = [each for each in history.pipelines if not of or each.name in of]
    first = min((each.first_started_at for each in counted if each.first_started_at), default=None)
    last = max((each.last_started_at for each in counted if each.last_started_at), default=None)
    return f" from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first and last else ""


# Pipeline reliability


@rule
def runs_succeed(history: History, *, anchors: Anchors, runs_needed: int) -> Finding:
    """Pipeline runs succeed."""
    pipelines = history.pipelines
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
            "never_ended": each.incomplete + each.running,
            "counted_from": WORDS[each.source],
        }
        for each in sorted(pipelines, key=lambda each: (each.success_range[0], each.name))
    ]
    low, high = wilson(good, total)
    message = (
        f"{floored(good / total)} of {total:,} runs{_when(history)} succeeded (95 % interval {floored_between(low, high)}); "
        f"all points are earned from {floored(anchors[-1][0])}."
    )
    if unknown or doubtful:
        message += f" {unknown + doubtful} more could not be judged, as lines of their log could not be read."
    if open_ended := sum(each.incomplete + each.running for each in pipelines):
        message += f" {open_ended} more began and no end was told: they count neither way."
    least = interpolate((good - doubtful) / (total + unknown), anchors)
    most = interpolate((good + unknown) / (total + unknown), anchors)
    return between(least, most, message + _counted_from(history), rows=rows, subject=f"{len(pipelines)} pipelines")


@rule
def failed_runs_recover_by_themselves(
    history: History, *, anchors: Anchors, within_minutes: float, failures_needed: int
) -> Finding:
    """Failed runs are made good by a retry soon after."""
    failures = [each for each in history.incidents if each.failures]
    within = sum(each.healed for each in history.pipelines)
    total = len(failures) + within
    if total < failures_needed:
        return not_known(f"Only {total} failures are logged; how they are recovered from cannot be seen in so few.")
    slow = [each for each in failures if each.seconds is None or each.seconds > 60 * within_minutes]
    share = 1 - len(slow) / total
    rows = [
        {
            "pipeline": each.pipeline,
            "failed_run": each.run_id,
            "failed_at": each.failed_at.isoformat(),
            "failures_in_a_row": each.failures,
            "minutes_to_recover": None if each.seconds is None else round(each.seconds / 60, 1),
        }
        for each in sorted(slow, key=lambda each: (each.seconds is not None, -(each.seconds or 0), each.failed_at))
    ]
    message = (
        f"{total - len(slow)} of {total} failures ({floored(share)}) were made good within "
        f"{within_minutes:g} minutes; failures in a row count once."
    )
    if within:
        message += f" {within} of them were tried again within the same run and passed."
    return judged(share, anchors, message, rows)


# Performance

_SLA = """
SELECT
    pipeline,
    limit_minutes AS sla_minutes,
    count(*) AS finished_runs,
    count(*) FILTER (seconds <= 60 * limit_minutes) AS within_sla,
    round(quantile_cont(seconds, 0.95) / 60, 2) AS p95_minutes,
    round(quantile_cont(seconds, 0.95) / 60 / limit_minutes, 4) AS p95_of_sla
FROM history.runs
JOIN (SELECT unnest($pipelines) AS pipeline, unnest($limits) AS limit_minutes) USING (pipeline)
WHERE status IN ('success', 'partial') AND seconds IS NOT NULL
GROUP BY pipeline, limit_minutes
ORDER BY pipeline
"""


def _against_sla(history: History, promises: Promises) -> tuple[list[dict[str, Any]], str]:
    """Give a row per pipeline with an SLA (finished runs, kept, 95th percentile), and remarks on those without."""
    limits = {name: each.value for name, each in promises.runtime.items()}
    values = {"pipelines": list(limits), "limits": [float(each) for each in limits.values()]}
    rows = history.query(_SLA, values) if limits else []
    rows = [{**row, "written_in": promises.runtime[row["pipeline"]].written} for row in rows]
    without = [each.name for each in history.pipelines if each.name not in limits]
    remarks = f" No SLA is written down for {listed(without)}." if without else ""
    if idle := sorted(set(limits) - {row["pipeline"] for row in rows}):
        remarks += f" No run of {listed(idle)} finished, which {'have' if len(idle) > 1 else 'has'} an SLA."
    if promises.unseen:
        remarks += f" No log mentions {listed(promises.unseen)}, which service_levels.yaml names."
    return rows, remarks


def _names(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(row["pipeline"] for row in rows)


def _too_few(total: int, runs_needed: int, remarks: str) -> Finding:
    return not_known(f"{total} finished runs have an SLA to be held against; {runs_needed} are needed.{remarks}")


@rule
def runs_keep_their_sla(history: History, promises: Promises, *, anchors: Anchors, runs_needed: int) -> Finding:
    """Runs finish within their SLA."""
    rows, remarks = _against_sla(history, promises)
    total = sum(row["finished_runs"] for row in rows)
    if total < runs_needed:
        return _too_few(total, runs_needed, remarks)
    kept = sum(row["within_sla"] for row in rows)
    when = _when(history, _names(rows))
    message = f"{kept:,} of {total:,} finished runs{when} ({floored(kept / total)}) kept their SLA.{remarks}"
    worst_first = sorted(rows, key=lambda row: (row["within_sla"] / row["finished_runs"], row["pipeline"]))
    return judged(kept / total, anchors, message, worst_first, f"{len(rows)} pipelines")


@rule
def runs_have_headroom(history: History, promises: Promises, *, anchors: Anchors, runs_needed: int) -> Finding:
    """Runs stay well under their SLA."""
    rows, remarks = _against_sla(history, promises)
    total = sum(row["finished_runs"] for row in rows)
    if total < runs_needed:
        return _too_few(total, runs_needed, remarks)
    share = sum(interpolate(row["p95_of_sla"], anchors) for row in rows) / len(rows)
    tight = sum(row["p95_of_sla"] > anchors[0][0] for row in rows)
    message = (
        f"{tight} of {len(rows)} pipelines take more than {floored(anchors[0][0])} of their SLA in their slowest runs"
        f"{_when(history, _names(rows))} (95th percentile).{remarks}"
    )
    worst_first = sorted(rows, key=lambda row: (-row["p95_of_sla"], row["pipeline"]))
    return judged(share, ((0, 0), (1, 1)), message, worst_first, f"{len(rows)} pipelines")
