"""The first rules that evidence the rubric: reliability and performance from run logs, documentation and testing from dbt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_keys import columns_by_model, tested_key
from decom_nb.evidence.dbt_manifest import Model
from decom_nb.evidence.runs import Runs
from decom_nb.finding import Finding, between, false, not_applicable, not_known, true
from decom_nb.phases.rubric.documents import ServiceLevels
from decom_nb.rule import rule
from decom_nb.score import interpolate
from decom_nb.wording import listed

Anchors = Sequence[tuple[float, float]]


def _judged(
    share: float, anchors: Anchors, message: str, rows: Iterable[dict[str, Any]] = (), subject: str = ""
) -> Finding:
    """Say true where the share earns everything, and false with what it earns where it does not."""
    met = interpolate(share, anchors)
    if met >= 1:
        return true(message, rows=rows, subject=subject)
    return false(message, met=met, rows=rows, subject=subject)


def _percent(share: float) -> str:
    """Give a share in percent, floored to one decimal, so that 99.96 % does not become 100 %.

    >>> _percent(0.9996)
    '99.9 %'
    """
    return f"{int(share * 1000 + 1e-9) / 10:g} %"


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
        f"{_percent(good / total)} of {total:,} runs succeeded; all points are earned from {_percent(anchors[-1][0])}."
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
        f"{len(failures) - len(slow)} of {len(failures)} failures ({_percent(share)}) were made good within "
        f"{within_minutes:g} minutes; failures in a row count once."
    )
    return _judged(share, anchors, message, rows)


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
    message = f"{kept:,} of {total:,} finished runs ({_percent(kept / total)}) kept their SLA.{remarks}"
    worst_first = sorted(rows, key=lambda row: (row["within_sla"] / row["finished_runs"], row["pipeline"]))
    return _judged(kept / total, anchors, message, worst_first, f"{len(rows)} pipelines")


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
        f"{tight} of {len(rows)} pipelines take more than {_percent(anchors[0][0])} of their SLA in their slowest runs "
        f"(95th percentile).{remarks}"
    )
    worst_first = sorted(rows, key=lambda row: (-row["p95_of_sla"], row["pipeline"]))
    return _judged(share, ((0, 0), (1, 1)), message, worst_first, f"{len(rows)} pipelines")


# Documentation


def _models(dbt: Dbt) -> list[Model]:
    """Give the project's own models; those of installed packages are not the client's to describe or test."""
    return [model for model in dbt.models if model.own]


def _covered(
    things: Sequence[Any], lacking: Sequence[dict[str, Any]], what: str, verb: str, anchors: Anchors, subject: str = ""
) -> Finding:
    """Judge how many of the things are as they should be, given the rows of those that are not."""
    good = len(things) - len(lacking)
    share = good / len(things)
    return _judged(share, anchors, f"{good} of {len(things)} {what} ({_percent(share)}) {verb}.", lacking, subject)


@rule
def models_are_described(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Every model says in a sentence what it holds."""
    models = _models(dbt)
    if not models:
        return not_known("No manifest with models was found.")
    bare = [{"model": each.name, "path": each.path} for each in models if not each.description.strip()]
    return _covered(models, bare, "models", "have a description", anchors)


