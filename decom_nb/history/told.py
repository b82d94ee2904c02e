"""What each source tells of runs, in one shape and with its own names: ``history.told_runs``, ``told_steps``, ``told_datasets``.

`history.py` then says which source counts and gives the pipelines their names. What ran several times within one run, as after a
retry, is one step with so many attempts; how its last attempt ended is how it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.history.relations import DATASETS, RUNS, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.store import Store

SOURCES = ("run_logs", "airflow", "openlineage", "dbt")
"""Of several sources that tell of one pipeline the first counts: the nearer to the work, the more it knows of it."""

WORDS = {"run_logs": "run logs", "airflow": "Airflow", "openlineage": "OpenLineage events", "dbt": "dbt results"}

_NEEDS = {
    "run_logs": ("run_logs.lines", "run_logs.whole_runs"),
    "airflow": ("airflow.dag_runs", "airflow.task_instances"),
    "openlineage": ("openlineage.runs", "openlineage.datasets", "openlineage.tests"),
}


def tell(con: duckdb.DuckDBPyConnection, store: Store, dbt: Dbt | None) -> None:
    """Fill ``history.told_*`` anew from every source that there is."""
    con.execute("CREATE SCHEMA IF NOT EXISTS history")
    for relation in (RUNS, STEPS, DATASETS):
        table = relation.name.replace("history.", "history.told_")
        con.execute(
            f"CREATE OR REPLACE TABLE {table} ({', '.join(f'{each.name} {each.type}' for each in relation.columns)})"
        )
    there = {each.name for each in store.relations}
    for source, needed in _NEEDS.items():
        if there.issuperset(needed):
            for statement in _SQL[source]:
                con.execute(statement)
    if dbt:
        _tell_dbt(con, dbt)


_RUN_LOGS = (
    # Counts that every stage of a run repeats are one count; those that differ are of different tables, and add up.
    """
CREATE OR REPLACE TEMP MACRO together(numbers) AS CASE
    WHEN len(list_distinct(list_filter(numbers, lambda n: n > 0))) <= 1 THEN list_max(numbers) ELSE list_sum(numbers)
END
""",
    """
INSERT INTO history.told_runs BY NAME
WITH counted AS (
    SELECT
        pipeline_name, run_id,
        together(list(rows_extracted) FILTER (NOT superseded)) AS rows_read,
        together(list(rows_loaded) FILTER (NOT superseded)) AS rows_written,
        sum(quality_checks_passed) FILTER (NOT superseded) AS checks_passed,
        sum(quality_checks_failed) FILTER (NOT superseded) AS checks_failed,
        min(origin) AS origin
    FROM run_logs.lines GROUP BY pipeline_name, run_id
)

SELECT
    'run_logs' AS source, pipeline_name AS pipeline, run_id, status,
    started_at, completed_at AS ended_at, seconds,
    1 + superseded AS attempts,
    CASE WHEN superseded > 0 THEN true END AS retried,
    rows_read, rows_written, checks_passed, checks_failed,
    coalesce(error_message, '') AS error, '' AS kind, origin
FROM run_logs.whole_runs JOIN counted USING (pipeline_name, run_id)
""",
    """
INSERT INTO history.told_steps BY NAME
SELECT
    'run_logs' AS source, pipeline_name AS pipeline, run_id, stage AS step,
    arg_max(status, completed_at) AS status, min(started_at) AS started_at, max(completed_at) AS ended_at,
    date_diff('microsecond', min(started_at), max(completed_at)) / 1e6 AS seconds,
    count(*) AS attempts,
    sum(rows_loaded) FILTER (NOT superseded) AS rows_written,
    coalesce(arg_max(error_message, completed_at), '') AS error, min(origin) AS origin
FROM run_logs.lines WHERE stage IS NOT NULL
GROUP BY pipeline_name, run_id, stage
""",
)

_AIRFLOW = (
    """
