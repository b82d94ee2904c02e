"""OpenLineage events, as runs, datasets, columns and tests: rules ask for an `OpenLineage` under the name "openlineage".

`openlineage_events.py` reads it. A *run* is what shares a run id. Where several jobs use that id, or it is no UUID, as in
templates that were never filled in, a run is what shares run id and job, and under an id that is no UUID each START begins
another; `run`, a number, tells all of them apart. A run ends as the last of its ends says; one that started and never ended is
"incomplete", never a success.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.relation import Relation, columns

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

STATUSES: tuple[str, ...] = ("success", "failed", "aborted", "running", "incomplete")
"""How a run may stand."""

_RUN = columns(
    ("run", "BIGINT", "number of the run, unique here, in the order of the first event"),
    ("run_id", "VARCHAR", "as the events have it; templates may give the same to many runs"),
    ("job_namespace", "VARCHAR", "of the job; empty if the events name none"),
    ("job_name", "VARCHAR", "the job; its last name if it changed on the way"),
)

RELATIONS: tuple[Relation, ...] = (
    Relation(
        "openlineage.runs",
        "A run of a job, from all its events.",
        (
            *_RUN,
            *columns(
                ("parent_run_id", "VARCHAR", "of the run that started it (facet parent or parentRun)"),
                ("parent_namespace", "VARCHAR", "namespace of that run's job"),
                ("parent_job", "VARCHAR", "name of that run's job"),
                (
                    "integration",
                    "VARCHAR",
                    "what runs the job, as DBT or SPARK: of jobType, else the engine, else the producer",
                ),
                ("job_type", "VARCHAR", "what the job is to its integration: MODEL, TASK, SQL"),
                ("processing_type", "VARCHAR", "BATCH or STREAMING"),
                (
                    "status",
                    "VARCHAR",
                    "success, failed, aborted, as its last end says; without an end running if it said so last, else incomplete",
                ),
                ("started_at", "TIMESTAMP", "of its first START; NULL if there is none"),
                ("ended_at", "TIMESTAMP", "of its last COMPLETE, FAIL or ABORT"),
                ("seconds", "DOUBLE", "between the two; NULL unless both are known and in order"),
                ("nominal_start", "TIMESTAMP", "when it was due (facet nominalTime)"),
                ("rows_written", "BIGINT", "over its outputs (OutputStatistics); NULL if no event says"),
                ("bytes_written", "BIGINT", "the same in bytes"),
                ("error", "VARCHAR", "the last errorMessage"),
                ("events", "BIGINT", "how many events tell of it"),
                ("last_at", "TIMESTAMP", "of its last event"),
                ("origin", "VARCHAR", "the file of its first event"),
            ),
        ),
    ),
    Relation(
        "openlineage.datasets",
        "A dataset that a run reads or writes, or that a job declares (JobEvent): then run, run_id and last_at are NULL. "
        "A run that failed lists what it would have written; join `openlineage.runs` for the status.",
        (
            *_RUN,
            *columns(
                ("namespace", "VARCHAR", "of the dataset"),
                ("name", "VARCHAR", "the dataset"),
                ("direction", "VARCHAR", "reads or writes"),
                ("rows", "BIGINT", "rows written or read, as the run says last; NULL if it does not"),
                ("bytes", "BIGINT", "the same in bytes"),
                ("last_at", "TIMESTAMP", "of the run's last event that names it"),
            ),
        ),
    ),
    Relation(
        "openlineage.columns",
        "A column that another one is made from (facet columnLineage), over all events.",
        columns(
            ("output_namespace", "VARCHAR", "of the dataset that is written"),
            ("output_name", "VARCHAR", "that dataset"),
            ("output_field", "VARCHAR", "its column"),
            ("input_namespace", "VARCHAR", "of the dataset that is read"),
            ("input_name", "VARCHAR", "that dataset"),
            ("input_field", "VARCHAR", "its column"),
            (
                "kind",
                "VARCHAR",
                "direct if values come from it, indirect if it only decides about them; NULL if not told",
            ),
            ("transformation", "VARCHAR", "IDENTITY, AGGREGATION, FILTER, JOIN and the like"),
            ("last_at", "TIMESTAMP", "of the last event that says so"),
        ),
    ),
    Relation(
        "openlineage.tests",
        "What a run found when it tested data (facets dataQualityAssertions and test), once per run and test.",
        (
            *_RUN,
            *columns(
                ("namespace", "VARCHAR", "of the dataset; NULL if the test names none"),
                ("dataset", "VARCHAR", "what was tested; NULL if the test names none"),
                ("column", "VARCHAR", "the column, if it is about one"),
                ("assertion", "VARCHAR", "the name of the test: not_null, unique and the like"),
                ("success", "BOOLEAN", "whether it held; NULL if it was skipped"),
                ("severity", "VARCHAR", "error or warn, if told"),
                ("at", "TIMESTAMP", "of the last event that says so"),
                ("origin", "VARCHAR", "the file"),
            ),
        ),
    ),
)
"""What the collector leaves in the store."""


@dataclass(frozen=True, slots=True)
class Job:
    """The runs of one job, counted by how they stand."""

    namespace: str
    name: str
    runs: int
    success: int
    failed: int
    aborted: int
    running: int
    incomplete: int
    first_started_at: datetime | None
    last_ended_at: datetime | None


@dataclass(frozen=True, eq=False)
class OpenLineage:
    """OpenLineage events in the evidence store, whose schema `openlineage` holds `runs`, `datasets`, `columns` and `tests`."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query on ``openlineage.runs`` and the others; values go in as ``$name``."""
        return self.store.query(sql, parameters)

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs with their runs counted, by namespace and name."""
        return tuple(Job(**row) for row in self.query(_JOBS))

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Runs by status."""
        rows = self.query("SELECT status, count(*) AS runs FROM openlineage.runs GROUP BY status ORDER BY status")
        return {row["status"]: row["runs"] for row in rows}

    @cached_property
    def period(self) -> tuple[datetime, datetime] | None:
        """The first start and the last event of a run."""
        row = self.query(
            "SELECT min(coalesce(started_at, ended_at, last_at)) AS first, max(last_at) AS last FROM openlineage.runs"
        )[0]
        return (row["first"], row["last"]) if row["first"] else None


_JOBS = """
SELECT
    job_namespace AS namespace, job_name AS name, count(*) AS runs,
    count(*) FILTER (status = 'success') AS success,
    count(*) FILTER (status = 'failed') AS failed,
    count(*) FILTER (status = 'aborted') AS aborted,
    count(*) FILTER (status = 'running') AS running,
    count(*) FILTER (status = 'incomplete') AS incomplete,
    min(started_at) AS first_started_at,
    max(ended_at) AS last_ended_at
FROM openlineage.runs GROUP BY ALL ORDER BY ALL
"""
