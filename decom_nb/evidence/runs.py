"""Pipeline runs, out of run logs: rules ask for a `Runs` under the name "runs"; `run_logs.py` makes it.

A *run* is what shares pipeline_name and run_id, because run ids that are timestamps repeat between pipelines. A run
may log several stages, a line for each. It is failed if any stage of it failed, else partial if any was partial, else
a success; it lasts from the first start to the last end. Of several lines for one stage the last one says how the
stage ended, as after a second attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.rows import rows_of

if TYPE_CHECKING:
    import duckdb

    from decom_nb.evidence.store import Store


@dataclass(frozen=True, slots=True)
class Run:
    """One run as a whole."""

    pipeline: str
    run_id: str
    status: str
    started_at: datetime
    completed_at: datetime
    seconds: float
    failed_stages: str
    error_message: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The runs of one pipeline, counted; where no line of it could be used, only `unknown` is more than nothing.

    `unknown` counts runs of which no line could be used, `doubtful` successes of which a line could not be used: what
    that line says might have made them something else.
    """

    name: str
    runs: int
    success: int
    failed: int
    partial: int
    unknown: int
    doubtful: int
    first_started_at: datetime | None
    last_started_at: datetime | None
    seconds_median: float | None
    seconds_p95: float | None
    seconds_max: float | None
    checks_passed: int
    checks_failed: int

    @property
    def success_rate(self) -> float | None:
        """The share of its runs that succeeded; nothing where there are none."""
        return self.success / self.runs if self.runs else None

    @property
    def success_range(self) -> tuple[float, float]:
        """The lowest and the highest share that the lines which could not be used leave possible."""
        runs = self.runs + self.unknown
        return (self.success - self.doubtful) / runs, (self.success + self.unknown) / runs


@dataclass(frozen=True, slots=True)
class Recovery:
    """A failed run, those that failed after it, and the success that ended it, `seconds` after the first one's end."""

    pipeline: str
    failed_run: str
    failed_at: datetime
    failures: int
    error_message: str
    recovered_run: str
    recovered_at: datetime | None
    seconds: float | None


@dataclass(frozen=True, eq=False)
class Runs:
    """Run logs in the evidence store, whose schema `run_logs` holds `lines`, `whole_runs` and `remarks` (`run_logs.py`).

    `missing` counts, by field, the lines in `lines` in which it is missing or wrong, of the fields that the standard
    asks for and that a run can be counted without.
    """

    store: Store
    missing: Mapping[str, int]

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """A connection of the caller's own, to which the tables of run logs need no schema before their names."""
        connection = self.store.con.cursor()
        connection.execute("USE run_logs")
        return connection

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query; values go in as ``$name``. Its timestamps are in UTC, and say so."""
        return rows_of(self.con.execute(sql, dict(parameters or {})))

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """All pipelines with their runs counted, by name; those of which no line could be used included."""
        return tuple(Pipeline(**row) for row in self.query(_PIPELINES))

    @cached_property
    def recoveries(self) -> tuple[Recovery, ...]:
        """Every failure that follows no other, with what ended it, by pipeline and time."""
        return tuple(Recovery(**row) for row in self.query(_RECOVERIES))

    def of(self, pipeline: str) -> tuple[Run, ...]:
        """Give the runs of a pipeline in the order in which they started."""
        return tuple(Run(**row) for row in self.query(_RUNS, {"pipeline": pipeline}))

    def durations(self, pipeline: str) -> tuple[float, ...]:
        """Give how many seconds the finished runs of a pipeline took, shortest first; a failed run did not finish."""
        sql = "SELECT seconds FROM whole_runs WHERE pipeline_name = $pipeline AND status <> 'failed' ORDER BY seconds"
        return tuple(row["seconds"] for row in self.query(sql, {"pipeline": pipeline}))

    @cached_property
    def period(self) -> tuple[datetime, datetime] | None:
        """The first and the last start of a run."""
        row = self.query("SELECT min(started_at) AS first, max(started_at) AS last FROM whole_runs")[0]
        return (row["first"], row["last"]) if row["first"] else None

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Whole runs by status."""
        rows = self.query("SELECT status, count(*) AS runs FROM whole_runs GROUP BY status ORDER BY status")
        return {row["status"]: row["runs"] for row in rows}

    @cached_property
    def unplaced(self) -> int:
        """How many lines could not be used and name no pipeline either."""
        sql = "SELECT count(*) AS lines FROM remarks WHERE became = 'left out' AND pipeline_name IS NULL"
        return int(self.query(sql)[0]["lines"])