INSERT INTO history.told_steps BY NAME
SELECT
    'airflow' AS source, dag_id AS pipeline, run_id,
    CASE WHEN coalesce(map_index, -1) >= 0 THEN format('{}[{}]', task_id, map_index) ELSE task_id END AS step,
    CASE
        WHEN arg_max(state, try_number) = 'success' THEN 'success'
        WHEN arg_max(state, try_number) IN ('failed', 'upstream_failed') THEN 'failed'
        WHEN arg_max(state, try_number) IN ('skipped', 'removed') THEN 'skipped'
        ELSE 'running'
    END AS status,
    min(started_at) AS started_at, arg_max(ended_at, try_number) AS ended_at,
    date_diff('microsecond', min(started_at), arg_max(ended_at, try_number)) / 1e6 AS seconds,
    greatest(1, max(try_number)) AS attempts,
    '' AS error, min(origin) AS origin
FROM airflow.task_instances
GROUP BY ALL
""",
    # A queued run has not begun: it is no run yet.
    """
INSERT INTO history.told_runs BY NAME
WITH tried AS (
    SELECT
        pipeline, run_id, max(attempts) AS attempts,
        string_agg(step, ', ' ORDER BY started_at, step) FILTER (status = 'failed') AS failed
    FROM history.told_steps WHERE source = 'airflow' GROUP BY pipeline, run_id
)

SELECT
    'airflow' AS source, dag_id AS pipeline, dag_runs.run_id,
    CASE WHEN state IN ('success', 'failed') THEN state ELSE 'running' END AS status,
    logical_date AS scheduled_at, started_at,
    CASE WHEN state IN ('success', 'failed') THEN ended_at END AS ended_at,
    CASE WHEN state IN ('success', 'failed') THEN seconds END AS seconds,
    coalesce(attempts, 1) AS attempts, attempts > 1 AS retried,
    coalesce('failed: ' || failed, '') AS error,
    CASE
        WHEN run_type IN ('manual', 'operator_triggered') THEN 'manual'
        WHEN run_type LIKE 'backfill%' THEN 'backfill'
        WHEN run_type IS NULL THEN ''
        ELSE 'scheduled'
    END AS kind,
    origin
FROM airflow.dag_runs LEFT JOIN tried ON tried.pipeline = dag_id AND tried.run_id = dag_runs.run_id
WHERE started_at IS NOT NULL
""",
)

# A run with a parent is a step of it. Where the parent itself never spoke (only its name and id are known), it is put together of
# its steps. What names no parent is a pipeline. `top` is the run that a run belongs to, itself if none.
_OPENLINEAGE = (
    """
CREATE OR REPLACE TEMP TABLE topped AS
WITH up AS (
    SELECT
        child.run_id, child.job_namespace, child.job_name,
        coalesce(child.parent_run_id, '') AS above, coalesce(child.parent_job, '') AS above_job,
        parent.run_id IS NOT NULL AS spoke,
        coalesce(parent.parent_run_id, '') AS above_that, coalesce(parent.parent_job, '') AS above_that_job,
        parent.job_namespace AS parent_namespace, parent.job_name AS parent_name,
        coalesce(grandparent.job_name, parent.parent_job) AS grandparent_name,
        coalesce(grandparent.job_namespace, parent.job_namespace) AS grandparent_namespace
    FROM openlineage.runs AS child
    LEFT JOIN openlineage.runs AS parent ON parent.run_id = child.parent_run_id AND parent.run_id <> child.run_id
    LEFT JOIN openlineage.runs AS grandparent
        ON grandparent.run_id = parent.parent_run_id AND grandparent.run_id NOT IN (parent.run_id, child.run_id)
)

SELECT
    run_id,
    CASE
        WHEN spoke AND above_that <> '' AND grandparent_name <> '' THEN above_that
        WHEN spoke OR (above <> '' AND above_job <> '') THEN above
        ELSE run_id
    END AS top,
    CASE
        WHEN spoke AND above_that <> '' AND grandparent_name <> ''
            THEN coalesce(grandparent_namespace, '') || '/' || grandparent_name
        WHEN spoke THEN coalesce(parent_namespace, '') || '/' || parent_name
        WHEN above <> '' AND above_job <> '' THEN coalesce(job_namespace, '') || '/' || above_job
        ELSE coalesce(job_namespace, '') || '/' || job_name
    END AS pipeline
