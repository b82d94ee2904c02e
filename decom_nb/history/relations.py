"""The relations of a history, in the schema ``history`` of the evidence store."""

from __future__ import annotations

from decom_nb.evidence.relation import Relation, columns

_RUN = (
    ("source", "VARCHAR", "what told of it: run_logs, airflow, openlineage or dbt"),
    ("pipeline", "VARCHAR", "the pipeline's name, as service_levels spells it where it knows the source's name"),
    ("run_id", "VARCHAR", "unique within source and pipeline"),
)

RUNS = Relation(
    "history.runs",
    "A row for each run that counts. Where several sources tell of one pipeline, the one that tells most of it counts.",
    columns(
        *_RUN,
        (
            "status",
            "VARCHAR",
            "success, failed, partial, skipped, running, or incomplete: begun, and no end was ever told, or in no known word",
        ),
        ("scheduled_at", "TIMESTAMP", "when it was due; NULL where the source does not tell"),
        ("started_at", "TIMESTAMP", "when its first attempt began"),
        ("ended_at", "TIMESTAMP", "when its last attempt ended; NULL while it has not"),
        ("seconds", "DOUBLE", "from start to end"),
        ("attempts", "BIGINT", "how often it was tried, retries of its steps included; at least 1"),
        ("retried", "BOOLEAN", "whether the scheduler tried it again by itself; NULL where the source does not tell"),
        ("rows_read", "HUGEINT", "NULL where the source does not tell"),
        ("rows_written", "HUGEINT", "NULL where the source does not tell"),
        ("bytes_written", "HUGEINT", "NULL where the source does not tell"),
        ("checks_passed", "HUGEINT", "checks and tests that ran within it; NULL where the source does not tell"),
        ("checks_failed", "HUGEINT", "the same, failed"),
        ("error", "VARCHAR", "the first error, empty if none"),
        ("kind", "VARCHAR", "scheduled, manual, backfill or empty"),
        ("origin", "VARCHAR", "the file it was read from"),
    ),
)

STEPS = Relation(
    "history.steps",
    "A row for each task, stage, node or test within a run, in its last attempt.",
    columns(
        *_RUN,
        ("step", "VARCHAR", "its name within the pipeline"),
        ("status", "VARCHAR", "as in history.runs"),
        ("started_at", "TIMESTAMP", "when it began"),
        ("ended_at", "TIMESTAMP", "when it ended"),
        ("seconds", "DOUBLE", "from start to end"),
        ("attempts", "BIGINT", "how often it was tried"),
        ("rows_written", "HUGEINT", "NULL where the source does not tell"),
        ("error", "VARCHAR", "empty if none"),
        ("origin", "VARCHAR", "the file it was read from"),
    ),
)

DATASETS = Relation(
    "history.datasets",
    "A row for each dataset that a run of a pipeline reads or writes.",
    columns(
        ("source", "VARCHAR", "what told of it"),
        ("pipeline", "VARCHAR", "the pipeline's name"),
        ("dataset", "VARCHAR", "namespace and name, or the relation's name in lower case"),
        ("direction", "VARCHAR", "reads or writes"),
        ("last_at", "TIMESTAMP", "when this was last told"),
    ),
)

RELATIONS = (RUNS, STEPS, DATASETS)
