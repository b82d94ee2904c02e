"""Incidents: runs of one pipeline that did not succeed, one after the other, until one does. And which of them caused which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Incident:
    """Runs that failed or were partial, in a row, and the success that ended them.

    `seconds` is from `failed_at` to the end of that success; nothing where it has not come yet.
    """

    pipeline: str
    run_id: str
    """Of the first of them."""
    began_at: datetime
    """When that one started."""
    failed_at: datetime
    """When the first of them that failed ended; where all were partial, the first."""
    status: str
    """``failed`` if one of them failed, else ``partial``."""
    runs: int
    failures: int
    error: str
    recovered_run: str
    recovered_at: datetime | None
    seconds: float | None
    caused_by: str = ""
    """The pipeline upstream whose incident was open when this one began; empty if there was none."""
    root: str = ""
    """The pipeline at the head of the chain of causes; empty where nothing caused it."""

    def open_at(self, moment: datetime) -> bool:
        """Tell whether it had begun and was not over."""
        return self.began_at <= moment and (self.recovered_at is None or self.recovered_at > moment)


# A success ends what went wrong between the success before it and itself: the runs with the same number of successes so far.
# A run whose end was never told says nothing of either.
INCIDENTS = """
WITH numbered AS (
    SELECT
        pipeline, run_id, status, started_at, coalesce(ended_at, started_at) AS ended_at, error,
        count(*) FILTER (status = 'success') OVER so_far AS successes,
        row_number() OVER so_far AS place
    FROM history.runs
    WHERE status IN ('success', 'failed', 'partial')
    WINDOW so_far AS (PARTITION BY pipeline ORDER BY started_at, ended_at, run_id ROWS UNBOUNDED PRECEDING)
),

bad AS (
    SELECT
        pipeline, successes,
        arg_min(run_id, place) AS run_id,
        arg_min(started_at, place) AS began_at,
        coalesce(arg_min(ended_at, place) FILTER (status = 'failed'), arg_min(ended_at, place)) AS failed_at,
        CASE WHEN bool_or(status = 'failed') THEN 'failed' ELSE 'partial' END AS status,
        count(*) AS runs,
        count(*) FILTER (status = 'failed') AS failures,
        coalesce(arg_min(error, place) FILTER (error <> ''), '') AS error
    FROM numbered WHERE status <> 'success' GROUP BY pipeline, successes
)

SELECT
    bad.pipeline, bad.run_id, bad.began_at, bad.failed_at, bad.status, bad.runs, bad.failures, bad.error,
    coalesce(good.run_id, '') AS recovered_run, good.ended_at AS recovered_at,
    CASE WHEN good.ended_at IS NOT NULL
        THEN greatest(0, date_diff('microsecond', bad.failed_at, good.ended_at) / 1e6) END AS seconds
FROM bad
LEFT JOIN numbered AS good
    ON good.pipeline = bad.pipeline AND good.status = 'success' AND good.successes = bad.successes + 1
ORDER BY bad.began_at, bad.pipeline, bad.run_id
"""


def chained(
    incidents: Iterable[Incident], upstream: Mapping[str, frozenset[str]], within: timedelta
) -> tuple[Incident, ...]:
    """Give the incidents with what caused them.

    One is caused by another if that one is of a pipeline that writes what this one's pipeline reads, was open when this one
    began, and had begun no longer than `within` before. Of several, the one that began last is the cause.
    """
    ordered = sorted(incidents, key=lambda each: (each.began_at, each.pipeline, each.run_id))
    by_pipeline: dict[str, list[int]] = {}
    found: list[Incident] = []
    for place, each in enumerate(ordered):
        causes = [
            found[other]
            for name in upstream.get(each.pipeline, frozenset())
            if name != each.pipeline
            for other in by_pipeline.get(name, ())[-1:]
            if found[other].open_at(each.began_at) and each.began_at - found[other].failed_at <= within
        ]
        if causes:
            cause = max(causes, key=lambda one: (one.began_at, one.pipeline))
            each = replace(each, caused_by=cause.pipeline, root=cause.root or cause.pipeline)
        found.append(each)
        by_pipeline.setdefault(each.pipeline, []).append(place)
    return tuple(found)


_QUOTES = re.compile(r"[\"'`\[\]]")


def same_dataset(one: str, other: str) -> bool:
    """Tell whether two names may be of one dataset: equal, or one is the other with schema or database left out.

    >>> same_dataset("raw.orders", "postgres://db:5432/shop.raw.orders"), same_dataset("raw.orders", "mart.orders")
    (True, False)
    >>> same_dataset("s3://a/orders", "s3://b/orders")
    False
    """
    one, other = _QUOTES.sub("", one).lower(), _QUOTES.sub("", other).lower()
    if one == other:
        return True
    if "://" in one and "://" in other:
        return False
    first, second = one.rpartition("/")[2].split("."), other.rpartition("/")[2].split(".")
    shorter = min(len(first), len(second))
    return first[-shorter:] == second[-shorter:]


def upstream_of(datasets: Iterable[tuple[str, str, str]]) -> dict[str, frozenset[str]]:
    """Give for each pipeline those that write what it reads, of (pipeline, dataset, reads or writes); never itself."""
    writers: dict[str, list[tuple[str, str]]] = {}
    reads: list[tuple[str, str]] = []
    for pipeline, dataset, direction in datasets:
        if direction == "writes":
            writers.setdefault(_last(dataset), []).append((pipeline, dataset))
        else:
            reads.append((pipeline, dataset))
    found: dict[str, set[str]] = {}
    for pipeline, dataset in reads:
        for writer, written in writers.get(_last(dataset), ()):
            if writer != pipeline and same_dataset(dataset, written):
                found.setdefault(pipeline, set()).add(writer)
    return {pipeline: frozenset(above) for pipeline, above in found.items()}


def _last(dataset: str) -> str:
    return _QUOTES.sub("", dataset).lower().rpartition("/")[2].rpartition(".")[2]