@rule
def sources_are_described(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Every source table says what it is."""
    if not _models(dbt):
        return not_known("No manifest with models was found.")
    sources = [source for source in dbt.sources if source.own]
    if not sources:
        return not_applicable("The project declares no sources.")
    bare = [
        {"source": f"{each.source_name}.{each.name}", "path": each.path}
        for each in sources
        if not each.description.strip()
    ]
    return _covered(sources, bare, "source tables", "have a description", anchors)


@rule
def columns_are_described(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Every column of a model says what it means."""
    standing = columns_by_model(dbt)
    columns = []
    for model in _models(dbt):
        described = {column.name.lower() for column in model.columns if column.description.strip()}
        columns += [(model.name, name, name.lower() in described) for name in standing[model.key]]
    if not columns:
        return not_known("Neither a manifest nor a catalog lists any column.")
    bare = [{"model": model, "column": name} for model, name, described in columns if not described]
    return _covered(columns, bare, "columns", "have a description", anchors)


@rule
def consumers_are_declared(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Final models have a declared consumer with an owner."""
    models = _models(dbt)
    if not models:
        return not_known("No manifest with models was found.")
    parents = {model.key: [(model.project, parent) for parent in model.depends_on] for model in dbt.models}
    read_by_models = {parent for each in parents.values() for parent in each}
    final = [model for model in models if model.key not in read_by_models]
    consumed: set[tuple[str, str]] = set()
    waiting = [(use.project, parent) for use in dbt.exposures if use.owner for parent in use.depends_on]
    while waiting:
        key = waiting.pop()
        if key not in consumed:
            consumed.add(key)
            waiting += parents.get(key, [])
    bare = [{"model": each.name, "path": each.path} for each in final if each.key not in consumed]
    return _covered(final, bare, "final models", "are read by an exposure that has an owner", anchors)


# Testing


@rule
def models_have_a_tested_key(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Every model has a key that is tested."""
    models = _models(dbt)
    if not models:
        return not_known("No manifest with models was found.")
    bare = [{"model": each.name, "path": each.path} for each in models if not tested_key(dbt, each)]
    return _covered(models, bare, "models", "have a key tested for uniqueness and nulls", anchors)


@rule
def tests_passed_when_last_run(dbt: Dbt, *, anchors: Anchors, warn_counts: float) -> Finding:
    """Tests passed when they were last run."""
    results = [each for each in dbt.latest.values() if each.resource_type in ("test", "unit_test")]
    if not results:
        return not_known(
            "No run results of a command that runs tests were found; dbt compile and docs generate run none."
        )
    worth = {"pass": 1.0, "warn": warn_counts}
    share = sum(worth.get(each.status, 0.0) for each in results) / len(results)
    counts = {
        status: sum(each.status == status for each in results) for status in sorted({each.status for each in results})
    }
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    names = {test.key: test.name for test in (*dbt.tests, *dbt.unit_tests)}
    rows = [
        {
            "test": names.get(each.key, each.unique_id),
            "status": each.status,
            "failures": each.failures,
            "message": each.message,
        }
        for each in sorted(results, key=lambda each: each.key)
        if each.status != "pass"
    ]
    return _judged(share, anchors, f"Of {len(results)} tests, when last run: {told}.", rows)


def _copies(model: Model) -> bool:
    """Tell whether the model reads one source or seed only, as staging models do: it renames rather than computes."""
    return len(model.depends_on) == 1 and model.depends_on[0].startswith(("source.", "seed."))


@rule
def unit_tests_exist(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Models with logic of their own have unit tests."""
    models = [model for model in _models(dbt) if not _copies(model)]
    if not models:
        return not_known("No manifest with models that have logic of their own was found.")
    tested = {(test.project, test.model) for test in dbt.unit_tests}
    bare = [{"model": each.name, "path": each.path} for each in models if each.key not in tested]
    good = len(models) - len(bare)
    message = f"{good} of {len(models)} models with logic have a unit test; all points from {_percent(anchors[-1][0])}."
    return _judged(good / len(models), anchors, message, bare)


@rule
def public_models_have_contracts(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Models that others read have a contract that dbt enforces."""
    if not _models(dbt):
        return not_known("No manifest with models was found.")
    exposed = {(use.project, parent) for use in dbt.exposures for parent in use.depends_on}
    public = [model for model in _models(dbt) if model.access == "public" or model.key in exposed]
    if not public:
        return not_applicable("No model is public or read by an exposure.")
    bare = [
        {"model": each.name, "access": each.access, "path": each.path} for each in public if not each.contract_enforced
    ]
    return _covered(public, bare, "models that others read", "have an enforced contract", anchors)