FROM up
""",
    """
INSERT INTO history.told_steps BY NAME
SELECT
    'openlineage' AS source, pipeline, top AS run_id, job_name AS step,
    arg_max(CASE status WHEN 'aborted' THEN 'failed' ELSE status END, coalesce(started_at, ended_at)) AS status,
    min(started_at) AS started_at,
    arg_max(ended_at, coalesce(started_at, ended_at)) AS ended_at,
    date_diff('microsecond', min(started_at), arg_max(ended_at, coalesce(started_at, ended_at))) / 1e6 AS seconds,
    count(*) AS attempts,
    arg_max(rows_written, coalesce(started_at, ended_at)) AS rows_written,
    coalesce(arg_max(error, coalesce(started_at, ended_at)), '') AS error,
    min(origin) AS origin
FROM openlineage.runs JOIN topped USING (run_id)
WHERE top <> run_id
GROUP BY pipeline, top, job_name
""",
    """
INSERT INTO history.told_runs BY NAME
WITH steps AS (
    SELECT
        pipeline, run_id,
        max(attempts) AS attempts, sum(rows_written) AS rows_written,
        min(started_at) AS started_at, max(ended_at) AS ended_at,
        CASE
            WHEN bool_or(status = 'failed') THEN 'failed'
            WHEN bool_or(status IN ('running', 'incomplete')) THEN 'incomplete'
            ELSE 'success'
        END AS status,
        coalesce(min(error) FILTER (status = 'failed' AND error <> ''), '') AS error,
        min(origin) AS origin
    FROM history.told_steps WHERE source = 'openlineage' GROUP BY pipeline, run_id
),

tested AS (
    SELECT top AS run_id, count(*) FILTER (success) AS checks_passed, count(*) FILTER (NOT success) AS checks_failed
    FROM openlineage.tests JOIN topped USING (run_id) GROUP BY top
),

own AS (
    SELECT runs.*, pipeline FROM openlineage.runs JOIN topped USING (run_id) WHERE top = runs.run_id
)

SELECT
    'openlineage' AS source, coalesce(own.pipeline, steps.pipeline) AS pipeline, run_id,
    CASE coalesce(own.status, steps.status) WHEN 'aborted' THEN 'failed' ELSE coalesce(own.status, steps.status) END AS status,
    own.nominal_start AS scheduled_at,
    coalesce(own.started_at, steps.started_at) AS started_at,
    CASE WHEN own.run_id IS NULL AND steps.status = 'incomplete' THEN NULL
        ELSE coalesce(own.ended_at, CASE WHEN own.run_id IS NULL THEN steps.ended_at END) END AS ended_at,
    CASE WHEN own.run_id IS NOT NULL THEN own.seconds
        WHEN steps.status <> 'incomplete' THEN date_diff('microsecond', steps.started_at, steps.ended_at) / 1e6 END AS seconds,
    coalesce(steps.attempts, 1) AS attempts,
    steps.attempts > 1 AS retried,
    coalesce(own.rows_written, steps.rows_written) AS rows_written,
    own.bytes_written,
    checks_passed, checks_failed,
    coalesce(nullif(own.error, ''), steps.error, '') AS error,
    '' AS kind, coalesce(own.origin, steps.origin) AS origin
FROM own FULL JOIN steps USING (run_id) LEFT JOIN tested USING (run_id)
WHERE coalesce(own.started_at, steps.started_at, own.ended_at, steps.ended_at) IS NOT NULL
""",
    """
INSERT INTO history.told_datasets BY NAME
SELECT
    'openlineage' AS source, pipeline,
    CASE WHEN namespace = '' THEN name ELSE namespace || '/' || name END AS dataset, direction,
    max(last_at) AS last_at