_PIPELINES = """
WITH whole AS (
    SELECT
        pipeline_name AS name,
        count(*) AS runs,
        count(*) FILTER (status = 'success') AS success,
        count(*) FILTER (status = 'failed') AS failed,
        count(*) FILTER (status = 'partial') AS partial,
        min(started_at) AS first_started_at,
        max(started_at) AS last_started_at,
        median(seconds) AS seconds_median,
        quantile_cont(seconds, 0.95) AS seconds_p95,
        max(seconds) AS seconds_max
    FROM whole_runs GROUP BY pipeline_name
),

checks AS (
    SELECT
        pipeline_name AS name,
        CAST(coalesce(sum(quality_checks_passed), 0) AS HUGEINT) AS checks_passed,
        CAST(coalesce(sum(quality_checks_failed), 0) AS HUGEINT) AS checks_failed
    FROM lines WHERE NOT superseded GROUP BY pipeline_name
),

left_out AS (
    SELECT
        remarks.pipeline_name AS name,
        count(DISTINCT remarks.run_id) FILTER (whole_runs.run_id IS NULL)
            + count(*) FILTER (remarks.run_id IS NULL) AS unknown,
        count(DISTINCT whole_runs.run_id) FILTER (whole_runs.status = 'success') AS doubtful
    FROM remarks LEFT JOIN whole_runs USING (pipeline_name, run_id)
    WHERE became = 'left out' AND remarks.pipeline_name IS NOT NULL
    GROUP BY remarks.pipeline_name
)

SELECT
    name,
    coalesce(runs, 0) AS runs, coalesce(success, 0) AS success, coalesce(failed, 0) AS failed,
    coalesce(partial, 0) AS partial, coalesce(unknown, 0) AS unknown, coalesce(doubtful, 0) AS doubtful,
    first_started_at, last_started_at, seconds_median, seconds_p95, seconds_max,
    coalesce(checks_passed, 0) AS checks_passed, coalesce(checks_failed, 0) AS checks_failed
FROM whole LEFT JOIN checks USING (name) FULL JOIN left_out USING (name)
ORDER BY name
"""

# A success ends the failures between the success before it and itself: those with the same number of successes so far.
_RECOVERIES = """
WITH numbered AS (
    SELECT
        *,
        count(*) FILTER (status = 'success') OVER so_far AS successes,
        row_number() OVER so_far AS place
    FROM whole_runs
    WINDOW so_far AS (PARTITION BY pipeline_name ORDER BY started_at, completed_at, run_id ROWS UNBOUNDED PRECEDING)
),

failures AS (
    SELECT
        pipeline_name, successes,
        arg_min(run_id, place) AS failed_run,
        arg_min(completed_at, place) AS failed_at,
        arg_min(coalesce(error_message, ''), place) AS error_message,
        count(*) AS failures
    FROM numbered WHERE status = 'failed' GROUP BY pipeline_name, successes
)

SELECT
    failures.pipeline_name AS pipeline, failed_run, failed_at, failures, failures.error_message,
    coalesce(success.run_id, '') AS recovered_run, success.completed_at AS recovered_at,
    CASE WHEN success.completed_at IS NOT NULL
        THEN greatest(0, date_diff('microsecond', failed_at, success.completed_at) / 1e6) END AS seconds
FROM failures
LEFT JOIN numbered AS success
    ON success.pipeline_name = failures.pipeline_name
    AND success.status = 'success' AND success.successes = failures.successes + 1
ORDER BY pipeline, failed_at, failed_run
"""

_RUNS = """
SELECT
    pipeline_name AS pipeline, run_id, status, started_at, completed_at, seconds,
    coalesce(failed_stages, '') AS failed_stages, coalesce(error_message, '') AS error_message
FROM whole_runs WHERE pipeline_name = $pipeline
ORDER BY started_at, completed_at, run_id
"""