FROM openlineage.datasets JOIN topped USING (run_id)
GROUP BY ALL
""",
    "DROP TABLE topped",
)

_SQL = {"run_logs": _RUN_LOGS, "airflow": _AIRFLOW, "openlineage": _OPENLINEAGE}

_BAD = ("error", "fail", "runtime error")


def _tell_dbt(con: duckdb.DuckDBPyConnection, dbt: Dbt) -> None:
    """Tell of each dbt invocation that executed something as a run of its project."""
    runs, steps = [], []
    for number, each in enumerate(each for each in dbt.invocations if each.executed):
        run_id = each.invocation_id or f"{each.origin}#{number}"
        bad = [one for one in each.results if one.status in _BAD]
        tests = [one for one in each.results if one.resource_type in ("test", "unit_test")]
        passed = sum(one.status in ("pass", "warn") for one in tests)
        failed = sum(one.status in _BAD for one in tests)
        status = "failed" if bad else "success"
        error = next((one.message for one in bad if one.message), bad[0].unique_id if bad else "")
        told = (passed, failed) if tests else (None, None)
        runs.append((each.project, run_id, status, each.generated_at, each.elapsed, *told, error, each.origin))
        for one in each.results:
            ended = "failed" if one.status in _BAD else "skipped" if one.status == "skipped" else "success"
            steps.append(
                (each.project, run_id, one.unique_id, ended, one.at, one.execution_time, one.message, each.origin)
            )
    _insert(con, _DBT_RUNS, runs)
    _insert(con, _DBT_STEPS, steps)
    read = [(each.project, _relation(each, each.identifier), "reads", _declared_at(dbt, each)) for each in dbt.sources]
    made = [
        (each.project, _relation(each, each.alias), "writes", _declared_at(dbt, each))
        for each in (*dbt.models, *dbt.seeds, *dbt.snapshots)
        if getattr(each, "materialized", "") != "ephemeral"
    ]
    _insert(con, _DBT_DATASETS, read + made)


def _relation(resource: Any, identifier: str) -> str:
    parts = (resource.database, resource.schema, identifier or resource.name)
    return ".".join(part for part in parts if part).lower()


def _declared_at(dbt: Dbt, resource: Any) -> Any:
    return next((each.generated_at for each in dbt.current if each.project == resource.project), None)


_DBT_RUNS = """
INSERT INTO history.told_runs BY NAME
SELECT
    'dbt' AS source, c0 AS pipeline, c1 AS run_id, c2 AS status,
    c3 - to_microseconds(CAST(c4 * 1e6 AS BIGINT)) AS started_at, c3 AS ended_at, c4 AS seconds, 1 AS attempts,
    c5 AS checks_passed, c6 AS checks_failed, c7 AS error, '' AS kind, c8 AS origin
FROM given WHERE c3 IS NOT NULL
"""
_DBT_STEPS = """
INSERT INTO history.told_steps BY NAME
SELECT
    'dbt' AS source, c0 AS pipeline, c1 AS run_id, c2 AS step, c3 AS status,
    c4 - to_microseconds(CAST(c5 * 1e6 AS BIGINT)) AS started_at, c4 AS ended_at, c5 AS seconds, 1 AS attempts,
    c6 AS error, c7 AS origin
FROM given
"""
_DBT_DATASETS = """
INSERT INTO history.told_datasets BY NAME
SELECT 'dbt' AS source, c0 AS pipeline, c1 AS dataset, c2 AS direction, c3 AS last_at FROM given
"""


def _insert(con: duckdb.DuckDBPyConnection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run `sql` over the rows, which it sees as ``given`` with the columns c0, c1 …."""
    if rows:
        columns = {f"c{number}": _in_utc(values) for number, values in enumerate(zip(*rows, strict=True))}
        given = ", ".join(f"unnest(${name}) AS {name}" for name in columns)
        head, _, rest = sql.partition("SELECT")
        con.execute(f"{head}WITH given AS (SELECT {given}) SELECT{rest}", columns)


def _in_utc(values: Iterable[Any]) -> list[Any]:
    from datetime import UTC, datetime

    return [
        value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
        for value in values
    ]
